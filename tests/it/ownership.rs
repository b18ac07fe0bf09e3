//! Who sees and changes which rows: each user their own, an administrator all, nobody by accident.

use serde_json::{Value, json};

use crate::harness::{Client, Engine, Installation, Sogo};
use crate::on_each_engine;

on_each_engine! {
    a_users_list_holds_only_their_own_rows,
    another_users_row_does_not_exist,
    the_owner_is_forced_on_create_and_refused_on_update,
    an_administrator_sees_every_row,
    a_missing_filter_means_no_access_to_other_rows,
    a_filter_covers_a_condition_with_or,
}

async fn two_users(sogo: &Sogo) -> (Client, Client, i64) {
    let (alice, bob) = (sogo.sign_in("alice@example.com").await, sogo.sign_in("bob@example.com").await);
    let id = create(&alice, "Alice's").await;
    create(&bob, "Bob's").await;
    (alice, bob, id)
}

async fn create(client: &Client, name: &str) -> i64 {
    client.post("/api/projects", json!({ "name": name })).await.expect(201)["data"]["insert_id"]
        .as_i64()
        .unwrap()
}

async fn names(client: &Client) -> Vec<String> {
    let body = client.get("/api/projects").await.expect(200);
    body["data"].as_array().unwrap().iter().map(|row| row["name"].as_str().unwrap().to_owned()).collect()
}

async fn a_users_list_holds_only_their_own_rows(engine: Engine) {
    let sogo = Sogo::start(engine).await;
    let (alice, bob, _) = two_users(&sogo).await;
    assert_eq!(names(&alice).await, ["Alice's"]);
    assert_eq!(names(&bob).await, ["Bob's"]);
}

async fn another_users_row_does_not_exist(engine: Engine) {
    let sogo = Sogo::start(engine).await;
    let (alice, bob, id) = two_users(&sogo).await;
    let path = format!("/api/projects/{id}");
    let missing = bob.get("/api/projects/999999").await.refused(404, "NOT_FOUND");
    // Not a word differs from a row that is not there at all.
    assert_eq!(bob.get(&path).await.refused(404, "NOT_FOUND")["error"], missing["error"]);
    bob.put(&path, json!({"name": "mine now"})).await.refused(404, "NOT_FOUND");
    bob.delete(&path).await.refused(404, "NOT_FOUND");
    assert_eq!(alice.get(&path).await.expect(200)["data"]["name"], "Alice's");
}

async fn the_owner_is_forced_on_create_and_refused_on_update(engine: Engine) {
    let sogo = Sogo::start(engine).await;
    let (alice, bob, _) = two_users(&sogo).await;
    let body = json!({"name": "for Bob?", "user_id": 2});
    let id = alice.post("/api/projects", body).await.expect(201)["data"]["insert_id"].clone();
    assert_eq!(names(&bob).await, ["Bob's"]);
    let path = format!("/api/projects/{id}");
    assert_eq!(alice.get(&path).await.expect(200)["data"]["name"], "for Bob?");
    let refused = alice.put(&path, json!({"user_id": 2})).await.refused(422, "VALIDATION");
    assert_eq!(refused["error"]["fields"][0]["field"], "user_id");
}

async fn an_administrator_sees_every_row(engine: Engine) {
    let sogo = Sogo::start(engine).await;
    let (_, _, id) = two_users(&sogo).await;
    let admin = sogo.sign_in("admin@example.com").await;
    assert_eq!(names(&admin).await.len(), 2);
    let path = format!("/api/projects/{id}");
    admin.put(&path, json!({"name": "seen"})).await.expect(200);
    admin.delete(&path).await.expect(200);
}

/// Notes has no filters at all: the automatic one has to stand.
const NOTES: &str = "list:\n  query: SELECT id, title FROM tasks WHERE title = 'x' OR title <> 'x'\n\
                     show:\n  query: SELECT id, title FROM tasks WHERE id = :id\n\
                     create:\n  table: tasks\n  fields: [title, status_id]\n\
                     update:\n  table: tasks\n  fields: [title]\n\
                     delete:\n  table: tasks\n";

async fn a_missing_filter_means_no_access_to_other_rows(engine: Engine) {
    let installation = Installation::new(engine).await;
    installation.write("config/apps/prokov/queries/notes.yaml", NOTES);
    let sogo = installation.start();
    let (alice, bob, _) = two_users(&sogo).await;
    let id = alice.post("/api/notes", json!({"title": "secret", "status_id": 1})).await.expect(201)["data"]["insert_id"].clone();
    let path = format!("/api/notes/{id}");
    assert_eq!(alice.get("/api/notes").await.expect(200)["data"].as_array().unwrap().len(), 1);
    alice.get(&path).await.expect(200);
    assert_eq!(bob.get("/api/notes").await.expect(200)["data"], json!([]));
    bob.get(&path).await.refused(404, "NOT_FOUND");
    bob.put(&path, json!({"title": "x"})).await.refused(404, "NOT_FOUND");
    bob.delete(&path).await.refused(404, "NOT_FOUND");
    // An administrator's role opens nothing that the file does not open.
    let admin = sogo.sign_in("admin@example.com").await;
    assert_eq!(admin.get("/api/notes").await.expect(200)["data"], json!([]));
}

async fn a_filter_covers_a_condition_with_or(engine: Engine) {
    let installation = Installation::new(engine).await;
    installation.write(
        "config/apps/prokov/queries/due.yaml",
        "list:\n  query: |\n    SELECT t.id, t.title, p.name AS project -- joined\n    FROM tasks t LEFT JOIN projects p ON p.id = t.project_id\n    \
         WHERE t.title LIKE '%a%' OR t.title = ':user_id' OR 1 = 1\n    GROUP BY t.id, t.title, p.name\n    ORDER BY t.title\n    LIMIT 100\n  \
         filters:\n    default: user_id = :user_id\n    admin: \"\"\n",
    );
    let sogo = installation.start();
    let (alice, bob, _) = two_users(&sogo).await;
    alice.post("/api/tasks", json!({"title": "Alice's task", "status_id": 1})).await.expect(201);
    let titles = |body: Value| body["data"].as_array().unwrap().len();
    assert_eq!(titles(alice.get("/api/due").await.expect(200)), 1);
    assert_eq!(titles(bob.get("/api/due").await.expect(200)), 0);
    assert_eq!(titles(sogo.sign_in("admin@example.com").await.get("/api/due").await.expect(200)), 1);
}
