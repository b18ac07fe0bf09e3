//! The tables of a database → the query files of an app. Pure.
//!
//! Closed by default: a table becomes a resource only where a column tells whose each row is.

use std::fmt::Write as _;

use crate::services::db::api::{Column, Table};
use crate::sql::Identifier;

/// The column that tells whose a row is.
const OWNER: &str = "user_id";
/// Columns by which a user may be known, and that may hold the hash of a password; the first that is there is meant.
const IDENTIFIERS: [&str; 5] = ["email", "mail", "login", "username", "user_name"];
const PASSWORDS: [&str; 6] = ["password", "password_hash", "passwd", "pass", "pwd", "hash"];
/// Columns whose names hold one of these are not shown to anybody.
const SECRETS: [&str; 5] = ["password", "passwd", "secret", "token", "hash"];

/// What becomes of a table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Becomes {
    /// A resource with this file.
    Resource {
        /// Its name: that of the file and of the path.
        name: String,
        /// `queries/{name}.yaml`.
        yaml: String,
    },
    /// `queries/auth.yaml`: it holds the users.
    SignIn(String),
    /// Nothing, and why.
    Nothing(&'static str),
}

/// How names of columns and tables are written: bare where the database takes them so.
pub(super) type Spelling<'a> = &'a dyn Fn(&str) -> String;

/// Says what becomes of a table.
pub(super) fn becomes(table: &Table, spell: Spelling<'_>) -> Becomes {
    if table.view {
        return Becomes::Nothing("it is a view");
    }
    if let Some(users) = users(table) {
        return Becomes::SignIn(sign_in(table, &users, spell));
    }
    if table.column(OWNER).is_none() {
        return Becomes::Nothing("no column user_id tells whose a row is");
    }
    let [key] = table.primary.as_slice() else {
        return Becomes::Nothing("it has no primary key of one column");
    };
    let name = table.name.to_ascii_lowercase();
    let is_resource = name.starts_with(|c: char| c.is_ascii_lowercase())
        && name.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_');
    if !is_resource || name == "auth" {
        return Becomes::Nothing("its name can be no part of a path: a-z, 0-9 and `_`, a letter first");
    }
    if ![key.as_str(), OWNER].into_iter().all(is_column_name) {
        return Becomes::Nothing("the name of its key cannot be written into a query file");
    }
    Becomes::Resource { yaml: resource(table, key, spell), name }
}

/// The columns of a table of users.
struct Users<'t> {
    identifier: &'t str,
    password: &'t str,
}

fn users(table: &Table) -> Option<Users<'_>> {
    let first = |names: &[&str]| {
        let column = names.iter().find_map(|name| table.column(name))?;
        Some(column.name.as_str())
    };
    let is_keyed = table.primary.len() == 1 && table.primary[0].eq_ignore_ascii_case("id");
    if !is_keyed || table.column(OWNER).is_some() {
        return None;
    }
    Some(Users { identifier: first(&IDENTIFIERS)?, password: first(&PASSWORDS)? })
}

fn sign_in(table: &Table, users: &Users<'_>, spell: Spelling<'_>) -> String {
    let from = spell(&table.name);
    let identifier = spell(users.identifier);
    let shown: Vec<&str> = ["name", "role"].into_iter().filter(|name| table.column(name).is_some()).collect();
    let password = match users.password {
        "password" => "password".to_owned(),
        other => format!("{} AS password", spell(other)),
    };
    let columns = |more: &[&str]| {
        let all = ["id", users.identifier].into_iter().chain(more.iter().copied());
        all.map(spell).collect::<Vec<_>>().join(", ")
    };
    let known = columns(&shown);
    let me = columns(&shown.iter().copied().filter(|name| *name != "role").collect::<Vec<_>>());
    let mut yaml = format!(
        "# How users of the app sign in and see themselves.\n\
         login:\n  identifier: {0}\n  query: SELECT {known}, {password} FROM {from} WHERE {identifier} = :{0}\n\n",
        users.identifier
    );
    if users.password == "password" {
        let fields = ["password"].into_iter().chain(shown.iter().copied().filter(|name| *name != "role"));
        let fields = fields.collect::<Vec<_>>().join(", ");
        let _ = write!(
            yaml,
            "# Nobody may sign up as long as this is a comment; `sogo user add` makes users.\n\
             # register:\n#   table: {}\n#   fields: [{1}, {fields}]\n#   required: [{1}, password]\n\n",
            table.name, users.identifier
        );
    }
    let _ = writeln!(yaml, "me:\n  query: SELECT {me} FROM {from} WHERE id = :user_id");
    yaml
}

