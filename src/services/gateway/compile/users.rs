//! The app's own table of users, as `auth.yaml` tells it: for an operator, who may set what no body may.

use super::compiler::Compiler;
use super::fields::Field;
use super::sign_in::SignUp;
use crate::config::{App, AuthQueries};
use crate::error::{Code, Error, Result};
use crate::services::db::api::{Schema, Table};
use crate::sql::{self, ColumnRef, Identifier, ItemKind, Origin, Statement};

/// The table in which an app keeps its users.
#[derive(Debug)]
pub struct UsersTable {
    /// Name of the app.
    pub(crate) app: String,
    /// The table's name in quotes.
    pub(crate) quoted: String,
    /// Signing up, with every column of the table.
    pub(crate) sign_up: SignUp,
    /// The column of the user's number in quotes.
    pub(crate) id: String,
}

/// Finds the table: that of `register`, else the one from which the query of a sign-in takes what a user is known by.
///
/// # Errors
/// [`Code::NotFound`] when nobody signs in to the app, [`Code::Config`] when the table cannot be told or lacks a column.
pub fn users_table(app: &App, schema: &Schema) -> Result<UsersTable> {
    let Some(auth) = &app.queries.auth else {
        return Err(Error::new(Code::NotFound, format!("nobody signs in to `{}`", app.name))
            .hint("its queries/auth.yaml is missing"));
    };
    let mut compiler = Compiler::new(app, Some(schema));
    let login = &auth.login;
    let statement = compiler.select(&login.query).ok_or_else(|| wrong(auth, "cannot be read"))?;
    let table = match &auth.register {
        Some(register) => schema.table(&register.table.value),
        None => selected_from(&statement, &login.identifier.value, schema),
    };
    let table = table.ok_or_else(|| wrong(auth, "does not tell in which table of the database users are"))?;
    let column = |name: &str| {
        // What `register` writes goes into columns by their own names.
        let selected = match &auth.register {
            Some(_) if name != "id" => Some(name.to_owned()),
            _ => selected(&statement, name).map(|column| column.column),
        };
        let column = selected.and_then(|name| table.column(&name));
        column.and_then(|column| Identifier::new(&column.name).ok()).ok_or_else(|| {
            wrong(auth, &format!("takes `{name}` from no column of the table `{}`", table.name))
        })
    };
    let (id, identifier, password) =
        (column("id")?, column(&login.identifier.value)?, column(&login.password)?);
    let name = Identifier::new(&table.name)
        .map_err(|_| wrong(auth, &format!("names the table `{}`, which cannot be written to", table.name)))?;
    let fields = table.columns.iter().filter(|column| !column.generated).filter_map(|column| {
        let name = Identifier::new(&column.name).ok()?;
        let is_needed = [&identifier, &password].contains(&&name) || !(column.optional || column.nullable);
        Some(Field::of(column, &name, is_needed, compiler.dialect))
    });
    Ok(UsersTable {
        app: app.name.clone(),
        quoted: name.quoted(),
        sign_up: SignUp {
            head: format!("INSERT INTO {}", name.quoted()),
            fields: fields.collect(),
            identifier: identifier.as_str().to_owned(),
            password: password.as_str().to_owned(),
            rules: auth.password,
        },
        id: id.quoted(),
    })
}

fn wrong(auth: &AuthQueries, what: &str) -> Error {
    Error::new(Code::Config, format!("{}: the query of a sign-in {what}", auth.login.query.at))
        .hint("see `sogo check --live`")
}

/// Returns the table that a selected column comes from.
fn selected_from<'s>(statement: &Statement, name: &str, schema: &'s Schema) -> Option<&'s Table> {
    let ColumnRef { table: reference, column } = selected(statement, name)?;
    let is_meant = |table: &sql::Table| {
        let is_named = reference.as_ref().is_none_or(|name| table.reference().eq_ignore_ascii_case(name));
        table.origin == Origin::Stored && table.schema.is_none() && is_named
    };
    let tables = statement.tables().into_iter().filter(is_meant);
    tables.filter_map(|table| schema.table(&table.name)).find(|table| table.column(&column).is_some())
}

/// Returns the column behind a selected name: `pass_hash` for `password` in `SELECT pass_hash AS password`, the name itself
/// where `*` selects it, and none for what is computed.
fn selected(statement: &Statement, name: &str) -> Option<ColumnRef> {
    let items = statement.items();
    let named =
        |item: &&sql::Item| item.name.as_deref().is_some_and(|known| known.eq_ignore_ascii_case(name));
    match items.iter().find(named).map(|item| &item.kind) {
        Some(ItemKind::Column(column)) => Some(column.clone()),
        Some(_) => None,
        None => items.iter().find_map(|item| match &item.kind {
            ItemKind::All { table } => Some(ColumnRef { table: table.clone(), column: name.to_owned() }),
            _ => None,
        }),
    }
}
