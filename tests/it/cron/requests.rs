//! Jobs that ask: a URL, or one of our services.

use std::io::{Read, Write};
use std::net::TcpListener;
use std::sync::{Arc, Mutex};

use serde_json::json;

use super::{Cron, QUIET};
use crate::harness::{Engine, Installation, run, until, write_secret};

/// Answers `/away` with a redirect to where clouds tell their secrets, and all else with a status of 200.
struct Site {
    port: u16,
    heard: Arc<Mutex<Vec<String>>>,
}

impl Site {
    fn open() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let heard = Arc::new(Mutex::new(Vec::new()));
        let keep = Arc::clone(&heard);
        std::thread::spawn(move || {
            for mut stream in listener.incoming().map_while(Result::ok) {
                let mut text = String::new();
                let mut buffer = [0; 4096];
                // What these jobs send ends with a brace, or has no body.
                while !text.ends_with("\r\n\r\n") && !text.ends_with('}') {
                    match stream.read(&mut buffer) {
                        Ok(0) | Err(_) => break,
                        Ok(count) => text.push_str(&String::from_utf8_lossy(&buffer[..count])),
                    }
                }
                let answer = if text.contains(" /away ") {
                    "302 Found\r\nlocation: http://169.254.169.254/latest/meta-data/\r\n"
                } else {
                    "200 OK\r\n"
                };
                keep.lock().unwrap().push(text);
                let answer = format!("HTTP/1.1 {answer}content-length: 0\r\nconnection: close\r\n\r\n");
                let _ = stream.write_all(answer.as_bytes());
            }
        });
        Self { port, heard }
    }

    fn heard(&self) -> Vec<String> {
        self.heard.lock().unwrap().clone()
    }
}

#[tokio::test]
async fn a_url_is_asked_with_its_secret_and_the_name_of_the_slot() {
    let site = Site::open();
    let port = site.port;
    let installation = Installation::new(Engine::Sqlite).await;
    let secret = installation.path().join("secrets/token");
    write_secret(&secret, "Bearer of-nobody");
    let schedule = "schedule: '0 8 * * *', type: http";
    installation.write(
        "config/apps/prokov/cron.yaml",
        &format!(
            "jobs:\n  \
             ping: {{ {schedule}, method: POST, url: 'http://127.0.0.1:{port}/in?a=1', body: '{{}}', headers: {{ Authorization: {{ file: {} }} }} }}\n  \
             away: {{ {schedule}, url: 'http://127.0.0.1:{port}/away', on_failure: {{ webhook: 'http://127.0.0.1:{port}/failed' }} }}\n  \
             closed: {{ {schedule}, url: 'http://127.0.0.1:{port}/', deny_private: true }}\n  \
             odd: {{ {schedule}, url: 'http://127.0.0.1:{port}/', expected_status: [204, 300-399], retry: {{ max_attempts: 1 }} }}\n",
            secret.display()
        ),
    );
    let sogo = installation.start();
    let cron = Cron::start_at(&sogo.installation, QUIET);
    let done = cron.ask(&["trigger", "ping", "--wait"]);
    assert_eq!(done["state"], "succeeded", "{done}");
    let heard = site.heard().remove(0);
    assert!(heard.starts_with("POST /in?a=1 ") && heard.contains("Bearer of-nobody"), "{heard}");
    assert!(heard.contains("idempotency-key: cron/prokov/ping/"), "{heard}");
    for (job, told) in [("away", "169.254.169.254"), ("closed", "deny_private"), ("odd", "answered 200")] {
        let failed = cron.sogo(&["cron", "trigger", job, "--wait"]);
        assert_eq!(failed.code, 7, "{failed:?}");
        assert!(failed.stderr.contains(told), "{failed:?}");
        // Another attempt would be refused just the same.
        assert_eq!(cron.history(job)[0]["attempts"], 1);
    }
    let webhook = until("the webhook was called", || {
        site.heard().into_iter().find(|heard| heard.starts_with("POST /failed "))
    });
    assert!(webhook.contains("\"job\":\"away\"") && webhook.contains("\"state\":\"failed\""), "{webhook}");
    assert!(!cron.log().contains("of-nobody"));
    assert!(!cron.sogo(&["-o", "json", "cron", "history"]).stdout.contains("of-nobody"));
}

#[tokio::test]
async fn a_service_is_asked_for_the_jobs_own_app() {
    let installation = Installation::new(Engine::Sqlite).await;
    let job = |service: &str, action: &str, params: &str| {
        format!(
            "{{ schedule: '0 8 * * *', type: service, service: {service}, action: {action}, params: {params} }}"
        )
    };
    let count = job("db", "query_one", "{ query: 'SELECT COUNT(*) AS users FROM users' }");
    let wrong = job("db", "query_one", "{ query: SELECT nothing FROM nowhere }");
    installation
        .write("config/apps/prokov/cron.yaml", &format!("jobs:\n  count: {count}\n  wrong: {wrong}\n"));
    let sogo = installation.start();
    let cron = Cron::start_at(&sogo.installation, QUIET);
    let done = cron.ask(&["trigger", "count", "--wait"]);
    assert_eq!(done["state"], "succeeded", "{done}");
    assert!(done.to_string().contains("\"users\":"), "{done}");
    let failed = cron.sogo(&["cron", "trigger", "wrong", "--wait"]);
    assert_eq!((failed.code, &cron.history("wrong")[0]["attempts"]), (7, &json!(1)), "{failed:?}");
}

#[tokio::test]
async fn what_a_job_may_not_ask_is_told_when_the_files_are_read() {
    let installation = Installation::new(Engine::Sqlite).await;
    let job = |rest: &str| format!("{{ schedule: '0 8 * * *', {rest} }}");
    let jobs = [
        ("type: service, service: sogoms-dd, action: query", "there is no service `sogoms-dd`"),
        ("type: service, service: sogoms-db, action: qery", "sogoms-db has no action `qery`"),
        (
            "type: service, service: db, action: query, params: { app_id: bank, query: SELECT 1 }",
            "for its own app alone",
        ),
        (
            "type: service, service: sogoctl, action: stop, params: { service: sogoway }",
            "is not asked for one app",
        ),
        ("type: http, url: 'http://me:secret@example.com/'", "`url` holds a user or a password"),
        ("type: http, url: 'http:///x'", "`url` names no host"),
        (
            "type: http, url: 'http://example.com/', headers: { Host: a }",
            "the header `Host` is not for a job to set",
        ),
        ("type: http, url: 'http://example.com/', headers: { A: \"b\\r\\nC: d\" }", "holds a line break"),
        (
            "type: http, url: 'http://example.com/', headers: { A: { file: /nowhere } }",
            "the secret `/nowhere` is missing",
        ),
        ("type: http, url: 'http://example.com/', expected_status: 2xx", "expected a status from 200 to 599"),
    ];
    for (rest, told) in jobs {
        installation.write("config/apps/prokov/cron.yaml", &format!("jobs:\n  one: {}\n", job(rest)));
        let config = installation.path().join("config");
        let checked = run(installation.path(), &["check", "--config", config.to_str().unwrap()]);
        assert_eq!(checked.code, 9, "{rest}: {checked:?}");
        assert!(
            checked.stdout.contains(told) && checked.stdout.contains("cron.yaml:2:"),
            "{rest}: {checked:?}"
        );
    }
}
