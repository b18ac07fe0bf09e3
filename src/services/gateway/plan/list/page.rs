//! The part of a list that is answered at once, and how a client is led on from it.

use std::fmt::Write as _;

use serde::Serialize;

use super::super::super::compile::ListForm;
use super::super::super::routes::percent_decoded;
use super::super::super::words::Lang;
use super::asked::Given;
use super::cursor::CursorForm;
use super::words;
use crate::error::Result;

/// Rows on a page when the client does not say.
pub(super) const PER_PAGE: u64 = 50;

/// The part of a list that is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Paging {
    /// A page, counted from 1.
    Page {
        /// Its number.
        page: u64,
        /// Rows on each.
        per_page: u64,
    },
    /// So many rows behind so many others.
    Offset {
        /// Rows to answer.
        limit: u64,
        /// Rows to leave out.
        offset: u64,
    },
    /// So many rows behind a cursor.
    After {
        /// Rows to answer.
        limit: u64,
    },
}

impl Paging {
    /// Returns the number of rows at most, and how many before them are left out.
    pub(super) fn rows(self) -> (u64, u64) {
        match self {
            Self::Page { page, per_page } => (per_page, (page - 1) * per_page),
            Self::Offset { limit, offset } => (limit, offset),
            Self::After { limit } => (limit, 0),
        }
    }
}

/// Reads which part of a list is asked for.
///
/// # Errors
/// 400 for parameters that exclude each other, and for a list that has no pages.
pub(super) fn asked_paging(given: &mut Given<'_>, form: &ListForm) -> Result<Option<Paging>> {
    let lang = given.lang();
    let names = ["page", "per_page", "limit", "offset", "after"];
    let asked: Vec<&str> = names.into_iter().filter(|name| given.get(name).is_some()).collect();
    let Some(first) = asked.first() else { return Ok(None) };
    for (one, other) in [
        ("page", "limit"),
        ("page", "offset"),
        ("page", "after"),
        ("per_page", "limit"),
        ("per_page", "offset"),
        ("offset", "after"),
    ] {
        if asked.contains(&one) && asked.contains(&other) {
            return Err(words::both(lang, one, other));
        }
    }
    if let Some(why) = form.unpaged {
        return Err(words::not_paged(lang, first, why));
    }
    let most = form.most;
    let usual = PER_PAGE.min(most);
    let by_offset = asked.contains(&"limit") || asked.contains(&"offset");
    let rows = number(given, if by_offset { "limit" } else { "per_page" }, 1, most).unwrap_or(usual);
    Ok(Some(if asked.contains(&"after") {
        Paging::After { limit: rows }
    } else if by_offset {
        let offset = number(given, "offset", 0, i64::MAX as u64).unwrap_or(0);
        Paging::Offset { limit: rows, offset }
    } else {
        let page = number(given, "page", 1, i64::MAX as u64 / rows).unwrap_or(1);
        Paging::Page { page, per_page: rows }
    }))
}

/// Reads a whole number from `least` to `most`; a wrong one is noted.
fn number(given: &mut Given<'_>, name: &str, least: u64, most: u64) -> Option<u64> {
    let text = given.get(name)?;
    let is_plain = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    let number = text.parse().ok().filter(|number| is_plain && (least..=most).contains(number));
    if number.is_none() {
        let lang = given.lang();
        let (fr, en) = (
            format!("un nombre entier de {least} à {most} est attendu"),
            format!("a whole number from {least} to {most} is expected"),
        );
        given.wrong(name, lang.of(fr, en));
    }
    number
}

/// What a list answers beside its rows: the page, whether there is more, how to go on.
#[derive(Debug, Clone)]
pub struct Page {
    pub(super) paging: Option<Paging>,
    pub(super) cursor: Option<CursorForm>,
    /// The query string without what chooses the part of the list.
    pub(super) kept: String,
    pub(super) lang: Lang,
}

/// The words for a client about a page.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PageAnswer {
    /// The JSON object `meta`.
    pub meta: String,
    /// The value of the header `Link`, if there is anywhere to go.
    pub link: Option<String>,
}

impl Page {
    /// Returns how many rows to ask for; `None` for all.
    pub fn limit(&self) -> Option<u64> {
        self.paging.map(|paging| paging.rows().0)
    }

