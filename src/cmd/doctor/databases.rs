//! The apps' databases: do they answer, and are they set as our statements need them?

use std::time::{Duration, SystemTime};

use chrono::Local;
use futures_util::future::join_all;
use serde::Deserialize;

use super::finding::{Finding, Group};
use crate::cmd::context::Context;
use crate::cmd::databases::Databases;
use crate::config::{App, Database, Hosts, Registry};
use crate::error::{Code, Error, Result};
use crate::services::db::api::{Args, PrepareTables, QueryOne, TableState};

/// What was seen of one app's database.
#[derive(Debug)]
pub(super) struct Facts {
    app: String,
    /// Connections that its pool may open.
    pool_size: u32,
    /// Where the server is; `None` for a file.
    server: Option<String>,
    answer: Result<Answer>,
}

#[derive(Debug)]
struct Answer {
    /// How a MariaDB server is set; `None` for a file.
    settings: Option<Settings>,
    /// How far its clock is ahead of ours, in seconds.
    ahead: f64,
    /// How far our time zone is ahead of UTC, in seconds.
    our_offset: i64,
    /// Tables of ours that are missing.
    missing: Vec<String>,
}

/// How a MariaDB server and our session on it are set.
#[derive(Debug, Clone, Deserialize)]
struct Settings {
    version: String,
    global_mode: String,
    session_mode: String,
    charset: String,
    max_connections: u64,
    /// Seconds since 1970 by its clock.
    moment: f64,
    /// How far its time zone is ahead of UTC, in seconds.
    utc_offset: i64,
}

const SETTINGS: &str = "SELECT @@version AS version, @@GLOBAL.sql_mode AS global_mode, \
    @@SESSION.sql_mode AS session_mode, @@character_set_database AS charset, \
    @@GLOBAL.max_connections AS max_connections, UNIX_TIMESTAMP(NOW(3)) AS moment, \
    TIMESTAMPDIFF(SECOND, UTC_TIMESTAMP(), NOW()) AS utc_offset";

/// The oldest MariaDB that is supported.
const OLDEST: (u32, u32) = (10, 6);
/// Each app keeps one connection besides its pool.
const RESERVED: u64 = 1;
/// Clocks differ by less where something keeps them right; the question itself takes a moment.
const CLOCKS_DIFFER: f64 = 5.0;
/// Modes in which a statement means something else.
const OTHER_GRAMMAR: &[&str] = &["ANSI_QUOTES", "NO_BACKSLASH_ESCAPES", "ORACLE"];

/// Asks the database of each app, all at the same time.
pub(super) async fn look(context: &Context, registry: &Registry, only: Option<&str>) -> Vec<Facts> {
    let databases = Databases::find(context, registry).await;
    let apps = registry.apps.iter().filter(|app| only.is_none_or(|only| only == app.name));
    join_all(apps.map(|app| Facts::of(app, &databases))).await
}

impl Facts {
    async fn of(app: &App, databases: &Databases) -> Self {
        let (server, limits) = match &app.database {
            Database::Sqlite(file) => (None, &file.limits),
            Database::MariaDb(server) => {
                // The one that is asked; with several, the first by preference stands for them.
                let place = server.hosts.first().map(ToString::to_string).unwrap_or_default();
                (Some(place), &server.limits)
            }
        };
        Self {
            app: app.name.clone(),
            pool_size: limits.pool_size,
            answer: ask(app, server.is_some(), databases).await,
            server,
        }
    }
}

