//! The languages in which people are spoken to.

/// The languages of public messages.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Lang {
    /// French, the contract's own.
    #[default]
    Fr,
    /// English.
    En,
}

impl Lang {
    /// Returns the text of this language.
    pub fn of<T>(self, fr: T, en: T) -> T {
        match self {
            Self::Fr => fr,
            Self::En => en,
        }
    }
}
