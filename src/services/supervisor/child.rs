//! Child processes. One thread starts them all and alone waits for them, so no exit code is ever taken by somebody
//! else: not by a runtime that waits as well, and not by the reaping of orphans that falls to process 1.

mod steps;

use std::collections::HashMap;
use std::ffi::OsString;
use std::fs::File;
use std::io::{self, Seek, Write};
use std::os::fd::OwnedFd;
use std::os::unix::process::CommandExt;
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::ptr;
use std::sync::{Arc, mpsc};
use std::thread;
use std::time::{Duration, Instant};

use rustix::fs::{Gid, MemfdFlags, Uid, fchown, memfd_create};
use rustix::io::Errno;
use rustix::process::{
    Pid, PidfdFlags, Resource, Rlimit, Signal, WaitOptions, WaitStatus, getrlimit, kill_process_group,
    pidfd_open, set_child_subreaper, setrlimit, test_kill_process_group, wait, waitpid,
};
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::mpsc::Sender;
use tokio::sync::{OwnedSemaphorePermit, Semaphore, oneshot};
use tokio_util::task::AbortOnDropHandle;
use tracing::{debug, error};

use self::steps::Steps;
use super::handover::{self, Handed};
use super::notify::{self, Notice};
use super::output::{Capture, Output, Rest};
use crate::config::{Attributes, Identity};
use crate::error::{Code, Error, Result};
use crate::process::table;

/// Whose processes are waited for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Orphans {
    /// Also those that our children leave behind: we become their parent, as process 1 is by nature.
    Adopt,
    /// Only our own, since other code in this process has children too.
    Leave,
}

/// How a service is started.
#[derive(Debug)]
pub(super) struct Launch {
    /// Name of the service.
    pub name: String,
    /// The program.
    pub binary: PathBuf,
    /// Its arguments.
    pub args: Vec<String>,
    /// Variables added to our own environment.
    pub environment: Vec<(&'static str, OsString)>,
    /// What it reads on its standard input; nothing without it.
    pub input: Option<Vec<u8>>,
    /// What it listens on, bound already.
    pub sockets: Vec<Handed>,
    /// Where its output goes.
    pub output: Output,
    /// Who it is, its own variables, its folder and its limits.
    pub attributes: Attributes,
}

/// What became of a service's processes.
#[derive(Debug)]
pub(super) enum Report {
    /// The process runs.
    Spawned {
        /// The service.
        service: usize,
        /// Its process, and the group of that number.
        pid: Pid,
        /// A handle that means this very process, also when its number is used again; `None` on an old kernel.
        pidfd: Option<OwnedFd>,
        /// Its start time, as [`table::Stat`] has it.
        started: u64,
    },
    /// A process of the service said something of it.
    Notified {
        /// The service.
        service: usize,
        /// What it said.
        notice: Notice,
    },
    /// The process could not be started.
    NotSpawned {
        /// The service.
        service: usize,
        /// Why, for a person.
        reason: String,
    },
    /// The process and all others of its group have ended.
    Ended {
        /// The service.
        service: usize,
        /// How the process ended, for a person.
        how: String,
    },
}

/// The handle on the thread; the thread ends with it and leaves the processes alone.
#[derive(Debug)]
pub(super) struct Children {
    orders: mpsc::Sender<Order>,
    notify_socket: String,
    _waking: AbortOnDropHandle<()>,
    _listening: AbortOnDropHandle<()>,
}

enum Order {
    Spawn(usize, Box<Launch>),
    /// Run a program that is no service, for that long at most.
    Run(Box<Launch>, Duration, Done),
    Signal(usize, Signal),
    /// A process says something of its service, whichever that is; its place in the queue is free again with it.
    Notice {
        sender: Pid,
        notice: Notice,
        _place: OwnedSemaphorePermit,
    },
    Reap,
}

/// Tells how a program that is no service ended: well, or what it did instead, for a person.
type Done = oneshot::Sender<Result<(), String>>;

/// Runs programs that are no services.
#[derive(Debug)]
pub(super) struct Runner {
    orders: mpsc::Sender<Order>,
}

/// How often a group is looked at whose leader has ended before the rest of it.
const LOOK: Duration = Duration::from_millis(20);
/// How long the kernel gets to end a group that was killed; what is left then hangs in the kernel.
const AFTER_KILL: Duration = Duration::from_secs(1);
/// Words of services that wait for the thread; the kernel keeps those that follow.
const NOTICES_QUEUED: usize = 64;

impl Children {
    /// Starts the thread; it tells `reports` what happens. Must be called inside a tokio runtime.
    pub(super) fn start(orphans: Orphans, reports: Sender<Report>) -> Result<Self> {
        let cannot = |what: &'static str| {
            move |cause: io::Error| Error::new(Code::Internal, format!("cannot {what}")).caused_by(cause)
        };
        if orphans == Orphans::Adopt {
            set_child_subreaper(Some(rustix::process::getpid()))
                .map_err(|cause| cannot("adopt orphaned processes")(cause.into()))?;
        }
        let mut ended = signal(SignalKind::child()).map_err(cannot("listen for ended processes"))?;
        let notices =
            notify::Inbox::open().map_err(cannot("open the socket on which services say how they are"))?;
        let notify_socket = notices.address.clone();
        let (orders, inbox) = mpsc::channel();
        let open_files = raise_open_files();
        let run = move || Family { orphans, open_files, reports, groups: HashMap::new() }.run(&inbox);
        thread::Builder::new().name("children".to_owned()).spawn(run).map_err(cannot("start a thread"))?;
        let waking = tokio::spawn({
            let orders = orders.clone();
            async move {
                // One at the start, for whoever ended before the handler was there.
                while orders.send(Order::Reap).is_ok() && ended.recv().await.is_some() {}
            }
        });
        let listening = tokio::spawn(pass_on(notices, orders.clone()));
        Ok(Self {
            orders,
            notify_socket,
            _waking: AbortOnDropHandle::new(waking),
            _listening: AbortOnDropHandle::new(listening),
        })
    }

