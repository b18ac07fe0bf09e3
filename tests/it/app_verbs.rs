//! `sogo app list|show|new|delete`.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;

use mysql_async::prelude::Queryable as _;
use serde_json::json;

use crate::harness::{Client, Engine, Installation, MariaDb, Sogo, USER, USER_PASSWORD, until_async};

#[tokio::test]
async fn apps_are_listed_and_shown_with_what_is_wrong() {
    let installation = Installation::new(Engine::Sqlite).await;
    installation.add_app("second");
    installation.edit("config/apps/second/app.yaml", "hosts:", "hsots:");
    let before = installation.sogo(&["app", "list", "-o", "json"]).ok().json();
    assert_eq!(before[0]["database"]["state"], "unknown");
    let sogo = installation.start();
    let listed = sogo.sogo(&["app", "list", "-o", "json"]).ok().json();
    assert_eq!((&listed[0]["app"], &listed[0]["usable"]), (&json!("prokov"), &json!(true)));
    assert_eq!(listed[0]["hosts"], json!(["prokov.example.com", "prokov.example.net"]));
    assert_eq!(listed[0]["resources"], json!(["projects", "statuses", "tags", "tasks"]));
    assert_eq!(listed[0]["database"]["state"], "up");
    assert_eq!((&listed[1]["app"], &listed[1]["usable"]), (&json!("second"), &json!(false)));
    assert!(listed[1]["errors"].as_u64().unwrap() > 0);

    let shown = sogo.sogo(&["app", "show", "prokov", "-o", "json"]).ok();
    let page = shown.json();
    assert_eq!((&page["base_path"], &page["auth"]["sign_in_by"]), (&json!("/api"), &json!("email")));
    assert_eq!((&page["jobs"][0]["name"], &page["emails"][1]), (&json!("tasks_today"), &json!("welcome")));
    let table = sogo.sogo(&["app", "show", "prokov"]).ok().stdout;
    assert!(table.contains("admin: every row"), "{table}");
    assert!(!(shown.stdout + &table).contains("a secret of the tests"));
    let broken = sogo.sogo(&["app", "show", "second"]);
    assert_eq!(broken.code, 9);
    assert!(broken.stdout.contains("did you mean `hosts`?"), "{}", broken.stdout);
    let absent = sogo.sogo(&["app", "show", "prokof"]);
    assert_eq!(absent.code, 4);
    assert!(absent.stderr.contains("did you mean `prokov`?"), "{}", absent.stderr);
}

/// Has the services take over a new app and returns a client of it.
async fn served(sogo: &Sogo, host: &str) -> Client {
    sogo.reload("sogoms-db");
    sogo.reload("sogoway");
    let client = sogo.client().at_host(host);
    until_async("the new app is served", || async {
        (client.get("/api/notes").await.status == 401).then_some(())
    })
    .await;
    client
}

#[tokio::test]
async fn a_new_app_on_a_file_of_its_own_is_served() {
    let sogo = Sogo::start(Engine::Sqlite).await;
    let made = sogo.sogo(&["app", "new", "shop", "--host", "shop.example.com"]).ok();
    assert!(made.stdout.contains("notes\tqueries/notes.yaml"), "{}", made.stdout);
    assert!(made.stderr.contains("sogo ctl reload sogoway"), "{}", made.stderr);
    let secret = sogo.installation.path().join("secrets/shop_jwt_secret");
    assert_eq!(fs::metadata(&secret).unwrap().permissions().mode() & 0o777, 0o600);
    sogo.sogo(&["check"]).ok();
    let client = served(&sogo, "shop.example.com").await;
    sogo.sogo(&["check", "--live"]).ok();
    for user in ["alice@example.com", "bob@example.com"] {
        let arguments = ["user", "add", "shop", user, "--password-file", "-"];
        sogo.installation.sogo_given(&arguments, "correct horse").ok();
    }
    let body = json!({"email": "x@example.com", "password": "correct horse"});
    client.post("/api/auth/register", body).await.refused(404, "NOT_FOUND");
    let alice = client.sign_in("alice@example.com", "correct horse").await;
    alice.post("/api/notes", json!({"title": "First"})).await.expect(201);
    alice.put("/api/notes/1", json!({"body": "text"})).await.expect(200);
    assert_eq!(alice.get("/api/notes/1").await.expect(200)["data"]["body"], "text");
    let bob = client.sign_in("bob@example.com", "correct horse").await;
    bob.get("/api/notes/1").await.refused(404, "NOT_FOUND");
    assert_eq!(sogo.sogo(&["app", "new", "shop", "--host", "shop2.example.com"]).code, 6);
}

