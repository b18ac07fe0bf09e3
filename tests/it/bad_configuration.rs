//! Wrong configuration files: each problem with its place and its mend, all at once, through `sogo check`.

use crate::harness::{Engine, Installation};

/// File, what is put into it, and what `sogo check` has to say about it: place first, then words of the message.
const CASES: &[(&str, &str, &[&str])] = &[
    ("config/apps/prokov/app.yaml", "app: [prokov\n", &["app.yaml:"]),
    (
        "config/apps/prokov/app.yaml",
        "app: prokov\nhostes: [a.example.com]\n",
        &["app.yaml:2:1", "hostes", "hosts"],
    ),
    ("config/apps/prokov/app.yaml", "app: prokov\napp: prokov\n", &["app.yaml:2", "app"]),
    ("config/apps/prokov/app.yaml", "", &["app.yaml"]),
    (
        "config/apps/prokov/queries/auth.yaml",
        "login:\n  identifer: email\n",
        &["auth.yaml:2:3", "identifer", "identifier"],
    ),
    ("config/apps/prokov/queries/more.yaml", "list:\n  query: 5\n  filters: all\n", &["more.yaml:3"]),
    ("config/apps/prokov/queries/more.yaml", "list:\n\tquery: x\n", &["more.yaml:2"]),
    (
        "config/apps/prokov/queries/more.yaml",
        "list:\n  query: SELECT id FROM projects WHERE user_id = :user_id UNION SELECT id FROM tasks\n",
        &["more.yaml:2:", "UNION"],
    ),
    (
        "config/apps/prokov/queries/more.yaml",
        "list:\n  query: DELETE FROM projects\n",
        &["more.yaml:2:", "SELECT"],
    ),
    (
        "config/apps/prokov/queries/more.yaml",
        "list:\n  query: SELECT id FROM projects\n  filters:\n    default: \"user_id = :user_id) OR (1 = 1\"\n",
        &["more.yaml:4:"],
    ),
    (
        "config/apps/prokov/queries/more.yaml",
        "list:\n  query: >\n    SELECT id FROM projects -- all of them\n    WHERE user_id = :user_id\n",
        &["more.yaml:", "--", "|"],
    ),
    ("config/apps/prokov/cron.yaml", "jobs:\n  daily:\n    schedule: \"0 8 * *\"\n", &["cron.yaml:"]),
    (
        "config/apps/prokov/emails/welcome.yaml",
        "subjct: x\nbody: y\n",
        &["welcome.yaml:1:1", "subjct", "subject"],
    ),
    ("config/sogoms.yaml", "gatway: {}\n", &["sogoms.yaml:1:1", "gatway", "gateway"]),
    (
        "config/sogoctl.yaml",
        "services:\n  sogoway:\n    binry: /x\n",
        &["sogoctl.yaml:3:5", "binry", "binary"],
    ),
    (
        "config/apps/second/app.yaml",
        "app: second\nhosts: [PROKOV.example.com]\ndatabase: {driver: sqlite, path: x.db}\nauth: {jwt_secret_file: /nonexistent}\n",
        &["second/app.yaml:2:9", "prokov.example.com"],
    ),
];

#[tokio::test]
async fn each_wrong_file_is_told_with_its_place_and_its_mend() {
    let clean = Installation::new(Engine::Sqlite).await;
    clean.sogo(&["check"]).ok();
    for (file, text, words) in CASES {
        let installation = Installation::new(Engine::Sqlite).await;
        installation.write(file, text);
        let check = installation.sogo(&["check"]);
        let said = format!("{}{}", check.stdout, check.stderr);
        assert_eq!(check.code, 9, "{file}: {text}\n{said}");
        for word in *words {
            assert!(said.contains(word), "`{word}` is not said of {file}:\n{text}\n{said}");
        }
    }
}

#[tokio::test]
async fn all_problems_of_all_files_come_at_once() {
    let installation = Installation::new(Engine::Sqlite).await;
    for (file, text, _) in [&CASES[1], &CASES[4], &CASES[11], &CASES[12], &CASES[13], &CASES[14]] {
        installation.write(file, text);
    }
    let check = installation.sogo(&["check"]);
    let said = format!("{}{}", check.stdout, check.stderr);
    for word in ["hostes", "identifer", "cron.yaml", "subjct", "gatway", "binry"] {
        assert!(said.contains(word), "`{word}` is not said:\n{said}");
    }
}

#[tokio::test]
async fn a_supervisor_file_that_is_wrong_starts_nothing() {
    let installation = Installation::new(Engine::Sqlite).await;
    installation.edit("config/sogoctl.yaml", "depends_on: [sogoms-logs]", "depends_on: [sogoms-log]");
    let run = installation.sogo(&["ctl", "run"]);
    assert_eq!(run.code, 9, "{}", run.stderr);
    assert!(run.stderr.contains("sogoms-logs"), "{}", run.stderr);
}
