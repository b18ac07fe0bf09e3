//! `sogo smtp send`, `template` and `preview`.

use std::io::Read as _;
use std::path::{Path, PathBuf};
use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use clap::Args;
use serde_json::{Map, Value};

use crate::cmd::context::Context;
use crate::cmd::print::Table;
use crate::cmd::text::{json_of, pair};
use crate::config::parse_duration;
use crate::error::{Code, Error, Result};
use crate::ipc::Client;
use crate::ipc::client::Options;
use crate::services::smtp::api;

/// Send a mail
#[derive(Debug, Args)]
pub(super) struct Send {
    /// The app whose `smtp:` is used
    app: String,
    /// Who gets it: name@example.com, or 'Name <name@example.com>'
    #[arg(required = true)]
    to: Vec<String>,
    /// The subject line
    #[arg(short, long)]
    subject: String,
    #[command(flatten)]
    texts: Bodies,
    #[command(flatten)]
    extras: Extras,
}

/// Send a mail made from one of the app's templates
#[derive(Debug, Args)]
pub(super) struct Template {
    /// The app whose templates and `smtp:` are used
    app: String,
    /// The template: its file in emails/ without .yaml
    #[arg(value_name = "TEMPLATE")]
    name: String,
    /// Who gets it
    to: String,
    #[command(flatten)]
    data: Data,
    #[command(flatten)]
    extras: Extras,
}

/// Show a mail as it would be sent, and send nothing
#[derive(Debug, Args)]
pub(super) struct Preview {
    /// The app
    app: String,
    /// The template: its file in emails/ without .yaml
    template: String,
    #[command(flatten)]
    data: Data,
    /// Who would get it
    #[arg(long)]
    to: Option<String>,
    /// Show the HTML part, too
    #[arg(long)]
    html: bool,
}

/// The texts of a mail.
#[derive(Debug, Args)]
pub(super) struct Bodies {
    /// The text
    #[arg(short, long, conflicts_with = "body_file")]
    pub(super) body: Option<String>,
    /// File with the text; - is standard input
    #[arg(long, value_name = "FILE", value_hint = clap::ValueHint::FilePath)]
    pub(super) body_file: Option<PathBuf>,
    /// File with the HTML; - is standard input
    #[arg(long, value_name = "FILE", value_hint = clap::ValueHint::FilePath)]
    pub(super) html_file: Option<PathBuf>,
}

/// What a template is filled with.
#[derive(Debug, Args)]
pub(super) struct Data {
    /// A value for the template; a number, true, false or null if it reads as one, else text
    #[arg(value_name = "NAME=VALUE", value_parser = pair)]
    values: Vec<(String, String)>,
    /// JSON file with values; those on the command line go before them
    #[arg(long, value_name = "FILE", value_hint = clap::ValueHint::FilePath)]
    data: Option<PathBuf>,
}

#[derive(Debug, Args)]
struct Extras {
    /// Who gets a copy
    #[arg(long)]
    cc: Vec<String>,
    /// Who gets a copy that the others do not see
    #[arg(long)]
    bcc: Vec<String>,
    /// Where answers go
    #[arg(long)]
    reply_to: Option<String>,
    /// A file that goes with it
    #[arg(long, value_name = "FILE", value_hint = clap::ValueHint::FilePath)]
    attach: Vec<PathBuf>,
    /// What makes it the same mail when it is sent again: then it is not
    #[arg(long)]
    key: Option<String>,
    /// Wait for the first try (30s if not said), and fail unless it was sent
    #[arg(long, value_name = "TIME", num_args = 0..=1, default_missing_value = "30s", value_parser = wait)]
    wait: Option<Duration>,
}

fn wait(text: &str) -> Result<Duration, String> {
    let longest = Duration::from_secs(10 * 60);
    parse_duration(text).filter(|time| *time <= longest).ok_or_else(|| {
        "this is no time such as `10s` or `2m`, 10m at most; other words stand before --wait".to_owned()
    })
}

impl Send {
    pub(super) fn run(self, context: &Context, client: &Client<api::Request>) -> Result<()> {
        let (body, body_html) = self.texts.read()?;
        let attachments = attachments(&self.extras.attach)?;
        let wait = self.extras.wait;
        let action = api::SendMail {
            app_id: self.app,
            to: self.to.into(),
            cc: self.extras.cc.into(),
            bcc: self.extras.bcc.into(),
            reply_to: self.extras.reply_to,
            subject: self.subject,
            body,
            body_html,
            attachments,
            idempotency_key: self.extras.key,
            wait_ms: wait.map(millis),
            ..api::SendMail::default()
        };
        let sent = context.block_on(client.call_with(patience(wait), action))?;
        show(context, &sent, wait.is_some())
    }
}

