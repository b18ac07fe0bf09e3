//! One statement, joined with the filter of each role, bound, and each of its placeholders typed.

use std::collections::BTreeMap;
use std::path::Path;

use crate::config::{At, Filters, ParamType, Problem, SqlText};
use crate::services::db::api::Kind;
use crate::sql::{Filter, ItemKind, Origin, Placeholder, Statement, Use};

use super::super::caller::TokenValue;
use super::compiler::{Compiler, declared};
use super::list::ListForm;
use super::roles::{AUTOMATIC, ByRole, Choice, RowFilter, USER_ID, choose};

/// A statement for one role: what the database gets, and what fills each `?`.
#[derive(Debug)]
pub(crate) struct RoleStatement {
    /// The text, `?` for each placeholder.
    pub(crate) sql: String,
    /// What fills each `?`, in order.
    pub(crate) slots: Vec<Slot>,
    /// Names that the query string may give, each once.
    pub(crate) params: Vec<String>,
    /// The condition that was joined to it.
    pub(crate) filter: RowFilter,
    /// The tables it reads or writes itself: those the filter covers.
    pub(crate) tables: Vec<String>,
    /// The tables that its subqueries read, which the filter does not cover.
    pub(crate) inner_tables: Vec<String>,
    /// What the parameters of a list or of one row may add to it; `None` where there are none such.
    pub(crate) list: Option<Box<ListForm>>,
}

/// What fills one `?`.
#[derive(Debug, Clone)]
pub(crate) struct Slot {
    /// Name of the placeholder.
    pub(crate) name: String,
    /// How its value is bound.
    pub(crate) kind: Kind,
    /// Where its value comes from.
    pub(crate) from: ValueFrom,
    /// Whether the same name also stands for texts, as in `id = :id OR slug = :id`: what is no number is then the
    /// number of no row, and no mistake.
    pub(crate) or_text: bool,
}

/// Where a value comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ValueFrom {
    /// The token of the user who asks.
    Token(TokenValue),
    /// The id in the path.
    Path,
    /// The query string; NULL when it is not there.
    Query,
    /// The body.
    Body,
}

/// What the values of a statement's placeholders may come from, besides the token.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Place<'a> {
    /// A path without an id.
    Collection,
    /// A path with the id of a row.
    Row,
    /// The body of a sign-in, which gives this one name.
    SignIn(&'a str),
}

/// A statement before filters: what is common to all roles.
pub(super) struct Draft<'a> {
    /// The statement.
    pub(super) statement: &'a Statement,
    /// Its text in the file; `None` for one that we made.
    pub(super) text: Option<&'a SqlText>,
    /// Where its section stands.
    pub(super) at: &'a At,
    /// Types that the file declares.
    pub(super) params: &'a BTreeMap<String, ParamType>,
    /// ORDER BY, if any.
    pub(super) order: Option<&'a SqlText>,
    /// Where values may come from.
    pub(super) place: Place<'a>,
    /// Whether a request may add to it what it may add to a list.
    pub(super) listed: bool,
}

impl Draft<'_> {
    /// Returns the place of a byte of the statement.
    fn position(&self, offset: usize) -> At {
        self.text.map_or_else(|| self.at.clone(), |text| text.position(offset))
    }
}

/// No declared types.
pub(super) static NO_PARAMS: BTreeMap<String, ParamType> = BTreeMap::new();

