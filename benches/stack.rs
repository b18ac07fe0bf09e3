//! What the claims about speed and memory rest on: the whole stack, measured from outside.
//!
//! `cargo bench` prints, for SQLite and MariaDB: requests a second through gateway and database service, against the
//! same statement sent straight to the engine by its driver (the ratio is what our two processes cost); the idle memory of
//! the stack; and the time from start to the first answer with one app and with a hundred.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a bench prints, and fails by panicking"
)]
#![allow(
    clippy::disallowed_methods,
    dead_code,
    unreachable_pub,
    missing_docs,
    unused_imports,
    reason = "shares the tests' harness"
)]

#[path = "../tests/it/harness/mod.rs"]
mod harness;

use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::{Duration, Instant};

use harness::{Engine, Installation, Sogo};
use mysql_async::prelude::Queryable;
use serde_json::json;

/// How long each load lasts.
const LOAD: Duration = Duration::from_secs(4);
/// Connections that ask at once.
const CLIENTS: usize = 16;
/// Rows of the list that is asked for.
const ROWS: usize = 20;

fn main() {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    // `cargo test --benches` and `cargo bench` hand over flags of the standard harness.
    runtime.block_on(async {
        start_up().await;
        for engine in [Engine::Sqlite, Engine::MariaDb] {
            load(engine).await;
        }
    });
}

async fn start_up() {
    for apps in [1, 100] {
        let installation = Installation::new(Engine::Sqlite).await;
        for number in 1..apps {
            installation.add_app(&format!("app{number}"));
        }
        let start = Instant::now();
        let sogo = installation.start();
        println!("start to first answer, {apps:>3} apps: {:>6} ms", start.elapsed().as_millis());
        if apps == 1 {
            // What was needed to start has been given back by then.
            tokio::time::sleep(Duration::from_secs(3)).await;
            println!("idle memory of the stack:      {:>8.1} MB PSS", memory(&sogo));
        }
    }
}

async fn load(engine: Engine) {
    let sogo = Sogo::start(engine).await;
    let alice = sogo.sign_in("alice@example.com").await;
    for number in 0..ROWS {
        let body = json!({"name": format!("Project {number}"), "description": "What it is about", "position": number});
        alice.post("/api/projects", body).await.expect(201);
    }
    let token = alice.token.clone().unwrap();
    let request = format!(
        "GET /api/projects HTTP/1.1\r\nHost: prokov.example.com\r\nAuthorization: Bearer {token}\r\n\r\n"
    );
    let through = in_parallel(|until| ask(sogo.address(), &request, until));
    println!("{engine:?}: {through:>8.0} lists/s of {ROWS} rows over HTTP, {CLIENTS} connections");
    let direct = match engine {
        Engine::Sqlite => in_parallel(|until| sqlite(&sogo, until)),
        Engine::MariaDb => mariadb(&sogo).await,
    };
    println!("{engine:?}: {direct:>8.0} of the same statement/s by the driver alone, as JSON");
    println!("{engine:?}: {:>8.2} of the driver alone", through / direct);
    println!("{engine:?}: {:>8.1} MB PSS under load", memory(&sogo));
}

/// Runs `work` on as many threads as there are clients and returns how often it was done a second.
fn in_parallel(work: impl Fn(Instant) -> u64 + Sync) -> f64 {
    let until = Instant::now() + LOAD;
    let done: u64 = std::thread::scope(|scope| {
        let threads: Vec<_> = (0..CLIENTS).map(|_| scope.spawn(|| work(until))).collect();
        threads.into_iter().map(|thread| thread.join().unwrap()).sum()
    });
    #[expect(clippy::cast_precision_loss, reason = "a count of seconds' work")]
    let done = done as f64;
    done / LOAD.as_secs_f64()
}

fn ask(address: &str, request: &str, until: Instant) -> u64 {
    let mut stream = TcpStream::connect(address).unwrap();
    let mut buffer = vec![0; 64 * 1024];
    let mut done = 0;
    while Instant::now() < until {
        stream.write_all(request.as_bytes()).unwrap();
        let mut length = 0;
        loop {
            length += stream.read(&mut buffer[length..]).unwrap();
            if is_whole(&buffer[..length]) {
                break;
            }
        }
        assert!(buffer.starts_with(b"HTTP/1.1 200"), "{}", String::from_utf8_lossy(&buffer[..length]));
        done += 1;
    }
    done
}

