//! A write with an Idempotency-Key is done once, however often it is sent, and whatever dies meanwhile.

use std::path::Path;
use std::time::{Duration, Instant};

use futures_util::{StreamExt as _, stream};
use reqwest::Method;
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{UnixListener, UnixStream};
use tokio_util::sync::CancellationToken;

use crate::harness::{Answer, Client, Engine, Installation, Sogo, send, until, until_async};
use crate::on_each_engine;

on_each_engine! {
    a_repeated_write_is_answered_as_the_first_one,
    ten_thousand_repetitions_at_once_make_one_row,
    a_kill_between_commit_and_answer_is_repaired_by_the_retry,
    without_our_table_the_header_is_refused_and_nothing_written,
    a_key_expires,
    keys_that_are_none_are_refused,
    prepare_shows_asks_and_makes,
}

async fn prepared(engine: Engine) -> Sogo {
    let sogo = Sogo::start(engine).await;
    sogo.sogo(&["app", "prepare", "prokov", "--yes"]).ok();
    sogo
}

async fn keyed(client: &Client, method: Method, path: &str, body: &Value, key: &str) -> Answer {
    let headers = [("content-type", "application/json"), ("idempotency-key", key)];
    client.send_with(method, path, Some(body.to_string()), &headers).await
}

async fn rows(client: &Client) -> usize {
    client.get("/api/projects").await.expect(200)["data"].as_array().unwrap().len()
}

async fn a_repeated_write_is_answered_as_the_first_one(engine: Engine) {
    let sogo = prepared(engine).await;
    let (alice, bob) = (sogo.sign_in("alice@example.com").await, sogo.sign_in("bob@example.com").await);
    // A field that is left out is told in the repeated answer as well.
    let body = json!({"name": "Garden", "id": 9});
    let first = keyed(&alice, Method::POST, "/api/projects", &body, "k-1").await;
    assert_eq!((first.status, first.header("idempotency-replayed")), (201, None), "{}", first.text);
    for key in ["k-1", "\"k-1\""] {
        let again = keyed(&alice, Method::POST, "/api/projects", &body, key).await;
        assert_eq!((again.status, &again.text), (201, &first.text));
        assert_eq!(again.header("location"), first.header("location"));
        assert_eq!(again.header("idempotency-replayed"), Some("true"));
    }
    let other = json!({"name": "Orchard"});
    keyed(&alice, Method::POST, "/api/projects", &other, "k-1").await.refused(422, "KEY_REUSED");
    assert_eq!(rows(&alice).await, 1);
    // The same key of another user, or for something else, is another key.
    let theirs = keyed(&bob, Method::POST, "/api/projects", &body, "k-1").await;
    assert_eq!((theirs.status, theirs.header("idempotency-replayed")), (201, None));
    keyed(&alice, Method::POST, "/api/tags", &other, "k-1").await.expect(201);

    let path = first.header("location").unwrap();
    let change = keyed(&alice, Method::PUT, path, &other, "k-1").await;
    assert_eq!(change.status, 200, "{}", change.text);
    // What came between stays: the repetition writes nothing.
    alice.put(path, json!({"name": "Field"})).await.expect(200);
    assert_eq!(keyed(&alice, Method::PUT, path, &other, "k-1").await.text, change.text);
    assert_eq!(alice.get(path).await.expect(200)["data"]["name"], "Field");
    keyed(&alice, Method::DELETE, path, &Value::Null, "gone").await.expect(200);
    let again = keyed(&alice, Method::DELETE, path, &Value::Null, "gone").await;
    assert_eq!((again.status, again.header("idempotency-replayed")), (200, Some("true")));
    // A failure is not kept: the same key can be used once its cause is gone.
    keyed(&alice, Method::PUT, path, &other, "k-2").await.refused(404, "NOT_FOUND");
    keyed(&alice, Method::POST, "/api/projects", &json!({}), "k-3").await.refused(422, "VALIDATION");
    keyed(&alice, Method::POST, "/api/projects", &other, "k-3").await.expect(201);
}

