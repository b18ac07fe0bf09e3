//! Which app a host name means, and which tokens are believed.

use serde_json::{Value, json};

use crate::harness::{Engine, Installation, JWT_SECRET, Sogo, raw_http, sign};

#[tokio::test]
async fn a_host_name_means_its_app_and_nothing_else_does() {
    let sogo = Sogo::start(Engine::Sqlite).await;
    let cases: &[(&str, u16)] = &[
        ("Host: prokov.example.com", 401),
        ("Host: prokov.example.net", 401),
        ("Host: PROKOV.Example.COM", 401),
        ("Host: prokov.example.com.", 401),
        ("Host: prokov.example.com:8080", 401),
        ("Host: other.example.com", 421),
        ("Host: prokov.example.com.evil.example", 421),
        ("Host: example.com", 421),
        ("Host: 127.0.0.1", 421),
        ("Host: ", 400),
        ("X-Nothing: 1", 400),
        ("Host: prokov.example.com\r\nHost: prokov.example.com", 400),
        ("Host: prokov.example.com\r\nHost: other.example.com", 400),
        ("Host: prokov.example.com/x", 400),
        ("Host: a b", 400),
        ("Host: other.example.com\r\nX-Forwarded-Host: prokov.example.com", 421),
    ];
    for (headers, status) in cases {
        let request = format!("GET /api/projects HTTP/1.1\r\n{headers}\r\nConnection: close\r\n\r\n");
        let answer = raw_http(sogo.address(), &request);
        assert_eq!(answer.status, *status, "{headers:?}: {}", answer.text);
    }
    let absolute = "GET http://other.example.com/api/projects HTTP/1.1\r\nHost: prokov.example.com\r\nConnection: close\r\n\r\n";
    assert!([400, 421].contains(&raw_http(sogo.address(), absolute).status));
}

#[tokio::test]
async fn only_a_token_of_ours_for_this_app_that_has_not_expired_is_believed() {
    let sogo = Sogo::start(Engine::Sqlite).await;
    let now = chrono::Utc::now().timestamp();
    let good = json!({"sub": 1, "email": "alice@example.com", "name": "Alice", "app": "prokov", "exp": now + 60, "iat": now});
    let with = |key: &str, value: Value| {
        let mut claims = good.clone();
        claims[key] = value;
        claims
    };
    let without = |key: &str| {
        let mut claims = good.clone();
        claims.as_object_mut().unwrap().remove(key);
        claims
    };
    let hs256 = json!({"alg": "HS256", "typ": "JWT"});
    sogo.client().with_token(&sign(&hs256, &good, JWT_SECRET)).get("/api/projects").await.expect(200);
    let bare = json!({"alg": "HS256"});
    sogo.client().with_token(&sign(&bare, &good, JWT_SECRET)).get("/api/projects").await.expect(200);

    let none = json!({"alg": "none"});
    let unsigned = sign(&none, &good, JWT_SECRET);
    let bad = [
        ("alg none", unsigned.clone()),
        ("alg none without a signature", format!("{}.", unsigned.rsplit_once('.').unwrap().0)),
        ("another alg", sign(&json!({"alg": "HS512"}), &good, JWT_SECRET)),
        ("RS256", sign(&json!({"alg": "RS256"}), &good, JWT_SECRET)),
        ("no alg", sign(&json!({}), &good, JWT_SECRET)),
        ("critical extension", sign(&json!({"alg": "HS256", "crit": ["x"], "x": 1}), &good, JWT_SECRET)),
        ("another secret", sign(&hs256, &good, "another secret that is longer than thirty-two bytes")),
        ("empty secret", sign(&hs256, &good, "")),
        ("cut signature", sign(&hs256, &good, JWT_SECRET)[..80].to_owned()),
        ("expired", sign(&hs256, &with("exp", json!(now - 1)), JWT_SECRET)),
        ("exp missing", sign(&hs256, &without("exp"), JWT_SECRET)),
        ("exp null", sign(&hs256, &with("exp", Value::Null), JWT_SECRET)),
        ("exp a string", sign(&hs256, &with("exp", json!((now + 60).to_string())), JWT_SECRET)),
        ("another app", sign(&hs256, &with("app", json!("other")), JWT_SECRET)),
        ("no app", sign(&hs256, &without("app"), JWT_SECRET)),
        ("sub missing", sign(&hs256, &without("sub"), JWT_SECRET)),
        ("sub a string", sign(&hs256, &with("sub", json!("1 or 1=1")), JWT_SECRET)),
        ("not yet", sign(&hs256, &with("nbf", json!(now + 600)), JWT_SECRET)),
        ("empty", String::new()),
        ("nonsense", "nonsense".to_owned()),
        ("three dots", "a.b.c".to_owned()),
        ("huge", "x".repeat(5000)),
    ];
    for (what, token) in &bad {
        let answer = sogo.client().with_token(token).get("/api/projects").await;
        assert_eq!(
            (answer.status, answer.body["error"]["code"].as_str()),
            (401, Some("UNAUTHORIZED")),
            "{what}: {}",
            answer.text
        );
        assert!(answer.header("www-authenticate").is_some_and(|value| value.starts_with("Bearer")), "{what}");
    }
    let expired = sogo.client().with_token(&bad[9].1).get("/api/projects").await.refused(401, "UNAUTHORIZED");
    assert_eq!(
        expired.to_string(),
        r#"{"success":false,"error":{"code":"UNAUTHORIZED","message":"Token expired"}}"#
    );

    let token = sign(&hs256, &good, JWT_SECRET);
    sogo.client().get(&format!("/api/projects?token={token}")).await.refused(401, "UNAUTHORIZED");
    for scheme in ["Basic", "Token", ""] {
        let value = format!("{scheme} {token}");
        let headers = [("authorization", value.as_str())];
        sogo.client()
            .send_with(reqwest::Method::GET, "/api/projects", None, &headers)
            .await
            .refused(401, "UNAUTHORIZED");
    }
    let value = format!("bearer {token}");
    let headers = [("authorization", value.as_str())];
    sogo.client().send_with(reqwest::Method::GET, "/api/projects", None, &headers).await.expect(200);
}

#[tokio::test]
async fn without_an_address_in_the_settings_both_families_are_served() {
    let installation = Installation::new(Engine::Sqlite).await;
    installation.edit("config/sogoms.yaml", "  listen: 127.0.0.1:8080\n", "");
    let sogo = installation.start();
    let port = sogo.address().rsplit_once(':').unwrap().1;
    let mut addresses = vec![format!("127.0.0.1:{port}")];
    // A container may have been given no IPv6; then IPv4 alone is what must be served.
    if std::net::TcpListener::bind("[::1]:0").is_ok() {
        addresses.push(format!("[::1]:{port}"));
    }
    for address in addresses {
        let answer = raw_http(&address, "GET /health HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
        assert_eq!(answer.status, 200, "{address}");
    }
}
