//! Private MariaDB servers, on data folders and sockets of their own.

use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Mutex, OnceLock};

use mysql_async::prelude::Queryable;
use mysql_async::{Conn, OptsBuilder};

use super::wait::until;

/// The user that the apps of the tests sign in with.
pub const USER: &str = "prokov_user";
/// That user's password.
pub const USER_PASSWORD: &str = "made up for tests";

/// One server; stopped when it is dropped, and also when the test process dies.
pub struct MariaDb {
    folder: tempfile::TempDir,
    pub port: u16,
    /// What it is started with besides.
    options: Vec<String>,
    guard: Mutex<Option<Guard>>,
    databases: AtomicU32,
}

/// A shell that holds the server and ends it when its standard input closes.
struct Guard {
    shell: Child,
    held: Option<ChildStdin>,
}

impl Drop for Guard {
    fn drop(&mut self) {
        self.held.take();
        let _ = self.shell.wait();
    }
}

impl MariaDb {
    /// Returns the server that the tests of this process share.
    pub async fn shared() -> &'static Self {
        static SHARED: OnceLock<MariaDb> = OnceLock::new();
        // Starting takes seconds: one thread does it, the others wait for it.
        tokio::task::spawn_blocking(|| SHARED.get_or_init(|| Self::start(Vec::new()))).await.unwrap()
    }

    /// Starts a server for a test that stops or kills it.
    pub async fn own() -> Self {
        Self::own_with([]).await
    }

    /// The same with options of its own.
    pub async fn own_with<const N: usize>(options: [&str; N]) -> Self {
        let options = options.map(str::to_owned).to_vec();
        tokio::task::spawn_blocking(|| Self::start(options)).await.unwrap()
    }

    fn start(options: Vec<String>) -> Self {
        let folder = tempfile::Builder::new().prefix("sogo-mariadb-").tempdir().unwrap();
        let data = folder.path().join("data");
        copy(template(), &data);
        let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let server = Self { folder, port, options, guard: Mutex::new(None), databases: AtomicU32::new(0) };
        server.run();
        server
    }

    /// Starts the server process on its folder and waits until it answers.
    pub fn run(&self) {
        let script = "trap '' INT; \"$@\" >\"$0\" 2>&1 </dev/null & pid=$!; cat >/dev/null; kill $pid 2>/dev/null; kill -CONT $pid 2>/dev/null; wait $pid";
        let log = self.folder.path().join("server.log");
        let mut shell = Command::new("sh")
            .args(["-c", script])
            .arg(&log)
            .args(["mariadbd", "--no-defaults", "--user=root", "--bind-address=127.0.0.1", "--skip-log-bin"])
            .args([
                "--innodb-buffer-pool-size=48M",
                "--innodb-flush-log-at-trx-commit=2",
                "--max-connections=200",
            ])
            .arg(format!("--datadir={}", self.folder.path().join("data").display()))
            .arg(format!("--socket={}", self.socket().display()))
            .arg(format!("--pid-file={}", self.pid_file().display()))
            // A server that starts removes the temporary tables it finds, those of another one too.
            .arg(format!("--tmpdir={}", self.folder.path().display()))
            .arg(format!("--port={}", self.port))
            // A server that starts removes all temporary tables in its folder, also those of its neighbours.
            .arg(format!("--tmpdir={}", self.folder.path().display()))
            .args(&self.options)
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .spawn()
            .unwrap();
        let held = shell.stdin.take();
        *self.guard.lock().unwrap() = Some(Guard { shell, held });
        until("MariaDB listens", || {
            let listens =
                std::net::TcpStream::connect(("127.0.0.1", self.port)).is_ok() && self.pid_file().exists();
            let log = || std::fs::read_to_string(&log).unwrap_or_default();
            assert!(listens || !self.exited(), "MariaDB ended:\n{}", log());
            listens.then_some(())
        });
    }

    fn exited(&self) -> bool {
        let mut guard = self.guard.lock().unwrap();
        guard.as_mut().is_some_and(|guard| guard.shell.try_wait().ok().flatten().is_some())
    }

    /// Stops the server in an orderly way and waits until it is gone.
    pub fn stop(&self) {
        self.guard.lock().unwrap().take();
        until("MariaDB is gone", || {
            std::net::TcpStream::connect(("127.0.0.1", self.port)).is_err().then_some(())
        });
    }

    /// Kills the server, as a crash would.
    pub fn kill(&self) {
        self.signal("KILL");
        self.guard.lock().unwrap().take();
        std::fs::remove_file(self.pid_file()).unwrap();
    }

    /// Sends a signal to the server: STOP freezes it, CONT lets it go on.
    pub fn signal(&self, signal: &str) {
        let pid = std::fs::read_to_string(self.pid_file()).unwrap();
        super::send(signal, pid.trim().parse().unwrap());
    }

    /// Returns the path of the server's socket.
    pub fn socket(&self) -> PathBuf {
        self.folder.path().join("mariadb.sock")
    }

    fn pid_file(&self) -> PathBuf {
        self.folder.path().join("mariadb.pid")
    }

    /// Connects as root, to `database` if given.
    pub async fn root(&self, database: Option<&str>) -> Conn {
        let options = OptsBuilder::default()
            .socket(Some(self.socket().display().to_string()))
            .prefer_socket(true)
            .user(Some("root"))
            .db_name(database);
        Conn::new(options).await.unwrap()
    }

    /// Makes an empty database that the apps' user owns, and returns its name.
    pub async fn database(&self) -> String {
        let name = format!("app_{}", self.databases.fetch_add(1, Ordering::Relaxed));
        let mut root = self.root(None).await;
        for statement in [
            format!("CREATE DATABASE {name} CHARACTER SET utf8mb4"),
            format!("CREATE USER IF NOT EXISTS '{USER}'@'%' IDENTIFIED BY '{USER_PASSWORD}'"),
            format!("GRANT ALL ON {name}.* TO '{USER}'@'%'"),
        ] {
            root.query_drop(statement).await.unwrap();
        }
        root.disconnect().await.unwrap();
        name
    }
}

/// Returns a freshly installed data folder, made once and kept below `target/` since it takes seconds to make.
fn template() -> &'static Path {
    static TEMPLATE: OnceLock<PathBuf> = OnceLock::new();
    TEMPLATE.get_or_init(|| {
        let version = Command::new("mariadbd")
            .args(["--no-defaults", "--version"])
            .output()
            .expect("mariadbd is installed");
        let version: String = String::from_utf8_lossy(&version.stdout)
            .chars()
            .map(|c| if c.is_ascii_alphanumeric() { c } else { '-' })
            .collect();
        let kept = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("mariadb-{version}"));
        if !kept.exists() {
            let fresh = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).unwrap();
            let output = Command::new("mariadb-install-db")
                .args([
                    "--no-defaults",
                    "--user=root",
                    "--auth-root-authentication-method=normal",
                    "--skip-test-db",
                ])
                .arg(format!("--datadir={}", fresh.path().display()))
                .output()
                .expect("mariadb-install-db is installed");
            assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
            // Another test process may have been faster; both made the same.
            let _ = std::fs::rename(fresh.keep(), &kept);
        }
        kept
    })
}

fn copy(from: &Path, to: &Path) {
    let status = Command::new("cp").arg("-r").arg(from).arg(to).status().unwrap();
    assert!(status.success());
}
