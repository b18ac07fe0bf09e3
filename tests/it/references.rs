//! A field that points at a row of another resource points at one that its writer can see.

use serde_json::{Value, json};

use crate::harness::{Client, Engine, Installation, Sogo};
use crate::on_each_engine;

on_each_engine! {
    a_row_that_its_writer_cannot_see_does_not_exist,
    every_wrong_reference_is_named,
    mistakes_in_a_file_are_told_at_their_place,
}

async fn project(client: &Client, name: &str) -> Value {
    client.post("/api/projects", json!({ "name": name })).await.expect(201)["data"]["insert_id"].clone()
}

async fn a_row_that_its_writer_cannot_see_does_not_exist(engine: Engine) {
    let sogo = Sogo::start(engine).await;
    let (alice, bob) = (sogo.sign_in("alice@example.com").await, sogo.sign_in("bob@example.com").await);
    let admin = sogo.sign_in("admin@example.com").await;
    let (mine, theirs) = (project(&alice, "Garden").await, project(&bob, "Attic").await);
    let task = |project: &Value| json!({"title": "Dig", "project_id": project});
    let made = alice.post("/api/tasks", task(&mine)).await.expect(201);
    let path = format!("/api/tasks/{}", made["data"]["insert_id"]);
    for absent in [&theirs, &json!(999_999)] {
        for answer in [alice.post("/api/tasks", task(absent)).await, alice.put(&path, task(absent)).await] {
            let body = answer.refused(422, "VALIDATION");
            assert_eq!(body["error"]["fields"], json!([{"field": "project_id", "message": "n'existe pas"}]));
        }
    }
    // A field that points at nothing points at nothing wrong, and an administrator sees all rows.
    alice.put(&path, json!({"project_id": null})).await.expect(200);
    alice.put(&path, json!({"title": "Plant"})).await.expect(200);
    admin.post("/api/tasks", task(&theirs)).await.expect(201);
    assert_eq!(alice.get("/api/tasks").await.expect(200)["data"].as_array().unwrap().len(), 1);

    let explained = sogo.sogo(&[
        "way",
        "explain",
        "prokov",
        "POST",
        "/api/tasks",
        "--as",
        "1",
        "--body",
        r#"{"title":"x","project_id":1}"#,
    ]);
    assert!(
        explained.stdout.contains("`project_id` points at projects: user_id = :user_id"),
        "{explained:?}"
    );
    sogo.sogo(&["check", "--live"]).ok();
}

async fn every_wrong_reference_is_named(engine: Engine) {
    let sogo = Sogo::start(engine).await;
    let alice = sogo.sign_in("alice@example.com").await;
    let body = alice.post("/api/tasks", json!({"title": "x", "project_id": 77, "status_id": 78})).await;
    let body = body.refused(422, "VALIDATION");
    let fields = body["error"]["fields"].as_array().unwrap();
    let names: Vec<&str> = fields.iter().map(|field| field["field"].as_str().unwrap()).collect();
    assert_eq!(names, ["project_id", "status_id"]);
}

async fn mistakes_in_a_file_are_told_at_their_place(engine: Engine) {
    let installation = Installation::new(engine).await;
    let file = "config/apps/prokov/queries/tasks.yaml";
    for (from, to, message, hint) in [
        (
            "project_id: projects, status_id",
            "projet_id: projects, status_id",
            "`projet_id` is a reference and not one of `fields`",
            "project_id",
        ),
        (
            "project_id: projects, status_id",
            "project_id: project, status_id",
            "there is no resource `project`",
            "projects",
        ),
        (
            "project_id: projects, status_id",
            "project_id: [projects], status_id",
            "expected the name of a resource",
            "",
        ),
    ] {
        let before = installation.read(file);
        installation.edit(file, from, to);
        let output = installation.sogo(&["check"]);
        assert_eq!(output.code, 9);
        assert!(output.stdout.contains(message) && output.stdout.contains(hint), "{}", output.stdout);
        assert!(output.stdout.contains("queries/tasks.yaml:"), "{}", output.stdout);
        installation.write(file, &before);
    }
}
