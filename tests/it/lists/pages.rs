//! Pages, their links and counts, columns, and lists that have no pages.

use serde_json::{Value, json};

use super::{id_set, ids, make_tasks, rows, start};
use crate::harness::{Engine, Installation};
use crate::on_each_engine;

on_each_engine! {
    pages_lead_to_each_other_and_count_what_a_user_has,
    a_list_that_is_too_long_names_the_way_to_it,
    columns_are_chosen_for_lists_and_rows,
    what_a_list_cannot_do_is_a_clear_refusal,
    an_operator_sees_the_statement_of_a_page,
}

/// Returns where a header `Link` leads.
fn link(header: &str, relation: &str) -> Option<String> {
    let part = header.split(", ").find(|part| part.ends_with(&format!("rel=\"{relation}\"")))?;
    Some(part.split_once('<')?.1.split_once('>')?.0.to_owned())
}

async fn pages_lead_to_each_other_and_count_what_a_user_has(engine: Engine) {
    let (sogo, alice) = start(engine).await;
    make_tasks(&sogo, &alice, 11).await;
    let whole = rows(&alice.get("/api/tasks?sort=-title").await.expect(200));
    for query in ["per_page=4", "limit=4", "page=1&per_page=4", "offset=0&limit=4"] {
        let mut next = format!("/api/tasks?{query}&sort=-title&count=true");
        let mut walked = Vec::new();
        let mut last = String::new();
        for page in 1..10 {
            let answer = alice.get(&next).await;
            let links = answer.header("link").unwrap_or_else(|| panic!("{}", answer.text)).to_owned();
            let body = answer.expect(200);
            assert_eq!(body["meta"]["count"], 11);
            assert_eq!(link(&links, "prev").is_some(), 1 < page, "{links}");
            walked.extend(rows(&body));
            last = link(&links, "last").unwrap();
            match link(&links, "next") {
                Some(link) => next = link,
                None => break,
            }
        }
        assert_eq!(walked, whole, "{query}");
        let end = alice.get(&last).await.expect(200);
        assert_eq!(ids(&rows(&end)), ids(&whole)[8..], "{last}");
    }
    let beyond = alice.get("/api/tasks?page=99").await.expect(200);
    assert_eq!((rows(&beyond).len(), &beyond["meta"]["more"]), (0, &json!(false)));
    let filtered = alice.get("/api/tasks?count=true&position=0").await.expect(200);
    assert_eq!((rows(&filtered).len(), &filtered["meta"]), (4, &json!({"count": 4})));
    let admin = sogo.sign_in("admin@example.com").await;
    assert_eq!(admin.get("/api/tasks?count=true&per_page=1").await.expect(200)["meta"]["count"], 12);
    assert_eq!(alice.get("/api/sums?count=true").await.expect(200)["meta"]["count"], 1);
    assert_eq!(alice.get("/api/dates?count=true&per_page=1").await.expect(200)["meta"]["count"], 6);
    // Without a parameter the envelope is the contract's.
    let plain = alice.get("/api/tasks?_=3").await;
    assert_eq!((plain.header("link"), plain.body.get("meta")), (None, None));
}

async fn a_list_that_is_too_long_names_the_way_to_it(engine: Engine) {
    let installation = Installation::new(engine).await;
    installation.edit("config/apps/prokov/app.yaml", "base_path: /api\n", "base_path: /api\nmax_rows: 3\n");
    let sogo = installation.start();
    let alice = sogo.sign_in("alice@example.com").await;
    make_tasks(&sogo, &alice, 4).await;
    for query in ["", "?sort=id", "?count=true"] {
        let refused = alice.get(&format!("/api/tasks{query}")).await.refused(422, "VALIDATION");
        assert!(refused["error"]["hint"].as_str().unwrap().contains("per_page"), "{refused}");
    }
    let page = alice.get("/api/tasks?page=1").await.expect(200);
    assert_eq!((&page["meta"]["per_page"], &page["meta"]["more"]), (&json!(3), &json!(true)));
    assert_eq!(rows(&page).len(), 3);
    alice.get("/api/tasks?per_page=4").await.refused(422, "VALIDATION");
}

