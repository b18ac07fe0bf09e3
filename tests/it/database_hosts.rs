//! Several database servers behind one app: failover, and reads from replicas.

use std::time::{Duration, Instant};

use mysql_async::prelude::Queryable;
use serde_json::{Value, json};

use crate::harness::{Client, Installation, MariaDb, Sogo, until, until_async};

const APP: &str = "config/apps/prokov/app.yaml";
/// A list that tells which server answered it.
const WHERE: &str = "list:\n  query: SELECT @@port AS port\nunfiltered: true\n";

async fn two() -> (MariaDb, MariaDb) {
    tokio::join!(MariaDb::own(), MariaDb::own())
}

async fn on_hosts(servers: &[&MariaDb]) -> Sogo {
    let installation = Installation::on_hosts(servers).await;
    installation.write("config/apps/prokov/queries/where.yaml", WHERE);
    installation.start()
}

/// Returns the port of the server that answers a read of this user.
async fn answers(client: &Client) -> u16 {
    let body = client.get("/api/where").await.expect(200);
    body["data"][0]["port"].as_u64().unwrap().try_into().unwrap()
}

fn hosts(sogo: &Sogo) -> Value {
    sogo.sogo(&["-o", "json", "db", "health"]).json()["apps"][0]["hosts"].clone()
}

/// Writes until it works, and returns how long that took; what is refused in between is refused as an outage.
async fn until_written(client: &Client) -> Duration {
    let begin = Instant::now();
    until_async("a write is taken again", || async {
        let answer = client.post("/api/projects", json!({"name": "after"})).await;
        assert!([201, 503].contains(&answer.status), "{}", answer.text);
        (answer.status == 201).then_some(())
    })
    .await;
    begin.elapsed()
}

#[tokio::test]
async fn a_killed_a_frozen_and_a_read_only_host_are_left_for_the_next() {
    let (first, second) = two().await;
    let sogo = on_hosts(&[&first, &second]).await;
    let alice = sogo.sign_in("alice@example.com").await;
    assert_eq!(answers(&alice).await, first.port);

    first.kill();
    println!("killed: writes again after {:?}", until_written(&alice).await);
    assert_eq!(answers(&alice).await, second.port);
    first.run();
    until("the first is seen again", || (hosts(&sogo)[0]["up"] == true).then_some(()));
    // It may lack what was written since, so that the work stays.
    assert_eq!(answers(&alice).await, second.port);

    second.signal("STOP");
    println!("frozen: writes again after {:?}", until_written(&alice).await);
    assert_eq!(answers(&alice).await, first.port);
    second.signal("CONT");
    until("the second is seen again", || (hosts(&sogo)[1]["up"] == true).then_some(()));

    let mut root = first.root(None).await;
    root.query_drop("SET GLOBAL read_only = 1").await.unwrap();
    // Nobody is refused for it: the write was not begun.
    alice.post("/api/projects", json!({"name": "elsewhere"})).await.expect(201);
    assert_eq!(answers(&alice).await, second.port);

    let told = hosts(&sogo);
    assert_eq!(told[0]["role"], "standby");
    assert_eq!(told[0]["error"], "it takes no changes (read_only)");
    assert_eq!((&told[1]["role"], &told[1]["in_use"]), (&json!("primary"), &json!(true)));
    let check = sogo.sogo(&["check", "--live"]);
    assert_eq!(check.code, 0, "{}", check.stderr);
    let said = format!("prokov: 127.0.0.1:{} answered", second.port);
    assert!(check.stderr.contains(&said), "{}", check.stderr);
    for server in [&first, &second] {
        assert!(sogo.output().contains(&format!("The database of prokov goes to 127.0.0.1:{}", server.port)));
    }
}

/// Starts a Galera cluster of one node.
async fn galera_node() -> MariaDb {
    let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let options = format!(
        "--wsrep-provider-options=gmcast.listen_addr=tcp://127.0.0.1:{port};gcache.size=1M;pc.recovery=no"
    );
    MariaDb::own_with([
        "--wsrep-on=ON",
        "--wsrep-provider=/usr/lib/galera/libgalera_smm.so",
        "--wsrep-cluster-address=gcomm://",
        "--wsrep-node-address=127.0.0.1",
        "--wsrep-new-cluster",
        "--binlog-format=ROW",
        "--innodb-autoinc-lock-mode=2",
        &options,
    ])
    .await
}

#[tokio::test]
async fn a_galera_node_out_of_step_is_left_and_gone_back_to_once_it_is_well() {
    let (first, second) = tokio::join!(galera_node(), galera_node());
    let sogo = on_hosts(&[&first, &second]).await;
    let alice = sogo.sign_in("alice@example.com").await;
    assert_eq!(answers(&alice).await, first.port);
    let mut root = first.root(None).await;
    root.query_drop("SET GLOBAL wsrep_desync = ON").await.unwrap();
    until_read_from(&alice, &second).await;
    assert_eq!(hosts(&sogo)[0]["error"], "this node is not in step with its cluster");
    root.query_drop("SET GLOBAL wsrep_desync = OFF").await.unwrap();
    until_read_from(&alice, &first).await;
    assert!(sogo.output().contains(&format!("The database of prokov returns to 127.0.0.1:{}", first.port)));

    // As an operator takes a node out; who asks in that moment is answered by the other one.
    root.query_drop("SET GLOBAL wsrep_reject_queries = 'ALL'").await.unwrap();
    alice.post("/api/projects", json!({"name": "elsewhere"})).await.expect(201);
    assert_eq!(answers(&alice).await, second.port);
}

