//! `sogo demo`: from nothing to an answered request, and nothing left behind.

use std::io::{BufRead as _, BufReader, Read as _};
use std::path::Path;
use std::process::{Child, Stdio};

use mysql_async::prelude::Queryable as _;
use serde_json::Value;

use crate::harness::{MariaDb, Output, USER, USER_PASSWORD, command, run, send, until};

/// A running demo; it is stopped when dropped.
struct Demo {
    process: Child,
    welcome: Value,
}

impl Demo {
    /// Starts a demo in `folder` and waits for its welcome.
    fn start(folder: &Path, arguments: &[&str]) -> Self {
        let mut process = command(Path::new(env!("CARGO_BIN_EXE_sogo")))
            .args(["-o", "json", "demo", "--dir", folder.to_str().unwrap()])
            .args(arguments)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut text = String::new();
        for line in BufReader::new(process.stdout.as_mut().unwrap()).lines() {
            let line = line.unwrap();
            text.push_str(&line);
            if line == "}" {
                break;
            }
        }
        let Ok(welcome) = serde_json::from_str(&text) else {
            let mut errors = String::new();
            process.stderr.as_mut().unwrap().read_to_string(&mut errors).unwrap();
            panic!("the demo did not start: {text}{errors}");
        };
        Self { process, welcome }
    }

    /// Runs the lines that the demo tells people to paste, and returns what the last two print.
    fn paste(&self) -> (Value, Value) {
        let lines: Vec<&str> =
            self.welcome["commands"].as_array().unwrap().iter().map(|line| line.as_str().unwrap()).collect();
        let script = format!("{}\n{}\necho\n{}\n", lines[0], lines[1], lines[2]);
        let output = std::process::Command::new("sh").args(["-c", &script]).output().unwrap();
        let text = String::from_utf8(output.stdout).unwrap();
        let mut answers = text.lines().map(|line| serde_json::from_str(line).expect(&text));
        (answers.next().unwrap(), answers.next().unwrap())
    }

    /// Interrupts it as Ctrl-C does, and returns its exit code.
    fn interrupt(&mut self) -> Option<i32> {
        send("INT", self.process.id());
        until("the demo has stopped", || self.process.try_wait().unwrap()).code()
    }
}

impl Drop for Demo {
    fn drop(&mut self) {
        if self.process.try_wait().unwrap().is_none() {
            self.interrupt();
        }
    }
}

fn sogo(folder: &Path, arguments: &[&str]) -> Output {
    let all: Vec<&str> =
        ["--dir", folder.to_str().unwrap()].into_iter().chain(arguments.iter().copied()).collect();
    // The folder of a demo need not exist yet.
    run(&std::env::temp_dir(), &all)
}

/// Somewhere from which on a port is free, so that demos of several tests do not meet.
fn port() -> String {
    std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port().to_string()
}

#[test]
fn a_demo_answers_what_it_tells_people_to_type() {
    let parent = tempfile::tempdir().unwrap();
    let folder = parent.path().join("my demo");
    let mut demo = Demo::start(&folder, &["--port", &port()]);
    let (list, created) = demo.paste();
    let names: Vec<&str> =
        list["data"].as_array().unwrap().iter().map(|row| row["name"].as_str().unwrap()).collect();
    assert_eq!(names, ["Site web", "Application mobile"], "{list}");
    let id = created["data"]["insert_id"].as_i64().unwrap();

    let front_end = demo.welcome["front_end"].as_str().unwrap();
    let page =
        std::process::Command::new("curl").args(["-sS", "--noproxy", "*", front_end]).output().unwrap();
    assert!(String::from_utf8_lossy(&page.stdout).contains("<title>Prokov</title>"), "{page:?}");

    sogo(&folder, &["check"]).ok();
    sogo(&folder, &["check", "--live"]).ok();
    sogo(&folder, &["ping"]).ok();
    let token = sogo(&folder, &["token", "prokov", "2"]).ok().stdout;
    assert_eq!(token.trim().split('.').count(), 3, "{token}");
    assert_eq!(token.lines().count(), 1);
    let by_mail = sogo(&folder, &["token", "prokov", "Admin@Example.com", "--expires", "1m"]).ok();
    assert_eq!(by_mail.stdout.trim().split('.').count(), 3);
    assert_eq!(sogo(&folder, &["token", "prokov", "99"]).code, 4);
    assert_eq!(sogo(&folder, &["token", "nope", "1"]).code, 4);

    let mails = Path::new(demo.welcome["mails"].as_str().unwrap());
    sogo(&folder, &["cron", "trigger", "tasks_today", "--wait"]).ok();
    let mails = until("the mails of the day are in their folder", || {
        let files = std::fs::read_dir(mails).ok()?.map(|entry| entry.unwrap().path());
        let texts: Vec<String> = files
            .filter(|path| path.extension().is_some_and(|end| end == "eml"))
            .filter_map(|path| std::fs::read_to_string(path).ok())
            .filter(|text| !text.is_empty())
            .collect();
        (texts.len() == 2).then_some(texts)
    });
    for address in ["alice@example.com", "bob@example.com"] {
        assert!(mails.iter().any(|mail| mail.contains(&format!("Delivered-To: {address}"))), "{mails:#?}");
    }

    let second = sogo(&folder, &["demo"]);
    assert_eq!(second.code, 6, "{}", second.stderr);
    assert!(second.stderr.contains("another demo runs"), "{}", second.stderr);

    assert_eq!(demo.interrupt(), Some(0));
    assert_eq!(std::fs::read_dir(folder.join("run")).unwrap().filter(is_socket).count(), 0);
    drop(demo);

    let again = Demo::start(&folder, &["--port", &port()]);
    let (list, _) = again.paste();
    assert!(list["data"].as_array().unwrap().iter().any(|row| row["id"] == id), "the data is kept: {list}");
}

