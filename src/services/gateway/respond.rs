//! The last stage: the envelopes of the contract.
//!
//! Rows come as the JSON bytes that sogoms-db wrote and are copied once, between the parts of their envelope; nothing
//! here reads them.

use bytes::Bytes;
use http_body_util::Full;
use hyper::StatusCode;
use hyper::header::{
    ALLOW, CACHE_CONTROL, CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue, LINK, LOCATION, RETRY_AFTER,
    VARY, X_CONTENT_TYPE_OPTIONS,
};
use serde::Serialize;

use super::messages::{Message, Words};
use super::plan::PageAnswer;
use super::{options, problem};
use crate::error::{Code, Error, FieldError};

/// An answer, whole in memory.
pub(super) type Response = hyper::Response<Full<Bytes>>;

/// The header that names a request in answers and logs.
pub(super) const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// A request that is not done, with a header that only this kind of refusal has.
#[derive(Debug)]
pub(super) struct Refused {
    pub(super) error: Error,
    pub(super) header: Option<(HeaderName, HeaderValue)>,
}

impl From<Error> for Refused {
    fn from(error: Error) -> Self {
        Self { error, header: None }
    }
}

/// Who may keep an answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Keep {
    /// The user's own browser.
    Private,
    /// Nobody: it holds a token, or says how things are just now.
    Nobody,
}