async fn ask(app: &App, is_server: bool, databases: &Databases) -> Result<Answer> {
    let tables = databases.ask(PrepareTables { app_id: app.name.clone(), dry_run: true }).await?;
    let missing = tables.tables.into_iter().filter(|table| table.state == TableState::Missing);
    let has_hosts = app.cron.iter().flat_map(|cron| &cron.jobs).any(|job| job.rules.hosts == Hosts::Many);
    // One host alone has no use for the table of slots.
    let missing = missing.filter(|table| has_hosts || table.name != "sogo_cron_slot");
    let begun = since_1970();
    let settings: Option<Settings> = if is_server {
        let query = QueryOne {
            app_id: app.name.clone(),
            query: SETTINGS.to_owned(),
            args: Args::default(),
            user_id: None,
        };
        let row = databases.ask(query).await?.row.unwrap_or_default();
        let read = serde_json::from_slice(&row);
        Some(read.map_err(|cause| {
            Error::new(Code::Internal, "the server told its settings in a way that is not understood")
                .caused_by(cause)
        })?)
    } else {
        None
    };
    let middle = (begun + since_1970()).as_secs_f64() / 2.0;
    Ok(Answer {
        ahead: settings.as_ref().map_or(0.0, |settings| settings.moment - middle),
        our_offset: i64::from(Local::now().offset().local_minus_utc()),
        settings,
        missing: missing.map(|table| table.name).collect(),
    })
}

fn since_1970() -> Duration {
    SystemTime::UNIX_EPOCH.elapsed().unwrap_or_default()
}

/// Decides what the facts mean.
pub(super) fn findings(facts: &[Facts]) -> Vec<Finding> {
    let mut findings: Vec<Finding> = facts.iter().flat_map(of_app).collect();
    findings.extend(too_many_connections(facts));
    findings
}

fn of_app(facts: &Facts) -> Vec<Finding> {
    let group = Group::Databases;
    let answer = match &facts.answer {
        Ok(answer) => answer,
        Err(error) => {
            let mend = match &error.hint {
                Some(hint) => hint.to_string(),
                None => "see `database:` in its app.yaml, and `sogo db health`".to_owned(),
            };
            let finding = group.serious(format!("its database cannot be used: {}", error.message));
            let finding = error.cause().into_iter().fold(finding, Finding::why);
            return vec![finding.mend(mend).app(&facts.app)];
        }
    };
    let mut findings = Vec::new();
    if !answer.missing.is_empty() {
        let slots_alone = answer.missing.iter().all(|table| table == "sogo_cron_slot");
        let why = if slots_alone {
            "jobs with `hosts: many` are not run without"
        } else {
            "requests with an Idempotency-Key are refused without"
        };
        findings.push(
            group
                .warning(format!("tables of ours are missing: {}", answer.missing.join(", ")))
                .why(why)
                .mend(format!("sogo app prepare {}", facts.app)),
        );
    }
    match &answer.settings {
        Some(settings) => findings.extend(of_server(settings, answer)),
        None => findings.push(group.ok("its SQLite file can be read")),
    }
    findings.into_iter().map(|finding| finding.app(&facts.app)).collect()
}

fn of_server(settings: &Settings, answer: &Answer) -> Vec<Finding> {
    let group = Group::Databases;
    let mut findings = vec![of_version(&settings.version)];
    findings.extend(of_modes(settings));
    if settings.charset != "utf8mb4" {
        findings.push(
            group
                .warning(format!("the database's character set is {}", settings.charset))
                .why("new tables take it over, and some characters have no place in it")
                .mend("ALTER DATABASE … CHARACTER SET utf8mb4 (each table has its own as well)"),
        );
    }
    if CLOCKS_DIFFER < answer.ahead.abs() {
        let word = if answer.ahead < 0.0 { "behind" } else { "ahead of" };
        findings.push(
            group
                .serious(format!("the server's clock is {:.0} s {word} ours", answer.ahead.abs()))
                .why("what expires or is due is judged by both")
                .mend("timedatectl set-ntp true on both machines"),
        );
    }
    // A quarter of an hour is the smallest step between time zones.
    if 450 < (settings.utc_offset - answer.our_offset).abs() {
        findings.push(
            group
                .warning(format!(
                    "NOW() is {} there, and this machine is at {}",
                    offset(settings.utc_offset),
                    offset(answer.our_offset)
                ))
                .why("dates in the data and in the logs are hours apart")
                .mend("set `default_time_zone` in the server's my.cnf, or TZ where sogoctl starts"),
        );
    }
    findings
}

