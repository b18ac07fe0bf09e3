//! The services and their state. One task owns it all and gets messages: about processes, about health, from the
//! control socket, and the signals.

mod answers;
mod apply;
mod commands;
mod failures;
mod notices;
mod rolling;
mod upgrade;
mod waiting;

use std::ffi::{OsStr, OsString};
use std::os::fd::OwnedFd;
use std::path::PathBuf;
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal};
use tokio::sync::{mpsc, oneshot};
use tokio_util::task::AbortOnDropHandle;
use tracing::{debug, error, info, warn};

use self::rolling::Rolling;
pub(super) use self::upgrade::Upgradable;
use self::waiting::Waiter;
use super::api::{self, State};
use super::binary::Binary;
use super::child::{Children, Launch, Report};
use super::control::{OwnFile, Question, milliseconds};
use super::health::{self, Check, Outcome};
use super::history::History;
use super::order::Order;
use super::output::Output;
use super::policy::{Action, Event, Life, Phase, Rules};
use super::sockets::Sockets;
use super::state::{Processes, Recorded};
use super::strays;
use crate::config::{INSTANCE, Notify, Places, ServiceUnit, Supervisor};
use crate::error::Result;
use crate::process::signals::Signals;
use crate::services::logs::queue::Clock;

/// How long the whole stop may take before everything that is left is killed; a container gets 10 s.
const STOP_AT_MOST: Duration = Duration::from_millis(8500);
/// How long killed processes may take to be gone.
const AFTER_KILL: Duration = Duration::from_millis(900);
/// Health answers that wait for this task; their senders wait when it is full.
const ANSWERS_QUEUED: usize = 64;

/// All services and their state.
pub(super) struct Fleet {
    /// Each is known by its place here; that of one that is gone stays empty.
    services: Vec<Service>,
    order: Order,
    places: Places,
    file: OwnFile,
    children: Children,
    answers: (mpsc::Sender<Heard>, mpsc::Receiver<Heard>),
    /// Newer versions of our own file that SIGHUP asked for.
    newer: (mpsc::Sender<Result<Supervisor>>, mpsc::Receiver<Result<Supervisor>>),
    sockets: Sockets,
    output: Output,
    mark: OsString,
    record: PathBuf,
    history: History,
    clock: Clock,
    rolling: Rolling,
    waiters: Vec<Waiter>,
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
    check: Option<Check>,
    life: Life,
    process: Option<Process>,
    /// What it was started from last, if that could be looked at.
    binary: Option<Binary>,
    /// How often it was started; tells answers about this process from late ones about an earlier.
    run: u64,
    listed: Listed,
}

/// Whether a service stands in sogoctl.yaml.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Listed {
    /// It does.
    Yes,
    /// No longer, and it still has to stop.
    NoLonger,
    /// No longer, and it has stopped: its place is empty.
    Gone,
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
    /// How it is, in its own words.
    words: Option<String>,
    /// Whether it reads its configuration anew just now.
    reloading: bool,
    /// Asks for its health as long as this is kept.
    watch: Option<AbortOnDropHandle<()>>,
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

/// What the services are run with.
pub(super) struct Means {
    /// Where sockets and logs are.
    pub places: Places,
    /// The file that names the services, for when it is read anew.
    pub file: OwnFile,
    /// The thread that starts and waits for processes.
    pub children: Children,
    /// What is listened on for the services.
    pub sockets: Sockets,
    /// Where their output goes.
    pub output: Output,
    /// Tells when something happened.
    pub clock: Clock,
    /// Whom to tell that every service is ready, once.
    pub on_ready: oneshot::Sender<()>,
}

impl Fleet {
    /// Makes the services of a configuration, none of them started, and listens for those that want it.
    ///
    /// # Errors
    /// [`Code::Config`] when they cannot be put in order or one's health cannot be asked; those of [`Sockets::open`].
    pub(super) fn new(config: Supervisor, means: Means) -> Result<Self> {
        let Means { places, file, children, output, mut sockets, clock, on_ready } = means;
        let service = |unit: ServiceUnit| {
            let check = Check::of(&unit, &places)?;
            Ok(Service::new(unit, check))
        };
        let instances = config.services.into_iter().flat_map(ServiceUnit::each_instance);
        let services: Vec<Service> = instances.map(service).collect::<Result<_>>()?;
        let order = Order::of(&services.iter().map(Service::present).collect::<Vec<_>>())?;
        for service in &services {
            sockets.open(&service.unit)?;
            output.limit(&service.unit.name, service.unit.output);
        }
        Ok(Self {
            order,
            services,
            file,
            children,
            answers: mpsc::channel(ANSWERS_QUEUED),
            newer: mpsc::channel(1),
            output,
            sockets,
            mark: strays::mark(&places.run),
            record: Processes::file(&places.run),
            places,
            history: History::default(),
            clock,
            rolling: Rolling::default(),
            waiters: Vec::new(),
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
                Some(newer) = self.newer.1.recv() => self.take_newer(newer),
                () = sleep_until(due) => self.time_passed(),
                () = signals.stop.cancelled(), if self.stopping.is_none() => self.stop(),
                () = signals.force.cancelled(), if !self.forced => self.force("a second signal came"),
                Ok(()) = signals.reload.changed() => self.read_newer(),
            }
            self.advance();
        }
        for service in self.services.iter().filter(|service| !service.life.rests()) {
            error!(service.name = service.unit.name, "{} was killed and does not end", service.unit.name);
        }
    }

