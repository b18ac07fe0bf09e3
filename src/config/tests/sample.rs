//! The sample folder that is shipped, and the files of the contract.

use std::fs;
use std::path::Path;
use std::time::{Duration, Instant};

use super::folder::{APP, Folder};
use crate::config::{Database, ParamType, Problem, Settings, Severity, Work, load, settings};

const SHIPPED: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/config");

/// Copies the shipped folder; only the paths that lead outside are changed.
fn shipped() -> Folder {
    let folder = Folder::new();
    copy(Path::new(SHIPPED), folder.root());
    fs::remove_dir_all(folder.path("apps/shop")).unwrap();
    for name in ["prokov_db_pass", "prokov_jwt_secret", "prokov_smtp_pass"] {
        folder.secret(&format!("secrets/{name}"), "0123456789abcdef0123456789abcdef");
    }
    let app = fs::read_to_string(folder.path("apps/prokov/app.yaml")).unwrap();
    folder.write("apps/prokov/app.yaml", app.replace("/secrets/", "secrets/"));
    let supervisor = fs::read_to_string(folder.path("sogoctl.yaml")).unwrap();
    let services = ["sogoms-logs", "sogoms-db", "sogoway", "sogoms-smtp", "sogoms-cron"];
    let supervisor = services.iter().fold(supervisor, |text, name| {
        text.replace(&format!("binary: /opt/sogoms/bin/{name}\n"), "binary: bin/one\n")
    });
    folder.write("sogoctl.yaml", supervisor);
    folder
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let target = to.join(entry.file_name());
        if entry.file_type().unwrap().is_dir() {
            copy(&entry.path(), &target);
        } else {
            fs::copy(entry.path(), target).unwrap();
        }
    }
}

#[test]
fn the_shipped_folder_has_no_problem() {
    assert_eq!(shipped().check(), []);
}

#[test]
fn the_shipped_settings_are_the_defaults() {
    let checked = settings::load(Path::new(SHIPPED));
    assert_eq!(checked.problems, []);
    assert_eq!(checked.value.unwrap(), Settings::default());
}

#[test]
fn the_sample_app_reads_as_it_is_written() {
    let folder = shipped();
    let registry = folder.load();
    let app = registry.app("prokov").unwrap();
    assert_eq!(app.base_path, "/api");
    assert_eq!(app.hosts[1].value, "prokov.example.net");
    assert_eq!((app.hosts[1].at.line, app.hosts[1].at.column), (9, 5));
    assert_eq!(app.auth.jwt_expiry, Duration::from_hours(24));
    let Database::MariaDb(database) = &app.database else { panic!("the driver defaults to mariadb") };
    let hosts: Vec<String> = database.hosts.iter().map(ToString::to_string).collect();
    assert_eq!((hosts, database.limits.pool_size), (vec!["127.0.0.1:3306".to_owned()], 8));
    assert!(database.replicas.is_empty());
    let crate::config::MailWay::Server(server) = &app.smtp.as_ref().unwrap().way else { panic!("no server") };
    assert_eq!((server.tls, server.port), (crate::config::MailTls::StartTls, 587));

    let tasks = &app.queries.resources["tasks"];
    let list = tasks.list.as_ref().unwrap();
    assert_eq!(list.params["project_id"], ParamType::Int);
    assert!(list.query.folded);
    assert_eq!(list.filters.by_role["admin"].value, "");
    assert_eq!(list.order.as_ref().unwrap().value, "t.position ASC, t.id ASC");
    assert!(app.queries.resources["statuses"].unfiltered);
    let auth = app.queries.auth.as_ref().unwrap();
    assert_eq!(auth.login.load.len(), 4);
    assert_eq!((auth.password.min_length, auth.password.cost), (8, 12));

    let job = &app.cron.as_ref().unwrap().jobs[0];
    assert!(matches!(&job.work, Work::QueryEmail(mails) if mails.template.value == "tasks_today"));
    assert_eq!(app.emails["welcome"].subject.value, "Bienvenue {{.Name}} !");
}

#[test]
fn a_place_in_sql_is_found_again_in_the_file() {
    let folder = shipped();
    folder.write(
        "apps/prokov/queries/texts.yaml",
        "list:\n  query: |\n    SELECT é,\n\n      b FROM t\n  order: \"b ASC\"\nshow:\n  query: >-\n    SELECT a\n    FROM t\n  \
         filters: { default: 'a = 1', other: 'a = ''x''', plain: a = 2,\n    wide: \"a\n      = 3\" }\n",
    );
    let registry = folder.load();
    let texts = &registry.app("prokov").unwrap().queries.resources["texts"];
    let list = texts.list.as_ref().unwrap();
    let show = texts.show.as_ref().unwrap();
    let filter = |role: &str| &show.filters.by_role[role];
    for (sql, word, expected) in [
        (&list.query, "SELECT", (3, 5)),
        (&list.query, ",", (3, 13)),
        (&list.query, "b FROM", (5, 7)),
        (&list.query, "FROM", (5, 9)),
        (list.order.as_ref().unwrap(), "ASC", (6, 13)),
        (&show.query, "a", (9, 12)),
        (&show.query, "FROM", (10, 5)),
        (&show.query, "t", (10, 10)),
        (filter("default"), "=", (11, 26)),
        (filter("other"), "x", (11, 46)),
        (filter("plain"), "2", (11, 63)),
        (filter("wide"), "=", (13, 7)),
    ] {
        let at = sql.position(sql.find(word).unwrap());
        assert_eq!((at.line, at.column), expected, "{word} in {:?}", sql.value);
    }
    let end = list.query.position(usize::MAX);
    assert_eq!((end.line, end.column), (5, 15));
    assert!(!list.query.folded && show.query.folded && !filter("wide").folded);
    assert_eq!((list.query.at.line, list.query.at.column), (3, 5));
}

#[test]
fn a_hundred_apps_load_quickly() {
    let folder = shipped();
    for number in 0..100 {
        let name = format!("app{number}");
        copy(&folder.path("apps/prokov"), &folder.path(&format!("apps/{name}")));
        let app = APP
            .replace("shop.db", "x.db")
            .replace("shop", &name)
            .replace("secrets/{app}_jwt", "secrets/shop_jwt");
        folder.write(&format!("apps/{name}/app.yaml"), app);
    }
    let start = Instant::now();
    let registry = folder.load();
    let took = start.elapsed();
    assert_eq!(registry.problems, []);
    assert_eq!(registry.apps.len(), 101);
    // This build is slow, and other tests run beside it.
    assert!(took < Duration::from_secs(5), "{took:?}");
}

#[test]
fn every_app_of_the_shipped_folder_needs_only_its_secrets() {
    let registry = load(Path::new(SHIPPED));
    let is_secret = |problem: &Problem| problem.message.starts_with("the secret `/secrets/prokov_");
    assert!(registry.problems.iter().all(is_secret), "{:?}", registry.problems);
    let warnings = registry.problems.iter().filter(|problem| problem.severity == Severity::Warning).count();
    assert_eq!((registry.problems.len(), warnings), (3, 1));
}
