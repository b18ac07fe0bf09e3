//! What every answer gets on its way out, whatever it is.

use hyper::Method;
use hyper::body::Body as _;
use hyper::header::HeaderValue;
use hyper::http::request::Parts;

use super::context::Context;
use super::respond::{REQUEST_ID, Response};
use super::{Gateway, cors, traffic};

impl Gateway {
    /// Adds to an answer what does not depend on what was asked for, and counts it.
    pub(super) async fn finish(&self, cx: &Context, head: &Parts, response: Response) -> Response {
        let mut response = self.compressor.compress(&head.headers, response).await;
        let headers = response.headers_mut();
        if let Some(cors) = cx.tenant.as_ref().and_then(|tenant| tenant.app.cors.as_ref()) {
            cors::grant(cors, &head.headers, headers);
        }
        traffic::tell(&cx.quotas, headers);
        if let Ok(id) = HeaderValue::try_from(&*cx.id) {
            headers.insert(REQUEST_ID, id);
        }
        let bytes = if head.method == Method::HEAD { 0 } else { response.body().size_hint().lower() };
        self.metrics.answered(cx, response.status(), bytes);
        response
    }
}
