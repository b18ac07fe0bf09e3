//! Rubbish does no harm: to the files, to other callers, to the terminal of whoever reads.

use std::io::{Read, Write};
use std::os::unix::net::UnixStream;
use std::time::Duration;

use serde_json::{Value, json};
use sogo::error::Code;
use sogo::services::logs::api::{LogError, LogEvent};

use super::{Logs, event};
use crate::harness::until;

/// Sends bytes as one frame and returns the answer.
fn raw(logs: &Logs, body: &[u8]) -> Value {
    let mut stream = UnixStream::connect(logs.path("run/sogoms-logs.1.sock")).unwrap();
    stream.set_read_timeout(Some(Duration::from_secs(10))).unwrap();
    stream.write_all(&u32::try_from(body.len()).unwrap().to_be_bytes()).unwrap();
    stream.write_all(body).unwrap();
    let mut length = [0; 4];
    stream.read_exact(&mut length).unwrap();
    let mut answer = vec![0; u32::from_be_bytes(length) as usize];
    stream.read_exact(&mut answer).unwrap();
    serde_json::from_slice(&answer).unwrap()
}

#[tokio::test]
async fn names_that_lead_elsewhere_make_no_file() {
    let logs = Logs::started("min_free_bytes: 0").await;
    let outside: Vec<_> =
        std::fs::read_dir(logs.path("")).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    for app in ["../x", "..", ".", "", "/etc/x", "a/../b", "a\0b", "A", "a.b", "a\nb", &"a".repeat(65)] {
        let refused = logs.client().call(event(app, "login")).await.unwrap_err();
        assert_eq!((refused.code, &*refused.fields[0].field), (Code::Validation, "app_id"), "{app:?}");
    }
    let after: Vec<_> =
        std::fs::read_dir(logs.path("")).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert_eq!((outside, logs.files().len()), (after, 0));
}

#[tokio::test]
async fn what_is_no_text_and_what_is_no_frame_is_answered_and_stops_nobody() {
    let logs = Logs::started("min_free_bytes: 0").await;
    let cases: [(&[u8], &str); 5] = [
        (b"{\"id\":\"1\",\"action\":\"log_event\",\"params\":{\"app_id\":\"a\",\"event\":\"\xff\xfe\"}}", "BAD_REQUEST"),
        (b"\xff\xff\xff", "BAD_REQUEST"),
        (b"{\"id\":\"1\",\"action\":\"log_event\",\"params\":[1]}", "BAD_REQUEST"),
        (b"{\"id\":\"1\",\"action\":\"log_event\",\"params\":{\"app_id\":\"a\",\"event\":\"e\",\"fields\":7}}", "BAD_REQUEST"),
        (b"{\"id\":\"1\",\"action\":\"log_many\",\"params\":{\"source\":\"../x\",\"entries\":[]}}", "VALIDATION"),
    ];
    for (body, code) in cases {
        assert_eq!(raw(&logs, body)["error"]["code"], code, "{}", String::from_utf8_lossy(body));
    }
    logs.client().call(event("prokov", "login")).await.unwrap();
    assert_eq!(logs.entries("prokov", "events").len(), 1);
}

#[tokio::test]
async fn a_megabyte_of_control_characters_is_one_line_that_a_terminal_survives() {
    let logs = Logs::started("min_free_bytes: 0").await;
    let client = logs.client();
    let nasty = "\u{1b}]0;owned\u{7}\u{1b}[2J\r\nfake: line\u{9b}31m\u{202e}\u{2028}\0";
    let fields = json!({ nasty: nasty, "password": "hunter2", "nested": { "api_key": nasty } });
    let short = LogEvent {
        message: Some(nasty.to_owned()),
        fields: fields.as_object().unwrap().clone(),
        ..event("prokov", nasty)
    };
    client.call(short).await.unwrap();
    let large = LogError {
        app_id: "prokov".to_owned(),
        message: nasty.repeat((1 << 20) / nasty.len()),
        request_id: Some("big".to_owned()),
        ..LogError::default()
    };
    client.call(large).await.unwrap();

    let written = logs.entries("prokov", "events");
    assert_eq!(written.len(), 1);
    assert_eq!((&written[0]["event"], &written[0]["fields"][nasty]), (&json!(nasty), &json!(nasty)));
    let cut = logs.entries("prokov", "errors");
    assert_eq!((cut.len(), &cut[0]["truncated"], &cut[0]["request_id"]), (1, &json!(true), &json!("big")));
    for (name, text) in logs.files() {
        assert!(text.len() <= 64 * 1024 && text.chars().all(|c| c == '\n' || !is_obeyed(c)), "{name}");
        assert!(!text.contains("hunter2"));
    }
    for format in ["pretty", "plain", "json", "yaml"] {
        for verb in
            [&["logs", "tail"][..], &["logs", "search"], &["logs", "stats"], &["logs", "trace", "big"]]
        {
            let shown = logs.sogo(&[&["-o", format], verb].concat()).ok();
            assert!(!shown.stdout.is_empty());
            let harmful = shown.stdout.chars().find(|c| *c != '\n' && *c != '\t' && is_obeyed(*c));
            assert_eq!(harmful, None, "{verb:?} -o {format}");
        }
    }
    assert_eq!(logs.sogo(&["logs", "tail", "--type", "events"]).ok().stdout.lines().count(), 1);
}

/// What a terminal would do something on.
fn is_obeyed(c: char) -> bool {
    c.is_control() || matches!(c, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

#[tokio::test]
async fn a_link_in_the_place_of_a_log_file_is_neither_followed_nor_deleted() {
    let logs = Logs::new("min_free_bytes: 0");
    std::fs::write(logs.path("state/target"), "precious\n").unwrap();
    for name in ["prokov-20200101-events.log", "prokov-20200101-events.1.log"] {
        std::os::unix::fs::symlink(logs.path("state/target"), logs.path("logs").join(name)).unwrap();
        std::fs::create_dir(logs.path("logs").join(name.replace("events", "errors"))).unwrap();
        std::fs::write(logs.path("logs").join(name.replace("prokov", "old")), "old\n").unwrap();
    }
    std::fs::write(logs.path("logs/sogoctl.log"), "the supervisor's\n").unwrap();
    let mut logs = logs;
    logs.start().await;
    let left = || std::fs::read_dir(logs.path("logs")).unwrap().count();
    until("the two regular files of ours are gone", || (left() <= 5).then_some(()));
    assert_eq!(left(), 5, "nothing else has gone");
    assert_eq!(std::fs::read_to_string(logs.path("state/target")).unwrap(), "precious\n");
    assert_eq!(logs.sogo(&["logs", "search"]).ok().stdout, "");
}
