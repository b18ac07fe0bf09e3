//! What is asked for when the figures are told: of the databases, of the queues, of the process.

use std::sync::Arc;
use std::time::{Duration, SystemTime};

use tokio::sync::Mutex;
use tokio::time::Instant;

use super::super::Gateway;
use super::super::respond::{self, Response};
use super::text::{Kind, Text};
use crate::ipc::Client;
use crate::ipc::client::Options;
use crate::process::usage::Usage;
use crate::services::db::api::{AppDatabase, Health, HealthReply, Request};

/// How long sogoms-db may take to tell of its databases; it pings each of them, for half a second at most.
const PATIENCE: Duration = Duration::from_secs(1);
/// How long what it told is told again, so that no scraper makes it ping all day.
const FRESH: Duration = Duration::from_secs(2);

/// What sogoms-db said last of its databases.
#[derive(Debug, Default)]
pub(super) struct Databases(Mutex<Option<Said>>);

#[derive(Debug)]
struct Said {
    when: Instant,
    /// `None` when it said nothing in time.
    health: Option<Arc<HealthReply>>,
}

impl Databases {
    async fn ask(&self, db: &Client<Request>) -> Option<Arc<HealthReply>> {
        let mut last = self.0.lock().await;
        if let Some(said) = last.as_ref().filter(|said| said.when.elapsed() < FRESH) {
            return said.health.clone();
        }
        let options = Options { deadline: PATIENCE, request_id: None };
        let health = db.call_with(options, Health {}).await.ok().map(Arc::new);
        *last = Some(Said { when: Instant::now(), health: health.clone() });
        health
    }
}

impl Gateway {
    /// Tells all figures.
    pub(in super::super) async fn figures(&self) -> Response {
        let health = self.metrics.databases.ask(&self.db).await;
        let mut text = Text::default();
        self.metrics.write(&mut text);
        self.write_apps(health.as_deref(), &mut text);
        text.family("sogoway_ipc_calls", Kind::Gauge, "Calls that wait for a service's answer.");
        text.sample("sogoway_ipc_calls", &[("service", "sogoms-db")], self.db.waiting());
        let (waiting, dropped) = self.events.queued();
        text.figure(
            "sogoway_log_queue_entries",
            Kind::Gauge,
            "Log entries that wait for sogoms-logs.",
            waiting,
        );
        text.figure("sogoway_log_dropped_total", Kind::Counter, "Log entries that were lost.", dropped);
        write_process(self.metrics.began, &mut text);
        respond::figures(text.into_bytes())
    }

    fn write_apps(&self, health: Option<&HealthReply>, text: &mut Text) {
        let state = self.state.load_full();
        text.family("sogoway_requests_in_flight", Kind::Gauge, "Requests that are being answered.");
        for tenant in state.tenants() {
            let in_flight = tenant.traffic.in_flight();
            text.sample("sogoway_requests_in_flight", &[("app", &tenant.app.name)], in_flight);
        }
        let is_there = u8::from(health.is_some());
        text.figure("sogoms_db_service_up", Kind::Gauge, "Whether sogoms-db answered in time.", is_there);
        text.family("sogoms_db_up", Kind::Gauge, "Whether the app's database answered a ping.");
        let known = health.map_or(&[][..], |health| &health.apps);
        for tenant in state.tenants() {
            let app = &tenant.app.name;
            let is_up = known.iter().any(|database| database.app == *app && database.up);
            text.sample("sogoms_db_up", &[("app", app)], u8::from(is_up));
        }
        let mut pools = |name, help, value: fn(&AppDatabase) -> u32| {
            text.family(name, Kind::Gauge, help);
            for database in known {
                text.sample(name, &[("app", &database.app)], value(database));
            }
        };
        pools("sogoms_db_connections", "Open connections to the app's database.", |pool| pool.connections);
        pools("sogoms_db_connections_max", "Connections that the app may have.", |pool| pool.pool_size);
        pools("sogoms_db_connections_busy", "Connections on which a statement runs.", |pool| pool.busy);
        pools("sogoms_db_waiting", "Statements that wait for a connection.", |pool| pool.waiting);
    }
}

fn write_process(began: SystemTime, text: &mut Text) {
    text.family("sogo_build_info", Kind::Gauge, "The version of the program.");
    text.sample("sogo_build_info", &[("version", env!("CARGO_PKG_VERSION"))], 1);
    let began = began.duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default().as_secs_f64();
    let name = "process_start_time_seconds";
    text.figure(name, Kind::Gauge, "When the process began, in seconds since 1970.", format!("{began:.3}"));
    let Usage { resident_bytes, open_files, max_files } = Usage::of_this_process();
    for (name, help, value) in [
        ("process_resident_memory_bytes", "Memory of the process.", resident_bytes),
        ("process_open_fds", "Open file descriptors.", open_files),
        ("process_max_fds", "File descriptors that it may open.", max_files),
    ] {
        if let Some(value) = value {
            text.figure(name, Kind::Gauge, help, value);
        }
    }
}