impl Compiler<'_> {
    /// Joins a statement with the filter of every role.
    pub(super) fn for_roles(
        &mut self,
        draft: &Draft<'_>,
        filters: &Filters,
        file: &Path,
        unfiltered: bool,
    ) -> Option<ByRole<RoleStatement>> {
        let own = draft.statement.owner_column(USER_ID);
        ByRole::make(filters, |role| {
            let choice = choose(filters, role, own.clone(), unfiltered);
            self.for_choice(draft, &choice, RowFilter::of(&choice, file))
        })
    }

    /// Joins a statement with one condition, orders, binds and types it.
    pub(super) fn for_choice(
        &mut self,
        draft: &Draft<'_>,
        choice: &Choice<'_>,
        filter: RowFilter,
    ) -> Option<RoleStatement> {
        let joined = match choice {
            Choice::Entry(text) if text.trim().is_empty() => None,
            Choice::Entry(text) => Some(self.joined(draft, text, false)?),
            Choice::Automatic => {
                Some(self.joined(draft, &SqlText::outside(AUTOMATIC, draft.at.clone()), true)?)
            }
            Choice::Own(_) | Choice::Unfiltered => None,
        };
        let joined = joined.as_ref().unwrap_or(draft.statement);
        let ordered = draft.order.map(|order| joined.with_order(order).map_err(|fault| (order, fault)));
        let ordered = ordered.transpose().map_err(|(order, fault)| self.fault(order, fault)).ok()?;
        self.bound(draft, ordered.as_ref().unwrap_or(joined), filter)
    }

    /// Joins a condition to a statement; an automatic one stands in no file.
    fn joined(&mut self, draft: &Draft<'_>, text: &SqlText, automatic: bool) -> Option<Statement> {
        let filter = self.filter(text)?;
        if !self.fits(draft, &filter, text, automatic) {
            return None;
        }
        match draft.statement.with_condition(&filter, &|table| self.column_names(table)) {
            Ok(joined) => Some(joined),
            // Without the tables' columns a select item may seem to be what the filter names.
            Err(_) if self.schema.is_none() && columns_can_be_told(draft.statement) => {
                Some(draft.statement.clone())
            }
            Err(fault) => {
                self.fault(text, fault);
                None
            }
        }
    }

    /// Checks that the statement's tables have the columns a condition compares, and whose word it takes for them.
    fn fits(&mut self, draft: &Draft<'_>, filter: &Filter, text: &SqlText, automatic: bool) -> bool {
        let tables = draft.statement.tables();
        let mut fits = true;
        for placeholder in filter.placeholders() {
            let at = text.position(placeholder.offset);
            let known = TokenValue::named(&placeholder.name).is_some()
                || (placeholder.name == "id" && draft.place == Place::Row);
            if !known {
                let message = format!(
                    "the client chooses `:{}`, so this filter protects nothing by it",
                    placeholder.name
                );
                let hint = "a filter is safe with :user_id, :role and :email, which come from the token";
                self.report(Problem::warning(&at, message).hint(hint));
            }
            // A column may also be that of a subquery inside the filter, which knows its own tables.
            let Use::Column(column) = &placeholder.used else { continue };
            if filter.text().to_ascii_uppercase().contains("SELECT") || !self.lacks(column, &tables) {
                continue;
            }
            fits = false;
            let names: Vec<&str> = tables.iter().map(|table| table.name.as_str()).collect();
            let names = names.join(", ");
            let name = &column.column;
            self.report(if automatic {
                Problem::error(
                    &at,
                    format!("rows are filtered by `{AUTOMATIC}`, and {names} has no `{name}`"),
                )
                .hint(
                    "write `unfiltered: true` in this file if every signed-in user may have all rows, or \
                         `filters:` with the condition that tells whose they are",
                )
            } else {
                Problem::error(&at, format!("the filter names `{name}`, which {names} has not"))
            });
        }
        fits
    }

    /// Binds a statement and types its placeholders.
    fn bound(
        &mut self,
        draft: &Draft<'_>,
        statement: &Statement,
        filter: RowFilter,
    ) -> Option<RoleStatement> {
        let bound =
            statement.bind().map_err(|fault| self.fault_at(&draft.position(fault.offset), fault)).ok()?;
        if bound.names.len() != bound.arguments {
            let message = "`?` has no name, so nothing says what its value is";
            self.report(Problem::error(draft.at, message).hint("write a named placeholder, such as `:id`"));
            return None;
        }
        let mut slots = Vec::with_capacity(bound.names.len());
        for placeholder in statement.placeholders() {
            slots.push(self.slot(draft, statement, &placeholder)?);
        }
        let slots = self.each_use(draft, statement, &slots);
        let mut params: Vec<String> = Vec::new();
        for slot in slots.iter().filter(|slot| slot.from == ValueFrom::Query) {
            if !params.contains(&slot.name) {
                params.push(slot.name.clone());
            }
        }
        let outer = statement.tables().into_iter().filter(|table| !table.name.is_empty());
        Some(RoleStatement {
            sql: bound.sql,
            slots,
            params,
            filter,
            tables: outer.map(|table| table.name).collect(),
            inner_tables: statement.inner_tables().into_iter().map(|table| table.name).collect(),
            list: if draft.listed { self.list_form(statement).map(Box::new) } else { None },
        })
    }

    /// Says where the value of a placeholder comes from and how it is bound.
    fn slot(&mut self, draft: &Draft<'_>, statement: &Statement, placeholder: &Placeholder) -> Option<Slot> {
        let name = placeholder.name.as_str();
        let from = match draft.place {
            Place::SignIn(identifier) if name == identifier => ValueFrom::Body,
            Place::SignIn(identifier) => {
                let message = format!("nothing gives `:{name}` a value while a user signs in");
                let hint = format!("the only value there is then is `:{identifier}`");
                self.report(Problem::error(&draft.position(placeholder.offset), message).hint(hint));
                return None;
            }
            Place::Row if name == "id" => ValueFrom::Path,
            _ => TokenValue::named(name).map_or(ValueFrom::Query, ValueFrom::Token),
        };
        // In another spelling it would be the client's to choose, where its owner counts on the token.
        let meant = ["user_id", "role", "email", "id"].into_iter();
        if let (ValueFrom::Query, Some(meant)) =
            (from, meant.filter(|known| name != *known).find(|known| name.eq_ignore_ascii_case(known)))
        {
            let message = format!("`:{name}` is not `:{meant}`, and the client would choose its value");
            let problem = Problem::error(&draft.position(placeholder.offset), message);
            self.report(problem.hint(format!("write `:{meant}`, or give the placeholder another name")));
            return None;
        }
        let kind = match (self.kind(draft, statement, placeholder), from) {
            (Some(kind), _) => kind,
            (None, ValueFrom::Token(token)) => token.kind(),
            (None, _) => {
                self.warn_of_text(draft, placeholder);
                Kind::Text
            }
        };
        Some(Slot { name: name.to_owned(), kind, from, or_text: false })
    }

    /// Returns a slot for each use of each placeholder, in the order they are written; `known` holds one a name.
    ///
    /// A name that is compared with numbers and with texts is bound to each as what it is: MariaDB finds any word
    /// equal to 0, and `1 or 1=1` equal to 1.
    fn each_use(&self, draft: &Draft<'_>, statement: &Statement, known: &[Slot]) -> Vec<Slot> {
        let uses = statement.uses();
        let kinds: Vec<Option<Kind>> = uses
            .iter()
            .map(|one| if one.used == Use::Expression { None } else { self.kind(draft, statement, one) })
            .collect();
        let is_mixed = |name: &str| {
            let of_name = || uses.iter().zip(&kinds).filter(|(one, _)| one.name == name);
            let is_number = |(_, kind): (&Placeholder, &Option<Kind>)| kind.map(is_number);
            of_name().filter_map(is_number).any(|number| number)
                && of_name().filter_map(is_number).any(|number| !number)
        };
        let slot = |(one, kind): (&Placeholder, &Option<Kind>)| {
            let known = known.iter().find(|slot| slot.name == one.name)?;
            let mut slot = known.clone();
            if is_mixed(&one.name) {
                slot.kind = kind.unwrap_or(Kind::Text);
                slot.or_text = is_number(slot.kind);
            }
            Some(slot)
        };
        uses.iter().zip(&kinds).filter_map(slot).collect()
    }

    /// Finds out what kind of value a placeholder stands for: from its declaration, else from the column it is
    /// compared with, else from a result column of its name.
    fn kind(&self, draft: &Draft<'_>, statement: &Statement, placeholder: &Placeholder) -> Option<Kind> {
        if let Some(param) = draft.params.get(&placeholder.name) {
            return Some(declared(*param));
        }
        let mut tables = statement.tables();
        tables.extend(statement.inner_tables());
        match &placeholder.used {
            Use::RowCount => Some(Kind::Int),
            Use::Text => Some(Kind::Text),
            Use::Column(column) => self.column(column, &tables).map(|column| column.kind),
            Use::Expression => {
                let items = statement.items();
                let item = items.iter().find(|item| item.name.as_ref() == Some(&placeholder.name))?;
                let ItemKind::Column(column) = &item.kind else { return None };
                self.column(column, &tables).map(|column| column.kind)
            }
        }
    }

    /// Warns that a value is bound as text because nothing tells its type.
    fn warn_of_text(&mut self, draft: &Draft<'_>, placeholder: &Placeholder) {
        if self.schema.is_none() && placeholder.used != Use::Expression {
            return;
        }
        let name = &placeholder.name;
        let message = format!("nothing tells the type of `:{name}`, so it is bound as text");
        let problem = Problem::warning(&draft.position(placeholder.offset), message);
        self.report(problem.hint(format!("write `params: {{ {name}: int }}`, with the type it has")));
    }
}

/// Tells whether values of a kind are compared as numbers.
pub(super) const fn is_number(kind: Kind) -> bool {
    matches!(kind, Kind::Int | Kind::Unsigned | Kind::Bit | Kind::Bool | Kind::Decimal | Kind::Float)
}

/// Tells whether the columns of every table of a statement stand in its own text or in the database.
fn columns_can_be_told(statement: &Statement) -> bool {
    statement.tables().iter().all(|table| table.origin == Origin::Stored || table.columns.is_some())
}