async fn columns_are_chosen_for_lists_and_rows(engine: Engine) {
    let (sogo, alice) = start(engine).await;
    make_tasks(&sogo, &alice, 2).await;
    let list = alice.get("/api/tasks?fields=title,id,project_name&sort=id").await;
    assert!(
        list.text.contains(r#""data":[{"title":"Dig","id":1,"project_name":"Garden"},"#),
        "{}",
        list.text
    );
    let row = alice.get("/api/tasks/1?fields=status_name,title").await;
    assert_eq!(row.text, r#"{"success":true,"data":{"status_name":"Open","title":"Dig"}}"#);
    let bob = sogo.sign_in("bob@example.com").await;
    bob.get("/api/tasks/1?fields=title").await.refused(404, "NOT_FOUND");
    for path in [
        "/api/tasks?fields=user_id",
        "/api/tasks/1?fields=titel",
        "/api/tasks/1?sort=id",
        "/api/tasks/1?id=2",
    ] {
        alice.get(path).await.refused(400, "BAD_REQUEST");
    }
}

async fn what_a_list_cannot_do_is_a_clear_refusal(engine: Engine) {
    let (_sogo, alice) = start(engine).await;
    let cases: &[(&str, u16, &str)] = &[
        ("/api/tasks?titel=x", 400, "Unknown parameter `titel`"),
        ("/api/tasks?title=a&title=b", 400, "given twice"),
        ("/api/tasks?title[LIKE]=a", 400, "no such operator"),
        ("/api/tasks?title[like]=%ff", 400, "not percent-encoded UTF-8"),
        ("/api/tasks?sort=titel", 400, "has not"),
        ("/api/tasks?sort=title,title", 400, "twice"),
        ("/api/tasks?fields=titel", 400, "has not"),
        ("/api/tasks?page=1&offset=2", 400, "exclude each other"),
        ("/api/tasks?page=1&after=x", 400, "exclude each other"),
        ("/api/tasks?after=x", 400, "no cursor of this list"),
        ("/api/latest?page=1", 400, "limits its rows itself"),
        ("/api/latest?title=a", 400, "limits its rows itself"),
        ("/api/latest?sort=id", 400, "limits its rows itself"),
        ("/api/latest?count=true", 400, "limits its rows itself"),
        ("/api/sums?tasks[gt]=1", 400, "it is computed"),
        ("/api/sums?sort=-tasks", 400, "it is computed"),
        ("/api/sums?fields=id", 400, "puts rows together"),
        ("/api/tasks?status_id=one", 422, "Invalid parameters"),
        ("/api/tasks?status_id[in]=1,x", 422, "Invalid parameters"),
        ("/api/tasks?status_id=1%20or%201=1", 422, "Invalid parameters"),
        ("/api/tasks?date_end[lte]=tomorrow", 422, "Invalid parameters"),
        ("/api/tasks?date_end[null]=maybe", 422, "Invalid parameters"),
        ("/api/tasks?status_id[like]=1", 422, "Invalid parameters"),
        ("/api/tasks?title=%00", 422, "Invalid parameters"),
        ("/api/tasks?page=0", 422, "Invalid parameters"),
        ("/api/tasks?page=1e3", 422, "Invalid parameters"),
        ("/api/tasks?per_page=100000", 422, "Invalid parameters"),
        ("/api/tasks?offset=-1", 422, "Invalid parameters"),
        ("/api/tasks?count=1", 422, "Invalid parameters"),
    ];
    for (path, status, said) in cases {
        let answer = alice.send_with(reqwest::Method::GET, path, None, &[("accept-language", "en")]).await;
        assert_eq!(answer.status, *status, "{path}: {}", answer.text);
        assert!(answer.body["error"]["message"].as_str().unwrap().contains(said), "{path}: {}", answer.text);
    }
    for path in ["/api/latest", "/api/latest?fields=title", "/api/tasks?page=9223372036854775807&per_page=1"]
    {
        alice.get(path).await.expect(200);
    }
    let both = alice.get("/api/tasks?status_id=x&per_page=0").await.refused(422, "VALIDATION");
    let fields: Vec<&Value> =
        both["error"]["fields"].as_array().unwrap().iter().map(|field| &field["field"]).collect();
    assert_eq!(fields, ["status_id", "per_page"]);
}

async fn an_operator_sees_the_statement_of_a_page(engine: Engine) {
    let (sogo, alice) = start(engine).await;
    make_tasks(&sogo, &alice, 3).await;
    let path = "/api/tasks?sort=-id&page=2&per_page=2&title[ne]=x&count=true";
    let explained = sogo.sogo(&["-o", "json", "way", "explain", "prokov", "GET", path, "--as", "1", "--run"]);
    let explained = explained.json();
    let sql = explained["sql"].as_str().unwrap();
    assert!(sql.ends_with("ORDER BY t.id DESC LIMIT ? OFFSET ?"), "{sql}");
    assert!(sql.contains("t.user_id = ?") && sql.contains("(t.title <> ?"), "{sql}");
    let count =
        explained["stages"].as_array().unwrap().iter().find(|stage| stage["stage"] == "count").unwrap();
    assert!(
        count["decision"].as_str().unwrap().starts_with("SELECT COUNT(*) AS count FROM tasks t"),
        "{count}"
    );
    assert_eq!(id_set(&rows(&explained["answer"])).len(), 1, "{explained}");
    sogo.sogo(&["check", "--live"]).ok();
}
