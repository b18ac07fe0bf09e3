//! The recipients of a bulk sending, from a file: CSV with a line of names, or JSON, an object a line.

use serde_json::{Map, Value};

use crate::error::{Code, Error, Result};
use crate::services::smtp::api::BulkRecipient;

/// Names of the column that holds the address, in any capitals.
const ADDRESS: &[&str] = &["email", "e-mail", "mail", "to", "address"];

/// Reads the recipients.
///
/// # Errors
/// [`Code::Usage`] with the line that cannot be read.
pub(super) fn read(text: &str) -> Result<Vec<BulkRecipient>> {
    let text = text.trim_start_matches('\u{feff}');
    if text.trim_start().starts_with('{') { json_lines(text) } else { csv(text) }
}

fn json_lines(text: &str) -> Result<Vec<BulkRecipient>> {
    let lines = text.lines().enumerate().filter(|(_, line)| !line.trim().is_empty());
    let read = |(index, line): (usize, &str)| {
        let wrong = |what: String| Error::new(Code::Usage, format!("line {}: {what}", index + 1));
        let mut data: Map<String, Value> =
            serde_json::from_str(line).map_err(|cause| wrong(format!("is no JSON object: {cause}")))?;
        let column = data.keys().find(|key| is_address(key)).cloned();
        let to = column.and_then(|column| data.remove(&column)).and_then(|to| to.as_str().map(str::to_owned));
        let to = to.ok_or_else(|| wrong("has no `email`".to_owned()))?;
        Ok(BulkRecipient { to, data })
    };
    lines.map(read).collect()
}

fn csv(text: &str) -> Result<Vec<BulkRecipient>> {
    let head = text.lines().next().unwrap_or_default();
    // Spreadsheets in much of Europe part the columns with semicolons.
    let separator = [';', '\t'].into_iter().find(|separator| head.contains(*separator)).unwrap_or(',');
    let mut records = records(text, separator)?.into_iter();
    let (_, names) = records.next().unwrap_or_default();
    let column = names.iter().position(|name| is_address(name.trim())).ok_or_else(|| {
        Error::new(Code::Usage, "no column of the first line is called `email`")
            .hint("the first line names the columns: `email,Name`; or give JSON, an object a line")
    })?;
    let read = |(line, cells): (usize, Vec<String>)| {
        if cells.len() != names.len() {
            let message =
                format!("line {line}: has {} columns, and the first line {}", cells.len(), names.len());
            return Err(Error::new(Code::Usage, message));
        }
        let to = cells[column].trim().to_owned();
        let own = names.iter().zip(cells).enumerate().filter(|(index, _)| *index != column);
        let data = own.map(|(_, (name, cell))| (name.trim().to_owned(), Value::from(cell))).collect();
        Ok(BulkRecipient { to, data })
    };
    records.map(read).collect()
}

fn is_address(name: &str) -> bool {
    ADDRESS.iter().any(|known| known.eq_ignore_ascii_case(name))
}

/// Takes CSV apart (RFC 4180): each record with the line on which it begins; empty lines are none.
fn records(text: &str, separator: char) -> Result<Vec<(usize, Vec<String>)>> {
    let mut records = Vec::new();
    let (mut cells, mut cell) = (Vec::new(), String::new());
    let (mut line, mut began, mut quoted) = (1, 1, false);
    let mut characters = text.chars().peekable();
    while let Some(c) = characters.next() {
        match c {
            '"' if quoted && characters.peek() == Some(&'"') => {
                characters.next();
                cell.push('"');
            }
            '"' if quoted || cell.is_empty() => quoted = !quoted,
            '\n' if !quoted => {
                end(&mut cells, &mut cell, began, &mut records);
                line += 1;
                began = line;
            }
            '\r' if !quoted && characters.peek() == Some(&'\n') => {}
            c if c == separator && !quoted => cells.push(std::mem::take(&mut cell)),
            c => {
                line += usize::from(c == '\n');
                cell.push(c);
            }
        }
    }
    if quoted {
        return Err(Error::new(Code::Usage, format!("line {began}: a quote is not closed")));
    }
    end(&mut cells, &mut cell, began, &mut records);
    Ok(records)
}

fn end(cells: &mut Vec<String>, cell: &mut String, began: usize, records: &mut Vec<(usize, Vec<String>)>) {
    cells.push(std::mem::take(cell));
    let record = std::mem::take(cells);
    if record.iter().any(|cell| !cell.trim().is_empty()) {
        records.push((began, record));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(text: &str) -> String {
        match read(text) {
            Err(error) => format!("error: {}", error.message),
            Ok(list) => {
                let one = |one: &BulkRecipient| format!("{} {}", one.to, Value::from(one.data.clone()));
                list.iter().map(one).collect::<Vec<_>>().join(" | ")
            }
        }
    }

    #[test]
    fn lists_are_read_as_spreadsheets_and_programs_write_them() {
        for (text, expected) in [
            (
                "email,Name\na@example.com,Alice\r\n\nb@example.com,Bob\n",
                r#"a@example.com {"Name":"Alice"} | b@example.com {"Name":"Bob"}"#,
            ),
            (
                "\u{feff}Name;EMAIL\n\"Doe; \"\"J\"\"\nb\";a@example.com",
                r#"a@example.com {"Name":"Doe; \"J\"\nb"}"#,
            ),
            ("to\na@example.com", "a@example.com {}"),
            (
                "{\"email\":\"a@example.com\",\"n\":1}\n\n{\"To\":\"b@example.com\"}",
                r#"a@example.com {"n":1} | b@example.com {}"#,
            ),
            ("email\n", ""),
            ("Name\nAlice", "error: no column of the first line is called `email`"),
            ("email,Name\na@example.com", "error: line 2: has 1 columns, and the first line 2"),
            ("email,Name\na@example.com,\"Al", "error: line 2: a quote is not closed"),
            ("{\"n\":1}", "error: line 1: has no `email`"),
        ] {
            assert_eq!(told(text), expected, "{text:?}");
        }
    }
}
