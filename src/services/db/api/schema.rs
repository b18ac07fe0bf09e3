//! The description of a database, as `introspect` answers it.

use serde::{Deserialize, Serialize};

/// The tables of one database.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Schema {
    /// `mariadb` or `sqlite`.
    pub engine: String,
    /// Version of the database server or library.
    pub version: String,
    /// The tables and views, by name.
    pub tables: Vec<Table>,
}

impl Schema {
    /// Returns the table of this name, if there is one.
    pub fn table(&self, name: &str) -> Option<&Table> {
        self.tables.iter().find(|table| table.name.eq_ignore_ascii_case(name))
    }
}

/// One table or view.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Table {
    /// Its name.
    pub name: String,
    /// Whether it is a view.
    pub view: bool,
    /// How many rows the engine believes it has; exact on SQLite.
    pub rows: u64,
    /// Its columns, in order.
    pub columns: Vec<Column>,
    /// Columns of the primary key, in order; empty without one.
    pub primary: Vec<String>,
    /// Its indexes, the primary key aside.
    pub indexes: Vec<Index>,
    /// Its foreign keys.
    pub foreign: Vec<Foreign>,
}

impl Table {
    /// Returns the column of this name, if there is one; case does not count, as in SQL.
    pub fn column(&self, name: &str) -> Option<&Column> {
        self.columns.iter().find(|column| column.name.eq_ignore_ascii_case(name))
    }
}

/// One column.
#[expect(clippy::struct_excessive_bools, reason = "each is a fact of its own, as the database tells it")]
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Column {
    /// Its name.
    pub name: String,
    /// The type as the engine spells it: `varchar(255)`, `int(10) unsigned`.
    #[serde(rename = "type")]
    pub sql_type: String,
    /// What kind of value it holds.
    pub kind: Kind,
    /// Whether it may be NULL.
    pub nullable: bool,
    /// Whether a row may leave it out: it has a default, counts up by itself or may be NULL.
    pub optional: bool,
    /// Whether it counts up by itself.
    pub auto: bool,
    /// Whether the database computes it.
    pub generated: bool,
    /// The longest text in characters, or binary in bytes, where the type has a limit.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max_length: Option<u64>,
}

/// What kind of value a column holds: decides how input is checked and bound.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// A whole number.
    Int,
    /// A whole number from 0 on.
    Unsigned,
    /// TINYINT(1), BOOLEAN: a small whole number, for which `true` and `false` are accepted as well.
    Bool,
    /// Digits kept exactly.
    Decimal,
    /// FLOAT, DOUBLE.
    Float,
    /// Text of any kind, ENUM and SET included.
    Text,
    /// `YYYY-MM-DD`.
    Date,
    /// `YYYY-MM-DDTHH:MM:SS[.ffffff]`.
    #[serde(rename = "datetime")]
    DateTime,
    /// `[-]HHH:MM:SS[.ffffff]`.
    Time,
    /// A JSON document.
    Json,
    /// Bytes, as base64.
    Blob,
    /// BIT(n), as a number.
    Bit,
}

/// One index.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Index {
    /// Its name.
    pub name: String,
    /// Whether it allows each value once.
    pub unique: bool,
    /// Its columns, in order.
    pub columns: Vec<String>,
}

/// One foreign key.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Foreign {
    /// The columns here.
    pub columns: Vec<String>,
    /// The table they point at.
    pub table: String,
    /// The columns there.
    pub references: Vec<String>,
}

/// Returns the description of one small table, for the documentation.
pub(super) fn example() -> Schema {
    let column = |name: &str, sql_type: &str, kind, auto| Column {
        name: name.to_owned(),
        sql_type: sql_type.to_owned(),
        kind,
        nullable: false,
        optional: auto,
        auto,
        generated: false,
        max_length: (kind == Kind::Text).then_some(120),
    };
    Schema {
        engine: "mariadb".to_owned(),
        version: "10.11.14-MariaDB".to_owned(),
        tables: vec![Table {
            name: "projects".to_owned(),
            view: false,
            rows: 42,
            columns: vec![
                column("id", "int(11)", Kind::Int, true),
                column("user_id", "int(11)", Kind::Int, false),
                column("name", "varchar(120)", Kind::Text, false),
            ],
            primary: vec!["id".to_owned()],
            indexes: vec![Index {
                name: "projects_user".to_owned(),
                unique: false,
                columns: vec!["user_id".to_owned()],
            }],
            foreign: vec![Foreign {
                columns: vec!["user_id".to_owned()],
                table: "users".to_owned(),
                references: vec!["id".to_owned()],
            }],
        }],
    }
}
