//! Which resource and verb a method and path ask for.

use std::borrow::Cow;
use std::fmt;

use crate::error::{Code, Error};

use super::compile::{CompiledApp, CompiledResource};
use super::words::{self, Lang};

/// What a request asks for.
#[derive(Debug, Clone)]
pub enum Route<'a> {
    /// POST `auth/login`.
    Login,
    /// POST `auth/register`.
    Register,
    /// POST `auth/logout`.
    Logout,
    /// GET `auth/me`.
    Me,
    /// A verb of a resource.
    Resource(Target<'a>),
}

/// A verb of a resource, and the row it is about.
#[derive(Debug, Clone)]
pub struct Target<'a> {
    /// The resource.
    pub resource: &'a CompiledResource,
    /// What to do with it.
    pub verb: Verb,
    /// The id of the path, percent-decoded; given for all verbs about one row. Whether it is an id at all is found
    /// when the request is planned.
    pub id: Option<Cow<'a, str>>,
}

/// What can be done with a resource.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Verb {
    /// GET of many rows.
    List,
    /// GET of one row.
    Show,
    /// POST.
    Create,
    /// PUT and PATCH.
    Update,
    /// DELETE.
    Delete,
}

impl Verb {
    /// All verbs, in the order of the documentation.
    pub const ALL: [Self; 5] = [Self::List, Self::Show, Self::Create, Self::Update, Self::Delete];

    /// Returns its name, as it stands in query files.
    pub const fn name(self) -> &'static str {
        match self {
            Self::List => "list",
            Self::Show => "show",
            Self::Create => "create",
            Self::Update => "update",
            Self::Delete => "delete",
        }
    }

    /// Returns the methods that ask for it; HEAD is answered as GET is.
    pub const fn methods(self) -> &'static [&'static str] {
        match self {
            Self::List | Self::Show => &["GET", "HEAD"],
            Self::Create => &["POST"],
            Self::Update => &["PUT", "PATCH"],
            Self::Delete => &["DELETE"],
        }
    }

    /// Tells whether its path ends with the id of a row.
    pub const fn has_id(self) -> bool {
        matches!(self, Self::Show | Self::Update | Self::Delete)
    }
}

impl fmt::Display for Verb {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// Why a method and path ask for nothing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum NoRoute {
    /// Nothing has this path.
    Path,
    /// The path is there, the method is not; the value of `Allow`.
    Method {
        /// The methods there are, joined by commas.
        allow: String,
    },
}

impl NoRoute {
    /// Returns it as the error that is answered: 404 or 405. The header `Allow` is for the caller to add.
    pub fn error(&self, lang: Lang) -> Error {
        match self {
            Self::Path => Error::new(Code::NotFound, words::not_found(lang)),
            Self::Method { allow } => Error::new(Code::MethodNotAllowed, words::no_method(lang))
                .hint(words::possible_methods(lang, allow)),
        }
    }
}

/// Finds what a method and a path (without its query string, not decoded) ask for.
///
/// Paths are exact: no slash at the end, no encoded letters in names.
///
/// # Errors
/// [`NoRoute::Path`] is a 404, [`NoRoute::Method`] a 405.
pub fn find<'a>(app: &'a CompiledApp, method: &str, path: &'a str) -> Result<Route<'a>, NoRoute> {
    let rest = path.strip_prefix(app.base_path()).and_then(|rest| rest.strip_prefix('/'));
    let (name, id) = match rest.ok_or(NoRoute::Path)?.split_once('/') {
        Some((_, id)) if id.is_empty() || id.contains('/') => return Err(NoRoute::Path),
        Some((name, id)) => (name, Some(id)),
        None => (rest.unwrap_or_default(), None),
    };
    if name == "auth" {
        return sign_in(app, method, id.ok_or(NoRoute::Path)?);
    }
    let resource = app.resource(name).ok_or(NoRoute::Path)?;
    let here = || resource.verbs().filter(|verb| verb.has_id() == id.is_some());
    let Some(verb) = here().find(|verb| verb.methods().contains(&method)) else {
        return Err(no_method(here().flat_map(Verb::methods).copied()));
    };
    let id = id.map(|id| percent_decoded(id).ok_or(NoRoute::Path)).transpose()?;
    Ok(Route::Resource(Target { resource, verb, id }))
}