    /// Returns what runs programs that are no services.
    pub(super) fn runner(&self) -> Runner {
        Runner { orders: self.orders.clone() }
    }

    /// Returns the value of `NOTIFY_SOCKET` for the services.
    pub(super) fn notify_socket(&self) -> &str {
        &self.notify_socket
    }

    /// Starts the process of a service, which must not have one.
    pub(super) fn spawn(&self, service: usize, launch: Launch) {
        self.order(Order::Spawn(service, Box::new(launch)));
    }

    /// Sends a signal to the process group of a service, if it has one.
    pub(super) fn signal(&self, service: usize, signal: Signal) {
        self.order(Order::Signal(service, signal));
    }

    fn order(&self, order: Order) {
        self.orders.send(order).expect("the thread takes orders as long as this handle lives");
    }
}

impl Runner {
    /// Runs a program to its end; it is killed, with its whole group, when it takes longer than `limit`. The error ends
    /// a sentence that begins with the program.
    pub(super) async fn run(&self, launch: Launch, limit: Duration) -> Result<(), String> {
        let (done, ended) = oneshot::channel();
        // Without the thread nobody tells, which is the answer.
        let _ = self.orders.send(Order::Run(Box::new(launch), limit, done));
        ended.await.unwrap_or_else(|_| Err("was left alone: the supervisor ends".to_owned()))
    }
}

/// Passes what processes say on to the thread, which knows whose they are.
async fn pass_on(notices: notify::Inbox, orders: mpsc::Sender<Order>) {
    let room = Arc::new(Semaphore::new(NOTICES_QUEUED));
    while let Ok(place) = Arc::clone(&room).acquire_owned().await {
        match notices.receive().await {
            Ok((sender, notice)) => {
                if orders.send(Order::Notice { sender, notice, _place: place }).is_err() {
                    return;
                }
            }
            Err(cause) => {
                return error!(error = %cause, "Cannot hear what services say of themselves: {cause}");
            }
        }
    }
}

/// What the thread knows: the process groups of the services, by the number of their leader.
struct Family {
    orphans: Orphans,
    /// The limit that services get, as it was before we raised ours.
    open_files: Rlimit,
    reports: Sender<Report>,
    groups: HashMap<Pid, Group>,
}

struct Group {
    owner: Owner,
    /// Whether TERM or KILL was sent: then the rest of the group gets its time after the leader's end.
    told_to_end: bool,
    /// How the leader ended.
    ended: Option<WaitStatus>,
    /// When the rest of the group is no longer waited for.
    give_up: Option<Instant>,
    /// What it has written and was not read yet.
    output: Rest,
}

