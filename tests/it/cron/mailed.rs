//! Jobs whose mails go through the real sogoms-smtp to a mail server.

use std::process::{Child, Stdio};

use serde_json::json;

use super::{Cron, is, tasks_today, with_jobs};
use crate::harness::{Engine, SmtpServer, Sogo, command, until};
use crate::on_each_engine;

on_each_engine! {
    the_tasks_of_today_are_in_the_mailbox_of_each_user,
}

/// `sogoms-smtp` of an installation, which ends with the test.
struct Smtp(Child);

impl Smtp {
    fn start(sogo: &Sogo) -> Self {
        let folder = sogo.installation.path();
        let log = std::fs::File::create(folder.join("smtp.log")).unwrap();
        let process = command(&folder.join("bin/sogoms-smtp"))
            .arg("-config")
            .arg(folder.join("config"))
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(log)
            .spawn()
            .unwrap();
        let started = Self(process);
        until("sogoms-smtp answers", || (sogo.sogo(&["ping", "sogoms-smtp"]).code == 0).then_some(()));
        started
    }
}

impl Drop for Smtp {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

async fn the_tasks_of_today_are_in_the_mailbox_of_each_user(engine: Engine) {
    // One server says at first that it is busy: the mail waits in the queue, and the run is none the worse for it.
    let rules =
        json!([{ "at": "rcpt", "recipient": "bob@example.com", "reply": "451 4.3.0 try again", "times": 1 }]);
    let server = SmtpServer::start(json!({ "tls": "none", "keep": true, "rules": rules })).await;
    let sogo = with_jobs(engine, &tasks_today()).await;
    let app = "config/apps/prokov/app.yaml";
    let smtp = format!(
        "smtp: {{ host: 127.0.0.1, port: {}, tls: none, from: noreply@example.com, from_name: Prokov, retry: {{ delay: 1s }} }}\n",
        server.port
    );
    let with_smtp = sogo.installation.read(app) + &smtp;
    sogo.installation.write(app, &with_smtp);
    let _smtp = Smtp::start(&sogo);

    // A Monday in summer, 07:59:58 in Paris.
    let cron = Cron::start_at(&sogo.installation, "2027-07-05 05:59:58");
    let run = cron.wait_for("tasks_today", "the job has run", is("succeeded"));
    assert_eq!((&run["result"]["groups"], &run["result"]["accepted"]), (&2.into(), &2.into()), "{run}");
    let accepted = until("both mails are taken", || Some(server.accepted()).filter(|taken| 2 <= taken.len()));
    for (user, name, theirs, not_theirs) in [
        ("alice@example.com", "Alice", &["Write", "Read"][..], "Swim"),
        ("bob@example.com", "Bob", &["Swim"], "Write"),
    ] {
        let taken: Vec<usize> = (0..accepted.len()).filter(|&at| accepted[at].recipient == user).collect();
        assert_eq!(taken.len(), 1, "{accepted:?}");
        let mail = String::from_utf8_lossy(&server.mail(taken[0] + 1)).into_owned();
        assert!(mail.contains(&format!("Bonjour {name}")), "{mail}");
        assert!(theirs.iter().all(|title| mail.contains(title)) && !mail.contains(not_theirs), "{mail}");
        assert!(mail.contains("Auto-Submitted: auto-generated"), "{mail}");
    }
    until("both are known to be sent", || {
        let queue = sogo.sogo(&["-o", "json", "smtp", "queue", "list", "--state", "all"]).ok().json();
        let mails = queue["mails"].as_array().unwrap().clone();
        (mails.len() == 2 && mails.iter().all(|mail| mail["state"] == "sent")).then_some(())
    });
}
