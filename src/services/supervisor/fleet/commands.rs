//! What operators have done to the services.

use std::io;

use rustix::io::Errno;
use rustix::process::{Signal, pidfd_send_signal};
use tracing::info;

use super::{Fleet, Listed, Service};
use crate::config::closest;
use crate::error::{Code, Error, Result};
use crate::ipc::peer::Peer;
use crate::services::supervisor::api::{Reload, Reloaded, State, Steered, SteeredService};
use crate::services::supervisor::control::Command;
use crate::services::supervisor::policy::Event;

impl Fleet {
    /// Has services start, stop or restart.
    ///
    /// # Errors
    /// [`Code::NotFound`] for a service that there is not; then nothing is done. [`Code::Unavailable`] while all stops.
    pub(super) fn steer(&mut self, command: Command, names: &[String], peer: Peer) -> Result<Steered> {
        let found = self.find(names)?;
        if self.stopping.is_some() {
            return Err(Error::new(Code::Unavailable, "sogoctl is ending, and all services with it"));
        }
        let before: Vec<_> = found.iter().map(|&at| self.outline(at)).collect();
        let (verb, done) = match command {
            Command::Start => ("Starting", "started"),
            Command::Stop => ("Stopping", "stopped"),
            Command::Restart => ("Restarting", "restarted"),
        };
        let why = format!("was {done} by user {}", peer.uid);
        for &at in &found {
            let name = &self.services[at].unit.name;
            info!(
                service.name = name,
                peer.uid = peer.uid,
                peer.pid = peer.pid,
                "{verb} {name}, as user {} asked",
                peer.uid
            );
            match command {
                Command::Start => self.step(at, Event::Start(why.clone())),
                Command::Stop => {
                    self.rolling.forget(at);
                    self.step(at, Event::Stop(why.clone()));
                }
                Command::Restart => self.rolling.push(at, why.clone()),
            }
        }
        self.advance();
        let services = (found.iter().zip(before))
            .map(|(&at, before)| {
                let (state, why) = self.outline(at);
                let changed = before != (state, why.clone()) || self.rolling.has(at);
                SteeredService { service: self.services[at].unit.name.clone(), changed, state, why }
            })
            .collect();
        Ok(Steered { services })
    }

    fn outline(&self, at: usize) -> (State, String) {
        (self.services[at].life.state(), self.why_of(at))
    }

    /// Returns the places of the services of these names, each once.
    ///
    /// # Errors
    /// [`Code::Validation`] without any name, [`Code::NotFound`] for one that there is not.
    pub(super) fn find(&self, names: &[String]) -> Result<Vec<usize>> {
        if names.is_empty() {
            return Err(
                Error::new(Code::Validation, "`services` names no service").field("services", "is empty")
            );
        }
        let mut found = Vec::with_capacity(names.len());
        for name in names {
            let place = |service: &Service| service.listed == Listed::Yes && service.unit.name == *name;
            let at = self.services.iter().position(place).ok_or_else(|| self.unknown(name))?;
            if !found.contains(&at) {
                found.push(at);
            }
        }
        Ok(found)
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

    /// Has a service read its configuration anew.
    ///
    /// # Errors
    /// [`Code::NotFound`] for a service that there is not, [`Code::Conflict`] for one that does not run or just starts.
    pub(super) fn reload(&self, reload: &Reload, peer: Peer) -> Result<Reloaded> {
        let at = self.find(std::slice::from_ref(&reload.service))?[0];
        let service = &self.services[at];
        let name = service.unit.name.as_str();
        let not_running = || {
            let state = service.life.state();
            Error::new(Code::Conflict, format!("{name} does not run: it is {state} ({})", self.why_of(at)))
                .hint("it reads its configuration when it starts; see `sogo ctl status`")
        };
        let process = service.process.as_ref().ok_or_else(not_running)?;
        // SIGHUP ends a process that has not begun to listen for it.
        let state = service.life.state();
        if matches!(state, State::Starting | State::Stopping) {
            let message = format!("{name} is just {state} ({})", service.life.why);
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
}
