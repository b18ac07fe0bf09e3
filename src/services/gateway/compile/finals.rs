//! Every statement that the requests of an app end in, so that a database can prepare them before a user does.

use super::create::Create;
use super::roles::ByRole;
use super::statement::RoleStatement;
use super::{CompiledApp, CompiledRead, CompiledResource};
use crate::config::{App, At};

/// One statement as the database gets it, `?` for each value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Final {
    /// Where it is configured.
    pub at: At,
    /// What it is for: `list of projects for the role admin`.
    pub purpose: String,
    /// The statement.
    pub sql: String,
}

impl CompiledApp {
    /// Returns the statement of each verb and role that is ready; an update and a create with all their fields. `app` is
    /// what this was made from.
    pub fn finals(&self, app: &App) -> Vec<Final> {
        let mut finals = Vec::new();
        for resource in &self.resources {
            add_resource(&mut finals, resource);
        }
        let (Some(sign_in), Some(auth)) = (&self.sign_in, &app.queries.auth) else { return finals };
        if let Some(login) = sign_in.login.ready() {
            let at = auth.login.at.clone();
            finals.push(Final { at, purpose: "login".to_owned(), sql: login.sql.clone() });
        }
        if let Some(me) = sign_in.me.ready() {
            add_read(&mut finals, me, "me");
        }
        finals
    }
}

fn add_resource(finals: &mut Vec<Final>, resource: &CompiledResource) {
    let shown = resource.show.ready().is_some();
    let purpose_of = |verb: &str| format!("{verb} of {}", resource.name);
    if let Some(list) = resource.list.ready() {
        add_read(finals, list, &purpose_of("list"));
        for (role, statement) in list.roles.iter() {
            let widest = statement.list.iter().flat_map(|form| form.widest());
            finals.extend(widest.map(|sql| Final {
                at: list.at.clone(),
                purpose: for_role(&purpose_of("list with all its parameters"), role),
                sql,
            }));
        }
    }
    if let Some(show) = resource.show.ready() {
        add_read(finals, show, &purpose_of("show"));
    }
    if let Some(create) = resource.create.ready() {
        finals.push(Final { at: create.at.clone(), purpose: purpose_of("create"), sql: insert(create) });
    }
    if let Some(update) = resource.update.ready() {
        let assignments: Vec<String> =
            update.fields.iter().map(|field| format!("{} = {}", field.quoted, field.mark())).collect();
        let head = format!("{}{}", update.head, assignments.join(", "));
        for (role, change) in update.roles.iter() {
            let purpose = for_role(&purpose_of("update"), role);
            let sql = format!("{head}{}", change.condition.sql);
            finals.push(Final { at: update.at.clone(), purpose, sql });
            if shown {
                let (at, sql) = (update.at.clone(), update.find.by(&change.condition.sql));
                finals.push(Final { at, purpose: for_role(&purpose_of("If-Match on update"), role), sql });
            }
        }
    }
    if let Some(delete) = resource.delete.ready() {
        add_roles(finals, &delete.at, &delete.roles, &purpose_of("delete"));
        for (role, statement) in delete.roles.iter().filter(|_| shown) {
            let (at, sql) = (delete.at.clone(), delete.find.by(delete.condition(statement)));
            finals.push(Final { at, purpose: for_role(&purpose_of("If-Match on delete"), role), sql });
        }
    }
}

fn add_read(finals: &mut Vec<Final>, read: &CompiledRead, purpose: &str) {
    add_roles(finals, &read.at, &read.roles, purpose);
}

fn add_roles(finals: &mut Vec<Final>, at: &At, roles: &ByRole<RoleStatement>, purpose: &str) {
    for (role, statement) in roles.iter() {
        let purpose = for_role(purpose, role);
        finals.push(Final { at: at.clone(), purpose, sql: statement.sql.clone() });
    }
}

fn for_role(purpose: &str, role: &str) -> String {
    format!("{purpose} for the role {role}")
}

fn insert(create: &Create) -> String {
    if create.fields.is_empty() {
        return create.bare.clone();
    }
    let names: Vec<&str> = create.fields.iter().map(|field| field.quoted.as_str()).collect();
    let marks: Vec<&str> = create.fields.iter().map(super::Field::mark).collect();
    format!("{} ({}) VALUES ({})", create.head, names.join(", "), marks.join(", "))
}
