//! Bad input over HTTP, as one table: what comes in, the status and the code that go out, and the next request works.
//!
//! Tokens and hosts stand in `hosts_and_tokens.rs`, IPC frames in `ipc/frames.rs`, files in `bad_configuration.rs`.

use reqwest::Method;
use serde_json::json;

use crate::harness::{Answer, Client, Engine, Installation, Sogo, raw_http};
use crate::on_each_engine;

on_each_engine! {
    bad_bodies_are_refused,
    bad_fields_are_named,
    bad_media_types_are_refused,
    bad_ids_find_nothing,
    bad_parameters_are_refused,
    bad_conditions_and_keys_are_refused,
    what_is_too_long_is_refused,
    unknown_paths_and_methods_say_so,
    broken_rules_of_the_database_have_words,
}

/// Holds an answer against its line of a table.
#[track_caller]
fn holds(answer: &Answer, input: &str, status: u16, code: &str) {
    let shown: String = input.chars().take(60).collect();
    let found = (answer.status, answer.body["error"]["code"].as_str());
    assert_eq!(found, (status, Some(code)), "{shown}: {}", answer.text);
    assert_eq!(answer.body["success"], false, "{shown}: {}", answer.text);
}

/// Sends a body to `POST /api/tasks`.
async fn post_task(client: &Client, body: &str) -> Answer {
    client.send(Method::POST, "/api/tasks", Some(body.to_owned())).await
}

/// Sees that nothing was made and the next request works.
async fn nothing_was_made(client: &Client) {
    assert_eq!(client.get("/api/tasks").await.expect(200)["data"], json!([]));
}

