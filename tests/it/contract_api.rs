//! The routes and envelopes of the contract, to the letter, on both engines.

use serde_json::{Value, json};

use crate::harness::{Engine, PASSWORD, Sogo};
use crate::on_each_engine;

on_each_engine! {
    signing_in_answers_the_user_and_the_lists_beside_the_token,
    a_token_holds_what_the_contract_says,
    signing_up_gives_a_user_who_can_sign_in,
    a_row_lives_from_create_to_delete,
    the_current_user_is_answered_and_logging_out_is_stateless,
    placeholders_of_the_query_string_narrow_a_list,
    values_come_back_as_they_went_in,
    echoed_fields_are_ignored_and_named,
    every_answer_has_its_headers,
    health_needs_neither_host_nor_token,
}

async fn signing_in_answers_the_user_and_the_lists_beside_the_token(engine: Engine) {
    let sogo = Sogo::start(engine).await;
    let alice = sogo.sign_in("alice@example.com").await;
    let project = alice.post("/api/projects", json!({"name": "Garden", "position": 1})).await.expect(201);
    let project = project["data"]["insert_id"].as_i64().unwrap();
    alice
        .post("/api/tasks", json!({"title": "Dig", "project_id": project, "status_id": 1}))
        .await
        .expect(201);

    let answer = sogo
        .client()
        .post("/api/auth/login", json!({"email": "alice@example.com", "password": PASSWORD}))
        .await;
    let body = answer.expect(200);
    assert_eq!((&body["success"], &body["message"]), (&json!(true), &json!("Connexion réussie")));
    let data = &body["data"];
    assert!(data["token"].as_str().unwrap().starts_with("eyJ"));
    assert_eq!(data["user"]["id"], 1);
    assert_eq!(data["user"]["email"], "alice@example.com");
    assert_eq!(data["user"]["name"], "Alice");
    assert_eq!(data["user"].get("password"), None);
    assert_eq!(data["projects"][0]["name"], "Garden");
    assert_eq!(data["tasks"][0]["title"], "Dig");
    assert_eq!(data["tags"], json!([]));
    assert!(data["statuses"].as_array().is_some_and(|statuses| !statuses.is_empty()));
    assert_eq!(keys(data), ["token", "user", "projects", "tasks", "tags", "statuses"]);
}

async fn a_token_holds_what_the_contract_says(engine: Engine) {
    let sogo = Sogo::start(engine).await;
    let alice = sogo.sign_in("alice@example.com").await;
    let claims = claims(alice.token.as_deref().unwrap());
    assert_eq!(claims["sub"], 1);
    assert_eq!(claims["email"], "alice@example.com");
    assert_eq!(claims["name"], "Alice");
    assert_eq!(claims["app"], "prokov");
    assert_eq!(claims["exp"].as_i64().unwrap() - claims["iat"].as_i64().unwrap(), 24 * 60 * 60);
}

async fn signing_up_gives_a_user_who_can_sign_in(engine: Engine) {
    let sogo = Sogo::start(engine).await;
    let visitor = sogo.client();
    let body = json!({"email": "Carol@Example.com ", "password": "a long password", "name": "Carol"});
    let answer = visitor.post("/api/auth/register", body).await.expect(201);
    assert_eq!(answer["success"], true);
    let carol = visitor.sign_in("carol@example.com", "a long password").await;
    assert_eq!(carol.get("/api/auth/me").await.expect(200)["data"]["name"], "Carol");

    let again = json!({"email": "carol@example.com", "password": "another password", "name": "Carol"});
    visitor.post("/api/auth/register", again).await.refused(409, "CONFLICT");
    // Nobody makes themselves an administrator.
    let admin =
        json!({"email": "eve@example.com", "password": "a long password", "name": "Eve", "role": "admin"});
    let refused = visitor.post("/api/auth/register", admin).await.refused(422, "VALIDATION");
    assert_eq!(refused["error"]["fields"][0]["field"], "role");

    for (password, why) in [("short", "too short"), (&"x".repeat(73), "over 72 bytes"), ("", "empty")] {
        let body = json!({"email": "dave@example.com", "password": password, "name": "Dave"});
        let refused = visitor.post("/api/auth/register", body).await.refused(422, "VALIDATION");
        assert_eq!(refused["error"]["fields"][0]["field"], "password", "{why}");
    }
    let missing =
        visitor.post("/api/auth/register", json!({"name": "Dave"})).await.refused(422, "VALIDATION");
    let named: Vec<_> =
        missing["error"]["fields"].as_array().unwrap().iter().map(|field| &field["field"]).collect();
    assert_eq!(named, ["email", "password"]);
}

