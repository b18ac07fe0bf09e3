//! Whatever lies in the folder, the answer is a problem: no panic, no endless wait, and the other apps go on.

use std::fmt::Write;
use std::fs;
use std::os::unix::fs::symlink;
use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

use super::folder::{APP, Folder};
use crate::config::{Environment, PlaceFlags, Places, Problem, load, supervisor};

const FILE: &str = "apps/shop/queries/tasks.yaml";

fn told_of(content: impl AsRef<[u8]>) -> Vec<String> {
    let folder = Folder::new();
    folder.write(FILE, content);
    let start = Instant::now();
    let told = folder.told(FILE);
    assert!(start.elapsed() < Duration::from_secs(10), "took {:?}", start.elapsed());
    told
}

#[test]
fn bytes_that_are_no_text_are_refused() {
    assert_eq!(
        told_of(b"list:\n  query: caf\xe9\n"),
        ["2:13: this byte is not UTF-8 = save the file as UTF-8"]
    );
    assert_eq!(told_of(b"\xff\xfe"), ["1:1: this byte is not UTF-8 = save the file as UTF-8"]);
    assert_eq!(told_of(b"\xef\xbb\xbflist: { query: SELECT 1 }\r\n"), Vec::<String>::new());
    assert_eq!(told_of(b"list: \0\n").len(), 1);
}

#[test]
fn a_file_is_at_most_one_mebibyte() {
    let mut content = b"list: { query: SELECT 1 }\n#".to_vec();
    content.resize(1 << 20, b'x');
    assert_eq!(told_of(&content), Vec::<String>::new());
    content.push(b'x');
    assert_eq!(told_of(&content), ["it is larger than 1 MiB, the limit of a configuration file"]);
}

#[test]
fn alias_bombs_do_not_go_off() {
    let mut bomb = String::from("x-0: &a0 [x, x, x, x, x, x, x, x, x, x]\n");
    for level in 1..12 {
        let items = vec![format!("*a{}", level - 1); 10].join(", ");
        writeln!(bomb, "x-{level}: &a{level} [{items}]").unwrap();
    }
    let told = told_of(bomb);
    assert_eq!(told.len(), 1);
    assert!(told[0].ends_with("up to here the file holds far too many values"), "{told:?}");

    let long = format!("x-0: &a {}\nx-1: [{}]\n", "x".repeat(500_000), "*a,".repeat(100_000));
    assert!(told_of(long)[0].ends_with("up to here the file holds far too many values"));
    assert_eq!(told_of("x-a: &a [*a]\n"), ["1:10: this alias stands inside the value it names"]);
}

#[test]
fn deep_wide_and_odd_files_end_in_a_problem() {
    assert_eq!(told_of("[".repeat(100_000)), ["1:33: the values are nested too deeply"]);
    let wide: Vec<String> = (0..20_000).map(|number| format!("k{number}:\n")).collect();
    let told = told_of(wide.concat());
    assert_eq!(told.len(), 22, "the resource does nothing, twenty keys, and how many more there are");
    assert_eq!(told[21], "21:1: 19980 more keys are unknown here");
    assert!(!told_of("a: b\n".repeat(20_000)).is_empty());
    assert!(!told_of("- ".repeat(500_000)).is_empty());
}

#[test]
fn aliases_and_merges_read_as_they_are_meant() {
    let folder = Folder::new();
    folder.write(
        FILE,
        "x-own: &own { default: a = :user_id, admin: '' }\n\
         x-read: &read { query: SELECT 1, filters: *own }\n\
         list: { <<: *read, order: a }\nshow: { <<: [*read], query: SELECT 2 }\n",
    );
    assert_eq!(folder.told(FILE), Vec::<String>::new());
    let registry = folder.load();
    let resource = &registry.app("shop").unwrap().queries.resources["tasks"];
    assert_eq!(resource.list.as_ref().unwrap().query.value, "SELECT 1");
    assert_eq!(resource.show.as_ref().unwrap().query.value, "SELECT 2");
    assert_eq!(resource.show.as_ref().unwrap().filters.by_role.len(), 2);
    assert_eq!(told_of("list: { <<: a, query: b }\n"), ["1:13: `<<` takes a mapping, such as `*name`"]);
}

