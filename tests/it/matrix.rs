//! Who gets what: every route and method of the sample app for everybody who may ask, against `matrix.txt`.
//!
//! `SOGO_RENEW=1 cargo test --test it matrix` writes that file anew; what it then says is to be read line by line.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::time::{SystemTime, UNIX_EPOCH};

use reqwest::Method;
use serde_json::{Value, json};

use crate::harness::{Answer, Client, Engine, JWT_SECRET, PASSWORD, Sogo, sign};
use crate::on_each_engine;

on_each_engine! { everybody_gets_what_the_matrix_says }

const METHODS: &[&str] = &["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "FROB"];

/// The routes; `{row}` is the id of a row that alice made just before.
const ROUTES: &[&str] = &[
    "/health",
    "/ready",
    "/",
    "/api",
    "/api/auth/login",
    "/api/auth/register",
    "/api/auth/logout",
    "/api/auth/me",
    "/api/auth/nothing",
    "/api/projects",
    "/api/projects/{row}",
    "/api/projects/{row}/tasks",
    "/api/projects/424242",
    "/api/projects/nonsense",
    "/api/tasks",
    "/api/tasks/{row}",
    "/api/tags",
    "/api/tags/{row}",
    "/api/statuses",
    "/api/statuses/1",
    "/api/users",
    "/api/users/1",
];

/// Somebody who asks.
struct Actor {
    name: &'static str,
    client: Client,
}

struct Matrix {
    actors: Vec<Actor>,
    /// Makes the rows and looks what became of them.
    alice: Client,
    /// Counts the cells, so that what must be unique is.
    cells: u32,
}

async fn everybody_gets_what_the_matrix_says(engine: Engine) {
    let sogo = Sogo::start(engine).await;
    let mut matrix = Matrix::of(&sogo).await;
    let found = matrix.fill().await;
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/it/matrix.txt");
    if std::env::var_os("SOGO_RENEW").is_some() {
        std::fs::write(&file, &found).unwrap();
        return;
    }
    let expected = std::fs::read_to_string(&file).unwrap();
    if found != expected {
        let kept: PathBuf = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("matrix-{engine:?}.txt"));
        std::fs::write(&kept, &found).unwrap();
        let (told, wanted): (BTreeSet<_>, BTreeSet<_>) =
            (found.lines().collect(), expected.lines().collect());
        panic!(
            "not as in {}: found {}\nnew: {:#?}\ngone: {:#?}",
            file.display(),
            kept.display(),
            told.difference(&wanted),
            wanted.difference(&told)
        );
    }
}

impl Matrix {
    async fn of(sogo: &Sogo) -> Self {
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs();
        let token = |app: &str, expires: u64| {
            let claims = json!({"sub": 1, "email": "alice@example.com", "name": "Alice", "app": app, "exp": expires, "iat": 1});
            sogo.client().with_token(&sign(&json!({"alg": "HS256", "typ": "JWT"}), &claims, JWT_SECRET))
        };
        let alice = sogo.sign_in("alice@example.com").await;
        let actors = vec![
            Actor { name: "no token", client: sogo.client() },
            Actor { name: "expired token", client: token("prokov", now - 1) },
            Actor { name: "other app's token", client: token("other", now + 600) },
            Actor { name: "alice", client: alice.clone() },
            Actor { name: "bob", client: sogo.sign_in("bob@example.com").await },
            Actor { name: "admin", client: sogo.sign_in("admin@example.com").await },
        ];
        for resource in ["projects", "tasks", "tags"] {
            for actor in &actors[3..5] {
                let row = row(resource, &format!("{}'s 0", actor.name));
                actor.client.post(&format!("/api/{resource}"), row).await.expect(201);
            }
        }
        Self { actors, alice, cells: 0 }
    }

