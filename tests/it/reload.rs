//! SIGHUP: a new configuration takes effect without a lost request, a wrong one changes nothing.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use serde_json::json;

use crate::harness::{Engine, Installation, Sogo, until_async};

const NEWS: &str = "list:\n  query: SELECT id, name FROM statuses\nunfiltered: true\n";

#[tokio::test]
async fn a_reload_takes_effect_without_a_lost_request() {
    let sogo = Sogo::start(Engine::Sqlite).await;
    let alice = sogo.sign_in("alice@example.com").await;
    let stop = Arc::new(AtomicBool::new(false));
    let requests = tokio::spawn({
        let (alice, stop) = (alice.clone(), Arc::clone(&stop));
        async move {
            let mut count = 0_u32;
            while !stop.load(Ordering::Relaxed) {
                alice.get("/api/projects").await.expect(200);
                count += 1;
            }
            count
        }
    });
    let pid = sogo.pid("sogoway");
    alice.get("/api/news").await.refused(404, "NOT_FOUND");
    sogo.installation.write("config/apps/prokov/queries/news.yaml", NEWS);
    sogo.reload("sogoway");
    until_async("the new resource is there", || async {
        (alice.get("/api/news").await.status == 200).then_some(())
    })
    .await;
    for _ in 0..5 {
        sogo.reload("sogoway");
        sogo.reload("sogoms-db");
        sogo.reload("sogoms-logs");
        alice.get("/api/projects").await.expect(200);
    }
    stop.store(true, Ordering::Relaxed);
    assert!(requests.await.unwrap() > 5);
    assert_eq!(sogo.pid("sogoway"), pid);
}

#[tokio::test]
async fn a_wrong_file_leaves_the_old_state_in_force_and_is_shown() {
    let sogo = Sogo::start(Engine::Sqlite).await;
    let alice = sogo.sign_in("alice@example.com").await;
    let file = "config/apps/prokov/queries/projects.yaml";
    let good = sogo.installation.read(file);
    sogo.installation.write(file, &format!("{good}\nlsit: {{}}\n"));
    sogo.reload("sogoway");
    let problem = until_async("the status shows the problem", || async {
        let status = sogo.status("sogoway")?;
        status["problems"].as_array()?.first()?.as_str().map(str::to_owned)
    })
    .await;
    assert!(problem.contains("projects.yaml") && problem.contains("lsit"), "{problem}");
    alice.get("/api/projects").await.expect(200);

    sogo.installation.write(file, &good);
    sogo.installation.write("config/apps/prokov/queries/news.yaml", NEWS);
    sogo.reload("sogoway");
    until_async("the mended configuration is in force", || async {
        (alice.get("/api/news").await.status == 200).then_some(())
    })
    .await;
    until_async("the status is clean again", || async {
        let status = sogo.status("sogoway")?;
        status["problems"].as_array().is_none_or(Vec::is_empty).then_some(())
    })
    .await;
}

#[tokio::test]
async fn a_new_secret_ends_the_old_tokens() {
    let sogo = Sogo::start(Engine::Sqlite).await;
    let alice = sogo.sign_in("alice@example.com").await;
    sogo.installation
        .write("secrets/prokov_jwt_secret", "another secret of the tests, long enough for anybody");
    sogo.reload("sogoway");
    until_async("the old token is refused", || async {
        (alice.get("/api/projects").await.status == 401).then_some(())
    })
    .await;
    sogo.sign_in("alice@example.com").await.get("/api/projects").await.expect(200);
}

#[tokio::test]
async fn one_broken_app_does_not_stop_another() {
    let installation = Installation::new(Engine::Sqlite).await;
    installation.write("config/apps/broken/app.yaml", "app: broken\nhosts: [broken.example.com\n");
    installation.write("config/apps/mistyped/app.yaml", "app: mistyped\nhostes: [mistyped.example.com]\n");
    let sogo = installation.start();
    let alice = sogo.sign_in("alice@example.com").await;
    alice.post("/api/projects", json!({"name": "works"})).await.expect(201);
    alice.at_host("broken.example.com").get("/api/projects").await.refused(421, "UNKNOWN_HOST");
    let status = sogo.status("sogoway").unwrap();
    let problems = status["problems"].to_string();
    assert!(problems.contains("broken") && problems.contains("mistyped"), "{problems}");
}
