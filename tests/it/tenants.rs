//! Several apps side by side: what belongs to one is nothing to another.

use serde_json::json;

use crate::harness::{Engine, Installation};

#[tokio::test]
async fn a_token_and_the_rows_of_one_app_are_nothing_to_another() {
    let installation = Installation::new(Engine::Sqlite).await;
    installation.add_app("second");
    let sogo = installation.start();
    let alice = sogo.sign_in("alice@example.com").await;
    alice.post("/api/projects", json!({"name": "first app"})).await.expect(201);
    // Both apps sign with the same secret here, and have the same users.
    let second = alice.at_host("second.example.com");
    second.get("/api/projects").await.refused(401, "UNAUTHORIZED");
    let alice_there = second.sign_in("alice@example.com", crate::harness::PASSWORD).await;
    assert_eq!(alice_there.get("/api/projects").await.expect(200)["data"], json!([]));
    alice_there.at_host("prokov.example.com").get("/api/projects").await.refused(401, "UNAUTHORIZED");
}

#[tokio::test]
async fn an_app_whose_database_is_away_delays_no_other() {
    let installation = Installation::new(Engine::Sqlite).await;
    installation.add_app("second");
    let nowhere = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    // It accepts and never speaks, as a server does that hangs.
    let port = nowhere.local_addr().unwrap().port();
    let app = installation.read("config/apps/second/app.yaml");
    let database = app.lines().find(|line| line.starts_with("database:")).unwrap();
    let away = format!("database: {{ host: 127.0.0.1, port: {port}, user: x, name: x }}");
    installation.edit("config/apps/second/app.yaml", database, &away);
    let sogo = installation.start();
    let alice = sogo.sign_in("alice@example.com").await;
    let visitor = alice.at_host("second.example.com");
    let hanging = tokio::spawn(async move {
        visitor.post("/api/auth/login", json!({"email": "alice@example.com", "password": "x"})).await
    });
    let start = std::time::Instant::now();
    for _ in 0..20 {
        alice.get("/api/projects").await.expect(200);
    }
    assert!(start.elapsed() < std::time::Duration::from_secs(8));
    let health = sogo.sogo(&["-o", "json", "db", "health"]).json();
    let state = |app: &str| {
        health["apps"].as_array().unwrap().iter().find(|entry| entry["app"] == app).unwrap()["up"].clone()
    };
    assert_eq!((state("prokov"), state("second")), (json!(true), json!(false)));
    assert_eq!(hanging.await.unwrap().status, 503);
}
