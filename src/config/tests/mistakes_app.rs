//! Malformed and mistyped `app.yaml`: what is told, and where.

use super::folder::{APP, told};

#[test]
fn a_file_of_the_wrong_shape_is_refused() {
    told(&[
        ("apps/shop/app.yaml", "", &["the file is empty"]),
        ("apps/shop/app.yaml", "# nothing yet\n", &["the file is empty"]),
        ("apps/shop/app.yaml", "- shop\n", &["1:1: expected a mapping (`key: value`), found a list"]),
        ("apps/shop/app.yaml", "shop\n", &["1:1: expected a mapping (`key: value`), found the text `shop`"]),
        (
            "apps/shop/app.yaml",
            "
app: shop
---
app: shop
",
            &["2:1: a second document begins here, and a file holds one"],
        ),
    ]);
}

#[test]
fn malformed_yaml_is_explained() {
    told(&[
        (
            "apps/shop/app.yaml",
            "
app: shop
hosts:
\t- a
",
            &["3:2: a tab cannot indent YAML = use spaces"],
        ),
        (
            "apps/shop/app.yaml",
            "
app: shop
hosts: [a
auth: b
",
            &["3:5: a `[` or `{` before this is not closed = close it with `]` or `}`"],
        ),
        (
            "apps/shop/app.yaml",
            "base_path: a: b\n",
            &[
                "1:13: there is a `:` where no key can stand = line the keys of one mapping up, and put text that holds `: ` in quotes",
            ],
        ),
        ("apps/shop/app.yaml", "app: 'shop\n", &["1:6: the quote that opens here is never closed"]),
        ("apps/shop/app.yaml", "app: @shop\n", &["1:6: no value begins with `@` = put it in quotes"]),
        (
            "apps/shop/app.yaml",
            "
app: shop
  hosts: []
",
            &[
                "2:8: there is a `:` where no key can stand = line the keys of one mapping up, and put text that holds `: ` in quotes",
            ],
        ),
        (
            "apps/shop/app.yaml",
            "app: *shop\n",
            &["1:6: this alias names nothing = define it before with `&name`"],
        ),
        (
            "apps/shop/app.yaml",
            "app: \"\\q\"\n",
            &[
                "1:6: a backslash in this text begins no escape that YAML knows = use single quotes, or write it twice",
            ],
        ),
        (
            "apps/shop/app.yaml",
            "
app: shop}
b: }
",
            &["2:4: this bracket closes nothing that is open"],
        ),
        ("apps/shop/app.yaml", "app: !name shop\n", &["1:6: the tag `!name` means nothing here"]),
        (
            "apps/shop/app.yaml",
            "
? [a]
: b
",
            &["1:3: a key must be a word"],
        ),
    ]);
}

#[test]
fn every_mistake_of_an_app_is_told_at_once() {
    told(&[(
        "apps/shop/app.yaml",
        "
app: shopp
hostss: [shop.example.com]
version: {}
base_path: api/
database: { driver: postgres }
auth: { jwt_secret_file: secrets/none, jwt_expiry: 1d }
logs: { retention_days: 0 }
max_rows: lots
bigint: strin
x-owner: me
",
        &[
            "1:1: the key `hosts` is missing",
            "1:6: the app is called `shopp` here, and its folder `shop` = give both the same name",
            "2:1: the key `hostss` is unknown here = did you mean `hosts`?",
            "3:10: expected a text, found a mapping",
            "4:12: `base_path` does not begin with `/` = write it like `/api`: letters, digits and `-_.~`, parted by `/`",
            "5:21: `driver` cannot be `postgres` = known here: `mariadb`, `mysql`, `sqlite`",
            "6:26: the secret `secrets/none` is missing = write the secret into it: `(umask 077; cat > secrets/none)`",
            "6:52: expected a duration such as `10s`, `5m` or `1h30m`, found the text `1d`",
            "7:25: `retention_days` is from 1 to 36500, found the number `0`",
            "8:11: expected a whole number, found the text `lots`",
            "9:9: `bigint` cannot be `strin` = did you mean `string`?",
        ],
    )]);
}

