//! Why a request is answered as it is: for `sogo way explain` and `sogo way routes`.

use crate::config::App;

use super::api::{Explain, Explanation, RouteInfo};
use super::caller::Caller;
use super::compile::CompiledApp;
use super::words::Lang;

/// Tells how the request would be planned, stage by stage, and where it would be refused; nothing is run.
///
/// `caller` is `None` for nobody: then a path that takes a token is refused.
pub fn explain(
    app: &App,
    compiled: &CompiledApp,
    request: &Explain,
    caller: Option<&Caller>,
    lang: Lang,
) -> Explanation {
    let _ = (app, compiled, request, caller, lang);
    Explanation { stages: Vec::new(), sql: None, arguments: Vec::new(), status: None, answer: None }
}

/// Lists the routes of an app with the filter of each role; the database is not needed for it.
pub fn routes(app: &App) -> Vec<RouteInfo> {
    let _ = app;
    Vec::new()
}
