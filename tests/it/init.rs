//! `sogo init`: a complete installation from nothing, or nothing at all.

use std::fs;
use std::io::{Read as _, Write as _};
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Stdio};

use mysql_async::prelude::Queryable as _;
use serde_json::Value;

use crate::harness::{Client, MariaDb, Output, command, run, send, until};

/// The supervisor of a made folder; it is stopped when dropped.
struct Serving(Child);

impl Serving {
    fn start(folder: &Path, port: &str) -> Self {
        let child = command(&folder.join("bin/sogoctl"))
            .args(["--dir", folder.to_str().unwrap()])
            .stdin(Stdio::null())
            .stderr(fs::File::create(folder.join("output.log")).unwrap())
            .spawn()
            .unwrap();
        let serving = Self(child);
        until("the API is ready", || {
            let ready = "GET /ready HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n";
            (crate::harness::raw_http(&format!("127.0.0.1:{port}"), ready).status == 200).then_some(())
        });
        serving
    }
}

impl Drop for Serving {
    fn drop(&mut self) {
        send("TERM", self.0.id());
        until("the supervisor has stopped", || self.0.try_wait().unwrap());
    }
}

fn free_port() -> String {
    std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port().to_string()
}

fn init(folder: &Path, more: &[&str]) -> Output {
    let all: Vec<&str> =
        ["-o", "json", "init", folder.to_str().unwrap()].into_iter().chain(more.iter().copied()).collect();
    run(&std::env::temp_dir(), &all)
}

fn sogo(folder: &Path, arguments: &[&str]) -> Output {
    let all: Vec<&str> =
        ["--dir", folder.to_str().unwrap()].into_iter().chain(arguments.iter().copied()).collect();
    run(&std::env::temp_dir(), &all)
}

fn mode(path: &Path) -> u32 {
    fs::metadata(path).unwrap().permissions().mode() & 0o777
}

fn steps(made: &Value) -> Vec<String> {
    made["next"].as_array().unwrap().iter().map(|step| step["command"].as_str().unwrap().to_owned()).collect()
}

#[tokio::test]
async fn what_is_made_serves_an_app() {
    let parent = tempfile::Builder::new().prefix("sogo-it-").tempdir().unwrap();
    let folder = parent.path().join("my shop");
    let port = free_port();
    let made = init(&folder, &["--app", "shop", "--host", "shop.example.com", "--port", &port, "--yes"]);
    let made = made.ok().json();
    assert_eq!(made["folder"], folder.to_str().unwrap());
    assert_eq!(mode(&folder), 0o700);
    assert_eq!(mode(&folder.join("secrets/shop_jwt_secret")), 0o600);
    assert!(fs::read_to_string(folder.join("config/sogoms.yaml")).unwrap().contains("secrets: strict"));
    assert!(fs::read_to_string(folder.join(".gitignore")).unwrap().contains("/secrets/"));
    assert!(!folder.join(".sogo-init").exists());
    assert_eq!(sogo(&folder, &["check", "-o", "json"]).ok().json(), serde_json::json!([]));

    let serving = Serving::start(&folder, &port);
    sogo(&folder, &["check", "--live"]).ok();
    let database = rusqlite::Connection::open(folder.join("data/shop.db")).unwrap();
    let hash = bcrypt::hash("correct horse battery", 4).unwrap();
    let insert = "INSERT INTO users (email, name, password) VALUES ('alice@example.com', 'Alice', ?)";
    database.execute(insert, [hash]).unwrap();
    let client = Client::new(&format!("127.0.0.1:{port}"), "shop.example.com");
    let alice = client.sign_in("alice@example.com", "correct horse battery").await;
    alice.post("/api/notes", serde_json::json!({ "title": "Seeds" })).await.expect(201);
    assert_eq!(alice.get("/api/notes").await.expect(200)["data"][0]["title"], "Seeds");
    for step in steps(&made).iter().filter(|step| step.ends_with("way routes")) {
        let output = std::process::Command::new("sh").args(["-c", step]).output().unwrap();
        assert!(output.status.success(), "{step}: {}", String::from_utf8_lossy(&output.stderr));
    }
    drop(serving);
}

