//! Lists with parameters: pages, order, filters, columns, counts.
//!
//! A parameter narrows, orders or cuts what the list answers without it; it never makes another list of it. What a
//! statement cannot be asked without becoming another one is refused.

mod asked;
mod cursor;
mod filter;
mod page;
#[cfg(test)]
mod tests;
mod words;

use std::borrow::Cow;

use self::asked::{Asked, Given};
use self::cursor::{Cursor, CursorForm};
pub use self::page::{Page, PageAnswer};
use self::page::{Paging, kept};
use super::super::compile::{ListForm, RoleStatement, ValueFrom};
use super::super::input::Params;
use super::super::words::Lang;
use super::draft::{Draft, DraftPage, Filled};
use crate::error::{Code, Error, Result};
use crate::services::db::api::{Kind, Value};
use crate::sql::{Condition, Mark, Order, OwnOrder, Shape, Sorted, Written};

/// Plans a list with parameters; `own` are the values of its statement's placeholders, or what is wrong with them.
///
/// # Errors
/// 400 for what the list does not know or cannot do, 422 for all values that are wrong.
pub(super) fn list<'a>(
    statement: &'a RoleStatement,
    form: &'a ListForm,
    own: Result<Vec<Filled<'a>>>,
    params: &Params<'_>,
    query: &str,
    lang: Lang,
) -> Result<Draft<'a>> {
    let (mut asked, own) = both(Given::new(params, &statement.params, lang).of_list(form), own)?;
    let chosen = choose(form, &mut asked, lang)?;
    let count = asked.count.then(|| count(form, &asked, &own, lang)).transpose()?;
    if let Some((condition, values)) = chosen.beyond {
        asked.conditions.push(condition);
        let filled = values.into_iter().map(|(column, value)| {
            let column = &form.columns[column];
            Filled { name: &column.name, kind: column.kind, from: Some(ValueFrom::Query), value }
        });
        asked.values.extend(filled);
    }
    let rows = asked.paging.map(Paging::rows);
    let has_offset = rows.is_some_and(|(_, offset)| 0 < offset);
    if let Some((limit, offset)) = rows {
        let number = |name, value: u64| Filled {
            name,
            kind: Kind::Int,
            from: Some(ValueFrom::Query),
            value: Value::Int(i64::try_from(value).unwrap_or(i64::MAX)),
        };
        // One row more tells whether there are more.
        asked.values.push(number("limit", limit.saturating_add(1)));
        asked.values.extend(has_offset.then(|| number("offset", offset)));
    }
    let shape = Shape {
        columns: asked.fields.as_deref(),
        conditions: &asked.conditions,
        order: match &chosen.order {
            Chosen::By(sorted) => Order::By(sorted),
            Chosen::Own(ties) => Order::Own(ties),
        },
        limit: rows.is_some(),
        offset: has_offset,
    };
    let (sql, filled) = filled(form.listing.select(&shape), &own, &asked.values);
    let is_plain = asked.paging.is_none() && count.is_none();
    let page = Page { paging: asked.paging, cursor: chosen.cursor, kept: kept(query, asked.paging), lang };
    let page = (!is_plain).then(|| Box::new(DraftPage { count, page }));
    Ok(Draft { sql: Cow::Owned(sql), filled, ignored: Vec::new(), references: Vec::new(), page })
}

/// Plans one row of which only some columns are asked for.
///
/// # Errors
/// 400 for any other parameter, and for columns that the row has not.
pub(super) fn row<'a>(
    statement: &'a RoleStatement,
    form: &'a ListForm,
    own: Result<Vec<Filled<'a>>>,
    params: &Params<'_>,
    lang: Lang,
) -> Result<Draft<'a>> {
    let (fields, own) = both(Given::new(params, &statement.params, lang).of_row(form), own)?;
    let shape = Shape { columns: Some(&fields), ..Shape::default() };
    needs(form, &fields, lang)?;
    let (sql, filled) = filled(form.listing.select(&shape), &own, &[]);
    Ok(Draft { sql: Cow::Owned(sql), filled, ignored: Vec::new(), references: Vec::new(), page: None })
}

/// Returns both, or what is wrong with either: of two lists of wrong values all, else what the list cannot do.
fn both<A, B>(asked: Result<A>, own: Result<B>) -> Result<(A, B)> {
    match (asked, own) {
        (Ok(asked), Ok(own)) => Ok((asked, own)),
        (Err(mut asked), Err(own)) if asked.code == Code::Validation && own.code == Code::Validation => {
            asked.fields.splice(..0, own.fields);
            Err(asked)
        }
        (Err(error), _) | (_, Err(error)) => Err(error),
    }
}

/// The order of a list, and where in it the answer begins.
struct Choice {
    order: Chosen,
    /// How the cursor behind the last row is made, if this order has one.
    cursor: Option<CursorForm>,
    /// What holds of the rows behind the cursor that was given, with its values and whose they are.
    beyond: Option<(Condition, Vec<(usize, Value)>)>,
}

enum Chosen {
    /// By these columns.
    By(Vec<Sorted>),
    /// The statement's own order, then these columns.
    Own(Vec<usize>),
}

