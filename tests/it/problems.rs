//! Errors in the form of RFC 9457, for clients that ask for it.

use reqwest::Method;
use serde_json::{Value, json};

use crate::harness::{Answer, Client, Engine, Sogo};
use crate::on_each_engine;

on_each_engine! {
    an_error_is_told_in_the_form_that_is_asked_for,
    each_wrong_field_has_an_entry,
}

const PROBLEM: &str = "application/problem+json";

async fn ask(client: &Client, method: Method, path: &str, body: Option<Value>, accept: &str) -> Answer {
    let headers = [("accept", accept), ("content-type", "application/json"), ("accept-language", "en")];
    client.send_with(method, path, body.map(|body| body.to_string()), &headers).await
}

async fn an_error_is_told_in_the_form_that_is_asked_for(engine: Engine) {
    let sogo = Sogo::start(engine).await;
    let (nobody, alice) = (sogo.client(), sogo.sign_in("alice@example.com").await);
    for (client, method, path, status, code, title) in [
        (&nobody, Method::GET, "/api/tasks", 401, "UNAUTHORIZED", "Not signed in"),
        (&alice, Method::GET, "/api/tasks/4711", 404, "NOT_FOUND", "Not found"),
        (&alice, Method::DELETE, "/api/tasks", 405, "METHOD_NOT_ALLOWED", "Method not allowed"),
        (&alice, Method::GET, "/api/tasks?nothing=1", 400, "BAD_REQUEST", "Invalid request"),
        (
            &nobody.at_host("unknown.example.com"),
            Method::GET,
            "/api/tasks",
            421,
            "UNKNOWN_HOST",
            "Unknown host",
        ),
    ] {
        let answer = ask(client, method, path, None, PROBLEM).await;
        assert_eq!((answer.status, answer.header("content-type")), (status, Some(PROBLEM)), "{path}");
        let id = answer.header("x-request-id").unwrap();
        let problem = &answer.body;
        assert_eq!(problem["status"], status);
        assert_eq!(problem["code"], code);
        assert_eq!(problem["title"], title);
        assert_eq!(problem["type"], format!("urn:sogoms:problem:{}", code.to_lowercase().replace('_', "-")));
        assert_eq!(problem["instance"], format!("urn:sogoms:request:{id}"));
        assert!(problem["detail"].as_str().is_some_and(|detail| !detail.is_empty()), "{problem}");
        assert_eq!((problem.get("errors"), problem.get("success")), (None, None), "{problem}");
    }
    for accept in [
        "application/json",
        "*/*",
        "application/*",
        "text/html",
        "application/json, application/problem+json;q=0.5",
    ] {
        let answer = ask(&nobody, Method::GET, "/api/tasks", None, accept).await;
        assert_eq!(answer.header("content-type"), Some("application/json; charset=utf-8"), "{accept}");
        answer.refused(401, "UNAUTHORIZED");
    }
    // What went well is the same for everybody.
    ask(&alice, Method::GET, "/api/tasks", None, PROBLEM).await.expect(200);
}

async fn each_wrong_field_has_an_entry(engine: Engine) {
    let sogo = Sogo::start(engine).await;
    let alice = sogo.sign_in("alice@example.com").await;
    let body = json!({"title": null, "status_id": "one", "ti/tel~": 1});
    let answer = ask(&alice, Method::POST, "/api/tasks", Some(body), PROBLEM).await;
    assert_eq!(answer.status, 422, "{}", answer.text);
    let mut errors: Vec<(String, String)> = answer.body["errors"]
        .as_array()
        .unwrap()
        .iter()
        .map(|error| {
            (error["pointer"].as_str().unwrap().to_owned(), error["detail"].as_str().unwrap().to_owned())
        })
        .collect();
    errors.sort();
    let expected = [
        ("#/status_id", "a whole number is expected"),
        ("#/title", "required"),
        ("#/ti~1tel~0", "unknown field"),
    ];
    assert_eq!(errors.len(), expected.len(), "{errors:?}");
    for ((pointer, detail), (expected_pointer, expected_detail)) in errors.iter().zip(expected) {
        assert_eq!(pointer, expected_pointer);
        assert!(detail.starts_with(expected_detail), "{detail}");
    }
    let answer = ask(&alice, Method::GET, "/api/tasks?project_id=x", None, PROBLEM).await;
    assert_eq!(answer.status, 422, "{}", answer.text);
    assert_eq!(
        answer.body["errors"],
        json!([{"detail": "a whole number is expected", "parameter": "project_id"}])
    );
}
