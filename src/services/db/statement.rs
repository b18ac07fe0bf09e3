//! A statement as it was sent, checked once and kept: what it does, its text for the engine, its placeholders.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use super::api::{Args, Value};
use crate::error::{Code, Error, Result};
use crate::sql::{self, Dialect, Fault, Kind, Source, Statement};

/// A checked statement.
#[derive(Debug)]
pub(super) struct Checked {
    /// What it does.
    pub(super) kind: Kind,
    /// Whether it is a SELECT that changes and locks nothing, so that a replica can answer it.
    pub(super) only_reads: bool,
    /// Its text with `?` for each placeholder, without comments.
    pub(super) sql: Arc<str>,
    /// The same with `LIMIT ?` behind it, for a SELECT that does not limit its rows itself.
    pub(super) limited: Option<Arc<str>>,
    /// The name behind each `?`; empty when the text was written with `?`.
    names: Vec<String>,
    /// How many `?` there are.
    pub(super) arguments: usize,
}

impl Checked {
    /// Checks a statement.
    ///
    /// # Errors
    /// [`Code::SqlError`] for a text that does not lex, for several statements, and for what changes the state of a
    /// shared connection.
    pub(super) fn new(dialect: Dialect, text: &str) -> Result<Self> {
        let refused = |fault| refused(text, fault);
        let kind = sql::kind_of(dialect, text).map_err(refused)?;
        let bound = sql::bind(dialect, text).map_err(refused)?;
        let limited = match Statement::parse(dialect, Kind::Select, Source::Plain, text) {
            Ok(statement) if statement.takes_limit() => Some(format!("{} LIMIT ?", bound.sql).into()),
            _ => None,
        };
        let only_reads = kind == Kind::Select && !sql::locks_rows(dialect, text).map_err(refused)?;
        Ok(Self {
            kind,
            only_reads,
            sql: bound.sql.into(),
            limited,
            names: bound.names,
            arguments: bound.arguments,
        })
    }

    /// Puts the values into the order of the placeholders.
    ///
    /// # Errors
    /// [`Code::BadRequest`] that names what is missing, left over, or given by position instead of by name.
    pub(super) fn values(&self, args: Args) -> Result<Vec<Value>> {
        match args {
            Args::Positional(values) if values.len() == self.arguments && self.names.is_empty() => Ok(values),
            Args::Positional(values) if self.names.is_empty() => Err(wrong(format!(
                "the statement has {} `?` and was given {} values",
                self.arguments,
                values.len()
            ))
            .hint("give one value for each `?`, in order")),
            Args::Positional(values) if values.is_empty() => Err(self.missing(&[])),
            Args::Positional(_) => Err(wrong("the statement names its placeholders".to_owned()).hint(
                format!("give the values by name, as an object with {}", listed(&self.unique_names())),
            )),
            Args::Named(values) if values.is_empty() && self.arguments == 0 => Ok(Vec::new()),
            Args::Named(_) if self.names.is_empty() && self.arguments != 0 => {
                Err(wrong("the placeholders of the statement have no names".to_owned())
                    .hint("give the values as an array, one for each `?`, in order"))
            }
            Args::Named(values) => self.by_name(&values),
        }
    }

    fn by_name(&self, given: &[(String, Value)]) -> Result<Vec<Value>> {
        let unknown: Vec<&str> =
            given.iter().map(|(name, _)| name.as_str()).filter(|name| !self.has(name)).collect();
        if !unknown.is_empty() {
            let error = wrong(format!("the statement has no placeholder {}", listed(&unknown)));
            return Err(match self.unique_names().as_slice() {
                [] => error.hint("it has none"),
                names => error.hint(format!("it has {}", listed(names))),
            });
        }
        let value_of =
            |name: &String| given.iter().find(|(known, _)| known == name).map(|(_, value)| value.clone());
        let values: Vec<Value> = self.names.iter().filter_map(value_of).collect();
        if values.len() == self.names.len() { Ok(values) } else { Err(self.missing(given)) }
    }

    fn missing(&self, given: &[(String, Value)]) -> Error {
        let mut missing = self.unique_names();
        missing.retain(|name| !given.iter().any(|(known, _)| known == name));
        wrong(format!("a value is missing for {}", listed(&missing)))
    }

    fn has(&self, name: &str) -> bool {
        self.names.iter().any(|known| known == name)
    }

    fn unique_names(&self) -> Vec<&str> {
        let mut names: Vec<&str> = Vec::new();
        for name in &self.names {
            if !names.contains(&name.as_str()) {
                names.push(name);
            }
        }
        names
    }
}

fn wrong(message: String) -> Error {
    Error::new(Code::BadRequest, message)
}

fn listed(names: &[&str]) -> String {
    names.iter().map(|name| format!("`:{name}`")).collect::<Vec<_>>().join(", ")
}

