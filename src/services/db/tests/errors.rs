//! What the databases refuse: each code, on both engines.

use super::on_both;
use super::place::Place;
use crate::error::{Code, Error};

const TABLES: &str = "
    CREATE TABLE users (id INT AUTO_INCREMENT PRIMARY KEY, email VARCHAR(40) NOT NULL UNIQUE, age INT,
        CONSTRAINT age_ok CHECK (age < 150));
    CREATE TABLE tasks (id INT AUTO_INCREMENT PRIMARY KEY, user_id INT NOT NULL, FOREIGN KEY (user_id) REFERENCES users (id));
    INSERT INTO users (email) VALUES ('secret@example.com');
    INSERT INTO tasks (user_id) VALUES (1);
";

fn told(error: &Error) -> (Code, &str) {
    // Neither the statement nor a value may be in what leaves the host.
    let public = serde_json::to_string(error).unwrap();
    for private in ["secret", "SELECT", "INSERT INTO", "example.com"] {
        assert!(!public.contains(private), "{public}");
    }
    (error.code, &error.message)
}

on_both! { TABLES,
    async fn a_duplicate_key_names_the_column(place: &Place) {
        let error = place.insert("INSERT INTO users (email) VALUES (?)", r#"["secret@example.com"]"#).await.unwrap_err();
        assert_eq!(told(&error), (Code::Duplicate, "a row with this `email` exists already"));
        assert_eq!(error.fields[0].field, "email");
        let error = place.insert("INSERT INTO users (id, email) VALUES (1, 'x')", "[]").await.unwrap_err();
        assert_eq!(told(&error), (Code::Duplicate, "a row with this `id` exists already"));
    }

    async fn a_missing_parent_is_told(place: &Place) {
        let error = place.insert("INSERT INTO tasks (user_id) VALUES (9)", "[]").await.unwrap_err();
        assert_eq!(error.code, Code::ForeignKey);
        assert!(told(&error).1.ends_with("does not exist"), "{error}");
    }

    async fn a_parent_with_children_stays(place: &Place) {
        let error = place.delete("DELETE FROM users WHERE id = 1", "[]").await.unwrap_err();
        assert_eq!(error.code, Code::ForeignKey);
        assert!(told(&error).1.ends_with("still belong to this one"), "{error}");
    }

    async fn a_null_where_none_may_be_names_the_column(place: &Place) {
        let error = place.insert("INSERT INTO users (email) VALUES (NULL)", "[]").await.unwrap_err();
        assert_eq!(told(&error), (Code::Validation, "`email` is required"));
        let error = place.insert("INSERT INTO users (age) VALUES (1)", "[]").await.unwrap_err();
        assert_eq!(told(&error), (Code::Validation, "`email` is required"));
        assert_eq!(error.fields[0].field, "email");
    }

    async fn a_check_is_named(place: &Place) {
        let error = place.insert("INSERT INTO users (email, age) VALUES ('x', 200)", "[]").await.unwrap_err();
        assert_eq!(told(&error), (Code::Validation, "the values do not satisfy the rule `age_ok`"));
    }

    async fn a_bad_statement_is_the_authors_fault(place: &Place) {
        let error = place.query("SELECT u.nickname FROM users u", "[]").await.unwrap_err();
        assert_eq!(told(&error), (Code::SqlError, "there is no column `u.nickname`"));
        assert!(error.cause().unwrap().contains("nickname"));
        let error = place.query("SELECT 1 FROM user", "[]").await.unwrap_err();
        assert_eq!(told(&error), (Code::SqlError, "there is no table `user`"));
        let error = place.query("SELECT `secret@example.com` FROM users", "[]").await.unwrap_err();
        assert_eq!(told(&error), (Code::SqlError, "the statement names a column that does not exist"));
        let error = place.query("SELECT secret(1)", "[]").await.unwrap_err();
        assert_eq!(error.code, Code::SqlError);
        let error = place.query("SELECT FROM WHERE", "[]").await.unwrap_err();
        assert_eq!(error.code, Code::SqlError);
    }
}

const STRICT: &str = "CREATE TABLE t (a INT, b VARCHAR(3), c TINYINT, d DATE, e DECIMAL(4,2))";

#[tokio::test]
async fn values_that_do_not_fit_name_their_column() {
    let place = Place::mariadb(STRICT).await;
    let cases = [
        ("b", r#""long""#, Code::DataTooLong, "`b` is too long"),
        ("c", "300", Code::DataTooLong, "`c` is out of range"),
        ("a", r#""secret""#, Code::Validation, "`a` has a value of the wrong kind"),
        ("a", "99999999999", Code::DataTooLong, "`a` is out of range"),
        ("d", r#""2024-02-30""#, Code::Validation, "`d` has a value of the wrong kind"),
        ("e", "123.45", Code::DataTooLong, "`e` is out of range"),
    ];
    for (column, value, code, message) in cases {
        let error = place
            .insert(&format!("INSERT INTO t ({column}) VALUES (?)"), &format!("[{value}]"))
            .await
            .unwrap_err();
        assert_eq!(told(&error), (code, message));
        assert_eq!(error.fields[0].field, column);
    }
}

#[tokio::test]
async fn a_trigger_refuses_in_its_own_words() {
    let place = Place::mariadb(
        "CREATE TABLE t (a INT); CREATE TRIGGER g BEFORE INSERT ON t FOR EACH ROW \
        SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = 'closed on Sundays'",
    )
    .await;
    let error = place.insert("INSERT INTO t VALUES (1)", "[]").await.unwrap_err();
    assert_eq!(told(&error), (Code::Validation, "closed on Sundays"));
    let place = Place::sqlite(
        "CREATE TABLE t (a INT); CREATE TRIGGER g BEFORE INSERT ON t BEGIN \
        SELECT RAISE(ABORT, 'closed on Sundays'); END",
    )
    .await;
    let error = place.insert("INSERT INTO t VALUES (1)", "[]").await.unwrap_err();
    assert_eq!(told(&error), (Code::Validation, "closed on Sundays"));
}

#[tokio::test]
async fn grammar_of_mariadb_that_sqlite_lacks_says_what_to_write() {
    let place = Place::sqlite("CREATE TABLE t (a INT PRIMARY KEY)").await;
    let error = place.query("SELECT NOW() - INTERVAL 1 DAY", "[]").await.unwrap_err();
    assert_eq!(error.code, Code::SqlError);
    assert!(error.hint.unwrap().contains("'+1 day'"));
    let sql = "INSERT INTO t VALUES (1) ON DUPLICATE KEY UPDATE a = 2";
    assert!(place.insert(sql, "[]").await.unwrap_err().hint.unwrap().contains("ON CONFLICT"));
    assert!(
        place
            .query("SELECT a FROM t FOR UPDATE", "[]")
            .await
            .unwrap_err()
            .hint
            .unwrap()
            .contains("FOR UPDATE")
    );
}

#[tokio::test]
async fn an_sqlite_file_that_is_missing_or_wrong_is_told() {
    let place = Place::new(&[("a", "{ driver: sqlite, path: a.db }".to_owned())]);
    let error = place.query("SELECT 1", "[]").await.unwrap_err();
    assert_eq!(error.code, Code::DbError);
    let file = place.file("a");
    assert!(!file.exists());
    std::fs::write(
        &file,
        "this is a text, and not a database; it is long enough to be read as a header ............",
    )
    .unwrap();
    let error = place.query("SELECT 1", "[]").await.unwrap_err();
    assert_eq!((error.code, &*error.message), (Code::DbError, "the database file is no SQLite database"));
    assert!(!place.health().await.apps[0].up);
    // It comes back by itself.
    std::fs::remove_file(&file).unwrap();
    place.script("a", "CREATE TABLE t (a INT)").await;
    place.query("SELECT 1", "[]").await.unwrap();
    assert!(place.health().await.apps[0].up);
}
