//! Who asks.

use crate::services::db::api::{Kind, Value};

/// The role of a user whose row names none.
pub const DEFAULT_ROLE: &str = "default";

/// The user a request is answered for, as the token says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Caller {
    /// `sub` of the token: the user's id.
    pub user_id: i64,
    /// The user's role; [`DEFAULT_ROLE`] when the users table has none.
    pub role: String,
    /// The user's e-mail address.
    pub email: String,
    /// The user's name; empty if unknown.
    pub name: String,
}

/// A placeholder whose value comes from the token, whatever the client says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum TokenValue {
    /// `:user_id`
    UserId,
    /// `:role`
    Role,
    /// `:email`
    Email,
}

impl TokenValue {
    /// Returns the token's value that a placeholder of this name stands for.
    pub(crate) fn named(name: &str) -> Option<Self> {
        match name {
            "user_id" => Some(Self::UserId),
            "role" => Some(Self::Role),
            "email" => Some(Self::Email),
            _ => None,
        }
    }

    /// Returns how it is bound where no column tells.
    pub(crate) const fn kind(self) -> Kind {
        match self {
            Self::UserId => Kind::Int,
            Self::Role | Self::Email => Kind::Text,
        }
    }

    /// Returns the caller's value, for a column of this kind: an id is text where ids are text, because MariaDB finds
    /// any word equal to 0.
    pub(crate) fn of(self, caller: &Caller, kind: Kind) -> Value {
        match self {
            Self::UserId if kind == Kind::Text => Value::Text(caller.user_id.to_string()),
            Self::UserId => Value::Int(caller.user_id),
            Self::Role => Value::Text(caller.role.clone()),
            Self::Email => Value::Text(caller.email.clone()),
        }
    }
}
