//! `auth/login`.

use std::sync::atomic::Ordering;

use hyper::StatusCode;

use super::super::accounts;
use super::super::auth;
use super::super::context::Context;
use super::super::input::{Body, text_of};
use super::super::messages::{Message, Words};
use super::super::plan::{Input, LONGEST_IDENTIFIER};
use super::super::respond::{self, Refused, Response};
use super::super::stages::Serving;
use crate::auth::password;
use crate::config::Login;
use crate::error::{Code, Error, Result};

impl Serving<'_> {
    /// Answers `auth/login`: the token, the user, and the app's lists; or 401 in every other case, after the same
    /// work.
    pub(in super::super) async fn login(
        &self,
        cx: &mut Context,
        input: &Input<'_>,
    ) -> Result<Response, Refused> {
        let queries = self.queries()?;
        let typed = typed(&queries.login, input, cx.words)?;
        let normal = accounts::normal(&typed.identifier);
        cx.account = Some(normal.clone());
        self.limits.try_from_address(cx)?;
        let may_exist = normal.len() <= LONGEST_IDENTIFIER;
        // What is too long to be an account is counted as one, so that nobody fills the memory with them.
        self.limits.try_at_account(cx, self.app.name(), if may_exist { &normal } else { "" })?;

        let found = if may_exist { self.account(cx, &typed.identifier).await? } else { None };
        let hash = found.as_ref().and_then(|account| account.hash.clone());
        let even = self.even_cost(hash.as_deref(), queries.password.cost);
        let right = self.gateway.passwords.verify(typed.password, hash, even).await?;
        let Some(account) = found.filter(|_| right) else {
            return Err(auth::refused(self.app.name(), Message::BadCredentials, cx.words));
        };
        self.limits.forget_account(self.app.name(), &normal);
        cx.user_id = Some(account.id);
        let signed_in = self.signed_in(cx, &account, None).await?;
        self.gateway.events.happened(cx, "login", Some(&normal));
        let message = cx.words.text(Message::SignedIn);
        Ok(respond::sign_in(StatusCode::OK, message, Some(&signed_in.data), &signed_in.too_long))
    }

    /// Returns the cost that every refusal is brought up to: the highest one seen in this app, the configured one
    /// before there is any.
    fn even_cost(&self, hash: Option<&str>, configured: u32) -> u32 {
        let cost = hash.and_then(password::cost).unwrap_or(0);
        let seen = self.tenant.highest_cost.fetch_max(cost, Ordering::Relaxed).max(cost);
        if seen == 0 { configured } else { seen }
    }
}

struct Typed {
    identifier: String,
    password: String,
}

/// Takes what was typed out of the body; what else is in it means nothing here.
fn typed(login: &Login, input: &Input<'_>, words: Words) -> Result<Typed> {
    let body = Body::parse(input.body, input.max_depth, input.lang)?;
    let mut error = Error::new(Code::Validation, words.of_code(Code::Validation));
    let mut take = |name: &str| {
        let text = body.get(name).map(text_of);
        let message = match text {
            Some(Some(text)) if !text.trim().is_empty() => return text.into_owned(),
            None | Some(Some(_)) => Message::Required,
            Some(None) => Message::NotText,
        };
        error.fields.push(crate::error::FieldError {
            field: name.to_owned().into(),
            message: words.text(message).into(),
        });
        String::new()
    };
    let typed = Typed { identifier: take(&login.identifier.value), password: take(&login.password) };
    if error.fields.is_empty() { Ok(typed) } else { Err(error) }
}
