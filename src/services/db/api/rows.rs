//! Replies that carry rows: JSON bytes, written once from the database's wire and passed on as they are.

use bytes::Bytes;
use serde::Deserialize;
use serde_json::value::RawValue;

use crate::error::{Code, Error, Result};
use crate::ipc::Reply;

/// The reply to a query: the rows, and whether there were more.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rows {
    /// Whether the limit cut off further rows.
    pub more: bool,
    /// A JSON array with one object a row, keys in the order of the columns.
    pub rows: Bytes,
}

// The small field stands first, so that the rows are found without a scan of them.
const ROWS: &[u8] = b"{\"more\":false,\"rows\":";
const MORE_ROWS: &[u8] = b"{\"more\":true,\"rows\":";

impl Reply for Rows {
    fn encode(&self, out: &mut Vec<u8>) -> Result<()> {
        out.reserve(ROWS.len() + self.rows.len() + 1);
        out.extend_from_slice(if self.more { MORE_ROWS } else { ROWS });
        out.extend_from_slice(&self.rows);
        out.push(b'}');
        Ok(())
    }

    fn decode(json: Bytes) -> Result<Self> {
        #[derive(Deserialize)]
        struct Wire<'a> {
            #[serde(default)]
            more: bool,
            #[serde(borrow)]
            rows: &'a RawValue,
        }
        for (head, more) in [(ROWS, false), (MORE_ROWS, true)] {
            if let Some(rows) = json.strip_prefix(head).and_then(|rest| rest.strip_suffix(b"}")) {
                return Ok(Self { more, rows: json.slice_ref(rows) });
            }
        }
        let wire: Wire<'_> = serde_json::from_slice(&json).map_err(not_understood)?;
        Ok(Self { more: wire.more, rows: json.slice_ref(wire.rows.get().as_bytes()) })
    }
}

/// The reply to a query for one row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Row {
    /// A JSON object, keys in the order of the columns; `None` when the statement found nothing.
    pub row: Option<Bytes>,
}

const ROW: &[u8] = b"{\"row\":";

impl Reply for Row {
    fn encode(&self, out: &mut Vec<u8>) -> Result<()> {
        out.extend_from_slice(ROW);
        out.extend_from_slice(self.row.as_deref().unwrap_or(b"null"));
        out.push(b'}');
        Ok(())
    }

    fn decode(json: Bytes) -> Result<Self> {
        #[derive(Deserialize)]
        struct Wire<'a> {
            #[serde(borrow)]
            row: &'a RawValue,
        }
        let cut = json.strip_prefix(ROW).and_then(|rest| rest.strip_suffix(b"}"));
        let row = match cut {
            Some(row) => row,
            None => serde_json::from_slice::<Wire<'_>>(&json).map_err(not_understood)?.row.get().as_bytes(),
        };
        Ok(Self { row: (row != b"null").then(|| json.slice_ref(row)) })
    }
}

fn not_understood(cause: serde_json::Error) -> Error {
    Error::new(Code::Internal, "sogoms-db answered something that is not understood here").caused_by(cause)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_are_read_from_our_spelling_and_from_any_other() {
        for text in [r#"{"more":true,"rows":[{"a":1}]}"#, r#"{ "rows": [{"a":1}], "more": true, "took": 1 }"#]
        {
            let rows = Rows::decode(Bytes::from_static(text.as_bytes())).unwrap();
            assert_eq!(rows, Rows { more: true, rows: Bytes::from_static(br#"[{"a":1}]"#) });
        }
        assert_eq!(Row::decode(Bytes::from_static(b"{\"row\":null}")).unwrap().row, None);
        assert_eq!(Row::decode(Bytes::from_static(b"{ \"row\": {} }")).unwrap().row.unwrap(), "{}");
    }
}
