//! `stats`: counts what fits by level, over time, by what it says, and by file.

use std::collections::{BTreeMap, HashMap};

use chrono::{DateTime, DurationRound, FixedOffset, TimeDelta};
use serde_json::{Map, Value};

use super::api::{AppFiles, Bucket, Level, Message, Rate, Stats, StatsReply, Type};
use super::clock::Clock;
use super::filter::{Matcher, invalid, level_of, time_of};
use super::history::{self, Found};
use super::reading::{Readers, unreadable};
use super::writer::{FoundFile, Snapshot, Writer};
use crate::error::Result;

/// Different messages that are counted; what comes beyond them is not among the most frequent, mostly.
const MOST_MESSAGES: usize = 10_000;
/// Messages that may be asked for.
const MOST_TOP: u32 = 1000;
/// Spans of time that are answered: the newest.
const MOST_SPANS: usize = 1000;
/// Characters of a message that count.
const LONGEST_MESSAGE: usize = 200;

/// Reads all files of these apps and counts.
pub(super) async fn stats(writer: &Writer, readers: &Readers, request: Stats) -> Result<StatsReply> {
    let Stats { apps, kind, filter, bucket, top } = request;
    if top > MOST_TOP {
        return Err(invalid("top", format!("{top} is more than the most of {MOST_TOP}")));
    }
    let wanted = Matcher::new(filter)?;
    let Snapshot { folder, files, .. } = readers.snapshot(writer, apps, kind, false).await?;
    let (alive, watch) = tokio::sync::oneshot::channel::<()>();
    let counted = readers.read(move || {
        let mut count = Count::new(bucket, &files);
        // The caller's leaving drops the other end.
        let waits = || !alive.is_closed();
        history::oldest_first(&folder, files, &wanted, &waits, |found| {
            count.add(&found);
            true
        })?;
        Ok(count)
    });
    let counted = counted.await.map_err(unreadable)?;
    drop(watch);
    Ok(counted.reply(top as usize))
}

/// What was counted so far.
struct Count {
    bucket: Bucket,
    entries: u64,
    levels: BTreeMap<Level, u64>,
    rate: BTreeMap<DateTime<FixedOffset>, u64>,
    messages: HashMap<(Level, String), Said>,
    files: BTreeMap<(String, Type), AppFiles>,
}

/// How often something was said, and when last.
#[derive(Default)]
struct Said {
    entries: u64,
    last: Option<DateTime<FixedOffset>>,
}

impl Count {
    fn new(bucket: Bucket, found: &[FoundFile]) -> Self {
        let mut files = BTreeMap::new();
        for FoundFile { name, length, .. } in found {
            let (app, kind) = (name.app.clone(), name.kind);
            let none = AppFiles { app: app.clone(), kind, files: 0, bytes: 0, entries: 0 };
            let counted = files.entry((app, kind)).or_insert(none);
            counted.files += 1;
            counted.bytes += length;
        }
        let (levels, rate, messages) = (BTreeMap::new(), BTreeMap::new(), HashMap::new());
        Self { bucket, entries: 0, levels, rate, messages, files }
    }

    fn add(&mut self, found: &Found) {
        // A torn line is no entry.
        let Ok(entry) = serde_json::from_slice::<Map<String, Value>>(&found.line) else { return };
        self.entries += 1;
        let level = level_of(&entry);
        *self.levels.entry(level).or_default() += 1;
        let time = time_of(&found.line);
        if let Some(begin) = time.and_then(|time| beginning(time, self.bucket)) {
            *self.rate.entry(begin).or_default() += 1;
            if MOST_SPANS < self.rate.len() {
                self.rate.pop_first();
            }
        }
        if let Some(files) = self.files.get_mut(&(found.app.clone(), found.kind)) {
            files.entries += 1;
        }
        let said = ["event", "message"].iter().find_map(|key| entry.get(*key)?.as_str());
        let key = (level, said.map(without_digits).unwrap_or_default());
        if self.messages.len() < MOST_MESSAGES || self.messages.contains_key(&key) {
            let said = self.messages.entry(key).or_default();
            said.entries += 1;
            said.last = time.max(said.last);
        }
    }