/// Answers the rows of a list, or one row: `{"success":true,"data":…}`.
pub(super) fn data(json: &[u8]) -> Response {
    let mut body = Vec::with_capacity(json.len() + 26);
    body.extend_from_slice(br#"{"success":true,"data":"#);
    body.extend_from_slice(json);
    body.push(b'}');
    answer(StatusCode::OK, body, Keep::Private)
}

/// Answers rows with what is said of them (`meta`, as JSON) and where there are more.
pub(super) fn page(rows: &[u8], answer: &PageAnswer) -> Response {
    let mut body = Vec::with_capacity(rows.len() + answer.meta.len() + 40);
    body.extend_from_slice(br#"{"success":true,"data":"#);
    body.extend_from_slice(rows);
    body.extend_from_slice(br#","meta":"#);
    body.extend_from_slice(answer.meta.as_bytes());
    body.push(b'}');
    let mut response = self::answer(StatusCode::OK, body, Keep::Private);
    if let Some(Ok(link)) = answer.link.as_ref().map(HeaderValue::try_from) {
        response.headers_mut().insert(LINK, link);
    }
    response
}

/// Answers what was done, with its message, data and the fields that were left out.
fn done(status: StatusCode, message: &str, data: Option<&[u8]>, ignored: &[String]) -> Response {
    answer(status, envelope(message, data, ("ignored", ignored)), Keep::Private)
}

/// Answers a new row, and where it can be found from now on.
pub(super) fn created(words: Words, path: &str, insert_id: u64, ignored: &[String]) -> Response {
    let data = format!(r#"{{"insert_id":{insert_id}}}"#);
    let message = words.text(Message::Created);
    let mut response = done(StatusCode::CREATED, message, Some(data.as_bytes()), ignored);
    // A table whose key does not count up by itself tells no id.
    let location = (insert_id != 0).then(|| HeaderValue::try_from(format!("{path}/{insert_id}")));
    if let Some(Ok(location)) = location {
        response.headers_mut().insert(LOCATION, location);
    }
    response
}

/// Answers how many rows a change or a removal found.
pub(super) fn affected(message: &str, affected_rows: u64, ignored: &[String]) -> Response {
    let data = format!(r#"{{"affected_rows":{affected_rows}}}"#);
    done(StatusCode::OK, message, Some(data.as_bytes()), ignored)
}

/// Answers a sign-in or sign-up, and which lists were too long to stand in it; what it holds is kept by nobody.
pub(super) fn sign_in(
    status: StatusCode,
    message: &str,
    data: Option<&[u8]>,
    too_long: &[String],
) -> Response {
    answer(status, envelope(message, data, ("too_long", too_long)), Keep::Nobody)
}

/// Answers something that belongs to no app.
pub(super) fn plain(status: StatusCode, json: Vec<u8>) -> Response {
    answer(status, json, Keep::Nobody)
}

/// Answers figures, in the text format of Prometheus.
pub(super) fn figures(text: Vec<u8>) -> Response {
    let mut response = answer(StatusCode::OK, text, Keep::Nobody);
    let media_type = HeaderValue::from_static("text/plain; version=0.0.4; charset=utf-8");
    response.headers_mut().insert(CONTENT_TYPE, media_type);
    response
}

/// Answers which methods a path has.
pub(super) fn options(methods: &str) -> Response {
    let mut response = answer(StatusCode::NO_CONTENT, Vec::new(), Keep::Nobody);
    let headers = response.headers_mut();
    headers.remove(CONTENT_TYPE);
    headers.extend(options::allow(methods).map(|allow| (ALLOW, allow)));
    response
}

/// Names a header of the request that an answer depends on, for caches.
pub(super) fn vary(headers: &mut HeaderMap, name: &'static str) {
    let named = headers.get(VARY).and_then(|known| known.to_str().ok());
    let value = match named {
        Some(known) => HeaderValue::try_from(format!("{known}, {name}")),
        None => Ok(HeaderValue::from_static(name)),
    };
    headers.insert(VARY, value.unwrap_or_else(|_| HeaderValue::from_static("*")));
}

/// Answers a refusal or failure: with the contract's envelope, or with a problem that was written of it.
pub(super) fn refused(refused: &Refused, problem: Option<Vec<u8>>) -> Response {
    #[derive(Serialize)]
    struct Envelope<'a> {
        success: bool,
        error: Body<'a>,
    }
    #[derive(Serialize)]
    struct Body<'a> {
        code: Code,
        message: &'a str,
        #[serde(skip_serializing_if = "<[FieldError]>::is_empty")]
        fields: &'a [FieldError],
        #[serde(skip_serializing_if = "Option::is_none")]
        hint: Option<&'a str>,
    }
    let Error { code, message, fields, hint, retry_after, .. } = &refused.error;
    let envelope =
        Envelope { success: false, error: Body { code: *code, message, fields, hint: hint.as_deref() } };
    let status = StatusCode::from_u16(code.outcome().http).expect("the table holds valid statuses");
    let is_problem = problem.is_some();
    let json = problem.unwrap_or_else(|| serde_json::to_vec(&envelope).expect("an error is plain text"));
    let mut response = answer(status, json, Keep::Nobody);
    let headers = response.headers_mut();
    if is_problem {
        headers.insert(CONTENT_TYPE, HeaderValue::from_static(problem::MEDIA_TYPE));
    }
    if let Some(seconds) = retry_after {
        headers.insert(RETRY_AFTER, HeaderValue::from(*seconds));
    }
    if let Some((name, value)) = &refused.header {
        headers.insert(name, value.clone());
    }
    response
}

/// Puts an error into words for the people who use the app.
///
/// The words of other services are for operators and may name tables; so are those of every failure of ours. Such an
/// error keeps its code and the names of its fields, and becomes the private cause of what is answered.
pub(super) fn public(error: Error, words: Words) -> Error {
    let said = words.of_code(error.code);
    let by_rule = error.code == Code::Validation && error.fields.is_empty();
    // A rule or a trigger of the database may speak for itself: these are its author's words.
    let message = if by_rule { error.message.clone() } else { said.into() };
    let mut public = Error::new(error.code, message);
    public.retry_after = error.retry_after;
    for FieldError { field, message } in &error.fields {
        public = public.field(field.clone(), words.of_field(message).unwrap_or(said));
    }
    public.caused_by(error)
}

/// Writes what every answer of something done has in common; `meta` names what is not as the client may expect.
fn envelope(message: &str, data: Option<&[u8]>, meta: (&str, &[String])) -> Vec<u8> {
    let mut body = Vec::with_capacity(96 + message.len() + data.map_or(0, <[u8]>::len));
    body.extend_from_slice(br#"{"success":true,"message":"#);
    put(&mut body, message);
    if let Some(data) = data {
        body.extend_from_slice(br#","data":"#);
        body.extend_from_slice(data);
    }
    let (name, names) = meta;
    if !names.is_empty() {
        body.extend_from_slice(br#","meta":{"#);
        put(&mut body, name);
        body.push(b':');
        put(&mut body, names);
        body.push(b'}');
    }
    body.push(b'}');
    body
}

/// Appends text, or a list of it, as JSON.
pub(super) fn put<T: Serialize + ?Sized>(body: &mut Vec<u8>, text: &T) {
    serde_json::to_writer(body, text).expect("text is always JSON, and memory takes it");
}

fn answer(status: StatusCode, json: Vec<u8>, keep: Keep) -> Response {
    let mut response = Response::new(Full::new(json.into()));
    *response.status_mut() = status;
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json; charset=utf-8"));
    headers.insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    match keep {
        Keep::Private => {
            headers.insert(CACHE_CONTROL, HeaderValue::from_static("private"));
            headers.insert(VARY, HeaderValue::from_static("Authorization"));
        }
        Keep::Nobody => {
            headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
        }
    }
    response
}

#[cfg(test)]
mod tests {
    use http_body_util::BodyExt as _;

    use super::*;

    fn text(response: Response) -> (u16, String) {
        let status = response.status().as_u16();
        let body = futures_util::FutureExt::now_or_never(response.into_body().collect());
        let bytes = body.expect("it is whole in memory").unwrap().to_bytes();
        (status, String::from_utf8(bytes.to_vec()).unwrap())
    }

    #[test]
    fn envelopes_are_the_contracts_to_the_byte() {
        let words = Words::default();
        let ignored = ["created_at".to_owned(), "é\"".to_owned()];
        for (response, status, expected) in [
            (data(b"[]"), 200, r#"{"success":true,"data":[]}"#),
            (data(br#"{"id":1,"total":1.10}"#), 200, r#"{"success":true,"data":{"id":1,"total":1.10}}"#),
            (
                created(words, "/api/projects", 123, &[]),
                201,
                r#"{"success":true,"message":"Created","data":{"insert_id":123}}"#,
            ),
            (
                affected(words.text(Message::Updated), 1, &ignored),
                200,
                r#"{"success":true,"message":"Updated","data":{"affected_rows":1},"meta":{"ignored":["created_at","é\""]}}"#,
            ),
            (
                affected(words.text(Message::Deleted), 1, &[]),
                200,
                r#"{"success":true,"message":"Deleted","data":{"affected_rows":1}}"#,
            ),
            (
                sign_in(StatusCode::OK, words.text(Message::SignedIn), Some(br#"{"token":"eyJ"}"#), &[]),
                200,
                r#"{"success":true,"message":"Connexion réussie","data":{"token":"eyJ"}}"#,
            ),
            (
                sign_in(StatusCode::OK, words.text(Message::SignedOut), None, &[]),
                200,
                r#"{"success":true,"message":"Déconnexion réussie"}"#,
            ),
            (
                refused(&Error::new(Code::Unauthorized, words.text(Message::TokenExpired)).into(), None),
                401,
                r#"{"success":false,"error":{"code":"UNAUTHORIZED","message":"Token expired"}}"#,
            ),
            (
                refused(
                    &Error::new(Code::Validation, "Données invalides").field("name", "obligatoire").into(),
                    None,
                ),
                422,
                r#"{"success":false,"error":{"code":"VALIDATION","message":"Données invalides","fields":[{"field":"name","message":"obligatoire"}]}}"#,
            ),
        ] {
            assert_eq!(text(response), (status, expected.to_owned()));
        }
    }

    #[test]
    fn a_new_row_says_where_it_is() {
        let of = |insert_id| {
            created(Words::default(), "/api/projects", insert_id, &[]).headers().get(LOCATION).cloned()
        };
        assert_eq!(of(123).unwrap(), "/api/projects/123");
        assert_eq!(of(0), None);
    }

    #[test]
    fn nothing_of_a_user_is_kept_by_others() {
        let rows = data(b"[]");
        assert_eq!(rows.headers()[CACHE_CONTROL], "private");
        assert_eq!(rows.headers()[VARY], "Authorization");
        assert_eq!(rows.headers()[X_CONTENT_TYPE_OPTIONS], "nosniff");
        assert_eq!(rows.headers()[CONTENT_TYPE], "application/json; charset=utf-8");
        let token = sign_in(StatusCode::OK, "", None, &[]);
        assert_eq!(token.headers()[CACHE_CONTROL], "no-store");
    }

    #[test]
    fn a_service_s_words_stay_here() {
        let error = Error::new(Code::Duplicate, "Duplicate entry 'x' for key 'users.email'")
            .hint("see table users")
            .field("email", "exists already")
            .field("name", "INSERT INTO users")
            .retry_after(3);
        let (status, body) = text(refused(&public(error, Words::default()).into(), None));
        assert_eq!(status, 409);
        assert_eq!(
            body,
            r#"{"success":false,"error":{"code":"DUPLICATE","message":"Cette valeur existe déjà","fields":[{"field":"email","message":"existe déjà"},{"field":"name","message":"Cette valeur existe déjà"}]}}"#
        );
    }
}
