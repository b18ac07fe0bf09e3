//! Which columns a duplicate key is about: the server names the key alone.

use mysql_async::prelude::Queryable;
use mysql_async::{Conn, Error as Cause};

use super::errors::{Failure, duplicate_key};
use crate::services::db::errors as words;

const COLUMNS: &str = "SELECT TABLE_NAME, COLUMN_NAME FROM information_schema.STATISTICS \
                       WHERE TABLE_SCHEMA = DATABASE() AND NON_UNIQUE = 0 AND INDEX_NAME = ? \
                       ORDER BY TABLE_NAME, SEQ_IN_INDEX";

/// Turns the failure of a statement that writes into ours, naming the columns of a duplicate key.
pub(super) async fn explained(conn: &mut Conn, cause: Cause, sql: &str) -> Failure {
    let Some(key) = duplicate_key(&cause) else { return Failure::during(cause) };
    // What cannot be looked up is told by the key's name.
    let found: Vec<(String, String)> = conn.exec(COLUMNS, (&key,)).await.unwrap_or_default();
    let columns = of_one_table(&found, sql);
    Failure::ours(words::duplicate(&key, &columns, cause))
}

/// Returns the columns of the key in the one table that the statement names; none when several may be meant.
fn of_one_table<'a>(found: &'a [(String, String)], sql: &str) -> Vec<&'a str> {
    let sql = sql.to_lowercase();
    let is_name = |letter: char| letter.is_alphanumeric() || letter == '_' || letter == '$';
    let named = |table: &str| sql.split(|letter| !is_name(letter)).any(|word| word == table.to_lowercase());
    let mut tables: Vec<&str> =
        found.iter().map(|(table, _)| table.as_str()).filter(|table| named(table)).collect();
    tables.dedup();
    match tables.as_slice() {
        [only] => {
            found.iter().filter(|(table, _)| table == only).map(|(_, column)| column.as_str()).collect()
        }
        _ => Vec::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_statement_tells_which_table_is_meant() {
        let found = [("tags", "user_id"), ("tags", "name"), ("users", "email")]
            .map(|(a, b)| (a.to_owned(), b.to_owned()));
        let cases: &[(&str, &[&str])] = &[
            ("INSERT INTO `Tags` (name) VALUES (?)", &["user_id", "name"]),
            ("UPDATE users SET email = ?", &["email"]),
            ("UPDATE users, tags SET email = ?", &[]),
            ("INSERT INTO mytags VALUES (?)", &[]),
        ];
        for (sql, expected) in cases {
            assert_eq!(of_one_table(&found, sql), *expected, "{sql}");
        }
    }
}
