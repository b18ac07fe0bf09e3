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
            Command::Upgrade => ("Upgrading", "upgraded"),
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
                Command::Restart | Command::Upgrade => self.rolling.push(at, why.clone()),
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

    pub(super) fn outline(&self, at: usize) -> (State, String) {
        (self.services[at].life.state(), self.why_of(at))
    }

    /// Returns the place of the one service of this name.
    ///
    /// # Errors
    /// [`Code::NotFound`] when there is none, [`Code::Validation`] when it has several instances.
    pub(super) fn find_one(&self, name: &str) -> Result<usize> {
        match self.find(&[name.to_owned()])?[..] {
            [at] => Ok(at),
            ref several => {
                let first = &self.services[several[0]].unit.name;
                Err(Error::new(Code::Validation, format!("{name} has {} instances", several.len()))
                    .hint(format!("name one of them, such as {first}")))
            }
        }
    }

    /// Returns the places of the services of these names, each once; the name of a service means all its instances.
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
            let is_meant = |&at: &usize| {
                let Service { listed, unit, .. } = &self.services[at];
                *listed == Listed::Yes && [&unit.name, &unit.service].contains(&name)
            };
            let places: Vec<usize> = (0..self.services.len()).filter(is_meant).collect();
            if places.is_empty() {
                return Err(self.unknown(name));
            }
            for at in places {
                if !found.contains(&at) {
                    found.push(at);
                }
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

    /// Has a service read its configuration anew, all its instances alike.
    ///
    /// # Errors
    /// [`Code::NotFound`] for a service that there is not, [`Code::Conflict`] for one that does not run or just starts; then
    /// none of its instances is told.
    pub(super) fn reload(&self, reload: &Reload, peer: Peer) -> Result<Reloaded> {
        let all = self.find(std::slice::from_ref(&reload.service))?;
        // An instance that does not run reads it when it starts, but one has to be there.
        let runs = |at: &usize| self.services[*at].process.is_some();
        let running: Vec<usize> =
            if all.iter().any(runs) { all.into_iter().filter(runs).collect() } else { all };
        for &at in &running {
            self.can_be_reloaded(at)?;
        }
        let mut pids = running.iter().map(|&at| self.hang_up(at, peer)).collect::<Result<Vec<u32>>>()?;
        let pid = pids.remove(0);
        Ok(Reloaded { service: reload.service.clone(), pid, others: pids })
    }

    fn can_be_reloaded(&self, at: usize) -> Result<()> {
        let service = &self.services[at];
        if service.process.is_none() {
            return Err(self.not_running(at));
        }
        // SIGHUP ends a process that has not begun to listen for it.
        let (name, state) = (&service.unit.name, service.life.state());
        if matches!(state, State::Starting | State::Stopping) {
            let message = format!("{name} is just {state} ({})", service.life.why);
            return Err(
                Error::new(Code::Conflict, message).hint("reload it when it is ready; see `sogo ctl status`")
            );
        }
        Ok(())
    }

    fn not_running(&self, at: usize) -> Error {
        let Service { unit, life, .. } = &self.services[at];
        let message = format!("{} does not run: it is {} ({})", unit.name, life.state(), self.why_of(at));
        Error::new(Code::Conflict, message)
            .hint("it reads its configuration when it starts; see `sogo ctl status`")
    }

    /// Sends SIGHUP to the process of a service and returns its id.
    fn hang_up(&self, at: usize, peer: Peer) -> Result<u32> {
        let service = &self.services[at];
        let name = service.unit.name.as_str();
        let process = service.process.as_ref().ok_or_else(|| self.not_running(at))?;
        let sent = match &process.pidfd {
            Some(pidfd) => pidfd_send_signal(pidfd, Signal::HUP),
            None => Err(Errno::NOSYS),
        };
        match sent {
            Ok(()) => {}
            Err(Errno::SRCH) => return Err(self.not_running(at)),
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
        Ok(pid)
    }
}
