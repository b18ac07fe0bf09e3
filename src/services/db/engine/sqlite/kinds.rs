//! What kind of value a column holds, by the type it was declared with.

use crate::services::db::api::Kind;

/// A declared type, read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Declared {
    /// What kind of value it holds.
    pub(super) kind: Kind,
    /// The numbers in its parentheses: length, or precision and scale.
    pub(super) sizes: (Option<u64>, Option<u64>),
}

/// Reads a declared type, as MariaDB spells types; an unknown one holds text.
pub(super) fn declared(text: &str) -> Declared {
    let upper = text.to_ascii_uppercase();
    let (name, rest) = upper.split_once('(').unwrap_or((&upper, ""));
    let mut sizes =
        rest.split(')').next().unwrap_or_default().split(',').map(|size| size.trim().parse().ok());
    let sizes = (sizes.next().flatten(), sizes.next().flatten());
    let is = |words: &[&str]| words.iter().any(|word| name.contains(word));
    let kind = match () {
        () if is(&["BOOL"]) || (name.trim() == "TINYINT" && sizes.0 == Some(1)) => Kind::Bool,
        () if is(&["INT", "YEAR"]) && upper.contains("UNSIGNED") => Kind::Unsigned,
        () if is(&["INT", "YEAR"]) => Kind::Int,
        () if is(&["DECIMAL", "NUMERIC"]) => Kind::Decimal,
        () if is(&["REAL", "FLOA", "DOUB"]) => Kind::Float,
        () if is(&["DATETIME", "TIMESTAMP"]) => Kind::DateTime,
        () if is(&["DATE"]) => Kind::Date,
        () if is(&["TIME"]) => Kind::Time,
        () if is(&["JSON"]) => Kind::Json,
        () if is(&["BLOB", "BINARY"]) => Kind::Blob,
        () if is(&["BIT"]) => Kind::Bit,
        () => Kind::Text,
    };
    Declared { kind, sizes }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn types_are_read_as_mariadb_spells_them() {
        let cases = [
            ("INTEGER", Kind::Int, (None, None)),
            ("int(10) unsigned", Kind::Unsigned, (Some(10), None)),
            ("TINYINT(1)", Kind::Bool, (Some(1), None)),
            ("tinyint(4)", Kind::Int, (Some(4), None)),
            ("BOOLEAN", Kind::Bool, (None, None)),
            ("DECIMAL(10, 2)", Kind::Decimal, (Some(10), Some(2))),
            ("DOUBLE PRECISION", Kind::Float, (None, None)),
            ("VARCHAR(255)", Kind::Text, (Some(255), None)),
            ("TEXT", Kind::Text, (None, None)),
            ("DATE", Kind::Date, (None, None)),
            ("DATETIME(6)", Kind::DateTime, (Some(6), None)),
            ("timestamp", Kind::DateTime, (None, None)),
            ("TIME", Kind::Time, (None, None)),
            ("JSON", Kind::Json, (None, None)),
            ("VARBINARY(16)", Kind::Blob, (Some(16), None)),
            ("BIT(8)", Kind::Bit, (Some(8), None)),
            ("ENUM('a','b')", Kind::Text, (None, None)),
        ];
        for (text, kind, sizes) in cases {
            assert_eq!(declared(text), Declared { kind, sizes }, "{text}");
        }
    }
}
