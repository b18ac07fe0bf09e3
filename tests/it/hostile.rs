//! What an outsider and a signed-in user try in order to see or write what is not theirs.

use serde_json::{Value, json};

use crate::harness::{Engine, Installation, Sogo};
use crate::on_each_engine;

on_each_engine! {
    a_joined_row_of_another_user_is_not_told,
    a_row_is_never_made_in_another_users_name,
    an_id_is_compared_as_what_each_column_holds,
    a_placeholder_in_another_spelling_is_not_the_clients_to_choose,
    nobody_signs_up_as_nothing_or_as_what_cannot_be_seen,
    many_rows_of_one_user_keep_nobody_from_signing_in,
}

/// Lets a task point at any project, as it can where nobody has written `references`.
fn without_references(installation: &Installation) {
    let path = "config/apps/prokov/queries/tasks.yaml";
    let kept: Vec<String> = (installation.read(path).lines())
        .filter(|line| !line.trim_start().starts_with("references:"))
        .map(str::to_owned)
        .collect();
    installation.write(path, &(kept.join("\n") + "\n"));
}

async fn a_joined_row_of_another_user_is_not_told(engine: Engine) {
    let installation = Installation::new(engine).await;
    without_references(&installation);
    let sogo = installation.start();
    let (alice, bob) = (sogo.sign_in("alice@example.com").await, sogo.sign_in("bob@example.com").await);
    let project = bob.post("/api/projects", json!({"name": "Bob's secret"})).await.expect(201);
    let body = json!({"title": "look", "project_id": project["data"]["insert_id"]});
    let id = alice.post("/api/tasks", body).await.expect(201)["data"]["insert_id"].clone();
    let shown = alice.get(&format!("/api/tasks/{id}")).await.expect(200);
    assert_eq!(shown["data"]["project_name"], Value::Null);
    assert!(!alice.get("/api/tasks").await.expect(200).to_string().contains("secret"));
}

/// A filter that shows more than one's own rows equates nothing with the token.
const SHARED: &str = "list:\n  query: SELECT id, title, user_id FROM tasks\n  filters:\n    \
                      default: user_id = :user_id OR status_id = 3\n    admin: \"\"\n\
                      create:\n  table: tasks\n  fields: [user_id, status_id, title]\n";

async fn a_row_is_never_made_in_another_users_name(engine: Engine) {
    let installation = Installation::new(engine).await;
    installation.write("config/apps/prokov/queries/shared.yaml", SHARED);
    let sogo = installation.start();
    let (alice, bob) = (sogo.sign_in("alice@example.com").await, sogo.sign_in("bob@example.com").await);
    let forged = json!({"title": "forged", "status_id": 1, "user_id": 2});
    alice.post("/api/shared", forged.clone()).await.expect(201);
    assert_eq!(bob.get("/api/tasks").await.expect(200)["data"], json!([]));
    assert_eq!(alice.get("/api/shared").await.expect(200)["data"][0]["user_id"], 1);
    // An administrator, who sees everything, may write for others.
    sogo.sign_in("admin@example.com").await.post("/api/shared", forged).await.expect(201);
    assert_eq!(bob.get("/api/tasks").await.expect(200)["data"][0]["title"], "forged");
}

/// A row is found by its number or by its name, in either order; and a search by one word.
const EITHER: &str = "unfiltered: true\nshow:\n  query: SELECT id, name FROM statuses WHERE id = :id OR name = :id\n\
                      list:\n  query: SELECT id, name FROM statuses WHERE :q IS NULL OR id = :q OR name LIKE :q\n";

