//! Sockets that outlive the services that listen on them: held by the supervisor (`listen:`), or handed over by systemd.

use std::io::{Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::os::unix::fs::MetadataExt as _;
use std::path::Path;
use std::process::{Child, Stdio};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread;
use std::time::Duration;

use crate::harness::{Engine, Installation, Sogo, command, raw_http, send, until};

/// Clients that each make one connection after the other.
const CLIENTS: usize = 4;

/// What came of requests, each on a connection of its own.
#[derive(Debug, Default)]
pub struct Tally {
    answered: AtomicUsize,
    /// Nobody listened.
    pub refused: AtomicUsize,
    /// Connected, and not answered.
    pub broken: AtomicUsize,
}

impl Tally {
    fn request(&self, address: &str) {
        let Ok(mut stream) = TcpStream::connect(address) else {
            self.refused.fetch_add(1, Ordering::Relaxed);
            return;
        };
        stream.set_read_timeout(Some(Duration::from_secs(30))).unwrap();
        let _ = stream.write_all(b"GET /health HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
        let mut answer = Vec::new();
        let _ = stream.read_to_end(&mut answer);
        let count = if answer.starts_with(b"HTTP/1.1 200") { &self.answered } else { &self.broken };
        count.fetch_add(1, Ordering::Relaxed);
    }

    /// Makes requests all the time while `work` is done, and a hundred more before and after it.
    pub fn during(address: &str, work: impl FnOnce()) -> Self {
        let (tally, done) = (Self::default(), AtomicBool::new(false));
        thread::scope(|scope| {
            for _ in 0..CLIENTS {
                scope.spawn(|| {
                    while !done.load(Ordering::Relaxed) {
                        tally.request(address);
                    }
                });
            }
            let a_hundred_more = || {
                let before = tally.answered.load(Ordering::Relaxed);
                until("a hundred requests are answered", || {
                    (before + 100 <= tally.answered.load(Ordering::Relaxed)).then_some(())
                });
            };
            let outcome = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
                a_hundred_more();
                work();
                a_hundred_more();
            }));
            done.store(true, Ordering::Relaxed);
            outcome.unwrap_or_else(|panic| std::panic::resume_unwind(panic));
        });
        tally
    }
}

/// Starts an installation whose supervisor holds the gateway's port.
pub async fn holding() -> Sogo {
    let installation = Installation::new(Engine::Sqlite).await;
    installation.hold_port();
    installation.start()
}

#[tokio::test]
async fn a_graceful_restart_of_the_gateway_fails_no_request() {
    let sogo = holding().await;
    let tally = Tally::during(sogo.address(), || {
        for _ in 0..3 {
            sogo.sogo(&["ctl", "restart", "sogoway"]).ok();
        }
    });
    assert_eq!((tally.refused.into_inner(), tally.broken.into_inner()), (0, 0));
}

#[tokio::test]
async fn a_killed_gateway_takes_only_what_it_had_accepted_along() {
    const KILLS: usize = 3;
    let sogo = holding().await;
    let tally = Tally::during(sogo.address(), || {
        for _ in 0..KILLS {
            let pid = sogo.pid("sogoway");
            send("KILL", pid);
            sogo.wait_for_new_process("sogoway", pid);
        }
    });
    assert_eq!(tally.refused.into_inner(), 0);
    // A client has one request in flight.
    let broken = tally.broken.into_inner();
    assert!(broken <= KILLS * CLIENTS, "{broken}");
}

#[tokio::test]
async fn who_connects_to_a_stopped_service_is_refused_until_it_is_started() {
    let sogo = holding().await;
    sogo.sogo(&["ctl", "stop", "sogoway"]).ok();
    let refused = TcpStream::connect(sogo.address()).unwrap_err();
    assert_eq!(refused.kind(), std::io::ErrorKind::ConnectionRefused);
    sogo.sogo(&["ctl", "start", "sogoway"]).ok();
    assert_eq!(
        raw_http(sogo.address(), "GET /health HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n").status,
        200
    );
}

