//! What can happen to a connection, a statement and a server.

use std::time::{Duration, Instant};

use futures_util::future::join_all;
use mysql_async::prelude::Queryable;

use super::place::{Place, write_app};
use super::server::Server;
use crate::error::Code;
use crate::ipc::client::Options;
use crate::services::db::api::{Args, Query};

const SLOW: &str = "SELECT COUNT(*) AS n FROM seq_1_to_100000 a, seq_1_to_100000 b";
const SLOW_SQLITE: &str =
    "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT COUNT(*) AS n FROM n";
const ROWS: &str =
    "CREATE TABLE t (id INT PRIMARY KEY, n INT NOT NULL); INSERT INTO t VALUES (1, 0), (2, 0);";

async fn on(server: &Server, more: &str) -> Place {
    let place = Place::new(&[("a", server.database(more).await)]);
    place.script("a", ROWS).await;
    place
}

/// Returns the ids of the connections that run a statement whose text holds `text`.
async fn running(server: &Server, text: &str) -> Vec<u64> {
    let sql = "SELECT ID FROM information_schema.PROCESSLIST WHERE INFO LIKE ? AND ID <> CONNECTION_ID() \
               AND COMMAND IN ('Query', 'Execute')";
    let mut root = server.root().await;
    let ids = root.exec(sql, (format!("%{text}%"),)).await.unwrap();
    root.disconnect().await.unwrap();
    ids
}

