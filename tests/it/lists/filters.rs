//! Filters narrow a list to some of its rows, and never to others.

use serde_json::{Value, json};

use super::{id_set, make_tasks, rows, start};
use crate::harness::Engine;
use crate::on_each_engine;

on_each_engine! {
    a_filter_passes_what_it_says,
    patterns_mean_what_is_written,
    no_parameters_show_anything_of_others_or_fail_the_server,
}

async fn a_filter_passes_what_it_says(engine: Engine) {
    let (sogo, alice) = start(engine).await;
    make_tasks(&sogo, &alice, 15).await;
    let all = rows(&alice.get("/api/tasks").await.expect(200));
    type Passes = fn(&Value) -> bool;
    let cases: &[(&str, Passes)] = &[
        ("status_id=2", |row| row["status_id"] == 2),
        ("status_id[eq]=2", |row| row["status_id"] == 2),
        ("status_id%5Bne%5D=2", |row| row["status_id"] != 2),
        ("status_id[in]=1,2", |row| !row["status_id"].is_null()),
        ("status_id[null]=true", |row| row["status_id"].is_null()),
        ("status_id[null]=false", |row| !row["status_id"].is_null()),
        ("position[lt]=1", |row| row["position"].as_i64() < Some(1)),
        ("position[lte]=1&position[gte]=1", |row| row["position"] == 1),
        ("position[gt]=0&status_id[ne]=1", |row| row["position"] != 0 && row["status_id"] != 1),
        ("date_end[lte]=2026-02-01", |row| row["date_end"].as_str().is_some_and(|date| date <= "2026-02-01")),
        ("date_end[gt]=2026-02-01", |row| row["date_end"].as_str().is_some_and(|date| "2026-02-01" < date)),
        ("date_end[in]=2026-01-01,2026-03-01", |row| {
            row["date_end"] == "2026-01-01" || row["date_end"] == "2026-03-01"
        }),
        ("date_end[null]=true&position=2", |row| row["date_end"].is_null() && row["position"] == 2),
        ("project_name=Garden", |row| row["project_name"] == "Garden"),
        ("project_name[null]=true", |row| row["project_name"].is_null()),
        ("title=100%25", |row| row["title"] == "100%"),
        ("id=999999", |_| false),
    ];
    for (query, passes) in cases {
        let found = rows(&alice.get(&format!("/api/tasks?{query}")).await.expect(200));
        let expected: Vec<Value> = all.iter().filter(|row| passes(row)).cloned().collect();
        assert_eq!(found, expected, "{query}");
        let counted = alice.get(&format!("/api/tasks?{query}&count=true&per_page=1")).await.expect(200);
        assert_eq!(counted["meta"]["count"], expected.len(), "{query}");
    }
    // A placeholder of the statement keeps its own meaning beside them.
    let project = rows(&alice.get("/api/projects").await.expect(200))[0]["id"].clone();
    let of_project =
        rows(&alice.get(&format!("/api/tasks?project_id={project}&position=0")).await.expect(200));
    assert!(!of_project.is_empty() && of_project.iter().all(|row| row["project_id"] == project));
    assert_eq!(rows(&alice.get("/api/sums?name=Garden").await.expect(200))[0]["tasks"], 4);
}

async fn patterns_mean_what_is_written(engine: Engine) {
    let (_sogo, alice) = start(engine).await;
    for title in ["100%", "100 km", "a_b", "axb", r"c\d"] {
        alice.post("/api/tasks", json!({"title": title})).await.expect(201);
    }
    for (pattern, expected) in [
        ("100%25", &["100%", "100 km"][..]),
        (r"100\%25", &["100%"]),
        ("a_b", &["a_b", "axb"]),
        (r"a\_b", &["a_b"]),
        (r"c\\%25", &[r"c\d"]),
        ("%25x%25", &["axb"]),
        ("", &[]),
    ] {
        let found = rows(&alice.get(&format!("/api/tasks?title[like]={pattern}&sort=id")).await.expect(200));
        let titles: Vec<&str> = found.iter().filter_map(|row| row["title"].as_str()).collect();
        assert_eq!(titles, expected, "{pattern}");
    }
}

/// Requests made of pieces that meet badly.
async fn no_parameters_show_anything_of_others_or_fail_the_server(engine: Engine) {
    let (sogo, alice) = start(engine).await;
    make_tasks(&sogo, &alice, 6).await;
    let own = id_set(&rows(&alice.get("/api/tasks").await.expect(200)));
    let names = [
        "id",
        "title",
        "date_end",
        "status_id",
        "position",
        "description",
        "project_name",
        "project_id",
        "user_id",
        "t.id",
        "page",
        "per_page",
        "limit",
        "offset",
        "after",
        "sort",
        "fields",
        "count",
        "1",
        "%27",
        "id)%20OR%20(1",
    ];
    let operators = ["", "", "[eq]", "[ne]", "[lt]", "[gte]", "[in]", "[like]", "[null]", "[x]", "[", "]"];
    let values = [
        "1",
        "0",
        "-1",
        "2",
        "x",
        "",
        "true",
        "false",
        "id",
        "-title",
        "title,id",
        "-date_end,position",
        "%27%20OR%201=1%20--",
        "%25",
        "%5C",
        "2026-01-01",
        "9999-99-99",
        "18446744073709551616",
        "1,2,3",
        ",",
        "%F0%9F%98%80",
        "1e9",
        "NULL",
        "eyJzIjpbImlkIl0sInYiOlsxXX0",
        "eyJzIjpbIi10aXRsZSIsImlkIl0sInYiOlsiYSIsMV19",
        "*",
        "user_id",
        "%22;%20--",
    ];
    // The same requests each time, so that a failure can be seen again.
    let mut state = 20_261_123_u64;
    let mut pick = |count: usize| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(state >> 33).unwrap() % count
    };
    let mut answered = 0;
    for _ in 0..400 {
        let parts: Vec<String> = (0..=pick(2))
            .map(|_| {
                format!(
                    "{}{}={}",
                    names[pick(names.len())],
                    operators[pick(operators.len())],
                    values[pick(values.len())]
                )
            })
            .collect();
        let query = parts.join("&");
        let answer = alice.get(&format!("/api/tasks?{query}")).await;
        assert!([200, 400, 422].contains(&answer.status), "{query}: {} {}", answer.status, answer.text);
        if answer.status == 200 {
            answered += 1;
            for row in rows(&answer.body) {
                assert_ne!(row["title"], "Bob's", "{query}");
                assert!(row.get("id").is_none_or(|id| own.contains(&id.as_i64().unwrap())), "{query}: {row}");
            }
        }
    }
    assert!(10 < answered, "only {answered} were answered");
}
