//! Malformed and mistyped files of the daemons, and what shows only when several files are looked at.

use super::folder::{Folder, told};

#[test]
fn malformed_and_mistyped_supervisor_file() {
    told(&[
        ("sogoctl.yaml", "", &["the file is empty"]),
        ("sogoctl.yaml", "services: {}\n", &["1:1: `services` names no service, so nothing would run"]),
        (
            "sogoctl.yaml",
            "
services:
  a
  b: c
",
            &[
                "3:4: there is a `:` where no key can stand = line the keys of one mapping up, and put text that holds `: ` in quotes",
            ],
        ),
        (
            "sogoctl.yaml",
            "
supervisor: { health_intervall: 10s, restart_delay: 2, max_restarts: -1 }
services:
  a: { binary: bin/none, health_socket: run/a.sock, health_url: http://x }
  c: { binary: bin/one }
  D: {}
  e: { binary: bin, health_url: https://x, args: -x }
  f: { binary: sogoctl.yaml, health_socket: run/f.sock, stop_timeout: 2h }
  g:
",
            &[
                "1:15: the key `health_intervall` is unknown here = did you mean `health_interval`?",
                "1:53: expected a duration such as `10s`, `5m` or `1h30m`, found the number `2`",
                "1:70: `max_restarts` is from 0 to 1000, found the number `-1`",
                "3:16: the program bin/none cannot be run: no such file or directory \
                 = install `sogo` beside it and link it: ln -s sogo bin/none",
                "3:65: health is asked for by socket or by URL, not by both",
                "4:3: warning: nothing tells whether the service is well = give `health_socket` or `health_url`; without, it counts as ready once it runs",
                "5:3: a service cannot be called `D` = use a-z, 0-9, `_` and `-`, at most 64",
                "5:3: the key `binary` is missing",
                "5:3: warning: nothing tells whether the service is well = give `health_socket` or `health_url`; without, it counts as ready once it runs",
                "6:16: the program bin is not a file",
                "6:33: `health_url` begins with `http://`",
                "6:50: `args` takes a list of texts, found the text `-x` = write `args: [-x]`",
                "7:16: the program sogoctl.yaml is not executable = chmod +x sogoctl.yaml",
                "7:71: `stop_timeout` is from 0s to 1h, found the text `2h`",
                "8:4: expected a mapping (`key: value`), found nothing",
            ],
        ),
    ]);
}

#[test]
fn mistyped_attributes_of_a_process() {
    told(&[
        (
            "sogoctl.yaml",
            "
services:
  a:
    binary: bin/one
    health_socket: a
    user: no-such-user
    env: { 1A: x, NOTIFY_SOCKET: x, B: [secret], C: \"secret\\0\", D: }
    env_file: none.env
    cwd: bin/one
    umask: 27x
    nice: 20
    rlimits: { nofiles: 1, core: -1, cpu: { soft: 2, hard: 1 }, as: { soft: 1 }, nproc: { soft: 1, hard: 1, max: 2 }, rss: [] }
    oom_score: -1001
  b: { binary: bin/one, health_socket: b, user: 4711, umask: 1000, nice: low, rlimits: many, env: x }
  c: { binary: bin/one, health_socket: c, group: no-such-group, env_file: bin }
  d: { binary: bin/one, notify: maybe }
  e: { binary: bin/one, notify: true }
",
            &[
                "bin: a file is expected here, and it is a folder",
                "5:11: this machine has no user `no-such-user` = make it with `useradd --system no-such-user`, or give a number",
                "6:12: a variable cannot be called `1A` = use letters, digits and `_`, no digit first",
                "6:19: `NOTIFY_SOCKET` is set by sogoctl itself = leave it out",
                "6:40: the value of `B` is no text = write `\"\"` for an empty one",
                "6:53: the value of `C` holds a NUL",
                "6:66: the value of `D` is no text = write `\"\"` for an empty one",
                "7:15: the file none.env is missing",
                "8:10: there is no folder bin/one = mkdir -p bin/one",
                "9:12: `umask` cannot be `27x` = write octal digits up to 777, such as `027`",
                "10:11: `nice` is from -20 to 19, found the number `20`",
                "11:16: nothing called `nofiles` can be limited = did you mean `nofile`?",
                "11:34: expected a whole number or `unlimited`, found the number `-1`",
                "11:43: the soft limit of `cpu` is above its hard one",
                "11:65: the key `hard` is missing",
                "11:109: the key `max` is unknown here = known here: `soft`, `hard`",
                "11:124: expected a whole number or `unlimited`, found a list",
                "12:16: `oom_score` is from -1000 to 1000, found the number `-1001`",
                "13:49: nothing tells the group of the user 4711, who is not in /etc/passwd = give `group` as well",
                "13:62: `umask` cannot be `1000` = write octal digits up to 777, such as `027`",
                "13:74: expected a whole number, found the text `low`",
                "13:88: expected a mapping (`key: value`), found the text `many`",
                "13:99: expected a mapping (`key: value`), found the text `x`",
                "14:50: this machine has no group `no-such-group` = make it with `groupadd no-such-group`, or give its number",
                "15:3: warning: nothing tells whether the service is well = give `health_socket` or `health_url`; without, it counts as ready once it runs",
                "15:33: `notify` cannot be `maybe` = known here: `auto`, `true`, `false`",
            ],
        ),
    ]);
}

#[test]
fn a_file_of_variables_is_told_of_by_its_lines_and_never_shown() {
    let folder = Folder::new();
    let unit = "services:\n  a: { binary: bin/one, health_socket: a, env_file: a.env }\n";
    folder.write("sogoctl.yaml", unit);
    for (content, expected) in [
        ("A=1\n# note\nB='x y'\n", &[][..]),
        (
            "A=1\nsecret\nB='secret\n",
            &["2:1: there is no `=` in this line", "3:1: the quote `'` of this value does not end"],
        ),
        (
            "export A=secret\nLISTEN_FDS=1\n",
            &[
                "1:1: a variable cannot be called `export A` = use letters, digits and `_`, no digit first",
                "2:1: `LISTEN_FDS` is set by sogoctl itself = leave it out",
            ],
        ),
    ] {
        folder.write("a.env", content);
        assert_eq!(folder.told("a.env"), expected, "{content}");
        assert!(!folder.check().iter().any(|problem| problem.to_string().contains("secret")), "{content}");
    }
}

#[test]
fn dependencies_are_checked() {
    told(&[
        (
            "sogoctl.yaml",
            "
services:
  sogoms-db: { binary: bin/one, health_socket: a, depends_on: [sogoms-log] }
  sogoms-logs: { binary: bin/one, health_socket: b, depends_on: [nothing] }
",
            &[
                "2:64: there is no service `sogoms-log` = did you mean `sogoms-logs`?",
                "3:66: there is no service `nothing` = known here: `sogoms-db`",
            ],
        ),
        (
            "sogoctl.yaml",
            "
services:
  a: { binary: bin/one, health_socket: a, depends_on: [c] }
  b: { binary: bin/one, health_socket: b, depends_on: [a] }
  c: { binary: bin/one, health_socket: c, depends_on: [b, b] }
",
            &["2:3: services wait for each other in a circle: a → c → b → a"],
        ),
        (
            "sogoctl.yaml",
            "
services:
  a: { binary: bin/one, health_socket: a, depends_on: [a] }
",
            &["2:3: services wait for each other in a circle: a → a"],
        ),
        (
            "sogoctl.yaml",
            "
services:
  a: { binary: bin/one, health_socket: a, depends_on: [b, c] }
  b: { binary: bin/one, health_socket: b, depends_on: [d] }
  c: { binary: bin/one, health_socket: c, depends_on: [d] }
  d: { binary: bin/one, health_socket: d }
",
            &[],
        ),
        (
            "sogoctl.yaml",
            "
services:
  a: { health_socket: a }
  b: { binary: bin/one, health_socket: b, depends_on: [a] }
",
            &["2:3: the key `binary` is missing"],
        ),
    ]);
}

#[test]
fn one_socket_belongs_to_one_service() {
    told(&[(
        "sogoctl.yaml",
        "
services:
  a: { binary: bin/one, health_socket: run/a.sock }
  b: { binary: bin/one, health_socket: run/a.sock }
",
        &["3:3: `b` has the socket run/a.sock too, which is that of `a` on line 2"],
    )]);
}

#[test]
fn malformed_and_mistyped_settings() {
    told(&[
        (
            "sogoms.yaml",
            "
gateway: { listen: 8080, trusted_proxies: [localhost], max_body_bytes: 1MiB, grace: -1s }
ipc: { max_frame_bytes: 1 }
secrets: yes
db: [a]
mailer: {}
",
            &[
                "1:20: expected an address and a port such as `127.0.0.1:8080`, found the number `8080`",
                "1:44: expected an address or a range such as 10.0.0.0/8 or ::1, found `localhost`",
                "1:72: expected a whole number, found the text `1MiB`",
                "1:85: expected a duration such as `10s`, `5m` or `1h30m`, found the text `-1s`",
                "2:25: `max_frame_bytes` is from 65536 to 1073741824, found the number `1`",
                "3:10: `secrets` cannot be `yes` = known here: `lenient`, `strict`",
                "4:5: expected a mapping (`key: value`), found a list",
                "5:1: the key `mailer` is unknown here = known here: `places`, `ipc`, `gateway`, `db`, `logs`, `cron`, `secrets`",
            ],
        ),
        (
            "sogoms.yaml",
            "
gateway: { sign_in: { per_acount: { tries: 5 } } }
  db: {}
",
            &[
                "2:3: this line does not fit the ones above it = line up what belongs together; each key ends in `:`",
            ],
        ),
        (
            "sogoms.yaml",
            "gateway: { sign_in: { per_acount: { tries: 5 }, per_address: { tries: 0, window: 0s } } }\n",
            &[
                "1:23: the key `per_acount` is unknown here = did you mean `per_account`?",
                "1:71: `tries` is from 1 to 1000000, found the number `0`",
                "1:82: `window` is from 1s to 24h, found the text `0s`",
            ],
        ),
        ("sogoms.yaml", "", &[]),
    ]);
}

#[test]
fn two_apps_with_one_host_are_both_named() {
    told(&[
        (
            "apps/zoo/app.yaml",
            "
app: zoo
hosts: [zoo.example.com, SHOP.example.com.]
database: { driver: sqlite, path: a }
auth: { jwt_secret_file: secrets/shop_jwt }
",
            &[
                "2:26: the host `shop.example.com` belongs to the app `shop` at apps/shop/app.yaml:2:9 = a host name chooses the app, so only one can have it",
            ],
        ),
        (
            "apps/other/app.yaml",
            "
app: other
hosts: [shop.example.com]
",
            &[
                "1:1: the key `database` is missing",
                "1:1: the key `auth` is missing",
                "2:9: the host `shop.example.com` belongs to the app `shop` at apps/shop/app.yaml:2:9 = a host name chooses the app, so only one can have it",
            ],
        ),
    ]);
}

#[test]
fn slips_in_names_of_files_and_folders_are_warned_of() {
    told(&[
        ("apps/shop/corn.yaml", "a: b\n", &["warning: nothing reads this = did you mean `cron.yaml`?"]),
        (
            "apps/shop/notes.yml",
            "a: b\n",
            &["warning: nothing reads this = an app has app.yaml, cron.yaml, queries/ and emails/"],
        ),
        (
            "apps/shop/querys/a.yaml",
            "a: b\n",
            &["apps/shop/querys: warning: nothing reads this = did you mean `queries`?"],
        ),
        ("apps/shop/database/a.sql", "", &[]),
        ("apps/shop/schema.yaml", "tables: {}\n", &[]),
        ("apps/shop/README.md", "", &[]),
        ("apps/shop/.#app.yaml", "", &[]),
        ("apps/shop/app.yaml~", "", &[]),
        ("apps/shop/queries/.tasks.yaml.swp", "", &[]),
        ("apps/shop/queries/tasks.yaml~", "", &[]),
        ("apps/README.md", "", &[]),
    ]);
}

#[test]
fn folders_of_apps_have_names_that_work_everywhere() {
    told(&[
        (
            "apps/Bad Name/app.yaml",
            "app: Bad Name\n",
            &[
                "apps/Bad Name: the folder of an app has a name of a-z, 0-9, `_` and `-`, at most 64 long",
                "1:1: the key `hosts` is missing",
                "1:1: the key `database` is missing",
                "1:1: the key `auth` is missing",
            ],
        ),
        ("apps/empty/notes.txt", "", &["apps/empty/app.yaml: the file is missing, and an app needs it"]),
    ]);
}

#[test]
fn the_old_layout_is_recognised() {
    told(&[
        (
            "routes/old.yaml",
            "a: b\n",
            &[
                "warning: this is the layout before `apps/`, and nothing reads it = `sogo app migrate old --dry-run` tells where it belongs",
            ],
        ),
        (
            "queries/old/a.yaml",
            "a: b\n",
            &[
                "queries/old: warning: this is the layout before `apps/`, and nothing reads it = `sogo app migrate old --dry-run` tells where it belongs",
            ],
        ),
        (
            "emails/old/a.yaml",
            "a: b\n",
            &[
                "emails/old: warning: this is the layout before `apps/`, and nothing reads it = `sogo app migrate old --dry-run` tells where it belongs",
            ],
        ),
    ]);
}
