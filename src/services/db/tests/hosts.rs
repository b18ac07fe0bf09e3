//! Several servers: what is lost is left, what was at work is told, and what only reads is read elsewhere.

use std::time::{Duration, Instant};

use mysql_async::prelude::Queryable;

use super::place::Place;
use super::server::Server;
use crate::error::Code;
use crate::services::db::api::HostRole;

const ROWS: &str = "CREATE TABLE t (id INT PRIMARY KEY, n INT NOT NULL); INSERT INTO t VALUES (1, 0);";
const PORT: &str = "SELECT @@port AS port";
const SLOW: &str = "SELECT COUNT(*) AS n FROM seq_1_to_100000 a, seq_1_to_100000 b";

/// Makes the app `a` on two servers with the same table, which do not replicate.
async fn on_both(first: &Server, second: &Server, more: &str) -> Place {
    let mut sections = Vec::new();
    for server in [second, first] {
        let section = server.database(more).await;
        Place::new(&[("a", section.clone())]).script("a", ROWS).await;
        sections.push(section);
    }
    let one = format!("host: 127.0.0.1, port: {}", first.port);
    let both = format!("hosts: [127.0.0.1:{}, 127.0.0.1:{}]", first.port, second.port);
    Place::new(&[("a", sections[1].replace(&one, &both))])
}

async fn two() -> (Server, Server) {
    tokio::join!(Server::own(&[]), Server::own(&[]))
}

fn port(server: &Server) -> String {
    format!("[{{\"port\":{}}}]", server.port)
}

/// Changes a row until that works, and returns how long it took; every refusal in between has to be a loss.
async fn until_written(place: &Place) -> Duration {
    let begin = Instant::now();
    while let Err(error) = place.update("UPDATE t SET n = n + 1 WHERE id = 1", "[]").await {
        assert!(matches!(error.code, Code::ConnectionLost | Code::DbError), "{error:?}");
        assert!(begin.elapsed() < Duration::from_secs(20), "{error:?}");
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    begin.elapsed()
}

#[tokio::test]
async fn a_host_that_is_killed_is_left_and_no_read_fails() {
    let (first, second) = two().await;
    let place = on_both(&first, &second, "").await;
    assert_eq!(place.query(PORT, "[]").await.unwrap(), port(&first));
    first.stop();
    // Also on a connection that was used a moment ago, and breaks under it.
    assert_eq!(place.query(PORT, "[]").await.unwrap(), port(&second));
    place.update("UPDATE t SET n = 7 WHERE id = 1", "[]").await.unwrap();
    // What is back may lack what was written since: the work stays where it is.
    first.start(&[]);
    let until = Instant::now() + Duration::from_secs(20);
    while !place.health().await.apps[0].hosts[0].up {
        assert!(Instant::now() < until);
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    assert_eq!(place.query("SELECT n FROM t", "[]").await.unwrap(), r#"[{"n":7}]"#);
    let app = &place.health().await.apps[0];
    let roles: Vec<_> = app.hosts.iter().map(|host| (host.role, host.in_use)).collect();
    assert_eq!(roles, [(HostRole::Standby, false), (HostRole::Primary, true)]);
    // Until that is lost in its turn.
    second.stop();
    assert_eq!(place.query(PORT, "[]").await.unwrap(), port(&first));
}

#[tokio::test]
async fn a_host_that_hangs_is_left_and_a_write_in_flight_is_told() {
    let (first, second) = two().await;
    let place = on_both(&first, &second, "").await;
    let slow = format!("UPDATE t SET n = ({SLOW}) WHERE id = 1");
    let hang = async {
        tokio::time::sleep(Duration::from_millis(300)).await;
        first.freeze();
        tokio::time::sleep(Duration::from_millis(1)).await;
        let took = until_written(&place).await;
        println!("a frozen host was left after {took:?}");
    };
    let read = format!("SELECT @@port AS port FROM ({SLOW} WHERE a.seq < 50 AND b.seq < 50) x");
    let (lost, read, ()) = tokio::join!(place.update(&slow, "[]"), place.query(&read, "[]"), hang);
    // Nobody knows whether the write was made; what only reads is done elsewhere, or was done before.
    let lost = lost.unwrap_err();
    assert_eq!(lost.code, Code::ConnectionLost);
    assert!(lost.hint.unwrap().contains("not known"));
    assert!(read.unwrap().contains("port"));
    assert_eq!(place.query(PORT, "[]").await.unwrap(), port(&second));
    let health = place.health().await;
    assert_eq!((health.apps[0].up, health.apps[0].hosts[0].up), (true, false));
    assert_eq!(health.apps[0].hosts[0].error.as_deref(), Some("no answer within 750 ms"));
    first.thaw();
}

#[tokio::test]
async fn a_host_that_becomes_read_only_is_left_without_a_failure() {
    let (first, second) = two().await;
    let place = on_both(&first, &second, "").await;
    assert_eq!(place.query(PORT, "[]").await.unwrap(), port(&first));
    let mut root = first.root().await;
    root.query_drop("SET GLOBAL read_only = 1").await.unwrap();
    assert_eq!(place.update("UPDATE t SET n = 1", "[]").await.unwrap(), 1);
    let results = place.transaction(&["UPDATE t SET n = n + 1", "SELECT @@port AS port"]).await.unwrap();
    assert!(results.contains(&port(&second)), "{results}");
    let hosts = place.health().await.apps[0].hosts.clone();
    assert_eq!((hosts[0].up, hosts[0].error.as_deref()), (true, Some("it takes no changes (read_only)")));
    // The one that only reads is better than none.
    second.stop();
    assert_eq!(place.query(PORT, "[]").await.unwrap(), port(&first));
    assert_eq!(place.update("UPDATE t SET n = 1", "[]").await.unwrap_err().code, Code::ReadOnly);
    root.query_drop("SET GLOBAL read_only = 0").await.unwrap();
    assert_eq!(place.update("UPDATE t SET n = 1", "[]").await.unwrap(), 1);
}

#[tokio::test]
async fn an_abandoned_statement_is_ended_on_the_host_that_runs_it() {
    let (first, second) = two().await;
    let place = on_both(&first, &second, ", pool_size: 1").await;
    place.query(PORT, "[]").await.unwrap();
    first.stop();
    assert_eq!(place.query(PORT, "[]").await.unwrap(), port(&second));
    let given_up = tokio::time::timeout(Duration::from_millis(300), place.query(SLOW, "[]")).await;
    assert!(given_up.is_err());
    let begin = Instant::now();
    assert_eq!(place.query(PORT, "[]").await.unwrap(), port(&second));
    assert!(begin.elapsed() < Duration::from_secs(20), "{:?}", begin.elapsed());
}

#[tokio::test]
async fn with_all_hosts_lost_the_error_tells_and_the_first_to_return_serves() {
    let (first, second) = two().await;
    let place = on_both(&first, &second, "").await;
    place.query(PORT, "[]").await.unwrap();
    first.stop();
    second.stop();
    // The first error may still be that of a connection that broke.
    let _ = place.query(PORT, "[]").await;
    let error = place.query(PORT, "[]").await.unwrap_err();
    assert_eq!((error.code, &*error.message), (Code::DbError, "connection refused"));
    assert!(!place.health().await.apps[0].up);
    second.start(&[]);
    until_written(&place).await;
    assert_eq!(place.query(PORT, "[]").await.unwrap(), port(&second));
}