#[test]
fn missing_keys_are_named() {
    told(&[
        (
            "apps/shop/app.yaml",
            "app: shop\n",
            &[
                "1:1: the key `hosts` is missing",
                "1:1: the key `database` is missing",
                "1:1: the key `auth` is missing",
            ],
        ),
        (
            "apps/shop/app.yaml",
            "
app: shop
hosts: [a]
database: {}
auth: {}
smtp: {}
",
            &[
                "3:1: the key `host` is missing",
                "3:1: the key `user` is missing",
                "3:1: the key `name` is missing",
                "4:1: the key `jwt_secret_file` is missing",
                "5:1: the key `host` is missing",
                "5:1: the key `from` is missing",
            ],
        ),
        (
            "apps/shop/app.yaml",
            "
app: shop
hosts: [a]
database: { driver: sqlite }
auth:
",
            &["1:1: the key `auth` is missing", "3:1: the key `path` is missing"],
        ),
    ]);
}

#[test]
fn duplicate_keys_are_refused() {
    told(&[(
        "apps/shop/app.yaml",
        "
app: shop
hosts: [shop.example.com]
database: { driver: sqlite, path: a }
auth: { jwt_secret_file: secrets/shop_jwt, jwt_secret_file: b }
app: x
",
        &[
            "4:44: the key `jwt_secret_file` is given twice, first on line 4",
            "5:1: the key `app` is given twice, first on line 1",
        ],
    )]);
}

#[test]
fn hosts_are_checked() {
    told(&[
        (
            "apps/shop/app.yaml",
            "
app: shop
hosts: [Shop.example.com, shop.example.com., '*.x', 'https://a.b', 'a.b:80', 10.0.0.300, bücher.example, '']
database: { driver: sqlite, path: a }
auth: { jwt_secret_file: secrets/shop_jwt }
",
            &[
                "2:27: the host `shop.example.com` is listed twice, first on line 2",
                "2:46: `*.x` is no host name and no address = list every host name by itself; there is no `*` here",
                "2:53: `https://a.b` is no host name and no address = write the host name alone, without `https://` and without a path",
                "2:68: `a.b:80` is no host name and no address = write it without the port; the gateway's port is `gateway.listen` in sogoms.yaml",
                "2:78: `10.0.0.300` is no host name and no address = a host name has letters, digits and `-` in parts parted by dots, such as `app.example.com`",
                "2:90: `bücher.example` is no host name and no address = write an international name in its ASCII form (`xn--…`)",
                "2:106: a text of `hosts` is empty",
            ],
        ),
        (
            "apps/shop/app.yaml",
            "
app: shop
hosts: []
database: { driver: sqlite, path: a }
auth: { jwt_secret_file: secrets/shop_jwt }
",
            &["2:1: `hosts` is empty, so nothing would reach the app"],
        ),
        (
            "apps/shop/app.yaml",
            "
app: shop
hosts: shop.example.com
database: { driver: sqlite, path: a }
auth: { jwt_secret_file: secrets/shop_jwt }
",
            &[
                "2:8: `hosts` takes a list of texts, found the text `shop.example.com` = write `hosts: [shop.example.com]`",
            ],
        ),
    ]);
}

#[test]
fn the_database_is_checked() {
    told(&[
        (
            "apps/shop/app.yaml",
            "
app: shop
hosts: [a]
database:
  user: shop
  name: shop
  port: 70000
  password: hunter2
  pool_size: 0
  statement_timeout: 2h
auth: { jwt_secret_file: secrets/shop_jwt }
",
            &[
                "3:1: the key `host` is missing",
                "6:9: `port` is from 1 to 65535, found the number `70000`",
                "7:3: the key `password` is unknown here = did you mean `password_file`?",
                "8:14: `pool_size` is from 1 to 1000, found the number `0`",
                "9:22: `statement_timeout` is from 10ms to 1h, found the text `2h`",
            ],
        ),
        (
            "apps/shop/app.yaml",
            "
app: shop
hosts: [a]
database: { driver: sqlite, path: a, host: b }
auth: { jwt_secret_file: secrets/shop_jwt }
",
            &[
                "3:38: the key `host` is unknown here = known here: `driver`, `path`, `pool_size`, `statement_timeout`, `connect_timeout`",
            ],
        ),
    ]);
}

