//! The users of an app, as an operator meets them: found as a sign-in finds them, over sogoms-db.

use std::sync::Arc;

use super::context::{Context, client};
use crate::config::{App, AuthQueries};
use crate::error::{Code, Error, Result};
use crate::ipc::Client;
use crate::ipc::client::Options;
use crate::services::db::api::{Introspect, Request, Schema};
use crate::services::gateway::accounts::{Account, Accounts, ById};
use crate::services::gateway::compile::{self, CompiledApp, UsersTable};
use crate::services::gateway::words::Lang;

/// The users of one app.
#[derive(Debug)]
pub(super) struct Users {
    app: Arc<App>,
    schema: Schema,
    compiled: CompiledApp,
    pub(super) db: Client<Request>,
}

impl Users {
    /// Looks at the tables of an app.
    ///
    /// # Errors
    /// [`Code::NotFound`] when nobody signs in to it, [`Code::Unavailable`] when sogoms-db does not answer.
    pub(super) async fn open(context: &Context, app: &Arc<App>) -> Result<Self> {
        auth(app)?;
        let db = client(&context.places.socket("sogoms-db", 1));
        let schema = db.call(Introspect { app_id: app.name.clone(), tables: None }).await?;
        let (compiled, _) = compile::compile(app, &schema);
        Ok(Self { app: Arc::clone(app), schema, compiled, db })
    }

    /// Returns the table that holds them.
    pub(super) fn table(&self) -> Result<UsersTable> {
        compile::users_table(&self.app, &self.schema)
    }

    /// Returns the name of the app.
    pub(super) fn app(&self) -> &str {
        &self.app.name
    }

    /// Finds the account that is known by what is typed.
    pub(super) async fn known_by(&self, typed: &str) -> Result<Option<Account>> {
        self.accounts()?.known_by(typed).await.map_err(with_check)
    }

    /// Finds a user by what they sign in with, or by id.
    ///
    /// # Errors
    /// [`Code::NotFound`] when there is none.
    pub(super) async fn find(&self, typed: &str) -> Result<Account> {
        let identifier = &auth(&self.app)?.login.identifier.value;
        let found = match typed.parse::<i64>() {
            Err(_) => self.known_by(typed).await?,
            Ok(id) => match self.accounts()?.with_id(id).await.map_err(with_check)? {
                ById::Found(account) => Some(account),
                ById::Unknown => None,
                ById::Untold => {
                    let message = format!(
                        "a user is found by id with `me` of queries/auth.yaml, which does not select `{identifier}`"
                    );
                    return Err(
                        Error::new(Code::NotFound, message).hint(format!("name the user by `{identifier}`"))
                    );
                }
            },
        };
        found.ok_or_else(|| {
            Error::new(Code::NotFound, format!("`{}` has no user `{typed}`", self.app.name)).hint(format!(
                "a user is named by id or by `{identifier}`; `sogo user list {}` tells who there is",
                self.app.name
            ))
        })
    }

    fn accounts(&self) -> Result<Accounts<'_>> {
        let login = &auth(&self.app)?.login;
        let options = Options::default();
        Ok(Accounts { db: &self.db, options, app: &self.compiled, login, lang: Lang::En })
    }
}

fn auth(app: &App) -> Result<&AuthQueries> {
    app.queries.auth.as_ref().ok_or_else(|| {
        Error::new(Code::NotFound, format!("nobody signs in to `{}`", app.name))
            .hint("its queries/auth.yaml is missing")
    })
}

/// What keeps a sign-in from being made ready is told by the check alone.
fn with_check(error: Error) -> Error {
    match error.code {
        Code::Config if error.hint.is_none() => error.hint("see what is wrong with `sogo check --live`"),
        _ => error,
    }
}
