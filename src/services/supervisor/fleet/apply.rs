//! A newer sogoctl.yaml, put in force on what runs.

use tracing::{error, info};

use super::{Fleet, Listed, Service};
use crate::config::{ServiceUnit, Supervisor};
use crate::error::{Code, Error, Result};
use crate::process::telemetry;
use crate::services::supervisor::api::{Plan, State};
use crate::services::supervisor::health::Check;
use crate::services::supervisor::order::Order;
use crate::services::supervisor::plan::plan;
use crate::services::supervisor::policy::Event;

impl Fleet {
    /// Reads the file anew beside this task, as SIGHUP asks for.
    pub(super) fn read_newer(&self) {
        let (file, newer) = (self.file.clone(), self.newer.0.clone());
        tokio::spawn(async move {
            // Fails only when this task has ended.
            let _ = newer.send(file.read().await).await;
        });
    }

    /// Puts a newer file in force that SIGHUP asked for; a wrong one changes nothing.
    pub(super) fn take_newer(&mut self, newer: Result<Supervisor>) {
        if let Err(error) = newer.and_then(|newer| self.apply(newer, false)) {
            error!(cause = error.cause(), "{error}; the services go on as they are");
        }
    }

    /// Puts a newer file in force, or only tells what that would do.
    ///
    /// # Errors
    /// [`Code::Config`] when its services cannot be put in order, [`Code::Unavailable`] while all stops, those of
    /// [`Sockets::open`](crate::services::supervisor::sockets::Sockets::open) when an address cannot be had. Then nothing
    /// is changed.
    pub(super) fn apply(&mut self, newer: Supervisor, dry_run: bool) -> Result<Plan> {
        if self.stopping.is_some() {
            return Err(Error::new(Code::Unavailable, "sogoctl is ending, and all services with it"));
        }
        let own_log = newer.output;
        let newer: Vec<ServiceUnit> =
            newer.services.into_iter().flat_map(ServiceUnit::each_instance).collect();
        let listed = self.services.iter().filter(|service| service.listed == Listed::Yes);
        let plan = Plan { dry_run, ..plan(listed.map(|service| &service.unit), &newer) };
        Order::of(&newer.iter().map(Some).collect::<Vec<_>>())?;
        let checks: Vec<Option<Check>> =
            newer.iter().map(|unit| Check::of(unit, &self.places)).collect::<Result<_>>()?;
        let opened = newer.iter().try_for_each(|unit| self.sockets.open(unit).map(drop));
        if dry_run || opened.is_err() {
            // What was not listened on before is not listened on now.
            self.close_sockets();
            return opened.map(|()| plan);
        }
        info!(
            start = plan.start.len(),
            stop = plan.stop.len(),
            restart = plan.restart.len(),
            update = plan.update.len(),
            "Taking a newer sogoctl.yaml"
        );
        telemetry::limit_copy(own_log);
        for (unit, check) in newer.into_iter().zip(checks) {
            self.output.limit(&unit.name, unit.output);
            self.take(unit, check, &plan);
        }
        for at in 0..self.services.len() {
            let service = &mut self.services[at];
            if service.listed == Listed::Yes && plan.stop.contains(&service.unit.name) {
                service.listed = Listed::NoLonger;
                // It may go together with what it depended on.
                service.unit.depends_on.clear();
                self.rolling.forget(at);
                self.step(at, Event::Stop("is no longer in sogoctl.yaml".to_owned()));
            }
        }
        self.put_in_order();
        self.advance();
        Ok(plan)
    }

    /// Takes one service of a newer file.
    fn take(&mut self, unit: ServiceUnit, check: Option<Check>, plan: &Plan) {
        let same = |service: &Service| service.listed != Listed::Gone && service.unit.is_same_as(&unit);
        let Some(at) = self.services.iter().position(same) else {
            return self.services.push(Service::new(unit, check));
        };
        let service = &mut self.services[at];
        let returns = service.listed == Listed::NoLonger;
        let is_asked_otherwise = service.check != check || service.unit.timing != unit.timing;
        (service.unit, service.check, service.listed) = (unit, check, Listed::Yes);
        let name = &service.unit.name;
        let keys =
            plan.restart.iter().find(|changed| changed.service == *name).map(|one| one.keys.join("`, `"));
        let state = service.life.state();
        if returns {
            // It was still on its way down.
            self.step(at, Event::Start("is in sogoctl.yaml again".to_owned()));
        } else if let Some(keys) = keys {
            // What an operator has stopped stays so, and is started with the new values one day.
            if state != State::Stopped {
                self.rolling.push(at, format!("`{keys}` changed in sogoctl.yaml"));
            }
        } else if is_asked_otherwise && self.services[at].process.is_some() {
            let watch = self.watch(at);
            if let Some(process) = &mut self.services[at].process {
                process.watch = watch;
            }
        }
    }

    /// Empties the places of services that are no longer listed and have stopped.
    pub(super) fn bury(&mut self) {
        let has_stopped = |service: &Service| service.listed == Listed::NoLonger && service.life.rests();
        let stopped: Vec<usize> =
            (0..self.services.len()).filter(|&at| has_stopped(&self.services[at])).collect();
        if stopped.is_empty() || self.stopping.is_some() {
            return;
        }
        for at in stopped {
            self.services[at].listed = Listed::Gone;
        }
        self.put_in_order();
    }

    /// Works the order out anew: among those of the file, and those that still have to stop.
    fn put_in_order(&mut self) {
        let units: Vec<Option<&ServiceUnit>> = self.services.iter().map(Service::present).collect();
        self.order = Order::of(&units)
            .expect("those of the file were put in order before, and those that stop depend on nothing");
    }
}