#[test]
fn the_servers_of_a_database_are_checked() {
    let head = "app: shop\nhosts: [a]\nauth: { jwt_secret_file: secrets/shop_jwt }\ndatabase:\n";
    let cases: &[(&str, &[&str])] = &[
        (
            "  user: a\n  name: a\n  host: db1\n  hosts: [db1]",
            &[
                "7:3: `host` and `hosts` both say where the database is = leave `host` out, and put what it says first into `hosts`",
            ],
        ),
        (
            "  user: a\n  name: a\n  hosts: [db1, 'db2:x', db1:3306, run/db.sock]",
            &[
                "7:16: `db2:x` is no address of a server = write `host`, `host:port`, `[IPv6]:port`, or the path of a socket from `/` on",
                "7:25: `db1:3306` stands in `hosts` twice",
                "7:35: `run/db.sock` is no address of a server = write `host`, `host:port`, `[IPv6]:port`, or the path of a socket from `/` on",
            ],
        ),
        ("  user: a\n  name: a\n  hosts: []", &["7:3: `hosts` is empty"]),
        (
            "  user: a\n  name: a\n  hosts: db1",
            &["7:10: `hosts` takes a list of texts, found the text `db1` = write `hosts: [db1]`"],
        ),
        (
            "  user: a\n  name: a\n  host: db1\n  reads: replicas",
            &[
                "8:3: `reads: replicas` needs to know which there are = list them, as in `replicas: [db2.example.com]`",
            ],
        ),
        (
            "  user: a\n  name: a\n  host: db1\n  replicas: [db1]\n  reads: replica\n  read_your_writes: 1s",
            &[
                "8:14: `db1:3306` is the database's only host, and no replica of it",
                "9:10: `reads` cannot be `replica` = did you mean `replicas`?",
                "10:21: `read_your_writes` is from 2s to 10m, found the text `1s`",
            ],
        ),
        (
            "  user: a\n  name: a\n  hosts: [db1]\n  replcas: [db2]",
            &["8:3: the key `replcas` is unknown here = did you mean `replicas`?"],
        ),
        (
            "  driver: sqlite\n  path: a\n  hosts: [db1]\n  reads: replicas",
            &[
                "7:3: `hosts` is about servers, and an SQLite database is a file",
                "8:3: `reads` is about servers, and an SQLite database is a file",
            ],
        ),
    ];
    for (database, expected) in cases {
        told(&[("apps/shop/app.yaml", &format!("{head}{database}\n"), expected)]);
    }
}

#[test]
fn mail_settings_are_checked() {
    told(&[(
        "apps/shop/app.yaml",
        r#"
app: shop
hosts: [a]
database: { driver: sqlite, path: a }
auth: { jwt_secret_file: secrets/shop_jwt }
smtp:
  host: a b
  from: Mon App <noreply@example.com>
  from_name: "Mon\nApp"
  password_file: none
  port: '25'
  tls: maybe
"#,
        &[
            "6:9: `a b` is no host name and no address",
            "7:9: `Mon App <noreply@example.com>` is no e-mail address = write the bare address, such as `noreply@example.com`; the name goes into `from_name`",
            "8:14: `from_name` holds a line break or another control character",
            "9:18: warning: the secret `none` is missing = write the secret into it: `(umask 077; cat > none)`",
            "10:9: expected a whole number, found the text `25`",
            "11:8: `tls` cannot be `maybe` = known here: `false`, `true`, `none`",
        ],
    )]);
}

