//! What services say of themselves.

use super::{Fleet, Process};
use crate::config::Notify;
use crate::services::supervisor::api::State;
use crate::services::supervisor::notify::Notice;
use crate::services::supervisor::policy::Event;

impl Fleet {
    /// Takes what a process of a service said.
    pub(super) fn notified(&mut self, at: usize, notice: Notice) {
        let Notice { ready, reloading, stopping, status } = notice;
        let service = &mut self.services[at];
        // It may have got the socket from elsewhere.
        let Some(process) = service.process.as_mut().filter(|_| service.unit.notify != Notify::Never) else {
            return;
        };
        if let Some(status) = status {
            process.words = Some(status).filter(|words| !words.trim().is_empty());
        }
        process.reloading = (process.reloading || reloading) && !ready;
        let was_starting = service.life.state() == State::Starting;
        if ready {
            self.step(at, Event::Announced);
        }
        if was_starting && self.services[at].life.state() == State::Ready {
            // From now on it is only asked whether it lives on.
            let watch = self.watch(at);
            if let Some(process) = &mut self.services[at].process {
                process.watch = watch;
            }
        }
        if stopping {
            self.step(at, Event::Leaving);
        }
    }
}

impl Process {
    /// Returns what the service says of itself.
    pub(super) fn says(&self) -> Option<String> {
        match (self.reloading, &self.words) {
            (false, words) => words.clone(),
            (true, None) => Some("reloading".to_owned()),
            (true, Some(words)) => Some(format!("reloading: {words}")),
        }
    }
}
