//! The columns a body may give, with what their values must be.

use crate::config::{At, Problem, Sourced};
use crate::services::db::api::{Column, Kind, Table};
use crate::sql::{Dialect, Identifier};

use super::compiler::{Compiler, with_suggestion};

/// A column that a body may give.
#[derive(Debug, Clone)]
pub(crate) struct Field {
    /// Its name, as the file spells it.
    pub(crate) name: String,
    /// The name in quotes.
    pub(crate) quoted: String,
    /// What kind of value it takes.
    pub(crate) kind: Kind,
    /// Whether it takes null.
    pub(crate) nullable: bool,
    /// Whether a new row needs a value for it.
    pub(crate) required: bool,
    /// The longest text in characters, or binary in bytes.
    pub(crate) max_length: Option<u64>,
    /// The least and the greatest whole number, for the kinds that are whole numbers.
    pub(crate) range: (i128, i128),
    /// Digits after the point of a decimal that its engine keeps as a floating-point number; `None` where all digits of
    /// numbers are kept.
    pub(crate) floating_scale: Option<usize>,
    /// The texts it takes, when they are listed (ENUM); else empty.
    pub(crate) choices: Vec<String>,
}

impl Field {
    /// Describes a column of the database.
    pub(super) fn of(column: &Column, name: &Identifier, required: bool, dialect: Dialect) -> Self {
        Self {
            name: name.as_str().to_owned(),
            quoted: name.quoted(),
            kind: column.kind,
            nullable: column.nullable,
            required,
            max_length: column.max_length,
            range: range(column, dialect),
            floating_scale: floating_scale(column, dialect),
            choices: choices(&column.sql_type),
        }
    }

    /// Returns what stands for its value in a statement: bytes travel as hexadecimal digits.
    pub(crate) fn mark(&self) -> &'static str {
        if self.kind == Kind::Blob { "UNHEX(?)" } else { "?" }
    }
}

impl Compiler<'_> {
    /// Looks up the columns that a section lists; problems are told for all of them.
    ///
    /// `required` are those that a new row must be given; `None` when no row is made.
    ///
    /// While only the files are looked at, the names are checked and the result is empty.
    pub(super) fn fields(
        &mut self,
        table: Option<&Table>,
        names: &[Sourced<String>],
        required: Option<&[Sourced<String>]>,
    ) -> Option<Vec<Field>> {
        let fields: Vec<Option<Field>> = names
            .iter()
            .map(|name| {
                let identifier = self.identifier(name)?;
                let Some(table) = table else { return Some(None) };
                let column = self.column_of(table, &identifier, &name.at)?;
                let is_required = required.is_some_and(|required| {
                    let has_no_other = !column.optional && !column.nullable;
                    has_no_other || required.iter().any(|required| required.value == name.value)
                });
                Some(Some(Field::of(column, &identifier, is_required, self.dialect)))
            })
            // All names are looked at before the first failure counts.
            .collect::<Vec<_>>()
            .into_iter()
            .collect::<Option<_>>()?;
        Some(fields.into_iter().flatten().collect())
    }

    /// Finds a column that can be written, noting when there is none.
    fn column_of<'t>(&mut self, table: &'t Table, name: &Identifier, at: &At) -> Option<&'t Column> {
        let name = name.as_str();
        let problem = match table.column(name) {
            None => {
                let problem =
                    Problem::error(at, format!("the table `{}` has no column `{name}`", table.name));
                with_suggestion(problem, name, table.columns.iter().map(|column| column.name.as_str()))
            }
            Some(column) if column.generated => {
                Problem::error(at, format!("the database computes `{name}` itself"))
                    .hint("leave it out of `fields`")
            }
            Some(column) => return Some(column),
        };
        self.report(problem);
        None
    }
}

/// Returns the whole numbers a column holds.
fn range(column: &Column, dialect: Dialect) -> (i128, i128) {
    let sql_type = column.sql_type.to_ascii_lowercase();
    let unsigned = column.kind == Kind::Unsigned || sql_type.contains("unsigned");
    // SQLite has one integer, of 64 bits, whatever the column is declared as.
    let bits = match sql_type.split(|c: char| !c.is_ascii_alphanumeric()).next() {
        _ if dialect == Dialect::Sqlite => 64,
        Some("tinyint" | "bool" | "boolean") => 8,
        Some("smallint" | "year") => 16,
        Some("mediumint") => 24,
        Some("int" | "integer") => 32,
        Some("bit") => {
            let digits: String = sql_type.chars().filter(char::is_ascii_digit).collect();
            return (0, (1 << digits.parse::<u32>().unwrap_or(1).min(64)) - 1);
        }
        _ => 64,
    };
    match (unsigned, dialect) {
        (true, Dialect::MariaDb) => (0, (1 << bits) - 1),
        (true, Dialect::Sqlite) => (0, i128::from(i64::MAX)),
        (false, _) => (-(1 << (bits - 1)), (1 << (bits - 1)) - 1),
    }
}

