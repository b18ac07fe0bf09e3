//! What the control socket is told about the services, and what it may have done to them.

use std::io;

use rustix::io::Errno;
use rustix::process::{Signal, pidfd_send_signal};
use tracing::info;

use super::{Fleet, Process, Service};
use crate::config::closest;
use crate::error::{Code, Error, Result};
use crate::ipc::peer::Peer;
use crate::services::supervisor::api::{Reload, Reloaded, ServiceStatus, Services, State};
use crate::services::supervisor::control::{Question, milliseconds};
use crate::services::supervisor::policy::Phase;

impl Fleet {
    /// Answers one question of the control socket.
    pub(super) fn answer(&self, question: Question) {
        // Whoever asked may have left meanwhile.
        match question {
            Question::Status(reply) => drop(reply.send(self.status())),
            Question::Reload(reload, peer, reply) => drop(reply.send(self.reload(&reload, peer))),
        }
    }

    fn status(&self) -> Services {
        Services { services: self.order.starting().map(|at| self.status_of(at)).collect() }
    }

    fn status_of(&self, at: usize) -> ServiceStatus {
        let Service { unit, life, process, .. } = &self.services[at];
        let process = process.as_ref();
        ServiceStatus {
            service: unit.name.clone(),
            state: life.state(),
            why: if life.phase == Phase::Waiting { self.waits_for(at) } else { life.why.clone() },
            pid: process.map(Process::id),
            uptime_ms: process.map(|process| milliseconds(process.since.elapsed())),
            restarts: life.restarts,
            health_us: process
                .and_then(|process| process.latency)
                .map(|latency| u64::try_from(latency.as_micros()).unwrap_or(u64::MAX)),
            problems: process.map(|process| process.problems.clone()).unwrap_or_default(),
        }
    }

    /// Names what a service waits for; a dependency that failed is seen on all that wait for it.
    fn waits_for(&self, at: usize) -> String {
        let waits: Vec<String> = (self.order.needs[at].iter().map(|&needed| &self.services[needed]))
            .filter(|needed| needed.life.state() != State::Ready)
            .map(|needed| match needed.life.state() {
                State::Failed => format!("{}, which failed: {}", needed.unit.name, needed.life.why),
                state => format!("{} ({state})", needed.unit.name),
            })
            .collect();
        format!("waits for {}", waits.join(" and for "))
    }

    fn reload(&self, reload: &Reload, peer: Peer) -> Result<Reloaded> {
        let name = reload.service.as_str();
        let Some(service) = self.services.iter().find(|service| service.unit.name == name) else {
            return Err(self.unknown(name));
        };
        let not_running = || {
            let state = service.life.state();
            Error::new(Code::Conflict, format!("{name} does not run: it is {state} ({})", service.life.why))
                .hint("it reads its configuration when it starts; see `sogo ctl status`")
        };
        let process = service.process.as_ref().ok_or_else(not_running)?;
        // SIGHUP ends a process that has not begun to listen for it.
        if service.life.state() == State::Starting {
            let message = format!("{name} is just starting ({})", service.life.why);
            return Err(
                Error::new(Code::Conflict, message).hint("reload it when it is ready; see `sogo ctl status`")
            );
        }
        let sent = match &process.pidfd {
            Some(pidfd) => pidfd_send_signal(pidfd, Signal::HUP),
            None => Err(Errno::NOSYS),
        };
        match sent {
            Ok(()) => {}
            Err(Errno::SRCH) => return Err(not_running()),
            Err(cause) => {
                let cause = io::Error::from(cause);
                return Err(Error::new(Code::Internal, format!("cannot signal {name}")).caused_by(cause));
            }
        }
        let pid = process.id();
        info!(
            service.name = name,
            process.pid = pid,
            peer.uid = peer.uid,
            peer.pid = peer.pid,
            "Reloading {name}, as user {} asked",
            peer.uid
        );
        Ok(Reloaded { service: name.to_owned(), pid })
    }

    fn unknown(&self, name: &str) -> Error {
        const LONGEST: usize = 64;
        let shown: String = name.chars().take(LONGEST).filter(|letter| !letter.is_control()).collect();
        let names: Vec<&str> = self.order.starting().map(|at| self.services[at].unit.name.as_str()).collect();
        let near = closest(name, names.iter().copied());
        let guess = near.map(|near| format!("did you mean `{near}`? ")).unwrap_or_default();
        Error::new(Code::NotFound, format!("there is no service `{shown}`"))
            .hint(format!("{guess}the services are: {}", names.join(", ")))
    }
}

impl Process {
    /// Returns its id as the wire has it.
    fn id(&self) -> u32 {
        self.pid.as_raw_nonzero().get().unsigned_abs()
    }
}
