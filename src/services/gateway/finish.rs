//! What every answer gets on its way out, whatever it is.

use hyper::header::HeaderValue;
use hyper::http::request::Parts;

use super::context::Context;
use super::respond::{REQUEST_ID, Response};
use super::{cors, traffic};

/// Adds to an answer what does not depend on what was asked for.
pub(super) fn finish(cx: &Context, head: &Parts, mut response: Response) -> Response {
    let headers = response.headers_mut();
    if let Some(cors) = cx.tenant.as_ref().and_then(|tenant| tenant.app.cors.as_ref()) {
        cors::grant(cors, &head.headers, headers);
    }
    traffic::tell(&cx.quotas, headers);
    if let Ok(id) = HeaderValue::try_from(&*cx.id) {
        headers.insert(REQUEST_ID, id);
    }
    response
}