#[test]
fn what_is_no_file_is_refused() {
    let folder = Folder::new();
    fs::create_dir_all(folder.path(FILE)).unwrap();
    assert_eq!(folder.told(FILE), ["a file is expected here, and it is a folder"]);

    fs::remove_dir(folder.path(FILE)).unwrap();
    symlink("tasks.yaml", folder.path(FILE)).unwrap();
    assert_eq!(folder.told(FILE), ["it cannot be read: too many levels of symbolic links"]);

    fs::remove_file(folder.path(FILE)).unwrap();
    symlink("nowhere", folder.path(FILE)).unwrap();
    assert_eq!(folder.told(FILE), ["it is a link that points nowhere"]);

    fs::remove_file(folder.path(FILE)).unwrap();
    assert!(Command::new("mkfifo").arg(folder.path(FILE)).status().unwrap().success());
    assert_eq!(folder.told(FILE), ["a file is expected here, and it is a device, a pipe or a socket"]);
}

#[test]
fn one_broken_app_stops_no_other() {
    let folder = Folder::new();
    folder.write("apps/broken/app.yaml", "app: [\n");
    folder.write("apps/broken/queries/tasks.yaml", "list: [\n");
    folder.write("apps/clash/app.yaml", APP.replace("app: shop", "app: clash").replace("{app}", "shop"));
    fs::create_dir(folder.path("apps/file")).unwrap();
    fs::create_dir(folder.path("apps/file/app.yaml")).unwrap();
    let registry = folder.load();
    let names: Vec<&str> = registry.apps.iter().map(|app| app.name.as_str()).collect();
    assert_eq!(names, ["clash"]);
    let apps: Vec<&str> = registry.problems.iter().filter_map(|problem| problem.app.as_deref()).collect();
    assert_eq!(apps, ["broken", "broken", "file", "shop"]);
    assert!(registry.has_errors());
}

#[test]
fn a_folder_that_is_absent_is_told() {
    let folder = Folder::new();
    let absent = folder.path("absent");
    assert_eq!(load(&absent).problems[0].message, "there is no such configuration folder");
    let problems = supervisor::load(&absent).problems;
    assert_eq!(problems[0].message, "the file is missing, and it says which services run");
}

#[test]
fn a_problem_is_shown_with_its_line() {
    let folder = Folder::new();
    folder.write("sogoms.yaml", "gateway:\n  bcrypt_treads: 2   \n");
    let problem = Problem { file: "sogoms.yaml".into(), ..folder.check()[0].clone() };
    insta::assert_snapshot!(problem, @r"
    sogoms.yaml:2:3: error: the key `bcrypt_treads` is unknown here
      |   bcrypt_treads: 2
      |   ^
      = did you mean `bcrypt_threads`?
    ");
    insta::assert_json_snapshot!(problem, @r#"
    {
      "severity": "error",
      "file": "sogoms.yaml",
      "line": 2,
      "column": 3,
      "message": "the key `bcrypt_treads` is unknown here",
      "hint": "did you mean `bcrypt_threads`?",
      "snippet": "  bcrypt_treads: 2"
    }
    "#);
}

#[test]
fn places_are_found_in_their_order() {
    let folder = Folder::new();
    folder.write("sogoms.yaml", "places: { run: ../run, logs: /tmp/logs }\n");
    let config = folder.root();
    let environment = Environment { config: Some(config.to_path_buf()), ..Environment::default() };

    let found = Places::find(PlaceFlags::default(), &environment);
    assert_eq!(found.config, config);
    assert_eq!(found.run, config.join("../run"));
    assert_eq!(found.state, Path::new("/var/lib/sogoms"));
    assert_eq!(found.logs, Path::new("/tmp/logs"));
    assert_eq!(found.socket("sogoms-db", 1), config.join("../run/sogoms-db.1.sock"));

    let dir = Path::new("/srv/demo");
    let below = Places::find(PlaceFlags { dir: Some(dir), config: None }, &environment);
    assert_eq!(below, Places::below(dir));
    assert_eq!(below.control(), Path::new("/srv/demo/run/sogoctl.sock"));
    let both = Places::find(PlaceFlags { dir: Some(dir), config: Some(config) }, &environment);
    assert_eq!((both.config.as_path(), both.run.as_path()), (config, Path::new("/srv/demo/run")));
}
