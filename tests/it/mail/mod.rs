//! sogoms-smtp as a process of its own, against a mail server that misbehaves as it is told.

mod bulk;
mod crash;
mod keys;
mod operator;
mod provider;
mod states;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::{Child, Stdio};
use std::time::Duration;

use sogo::ipc::Client;
use sogo::ipc::client::Options;
use sogo::services::smtp::api::{
    Health, HealthReply, Mail, QueueList, Recipient, Request, SendMail, Sent, State,
};
use tempfile::TempDir;

use crate::harness::SmtpServer;
use crate::harness::{command, send, until, until_async, write_secret};

const WELCOME: &str = "subject: \"Bienvenue {{.Name}} !\"\nbody: |\n  Bonjour {{.Name}},\nbody_html: |\n  <h1>Bienvenue {{.Name}} !</h1>\n";

/// A folder with one app, `shop`, and the service on it.
pub struct Post {
    folder: TempDir,
    process: Option<Child>,
}

impl Post {
    /// Starts the service for a server; `settings` are further lines under `smtp:`.
    pub async fn started(server: &SmtpServer, settings: &str) -> Self {
        let mut post = Self::new(&way(server), settings);
        post.start().await;
        post
    }

    /// Makes the folder; `way` and `settings` are the lines under `smtp:`.
    pub fn new(way: &str, settings: &str) -> Self {
        let folder = tempfile::Builder::new().prefix("sogo-it-mail-").tempdir().unwrap();
        for place in ["config/apps/shop/emails", "run", "state", "logs", "secrets"] {
            std::fs::create_dir_all(folder.path().join(place)).unwrap();
        }
        write_secret(&folder.path().join("secrets/jwt"), "0123456789abcdef0123456789abcdef");
        let post = Self { folder, process: None };
        std::fs::write(post.path("config/apps/shop/emails/welcome.yaml"), WELCOME).unwrap();
        post.configure(way, settings);
        post
    }

    pub fn configure(&self, way: &str, settings: &str) {
        let lines: String = way.lines().chain(settings.lines()).flat_map(|line| ["  ", line, "\n"]).collect();
        let text = format!(
            "app: shop\nhosts: [shop.example.com]\ndatabase: {{ driver: sqlite, path: shop.db }}\n\
             auth: {{ jwt_secret_file: ../secrets/jwt }}\nsmtp:\n  from: noreply@example.com\n  from_name: Boutique Zoé\n{lines}"
        );
        std::fs::write(self.path("config/apps/shop/app.yaml"), text).unwrap();
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Begins the process and waits until it answers.
    pub async fn start(&mut self) {
        let output =
            std::fs::File::options().create(true).append(true).open(self.path("output.log")).unwrap();
        let child = command(Path::new(env!("CARGO_BIN_EXE_sogo")))
            .args(["--dir", self.folder.path().to_str().unwrap(), "smtp"])
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(output)
            .spawn()
            .unwrap();
        self.process = Some(child);
        until_async("sogoms-smtp answers", || async { self.client().call(Health {}).await.ok() }).await;
    }

    /// Kills the process: it has no last word.
    pub fn kill(&mut self) {
        let mut process = self.process.take().unwrap();
        process.kill().unwrap();
        process.wait().unwrap();
    }

    /// Stops the process in an orderly way.
    pub fn stop(&mut self) {
        let mut process = self.process.take().unwrap();
        send("TERM", process.id());
        let status = until("sogoms-smtp has stopped", || process.try_wait().unwrap());
        assert!(status.success(), "{}", std::fs::read_to_string(self.path("output.log")).unwrap());
    }

    pub fn reload(&self) {
        send("HUP", self.process.as_ref().unwrap().id());
    }

    pub fn client(&self) -> Client<Request> {
        Client::new(&self.path("run/sogoms-smtp.1.sock"), Duration::ZERO, 16 << 20)
    }

    /// Sends a mail and waits for its first try.
    pub async fn send(&self, to: &[&str]) -> Sent {
        let options = Options { deadline: Duration::from_secs(60), request_id: None };
        self.client().call_with(options, SendMail { wait_ms: Some(30_000), ..mail(to) }).await.unwrap()
    }

    pub async fn health(&self) -> HealthReply {
        self.client().call(Health {}).await.unwrap()
    }

    /// All mails that are known, newest first.
    pub async fn all(&self) -> Vec<Mail> {
        let mut all: Vec<Mail> = Vec::new();
        loop {
            let before = all.last().map(|mail| mail.id);
            let page = QueueList { states: State::ALL.to_vec(), before, limit: 1000, ..QueueList::default() };
            let page = self.client().call(page).await.unwrap();
            all.extend(page.mails);
            if !page.more {
                return all;
            }
        }
    }

    /// Waits until the newest mail to an address is in a state.
    pub async fn until_state(&self, address: &str, state: State) -> Mail {
        until_async(&format!("the mail to {address} is {}", state.name()), || async {
            let found = self.all().await.into_iter().find(|mail| mail.to == address)?;
            (found.state == state).then_some(found)
        })
        .await
    }

    /// Runs `sogo smtp …` for this folder.
    pub fn sogo(&self, arguments: &[&str]) -> crate::harness::Output {
        let mut all = vec!["--dir", self.folder.path().to_str().unwrap(), "smtp"];
        all.extend(arguments);
        crate::harness::run(self.folder.path(), &all)
    }
}

impl Drop for Post {
    fn drop(&mut self) {
        if let Some(mut process) = self.process.take() {
            let _ = process.kill();
            let _ = process.wait();
        }
        if std::thread::panicking() {
            eprintln!("{}", std::fs::read_to_string(self.path("output.log")).unwrap_or_default());
        }
    }
}

/// The lines that send through a server without TLS.
pub fn way(server: &SmtpServer) -> String {
    format!("host: 127.0.0.1\nport: {}\ntls: none", server.port)
}

pub fn mail(to: &[&str]) -> SendMail {
    SendMail {
        app_id: "shop".to_owned(),
        to: to.iter().map(|to| (*to).to_owned()).collect::<Vec<_>>().into(),
        subject: "Votre commande".to_owned(),
        body: Some("Bonjour".to_owned()),
        ..SendMail::default()
    }
}

/// The states of the recipients by address.
pub fn states(sent: &Sent) -> BTreeMap<&str, State> {
    sent.recipients.iter().map(|Recipient { address, state, .. }| (address.as_str(), *state)).collect()
}

/// How often the server took a mail for each recipient.
pub fn taken(server: &SmtpServer) -> BTreeMap<String, usize> {
    let mut taken = BTreeMap::new();
    for accepted in server.accepted() {
        *taken.entry(accepted.recipient).or_default() += 1;
    }
    taken
}
