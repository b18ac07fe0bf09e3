//! Databases that stop, connections that break, services that are killed: clear errors, and then it works again.

use std::time::{Duration, Instant};

use mysql_async::prelude::Queryable;
use serde_json::json;

use crate::harness::{Engine, Installation, MariaDb, Sogo, send, until_async};
use crate::on_each_engine;

on_each_engine! {
    a_killed_service_comes_back_and_no_acknowledged_write_is_lost,
}

#[tokio::test]
async fn a_database_that_stops_is_told_apart_and_comes_back() {
    let server = MariaDb::own().await;
    let sogo = Installation::on_server(&server).await.start();
    let alice = sogo.sign_in("alice@example.com").await;
    alice.post("/api/projects", json!({"name": "kept"})).await.expect(201);
    let db = sogo.pid("sogoms-db");

    server.stop();
    for _ in 0..3 {
        let answer = alice.get("/api/projects").await;
        assert_eq!(answer.status, 503, "{}", answer.text);
        assert_eq!(answer.body["success"], false);
    }
    assert_eq!(alice.post("/api/projects", json!({"name": "lost"})).await.status, 503);
    let health = sogo.sogo(&["-o", "json", "db", "health"]).json();
    assert_eq!(health["apps"][0]["up"], false);

    server.run();
    until_async("the API answers again", || async {
        (alice.get("/api/projects").await.status == 200).then_some(())
    })
    .await;
    let rows = alice.get("/api/projects").await.expect(200);
    assert_eq!(rows["data"].as_array().unwrap().len(), 1);
    // An outage of a database is no reason to restart a service that is well.
    assert_eq!(sogo.pid("sogoms-db"), db);
}

#[tokio::test]
async fn a_restart_of_the_database_between_two_requests_goes_unseen() {
    let server = MariaDb::own().await;
    let sogo = Installation::on_server(&server).await.start();
    let alice = sogo.sign_in("alice@example.com").await;
    server.stop();
    server.run();
    alice.get("/api/projects").await.expect(200);
    alice.post("/api/projects", json!({"name": "after"})).await.expect(201);
}

#[tokio::test]
async fn a_connection_killed_in_the_middle_of_a_statement_breaks_that_request_alone() {
    let server = MariaDb::own().await;
    let installation = Installation::on_server(&server).await;
    installation.write(
        "config/apps/prokov/queries/slow.yaml",
        "list:\n  query: SELECT COUNT(*) AS n FROM seq_1_to_100000 a, seq_1_to_100000 b WHERE a.seq + b.seq = 3\nunfiltered: true\n",
    );
    let sogo = installation.start();
    let alice = sogo.sign_in("alice@example.com").await;
    let slow = tokio::spawn({
        let alice = alice.clone();
        async move { alice.get("/api/slow").await }
    });
    let mut root = server.root(None).await;
    let find = "SELECT id FROM information_schema.processlist WHERE user = 'prokov_user' AND info LIKE 'SELECT COUNT(%'";
    let mut id = None;
    let start = Instant::now();
    while id.is_none() && start.elapsed() < Duration::from_secs(10) {
        id = root.query_first::<u64, _>(find).await.unwrap();
    }
    root.query_drop(format!("KILL {}", id.expect("the statement runs"))).await.unwrap();
    let answer = slow.await.unwrap();
    assert_eq!(answer.status, 503, "{}", answer.text);
    alice.get("/api/projects").await.expect(200);
}

async fn a_killed_service_comes_back_and_no_acknowledged_write_is_lost(engine: Engine) {
    let sogo = Sogo::start(engine).await;
    let alice = sogo.sign_in("alice@example.com").await;
    let mut acknowledged = Vec::new();
    for (round, service) in ["sogoms-db", "sogoms-logs", "sogoway"].into_iter().enumerate() {
        let writes = tokio::spawn({
            let alice = alice.clone();
            async move {
                let mut ids = Vec::new();
                for number in 0..30 {
                    let body = json!({"name": format!("{round}-{number}")}).to_string();
                    let headers = [("content-type", "application/json")];
                    // While the gateway itself is away there is nobody to answer.
                    if let Ok(answer) =
                        alice.try_send(reqwest::Method::POST, "/api/projects", Some(body), &headers).await
                    {
                        assert!([201, 503].contains(&answer.status), "{}", answer.text);
                        if answer.status == 201 {
                            ids.push(answer.body["data"]["insert_id"].as_i64().unwrap());
                        }
                    }
                }
                ids
            }
        });
        // Some writes are on their way by then.
        tokio::task::yield_now().await;
        let pid = sogo.pid(service);
        send("KILL", pid);
        acknowledged.extend(writes.await.unwrap());
        sogo.wait_for_new_process(service, pid);
        until_async("the API answers again", || async {
            let answer = alice.try_send(reqwest::Method::GET, "/api/projects", None, &[]).await;
            answer.is_ok_and(|answer| answer.status == 200).then_some(())
        })
        .await;
    }
    let rows = alice.get("/api/projects").await.expect(200);
    let found: Vec<i64> =
        rows["data"].as_array().unwrap().iter().map(|row| row["id"].as_i64().unwrap()).collect();
    assert!(acknowledged.iter().all(|id| found.contains(id)));
    assert!(acknowledged.len() > 30);
}
