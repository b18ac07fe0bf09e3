//! `/metrics`: what it tells, in which form, and to whom.

use std::collections::{BTreeMap, BTreeSet};

use reqwest::Method;
use serde_json::json;

use crate::harness::{Engine, Installation, Sogo, raw_http};
use crate::on_each_engine;

on_each_engine! {
    requests_are_counted_by_what_they_ask_for,
}

/// The samples by name and labels, after checking that the text is what a scraper takes.
fn parsed(text: &str) -> BTreeMap<String, f64> {
    let mut samples = BTreeMap::new();
    let (mut family, mut kind) = (String::new(), String::new());
    let mut families = BTreeSet::new();
    assert!(text.ends_with('\n'), "the last line has no end");
    for line in text.lines() {
        if let Some(help) = line.strip_prefix("# HELP ") {
            let (name, words) = help.split_once(' ').unwrap();
            assert!(!words.is_empty() && families.insert(name.to_owned()), "{name} is there twice");
            name.clone_into(&mut family);
            continue;
        }
        if let Some(type_of) = line.strip_prefix("# TYPE ") {
            let (name, word) = type_of.split_once(' ').unwrap();
            assert_eq!(name, family);
            assert!(["counter", "gauge", "histogram"].contains(&word), "{line}");
            word.clone_into(&mut kind);
            continue;
        }
        let (series, value) = line.rsplit_once(' ').unwrap();
        let (name, labels) = series.split_once('{').map_or((series, None), |(name, rest)| (name, Some(rest)));
        let suffixes: &[&str] = if kind == "histogram" { &["_bucket", "_sum", "_count"] } else { &[""] };
        assert!(suffixes.iter().any(|suffix| *name == format!("{family}{suffix}")), "{line} in {family}");
        assert!(name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_'), "{line}");
        assert!(kind != "counter" || name.ends_with("_total"), "{line}");
        for label in labels.iter().flat_map(|labels| labels.strip_suffix('}').unwrap().split("\",")) {
            let (name, value) = label.split_once("=\"").unwrap_or_else(|| panic!("{line}"));
            assert!(name.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_'), "{line}");
            assert!(!value.trim_end_matches('"').contains('"'), "{line}");
        }
        let value: f64 = value.parse().unwrap_or_else(|_| panic!("{line}"));
        assert!(samples.insert(series.to_owned(), value).is_none(), "{series} is there twice");
    }
    hold_histograms(&samples);
    samples
}

/// Buckets grow, and the last of them has all.
fn hold_histograms(samples: &BTreeMap<String, f64>) {
    let mut last: BTreeMap<String, f64> = BTreeMap::new();
    for (series, value) in samples {
        let Some((name, labels)) = series.split_once("_count") else { continue };
        let labels = labels.trim_start_matches('{').trim_end_matches('}');
        let comma = if labels.is_empty() { "" } else { "," };
        let all = format!("{name}_bucket{{{labels}{comma}le=\"+Inf\"}}");
        assert_eq!(samples.get(&all), Some(value), "{all}");
        last.insert(series.clone(), *value);
    }
    assert!(!last.is_empty());
}

fn scrape(address: &str, path: &str, headers: &str) -> crate::harness::Answer {
    raw_http(address, format!("GET {path} HTTP/1.1\r\nConnection: close\r\n{headers}\r\n\r\n"))
}

fn local(sogo: &Sogo) -> BTreeMap<String, f64> {
    let answer = scrape(sogo.address(), "/metrics", "Host: localhost");
    assert_eq!(answer.status, 200, "{}", answer.text);
    assert_eq!(answer.header("content-type"), Some("text/plain; version=0.0.4; charset=utf-8"));
    parsed(&answer.text)
}

async fn requests_are_counted_by_what_they_ask_for(engine: Engine) {
    let installation = Installation::new(engine).await;
    // An app whose database cannot be opened.
    let path = installation.path();
    let (database, secret) = (path.join("data/nowhere/x.db"), path.join("secrets/prokov_jwt_secret"));
    let app = format!(
        "app: down\nhosts: [down.example.com]\ndatabase: {{ driver: sqlite, path: {} }}\nauth: {{ jwt_secret_file: {} }}\n",
        database.display(),
        secret.display()
    );
    installation.write("config/apps/down/app.yaml", &app);
    let sogo = installation.start();
    let alice = sogo.sign_in("alice@example.com").await;
    for id in 1..=3 {
        alice.get(&format!("/api/projects/{id}?nothing={id}")).await.refused(400, "BAD_REQUEST");
        alice.get("/api/projects").await.expect(200);
        alice.get(&format!("/api/secret-{id}")).await.refused(404, "NOT_FOUND");
        alice.at_host("unknown.example.com").get("/api/projects").await.refused(421, "UNKNOWN_HOST");
    }
    let wrong = json!({"email": "alice@example.com", "password": "wrong"});
    sogo.client().post("/api/auth/login", wrong).await.refused(401, "UNAUTHORIZED");

    let samples = local(&sogo);
    for (series, expected) in [
        (
            "sogoway_http_requests_total{app=\"prokov\",resource=\"projects\",verb=\"list\",class=\"2xx\"}",
            3.0,
        ),
        (
            "sogoway_http_requests_total{app=\"prokov\",resource=\"projects\",verb=\"show\",class=\"4xx\"}",
            3.0,
        ),
        ("sogoway_http_requests_total{app=\"prokov\",class=\"4xx\"}", 3.0),
        ("sogoway_http_requests_total{class=\"4xx\"}", 3.0),
        ("sogoway_http_requests_total{app=\"prokov\",resource=\"auth\",verb=\"login\",class=\"2xx\"}", 1.0),
        (
            "sogoway_http_request_duration_seconds_count{app=\"prokov\",resource=\"projects\",verb=\"list\"}",
            3.0,
        ),
        ("sogoway_sign_in_failures_total{app=\"prokov\"}", 1.0),
        ("sogoway_requests_in_flight{app=\"prokov\"}", 0.0),
        ("sogoms_db_service_up", 1.0),
        ("sogoms_db_up{app=\"prokov\"}", 1.0),
        ("sogoms_db_up{app=\"down\"}", 0.0),
        ("sogoway_ipc_calls{service=\"sogoms-db\"}", 0.0),
        ("sogoway_log_dropped_total", 0.0),
    ] {
        assert_eq!(samples.get(series), Some(&expected), "{series} of {samples:#?}");
    }
    for series in [
        "sogoway_http_response_bytes_total{app=\"prokov\",resource=\"projects\",verb=\"list\"}",
        "sogoms_db_connections{app=\"prokov\"}",
        "sogoms_db_connections_max{app=\"prokov\"}",
        "sogoway_connections",
        "process_start_time_seconds",
        "process_resident_memory_bytes",
        "process_open_fds",
    ] {
        assert!(samples.get(series).is_some_and(|value| 0.0 < *value), "{series} of {samples:#?}");
    }
    assert!(samples.keys().any(|series| series.starts_with("sogo_build_info{version=")));
    // What a client writes makes no series.
    assert!(
        !samples.keys().any(|series| series.contains("secret") || series.contains("unknown")),
        "{samples:#?}"
    );
}

#[tokio::test]
async fn they_are_for_this_host_alone() {
    let sogo = Sogo::start(Engine::Sqlite).await;
    for headers in [
        "Host: localhost\r\nX-Forwarded-For: 192.0.2.1",
        "Host: localhost\r\nX-Real-IP: 192.0.2.1",
        "Host: localhost\r\nForwarded: for=192.0.2.1",
        "Host: localhost\r\nVia: 1.1 proxy",
        "Host: unknown.example.com",
    ] {
        scrape(sogo.address(), "/metrics", headers).refused(421, "UNKNOWN_HOST");
    }
    scrape(sogo.address(), "/metrics", "Host: prokov.example.com").refused(404, "NOT_FOUND");
    sogo.client().send(Method::POST, "/metrics", None).await.refused(404, "NOT_FOUND");
    assert_eq!(scrape(sogo.address(), "/metrics", "Host: 127.0.0.1:8080").status, 200);
}

#[tokio::test]
async fn they_may_have_an_address_of_their_own() {
    let installation = Installation::new(Engine::Sqlite).await;
    let free = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let address = free.to_string();
    let settings = format!("gateway:\n  metrics: {{ listen: \"{address}\" }}\n");
    installation.edit("config/sogoms.yaml", "gateway:\n", &settings);
    let sogo = installation.start();
    scrape(sogo.address(), "/metrics", "Host: localhost").refused(421, "UNKNOWN_HOST");
    let answer = scrape(&address, "/metrics", "Host: anything");
    assert_eq!(answer.status, 200);
    assert!(0.0 < parsed(&answer.text)["sogoms_db_up{app=\"prokov\"}"]);
    scrape(&address, "/health", "Host: anything").refused(404, "NOT_FOUND");
    let wrong = raw_http(&address, "POST /metrics HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
    assert_eq!(wrong.header("allow"), Some("GET, HEAD, OPTIONS"));
    wrong.refused(405, "METHOD_NOT_ALLOWED");
}
