//! `sogo logs trace`: what all services wrote about one request, in their entries and on their output.

use std::collections::BTreeMap;

use chrono::{DateTime, FixedOffset};
use clap::Args;
use serde_json::Value;

use super::show::{self, Shown};
use super::{A_DAY, stream};
use crate::cmd::context::{self, Context};
use crate::cmd::ctl;
use crate::error::{Code, Error, Result};
use crate::ipc::Client;
use crate::ipc::client::Options;
use crate::services::logs::api;
use crate::services::supervisor::api::{Logs, OutputLine};

/// Show what all services wrote about one request, in order
///
/// That is what the logs of the apps hold and what the services printed. The id of a request is in the X-Request-Id of its
/// answer.
#[derive(Debug, Args)]
pub(super) struct Trace {
    /// The request's id
    #[arg(value_name = "REQUEST_ID")]
    request_id: String,
}

/// One thing that was written.
enum Written {
    Entry(api::Line),
    Printed(OutputLine),
}

impl Trace {
    pub(super) fn run(self, context: &Context, client: &Client<api::Request>) -> Result<()> {
        let mut found = context.block_on(async {
            let mut found = self.entries(client).await?;
            match self.printed(context).await {
                Ok(printed) => found.extend(printed),
                Err(error) => context.print.note(&format!("what the services printed is left out: {error}")),
            }
            Ok(found)
        })?;
        // Services write side by side: what one did first may have come to the file second.
        found.sort_by_cached_key(Written::time);
        for written in &found {
            match written {
                Written::Entry(line) => show::show(&context.print, Shown::OfOneRequest, line),
                Written::Printed(line) => ctl::show_output(&context.print, line),
            }
        }
        if !found.is_empty() {
            return Ok(());
        }
        Err(Error::new(Code::NotFound, format!("no service wrote anything about the request `{}`", self.request_id))
            .hint("the id is in the X-Request-Id of the answer; a request that went well leaves no entry, unless it was a sign-in"))
    }

    /// Returns the entries in the logs of the apps.
    async fn entries(&self, client: &Client<api::Request>) -> Result<Vec<Written>> {
        let values = BTreeMap::from([("request_id".to_owned(), self.request_id.clone())]);
        let filter = api::Filter { values, ..api::Filter::default() };
        let mut lines = stream(client, api::Search { filter, ..api::Search::default() }).await?;
        let mut found = Vec::new();
        while let Some(line) = lines.next().await {
            found.push(Written::Entry(line?));
        }
        Ok(found)
    }

    /// Returns the lines on the output of services that name the request.
    async fn printed(&self, context: &Context) -> Result<Vec<Written>> {
        let client = context::client(&context.places.control());
        let contains = Some(self.request_id.clone());
        let action = Logs { lines: Logs::MOST_LINES, contains, ..Logs::default() };
        let mut lines = client.stream(Options { deadline: A_DAY, request_id: None }, action).await?;
        let mut found = Vec::new();
        while let Some(line) = lines.next().await {
            found.push(Written::Printed(line?));
        }
        Ok(found)
    }
}

impl Written {
    fn time(&self) -> Option<DateTime<FixedOffset>> {
        let time = match self {
            Self::Entry(line) => line.entry.get("time").and_then(Value::as_str)?,
            Self::Printed(line) => &line.time,
        };
        DateTime::parse_from_rfc3339(time).ok()
    }
}
