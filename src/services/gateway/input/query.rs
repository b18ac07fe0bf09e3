//! The query string of a request.

use std::borrow::Cow;

use super::super::routes::percent_decoded;
use super::super::words::{self, Lang};
use crate::error::{Code, Error, Result};

/// The name that browsers' libraries add against caches; it means nothing.
const CACHE_BUSTER: &str = "_";
/// Parameters at most: each is compared with each.
const MAX_PARAMETERS: usize = 200;

/// The parameters of a query string in the order they were written, no name twice.
#[derive(Debug)]
pub(crate) struct Params<'a> {
    pairs: Vec<(Cow<'a, str>, Cow<'a, str>)>,
}

impl<'a> Params<'a> {
    /// Takes a query string apart, without its `?`.
    ///
    /// # Errors
    /// 400 when something is not percent-encoded UTF-8, or when a name is given twice.
    pub(crate) fn parse(query: Option<&'a str>, lang: Lang) -> Result<Self> {
        let mut pairs: Vec<(Cow<'a, str>, Cow<'a, str>)> = Vec::new();
        for part in query.unwrap_or_default().split('&').filter(|part| !part.is_empty()) {
            let (name, value) = part.split_once('=').unwrap_or((part, ""));
            let (Some(name), Some(value)) = (decoded(name), decoded(value)) else {
                return Err(Error::new(Code::BadRequest, words::not_decoded(lang)));
            };
            if name == CACHE_BUSTER {
                continue;
            }
            if pairs.iter().any(|(known, _)| *known == name) {
                return Err(Error::new(Code::BadRequest, words::doubled_parameter(lang, &name)));
            }
            if pairs.len() == MAX_PARAMETERS {
                return Err(Error::new(Code::BadRequest, words::too_many_parameters(lang, MAX_PARAMETERS)));
            }
            pairs.push((name, value));
        }
        Ok(Self { pairs })
    }

    /// Tells whether all parameters have one of these names.
    pub(crate) fn are_among(&self, known: &[String]) -> bool {
        self.pairs.iter().all(|(name, _)| known.iter().any(|known| known == name))
    }

    /// Returns the parameters in the order they were written.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.pairs.iter().map(|(name, value)| (name.as_ref(), value.as_ref()))
    }

    /// Refuses parameters that have no meaning here; `known` are those that have.
    pub(crate) fn only(&self, known: &[String], lang: Lang) -> Result<()> {
        match self.pairs.iter().find(|(name, _)| !known.iter().any(|known| known == name)) {
            Some((name, _)) => Err(Error::new(Code::BadRequest, words::unknown_parameter(lang, name))
                .hint(words::known_parameters(lang, known))),
            None => Ok(()),
        }
    }

    /// Returns the value of a parameter.
    pub(crate) fn get(&self, name: &str) -> Option<&str> {
        self.pairs.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_ref())
    }
}

/// Undoes the encoding of forms, in which `+` is a blank.
fn decoded(text: &str) -> Option<Cow<'_, str>> {
    if text.contains('+') {
        return percent_decoded(&text.replace('+', " ")).map(|text| Cow::Owned(text.into_owned()));
    }
    percent_decoded(text)
}
