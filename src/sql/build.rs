//! Statements made from names: what `create`, `update` and `delete` of a query file run.

use super::fault::Fault;
use super::kind::Kind;
use super::statement::{Source, Statement};
use super::token::Dialect;

/// A name that can be no SQL: letters, digits, `_` and `$`, up to 64 characters.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Identifier(String);

impl Identifier {
    /// Longest name of a table or column, in characters, as MariaDB has it.
    pub const MAX_CHARACTERS: usize = 64;

    /// Checks a name.
    ///
    /// # Errors
    /// Refuses an empty name, a longer one, and any other sign: blanks, dots, quotes.
    pub fn new(name: &str) -> Result<Self, Fault> {
        let bad = name.char_indices().find(|(_, c)| !c.is_alphanumeric() && !matches!(c, '_' | '$'));
        if let Some((offset, sign)) = bad {
            let message = format!("`{}` has no place in a name", sign.escape_debug());
            return Err(Fault::new(offset, message).hint("a name is made of letters, digits, _ and $"));
        }
        if name.is_empty() {
            return Err(Fault::new(0, "a name is empty"));
        }
        if let Some((offset, _)) = name.char_indices().nth(Self::MAX_CHARACTERS) {
            return Err(Fault::new(
                offset,
                format!("a name is longer than {} characters", Self::MAX_CHARACTERS),
            ));
        }
        Ok(Self(name.to_owned()))
    }

    /// Returns the name.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Returns the name in backticks, which both engines read as a name and never as a text.
    pub fn quoted(&self) -> String {
        format!("`{}`", self.0)
    }
}

/// A column and the placeholder whose value is written into it.
pub type Assignment<'a> = (&'a Identifier, &'a str);

/// Makes `INSERT INTO table (columns) VALUES (placeholders)`.
///
/// # Errors
/// Refuses a placeholder whose name is none.
pub fn insert(dialect: Dialect, table: &Identifier, values: &[Assignment<'_>]) -> Result<Statement, Fault> {
    let columns: Vec<String> = values.iter().map(|(column, _)| column.quoted()).collect();
    let placeholders: Vec<String> =
        values.iter().map(|(_, name)| placeholder(name)).collect::<Result<_, _>>()?;
    let (columns, placeholders) = (columns.join(", "), placeholders.join(", "));
    let text = match (dialect, values) {
        (Dialect::Sqlite, []) => format!("INSERT INTO {} DEFAULT VALUES", table.quoted()),
        _ => format!("INSERT INTO {} ({columns}) VALUES ({placeholders})", table.quoted()),
    };
    Statement::parse(dialect, Kind::Insert, Source::Plain, &text)
}

/// Makes `UPDATE table SET column = :placeholder, … WHERE key = :placeholder`, to which conditions can be joined.
///
/// # Errors
/// Refuses a placeholder whose name is none, and an update of nothing.
pub fn update(
    dialect: Dialect,
    table: &Identifier,
    values: &[Assignment<'_>],
    key: Assignment<'_>,
) -> Result<Statement, Fault> {
    let values: Vec<String> = values.iter().map(equation).collect::<Result<_, _>>()?;
    let text = format!("UPDATE {} SET {} WHERE {}", table.quoted(), values.join(", "), equation(&key)?);
    Statement::parse(dialect, Kind::Update, Source::Plain, &text)
}

/// Makes `DELETE FROM table WHERE key = :placeholder`, to which conditions can be joined.
///
/// # Errors
/// Refuses a placeholder whose name is none.
pub fn delete(dialect: Dialect, table: &Identifier, key: Assignment<'_>) -> Result<Statement, Fault> {
    let text = format!("DELETE FROM {} WHERE {}", table.quoted(), equation(&key)?);
    Statement::parse(dialect, Kind::Delete, Source::Plain, &text)
}

fn equation((column, name): &Assignment<'_>) -> Result<String, Fault> {
    Ok(format!("{} = {}", column.quoted(), placeholder(name)?))
}

fn placeholder(name: &str) -> Result<String, Fault> {
    let is_name = name.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
        && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_');
    if is_name {
        Ok(format!(":{name}"))
    } else {
        let name = name.escape_debug();
        Err(Fault::new(0, format!("`{name}` is no name for a placeholder"))
            .hint("use ASCII letters, digits and _"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sql::Filter;
    use Dialect::{MariaDb, Sqlite};

    #[test]
    fn names_are_plain() {
        let long = "é".repeat(64);
        for name in ["projects", "user_id", "1a", "select", "a$b", "été", &long] {
            assert_eq!(Identifier::new(name).unwrap().as_str(), name);
        }
        let longer = "é".repeat(65);
        for (name, offset) in [
            ("", 0),
            ("a b", 1),
            ("a.b", 1),
            ("a`b", 1),
            ("é\"", 2),
            ("a;", 1),
            ("a-b", 1),
            ("a\0", 1),
            (&longer, 128),
        ] {
            assert_eq!(Identifier::new(name).unwrap_err().offset, offset, "{name:?}");
        }
    }

    #[test]
    fn statements_are_made_and_take_conditions() {
        let name = |name| Identifier::new(name).unwrap();
        let (table, id, title, order) = (name("tasks"), name("id"), name("title"), name("order"));
        let filter = Filter::parse(MariaDb, "user_id = :user_id OR public").unwrap();
        let text = |statement: Result<Statement, Fault>| statement.unwrap().text();

        let made = insert(MariaDb, &table, &[(&title, "title"), (&order, "order")]);
        assert_eq!(text(made), "INSERT INTO `tasks` (`title`, `order`) VALUES (:title, :order)");
        assert_eq!(text(insert(MariaDb, &table, &[])), "INSERT INTO `tasks` () VALUES ()");
        assert_eq!(text(insert(Sqlite, &table, &[])), "INSERT INTO `tasks` DEFAULT VALUES");

        let made = update(MariaDb, &table, &[(&title, "title"), (&order, "o")], (&id, "id")).unwrap();
        assert_eq!(
            made.with_condition(&filter, &|_| None).unwrap().text(),
            "UPDATE `tasks` SET `title` = :title, `order` = :o WHERE (`id` = :id) AND (user_id = :user_id OR public)"
        );
        let made = delete(Sqlite, &table, (&id, "id")).unwrap().with_condition(&filter, &|_| None);
        assert_eq!(text(made), "DELETE FROM `tasks` WHERE (`id` = :id) AND (user_id = :user_id OR public)");
    }

    #[test]
    fn what_makes_no_statement_is_refused() {
        let (table, id) = (Identifier::new("t").unwrap(), Identifier::new("id").unwrap());
        for name in ["", "a b", "1a", "a, b", "é", "id OR 1=1"] {
            assert!(delete(MariaDb, &table, (&id, name)).is_err(), "{name}");
            assert!(insert(MariaDb, &table, &[(&id, name)]).is_err(), "{name}");
            assert!(update(MariaDb, &table, &[(&id, name)], (&id, "id")).is_err(), "{name}");
        }
        assert!(update(MariaDb, &table, &[], (&id, "id")).is_err());
    }
}