#[tokio::test]
async fn a_new_app_on_tables_that_are_there_is_closed_by_default() {
    let server = MariaDb::shared().await;
    let database = server.database().await;
    let mut root = server.root(Some(&database)).await;
    for statement in [
        "CREATE TABLE members (id INT AUTO_INCREMENT PRIMARY KEY, login VARCHAR(50) UNIQUE, pass VARCHAR(72), name VARCHAR(9))",
        "CREATE TABLE notes (id INT AUTO_INCREMENT PRIMARY KEY, user_id INT NOT NULL, `order` INT, `key` TEXT)",
        "CREATE TABLE countries (id INT PRIMARY KEY, name TEXT)",
        "CREATE VIEW all_notes AS SELECT * FROM notes",
    ] {
        root.query_drop(statement).await.unwrap();
    }
    root.disconnect().await.unwrap();
    let sogo = Sogo::start(Engine::Sqlite).await;
    let address =
        format!("mysql://{USER}:{}@127.0.0.1:{}/{database}", USER_PASSWORD.replace(' ', "%20"), server.port);
    sogo.installation.write("address.txt", &address);
    let arguments =
        ["app", "new", "club", "--host", "club.example.com", "--database", "@address.txt", "-o", "json"];
    let made = sogo.sogo(&arguments).ok().json();
    let file = |table: &str| {
        let tables = made["tables"].as_array().unwrap();
        tables.iter().find(|told| told["table"] == table).unwrap()["file"].clone()
    };
    assert_eq!(made["began_empty"], false);
    assert_eq!((file("members"), file("notes")), (json!("queries/auth.yaml"), json!("queries/notes.yaml")));
    assert_eq!((file("countries"), file("all_notes")), (json!(null), json!(null)));
    let client = served(&sogo, "club.example.com").await;
    sogo.sogo(&["check", "--live"]).ok();
    let arguments = ["user", "add", "club", "alice", "--password-file", "-"];
    sogo.installation.sogo_given(&arguments, "correct horse").ok();
    let body = json!({"login": "alice", "password": "correct horse"});
    let token = client.post("/api/auth/login", body).await.expect(200)["data"]["token"].clone();
    let alice = client.with_token(token.as_str().unwrap());
    alice.post("/api/notes", json!({"order": 7, "key": "k"})).await.expect(201);
    assert_eq!(alice.get("/api/notes").await.expect(200)["data"][0]["order"], 7);
}

#[tokio::test]
async fn an_app_that_cannot_be_made_leaves_nothing_behind() {
    let installation = Installation::new(Engine::Sqlite).await;
    let address = "mysql://nobody@127.0.0.1:1/nothing";
    for (arguments, code) in [
        (&["Shop", "--host", "shop.example.com"][..], 2),
        (&["shop", "--host", "https://shop.example.com/"], 9),
        (&["shop", "--host", "prokov.example.com"], 9),
        // Also one whose name comes first: who is there already keeps the host.
        (&["aaa", "--host", "prokov.example.com"], 9),
        (&["shop", "--host", "shop.example.com", "--database", address], 7),
        (&["shop", "--host", "shop.example.com", "--from", "nowhere"], 4),
        (&["shop", "--host", "shop.example.com", "--database", "data/nothing/at"], 0),
    ] {
        let all: Vec<&str> = ["app", "new"].into_iter().chain(arguments.iter().copied()).collect();
        let output = installation.sogo(&all);
        assert_eq!(output.code, code, "{arguments:?}: {}", output.stderr);
        if code == 0 {
            continue;
        }
        let left = fs::read_dir(installation.path().join("config/apps")).unwrap().count();
        assert_eq!(left, 1, "{arguments:?}");
        assert!(!installation.path().join("secrets/shop_jwt_secret").exists(), "{arguments:?}");
        assert!(!installation.path().join("data/shop.db").exists(), "{arguments:?}");
    }
}

#[tokio::test]
async fn a_deleted_app_is_kept_and_its_data_are_not_touched() {
    let installation = Installation::new(Engine::Sqlite).await;
    let app = installation.read("config/apps/prokov/app.yaml");
    // Nobody is there to say yes.
    assert_eq!(installation.sogo(&["app", "delete", "prokov"]).code, 2);
    for name in ["nothing", "..", "", ".", "prokov/queries"] {
        assert_eq!(installation.sogo(&["app", "delete", name, "--yes"]).code, 4, "{name}");
    }
    let asked = installation
        .sogo_on_terminal(&["app", "delete", "prokov"], &[["expect", "[y/N] "], ["send", "no\r"]]);
    assert_eq!(asked.code, 130, "{}", asked.stdout);
    assert_eq!(installation.read("config/apps/prokov/app.yaml"), app);

    let deleted = installation.sogo(&["app", "delete", "prokov", "--yes", "-o", "json"]).ok().json();
    let kept = deleted["kept"].as_str().unwrap();
    assert_eq!(fs::read_to_string(format!("{kept}/app.yaml")).unwrap(), app);
    assert!(installation.path().join("data/prokov.db").exists());
    assert_eq!(installation.sogo(&["app", "list", "-o", "json"]).ok().json(), json!([]));
    installation.sogo(&["check"]).ok();
}
