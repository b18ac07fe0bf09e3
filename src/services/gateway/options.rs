//! What may be done at a path: OPTIONS, and `Allow` where something else was tried.
//!
//! To somebody without a valid token it goes by the shape of the path, whether there is such a resource or not: which
//! resources an app has is nobody else's business. A browser that asks for a page gets the same, so that the page can
//! read why its request itself is refused.

use hyper::header::{ALLOW, HeaderValue};
use hyper::http::request::Parts;

use super::cors;
use super::messages::Words;
use super::respond::{self, Refused, Response};
use super::routes::NoRoute;
use super::state::Tenant;

/// Answers a browser that asks what a page may send.
pub(super) fn preflight(tenant: &Tenant, head: &Parts) -> Response {
    let methods = by_shape(&tenant.app.base_path, head.uri.path());
    let mut answer = respond::options(methods);
    if let Some(cors) = &tenant.app.cors {
        cors::allow(cors, &head.headers, methods, answer.headers_mut());
    }
    answer
}

/// Returns the methods that a path of this shape can have.
pub(super) fn by_shape(base_path: &str, path: &str) -> &'static str {
    let rest = path.strip_prefix(base_path).and_then(|rest| rest.strip_prefix('/'));
    match rest.map(|rest| rest.split_once('/')) {
        Some(None | Some(("auth", _))) => "GET, HEAD, POST",
        Some(Some((_, id))) if !id.contains('/') => "GET, HEAD, PUT, PATCH, DELETE",
        _ => "GET, HEAD, POST, PUT, PATCH, DELETE",
    }
}

/// Adds OPTIONS, which every path has, to the methods that a route has.
pub(super) fn allow(methods: &str) -> Option<HeaderValue> {
    HeaderValue::try_from(format!("{methods}, OPTIONS")).ok()
}

/// Refuses a path or a method that is not there: 404, or 405 with the methods that are.
pub(super) fn refused(no_route: &NoRoute, words: Words) -> Refused {
    let header = match no_route {
        NoRoute::Path => None,
        NoRoute::Method { allow: methods } => allow(methods).map(|allow| (ALLOW, allow)),
    };
    Refused { error: no_route.error(words.lang()), header }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn methods_go_by_the_shape_of_the_path() {
        for (base, path, expected) in [
            ("/api", "/api/tasks", "GET, HEAD, POST"),
            ("/api", "/api/auth/login", "GET, HEAD, POST"),
            ("/api", "/api/tasks/7", "GET, HEAD, PUT, PATCH, DELETE"),
            ("", "/tasks/7", "GET, HEAD, PUT, PATCH, DELETE"),
            ("/api", "/api/tasks/7/more", "GET, HEAD, POST, PUT, PATCH, DELETE"),
            ("/api", "/other", "GET, HEAD, POST, PUT, PATCH, DELETE"),
            ("/api", "*", "GET, HEAD, POST, PUT, PATCH, DELETE"),
        ] {
            assert_eq!(by_shape(base, path), expected, "{path}");
        }
    }
}