impl Template {
    pub(super) fn run(self, context: &Context, client: &Client<api::Request>) -> Result<()> {
        let attachments = attachments(&self.extras.attach)?;
        let wait = self.extras.wait;
        let action = api::SendTemplate {
            app_id: self.app,
            template: self.name,
            to: self.to.as_str().into(),
            data: self.data.read()?,
            cc: self.extras.cc.into(),
            bcc: self.extras.bcc.into(),
            reply_to: self.extras.reply_to,
            attachments,
            idempotency_key: self.extras.key,
            wait_ms: wait.map(millis),
            ..api::SendTemplate::default()
        };
        let sent = context.block_on(client.call_with(patience(wait), action))?;
        show(context, &sent, wait.is_some())
    }
}

impl Preview {
    pub(super) fn run(self, context: &Context, client: &Client<api::Request>) -> Result<()> {
        let action = api::Preview {
            app_id: self.app,
            template: Some(self.template),
            data: self.data.read()?,
            to: self.to,
            ..api::Preview::default()
        };
        let shown = context.block_on(client.call(action))?;
        let print = &context.print;
        if !print.for_people() {
            print.value(&shown);
            return Ok(());
        }
        shown.headers.iter().for_each(|header| print.line(header));
        print.line("");
        shown.text.lines().for_each(|line| print.line(line));
        if let Some(html) = shown.html.filter(|_| self.html) {
            print.line("");
            html.lines().for_each(|line| print.line(line));
        }
        Ok(())
    }
}

impl Bodies {
    /// Reads the text and the HTML.
    pub(super) fn read(self) -> Result<(Option<String>, Option<String>)> {
        let read = |file: Option<PathBuf>| file.map(|file| read_text(&file)).transpose();
        let body = match self.body {
            Some(body) => Some(body),
            None => read(self.body_file)?,
        };
        Ok((body, read(self.html_file)?))
    }
}

impl Data {
    /// Reads the values of the file and of the command line.
    pub(super) fn read(&self) -> Result<Map<String, Value>> {
        let mut data = match &self.data {
            None => Map::new(),
            Some(file) => serde_json::from_str(&read_text(file)?).map_err(|cause| {
                Error::new(Code::Usage, format!("{} is no JSON object: {cause}", file.display()))
            })?,
        };
        for (name, typed) in &self.values {
            let value = serde_json::from_str(&json_of(typed)).unwrap_or_else(|_| Value::from(typed.as_str()));
            data.insert(name.clone(), value);
        }
        Ok(data)
    }
}

/// Reads a file, or standard input for `-`.
pub(super) fn read_text(file: &Path) -> Result<String> {
    let read = if file == Path::new("-") {
        let mut text = String::new();
        std::io::stdin().read_to_string(&mut text).map(|_| text)
    } else {
        std::fs::read_to_string(file)
    };
    read.map_err(|cause| {
        Error::new(Code::of_io(&cause), format!("{} cannot be read: {cause}", file.display()))
            .caused_by(cause)
    })
}

fn attachments(files: &[PathBuf]) -> Result<Vec<api::Attachment>> {
    let read = |file: &PathBuf| {
        let bytes = std::fs::read(file).map_err(|cause| {
            Error::new(Code::of_io(&cause), format!("{} cannot be read: {cause}", file.display()))
        })?;
        let name = file.file_name().unwrap_or_default().to_string_lossy().into_owned();
        Ok(api::Attachment { name, content_type: None, content: STANDARD.encode(bytes) })
    };
    files.iter().map(read).collect()
}

/// Waits a little longer than the service does.
fn patience(wait: Option<Duration>) -> Options<'static> {
    let deadline = Duration::from_secs(30) + wait.unwrap_or_default();
    Options { deadline, ..Options::default() }
}

fn millis(time: Duration) -> u64 {
    u64::try_from(time.as_millis()).unwrap_or(u64::MAX)
}

fn show(context: &Context, sent: &api::Sent, waited: bool) -> Result<()> {
    context.print.show(sent, || {
        let mut table = Table::new(["ID", "TO", "STATE", "REPLY"]);
        for recipient in &sent.recipients {
            table.row([
                recipient.id.to_string(),
                recipient.address.clone(),
                recipient.state.name().to_owned(),
                recipient.reply.clone().unwrap_or_default(),
            ]);
        }
        table
    });
    if sent.repeated {
        context.print.note("it had been accepted before under this key; nothing was sent again");
    }
    let not_sent = sent.recipients.iter().filter(|recipient| recipient.state != api::State::Sent).count();
    if !waited || not_sent == 0 {
        return Ok(());
    }
    Err(Error::new(
        Code::TargetFailed,
        format!("not sent to {not_sent} of {} recipients", sent.recipients.len()),
    )
    .hint("`sogo smtp queue show ID` tells more; what is deferred is tried again by itself"))
}
