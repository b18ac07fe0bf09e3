//! `sogo smtp queue`: what waits, and what became of what did.

use std::time::Duration;

use clap::{Args, Subcommand, ValueEnum};

use crate::cmd::context::Context;
use crate::cmd::print::Table;
use crate::cmd::prompt;
use crate::config::parse_duration;
use crate::error::Result;
use crate::ipc::Client;
use crate::services::smtp::api;

/// Look at the queue, and change what is in it
#[derive(Debug, Subcommand)]
pub(super) enum Queue {
    List(List),
    Show(Show),
    Retry(Retry),
    Cancel(Cancel),
}

/// List mails, newest first, a line a recipient
#[derive(Debug, Args)]
pub(super) struct List {
    /// Only this app's
    app: Option<String>,
    /// Only in this state, or in each of several [default: what is not finished]
    #[arg(long, value_name = "STATE")]
    state: Vec<StateWord>,
    /// Only to this address
    #[arg(long, value_name = "ADDRESS")]
    to: Option<String>,
    /// Only what was accepted so long ago, such as 10m
    #[arg(long, value_name = "AGE", value_parser = age)]
    older: Option<Duration>,
    /// Only what comes after this number of a list: the next page
    #[arg(long, value_name = "ID")]
    before: Option<i64>,
    /// Show so many at most, up to 1000
    #[arg(short = 'n', long, default_value_t = api::QueueList::default_limit())]
    limit: u32,
}

/// Show one mail with its recipients and its content
#[derive(Debug, Args)]
pub(super) struct Show {
    /// Number of a line of the list, or a Message-ID
    mail: String,
}

/// Try mails again now
///
/// By their numbers, those that are deferred, failed or unknown; with --app all that are deferred, or in the states that are
/// named. One that is unknown may reach its recipient twice.
#[derive(Debug, Args)]
pub(super) struct Retry {
    /// Numbers of the list
    #[arg(required_unless_present = "app", conflicts_with = "app")]
    ids: Vec<i64>,
    /// All of this app
    #[arg(long)]
    app: Option<String>,
    /// With --app: those in this state
    #[arg(long, value_name = "STATE", requires = "app")]
    state: Vec<StateWord>,
    /// Do not ask before unknown ones are sent again
    #[arg(long)]
    yes: bool,
}

/// Take mails out of the queue that have not gone out
#[derive(Debug, Args)]
pub(super) struct Cancel {
    /// Numbers of the list
    #[arg(required_unless_present = "app", conflicts_with = "app")]
    ids: Vec<i64>,
    /// All of this app
    #[arg(long)]
    app: Option<String>,
    /// With --app: those in this state
    #[arg(long, value_name = "STATE", requires = "app")]
    state: Vec<StateWord>,
}

/// A state, or all of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum StateWord {
    All,
    Queued,
    Sending,
    Sent,
    Deferred,
    Failed,
    Unknown,
    Suppressed,
    Cancelled,
}

fn states(words: &[StateWord]) -> Vec<api::State> {
    let of = |word: &StateWord| match word {
        StateWord::All => api::State::ALL.to_vec(),
        StateWord::Queued => vec![api::State::Queued],
        StateWord::Sending => vec![api::State::Sending],
        StateWord::Sent => vec![api::State::Sent],
        StateWord::Deferred => vec![api::State::Deferred],
        StateWord::Failed => vec![api::State::Failed],
        StateWord::Unknown => vec![api::State::Unknown],
        StateWord::Suppressed => vec![api::State::Suppressed],
        StateWord::Cancelled => vec![api::State::Cancelled],
    };
    words.iter().flat_map(of).collect()
}

fn age(text: &str) -> Result<Duration, String> {
    parse_duration(text).ok_or_else(|| "this is no time such as `10m` or `2h`".to_owned())
}

impl Queue {
    pub(super) fn run(self, context: &Context, client: &Client<api::Request>) -> Result<()> {
        match self {
            Self::List(list) => list.run(context, client),
            Self::Show(show) => show.run(context, client),
            Self::Retry(retry) => retry.run(context, client),
            Self::Cancel(cancel) => cancel.run(context, client),
        }
    }
}

impl List {
    fn run(self, context: &Context, client: &Client<api::Request>) -> Result<()> {
        let action = api::QueueList {
            app_id: self.app,
            states: states(&self.state),
            address: self.to,
            older_than_s: self.older.map(|age| age.as_secs()),
            before: self.before,
            limit: self.limit,
        };
        let found = context.block_on(client.call(action))?;
        context.print.show(&found, || {
            let mut table =
                Table::new(["ID", "APP", "TO", "SUBJECT", "STATE", "TRIES", "ACCEPTED", "NEXT TRY", "REPLY"]);
            for mail in &found.mails {
                table.row([
                    mail.id.to_string(),
                    mail.app.clone(),
                    mail.to.clone(),
                    mail.subject.clone(),
                    mail.state.name().to_owned(),
                    mail.tries.to_string(),
                    mail.accepted.clone(),
                    mail.next_try.clone().unwrap_or_default(),
                    mail.reply.clone().unwrap_or_default(),
                ]);
            }
            table
        });
        if found.mails.is_empty() {
            context.print.note("no mail fits");
        } else if let (true, Some(last)) = (found.more, found.mails.last()) {
            context.print.note(&format!("there are more: --before {}", last.id));
        }
        Ok(())
    }
}

impl Show {
    fn run(self, context: &Context, client: &Client<api::Request>) -> Result<()> {
        let shown = context.block_on(client.call(api::QueueShow { mail: self.mail }))?;
        let print = &context.print;
        if !print.for_people() {
            print.value(&shown);
            return Ok(());
        }
        let mut table = Table::new(["ID", "TO", "STATE", "REPLY"]);
        for recipient in &shown.recipients {
            table.row([
                recipient.id.to_string(),
                recipient.address.clone(),
                recipient.state.name().to_owned(),
                recipient.reply.clone().unwrap_or_default(),
            ]);
        }
        print.table(&table);
        print.line("");
        match &shown.content {
            Some(mail) => mail.lines().for_each(|line| print.line(line)),
            None => print.note("its content is no longer kept"),
        }
        Ok(())
    }
}

impl Retry {
    pub(super) fn run(self, context: &Context, client: &Client<api::Request>) -> Result<()> {
        let states = states(&self.state);
        if states.contains(&api::State::Unknown) && !self.yes {
            let question = "Some of them may have gone out already and would come twice. Send them again?";
            prompt::confirm(context, question, "--yes")?;
        }
        let action = api::QueueRetry { ids: self.ids, app_id: self.app, states };
        let changed = context.block_on(client.call(action))?;
        tell(context, changed, "tried again now");
        Ok(())
    }
}

impl Cancel {
    fn run(self, context: &Context, client: &Client<api::Request>) -> Result<()> {
        let action = api::QueueCancel { ids: self.ids, app_id: self.app, states: states(&self.state) };
        let changed = context.block_on(client.call(action))?;
        tell(context, changed, "taken out of the queue");
        Ok(())
    }
}

fn tell(context: &Context, changed: api::Changed, what: &str) {
    if context.print.for_people() {
        let mails = if changed.changed == 1 { "mail is" } else { "mails are" };
        context.print.line(&format!("{} {mails} {what}", changed.changed));
    } else {
        context.print.value(&changed);
    }
}