#[tokio::test]
async fn a_held_unix_socket_stays_when_its_service_goes() {
    let installation = Installation::new(Engine::Sqlite).await;
    let socket = installation.path().join("run/sogoms-db.1.sock");
    let health = format!("health_socket: {}", socket.display());
    installation.edit(
        "config/sogoctl.yaml",
        &health,
        &format!("{health}\n    listen: [{}]", socket.display()),
    );
    let mut sogo = installation.start();
    let before = std::fs::metadata(&socket).unwrap();
    assert_eq!(before.mode() & 0o777, 0o660);
    let alice = sogo.sign_in("alice@example.com").await;
    sogo.sogo(&["ctl", "restart", "sogoms-db", "--no-wait"]).ok();
    // The gateway waits for the answer, however long the restart takes.
    alice.get("/api/projects").await.expect(200);
    sogo.sogo(&["ctl", "wait", "sogoms-db"]).ok();
    let after = std::fs::metadata(&socket).unwrap();
    assert_eq!((before.dev(), before.ino()), (after.dev(), after.ino()));
    assert_eq!(sogo.stop(), Some(0));
    assert!(!socket.exists());
}

#[tokio::test]
async fn an_address_that_is_taken_is_named_and_changes_nothing_else() {
    let installation = Installation::new(Engine::Sqlite).await;
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let theirs = taken.local_addr().unwrap();
    let file = installation.read("config/sogoctl.yaml");
    let wanted =
        format!("{file}  other:\n    binary: /bin/sleep\n    args: ['60']\n    listen: ['{theirs}']\n");

    installation.write("config/sogoctl.yaml", &wanted);
    let refused = installation.sogo(&["ctl", "run"]);
    assert_eq!(refused.code, 6, "{}", refused.stderr);
    assert!(refused.stderr.contains(&format!("cannot listen on {theirs}")), "{}", refused.stderr);
    assert!(
        refused.stderr.contains("sogoctl.yaml:") && refused.stderr.contains("`other`"),
        "{}",
        refused.stderr
    );

    installation.write("config/sogoctl.yaml", &file);
    let sogo = installation.start();
    let before = sogo.pid("sogoway");
    sogo.installation.write("config/sogoctl.yaml", &wanted.replace("max_restarts: 50", "max_restarts: 40"));
    for arguments in [&["ctl", "reload"][..], &["ctl", "reload", "--dry-run"]] {
        let refused = sogo.sogo(arguments);
        assert_eq!(refused.code, 6, "{}", refused.stderr);
        assert!(refused.stderr.contains(&format!("cannot listen on {theirs}")), "{}", refused.stderr);
    }
    assert!(sogo.status("other").is_none());
    drop(taken);
    sogo.sogo(&["ctl", "reload"]).ok();
    sogo.sogo(&["ctl", "wait"]).ok();
    TcpStream::connect(theirs).unwrap();
    // Out of the file, out of the world.
    sogo.installation.write("config/sogoctl.yaml", &file);
    sogo.sogo(&["ctl", "reload"]).ok();
    until("nobody listens any more", || TcpStream::connect(theirs).is_err().then_some(()));
    assert_eq!(sogo.pid("sogoway"), before);
}

