//! `sogo ping`: whether each service answers, and how fast.

use std::path::Path;
use std::time::{Duration, Instant};

use clap::Args;
use serde::Serialize;

use super::context::{Context, of_one};
use super::expected::expected;
use super::print::Table;
use super::text::{duration_ms, latency_us};
use super::watch::{self, Watch};
use crate::error::{Code, Error, Result};
use crate::ipc::Api as _;
use crate::ipc::client::Options;
use crate::services::health::{AnyService, Ask, Health};
use crate::services::{Entry, SERVICES, supervisor};

/// Tell whether each service answers, and how fast
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  sogo ping
  sogo ping sogoway sogoms-db -o json

The exit code is 3 when a service does not answer.")]
pub(super) struct Ping {
    /// Only these services [default: those of sogoctl.yaml]
    #[arg(value_name = "SERVICE", value_parser = clap::builder::PossibleValuesParser::new(SERVICES.iter().map(|entry| entry.name)))]
    services: Vec<String>,
    #[command(flatten)]
    watch: Watch,
}

/// What one service answered. The keys are for programs and stay as they are.
#[derive(Debug, Serialize)]
struct Pong {
    service: &'static str,
    up: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    latency_us: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    version: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pid: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    uptime_ms: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    problems: Vec<String>,
}

/// A service that takes longer than this is not well.
const PATIENCE: Duration = Duration::from_secs(5);

pub(super) fn run(context: &Context, ping: &Ping) -> Result<()> {
    let wanted: Vec<&'static str> = if ping.services.is_empty() {
        expected(context).into_iter().map(|entry| entry.name).collect()
    } else {
        let is_named = |entry: &&Entry| ping.services.iter().any(|wanted| wanted == entry.name);
        SERVICES.iter().filter(is_named).map(|entry| entry.name).collect()
    };
    let pongs = context.block_on(watch::show(
        context,
        ping.watch,
        || async {
            let mut pongs = Vec::new();
            // One after the other, so that no answer waits behind another.
            for service in &wanted {
                pongs.push(ask(context, service).await);
            }
            Ok(pongs)
        },
        |print, pongs| print.show(pongs, || table(pongs)),
    ))?;
    let down = pongs.iter().filter(|pong| !pong.up).count();
    if down == 0 || ping.watch.is_on() {
        return Ok(());
    }
    let has_supervisor = pongs.iter().any(|pong| pong.service == supervisor::api::Request::NAME && pong.up);
    let hint = if has_supervisor {
        "see why with `sogo ctl status`"
    } else {
        "`sogo ctl run` starts them; is it this installation? see --dir and --config"
    };
    Err(Error::new(Code::Unavailable, format!("{down} of {} services do not answer", pongs.len())).hint(hint))
}

async fn ask(context: &Context, service: &'static str) -> Pong {
    let socket = match service {
        supervisor::api::Request::NAME => context.places.control(),
        _ => context.places.socket(service, 1),
    };
    let begun = Instant::now();
    let answer = health(&socket, service).await;
    let latency_us = u64::try_from(begun.elapsed().as_micros()).unwrap_or(u64::MAX);
    pong(service, latency_us, answer)
}

/// Asks the service at this socket whether it is well.
pub(super) async fn health(socket: &Path, service: &str) -> Result<Health> {
    let options = Options { deadline: PATIENCE, request_id: None };
    let answer = of_one::<AnyService>(socket).call_with(options, Ask {}).await?;
    serde_json::from_value(answer).map_err(|cause| {
        Error::new(Code::Internal, format!("{service} answered something else than its health"))
            .caused_by(cause)
    })
}

fn pong(service: &'static str, latency_us: u64, answer: Result<Health>) -> Pong {
    match answer {
        Ok(health) => Pong {
            service,
            up: true,
            latency_us: Some(latency_us),
            version: Some(health.version),
            pid: Some(health.pid),
            uptime_ms: Some(health.uptime_ms),
            error: None,
            problems: health.problems,
        },
        Err(error) => Pong {
            service,
            up: false,
            latency_us: None,
            version: None,
            pid: None,
            uptime_ms: None,
            error: Some(error.message.into_owned()),
            problems: Vec::new(),
        },
    }
}

fn table(pongs: &[Pong]) -> Table {
    let mut table = Table::new(["SERVICE", "STATE", "LATENCY", "PID", "UPTIME", "VERSION", "WHY"]);
    for pong in pongs {
        let why = pong.error.iter().chain(&pong.problems).map(String::as_str).collect::<Vec<_>>();
        table.row([
            pong.service.to_owned(),
            if pong.up { "up" } else { "down" }.to_owned(),
            pong.latency_us.map(latency_us).unwrap_or_default(),
            pong.pid.map(|pid| pid.to_string()).unwrap_or_default(),
            pong.uptime_ms.map(duration_ms).unwrap_or_default(),
            pong.version.clone().unwrap_or_default(),
            why.join("; "),
        ]);
    }
    table
}
