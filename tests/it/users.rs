//! `sogo user`: an operator's users are those whom the gateway lets in.

use serde_json::json;

use crate::harness::{Engine, PASSWORD, Sogo};
use crate::on_each_engine;

on_each_engine!(a_user_that_is_added_signs_in, passwords_and_roles_change, who_is_not_there_is_told_of);

async fn a_user_that_is_added_signs_in(engine: Engine) {
    let sogo = Sogo::start(engine).await;
    let add = |arguments: &[&str], password: &str| {
        let all: Vec<&str> = ["user", "add", "prokov"].into_iter().chain(arguments.iter().copied()).collect();
        sogo.installation.sogo_given(&[&all[..], &["--password-file", "-"]].concat(), password)
    };
    let made = add(&[" Carol@Example.COM ", "--name", "Carol", "-o", "json"], "correct horse\n").ok().json();
    assert_eq!((made["user"].as_str(), made["id"].as_u64()), (Some("carol@example.com"), Some(4)));
    let carol = sogo.client().sign_in("carol@example.com", "correct horse").await;
    assert_eq!(carol.get("/api/auth/me").await.expect(200)["data"]["name"], "Carol");

    assert_eq!(add(&["CAROL@example.com"], "correct horse").code, 6);
    let short = add(&["dave@example.com"], "short");
    assert_eq!(short.code, 1, "{}", short.stderr);
    assert!(short.stderr.contains("at least 8 characters"), "{}", short.stderr);
    let long = add(&["dave@example.com"], &"é".repeat(37));
    assert!(long.code == 1 && long.stderr.contains("72 bytes"), "{}", long.stderr);
    let argv = add(&["dave@example.com", "--set", "password=hunter22"], "");
    assert_eq!(argv.code, 2, "{}", argv.stderr);
    let wrong = add(&["dave@example.com", "--set", "nmae=Dave"], "correct horse");
    assert!(wrong.code == 1 && wrong.stderr.contains("name"), "{}", wrong.stderr);
    // Nobody is there to type it.
    assert_eq!(sogo.sogo(&["user", "add", "prokov", "dave@example.com"]).code, 2);

    add(&["boss@example.com", "--role", "admin", "--set", "created_at=2026-01-15T08:00:00"], "correct horse")
        .ok();
    let listed = sogo.sogo(&["user", "list", "prokov", "--role", "admin", "-o", "json"]).ok();
    let emails: Vec<_> = listed.json().as_array().unwrap().iter().map(|row| row["email"].clone()).collect();
    assert_eq!(emails, [json!("admin@example.com"), json!("boss@example.com")]);
    assert!(!listed.stdout.contains("password") && !listed.stdout.contains("$2b$"), "{}", listed.stdout);
    assert!(listed.stdout.contains("2026-01-15T08:00:00"), "{}", listed.stdout);
}

async fn passwords_and_roles_change(engine: Engine) {
    let sogo = Sogo::start(engine).await;
    let alice = sogo.sign_in("alice@example.com").await;
    alice.post("/api/projects", json!({"name": "Garden"})).await.expect(201);
    sogo.installation
        .sogo_given(
            &["user", "passwd", "prokov", "ALICE@example.com", "--password-file", "-"],
            "another horse",
        )
        .ok();
    let with = |password: &str| json!({"email": "alice@example.com", "password": password});
    sogo.client().post("/api/auth/login", with(PASSWORD)).await.refused(401, "UNAUTHORIZED");
    sogo.client().post("/api/auth/login", with("another horse")).await.expect(200);

    let bob = sogo.sign_in("bob@example.com").await;
    assert_eq!(bob.get("/api/projects").await.expect(200)["data"], json!([]));
    sogo.sogo(&["user", "role", "prokov", "bob@example.com", "admin"]).ok();
    let bob = sogo.sign_in("bob@example.com").await;
    assert_eq!(bob.get("/api/projects").await.expect(200)["data"][0]["name"], "Garden");
    let odd = sogo.sogo(&["user", "role", "prokov", "bob@example.com", "gardener"]).ok();
    assert!(odd.stderr.contains("no filter of `prokov` names the role `gardener`"), "{}", odd.stderr);
    let bad = sogo.sogo(&["user", "role", "prokov", "bob@example.com", "a b"]);
    assert_eq!(bad.code, 1, "{}", bad.stderr);
}

async fn who_is_not_there_is_told_of(engine: Engine) {
    let sogo = Sogo::start(engine).await;
    for arguments in [
        &["user", "role", "prokov", "nobody@example.com", "admin"][..],
        &["user", "passwd", "prokov", "nobody@example.com"],
        &["user", "list", "prokof"],
        &["token", "prokov", "99"],
        &["way", "explain", "prokov", "GET", "/api/tasks", "--as", "nobody@example.com"],
    ] {
        let output = sogo.sogo(arguments);
        assert_eq!(output.code, 4, "{arguments:?}: {}{}", output.stdout, output.stderr);
    }
    let near = sogo.sogo(&["user", "list", "prokof"]);
    assert!(near.stderr.contains("did you mean `prokov`?"), "{}", near.stderr);
    // The same user, by id, by address and by an address in capitals.
    for user in ["1", "alice@example.com", " ALICE@Example.com "] {
        let token = sogo.sogo(&["token", "prokov", user]).ok();
        let me = sogo.client().with_token(token.stdout.trim()).get("/api/auth/me").await.expect(200);
        assert_eq!(me["data"]["email"], "alice@example.com");
    }
    let explained =
        sogo.sogo(&["way", "explain", "prokov", "GET", "/api/tasks", "--as", "Alice@example.com"]).ok();
    assert!(explained.stdout.contains("user\t1\t"), "{}", explained.stdout);
    let gone = sogo.sogo(&["way", "explain", "prokov", "GET", "/api/tasks", "--as", "99"]).ok();
    assert!(gone.stdout.contains("99, and there is no such user"), "{}", gone.stdout);
}

#[tokio::test]
async fn an_app_that_lets_nobody_sign_up_takes_users_all_the_same() {
    let installation = crate::harness::Installation::new(Engine::Sqlite).await;
    let file = "config/apps/prokov/queries/auth.yaml";
    let auth = installation.read(file);
    let register = &auth[auth.find("register:").unwrap()..auth.find("me:").unwrap()];
    installation.edit(file, register, "");
    let sogo = installation.start();
    let arguments = ["user", "add", "prokov", "carol@example.com", "--password-file", "-"];
    sogo.installation.sogo_given(&arguments, "correct horse").ok();
    sogo.client().sign_in("carol@example.com", "correct horse").await;
}

#[tokio::test]
async fn a_typed_password_is_not_shown() {
    let sogo = Sogo::start(Engine::Sqlite).await;
    let arguments = ["user", "passwd", "prokov", "alice@example.com"];
    let typed = sogo.installation.sogo_on_terminal(
        &arguments,
        &[
            ["expect", "Password: "],
            ["send", "another horse\r"],
            ["expect", "Once more: "],
            ["send", "another horsf\x7fe\r"],
        ],
    );
    assert_eq!(typed.code, 0, "{}", typed.stdout);
    assert!(!typed.stdout.contains("horse"), "{}", typed.stdout);
    sogo.client().sign_in("alice@example.com", "another horse").await;
    let left = sogo.installation.sogo_on_terminal(&arguments, &[["expect", "Password: "], ["send", "\x03"]]);
    assert_eq!(left.code, 130, "{}", left.stdout);
}
