//! Writes that can be repeated and cannot be lost, on both engines.

use futures_util::future::join_all;

use super::on_both;
use super::place::{Place, call};
use crate::error::{Code, Result};
use crate::ipc::Handle as _;
use crate::services::db::Db;
use crate::services::db::api::{
    Args, IdempotencyKey, IfMatch, PrepareTables, Reference, Statement, TableState, Write, Written, row_tag,
};

const TABLES: &str = "
    CREATE TABLE projects (id INT AUTO_INCREMENT PRIMARY KEY, user_id INT NOT NULL, name VARCHAR(20) NOT NULL UNIQUE);
    INSERT INTO projects (user_id, name) VALUES (1, 'Garden'), (2, 'Attic');
";

fn write(query: &str, json: &str) -> Write {
    Write {
        app_id: "a".into(),
        query: query.into(),
        args: serde_json::from_str(json).unwrap(),
        user_id: None,
        references: Vec::new(),
        if_match: None,
        key: None,
    }
}

fn insert(name: &str) -> Write {
    write("INSERT INTO projects (user_id, name) VALUES (1, ?)", &format!("[{name:?}]"))
}

fn keyed(write: Write, user_id: i64, key: &str) -> Write {
    let request = row_tag(serde_json::to_string(&write.args).unwrap().as_bytes());
    let key = IdempotencyKey { user_id, route: "POST projects".into(), key: key.into(), request };
    Write { key: Some(key), ..write }
}

fn statement(query: &str) -> Statement {
    Statement { query: query.into(), args: Args::default() }
}

/// Renames the first project if it still has one of these tags.
fn rename(place: &Place, to: &str, tags: &[String]) -> Write {
    let lock = if place.is_mariadb() { " FOR UPDATE" } else { "" };
    let row = statement(&format!("SELECT 1 FROM projects WHERE id = 1 AND user_id = 1{lock}"));
    let show = statement("SELECT id, name FROM projects WHERE id = 1");
    let if_match = Some(IfMatch { row, show, tags: tags.to_vec() });
    Write { if_match, ..write("UPDATE projects SET name = ? WHERE id = 1", &format!("[{to:?}]")) }
}

async fn prepared(place: &Place) {
    let made = place.ask(PrepareTables { app_id: "a".into(), dry_run: false }).await.unwrap();
    assert!(made.tables.iter().all(|table| table.state == TableState::Made));
}

async fn count(place: &Place, table: &str) -> String {
    place.query(&format!("SELECT COUNT(*) AS n FROM {table}"), "[]").await.unwrap()
}

fn code(outcome: Result<Written>) -> Code {
    outcome.unwrap_err().code
}

