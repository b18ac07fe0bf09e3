//! The sample app's front end, used in a browser by people.

use reqwest::Method;
use serde_json::json;

use crate::harness::{Browser, Engine, PASSWORD, Sogo};
use crate::on_each_engine;

on_each_engine! { people_keep_their_tasks_in_the_browser }

impl Browser {
    async fn signs_in(&self, email: &str) {
        self.fill("#sign-in [name=email]", email).await;
        self.fill("#sign-in [name=password]", PASSWORD).await;
        self.click("#sign-in .main").await;
    }
}

fn page(sogo: &Sogo) -> String {
    let (_, port) = sogo.address().rsplit_once(':').unwrap();
    format!("http://prokov.example.com:{port}/")
}

async fn people_keep_their_tasks_in_the_browser(engine: Engine) {
    let sogo = Sogo::start(engine).await;
    sogo.sogo(&["app", "prepare", "prokov", "--yes"]).ok();
    let browser = Browser::start("en-US").await;
    browser.open(&page(&sogo)).await;

    // Signing up says what is wrong with each field, then lets her in.
    browser.see("#entrance h1", "Sign in").await;
    browser.click("#other-way").await;
    browser.see("#entrance h1", "Create an account").await;
    browser.fill("#sign-in [name=name]", "Carol").await;
    browser.fill("#sign-in [name=email]", "carol@example.com").await;
    browser.fill("#sign-in [name=password]", "short").await;
    browser.click("#sign-in .main").await;
    browser.see("#sign-in-password-fault", "at least 8 characters").await;
    let focused = browser.run("return document.activeElement.name", json!([])).await;
    assert_eq!(focused, "password");
    browser.fill("#sign-in [name=password]", PASSWORD).await;
    browser.click("#sign-in .main").await;
    browser.see("#desk h1", "Tasks").await;
    browser.see("#who", "Carol").await;
    browser.see("#empty", "Nothing to do here").await;

    // Adding: first without what is needed, then rightly.
    browser.click("#add").await;
    browser.see("#editor h1", "New task").await;
    browser.click("#task .main").await;
    browser.see("#task-title-fault", "required").await;
    browser.fill("#task [name=title]", "Dig <b>the</b> garden").await;
    browser.fill("#task [name=description]", "All of it").await;
    browser.choose("#task [name=status_id]", "Open").await;
    browser.run("document.querySelector('#task [name=date_end]').value = '2020-02-29'", json!([])).await;
    browser.click("#task .main").await;
    let line = browser.see("#tasks li", "Dig <b>the</b> garden").await;
    assert!(line.contains("Feb 29, 2020, late"), "{line}");
    browser.see_no("#editor").await;

    // Changing, in the list and in the editor, and all of it is kept.
    browser.choose("#tasks li select", "Done").await;
    browser.see_no("#tasks .late").await;
    browser.click("#tasks .title").await;
    browser.see("#editor h1", "Edit task").await;
    browser.fill("#task [name=title]", "Dig the orchard").await;
    browser.click("#task .main").await;
    browser.see("#tasks li", "Dig the orchard").await;
    browser.reload().await;
    browser.see("#tasks li", "Dig the orchard").await;
    let carol = sogo.sign_in("carol@example.com").await;
    let tasks = carol.get("/api/tasks").await.expect(200);
    assert_eq!(tasks["data"][0]["title"], "Dig the orchard");
    assert_eq!(tasks["data"][0]["status_name"], "Done");
    assert_eq!(tasks["data"][0]["date_end"], "2020-02-29");

    // Another user sees nothing of it.
    browser.click("#sign-out").await;
    browser.signs_in("bob@example.com").await;
    browser.see("#who", "Bob").await;
    browser.see("#empty", "Nothing to do here").await;
    assert_eq!(browser.text("#tasks li").await, None);
    browser.click("#sign-out").await;
    browser.signs_in("carol@example.com").await;

    // Deleting asks once more.
    browser.click("#tasks .title").await;
    browser.click("#delete").await;
    browser.see("#delete", "Really delete?").await;
    browser.click("#delete").await;
    browser.see("#empty", "Nothing to do here").await;
    assert_eq!(carol.get("/api/tasks").await.expect(200)["data"], json!([]));

    // Nothing was refused by the page's own policy, and no script failed: only the API said no.
    let complaints = browser.complaints().await;
    let unexpected: Vec<_> = complaints.iter().filter(|line| !line.contains("status of 422")).collect();
    assert!(unexpected.is_empty(), "{unexpected:#?}");
}