async fn bad_bodies_are_refused(engine: Engine) {
    let sogo = Sogo::start(engine).await;
    let alice = sogo.sign_in("alice@example.com").await;
    let nested = |levels: usize| format!(r#"{{"title":{}{}}}"#, "[".repeat(levels), "]".repeat(levels));
    let objects = format!("{}1{}", r#"{"title":"#.repeat(100_000), "}".repeat(100_000));
    let large = format!(r#"{{"title":"{}"}}"#, "x".repeat(3 << 20));
    let cases: &[(&str, u16, &str)] = &[
        // No JSON, or no object.
        ("", 400, "BAD_REQUEST"),
        (" ", 400, "BAD_REQUEST"),
        ("{", 400, "BAD_REQUEST"),
        ("}", 400, "BAD_REQUEST"),
        (r#"{"title":}"#, 400, "BAD_REQUEST"),
        (r#"{"title":"a",}"#, 400, "BAD_REQUEST"),
        (r#"{"title":"a"} x"#, 400, "BAD_REQUEST"),
        (r#"{"title":"a"}{"title":"b"}"#, 400, "BAD_REQUEST"),
        (r#"{title:"a"}"#, 400, "BAD_REQUEST"),
        (r"{'title':'a'}", 400, "BAD_REQUEST"),
        (r#"{"title":"a" /* no comment */}"#, 400, "BAD_REQUEST"),
        ("title=a", 400, "BAD_REQUEST"),
        ("\u{feff}{\"title\":\"a\"}", 400, "BAD_REQUEST"),
        ("[]", 400, "BAD_REQUEST"),
        (r#"[{"title":"a"}]"#, 400, "BAD_REQUEST"),
        (r#""title""#, 400, "BAD_REQUEST"),
        ("1", 400, "BAD_REQUEST"),
        ("true", 400, "BAD_REQUEST"),
        ("null", 400, "BAD_REQUEST"),
        // One name twice, however it is written.
        (r#"{"title":"a","title":"b"}"#, 400, "BAD_REQUEST"),
        (r#"{"title":"a","\u0074itle":"b"}"#, 400, "BAD_REQUEST"),
        (r#"{"title":"a","title":"a"}"#, 400, "BAD_REQUEST"),
        // Numbers and escapes that JSON does not have.
        (r#"{"status_id":NaN}"#, 400, "BAD_REQUEST"),
        (r#"{"status_id":Infinity}"#, 400, "BAD_REQUEST"),
        (r#"{"status_id":-Infinity}"#, 400, "BAD_REQUEST"),
        (r#"{"status_id":+1}"#, 400, "BAD_REQUEST"),
        (r#"{"status_id":01}"#, 400, "BAD_REQUEST"),
        (r#"{"status_id":.5}"#, 400, "BAD_REQUEST"),
        (r#"{"status_id":1.}"#, 400, "BAD_REQUEST"),
        (r#"{"status_id":0x1}"#, 400, "BAD_REQUEST"),
        (r#"{"status_id":1e}"#, 400, "BAD_REQUEST"),
        (r#"{"title":"\x41"}"#, 400, "BAD_REQUEST"),
        (r#"{"title":"\u12"}"#, 400, "BAD_REQUEST"),
        ("{\"title\":\"line\nbreak\"}", 400, "BAD_REQUEST"),
        // Too deep, too large.
        (&nested(5_000), 400, "BAD_REQUEST"),
        (&nested(65), 400, "BAD_REQUEST"),
        (&objects, 400, "BAD_REQUEST"),
        (&large, 413, "TOO_LARGE"),
    ];
    for (body, status, code) in cases {
        holds(&post_task(&alice, body).await, body, *status, code);
        // Who has no token learns nothing of what is wrong with a body.
        holds(&post_task(&sogo.client(), body).await, body, 401, "UNAUTHORIZED");
    }
    nothing_was_made(&alice).await;
    let raw = |body: &[u8]| {
        let token = alice.token.as_deref().unwrap();
        let mut request = format!(
            "POST /api/tasks HTTP/1.1\r\nHost: prokov.example.com\r\nAuthorization: Bearer {token}\r\nConnection: close\r\n\
             Content-Type: application/json\r\nContent-Length: {}\r\n\r\n",
            body.len()
        )
        .into_bytes();
        request.extend_from_slice(body);
        raw_http(sogo.address(), request)
    };
    for body in [&b"{\"title\":\"\xff\"}"[..], b"{\"title\":\"\xed\xa0\x80\"}", b"\xff\xfe{\0}\0"] {
        holds(&raw(body), &String::from_utf8_lossy(body), 400, "BAD_REQUEST");
    }
    nothing_was_made(&alice).await;
}

async fn bad_fields_are_named(engine: Engine) {
    let sogo = Sogo::start(engine).await;
    let alice = sogo.sign_in("alice@example.com").await;
    let long = format!(r#"{{"title":"{}"}}"#, "x".repeat(201));
    let longer = format!(r#"{{"title":"a","description":"{}"}}"#, "x".repeat(70_000));
    let digits = format!(r#"{{"title":"a","position":{}}}"#, "9".repeat(400));
    let cases: &[(&str, &[&str])] = &[
        ("{}", &["title"]),
        (r#"{"status_id":1}"#, &["title"]),
        (r#"{"title":null}"#, &["title"]),
        (r#"{"title":{"a":1}}"#, &["title"]),
        (r#"{"title":["a"]}"#, &["title"]),
        (r#"{"title":true}"#, &["title"]),
        (&long, &["title"]),
        (r#"{"title":"\ud800"}"#, &["title"]),
        (r#"{"title":"\udc00\ud800"}"#, &["title"]),
        (r#"{"title":"a\u0000b"}"#, &["title"]),
        // Names that are no fields.
        (r#"{"title":"a","titel":"b","colour":1}"#, &["colour", "titel"]),
        (r#"{"title":"a","password":"b"}"#, &["password"]),
        (r#"{"title":"a","":1}"#, &[""]),
        (r#"{"title":"a","Title":"b"}"#, &["Title"]),
        (r#"{"title":"a","title; DROP TABLE tasks":1}"#, &["title; DROP TABLE tasks"]),
        // Whole numbers.
        (r#"{"title":"a","status_id":"one"}"#, &["status_id"]),
        (r#"{"title":"a","status_id":"1 or 1=1"}"#, &["status_id"]),
        (r#"{"title":"a","status_id":"1f9f"}"#, &["status_id"]),
        (r#"{"title":"a","status_id":""}"#, &["status_id"]),
        (r#"{"title":"a","status_id":1.5}"#, &["status_id"]),
        (r#"{"title":"a","status_id":[1]}"#, &["status_id"]),
        (r#"{"title":"a","status_id":1e30}"#, &["status_id"]),
        (r#"{"title":"a","status_id":1e999}"#, &["status_id"]),
        (r#"{"title":"a","status_id":-1e-999}"#, &["status_id"]),
        (r#"{"title":"a","position":9223372036854775808}"#, &["position"]),
        (r#"{"title":"a","position":-9223372036854775809}"#, &["position"]),
        (r#"{"title":"a","position":18446744073709551616}"#, &["position"]),
        (&digits, &["position"]),
        // Dates.
        (r#"{"title":"a","date_end":"2026-02-30"}"#, &["date_end"]),
        (r#"{"title":"a","date_end":"2026-13-01"}"#, &["date_end"]),
        (r#"{"title":"a","date_end":"0000-00-00"}"#, &["date_end"]),
        (r#"{"title":"a","date_end":"tomorrow"}"#, &["date_end"]),
        (r#"{"title":"a","date_end":""}"#, &["date_end"]),
        (r#"{"title":"a","date_end":20261231}"#, &["date_end"]),
        (r#"{"title":"a","date_end":true}"#, &["date_end"]),
        // Several at once.
        (r#"{"title":{"a":1},"status_id":[1],"date_end":1}"#, &["date_end", "status_id", "title"]),
    ];
    for (body, fields) in cases {
        let answer = post_task(&alice, body).await;
        holds(&answer, body, 422, "VALIDATION");
        let mut named: Vec<_> = answer.body["error"]["fields"]
            .as_array()
            .unwrap()
            .iter()
            .map(|field| field["field"].as_str().unwrap())
            .collect();
        named.sort_unstable();
        assert_eq!(named, *fields, "{body:.60}: {}", answer.text);
    }
    let answer = post_task(&alice, &longer).await;
    // SQLite's TEXT has no end; MariaDB's holds 65 535 bytes.
    assert_eq!(answer.status, if engine == Engine::Sqlite { 201 } else { 422 }, "{}", answer.text);
    if let Some(place) = answer.header("location") {
        alice.delete(place).await.expect(200);
    }
    nothing_was_made(&alice).await;
    // What an HTML form has for a number is its digits, and a pair of surrogates is one character.
    let right = r#"{"title":"\ud83c\udf31","status_id":"1","position":2147483647}"#;
    let id = post_task(&alice, right).await.expect(201)["data"]["insert_id"].clone();
    let task = alice.get(&format!("/api/tasks/{id}")).await.expect(200);
    assert_eq!((&task["data"]["title"], &task["data"]["position"]), (&json!("🌱"), &json!(2_147_483_647)));
    alice.put(&format!("/api/tasks/{id}"), json!({})).await.refused(422, "VALIDATION");
    alice.put(&format!("/api/tasks/{id}"), json!({"user_id": 2})).await.refused(422, "VALIDATION");
}

async fn bad_media_types_are_refused(engine: Engine) {
    let sogo = Sogo::start(engine).await;
    let alice = sogo.sign_in("alice@example.com").await;
    let send = async |headers: &[(&str, &str)]| {
        alice.send_with(Method::POST, "/api/tasks", Some(r#"{"title":"a"}"#.to_owned()), headers).await
    };
    for kind in [
        "text/plain",
        "application/x-www-form-urlencoded",
        "multipart/form-data; boundary=x",
        "application/xml",
        "application/jsonp",
        "text/json",
        "nonsense",
        "",
    ] {
        holds(&send(&[("content-type", kind)]).await, kind, 415, "UNSUPPORTED_MEDIA_TYPE");
    }
    for coding in ["gzip", "br", "nonsense"] {
        let headers = [("content-type", "application/json"), ("content-encoding", coding)];
        holds(&send(&headers).await, coding, 415, "UNSUPPORTED_MEDIA_TYPE");
    }
    nothing_was_made(&alice).await;
    for kind in ["application/json", "application/json; charset=utf-8", "Application/JSON;charset=UTF-8"] {
        send(&[("content-type", kind)]).await.expect(201);
    }
}

async fn bad_ids_find_nothing(engine: Engine) {
    let sogo = Sogo::start(engine).await;
    let alice = sogo.sign_in("alice@example.com").await;
    alice.post("/api/projects", json!({"name": "the first"})).await.expect(201);
    let digits = "1".repeat(40);
    for id in [
        "1%20or%201=1",
        "1f9f",
        "-1",
        "0",
        "%00",
        "1%00",
        &digits,
        "9223372036854775808",
        "0x1",
        "1.0",
        "1e0",
        "+1",
        "01",
        "%201",
        "1%20",
        "%31%27",
        "1;",
        "NULL",
        "true",
        "%ff",
        "..%2f1",
        "%",
        "%zz",
        "%EF%BC%91",
    ] {
        let path = format!("/api/projects/{id}");
        for method in [Method::GET, Method::PUT, Method::PATCH, Method::DELETE] {
            let body =
                [Method::PUT, Method::PATCH].contains(&method).then(|| r#"{"name":"changed"}"#.to_owned());
            let answer = alice.send(method.clone(), &path, body).await;
            holds(&answer, &format!("{method} {path}"), 404, "NOT_FOUND");
        }
    }
    let projects = alice.get("/api/projects").await.expect(200);
    assert_eq!(
        (projects["data"].as_array().unwrap().len(), &projects["data"][0]["name"]),
        (1, &json!("the first"))
    );
}

async fn bad_parameters_are_refused(engine: Engine) {
    let sogo = Sogo::start(engine).await;
    let alice = sogo.sign_in("alice@example.com").await;
    let many = (0..300).map(|number| format!("a{number}=1")).collect::<Vec<_>>().join("&");
    let cases: &[(&str, u16, &str)] = &[
        ("project_id=one", 422, "VALIDATION"),
        ("project_id=1%20or%201=1", 422, "VALIDATION"),
        ("project_id=1.5", 422, "VALIDATION"),
        ("project_id=99999999999999999999", 422, "VALIDATION"),
        ("project_id=", 422, "VALIDATION"),
        ("projct_id=1", 400, "BAD_REQUEST"),
        ("user_id=2", 400, "BAD_REQUEST"),
        ("project_id=1&project_id=2", 400, "BAD_REQUEST"),
        ("project_id=%ff", 400, "BAD_REQUEST"),
        ("project_id=%", 400, "BAD_REQUEST"),
        ("%00=1", 400, "BAD_REQUEST"),
        (&many, 400, "BAD_REQUEST"),
        // Order and columns.
        ("sort=", 400, "BAD_REQUEST"),
        ("sort=password", 400, "BAD_REQUEST"),
        ("sort=user_id", 400, "BAD_REQUEST"),
        ("sort=id;DROP%20TABLE%20tasks", 400, "BAD_REQUEST"),
        ("sort=id%20DESC", 400, "BAD_REQUEST"),
        ("sort=--id", 400, "BAD_REQUEST"),
        ("sort=id,id", 400, "BAD_REQUEST"),
        ("sort=id&sort=title", 400, "BAD_REQUEST"),
        ("sort=(SELECT%201)", 400, "BAD_REQUEST"),
        ("fields=", 400, "BAD_REQUEST"),
        ("fields=*", 400, "BAD_REQUEST"),
        ("fields=t.id", 400, "BAD_REQUEST"),
        ("fields=user_id", 400, "BAD_REQUEST"),
        ("fields=id,id", 400, "BAD_REQUEST"),
        // Filters.
        ("title[foo]=1", 400, "BAD_REQUEST"),
        ("title[eq=1", 400, "BAD_REQUEST"),
        ("title[]=1", 400, "BAD_REQUEST"),
        ("user_id[ne]=0", 400, "BAD_REQUEST"),
        ("title[like]=%ff", 400, "BAD_REQUEST"),
        ("title=%00", 422, "VALIDATION"),
        ("id[gt]=0%20or%201", 422, "VALIDATION"),
        ("status_id[in]=1,x", 422, "VALIDATION"),
        ("status_id[in]=1,,2", 422, "VALIDATION"),
        ("status_id[null]=maybe", 422, "VALIDATION"),
        ("date_end[lte]=2026-02-30", 422, "VALIDATION"),
        ("position=1e999", 422, "VALIDATION"),
        ("position=99999999999999999999999", 422, "VALIDATION"),
        // Pages.
        ("page=0", 422, "VALIDATION"),
        ("page=-1", 422, "VALIDATION"),
        ("page=x", 422, "VALIDATION"),
        ("page=99999999999999999999", 422, "VALIDATION"),
        ("page=9223372036854775807&per_page=1000", 422, "VALIDATION"),
        ("page=1&per_page=0", 422, "VALIDATION"),
        ("per_page=1000000", 422, "VALIDATION"),
        ("limit=-1", 422, "VALIDATION"),
        ("limit=1&page=1", 400, "BAD_REQUEST"),
        ("after=", 400, "BAD_REQUEST"),
        ("after=x", 400, "BAD_REQUEST"),
        ("after=AAAA", 400, "BAD_REQUEST"),
        ("count=maybe", 422, "VALIDATION"),
    ];
    for (query, status, code) in cases {
        holds(&alice.get(&format!("/api/tasks?{query}")).await, query, *status, code);
    }
    for query in [
        "",
        "_=1",
        "&&",
        "project_id=1",
        "project%5Fid=1",
        "title=%27%20OR%201=1%20--%20",
        "sort=-id&limit=1",
    ] {
        assert_eq!(alice.get(&format!("/api/tasks?{query}")).await.expect(200)["data"], json!([]), "{query}");
    }
}

async fn bad_conditions_and_keys_are_refused(engine: Engine) {
    let sogo = Sogo::start(engine).await;
    let alice = sogo.sign_in("alice@example.com").await;
    let id = post_task(&alice, r#"{"title":"a"}"#).await.expect(201)["data"]["insert_id"].clone();
    let row = format!("/api/tasks/{id}");
    let long = "k".repeat(256);
    let cases: &[(Method, &str, &str, &str, u16, &str)] = &[
        (Method::PUT, &row, "if-match", "\"another\"", 412, "PRECONDITION_FAILED"),
        (Method::PUT, &row, "if-match", "W/\"another\"", 412, "PRECONDITION_FAILED"),
        (Method::PUT, &row, "if-match", "\"a\", \"b\"", 412, "PRECONDITION_FAILED"),
        (Method::PUT, &row, "if-match", "", 400, "BAD_REQUEST"),
        (Method::PUT, &row, "if-match", "bare", 400, "BAD_REQUEST"),
        (Method::PUT, &row, "if-match", "\"open", 400, "BAD_REQUEST"),
        (Method::PUT, &row, "if-match", "w/\"a\"", 400, "BAD_REQUEST"),
        (Method::PUT, &row, "if-match", "*, \"a\"", 400, "BAD_REQUEST"),
        (Method::PUT, &row, "if-none-match", "*", 400, "BAD_REQUEST"),
        (Method::DELETE, &row, "if-match", "\"another\"", 412, "PRECONDITION_FAILED"),
        (Method::PUT, "/api/tasks/424242", "if-match", "*", 404, "NOT_FOUND"),
        (Method::POST, "/api/tasks", "if-match", "*", 400, "BAD_REQUEST"),
        // The table for keys has not been made here, and a key is never ignored.
        (Method::POST, "/api/tasks", "idempotency-key", "key-1", 501, "UNSUPPORTED"),
        (Method::POST, "/api/tasks", "idempotency-key", "", 400, "BAD_REQUEST"),
        (Method::POST, "/api/tasks", "idempotency-key", "a b", 400, "BAD_REQUEST"),
        (Method::POST, "/api/tasks", "idempotency-key", "a\\b", 400, "BAD_REQUEST"),
        (Method::POST, "/api/tasks", "idempotency-key", &long, 400, "BAD_REQUEST"),
        (Method::POST, "/api/auth/login", "idempotency-key", "key-1", 400, "BAD_REQUEST"),
    ];
    for (method, path, name, value, status, code) in cases {
        let body = (*method != Method::DELETE).then(|| r#"{"title":"changed"}"#.to_owned());
        let headers = [("content-type", "application/json"), (*name, *value)];
        let answer = alice.send_with(method.clone(), path, body, &headers).await;
        holds(&answer, &format!("{method} {path} {name}: {value}"), *status, code);
    }
    let tasks = alice.get("/api/tasks").await.expect(200);
    assert_eq!((tasks["data"].as_array().unwrap().len(), &tasks["data"][0]["title"]), (1, &json!("a")));
}

async fn what_is_too_long_is_refused(engine: Engine) {
    let sogo = Sogo::start(engine).await;
    let alice = sogo.sign_in("alice@example.com").await;
    let query = format!("/api/tasks?_={}", "x".repeat(10_000));
    holds(&alice.get(&query).await, "a long query", 414, "ADDRESS_TOO_LONG");
    let path = format!("/api/{}", "x".repeat(10_000));
    holds(&alice.get(&path).await, "a long path", 414, "ADDRESS_TOO_LONG");
    let value = "x".repeat(40_000);
    let headers = [("x-long", value.as_str())];
    let answer = alice.send_with(Method::GET, "/api/tasks", None, &headers).await;
    holds(&answer, "a long header", 431, "HEADERS_TOO_LARGE");
    let body = json!({"email": "x".repeat(20_000), "password": "a long password"});
    holds(&sogo.client().post("/api/auth/login", body).await, "a long sign-in", 413, "TOO_LARGE");
    alice.get("/api/tasks").await.expect(200);
}

async fn unknown_paths_and_methods_say_so(engine: Engine) {
    let sogo = Sogo::start(engine).await;
    let alice = sogo.sign_in("alice@example.com").await;
    for path in [
        "/nothing",
        "/api",
        "/api/",
        "/api/nothing",
        "/api/projects/1/2",
        "/other/projects",
        "/api/auth",
        "/api/auth/nothing",
        "//api/projects",
    ] {
        alice.get(path).await.refused(404, "NOT_FOUND");
    }
    alice.delete("/api/projects").await.refused(405, "METHOD_NOT_ALLOWED");
    alice.get("/api/auth/login").await.refused(405, "METHOD_NOT_ALLOWED");
    alice.post("/api/statuses", json!({"name": "x"})).await.refused(405, "METHOD_NOT_ALLOWED");
    // Which resources exist is nobody's business without a token.
    sogo.client().get("/api/nothing").await.refused(401, "UNAUTHORIZED");
    for request in
        ["NONSENSE\r\n\r\n", "GET /health HTTP/9.9\r\n\r\n", "GET  /health HTTP/1.1\r\nHost: x\r\n\r\n"]
    {
        assert_eq!(raw_http(sogo.address(), request).status / 100, 4, "{request:?}");
    }
    alice.get("/api/projects").await.expect(200);
}

async fn broken_rules_of_the_database_have_words(engine: Engine) {
    let installation = Installation::new(engine).await;
    // Without `references` it is the database that finds the project missing.
    installation.edit(
        "config/apps/prokov/queries/tasks.yaml",
        "  references: { project_id: projects, status_id: statuses }",
        "  x-references: none",
    );
    let sogo = installation.start();
    let alice = sogo.sign_in("alice@example.com").await;
    let answer = alice.post("/api/tasks", json!({"title": "a", "status_id": 1, "project_id": 424_242})).await;
    let text = answer.text.clone();
    answer.refused(409, "FOREIGN_KEY");
    for word in ["INSERT", "tasks", "CONSTRAINT", "fk_"] {
        assert!(!text.contains(word), "{text}");
    }
}