on_both! { TABLES,
    async fn tables_of_ours_are_made_once_and_shown_before(place: &Place) {
        let state = async |dry_run| {
            place.ask(PrepareTables { app_id: "a".into(), dry_run }).await.unwrap().tables[0].state
        };
        assert_eq!(state(true).await, TableState::Missing);
        assert_eq!(state(false).await, TableState::Made);
        assert_eq!(state(false).await, TableState::Present);
        assert_eq!(state(true).await, TableState::Present);
    }

    async fn a_key_writes_once(place: &Place) {
        assert_eq!(code(place.ask(keyed(insert("a"), 1, "k")).await), Code::Unsupported);
        assert_eq!(count(place, "projects").await, r#"[{"n":2}]"#);
        prepared(place).await;
        let first = place.ask(keyed(insert("a"), 1, "k")).await.unwrap();
        assert_eq!((first.insert_id, first.repeated), (Some(3), false));
        let again = place.ask(keyed(insert("a"), 1, "k")).await.unwrap();
        assert_eq!(again, Written { repeated: true, ..first });
        assert_eq!(code(place.ask(keyed(insert("b"), 1, "k")).await), Code::KeyReused);
        // Letters differ by case, and each user has keys of their own.
        place.ask(keyed(insert("b"), 1, "K")).await.unwrap();
        assert!(!place.ask(keyed(insert("c"), 2, "k")).await.unwrap().repeated);
        assert_eq!(count(place, "sogo_idempotency").await, r#"[{"n":3}]"#);
    }

    async fn nothing_is_kept_of_what_failed(place: &Place) {
        prepared(place).await;
        assert_eq!(code(place.ask(keyed(insert("Attic"), 1, "k")).await), Code::Duplicate);
        let update = |id: u32| write("UPDATE projects SET name = 'x' WHERE id = ?", &format!("[{id}]"));
        assert_eq!(place.ask(keyed(update(9), 1, "k")).await.unwrap().affected_rows, Some(0));
        assert_eq!(count(place, "sogo_idempotency").await, r#"[{"n":0}]"#);
        assert_eq!(place.ask(keyed(insert("b"), 1, "k")).await.unwrap().affected_rows, None);
    }

    async fn processes_that_share_a_database_write_once(place: &Place) {
        prepared(place).await;
        // Each with a pool and a memory of its own, as on several hosts.
        let others: Vec<Db> = (0..4).map(|_| place.another_service()).collect();
        let others = &others;
        let all = (0..40).map(|number| async move {
            others[number % 4].handle(&call(), keyed(insert("once"), 1, "k")).await
        });
        let written = join_all(all).await;
        let ids: Vec<Option<u64>> = written.iter().map(|one| one.as_ref().unwrap().insert_id).collect();
        assert!(ids.iter().all(|id| *id == ids[0]), "{ids:?}");
        assert_eq!(written.iter().filter(|one| !one.as_ref().unwrap().repeated).count(), 1);
        assert_eq!(count(place, "projects").await, r#"[{"n":3}]"#);
    }

    async fn what_waits_for_a_failure_is_tried_by_itself(place: &Place) {
        prepared(place).await;
        let others: Vec<Db> = (0..4).map(|_| place.another_service()).collect();
        let others = &others;
        let all = (0..16).map(|number| async move {
            others[number % 4].handle(&call(), keyed(insert("Attic"), 1, "k")).await
        });
        let codes: Vec<Code> = join_all(all).await.into_iter().map(code).collect();
        // Four services that take the same key at once may be in each other's way more often than is tried again.
        assert!(codes.iter().all(|code| matches!(code, Code::Duplicate | Code::Deadlock)), "{codes:?}");
        assert!(codes.contains(&Code::Duplicate), "{codes:?}");
    }

    async fn a_reference_must_find_a_row(place: &Place) {
        let of = |id: u32, more: Vec<Reference>| {
            let query = "SELECT id FROM projects WHERE id = :id AND user_id = 1".into();
            let args = serde_json::from_str(&format!(r#"{{"id":{id}}}"#)).unwrap();
            let mut references = vec![Reference { field: "parent_id".into(), query, args }];
            references.extend(more);
            Write { references, ..insert("child") }
        };
        let other = Reference { field: "other".into(), query: "SELECT 1 WHERE 1 = 0".into(), args: Args::default() };
        let error = place.ask(of(2, vec![other])).await.unwrap_err();
        let fields: Vec<&str> = error.fields.iter().map(|field| &*field.field).collect();
        assert_eq!((error.code, fields), (Code::Validation, vec!["parent_id", "other"]));
        assert_eq!(count(place, "projects").await, r#"[{"n":2}]"#);
        assert_eq!(place.ask(of(1, Vec::new())).await.unwrap().insert_id, Some(3));
    }

    async fn a_row_that_has_changed_is_not_written_over(place: &Place) {
        let seen = row_tag(br#"{"id":1,"name":"Garden"}"#);
        let written = place.ask(rename(place, "Orchard", &["no".into(), seen.clone()])).await.unwrap();
        let next = row_tag(br#"{"id":1,"name":"Orchard"}"#);
        assert_eq!((written.affected_rows, written.tag.as_deref()), (Some(1), Some(&*next)));
        assert_eq!(code(place.ask(rename(place, "Field", &[seen])).await), Code::PreconditionFailed);
        assert_eq!(place.ask(rename(place, "Field", &[])).await.unwrap().affected_rows, Some(1));
        let mut foreign = rename(place, "x", &[]);
        foreign.if_match.as_mut().unwrap().row = statement("SELECT 1 FROM projects WHERE id = 2 AND user_id = 1");
        assert_eq!(place.ask(foreign).await.unwrap().affected_rows, Some(0));
        assert_eq!(place.one("SELECT name FROM projects WHERE id = 1", "[]").await.unwrap(), r#"{"name":"Field"}"#);
    }

    async fn of_writers_with_one_tag_one_wins(place: &Place) {
        let other = place.another_service();
        for round in 0..10 {
            let row = place.one("SELECT id, name FROM projects WHERE id = 1", "[]").await.unwrap();
            let tag = [row_tag(row.as_bytes())];
            let (one, two) = (format!("one {round}"), format!("two {round}"));
            let call = call();
            let both = tokio::join!(
                place.ask(rename(place, &one, &tag)),
                other.handle(&call, rename(place, &two, &tag))
            );
            let lost: Vec<Code> = [both.0, both.1].into_iter().filter_map(|one| one.err().map(|error| error.code)).collect();
            assert_eq!(lost, [Code::PreconditionFailed]);
        }
    }

    async fn a_guarded_write_writes(place: &Place) {
        assert_eq!(code(place.ask(write("SELECT 1", "[]")).await), Code::BadRequest);
        assert_eq!(code(place.ask(keyed(insert("a"), 1, "two words")).await), Code::BadRequest);
        assert_eq!(code(place.ask(keyed(insert("a"), 1, "")).await), Code::BadRequest);
    }
}
