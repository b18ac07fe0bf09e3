//! `sogo user add`.

use clap::Args;
use serde::Serialize;

use super::password::{self, PasswordFrom};
use crate::cmd::context::Context;
use crate::cmd::text::pair;
use crate::cmd::{apps, users::Users};
use crate::error::{Code, Error, Result};
use crate::services::gateway::accounts::normal;
use crate::services::gateway::plan::users;

/// Add a user to an app
///
/// The rules are those of a sign-up; columns that nobody may give when signing up, such as the role, can be set here.
#[derive(Debug, Args)]
pub(super) struct Add {
    /// The app
    app: String,
    /// What the user signs in with, such as an e-mail address
    #[arg(value_name = "EMAIL")]
    user: String,
    /// The column `name`
    #[arg(long)]
    name: Option<String>,
    /// The column `role`
    #[arg(long)]
    role: Option<String>,
    /// Any other column of the table
    #[arg(long = "set", value_name = "COLUMN=VALUE", value_parser = pair)]
    columns: Vec<(String, String)>,
    #[command(flatten)]
    password: PasswordFrom,
}

#[derive(Debug, Serialize)]
struct Added<'a> {
    app: &'a str,
    id: u64,
    user: &'a str,
}

pub(super) fn run(context: &Context, add: &Add) -> Result<()> {
    let app = apps::find(context, &add.app)?;
    let user = normal(&add.user);
    // What can be refused is refused before anybody is asked for a password.
    let found = context.block_on(async {
        let found = Users::open(context, &app).await?;
        match found.known_by(&user).await? {
            Some(_) => Err(is_there(&add.app, &user)),
            None => Ok(found),
        }
    })?;
    let table = found.table()?;
    if let Some(role) = &add.role {
        users::check_role(role)?;
        super::note_unknown_role(context, &app, role);
    }
    let columns = add.columns(table.identifier(), table.password(), &user)?;
    let password = add.password.read(context)?;
    let password_column = (table.password().to_owned(), password.expose().to_owned());
    let all: Vec<_> = columns.into_iter().chain([password_column]).collect();
    let registration = users::add(&table, &all)?;
    let id = context.block_on(async {
        let hash = password::hash(password, users::password_cost(&table)).await?;
        let inserted = found.db.call(registration.insert(hash)).await;
        let id = inserted.map_err(|error| match error.code {
            Code::Duplicate => is_there(&add.app, &user).caused_by(error),
            _ => error,
        })?;
        if found.known_by(&user).await?.is_none() {
            context
                .print
                .note("the query of a sign-in does not find this user: see `login` in queries/auth.yaml");
        }
        Ok(id.insert_id)
    })?;
    if context.print.for_people() {
        context.print.line(&format!("{user} is user {id} of {}", add.app));
    } else {
        context.print.value(&Added { app: &add.app, id, user: &user });
    }
    Ok(())
}

impl Add {
    /// Returns the columns that are given beside the password, each once.
    fn columns(&self, identifier: &str, password: &str, user: &str) -> Result<Vec<(String, String)>> {
        let mut columns = vec![(identifier.to_owned(), user.to_owned())];
        let named = [("name", &self.name), ("role", &self.role)].into_iter();
        let named = named.filter_map(|(name, value)| Some((name.to_owned(), value.clone()?)));
        for (name, value) in named.chain(self.columns.iter().cloned()) {
            if name.eq_ignore_ascii_case(password) {
                return Err(Error::new(
                    Code::Usage,
                    "a password on the command line could be read by everybody",
                )
                .hint("name a file that holds it with --password-file"));
            }
            if columns.iter().any(|(known, _)| known.eq_ignore_ascii_case(&name)) {
                return Err(Error::new(Code::Usage, format!("`{name}` is given twice")));
            }
            columns.push((name, value));
        }
        Ok(columns)
    }
}

fn is_there(app: &str, user: &str) -> Error {
    Error::new(Code::Conflict, format!("`{app}` has a user `{user}` already"))
        .hint(format!("`sogo user passwd {app} {user}` gives them another password"))
}
