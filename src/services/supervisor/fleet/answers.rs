//! What the control socket is told about the services.

use std::time::Instant;

use tokio::sync::oneshot;

use super::{Fleet, Process, Service};
use crate::error::{Code, Error, Result};
use crate::services::supervisor::api::{Detail, Events, Neighbour, ServiceStatus, Services, State, Why};
use crate::services::supervisor::control::{EventStream, Question, milliseconds};
use crate::services::supervisor::policy::{Phase, Then};

/// Events of a service that its detail shows.
const LATEST: usize = 10;

impl Fleet {
    /// Answers one question of the control socket.
    pub(super) fn answer(&mut self, question: Question) {
        fn tell<T>(reply: oneshot::Sender<T>, answer: T) {
            // Whoever asked may have left meanwhile.
            let _ = reply.send(answer);
        }
        match question {
            Question::Status(reply) => tell(reply, self.status()),
            Question::Why(why, reply) => tell(reply, self.detail(&why)),
            Question::Steer(command, names, peer, reply) => tell(reply, self.steer(command, &names, peer)),
            Question::Upgradable(names, reply) => tell(reply, self.upgradable(&names)),
            Question::Reload(reload, peer, reply) => tell(reply, self.reload(&reload, peer)),
            Question::Apply(newer, how, reply) => tell(reply, self.apply(newer, how.dry_run)),
            Question::Wait(wait, reply) => self.wait(&wait, reply),
            Question::Names(names, reply) => tell(reply, self.names(&names)),
            Question::Events(events, reply) => tell(reply, self.events(events)),
        }
    }

    fn status(&self) -> Services {
        Services { services: self.order.starting().map(|at| self.status_of(at)).collect() }
    }

    /// Returns the state of one service.
    pub(super) fn status_of(&self, at: usize) -> ServiceStatus {
        let Service { unit, life, process, .. } = &self.services[at];
        let process = process.as_ref();
        ServiceStatus {
            service: unit.name.clone(),
            state: life.state(),
            why: self.why_of(at),
            pid: process.map(Process::id),
            uptime_ms: process.map(|process| milliseconds(process.since.elapsed())),
            restarts: life.restarts,
            health_us: process
                .and_then(|process| process.latency)
                .map(|latency| u64::try_from(latency.as_micros()).unwrap_or(u64::MAX)),
            usage: None,
            says: process.and_then(Process::says),
            problems: process.map(|process| process.problems.clone()).unwrap_or_default(),
            output: match life.state() {
                State::Failed => self.output.last_lines(&unit.name),
                _ => Vec::new(),
            },
        }
    }

    /// Returns why a service is in its state.
    pub(super) fn why_of(&self, at: usize) -> String {
        let life = &self.services[at].life;
        if life.phase == Phase::Waiting { self.waits_for(at) } else { life.why.clone() }
    }

    /// Returns the services that one waits for: those of which no instance is ready.
    pub(super) fn unmet(&self, at: usize) -> Vec<usize> {
        let needs = &self.order.needs[at];
        let is_met = |needed: usize| {
            let service = &self.services[needed].unit.service;
            let instances = needs.iter().map(|&other| &self.services[other]);
            let mut instances = instances.filter(|other| other.unit.service == *service);
            instances.any(|instance| instance.life.state() == State::Ready)
        };
        needs.iter().copied().filter(|&needed| !is_met(needed)).collect()
    }

    /// Names what a service waits for; a dependency that failed is seen on all that wait for it.
    fn waits_for(&self, at: usize) -> String {
        let waits: Vec<String> = (self.unmet(at).into_iter().map(|needed| &self.services[needed]))
            .map(|needed| match needed.life.state() {
                State::Failed => format!("{}, which failed: {}", needed.unit.name, needed.life.why),
                State::Stopped => format!("{}, which {}", needed.unit.name, needed.life.why),
                state => format!("{} ({state})", needed.unit.name),
            })
            .collect();
        format!("waits for {}", waits.join(" and for "))
    }

    fn detail(&self, why: &Why) -> Result<Detail> {
        let at = self.find_one(&why.service)?;
        let life = &self.services[at].life;
        let next = match life.phase {
            Phase::Starting { .. } => Some("it is ended unless it is ready by then"),
            Phase::Stopping { kill_at: Some(_), .. } => Some("it is killed unless it has ended by then"),
            Phase::Stopping { kill_at: None, then: Then::Stay } => None,
            Phase::Stopping { kill_at: None, .. } => Some("it is started again as soon as it has ended"),
            Phase::Backoff { .. } => Some("it is started again"),
            Phase::Failed { retry_at: Some(_) } => Some("it is tried once more"),
            _ => None,
        };
        let neighbours = |all: &[usize]| {
            let neighbour = |&at: &usize| {
                let Service { unit, life, .. } = &self.services[at];
                Neighbour { service: unit.name.clone(), state: life.state() }
            };
            all.iter().map(neighbour).collect()
        };
        let events = self.history.newest(std::slice::from_ref(&self.services[at].unit.name), LATEST);
        Ok(Detail {
            // They stand beside it.
            status: ServiceStatus { output: Vec::new(), ..self.status_of(at) },
            next_ms: life.due().map(|due| milliseconds(due.saturating_duration_since(Instant::now()))),
            next: next.map(str::to_owned),
            needs: neighbours(&self.order.needs[at]),
            needed_by: neighbours(&self.order.needed_by[at]),
            events: events.into_iter().cloned().collect(),
            output: self.output.last_lines(&self.services[at].unit.name),
        })
    }

    fn names(&self, names: &[String]) -> Result<Vec<String>> {
        let found = if names.is_empty() { self.order.starting().collect() } else { self.find(names)? };
        Ok(found.into_iter().map(|at| self.services[at].unit.name.clone()).collect())
    }

    fn events(&mut self, events: Events) -> Result<EventStream> {
        const MOST: u32 = 1000;
        let Events { mut services, lines, follow } = events;
        if !services.is_empty() {
            let found = self.find(&services)?;
            services.extend(found.into_iter().map(|at| self.services[at].unit.name.clone()));
        }
        if MOST < lines {
            let message = format!("`lines`: {lines} is more than the most of {MOST}");
            return Err(Error::new(Code::Validation, message).field("lines", "is too many"));
        }
        Ok(self.history.stream(services, lines as usize, follow))
    }
}