async fn until(mut is: impl AsyncFnMut() -> bool) {
    let end = Instant::now() + Duration::from_secs(10);
    while !is().await {
        assert!(Instant::now() < end, "it did not come to pass");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

#[tokio::test]
async fn an_abandoned_statement_ends_on_the_server_and_leaks_no_rows() {
    let server = Server::shared().await;
    let place = on(server, ", pool_size: 1").await;
    let slow = format!("{SLOW} WHERE 'abandoned' <> ''");
    let given_up = tokio::time::timeout(Duration::from_millis(300), place.query(&slow, "[]")).await;
    assert!(given_up.is_err());
    // The pool has one place: the next one waits until the abandoned statement is gone, and gets its own rows.
    let begin = Instant::now();
    assert_eq!(place.query("SELECT 7 AS seven", "[]").await.unwrap(), r#"[{"seven":7}]"#);
    assert!(begin.elapsed() < Duration::from_secs(10), "{:?}", begin.elapsed());
    assert!(running(server, "'abandoned'").await.is_empty());
}

#[tokio::test]
async fn many_abandoned_statements_leave_a_sound_pool() {
    let server = Server::shared().await;
    let place = on(server, ", pool_size: 4").await;
    for round in 0..30_u64 {
        let one = place.query("SELECT ? AS n, SUM(a.seq) AS s FROM seq_1_to_20000 a", "[1]");
        let _ = tokio::time::timeout(Duration::from_millis(round % 6), one).await;
        let sql = "SELECT ? AS mine";
        assert_eq!(place.query(sql, &format!("[{round}]")).await.unwrap(), format!("[{{\"mine\":{round}}}]"));
    }
    assert!(place.health().await.apps[0].connections <= 4);
}

#[tokio::test]
async fn an_abandoned_statement_on_sqlite_is_interrupted() {
    let place = Place::sqlite(ROWS).await;
    let given_up = tokio::time::timeout(Duration::from_millis(200), place.query(SLOW_SQLITE, "[]")).await;
    assert!(given_up.is_err());
    let begin = Instant::now();
    // All readers are free again, and none is interrupted in the place of the abandoned one.
    for answer in join_all((0..20).map(|_| place.query("SELECT 7 AS seven", "[]"))).await {
        assert_eq!(answer.unwrap(), r#"[{"seven":7}]"#);
    }
    assert!(begin.elapsed() < Duration::from_secs(10), "{:?}", begin.elapsed());
}

#[tokio::test]
async fn a_statement_that_takes_too_long_is_a_timeout() {
    let place = on(Server::shared().await, ", statement_timeout: 300ms").await;
    let begin = Instant::now();
    let error = place.query(SLOW, "[]").await.unwrap_err();
    assert_eq!(error.code, Code::Timeout);
    assert!(begin.elapsed() < Duration::from_secs(10));
    let place = Place::new(&[("a", "{ driver: sqlite, path: a.db, statement_timeout: 300ms }".to_owned())]);
    place.script("a", ROWS).await;
    assert_eq!(place.query(SLOW_SQLITE, "[]").await.unwrap_err().code, Code::Timeout);
    place.query("SELECT 1", "[]").await.unwrap();
}

#[tokio::test]
async fn two_hundred_at_once_share_a_pool_of_eight() {
    for place in [on(Server::shared().await, ", pool_size: 8").await, Place::sqlite(ROWS).await] {
        let both = (0..200).map(async |n: u64| {
            if n.is_multiple_of(4) {
                place.update("UPDATE t SET n = n + 1 WHERE id = ?", "[1]").await.unwrap();
            }
            place.query("SELECT ? AS n", &format!("[{n}]")).await.unwrap()
        });
        for (n, answer) in join_all(both).await.into_iter().enumerate() {
            assert_eq!(answer, format!("[{{\"n\":{n}}}]"));
        }
        assert_eq!(place.query("SELECT n FROM t WHERE id = 1", "[]").await.unwrap(), r#"[{"n":50}]"#);
        let app = &place.health().await.apps[0];
        assert!(app.connections <= app.pool_size, "{app:?}");
    }
}

#[tokio::test]
async fn a_full_queue_is_told_at_once() {
    let place = on(Server::shared().await, ", pool_size: 1").await;
    let begin = Instant::now();
    let many = (0..80).map(|_| place.query(SLOW, "[]"));
    let (first, _) = tokio::select! {
        answers = join_all(many.map(|one| tokio::time::timeout(Duration::from_millis(500), one))) => {
            let refused = answers.into_iter().filter_map(Result::ok).find_map(Result::err);
            (refused.unwrap(), begin.elapsed())
        }
    };
    assert_eq!((first.code, first.retry_after), (Code::Unavailable, Some(1)));
    // Health needs no place in the pool.
    assert!(place.health().await.apps[0].up);
}

#[tokio::test]
async fn a_connection_killed_in_the_middle_is_told_and_the_next_request_works() {
    let server = Server::shared().await;
    let place = on(server, "").await;
    let slow = format!("UPDATE t SET n = ({SLOW} WHERE 'killed' <> '') WHERE id = 1");
    let kill = async {
        let mut id = None;
        until(async || {
            id = running(server, "'killed'").await.first().copied();
            id.is_some()
        })
        .await;
        let mut root = server.root().await;
        root.query_drop(format!("KILL CONNECTION {}", id.unwrap())).await.unwrap();
        root.disconnect().await.unwrap();
    };
    let (answer, ()) = tokio::join!(place.update(&slow, "[]"), kill);
    assert_eq!(answer.unwrap_err().code, Code::ConnectionLost);
    assert_eq!(place.update("UPDATE t SET n = 3 WHERE id = 1", "[]").await.unwrap(), 1);
}

#[tokio::test]
async fn idle_connections_that_the_server_closed_are_not_noticed() {
    let server = Server::shared().await;
    let place = on(server, "").await;
    for write in [false, true, true, false] {
        let id = place.query("SELECT CONNECTION_ID() AS id", "[]").await.unwrap();
        let id: String = id.chars().filter(char::is_ascii_digit).collect();
        let mut root = server.root().await;
        root.query_drop(format!("KILL CONNECTION {id}")).await.unwrap();
        root.disconnect().await.unwrap();
        tokio::time::sleep(Duration::from_millis(150)).await;
        if write {
            assert_eq!(place.update("UPDATE t SET n = n + 1 WHERE id = 1", "[]").await.unwrap(), 1);
        } else {
            place.transaction(&["SELECT 1", "UPDATE t SET n = n + 1 WHERE id = 1"]).await.unwrap();
        }
    }
    assert_eq!(place.one("SELECT n FROM t WHERE id = 1", "[]").await.unwrap(), r#"{"n":4}"#);
}

#[tokio::test]
async fn a_server_that_stops_and_returns() {
    let server = Server::own(&[]).await;
    let place = on(&server, "").await;
    join_all((0..8).map(|_| place.query("SELECT SLEEPS.n FROM t SLEEPS", "[]"))).await;
    server.stop();
    // A connection used a moment ago is taken to be alive.
    tokio::time::sleep(Duration::from_millis(150)).await;
    let begin = Instant::now();
    for _ in 0..3 {
        let error = place.query("SELECT n FROM t", "[]").await.unwrap_err();
        assert_eq!((error.code, &*error.message), (Code::DbError, "connection refused"));
        let error = place.update("UPDATE t SET n = 1", "[]").await.unwrap_err();
        assert_eq!((error.code, &*error.message), (Code::DbError, "connection refused"));
    }
    assert!(begin.elapsed() < Duration::from_secs(5));
    let health = place.health().await;
    assert_eq!(health.health.status, "OK");
    assert_eq!((health.apps[0].up, health.apps[0].error.as_deref()), (false, Some("connection refused")));
    server.start(&[]);
    place.query("SELECT n FROM t", "[]").await.unwrap();
    assert!(place.health().await.apps[0].up);
    // Restarted between two requests: neither a read nor a write shows it.
    for write in [true, false] {
        server.stop();
        server.start(&[]);
        tokio::time::sleep(Duration::from_millis(150)).await;
        if write {
            assert_eq!(place.update("UPDATE t SET n = 1", "[]").await.unwrap(), 2);
        } else {
            place.query("SELECT n FROM t", "[]").await.unwrap();
        }
    }
}

#[tokio::test]
async fn a_server_that_hangs_hangs_nothing_else() {
    let server = Server::own(&[]).await;
    let healthy = Server::shared().await.database("").await;
    let place = Place::new(&[("a", server.database("").await), ("b", healthy)]);
    place.query("SELECT 1", "[]").await.unwrap();
    server.freeze();
    // It takes effect when each of its threads is next looked at.
    tokio::time::sleep(Duration::from_millis(200)).await;
    let begin = Instant::now();
    let (health, stuck) = tokio::join!(
        place.health(),
        tokio::time::timeout(Duration::from_millis(400), place.query("SELECT 1", "[]"))
    );
    assert!(stuck.is_err());
    assert!(begin.elapsed() < Duration::from_secs(5), "{:?}", begin.elapsed());
    assert_eq!((health.apps[0].up, health.apps[1].up), (false, true));
    assert_eq!(health.apps[0].error.as_deref(), Some("no answer within 500 ms"));
    server.thaw();
    tokio::time::timeout(Duration::from_secs(5), place.query("SELECT 1", "[]")).await.unwrap().unwrap();
    assert!(place.health().await.apps[0].up);
}

#[tokio::test]
async fn transactions_that_wait_for_each_other_are_repeated_once() {
    let place = on(Server::shared().await, "").await;
    let slow = "UPDATE t SET n = n + (SELECT COUNT(*) * 0 FROM seq_1_to_200000) WHERE id = ";
    let one = [format!("{slow}1"), format!("{slow}2")];
    let other = [format!("{slow}2"), format!("{slow}1")];
    for _ in 0..3 {
        let (one, other) = ([one[0].as_str(), &one[1]], [other[0].as_str(), &other[1]]);
        let (first, second) = tokio::join!(place.transaction(&one), place.transaction(&other));
        first.unwrap();
        second.unwrap();
    }
}

#[tokio::test]
async fn rows_locked_for_too_long_are_told() {
    let server = Server::own(&["--innodb-lock-wait-timeout=1"]).await;
    let place = on(&server, "").await;
    let mut root = server.root().await;
    root.query_drop("BEGIN").await.unwrap();
    root.query_drop("UPDATE app_0.t SET n = 5").await.unwrap();
    let begin = Instant::now();
    let error = place.update("UPDATE t SET n = 6 WHERE id = 1", "[]").await.unwrap_err();
    assert_eq!(error.code, Code::Deadlock);
    // Tried once more.
    assert!(Duration::from_millis(1900) < begin.elapsed(), "{:?}", begin.elapsed());
}

#[tokio::test]
async fn a_server_that_is_read_only_or_full_is_told() {
    let server = Server::own(&["--max-connections=10"]).await;
    let place = on(&server, "").await;
    let mut root = server.root().await;
    root.query_drop("SET GLOBAL read_only = 1").await.unwrap();
    assert_eq!(place.update("UPDATE t SET n = 1", "[]").await.unwrap_err().code, Code::ReadOnly);
    place.query("SELECT n FROM t", "[]").await.unwrap();
    let crowded = Place::new(&[("a", server.database("").await)]);
    let mut crowd = Vec::new();
    while let Ok(conn) = mysql_async::Conn::new(root.opts().clone()).await {
        crowd.push(conn);
    }
    assert_eq!(crowded.query("SELECT 1", "[]").await.unwrap_err().code, Code::TooManyConnections);
}

#[tokio::test]
async fn wrong_settings_say_what_to_look_at() {
    let server = Server::shared().await;
    let good = server.database("").await;
    let cases = [
        (good.replace("user: app", "user: nobody"), "the database refused the sign-in", "password_file"),
        (good.replace("name: app", "name: none"), "the database refused the sign-in", "rights"),
        (good.replace(&format!("port: {}", server.port), "port: 1"), "connection refused", "running"),
        (good.replace("host: 127.0.0.1", "host: /nowhere/socket"), "connection refused", "running"),
    ];
    for (database, message, hint) in cases {
        let place = Place::new(&[("a", database.clone())]);
        let error = place.query("SELECT 1", "[]").await.unwrap_err();
        assert_eq!((error.code, &*error.message), (Code::DbError, message), "{database}");
        assert!(error.hint.unwrap().contains(hint));
    }
}

#[tokio::test]
async fn a_socket_serves_as_well_as_a_port() {
    let server = Server::shared().await;
    let database = server.database("").await.replace("127.0.0.1", &server.socket());
    let place = Place::new(&[("a", database)]);
    place.query("SELECT 1", "[]").await.unwrap();
}

#[tokio::test]
async fn a_session_is_ours_whatever_the_server_is_set_to() {
    let server = Server::own(&["--sql-mode=ANSI_QUOTES,NO_BACKSLASH_ESCAPES", "--autocommit=0"]).await;
    let place = on(&server, "").await;
    assert_eq!(
        place.one(r#"SELECT "it\"s" AS a, '\'' AS b"#, "[]").await.unwrap(),
        r#"{"a":"it\"s","b":"'"}"#
    );
    place.update("UPDATE t SET n = 9 WHERE id = 1", "[]").await.unwrap();
    let error = place.update("UPDATE t SET n = 'x' WHERE id = 1", "[]").await.unwrap_err();
    assert_eq!(error.code, Code::Validation);
    let fresh = Place::new(&[("a", database_of(&place))]);
    assert_eq!(fresh.one("SELECT n FROM t WHERE id = 1", "[]").await.unwrap(), r#"{"n":9}"#);
}

/// Returns the `database:` section of the app `a`.
fn database_of(place: &Place) -> String {
    let yaml = std::fs::read_to_string(place.folder.path().join("apps/a/app.yaml")).unwrap();
    yaml.lines().find_map(|line| line.strip_prefix("database: ")).unwrap().to_owned()
}

#[tokio::test]
async fn a_reload_keeps_the_pools_that_did_not_change() {
    let place = on(Server::shared().await, "").await;
    let id = async || place.query("SELECT CONNECTION_ID() AS id", "[]").await.unwrap();
    let before = id().await;
    place.reload();
    assert_eq!(id().await, before);
    let database = database_of(&place);
    write_app(place.folder.path(), "a", &database.replace(" }", ", pool_size: 3 }"), "");
    place.reload();
    assert_ne!(id().await, before);
    assert_eq!(place.health().await.apps[0].pool_size, 3);
    // A broken file keeps what was; a folder that is gone takes its app along.
    std::fs::write(place.folder.path().join("apps/a/app.yaml"), "hosts: 3\n").unwrap();
    place.reload();
    id().await;
    assert!(!place.health().await.health.problems.is_empty());
    std::fs::remove_dir_all(place.folder.path().join("apps/a")).unwrap();
    place.reload();
    assert_eq!(place.query("SELECT 1", "[]").await.unwrap_err().code, Code::NotFound);
}

#[tokio::test]
async fn an_answer_beyond_the_limits_is_an_error_and_the_connection_lives() {
    for (database, slow) in [
        (Server::shared().await.database("").await, "SELECT a.n FROM t a, t b, t c, t d"),
        ("{ driver: sqlite, path: a.db }".to_owned(), "SELECT a.n FROM t a, t b, t c, t d"),
    ] {
        let place = Place::new(&[("a", database.clone())]);
        write_app(place.folder.path(), "a", &database, "max_rows: 10\n");
        place.reload();
        place.script("a", ROWS).await;
        let error = place.query(slow, "[]").await.unwrap_err();
        assert_eq!((error.code, &*error.message), (Code::Validation, "there are more than 10 rows"));
        // A LIMIT of the statement's own is not a way around it, and UNION is not either.
        let error = place.query(&format!("{slow} LIMIT 12"), "[]").await.unwrap_err();
        assert_eq!(error.code, Code::Validation);
        let union = format!("SELECT 1 AS n UNION ALL {slow}");
        assert_eq!(place.query(&union, "[]").await.unwrap_err().code, Code::Validation);
        assert!(place.page(slow, "[]", 100).await.unwrap().1);
        let error =
            place.query("SELECT REPEAT('x', 9000000) AS a UNION ALL SELECT REPEAT('y', 9000000)", "[]").await;
        assert_eq!(error.unwrap_err().code, Code::TooLarge);
        assert_eq!(place.query("SELECT COUNT(*) AS n FROM t", "[]").await.unwrap(), r#"[{"n":2}]"#);
    }
}

#[tokio::test]
async fn an_app_in_trouble_delays_no_other_one_on_the_same_connection() {
    let server = Server::shared().await;
    let healthy = "{ driver: sqlite, path: b.db }".to_owned();
    let place = Place::new(&[("a", server.database(", pool_size: 2").await), ("b", healthy)]);
    place.script("b", ROWS).await;
    let client = place.serve();
    let ask = |app: &str, query: &str| Query {
        app_id: app.into(),
        query: query.into(),
        args: Args::default(),
        limit: None,
        user_id: None,
        every_column: false,
    };
    let options = Options { deadline: Duration::from_millis(1500), request_id: None };
    let slow = (0..120).map(|_| client.call_with(options, ask("a", SLOW)));
    let quick = async {
        tokio::time::sleep(Duration::from_millis(100)).await;
        let begin = Instant::now();
        for _ in 0..20 {
            client.call(ask("b", "SELECT n FROM t")).await.unwrap();
        }
        begin.elapsed()
    };
    let (slow, quick) = tokio::join!(join_all(slow), quick);
    assert!(quick < Duration::from_millis(1000), "{quick:?}");
    assert!(slow.iter().all(|answer| answer.as_ref().is_err_and(|error| error.code == Code::Timeout)));
    // The deadlines of the callers have ended their statements on the server as well.
    until(async || running(server, "seq_1_to_100000 a").await.len() < 3).await;
    client.call(ask("a", "SELECT 1")).await.unwrap();
}
