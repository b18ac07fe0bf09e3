//! Tokens: JWT in compact form, signed with HMAC-SHA256 and nothing else.
//!
//! There is no choice of algorithm anywhere: a token whose header names another one is refused before its signature
//! is looked at. That leaves so little of JWT that it is written out here, over `hmac` and `sha2`, rather than
//! taken from a library that has to be told what not to do.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hmac::{Hmac, Mac};
use serde::{Deserialize, Serialize};
use sha2::Sha256;

use crate::config::Secret;

/// What a token says of its user; the payload of the contract.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Claims {
    /// Id of the user.
    pub sub: i64,
    /// Their e-mail address, where the login query selects one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub email: Option<String>,
    /// Their name, where the login query selects one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// The app that the token is for.
    pub app: String,
    /// Their role; `None` means `default`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub role: Option<String>,
    /// When it ends, in seconds since 1970.
    pub exp: i64,
    /// When it was made, in seconds since 1970.
    pub iat: i64,
}

/// Why a token is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// It is no JWT, or its payload lacks something or has it in another type.
    #[error("the token is malformed")]
    Malformed,
    /// It names another algorithm than HS256.
    #[error("the token names another algorithm than HS256")]
    Algorithm,
    /// Its signature was not made with this key.
    #[error("the signature of the token is wrong")]
    Signature,
    /// Its time is over.
    #[error("the token has expired")]
    Expired,
    /// Its time has not come.
    #[error("the token is not valid yet")]
    NotYet,
    /// It is for another app.
    #[error("the token is for another app")]
    OtherApp,
}

/// The key that signs and verifies the tokens of one app.
#[derive(Clone)]
pub struct Key(Hmac<Sha256>);

impl std::fmt::Debug for Key {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Key(…)")
    }
}

/// `{"alg":"HS256","typ":"JWT"}`, the header of every token made here.
const HEADER: &str = "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9";

/// Longest token that is looked at, in bytes.
const LONGEST: usize = 8192;

impl Key {
    /// Makes a key of an app's secret.
    pub fn new(secret: &Secret) -> Self {
        Self(Hmac::new_from_slice(secret.expose().as_bytes()).expect("HMAC takes keys of any length"))
    }

    /// Makes a token.
    pub fn sign(&self, claims: &Claims) -> String {
        let payload = serde_json::to_vec(claims).expect("claims are plain text and numbers");
        let mut token = String::with_capacity(HEADER.len() + payload.len() * 4 / 3 + 48);
        token.push_str(HEADER);
        token.push('.');
        URL_SAFE_NO_PAD.encode_string(payload, &mut token);
        let signature = self.0.clone().chain_update(&token).finalize().into_bytes();
        token.push('.');
        URL_SAFE_NO_PAD.encode_string(signature, &mut token);
        token
    }

    /// Verifies a token for `app` at `now` (seconds since 1970) and returns what it says.
    ///
    /// `exp` is required and a number, and there is no leeway; `sub` is a whole number; `app` is equal. Signatures
    /// are compared in constant time, and nothing of the payload is read before.
    pub fn verify(&self, token: &str, app: &str, now: i64) -> Result<Claims, Refusal> {
        if LONGEST < token.len() {
            return Err(Refusal::Malformed);
        }
        let (signed, signature) = token.rsplit_once('.').ok_or(Refusal::Malformed)?;
        let (header, payload) = signed.split_once('.').ok_or(Refusal::Malformed)?;
        check_header(header)?;
        let signature = decoded(signature)?;
        self.0.clone().chain_update(signed).verify_slice(&signature).map_err(|_| Refusal::Signature)?;
        check_payload(&decoded(payload)?, app, now)
    }
}

fn decoded(text: &str) -> Result<Vec<u8>, Refusal> {
    URL_SAFE_NO_PAD.decode(text).map_err(|_| Refusal::Malformed)
}

fn check_header(header: &str) -> Result<(), Refusal> {
    #[derive(Deserialize)]
    struct Header {
        alg: String,
        /// Extensions that must be understood; we know none.
        crit: Option<serde::de::IgnoredAny>,
    }
    if header == HEADER {
        return Ok(());
    }
    let header: Header = serde_json::from_slice(&decoded(header)?).map_err(|_| Refusal::Malformed)?;
    match (header.alg.as_str(), header.crit) {
        ("HS256", None) => Ok(()),
        ("HS256", Some(_)) => Err(Refusal::Malformed),
        _ => Err(Refusal::Algorithm),
    }
}