    /// Returns what is said about the answered rows, a JSON array: `more` tells whether others follow, `count` how many
    /// there are in all. `path` is that of the request.
    ///
    /// # Errors
    /// 400 when a client that follows cursors cannot be led on: the last row's values do not fit into one.
    pub fn answer(&self, path: &str, rows: &[u8], more: bool, count: Option<u64>) -> Result<PageAnswer> {
        #[derive(Serialize, Default)]
        struct Meta {
            #[serde(skip_serializing_if = "Option::is_none")]
            page: Option<u64>,
            #[serde(skip_serializing_if = "Option::is_none")]
            per_page: Option<u64>,
            #[serde(skip_serializing_if = "Option::is_none")]
            limit: Option<u64>,
            #[serde(skip_serializing_if = "Option::is_none")]
            offset: Option<u64>,
            #[serde(skip_serializing_if = "Option::is_none")]
            more: Option<bool>,
            #[serde(skip_serializing_if = "Option::is_none")]
            after: Option<String>,
            #[serde(skip_serializing_if = "Option::is_none")]
            count: Option<u64>,
        }
        let mut meta = Meta { count, ..Meta::default() };
        let mut link = None;
        if let Some(paging) = self.paging {
            meta.more = Some(more);
            meta.after =
                if more { self.cursor.as_ref().and_then(|cursor| cursor.behind(rows)) } else { None };
            match paging {
                Paging::Page { page, per_page } => (meta.page, meta.per_page) = (Some(page), Some(per_page)),
                Paging::Offset { limit, offset } => (meta.limit, meta.offset) = (Some(limit), Some(offset)),
                Paging::After { limit } => {
                    meta.per_page = Some(limit);
                    if more && meta.after.is_none() {
                        return Err(words::no_cursor(self.lang, words::too_long_for_cursor(self.lang)));
                    }
                }
            }
            link = self.links(paging, path, more, meta.after.as_deref(), count);
        }
        let meta = serde_json::to_string(&meta).expect("numbers and texts are always JSON");
        Ok(PageAnswer { meta, link })
    }

    /// Writes the links of RFC 8288 to the pages around.
    fn links(
        &self,
        paging: Paging,
        path: &str,
        more: bool,
        after: Option<&str>,
        count: Option<u64>,
    ) -> Option<String> {
        let mut links: Vec<(&str, Option<(&str, String)>)> = Vec::new();
        match paging {
            Paging::Page { page, per_page } => {
                let to = |page: u64| Some(("page", page.to_string()));
                links.push(("first", to(1)));
                links.extend((1 < page).then(|| ("prev", to(page - 1))));
                links.extend(more.then(|| ("next", to(page + 1))));
                links.extend(count.map(|count| ("last", to(count.div_ceil(per_page).max(1)))));
            }
            Paging::Offset { limit, offset } => {
                let to = |offset: u64| Some(("offset", offset.to_string()));
                links.push(("first", to(0)));
                links.extend((0 < offset).then(|| ("prev", to(offset.saturating_sub(limit)))));
                links.extend(more.then(|| ("next", to(offset.saturating_add(limit)))));
                links.extend(count.map(|count| ("last", to(count.saturating_sub(1) / limit * limit))));
            }
            Paging::After { .. } => {
                links.push(("first", None));
                links.extend(after.map(|after| ("next", Some(("after", after.to_owned())))));
            }
        }
        let mut text = String::new();
        for (relation, to) in links {
            let separator = if text.is_empty() { "" } else { ", " };
            let mut query = self.kept.clone();
            if let Some((name, value)) = to {
                let and = if query.is_empty() { "" } else { "&" };
                let _ = write!(query, "{and}{name}={value}");
            }
            let _ = write!(text, "{separator}<{path}?{query}>; rel=\"{relation}\"");
        }
        Some(text).filter(|text| text.is_ascii())
    }
}

/// Returns a query string without the parameters that choose the part of a list; the others stay as they are written.
pub(super) fn kept(query: &str, paging: Option<Paging>) -> String {
    let mut kept = String::with_capacity(query.len() + 16);
    let mut has_size = false;
    for part in query.split('&').filter(|part| !part.is_empty()) {
        let name = percent_decoded(part.split('=').next().unwrap_or_default());
        match name.as_deref() {
            Some("page" | "offset" | "after" | "_") => continue,
            Some("per_page" | "limit") => has_size = true,
            _ => {}
        }
        if !kept.is_empty() {
            kept.push('&');
        }
        for byte in part.bytes() {
            // What has a meaning in the header, or none in an address.
            if byte.is_ascii_graphic() && !matches!(byte, b'<' | b'>' | b'"' | b'\\') {
                kept.push(byte.into());
            } else {
                let _ = write!(kept, "%{byte:02X}");
            }
        }
    }
    // Without it the first page would be the whole list.
    if let Some(Paging::After { limit }) = paging.filter(|_| !has_size) {
        let and = if kept.is_empty() { "" } else { "&" };
        let _ = write!(kept, "{and}per_page={limit}");
    }
    kept
}
