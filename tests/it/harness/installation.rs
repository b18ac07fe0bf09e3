//! An installation of its own for each test: folder, configuration, secrets, processes.

use std::fs;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::{Path, PathBuf};
use std::process::{Child, Stdio};

use serde_json::Value;

use super::app::{Engine, make_database};
use super::client::Client;
use super::mariadb::MariaDb;
use super::process::{Output, command, run, run_on_terminal, run_with_input};
use super::wait::until;

/// The password of every sample user.
pub const PASSWORD: &str = "correct horse battery";
/// The secret that the sample app's tokens are signed with.
pub const JWT_SECRET: &str = "a secret of the tests that is longer than thirty-two bytes";
/// The host name of the sample app.
pub const HOST: &str = "prokov.example.com";

/// The folder of an installation; nothing runs yet.
pub struct Installation {
    folder: tempfile::TempDir,
    /// The gateway's port, which it keeps over restarts.
    port: u16,
}

impl Installation {
    /// Makes the sample configuration with the sample app on `engine`.
    pub async fn new(engine: Engine) -> Self {
        Self::on(engine, None).await
    }

    /// The same on a MariaDB server of its own.
    pub async fn on_server(server: &MariaDb) -> Self {
        Self::on(Engine::MariaDb, Some(server)).await
    }

    /// The same on several MariaDB servers, in this order of preference, each with a database of its own.
    pub async fn on_hosts(servers: &[&MariaDb]) -> Self {
        let installation = Self::on_server(servers[0]).await;
        for server in &servers[1..] {
            make_database(
                Engine::MariaDb,
                &installation.path().join("data"),
                &installation.path().join("secrets"),
                Some(server),
            )
            .await;
        }
        let hosts: Vec<String> = servers.iter().map(|server| format!("127.0.0.1:{}", server.port)).collect();
        let one = format!("host: 127.0.0.1\n  port: {}", servers[0].port);
        installation.edit("config/apps/prokov/app.yaml", &one, &format!("hosts: [{}]", hosts.join(", ")));
        installation
    }

    async fn on(engine: Engine, server: Option<&MariaDb>) -> Self {
        let folder = tempfile::Builder::new().prefix("sogo-it-").tempdir().unwrap();
        let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let installation = Self { folder, port };
        let path = |name: &str| installation.path().join(name);
        for folder in ["bin", "config/apps", "secrets", "run", "state", "logs", "data"] {
            fs::create_dir_all(path(folder)).unwrap();
        }
        for name in ["sogoctl", "sogoway", "sogoms-db", "sogoms-logs", "sogoms-smtp", "sogoms-cron"] {
            symlink(env!("CARGO_BIN_EXE_sogo"), path("bin").join(name)).unwrap();
        }
        copy_folder(
            &Path::new(env!("CARGO_MANIFEST_DIR")).join("config/apps/prokov"),
            &path("config/apps/prokov"),
        );
        write_secret(&path("secrets/prokov_jwt_secret"), JWT_SECRET);
        let database = make_database(engine, &path("data"), &path("secrets"), server).await;
        installation.write("config/apps/prokov/app.yaml", &app_yaml(&path("secrets"), &database));
        installation.write(
            "config/sogoms.yaml",
            &format!(
                "places:\n  run: {}\n  state: {}\n  logs: {}\ngateway:\n  listen: 127.0.0.1:8080\n  \
                 sign_in:\n    per_account: {{ tries: 1000, window: 1m }}\n    per_address: {{ tries: 1000, window: 1m }}\n",
                path("run").display(),
                path("state").display(),
                path("logs").display()
            ),
        );
        installation.write("config/sogoctl.yaml", &sogoctl_yaml(installation.path(), port));
        installation
    }

    /// Returns the folder.
    pub fn path(&self) -> &Path {
        self.folder.path()
    }

    /// Has the supervisor hold the gateway's port.
    pub fn hold_port(&self) {
        let port = self.port;
        let held = format!("]\n    listen: [\"127.0.0.1:{port}\"]");
        self.edit("config/sogoctl.yaml", &format!(", \"-port\", \"{port}\"]"), &held);
    }

    /// Writes a file below the folder.
    pub fn write(&self, name: &str, text: &str) {
        let path = self.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }

    /// Reads a file below the folder.
    #[track_caller]
    pub fn read(&self, name: &str) -> String {
        fs::read_to_string(self.path().join(name)).unwrap_or_else(|cause| panic!("{name}: {cause}"))
    }

    /// Replaces `from`, which must be there, in a file below the folder.
    #[track_caller]
    pub fn edit(&self, name: &str, from: &str, to: &str) {
        let text = self.read(name);
        assert!(text.contains(from), "`{from}` is not in {name}:\n{text}");
        self.write(name, &text.replacen(from, to, 1));
    }

