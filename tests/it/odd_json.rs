//! JSON at its edges: each odd value has a defined answer, and what is taken keeps its digits.

use mysql_async::prelude::Queryable;
use reqwest::Method;

use crate::harness::{Answer, Client, Engine, Installation, MariaDb, Sogo};
use crate::on_each_engine;

on_each_engine! {
    digits_are_kept_or_the_field_is_named,
    what_is_no_json_is_a_bad_request,
    odd_names_and_texts_have_an_answer,
}

const QUERIES: &str = "unfiltered: true\nlist:\n  query: SELECT id, big, small, price, ratio, doc, note FROM numbers\n\
                       show:\n  query: SELECT id, big, small, price, ratio, doc, note FROM numbers WHERE id = :id\n\
                       create:\n  table: numbers\n  fields: [big, small, price, ratio, doc, note]\n";

async fn start(engine: Engine) -> (Sogo, Client) {
    let installation = Installation::new(engine).await;
    installation.write("config/apps/prokov/queries/numbers.yaml", QUERIES);
    let columns =
        "big BIGINT UNSIGNED, small INT, price DECIMAL(38,10), ratio DOUBLE, doc JSON, note VARCHAR(100)";
    match engine {
        Engine::Sqlite => {
            let database = rusqlite::Connection::open(installation.path().join("data/prokov.db")).unwrap();
            let table = format!("CREATE TABLE numbers (id INTEGER PRIMARY KEY, {columns})");
            database.execute_batch(&table).unwrap();
        }
        Engine::MariaDb => {
            let app = installation.read("config/apps/prokov/app.yaml");
            let name = app.lines().find_map(|line| line.strip_prefix("  name: ")).unwrap();
            let mut root = MariaDb::shared().await.root(Some(name)).await;
            let table = format!("CREATE TABLE numbers (id INT AUTO_INCREMENT PRIMARY KEY, {columns})");
            root.query_drop(table).await.unwrap();
            root.disconnect().await.unwrap();
        }
    }
    let sogo = installation.start();
    let alice = sogo.sign_in("alice@example.com").await;
    (sogo, alice)
}

async fn post(client: &Client, body: &str) -> Answer {
    client.send(Method::POST, "/api/numbers", Some(body.to_owned())).await
}

/// Writes a field and returns how the answer to a read spells it.
async fn written(client: &Client, field: &str, json: &str) -> String {
    let created = post(client, &format!("{{\"{field}\":{json}}}")).await.expect(201);
    let path = format!("/api/numbers/{}", created["data"]["insert_id"]);
    let text = client.get(&path).await.text;
    let after = text.split_once(&format!("\"{field}\":")).unwrap().1;
    let next = after.find(",\"").unwrap_or(after.len() - 2);
    after[..next].trim_end_matches('}').to_owned()
}

async fn digits_are_kept_or_the_field_is_named(engine: Engine) {
    let (_sogo, alice) = start(engine).await;
    for (field, json, expected) in [
        ("big", "9007199254740993", "9007199254740993"),
        ("big", "9223372036854775807", "9223372036854775807"),
        ("small", "-2147483648", "-2147483648"),
        ("price", "12345.1234567891", "12345.1234567891"),
        ("price", "0.1000000000", "0.1000000000"),
        ("ratio", "1e300", "1e300"),
        ("ratio", "0.1", "0.1"),
        ("note", "\"1e999\"", "\"1e999\""),
    ] {
        let found = written(&alice, field, json).await;
        let same = match field {
            // An engine may leave out zeros at the end and write an exponent in its own way.
            "price" => found.trim_end_matches('0') == expected.trim_end_matches('0'),
            "ratio" => found.parse::<f64>() == expected.parse::<f64>(),
            _ => found == expected,
        };
        assert!(same, "{field}: {json} became {found}");
    }
    if engine == Engine::MariaDb {
        // SQLite has no whole numbers above 2^63-1 and says so, see below.
        assert_eq!(written(&alice, "big", "18446744073709551615").await, "18446744073709551615");
        let digits = "1234567890123456789012345678.1234567891";
        assert_eq!(written(&alice, "price", digits).await, digits);
    }
    let mut refused = vec![
        ("big", "18446744073709551616"),
        ("big", "-1"),
        ("big", "1e999"),
        ("big", "1.0"),
        ("big", "1e3"),
        ("big", "99999999999999999999999999999999999999999999999999"),
        ("small", "9223372036854775808"),
        ("price", "1e999"),
        ("price", "\"NaN\""),
        ("price", "\"Infinity\""),
        ("ratio", "1e999"),
        ("ratio", "-1e999"),
        ("ratio", "\"NaN\""),
        ("ratio", "\"inf\""),
        ("note", "1"),
        ("note", "\"\\u0000\""),
        ("note", "\"\\ud800\""),
        ("note", "\"\\udc00\\ud800\""),
        ("note", "[]"),
    ];
    if engine == Engine::Sqlite {
        // It has whole numbers of 64 bits with a sign, and keeps decimals as floating-point numbers.
        refused.push(("big", "18446744073709551615"));
        refused.push(("price", "12345678901234.1234567891"));
        refused.push(("price", "9223372036854775808"));
    } else {
        refused.push(("small", "2147483648"));
        refused.push(("price", "12345678901234567890123456789.5"));
    }
    for (field, json) in refused {
        let answer = post(&alice, &format!("{{\"{field}\":{json}}}")).await;
        // A database that finds it first calls it too long.
        let code = answer.body["error"]["code"].as_str().unwrap_or_default();
        assert_eq!(answer.status, 422, "{field} {json}: {}", answer.text);
        assert!(["VALIDATION", "DATA_TOO_LONG"].contains(&code), "{field} {json}: {}", answer.text);
        assert_eq!(answer.body["error"]["fields"][0]["field"], field, "{json}: {}", answer.text);
    }
    // Characters outside of the first plane are two escapes in JSON, and one character.
    assert_eq!(written(&alice, "note", "\"\\ud83d\\ude00\"").await, "\"😀\"");
}

