//! Who a user is: the row behind what somebody signs in with.
//!
//! A sign-in, `sogo way explain`, `sogo token` and `sogo user` all find it here, so that an operator sees the user whom
//! the gateway would let in.

mod account;

pub(super) use self::account::without;
pub use self::account::{Account, normal};
use super::caller::{Caller, DEFAULT_ROLE};
use super::compile::CompiledApp;
use super::plan::{self, Demands, Input};
use super::words::Lang;
use crate::config::Login;
use crate::error::Result;
use crate::ipc::Client;
use crate::ipc::client::Options;
use crate::services::db::api::{QueryOne, Request};

/// The users of one app, as its sign-in finds them.
#[derive(Debug)]
pub struct Accounts<'a> {
    /// The way to sogoms-db.
    pub db: &'a Client<Request>,
    /// How it is asked.
    pub options: Options<'a>,
    /// The app, made ready.
    pub app: &'a CompiledApp,
    /// How its users sign in.
    pub login: &'a Login,
    /// The language of refusals.
    pub lang: Lang,
}

/// What is known of a user who is named by id.
#[derive(Debug)]
pub enum ById {
    /// The user signs in as this account.
    Found(Account),
    /// There is no such user, or none who could sign in.
    Unknown,
    /// The app cannot tell: it has no `me`, or one that does not tell what this user signs in with.
    Untold,
}

impl Accounts<'_> {
    /// Finds the account that is known by what was typed, in normal form or else as it was typed: older rows may
    /// hold capitals, in columns where they count.
    pub async fn known_by(&self, typed: &str) -> Result<Option<Account>> {
        let normal = normal(typed);
        if let Some(account) = self.written_as(&normal, &normal).await? {
            return Ok(Some(account));
        }
        if typed.trim() == normal { Ok(None) } else { self.written_as(typed.trim(), &normal).await }
    }

    /// Finds the account with this id: the query for `me` says what the user signs in with, the query of a sign-in says
    /// the rest.
    pub async fn with_id(&self, user_id: i64) -> Result<ById> {
        let (role, none) = (DEFAULT_ROLE.to_owned(), String::new());
        let caller = Caller { user_id, role, email: none.clone(), name: none };
        let input =
            Input { query: None, body: &[], max_depth: 0, lang: self.lang, demands: Demands::default() };
        let Ok(query) = plan::me(self.app, &caller, &input) else { return Ok(ById::Untold) };
        let Some(row) = self.row(query).await? else { return Ok(ById::Unknown) };
        let Some(known_by) = account::column(&row, &self.login.identifier)? else { return Ok(ById::Untold) };
        let found = self.known_by(&known_by).await?.filter(|account| account.id == user_id);
        Ok(found.map_or(ById::Unknown, ById::Found))
    }

    async fn written_as(&self, written: &str, normal_form: &str) -> Result<Option<Account>> {
        let query = plan::login(self.app, written, self.lang)?;
        let Some(row) = self.row(query).await? else { return Ok(None) };
        let account = Account::read(&row, self.login)?;
        // A collation may find `é` for `e`, and a NULL belongs to nobody.
        let is_theirs = account.identifier.as_deref().is_some_and(|found| normal(found) == normal_form);
        Ok(Some(account).filter(|_| is_theirs))
    }

    async fn row(&self, query: QueryOne) -> Result<Option<bytes::Bytes>> {
        Ok(self.db.call_with(self.options, query).await?.row)
    }
}
