//! A stand-in for `sogoms-smtp` that keeps what it is given, at the pace it is told.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;
use std::time::Duration;

use sogo::error::{Code, Error, Result};
use sogo::ipc::listen::Listener;
use sogo::ipc::peer::Access;
use sogo::ipc::server::{Limits, serve};
use sogo::ipc::{Answer, Call, Service, answer};
use sogo::services::smtp::api::{Previewed, Recipient, Request, SendTemplate, Sent, State};
use tokio_util::sync::CancellationToken;

use crate::harness::Installation;

/// A handle on it; it closes when it is dropped. It has a thread of its own, so that tests may wait without it standing still.
pub(super) struct Office {
    kept: Arc<Mutex<Kept>>,
    stop: CancellationToken,
    thread: Option<JoinHandle<()>>,
}

/// What it keeps and how it behaves.
#[derive(Debug, Default)]
struct Kept {
    /// By key: the mail, and how often it was given.
    mails: BTreeMap<String, (SendTemplate, usize)>,
    /// How long each mail takes.
    pause: Duration,
    /// Mails that are answered with this first.
    failures: Vec<Code>,
}

/// Opens one where an installation expects it.
pub(super) fn open(installation: &Installation) -> Office {
    let socket = installation.path().join("run/sogoms-smtp.1.sock");
    let (kept, stop) = (Arc::<Mutex<Kept>>::default(), CancellationToken::new());
    let (ready, opened) = std::sync::mpsc::channel();
    let (desk, stopped) = (Desk(Arc::clone(&kept)), stop.clone());
    let thread = std::thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let listener = Listener::bind(&socket, None).unwrap();
            ready.send(()).unwrap();
            let limits = Limits { grace: Duration::ZERO, ..Limits::default() };
            serve(listener, Arc::new(desk), Access::own(None), limits, stopped).await;
        });
    });
    opened.recv().unwrap();
    Office { kept, stop, thread: Some(thread) }
}

impl Drop for Office {
    fn drop(&mut self) {
        self.stop.cancel();
        let _ = self.thread.take().map(JoinHandle::join);
    }
}

impl Office {
    /// Returns the mails by the address they went to.
    pub(super) fn mails(&self) -> BTreeMap<String, SendTemplate> {
        let kept = self.kept.lock().unwrap();
        kept.mails.values().map(|(mail, _)| (mail.to.0[0].clone(), mail.clone())).collect()
    }

    /// Returns the keys of all mails.
    pub(super) fn keys(&self) -> Vec<String> {
        self.kept.lock().unwrap().mails.keys().cloned().collect()
    }

    /// Returns how often any mail was given again.
    pub(super) fn repeated(&self) -> usize {
        self.kept.lock().unwrap().mails.values().map(|(_, times)| times - 1).sum()
    }

    /// Makes each mail take so long.
    pub(super) fn slow_down(&self, pause: Duration) {
        self.kept.lock().unwrap().pause = pause;
    }

    /// Answers the next mails with these failures.
    pub(super) fn fail_with(&self, failures: &[Code]) {
        self.kept.lock().unwrap().failures = failures.to_vec();
    }
}

struct Desk(Arc<Mutex<Kept>>);

impl Service for Desk {
    type Api = Request;

    async fn dispatch(&self, _: Call, request: Request) -> Result<Answer> {
        match request {
            Request::SendTemplate(mail) => answer(self.take(mail).await),
            Request::Preview(mail) => answer(Ok(Previewed {
                subject: format!("{} tasks", mail.data["rows"].as_array().map_or(0, Vec::len)),
                text: mail.data["user_name"].as_str().unwrap_or_default().to_owned(),
                ..Previewed::default()
            })),
            _ => Err(Error::new(Code::Unsupported, "this office takes no such thing")),
        }
    }
}

impl Desk {
    async fn take(&self, mail: SendTemplate) -> Result<Sent> {
        let (pause, failure) = {
            let mut kept = self.0.lock().unwrap();
            (kept.pause, kept.failures.pop())
        };
        tokio::time::sleep(pause).await;
        if let Some(code) = failure {
            return Err(Error::new(code, "the office is in a bad mood"));
        }
        let state = State::Queued;
        let address = mail.to.0[0].clone();
        let mut kept = self.0.lock().unwrap();
        let key = mail.idempotency_key.clone().unwrap();
        let known = kept.mails.entry(key).or_insert((mail, 0));
        known.1 += 1;
        let repeated = 1 < known.1;
        let recipients = vec![Recipient { id: 1, address, state, reply: None }];
        Ok(Sent { message_id: "x@example.com".to_owned(), recipients, repeated })
    }
}
