//! The one task that decides which mail goes next: it alone has what waits, and gets messages.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::sync::mpsc;
use tokio::task::{Id, JoinError, JoinSet};
use tracing::{error, info, warn};

use super::attempt::{Attempts, Ended};
use super::moment::now;
use super::queue::Open;
use super::retry::Provider;
use super::senders::Senders;
use super::waiting::{Entry, Next, Waiting};
use crate::error::{Code, Error, Result};

/// Messages that wait for the task.
const QUEUED: usize = 1024;
/// The longest sleep: a clock that is set is noticed after it.
const LOOK: Duration = Duration::from_secs(5);
/// Waits before one mail is tried with a provider that takes none at the moment; doubled each time.
const AWAY: Steps = Steps { first: 5_000, longest: 5 * 60_000 };
/// The same with a provider that refuses all mail until somebody mends something.
const REFUSES: Steps = Steps { first: 60_000, longest: 60 * 60_000 };

struct Steps {
    first: i64,
    longest: i64,
}

impl Steps {
    fn wait(&self, times: u32) -> i64 {
        (self.first << times.min(16)).min(self.longest)
    }
}

#[derive(Debug)]
enum Message {
    Add(Vec<Open>),
    Remove(Vec<i64>),
    Senders(Arc<Senders>),
    Resume(String, tokio::sync::oneshot::Sender<bool>),
}

/// The handle on the task. Cheap to clone.
#[derive(Debug, Clone)]
pub(super) struct Courier {
    messages: mpsc::Sender<Message>,
    told: Arc<Mutex<Told>>,
}

/// What the task tells of itself.
#[derive(Debug, Default)]
struct Told {
    waiting: HashMap<String, usize>,
    pauses: BTreeMap<String, Paused>,
}

/// Why nothing of an app is sent at the moment.
#[derive(Debug, Clone)]
struct Paused {
    kind: Provider,
    times: u32,
    why: String,
}

impl Courier {
    /// Starts the task with the senders in force and what waits on the disk; it ends when `attempts.stop` is set, and returns when
    /// the tries under way have ended or `grace` is over.
    pub(super) fn start(
        attempts: Attempts,
        senders: Arc<Senders>,
        waiting: Vec<Open>,
        grace: Duration,
    ) -> (Self, tokio::task::JoinHandle<()>) {
        let (messages, queue) = mpsc::channel(QUEUED);
        let told = Arc::new(Mutex::default());
        let mut task = Task {
            attempts,
            senders: Arc::default(),
            waiting: Waiting::default(),
            tries: JoinSet::new(),
            running: HashMap::new(),
            told: Arc::clone(&told),
        };
        task.obey(Message::Senders(senders));
        task.obey(Message::Add(waiting));
        (Self { messages, told }, tokio::spawn(task.run(queue, grace)))
    }

    /// Mails that are on the disk wait for their try from now on.
    pub(super) async fn add(&self, mails: Vec<Open>) {
        self.send(Message::Add(mails)).await;
    }

    /// Mails no longer wait.
    pub(super) async fn remove(&self, ids: Vec<i64>) {
        self.send(Message::Remove(ids)).await;
    }

    /// Other senders are in force; who was paused is tried again.
    pub(super) async fn set_senders(&self, senders: Arc<Senders>) {
        self.send(Message::Senders(senders)).await;
    }

    /// Tries an app again that was paused; tells whether it was.
    ///
    /// # Errors
    /// [`Code::Unavailable`] when the service is about to end.
    pub(super) async fn resume(&self, app: String) -> Result<bool> {
        let (answer, answered) = tokio::sync::oneshot::channel();
        self.send(Message::Resume(app, answer)).await;
        answered.await.map_err(|_| Error::new(Code::Unavailable, "sogoms-smtp is about to end"))
    }

    /// Returns how many mails of an app wait.
    pub(super) fn waiting(&self, app: &str) -> usize {
        let told = self.told.lock().unwrap_or_else(PoisonError::into_inner);
        told.waiting.get(app).copied().unwrap_or_default()
    }

    /// Returns why nothing of an app is sent at the moment, if so.
    pub(super) fn paused(&self, app: &str) -> Option<String> {
        let told = self.told.lock().unwrap_or_else(PoisonError::into_inner);
        told.pauses.get(app).map(|paused| paused.why.clone())
    }

    async fn send(&self, message: Message) {
        // At the end of the service nobody listens: what is on the disk is found at the next start.
        let _ = self.messages.send(message).await;
    }
}

struct Task {
    attempts: Attempts,
    senders: Arc<Senders>,
    waiting: Waiting,
    tries: JoinSet<Ended>,
    running: HashMap<Id, Entry>,
    told: Arc<Mutex<Told>>,
}