/// Makes `replica` follow `primary`, from its first statement on.
async fn follow(primary: &MariaDb, replica: &MariaDb) {
    let mut root = primary.root(None).await;
    root.query_drop("CREATE USER 'follower'@'%' IDENTIFIED BY 'made up'").await.unwrap();
    root.query_drop("GRANT REPLICATION SLAVE ON *.* TO 'follower'@'%'").await.unwrap();
    let change = format!(
        "CHANGE MASTER TO master_host = '127.0.0.1', master_port = {}, master_user = 'follower', \
         master_password = 'made up', master_connect_retry = 1, master_use_gtid = slave_pos",
        primary.port
    );
    let mut root = replica.root(None).await;
    root.query_drop(change).await.unwrap();
    root.query_drop("START SLAVE").await.unwrap();
}

async fn replicated() -> (MariaDb, MariaDb, Sogo) {
    let (primary, replica) = tokio::join!(
        MariaDb::own_with(["--log-bin=log", "--server-id=1"]),
        MariaDb::own_with(["--server-id=2", "--read-only=1", "--slave-net-timeout=4"])
    );
    follow(&primary, &replica).await;
    let installation = Installation::on_server(&primary).await;
    installation.write("config/apps/prokov/queries/where.yaml", WHERE);
    let more = format!(
        "port: {}\n  replicas: [127.0.0.1:{}]\n  reads: replicas\n  read_your_writes: 8s",
        primary.port, replica.port
    );
    installation.edit(APP, &format!("port: {}", primary.port), &more);
    (primary, replica, installation.start())
}

/// Waits until the reads of this user come from a server.
async fn until_read_from(client: &Client, server: &MariaDb) {
    until_async("the server is read from", || async {
        // A machine that has much else to do may refuse one in between.
        let answer = client.get("/api/where").await;
        (answer.status == 200 && answer.body["data"][0]["port"] == server.port).then_some(())
    })
    .await;
}

async fn names(client: &Client) -> Vec<String> {
    let body = client.get("/api/projects").await.expect(200);
    body["data"].as_array().unwrap().iter().map(|row| row["name"].as_str().unwrap().to_owned()).collect()
}

#[tokio::test]
async fn reads_come_from_a_replica_and_never_right_after_the_same_users_write() {
    let (primary, replica, sogo) = replicated().await;
    let alice = sogo.sign_in("alice@example.com").await;
    let admin = sogo.sign_in("admin@example.com").await;
    // What was written before the start is not known: everybody reads from the primary at first.
    assert_eq!(answers(&alice).await, primary.port);
    until_read_from(&alice, &replica).await;
    assert_eq!(answers(&admin).await, replica.port);
    assert_eq!(hosts(&sogo)[1]["role"], "replica");

    let mut root = replica.root(None).await;
    root.query_drop("STOP SLAVE").await.unwrap();
    alice.post("/api/projects", json!({"name": "fresh"})).await.expect(201);
    assert_eq!(names(&alice).await, ["fresh"]);
    assert_eq!(answers(&alice).await, primary.port);
    // Somebody else may read what is a little old, and signing in never does.
    assert_eq!((answers(&admin).await, names(&admin).await), (replica.port, Vec::new()));
    assert_eq!(answers(&sogo.sign_in("bob@example.com").await).await, replica.port);

    // What is further behind than the window is left out.
    until_read_from(&admin, &primary).await;
    assert_eq!(names(&admin).await, ["fresh"]);
    let told = hosts(&sogo)[1].clone();
    assert_eq!((&told["up"], &told["in_use"]), (&json!(true), &json!(false)));
    let error = "it is too far behind the primary, or replication has stopped";
    assert_eq!(told["error"], error);
    let logged = format!("reads no more from 127.0.0.1:{}: {error}", replica.port);
    until("it is logged", || sogo.output().contains(&logged).then_some(()));

    root.query_drop("START SLAVE").await.unwrap();
    until_read_from(&alice, &replica).await;
    assert_eq!(names(&alice).await, ["fresh"]);
}

#[tokio::test]
async fn a_replica_that_is_lost_is_not_noticed_and_one_that_lacks_a_table_neither() {
    let (primary, replica, sogo) = replicated().await;
    let alice = sogo.sign_in("alice@example.com").await;
    until_read_from(&alice, &replica).await;
    let mut root = replica.root(Some("app_0")).await;
    root.query_drop("RENAME TABLE projects TO projects_away").await.unwrap();
    assert_eq!(names(&alice).await, Vec::<String>::new());
    root.query_drop("RENAME TABLE projects_away TO projects").await.unwrap();
    assert_eq!(answers(&alice).await, replica.port);
    replica.signal("STOP");
    assert_eq!(answers(&alice).await, primary.port);
    replica.signal("CONT");
    until_read_from(&alice, &replica).await;
    replica.kill();
    for _ in 0..10 {
        assert_eq!(answers(&alice).await, primary.port);
    }
    replica.run();
    until_read_from(&alice, &replica).await;
    // Without the primary whoever only reads goes on, and the others are told.
    primary.kill();
    assert_eq!(answers(&alice).await, replica.port);
    assert_eq!(alice.post("/api/projects", json!({"name": "lost"})).await.status, 503);
}