#[test]
fn ways_of_sending_mail_are_checked() {
    told(&[(
        "apps/shop/app.yaml",
        r"
app: shop
hosts: [a]
database: { driver: sqlite, path: a }
auth: { jwt_secret_file: secrets/shop_jwt }
smtp:
  folder: outbox
  from: noreply@example.com
  reply_to: nobody
  unsubscribe: http://example.com
  limits: { connections: 0, per_minute: 1.5, max_bytes: 1 }
  retry: { delay: 0s, max_attempts: 0, max_age: soon }
  retention_days: 0
  unknown: perhaps
  missing: warn
  dkim: { domain: a b }
",
        &[
            "8:13: `nobody` is no e-mail address = write the bare address, such as `noreply@example.com`; the name of who answers is not shown",
            "9:16: `unsubscribe` cannot be `http://example.com` = write `https://…` or `mailto:…`; `{{.Email}}` in it is the recipient",
            "10:26: `connections` is from 1 to 64, found the number `0`",
            "10:41: expected a whole number, found the number `1.5`",
            "10:57: `max_bytes` is from 10000 to 104857600, found the number `1`",
            "11:19: `delay` is from 1s to 720h, found the text `0s`",
            "11:37: `max_attempts` is from 1 to 1000, found the number `0`",
            "11:49: expected a duration such as `10s`, `5m` or `1h30m`, found the text `soon`",
            "12:19: `retention_days` is from 1 to 3650, found the number `0`",
            "13:12: `unknown` cannot be `perhaps` = known here: `wait`, `resend`, `fail`",
            "14:12: `missing` cannot be `warn` = known here: `error`, `empty`",
            "15:3: the key `selector` is missing",
            "15:3: the key `key_file` is missing",
        ],
    )]);
}

#[test]
fn origins_and_limits_are_checked_where_they_stand() {
    let app = "app: shop\nhosts: [shop.example.com]\ndatabase: { driver: sqlite, path: shop.db }\n\
               auth: { jwt_secret_file: secrets/shop_jwt }\n";
    let cases: &[(&str, &[&str])] = &[
        (
            "cors: { origins: [\"null\", https://a.example/, a.example, https://b.example, https://b.example] }",
            &[
                "5:19: no browser sends the origin `null` = pages without an origin (files, sandboxes) cannot be told from one another",
                "5:27: no browser sends the origin `https://a.example/` = write `https://a.example`",
                "5:47: no browser sends the origin `a.example` = write scheme, host and, if it is not the usual one, port: `https://app.example.com`",
                "5:77: the origin `https://b.example` is listed twice, first on line 5",
            ],
        ),
        (
            "cors: { origins: \"*\", credentials: true, max_age: 2d, expose: [\"a b\"] }",
            &[
                "5:23: `credentials: true` and the origin `*` would let every page act as its visitor = list the origins, or leave `credentials` out: tokens do not need it",
                "5:51: expected a duration such as `10s`, `5m` or `1h30m`, found the text `2d`",
                "5:64: `a b` is no name of a header",
            ],
        ),
        ("cors: { origins: [] }", &["5:9: `origins` is empty, so no page could use the API"]),
        ("cors: {}", &["5:1: the key `origins` is missing"]),
        (
            "limits: { max_in_flight: 0 }\nrate_limit: { per_user: { requests: 5 }, per_adress: {} }",
            &[
                "5:26: `max_in_flight` is from 1 to 100000, found the number `0`",
                "6:15: the key `window` is missing",
                "6:42: the key `per_adress` is unknown here = did you mean `per_address`?",
            ],
        ),
        ("cors: { origins: [\"*\"] }\nlimits: {}\nrate_limit: {}", &[]),
    ];
    for (text, expected) in cases {
        told(&[("apps/shop/app.yaml", &format!("{app}{text}\n"), expected)]);
    }
}

#[test]
fn a_front_end_has_a_folder_of_its_own() {
    let refused = " holds configuration, which everybody could read then = \
                   give the files a folder of their own, such as `static: apps/{app}/web`";
    for (value, shown) in
        [("apps/shop", "apps/shop"), ("apps", "apps"), ("apps/{app}/../..", "apps/shop/../..")]
    {
        let app = format!("{APP}static: {value}\n");
        told(&[("apps/shop/app.yaml", &app, &[&format!("5:9: `{shown}`{refused}")])]);
    }
}
