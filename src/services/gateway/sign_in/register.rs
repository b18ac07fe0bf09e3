//! `auth/register`.

use hyper::StatusCode;

use super::super::accounts;
use super::super::context::Context;
use super::super::input::{Body, text_of};
use super::super::messages::Message;
use super::super::plan::{self, Input};
use super::super::respond::{self, Refused, Response};
use super::super::stages::Serving;
use super::SignedIn;
use crate::error::{Code, Error, Result};

impl Serving<'_> {
    /// Answers `auth/register`: the new user is signed in at once, where the app's login query finds them.
    pub(in super::super) async fn register(
        &self,
        cx: &mut Context,
        input: &Input<'_>,
    ) -> Result<Response, Refused> {
        self.limits.try_from_address(cx)?;
        let queries = self.queries()?;
        let body = with_normal(input, &queries.login.identifier.value)?;
        let registration = plan::register(self.app, &Input { body: &body, ..*input })?;
        let identifier = registration.identifier.clone();
        cx.account = Some(identifier.clone());

        let taken = || Error::new(Code::Conflict, cx.words.text(Message::AccountTaken));
        // A table without a unique key would take the same account twice.
        if self.account(cx, &identifier).await?.is_some() {
            return Err(taken().into());
        }
        let password = registration.password.clone();
        let hash = self.gateway.passwords.hash(password, queries.password.cost).await?;
        let inserted = self
            .ask(cx, registration.insert(hash))
            .await
            .map_err(|error| if error.code == Code::Duplicate { taken().caused_by(error) } else { error })?;
        let signed_in = self.sign_in_new(cx, &identifier, inserted.insert_id).await;
        self.gateway.events.happened(cx, "register", Some(&identifier));
        let message = cx.words.text(Message::SignedUp);
        Ok(respond::sign_in(StatusCode::CREATED, message, Some(&signed_in.data), &signed_in.too_long))
    }

    /// Signs the new user in. The account is there whatever happens now, so that failing makes no error: without a
    /// token the client signs in by itself.
    async fn sign_in_new(&self, cx: &mut Context, identifier: &str, insert_id: u64) -> SignedIn {
        // A row with another id is another user's, whatever it is known by.
        let is_new = |id: i64| u64::try_from(id) == Ok(insert_id);
        if let Ok(Some(account)) = self.account(cx, identifier).await
            && is_new(account.id)
        {
            cx.user_id = Some(account.id);
            if let Ok(signed_in) = self.signed_in(cx, &account, Some(insert_id)).await {
                return signed_in;
            }
        }
        SignedIn { data: format!("{{\"insert_id\":{insert_id}}}").into_bytes(), too_long: Vec::new() }
    }
}

/// Returns the body with what the user will be known by in normal form; everything else stays as it was written.
fn with_normal(input: &Input<'_>, identifier: &str) -> Result<Vec<u8>> {
    let body = Body::parse(input.body, input.max_depth, input.lang)?;
    let mut json = vec![b'{'];
    for (name, raw) in &body.fields {
        if json.len() != 1 {
            json.push(b',');
        }
        respond::put(&mut json, name);
        json.push(b':');
        match text_of(raw).filter(|_| name == identifier) {
            Some(typed) => respond::put(&mut json, &accounts::normal(&typed)),
            None => json.extend_from_slice(raw.get().as_bytes()),
        }
    }
    json.push(b'}');
    Ok(json)
}

#[cfg(test)]
mod tests {
    use super::super::super::plan::Demands;
    use super::super::super::words::Lang;
    use super::*;

    #[test]
    fn only_the_identifier_is_rewritten() {
        let body = br#"{"Email": "X", "email":" Alice@Example.COM ", "password":" A ", "n":1.10, "o":{"email":"B"}}"#;
        let input = Input { query: None, body, max_depth: 8, lang: Lang::En, demands: Demands::default() };
        let expected =
            r#"{"Email":"X","email":"alice@example.com","password":" A ","n":1.10,"o":{"email":"B"}}"#;
        assert_eq!(with_normal(&input, "email").unwrap(), expected.as_bytes().to_vec());
    }
}
