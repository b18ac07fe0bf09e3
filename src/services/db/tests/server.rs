//! Private MariaDB servers, on data folders and sockets of their own.

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Mutex, OnceLock};
use std::time::{Duration, Instant};

use mysql_async::prelude::Queryable;
use mysql_async::{Conn, OptsBuilder};

/// One server; it ends when it is dropped, and also when the test process does.
pub(super) struct Server {
    folder: tempfile::TempDir,
    pub(super) port: u16,
    shell: Mutex<Option<(Child, ChildStdin)>>,
    databases: AtomicU32,
}

impl Server {
    /// Returns the server that the tests of this process share.
    pub(super) async fn shared() -> &'static Self {
        static SHARED: OnceLock<Server> = OnceLock::new();
        tokio::task::spawn_blocking(|| SHARED.get_or_init(|| Server::new(&[]))).await.unwrap()
    }

    /// Starts a server for a test that stops it, with these options.
    pub(super) async fn own(options: &'static [&'static str]) -> Self {
        tokio::task::spawn_blocking(|| Self::new(options)).await.unwrap()
    }

    fn new(options: &[&str]) -> Self {
        let folder = tempfile::Builder::new().prefix("sogo-db-test-").tempdir().unwrap();
        let data = folder.path().join("data");
        assert!(Command::new("cp").arg("-r").arg(template()).arg(&data).status().unwrap().success());
        let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        // Written once: a test that reads it must not meet another one that writes it.
        std::fs::write(folder.path().join("password"), "made up").unwrap();
        let server = Self { folder, port, shell: Mutex::new(None), databases: AtomicU32::new(0) };
        server.start(options);
        server
    }

    /// Starts the process and waits until it answers. The shell around it ends it when its input closes, so that it
    /// never outlives the test process; without an order to stop, the folder goes too.
    pub(super) fn start(&self, options: &[&str]) {
        let script = "folder=$0; \"$@\" >\"$folder/log\" 2>&1 </dev/null & pid=$!; order=$(cat); \
                      kill -KILL $pid; wait $pid; [ \"$order\" ] || rm -rf \"$folder\"";
        let path = |name: &str| self.folder.path().join(name).display().to_string();
        let mut shell = Command::new("sh")
            .args([
                "-c",
                script,
                &self.folder.path().display().to_string(),
                "mariadbd",
                "--no-defaults",
                "--user=root",
            ])
            .args(["--bind-address=127.0.0.1", "--skip-log-bin", "--innodb-buffer-pool-size=32M"])
            .args(["--max-connections=300", &format!("--port={}", self.port)])
            // A server that starts removes all temporary tables in its folder, also those of its neighbours.
            .arg(format!("--tmpdir={}", self.folder.path().display()))
            .args([format!("--datadir={}", path("data")), format!("--socket={}", path("socket"))])
            .arg(format!("--pid-file={}", path("pid")))
            .args(options)
            .stdin(Stdio::piped())
            .spawn()
            .unwrap();
        let input = shell.stdin.take().unwrap();
        *self.shell.lock().unwrap() = Some((shell, input));
        let until = Instant::now() + Duration::from_secs(60);
        // The port is there a moment before the socket.
        while std::os::unix::net::UnixStream::connect(path("socket")).is_err() {
            assert!(Instant::now() < until, "{}", std::fs::read_to_string(path("log")).unwrap_or_default());
            std::thread::sleep(Duration::from_millis(20));
        }
    }

    /// Kills the process, as a crash would.
    pub(super) fn stop(&self) {
        if let Some((mut shell, mut input)) = self.shell.lock().unwrap().take() {
            input.write_all(b"stop").unwrap();
            drop(input);
            shell.wait().unwrap();
        }
    }

    /// Stops the process from running, as a machine in trouble would.
    pub(super) fn freeze(&self) {
        self.signal(rustix::process::Signal::STOP);
    }

    /// Lets it run again.
    pub(super) fn thaw(&self) {
        self.signal(rustix::process::Signal::CONT);
    }

    fn signal(&self, signal: rustix::process::Signal) {
        let pid = std::fs::read_to_string(self.folder.path().join("pid")).unwrap().trim().parse().unwrap();
        rustix::process::kill_process(rustix::process::Pid::from_raw(pid).unwrap(), signal).unwrap();
    }

    /// Returns the path of its socket.
    pub(super) fn socket(&self) -> String {
        self.folder.path().join("socket").display().to_string()
    }

    /// Connects as root.
    pub(super) async fn root(&self) -> Conn {
        Conn::new(OptsBuilder::default().socket(Some(self.socket())).user(Some("root"))).await.unwrap()
    }

    /// Makes a database and returns the `database:` section of an app on it; `more` is added to the section.
    pub(super) async fn database(&self, more: &str) -> String {
        let name = format!("app_{}", self.databases.fetch_add(1, Ordering::Relaxed));
        let mut root = self.root().await;
        for statement in [
            format!("CREATE DATABASE {name} CHARACTER SET utf8mb4"),
            format!("CREATE USER '{name}'@'%' IDENTIFIED BY 'made up'"),
            format!("GRANT ALL ON {name}.* TO '{name}'@'%'"),
        ] {
            root.query_drop(statement).await.unwrap();
        }
        root.disconnect().await.unwrap();
        let password = self.folder.path().join("password");
        format!(
            "{{ host: 127.0.0.1, port: {}, user: {name}, name: {name}, password_file: {}{more} }}",
            self.port,
            password.display()
        )
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.stop();
    }
}

/// Returns a freshly installed data folder. It takes seconds to make, so it is made once and kept below `target/`.
fn template() -> &'static Path {
    static TEMPLATE: OnceLock<PathBuf> = OnceLock::new();
    TEMPLATE.get_or_init(|| {
        let target = Path::new(env!("CARGO_MANIFEST_DIR")).join("target");
        let kept = target.join("db-test-mariadb");
        if !kept.join("mysql").exists() {
            let made = tempfile::tempdir_in(&target).unwrap();
            let output = Command::new("mariadb-install-db")
                .args(["--no-defaults", "--user=root", "--auth-root-authentication-method=normal"])
                .args(["--skip-test-db", &format!("--datadir={}", made.path().display())])
                .output()
                .unwrap();
            assert!(output.status.success(), "{output:?}");
            // Another test process may have been faster.
            let _ = std::fs::rename(made.keep(), &kept);
        }
        kept
    })
}