/// Tells whether the head and as many bytes as it announces have arrived.
fn is_whole(answer: &[u8]) -> bool {
    let text = String::from_utf8_lossy(answer);
    let Some((head, body)) = text.split_once("\r\n\r\n") else { return false };
    let length = head
        .lines()
        .find_map(|line| line.to_ascii_lowercase().strip_prefix("content-length: ")?.parse().ok());
    length.is_some_and(|length: usize| body.len() >= length)
}

const STATEMENT: &str =
    "SELECT id, name, description, position FROM projects WHERE (user_id = ?) ORDER BY position ASC";

fn sqlite(sogo: &Sogo, until: Instant) -> u64 {
    let database = rusqlite::Connection::open(sogo.installation.path().join("data/prokov.db")).unwrap();
    let mut done = 0;
    while Instant::now() < until {
        let mut statement = database.prepare_cached(STATEMENT).unwrap();
        let rows = statement
            .query_map([1], |row| {
                Ok(json!({
                    "id": row.get::<_, i64>(0)?, "name": row.get::<_, String>(1)?,
                    "description": row.get::<_, Option<String>>(2)?, "position": row.get::<_, i64>(3)?,
                }))
            })
            .unwrap();
        let rows: Vec<_> = rows.map(Result::unwrap).collect();
        assert_eq!(rows.len(), ROWS);
        std::hint::black_box(serde_json::to_vec(&rows).unwrap());
        done += 1;
    }
    done
}

async fn mariadb(sogo: &Sogo) -> f64 {
    let app = sogo.installation.read("config/apps/prokov/app.yaml");
    let value = |key: &str| {
        let line = app
            .lines()
            .skip_while(|line| *line != "database:")
            .find_map(|line| line.trim().strip_prefix(key));
        line.unwrap().trim().to_owned()
    };
    let url = format!(
        "mysql://{}:{}@127.0.0.1:{}/{}",
        value("user:"),
        "made%20up%20for%20tests",
        value("port:"),
        value("name:")
    );
    let options = mysql_async::Opts::from_url(&url).unwrap();
    let pool = mysql_async::Pool::new(
        mysql_async::OptsBuilder::from_opts(options)
            .pool_opts(mysql_async::PoolOpts::default().with_reset_connection(false)),
    );
    let until = Instant::now() + LOAD;
    let tasks: Vec<_> = (0..CLIENTS)
        .map(|_| {
            let pool = pool.clone();
            tokio::spawn(async move {
                let mut done = 0_u32;
                while Instant::now() < until {
                    let mut connection = pool.get_conn().await.unwrap();
                    let rows: Vec<(i64, String, Option<String>, i64)> = connection.exec(STATEMENT, (1,)).await.unwrap();
                    assert_eq!(rows.len(), ROWS);
                    let rows: Vec<_> = rows
                        .iter()
                        .map(|row| json!({"id": row.0, "name": row.1, "description": row.2, "position": row.3}))
                        .collect();
                    std::hint::black_box(serde_json::to_vec(&rows).unwrap());
                    done += 1;
                }
                done
            })
        })
        .collect();
    let mut done = 0.0;
    for task in tasks {
        done += f64::from(task.await.unwrap());
    }
    pool.disconnect().await.unwrap();
    done / LOAD.as_secs_f64()
}

/// Returns what supervisor, gateway, database service and logs take together, shared pages counted once.
fn memory(sogo: &Sogo) -> f64 {
    let services = ["sogoms-logs", "sogoms-db", "sogoway"].map(|name| sogo.pid(name));
    let kilobytes: f64 = services
        .into_iter()
        .chain([sogo.supervisor_pid()])
        .map(|pid| {
            let smaps = std::fs::read_to_string(format!("/proc/{pid}/smaps_rollup")).unwrap();
            let line = smaps.lines().find_map(|line| line.strip_prefix("Pss:")).unwrap();
            line.trim().trim_end_matches(" kB").parse::<f64>().unwrap()
        })
        .sum();
    kilobytes / 1024.0
}
