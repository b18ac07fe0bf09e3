//! The services and their state. One task owns it all and gets messages: about processes, about health, from the
//! control socket, and the signals.

mod answers;

use std::ffi::OsString;
use std::fs::File;
use std::os::fd::OwnedFd;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal};
use tokio::sync::{mpsc, oneshot};
use tokio_util::task::AbortOnDropHandle;
use tracing::{debug, error, info, warn};

use super::api::State;
use super::child::{Children, Launch, Report};
use super::control::{Question, milliseconds};
use super::health::{self, Check, Outcome};
use super::order::Order;
use super::policy::{Action, Event, Life, Phase, Rules};
use super::state::{Processes, Recorded};
use super::strays;
use crate::config::{Places, ServiceUnit, Supervisor};
use crate::error::Result;
use crate::process::signals::Signals;

/// How long the whole stop may take before everything that is left is killed; a container gets 10 s.
const STOP_AT_MOST: Duration = Duration::from_millis(8500);
/// How long killed processes may take to be gone.
const AFTER_KILL: Duration = Duration::from_millis(900);
/// Health answers that wait for this task; their senders wait when it is full.
const ANSWERS_QUEUED: usize = 64;

/// All services and their state.
pub(super) struct Fleet {
    services: Vec<Service>,
    order: Order,
    health_interval: Duration,
    children: Children,
    answers: (mpsc::Sender<Heard>, mpsc::Receiver<Heard>),
    output: Option<Arc<File>>,
    mark: OsString,
    record: PathBuf,
    /// Whom to tell that every service is ready, once.
    on_ready: Option<oneshot::Sender<()>>,
    begun: Instant,
    /// When the stop began.
    stopping: Option<Instant>,
    forced: bool,
}

/// One service.
struct Service {
    unit: ServiceUnit,
    rules: Rules,
    check: Option<Check>,
    life: Life,
    process: Option<Process>,
    /// How often it was started; tells answers about this process from late ones about an earlier.
    run: u64,
}

/// The process of a service, while it has one.
struct Process {
    pid: Pid,
    pidfd: Option<OwnedFd>,
    /// Start time by the kernel's count, for the record.
    started: u64,
    since: Instant,
    latency: Option<Duration>,
    problems: Vec<String>,
    _watch: Option<AbortOnDropHandle<()>>,
}

/// What came of asking a service whether it is well.
struct Heard {
    service: usize,
    run: u64,
    outcome: Outcome,
}

/// Where messages come from.
pub(super) struct Inboxes {
    /// The thread that starts and waits for processes.
    pub reports: mpsc::Receiver<Report>,
    /// The control socket.
    pub questions: mpsc::Receiver<Question>,
    /// Signals to the supervisor itself.
    pub signals: Signals,
}

impl Fleet {
    /// Makes the services of a configuration, none of them started.
    ///
    /// # Errors
    /// [`Code::Config`] when they cannot be put in order or one's health cannot be asked.
    pub(super) fn new(
        config: Supervisor,
        places: &Places,
        children: Children,
        output: Option<Arc<File>>,
        on_ready: oneshot::Sender<()>,
    ) -> Result<Self> {
        let order = Order::of(&config.services)?;
        let Supervisor { health_interval, restart_delay, max_restarts, restart_window, services } = config;
        let service = |unit: ServiceUnit| {
            let check = Check::of(&unit, places)?;
            let rules = Rules {
                restart_delay,
                max_restarts,
                restart_window,
                stop_timeout: unit.stop_timeout,
                has_health_check: check.is_some(),
            };
            Ok(Service { unit, rules, check, life: Life::new(), process: None, run: 0 })
        };
        Ok(Self {
            services: services.into_iter().map(service).collect::<Result<_>>()?,
            order,
            health_interval,
            children,
            answers: mpsc::channel(ANSWERS_QUEUED),
            output,
            mark: strays::mark(&places.run),
            record: Processes::file(&places.run),
            on_ready: Some(on_ready),
            begun: Instant::now(),
            stopping: None,
            forced: false,
        })
    }

