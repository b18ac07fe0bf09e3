//! Requests of any kind: nothing is left to chance, and nothing panics.

use std::sync::OnceLock;

use super::super::compile::{CompiledApp, compile};
use super::super::routes::{self, Route};
use super::super::sample::{SHIPPED, app, tables, user};
use super::super::words::Lang;
use super::{Demands, Input, draft};

proptest::proptest! {
    /// Whatever comes in is planned or refused, and a statement has a value for each `?`.
    #[test]
    fn any_request_has_a_definite_outcome(
        id in ".{0,8}",
        query in proptest::prop_oneof![
            "[a-z_=&%+0-9é]{0,24}",
            "((id|name|color|title|status_id|date_end|q)(\\[(eq|ne|lt|gte|in|like|null|x)\\])?=[a-z0-9,%-]{0,6}&){0,2}\
             ((sort|fields|page|per_page|limit|offset|after|count)=(-?(id|name|position)(,title)?|[0-9]{0,3}|true|)&?){0,3}",
        ],
        value in ".{0,24}",
        field in "[a-z_]{0,6}",
    ) {
        static APP: OnceLock<CompiledApp> = OnceLock::new();
        let app = APP.get_or_init(|| compile(&app(SHIPPED), &tables()).0);
        let caller = user("default");
        let bodies = [
            value.clone(),
            format!("{{\"{field}\":{value}}}"),
            format!("{{\"name\":{query:?},\"{field}\":{value:?}}}"),
        ];
        let paths = [format!("/api/tags/{id}"), "/api/tags/7".to_owned(), "/api/tasks".to_owned()];
        for (method, path, body) in every(&["GET", "POST", "PUT", "DELETE"], &paths, &bodies) {
            let Ok(Route::Resource(target)) = routes::find(app, method, path) else { continue };
            let input = Input { query: Some(&query), body: body.as_bytes(), max_depth: 8, lang: Lang::Fr, demands: Demands::default() };
            if let Ok(draft) = draft(app, &target, &caller, &input) {
                proptest::prop_assert_eq!(draft.sql.matches('?').count(), draft.filled.len());
            }
        }
    }
}

/// Returns every method with every path and every body.
fn every<'a>(
    methods: &'a [&'a str],
    paths: &'a [String],
    bodies: &'a [String],
) -> impl Iterator<Item = (&'a str, &'a str, &'a str)> {
    let with_paths = methods.iter().flat_map(|method| paths.iter().map(|path| (*method, path.as_str())));
    with_paths.flat_map(|(method, path)| bodies.iter().map(move |body| (method, path, body.as_str())))
}