fn of_version(version: &str) -> Finding {
    let group = Group::Databases;
    // Servers say 5.5.5- before their version to clients of old.
    let plain = version.strip_prefix("5.5.5-").unwrap_or(version);
    let mut numbers = plain.split(['.', '-']).map(|part| part.parse::<u32>().unwrap_or(0));
    let number = (numbers.next().unwrap_or(0), numbers.next().unwrap_or(0));
    if !version.to_lowercase().contains("mariadb") {
        return group
            .warning(format!("the server is {version}, which is not MariaDB"))
            .why("nothing is tested there")
            .mend(format!("use MariaDB {}.{} or newer", OLDEST.0, OLDEST.1));
    }
    if number < OLDEST {
        return group
            .serious(format!(
                "the server is {version}, and {}.{} is the oldest supported",
                OLDEST.0, OLDEST.1
            ))
            .mend("upgrade the server: mariadb.com/kb/en/upgrading");
    }
    group.ok(format!("the server is {version}"))
}

fn of_modes(settings: &Settings) -> Vec<Finding> {
    let group = Group::Databases;
    let has = |modes: &str, wanted: &str| modes.split(',').any(|mode| mode == wanted);
    let other = |modes: &str| OTHER_GRAMMAR.iter().copied().find(|mode| has(modes, mode));
    let mut findings = Vec::new();
    if !has(&settings.session_mode, "STRICT_TRANS_TABLES") || other(&settings.session_mode).is_some() {
        findings.push(
            group
                .serious(format!("our sessions there have sql_mode {}", settings.session_mode))
                .why("something between us and the server undoes what we set, so statements mean something else")
                .mend("look for a proxy, or `init_connect` in the server's my.cnf"),
        );
    }
    let mend = "set sql_mode in the server's my.cnf; our own sessions are right all the same";
    if !has(&settings.global_mode, "STRICT_TRANS_TABLES") && !has(&settings.global_mode, "STRICT_ALL_TABLES")
    {
        let why = "other programs store values that do not fit, cut to what fits";
        findings.push(group.warning("the server's sql_mode lacks STRICT_TRANS_TABLES").why(why).mend(mend));
    }
    if let Some(mode) = other(&settings.global_mode) {
        let why = "other programs read the same SQL otherwise than we do";
        findings.push(group.warning(format!("the server's sql_mode has {mode}")).why(why).mend(mend));
    }
    findings
}

/// Returns servers that have fewer connections than all pools of ours on them may open.
fn too_many_connections(facts: &[Facts]) -> Vec<Finding> {
    let mut servers: Vec<(&str, u64, u64)> = Vec::new();
    for app in facts {
        let (Some(server), Ok(answer)) = (&app.server, &app.answer) else { continue };
        let Some(settings) = &answer.settings else { continue };
        let wanted = u64::from(app.pool_size) + RESERVED;
        match servers.iter_mut().find(|(known, ..)| known == server) {
            Some((_, sum, _)) => *sum += wanted,
            None => servers.push((server, wanted, settings.max_connections)),
        }
    }
    let too_many = servers.iter().filter(|(_, wanted, there)| there < wanted);
    too_many
        .map(|(server, wanted, there)| {
            Group::Databases
                .serious(format!("our pools may open {wanted} connections to {server}, which has {there}"))
                .why("under load requests fail with TOO_MANY_CONNECTIONS, those of other programs too")
                .mend("SET GLOBAL max_connections = … and my.cnf, or a smaller `pool_size` in app.yaml")
        })
        .collect()
}

fn offset(seconds: i64) -> String {
    // Two questions a moment apart may differ by a second.
    let minutes = (seconds + 30).div_euclid(60);
    let sign = if minutes < 0 { '-' } else { '+' };
    format!("UTC{sign}{:02}:{:02}", minutes.abs() / 60, minutes.abs() % 60)
}

#[cfg(test)]
mod tests {
    use super::super::finding::told;
    use super::*;

