//! What is told to be in force is what is in force.

use std::collections::BTreeSet;

use super::*;
use crate::config::tests::folder::Folder;

/// Shortens each to `key = value (origin)`, the origin as `file:line`, `default` or the key above.
fn told(settings: Checked<Vec<Setting>>) -> Vec<String> {
    fn origin(from: &Origin) -> String {
        match from {
            Origin::File(at) => format!("{}", at.line),
            Origin::Default => "default".to_owned(),
            Origin::Given(name) => (*name).to_owned(),
            Origin::Key(key, from) => format!("{key}: {}", origin(from)),
        }
    }
    let line =
        |setting: Setting| format!("{} = {} ({})", setting.key, setting.value, origin(&setting.origin));
    settings.value.unwrap().into_iter().map(line).collect()
}

#[test]
fn given_values_go_before_defaults() {
    let folder = Folder::new();
    folder.write(
        "sogoms.yaml",
        "x-note: mine\ndb: { pool_size: 3 }\ngateway:\n  sign_in: { per_account: { tries: 9 } }\n  grace:\n",
    );
    let told = told(settings(folder.root()));
    for expected in [
        "db.pool_size = 3 (2)",
        "db.max_rows = 10000 (default)",
        "gateway.sign_in.per_account.tries = 9 (4)",
        "gateway.sign_in.per_account.window = \"1m\" (default)",
        "gateway.grace = \"4s\" (default)",
        "ipc.group = null (default)",
    ] {
        assert!(told.iter().any(|line| line == expected), "{expected} in {told:#?}");
    }
    assert!(!told.iter().any(|line| line.starts_with("x-")), "{told:#?}");
}

#[test]
fn an_app_has_its_own_values_defaults_and_those_of_all_apps() {
    let folder = Folder::new();
    folder.write("sogoms.yaml", "db:\n  max_rows: 500\n");
    assert_eq!(
        told(app(folder.root(), "shop")),
        [
            "app = \"shop\" (1)",
            "hosts = [\"shop.example.com\"] (2)",
            "database.driver = \"sqlite\" (3)",
            "database.path = \"shop.db\" (3)",
            "database.pool_size = 8 (db.pool_size: default)",
            "database.statement_timeout = \"30s\" (db.statement_timeout: default)",
            "database.connect_timeout = \"3s\" (db.connect_timeout: default)",
            "auth.jwt_secret_file = \"secrets/{app}_jwt\" (4)",
            "auth.jwt_expiry = \"24h\" (default)",
            "version = \"\" (default)",
            "base_path = \"/api\" (default)",
            "logs.retention_days = 30 (default)",
            "bigint = \"number\" (default)",
            "static = null (default)",
            "limits.max_in_flight = 256 (default)",
            "rate_limit.per_user = null (default)",
            "rate_limit.per_address = null (default)",
            "idempotency.keep = \"24h\" (default)",
            "max_rows = 500 (db.max_rows: 2)",
        ]
    );
    let secret = app(folder.root(), "shop").value.unwrap().into_iter().find_map(|setting| setting.secret);
    assert_eq!(secret, Some(folder.path("secrets/shop_jwt")));
}

#[test]
fn services_have_defaults_too() {
    let folder = Folder::new();
    folder.write(
        "sogoctl.yaml",
        "supervisor: { max_restarts: 9 }\nservices:\n  one: { binary: bin/one, args: [-v] }\n",
    );
    let told = told(supervisor(folder.root()));
    assert_eq!(
        told[..4],
        [
            "supervisor.max_restarts = 9 (1)",
            "supervisor.health_interval = \"10s\" (default)",
            "supervisor.health_timeout = \"3s\" (default)",
            "supervisor.health_misses = 3 (default)",
        ]
    );
    assert_eq!(
        told[told.len() - 2..],
        ["services.one.binary = \"bin/one\" (3)", "services.one.args = [\"-v\"] (3)"]
    );
}

#[test]
fn the_defaults_of_the_supervisor_are_the_ones_in_force() {
    let folder = Folder::new();
    let units = || crate::config::supervisor::load(folder.root()).value.unwrap().services;
    let in_force = || {
        let on_failed = units()[0].on_failed.clone().map(|on_failed| (on_failed.command, on_failed.webhook));
        (units()[0].timing, units()[0].output, on_failed.unwrap_or_default())
    };
    let nothing_said = in_force();
    folder.write("sogoctl.yaml", format!("{SOGOCTL}\n{}", crate::config::tests::folder::SUPERVISOR));
    assert_eq!(in_force(), nothing_said);
    folder.write("sogoctl.yaml", "supervisor: { zzzzzz: 1 }");
    let told = folder.told("sogoctl.yaml");
    let known = told.iter().find_map(|line| line.split_once("known here: ")).unwrap().1;
    let shipped = leaves(&shipped(SOGOCTL));
    let keys: BTreeSet<_> = shipped.iter().filter_map(|leaf| leaf.key.split('.').nth(1)).collect();
    assert_eq!(known.split(", ").count(), keys.len(), "{known}");
}

