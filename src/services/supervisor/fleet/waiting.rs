//! Callers who wait for services to be ready, or to have stopped.

use tokio::sync::oneshot;

use super::{Fleet, Listed};
use crate::error::{Code, Error, Result};
use crate::services::supervisor::api::{Goal, Services, State, Wait};

/// Somebody who waits.
#[derive(Debug)]
pub(super) struct Waiter {
    services: Vec<usize>,
    goal: Goal,
    reply: oneshot::Sender<Result<Services>>,
}

impl Fleet {
    /// Has a caller wait; the reply comes when the services are there, or cannot get there.
    pub(super) fn wait(&mut self, wait: &Wait, reply: oneshot::Sender<Result<Services>>) {
        let all = || self.order.starting().filter(|&at| self.services[at].listed == Listed::Yes).collect();
        match if wait.services.is_empty() { Ok(all()) } else { self.find(&wait.services) } {
            Ok(services) => self.waiters.push(Waiter { services, goal: wait.until, reply }),
            // Whoever asked may have left meanwhile.
            Err(error) => drop(reply.send(Err(error))),
        }
    }

    /// Answers those whose services are where they were waited for, and forgets those who have left.
    pub(super) fn tell_waiters(&mut self) {
        for waiter in std::mem::take(&mut self.waiters) {
            if waiter.reply.is_closed() {
                continue;
            }
            match self.outcome(&waiter) {
                Some(outcome) => drop(waiter.reply.send(outcome)),
                None => self.waiters.push(waiter),
            }
        }
    }

    fn outcome(&self, Waiter { services, goal, .. }: &Waiter) -> Option<Result<Services>> {
        let is_there = |&at: &usize| match goal {
            Goal::Ready => self.services[at].life.state() == State::Ready && !self.rolling.has(at),
            Goal::Stopped => self.services[at].life.rests(),
        };
        if services.iter().all(is_there) {
            let services = services.iter().map(|&at| self.status_of(at)).collect();
            return Some(Ok(Services { services }));
        }
        if *goal == Goal::Stopped {
            return None;
        }
        let (at, obstacle) = services.iter().find_map(|&at| Some((at, self.obstacle(at)?)))?;
        let name = &self.services[at].unit.name;
        let message = format!("{name} does not get ready: {obstacle}");
        Some(Err(Error::new(Code::TargetFailed, message)
            .hint(format!("see `sogo ctl why {name}` and `sogo ctl logs {name}`"))))
    }

    /// Returns why a service cannot get ready by itself, if so: it, or something that it waits for, has failed or was
    /// stopped.
    pub(super) fn obstacle(&self, at: usize) -> Option<String> {
        let service = &self.services[at];
        match service.life.state() {
            // It is tried again, some day: nobody waits for that.
            State::Failed => Some(format!("it has failed: it {}", service.life.why)),
            State::Stopped => Some(format!("it {}", service.life.why)),
            State::Waiting => {
                let unmet = self.unmet(at);
                // One instance of a service is enough.
                let hopeless = |&needed: &usize| {
                    let service = &self.services[needed].unit.service;
                    let mut instances =
                        unmet.iter().filter(|&&other| self.services[other].unit.service == *service);
                    instances.all(|&other| self.obstacle(other).is_some())
                };
                let needed = unmet.iter().copied().find(hopeless)?;
                let (name, why) = (&self.services[needed].unit.name, self.obstacle(needed)?);
                Some(format!("it waits for {name}, and that is why: {why}"))
            }
            _ => None,
        }
    }
}
