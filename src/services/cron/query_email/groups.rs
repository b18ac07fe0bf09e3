//! Rows into groups, one mail each. No I/O.

use std::collections::HashMap;
use std::fmt::Write as _;

use serde_json::{Map, Value};
use sha2::{Digest, Sha256};

use crate::error::{Code, Error, Result};

/// Rows of one mail.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Group {
    /// What names it in every attempt: nothing that another attempt may find changed.
    pub key: String,
    /// The value that its rows share; the number of its row, from 1, where each row is a group.
    pub value: Value,
    /// Its rows, in the order of the query; at least one.
    pub rows: Vec<Map<String, Value>>,
    /// The address of its first row.
    pub to: Option<String>,
}

/// The longest value that stands in a key as it is.
const LONGEST_IN_KEY: usize = 64;

/// Puts rows with the same value in the column `by` together, in the order in which they come; without a column each row
/// is a group. `to` is the column of the address.
///
/// # Errors
/// [`Code::Config`] when a column is not there.
pub(super) fn group(rows: Vec<Map<String, Value>>, by: Option<&str>, to: &str) -> Result<Vec<Group>> {
    let Some(first) = rows.first() else { return Ok(Vec::new()) };
    for (key, column) in [("to", Some(to)), ("group_by", by)] {
        if let Some(column) = column.filter(|column| !first.contains_key(*column)) {
            let columns: Vec<&str> = first.keys().map(String::as_str).collect();
            let error =
                Error::new(Code::Config, format!("the query has no column `{column}` (`{key}` of the job)"));
            return Err(error.hint(format!("its columns are: {}", columns.join(", "))));
        }
    }
    let mut groups: Vec<Group> = Vec::new();
    let mut places: HashMap<String, usize> = HashMap::new();
    let mut twins: HashMap<String, usize> = HashMap::new();
    for (number, row) in rows.into_iter().enumerate() {
        let address = match row.get(to) {
            Some(Value::String(address)) if !address.trim().is_empty() => Some(address.trim().to_owned()),
            _ => None,
        };
        let Some(by) = by else {
            // Rows may come in another order next time, so a row is known by what is in it, and its twins by their count.
            let hash = hash(&Value::Object(row.clone()).to_string());
            let twin = twins.entry(hash.clone()).or_default();
            *twin += 1;
            let key = if *twin == 1 { hash } else { format!("{hash}.{twin}") };
            groups.push(Group { key, value: (number + 1).into(), rows: vec![row], to: address });
            continue;
        };
        let value = row.get(by).cloned().unwrap_or_default();
        let key = key_of(&value);
        if let Some(place) = places.get(&key) {
            groups[*place].rows.push(row);
        } else {
            places.insert(key.clone(), groups.len());
            groups.push(Group { key, value, rows: vec![row], to: address });
        }
    }
    Ok(groups)
}

impl Group {
    /// Returns what its template is filled with: the columns of the first row, and all rows as `rows`.
    pub(super) fn data(&self) -> Map<String, Value> {
        let mut data = self.rows.first().cloned().unwrap_or_default();
        let rows = self.rows.iter().cloned().map(Value::Object).collect();
        data.insert("rows".to_owned(), Value::Array(rows));
        data
    }

    /// Returns its address; `column` is where it should stand.
    ///
    /// # Errors
    /// [`Code::Validation`] when it has none.
    pub(super) fn address(&self, column: &str) -> Result<&str> {
        self.to.as_deref().ok_or_else(|| {
            Error::new(Code::Validation, format!("the column `{column}` of its first row holds no address"))
        })
    }
}

/// Returns what names the group of a value: the value itself where it is short and plain.
fn key_of(value: &Value) -> String {
    let text = value.to_string();
    let is_plain = text.len() <= LONGEST_IN_KEY && text.bytes().all(|byte| byte.is_ascii_graphic());
    if is_plain { text } else { hash(&text) }
}

fn hash(text: &str) -> String {
    Sha256::digest(text).iter().take(16).fold(String::new(), |mut hash, byte| {
        let _ = write!(hash, "{byte:02x}");
        hash
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn rows(rows: Value) -> Vec<Map<String, Value>> {
        serde_json::from_value(rows).unwrap()
    }

    #[test]
    fn rows_of_one_value_are_one_group_in_their_order() {
        let found = rows(json!([
            { "id": 2, "email": "b@example.com", "t": "x" },
            { "id": 1, "email": " a@example.com ", "t": "y" },
            { "id": 2, "email": "other@example.com", "t": "z" },
            { "id": null, "email": null, "t": "-" },
            { "id": "2", "email": "", "t": "text is no number" },
        ]));
        let groups = group(found, Some("id"), "email").unwrap();
        let told: Vec<_> = groups.iter().map(|g| (g.key.as_str(), g.rows.len(), g.to.as_deref())).collect();
        assert_eq!(
            told,
            [
                ("2", 2, Some("b@example.com")),
                ("1", 1, Some("a@example.com")),
                ("null", 1, None),
                ("\"2\"", 1, None)
            ]
        );
        let data = groups[0].data();
        assert_eq!((&data["t"], &data["rows"][1]["t"]), (&json!("x"), &json!("z")));
        assert_eq!(groups[2].address("email").unwrap_err().code, Code::Validation);
    }

    #[test]
    fn without_a_column_each_row_is_known_by_what_is_in_it() {
        let row = |title: &str| json!({ "email": "a@example.com", "t": title });
        let keys = |found: Value| -> Vec<String> {
            group(rows(found), None, "email").unwrap().into_iter().map(|group| group.key).collect()
        };
        let first = keys(json!([row("x"), row("y"), row("x")]));
        assert_eq!(first[2], format!("{}.2", first[0]));
        // Another order, and a row that has gone: the others keep their keys.
        assert_eq!(keys(json!([row("y"), row("x")])), [first[1].clone(), first[0].clone()]);
    }

    #[test]
    fn a_column_that_is_not_there_is_told_with_those_that_are() {
        let found = || rows(json!([{ "id": 1, "mail": "a@example.com" }]));
        let error = group(found(), None, "email").unwrap_err();
        assert_eq!(error.message, "the query has no column `email` (`to` of the job)");
        assert_eq!(error.hint.unwrap(), "its columns are: id, mail");
        assert_eq!(group(found(), Some("user"), "mail").unwrap_err().code, Code::Config);
        assert_eq!(group(Vec::new(), Some("user"), "mail").unwrap(), []);
    }

    #[test]
    fn long_and_odd_values_are_hashed() {
        let long = "x".repeat(100);
        let found = rows(json!([{ "g": long, "e": "a" }, { "g": "é", "e": "a" }, { "g": "a b", "e": "a" }]));
        let groups = group(found, Some("g"), "e").unwrap();
        assert!(groups.iter().all(|group| group.key.len() == 32), "{groups:?}");
    }
}
