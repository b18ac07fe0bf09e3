//! `sogo app migrate`: the layout before `apps/` becomes the one of now, whole or not at all.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use serde_json::json;

use crate::harness::{Engine, Installation};

/// Puts the sample app into the places of the layout before.
fn make_old(installation: &Installation) {
    let config = installation.path().join("config");
    for folder in ["routes", "queries", "emails", "cron"] {
        fs::create_dir_all(config.join(folder)).unwrap();
    }
    let app = config.join("apps/prokov");
    for (new, old) in [
        ("app.yaml", "routes/prokov.yaml"),
        ("cron.yaml", "cron/prokov.yaml"),
        ("queries", "queries/prokov"),
        ("emails", "emails/prokov"),
    ] {
        fs::rename(app.join(new), config.join(old)).unwrap();
    }
    fs::remove_dir_all(config.join("apps")).unwrap();
    installation.edit("config/routes/prokov.yaml", "app: prokov\n", "# ours since 2019\n");
    // Front ends came with the layout of now.
    installation.edit("config/routes/prokov.yaml", "static: apps/prokov/web\n", "");
}

/// Returns every file below a folder with what it holds.
fn files(folder: &Path) -> BTreeMap<String, Vec<u8>> {
    let mut found = BTreeMap::new();
    let mut left = vec![folder.to_owned()];
    while let Some(path) = left.pop() {
        if path.is_dir() {
            left.extend(fs::read_dir(&path).unwrap().map(|entry| entry.unwrap().path()));
        } else {
            let name = path.strip_prefix(folder).unwrap().to_string_lossy().into_owned();
            found.insert(name, fs::read(&path).unwrap());
        }
    }
    found
}

#[tokio::test]
async fn an_old_app_is_moved_and_served() {
    let installation = Installation::new(Engine::Sqlite).await;
    make_old(&installation);
    let config = installation.path().join("config");
    let before = files(&config);

    let tried = installation.sogo(&["app", "migrate", "prokov", "--dry-run"]).ok();
    assert!(
        tried.stdout.contains("prokov\troutes/prokov.yaml\tapps/prokov/app.yaml\tyes"),
        "{}",
        tried.stdout
    );
    assert!(tried.stdout.contains("+app: prokov\n"), "{}", tried.stdout);
    assert_eq!(files(&config), before);

    let moved = installation.sogo(&["app", "migrate", "--all", "-o", "json"]).ok().json();
    let kept = Path::new(moved[0]["kept"].as_str().unwrap()).to_owned();
    assert_eq!(fs::read(kept.join("routes/prokov.yaml")).unwrap(), before["routes/prokov.yaml"]);
    assert_eq!(
        fs::read(kept.join("queries/prokov/tasks.yaml")).unwrap(),
        before["queries/prokov/tasks.yaml"]
    );
    let app = installation.read("config/apps/prokov/app.yaml");
    assert!(app.starts_with("# ours since 2019\n") && app.contains("\napp: prokov\n"), "{app}");
    assert_eq!(
        installation.read("config/apps/prokov/queries/tasks.yaml").as_bytes(),
        before["queries/prokov/tasks.yaml"]
    );
    for gone in ["routes", "queries", "emails", "cron", ".migrating-prokov"] {
        assert!(!config.join(gone).exists(), "{gone}");
    }
    assert_eq!(installation.sogo(&["app", "migrate", "prokov"]).code, 6);
    installation.sogo(&["app", "migrate", "--all"]).ok();

    let sogo = installation.start();
    sogo.sogo(&["check", "--live"]).ok();
    let alice = sogo.sign_in("alice@example.com").await;
    alice.post("/api/projects", json!({"name": "Garden"})).await.expect(201);
    assert_eq!(alice.get("/api/projects").await.expect(200)["data"][0]["name"], "Garden");
}

#[tokio::test]
async fn what_would_not_pass_the_check_is_not_moved() {
    let installation = Installation::new(Engine::Sqlite).await;
    make_old(&installation);
    installation.edit("config/queries/prokov/tasks.yaml", "order:", "oder:");
    let config = installation.path().join("config");
    let before = files(&config);
    for arguments in [&["app", "migrate", "prokov"][..], &["app", "migrate", "--all"]] {
        let refused = installation.sogo(arguments);
        assert_eq!(refused.code, 9, "{}", refused.stderr);
        // The problem stands where the person has to mend it.
        assert!(refused.stderr.contains("config/queries/prokov/tasks.yaml:"), "{}", refused.stderr);
        assert!(refused.stderr.contains("did you mean `order`?"), "{}", refused.stderr);
    }
    assert_eq!(files(&config), before);
    assert_eq!(installation.sogo(&["app", "migrate", "nowhere"]).code, 4);
}

#[tokio::test]
async fn a_run_that_was_cut_off_is_ended_by_the_next() {
    let installation = Installation::new(Engine::Sqlite).await;
    make_old(&installation);
    let config = installation.path().join("config");
    let old = files(&config);
    // Cut off before the new folder was in its place: nothing but the journal is there.
    installation.write("config/.migrating-prokov", "prokov-20260115-080000");
    installation.sogo(&["app", "migrate", "prokov"]).ok();
    let new = files(&config.join("apps"));

    // Cut off after it, when one of the old folders was put away.
    for name in ["routes/prokov.yaml", "cron/prokov.yaml", "emails/prokov/welcome.yaml"] {
        let path = config.join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, &old[name]).unwrap();
    }
    installation.write("config/.migrating-prokov", "prokov-20260115-080000");
    let ended = installation.sogo(&["app", "migrate", "prokov"]).ok();
    assert!(ended.stderr.contains("was cut off, and is ended now"), "{}", ended.stderr);
    assert_eq!(files(&config.join("apps")), new);
    assert_eq!(
        fs::read(config.join(".before-apps/prokov-20260115-080000/routes/prokov.yaml")).unwrap(),
        old["routes/prokov.yaml"]
    );
    assert!(!config.join("routes").exists() && !config.join(".migrating-prokov").exists());

    // Old files beside an app of now, and no run that was cut off: one of the two has to go, and a person says which.
    installation.write("config/routes/prokov.yaml", "app: prokov\n");
    let both = installation.sogo(&["app", "migrate", "prokov"]);
    assert_eq!(both.code, 6, "{}", both.stderr);
}
