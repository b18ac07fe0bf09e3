//! Walking a list by its cursors: each row comes exactly once, whatever is null, equal, or added meanwhile.

use serde_json::{Value, json};

use super::{id_set, ids, make_tasks, rows, start};
use crate::harness::{Client, Engine};
use crate::on_each_engine;

on_each_engine! {
    walking_a_list_gives_each_row_once_and_in_order,
    rows_that_are_added_meanwhile_neither_hide_nor_double_others,
    lists_that_put_rows_together_are_walked_too,
    a_cursor_is_checked_like_anything_a_client_sends,
}

/// Walks a list by its cursors; `between` is done behind each page.
async fn walk(client: &Client, path: &str, mut between: impl AsyncFnMut()) -> Vec<Value> {
    let mut all = Vec::new();
    let mut next = path.to_owned();
    for _ in 0..100 {
        let body = client.get(&next).await.expect(200);
        all.extend(rows(&body));
        between().await;
        if body["meta"]["more"] == false {
            assert_eq!(body["meta"].get("after"), None, "{path}");
            return all;
        }
        next = format!("{path}&after={}", body["meta"]["after"].as_str().unwrap());
    }
    panic!("{path} has no end");
}

async fn walking_a_list_gives_each_row_once_and_in_order(engine: Engine) {
    let (sogo, alice) = start(engine).await;
    make_tasks(&sogo, &alice, 17).await;
    for sort in [
        "",
        "&sort=id",
        "&sort=-id",
        "&sort=position",
        "&sort=-position,title",
        "&sort=date_end",
        "&sort=-date_end",
        "&sort=status_id,-date_end",
        "&sort=-status_id,project_name,-title",
        "&sort=-project_name",
        "&date_end[null]=true&sort=-status_id",
    ] {
        let whole = rows(&alice.get(&format!("/api/tasks?_=1{sort}")).await.expect(200));
        assert!(7 < whole.len());
        for per_page in [1, 4, 16] {
            let walked = walk(&alice, &format!("/api/tasks?per_page={per_page}{sort}"), async || ()).await;
            assert_eq!(ids(&walked), ids(&whole), "{sort} by {per_page}");
            assert_eq!(walked, whole);
        }
    }
}

async fn rows_that_are_added_meanwhile_neither_hide_nor_double_others(engine: Engine) {
    let (sogo, alice) = start(engine).await;
    make_tasks(&sogo, &alice, 9).await;
    for sort in ["id", "-id", "position", "-date_end", "-title"] {
        let before = rows(&alice.get("/api/tasks").await.expect(200));
        let walked = walk(&alice, &format!("/api/tasks?per_page=2&sort={sort}"), async || {
            for position in [0, 9] {
                let task = json!({"title": "Added", "position": position, "date_end": "2020-01-01"});
                alice.post("/api/tasks", task).await.expect(201);
            }
            // Else the rows that are added could be walked forever.
            let added = rows(&alice.get("/api/tasks?title=Added&fields=id&sort=id").await.expect(200));
            if 12 < added.len() {
                for row in &added {
                    alice.delete(&format!("/api/tasks/{}", row["id"])).await.expect(200);
                }
            }
        })
        .await;
        let seen = ids(&walked);
        let unique = id_set(&walked);
        assert_eq!(seen.len(), unique.len(), "{sort}: twice in {seen:?}");
        assert!(id_set(&before).iter().all(|id| unique.contains(id) || is_added(&before, *id)), "{sort}");
    }
}

fn is_added(rows: &[Value], id: i64) -> bool {
    rows.iter().any(|row| row["id"] == id && row["title"] == "Added")
}

async fn lists_that_put_rows_together_are_walked_too(engine: Engine) {
    let (sogo, alice) = start(engine).await;
    make_tasks(&sogo, &alice, 12).await;
    for name in ["Orchard", "House", "House"] {
        alice.post("/api/projects", json!({"name": name})).await.expect(201);
    }
    for path in
        ["/api/sums?per_page=1", "/api/sums?per_page=2&sort=-name", "/api/dates?per_page=2&sort=-date_end"]
    {
        let whole = rows(
            &alice
                .get(&path.replacen("per_page=1", "_=1", 1).replacen("per_page=2", "_=1", 1))
                .await
                .expect(200),
        );
        let walked = walk(&alice, path, async || ()).await;
        assert!(3 < walked.len(), "{path}: {walked:?}");
        assert_eq!(walked.len(), whole.len(), "{path}");
        assert!(whole.iter().all(|row| walked.contains(row)), "{path}: {walked:?} of {whole:?}");
    }
}

async fn a_cursor_is_checked_like_anything_a_client_sends(engine: Engine) {
    use base64::Engine as _;
    use base64::prelude::BASE64_URL_SAFE_NO_PAD;
    let (sogo, alice) = start(engine).await;
    make_tasks(&sogo, &alice, 5).await;
    let all = id_set(&rows(&alice.get("/api/tasks").await.expect(200)));
    let page = alice.get("/api/tasks?per_page=2&sort=-title").await.expect(200);
    let cursor = page["meta"]["after"].as_str().unwrap();
    alice.get(&format!("/api/tasks?after={cursor}")).await.expect(200);
    alice.get(&format!("/api/tasks?after={cursor}&sort=-title,id")).await.expect(200);
    let other = alice.get(&format!("/api/tasks?after={cursor}&sort=title")).await.refused(400, "BAD_REQUEST");
    assert_eq!(other["error"]["hint"], "le sien est sort=-title,id");
    for (json, status) in [
        (r#"{"s":["-title","id"],"v":["' OR 1=1 --",0]}"#, 200),
        (r#"{"s":["-title","id"],"v":[null,0]}"#, 200),
        (r#"{"s":["-title","id"],"v":["\u0000",0]}"#, 200),
        (r#"{"s":["date_end","id"],"v":["99",0]}"#, 200),
        (r#"{"s":["date_end","id"],"v":["2026-13-45 99:99:99",0]}"#, 200),
        (r#"{"s":["id"],"v":[-99999999999999999999]}"#, 400),
        (r#"{"s":["id"],"v":["1 OR 1=1"]}"#, 400),
        (r#"{"s":["user_id","id"],"v":[0,0]}"#, 400),
        (r#"{"s":["id) OR (1=1"],"v":[0]}"#, 400),
        ("nonsense", 400),
    ] {
        let answer = alice.get(&format!("/api/tasks?after={}", BASE64_URL_SAFE_NO_PAD.encode(json))).await;
        assert_eq!(answer.status, status, "{json}: {}", answer.text);
        if status == 200 {
            assert!(id_set(&rows(&answer.body)).is_subset(&all), "{json}: {}", answer.text);
        }
    }
    for text in ["", "%00", "====", &"A".repeat(4000)] {
        alice.get(&format!("/api/tasks?after={text}")).await.refused(400, "BAD_REQUEST");
    }
}