/// Any program that knows the protocol is handed its sockets as sd_listen_fds(3) says, and nothing else.
#[tokio::test]
async fn a_foreign_service_finds_its_sockets_from_descriptor_3_on() {
    const SERVICE: &str = r#"
import os, socket
assert os.environ["LISTEN_PID"] == str(os.getpid()), os.environ["LISTEN_PID"]
folder = "/proc/self/fd/"
numbers = sorted(int(name) for name in os.listdir(folder) if os.path.exists(folder + name))
told = " ".join([os.environ["LISTEN_FDS"], os.environ["LISTEN_FDNAMES"], os.environ["KEPT"], str(numbers)])
listener = socket.socket(fileno=3)
while True:
    connection, _ = listener.accept()
    connection.sendall(told.encode())
    connection.close()
"#;
    let installation = Installation::new(Engine::Sqlite).await;
    installation.write("service.py", SERVICE);
    let port = free_port();
    let path = installation.path().display();
    let file = format!(
        "services:\n  foreign:\n    binary: /usr/bin/python3\n    args: [\"{path}/service.py\"]\n    \
         listen: [\"127.0.0.1:{port}\", {path}/run/foreign.1.sock]\n"
    );
    installation.write("config/sogoctl.yaml", &file);
    let log = std::fs::File::create(installation.path().join("output.log")).unwrap();
    let supervisor = Running(
        command(&installation.path().join("bin/sogoctl"))
            .arg("-config")
            .arg(installation.path().join("config"))
            .env("LISTEN_PID", "1")
            .env("LISTEN_FDS", "7")
            .env("KEPT", "kept")
            .stdin(Stdio::null())
            .stderr(log)
            .spawn()
            .unwrap(),
    );
    until("the supervisor listens", || TcpStream::connect(("127.0.0.1", port)).ok());
    let mut told = String::new();
    TcpStream::connect(("127.0.0.1", port)).unwrap().read_to_string(&mut told).unwrap();
    assert_eq!(told, format!("2 {port}:foreign.1.sock kept [0, 1, 2, 3, 4]"));
    drop(supervisor);
}

#[tokio::test]
async fn the_daemons_take_sockets_of_systemd() {
    let installation = Installation::new(Engine::Sqlite).await;
    let socket = installation.path().join("run/sogoms-db.1.sock");
    let db = activated(&installation, &socket.display().to_string(), &["sogoms-db"]);
    let address = format!("127.0.0.1:{}", free_port());
    let way = activated(&installation, &address, &["sogoway"]);
    until("systemd listens", || TcpStream::connect(&address).is_ok().then_some(()));
    let client = crate::harness::Client::new(&address, "prokov.example.com");
    let alice = client.sign_in("alice@example.com", crate::harness::PASSWORD).await;
    alice.get("/api/projects").await.expect(200);
    drop((db, way));
    assert!(socket.exists(), "it belongs to systemd");
}

#[tokio::test]
async fn a_port_that_is_not_the_one_handed_over_is_refused() {
    let installation = Installation::new(Engine::Sqlite).await;
    for (more, words) in [
        (&["sogoway", "-port", "1"][..], "-port says 1, and the socket that was handed over is 127.0.0.1:"),
        (&["sogoms-db"], "sogoms-db has no use for the TCP socket 127.0.0.1:"),
    ] {
        let address = format!("127.0.0.1:{}", free_port());
        let mut process = activated(&installation, &address, more);
        until("systemd listens", || TcpStream::connect(&address).ok());
        let code = until("it has ended", || process.0.try_wait().unwrap());
        assert_eq!(code.code(), Some(9));
        let said = installation.read("activated.log");
        assert!(said.contains(words), "{said}");
    }
    // The supervisor sees it before it starts anything.
    installation.hold_port();
    installation.edit("config/sogoctl.yaml", "\"]\n    listen:", "\", \"-port\", \"1\"]\n    listen:");
    let checked = installation.sogo(&["check"]);
    assert_eq!(checked.code, 9);
    assert!(checked.stdout.contains("`args` say `-port 1`"), "{}", checked.stdout);
}

struct Running(Child);

impl Drop for Running {
    fn drop(&mut self) {
        if self.0.try_wait().unwrap().is_none() {
            send("TERM", self.0.id());
            until("it has ended", || self.0.try_wait().unwrap());
        }
    }
}

/// Starts a daemon as a socket unit of systemd does: with the first connection.
fn activated(installation: &Installation, address: &str, daemon: &[&str]) -> Running {
    let log = std::fs::File::create(installation.path().join("activated.log")).unwrap();
    let child = command(Path::new("systemd-socket-activate"))
        .args(["-l", address])
        .arg(installation.path().join("bin").join(daemon[0]))
        .arg("-config")
        .arg(installation.path().join("config"))
        .args(&daemon[1..])
        .stdin(Stdio::null())
        .stderr(log)
        .spawn()
        .unwrap();
    Running(child)
}

fn free_port() -> u16 {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
}