fn is_socket(entry: &std::io::Result<std::fs::DirEntry>) -> bool {
    use std::os::unix::fs::FileTypeExt as _;
    entry.as_ref().unwrap().file_type().unwrap().is_socket()
}

#[tokio::test]
async fn a_demo_on_mariadb_makes_its_tables_and_touches_no_others() {
    let server = MariaDb::shared().await;
    let (empty, other) = (server.database().await, server.database().await);
    server.root(Some(&other)).await.query_drop("CREATE TABLE customers (id INT)").await.unwrap();
    let parent = tempfile::tempdir().unwrap();
    let address = |name: &str| {
        let file = parent.path().join(name);
        let address = format!("mysql://{USER}:{USER_PASSWORD}@127.0.0.1:{}/{name}", server.port);
        std::fs::write(&file, address).unwrap();
        format!("@{}", file.display())
    };
    let folder = parent.path().join("demo");

    let refused = sogo(&folder, &["demo", "--database", &address(&other)]);
    assert_eq!(refused.code, 6, "{}", refused.stderr);
    assert!(refused.stderr.contains("customers"), "{}", refused.stderr);

    let mut demo = Demo::start(&folder, &["--port", &port(), "--database", &address(&empty)]);
    let (list, created) = demo.paste();
    assert_eq!(list["data"].as_array().unwrap().len(), 2, "{list}");
    sogo(&folder, &["check", "--live"]).ok();
    assert!(!demo.welcome.to_string().contains(USER_PASSWORD), "{}", demo.welcome);
    assert_eq!(demo.interrupt(), Some(0));

    let anew = Demo::start(&folder, &["--fresh", "--port", &port(), "--database", &address(&empty)]);
    let (list, _) = anew.paste();
    let id = &created["data"]["insert_id"];
    assert!(
        list["data"].as_array().unwrap().iter().any(|row| row["id"] == *id),
        "the tables are kept: {list}"
    );
}

#[test]
fn a_taken_port_is_told_and_the_next_one_used() {
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let port = taken.local_addr().unwrap().port();
    let parent = tempfile::tempdir().unwrap();
    let mut demo = Demo::start(&parent.path().join("demo"), &["--port", &port.to_string()]);
    let url = demo.welcome["url"].as_str().unwrap();
    assert!(!url.ends_with(&format!(":{port}")), "{url}");
    assert_eq!(demo.interrupt(), Some(0));
    let mut told = String::new();
    demo.process.stderr.as_mut().unwrap().read_to_string(&mut told).unwrap();
    assert!(told.contains(&format!("port {port} is taken")), "{told}");
}

#[test]
fn a_folder_of_something_else_is_left_alone() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("thesis.txt"), "years of work").unwrap();
    let refused = sogo(folder.path(), &["demo", "--fresh"]);
    assert_eq!(refused.code, 6, "{}", refused.stderr);
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1);
}
