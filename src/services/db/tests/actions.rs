//! Each action, on both engines.

use super::on_both;
use super::place::Place;
use crate::error::Code;
use crate::services::db::api::{Args, Introspect, Kind, Prepare, Statement, Transaction};

const TABLES: &str = "
    CREATE TABLE users (id INT AUTO_INCREMENT PRIMARY KEY, email VARCHAR(120) NOT NULL UNIQUE, age INT);
    CREATE TABLE tasks (id INT AUTO_INCREMENT PRIMARY KEY, user_id INT NOT NULL, title VARCHAR(20) NOT NULL,
        price DECIMAL(10,2), created DATETIME, done TINYINT(1) NOT NULL DEFAULT 0,
        FOREIGN KEY (user_id) REFERENCES users (id));
    CREATE INDEX tasks_user ON tasks (user_id, title);
    INSERT INTO users (email, age) VALUES ('alice@example.com', 30), ('bob@example.com', NULL);
    INSERT INTO tasks (user_id, title, price, created) VALUES (1, 'Dig', 1.10, '2024-02-29 12:00:00');
";

on_both! { TABLES,
    async fn rows_are_read(place: &Place) {
        assert_eq!(
            place.query("SELECT * FROM tasks WHERE user_id = :user_id", r#"{"user_id": 1}"#).await.unwrap(),
            r#"[{"id":1,"user_id":1,"title":"Dig","price":1.10,"created":"2024-02-29T12:00:00","done":0}]"#
        );
        assert_eq!(place.query("SELECT id FROM users WHERE id > ? -- :x", "[9]").await.unwrap(), "[]");
        assert_eq!(place.one("SELECT id FROM users WHERE id > ? ORDER BY id", "[0]").await.unwrap(), r#"{"id":1}"#);
        assert_eq!(place.one("SELECT id FROM users WHERE id > ?", "[9]").await.unwrap(), "null");
        // The first of two columns with one name.
        let joined = "SELECT t.id, u.email, u.id + 100 AS id FROM tasks t JOIN users u ON u.id = t.user_id";
        assert_eq!(place.one(joined, "[]").await.unwrap(), r#"{"id":1,"email":"alice@example.com"}"#);
    }

    async fn rows_are_written(place: &Place) {
        let id = place.insert("INSERT INTO users (email) VALUES (?)", r#"["carol@example.com"]"#).await.unwrap();
        assert_eq!(id, 3);
        assert_eq!(place.update("UPDATE users SET age = :age WHERE id = :id", r#"{"id": 3, "age": null}"#).await.unwrap(), 1);
        assert_eq!(place.delete("DELETE FROM users WHERE id = ?", "[3]").await.unwrap(), 1);
        assert_eq!(place.delete("DELETE FROM users WHERE id = ?", "[3]").await.unwrap(), 0);
    }

    async fn an_update_that_changes_nothing_has_found_its_row(place: &Place) {
        assert_eq!(place.update("UPDATE users SET age = 30 WHERE id = 1", "[]").await.unwrap(), 1);
        assert_eq!(place.update("UPDATE users SET age = 30 WHERE id = 9", "[]").await.unwrap(), 0);
    }

    async fn a_limit_tells_of_more(place: &Place) {
        for sql in ["SELECT id FROM users ORDER BY id", "SELECT 1 AS id UNION SELECT 2"] {
            assert_eq!(place.page(sql, "[]", 1).await.unwrap(), (r#"[{"id":1}]"#.to_owned(), true), "{sql}");
            assert_eq!(place.page(sql, "[]", 2).await.unwrap(), (r#"[{"id":1},{"id":2}]"#.to_owned(), false), "{sql}");
        }
        assert_eq!(place.page("SELECT id FROM users", "[]", 0).await.unwrap(), ("[]".to_owned(), true));
    }

    async fn an_action_runs_its_own_kind_of_statement(place: &Place) {
        let refused = place.query("DELETE FROM users", "[]").await.unwrap_err();
        assert_eq!(refused.code, Code::BadRequest);
        assert_eq!(refused.hint.unwrap(), "`delete` is the action for it; `sogo db query` only reads");
        for sql in ["SELECT 1", "UPDATE users SET age = 1", "INSERT INTO users (email) VALUES ('x')"] {
            assert_eq!(place.delete(sql, "[]").await.unwrap_err().code, Code::BadRequest, "{sql}");
        }
        assert_eq!(place.insert("UPDATE users SET age = 1", "[]").await.unwrap_err().code, Code::BadRequest);
        assert_eq!(place.update("DELETE FROM users", "[]").await.unwrap_err().code, Code::BadRequest);
        assert_eq!(place.query("DROP TABLE users", "[]").await.unwrap_err().code, Code::BadRequest);
        for sql in ["SET autocommit = 0", "BEGIN", "SELECT 1; SELECT 2", "USE mysql"] {
            assert_eq!(place.query(sql, "[]").await.unwrap_err().code, Code::SqlError, "{sql}");
        }
        assert_eq!(place.query("SELECT COUNT(*) AS n FROM users", "[]").await.unwrap(), r#"[{"n":2}]"#);
    }

    async fn arguments_are_checked_before_the_database_sees_them(place: &Place) {
        assert_eq!(place.query("SELECT :a", "{}").await.unwrap_err().message, "a value is missing for `:a`");
        assert_eq!(place.query("SELECT ?", "[1, 2]").await.unwrap_err().code, Code::BadRequest);
        let unknown = place.query("SELECT :a", r#"{"a": 1, "b": 2}"#).await.unwrap_err();
        assert_eq!(unknown.message, "the statement has no placeholder `:b`");
    }

    async fn a_transaction_is_all_or_nothing(place: &Place) {
        let results = place.transaction(&[
            "INSERT INTO users (email) VALUES ('carol@example.com')",
            "UPDATE users SET age = 1",
            "SELECT COUNT(*) AS n FROM users",
        ]).await.unwrap();
        assert_eq!(results, r#"[{"insert_id":3},{"affected_rows":3},{"rows":[{"n":3}]}]"#);
        let error = place.transaction(&[
            "DELETE FROM tasks",
            "INSERT INTO users (email) VALUES ('alice@example.com')",
        ]).await.unwrap_err();
        assert_eq!(error.code, Code::Duplicate);
        assert!(error.message.starts_with("statement 2: "), "{error}");
        assert_eq!(place.query("SELECT COUNT(*) AS n FROM tasks", "[]").await.unwrap(), r#"[{"n":1}]"#);
        let refused = place.transaction(&["SELECT 1", "DROP TABLE tasks"]).await.unwrap_err();
        assert!(refused.message.starts_with("statement 2: "), "{refused}");
        assert_eq!(place.transaction(&[]).await.unwrap_err().code, Code::BadRequest);
        let many = vec![Statement { query: "SELECT 1".into(), args: Args::default() }; 1001];
        let error = place.ask(Transaction { app_id: "a".into(), statements: many, user_id: None }).await.unwrap_err();
        assert_eq!(error.code, Code::BadRequest);
    }

    async fn preparing_tells_placeholders_and_columns(place: &Place) {
        let prepare = |query: &str| Prepare { app_id: "a".into(), query: query.into() };
        let sql = "SELECT id, title, price, created, done FROM tasks WHERE id = :id OR user_id = :id";
        let prepared = place.ask(prepare(sql)).await.unwrap();
        assert_eq!(prepared.parameters, 2);
        let kinds: Vec<_> = prepared.columns.iter().map(|column| (column.name.as_str(), column.kind.unwrap())).collect();
        assert_eq!(kinds, [
            ("id", Kind::Int), ("title", Kind::Text), ("price", Kind::Decimal), ("created", Kind::DateTime),
            ("done", Kind::Bool),
        ]);
        let error = place.ask(prepare("SELECT missing FROM tasks")).await.unwrap_err();
        assert_eq!((error.code, &*error.message), (Code::SqlError, "there is no column `missing`"));
        let error = place.ask(prepare("SELECT 1 FROM nowhere")).await.unwrap_err();
        assert_eq!((error.code, &*error.message), (Code::SqlError, "there is no table `nowhere`"));
        assert_eq!(place.ask(prepare("DELETE FROM tasks")).await.unwrap().columns, []);
        assert_eq!(place.query("SELECT COUNT(*) AS n FROM tasks", "[]").await.unwrap(), r#"[{"n":1}]"#);
    }

    async fn the_tables_are_described(place: &Place) {
        let schema = place.ask(Introspect { app_id: "a".into(), tables: None }).await.unwrap();
        let names: Vec<_> = schema.tables.iter().map(|table| table.name.as_str()).collect();
        assert_eq!(names, ["tasks", "users"]);
        let tasks = schema.table("TASKS").unwrap();
        let columns: Vec<_> = tasks.columns.iter().map(|c| (c.name.as_str(), c.kind, c.nullable, c.optional, c.auto)).collect();
        assert_eq!(columns, [
            ("id", Kind::Int, false, true, true),
            ("user_id", Kind::Int, false, false, false),
            ("title", Kind::Text, false, false, false),
            ("price", Kind::Decimal, true, true, false),
            ("created", Kind::DateTime, true, true, false),
            ("done", Kind::Bool, false, true, false),
        ]);
        assert_eq!(tasks.column("title").unwrap().max_length, Some(20));
        assert_eq!(tasks.primary, ["id"]);
        assert_eq!((&*tasks.foreign[0].columns, &*tasks.foreign[0].table, &*tasks.foreign[0].references),
            (&["user_id".to_owned()][..], "users", &["id".to_owned()][..]));
        let index = tasks.indexes.iter().find(|index| index.name == "tasks_user").unwrap();
        assert_eq!((index.unique, index.columns.join(",").as_str()), (false, "user_id,title"));
        assert!(schema.table("users").unwrap().indexes.iter().any(|index| index.unique && index.columns == ["email"]));
        let some = place.ask(Introspect { app_id: "a".into(), tables: Some(vec!["Users".into(), "none".into()]) }).await;
        assert_eq!(some.unwrap().tables.len(), 1);
    }

    async fn health_tells_of_the_database(place: &Place) {
        place.query("SELECT 1", "[]").await.unwrap();
        let health = place.health().await;
        assert!(health.apps[0].up && health.apps[0].ping_us.is_some(), "{health:?}");
        assert!(0 < health.apps[0].connections, "{health:?}");
    }

    async fn an_unknown_app_is_told_with_the_nearest(place: &Place) {
        for (name, hint) in [("A", "did you mean `a`?"), ("b", "see `sogo db health` for the apps there are")] {
            let prepare = Prepare { app_id: name.into(), query: "SELECT 1".into() };
            let error = place.ask(prepare).await.unwrap_err();
            assert_eq!((error.code, &*error.message), (Code::NotFound, &*format!("there is no app `{name}`")));
            assert_eq!(error.hint.unwrap(), hint);
        }
    }
}