    /// Starts the services, keeps them running, and stops them when told to.
    pub(super) async fn run(mut self, inboxes: Inboxes) {
        let Inboxes { mut reports, mut questions, mut signals } = inboxes;
        self.advance();
        while !self.is_over() {
            let due = self.due();
            tokio::select! {
                Some(report) = reports.recv() => self.reported(report),
                Some(heard) = self.answers.1.recv() => self.heard(heard),
                Some(question) = questions.recv() => self.answer(question),
                () = sleep_until(due) => self.time_passed(),
                () = signals.stop.cancelled(), if self.stopping.is_none() => self.stop(),
                () = signals.force.cancelled(), if !self.forced => self.force("a second signal came"),
                Ok(()) = signals.reload.changed() => reload_is_not_for_us(),
            }
            self.advance();
        }
        let left = self.services.iter().filter(|service| !service.life.rests());
        for service in left {
            error!(service.name = service.unit.name, "{} was killed and does not end", service.unit.name);
        }
    }

    /// Starts what can start now, stops what can stop now, and says when all is ready.
    fn advance(&mut self) {
        let mut order: Vec<usize> = self.order.starting().collect();
        if self.stopping.is_some() {
            // What does not run rests at once, and nothing else happens that would bring us to what it waits for.
            order.reverse();
        }
        for at in order {
            let all = |others: &[usize], test: fn(&Life) -> bool| {
                others.iter().all(|&other| test(&self.services[other].life))
            };
            if self.stopping.is_some() {
                if all(&self.order.needed_by[at], Life::rests) {
                    self.step(at, Event::Stop);
                }
            } else if self.services[at].life.phase == Phase::Waiting
                && all(&self.order.needs[at], |life| life.state() == State::Ready)
            {
                self.step(at, Event::Start);
            }
        }
        if self.on_ready.is_some() && self.services.iter().all(|one| one.life.state() == State::Ready) {
            let ms = milliseconds(self.begun.elapsed());
            info!(ready_ms = ms, services = self.services.len(), "All services are ready after {ms} ms");
            // The caller may not be interested.
            let _ = self.on_ready.take().map(|tell| tell.send(()));
        }
    }

    /// Takes an event of one service's life, and does what has to be done about it.
    fn step(&mut self, at: usize, event: Event) {
        let service = &mut self.services[at];
        let (before, why) = (service.life.state(), service.life.why.clone());
        let action = service.life.step(&service.rules, event, Instant::now(), chance());
        let name = service.unit.name.as_str();
        match action {
            Some(Action::Spawn) => {
                service.run += 1;
                let launch = Launch {
                    binary: service.unit.binary.clone(),
                    args: service.unit.args.clone(),
                    environment: vec![(strays::MARK, self.mark.clone())],
                    output: self.output.clone(),
                };
                self.children.spawn(at, launch);
            }
            Some(Action::Terminate) => self.children.signal(at, Signal::TERM),
            Some(Action::Kill) => {
                warn!(service.name = name, "Killing {name}");
                self.children.signal(at, Signal::KILL);
            }
            None => {}
        }
        if before != service.life.state() || why != service.life.why {
            tell(name, before, &service.life);
        }
    }

    fn reported(&mut self, report: Report) {
        match report {
            Report::Spawned { service: at, pid, pidfd, started } => {
                let watch = self.watch(at);
                self.services[at].process = Some(Process {
                    pid,
                    pidfd,
                    started,
                    since: Instant::now(),
                    latency: None,
                    problems: Vec::new(),
                    _watch: watch,
                });
                self.write_record();
                self.step(at, Event::Spawned);
            }
            Report::NotSpawned { service: at, reason } => self.step(at, Event::NotSpawned(reason)),
            Report::Ended { service: at, how } => {
                self.services[at].process = None;
                self.write_record();
                self.step(at, Event::Ended(how));
            }
        }
    }

    fn watch(&self, at: usize) -> Option<AbortOnDropHandle<()>> {
        let Service { check, run, .. } = &self.services[at];
        let (answers, run) = (self.answers.0.clone(), *run);
        Some(health::watch(check.clone()?, self.health_interval, move |outcome| {
            let answers = answers.clone();
            async move {
                // Fails only when this task has ended.
                let _ = answers.send(Heard { service: at, run, outcome }).await;
            }
        }))
    }