#[test]
fn a_file_that_is_no_yaml_has_no_settings() {
    let folder = Folder::new();
    folder.write("sogoms.yaml", "db: [");
    let found = settings(folder.root());
    assert!(found.value.is_none() && !found.problems.is_empty());
}

/// Writes every default out and compares what is made of it with what is made of nothing.
#[test]
fn the_defaults_of_an_app_are_the_ones_in_force() {
    let least = "app: shop\nhosts: [shop.example.com]\n";
    let database = "host: 127.0.0.1, user: shop, name: shop";
    let auth = "jwt_secret_file: 'secrets/{app}_jwt'";
    let smtp = "host: mail.example.com, from: shop@example.com";
    let cors = "origins: '*'";
    let folder = Folder::new();
    folder.write(
        "apps/shop/app.yaml",
        format!(
            "{least}database: {{ {database} }}\nauth: {{ {auth} }}\nsmtp: {{ {smtp} }}\ncors: {{ {cors} }}\n"
        ),
    );
    let nothing = without_places(&format!("{:?}", folder.load().apps));
    let defaults = leaves(&shipped(APP));
    let section = |name: &str| -> String {
        let of = defaults.iter().filter(|leaf| !leaf.value.is_null());
        let (inner, own): (Vec<_>, Vec<_>) = of
            .filter_map(|leaf| Some((leaf.key.strip_prefix(name)?, &leaf.value)))
            .partition(|(key, _)| key.contains('.'));
        let own = own.iter().fold(String::new(), |text, (key, value)| text + &format!(", {key}: {value}"));
        let mut below: std::collections::BTreeMap<&str, String> = std::collections::BTreeMap::new();
        for (key, value) in inner {
            let (above, key) = key.split_once('.').unwrap();
            let keys = below.entry(above).or_default();
            *keys = format!("{keys}{key}: {value}, ");
        }
        below.iter().fold(own, |text, (name, keys)| text + &format!(", {name}: {{ {keys} }}"))
    };
    let top: Vec<String> = (defaults.iter().filter(|leaf| !leaf.key.contains('.') && !leaf.value.is_null()))
        .map(|leaf| format!("{}: {}", leaf.key, leaf.value))
        .collect();
    let top = top.join("\n");
    folder.write(
        "apps/shop/app.yaml",
        format!(
            "{least}{top}\ndatabase: {{ {database}{} }}\nauth: {{ {auth}{} }}\nsmtp: {{ {smtp}{} }}\ncors: {{ {cors}{} }}\nlogs: {{ x-a: b{} }}\nlimits: {{ x-a: b{} }}\nidempotency: {{ x-a: b{} }}\n",
            section("database."),
            section("auth."),
            section("smtp."),
            section("cors."),
            section("logs."),
            section("limits."),
            section("idempotency.")
        ),
    );
    assert_eq!(folder.told("apps/shop/app.yaml"), [""; 0]);
    assert_eq!(without_places(&format!("{:?}", folder.load().apps)), nothing);
}

fn without_places(text: &str) -> String {
    let mut parts = text.split("At(");
    let first = parts.next().unwrap().to_owned();
    parts.fold(first, |text, part| text + part.split_once(')').unwrap().1)
}

/// An unknown key is answered with the known ones: each is required, inherited, or has a default.
#[test]
fn every_key_of_an_app_has_its_default() {
    const REQUIRED: &[&str] = &[
        "app",
        "hosts",
        "database",
        "auth",
        "smtp",
        "logs",
        "database.host",
        "database.user",
        "database.name",
        "database.path",
        "auth.jwt_secret_file",
        "smtp.host",
        "smtp.from",
        "cors.origins",
    ];
    let defaults = leaves(&shipped(APP));
    for section in [
        "",
        "database.",
        "auth.",
        "smtp.",
        "smtp.limits.",
        "smtp.retry.",
        "logs.",
        "cors.",
        "limits.",
        "rate_limit.",
        "idempotency.",
    ] {
        let folder = Folder::new();
        let text = match section.strip_suffix('.') {
            Some(name) => name
                .rsplit('.')
                .fold("{ zzzzzz: 1 }".to_owned(), |inner, key| format!("{{ {key}: {inner} }}")),
            None => "zzzzzz: 1".to_owned(),
        };
        folder.write("apps/shop/app.yaml", &text);
        let told = folder.told("apps/shop/app.yaml");
        let known = told.iter().find_map(|line| line.split_once("known here: ")).expect(&text).1.to_owned();
        for key in known.split(", ").map(|key| format!("{section}{}", key.trim_matches('`'))) {
            let has_default = defaults.iter().any(|leaf| leaf.key == key)
                || defaults.iter().any(|leaf| leaf.key.starts_with(&format!("{key}.")));
            let inherited = INHERITED.iter().any(|(inherited, _)| *inherited == key);
            assert!(
                has_default || inherited || REQUIRED.contains(&key.as_str()),
                "`{key}` is missing in src/config/effective/app.yaml"
            );
        }
    }
}