    const MODES: &str = "STRICT_TRANS_TABLES,NO_ENGINE_SUBSTITUTION";

    fn settings() -> Settings {
        Settings {
            version: "10.11.6-MariaDB-0+deb12u1".to_owned(),
            global_mode: MODES.to_owned(),
            session_mode: MODES.to_owned(),
            charset: "utf8mb4".to_owned(),
            max_connections: 151,
            moment: 0.0,
            utc_offset: 3600,
        }
    }

    fn answer(settings: Settings) -> Answer {
        Answer { settings: Some(settings), ahead: 0.1, our_offset: 3600, missing: Vec::new() }
    }

    fn app(name: &str, pool_size: u32, answer: Result<Answer>) -> Facts {
        Facts { app: name.to_owned(), pool_size, server: Some("127.0.0.1:3306".to_owned()), answer }
    }

    #[test]
    fn a_server_is_judged() {
        let well = "ok: the server is 10.11.6-MariaDB-0+deb12u1";
        let with = |change: fn(&mut Settings)| {
            let mut changed = settings();
            change(&mut changed);
            answer(changed)
        };
        for (answer, expected) in [
            (answer(settings()), vec![well]),
            (
                with(|s| s.version = "5.5.5-10.5.23-MariaDB".to_owned()),
                vec!["serious: the server is 5.5.5-10.5.23-MariaDB, and 10.6 is the oldest supported"],
            ),
            (
                with(|s| s.version = "8.0.36".to_owned()),
                vec!["warning: the server is 8.0.36, which is not MariaDB"],
            ),
            (
                with(|s| s.global_mode = "ANSI_QUOTES".to_owned()),
                vec![
                    well,
                    "warning: the server's sql_mode lacks STRICT_TRANS_TABLES",
                    "warning: the server's sql_mode has ANSI_QUOTES",
                ],
            ),
            (
                with(|s| s.session_mode = "ORACLE".to_owned()),
                vec![well, "serious: our sessions there have sql_mode ORACLE"],
            ),
            (
                with(|s| s.charset = "latin1".to_owned()),
                vec![well, "warning: the database's character set is latin1"],
            ),
            (
                Answer { ahead: -90.0, ..answer(settings()) },
                vec![well, "serious: the server's clock is 90 s behind ours"],
            ),
            (
                with(|s| s.utc_offset = -1),
                vec![well, "warning: NOW() is UTC+00:00 there, and this machine is at UTC+01:00"],
            ),
            (
                Answer { missing: vec!["sogo_idempotency".to_owned()], ..answer(settings()) },
                vec!["warning: tables of ours are missing: sogo_idempotency", well],
            ),
        ] {
            assert_eq!(told(&findings(&[app("prokov", 8, Ok(answer))])), expected);
        }
    }

    #[test]
    fn pools_on_one_server_are_added_up() {
        let few = || Ok(answer(Settings { max_connections: 20, ..settings() }));
        let serious = |facts: &[Facts]| {
            told(&findings(facts)).into_iter().filter(|text| text.starts_with("serious")).collect::<Vec<_>>()
        };
        assert_eq!(serious(&[app("a", 8, few()), app("b", 10, few())]), [""; 0]);
        assert_eq!(
            serious(&[app("a", 8, few()), app("b", 11, few())]),
            ["serious: our pools may open 21 connections to 127.0.0.1:3306, which has 20"]
        );
        let elsewhere = Facts { server: Some("db.example.com:3306".to_owned()), ..app("b", 11, few()) };
        assert_eq!(serious(&[app("a", 8, few()), elsewhere]), [""; 0]);
    }

    #[test]
    fn a_database_that_does_not_answer_is_serious() {
        let down = Err(Error::new(Code::DbError, "connection refused").hint("start it"));
        let findings = findings(&[app("prokov", 8, down)]);
        assert_eq!(told(&findings), ["serious: its database cannot be used: connection refused"]);
        assert_eq!(findings[0].mend.as_deref(), Some("start it"));
    }
}
