//! `sogo db shell`: statements that are typed, and those that are piped.

use std::os::unix::fs::PermissionsExt as _;

use mysql_async::prelude::Queryable as _;

use crate::harness::{Engine, Installation, MariaDb, Sogo, until_async};
use crate::on_each_engine;

on_each_engine!(what_is_piped_runs_up_to_the_first_failure, columns_with_one_name_are_both_shown);

async fn what_is_piped_runs_up_to_the_first_failure(engine: Engine) {
    let sogo = Sogo::start(engine).await;
    let shell = |more: &[&str], input: &str| {
        let all: Vec<&str> = ["db", "shell", "prokov"].into_iter().chain(more.iter().copied()).collect();
        sogo.installation.sogo_given(&all, input)
    };
    let done = shell(
        &[],
        "-- a comment; with a semicolon\nSELECT id,\n  ';' AS sign FROM users\n  WHERE id < 3;\n\
         INSERT INTO statuses (name) VALUES ('Late');\nUPDATE statuses SET position = 9;\n\
         DELETE FROM statuses WHERE name = 'Late'; SELECT COUNT(*) AS n FROM statuses",
    )
    .ok();
    assert_eq!(done.stdout, "id\tsign\n1\t;\n2\t;\ninsert_id: 3\naffected_rows: 3\naffected_rows: 1\nn\n2\n");
    let json = shell(&["-o", "json"], "SELECT name FROM statuses ORDER BY id LIMIT 1").ok();
    assert_eq!(json.json()[0]["name"], "Open");

    let failed = shell(&[], "SELECT 1 AS a; SELECT nothing FROM users; SELECT 2 AS b;");
    assert_eq!((failed.code, &*failed.stdout), (7, "a\n1\n"), "{}", failed.stderr);
    for (statement, code) in
        [("DROP TABLE users", 1), ("SET autocommit = 0", 7), ("SELECT 'open", 7), ("\\nothing", 2)]
    {
        let refused = shell(&[], statement);
        assert_eq!(refused.code, code, "{statement}: {}", refused.stderr);
        assert!(refused.stderr.contains("hint: ") || statement.contains("open"), "{}", refused.stderr);
    }
    let described = shell(&[], "\\d statuses\n\\q\nSELECT 1;").ok();
    assert!(described.stdout.contains("statuses\tname\t"), "{}", described.stdout);
    assert!(shell(&[], "\\dt").ok().stdout.contains("projects\t"));
    assert_eq!(shell(&[], " \n-- nothing\n;").ok().stdout, "");
}

async fn columns_with_one_name_are_both_shown(engine: Engine) {
    let sogo = Sogo::start(engine).await;
    let query = "SELECT u.id, u.email, s.id FROM users u JOIN statuses s ON s.id = 2 WHERE u.id = 1";
    let plain = sogo.sogo(&["db", "query", "prokov", query]).ok();
    assert_eq!(plain.stdout, "id\temail\tid\n1\talice@example.com\t2\n");
    let json = sogo.sogo(&["db", "query", "prokov", query, "-o", "json"]).ok();
    assert_eq!(json.stdout.matches("\"id\"").count(), 1, "{}", json.stdout);
    assert_eq!(json.json()[0]["id"], 1);
}

#[tokio::test]
async fn on_a_terminal_lines_are_put_together_and_dangers_are_asked_about() {
    let sogo = Sogo::start(Engine::Sqlite).await;
    let typed = sogo.installation.sogo_on_terminal(
        &["db", "shell", "prokov"],
        &[
            ["expect", "prokov> "],
            ["send", "SELECT email\r"],
            ["expect", "     -> "],
            ["send", "FROM users WHERE id = 2;\r"],
            ["expect", "bob@example.com"],
            ["expect", "1 row"],
            ["expect", "prokov> "],
            ["send", "SELECT wrong\x03"],
            ["expect", "SELECT wrong"],
            ["expect", "prokov> "],
            ["send", "DELETE FROM statuses;\r"],
            ["expect", "[y/N] "],
            ["send", "n\r"],
            ["expect", "nothing was changed"],
            ["expect", "prokov> "],
            ["send", "\\x\r"],
            ["expect", "is on"],
            ["expect", "prokov> "],
            ["send", "SELECT COUNT(*) AS how_many FROM statuses;\r"],
            ["expect", "how_many  2"],
            ["expect", "prokov> "],
            ["send", "UPDATE users SET password = 'x' WHERE id = 99;\r"],
            ["expect", "affected_rows: 0"],
            ["expect", "prokov> "],
            ["send", "\\timing\r"],
            ["expect", "timing is on"],
            ["expect", "prokov> "],
            ["send", "\\?\r"],
            ["expect", "leave; so does Ctrl-D"],
            ["expect", "prokov> "],
            ["send", "\x04"],
        ],
    );
    assert_eq!(typed.code, 0, "{}", typed.stdout);
    let history = sogo.installation.path().join(".sogo_history");
    assert_eq!(std::fs::metadata(&history).unwrap().permissions().mode() & 0o777, 0o600);
    let kept = sogo.installation.read(".sogo_history");
    assert!(kept.contains("DELETE FROM statuses;") && !kept.contains("password"), "{kept}");
}

#[tokio::test]
async fn ctrl_c_stops_a_statement_on_the_server_too() {
    let server = MariaDb::own().await;
    let sogo = Installation::on_server(&server).await.start();
    // It keeps the server busy for hours.
    let slow = "SELECT COUNT(*) AS n FROM seq_1_to_1000000 a, seq_1_to_1000000 b;\r";
    let running = tokio::task::spawn_blocking(move || {
        let typed = sogo.installation.sogo_on_terminal(
            &["db", "shell", "prokov"],
            &[
                ["expect", "prokov> "],
                ["send", slow],
                ["expect", "seq_1_to_1000000 b;"],
                ["interrupt", "the statement was stopped"],
                ["expect", "prokov> "],
                ["send", "SELECT 40 + 2 AS answer;\r"],
                ["expect", "42"],
                ["expect", "prokov> "],
                ["send", "\\q\r"],
            ],
        );
        (sogo, typed)
    });
    let (_sogo, typed) = running.await.unwrap();
    assert_eq!(typed.code, 0, "{}", typed.stdout);
    until_async("the server runs it no longer", || async {
        let mut root = server.root(None).await;
        let query =
            "SELECT COUNT(*) FROM information_schema.processlist WHERE info LIKE 'SELECT COUNT(*) AS n%'";
        let left: Option<u32> = root.query_first(query).await.unwrap();
        root.disconnect().await.unwrap();
        (left == Some(0)).then_some(())
    })
    .await;
}
