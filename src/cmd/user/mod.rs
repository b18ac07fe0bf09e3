//! `sogo user`: the users of an app, in its own table.

mod add;
mod list;
mod passwd;
mod password;
mod role;

use clap::{Args, Subcommand};

use super::context::Context;
use crate::error::Result;

/// Add users to an app, give them passwords and roles, list them
///
/// The users are rows of the app's own table, which its queries/auth.yaml tells. A password is asked for on the
/// terminal or read from a file, never taken from the command line.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  sogo user add prokov alice@example.com --name Alice
  sogo user add prokov admin@example.com --role admin --password-file - < password.txt
  sogo user passwd prokov alice@example.com
  sogo user role prokov alice@example.com admin
  sogo user list prokov --role admin")]
pub(super) struct User {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Debug, Subcommand)]
enum Verb {
    Add(add::Add),
    Passwd(passwd::Passwd),
    Role(role::Role),
    List(list::List),
}

pub(super) fn run(context: &Context, user: User) -> Result<()> {
    match user.verb {
        Verb::Add(add) => add::run(context, &add),
        Verb::Passwd(passwd) => passwd::run(context, &passwd),
        Verb::Role(role) => role::run(context, &role),
        Verb::List(list) => list::run(context, &list),
    }
}

/// Says that the roles of an app's files do not know this one, which then has what `default` has.
fn note_unknown_role(context: &Context, app: &crate::config::App, role: &str) {
    let resources = app.queries.resources.values();
    let filters = resources.flat_map(|resource| {
        let read = [&resource.list, &resource.show].into_iter().flatten().map(|read| &read.filters);
        let create = resource.create.as_ref().map(|create| &create.filters);
        let update = resource.update.as_ref().map(|update| &update.filters);
        let delete = resource.delete.as_ref().map(|delete| &delete.filters);
        read.chain(create).chain(update).chain(delete)
    });
    let is_known = role == "default" || filters.into_iter().any(|filters| filters.by_role.contains_key(role));
    if !is_known {
        context.print.note(&format!(
            "no filter of `{}` names the role `{role}`: it sees what `default` sees",
            app.name
        ));
    }
}
