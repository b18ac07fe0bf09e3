//! `sogo smtp suppressions`: addresses that get no mail.

use clap::{Args, Subcommand};

use crate::cmd::context::Context;
use crate::cmd::print::Table;
use crate::error::{Code, Error, Result};
use crate::ipc::Client;
use crate::services::smtp::api;

/// Addresses that get no mail of an app
///
/// An address gets there when a server says that it takes no mail at all, or by hand.
#[derive(Debug, Subcommand)]
pub(super) enum Suppressions {
    /// List them, newest first
    List {
        /// Only this app's
        app: Option<String>,
        /// Only this address
        #[arg(long, value_name = "ADDRESS")]
        address: Option<String>,
        /// Show so many at most
        #[arg(short = 'n', long, default_value_t = api::SuppressionsList::default_limit())]
        limit: u32,
    },
    Add(Add),
    /// Send an address mail of an app again
    Remove {
        /// The app
        app: String,
        /// The address
        address: String,
    },
}

/// Send an address no mail of an app from now on
#[derive(Debug, Args)]
pub(super) struct Add {
    /// The app
    app: String,
    /// The address
    address: String,
    /// Why, for people
    #[arg(long)]
    reason: Option<String>,
    /// For so many days [default: for ever]
    #[arg(long)]
    days: Option<u32>,
}

impl Suppressions {
    pub(super) fn run(self, context: &Context, client: &Client<api::Request>) -> Result<()> {
        match self {
            Self::List { app, address, limit } => {
                let action = api::SuppressionsList { app_id: app, address, limit };
                let found = context.block_on(client.call(action))?;
                context.print.show(&found, || table(&found.suppressions));
                Ok(())
            }
            Self::Add(Add { app, address, reason, days }) => {
                let action = api::SuppressionsAdd { app_id: app, address, reason, days };
                let added = context.block_on(client.call(action))?;
                context.print.show(&added, || table(std::slice::from_ref(&added)));
                Ok(())
            }
            Self::Remove { app, address } => {
                let action = api::SuppressionsRemove { app_id: app.clone(), address: address.clone() };
                if context.block_on(client.call(action))?.changed == 0 {
                    return Err(Error::new(
                        Code::NotFound,
                        format!("`{address}` is not suppressed for `{app}`"),
                    )
                    .hint(format!("`sogo smtp suppressions list {app}` shows those that are")));
                }
                Ok(())
            }
        }
    }
}

fn table(suppressions: &[api::Suppression]) -> Table {
    let mut table = Table::new(["APP", "ADDRESS", "REASON", "SINCE", "UNTIL"]);
    for one in suppressions {
        table.row([
            one.app.clone(),
            one.address.clone(),
            one.reason.clone(),
            one.since.clone(),
            one.until.clone().unwrap_or_else(|| "for ever".to_owned()),
        ]);
    }
    table
}