/// Turns a fault of a text into an error that says where it stands, without showing the text.
fn refused(text: &str, fault: Fault) -> Error {
    let (line, column) = fault.line_and_column(text);
    let error = Error::new(Code::SqlError, format!("{} (line {line}, column {column})", fault.message));
    match fault.hint {
        Some(hint) => error.hint(hint),
        None => error,
    }
}

/// The statements of one app, checked once each.
#[derive(Debug, Default)]
pub(super) struct Statements(Mutex<HashMap<Box<str>, Arc<Checked>>>);

/// Statements kept per app. Texts come from files, so there are few; one that puts values into its text must not fill
/// the memory.
const KEPT: usize = 512;

impl Statements {
    /// Returns the checked form of a statement.
    pub(super) fn get(&self, dialect: Dialect, text: &str) -> Result<Arc<Checked>> {
        if let Some(checked) = self.0.lock().unwrap_or_else(PoisonError::into_inner).get(text) {
            return Ok(Arc::clone(checked));
        }
        let checked = Arc::new(Checked::new(dialect, text)?);
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if KEPT <= kept.len() {
            kept.clear();
        }
        kept.insert(text.into(), Arc::clone(&checked));
        Ok(checked)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn args(json: &str) -> Args {
        serde_json::from_str(json).unwrap()
    }

    fn checked(text: &str) -> Checked {
        Checked::new(Dialect::MariaDb, text).unwrap()
    }

    #[test]
    fn values_come_in_the_order_of_the_placeholders() {
        let cases = [
            ("SELECT 1", "[]", vec![]),
            ("SELECT 1", "{}", vec![]),
            ("SELECT ?, ?", "[1, 2]", vec![1, 2]),
            ("SELECT :a, :b, :a", r#"{"b": 2, "a": 1}"#, vec![1, 2, 1]),
        ];
        for (text, json, expected) in cases {
            let expected: Vec<Value> = expected.into_iter().map(Value::Int).collect();
            assert_eq!(checked(text).values(args(json)).unwrap(), expected, "{text}");
        }
    }

    #[test]
    fn wrong_arguments_are_named() {
        let cases = [
            ("SELECT ?", "[]", "the statement has 1 `?` and was given 0 values"),
            ("SELECT 1", "[1]", "the statement has 0 `?` and was given 1 values"),
            ("SELECT :a, :b", "[]", "a value is missing for `:a`, `:b`"),
            ("SELECT :a, :b", "[1]", "the statement names its placeholders"),
            ("SELECT :a, :b", r#"{"a": 1}"#, "a value is missing for `:b`"),
            ("SELECT :a", r#"{"a": 1, "x": 2, "y": 3}"#, "the statement has no placeholder `:x`, `:y`"),
            ("SELECT 1", r#"{"a": 1}"#, "the statement has no placeholder `:a`"),
            ("SELECT ?", r#"{"a": 1}"#, "the placeholders of the statement have no names"),
        ];
        for (text, json, message) in cases {
            let error = checked(text).values(args(json)).unwrap_err();
            assert_eq!((error.code, &*error.message), (Code::BadRequest, message), "{text} {json}");
        }
    }

    #[test]
    fn a_limit_goes_behind_a_select_that_has_none() {
        let cases = [
            (
                "SELECT a FROM t WHERE b = :b ORDER BY a;",
                Some("SELECT a FROM t WHERE b = ? ORDER BY a LIMIT ?"),
            ),
            ("SELECT a FROM t LIMIT 3", None),
            ("SELECT a FROM t FOR UPDATE", None),
            ("SELECT 1 UNION SELECT 2", None),
            ("SHOW TABLES", None),
            ("DELETE FROM t", None),
        ];
        for (text, expected) in cases {
            assert_eq!(checked(text).limited.as_deref(), expected, "{text}");
        }
    }

    #[test]
    fn what_locks_rows_does_not_only_read() {
        let cases = [
            ("SELECT a FROM t", true),
            ("(SELECT a FROM t) UNION SELECT b FROM u", true),
            ("WITH x AS (SELECT 1) SELECT * FROM x", true),
            ("SELECT a FROM t FOR UPDATE", false),
            ("SELECT a FROM (SELECT a FROM t LOCK IN SHARE MODE) x", false),
            ("SHOW TABLES", false),
            ("DELETE FROM t", false),
        ];
        for (text, expected) in cases {
            assert_eq!(checked(text).only_reads, expected, "{text}");
        }
    }

    #[test]
    fn what_is_refused_says_where_and_not_what() {
        let error = Checked::new(Dialect::MariaDb, "SELECT 'secret',\n @x").unwrap_err();
        assert_eq!(error.code, Code::SqlError);
        assert!(error.message.ends_with("(line 2, column 2)"), "{error}");
        assert!(!error.message.contains("secret"));
    }
}