/// Returns the digits after the point of `DECIMAL(10,2)` on SQLite, which keeps it as a floating-point number; as many
/// as are written where the type does not tell.
fn floating_scale(column: &Column, dialect: Dialect) -> Option<usize> {
    if (column.kind, dialect) != (Kind::Decimal, Dialect::Sqlite) {
        return None;
    }
    let told = column.sql_type.split_once('(').and_then(|(_, rest)| rest.strip_suffix(')'));
    let scale = told.map(|told| told.split_once(',').map_or(Ok(0), |(_, scale)| scale.trim().parse()));
    Some(scale.and_then(Result::ok).unwrap_or(usize::MAX))
}

/// Returns the texts of `enum('a','b')`, quotes undone; empty for any other type.
fn choices(sql_type: &str) -> Vec<String> {
    let is_enum = sql_type.get(..5).is_some_and(|head| head.eq_ignore_ascii_case("enum("));
    let Some(list) = sql_type.get(5..).filter(|_| is_enum).and_then(|rest| rest.strip_suffix(')')) else {
        return Vec::new();
    };
    let Some(inside) = list.strip_prefix('\'').and_then(|rest| rest.strip_suffix('\'')) else {
        return Vec::new();
    };
    inside.split("','").map(|choice| choice.replace("''", "'")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn column(sql_type: &str, kind: Kind) -> Column {
        Column {
            name: "c".to_owned(),
            sql_type: sql_type.to_owned(),
            kind,
            nullable: false,
            optional: false,
            auto: false,
            generated: false,
            max_length: None,
        }
    }

    #[test]
    fn the_type_of_a_column_tells_its_range() {
        let cases = [
            ("tinyint(1)", Kind::Bool, (-128, 127)),
            ("tinyint(3) unsigned", Kind::Unsigned, (0, 255)),
            ("smallint(6)", Kind::Int, (-32768, 32767)),
            ("mediumint(8) unsigned", Kind::Unsigned, (0, 16_777_215)),
            ("int(10) unsigned", Kind::Unsigned, (0, 4_294_967_295)),
            ("int(11)", Kind::Int, (-2_147_483_648, 2_147_483_647)),
            ("bigint(20)", Kind::Int, (i128::from(i64::MIN), i128::from(i64::MAX))),
            ("bigint(20) unsigned", Kind::Unsigned, (0, i128::from(u64::MAX))),
            ("bit(3)", Kind::Bit, (0, 7)),
            ("bit(64)", Kind::Bit, (0, i128::from(u64::MAX))),
        ];
        for (sql_type, kind, expected) in cases {
            assert_eq!(range(&column(sql_type, kind), Dialect::MariaDb), expected, "{sql_type}");
        }
        let (least, greatest) = range(&column("INT", Kind::Int), Dialect::Sqlite);
        assert_eq!((least, greatest), (i128::from(i64::MIN), i128::from(i64::MAX)));
    }

    #[test]
    fn a_decimal_of_sqlite_is_a_floating_point_number() {
        for (sql_type, scale) in
            [("DECIMAL(10,2)", 2), ("decimal(10, 4)", 4), ("NUMERIC(5)", 0), ("DECIMAL", usize::MAX)]
        {
            let column = column(sql_type, Kind::Decimal);
            assert_eq!(floating_scale(&column, Dialect::Sqlite), Some(scale), "{sql_type}");
            assert_eq!(floating_scale(&column, Dialect::MariaDb), None);
        }
        assert_eq!(floating_scale(&column("REAL", Kind::Float), Dialect::Sqlite), None);
    }

    #[test]
    fn an_enum_tells_its_texts() {
        assert_eq!(choices("enum('a','it''s','b,c')"), ["a", "it's", "b,c"]);
        assert!(choices("varchar(10)").is_empty());
        assert!(choices("set('a')").is_empty());
    }
}