/// Whose a process group is.
enum Owner {
    /// This service's.
    Service(usize),
    /// A program's that has this long, until then.
    Program { limit: Duration, until: Instant, done: Done },
}

impl Owner {
    fn service(&self) -> Option<usize> {
        match self {
            Self::Service(service) => Some(*service),
            Self::Program { .. } => None,
        }
    }
}

impl Family {
    fn run(mut self, inbox: &mpsc::Receiver<Order>) {
        loop {
            let has_to_look = |group: &Group| group.ended.is_some() || group.owner.service().is_none();
            let order = if self.groups.values().any(has_to_look) {
                inbox.recv_timeout(LOOK)
            } else {
                inbox.recv().map_err(|_| mpsc::RecvTimeoutError::Disconnected)
            };
            match order {
                Ok(Order::Spawn(service, launch)) => self.spawn(service, &launch),
                Ok(Order::Run(launch, limit, done)) => self.run_program(&launch, limit, done),
                Ok(Order::Signal(service, signal)) => self.signal(service, signal),
                Ok(Order::Notice { sender, notice, .. }) => self.notice(sender, notice),
                Ok(Order::Reap) => self.reap(),
                Err(mpsc::RecvTimeoutError::Timeout) => {}
                Err(mpsc::RecvTimeoutError::Disconnected) => return,
            }
            self.end_overdue();
            self.report_ended();
        }
    }

    fn report(&self, report: Report) {
        // Nobody listens any more when the supervisor has ended.
        let _ = self.reports.blocking_send(report);
    }

    fn spawn(&mut self, service: usize, launch: &Launch) {
        let (pid, output) = match start(launch, self.open_files) {
            Ok(started) => started,
            Err(cause) => {
                let reason = format!("{} cannot be started: {cause}", launch.binary.display());
                return self.report(Report::NotSpawned { service, reason });
            }
        };
        self.groups.insert(pid, Group::new(Owner::Service(service), output));
        // Nobody but this thread reaps it, so until then the number means this process.
        let pidfd = pidfd_open(pid, PidfdFlags::empty()).ok();
        let started = table::stat(pid).map_or(0, |stat| stat.started);
        self.report(Report::Spawned { service, pid, pidfd, started });
    }

    fn run_program(&mut self, launch: &Launch, limit: Duration, done: Done) {
        match start(launch, self.open_files) {
            Ok((pid, output)) => {
                let until = Instant::now() + limit;
                self.groups.insert(pid, Group::new(Owner::Program { limit, until, done }, output));
            }
            // Whoever asked may have left.
            Err(cause) => drop(done.send(Err(format!("cannot be started: {cause}")))),
        }
    }

    /// Ends programs that are no services and have had their time.
    fn end_overdue(&mut self) {
        let now = Instant::now();
        for (&leader, group) in &mut self.groups {
            if matches!(group.owner, Owner::Program { until, .. } if until <= now && !group.told_to_end) {
                group.kill(leader);
            }
        }
    }

    fn signal(&mut self, service: usize, signal: Signal) {
        let of_service = |group: &Group| group.owner.service() == Some(service);
        for (&leader, group) in self.groups.iter_mut().filter(|(_, group)| of_service(group)) {
            group.told_to_end |= signal == Signal::TERM;
            if signal == Signal::KILL {
                group.kill(leader);
            } else {
                // It ended just now when this fails, and that is reported next.
                let _ = kill_process_group(leader, signal);
            }
        }
    }

    /// Reports what a process says, if it is one of a service: everybody can write to the socket.
    fn notice(&self, sender: Pid, notice: Notice) {
        let Some(service) = self.service_of(sender) else {
            return debug!(process.pid = sender.as_raw_nonzero(), "No service's process said {notice:?}");
        };
        self.report(Report::Notified { service, notice });
    }

    /// Finds the service of a process: it is of its group, or below one that is.
    fn service_of(&self, mut process: Pid) -> Option<usize> {
        let of_group =
            |leader: Pid| self.groups.get(&leader).filter(|group| group.ended.is_none())?.owner.service();
        loop {
            let stat = table::stat(process)?;
            let found = of_group(process).or_else(|| of_group(Pid::from_raw(stat.group)?));
            if found.is_some() {
                return found;
            }
            process = Pid::from_raw(stat.parent)?;
        }
    }