fn check_payload(payload: &[u8], app: &str, now: i64) -> Result<Claims, Refusal> {
    #[derive(Deserialize)]
    struct Payload {
        sub: i64,
        email: Option<String>,
        name: Option<String>,
        app: String,
        role: Option<String>,
        // RFC 7519 allows fractions of a second.
        exp: f64,
        nbf: Option<f64>,
        iat: Option<f64>,
    }
    let payload: Payload = serde_json::from_slice(payload).map_err(|_| Refusal::Malformed)?;
    #[expect(clippy::cast_precision_loss, reason = "exact for the next 285 million years")]
    let moment = now as f64;
    #[expect(clippy::cast_possible_truncation, reason = "saturates, and was compared before")]
    let whole = |seconds: f64| seconds as i64;
    if payload.app != app {
        return Err(Refusal::OtherApp);
    }
    if payload.exp <= moment {
        return Err(Refusal::Expired);
    }
    if payload.nbf.is_some_and(|nbf| moment < nbf) {
        return Err(Refusal::NotYet);
    }
    Ok(Claims {
        sub: payload.sub,
        email: payload.email,
        name: payload.name,
        app: payload.app,
        role: payload.role,
        exp: whole(payload.exp),
        iat: payload.iat.map_or(0, whole),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: i64 = 1_765_900_000;

    fn key() -> Key {
        Key::new(&Secret::new("a secret of thirty-two bytes, yes"))
    }

    fn claims() -> Claims {
        Claims {
            sub: 1,
            email: Some("user@example.com".to_owned()),
            name: Some("User Name".to_owned()),
            app: "prokov".to_owned(),
            role: None,
            exp: 1_765_959_278,
            iat: 1_765_872_878,
        }
    }

    /// Signs any header and payload with the right key.
    fn signed(header: &str, payload: &str) -> String {
        let text = format!("{}.{}", URL_SAFE_NO_PAD.encode(header), URL_SAFE_NO_PAD.encode(payload));
        let signature = key().0.chain_update(&text).finalize().into_bytes();
        format!("{text}.{}", URL_SAFE_NO_PAD.encode(signature))
    }

    const HS256: &str = r#"{"alg":"HS256","typ":"JWT"}"#;

    #[test]
    fn a_token_is_read_as_it_was_made() {
        let token = key().sign(&claims());
        assert_eq!(key().verify(&token, "prokov", NOW), Ok(claims()));
        assert_eq!(URL_SAFE_NO_PAD.encode(HS256), HEADER);
        let payload = URL_SAFE_NO_PAD.decode(token.split('.').nth(1).unwrap()).unwrap();
        // The payload of the contract, to the letter.
        assert_eq!(
            std::str::from_utf8(&payload).unwrap(),
            r#"{"sub":1,"email":"user@example.com","name":"User Name","app":"prokov","exp":1765959278,"iat":1765872878}"#
        );
    }

    #[test]
    fn tokens_of_other_makers_are_read_too() {
        // RFC 7515, appendix A.1: made elsewhere, with other spacing in its header.
        for header in
            [r#"{"typ":"JWT", "alg":"HS256"}"#, r#"{"alg":"HS256"}"#, r#"{"alg":"HS256","kid":"1"}"#]
        {
            let token = signed(header, r#"{"sub":7,"app":"prokov","exp":1765959278.5,"extra":[1]}"#);
            let read = key().verify(&token, "prokov", NOW).unwrap();
            assert_eq!((read.sub, read.email, read.role, read.exp), (7, None, None, 1_765_959_278));
        }
    }

    #[test]
    fn the_end_is_exact() {
        let token = key().sign(&claims());
        assert!(key().verify(&token, "prokov", claims().exp - 1).is_ok());
        assert_eq!(key().verify(&token, "prokov", claims().exp), Err(Refusal::Expired));
    }

    #[test]
    fn what_is_no_valid_token_is_refused() {
        use Refusal::{Algorithm, Expired, Malformed, NotYet, OtherApp};
        let good = r#"{"sub":1,"app":"prokov","exp":1765959278}"#;
        for (header, payload, refusal) in [
            (r#"{"alg":"none"}"#, good, Algorithm),
            (r#"{"alg":"None"}"#, good, Algorithm),
            (r#"{"alg":"hs256"}"#, good, Algorithm),
            (r#"{"alg":"HS512"}"#, good, Algorithm),
            (r#"{"alg":"RS256"}"#, good, Algorithm),
            (r#"{"alg":""}"#, good, Algorithm),
            (r#"{"alg":null}"#, good, Malformed),
            (r#"{"alg":["HS256"]}"#, good, Malformed),
            (r#"{"alg":"none","alg":"HS256"}"#, good, Malformed),
            (r#"{"typ":"JWT"}"#, good, Malformed),
            (r#"{"alg":"HS256","crit":["exp"]}"#, good, Malformed),
            ("[]", good, Malformed),
            ("", good, Malformed),
            (HS256, r#"{"sub":1,"app":"prokov","exp":1765800000}"#, Expired),
            (HS256, r#"{"sub":1,"app":"prokov","exp":0}"#, Expired),
            (HS256, r#"{"sub":1,"app":"prokov","exp":-1e300}"#, Expired),
            (HS256, r#"{"sub":1,"app":"prokov"}"#, Malformed),
            (HS256, r#"{"sub":1,"app":"prokov","exp":null}"#, Malformed),
            (HS256, r#"{"sub":1,"app":"prokov","exp":"1765959278"}"#, Malformed),
            (HS256, r#"{"sub":1,"app":"prokov","exp":true}"#, Malformed),
            (HS256, r#"{"sub":1,"app":"prokov","exp":1e999}"#, Malformed),
            (HS256, r#"{"sub":1,"app":"prokov","exp":1765800000,"exp":1765959278}"#, Malformed),
            (HS256, r#"{"sub":1,"app":"prokov","exp":1765959278,"nbf":1765959000}"#, NotYet),
            (HS256, r#"{"sub":1,"app":"other","exp":1765959278}"#, OtherApp),
            (HS256, r#"{"sub":1,"app":"Prokov","exp":1765959278}"#, OtherApp),
            (HS256, r#"{"sub":1,"app":null,"exp":1765959278}"#, Malformed),
            (HS256, r#"{"sub":1,"exp":1765959278}"#, Malformed),
            (HS256, r#"{"sub":"1","app":"prokov","exp":1765959278}"#, Malformed),
            (HS256, r#"{"sub":1.5,"app":"prokov","exp":1765959278}"#, Malformed),
            (HS256, r#"{"sub":99999999999999999999,"app":"prokov","exp":1765959278}"#, Malformed),
            (HS256, r#"{"sub":null,"app":"prokov","exp":1765959278}"#, Malformed),
            (HS256, r#"{"app":"prokov","exp":1765959278}"#, Malformed),
            (HS256, r#"{"sub":1,"app":"prokov","exp":1765959278,"role":1}"#, Malformed),
            (HS256, "[1]", Malformed),
            (HS256, "\u{feff}{}", Malformed),
        ] {
            let token = signed(header, payload);
            assert_eq!(key().verify(&token, "prokov", NOW), Err(refusal), "{header} {payload}");
        }
    }

    #[test]
    fn a_changed_token_is_refused() {
        let token = key().sign(&claims());
        let (signed, signature) = token.rsplit_once('.').unwrap();
        let other = Key::new(&Secret::new("another secret of thirty-two byte")).sign(&claims());
        for (bad, refusal) in [
            (other, Refusal::Signature),
            (format!("{signed}."), Refusal::Signature),
            (format!("{signed}.{}", &signature[..40]), Refusal::Signature),
            (format!("{signed}.{signature}="), Refusal::Malformed),
            (
                format!("{signed}.{}", signature.replace(|c: char| c.is_ascii_alphanumeric(), "+")),
                Refusal::Malformed,
            ),
            (format!("{token}.{signature}"), Refusal::Signature),
            (format!(" {token}"), Refusal::Malformed),
            (signed.to_owned(), Refusal::Malformed),
            (String::new(), Refusal::Malformed),
            ("..".to_owned(), Refusal::Malformed),
            ("é.é.é".to_owned(), Refusal::Malformed),
            ("a".repeat(10_000), Refusal::Malformed),
        ] {
            assert_eq!(key().verify(&bad, "prokov", NOW), Err(refusal), "{bad}");
        }
    }
}
