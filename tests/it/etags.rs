//! Which version of something a client has: nothing is sent twice, and nobody writes over what they have not seen.

use reqwest::Method;
use serde_json::json;

use crate::harness::{Answer, Client, Engine, Installation, Sogo};
use crate::on_each_engine;

on_each_engine! {
    what_a_client_has_is_not_sent_again,
    a_change_is_made_to_the_version_that_was_seen,
    of_two_writers_one_is_told_that_the_row_changed,
    another_users_row_has_no_version,
    conditions_that_mean_nothing_are_refused,
    a_resource_can_insist_on_a_version,
}

async fn project(client: &Client, name: &str) -> String {
    let made = client.post("/api/projects", json!({ "name": name })).await.expect(201);
    format!("/api/projects/{}", made["data"]["insert_id"])
}

async fn with(
    client: &Client,
    method: Method,
    path: &str,
    body: Option<&str>,
    header: (&str, &str),
) -> Answer {
    let headers = [("content-type", "application/json"), header];
    client.send_with(method, path, body.map(str::to_owned), &headers).await
}

async fn etag(client: &Client, path: &str) -> String {
    let answer = client.get(path).await;
    assert_eq!(answer.status, 200, "{}", answer.text);
    answer.header("etag").unwrap().to_owned()
}

async fn what_a_client_has_is_not_sent_again(engine: Engine) {
    let sogo = Sogo::start(engine).await;
    let alice = sogo.sign_in("alice@example.com").await;
    let path = project(&alice, "Garden").await;
    for path in [&*path, "/api/projects"] {
        let tag = etag(&alice, path).await;
        assert!(tag.starts_with('"') && tag.ends_with('"'), "{tag}");
        for value in [tag.clone(), format!("W/{tag}"), format!("\"x\", {tag}"), "*".to_owned()] {
            let answer = with(&alice, Method::GET, path, None, ("if-none-match", &value)).await;
            assert_eq!((answer.status, &*answer.text), (304, ""), "{value}");
            assert_eq!(answer.header("etag"), Some(&*tag));
            assert!(answer.header("vary").unwrap().contains("Authorization"));
            assert_eq!(answer.header("cache-control"), Some("private"));
            assert_eq!(answer.header("content-type"), None);
        }
        assert_eq!(with(&alice, Method::HEAD, path, None, ("if-none-match", &tag)).await.status, 304);
        assert_eq!(with(&alice, Method::HEAD, path, None, ("x-a", "b")).await.header("etag"), Some(&*tag));
        with(&alice, Method::GET, path, None, ("if-none-match", "\"other\"")).await.expect(200);
        // A condition on time says nothing here: there is no Last-Modified.
        let date = ("if-modified-since", "Thu, 01 Jan 2099 00:00:00 GMT");
        with(&alice, Method::GET, path, None, date).await.expect(200);
    }
    let (row, list) = (etag(&alice, &path).await, etag(&alice, "/api/projects").await);
    alice.put(&path, json!({"name": "Orchard"})).await.expect(200);
    with(&alice, Method::GET, &path, None, ("if-none-match", &row)).await.expect(200);
    with(&alice, Method::GET, "/api/projects", None, ("if-none-match", &list)).await.expect(200);
    with(&alice, Method::GET, &path, None, ("if-match", &row)).await.refused(412, "PRECONDITION_FAILED");
}

async fn a_change_is_made_to_the_version_that_was_seen(engine: Engine) {
    let sogo = Sogo::start(engine).await;
    let alice = sogo.sign_in("alice@example.com").await;
    let path = project(&alice, "Garden").await;
    let first = etag(&alice, &path).await;
    let put = async |name: &str, tag: &str| {
        let body = json!({ "name": name }).to_string();
        with(&alice, Method::PUT, &path, Some(&body), ("if-match", tag)).await
    };
    let answer = put("Orchard", &first).await;
    assert_eq!(answer.status, 200, "{}", answer.text);
    // The answer tells the next version, so that a form can go on being edited.
    let second = answer.header("etag").unwrap().to_owned();
    assert_eq!(second, etag(&alice, &path).await);
    put("Field", &first).await.refused(412, "PRECONDITION_FAILED");
    // Writes compare strongly (RFC 9110 §13.1.1).
    put("Field", &format!("W/{second}")).await.refused(412, "PRECONDITION_FAILED");
    put("Field", &format!("{first}, {second}")).await.expect(200);
    put("Meadow", "*").await.expect(200);
    let greener = json!({"description": "green"}).to_string();
    let stale = with(&alice, Method::PATCH, &path, Some(&greener), ("if-match", &second)).await;
    stale.refused(412, "PRECONDITION_FAILED");
    with(&alice, Method::DELETE, &path, None, ("if-match", &second))
        .await
        .refused(412, "PRECONDITION_FAILED");
    let last = etag(&alice, &path).await;
    with(&alice, Method::DELETE, &path, None, ("if-match", &last)).await.expect(200);
    with(&alice, Method::DELETE, &path, None, ("if-match", &last)).await.refused(404, "NOT_FOUND");
    with(&alice, Method::DELETE, &path, None, ("if-match", "*")).await.refused(404, "NOT_FOUND");
}

