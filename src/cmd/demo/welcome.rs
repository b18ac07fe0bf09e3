//! What the operator is told when the demo is ready: where it is, who may sign in, what to type.

use std::time::Duration;

use serde::Serialize;

use super::folder::Folder;
use super::sample;
use crate::cmd::print::{Printer, Table, escaped};
use crate::cmd::text::shell_word;
use crate::config::App;

/// The demo as it runs. The keys are for programs and stay as they are.
#[derive(Debug, Serialize)]
struct Welcome {
    folder: String,
    url: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    front_end: Option<String>,
    database: String,
    mails: String,
    ready_ms: u64,
    users: Vec<User>,
    commands: Vec<String>,
}

#[derive(Debug, Serialize)]
struct User {
    email: &'static str,
    password: &'static str,
    sees: &'static str,
}

/// Prints it, for the sample app as it is configured by now.
pub(super) fn show(print: &Printer, folder: &Folder, app: &App, listening: &[String], took: Duration) {
    let welcome = Welcome::of(folder, app, listening, took);
    if print.for_people() {
        for_people(print, &welcome);
    } else {
        print.value(&welcome);
    }
}

impl Welcome {
    fn of(folder: &Folder, app: &App, listening: &[String], took: Duration) -> Self {
        let port = listening.first().and_then(|address| address.rsplit(':').next()).unwrap_or("8080");
        let url = format!("http://localhost:{port}");
        let users =
            sample::USERS.iter().map(|(email, sees)| User { email, password: sample::PASSWORD, sees });
        let database = folder.database.clone();
        Self {
            front_end: app.static_files.as_ref().map(|_| format!("{url}/")),
            folder: folder.path.display().to_string(),
            database: database.unwrap_or_else(|| folder.join("data/prokov.db").display().to_string()),
            mails: folder.join(sample::MAILS).display().to_string(),
            ready_ms: u64::try_from(took.as_millis()).unwrap_or(u64::MAX),
            users: users.collect(),
            commands: commands(&url),
            url,
        }
    }
}

/// Signs in, lists, creates: lines for a POSIX shell with curl and sed.
fn commands(url: &str) -> Vec<String> {
    let (email, _) = sample::USERS[0];
    let password = sample::PASSWORD;
    vec![
        format!(
            "TOKEN=$(curl -s {url}/api/auth/login -H 'Content-Type: application/json' \
             -d '{{\"email\":\"{email}\",\"password\":\"{password}\"}}' | sed 's/.*\"token\":\"\\([^\"]*\\)\".*/\\1/')"
        ),
        format!("curl -s {url}/api/projects -H \"Authorization: Bearer $TOKEN\""),
        format!(
            "curl -s {url}/api/projects -H \"Authorization: Bearer $TOKEN\" \
             -H 'Content-Type: application/json' -d '{{\"name\":\"Garden\"}}'"
        ),
    ]
}

fn for_people(print: &Printer, welcome: &Welcome) {
    let mut places = Table::new(["WHAT", "WHERE"]);
    if let Some(front_end) = &welcome.front_end {
        places.row(["Front end".to_owned(), front_end.clone()]);
    }
    places.row(["API".to_owned(), format!("{}/api", welcome.url)]);
    places.row(["Health".to_owned(), format!("{}/health", welcome.url)]);
    places.row(["Database".to_owned(), welcome.database.clone()]);
    places.row(["Mails, instead of being sent".to_owned(), welcome.mails.clone()]);
    places.row(["Folder".to_owned(), welcome.folder.clone()]);
    print.table(&places);

    let mut users = Table::new(["SIGN IN AS", "PASSWORD", "SEES"]);
    for user in &welcome.users {
        users.row([user.email.to_owned(), user.password.to_owned(), user.sees.to_owned()]);
    }
    print.table(&users);

    print.heading(&format!("\nReady after {} ms. Paste these into another terminal:\n", welcome.ready_ms));
    for command in &welcome.commands {
        print.text(&format!("{command}\n"));
    }
    let folder = escaped(&shell_word(&welcome.folder));
    print.heading("\nAnd see who may see what:\n");
    print.text(&format!("{folder}/bin/sogo --dir {folder} way explain prokov GET /api/tasks --as 1\n"));
    print.heading("\nAnd have the day's mails made, a file each:\n");
    print.text(&format!("{folder}/bin/sogo --dir {folder} cron trigger tasks_today --wait\n"));
    print.heading("\nCtrl-C stops everything.");
}