async fn an_id_is_compared_as_what_each_column_holds(engine: Engine) {
    let installation = Installation::new(engine).await;
    installation.write("config/apps/prokov/queries/either.yaml", EITHER);
    installation.write(
        "config/apps/prokov/queries/other.yaml",
        &EITHER.replace("id = :id OR name = :id", "name = :id OR id = :id"),
    );
    let sogo = installation.start();
    let alice = sogo.sign_in("alice@example.com").await;
    let first = alice.get("/api/statuses").await.expect(200)["data"][0].clone();
    let (id, name) = (first["id"].to_string(), first["name"].as_str().unwrap().replace(' ', "%20"));
    for resource in ["either", "other"] {
        for known in [&id, &name] {
            let path = format!("/api/{resource}/{known}");
            assert_eq!(alice.get(&path).await.expect(200)["data"]["id"], first["id"], "{path}");
        }
        for stranger in
            ["0".to_owned(), "-0".to_owned(), format!("{id}%20or%201=1"), format!("{id}x"), "0.0".to_owned()]
        {
            alice.get(&format!("/api/{resource}/{stranger}")).await.refused(404, "NOT_FOUND");
        }
    }
    for (query, found) in
        [(format!("?q={id}"), 1), (format!("?q={name}"), 1), ("?q=x".to_owned(), 0), ("?q=0".to_owned(), 0)]
    {
        let rows = alice.get(&format!("/api/either{query}")).await.expect(200)["data"].clone();
        assert_eq!(rows.as_array().unwrap().len(), found, "{query}");
    }
}

async fn a_placeholder_in_another_spelling_is_not_the_clients_to_choose(engine: Engine) {
    let installation = Installation::new(engine).await;
    // Without its `show` nothing could point at a project.
    without_references(&installation);
    let sogo = installation.start();
    let yaml = "list:\n  query: SELECT id, name FROM projects\n  filters:\n    default: user_id = :USER_ID\n";
    sogo.installation.write("config/apps/prokov/queries/projects.yaml", yaml);
    let told = sogo.sogo(&["check"]);
    assert_eq!(told.code, 9);
    assert!(told.stdout.contains("`:USER_ID` is not `:user_id`"), "{}{}", told.stdout, told.stderr);
    // Nothing changes for who is served already: the configuration before stays in force.
    sogo.reload("sogoway");
    let alice = sogo.sign_in("alice@example.com").await;
    alice.get("/api/projects").await.expect(200);
    alice.get("/api/projects?USER_ID=2").await.refused(400, "BAD_REQUEST");
}

async fn nobody_signs_up_as_nothing_or_as_what_cannot_be_seen(engine: Engine) {
    let sogo = Sogo::start(engine).await;
    let client = sogo.client();
    let long = format!("{}@example.com", "x".repeat(320));
    for email in [
        "",
        "  ",
        "\t\n",
        "a\r\nBcc: b@example.com",
        "alice@example.com\u{200b}",
        "\u{202e}alice@example.com",
        "al\u{ad}ice@example.com",
        &long,
    ] {
        let body = json!({"email": email, "password": "correct horse battery", "name": "x"});
        let refused = client.post("/api/auth/register", body).await.refused(422, "VALIDATION");
        assert_eq!(refused["error"]["fields"][0]["field"], "email", "{email:?}");
    }
}

async fn many_rows_of_one_user_keep_nobody_from_signing_in(engine: Engine) {
    let installation = Installation::new(engine).await;
    installation.edit("config/apps/prokov/app.yaml", "version:", "max_rows: 4\nversion:");
    let sogo = installation.start();
    let bob = sogo.sign_in("bob@example.com").await;
    for number in 0..5 {
        bob.post("/api/tags", json!({"name": format!("tag {number}")})).await.expect(201);
    }
    bob.get("/api/tags").await.refused(422, "VALIDATION");
    for email in ["admin@example.com", "bob@example.com"] {
        let body = json!({"email": email, "password": crate::harness::PASSWORD});
        let answer = sogo.client().post("/api/auth/login", body).await.expect(200);
        assert_eq!(answer["meta"], json!({"too_long": ["tags"]}), "{email}");
        assert!(answer["data"]["token"].is_string());
        // What is not there is not taken for an empty list.
        assert_eq!(answer["data"].get("tags"), None);
        assert_eq!(answer["data"]["projects"], json!([]));
    }
}