#[tokio::test]
async fn the_script_for_mariadb_makes_what_the_app_needs() {
    let server = MariaDb::own().await;
    let parent = tempfile::Builder::new().prefix("sogo-it-").tempdir().unwrap();
    let folder = parent.path().join("shop");
    let made = init(&folder, &["--app", "shop", "--database", "mariadb"]).ok().json();
    let script = folder.join("secrets/shop_database.sql");
    assert!(steps(&made)[0].ends_with(&format!("< {}", script.display())), "{made}");
    assert_eq!(mode(&script), 0o600);
    let password = fs::read_to_string(folder.join("secrets/shop_db_pass")).unwrap();
    assert!(!made.to_string().contains(&password));
    let mut root = server.root(None).await;
    root.query_drop(fs::read_to_string(&script).unwrap()).await.unwrap();
    root.disconnect().await.unwrap();
    // The server of this test is not where one of an operator is.
    let app = folder.join("config/apps/shop/app.yaml");
    let text = fs::read_to_string(&app).unwrap().replace("port: 3306", &format!("port: {}", server.port));
    fs::write(&app, text).unwrap();
    let port = free_port();
    let sogoctl = folder.join("config/sogoctl.yaml");
    fs::write(&sogoctl, fs::read_to_string(&sogoctl).unwrap().replace("8080", &port)).unwrap();
    let _serving = Serving::start(&folder, &port);
    sogo(&folder, &["check", "--live"]).ok();
}

#[test]
fn a_folder_that_holds_something_is_left_alone() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("thesis.txt"), "years of work").unwrap();
    let refused = init(folder.path(), &["--app", "shop"]);
    assert_eq!(refused.code, 6, "{}", refused.stderr);
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
    let file = folder.path().join("thesis.txt");
    assert_eq!(init(&file, &["--app", "shop"]).code, 6);
}

#[test]
fn an_empty_folder_and_one_that_was_begun_are_made() {
    let folder = tempfile::tempdir().unwrap();
    fs::create_dir_all(folder.path().join(".sogo-init/config")).unwrap();
    init(folder.path(), &["--app", "shop"]).ok();
    assert!(folder.path().join("config/apps/shop/app.yaml").exists());
    assert!(!folder.path().join(".sogo-init").exists());
}

#[test]
fn what_cannot_be_made_leaves_nothing() {
    let parent = tempfile::tempdir().unwrap();
    let folder = parent.path().join("new");
    for (arguments, code) in [
        (&[][..], 2),
        (&["--app", "Shop"], 2),
        (&["--app", "shop", "--host", "https://shop.example.com"], 2),
        (&["--app", "shop", "--database", "postgres://a@b/c"], 2),
        // Found only when the configuration is checked as a whole.
        (&["--app", "shop", "--host", "a.example.com", "--host", "A.example.com"], 9),
    ] {
        let refused = init(&folder, arguments);
        assert_eq!(refused.code, code, "{arguments:?}: {}", refused.stderr);
        assert!(!folder.exists(), "{arguments:?}");
    }
}

#[test]
fn somebody_at_a_terminal_is_asked() {
    let parent = tempfile::tempdir().unwrap();
    let folder: PathBuf = parent.path().join("shop");
    let line = format!("exec {} init {}", env!("CARGO_BIN_EXE_sogo"), folder.display());
    // `script` gives it a terminal.
    let mut terminal = command(Path::new("script"))
        .args(["-qefc", &line, "/dev/null"])
        .env("TERM", "xterm")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut keys = terminal.stdin.take().unwrap();
    let mut out = terminal.stdout.take().unwrap();
    let mut shown = String::new();
    let mut answer = |question: &str, typed: &str| {
        let mut piece = [0; 1024];
        while !shown.contains(question) {
            let read = out.read(&mut piece).unwrap();
            assert_ne!(read, 0, "waited for `{question}` in: {shown}");
            shown.push_str(&String::from_utf8_lossy(&piece[..read]));
        }
        keys.write_all(typed.as_bytes()).unwrap();
    };
    answer("Name of the first app", "\r");
    answer("Host names", "shop.example.com\r");
    answer("Where are its data?", "\r");
    answer("Port of the API", "8099\r");
    answer("Next:", "");
    drop(keys);
    out.read_to_string(&mut shown).unwrap();
    assert!(terminal.wait().unwrap().success(), "{shown}");
    let app = fs::read_to_string(folder.join("config/apps/shop/app.yaml")).unwrap();
    assert!(app.contains("\"shop.example.com\"") && app.contains("driver: sqlite"), "{app}");
    assert!(fs::read_to_string(folder.join("config/sogoctl.yaml")).unwrap().contains("127.0.0.1:8099"));
}
