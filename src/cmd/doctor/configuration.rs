//! What is wrong with the configuration folder, and with the secrets that it names.

use super::finding::{Finding, Group};
use crate::cmd::check::many;
use crate::cmd::context::Context;
use crate::config::{self, App, Database, MailWay, Problem, Registry, Secret};
use crate::services::gateway::compile;

/// What was seen.
#[derive(Debug, Default)]
pub(super) struct Facts {
    problems: Vec<Problem>,
    /// Apps that can be used.
    apps: usize,
    secrets: Vec<SecretFact>,
}

/// One secret that could be read.
#[derive(Debug)]
struct SecretFact {
    app: String,
    use_of: Use,
    guess: Option<Guess>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Use {
    /// Signs the tokens.
    Tokens,
    /// Opens the database.
    Database,
    /// Opens the mail server.
    Mail,
}

/// Why somebody could guess a secret.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Guess {
    /// It is one that examples and installers use.
    Default,
    /// It is the name of the app or of the user.
    Name,
    /// It is one character again and again.
    Repeated,
}

/// What people write where a secret is to come, and forget.
const DEFAULTS: &[&str] = &[
    "admin",
    "change me",
    "change-me",
    "change_me",
    "changeme",
    "default",
    "demo",
    "example",
    "hunter2",
    "letmein",
    "mysecret",
    "pass",
    "password",
    "root",
    "secret",
    "supersecret",
    "test",
    "todo",
    "your-256-bit-secret",
    "your_jwt_secret",
    "your-secret-key",
    "123456",
    "12345678",
];

/// Reads the folder, and of the apps those that are asked for.
pub(super) fn look(context: &Context, registry: &Registry, only: Option<&str>) -> Facts {
    let mut problems = config::check(&context.places.config);
    problems.extend(registry.apps.iter().flat_map(|app| compile::check(app)));
    let is_asked = |app: &str| only.is_none_or(|only| only == app);
    problems.retain(|problem| problem.app.as_deref().is_none_or(is_asked));
    let secrets =
        registry.apps.iter().filter(|app| is_asked(&app.name)).flat_map(|app| secrets(app)).collect();
    Facts { problems, apps: registry.apps.len(), secrets }
}

fn secrets(app: &App) -> Vec<SecretFact> {
    let fact = |use_of, secret: &Secret, names: &[&str]| SecretFact {
        app: app.name.clone(),
        use_of,
        guess: guess(secret.expose(), names),
    };
    let mut secrets = vec![fact(Use::Tokens, &app.auth.jwt_secret, &[&app.name])];
    if let Database::MariaDb(database) = &app.database
        && let Some(password) = &database.password
    {
        secrets.push(fact(Use::Database, password, &[&app.name, &database.user, &database.name]));
    }
    if let Some(smtp) = &app.smtp
        && let MailWay::Server(server) = &smtp.way
        && let Some(password) = &server.password
    {
        secrets.push(fact(Use::Mail, password, &[&app.name]));
    }
    secrets
}

/// Tells how a secret could be guessed.
fn guess(secret: &str, names: &[&str]) -> Option<Guess> {
    let plain = secret.trim().to_lowercase();
    let mut characters = plain.chars();
    let first = characters.next();
    if names.iter().any(|name| name.to_lowercase() == plain) {
        Some(Guess::Name)
    } else if DEFAULTS.contains(&plain.as_str()) {
        Some(Guess::Default)
    } else if characters.all(|c| Some(c) == first) {
        Some(Guess::Repeated)
    } else {
        None
    }
}

/// Decides what the facts mean.
pub(super) fn findings(facts: &Facts) -> Vec<Finding> {
    let mut findings: Vec<Finding> = facts.problems.iter().map(of_problem).collect();
    if facts.problems.is_empty() {
        findings.push(Group::Configuration.ok(format!("{}, no problems", many(facts.apps, "app"))));
    }
    let guessed: Vec<Finding> = facts.secrets.iter().filter_map(of_secret).collect();
    if guessed.is_empty() && !facts.secrets.is_empty() {
        let count = many(facts.secrets.len(), "secret");
        findings.push(Group::Secrets.ok(format!("{count}, none of them known to others")));
    }
    findings.extend(guessed);
    findings
}

fn of_problem(problem: &Problem) -> Finding {
    let group = Group::Configuration;
    let place = problem.line.map(|line| format!(":{line}")).unwrap_or_default();
    let what = format!("{}{place}: {}", problem.file.display(), problem.message);
    let finding = if problem.is_error() { group.serious(what) } else { group.warning(what) };
    let finding = finding.mend(problem.hint.clone().unwrap_or_else(|| "sogo check".to_owned()));
    match &problem.app {
        Some(app) => finding.app(app),
        None => finding,
    }
}

fn of_secret(secret: &SecretFact) -> Option<Finding> {
    let why = match secret.guess? {
        Guess::Default => "it is one that many installations have",
        Guess::Name => "it is the name of the app or of the user",
        Guess::Repeated => "it is one character again and again",
    };
    let app = &secret.app;
    let finding = match secret.use_of {
        Use::Tokens => Group::Secrets
            .serious("the secret of the tokens can be guessed, so anybody can sign in as anybody")
            .mend(format!(
                "head -c 32 /dev/urandom | base64 > FILE, where FILE is `auth.jwt_secret_file` of apps/{app}/app.yaml; it \
                 signs everybody out"
            )),
        Use::Database => Group::Secrets
            .warning("the password of the database can be guessed")
            .mend("ALTER USER … IDENTIFIED BY a random one, and write it into `database.password_file`"),
        Use::Mail => Group::Secrets
            .warning("the password of the mail server can be guessed")
            .mend("change it there, and write it into `smtp.password_file`"),
    };
    Some(finding.why(why).app(app))
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::super::finding::told;
    use super::*;

    #[test]
    fn what_anybody_would_try_is_a_guess() {
        for (secret, expected) in [
            ("Changeme", Some(Guess::Default)),
            ("PROKOV", Some(Guess::Name)),
            ("aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", Some(Guess::Repeated)),
            ("3f1c0b5e8a9d4c7fb2e6a1d0c9b8e7f6", None),
        ] {
            assert_eq!(guess(secret, &["prokov"]), expected, "{secret}");
        }
    }

    #[test]
    fn problems_and_guesses_become_findings() {
        let secret = |use_of, guess| SecretFact { app: "prokov".to_owned(), use_of, guess };
        let all_well = Facts { apps: 1, secrets: vec![secret(Use::Tokens, None)], ..Facts::default() };
        assert_eq!(
            told(&findings(&all_well)),
            ["ok: 1 app, no problems", "ok: 1 secret, none of them known to others"]
        );
        let wrong = Facts {
            problems: vec![
                Problem::error_in(Path::new("/config/apps/a/app.yaml"), "the file is missing"),
                Problem::warning_in(Path::new("/config/routes"), "nothing reads this").hint("move it"),
            ],
            apps: 0,
            secrets: vec![
                secret(Use::Tokens, Some(Guess::Default)),
                secret(Use::Database, Some(Guess::Name)),
                secret(Use::Mail, Some(Guess::Repeated)),
            ],
        };
        let findings = findings(&wrong);
        assert_eq!(
            told(&findings),
            [
                "serious: /config/apps/a/app.yaml: the file is missing",
                "warning: /config/routes: nothing reads this",
                "serious: the secret of the tokens can be guessed, so anybody can sign in as anybody",
                "warning: the password of the database can be guessed",
                "warning: the password of the mail server can be guessed",
            ]
        );
        assert!(findings.iter().all(|finding| finding.mend.is_some()));
    }
}