#[tokio::test]
async fn what_was_written_outlives_an_expired_token() {
    let sogo = Sogo::start(Engine::Sqlite).await;
    sogo.sogo(&["app", "prepare", "prokov", "--yes"]).ok();
    let browser = Browser::start("fr-FR").await;
    browser.open(&page(&sogo)).await;
    browser.see("#entrance h1", "Se connecter").await;
    browser.signs_in("alice@example.com").await;
    browser.click("#add").await;
    browser.fill("#task [name=title]", "À ne pas perdre").await;
    let expired = sogo.sogo(&["token", "prokov", "1", "--expires", "1s"]).ok().stdout;
    let expired = expired.trim();
    let alice = sogo.client().with_token(expired);
    crate::harness::until_async("the token has expired", async || {
        (alice.get("/api/auth/me").await.status == 401).then_some(())
    })
    .await;
    browser.run("sessionStorage.setItem('token', arguments[0])", json!([expired])).await;
    browser.click("#task .main").await;
    browser.see("#notice", "Votre session a expiré").await;
    browser.signs_in("alice@example.com").await;
    browser.see("#editor h1", "Nouvelle tâche").await;
    browser.click("#task .main").await;
    browser.see("#tasks li", "À ne pas perdre").await;
}

#[tokio::test]
async fn the_page_is_served_beside_the_api_and_nothing_else_of_the_folder() {
    let sogo = Sogo::start(Engine::Sqlite).await;
    let visitor = sogo.client();
    let page = visitor.get("/").await;
    assert_eq!(page.status, 200);
    assert_eq!(page.header("content-type"), Some("text/html; charset=utf-8"));
    assert_eq!(page.header("cache-control"), Some("no-cache"));
    let policy = page.header("content-security-policy").unwrap();
    assert!(policy.contains("script-src 'self' 'sha256-") && !policy.contains("unsafe"), "{policy}");
    assert!(page.header("x-request-id").is_some());
    let tag = page.header("etag").unwrap();
    let known = visitor.send_with(Method::GET, "/index.html", None, &[("if-none-match", tag)]).await;
    assert_eq!((known.status, known.text.as_str()), (304, ""));
    let head = visitor.send(Method::HEAD, "/", None).await;
    assert_eq!((head.status, head.text.as_str()), (200, ""));
    assert_eq!(head.header("content-length"), Some(&*page.text.len().to_string()));
    for path in [
        "/app.yaml",
        "/../app.yaml",
        "/%2e%2e/app.yaml",
        "/queries/auth.yaml",
        "/web/index.html",
        "/index.html/",
    ] {
        visitor.get(path).await.refused(404, "NOT_FOUND");
    }
    visitor.post("/index.html", json!({})).await.refused(405, "METHOD_NOT_ALLOWED");
    visitor.at_host("unknown.example.org").get("/").await.refused(421, "UNKNOWN_HOST");

    // A new version comes with a reload, and a folder that is gone keeps the old one.
    sogo.installation.write("config/apps/prokov/web/index.html", "<title>new</title>");
    sogo.reload("sogoway");
    crate::harness::until_async("the new page is served", async || {
        visitor.get("/").await.text.contains("<title>new</title>").then_some(())
    })
    .await;
    sogo.installation.edit("config/apps/prokov/app.yaml", "static: apps/prokov/web", "static: apps");
    let refused = sogo.sogo(&["check"]);
    assert_eq!(refused.code, 9);
    assert!(refused.stdout.contains("holds configuration"), "{}", refused.stdout);
}

/// Returns what a script finds wrong with the page as it is shown: what sticks out, and what has no name to be read out.
const FAULTS: &str = "
    const faults = [];
    if (document.documentElement.scrollWidth > innerWidth) faults.push(`${document.documentElement.scrollWidth} px wide`);
    const shown = [...document.querySelectorAll('button, input, select, textarea')].filter(one => one.checkVisibility());
    for (const one of shown) {
        const name = one.getAttribute('aria-label') ?? (one.labels?.[0] ?? one).innerText;
        const { left, right } = one.getBoundingClientRect();
        if (!name.trim()) faults.push(`${one.outerHTML} has no name`);
        if (left < 0 || innerWidth < right) faults.push(`${one.outerHTML} sticks out`);
    }
    return faults;";