async fn a_row_lives_from_create_to_delete(engine: Engine) {
    let sogo = Sogo::start(engine).await;
    let alice = sogo.sign_in("alice@example.com").await;
    let created = alice.post("/api/projects", json!({"name": "Garden", "description": "Beds"})).await;
    assert_eq!(created.status, 201, "{}", created.text);
    let id = created.body["data"]["insert_id"].as_i64().unwrap();
    assert_eq!(created.header("location"), Some(&*format!("/api/projects/{id}")));
    assert_eq!(
        created.text,
        format!(r#"{{"success":true,"message":"Created","data":{{"insert_id":{id}}}}}"#)
    );

    let path = format!("/api/projects/{id}");
    let shown = alice.get(&path).await.expect(200);
    assert_eq!(shown["success"], true);
    assert_eq!((&shown["data"]["id"], &shown["data"]["name"]), (&json!(id), &json!("Garden")));

    let changed = alice.put(&path, json!({"name": "Orchard"})).await.expect(200);
    assert_eq!(changed["data"]["affected_rows"], 1);
    // The same once more changes nothing, and is still found.
    alice.put(&path, json!({"name": "Orchard"})).await.expect(200);
    alice.patch(&path, json!({"description": null})).await.expect(200);
    let shown = alice.get(&path).await.expect(200);
    assert_eq!((&shown["data"]["name"], &shown["data"]["description"]), (&json!("Orchard"), &Value::Null));

    assert_eq!(alice.get("/api/projects").await.expect(200)["data"].as_array().unwrap().len(), 1);
    assert_eq!(alice.delete(&path).await.expect(200)["data"]["affected_rows"], 1);
    alice.get(&path).await.refused(404, "NOT_FOUND");
    alice.put(&path, json!({"name": "x"})).await.refused(404, "NOT_FOUND");
    alice.delete(&path).await.refused(404, "NOT_FOUND");
    assert_eq!(alice.get("/api/projects").await.expect(200)["data"], json!([]));
}

async fn the_current_user_is_answered_and_logging_out_is_stateless(engine: Engine) {
    let sogo = Sogo::start(engine).await;
    let alice = sogo.sign_in("alice@example.com").await;
    let me = alice.get("/api/auth/me").await.expect(200);
    assert_eq!(me["data"]["email"], "alice@example.com");
    assert_eq!(me["data"].get("password"), None);
    assert_eq!(alice.post("/api/auth/logout", json!({})).await.expect(200)["success"], true);
    alice.get("/api/auth/me").await.expect(200);
    sogo.client().get("/api/auth/me").await.refused(401, "UNAUTHORIZED");
    sogo.client().post("/api/auth/logout", json!({})).await.refused(401, "UNAUTHORIZED");
}

async fn placeholders_of_the_query_string_narrow_a_list(engine: Engine) {
    let sogo = Sogo::start(engine).await;
    let alice = sogo.sign_in("alice@example.com").await;
    let mut projects = Vec::new();
    for name in ["Garden", "House"] {
        let id =
            alice.post("/api/projects", json!({"name": name})).await.expect(201)["data"]["insert_id"].clone();
        alice
            .post("/api/tasks", json!({"title": format!("In {name}"), "project_id": id, "status_id": 1}))
            .await
            .expect(201);
        projects.push(id);
    }
    let titles = |body: Value| -> Vec<String> {
        body["data"]
            .as_array()
            .unwrap()
            .iter()
            .map(|task| task["title"].as_str().unwrap().to_owned())
            .collect()
    };
    assert_eq!(titles(alice.get("/api/tasks").await.expect(200)).len(), 2);
    let path = format!("/api/tasks?project_id={}&_=1765872878", projects[1]);
    assert_eq!(titles(alice.get(&path).await.expect(200)), ["In House"]);
    alice.get("/api/tasks?project_id=1%20or%201=1").await.refused(422, "VALIDATION");
    let unknown = alice.get("/api/tasks?projct_id=1").await.refused(400, "BAD_REQUEST");
    assert!(unknown.to_string().contains("project_id"), "{unknown}");
}

async fn values_come_back_as_they_went_in(engine: Engine) {
    let sogo = Sogo::start(engine).await;
    let alice = sogo.sign_in("alice@example.com").await;
    for title in [
        "é à ü — 日本語 🌱",
        "a \"quoted\" \\ back\\slash",
        "line\nbreak\ttab",
        "'; DROP TABLE tasks; -- ",
        "<b>",
        " ",
    ] {
        let body = json!({"title": title, "date_end": "2026-12-31", "status_id": 1});
        let id = alice.post("/api/tasks", body).await.expect(201)["data"]["insert_id"].clone();
        let task = alice.get(&format!("/api/tasks/{id}")).await.expect(200);
        assert_eq!(task["data"]["title"], title);
        assert_eq!(task["data"]["date_end"], "2026-12-31");
        assert_eq!(task["data"]["project_id"], Value::Null);
    }
}

async fn echoed_fields_are_ignored_and_named(engine: Engine) {
    let sogo = Sogo::start(engine).await;
    let alice = sogo.sign_in("alice@example.com").await;
    let id =
        alice.post("/api/projects", json!({"name": "Garden"})).await.expect(201)["data"]["insert_id"].clone();
    let path = format!("/api/projects/{id}");
    let mut row = alice.get(&path).await.expect(200)["data"].clone();
    row["name"] = json!("Orchard");
    let changed = alice.put(&path, row).await.expect(200);
    assert!(changed["meta"]["ignored"].as_array().unwrap().contains(&json!("id")), "{changed}");
    assert_eq!(alice.get(&path).await.expect(200)["data"]["name"], "Orchard");
}

async fn every_answer_has_its_headers(engine: Engine) {
    let sogo = Sogo::start(engine).await;
    let alice = sogo.sign_in("alice@example.com").await;
    for answer in
        [alice.get("/api/tasks").await, sogo.client().get("/api/tasks").await, alice.get("/api/no").await]
    {
        assert!(answer.header("x-request-id").is_some_and(|id| id.len() >= 8), "{answer:?}");
        assert_eq!(answer.header("content-type"), Some("application/json; charset=utf-8"), "{answer:?}");
        assert_eq!(answer.header("x-content-type-options"), Some("nosniff"), "{answer:?}");
        let kept_by = answer.header("cache-control").unwrap();
        assert_eq!(kept_by, if answer.status == 200 { "private" } else { "no-store" }, "{answer:?}");
        assert!(
            answer.status != 200 || answer.header("vary") == Some("Authorization, Accept-Encoding"),
            "{answer:?}"
        );
    }
    let wrong = alice.send(reqwest::Method::PUT, "/api/tasks", Some("{}".to_owned())).await;
    assert_eq!(wrong.header("allow"), Some("GET, HEAD, POST, OPTIONS"));
    wrong.refused(405, "METHOD_NOT_ALLOWED");
    let english = alice.send_with(reqwest::Method::GET, "/api/no", None, &[("accept-language", "en")]).await;
    let french = alice.send_with(reqwest::Method::GET, "/api/no", None, &[("accept-language", "fr")]).await;
    assert_ne!(english.body["error"]["message"], french.body["error"]["message"]);
}

async fn health_needs_neither_host_nor_token(engine: Engine) {
    let sogo = Sogo::start(engine).await;
    for path in ["/health", "/ready"] {
        let answer = sogo.client().at_host("unknown.example.org").get(path).await;
        assert_eq!(answer.status, 200, "{}", answer.text);
    }
}

fn keys(object: &Value) -> Vec<&str> {
    object.as_object().unwrap().keys().map(String::as_str).collect()
}

fn claims(token: &str) -> Value {
    use base64::Engine as _;
    let payload = token.split('.').nth(1).unwrap();
    serde_json::from_slice(&base64::prelude::BASE64_URL_SAFE_NO_PAD.decode(payload).unwrap()).unwrap()
}
