//! `sogo smtp doctor` and `resume`: the mail server of an app.

use std::time::Duration;

use clap::Args;

use crate::cmd::context::Context;
use crate::cmd::print::Table;
use crate::error::{Code, Error, Result};
use crate::ipc::Client;
use crate::ipc::client::Options;
use crate::services::smtp::api;

/// A server may take its time for each step.
const PATIENCE: Duration = Duration::from_secs(180);

/// Connect to the mail server of an app, step by step, and tell what is wrong
///
/// Name, connection, greeting, TLS, sign-in; no mail is sent.
#[derive(Debug, Args)]
pub(super) struct Doctor {
    /// The app
    app: String,
}

/// Try the mail server of an app again that refused all mail, once that is mended
///
/// A reload of the configuration does the same.
#[derive(Debug, Args)]
pub(super) struct Resume {
    /// The app
    app: String,
}

impl Doctor {
    pub(super) fn run(self, context: &Context, client: &Client<api::Request>) -> Result<()> {
        let options = Options { deadline: PATIENCE, ..Options::default() };
        let probed = context.block_on(client.call_with(options, api::Probe { app_id: self.app.clone() }))?;
        context.print.show(&probed, || {
            let mut table = Table::new(["STEP", "STATE", "FOUND", "WHAT TO DO"]);
            for step in &probed.steps {
                let state = match step.state {
                    api::StepState::Ok => "ok",
                    api::StepState::Warning => "warning",
                    api::StepState::Failed => "failed",
                };
                table.row([
                    step.name.clone(),
                    state.to_owned(),
                    step.detail.clone(),
                    step.hint.clone().unwrap_or_default(),
                ]);
            }
            table
        });
        match probed.steps.iter().find(|step| step.state == api::StepState::Failed) {
            None => Ok(()),
            Some(step) => Err(Error::new(
                Code::TargetFailed,
                format!("the mail of `{}` cannot be sent: {}: {}", self.app, step.name, step.detail),
            )),
        }
    }
}

impl Resume {
    pub(super) fn run(self, context: &Context, client: &Client<api::Request>) -> Result<()> {
        let resumed = context.block_on(client.call(api::Resume { app_id: self.app.clone() }))?;
        if context.print.for_people() {
            let told = if resumed.was_paused { "is tried again" } else { "was not paused" };
            context.print.line(&format!("The mail of {} {told}", self.app));
        } else {
            context.print.value(&resumed);
        }
        Ok(())
    }
}
