//! A supervisor in a folder of its own, and services to give it.

use std::io::{Read, Write};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU16, Ordering};
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process_group};
use tempfile::TempDir;
use tokio::sync::{oneshot, watch};
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;
use tokio_util::task::AbortOnDropHandle;

use crate::config::{At, IpcSettings, Places, Rotation, ServiceUnit, Sourced, Supervisor, Timing};
use crate::error::Result;
use crate::ipc::client::Options;
use crate::ipc::inherited::Inherited;
use crate::ipc::listen::Listener;
use crate::ipc::peer::Access;
use crate::ipc::server::{self, Limits};
use crate::ipc::{Action, Answer, Call, Client, Service, answer};
use crate::process::notify::Notifier;
use crate::process::signals::Signals;
use crate::process::table;
use crate::services::health::Health;
use crate::services::supervisor::api::{
    Event, Events, Reload, Reloaded, Request, ServiceStatus, State, Status,
};
use crate::services::supervisor::state::Processes;
use crate::services::supervisor::{Orphans, Setup, run_with};

const PATIENCE: Duration = Duration::from_secs(10);

/// How soon a service of a test comes back.
const RESTART_DELAY: Duration = Duration::from_millis(20);

/// What a supervisor will be started with.
pub(super) struct Config {
    folder: TempDir,
    pub(super) places: Places,
    pub(super) max_restarts: u32,
    pub(super) restart_delay: Duration,
}

/// A running supervisor.
pub(super) struct Stage {
    _folder: TempDir,
    places: Places,
    pub(super) signals: Signals,
    _reloads: watch::Sender<u64>,
    ready: oneshot::Receiver<()>,
    client: Client<Request>,
    task: JoinHandle<Result<()>>,
}

impl Config {
    pub(super) fn folder(&self) -> &Path {
        self.folder.path()
    }

    fn setup(&self, services: Vec<ServiceUnit>) -> (Setup, oneshot::Receiver<()>) {
        let (on_ready, ready) = oneshot::channel();
        let timing = |unit: ServiceUnit| {
            let timing = Timing {
                health_interval: Duration::from_millis(50),
                restart_delay: self.restart_delay,
                max_restarts: self.max_restarts,
                ..unit.timing
            };
            ServiceUnit { timing, ..unit }
        };
        let config =
            Supervisor { services: services.into_iter().map(timing).collect(), output: Rotation::default() };
        let places = self.places.clone();
        // The tests of other modules have children as well.
        let orphans = Orphans::Leave;
        let (ipc, inherited, notifier) = (IpcSettings::default(), Inherited::default(), Notifier::default());
        (Setup { config, places, socket: None, inherited, ipc, orphans, on_ready, notifier }, ready)
    }

    pub(super) fn start(self, services: Vec<ServiceUnit>) -> Stage {
        let (setup, ready) = self.setup(services);
        let client = Client::new(&self.places.control(), PATIENCE, 1 << 20);
        let (reloads, signals) = signals();
        let task = tokio::spawn(run_with(setup, signals.clone()));
        let Self { folder, places, .. } = self;
        Stage { _folder: folder, places, signals, _reloads: reloads, ready, client, task }
    }
}

fn signals() -> (watch::Sender<u64>, Signals) {
    let (reloads, reload) = watch::channel(0);
    (reloads, Signals { stop: CancellationToken::new(), force: CancellationToken::new(), reload })
}

impl Stage {
    pub(super) fn empty() -> Config {
        let folder = tempfile::tempdir().unwrap();
        let places = Places::below(folder.path());
        std::fs::create_dir_all(&places.run).unwrap();
        Config { folder, places, max_restarts: 5, restart_delay: RESTART_DELAY }
    }

    pub(super) async fn second(&self, services: Vec<ServiceUnit>) -> Result<()> {
        let folder = tempfile::tempdir().unwrap();
        let places = self.places.clone();
        let config = Config { folder, places, max_restarts: 5, restart_delay: RESTART_DELAY };
        run_with(config.setup(services).0, signals().1).await
    }

    /// Returns what the services have written so far.
    pub(super) fn output(&self) -> String {
        let logs = std::fs::read_dir(self.places.logs.clone()).into_iter().flatten();
        logs.map(|file| std::fs::read_to_string(file.unwrap().path()).unwrap_or_default()).collect()
    }

    pub(super) async fn ready(&mut self) {
        tokio::time::timeout(PATIENCE, &mut self.ready).await.expect("ready in time").unwrap();
    }

    pub(super) fn is_ready(&mut self) -> bool {
        self.ready.try_recv().is_ok()
    }

    pub(super) async fn all(&self) -> Vec<ServiceStatus> {
        self.client.call(Status {}).await.unwrap().services
    }

    pub(super) async fn status(&self, name: &str) -> ServiceStatus {
        self.all().await.into_iter().find(|service| service.service == name).unwrap()
    }

    pub(super) async fn reload(&self, name: &str) -> Result<Reloaded> {
        self.client.call(Reload { service: name.into() }).await
    }

