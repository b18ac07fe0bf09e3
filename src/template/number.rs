//! Numbers with their digits.

use std::cmp::Ordering;
use std::fmt;

/// A number as it was written: what a DECIMAL column holds is printed with all its digits.
#[derive(Debug, Clone)]
pub struct Number(String);

impl Number {
    /// Takes the text of a JSON number.
    pub(super) fn of_json(text: &str) -> Self {
        match text.parse::<f64>() {
            // Nobody wants to read 1e+06 in a mail.
            Ok(float) if text.contains(['e', 'E']) => Self::of_float(float),
            _ => Self(text.to_owned()),
        }
    }

    /// Takes a float; printed without an exponent and with no more digits than it needs.
    pub(super) fn of_float(float: f64) -> Self {
        Self(float.to_string())
    }

    /// Takes a whole number.
    pub(super) fn of_integer(integer: i128) -> Self {
        Self(integer.to_string())
    }

    /// Returns it as a whole number, if it is one: `3` and `3.00` are.
    pub(super) fn integer(&self) -> Option<i128> {
        let whole = match self.0.split_once('.') {
            Some((whole, rest)) if rest.bytes().all(|digit| digit == b'0') => whole,
            Some(_) => return None,
            None => &self.0,
        };
        whole.parse().ok()
    }

    /// Returns the float that is nearest to it.
    pub(super) fn float(&self) -> f64 {
        self.0.parse().unwrap_or(f64::NAN)
    }

    pub(super) fn is_zero(&self) -> bool {
        self.float() == 0.0
    }

    /// Compares the values, not the digits: 1 is 1.0.
    pub(super) fn compare(&self, other: &Self) -> Ordering {
        match (self.integer(), other.integer()) {
            (Some(a), Some(b)) => a.cmp(&b),
            _ => self.float().total_cmp(&other.float()),
        }
    }
}

impl PartialEq for Number {
    fn eq(&self, other: &Self) -> bool {
        self.compare(other) == Ordering::Equal
    }
}

impl fmt::Display for Number {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}
