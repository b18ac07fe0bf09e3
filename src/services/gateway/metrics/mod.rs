//! `/metrics`: what the gateway counts of its requests, and what it can tell of itself and its neighbours.
//!
//! Labels hold the names of apps, resources and verbs, never anything a client wrote: there are few of them.

mod gather;
mod serve;
mod text;

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, SystemTime};

use hyper::StatusCode;

use self::gather::Databases;
pub(super) use self::serve::serve;
use self::text::{Kind, Text};
use super::context::{Asked, Context};

/// Upper bounds of the classes of a request's duration, in seconds.
const BOUNDS: [f64; 12] = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0];

/// What is counted while the gateway runs.
#[derive(Debug)]
pub(super) struct Metrics {
    /// When the process began.
    began: SystemTime,
    connections: Arc<AtomicU64>,
    apps: Mutex<BTreeMap<String, AppFigures>>,
    databases: Databases,
    /// Whether they are told at an address of their own.
    apart: bool,
}

/// What is counted of one app; one without a name has the requests that belong to none.
#[derive(Debug, Default)]
struct AppFigures {
    routes: BTreeMap<Option<Asked>, RouteFigures>,
    sign_in_failures: u64,
    refused: BTreeMap<&'static str, u64>,
}

/// What is counted of one verb of a resource.
#[derive(Debug, Default)]
struct RouteFigures {
    /// Answers by the first digit of their status.
    by_class: [u64; 6],
    /// Answers by the bound that their duration is below, and those above all.
    by_duration: [u64; BOUNDS.len() + 1],
    seconds: f64,
    bytes: u64,
}

/// One open connection; it ends when this is dropped.
#[derive(Debug)]
pub(super) struct Connection(Arc<AtomicU64>);

impl Drop for Connection {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

impl Metrics {
    /// Begins to count in a process that began at `began`; `apart` tells whether the figures have an address of their own.
    pub(super) fn new(began: SystemTime, apart: bool) -> Self {
        let (connections, apps, databases) = (Arc::default(), Mutex::default(), Databases::default());
        Self { began, connections, apps, databases, apart }
    }

    /// Tells whether the figures are told at an address of their own, and so nowhere else.
    pub(super) const fn are_apart(&self) -> bool {
        self.apart
    }

    /// Counts a connection as open as long as what is returned lives.
    pub(super) fn connected(&self) -> Connection {
        self.connections.fetch_add(1, Ordering::Relaxed);
        Connection(Arc::clone(&self.connections))
    }

    /// Counts an answer.
    pub(super) fn answered(&self, cx: &Context, status: StatusCode, bytes: u64) {
        let mut apps = self.apps();
        let name = cx.app.as_deref().unwrap_or_default();
        if !apps.contains_key(name) {
            apps.insert(name.to_owned(), AppFigures::default());
        }
        if let Some(app) = apps.get_mut(name) {
            app.count(cx, status, bytes, cx.began.elapsed());
        }
    }

    fn apps(&self) -> MutexGuard<'_, BTreeMap<String, AppFigures>> {
        self.apps.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Writes what was counted.
    fn write(&self, text: &mut Text) {
        let apps = self.apps();
        text.family("sogoway_http_requests_total", Kind::Counter, "Requests that were answered.");
        each(&apps, |labels, route| route.write_classes(labels, text));
        text.family(
            "sogoway_http_request_duration_seconds",
            Kind::Histogram,
            "Time from a request's head to its answer.",
        );
        each(&apps, |labels, route| route.write_durations(labels, text));
        text.family("sogoway_http_response_bytes_total", Kind::Counter, "Bytes of the bodies of answers.");
        each(&apps, |labels, route| text.sample("sogoway_http_response_bytes_total", labels, route.bytes));
        text.family("sogoway_sign_in_failures_total", Kind::Counter, "Sign-ins that were refused.");
        for (app, figures) in apps.iter().filter(|(app, _)| !app.is_empty()) {
            text.sample("sogoway_sign_in_failures_total", &[("app", app)], figures.sign_in_failures);
        }
        text.family(
            "sogoway_requests_refused_total",
            Kind::Counter,
            "Requests over a limit: in_flight (503), user, address, sign_in (429).",
        );
        for (app, figures) in apps.iter() {
            for (limit, count) in &figures.refused {
                text.sample("sogoway_requests_refused_total", &[("app", app), ("limit", limit)], count);
            }
        }
        let connections = self.connections.load(Ordering::Relaxed);
        text.figure("sogoway_connections", Kind::Gauge, "Open connections of clients.", connections);
    }
}

/// Labels of a sample.
type Labels<'a> = [(&'a str, &'a str)];

/// Goes through what was counted of every verb.
fn each(apps: &BTreeMap<String, AppFigures>, mut write: impl FnMut(&Labels<'_>, &RouteFigures)) {
    for (app, figures) in apps {
        for (asked, route) in &figures.routes {
            let (resource, verb) =
                asked.as_ref().map_or(("", ""), |asked| (asked.resource.as_str(), asked.verb));
            write(&[("app", app), ("resource", resource), ("verb", verb)], route);
        }
    }
}

impl AppFigures {
    fn count(&mut self, cx: &Context, status: StatusCode, bytes: u64, took: Duration) {
        match self.routes.get_mut(&cx.asked) {
            Some(route) => route.count(status, bytes, took),
            None => self.routes.entry(cx.asked.clone()).or_default().count(status, bytes, took),
        }
        let limit = match cx.refused_by {
            Some(limit) => Some(limit.name()),
            None if status == StatusCode::TOO_MANY_REQUESTS => Some("sign_in"),
            None => None,
        };
        if let Some(limit) = limit {
            *self.refused.entry(limit).or_default() += 1;
        }
        let is_sign_in = cx.asked.as_ref().is_some_and(|asked| asked.verb == "login");
        if is_sign_in && status == StatusCode::UNAUTHORIZED {
            self.sign_in_failures += 1;
        }
    }
}

impl RouteFigures {
    fn count(&mut self, status: StatusCode, bytes: u64, took: Duration) {
        let class = usize::from(status.as_u16() / 100).min(self.by_class.len() - 1);
        self.by_class[class] += 1;
        let seconds = took.as_secs_f64();
        let bound = BOUNDS.iter().position(|bound| seconds <= *bound).unwrap_or(BOUNDS.len());
        self.by_duration[bound] += 1;
        self.seconds += seconds;
        self.bytes += bytes;
    }

    fn write_classes(&self, labels: &Labels<'_>, text: &mut Text) {
        const CLASSES: [&str; 6] = ["", "1xx", "2xx", "3xx", "4xx", "5xx"];
        for (class, count) in CLASSES.iter().zip(self.by_class).filter(|(_, count)| *count != 0) {
            let labels: Vec<_> = labels.iter().copied().chain([("class", *class)]).collect();
            text.sample("sogoway_http_requests_total", &labels, count);
        }
    }

    fn write_durations(&self, labels: &Labels<'_>, text: &mut Text) {
        const NAME: &str = "sogoway_http_request_duration_seconds";
        let mut sum = 0;
        let bounds = BOUNDS.iter().map(ToString::to_string).chain(["+Inf".to_owned()]);
        for (bound, count) in bounds.zip(self.by_duration) {
            sum += count;
            let labels: Vec<_> = labels.iter().copied().chain([("le", bound.as_str())]).collect();
            text.sample(&format!("{NAME}_bucket"), &labels, sum);
        }
        text.sample(&format!("{NAME}_sum"), labels, self.seconds);
        text.sample(&format!("{NAME}_count"), labels, sum);
    }
}
