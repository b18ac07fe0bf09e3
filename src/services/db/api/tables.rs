//! Tables of ours in an app's database.

use serde::{Deserialize, Serialize};

/// Makes the tables that we need in an app's database, those that are missing; no other statement can be sent this way.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PrepareTables {
    /// The app whose database it is.
    pub app_id: String,
    /// Tell what there is and what would be made, and make nothing.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub dry_run: bool,
}

/// The reply to [`PrepareTables`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OwnTables {
    /// Every table of ours.
    pub tables: Vec<OwnTable>,
}

/// One table of ours.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OwnTable {
    /// Its name.
    pub name: String,
    /// What needs it.
    pub purpose: String,
    /// How it is with it.
    pub state: TableState,
    /// The statements that make it on this engine.
    pub sql: String,
}

/// How it is with a table of ours.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TableState {
    /// It is not there.
    Missing,
    /// It was there already.
    Present,
    /// It was made just now.
    Made,
}