fn sign_in<'a>(app: &CompiledApp, method: &str, name: &str) -> Result<Route<'a>, NoRoute> {
    let (route, methods) = match name {
        "login" if app.has_sign_in() => (Route::Login, &["POST"][..]),
        "register" if app.has_register() => (Route::Register, &["POST"][..]),
        "logout" if app.has_sign_in() => (Route::Logout, &["POST"][..]),
        "me" if app.has_me() => (Route::Me, &["GET", "HEAD"][..]),
        _ => return Err(NoRoute::Path),
    };
    if methods.contains(&method) { Ok(route) } else { Err(no_method(methods.iter().copied())) }
}

/// Names the methods there are; a path without any does not exist.
fn no_method(methods: impl Iterator<Item = &'static str>) -> NoRoute {
    let methods: Vec<&str> = methods.collect();
    if methods.is_empty() { NoRoute::Path } else { NoRoute::Method { allow: methods.join(", ") } }
}

/// Undoes percent-encoding; `None` when what comes out is not UTF-8, or when a `%` is not followed by two digits.
pub(crate) fn percent_decoded(text: &str) -> Option<Cow<'_, str>> {
    if !text.contains('%') {
        return Some(Cow::Borrowed(text));
    }
    let mut bytes = text.bytes();
    let mut decoded = Vec::with_capacity(text.len());
    while let Some(byte) = bytes.next() {
        decoded.push(if byte == b'%' { hex(bytes.next()?)? << 4 | hex(bytes.next()?)? } else { byte });
    }
    String::from_utf8(decoded).ok().map(Cow::Owned)
}

fn hex(digit: u8) -> Option<u8> {
    char::from(digit).to_digit(16).and_then(|digit| u8::try_from(digit).ok())
}

#[cfg(test)]
mod tests {
    use super::super::sample::{PROJECTS, ready};
    use super::*;

    const AUTH: &str =
        "login:\n  identifier: email\n  query: SELECT id, email, password FROM users WHERE email = :email";

    #[test]
    fn paths_are_exact() {
        let statuses = "list: { query: SELECT id FROM statuses }\nunfiltered: true";
        let (app, _) = ready(&[("projects", PROJECTS), ("statuses", statuses), ("auth", AUTH)]);
        let cases = [
            ("GET", "/api/projects", "list projects"),
            ("HEAD", "/api/projects", "list projects"),
            ("POST", "/api/projects", "create projects"),
            ("GET", "/api/projects/7", "show projects 7"),
            ("PATCH", "/api/projects/a%20b", "update projects a b"),
            ("PUT", "/api/projects", "405 GET, HEAD, POST"),
            ("POST", "/api/projects/7", "405 GET, HEAD, PUT, PATCH, DELETE"),
            ("BREW", "/api/statuses", "405 GET, HEAD"),
            ("get", "/api/statuses", "405 GET, HEAD"),
            ("GET", "/api/statuses/7", "404"),
            ("GET", "/api/projects/", "404"),
            ("GET", "/api/projects/7/", "404"),
            ("GET", "/api/projects/7/tasks", "404"),
            ("GET", "/api//projects", "404"),
            ("GET", "/api/Projects", "404"),
            ("GET", "/api/p%72ojects", "404"),
            ("GET", "/api/projects/%ff", "404"),
            ("GET", "/apiprojects", "404"),
            ("GET", "/api", "404"),
            ("GET", "/", "404"),
            ("GET", "*", "404"),
            ("POST", "/api/auth/login", "Login"),
            ("POST", "/api/auth/logout", "Logout"),
            ("GET", "/api/auth/login", "405 POST"),
            ("GET", "/api/auth/me", "404"),
            ("POST", "/api/auth/register", "404"),
            ("GET", "/api/auth", "404"),
        ];
        for (method, path, expected) in cases {
            let outcome = match find(&app, method, path) {
                Ok(Route::Resource(Target { resource, verb, id })) => {
                    let id = id.map(|id| format!(" {id}")).unwrap_or_default();
                    format!("{verb} {}{id}", resource.name())
                }
                Ok(route) => format!("{route:?}"),
                Err(NoRoute::Path) => "404".to_owned(),
                Err(NoRoute::Method { allow }) => format!("405 {allow}"),
            };
            assert_eq!(outcome, expected, "{method} {path}");
        }
    }
}
