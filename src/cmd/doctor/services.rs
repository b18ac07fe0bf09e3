//! The services: their sockets, whether they answer, and whether they are of this version.

use std::fs;
use std::io;
use std::net::{SocketAddr, TcpListener};
use std::os::unix::fs::{FileTypeExt as _, MetadataExt as _};
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};

use super::finding::{Finding, Group};
use crate::cmd::context::{Context, client};
use crate::cmd::expected::expected;
use crate::cmd::ping;
use crate::cmd::text::shell_word;
use crate::config::{self, Registry};
use crate::ipc::Api as _;
use crate::process::group;
use crate::services::health::Health;
use crate::services::supervisor::api::{ServiceStatus, State, Status};
use crate::services::{SERVICES, gateway, supervisor};

/// What was seen.
#[derive(Debug, Default)]
pub(super) struct Facts {
    services: Vec<ServiceFact>,
    /// What the supervisor says of its services; `None` when it does not answer.
    states: Option<Vec<ServiceStatus>>,
    /// The gateway's address, when something that is not ours listens there.
    taken: Option<SocketAddr>,
}

/// One service of ours, and its socket.
#[derive(Debug)]
struct ServiceFact {
    name: &'static str,
    socket: PathBuf,
    file: Socket,
    answer: Answer,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Socket {
    Absent,
    /// A file of another kind has its name.
    Other,
    There {
        mode: u32,
        owner: u32,
    },
}

#[derive(Debug)]
enum Answer {
    Health(Health),
    /// Nobody listens.
    Refused,
    /// This user may not ask.
    Forbidden,
    /// It was asked and something else came of it.
    Failed(String),
}

/// A process of a service that answered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Running {
    pub(super) service: &'static str,
    pub(super) pid: u32,
    pub(super) uid: u32,
    /// Its group and the supplementary ones.
    pub(super) groups: Vec<u32>,
}

/// Asks every service of ours.
pub(super) async fn look(context: &Context, registry: &Registry) -> Facts {
    let mut facts = Facts::default();
    for entry in expected(context) {
        let socket = match entry.name {
            supervisor::api::Request::NAME => context.places.control(),
            name => context.places.socket(name, 1),
        };
        let file = Socket::look(&socket);
        let answer = Answer::ask(&socket, entry.name, file).await;
        facts.services.push(ServiceFact { name: entry.name, socket, file, answer });
    }
    let supervisor = client::<supervisor::api::Request>(&context.places.control());
    facts.states = supervisor.call(Status {}).await.ok().map(|reply| reply.services);
    if facts.health(gateway::api::Request::NAME).is_none() {
        let units = config::supervisor::load(&context.places.config).value.map(|units| units.services);
        let gateway = units.iter().flatten().find(|unit| unit.name == gateway::api::Request::NAME);
        let configured = registry.settings.gateway.listen;
        let address = gateway.map_or(configured, |unit| unit.tcp_address(configured));
        let bound = TcpListener::bind(address);
        // What the supervisor listens on itself is taken by nobody else.
        let is_held = facts.states.is_some() && gateway.is_some_and(|unit| !unit.listen.is_empty());
        let is_taken = bound.is_err_and(|cause| cause.kind() == io::ErrorKind::AddrInUse);
        facts.taken = (is_taken && !is_held).then_some(address);
    }
    facts
}

impl Socket {
    fn look(path: &Path) -> Self {
        match fs::symlink_metadata(path) {
            Ok(found) if found.file_type().is_socket() => {
                Self::There { mode: found.mode() & 0o777, owner: found.uid() }
            }
            Ok(_) => Self::Other,
            Err(_) => Self::Absent,
        }
    }
}

impl Answer {
    async fn ask(socket: &Path, service: &str, file: Socket) -> Self {
        if !matches!(file, Socket::There { .. }) {
            return Self::Refused;
        }
        // The client tells both in one way; what is to be done about them differs.
        match UnixStream::connect(socket).map_err(|cause| cause.kind()) {
            Err(io::ErrorKind::PermissionDenied) => return Self::Forbidden,
            Err(_) => return Self::Refused,
            Ok(_) => {}
        }
        match ping::health(socket, service).await {
            Ok(health) => Self::Health(health),
            Err(error) if error.code == crate::error::Code::Forbidden => Self::Forbidden,
            Err(error) => Self::Failed(error.message.into_owned()),
        }
    }
}

impl Facts {
    /// Returns the processes of the services that answer.
    pub(super) fn running(&self) -> Vec<Running> {
        let process = |service: &ServiceFact| {
            let Answer::Health(health) = &service.answer else { return None };
            let (uid, groups) = group::credentials(health.pid)?;
            Some(Running { service: service.name, pid: health.pid, uid, groups })
        };
        self.services.iter().filter_map(process).collect()
    }

