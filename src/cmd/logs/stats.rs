//! `sogo logs stats`: what the logs hold, in numbers.

use clap::{Args, ValueEnum};

use super::super::print::{Printer, Table};
use super::super::watch::Watch;
use super::filters::Filters;
use crate::services::logs::api;

/// Count entries by level, over time, by what they say, and by file
#[derive(Debug, Args)]
pub(super) struct Stats {
    #[command(flatten)]
    filters: Filters,
    /// Over which time the rate is counted
    #[arg(long, value_name = "SPAN", default_value = "hour")]
    by: Span,
    /// How many of the most frequent messages
    #[arg(long, value_name = "COUNT", default_value_t = api::Stats::default_top())]
    top: u32,
    #[command(flatten)]
    pub(super) watch: Watch,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum Span {
    Minute,
    Hour,
    Day,
}

impl Stats {
    pub(super) fn action(&self) -> api::Stats {
        let bucket = match self.by {
            Span::Minute => api::Bucket::Minute,
            Span::Hour => api::Bucket::Hour,
            Span::Day => api::Bucket::Day,
        };
        let (apps, kind, filter) = self.filters.clone().parts();
        api::Stats { apps, kind, filter, bucket, top: self.top }
    }
}

pub(super) fn show(print: &Printer, reply: &api::StatsReply) {
    if !print.for_people() {
        return print.value(reply);
    }
    let mut levels = Table::new(["LEVEL", "ENTRIES"]);
    for (level, entries) in &reply.levels {
        levels.row([word(*level), entries.to_string()]);
    }
    let mut rate = Table::new(["SINCE", "ENTRIES"]);
    for span in &reply.rate {
        rate.row([span.time.clone(), span.entries.to_string()]);
    }
    let mut top = Table::new(["ENTRIES", "LEVEL", "MESSAGE", "LAST"]);
    for message in &reply.top {
        let count = message.entries.to_string();
        top.row([count, word(message.level), message.message.clone(), message.last.clone()]);
    }
    let mut files = Table::new(["APP", "TYPE", "FILES", "BYTES", "ENTRIES"]);
    for of in &reply.files {
        let numbers = [of.files, of.bytes, of.entries].map(|number| number.to_string());
        let [count, bytes, entries] = numbers;
        files.row([of.app.clone(), of.kind.as_str().to_owned(), count, bytes, entries]);
    }
    for (heading, table) in
        [("Levels", levels), ("Over time", rate), ("Said most often", top), ("Files", files)]
    {
        print.heading(heading);
        print.table(&table);
    }
}

fn word(level: api::Level) -> String {
    match level {
        api::Level::Info => "info",
        api::Level::Warn => "warn",
        api::Level::Error => "error",
    }
    .to_owned()
}