    /// Adds another app with the sample's resources, on an SQLite file of its own.
    pub fn add_app(&self, name: &str) {
        let sample = Path::new(env!("CARGO_MANIFEST_DIR")).join("config/apps/prokov");
        copy_folder(&sample.join("queries"), &self.path().join("config/apps").join(name).join("queries"));
        let path = self.path().join("data").join(format!("{name}.db"));
        let app = format!(
            "app: {name}\nhosts: [{name}.example.com]\ndatabase: {{ driver: sqlite, path: {} }}\nauth:\n  jwt_secret_file: {}\n",
            path.display(),
            self.path().join("secrets/prokov_jwt_secret").display()
        );
        fs::copy(self.path().join("data/prokov.db"), path).unwrap();
        self.write(&format!("config/apps/{name}/app.yaml"), &app);
    }

    /// Runs `sogo` for this installation.
    pub fn sogo(&self, arguments: &[&str]) -> Output {
        run(self.path(), &self.with_config(arguments))
    }

    /// The same with something on standard input.
    pub fn sogo_given(&self, arguments: &[&str], input: &str) -> Output {
        run_with_input(self.path(), &self.with_config(arguments), input)
    }

    /// The same on a terminal, with steps of what is expected there and what is typed.
    pub fn sogo_on_terminal(&self, arguments: &[&str], steps: &[[&str; 2]]) -> Output {
        run_on_terminal(self.path(), &self.with_config(arguments), steps)
    }

    fn with_config(&self, arguments: &[&str]) -> Vec<String> {
        let config = self.path().join("config").to_str().unwrap().to_owned();
        let arguments = arguments.iter().map(|argument| (*argument).to_owned());
        ["--config".to_owned(), config].into_iter().chain(arguments).collect()
    }

    /// Starts the supervisor with all services and waits until the API answers.
    pub fn start(self) -> Sogo {
        let supervisor = Some(self.spawn_supervisor());
        let address = format!("127.0.0.1:{}", self.port);
        let mut sogo = Sogo { installation: self, supervisor, address };
        sogo.wait_until_ready();
        sogo
    }

    fn spawn_supervisor(&self) -> Child {
        let log = fs::File::options().create(true).append(true).open(self.path().join("output.log")).unwrap();
        command(&self.path().join("bin/sogoctl"))
            .arg("-config")
            .arg(self.path().join("config"))
            .current_dir(self.path())
            .stdin(Stdio::null())
            .stdout(log.try_clone().unwrap())
            .stderr(log)
            .spawn()
            .unwrap()
    }
}

/// A running installation; everything in it is stopped when it is dropped.
pub struct Sogo {
    pub installation: Installation,
    supervisor: Option<Child>,
    address: String,
}

impl Sogo {
    /// Starts the sample installation on `engine`.
    pub async fn start(engine: Engine) -> Self {
        Installation::new(engine).await.start()
    }

    /// Returns a client of the sample app that has no token.
    pub fn client(&self) -> Client {
        Client::new(&self.address, HOST)
    }

    /// Returns a client of the sample app, signed in as one of the sample users.
    pub async fn sign_in(&self, email: &str) -> Client {
        self.client().sign_in(email, PASSWORD).await
    }

    /// Returns `host:port` of the gateway.
    pub fn address(&self) -> &str {
        &self.address
    }

    /// Runs `sogo` for this installation.
    pub fn sogo(&self, arguments: &[&str]) -> Output {
        self.installation.sogo(arguments)
    }

    /// Returns the status of one service, as `sogo ctl status` tells it.
    pub fn status(&self, service: &str) -> Option<Value> {
        let output = self.sogo(&["-o", "json", "ctl", "status"]);
        if output.code != 0 {
            return None;
        }
        let status = output.json();
        status["services"].as_array()?.iter().find(|entry| entry["service"] == service).cloned()
    }

    /// Returns the process id of a running service.
    #[track_caller]
    pub fn pid(&self, service: &str) -> u32 {
        until(&format!("{service} has a process"), || self.status(service)?["pid"].as_u64())
            .try_into()
            .unwrap()
    }

    /// Waits until a service is ready in a process other than `old`.
    pub fn wait_for_new_process(&self, service: &str, old: u32) {
        until(&format!("{service} is ready in a new process"), || {
            let status = self.status(service)?;
            (status["state"] == "ready" && status["pid"] != old).then_some(())
        });
    }

    /// Sends SIGHUP to a service through the supervisor.
    pub fn reload(&self, service: &str) {
        // It may serve already, and the supervisor has not asked it yet.
        self.sogo(&["ctl", "wait", service]).ok();
        self.sogo(&["ctl", "reload", service]).ok();
    }

