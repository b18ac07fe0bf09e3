//! Takes secrets out of what is about to be written.

use serde_json::{Map, Value};

/// What stands in the place of a secret.
const REDACTED: &str = "[redacted]";
/// What stands in the place of a value that is nested too deep.
const TOO_DEEP: &str = "[nested too deep]";
/// Levels that are kept.
const DEEPEST: usize = 32;

/// A key that contains one of these, whatever its case and whatever stands between its letters, names a secret.
const CONTAINED: &[&str] = &[
    "password",
    "passwd",
    "passphrase",
    "motdepasse",
    "secret",
    "token",
    "authorization",
    "cookie",
    "apikey",
    "privatekey",
    "jwt",
    "csrf",
    "credential",
];
/// A key that is one of these names a secret; as a part of a word they mean other things (`bypass`, `opinion`).
const WHOLE: &[&str] = &["pass", "pwd", "mdp", "pin", "otp", "auth", "bearer"];

/// Replaces, at any depth, each value whose key sounds like a secret, and what is nested deeper than 32 levels: readers
/// of JSON have limits too, and put the entry into some levels of their own.
pub(super) fn redact(fields: &mut Map<String, Value>) {
    redact_fields(fields, DEEPEST);
}

fn redact_fields(fields: &mut Map<String, Value>, levels: usize) {
    for (key, value) in fields {
        if !value.is_null() && names_a_secret(key) {
            *value = Value::from(REDACTED);
        } else {
            redact_within(value, levels - 1);
        }
    }
}

fn redact_within(value: &mut Value, levels: usize) {
    match value {
        Value::Object(_) | Value::Array(_) if levels == 0 => *value = Value::from(TOO_DEEP),
        Value::Object(fields) => redact_fields(fields, levels),
        Value::Array(values) => values.iter_mut().for_each(|value| redact_within(value, levels - 1)),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

fn names_a_secret(key: &str) -> bool {
    let plain: String =
        key.chars().filter(char::is_ascii_alphanumeric).map(|letter| letter.to_ascii_lowercase()).collect();
    CONTAINED.iter().any(|word| plain.contains(word)) || WHOLE.contains(&&*plain)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn keys_that_sound_like_secrets() {
        for key in [
            "password",
            "Password",
            "new_password",
            "user.passwd",
            "X-Api-Key",
            "apiKey",
            "access_token",
            "JWT",
            "Set-Cookie",
            "Authorization",
            "client-secret",
            "mot_de_passe",
            "pwd",
            "private key",
            "pass",
        ] {
            assert!(names_a_secret(key), "{key}");
        }
        for key in ["user", "email", "author", "bypass", "passenger", "opinion", "keyboard", "", "é"] {
            assert!(!names_a_secret(key), "{key}");
        }
    }

    #[test]
    fn secrets_go_at_any_depth_and_the_rest_stays() {
        let Value::Object(mut fields) = json!({
            "ip": "192.0.2.7",
            "body": {"email": "a@example.com", "password": "hunter2", "more": [{"token": 12345}, "text"]},
            "headers": [{"Cookie": {"a": "b"}}],
            "secret": null,
        }) else {
            unreachable!()
        };
        redact(&mut fields);
        assert_eq!(
            Value::Object(fields),
            json!({
                "ip": "192.0.2.7",
                "body": {"email": "a@example.com", "password": REDACTED, "more": [{"token": REDACTED}, "text"]},
                "headers": [{"Cookie": REDACTED}],
                "secret": null,
            })
        );
    }

    #[test]
    fn what_is_nested_too_deep_is_cut() {
        let mut fields =
            Map::from_iter([("a".to_owned(), (0..100).fold(json!(1), |inner, _| json!([inner])))]);
        redact(&mut fields);
        let text = Value::Object(fields).to_string();
        assert_eq!(text.matches('[').count(), DEEPEST, "{text}");
        assert!(text.contains(TOO_DEEP));
    }
}
