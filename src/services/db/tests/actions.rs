//! Each action, on both engines.

use super::place::Place;
use crate::error::{Code, Result};
use crate::services::db::api::{
    Args, Delete, Health, Insert, Introspect, Prepare, Query, QueryOne, Statement, Transaction, Update,
};

const TABLES: &str = "
    CREATE TABLE users (id INTEGER PRIMARY KEY AUTOINCREMENT, email VARCHAR(120) NOT NULL UNIQUE, age INT);
    CREATE TABLE tasks (id INTEGER PRIMARY KEY AUTOINCREMENT, user_id INT NOT NULL REFERENCES users (id),
        title VARCHAR(20) NOT NULL, price DECIMAL(10,2), created DATETIME, done TINYINT(1) NOT NULL DEFAULT 0);
    INSERT INTO users (email, age) VALUES ('alice@example.com', 30), ('bob@example.com', NULL);
    INSERT INTO tasks (user_id, title, price, created) VALUES (1, 'Dig', 1.10, '2024-02-29 12:00:00');
";

fn args(json: &str) -> Args {
    serde_json::from_str(json).unwrap()
}

impl Place {
    async fn query(&self, query: &str, json: &str) -> Result<String> {
        let action = Query { app_id: "a".into(), query: query.into(), args: args(json), limit: None };
        let rows = self.ask(action).await?.rows;
        Ok(String::from_utf8(rows.to_vec()).unwrap())
    }

    async fn insert(&self, query: &str, json: &str) -> Result<u64> {
        let action = Insert { app_id: "a".into(), query: query.into(), args: args(json) };
        Ok(self.ask(action).await?.insert_id)
    }

    async fn update(&self, query: &str, json: &str) -> Result<u64> {
        let action = Update { app_id: "a".into(), query: query.into(), args: args(json) };
        Ok(self.ask(action).await?.affected_rows)
    }

    async fn delete(&self, query: &str, json: &str) -> Result<u64> {
        let action = Delete { app_id: "a".into(), query: query.into(), args: args(json) };
        Ok(self.ask(action).await?.affected_rows)
    }
}

#[tokio::test]
async fn rows_are_read_and_written() {
    let place = Place::sqlite(TABLES).await;
    assert_eq!(
        place.query("SELECT * FROM tasks WHERE user_id = :user_id", r#"{"user_id": 1}"#).await.unwrap(),
        r#"[{"id":1,"user_id":1,"title":"Dig","price":1.10,"created":"2024-02-29T12:00:00","done":0}]"#
    );
    let id = place.insert("INSERT INTO users (email) VALUES (?)", r#"["carol@example.com"]"#).await.unwrap();
    assert_eq!(id, 3);
    assert_eq!(place.update("UPDATE users SET age = 30 WHERE age = 30", "[]").await.unwrap(), 1);
    assert_eq!(place.delete("DELETE FROM users WHERE id = ?", "[3]").await.unwrap(), 1);
    let one =
        QueryOne { app_id: "a".into(), query: "SELECT id FROM users WHERE id > ?".into(), args: args("[0]") };
    assert_eq!(place.ask(one).await.unwrap().row.unwrap(), r#"{"id":1}"#);
    let none =
        QueryOne { app_id: "a".into(), query: "SELECT id FROM users WHERE id > ?".into(), args: args("[9]") };
    assert_eq!(place.ask(none).await.unwrap().row, None);
    let error =
        place.insert("INSERT INTO users (email) VALUES (?)", r#"["alice@example.com"]"#).await.unwrap_err();
    assert_eq!((error.code, &*error.fields[0].field), (Code::Duplicate, "email"));
    let prepare = Prepare { app_id: "a".into(), query: "SELECT id, title FROM tasks WHERE id = :id".into() };
    assert_eq!(place.ask(prepare).await.unwrap().parameters, 1);
    let schema = place.ask(Introspect { app_id: "a".into(), tables: None }).await.unwrap();
    assert_eq!(schema.tables.len(), 2);
    let health = place.ask(Health {}).await.unwrap();
    assert!(health.apps[0].up, "{health:?}");
    let statement = |query: &str| Statement { query: query.into(), args: Args::default() };
    let transaction = Transaction {
        app_id: "a".into(),
        statements: vec![
            statement("DELETE FROM tasks"),
            statement("DELETE FROM users"),
            statement("SELECT 1 AS one"),
        ],
    };
    assert_eq!(place.ask(transaction).await.unwrap().results[1].affected_rows, Some(2));
}
