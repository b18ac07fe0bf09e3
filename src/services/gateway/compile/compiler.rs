//! What every step of making an app ready needs: the app, its tables if they are known, and the problems so far.

use std::collections::HashMap;

use crate::config::{App, At, Database, ParamType, Problem, Sourced, SqlText, closest};
use crate::services::db::api::{Column, Kind, Schema, Table};
use crate::sql::{self, ColumnRef, Dialect, Fault, Filter, Identifier, Origin, Source, Statement};

/// The database has no table of a name, which was noted as a problem.
#[derive(Debug, Clone, Copy)]
pub(super) struct NoTable;

/// The work of making one app ready.
pub(super) struct Compiler<'a> {
    pub(super) app: &'a App,
    pub(super) dialect: Dialect,
    /// The tables of the database; `None` when only the files are looked at.
    pub(super) schema: Option<&'a Schema>,
    /// Names of the columns by the table's lower-case name.
    columns: HashMap<String, Vec<String>>,
    problems: Vec<Problem>,
}

impl<'a> Compiler<'a> {
    pub(super) fn new(app: &'a App, schema: Option<&'a Schema>) -> Self {
        let dialect = match app.database {
            Database::MariaDb(_) => Dialect::MariaDb,
            Database::Sqlite(_) => Dialect::Sqlite,
        };
        let tables = schema.into_iter().flat_map(|schema| &schema.tables);
        let names = |table: &Table| table.columns.iter().map(|column| column.name.clone()).collect();
        let columns = tables.map(|table| (table.name.to_lowercase(), names(table))).collect();
        Self { app, dialect, schema, columns, problems: Vec::new() }
    }

    /// Returns all problems, each once.
    pub(super) fn into_problems(self) -> Vec<Problem> {
        let mut problems: Vec<Problem> = Vec::with_capacity(self.problems.len());
        for problem in self.problems {
            if !problems.contains(&problem) {
                problems.push(problem);
            }
        }
        problems
    }

    /// Notes a problem of this app.
    pub(super) fn report(&mut self, problem: Problem) {
        self.problems.push(problem.app(self.app.name.clone()));
    }

    /// Notes what is wrong with a text of SQL, at its place in the file.
    pub(super) fn fault(&mut self, text: &SqlText, fault: Fault) {
        self.fault_at(&text.position(fault.offset), fault);
    }

    /// Notes what is wrong with SQL that we made from what stands at this place.
    pub(super) fn fault_at(&mut self, at: &At, fault: Fault) {
        let problem = Problem::error(at, fault.message);
        self.report(match fault.hint {
            Some(hint) => problem.hint(hint),
            None => problem,
        });
    }

    /// Reads a SELECT of a file.
    pub(super) fn select(&mut self, text: &SqlText) -> Option<Statement> {
        let source = if text.folded { Source::Folded } else { Source::Plain };
        let read = Statement::parse(self.dialect, sql::Kind::Select, source, &text.value);
        read.map_err(|fault| self.fault(text, fault)).ok()
    }

    /// Reads a condition of a file.
    pub(super) fn filter(&mut self, text: &SqlText) -> Option<Filter> {
        Filter::parse(self.dialect, &text.value).map_err(|fault| self.fault(text, fault)).ok()
    }

    /// Checks the name of a table or a column.
    pub(super) fn identifier(&mut self, name: &Sourced<String>) -> Option<Identifier> {
        Identifier::new(&name.value).map_err(|fault| self.fault_at(&name.at, fault)).ok()
    }

    /// Looks a table up in the database, noting when it is not there.
    ///
    /// `None` means that the database's tables are not known.
    pub(super) fn table(&mut self, name: &Sourced<String>) -> Result<Option<&'a Table>, NoTable> {
        let Some(schema) = self.schema else { return Ok(None) };
        let table = schema.table(&name.value);
        if table.is_none() {
            let problem = Problem::error(&name.at, format!("the database has no table `{}`", name.value));
            let known = schema.tables.iter().map(|table| table.name.as_str());
            self.report(with_suggestion(problem, &name.value, known));
        }
        table.map(Some).ok_or(NoTable)
    }

    /// Returns the names of a table's columns, as the joining of conditions asks for them; `None` when not known.
    ///
    /// While only the files are looked at it answers that there are none, so that nothing is refused for it.
    pub(super) fn column_names(&self, table: &sql::Table) -> Option<&[String]> {
        if self.schema.is_none() {
            return Some(&[]);
        }
        let here = table.origin == Origin::Stored && table.schema.is_none();
        here.then(|| self.columns.get(&table.name.to_lowercase()).map(Vec::as_slice))?
    }

    /// Finds the column that a statement names, among these tables of its own.
    pub(super) fn column(&self, named: &ColumnRef, tables: &[sql::Table]) -> Option<&'a Column> {
        let schema = self.schema?;
        let is_meant = |table: &&sql::Table| match &named.table {
            Some(reference) => table.reference().eq_ignore_ascii_case(reference),
            None => true,
        };
        let stored = tables.iter().filter(is_meant).filter(|table| table.origin == Origin::Stored);
        stored
            .filter(|table| table.schema.is_none())
            .find_map(|table| schema.table(&table.name)?.column(&named.column))
    }

    /// Tells whether a column that a statement names is certainly in none of these tables.
    pub(super) fn lacks(&self, named: &ColumnRef, tables: &[sql::Table]) -> bool {
        let all_known = tables.iter().all(|table| self.column_names(table).is_some());
        self.schema.is_some() && all_known && !tables.is_empty() && self.column(named, tables).is_none()
    }
}

/// Adds the name that was probably meant, if one is near.
pub(super) fn with_suggestion<'n>(
    problem: Problem,
    name: &str,
    known: impl Iterator<Item = &'n str>,
) -> Problem {
    match closest(name, known) {
        Some(near) => problem.hint(format!("did you mean `{near}`?")),
        None => problem,
    }
}

/// Returns the kind of value that a declared type stands for.
pub(super) const fn declared(param: ParamType) -> Kind {
    match param {
        ParamType::Int => Kind::Int,
        ParamType::Decimal => Kind::Decimal,
        ParamType::Float => Kind::Float,
        ParamType::Text => Kind::Text,
        ParamType::Date => Kind::Date,
        ParamType::DateTime => Kind::DateTime,
        ParamType::Time => Kind::Time,
        ParamType::Bool => Kind::Bool,
        ParamType::Json => Kind::Json,
        ParamType::Blob => Kind::Blob,
    }
}