    fn heard(&mut self, Heard { service: at, run, outcome }: Heard) {
        let service = &mut self.services[at];
        let Some(process) = service.process.as_mut().filter(|_| service.run == run) else { return };
        match outcome {
            Ok(answer) => {
                if process.problems != answer.problems && !answer.problems.is_empty() {
                    let name = &service.unit.name;
                    let problems = answer.problems.join("; ");
                    warn!(service.name = name, problems, "{name} says that something is wrong: {problems}");
                }
                process.latency = Some(answer.latency);
                process.problems = answer.problems;
                self.step(at, Event::Answered);
            }
            Err(reason) => self.step(at, Event::Missed(reason)),
        }
    }

    fn stop(&mut self) {
        info!("Stopping all services");
        self.stopping = Some(Instant::now());
    }

    fn force(&mut self, why: &str) {
        warn!("Ending all services at once: {why}");
        self.stopping.get_or_insert_with(Instant::now);
        self.forced = true;
        for at in 0..self.services.len() {
            self.step(at, Event::Force);
        }
    }

    /// Returns when the next thing happens by itself.
    fn due(&self) -> Option<Instant> {
        let stop = self
            .stopping
            .map(|begun| if self.forced { begun + STOP_AT_MOST + AFTER_KILL } else { begun + STOP_AT_MOST });
        self.services.iter().filter_map(|service| service.life.due()).chain(stop).min()
    }

    fn time_passed(&mut self) {
        for at in 0..self.services.len() {
            self.step(at, Event::Due);
        }
        if !self.forced && self.stopping.is_some_and(|begun| STOP_AT_MOST <= begun.elapsed()) {
            self.force("the stop took too long");
        }
    }

    fn is_over(&self) -> bool {
        self.stopping.is_some_and(|begun| {
            self.services.iter().all(|service| service.life.rests())
                || STOP_AT_MOST + AFTER_KILL <= begun.elapsed()
        })
    }

    /// Writes down which processes are ours, for whoever comes after us if we are killed.
    fn write_record(&self) {
        let recorded = |service: &Service| {
            let process = service.process.as_ref()?;
            Some(Recorded {
                service: service.unit.name.clone(),
                pid: process.pid.as_raw_nonzero().get(),
                started: process.started,
            })
        };
        let services = self.services.iter().filter_map(recorded).collect();
        let processes = Processes { services, ..Processes::none() };
        if let Err(cause) = processes.write(&self.record) {
            // Survivors are also found by their mark.
            warn!(error = %cause, "Cannot write {}: {cause}", self.record.display());
        }
    }
}

/// Tells what became of a service.
fn tell(name: &str, before: State, life: &Life) {
    let (state, why) = (life.state(), life.why.as_str());
    match state {
        State::Starting if before == State::Starting => debug!(service.name = name, "{name} {why}"),
        State::Starting => info!(service.name = name, restarts = life.restarts, "Starting {name}"),
        State::Ready => info!(service.name = name, "{name} is ready: it {why}"),
        State::Stopped => info!(service.name = name, "{name} has stopped: it {why}"),
        State::Stopping => info!(service.name = name, "Stopping {name}: it {why}"),
        State::Waiting => info!(service.name = name, "{name} {why}"),
        State::Unhealthy => warn!(service.name = name, "{name} is not well: {why}"),
        State::Backoff => warn!(service.name = name, "{name} {why}"),
        State::Failed => error!(service.name = name, "{name} has failed and is not started again: it {why}"),
    }
}

fn reload_is_not_for_us() {
    info!(
        "SIGHUP: sogoctl.yaml is read at the start only, so restart sogoctl for it; \
         `sogo ctl reload SERVICE` has a service read its configuration anew"
    );
}

async fn sleep_until(due: Option<Instant>) {
    match due {
        Some(due) => tokio::time::sleep_until(due.into()).await,
        None => std::future::pending().await,
    }
}

/// Returns a number from 0 to 1 by chance; 0 where the kernel has none to give.
fn chance() -> f64 {
    getrandom::u32().map_or(0.0, |number| f64::from(number) / f64::from(u32::MAX))
}