    /// Starts the supervisor again after it was killed or stopped.
    pub fn restart_supervisor(&mut self) {
        self.start_supervisor();
        // The services from before may still be answering; the new supervisor knows none but its own.
        until("all services are ready", || {
            let status = self.sogo(&["-o", "json", "ctl", "status"]);
            let services = if status.code == 0 { status.json()["services"].clone() } else { Value::Null };
            services.as_array()?.iter().all(|entry| entry["state"] == "ready").then_some(())
        });
    }

    /// The same without waiting for services that may never be ready.
    pub fn start_supervisor(&mut self) {
        self.supervisor = Some(self.installation.spawn_supervisor());
    }

    /// Returns the supervisor's process id.
    pub fn supervisor_pid(&self) -> u32 {
        self.supervisor.as_ref().unwrap().id()
    }

    /// Kills the supervisor alone; its services go on.
    pub fn kill_supervisor(&mut self) {
        if let Some(mut supervisor) = self.supervisor.take() {
            supervisor.kill().unwrap();
            supervisor.wait().unwrap();
        }
    }

    /// Stops everything in an orderly way and returns the supervisor's exit code.
    pub fn stop(&mut self) -> Option<i32> {
        let mut supervisor = self.supervisor.take()?;
        send("TERM", supervisor.id());
        until("the supervisor has stopped", || supervisor.try_wait().unwrap()).code()
    }

    fn wait_until_ready(&mut self) {
        until("the API is ready", || {
            if let Some(code) = self.supervisor.as_mut().and_then(|child| child.try_wait().unwrap()) {
                panic!("the supervisor ended with {code}:\n{}", self.output());
            }
            let request = "GET /ready HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n";
            (super::client::raw_http(&self.address, request).status == 200).then_some(())
        });
    }

    /// Returns everything that the processes wrote.
    pub fn output(&self) -> String {
        let mut text = String::new();
        let logs = fs::read_dir(self.installation.path().join("logs")).into_iter().flatten();
        // Not what the apps log.
        let of_processes = |path: &PathBuf| !path.to_str().unwrap().contains("-20");
        let logs = logs.map(|file| file.unwrap().path()).filter(of_processes);
        for path in [self.installation.path().join("output.log")].into_iter().chain(logs) {
            text += &fs::read_to_string(path).unwrap_or_default();
        }
        text
    }
}

impl Drop for Sogo {
    fn drop(&mut self) {
        if std::thread::panicking() {
            eprintln!("--- what the processes wrote ---\n{}", self.output());
        }
        if let Some(mut supervisor) = self.supervisor.take() {
            send("TERM", supervisor.id());
            until("the supervisor has stopped", || supervisor.try_wait().unwrap());
        }
    }
}

/// Sends a signal to one process.
pub fn send(signal: &str, pid: u32) {
    let status =
        std::process::Command::new("kill").args([format!("-{signal}"), pid.to_string()]).status().unwrap();
    assert!(status.success(), "kill -{signal} {pid}");
}

/// Writes a secret that only its owner may read.
pub fn write_secret(path: &Path, text: &str) {
    fs::write(path, text).unwrap();
    fs::set_permissions(path, fs::Permissions::from_mode(0o600)).unwrap();
}

fn copy_folder(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let path: PathBuf = entry.unwrap().path();
        let target = to.join(path.file_name().unwrap());
        if path.is_dir() {
            copy_folder(&path, &target);
        } else {
            fs::copy(&path, &target).unwrap();
        }
    }
}

fn app_yaml(secrets: &Path, database: &str) -> String {
    let secrets = secrets.display();
    format!(
        "app: prokov\nversion: \"1.0\"\nbase_path: /api\nstatic: apps/prokov/web\n\nhosts:\n  - {HOST}\n  - prokov.example.net\n\n{database}\n\
         auth:\n  jwt_secret_file: {secrets}/{{app}}_jwt_secret\n  jwt_expiry: 24h\n\nlogs:\n  retention_days: 30\n"
    )
}

fn sogoctl_yaml(folder: &Path, port: u16) -> String {
    let folder = folder.display();
    format!(
        r#"supervisor:
  health_interval: 1s
  restart_delay: 50ms
  max_restarts: 50

services:
  sogoms-logs:
    binary: {folder}/bin/sogoms-logs
    args: ["-config", "{folder}/config", "-socket", "{folder}/run/sogoms-logs.1.sock"]
    health_socket: {folder}/run/sogoms-logs.1.sock

  sogoms-db:
    binary: {folder}/bin/sogoms-db
    args: ["-config", "{folder}/config", "-socket", "{folder}/run/sogoms-db.1.sock"]
    health_socket: {folder}/run/sogoms-db.1.sock
    depends_on: [sogoms-logs]

  sogoway:
    binary: {folder}/bin/sogoway
    args: ["-config", "{folder}/config", "-port", "{port}"]
    health_url: http://127.0.0.1:{port}/health
    depends_on: [sogoms-db, sogoms-logs]
"#
    )
}