    /// Starts what can start now, stops what can stop now, and tells those who wait for it.
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
                    self.step(at, Event::Stop("was told to stop".to_owned()));
                }
            } else if self.services[at].life.phase == Phase::Waiting && self.unmet(at).is_empty() {
                self.step(at, Event::Cleared);
            }
        }
        self.roll_on();
        self.bury();
        self.close_sockets();
        self.tell_waiters();
        if self.on_ready.is_some() && self.present().all(|one| one.life.state() == State::Ready) {
            let (ms, services) = (milliseconds(self.begun.elapsed()), self.present().count());
            info!(ready_ms = ms, services, "All services are ready after {ms} ms");
            // The caller may not be interested.
            let _ = self.on_ready.take().map(|tell| tell.send(()));
        }
    }

    /// Returns the services that are in sogoctl.yaml or still have to stop.
    fn present(&self) -> impl Iterator<Item = &Service> {
        self.services.iter().filter(|service| service.listed != Listed::Gone)
    }

    /// Takes an event of one service's life, and does what has to be done about it.
    fn step(&mut self, at: usize, event: Event) {
        let service = &mut self.services[at];
        let (before, why) = (service.life.state(), service.life.why.clone());
        let pid = service.process.as_ref().map(Process::id);
        let action = service.life.step(&service.rules(), event, Instant::now(), chance());
        let name = service.unit.name.as_str();
        let mut not_spawned = None;
        match action {
            Some(Action::Spawn) => {
                service.run += 1;
                service.binary = Binary::at(&service.unit.binary).ok();
                let mut environment = service.environment(&self.mark);
                if service.unit.notify != Notify::Never {
                    environment.push(("NOTIFY_SOCKET", self.children.notify_socket().into()));
                }
                match self.sockets.open(&service.unit) {
                    Ok(sockets) => self.children.spawn(
                        at,
                        Launch {
                            name: service.unit.name.clone(),
                            binary: service.unit.binary.clone(),
                            args: service.unit.args.clone(),
                            environment,
                            output: self.output.clone(),
                            input: None,
                            sockets,
                            attributes: service.unit.attributes.clone(),
                        },
                    ),
                    Err(error) => not_spawned = Some(error.message.into_owned()),
                }
            }
            Some(Action::Terminate) => self.children.signal(at, Signal::TERM),
            Some(Action::Kill) => {
                warn!(service.name = name, "Killing {name}");
                self.children.signal(at, Signal::KILL);
            }
            None => {}
        }
        let (after, because) = (service.life.state(), &service.life.why);
        if before != after || why != *because {
            tell(name, before, &service.life, &self.output);
        }
        // What goes wrong again and again while a service starts is one event, and so is a string of missing answers.
        if before != after || (why != *because && after == State::Stopping) {
            self.history.add(api::Event {
                time: Clock::written(self.clock.now()),
                service: name.to_owned(),
                from: before,
                to: after,
                why: because.clone(),
                pid,
            });
        }
        if before != after && after == State::Failed {
            self.tell_of_failure(at);
        }
        if let Some(reason) = not_spawned {
            self.step(at, Event::NotSpawned(reason));
        }
    }

    /// Closes the sockets of services that rest: who connects is refused, and does not wait for nobody.
    fn close_sockets(&mut self) {
        let serving = |service: &&Service| service.listed != Listed::Gone && !service.life.rests();
        let services: Vec<&Service> = self.services.iter().filter(serving).collect();
        self.sockets.keep(|address| {
            services.iter().any(|service| service.unit.listen.iter().any(|one| one.value == *address))
        });
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
                    words: None,
                    reloading: false,
                    watch,
                });
                self.write_record();
                self.step(at, Event::Spawned);
            }
            Report::Notified { service: at, notice } => self.notified(at, notice),
            Report::NotSpawned { service: at, reason } => self.step(at, Event::NotSpawned(reason)),
            Report::Ended { service: at, how } => {
                self.services[at].process = None;
                self.write_record();
                self.step(at, Event::Ended(how));
            }
        }
    }

    fn watch(&self, at: usize) -> Option<AbortOnDropHandle<()>> {
        let Service { check, run, unit, life, .. } = &self.services[at];
        let is_ready = matches!(life.state(), State::Ready | State::Unhealthy);
        let (answers, run) = (self.answers.0.clone(), *run);
        Some(health::watch(check.clone()?, unit.timing, is_ready, move |outcome| {
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
        self.rolling = Rolling::default();
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

impl Service {
    fn new(unit: ServiceUnit, check: Option<Check>) -> Self {
        Self { unit, check, life: Life::new(), process: None, binary: None, run: 0, listed: Listed::Yes }
    }

    fn rules(&self) -> Rules {
        Rules {
            timing: self.unit.timing,
            has_health_check: self.check.is_some(),
            announces: self.unit.notify == Notify::Always,
        }
    }

    /// Returns the variables that are its own.
    fn environment(&self, mark: &OsStr) -> Vec<(&'static str, OsString)> {
        let name = OsString::from(&self.unit.name);
        let mut variables = vec![(strays::MARK, mark.to_owned()), (strays::SERVICE, name)];
        if 1 < self.unit.instance {
            variables.push((INSTANCE, self.unit.instance.to_string().into()));
        }
        variables
    }

    /// Returns what it is run with, unless its place is empty.
    fn present(&self) -> Option<&ServiceUnit> {
        (self.listed != Listed::Gone).then_some(&self.unit)
    }
}

impl Process {
    /// Returns its id as the wire has it.
    fn id(&self) -> u32 {
        self.pid.as_raw_nonzero().get().unsigned_abs()
    }
}

/// Tells what became of a service.
fn tell(name: &str, before: State, life: &Life, output: &Output) {
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
        State::Failed => {
            let last: Vec<String> = output.last_lines(name).into_iter().map(|line| line.text).collect();
            let output = last.join(" | ");
            error!(service.name = name, output, "{name} has failed and is not started again: it {why}");
        }
    }
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
