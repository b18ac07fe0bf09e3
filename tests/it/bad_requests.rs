//! Bad input over HTTP: a clear answer with the right status, and the next request works.

use reqwest::Method;
use serde_json::{Value, json};

use crate::harness::{Engine, Installation, Sogo, raw_http};
use crate::on_each_engine;

on_each_engine! {
    bodies_that_are_no_json_objects_are_refused,
    fields_of_a_body_are_checked_one_by_one,
    ids_that_are_no_ids_find_nothing,
    unknown_paths_and_methods_say_so,
    broken_rules_of_the_database_have_words,
}

async fn bodies_that_are_no_json_objects_are_refused(engine: Engine) {
    let sogo = Sogo::start(engine).await;
    let alice = sogo.sign_in("alice@example.com").await;
    let deep = format!("{{\"name\":{}{}}}", "[".repeat(5_000), "]".repeat(5_000));
    let large = format!("{{\"name\":\"{}\"}}", "x".repeat(3 << 20));
    let cases: &[(&str, u16, &str)] = &[
        ("", 400, "BAD_REQUEST"),
        ("{", 400, "BAD_REQUEST"),
        ("{\"name\":}", 400, "BAD_REQUEST"),
        ("{\"name\":\"a\"} x", 400, "BAD_REQUEST"),
        ("{\"name\":NaN}", 400, "BAD_REQUEST"),
        ("{\"name\":\"\\ud800\"}", 422, "VALIDATION"),
        ("{\"name\":\"a\",\"name\":\"b\"}", 400, "BAD_REQUEST"),
        ("name=a", 400, "BAD_REQUEST"),
        ("[]", 400, "BAD_REQUEST"),
        ("\"text\"", 400, "BAD_REQUEST"),
        ("null", 400, "BAD_REQUEST"),
        (&deep, 400, "BAD_REQUEST"),
        (&large, 413, "TOO_LARGE"),
    ];
    for (body, status, code) in cases {
        let answer = alice.send(Method::POST, "/api/projects", Some((*body).to_owned())).await;
        let shown: String = body.chars().take(40).collect();
        assert_eq!(
            (answer.status, answer.body["error"]["code"].as_str()),
            (*status, Some(*code)),
            "{shown}: {}",
            answer.text
        );
    }
    for content_type in
        ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x", "nonsense"]
    {
        let headers = [("content-type", content_type)];
        let answer = alice.send_with(Method::POST, "/api/projects", Some("{}".to_owned()), &headers).await;
        answer.refused(415, "UNSUPPORTED_MEDIA_TYPE");
    }
    let headers = [("content-type", "application/json; charset=utf-8")];
    alice
        .send_with(Method::POST, "/api/projects", Some(r#"{"name":"a"}"#.to_owned()), &headers)
        .await
        .expect(201);
}

async fn fields_of_a_body_are_checked_one_by_one(engine: Engine) {
    let sogo = Sogo::start(engine).await;
    let alice = sogo.sign_in("alice@example.com").await;
    let wrong: &[(Value, &[&str])] = &[
        (json!({"title": "a", "status_id": 1, "titel": "b", "colour": 1}), &["titel", "colour"]),
        (json!({"title": "a", "status_id": "one"}), &["status_id"]),
        (json!({"title": "a", "status_id": "1 or 1=1"}), &["status_id"]),
        (json!({"title": "a", "status_id": 1.5}), &["status_id"]),
        (json!({"title": "a", "status_id": 1e30}), &["status_id"]),
        (json!({"title": {"a": 1}, "status_id": [1]}), &["title", "status_id"]),
        (json!({"title": null, "status_id": 1}), &["title"]),
        (json!({"title": "x".repeat(70_000), "status_id": 1}), &["title"]),
        (json!({"title": "a", "status_id": 1, "date_end": "2026-02-30"}), &["date_end"]),
        (json!({"title": "a", "status_id": 1, "date_end": "tomorrow"}), &["date_end"]),
        (json!({"title": "a", "status_id": 1, "date_end": 20_261_231}), &["date_end"]),
    ];
    for (body, fields) in wrong {
        let answer = alice.post("/api/tasks", body.clone()).await;
        let shown: String = answer.text.chars().take(500).collect();
        assert_eq!(answer.status, 422, "{shown}");
        let mut named: Vec<_> = answer.body["error"]["fields"]
            .as_array()
            .unwrap()
            .iter()
            .map(|field| field["field"].as_str().unwrap())
            .collect();
        let mut expected = fields.to_vec();
        named.sort_unstable();
        expected.sort_unstable();
        assert_eq!(named, expected, "{shown}");
    }
    alice.post("/api/tasks", json!({"status_id": 1})).await.refused(422, "VALIDATION");
    assert_eq!(alice.get("/api/tasks").await.expect(200)["data"], json!([]));
    // What an HTML form has for a number is its digits.
    let id = alice.post("/api/tasks", json!({"title": "a", "status_id": "1"})).await.expect(201)["data"]["insert_id"].clone();
    alice.put(&format!("/api/tasks/{id}"), json!({})).await.refused(422, "VALIDATION");
}

async fn ids_that_are_no_ids_find_nothing(engine: Engine) {
    let sogo = Sogo::start(engine).await;
    let alice = sogo.sign_in("alice@example.com").await;
    alice.post("/api/projects", json!({"name": "the first"})).await.expect(201);
    let digits = "1".repeat(40);
    for id in [
        "1%20or%201=1",
        "1f9f",
        "-1",
        "%00",
        "1%00",
        &digits,
        "0x1",
        "1.0",
        "1e0",
        "+1",
        "%31%27",
        "NULL",
        "%ff",
        "..%2f1",
        "%",
    ] {
        let path = format!("/api/projects/{id}");
        for method in [Method::GET, Method::PUT, Method::DELETE] {
            let body = (method == Method::PUT).then(|| r#"{"name":"changed"}"#.to_owned());
            let answer = alice.send(method.clone(), &path, body).await;
            assert!([404, 400].contains(&answer.status), "{method} {path}: {}", answer.text);
            assert_eq!(answer.body["success"], false, "{method} {path}");
        }
    }
    assert_eq!(alice.get("/api/projects").await.expect(200)["data"][0]["name"], "the first");
}

async fn unknown_paths_and_methods_say_so(engine: Engine) {
    let sogo = Sogo::start(engine).await;
    let alice = sogo.sign_in("alice@example.com").await;
    for path in [
        "/",
        "/api",
        "/api/",
        "/api/nothing",
        "/api/projects/1/2",
        "/other/projects",
        "/api/auth",
        "/api/auth/nothing",
        "//api/projects",
    ] {
        alice.get(path).await.refused(404, "NOT_FOUND");
    }
    alice.delete("/api/projects").await.refused(405, "METHOD_NOT_ALLOWED");
    alice.get("/api/auth/login").await.refused(405, "METHOD_NOT_ALLOWED");
    alice.post("/api/statuses", json!({"name": "x"})).await.refused(405, "METHOD_NOT_ALLOWED");
    // Which resources exist is nobody's business without a token.
    sogo.client().get("/api/nothing").await.refused(401, "UNAUTHORIZED");
    for request in
        ["NONSENSE\r\n\r\n", "GET /health HTTP/9.9\r\n\r\n", "GET  /health HTTP/1.1\r\nHost: x\r\n\r\n"]
    {
        assert_eq!(raw_http(sogo.address(), request).status / 100, 4, "{request:?}");
    }
    alice.get("/api/projects").await.expect(200);
}

async fn broken_rules_of_the_database_have_words(engine: Engine) {
    let installation = Installation::new(engine).await;
    // Without `references` it is the database that finds the project missing.
    installation.edit(
        "config/apps/prokov/queries/tasks.yaml",
        "  references: { project_id: projects, status_id: statuses }",
        "  x-references: none",
    );
    let sogo = installation.start();
    let alice = sogo.sign_in("alice@example.com").await;
    let answer = alice.post("/api/tasks", json!({"title": "a", "status_id": 1, "project_id": 424_242})).await;
    let text = answer.text.clone();
    answer.refused(409, "FOREIGN_KEY");
    for word in ["INSERT", "tasks", "CONSTRAINT", "fk_"] {
        assert!(!text.contains(word), "{text}");
    }
}