    /// Asks everything of everybody.
    async fn fill(&mut self) -> String {
        let mut text = String::new();
        for route in ROUTES {
            for method in METHODS {
                let _ = writeln!(text, "{method} {route}");
                let mut answers: Vec<(String, Vec<&str>)> = Vec::new();
                for index in 0..self.actors.len() {
                    let answer = self.cell(index, method, route).await;
                    let name = self.actors[index].name;
                    match answers.iter_mut().find(|(known, _)| *known == answer) {
                        Some((_, names)) => names.push(name),
                        None => answers.push((answer, vec![name])),
                    }
                }
                for (answer, names) in answers {
                    let everybody = names.len() == self.actors.len();
                    let names = if everybody { "everybody".to_owned() } else { names.join(", ") };
                    let _ = writeln!(text, "    {names}: {answer}");
                }
            }
        }
        text
    }

    /// Asks one thing of one actor, on a row that alice has just made.
    async fn cell(&mut self, actor: usize, method: &str, route: &str) -> String {
        self.cells += 1;
        let number = self.cells;
        let resource = route.split('/').nth(2).unwrap_or_default().to_owned();
        let id = if route.contains("{row}") {
            let made = self
                .alice
                .post(&format!("/api/{resource}"), row(&resource, &format!("alice's {number}")))
                .await;
            Some(made.expect(201)["data"]["insert_id"].clone())
        } else {
            None
        };
        let path = route.replace("{row}", &id.as_ref().map(Value::to_string).unwrap_or_default());
        let body = match route.strip_prefix("/api/auth/") {
            Some("login") => json!({"email": "alice@example.com", "password": PASSWORD}),
            Some("register") => json!({"email": format!("user{number}@example.com"), "password": PASSWORD}),
            Some(_) => json!({}),
            None => row(&resource, &format!("new {number}")),
        };
        let method = Method::from_bytes(method.as_bytes()).unwrap();
        let has_body = [Method::POST, Method::PUT, Method::PATCH].contains(&method);
        let answer = self.actors[actor].client.send(method, &path, has_body.then(|| body.to_string())).await;
        let mut text = told(&answer);
        if let Some(id) = id {
            let own = format!("/api/{resource}/{id}");
            let now = self.alice.get(&own).await;
            let is_kept = now.text.contains(&format!("alice's {number}"));
            text += match (now.status, is_kept) {
                (200, true) => "",
                (200, false) => "; the row is changed",
                _ => "; the row is gone",
            };
            // The lists of the cells to come stay short.
            self.alice.delete(&own).await;
        }
        // What the actor made is removed by its maker.
        if let (201, Some(place)) = (answer.status, answer.header("location")) {
            self.actors[actor].client.delete(place).await.expect(200);
        }
        text
    }
}

/// Returns a body for a row of a resource.
fn row(resource: &str, name: &str) -> Value {
    json!({if resource == "tasks" { "title" } else { "name" }: name})
}

/// Tells an answer in one line: status, code, which fields, whose rows.
fn told(answer: &Answer) -> String {
    let mut text = answer.status.to_string();
    if let Some(code) = answer.body["error"]["code"].as_str() {
        let _ = write!(text, " {code}");
    }
    for field in answer.body["error"]["fields"].as_array().into_iter().flatten() {
        let _ = write!(text, " at {}", field["field"].as_str().unwrap());
    }
    match &answer.body["data"] {
        Value::Array(rows) => {
            let fields = rows.first().map(fields).unwrap_or_default();
            let owners: BTreeSet<&str> = rows.iter().filter_map(owner).collect();
            let owners: Vec<&str> = owners.into_iter().collect();
            let _ = write!(text, " rows of {{{fields}}}");
            if !owners.is_empty() {
                let _ = write!(text, ", of {}", owners.join(" and "));
            }
        }
        Value::Object(data) => {
            let _ = write!(text, " {{{}}}", fields(&Value::Object(data.clone())));
        }
        _ => {}
    }
    if let Some(allow) = answer.header("allow") {
        let _ = write!(text, ", allow: {allow}");
    }
    text
}

fn fields(row: &Value) -> String {
    let names: Vec<&str> = row.as_object().into_iter().flatten().map(|(name, _)| name.as_str()).collect();
    names.join(" ")
}

/// Returns whose a row is, as its name tells.
fn owner(row: &Value) -> Option<&str> {
    let name = row["name"].as_str().or(row["title"].as_str())?;
    name.split_once("'s ").map(|(owner, _)| owner)
}
