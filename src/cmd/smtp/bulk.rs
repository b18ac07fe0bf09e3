//! `sogo smtp bulk`: one mail to each of many.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::{Duration, Instant};

use clap::Args;
use serde::Serialize;

use super::list;
use super::send::{Bodies, read_text};
use crate::cmd::context::Context;
use crate::cmd::print::Table;
use crate::cmd::prompt;
use crate::error::{Code, Error, Result};
use crate::ipc::Client;
use crate::ipc::client::Options;
use crate::services::smtp::api;

/// Send one mail to each of many recipients, who do not see each other
///
/// The file is CSV whose first line names the columns (`email,Name`), or JSON with an object a line; each column is a value for
/// the texts, which are templates. It goes on until each recipient has a result. Under the same --key it goes on where it was,
/// after any interruption, and nobody gets it twice.
#[derive(Debug, Args)]
pub(super) struct Bulk {
    /// The app
    app: String,
    /// File with the recipients; - is standard input
    #[arg(value_hint = clap::ValueHint::FilePath)]
    file: PathBuf,
    /// The app's template to send
    #[arg(long, conflicts_with_all = ["subject", "body", "body_file", "html_file"], required_unless_present = "subject")]
    template: Option<String>,
    /// The subject line, a template
    #[arg(short, long)]
    subject: Option<String>,
    #[command(flatten)]
    texts: Bodies,
    /// Address by which recipients unsubscribe: https://… or mailto:…
    #[arg(long, value_name = "ADDRESS")]
    unsubscribe: Option<String>,
    /// What makes this sending the same one when it is begun again
    #[arg(long)]
    key: Option<String>,
    /// Do not ask before it is sent
    #[arg(long)]
    yes: bool,
}

/// The result, for programs.
#[derive(Debug, Default, Serialize)]
struct Outcome {
    total: u64,
    /// How many are in each state.
    states: BTreeMap<&'static str, u64>,
    /// Each recipient with its last state.
    results: Vec<api::BulkItem>,
}

/// How often a person is told how it goes.
const PROGRESS: Duration = Duration::from_secs(2);
/// As long as a connection may last.
const A_DAY: Duration = Duration::from_secs(24 * 60 * 60);

impl Bulk {
    pub(super) fn run(self, context: &Context, client: &Client<api::Request>) -> Result<()> {
        let recipients = list::read(&read_text(&self.file)?)?;
        if !self.yes {
            let question = format!("Send it to {} recipients?", recipients.len());
            prompt::confirm(context, &question, "--yes")?;
        }
        let (body, body_html) = self.texts.read()?;
        let action = api::SendBulk {
            app_id: self.app,
            recipients,
            template: self.template,
            subject: self.subject,
            body,
            body_html,
            unsubscribe: self.unsubscribe,
            idempotency_key: self.key,
            stream: true,
            ..api::SendBulk::default()
        };
        let outcome = context.block_on(follow(context, client, action))?;
        context.print.show(&outcome, || table(&outcome));
        let sent = outcome.states.get(api::State::Sent.name()).copied().unwrap_or_default();
        if sent == outcome.total {
            return Ok(());
        }
        Err(Error::new(
            Code::TargetFailed,
            format!("not sent to {} of {} recipients", outcome.total - sent, outcome.total),
        )
        .hint("what is deferred is tried again by itself; `sogo smtp queue list` shows it"))
    }
}

async fn follow(context: &Context, client: &Client<api::Request>, action: api::SendBulk) -> Result<Outcome> {
    let options = Options { deadline: A_DAY, ..Options::default() };
    let mut replies = client.stream(options, action).await?;
    let mut results = BTreeMap::new();
    let (mut total, mut told) = (0, Instant::now());
    while let Some(progress) = replies.next().await {
        let api::BulkProgress { total: all, accepted, done, results: new } = progress?;
        total = all;
        results.extend(new.into_iter().map(|item| (item.index, item)));
        if PROGRESS <= told.elapsed() && context.print.for_people() {
            context.print.note(&format!("{accepted} of {total} accepted, {done} done"));
            told = Instant::now();
        }
    }
    let results: Vec<api::BulkItem> = results.into_values().collect();
    let mut states = BTreeMap::new();
    for item in &results {
        *states.entry(item.state.name()).or_default() += 1;
    }
    Ok(Outcome { total, states, results })
}

/// How many are in each state, and those that need somebody's eyes.
fn table(outcome: &Outcome) -> Table {
    const SHOWN: usize = 50;
    let mut table = Table::new(["STATE", "RECIPIENTS", "REPLY"]);
    for (state, count) in &outcome.states {
        table.row([(*state).to_owned(), count.to_string(), String::new()]);
    }
    let fine = [api::State::Sent, api::State::Queued, api::State::Sending];
    for item in outcome.results.iter().filter(|item| !fine.contains(&item.state)).take(SHOWN) {
        let reply = item.reply.clone().unwrap_or_default();
        table.row([item.state.name().to_owned(), item.address.clone(), reply]);
    }
    table
}
