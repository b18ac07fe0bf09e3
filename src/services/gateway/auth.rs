//! The stage that finds out who asks.

use hyper::header::{AUTHORIZATION, HeaderMap, HeaderName, HeaderValue, WWW_AUTHENTICATE};

use super::caller::{Caller, DEFAULT_ROLE};
use super::messages::{Message, Words};
use super::respond::Refused;
use crate::auth::token::{Claims, Key, Refusal};
use crate::error::{Code, Error};

/// Returns the user whose token the request carries in `Authorization: Bearer …`; nowhere else is one looked for.
///
/// # Errors
/// [`Code::Unauthorized`] with the challenge of RFC 6750.
pub(super) fn caller(
    key: &Key,
    app: &str,
    headers: &HeaderMap,
    now: i64,
    words: Words,
) -> Result<Caller, Refused> {
    let mut values = headers.get_all(AUTHORIZATION).iter();
    let (value, further) = (values.next(), values.next());
    let token = match (value.map(bearer), further) {
        (None, _) => return Err(refused(app, Message::TokenMissing, words)),
        (Some(Some(token)), None) => token,
        _ => return Err(refused(app, Message::TokenInvalid, words)),
    };
    match key.verify(token, app, now) {
        Ok(claims) => Ok(of(claims)),
        Err(refusal) => {
            let message =
                if refusal == Refusal::Expired { Message::TokenExpired } else { Message::TokenInvalid };
            let mut refused = refused(app, message, words);
            refused.error = refused.error.caused_by(refusal);
            Err(refused)
        }
    }
}

/// Takes the token out of `Bearer TOKEN`; the scheme's case does not count.
fn bearer(value: &HeaderValue) -> Option<&str> {
    let (scheme, token) = value.to_str().ok()?.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then(|| token.trim())
}

fn of(claims: Claims) -> Caller {
    Caller {
        user_id: claims.sub,
        role: claims.role.unwrap_or_else(|| DEFAULT_ROLE.to_owned()),
        email: claims.email.unwrap_or_default(),
        name: claims.name.unwrap_or_default(),
    }
}

/// Returns the refusal of a request without a valid token, or of a sign-in.
pub(super) fn refused(app: &str, message: Message, words: Words) -> Refused {
    let error = Error::new(Code::Unauthorized, words.text(message));
    Refused { error, header: challenge(app, message) }
}

/// Returns the challenge; a request without a token, and a sign-in, is told no error, as RFC 6750 asks.
fn challenge(app: &str, message: Message) -> Option<(HeaderName, HeaderValue)> {
    let value = match message {
        Message::TokenMissing | Message::BadCredentials => format!("Bearer realm=\"{app}\""),
        // Headers are ASCII: the contract's own words are.
        _ => format!(
            "Bearer realm=\"{app}\", error=\"invalid_token\", error_description=\"{}\"",
            Words::default().text(message)
        ),
    };
    Some((WWW_AUTHENTICATE, HeaderValue::try_from(value).ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Secret;

    const NOW: i64 = 1_765_900_000;

    fn key() -> Key {
        Key::new(&Secret::new("a secret of thirty-two bytes, yes"))
    }

    fn token(exp: i64, role: Option<&str>) -> String {
        key().sign(&Claims {
            sub: 3,
            email: Some("carol@example.com".to_owned()),
            name: None,
            app: "prokov".to_owned(),
            role: role.map(str::to_owned),
            exp,
            iat: NOW,
        })
    }

    fn ask(values: &[&str]) -> Result<Caller, (String, String)> {
        let mut headers = HeaderMap::new();
        for value in values {
            headers.append(AUTHORIZATION, HeaderValue::from_bytes(value.as_bytes()).unwrap());
        }
        caller(&key(), "prokov", &headers, NOW, Words::default()).map_err(|refused| {
            assert_eq!(refused.error.code, Code::Unauthorized);
            let (name, value) = refused.header.unwrap();
            assert_eq!(name, WWW_AUTHENTICATE);
            (refused.error.message.into_owned(), value.to_str().unwrap().to_owned())
        })
    }

    #[test]
    fn a_valid_token_says_who_asks() {
        let good = token(NOW + 60, None);
        for value in [format!("Bearer {good}"), format!("bearer {good}"), format!("BEARER   {good} ")] {
            let caller = ask(&[&value]).unwrap();
            assert_eq!((caller.user_id, &*caller.role, &*caller.email), (3, "default", "carol@example.com"));
        }
        assert_eq!(ask(&[&format!("Bearer {}", token(NOW + 60, Some("admin")))]).unwrap().role, "admin");
    }

    #[test]
    fn everything_else_is_refused_with_a_challenge() {
        let invalid = r#"Bearer realm="prokov", error="invalid_token", error_description="Token invalid""#;
        let good = format!("Bearer {}", token(NOW + 60, None));
        for values in [
            &["Basic YWxpY2U6c2VjcmV0"][..],
            &["Bearer"],
            &["Bearer "],
            &["Bearer x.y.z"],
            &[""],
            &["é"],
            &[&good, &good],
            &[&good[7..]],
        ] {
            assert_eq!(ask(values), Err(("Token invalid".to_owned(), invalid.to_owned())), "{values:?}");
        }
        let missing = r#"Bearer realm="prokov""#;
        assert_eq!(ask(&[]), Err(("Token required".to_owned(), missing.to_owned())));
        let (message, challenge) = ask(&[&format!("Bearer {}", token(NOW, None))]).unwrap_err();
        assert_eq!(message, "Token expired");
        assert!(
            challenge.ends_with(r#"error="invalid_token", error_description="Token expired""#),
            "{challenge}"
        );
    }
}