#[tokio::test]
async fn the_page_fits_a_telephone_and_both_colour_schemes() {
    let sogo = Sogo::start(Engine::Sqlite).await;
    let alice = sogo.sign_in("alice@example.com").await;
    let project =
        alice.post("/api/projects", json!({"name": "Refonte du site de l'agence"})).await.expect(201);
    let project = &project["data"]["insert_id"];
    for (title, status, end) in [
        ("Choisir les couleurs", 1, json!("2026-01-15")),
        (
            "Un titre qui est bien trop long pour une seule ligne d'un petit écran, et même pour deux",
            2,
            json!(null),
        ),
    ] {
        let task = json!({"title": title, "status_id": status, "project_id": project, "date_end": end});
        alice.post("/api/tasks", task).await.expect(201);
    }
    for (name, color) in [("urgent", "#ef4444"), ("client", "#8b5cf6")] {
        alice.post("/api/tags", json!({"name": name, "color": color})).await.expect(201);
    }
    let browser = Browser::start("fr-FR").await;
    browser.open(&page(&sogo)).await;
    let pictures = std::path::Path::new(env!("CARGO_TARGET_TMPDIR")).join("front_end");
    std::fs::create_dir_all(&pictures).unwrap();
    for (width, is_dark) in [(1000, false), (1000, true), (400, false)] {
        let shows = async |what: &str| {
            assert_eq!(browser.run(FAULTS, json!([])).await, json!([]), "{what} at {width} px");
            let scheme = if is_dark { "dark" } else { "light" };
            browser.picture(&pictures.join(format!("{what}-{width}-{scheme}.png"))).await;
        };
        browser.look(width, 700, is_dark).await;
        browser.see("#entrance h1", "Se connecter").await;
        shows("entrance").await;
        browser.signs_in("alice@example.com").await;
        browser.see("#tasks li", "Choisir").await;
        shows("list").await;
        browser.click("#tasks .title").await;
        browser.fill("#task [name=title]", "").await;
        browser.click("#task .main").await;
        browser.see("#task-title-fault", "null").await;
        shows("editor").await;
        browser.click("#cancel").await;
        browser.click("#sign-out").await;
    }
}

#[tokio::test]
async fn two_who_edit_one_task_hear_of_each_other() {
    let sogo = Sogo::start(Engine::Sqlite).await;
    sogo.sogo(&["app", "prepare", "prokov", "--yes"]).ok();
    let alice = sogo.sign_in("alice@example.com").await;
    let id = alice.post("/api/tasks", json!({"title": "Dig"})).await.expect(201)["data"]["insert_id"].clone();
    let browser = Browser::start("en-US").await;
    browser.open(&page(&sogo)).await;
    browser.signs_in("alice@example.com").await;
    browser.click("#tasks .title").await;
    browser.fill("#task [name=title]", "Dig deep").await;
    alice.put(&format!("/api/tasks/{id}"), json!({"title": "Plant"})).await.expect(200);
    browser.click("#task .main").await;
    browser.see("#conflict", "Title : Plant").await;
    assert_eq!(alice.get(&format!("/api/tasks/{id}")).await.expect(200)["data"]["title"], "Plant");
    browser.click("#task .main").await;
    browser.see("#tasks li", "Dig deep").await;
}

#[tokio::test]
async fn a_long_list_is_shown_page_by_page() {
    let sogo = Sogo::start(Engine::Sqlite).await;
    let alice = sogo.sign_in("alice@example.com").await;
    for number in 1..=60 {
        let task =
            json!({"title": format!("Task {number}"), "position": number, "status_id": 1 + number % 2});
        alice.post("/api/tasks", task).await.expect(201);
    }
    let browser = Browser::start("en-US").await;
    browser.open(&page(&sogo)).await;
    browser.signs_in("alice@example.com").await;
    browser.see("#tasks li:nth-child(50)", "Task 50").await;
    browser.click("#more").await;
    browser.see("#tasks li:nth-child(60)", "Task 60").await;
    browser.see_no("#more").await;
    browser.choose("#by-status", "Done").await;
    browser.see("#tasks li:nth-child(30)", "Task 59").await;
    browser.see_no("#tasks li:nth-child(31)").await;
}
