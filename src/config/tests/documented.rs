//! docs/CONFIGURATION.md against what is read.

use super::folder::Folder;

const DOCUMENT: &str = include_str!("../../../docs/CONFIGURATION.md");

/// Returns the examples: blocks of YAML whose first line is `# ` and the path of the file.
fn examples() -> Vec<(&'static str, &'static str)> {
    DOCUMENT
        .split("```yaml\n# ")
        .skip(1)
        .map(|rest| rest.split("\n```").next().unwrap().split_once('\n').unwrap())
        .collect()
}

#[test]
fn the_examples_of_the_document_have_no_problem() {
    let folder = Folder::new();
    for name in [
        "prokov_db_pass",
        "prokov_jwt_secret",
        "prokov_smtp_pass",
        "small_jwt_secret",
        "large_db_pass",
        "large_jwt_secret",
    ] {
        folder.secret(&format!("secrets/{name}"), "0123456789abcdef0123456789abcdef");
    }
    let examples = examples();
    for (path, content) in &examples {
        folder.write(path, content);
    }
    assert_eq!(folder.check(), []);
    assert_eq!(examples.len(), 9);
    assert_eq!(folder.load().apps.len(), 5);
}

/// An unknown key is answered with the known ones: so every section tells here which keys it has.
#[test]
fn every_key_is_in_the_document() {
    let app = "apps/shop/app.yaml";
    let query = "apps/shop/queries/tasks.yaml";
    let auth = "apps/shop/queries/auth.yaml";
    let cron = "apps/shop/cron.yaml";
    let mut keys = Vec::new();
    for (file, content) in [
        (app, "zzzzzz: 1"),
        (app, "database: { zzzzzz: 1 }"),
        (app, "database: { driver: sqlite, zzzzzz: 1 }"),
        (app, "auth: { zzzzzz: 1 }"),
        (app, "smtp: { zzzzzz: 1 }"),
        (app, "smtp: { limits: { zzzzzz: 1 } }"),
        (app, "smtp: { retry: { zzzzzz: 1 } }"),
        (app, "smtp: { dkim: { zzzzzz: 1 } }"),
        (app, "logs: { zzzzzz: 1 }"),
        (app, "cors: { zzzzzz: 1 }"),
        (app, "limits: { zzzzzz: 1 }"),
        (app, "rate_limit: { zzzzzz: 1 }"),
        (app, "rate_limit: { per_user: { zzzzzz: 1 } }"),
        (app, "idempotency: { zzzzzz: 1 }"),
        (query, "zzzzzz: 1"),
        (query, "list: { zzzzzz: 1 }"),
        (query, "show: { zzzzzz: 1 }"),
        (query, "create: { zzzzzz: 1 }"),
        (query, "update: { zzzzzz: 1 }"),
        (query, "delete: { zzzzzz: 1 }"),
        (auth, "zzzzzz: 1"),
        (auth, "login: { zzzzzz: 1 }"),
        (auth, "register: { zzzzzz: 1 }"),
        (auth, "me: { zzzzzz: 1 }"),
        (auth, "password: { zzzzzz: 1 }"),
        ("apps/shop/emails/welcome.yaml", "zzzzzz: 1"),
        (cron, "zzzzzz: 1"),
        (cron, "retry: { zzzzzz: 1 }"),
        (cron, "on_failure: { zzzzzz: 1 }"),
        (cron, "jobs: { a: { type: query_email, zzzzzz: 1 } }"),
        (cron, "jobs: { a: { type: http, zzzzzz: 1 } }"),
        (cron, "jobs: { a: { type: service, zzzzzz: 1 } }"),
        ("sogoctl.yaml", "zzzzzz: 1"),
        ("sogoctl.yaml", "supervisor: { zzzzzz: 1 }"),
        ("sogoctl.yaml", "supervisor: { on_failed: { zzzzzz: 1 } }"),
        ("sogoctl.yaml", "services: { a: { zzzzzz: 1 } }"),
        ("sogoctl.yaml", "services: { a: { rlimits: { zzzzzz: 1 } } }"),
        ("sogoms.yaml", "zzzzzz: 1"),
        ("sogoms.yaml", "places: { zzzzzz: 1 }"),
        ("sogoms.yaml", "ipc: { zzzzzz: 1 }"),
        ("sogoms.yaml", "gateway: { zzzzzz: 1 }"),
        ("sogoms.yaml", "gateway: { sign_in: { zzzzzz: 1 } }"),
        ("sogoms.yaml", "gateway: { sign_in: { per_account: { zzzzzz: 1 } } }"),
        ("sogoms.yaml", "gateway: { limits: { zzzzzz: 1 } }"),
        ("sogoms.yaml", "gateway: { metrics: { zzzzzz: 1 } }"),
        ("sogoms.yaml", "db: { zzzzzz: 1 }"),
        ("sogoms.yaml", "logs: { zzzzzz: 1 }"),
    ] {
        let folder = Folder::new();
        folder.write(file, content);
        let told = folder.told(file);
        let known = told.iter().find_map(|text| text.split_once("known here: ")).expect(content).1;
        keys.extend(known.split(", ").map(|key| key.trim_matches('`').to_owned()));
    }
    keys.sort();
    keys.dedup();
    assert!(60 < keys.len(), "{keys:?}");
    let missing: Vec<&String> = keys
        .iter()
        .filter(|key| !DOCUMENT.contains(&format!("`{key}")) && !DOCUMENT.contains(&format!(".{key}`")))
        .collect();
    assert!(missing.is_empty(), "docs/CONFIGURATION.md lacks {missing:?}");
}
