//! Signing up, in and out, and who one is.
//!
//! Whether an account exists is told by nothing but a sign-up: a wrong password and an unknown account have the same
//! words, the same work and the same limits.

mod limits;
mod login;
mod passwords;
mod register;

use bytes::Bytes;
use futures_util::future::try_join_all;
use hyper::StatusCode;

pub(super) use self::limits::SignInLimits;
pub(super) use self::passwords::Passwords;
use super::accounts::{self, Account, Accounts, ById};
use super::caller::{Caller, DEFAULT_ROLE};
use super::context::Context;
use super::messages::Message;
use super::plan::{self, Input};
use super::respond::{self, Refused, Response};
use super::stages::Serving;
use crate::auth::token::Claims;
use crate::config::AuthQueries;
use crate::error::{Code, Error, Result};

impl Serving<'_> {
    /// Answers `auth/me`: the user's row without the password.
    pub(super) async fn me(
        &self,
        cx: &Context,
        caller: &Caller,
        input: &Input<'_>,
    ) -> Result<Response, Refused> {
        let query = plan::me(self.app, caller, input)?;
        // The token outlives a user who was removed.
        let gone = || super::auth::refused(self.app.name(), Message::TokenInvalid, cx.words);
        let row = self.ask(cx, query).await?.row.ok_or_else(gone)?;
        Ok(respond::data(&accounts::without(&row, &self.queries()?.login.password)?))
    }

    /// Answers `auth/logout`. Tokens are not stored, so there is nothing to forget but in the client.
    pub(super) fn logout(&self, cx: &Context) -> Response {
        self.gateway.events.happened(cx, "logout", None);
        respond::sign_in(StatusCode::OK, cx.words.text(Message::SignedOut), None, &[])
    }

    /// Returns a user as a sign-in would: with the role that their row names, unless another is given; and whether there
    /// is such a user, where the app can tell.
    ///
    /// Somebody who is not found has the role of everybody: a token outlives its user.
    pub(super) async fn caller(
        &self,
        cx: &Context,
        user_id: i64,
        role: Option<String>,
    ) -> Result<(Caller, bool)> {
        let found = match self.queries() {
            Ok(_) => self.accounts(cx)?.with_id(user_id).await.map_err(|error| public(error, cx))?,
            Err(_) => ById::Untold,
        };
        let is_unknown = matches!(found, ById::Unknown);
        let mut caller = match found {
            ById::Found(account) => account.caller(),
            ById::Unknown | ById::Untold => {
                Caller { user_id, role: DEFAULT_ROLE.to_owned(), email: String::new(), name: String::new() }
            }
        };
        if let Some(role) = role {
            caller.role = role;
        }
        Ok((caller, !is_unknown))
    }

    fn queries(&self) -> Result<&AuthQueries> {
        let queries = self.tenant.app.queries.auth.as_ref();
        // There is no route to here without them.
        queries.ok_or_else(|| Error::new(Code::NotFound, "the app has no queries/auth.yaml"))
    }

    /// Returns the user whom the app knows by this, in the same way.
    ///
    /// # Errors
    /// [`Code::NotFound`] when there is none.
    pub(super) async fn caller_known_by(
        &self,
        cx: &Context,
        known_by: &str,
        role: Option<String>,
    ) -> Result<Caller> {
        let found = self.account(cx, known_by).await?.ok_or_else(|| {
            Error::new(Code::NotFound, format!("`{}` has no user `{known_by}`", self.app.name()))
        })?;
        let mut caller = found.caller();
        if let Some(role) = role {
            caller.role = role;
        }
        Ok(caller)
    }

    fn accounts<'a>(&'a self, cx: &'a Context) -> Result<Accounts<'a>> {
        let (options, lang) = (cx.options(), cx.words.lang());
        Ok(Accounts { db: &self.gateway.db, options, app: self.app, login: &self.queries()?.login, lang })
    }

    /// Finds the account that is known by what was typed.
    pub(super) async fn account(&self, cx: &Context, typed: &str) -> Result<Option<Account>> {
        self.accounts(cx)?.known_by(typed).await.map_err(|error| public(error, cx))
    }

    /// Returns what a sign-in answers: a token, the user, and the lists that the app gives beside them.
    ///
    /// A list that is too long is left out and named: it can be asked for by itself, page by page, and whoever makes
    /// many rows must not keep those who see them from signing in.
    async fn signed_in(&self, cx: &Context, account: &Account, insert_id: Option<u64>) -> Result<SignedIn> {
        let caller = account.caller();
        let asked = plan::load(self.app, &caller, cx.words.lang())?.into_iter();
        let list = async |(name, query)| match self.rows(cx, query).await {
            Ok(rows) => Ok((name, Some(rows))),
            Err(error) if matches!(error.code, Code::Validation | Code::TooLarge) => Ok((name, None)),
            Err(error) => Err(error),
        };
        let (mut lists, mut too_long) = (Vec::new(), Vec::new());
        for (name, rows) in try_join_all(asked.map(list)).await? {
            match rows {
                Some(rows) => lists.push((name, rows)),
                None => too_long.push(name),
            }
        }
        let lifetime = i64::try_from(self.tenant.app.auth.jwt_expiry.as_secs()).unwrap_or(i64::MAX);
        let token = self.tenant.key.sign(&Claims {
            sub: account.id,
            email: account.email.clone(),
            name: account.name.clone(),
            app: self.app.name().to_owned(),
            role: account.role.clone(),
            exp: cx.now.saturating_add(lifetime),
            iat: cx.now,
        });
        Ok(SignedIn { data: data(insert_id, &token, &account.row, &lists), too_long })
    }
}

/// Puts what sogoms-db refuses into public words; failures of ours get theirs where the request is answered.
fn public(error: Error, cx: &Context) -> Error {
    if error.code.outcome().http < 500 { respond::public(error, cx.words) } else { error }
}

/// What is answered to a user who signs in.
struct SignedIn {
    /// The data, JSON.
    data: Vec<u8>,
    /// Lists that are not in it.
    too_long: Vec<String>,
}

fn data(insert_id: Option<u64>, token: &str, user: &[u8], lists: &[(String, Bytes)]) -> Vec<u8> {
    let rows: usize = lists.iter().map(|(name, rows)| name.len() + rows.len() + 4).sum();
    let mut data = Vec::with_capacity(64 + token.len() + user.len() + rows);
    data.push(b'{');
    if let Some(id) = insert_id {
        data.extend_from_slice(format!("\"insert_id\":{id},").as_bytes());
    }
    data.extend_from_slice(b"\"token\":");
    respond::put(&mut data, token);
    data.extend_from_slice(b",\"user\":");
    data.extend_from_slice(user);
    for (name, rows) in lists {
        data.push(b',');
        respond::put(&mut data, name);
        data.push(b':');
        data.extend_from_slice(rows);
    }
    data.push(b'}');
    data
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sign_in_answers_as_the_contract_shows_it() {
        let lists = [("projects".to_owned(), Bytes::from_static(b"[]")), ("tasks".to_owned(), "[{}]".into())];
        let json = data(None, "eyJ", br#"{"id":1}"#, &lists);
        assert_eq!(json, br#"{"token":"eyJ","user":{"id":1},"projects":[],"tasks":[{}]}"#);
        assert_eq!(data(Some(7), "eyJ", b"{}", &[]), br#"{"insert_id":7,"token":"eyJ","user":{}}"#);
    }
}
