//! Values from the wire, as JSON.

use mysql_async::consts::{ColumnFlags, ColumnType};
use mysql_async::{Column, Value};

use crate::config::BigInt;
use crate::services::db::api::Kind;
use crate::services::db::json::{self, DateTime};

/// The character set of what is bytes and not text.
pub(super) const BINARY: u16 = 63;

/// How the values of one column come over the wire.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Wire {
    /// Numbers and other values that tell by themselves what they are.
    Plain(Kind),
    /// Text.
    Text,
    /// Digits.
    Decimal,
    /// Bits, the highest first.
    Bits,
    /// Bytes.
    Bytes,
    /// A JSON document.
    Document,
    /// A date without a time of day.
    Date,
    /// NULL, whatever the row.
    Null,
}

impl Wire {
    /// Tells it for a column; `document` says that it holds JSON.
    pub(super) fn of(column: &Column, document: bool) -> Self {
        use ColumnType as T;
        let unsigned = column.flags().contains(ColumnFlags::UNSIGNED_FLAG);
        match column.column_type() {
            T::MYSQL_TYPE_NULL => Self::Null,
            T::MYSQL_TYPE_TINY if column.column_length() == 1 => Self::Plain(Kind::Bool),
            T::MYSQL_TYPE_YEAR => Self::Plain(Kind::Int),
            T::MYSQL_TYPE_TINY
            | T::MYSQL_TYPE_SHORT
            | T::MYSQL_TYPE_INT24
            | T::MYSQL_TYPE_LONG
            | T::MYSQL_TYPE_LONGLONG => Self::Plain(if unsigned { Kind::Unsigned } else { Kind::Int }),
            T::MYSQL_TYPE_FLOAT | T::MYSQL_TYPE_DOUBLE => Self::Plain(Kind::Float),
            T::MYSQL_TYPE_TIMESTAMP
            | T::MYSQL_TYPE_TIMESTAMP2
            | T::MYSQL_TYPE_DATETIME
            | T::MYSQL_TYPE_DATETIME2 => Self::Plain(Kind::DateTime),
            T::MYSQL_TYPE_TIME | T::MYSQL_TYPE_TIME2 => Self::Plain(Kind::Time),
            T::MYSQL_TYPE_DATE | T::MYSQL_TYPE_NEWDATE => Self::Date,
            T::MYSQL_TYPE_DECIMAL | T::MYSQL_TYPE_NEWDECIMAL => Self::Decimal,
            T::MYSQL_TYPE_BIT => Self::Bits,
            T::MYSQL_TYPE_JSON => Self::Document,
            _ if document => Self::Document,
            _ if column.character_set() == BINARY => Self::Bytes,
            _ => Self::Text,
        }
    }

    /// Returns what kind of value the column holds.
    pub(super) fn kind(self) -> Option<Kind> {
        match self {
            Self::Plain(kind) => Some(kind),
            Self::Text => Some(Kind::Text),
            Self::Decimal => Some(Kind::Decimal),
            Self::Bits => Some(Kind::Bit),
            Self::Bytes => Some(Kind::Blob),
            Self::Document => Some(Kind::Json),
            Self::Date => Some(Kind::Date),
            Self::Null => None,
        }
    }

    /// Appends a value.
    pub(super) fn write(self, value: &Value, bigint: BigInt, out: &mut Vec<u8>) {
        match value {
            Value::NULL => json::null(out),
            Value::Int(value) => json::int(out, *value, bigint),
            Value::UInt(value) => json::unsigned(out, *value, bigint),
            Value::Float(value) => json::float(out, *value),
            Value::Double(value) => json::double(out, *value),
            Value::Date(year, month, day, ..) if self == Self::Date => json::date(out, (*year, *month, *day)),
            Value::Date(year, month, day, hour, minute, second, micros) => {
                let (date, time) = ((*year, *month, *day), (*hour, *minute, *second));
                json::date_time(out, DateTime { date, time, micros: *micros });
            }
            Value::Time(negative, days, hours, minute, second, micros) => {
                let hours = days.saturating_mul(24).saturating_add(u32::from(*hours));
                json::time(out, *negative, (hours, *minute, *second), *micros);
            }
            Value::Bytes(bytes) => self.write_bytes(bytes, bigint, out),
        }
    }

    fn write_bytes(self, bytes: &[u8], bigint: BigInt, out: &mut Vec<u8>) {
        match (self, std::str::from_utf8(bytes)) {
            (Self::Bits, _) if bytes.len() <= 8 => {
                let bits = bytes.iter().fold(0, |bits: u64, byte| bits << 8 | u64::from(*byte));
                json::unsigned(out, bits, bigint);
            }
            (Self::Decimal, Ok(digits)) => json::decimal(out, digits, bigint),
            (Self::Document, Ok(document)) => json::document(out, document),
            (Self::Bytes | Self::Bits, _) | (_, Err(_)) => json::base64(out, bytes),
            (_, Ok(text)) => json::text(out, text),
        }
    }
}
