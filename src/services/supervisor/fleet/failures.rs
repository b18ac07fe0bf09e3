//! Who is told when a service has failed.

use super::{Fleet, Service};
use crate::config::Attributes;
use crate::services::logs::queue::Clock;
use crate::services::supervisor::child::Launch;
use crate::services::supervisor::on_failed::{self, Failure};
use crate::services::supervisor::strays;

impl Fleet {
    /// Has those told who want to know that a service has failed, beside this task.
    pub(super) fn tell_of_failure(&self, at: usize) {
        let Service { unit, life, .. } = &self.services[at];
        let Some(whom) = &unit.on_failed else { return };
        let failure = Failure {
            host: on_failed::host(),
            service: unit.name.clone(),
            state: life.state(),
            why: life.why.clone(),
            lines: self.output.last_lines(&unit.name).into_iter().map(|line| line.text).collect(),
            time: Clock::written(self.clock.now()),
        };
        let launch = whom.command.clone().map(|binary| Launch {
            name: unit.name.clone(),
            binary,
            args: whom.args.clone(),
            environment: [(strays::MARK, self.mark.clone())].into_iter().chain(failure.variables()).collect(),
            output: self.output.clone(),
            attributes: Attributes::default(),
            input: Some(failure.json()),
            sockets: Vec::new(),
        });
        failure.tell(whom, self.children.runner(), launch);
    }
}