impl Task {
    async fn run(mut self, mut queue: mpsc::Receiver<Message>, grace: Duration) {
        let stop = self.attempts.stop.clone();
        while !stop.is_cancelled() {
            let next = self.begin();
            self.tell();
            let sleep =
                Duration::from_millis(u64::try_from(next.saturating_sub(now())).unwrap_or(0)).min(LOOK);
            tokio::select! {
                () = stop.cancelled() => break,
                Some(message) = queue.recv() => {
                    self.obey(message);
                    while let Ok(message) = queue.try_recv() {
                        self.obey(message);
                    }
                }
                Some(ended) = self.tries.join_next_with_id() => self.ended(ended),
                () = tokio::time::sleep(sleep) => {}
            }
        }
        // What is not begun stays on the disk; what is under way may end.
        let ending = async {
            while let Some(ended) = self.tries.join_next_with_id().await {
                self.ended(ended);
            }
        };
        if tokio::time::timeout(grace, ending).await.is_err() {
            warn!("The grace time is over with mails under way: they are unknown after the next start");
        }
    }

    /// Begins as many tries as may be, and returns when to look again.
    fn begin(&mut self) -> i64 {
        loop {
            let entry = match self.waiting.next(now()) {
                Next::Try(entry) => entry,
                Next::At(at) => return at,
                Next::Nothing => return i64::MAX,
            };
            let Ok(sender) = self.senders.get(&entry.app) else {
                self.waiting.ended(&entry);
                continue;
            };
            let attempts = self.attempts.clone();
            let trying = entry.clone();
            let task = self.tries.spawn(async move { attempts.attempt(sender, trying).await });
            self.running.insert(task.id(), entry);
        }
    }

    fn obey(&mut self, message: Message) {
        match message {
            Message::Add(mails) => {
                for mail in mails {
                    self.add(mail);
                }
            }
            Message::Remove(ids) => {
                for id in ids {
                    self.waiting.remove(id);
                }
            }
            Message::Senders(senders) => {
                self.waiting.set_limits(&senders.limits());
                let paused: Vec<String> = self.with_told(|told| told.pauses.keys().cloned().collect());
                for app in paused {
                    self.resume(&app);
                }
                let old = std::mem::replace(&mut self.senders, senders);
                tokio::spawn(async move { old.close().await });
            }
            Message::Resume(app, answer) => {
                let was_paused = self.resume(&app);
                let _ = answer.send(was_paused);
            }
        }
    }

    fn add(&mut self, Open { id, app, address, bulk, due }: Open) {
        if self.running.values().any(|entry| entry.id == id) {
            return;
        }
        let domain = address.rsplit('@').next().unwrap_or_default();
        self.waiting.add(Entry { id, app: app.into(), domain: domain.into(), bulk, due });
    }

    fn ended(&mut self, ended: std::result::Result<(Id, Ended), JoinError>) {
        let (id, ended) = match ended {
            Ok((id, ended)) => (id, Some(ended)),
            Err(fault) => {
                error!("A try ended with a fault; its mail is looked at again at the next start: {fault}");
                (fault.id(), None)
            }
        };
        let Some(entry) = self.running.remove(&id) else { return };
        if let Some(Ended { again, provider, reply }) = ended {
            if let Some(due) = again {
                self.waiting.add(Entry { due, ..entry.clone() });
            }
            match provider {
                Provider::Well => _ = self.resume(&entry.app),
                Provider::Same => {}
                kind @ (Provider::Away | Provider::Refuses) => self.pause(&entry.app, kind, &reply),
            }
        }
        self.waiting.ended(&entry);
    }

    fn pause(&mut self, app: &str, kind: Provider, why: &str) {
        let times = self.with_told(|told| {
            let before = told.pauses.get(app).filter(|before| before.kind == kind);
            let times = before.map_or(0, |before| before.times.saturating_add(1));
            told.pauses.insert(app.to_owned(), Paused { kind, times, why: why.to_owned() });
            times
        });
        let steps = if kind == Provider::Refuses { &REFUSES } else { &AWAY };
        let wait = steps.wait(times);
        self.waiting.pause(app, now() + wait);
        if times == 0 {
            warn!(app, wait_ms = wait, "Nothing is sent for {app} at the moment: {why}");
            self.attempts.events.paused(app, why);
        }
    }

    /// Ends a pause; tells whether there was one.
    fn resume(&mut self, app: &str) -> bool {
        self.waiting.resume(app);
        let was_paused = self.with_told(|told| told.pauses.remove(app).is_some());
        if was_paused {
            info!(app, "The mail of {app} is tried again");
        }
        was_paused
    }

    fn tell(&self) {
        let counts = self.senders.all().map(|(app, _)| (app.to_string(), self.waiting.count(app))).collect();
        self.with_told(|told| told.waiting = counts);
    }

    fn with_told<T>(&self, change: impl FnOnce(&mut Told) -> T) -> T {
        change(&mut self.told.lock().unwrap_or_else(PoisonError::into_inner))
    }
}
