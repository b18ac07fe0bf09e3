//! Who somebody is: tokens, passwords, and how often one may try. Pure but for the salt of a new password.

pub mod password;
pub mod rate;
pub mod token;