async fn ten_thousand_repetitions_at_once_make_one_row(engine: Engine) {
    const REPETITIONS: usize = 10_000;
    const AT_ONCE: usize = 200;
    let sogo = prepared(engine).await;
    let alice = sogo.sign_in("alice@example.com").await;
    let body = json!({"name": "once"});
    let all = stream::iter(0..REPETITIONS).map(|_| async {
        let answer = keyed(&alice, Method::POST, "/api/projects", &body, "one-key").await;
        assert_eq!(answer.status, 201, "{}", answer.text);
        (answer.text.clone(), answer.header("idempotency-replayed").is_some())
    });
    let answers: Vec<(String, bool)> = all.buffer_unordered(AT_ONCE).collect().await;
    assert_eq!(answers.len(), REPETITIONS);
    assert!(answers.iter().all(|(text, _)| *text == answers[0].0));
    assert_eq!(answers.iter().filter(|(_, repeated)| !repeated).count(), 1);
    assert_eq!(rows(&alice).await, 1);
}

/// Stands between the gateway and sogoms-db, and passes everything on until it is told to swallow what comes back.
fn between(front: &Path, back: &Path, swallow: CancellationToken, swallowed: CancellationToken) {
    let listener = UnixListener::bind(front).unwrap();
    let back = back.to_owned();
    tokio::spawn(async move {
        while let Ok((client, _)) = listener.accept().await {
            let Ok(server) = UnixStream::connect(&back).await else { continue };
            let (mut from_client, mut to_client) = client.into_split();
            let (mut from_server, mut to_server) = server.into_split();
            let (swallow, swallowed) = (swallow.clone(), swallowed.clone());
            tokio::spawn(async move { tokio::io::copy(&mut from_client, &mut to_server).await });
            tokio::spawn(async move {
                let mut buffer = vec![0; 64 * 1024];
                while let Ok(read @ 1..) = from_server.read(&mut buffer).await {
                    if swallow.is_cancelled() {
                        swallowed.cancel();
                    } else if to_client.write_all(&buffer[..read]).await.is_err() {
                        break;
                    }
                }
            });
        }
    });
}

async fn a_kill_between_commit_and_answer_is_repaired_by_the_retry(engine: Engine) {
    let sogo = prepared(engine).await;
    let alice = sogo.sign_in("alice@example.com").await;
    assert_eq!(rows(&alice).await, 0);
    // The service listens on a socket that was moved aside, and callers find the proxy in its place.
    let socket = sogo.installation.path().join("run/sogoms-db.1.sock");
    let aside = sogo.installation.path().join("run/aside.sock");
    std::fs::rename(&socket, &aside).unwrap();
    let (swallow, swallowed) = (CancellationToken::new(), CancellationToken::new());
    between(&socket, &aside, swallow.clone(), swallowed.clone());
    let gateway = sogo.pid("sogoway");
    send("KILL", gateway);
    sogo.wait_for_new_process("sogoway", gateway);
    until_async("the new gateway reaches the database through the proxy", || async {
        let answer = alice.try_send(Method::GET, "/api/projects", None, &[]).await;
        answer.is_ok_and(|answer| answer.status == 200).then_some(())
    })
    .await;

    let body = json!({"name": "once"});
    swallow.cancel();
    let lost = tokio::spawn({
        let (alice, body) = (alice.clone(), body.clone());
        async move { keyed(&alice, Method::POST, "/api/projects", &body, "k").await }
    });
    // The answer has come out of sogoms-db, so the row is committed; the gateway never sees it.
    tokio::time::timeout(Duration::from_secs(30), swallowed.cancelled()).await.expect("an answer comes");
    let db = sogo.pid("sogoms-db");
    // Before the kill: on a busy machine the next one may already listen there after it.
    std::fs::remove_file(&socket).unwrap();
    send("KILL", db);
    sogo.wait_for_new_process("sogoms-db", db);
    let lost = lost.await.unwrap();
    assert!([502, 503, 504].contains(&lost.status), "{} {}", lost.status, lost.text);

    let retried = until_async("the retry is answered", || async {
        let answer = keyed(&alice, Method::POST, "/api/projects", &body, "k").await;
        (answer.status == 201).then_some(answer)
    })
    .await;
    assert_eq!(retried.header("idempotency-replayed"), Some("true"), "{}", retried.text);
    let listed = alice.get("/api/projects").await.expect(200);
    assert_eq!(listed["data"].as_array().unwrap().len(), 1);
    assert_eq!(listed["data"][0]["id"], retried.body["data"]["insert_id"]);
}

