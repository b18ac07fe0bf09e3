//! Lists with parameters over HTTP: pages, order, filters, columns, counts, on both engines.

mod cursors;
mod documented;
mod filters;
mod pages;

use std::collections::BTreeSet;

use serde_json::{Value, json};

use crate::harness::{Client, Engine, Installation, Sogo};

/// Lists that put rows together or limit them, beside those of the sample.
const SUMS: &str = "\
list:
  query: >
    SELECT p.id, p.name, COUNT(t.id) AS tasks FROM projects p LEFT JOIN tasks t ON t.project_id = p.id GROUP BY p.id
  filters: { default: \"p.user_id = :user_id\" }
";
const LATEST: &str = "\
list:
  query: SELECT id, title FROM tasks ORDER BY id DESC LIMIT 3
";
const DATES: &str = "\
list:
  query: SELECT DISTINCT date_end FROM tasks
";

/// Starts the sample with these lists too, and signs Alice in.
async fn start(engine: Engine) -> (Sogo, Client) {
    let installation = Installation::new(engine).await;
    for (name, text) in [("sums", SUMS), ("latest", LATEST), ("dates", DATES)] {
        installation.write(&format!("config/apps/prokov/queries/{name}.yaml"), text);
    }
    let sogo = installation.start();
    let alice = sogo.sign_in("alice@example.com").await;
    (sogo, alice)
}

/// Makes tasks whose columns are often equal and often null, and one of somebody else.
async fn make_tasks(sogo: &Sogo, alice: &Client, count: u32) {
    let project =
        alice.post("/api/projects", json!({"name": "Garden"})).await.expect(201)["data"]["insert_id"].clone();
    for number in 0..count {
        let title = ["Dig", "dig", "Écrire", "100%", "a_b"][number as usize % 5];
        let status_id = [json!(1), json!(2), Value::Null][number as usize % 3].clone();
        let project_id = if number % 4 == 0 { project.clone() } else { Value::Null };
        let date_end = (number % 2 == 0).then(|| format!("2026-0{}-01", number % 5 + 1));
        let task = json!({
            "title": title, "position": number % 3, "status_id": status_id, "project_id": project_id, "date_end": date_end,
        });
        alice.post("/api/tasks", task).await.expect(201);
    }
    let bob = sogo.sign_in("bob@example.com").await;
    bob.post("/api/tasks", json!({"title": "Bob's", "status_id": 1})).await.expect(201);
}

/// Returns the rows of an answer.
fn rows(body: &Value) -> Vec<Value> {
    body["data"].as_array().unwrap_or_else(|| panic!("no rows: {body}")).clone()
}

fn ids(rows: &[Value]) -> Vec<i64> {
    rows.iter().map(|row| row["id"].as_i64().unwrap()).collect()
}

fn id_set(rows: &[Value]) -> BTreeSet<i64> {
    ids(rows).into_iter().collect()
}
