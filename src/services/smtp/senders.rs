//! The apps that send mail, and how they change when the configuration is read anew.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use tracing::{error, info, warn};

use super::limits::Limits;
use super::wire::address::{Address, Mailbox, Malformed};
use super::wire::{Credentials, Server, Signer, Tls, Transport, Way};
use crate::config::{App, MailServer, MailTls, MailWay, Problem, Registry, Smtp, closest};
use crate::error::{Code, Error, Result};
use crate::template::{Missing, Templates};

/// One app that sends mail.
#[derive(Debug)]
pub(super) struct Sender {
    /// The app.
    pub(super) app: Arc<App>,
    /// Its `smtp:`.
    pub(super) smtp: Smtp,
    /// Where its mail goes.
    pub(super) way: Way,
    /// The connections there.
    pub(super) transport: Transport,
    /// Its templates.
    pub(super) templates: Templates,
    /// Signs its mail.
    pub(super) signer: Option<Signer>,
    /// Whom its mail is from.
    pub(super) from: Mailbox,
}

impl Sender {
    fn new(app: &Arc<App>, smtp: &Smtp, templates: Templates, kept: Option<&Self>) -> Result<Self> {
        let way = way(smtp);
        let same = kept.filter(|kept| {
            kept.smtp.way == smtp.way && kept.smtp.limits.connections == smtp.limits.connections
        });
        let transport = match same {
            Some(kept) => kept.transport.clone(),
            None => Transport::open(&way)?,
        };
        let signer = match &smtp.dkim {
            Some(dkim) => Some(Signer::new(&dkim.domain, &dkim.selector, &dkim.key)?),
            None => None,
        };
        let malformed = |fault: Malformed| Error::new(Code::Config, format!("`smtp.from`: {fault}"));
        let from = Mailbox::new(&smtp.from_name, Address::parse(&smtp.from).map_err(malformed)?);
        let from = from.map_err(malformed)?;
        Ok(Self { app: Arc::clone(app), smtp: smtp.clone(), way, transport, templates, signer, from })
    }

    /// What becomes of a variable that data lack when a mail is sent.
    pub(super) fn missing(&self) -> Missing {
        if self.smtp.missing_is_error { Missing::Error } else { Missing::Empty }
    }
}

fn way(smtp: &Smtp) -> Way {
    let server = match &smtp.way {
        MailWay::Folder(folder) => return Way::Folder(folder.clone()),
        MailWay::Server(server) => server,
    };
    let MailServer { host, port, user, password, tls, ca_file } = server;
    let tls = match tls {
        MailTls::StartTls => Tls::StartTls,
        MailTls::Implicit => Tls::Implicit,
        MailTls::None => Tls::None,
    };
    let credentials = user.as_ref().zip(password.as_ref());
    Way::Server(Box::new(Server {
        ca_file: ca_file.clone(),
        credentials: credentials
            .map(|(user, password)| Credentials { user: user.clone(), password: password.clone() }),
        connections: smtp.limits.connections as usize,
        ..Server::new(host.as_str(), *port, tls)
    }))
}

/// The apps in force that send mail.
#[derive(Debug, Default)]
pub(super) struct Senders {
    by_name: BTreeMap<Arc<str>, Arc<Sender>>,
    /// Apps that are there and have no `smtp:`.
    silent: Vec<String>,
    /// What is wrong with the configuration.
    pub(super) problems: Vec<String>,
}

impl Senders {
    /// Makes the senders of a configuration, each with the connections it has in `old`.
    ///
    /// An app whose files or templates are wrong stays as it is in `old`, and so do all of them when the configuration is
    /// wrong as a whole. A new app does without the templates that are wrong.
    pub(super) fn new(registry: &Registry, old: &Self) -> Self {
        let errors = registry.problems.iter().filter(|problem| problem.is_error());
        let mut problems: Vec<String> = errors.clone().map(Problem::headline).collect();
        for problem in &problems {
            error!("{problem}");
        }
        if registry.is_wrong_as_a_whole() && !old.by_name.is_empty() {
            return Self { by_name: old.by_name.clone(), silent: old.silent.clone(), problems };
        }
        let broken = errors.filter_map(|problem| old.by_name.get_key_value(problem.app.as_deref()?));
        let mut by_name: BTreeMap<Arc<str>, Arc<Sender>> =
            broken.map(|(name, sender)| (Arc::clone(name), Arc::clone(sender))).collect();
        let mut silent = Vec::new();
        for app in &registry.apps {
            let Some(smtp) = &app.smtp else {
                silent.push(app.name.clone());
                continue;
            };
            let kept = old.by_name.get(app.name.as_str());
            let (templates, faults) = Templates::of(app);
            for fault in faults.iter().map(Problem::headline) {
                error!(app = app.name, "{fault}");
                problems.push(fault);
            }
            if let Some(kept) = kept.filter(|_| faults.iter().any(Problem::is_error)) {
                by_name.insert(app.name.as_str().into(), Arc::clone(kept));
                continue;
            }
            match Sender::new(app, smtp, templates, kept.map(Arc::as_ref)) {
                Ok(sender) => _ = by_name.insert(app.name.as_str().into(), Arc::new(sender)),
                Err(fault) => {
                    let problem = format!("{}: {fault}", app.name);
                    warn!(app = app.name, "{problem}");
                    problems.push(problem);
                    if let Some(kept) = kept {
                        by_name.insert(app.name.as_str().into(), Arc::clone(kept));
                    }
                }
            }
        }
        info!(apps = by_name.len(), "Sending the mail of the apps");
        Self { by_name, silent, problems }
    }

    /// Returns an app by name.
    ///
    /// # Errors
    /// [`Code::NotFound`] when there is no such app, [`Code::Unsupported`] when it sends no mail.
    pub(super) fn get(&self, name: &str) -> Result<Arc<Sender>> {
        if let Some(sender) = self.by_name.get(name) {
            return Ok(Arc::clone(sender));
        }
        if self.silent.iter().any(|silent| silent == name) {
            return Err(Error::new(Code::Unsupported, format!("the app `{name}` sends no mail"))
                .hint("give its app.yaml a section `smtp:`"));
        }
        let shown: String = name.chars().take(64).filter(|letter| !letter.is_control()).collect();
        let error = Error::new(Code::NotFound, format!("there is no app `{shown}`"));
        Err(match closest(name, self.by_name.keys().map(AsRef::as_ref)) {
            Some(near) => error.hint(format!("did you mean `{near}`?")),
            None => error.hint("`sogo smtp health` shows the apps that send mail"),
        })
    }

    /// Returns all of them, by name.
    pub(super) fn all(&self) -> impl Iterator<Item = (&Arc<str>, &Arc<Sender>)> {
        self.by_name.iter()
    }

    /// Returns the limits of each.
    pub(super) fn limits(&self) -> BTreeMap<Arc<str>, Limits> {
        self.all().map(|(name, sender)| (Arc::clone(name), Limits::of(&sender.smtp.limits))).collect()
    }

    /// Closes the connections of those that `new` no longer uses.
    pub(super) async fn close(&self) {
        for (_, sender) in self.all() {
            let closing = sender.transport.close();
            // A server that is slow to say goodbye holds up nobody.
            let _ = tokio::time::timeout(Duration::from_secs(1), closing).await;
        }
    }
}