async fn without_our_table_the_header_is_refused_and_nothing_written(engine: Engine) {
    let sogo = Sogo::start(engine).await;
    let alice = sogo.sign_in("alice@example.com").await;
    let body = json!({"name": "Garden"});
    let refused = keyed(&alice, Method::POST, "/api/projects", &body, "k").await.refused(501, "UNSUPPORTED");
    let message = "Idempotency-Key n'est pas disponible pour cette application";
    assert_eq!(refused["error"]["message"], message);
    assert_eq!(rows(&alice).await, 0);
    // The operator is told what to type.
    until("the log names the remedy", || sogo.output().contains("sogo app prepare prokov").then_some(()));
    sogo.sogo(&["app", "prepare", "prokov", "--yes"]).ok();
    keyed(&alice, Method::POST, "/api/projects", &body, "k").await.expect(201);
}

async fn a_key_expires(engine: Engine) {
    let installation = Installation::new(engine).await;
    let file = "config/apps/prokov/app.yaml";
    installation.write(file, &format!("{}\nidempotency: {{ keep: 1s }}\n", installation.read(file)));
    let sogo = installation.start();
    sogo.sogo(&["app", "prepare", "prokov", "--yes"]).ok();
    let alice = sogo.sign_in("alice@example.com").await;
    let body = json!({"name": "Garden"});
    keyed(&alice, Method::POST, "/api/projects", &body, "old").await.expect(201);
    let start = Instant::now();
    until_async("the key means nothing any more", || async {
        let answer = keyed(&alice, Method::POST, "/api/projects", &body, "old").await;
        assert_eq!(answer.status, 201, "{}", answer.text);
        answer.header("idempotency-replayed").is_none().then_some(())
    })
    .await;
    assert!(Duration::from_secs(1) <= start.elapsed());
    assert_eq!(rows(&alice).await, 2);
    // Old keys go while new ones come.
    let mut number = 0;
    until_async("old keys are removed", || {
        number += 1;
        let (alice, sogo, key) = (&alice, &sogo, format!("new-{number}"));
        async move {
            keyed(alice, Method::POST, "/api/projects", &json!({"name": "x"}), &key).await.expect(201);
            let count = "SELECT COUNT(*) AS n FROM sogo_idempotency WHERE idempotency_key = 'old'";
            let found = sogo.sogo(&["-o", "json", "db", "query", "prokov", count]).ok().json();
            (found[0]["n"] == 0).then_some(())
        }
    })
    .await;
}

async fn keys_that_are_none_are_refused(engine: Engine) {
    let sogo = prepared(engine).await;
    let alice = sogo.sign_in("alice@example.com").await;
    let body = json!({"name": "Garden"});
    for key in ["", "a b", "\"a", "\"\"", &*"x".repeat(256)] {
        keyed(&alice, Method::POST, "/api/projects", &body, key).await.refused(400, "BAD_REQUEST");
    }
    let headers = [("content-type", "application/json"), ("idempotency-key", "a"), ("idempotency-key", "b")];
    let twice = alice.send_with(Method::POST, "/api/projects", Some(body.to_string()), &headers).await;
    twice.refused(400, "BAD_REQUEST");
    let sign_in = json!({"email": "alice@example.com", "password": "x"});
    keyed(&sogo.client(), Method::POST, "/api/auth/login", &sign_in, "k").await.refused(400, "BAD_REQUEST");
    assert_eq!(rows(&alice).await, 0);
    // Reading is repeatable by itself.
    keyed(&alice, Method::GET, "/api/projects", &Value::Null, "k").await.expect(200);
}

async fn prepare_shows_asks_and_makes(engine: Engine) {
    let sogo = Sogo::start(engine).await;
    let prepare = |more: &[&str]| sogo.sogo(&[&["app", "prepare", "prokov"], more].concat());
    let shown = prepare(&["--dry-run"]).ok();
    assert!(shown.stdout.contains("CREATE TABLE IF NOT EXISTS sogo_idempotency"), "{shown:?}");
    assert!(shown.stdout.contains("missing"), "{shown:?}");
    // Nobody can be asked in a pipe.
    let unasked = prepare(&[]);
    assert_eq!(unasked.code, 2, "{unasked:?}");
    assert!(unasked.stderr.contains("--yes") && unasked.stderr.contains("CREATE TABLE"), "{unasked:?}");
    let made = sogo.sogo(&["-o", "json", "app", "prepare", "prokov", "--yes"]).ok().json();
    assert_eq!(made["tables"][0]["state"], "made");
    let again = prepare(&[]).ok();
    assert!(again.stdout.contains("there already"), "{again:?}");
    assert_eq!(sogo.sogo(&["app", "prepare", "nobody"]).code, 4);
    // What the app's own files are checked against is none the worse for it.
    sogo.sogo(&["check", "--live"]).ok();
}
