//! A write that can be repeated and cannot be lost.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::{Args, Statement};

/// Runs one INSERT, UPDATE or DELETE in a transaction, if everything that it depends on holds.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Write {
    /// The app whose database it is.
    pub app_id: String,
    /// One INSERT, UPDATE or DELETE, with `?` or `:name` placeholders.
    pub query: String,
    /// The values of the placeholders.
    #[serde(default, skip_serializing_if = "Args::is_empty")]
    pub args: Args,
    /// The user for whom it is written, if for one: that user's next reads come from the primary.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub user_id: Option<i64>,
    /// Statements that read, each of which must find a row.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub references: Vec<Reference>,
    /// What the row must look like before it is written.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub if_match: Option<IfMatch>,
    /// The name under which the answer is kept.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub key: Option<IdempotencyKey>,
}

/// A row that must exist.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Reference {
    /// The field that points at it, to be named when it does not exist.
    pub field: String,
    /// One statement that reads.
    pub query: String,
    /// The values of the placeholders.
    #[serde(default, skip_serializing_if = "Args::is_empty")]
    pub args: Args,
}

/// What a row must look like before it is written.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct IfMatch {
    /// Finds and locks the row that is written; on MariaDB it ends with FOR UPDATE. When it finds none, nothing is
    /// written and `affected_rows` is 0.
    pub row: Statement,
    /// Shows the row as its writer sees it.
    pub show: Statement,
    /// The tags of [`row_tag`], one of which the shown row must have; without one any row will do.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub tags: Vec<String>,
}

/// The name under which the answer to a write is kept, so that a repetition gets it without writing again.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct IdempotencyKey {
    /// The user whose key it is.
    pub user_id: i64,
    /// What was asked for, such as `POST tasks`; up to 300 ASCII characters. The same key elsewhere is another one.
    pub route: String,
    /// The key, 1 to 255 visible ASCII characters.
    pub key: String,
    /// A tag of the whole request, made by [`row_tag`]: the same key with another one is refused.
    pub request: String,
}

/// The reply to [`Write`]; the keys that do not apply are absent.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Written {
    /// The id of a new row; 0 when the table counts none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub insert_id: Option<u64>,
    /// How many rows were found or removed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub affected_rows: Option<u64>,
    /// The tag of the row as `if_match.show` shows it after an update.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tag: Option<String>,
    /// Whether this is the answer to an earlier request, and nothing was written now.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub repeated: bool,
}

/// Returns a short name of these bytes: 22 characters of base64url, different for different bytes.
///
/// ```
/// use sogo::services::db::api::row_tag;
/// assert_eq!(row_tag(br#"{"id":1}"#), "A3ySFO73TMOIfzpPCFtOFw");
/// ```
pub fn row_tag(bytes: &[u8]) -> String {
    /// Of SHA-256; nobody gains by two rows of one tag, so the half of it is plenty.
    const BYTES: usize = 16;
    URL_SAFE_NO_PAD.encode(&Sha256::digest(bytes)[..BYTES])
}
