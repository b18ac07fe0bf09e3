//! Tells somebody that a service has failed: a program, a URL, or both, beside the task that owns the services.

use std::ffi::OsString;
use std::fs;
use std::sync::Arc;
use std::time::Duration;

use serde::Serialize;
use tracing::{info, warn};

use super::api::State;
use super::child::{Launch, Runner};
use crate::config::{OnFailed, Secret};

/// What is told, as JSON.
#[derive(Debug, Serialize)]
pub(super) struct Failure {
    /// Name of this machine.
    pub host: String,
    /// The service.
    pub service: String,
    /// Its state.
    pub state: State,
    /// Why it is in that state, for a person.
    pub why: String,
    /// What it printed last.
    pub lines: Vec<String>,
    /// When (RFC 3339).
    pub time: String,
}

impl Failure {
    /// Returns the variables that a program gets; what it printed is in the JSON alone.
    pub(super) fn variables(&self) -> Vec<(&'static str, OsString)> {
        vec![
            ("SOGOCTL_HOST", self.host.clone().into()),
            ("SOGOCTL_SERVICE", self.service.clone().into()),
            ("SOGOCTL_STATE", self.state.to_string().into()),
            ("SOGOCTL_WHY", self.why.clone().into()),
            ("SOGOCTL_TIME", self.time.clone().into()),
        ]
    }

    /// Returns what is told, as one line of JSON.
    pub(super) fn json(&self) -> Vec<u8> {
        let mut json = serde_json::to_vec(self).expect("texts can be written as JSON");
        json.push(b'\n');
        json
    }

    /// Has it told, each in a task of its own that ends by itself; what comes of it is logged.
    pub(super) fn tell(self, whom: &OnFailed, runner: Runner, launch: Option<Launch>) {
        let limit = whom.timeout;
        let failure = Arc::new(self);
        if let Some(url) = whom.webhook.clone() {
            let failure = Arc::clone(&failure);
            tokio::spawn(async move {
                let done = post(&url, failure.json(), limit).await;
                log(&failure.service, "the webhook", done);
            });
        }
        if let Some(launch) = launch {
            tokio::spawn(async move {
                let program = launch.binary.display().to_string();
                let done = runner.run(launch, limit).await;
                log(&failure.service, &program, done);
            });
        }
    }
}

fn log(service: &str, whom: &str, done: Result<(), String>) {
    match done {
        Ok(()) => info!(service.name = service, "Told {whom} that {service} has failed"),
        Err(reason) => {
            warn!(service.name = service, "Could not tell {whom} that {service} has failed: it {reason}");
        }
    }
}

/// Returns the name of this machine; empty where the kernel does not tell.
pub(super) fn host() -> String {
    fs::read_to_string("/proc/sys/kernel/hostname").unwrap_or_default().trim().to_owned()
}

/// Sends the URL the JSON; the error says what it did, never where it is.
async fn post(url: &Secret, json: Vec<u8>, limit: Duration) -> Result<(), String> {
    // Reading the certificates of the machine takes a while.
    let client = tokio::task::spawn_blocking(client).await.map_err(|cause| cause.to_string())??;
    let sent =
        client.post(url.expose()).timeout(limit).header("content-type", "application/json").body(json).send();
    let answer = sent.await.map_err(|cause| format!("cannot be asked: {}", chain(&cause.without_url())))?;
    if answer.status().is_success() { Ok(()) } else { Err(format!("answered {}", answer.status())) }
}

fn client() -> Result<reqwest::Client, String> {
    let mut roots = rustls::RootCertStore::empty();
    roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let tls = rustls::ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(|cause| cause.to_string())?
        .with_root_certificates(roots)
        .with_no_client_auth();
    reqwest::Client::builder()
        .tls_backend_preconfigured(tls)
        // The environment says nothing here, and who is told is who stands in the file.
        .no_proxy()
        .redirect(reqwest::redirect::Policy::none())
        .user_agent("sogoctl")
        .build()
        .map_err(|cause| chain(&cause))
}

/// Returns an error with its causes.
fn chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(inner) = cause {
        text = format!("{text}: {inner}");
        cause = inner.source();
    }
    text
}