    /// Takes the exit codes of all processes that have ended.
    fn reap(&mut self) {
        match self.orphans {
            Orphans::Adopt => {
                while let Ok(Some((pid, status))) = wait(WaitOptions::NOHANG) {
                    self.ended(pid, status);
                }
            }
            Orphans::Leave => {
                let running: Vec<Pid> = self
                    .groups
                    .iter()
                    .filter(|(_, group)| group.ended.is_none())
                    .map(|(pid, _)| *pid)
                    .collect();
                for pid in running {
                    if let Ok(Some((pid, status))) = waitpid(Some(pid), WaitOptions::NOHANG) {
                        self.ended(pid, status);
                    }
                }
            }
        }
    }

    fn ended(&mut self, pid: Pid, status: WaitStatus) {
        // The number of a group that lives on after its leader cannot be used again, so a known one is ours.
        let Some(group) = self.groups.get_mut(&pid) else {
            return debug!(process.pid = pid.as_raw_nonzero(), "Reaped an orphan");
        };
        group.ended = Some(status);
        if !group.told_to_end {
            // A second copy must not start beside what a crash left behind.
            group.kill(pid);
        }
    }

    /// Reports the services whose whole group has ended.
    fn report_ended(&mut self) {
        let now = Instant::now();
        let gone = |pid: Pid, group: &Group| {
            group.ended.is_some() && (is_empty(pid) || group.give_up.is_some_and(|give_up| give_up <= now))
        };
        let pids: Vec<Pid> =
            self.groups.iter().filter(|(pid, group)| gone(**pid, group)).map(|(pid, _)| *pid).collect();
        for pid in pids {
            let Some(Group { owner, ended: Some(status), output, .. }) = self.groups.remove(&pid) else {
                continue;
            };
            // Who hears of the end may ask for the last lines.
            output.read();
            match owner {
                Owner::Service(service) => self.report(Report::Ended { service, how: describe(status) }),
                // Whoever asked may have left.
                Owner::Program { limit, until, done } => {
                    drop(done.send(outcome(status, limit, until <= now)));
                }
            }
        }
    }
}

/// Tells whether nobody of a process group runs. One who has ended and whose parent does not care is still counted
/// by the kernel.
fn is_empty(group: Pid) -> bool {
    test_kill_process_group(group) == Err(Errno::SRCH)
        || table::all()
            .filter_map(table::stat)
            .all(|stat| stat.zombie || stat.group != group.as_raw_nonzero().get())
}

/// Says how a program that is no service ended.
fn outcome(status: WaitStatus, limit: Duration, was_overdue: bool) -> Result<(), String> {
    match status.exit_status() {
        Some(0) => Ok(()),
        None if was_overdue => Err(format!("took longer than {limit:?} and was killed")),
        _ => Err(describe(status)),
    }
}

impl Group {
    fn new(owner: Owner, output: Rest) -> Self {
        Self { owner, told_to_end: false, ended: None, give_up: None, output }
    }

    fn kill(&mut self, leader: Pid) {
        self.told_to_end = true;
        self.give_up.get_or_insert_with(|| Instant::now() + AFTER_KILL);
        // Nothing is left of it when this fails.
        let _ = kill_process_group(leader, Signal::KILL);
    }
}

/// Lets us open as many files as we may: each service takes four. Returns the limit before that.
fn raise_open_files() -> Rlimit {
    let limit = getrlimit(Resource::Nofile);
    if let Err(cause) = setrlimit(Resource::Nofile, Rlimit { current: limit.maximum, ..limit }) {
        // It goes on with what there is.
        debug!(error = %cause, "Cannot raise the limit of open files: {cause}");
    }
    limit
}

/// Variables that speak to the process they were set for: to us.
const NOT_INHERITED: [&str; 6] =
    ["NOTIFY_SOCKET", "LISTEN_PID", "LISTEN_FDS", "LISTEN_FDNAMES", "WATCHDOG_PID", "WATCHDOG_USEC"];

