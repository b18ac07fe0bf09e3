//! `auth.yaml` made ready: signing in, signing up, and the user's own row.

use crate::config::{App, AuthQueries, Login, PasswordRules, Problem, Read, Register};
use crate::sql::{Item, ItemKind, Statement};

use super::super::caller::TokenValue;
use super::compiler::Compiler;
use super::fields::Field;
use super::roles::{ByRole, Choice, FilterSource, RowFilter, choose};
use super::statement::{Draft, NO_PARAMS, Place, RoleStatement};
use super::{CompiledRead, Offer};

/// How users sign in, ready.
#[derive(Debug)]
pub(crate) struct SignIn {
    /// The query for the row of who signs in.
    pub(crate) login: Offer<RoleStatement>,
    /// Resources whose lists are answered beside the token.
    pub(crate) load: Vec<String>,
    /// Signing up.
    pub(crate) register: Offer<SignUp>,
    /// The user's own row.
    pub(crate) me: Offer<CompiledRead>,
}

/// Signing up, ready.
#[derive(Debug)]
pub(crate) struct SignUp {
    /// `INSERT INTO table`.
    pub(crate) head: String,
    /// What a body may give, the password among it.
    pub(crate) fields: Vec<Field>,
    /// The field by which a user is known.
    pub(crate) identifier: String,
    /// The field that holds the password.
    pub(crate) password: String,
    /// Rules for it.
    pub(crate) rules: PasswordRules,
}

impl Compiler<'_> {
    /// Makes `auth.yaml` ready.
    pub(super) fn sign_in(&mut self, app: &App, auth: &AuthQueries) -> SignIn {
        let me = auth.me.as_ref();
        let register = auth.register.as_ref();
        for name in &auth.login.load {
            if app.queries.resources.get(&name.value).is_none_or(|resource| resource.list.is_none()) {
                let message = format!("`load` names `{}`, which has no `list`", name.value);
                let hint = format!("write `list:` in queries/{}.yaml, or leave it out here", name.value);
                self.report(Problem::error(&name.at, message).hint(hint));
            }
        }
        SignIn {
            login: Offer::made(self.login(&auth.login)),
            load: auth.login.load.iter().map(|name| name.value.clone()).collect(),
            register: Offer::of(register, |register| self.register(auth, register)),
            me: Offer::of(me, |me| self.me(me, auth)),
        }
    }

    fn login(&mut self, login: &Login) -> Option<RoleStatement> {
        let statement = self.select(&login.query)?;
        self.check_selected(login, &statement);
        let draft = Draft {
            statement: &statement,
            text: Some(&login.query),
            at: &login.at,
            params: &NO_PARAMS,
            order: None,
            place: Place::SignIn(&login.identifier.value),
            listed: false,
        };
        self.for_choice(&draft, &Choice::Unfiltered, everybody())
    }

    /// Checks that a sign-in's row holds what the answer is made from.
    fn check_selected(&mut self, login: &Login, statement: &Statement) {
        let asks = statement.placeholders().iter().any(|p| p.name == login.identifier.value);
        if !asks {
            let name = &login.identifier.value;
            let message = format!("the query of a sign-in does not ask for `:{name}`");
            self.report(
                Problem::error(&login.query.at, message).hint(format!("write WHERE {name} = :{name}")),
            );
        }
        let items = statement.items();
        if items.iter().any(|item| matches!(item.kind, ItemKind::All { .. })) {
            return;
        }
        for needed in ["id", &login.identifier.value, &login.password] {
            let is_it =
                |item: &Item| item.name.as_deref().is_some_and(|name| name.eq_ignore_ascii_case(needed));
            if !items.iter().any(is_it) {
                let message = format!("the query of a sign-in must select `{needed}`");
                self.report(Problem::error(&login.query.at, message));
            }
        }
    }

    fn register(&mut self, auth: &AuthQueries, register: &Register) -> Option<SignUp> {
        let name = self.identifier(&register.table);
        let table = self.table(&register.table).ok()?;
        let mut fields = self.fields(table, &register.fields, Some(&register.required))?;
        let (identifier, password) = (&auth.login.identifier.value, &auth.login.password);
        for field in fields.iter_mut().filter(|field| field.name == *identifier || field.name == *password) {
            field.required = true;
        }
        if let Some(role) = register.fields.iter().find(|field| field.value.eq_ignore_ascii_case("role")) {
            let problem = Problem::warning(&role.at, "who signs up may choose a role, `admin` too");
            self.report(problem.hint("leave `role` out of `fields`; the column's default is used"));
        }
        Some(SignUp {
            head: format!("INSERT INTO {}", name?.quoted()),
            fields,
            identifier: identifier.clone(),
            password: password.clone(),
            rules: auth.password,
        })
    }

    fn me(&mut self, me: &Read, auth: &AuthQueries) -> Option<CompiledRead> {
        let statement = self.select(&me.query)?;
        let by_token =
            statement.equalities().iter().any(|equality| TokenValue::named(&equality.placeholder).is_some());
        if me.filters.by_role.is_empty() && !by_token {
            let message = "nothing here says that the row is that of the user who asks";
            self.report(Problem::error(&me.query.at, message).hint("write WHERE id = :user_id"));
            return None;
        }
        let draft = Draft {
            statement: &statement,
            text: Some(&me.query),
            at: &me.at,
            params: &me.params,
            order: None,
            place: Place::Collection,
            listed: false,
        };
        let roles = ByRole::make(&me.filters, |role| {
            let choice = choose(&me.filters, role, None, true);
            let filter = match &choice {
                Choice::Entry(_) => RowFilter::of(&choice, &auth.file),
                _ => everybody(),
            };
            self.for_choice(&draft, &choice, filter)
        })?;
        Some(CompiledRead { at: me.at.clone(), roles })
    }
}

/// No condition: the statement itself is about one user.
fn everybody() -> RowFilter {
    RowFilter { text: String::new(), source: FilterSource::SignIn }
}
