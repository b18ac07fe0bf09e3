//! Statements and values as the driver takes them.

use mysql_async::Params;

use crate::services::db::api::Value;

/// Returns the values as the driver takes them. Numbers that are not whole go as their digits: the server reads them
/// as the DECIMAL they are, and no float is in between.
pub(super) fn params(values: &[Value]) -> Params {
    if values.is_empty() {
        return Params::Empty;
    }
    let value = |value: &Value| match value {
        Value::Null => mysql_async::Value::NULL,
        Value::Bool(value) => mysql_async::Value::Int((*value).into()),
        Value::Int(value) => mysql_async::Value::Int(*value),
        Value::UInt(value) => mysql_async::Value::UInt(*value),
        Value::Number(text) | Value::Text(text) => mysql_async::Value::Bytes(text.clone().into_bytes()),
    };
    Params::Positional(values.iter().map(value).collect())
}

/// Keeps the driver's own search for named placeholders from reading a literal as a name.
///
/// It skips the character behind `/` and `-`, so in `a/':b'` it does not see that a literal begins. A blank helps.
pub(super) fn readable(sql: &str) -> String {
    if !sql.contains(':') {
        return sql.to_owned();
    }
    let mut out = String::with_capacity(sql.len() + 8);
    let mut quote = None;
    let mut escaped = false;
    for letter in sql.chars() {
        out.push(letter);
        match quote {
            Some(_) if escaped => escaped = false,
            Some(open) if letter == '\\' && open != '`' => escaped = true,
            Some(open) if letter == open => quote = None,
            None if matches!(letter, '\'' | '"' | '`') => quote = Some(letter),
            None if matches!(letter, '/' | '-') => out.push(' '),
            Some(_) | None => {}
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_literal_behind_a_sign_stays_a_literal() {
        let cases = [
            ("SELECT a/'x'", "SELECT a/'x'"),
            ("SELECT a/':b', -\":c\", '\\' -:d/:e', `-:f`", "SELECT a/ ':b', - \":c\", '\\' -:d/:e', `-:f`"),
            ("SELECT 'it''s -:x', a-?", "SELECT 'it''s -:x', a- ?"),
        ];
        for (sql, expected) in cases {
            assert_eq!(readable(sql), expected);
        }
    }
}