/// Starts the process; with it comes our end of what it prints.
fn start(launch: &Launch, open_files: Rlimit) -> io::Result<(Pid, Rest)> {
    let steps = Arc::new(Steps::of(&launch.attributes)?);
    // It is looked for when the child has entered its own folder.
    let mut command = Command::new(std::path::absolute(&launch.binary)?);
    command.arg0(&launch.binary).args(&launch.args).stdin(input(launch)?).process_group(0);
    for name in NOT_INHERITED {
        command.env_remove(name);
    }
    command.envs(launch.attributes.environment());
    command.envs(launch.environment.iter().map(|(name, value)| (name, value)));
    let Capture { stdout, stderr, rest } = launch.output.capture(&launch.name)?;
    if let Some(Identity { uid, gid, .. }) = launch.attributes.identity {
        // By its name, `/dev/stdout`, only the owner of a pipe may open it.
        for pipe in [&stdout, &stderr] {
            fchown(pipe, Some(Uid::from_raw(uid)), Some(Gid::from_raw(gid)))?;
        }
    }
    command.stdout(stdout).stderr(stderr);
    #[allow(unsafe_code, reason = "what a child inherits can only be cleaned between fork and exec")]
    // SAFETY: `clean` and the steps make system calls that are safe after a fork, and neither allocate nor lock.
    unsafe {
        let steps = Arc::clone(&steps);
        command.pre_exec(move || {
            let _ = setrlimit(Resource::Nofile, open_files);
            clean();
            steps.take()
        });
    }
    let _held = handover::hand_over(&mut command, &launch.sockets)?;
    match command.spawn() {
        Ok(child) => Ok((Pid::from_child(&child), rest)),
        Err(cause) => Err(steps.explain(&cause).map_or(cause, io::Error::other)),
    }
}

/// Returns what the process reads: a file that is no file, so that nobody has to wait until it was read.
fn input(launch: &Launch) -> io::Result<Stdio> {
    let Some(input) = &launch.input else { return Ok(Stdio::null()) };
    let mut file = File::from(memfd_create("input", MemfdFlags::CLOEXEC)?);
    file.write_all(input)?;
    file.rewind()?;
    Ok(file.into())
}

/// Runs in the child: no descriptor but the first three survives the exec, and no signal stays ignored. The standard
/// library resets the signal mask itself, and handlers end with the exec.
#[allow(unsafe_code, reason = "no safe wrapper offers close_range and sigaction")]
fn clean() {
    const LAST_SIGNAL: libc::c_int = 64;
    // The kernel's sigaction: handler, flags, restorer and a mask of 64 signals, of which zeros are the default.
    const DEFAULT: [u64; 4] = [0; 4];
    const MASK_BYTES: usize = size_of::<u64>();
    // SAFETY: the kernel reads `DEFAULT` and writes nothing. Descriptors are only marked, so the one on which a
    // failed exec is told works on; an old kernel without close_range leaves what others gave us without the mark.
    unsafe {
        libc::syscall(libc::SYS_close_range, 3, libc::c_uint::MAX, libc::CLOSE_RANGE_CLOEXEC);
        for signal in 1..=LAST_SIGNAL {
            // Not sigaction(3), which refuses the signals that the C library keeps for itself. KILL and STOP fail.
            let none = ptr::null_mut::<u64>();
            libc::syscall(libc::SYS_rt_sigaction, signal, DEFAULT.as_ptr(), none, MASK_BYTES);
        }
    }
}

fn describe(status: WaitStatus) -> String {
    match (status.exit_status(), status.terminating_signal()) {
        (Some(code), _) => format!("ended with exit code {code}"),
        (None, Some(number)) => format!("was killed by {}", signal_name(number)),
        (None, None) => "ended".to_owned(),
    }
}

fn signal_name(number: i32) -> String {
    let named = [
        (Signal::HUP, "SIGHUP"),
        (Signal::INT, "SIGINT"),
        (Signal::QUIT, "SIGQUIT"),
        (Signal::ILL, "SIGILL"),
        (Signal::TRAP, "SIGTRAP"),
        (Signal::ABORT, "SIGABRT"),
        (Signal::BUS, "SIGBUS"),
        (Signal::FPE, "SIGFPE"),
        (Signal::KILL, "SIGKILL"),
        (Signal::USR1, "SIGUSR1"),
        (Signal::SEGV, "SIGSEGV"),
        (Signal::USR2, "SIGUSR2"),
        (Signal::PIPE, "SIGPIPE"),
        (Signal::ALARM, "SIGALRM"),
        (Signal::TERM, "SIGTERM"),
        (Signal::XCPU, "SIGXCPU"),
        (Signal::SYS, "SIGSYS"),
    ];
    let name = named.iter().find(|(signal, _)| signal.as_raw() == number).map(|(_, name)| (*name).to_owned());
    name.unwrap_or_else(|| format!("signal {number}"))
}