async fn what_is_no_json_is_a_bad_request(engine: Engine) {
    let (sogo, alice) = start(engine).await;
    for body in [
        "{\"ratio\":NaN}",
        "{\"ratio\":Infinity}",
        "{\"ratio\":-Infinity}",
        "{\"ratio\":nan}",
        "{\"ratio\":+1}",
        "{\"ratio\":.5}",
        "{\"ratio\":1.}",
        "{\"small\":01}",
        "{\"small\":0x10}",
        "{\"small\":1_000}",
        "{\"small\":1,}",
        "{\"small\":1,\"small\":1}",
        "{\"small\":1,\"sm\\u0061ll\":2}",
        "{small:1}",
        "{'small':1}",
        "{\"small\":1} {}",
        "{\"small\":1}]",
        "{\"small\":1}\0",
        "{\"note\":\"a\nb\"}",
        "{\"note\":\"\\x41\"}",
        "{\"note\":\"\\ud83\"}",
        "{\"note\":\"open}",
        "// comment\n{}",
        "{}/**/",
        "\u{feff}{\"small\":1}",
        "\u{a0}{\"small\":1}",
    ] {
        let answer = post(&alice, body).await;
        assert_eq!(
            (answer.status, answer.body["error"]["code"].as_str()),
            (400, Some("BAD_REQUEST")),
            "{body}: {}",
            answer.text
        );
    }
    let head = format!(
        "POST /api/numbers HTTP/1.1\r\nHost: prokov.example.com\r\nAuthorization: Bearer {}\r\nContent-Type: application/json\r\nConnection: close\r\n",
        alice.token.as_deref().unwrap()
    );
    for body in [
        &b"{\"note\":\"\xff\"}"[..],
        b"{\"note\":\"\xed\xa0\x80\"}",
        b"{\"note\":\"\xc0\x80\"}",
        b"\xff\xfe{\0}\0",
    ] {
        let mut request = format!("{head}Content-Length: {}\r\n\r\n", body.len()).into_bytes();
        request.extend_from_slice(body);
        crate::harness::raw_http(sogo.address(), &request).refused(400, "BAD_REQUEST");
    }
    assert_eq!(alice.get("/api/numbers").await.expect(200)["data"], serde_json::json!([]));
}

async fn odd_names_and_texts_have_an_answer(engine: Engine) {
    let (_sogo, alice) = start(engine).await;
    let many = (0..20_000).map(|number| format!(",\"f{number}\":1")).collect::<Vec<_>>().concat();
    let body = post(&alice, &format!("{{\"small\":1{many}}}")).await.refused(422, "VALIDATION");
    let told = body["error"]["fields"].as_array().unwrap().len();
    assert!((1..=21).contains(&told), "{told}");
    for (json, field) in [
        ("{\"\":1}", ""),
        ("{\"\\u0000\":1}", "\0"),
        ("{\"__proto__\":{}}", "__proto__"),
        ("{\"Small\":1}", "Small"),
    ] {
        let body = post(&alice, json).await.refused(422, "VALIDATION");
        assert_eq!(body["error"]["fields"][0]["field"], field, "{json}");
    }
    // A name that is half a character is no text, and no name of anything.
    let answer = post(&alice, "{\"\\ud800\":1}").await;
    assert!([400, 422].contains(&answer.status), "{}", answer.text);
    // MariaDB's own JSON ends at 32 levels, ours at `max_depth`.
    let deepest = if engine == Engine::MariaDb { 30 } else { 60 };
    for depth in [deepest, 70, 100_000] {
        let json = format!("{{\"doc\":{}1{}}}", "[".repeat(depth), "]".repeat(depth));
        let answer = post(&alice, &json).await;
        assert_eq!(answer.status, if depth < 64 { 201 } else { 400 }, "{depth}: {}", answer.text);
    }
    // A JSON column keeps what it was given, digits and all.
    let doc = written(&alice, "doc", "{\"a\":[1.10,12345678901234567890123,1e400]}").await;
    assert!(
        doc.contains("1.10") && doc.contains("12345678901234567890123") && doc.contains("1e400"),
        "{doc}"
    );
}
