//! Which services run an older program than the one that stands in its place now.

use super::{Fleet, Listed, Service};
use crate::config::Attributes;
use crate::error::{Code, Error, Result};
use crate::services::supervisor::api::SteeredService;
use crate::services::supervisor::binary::{self, Binary};
use crate::services::supervisor::child::{Launch, Runner};
use crate::services::supervisor::strays;

/// What there is to upgrade.
#[derive(Debug)]
pub(in super::super) struct Upgradable {
    /// The services that were looked at; `changed` says that another program stands in the place of theirs.
    pub services: Vec<SteeredService>,
    /// Each new program of ours once, only to tell its version.
    pub trials: Vec<Launch>,
    /// Runs the trials.
    pub runner: Runner,
}

impl Fleet {
    /// Looks for services that run while another program stands in the place of theirs, dependencies first; among
    /// all of them if `names` is empty.
    ///
    /// # Errors
    /// [`Code::NotFound`] for a service that there is not, [`Code::Conflict`] when a program is gone.
    pub(in super::super) fn upgradable(&self, names: &[String]) -> Result<Upgradable> {
        let meant = if names.is_empty() { None } else { Some(self.find(names)?) };
        let is_meant = |at: usize| {
            meant.as_ref().map_or(self.services[at].listed == Listed::Yes, |meant| meant.contains(&at))
        };
        let mut found =
            Upgradable { services: Vec::new(), trials: Vec::new(), runner: self.children.runner() };
        for at in self.order.starting().filter(|&at| is_meant(at)) {
            let service = &self.services[at];
            let changed = service.runs_another_program()?;
            let is_tried = || found.trials.iter().any(|trial| trial.binary == service.unit.binary);
            if changed && binary::is_ours(&service.unit.binary) && !is_tried() {
                found.trials.push(self.trial(service));
            }
            let (state, why) = self.outline(at);
            found.services.push(SteeredService { service: service.unit.name.clone(), changed, state, why });
        }
        Ok(found)
    }

    fn trial(&self, service: &Service) -> Launch {
        Launch {
            name: service.unit.name.clone(),
            binary: service.unit.binary.clone(),
            args: vec!["--version".to_owned()],
            environment: vec![(strays::MARK, self.mark.clone())],
            output: self.output.clone(),
            attributes: Attributes::default(),
            input: None,
            sockets: Vec::new(),
        }
    }
}

impl Service {
    fn runs_another_program(&self) -> Result<bool> {
        let Some(started) = self.binary.filter(|_| self.process.is_some()) else { return Ok(false) };
        let path = &self.unit.binary;
        let now = Binary::at(path).map_err(|cause| {
            Error::new(
                Code::Conflict,
                format!("the program of {}, {}, is gone", self.unit.name, path.display()),
            )
            .hint("put it there by a rename, and nothing was changed meanwhile")
            .caused_by(cause)
        })?;
        Ok(now != started)
    }
}
