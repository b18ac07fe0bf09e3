//! Restarts that follow each other: each waits until the one before it is ready.

use std::collections::VecDeque;

use tracing::warn;

use super::Fleet;
use crate::services::supervisor::api::State;
use crate::services::supervisor::policy::Event;

/// The restarts that are still to come.
#[derive(Debug, Default)]
pub(super) struct Rolling {
    /// The services, each with the reason.
    queue: VecDeque<(usize, String)>,
    /// The one that is not ready yet.
    current: Option<usize>,
}

impl Rolling {
    /// Tells whether a service is restarted later, or just now.
    pub(super) fn has(&self, at: usize) -> bool {
        self.current == Some(at) || self.queue.iter().any(|(queued, _)| *queued == at)
    }

    /// Appends a restart; one that is there already is not doubled.
    pub(super) fn push(&mut self, at: usize, why: String) {
        if !self.queue.iter().any(|(queued, _)| *queued == at) {
            self.queue.push_back((at, why));
        }
    }

    /// Takes a restart back.
    pub(super) fn forget(&mut self, at: usize) {
        self.queue.retain(|(queued, _)| *queued != at);
        self.current = self.current.filter(|current| *current != at);
    }
}

impl Fleet {
    /// Begins the next restart once the one before it is through. When it cannot become ready the others go on
    /// running as they are: a new version that does not start must not take them along.
    pub(super) fn roll_on(&mut self) {
        if let Some(current) = self.rolling.current {
            if self.services[current].life.state() == State::Ready {
                self.rolling.current = None;
            } else if self.obstacle(current).is_some() {
                let left = self.rolling.queue.len();
                let name = &self.services[current].unit.name;
                if left != 0 {
                    warn!(
                        service.name = name,
                        left, "{name} does not get ready: {left} restarts are called off"
                    );
                }
                self.rolling = Rolling::default();
            }
        }
        while self.rolling.current.is_none()
            && let Some((at, why)) = self.rolling.queue.pop_front()
        {
            self.step(at, Event::Restart(why));
            // What had no process is on its way at once; a step may have changed nothing.
            self.rolling.current = (self.services[at].life.state() != State::Ready).then_some(at);
        }
    }
}
