//! One filter of a list: `status_id=2`, `date_end[lte]=2026-12-31`.

use super::super::super::compile::{ListColumn, ListForm, ValueFrom};
use super::super::super::input::from_text;
use super::super::super::words::{self as said, Lang};
use super::super::draft::Filled;
use super::words;
use crate::error::Error;
use crate::services::db::api::{Kind, Value};
use crate::sql::{Compare, Condition};

/// What can stand in the brackets.
pub(super) const OPERATORS: &[&str] = &["eq", "ne", "lt", "lte", "gt", "gte", "in", "like", "null"];
/// Values of one `in` at most.
const MOST_VALUES: usize = 100;

/// Why a filter is not one.
pub(super) enum NoFilter {
    /// It is refused, whatever its value.
    Refused(Error),
    /// Its value is wrong; the sentence is for its field.
    Value(String),
}

/// Splits `column[operator]`; without brackets it is `eq`.
pub(super) fn split(name: &str) -> (&str, &str) {
    match name.strip_suffix(']').and_then(|name| name.split_once('[')) {
        Some((column, operator)) => (column, operator),
        None => (name, "eq"),
    }
}

/// Reads one filter, and adds its values to `filled`.
pub(super) fn read<'a>(
    form: &'a ListForm,
    column: usize,
    operator: &str,
    text: &str,
    filled: &mut Vec<Filled<'a>>,
    lang: Lang,
) -> Result<Condition, NoFilter> {
    let known = &form.columns[column];
    if !OPERATORS.contains(&operator) {
        return Err(NoFilter::Refused(words::no_operator(lang, &known.name, operator)));
    }
    if let Some(why) = known.no_filter {
        return Err(NoFilter::Refused(words::not_filtered(lang, &known.name, why)));
    }
    let mut push = |value: Value| {
        filled.push(Filled { name: &known.name, kind: known.kind, from: Some(ValueFrom::Query), value });
    };
    let is = |compare| Condition::Is(column, compare);
    let compare = match operator {
        "null" => {
            return match text {
                "true" => Ok(Condition::Null(column)),
                "false" => Ok(Condition::NotNull(column)),
                _ => Err(NoFilter::Value(words::true_or_false(lang).to_owned())),
            };
        }
        "in" => {
            let texts = values(text);
            if MOST_VALUES < texts.len() {
                return Err(NoFilter::Value(words::too_many_values(lang, MOST_VALUES)));
            }
            for text in &texts {
                push(typed(known, text, lang)?);
            }
            return Ok(Condition::OneOf(column, texts.len()));
        }
        "like" if known.kind != Kind::Text => {
            return Err(NoFilter::Value(words::no_pattern(lang).to_owned()));
        }
        "like" => {
            push(typed(known, text, lang)?);
            return Ok(Condition::Like(column));
        }
        "ne" => Compare::Unequal,
        "lt" => Compare::Less,
        "lte" => Compare::AtMost,
        "gt" => Compare::Greater,
        "gte" => Compare::AtLeast,
        _ => Compare::Equal,
    };
    push(typed(known, text, lang)?);
    // What is null is not equal to anything: each row passes either `eq` or `ne`.
    if compare == Compare::Unequal && known.nullable {
        return Ok(Condition::Any(vec![is(compare), Condition::Null(column)]));
    }
    Ok(is(compare))
}

/// Reads a value by the type of its column.
fn typed(column: &ListColumn, text: &str, lang: Lang) -> Result<Value, NoFilter> {
    match from_text(column.kind, text) {
        // SQLite compares the texts, of which that without a time is the smaller one.
        Ok(Value::Text(day)) if column.kind == Kind::DateTime && day.len() == 10 => {
            Ok(Value::Text(format!("{day} 00:00:00")))
        }
        Ok(value) => Ok(value),
        Err(wrong) => Err(NoFilter::Value(said::wrong(lang, &wrong))),
    }
}

/// Splits values at their commas; `\` takes a comma or itself for what it is.
fn values(text: &str) -> Vec<String> {
    let mut values = vec![String::new()];
    let mut letters = text.chars().peekable();
    while let Some(letter) = letters.next() {
        let next = letters.peek().copied().filter(|next| letter == '\\' && matches!(next, ',' | '\\'));
        let last = values.last_mut().expect("there is one from the start");
        match (letter, next) {
            (_, Some(escaped)) => {
                last.push(escaped);
                letters.next();
            }
            (',', None) => values.push(String::new()),
            (letter, None) => last.push(letter),
        }
    }
    values
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_values_are_split() {
        for (name, expected) in [
            ("a", ("a", "eq")),
            ("a[lte]", ("a", "lte")),
            ("a[b[c]]", ("a", "b[c]")),
            ("a[", ("a[", "eq")),
            ("a]", ("a]", "eq")),
            ("[eq]", ("", "eq")),
            ("a[]", ("a", "")),
        ] {
            assert_eq!(split(name), expected, "{name}");
        }
        for (text, expected) in [
            ("", &[""][..]),
            ("1,2", &["1", "2"]),
            (r"a\,b,c\\,\d,", &["a,b", r"c\", r"\d", ""]),
            (r"a\", &[r"a\"]),
        ] {
            assert_eq!(values(text), expected, "{text}");
        }
    }
}
