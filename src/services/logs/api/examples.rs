//! An example an action, for docs/PROTOCOL.md.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use super::{
    AppFiles, Bucket, Entry, Filter, Health, HealthReply, Level, Line, LogError, LogEvent, LogMany, Logged,
    LoggedMany, Message, Rate, Request, Search, Stats, StatsReply, Storage, Tail, Type,
};
use crate::ipc::{Api, Example};
use crate::services::health;

impl Api for Request {
    const NAME: &'static str = "sogoms-logs";
    const SUMMARY: &'static str = "central logs: a file an app, day and type, one JSON entry a line";

    fn examples() -> Vec<Example> {
        writing().into_iter().chain(reading()).chain([health()]).collect()
    }
}

fn app_id() -> String {
    "prokov".to_owned()
}

fn writing() -> [Example; 3] {
    let event = LogEvent {
        app_id: app_id(),
        event: "login".to_owned(),
        user_id: Some(2),
        request_id: Some("01JFA2".to_owned()),
        fields: Map::from_iter([("ip".to_owned(), Value::from("192.0.2.7"))]),
        ..LogEvent::default()
    };
    [
        Example::of(
            "Writes an event of an app (sign-in, registration, …) to `{app}-{YYYYMMDD}-events.log`. `fields` \
             holds anything else, `message` says it to a person, `service` (text) is who says it, and `time` \
             (RFC 3339) is when it happened, if not now. The reply comes when the line is in its file, where it \
             outlasts the end of any process; a power cut as far as `logs.sync` says. A caller that gets no reply does \
             not know: the line is there once or not at all.",
            event.clone(),
            &Logged {},
        ),
        Example::of(
            "Writes to `{app}-{YYYYMMDD}-errors.log` with a level: `error` (default), `warn` or `info`. The other \
             parameters are those of `log_event`.",
            LogError {
                app_id: app_id(),
                level: Level::Warn,
                message: "The database answered after 4 s".to_owned(),
                code: Some("TIMEOUT".to_owned()),
                ..LogError::default()
            },
            &Logged {},
        ),
        Example::of(
            "Writes many entries in their order, each as `{\"event\": …}` or `{\"error\": …}` with the parameters \
             of `log_event` or `log_error`. `taken` tells how many from the first on are dealt with; `refused`, \
             if there, names those of them that can never be written (`index` from 0, `error`). Only when the \
             very first cannot be written for now is it an error. A caller that names itself (`source`, another name at \
             each of its starts) and numbers its entries (`first` is the number of the first one) may send them again \
             when no reply came: none is written twice, whatever ended in between. The line then has an `id`, \
             `{source}-{number}`.",
            LogMany {
                source: Some("sogoway-1a2b3c".to_owned()),
                first: 42,
                entries: vec![Entry::Event(event)],
            },
            &LoggedMany { taken: 1, refused: Vec::new() },
        ),
    ]
}

fn reading() -> [Example; 3] {
    let entry = json!({
        "time": "2026-01-15T08:00:00.123+01:00", "level": "info", "event": "login", "user_id": 2,
        "request_id": "01JFA2", "fields": {"ip": "192.0.2.7"},
    });
    let line =
        Line { app: app_id(), kind: Type::Events, entry: entry.as_object().cloned().unwrap_or_default() };
    let since = Filter { since: Some("2026-01-15T08:00:00+01:00".to_owned()), ..Filter::default() };
    let of_request = Filter {
        values: BTreeMap::from([("request_id".to_owned(), "01JFA2".to_owned())]),
        ..Filter::default()
    };
    [
        Example::of(
            "Streams the newest `lines` entries (10 without it), oldest first, of all apps or of `apps`, of both types or of \
             `type` (`events`, `errors`); with `follow` it goes on until the caller leaves. `filter` leaves out what does \
             not fit: `since` and `until` (RFC 3339), `level` (that bad or worse), `grep` (a regular expression, found in \
             a value), `where` (values by key, of the entry or its `fields`). Each entry's frame \
             says `\"more\":true`; the last frame does not, and its result is null. A caller that reads too slowly \
             is cut off with `UNAVAILABLE`.",
            Tail { apps: vec![app_id()], kind: None, lines: 10, follow: false, filter: since.clone() },
            &line,
        ),
        Example::of(
            "Streams all entries that fit, over the whole history, oldest first, as `tail` does; at most `limit` of them. \
             `where` with a `request_id` finds everything that the services wrote about one request.",
            Search { filter: of_request, ..Search::default() },
            &line,
        ),
        Example::of(
            "Counts the entries that fit: by level, over time by `bucket` (`minute`, `hour`, `day`), the `top` most \
             frequent messages (digits in them are `#`), and the files with their bytes.",
            Stats { apps: vec![app_id()], kind: None, filter: since, bucket: Bucket::Hour, top: 10 },
            &StatsReply {
                entries: 2,
                levels: BTreeMap::from([(Level::Info, 2)]),
                rate: vec![Rate { time: "2026-01-15T08:00:00.000+01:00".to_owned(), entries: 2 }],
                top: vec![Message {
                    message: "login".to_owned(),
                    level: Level::Info,
                    entries: 2,
                    last: "2026-01-15T08:00:00.123+01:00".to_owned(),
                }],
                files: vec![AppFiles { app: app_id(), kind: Type::Events, files: 1, bytes: 264, entries: 2 }],
            },
        ),
    ]
}

fn health() -> Example {
    Example::of(
        "Tells that the service is well, and in `storage` how the writing goes: log files and their bytes, free bytes of \
         the disk and the floor below which the oldest files go, whether the last line could be written, and \
         what was counted since the start: lines, entries that were sent again (`doubles`), entries that are lost (`dropped`).",
        Health {},
        &HealthReply {
            health: health::Health::example("sogoms-logs"),
            storage: Storage {
                files: 62,
                bytes: 734_003_200,
                free_bytes: Some(21_474_836_480),
                min_free_bytes: 104_857_600,
                writable: true,
                lines: 3_600,
                ..Storage::default()
            },
        },
    )
}