    fn health(&self, name: &str) -> Option<&Health> {
        self.services.iter().find(|service| service.name == name).and_then(|service| match &service.answer {
            Answer::Health(health) => Some(health),
            _ => None,
        })
    }

    fn state(&self, name: &str) -> Option<&ServiceStatus> {
        self.states.as_ref()?.iter().find(|status| status.service == name)
    }
}

/// Decides what the facts mean.
pub(super) fn findings(facts: &Facts) -> Vec<Finding> {
    let mut findings: Vec<Finding> =
        facts.services.iter().flat_map(|service| of_service(service, facts)).collect();
    findings.extend(facts.states.iter().flatten().filter(|status| is_foreign(status)).filter_map(of_state));
    if let Some(address) = facts.taken {
        findings.push(
            Group::Services
                .serious(format!("another program listens on {address}, where sogoway is to"))
                .mend(format!("ss -ltnp 'sport = :{}'", address.port())),
        );
    }
    findings
}

fn is_foreign(status: &ServiceStatus) -> bool {
    SERVICES.iter().all(|entry| entry.name != status.service)
}

fn of_service(service: &ServiceFact, facts: &Facts) -> Vec<Finding> {
    let mut findings = Vec::new();
    findings.extend(of_file(service));
    findings.extend(of_answer(service, facts));
    findings
}

fn of_file(service: &ServiceFact) -> Option<Finding> {
    let (group, name) = (Group::Services, service.name);
    let path = service.socket.display();
    let word = shell_word(&path.to_string());
    match service.file {
        Socket::Other => Some(
            group
                .serious(format!("{path} is not a socket, so {name} cannot start"))
                .mend(format!("ls -l {word}; move it away")),
        ),
        Socket::There { mode, .. } if mode & 0o007 != 0 => Some(
            group
                .serious(format!("the socket of {name} is open to everybody on this machine"))
                .why(format!("{path} has mode {mode:04o}, and 0660 is enough"))
                .mend(format!("chmod 0660 {word}")),
        ),
        Socket::There { .. } | Socket::Absent => None,
    }
}

fn of_answer(service: &ServiceFact, facts: &Facts) -> Option<Finding> {
    let (group, name) = (Group::Services, service.name);
    let path = service.socket.display();
    match &service.answer {
        Answer::Health(health) => Some(of_health(name, health)),
        Answer::Forbidden => Some(
            group
                .serious(format!("this user may not ask {name}"))
                .why(match service.file {
                    Socket::There { mode, owner } => {
                        format!("{path} belongs to user {owner}, mode {mode:04o}")
                    }
                    Socket::Absent | Socket::Other => format!("{path} cannot be looked at"),
                })
                .mend("run `sogo doctor` as that user, as root, or as a member of `ipc.group`"),
        ),
        Answer::Failed(why) => Some(
            group
                .serious(format!("{name} does not answer as it should"))
                .why(why.clone())
                .mend("sogo ctl status; the log is sogoctl.log in the folder of logs"),
        ),
        Answer::Refused if name == supervisor::api::Request::NAME => Some(nobody_supervises(facts)),
        Answer::Refused => match facts.state(name) {
            Some(status) => of_state(status),
            // One that this sogoctl.yaml does not start is not missed, unless it left something behind.
            None => matches!(service.file, Socket::There { .. }).then(|| {
                group
                    .warning(format!("{path} is left over: nobody listens there"))
                    .why(format!("{name} was killed; its next start removes it"))
                    .mend("sogo ctl run")
            }),
        },
    }
}

fn nobody_supervises(facts: &Facts) -> Finding {
    let running: Vec<&str> = (facts.services.iter())
        .filter(|service| matches!(service.answer, Answer::Health(_)))
        .map(|service| service.name)
        .collect();
    let finding = if running.is_empty() {
        Group::Services.serious("sogoctl does not run, so nothing is served")
    } else {
        Group::Services
            .serious("sogoctl does not run, so nobody restarts what fails")
            .why(format!("still running from an earlier start: {}", running.join(", ")))
    };
    finding.mend("sogo ctl run (it takes over what still runs)")
}

fn of_health(name: &str, health: &Health) -> Finding {
    let (group, ours) = (Group::Services, env!("CARGO_PKG_VERSION"));
    if health.version != ours {
        return group
            .warning(format!("{name} is version {}, and this program {ours}", health.version))
            .why("it was started before the program was replaced, or another one is linked")
            .mend(match name {
                supervisor::api::Request::NAME => "restart sogoctl".to_owned(),
                _ => format!(
                    "sogo ctl restart {name}; `sogo install --links DIR` turns the links to this program"
                ),
            });
    }
    match health.problems.first() {
        Some(first) => group
            .warning(format!("{name} goes on with an older configuration: what is there now is wrong"))
            .why(first.clone())
            .mend(match name {
                supervisor::api::Request::NAME => "sogo check, and then sogo ctl reload".to_owned(),
                _ => format!("sogo check, and then sogo ctl reload {name}"),
            }),
        None => group.ok(format!("{name} answers (pid {})", health.pid)),
    }
}