fn resource(table: &Table, key: &str, spell: Spelling<'_>) -> String {
    let is_secret = |name: &str| SECRETS.iter().any(|word| name.to_ascii_lowercase().contains(word));
    let usable = |column: &&Column| is_column_name(&column.name) && !is_secret(&column.name);
    let shown: Vec<&Column> = table.columns.iter().filter(usable).collect();
    let left: Vec<&str> =
        (table.columns.iter().filter(|column| !usable(column))).map(|column| column.name.as_str()).collect();
    let is_owner = |column: &Column| column.name.eq_ignore_ascii_case(OWNER);
    let select = (shown.iter().filter(|column| !is_owner(column)))
        .map(|column| spell(&column.name))
        .collect::<Vec<_>>()
        .join(", ");
    // A key that the database counts, what it computes and what it stamps are not for a body to give.
    let is_given = |column: &&&Column| {
        let is_stamp = column.optional && !column.nullable && column.name.ends_with("_at");
        !(column.auto || column.generated || is_stamp || is_owner(column))
    };
    let given: Vec<&str> = shown.iter().filter(is_given).map(|column| column.name.as_str()).collect();
    let required: Vec<&str> = (shown.iter().filter(is_given))
        .filter(|column| !column.optional && !column.nullable)
        .map(|column| column.name.as_str())
        .collect();
    let changed: Vec<&str> = given.iter().copied().filter(|name| !name.eq_ignore_ascii_case(key)).collect();
    let (from, spelled_key) = (spell(&table.name), spell(key));
    let filters = "  filters:\n    default: \"user_id = :user_id\"\n";
    let mut yaml = format!(
        "# Made from the table `{}`: every user has their own rows, and sees no others.\n",
        table.name
    );
    if !left.is_empty() {
        let _ = writeln!(yaml, "# Columns that nobody is shown: {}", left.join(", "));
    }
    let _ = writeln!(
        yaml,
        "list:\n  query: >\n    SELECT {select} FROM {from}\n{filters}  order: \"{spelled_key} ASC\"\n\n\
         show:\n  query: >\n    SELECT {select} FROM {from} WHERE {spelled_key} = :id\n{filters}\n\
         create:\n  table: {}\n  fields: [{}]",
        table.name,
        [OWNER].into_iter().chain(given).collect::<Vec<_>>().join(", ")
    );
    if !required.is_empty() {
        let _ = writeln!(yaml, "  required: [{}]", required.join(", "));
    }
    yaml.push_str(filters);
    let key_line = if key == "id" { String::new() } else { format!("  key: {key}\n") };
    if !changed.is_empty() {
        let fields = changed.join(", ");
        let _ = write!(yaml, "\nupdate:\n  table: {}\n{key_line}  fields: [{fields}]\n{filters}", table.name);
    }
    let _ = write!(yaml, "\ndelete:\n  table: {}\n{key_line}{filters}", table.name);
    yaml
}

/// Tells whether a query file can name the column.
fn is_column_name(name: &str) -> bool {
    name.is_ascii()
        && !name.starts_with(|c: char| c.is_ascii_digit())
        && !name.contains('$')
        && Identifier::new(name).is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::services::db::api::Kind;

    fn table(name: &str, columns: &[&str]) -> Table {
        let column = |name: &&str| Column {
            name: (*name).to_owned(),
            sql_type: "text".to_owned(),
            kind: Kind::Text,
            nullable: false,
            optional: *name == "id" || name.ends_with("_at"),
            auto: *name == "id",
            generated: false,
            max_length: None,
        };
        Table {
            name: name.to_owned(),
            view: false,
            rows: 0,
            columns: columns.iter().map(column).collect(),
            primary: vec!["id".to_owned()],
            indexes: Vec::new(),
            foreign: Vec::new(),
        }
    }

    #[test]
    fn only_what_belongs_to_somebody_becomes_a_resource() {
        let bare = |name: &str| name.to_owned();
        let why = |table: &Table| match becomes(table, &bare) {
            Becomes::Nothing(why) => why,
            other => panic!("{other:?}"),
        };
        assert_eq!(why(&table("statuses", &["id", "name"])), "no column user_id tells whose a row is");
        assert_eq!(why(&Table { view: true, ..table("v", &["id", "user_id"]) }), "it is a view");
        assert!(why(&Table { primary: Vec::new(), ..table("t", &["user_id"]) }).contains("primary key"));
        assert!(why(&table("été", &["id", "user_id"])).contains("path"));
        let columns = ["id", "user_id", "title", "api_token", "created_at"];
        let Becomes::Resource { name, yaml } = becomes(&table("Notes", &columns), &bare) else { panic!() };
        assert_eq!(name, "notes");
        assert!(yaml.contains("SELECT id, title, created_at FROM Notes WHERE id = :id\n"), "{yaml}");
        assert!(yaml.contains("# Columns that nobody is shown: api_token\n"), "{yaml}");
        assert!(yaml.contains("  fields: [user_id, title]\n  required: [title]\n"), "{yaml}");
        assert_eq!(yaml.matches("default: \"user_id = :user_id\"").count(), 5, "{yaml}");
    }

    #[test]
    fn users_are_known_by_their_columns() {
        let quoted = |name: &str| format!("`{name}`");
        let members = table("members", &["id", "login", "pass", "name", "role"]);
        let Becomes::SignIn(yaml) = becomes(&members, &quoted) else { panic!() };
        let query =
            "SELECT `id`, `login`, `name`, `role`, `pass` AS password FROM `members` WHERE `login` = :login";
        assert!(yaml.contains(query), "{yaml}");
        assert!(yaml.contains("SELECT `id`, `login`, `name` FROM `members` WHERE id = :user_id"), "{yaml}");
        // A password that belongs to a user's row of something else makes it no table of users.
        let wifi = table("wifi", &["id", "user_id", "login", "password"]);
        assert!(matches!(becomes(&wifi, &quoted), Becomes::Resource { .. }));
    }
}