    fn reply(self, top: usize) -> StatsReply {
        let Self { entries, levels, rate, messages, files, .. } = self;
        let rate = rate.into_iter().map(|(time, entries)| Rate { time: Clock::written(time), entries });
        let mut messages: Vec<Message> = messages
            .into_iter()
            .map(|((level, message), Said { entries, last })| Message {
                message,
                level,
                entries,
                last: last.map(Clock::written).unwrap_or_default(),
            })
            .collect();
        messages.sort_unstable_by(|a, b| {
            b.entries.cmp(&a.entries).then_with(|| (b.level, &a.message).cmp(&(a.level, &b.message)))
        });
        messages.truncate(top);
        StatsReply {
            entries,
            levels,
            rate: rate.collect(),
            top: messages,
            files: files.into_values().collect(),
        }
    }
}

/// Returns when the span of time began, by the clock that the entry was written with.
fn beginning(time: DateTime<FixedOffset>, bucket: Bucket) -> Option<DateTime<FixedOffset>> {
    let span = match bucket {
        Bucket::Minute => TimeDelta::minutes(1),
        Bucket::Hour => TimeDelta::hours(1),
        Bucket::Day => TimeDelta::days(1),
    };
    time.duration_trunc(span).ok()
}

/// Puts a `#` in the place of each number.
fn without_digits(text: &str) -> String {
    let mut out = String::new();
    for letter in text.chars().take(LONGEST_MESSAGE) {
        let letter = if letter.is_ascii_digit() { '#' } else { letter };
        if letter != '#' || !out.ends_with('#') {
            out.push(letter);
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn entries_are_counted_by_level_time_and_message() {
        let mut count = Count::new(Bucket::Hour, &[]);
        for (time, level, message) in [
            ("2026-01-15T08:00:00.000+01:00", "warn", "took 4 s"),
            ("2026-01-15T08:59:59.999+01:00", "warn", "took 12 s"),
            ("2026-01-15T09:00:00.000+01:00", "error", "no"),
            ("2026-01-15T08:30:00.000+01:00", "strange", "no"),
        ] {
            let line = serde_json::json!({"time": time, "level": level, "message": message}).to_string();
            count.add(&Found { app: "a".to_owned(), kind: Type::Errors, line: line.into_bytes() });
        }
        count.add(&Found { app: "a".to_owned(), kind: Type::Errors, line: b"torn".to_vec() });
        let reply = count.reply(2);
        assert_eq!(reply.entries, 4);
        assert_eq!(reply.levels, BTreeMap::from([(Level::Info, 1), (Level::Warn, 2), (Level::Error, 1)]));
        let rate = |time: &str, entries| Rate { time: time.to_owned(), entries };
        assert_eq!(
            reply.rate,
            [rate("2026-01-15T08:00:00.000+01:00", 3), rate("2026-01-15T09:00:00.000+01:00", 1)]
        );
        let top: Vec<_> = reply.top.iter().map(|top| (&*top.message, top.level, top.entries)).collect();
        assert_eq!(top, [("took # s", Level::Warn, 2), ("no", Level::Error, 1)]);
        assert_eq!(reply.top[0].last, "2026-01-15T08:59:59.999+01:00");
    }

    #[test]
    fn a_day_begins_by_the_clock_of_the_entry() {
        let time = DateTime::parse_from_rfc3339("2026-01-15T00:30:00+01:00").unwrap();
        for (bucket, expected) in [
            (Bucket::Minute, "2026-01-15T00:30:00+01:00"),
            (Bucket::Hour, "2026-01-15T00:00:00+01:00"),
            (Bucket::Day, "2026-01-15T00:00:00+01:00"),
        ] {
            assert_eq!(beginning(time, bucket).unwrap().to_rfc3339(), expected);
        }
    }
}
