//! `sogo ctl start`, `stop`, `restart` and `wait`.

use std::time::Duration;

use clap::{Args, ValueEnum};

use super::show;
use crate::cmd::context::Context;
use crate::cmd::print::Table;
use crate::config::parse_duration;
use crate::error::{Code, Error, Result};
use crate::ipc::client::Options;
use crate::ipc::{Action, Client};
use crate::services::supervisor::api::{
    self, Goal, Request, Services, Status, Steered, SteeredService, Upgrade, Wait,
};

/// Which services a command is for, and whether to see it through.
#[derive(Debug, Args)]
pub(super) struct Which {
    /// Names of the services, as in sogoctl.yaml
    #[arg(required_unless_present = "all")]
    services: Vec<String>,
    /// All services
    #[arg(long, conflicts_with = "services")]
    all: bool,
    /// Return at once, and do not wait until it is done
    #[arg(long)]
    no_wait: bool,
    /// How long to wait for it
    #[arg(long, value_name = "DURATION", default_value = "90s", value_parser = duration)]
    timeout: Duration,
}

/// Wait until services are ready, or have stopped
///
/// It fails as soon as one of them cannot get ready by itself any more.
#[derive(Debug, Args)]
pub(super) struct WaitFor {
    /// Names of the services, as in sogoctl.yaml [default: all]
    services: Vec<String>,
    /// What to wait for
    #[arg(long, value_name = "STATE", default_value = "ready")]
    until: Until,
    /// How long
    #[arg(long, value_name = "DURATION", default_value = "90s", value_parser = duration)]
    timeout: Duration,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum Until {
    /// All run and are well
    Ready,
    /// None runs
    Stopped,
}

pub(super) fn duration(text: &str) -> Result<Duration, String> {
    parse_duration(text).ok_or_else(|| "write it as 500ms, 10s or 1m30s".to_owned())
}

/// Gives a command, which `action` makes of the names, and waits until the services are where it takes them.
pub(super) fn steer<X>(
    context: &Context,
    client: &Client<Request>,
    which: Which,
    goal: Goal,
    action: impl FnOnce(Vec<String>) -> X,
) -> Result<()>
where
    X: Action<Api = Request, Reply = Steered>,
{
    let steered = context.block_on(async {
        let services = if which.all { all(client).await? } else { which.services };
        let mut steered = client.call(action(services.clone())).await?;
        if !which.no_wait {
            let reached = wait(client, Wait { services, until: goal }, which.timeout).await?;
            update(&mut steered.services, &reached);
        }
        Ok(steered)
    })?;
    context.print.show(&steered, || table(&steered));
    Ok(())
}

/// Has services run the programs that stand in the place of theirs, and waits until they are ready.
pub(super) fn upgrade(
    context: &Context,
    client: &Client<Request>,
    asked: Upgrade,
    timeout: Duration,
) -> Result<()> {
    let upgraded = context.block_on(async {
        let dry_run = asked.dry_run;
        let mut upgraded = client.call(asked).await?;
        let changed = upgraded.services.iter().filter(|one| one.changed).map(|one| one.service.clone());
        let services: Vec<String> = changed.collect();
        if !dry_run && !services.is_empty() {
            let reached = wait(client, Wait { services, until: Goal::Ready }, timeout).await?;
            update(&mut upgraded.services, &reached);
        }
        Ok(upgraded)
    })?;
    context.print.show(&upgraded, || table(&upgraded));
    Ok(())
}

/// Waits, and shows the services as they are then.
pub(super) fn wait_for(context: &Context, client: &Client<Request>, asked: WaitFor) -> Result<()> {
    let until = match asked.until {
        Until::Ready => Goal::Ready,
        Until::Stopped => Goal::Stopped,
    };
    let action = Wait { services: asked.services, until };
    let reached = context.block_on(wait(client, action, asked.timeout))?;
    context.print.show(&reached, || show::table(&reached));
    Ok(())
}

async fn all(client: &Client<Request>) -> Result<Vec<String>> {
    let Services { services } = client.call(Status {}).await?;
    Ok(services.into_iter().map(|service| service.service).collect())
}

async fn wait(client: &Client<Request>, action: Wait, limit: Duration) -> Result<Services> {
    let options = Options { deadline: limit, request_id: None };
    client.call_with(options, action).await.map_err(|error| match error.code {
        Code::Timeout => Error::new(Code::Timeout, format!("it was not done within {limit:?}"))
            .hint("it may still come: see `sogo ctl status`"),
        _ => error,
    })
}

fn update(steered: &mut [SteeredService], reached: &Services) {
    for service in steered {
        let found = reached.services.iter().find(|one| one.service == service.service);
        if let Some(api::ServiceStatus { state, why, .. }) = found {
            (service.state, service.why) = (*state, why.clone());
        }
    }
}

fn table(steered: &Steered) -> Table {
    let mut table = Table::new(["SERVICE", "STATE", "CHANGED", "WHY"]);
    for SteeredService { service, changed, state, why } in &steered.services {
        let changed = if *changed { "yes" } else { "no" };
        table.row([service.clone(), state.to_string(), changed.to_owned(), why.clone()]);
    }
    table
}