async fn of_two_writers_one_is_told_that_the_row_changed(engine: Engine) {
    let sogo = Sogo::start(engine).await;
    let alice = sogo.sign_in("alice@example.com").await;
    let path = project(&alice, "Garden").await;
    for round in 0..10 {
        let tag = etag(&alice, &path).await;
        let put = async |name: String| {
            let body = json!({ "name": name }).to_string();
            with(&alice, Method::PUT, &path, Some(&body), ("if-match", &tag)).await.status
        };
        let (one, two) = tokio::join!(put(format!("one {round}")), put(format!("two {round}")));
        assert_eq!(one + two, 200 + 412, "{one} {two}");
        let name = alice.get(&path).await.expect(200)["data"]["name"].clone();
        assert_eq!(name, format!("{} {round}", if one == 200 { "one" } else { "two" }));
    }
}

async fn another_users_row_has_no_version(engine: Engine) {
    let sogo = Sogo::start(engine).await;
    let (alice, bob) = (sogo.sign_in("alice@example.com").await, sogo.sign_in("bob@example.com").await);
    let path = project(&alice, "Garden").await;
    let tag = etag(&alice, &path).await;
    let body = json!({"name": "mine"}).to_string();
    for value in [&*tag, "\"other\"", "*"] {
        with(&bob, Method::PUT, &path, Some(&body), ("if-match", value)).await.refused(404, "NOT_FOUND");
        with(&bob, Method::DELETE, &path, None, ("if-match", value)).await.refused(404, "NOT_FOUND");
        with(&bob, Method::GET, &path, None, ("if-none-match", value)).await.refused(404, "NOT_FOUND");
    }
    assert_eq!(etag(&alice, &path).await, tag);
}

async fn conditions_that_mean_nothing_are_refused(engine: Engine) {
    let installation = Installation::new(engine).await;
    installation.write(
        "config/apps/prokov/queries/notes.yaml",
        "list:\n  query: SELECT id, title FROM tasks\nupdate: { table: tasks, fields: [title] }\n",
    );
    let sogo = installation.start();
    let alice = sogo.sign_in("alice@example.com").await;
    let path = project(&alice, "Garden").await;
    let body = Some(r#"{"name":"x"}"#);
    for value in ["x", "\"x", "", "\"a\" \"b\"", "*, \"a\""] {
        with(&alice, Method::PUT, &path, body, ("if-match", value)).await.refused(400, "BAD_REQUEST");
    }
    with(&alice, Method::PUT, &path, body, ("if-none-match", "*")).await.refused(400, "BAD_REQUEST");
    with(&alice, Method::POST, "/api/projects", body, ("if-match", "*")).await.refused(400, "BAD_REQUEST");
    // Notes have no `show`, so their rows have no tag.
    let title = Some(r#"{"title":"x"}"#);
    with(&alice, Method::PUT, "/api/notes/1", title, ("if-match", "*")).await.refused(400, "BAD_REQUEST");
    assert_eq!(alice.get(&path).await.expect(200)["data"]["name"], "Garden");
}

async fn a_resource_can_insist_on_a_version(engine: Engine) {
    let installation = Installation::new(engine).await;
    let file = "config/apps/prokov/queries/projects.yaml";
    installation.write(file, &format!("require_if_match: true\n{}", installation.read(file)));
    let sogo = installation.start();
    let alice = sogo.sign_in("alice@example.com").await;
    let path = project(&alice, "Garden").await;
    alice.put(&path, json!({"name": "x"})).await.refused(428, "PRECONDITION_REQUIRED");
    alice.delete(&path).await.refused(428, "PRECONDITION_REQUIRED");
    let tag = etag(&alice, &path).await;
    with(&alice, Method::DELETE, &path, None, ("if-match", &tag)).await.expect(200);
}
