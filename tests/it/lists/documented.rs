//! What docs/REST.md shows of lists is true.

use super::{make_tasks, start};
use crate::harness::Engine;

const REST: &str = include_str!("../../../docs/REST.md");

/// Every `GET /api/…` of the page is answered as it says: 200, or the status that stands behind it.
#[tokio::test]
async fn the_requests_of_the_documentation_are_answered() {
    let (sogo, alice) = start(Engine::Sqlite).await;
    make_tasks(&sogo, &alice, 8).await;
    let mut tried = 0;
    for line in REST.lines() {
        let Some(request) = line.trim().strip_prefix("GET /api/") else { continue };
        let (path, rest) = request.split_once(' ').unwrap_or((request, ""));
        let status =
            rest.split("→ ").nth(1).and_then(|rest| rest.split(' ').next()?.parse().ok()).unwrap_or(200);
        if path.contains('…') || path.starts_with("auth/") {
            continue;
        }
        let answer = alice.get(&format!("/api/{path}")).await;
        assert_eq!(answer.status, status, "{line}: {}", answer.text);
        tried += 1;
    }
    assert!(15 < tried, "only {tried} requests were found");
}
