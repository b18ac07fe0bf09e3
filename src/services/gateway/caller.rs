//! Who asks.

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