/// Chooses the order of a list.
fn choose(form: &ListForm, asked: &mut Asked<'_>, lang: Lang) -> Result<Choice> {
    let json =
        asked.after.as_deref().map(|text| cursor::decoded(text).ok_or_else(|| words::wrong_cursor(lang)));
    let json = json.transpose()?;
    let given = json.as_deref().map(|json| Cursor::read(json).ok_or_else(|| words::wrong_cursor(lang)));
    let given = given.transpose()?;
    let of_cursor = given
        .as_ref()
        .filter(|_| asked.sort.is_none())
        .map(|cursor| Given::sort_of_cursor(form, &cursor.sort).ok_or_else(|| words::wrong_cursor(lang)));
    let sorted = match (asked.sort.take(), of_cursor.transpose()?, &form.facts().order) {
        (Some(sorted), ..) | (None, Some(sorted), _) => Some(sorted),
        (None, None, OwnOrder::Columns(sorted)) if asked.paging.is_some() => Some(sorted.clone()),
        (None, None, OwnOrder::None) if asked.paging.is_some() => Some(Vec::new()),
        _ => None,
    };
    let ties = form.key.as_deref().unwrap_or_default();
    let Some(mut sorted) = sorted else {
        let ties = if asked.paging.is_some() { ties.to_vec() } else { Vec::new() };
        if let Some(fields) = &asked.fields {
            needs(form, fields, lang)?;
        }
        return Ok(Choice { order: Chosen::Own(ties), cursor: None, beyond: None });
    };
    for column in ties {
        if !sorted.iter().any(|known| known.column == *column) {
            sorted.push(Sorted { column: *column, descending: false });
        }
    }
    let refusal = no_cursor(form, &sorted, asked.fields.as_deref(), lang);
    let cursor = refusal.is_none().then(|| CursorForm::of(form, &sorted));
    let beyond = match (given, refusal) {
        (Some(_), Some(refusal)) => return Err(refusal),
        (Some(given), None) => Some(beyond(form, &sorted, &given, lang)?),
        (None, _) => None,
    };
    Ok(Choice { order: Chosen::By(sorted), cursor, beyond })
}

/// Returns what holds of the rows behind a cursor.
fn beyond(
    form: &ListForm,
    sorted: &[Sorted],
    given: &Cursor<'_>,
    lang: Lang,
) -> Result<(Condition, Vec<(usize, Value)>)> {
    if cursor::names(form, sorted) != given.sort {
        return Err(words::other_sort(lang, &given.sort.join(",")));
    }
    let values = given.values(form, sorted).ok_or_else(|| words::wrong_cursor(lang))?;
    let sorted: Vec<(Sorted, Value)> = sorted.iter().copied().zip(values).collect();
    Ok(cursor::after(form, &sorted))
}

/// Tells why an order has no cursors.
fn no_cursor(form: &ListForm, sorted: &[Sorted], fields: Option<&[usize]>, lang: Lang) -> Option<Error> {
    if form.key.is_none() {
        return Some(words::no_cursor(lang, words::no_key(lang)));
    }
    let columns = || sorted.iter().map(|one| &form.columns[one.column]);
    let unfit = columns().find_map(|column| Some((column, column.no_cursor.or(column.no_filter)?)));
    if let Some((column, why)) = unfit {
        return Some(words::no_cursor(lang, &words::unfit(lang, &column.name, why)));
    }
    let is_answered = |one: &Sorted| fields.is_none_or(|fields| fields.contains(&one.column));
    (!sorted.iter().all(is_answered)).then(|| {
        let names: Vec<&str> = columns().map(|column| column.name.as_str()).collect();
        words::order_needs(lang, &names.join(", "))
    })
}

/// Checks that the statement's own order finds what it names among these columns.
fn needs(form: &ListForm, fields: &[usize], lang: Lang) -> Result<()> {
    let facts = form.facts();
    if facts.order_by_position {
        return Err(words::not_narrowed(lang));
    }
    if facts.order_needs.iter().all(|column| fields.contains(column)) {
        return Ok(());
    }
    let names: Vec<&str> =
        facts.order_needs.iter().map(|column| form.columns[*column].name.as_str()).collect();
    Err(words::order_needs(lang, &names.join(", ")))
}

/// Returns the statement that counts the rows, with its values.
fn count<'a>(
    form: &ListForm,
    asked: &Asked<'a>,
    own: &[Filled<'a>],
    lang: Lang,
) -> Result<(String, Vec<Filled<'a>>)> {
    if !form.can_be_counted() {
        return Err(words::not_counted(lang));
    }
    Ok(filled(form.listing.count(&asked.conditions), own, &asked.values))
}

/// Puts the values of a statement into the order of its `?`.
fn filled<'a>(written: Written, own: &[Filled<'a>], added: &[Filled<'a>]) -> (String, Vec<Filled<'a>>) {
    let mut added = added.iter();
    let value = |mark: &Mark| match mark {
        Mark::Own(index) => own.get(*index),
        Mark::Added => added.next(),
    };
    let filled = written.marks.iter().filter_map(value).cloned().collect();
    (written.sql, filled)
}