    pub(super) async fn ask<X>(&self, action: X) -> Result<X::Reply>
    where
        X: Action<Api = Request>,
    {
        self.client.call(action).await
    }

    /// Returns all changes of state so far.
    pub(super) async fn events(&self) -> Vec<Event> {
        let options = Options { deadline: PATIENCE, request_id: None };
        let all = Events { services: Vec::new(), lines: 1000, follow: false };
        let mut stream = self.client.stream(options, all).await.unwrap();
        let mut events = Vec::new();
        while let Some(event) = stream.next().await {
            events.push(event.unwrap());
        }
        events
    }

    /// Returns the states that a service went through.
    pub(super) async fn states(&self, name: &str) -> Vec<State> {
        self.events().await.into_iter().filter(|event| event.service == name).map(|event| event.to).collect()
    }

    pub(super) async fn find(&self, name: &str, fits: impl Fn(&ServiceStatus) -> bool) -> ServiceStatus {
        let begun = Instant::now();
        loop {
            let status = self.status(name).await;
            if fits(&status) {
                return status;
            }
            assert!(begun.elapsed() < PATIENCE, "still {status:?}");
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    }

    pub(super) async fn until(&self, name: &str, state: State) -> ServiceStatus {
        self.find(name, |status| status.state == state).await
    }

    pub(super) async fn until_why(&self, name: &str, words: &str) -> ServiceStatus {
        self.find(name, |status| status.why.contains(words)).await
    }

    pub(super) async fn until_restarted(&self, name: &str, times: u32) -> ServiceStatus {
        self.find(name, |status| status.state == State::Ready && status.restarts == times).await
    }

    /// Waits until the services have written this many lines: then their scripts are past their first steps.
    pub(super) async fn wait_for_output(&self, lines: usize) {
        eventually(|| self.output().matches(" stdout: up\n").count() == lines).await;
    }

    /// Stops it and returns how long that took.
    pub(super) async fn stop(&mut self) -> Duration {
        let begun = Instant::now();
        self.signals.stop.cancel();
        tokio::time::timeout(PATIENCE, &mut self.task).await.expect("stopped in time").unwrap().unwrap();
        begun.elapsed()
    }
}

impl Drop for Stage {
    fn drop(&mut self) {
        // A test that failed has not stopped it.
        for process in Processes::read(&Processes::file(&self.places.run)).services {
            if let Some(leader) = process.running() {
                let _ = kill_process_group(leader, Signal::KILL);
            }
        }
    }
}

/// Returns a service that is a shell script, with nothing that tells whether it is well.
pub(super) fn sh(name: &str, script: &str) -> ServiceUnit {
    ServiceUnit::program(name, "/bin/sh", &["-c", script])
}

pub(super) fn names(names: &[&str]) -> Vec<Sourced<String>> {
    let at = At::outside("sogoctl.yaml");
    names.iter().map(|name| Sourced::new((*name).to_owned(), at.clone())).collect()
}

/// Answers `health` on a socket until the handle is dropped.
pub(super) fn answer_health(socket: &Path, problems: Vec<String>) -> AbortOnDropHandle<()> {
    struct Well(Vec<String>);
    impl Service for Well {
        type Api = Request;
        async fn dispatch(&self, _: Call, _: Request) -> Result<Answer> {
            answer(Ok(Health::of("test", Duration::ZERO, self.0.clone())))
        }
    }
    let listener = Listener::bind(socket, None).unwrap();
    let stop = CancellationToken::new();
    let serving =
        server::serve(listener, Arc::new(Well(problems)), Access::own(None), Limits::default(), stop);
    AbortOnDropHandle::new(tokio::spawn(serving))
}

/// Answers HTTP with a status that can be changed; returns the URL.
pub(super) async fn answer_http(status: u16) -> (String, Arc<AtomicU16>) {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://localhost:{}", listener.local_addr().unwrap().port());
    let status = Arc::new(AtomicU16::new(status));
    let shared = Arc::clone(&status);
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = stream.unwrap();
            let mut request = [0; 1024];
            let _ = stream.read(&mut request);
            let status = shared.load(Ordering::Relaxed);
            let _ = write!(stream, "HTTP/1.1 {status} X\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
        }
    });
    (url, status)
}

pub(super) async fn eventually(mut test: impl FnMut() -> bool) {
    let begun = Instant::now();
    while !test() {
        assert!(begun.elapsed() < PATIENCE, "it did not happen in time");
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

pub(super) async fn eventually_async(mut test: impl AsyncFnMut() -> bool) {
    let begun = Instant::now();
    while !test().await {
        assert!(begun.elapsed() < PATIENCE, "it did not happen in time");
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

/// Returns the process whose number a script has written to a file.
pub(super) async fn pid_in(file: &Path) -> Pid {
    let read = || std::fs::read_to_string(file).ok()?.strip_suffix('\n')?.parse().ok();
    eventually(|| read().is_some()).await;
    Pid::from_raw(read().unwrap()).unwrap()
}

pub(super) fn is_gone(pid: Pid) -> bool {
    table::stat(pid).is_none_or(|stat| stat.zombie)
}