/// Judges a service by what the supervisor says of it; `None` when it is as it should be.
fn of_state(status: &ServiceStatus) -> Option<Finding> {
    let (group, name) = (Group::Services, &status.service);
    let finding = match status.state {
        State::Ready => return None,
        State::Stopped => {
            let stopped = group.serious(format!("{name} is stopped")).why(status.why.clone());
            return Some(stopped.mend(format!("sogo ctl start {name}")));
        }
        State::Starting | State::Stopping => group.warning(format!("{name} is {}", status.state)),
        State::Waiting | State::Unhealthy | State::Backoff | State::Failed => {
            group.serious(format!("{name} is {}", status.state))
        }
    };
    Some(
        finding
            .why(status.why.clone())
            .mend("the log is sogoctl.log in the folder of logs; sogo ctl status --watch"),
    )
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::super::finding::told;
    use super::*;

    const THERE: Socket = Socket::There { mode: 0o660, owner: 0 };

    fn service(name: &'static str, file: Socket, answer: Answer) -> ServiceFact {
        ServiceFact { name, socket: format!("/run/{name}.sock").into(), file, answer }
    }

    fn well(name: &'static str) -> ServiceFact {
        service(name, THERE, Answer::Health(Health::of(name, Duration::ZERO, Vec::new())))
    }

    fn status(name: &str, state: State) -> ServiceStatus {
        ServiceStatus {
            service: name.to_owned(),
            state,
            why: "ended with exit code 9".to_owned(),
            pid: None,
            uptime_ms: None,
            restarts: 3,
            health_us: None,
            usage: None,
            says: None,
            problems: Vec::new(),
            output: Vec::new(),
        }
    }

    #[test]
    fn services_are_judged_by_socket_answer_and_state() {
        let old = Health { version: "1.9.0".to_owned(), ..Health::of("sogoway", Duration::ZERO, Vec::new()) };
        let wrong = Health::of("sogoway", Duration::ZERO, vec!["app.yaml:3: …".to_owned()]);
        let states = Some(vec![status("sogoms-db", State::Failed), status("mail-relay", State::Backoff)]);
        for (services, states, expected) in [
            (
                vec![service("sogoctl", Socket::Absent, Answer::Refused)],
                None,
                vec!["serious: sogoctl does not run, so nothing is served"],
            ),
            (
                vec![service("sogoway", THERE, Answer::Health(old))],
                None,
                vec![concat!(
                    "warning: sogoway is version 1.9.0, and this program ",
                    env!("CARGO_PKG_VERSION")
                )],
            ),
            (
                vec![service("sogoway", THERE, Answer::Health(wrong))],
                None,
                vec!["warning: sogoway goes on with an older configuration: what is there now is wrong"],
            ),
            (
                vec![service("sogoms-db", THERE, Answer::Refused)],
                None,
                vec!["warning: /run/sogoms-db.sock is left over: nobody listens there"],
            ),
            (
                vec![service("sogoms-db", Socket::Absent, Answer::Refused)],
                states,
                vec!["serious: sogoms-db is failed", "serious: mail-relay is backoff"],
            ),
            (
                vec![service("sogoms-db", Socket::Other, Answer::Refused)],
                None,
                vec!["serious: /run/sogoms-db.sock is not a socket, so sogoms-db cannot start"],
            ),
            (
                vec![service(
                    "sogoms-db",
                    Socket::There { mode: 0o666, owner: 0 },
                    Answer::Failed("frame too large".to_owned()),
                )],
                None,
                vec![
                    "serious: the socket of sogoms-db is open to everybody on this machine",
                    "serious: sogoms-db does not answer as it should",
                ],
            ),
            (
                vec![service("sogoms-db", THERE, Answer::Forbidden)],
                None,
                vec!["serious: this user may not ask sogoms-db"],
            ),
        ] {
            let facts = Facts { services, states, taken: None };
            assert_eq!(told(&findings(&facts)), expected);
        }
    }

    #[test]
    fn services_without_a_supervisor_are_told_of() {
        let services = vec![service("sogoctl", THERE, Answer::Refused), well("sogoms-db")];
        let facts = Facts { services, ..Facts::default() };
        let findings = findings(&facts);
        let pid = std::process::id();
        assert_eq!(
            told(&findings),
            [
                "serious: sogoctl does not run, so nobody restarts what fails".to_owned(),
                format!("ok: sogoms-db answers (pid {pid})")
            ]
        );
        assert_eq!(findings[0].why.as_deref(), Some("still running from an earlier start: sogoms-db"));
    }
}
