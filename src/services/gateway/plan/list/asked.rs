//! What the parameters of a list ask for.

use super::super::super::compile::ListForm;
use super::super::super::input::Params;
use super::super::super::words::{self as said, Lang};
use super::super::draft::Filled;
use super::filter::{self, NoFilter, OPERATORS};
use super::page::{Paging, asked_paging};
use super::words;
use crate::config::closest;
use crate::error::{Code, Error, Result};
use crate::sql::{Condition, Sorted};

/// Parameters that mean the same for every list, unless one is a placeholder of its statement.
pub(super) const OF_LISTS: &[&str] =
    &["page", "per_page", "limit", "offset", "after", "sort", "fields", "count"];

/// What is asked of a list, besides the values of its placeholders.
#[derive(Debug)]
pub(super) struct Asked<'a> {
    /// The part of it that is answered; `None` for all.
    pub(super) paging: Option<Paging>,
    /// The cursor behind which it begins, not yet read.
    pub(super) after: Option<String>,
    /// The columns to sort by.
    pub(super) sort: Option<Vec<Sorted>>,
    /// The columns to answer.
    pub(super) fields: Option<Vec<usize>>,
    /// What must hold of the rows.
    pub(super) conditions: Vec<Condition>,
    /// The values of these conditions, in their order.
    pub(super) values: Vec<Filled<'a>>,
    /// Whether the rows are to be counted.
    pub(super) count: bool,
}

/// The parameters of one request, beside the placeholders of its statement.
pub(super) struct Given<'p> {
    params: &'p Params<'p>,
    placeholders: &'p [String],
    lang: Lang,
    wrong: Option<Error>,
}

impl<'p> Given<'p> {
    pub(super) fn new(params: &'p Params<'p>, placeholders: &'p [String], lang: Lang) -> Self {
        Self { params, placeholders, lang, wrong: None }
    }

    /// Returns the parameter of lists of this name; a placeholder of that name comes before it.
    pub(super) fn get(&self, name: &str) -> Option<&'p str> {
        self.params.get(name).filter(|_| !self.is_placeholder(name))
    }

    /// Notes that the value of a parameter is wrong.
    pub(super) fn wrong(&mut self, name: &str, why: String) {
        let lang = self.lang;
        let error =
            self.wrong.take().unwrap_or_else(|| Error::new(Code::Validation, said::wrong_parameters(lang)));
        self.wrong = Some(error.field(name.to_owned(), why));
    }

    /// Reads the parameters of a list.
    ///
    /// # Errors
    /// 400 for what the list does not know or cannot do, 422 for all values that are wrong.
    pub(super) fn of_list(mut self, form: &ListForm) -> Result<Asked<'_>> {
        let sort = self.get("sort").map(|text| self.sort(form, text)).transpose()?;
        let fields = self.get("fields").map(|text| self.fields(form, text)).transpose()?;
        let (mut conditions, mut values) = (Vec::new(), Vec::new());
        for (name, text) in self.params.iter() {
            if self.is_placeholder(name) || OF_LISTS.contains(&name) {
                continue;
            }
            let (column, operator) = filter::split(name);
            let Some(index) = form.column(column) else { return Err(self.unknown(form, name, column)) };
            match filter::read(form, index, operator, text, &mut values, self.lang) {
                Ok(condition) => conditions.push(condition),
                Err(NoFilter::Refused(error)) => return Err(error),
                Err(NoFilter::Value(why)) => self.wrong(name, why),
            }
        }
        let count = match self.get("count") {
            Some("true") => true,
            None | Some("false") => false,
            Some(_) => {
                self.wrong("count", words::true_or_false(self.lang).to_owned());
                false
            }
        };
        let paging = asked_paging(&mut self, form)?;
        let after = self.get("after").map(str::to_owned);
        if let (true, Some(why)) = (count, form.unpaged) {
            return Err(words::not_paged(self.lang, "count", why));
        }
        match self.wrong {
            Some(error) => Err(error),
            None => Ok(Asked { paging, after, sort, fields, conditions, values, count }),
        }
    }

    /// Reads the one parameter that a single row takes.
    pub(super) fn of_row(self, form: &ListForm) -> Result<Vec<usize>> {
        let strange = self
            .params
            .iter()
            .map(|(name, _)| name)
            .find(|name| !self.is_placeholder(name) && *name != "fields");
        if let Some(name) = strange {
            let mut known = self.placeholders.to_vec();
            known.push("fields".to_owned());
            let near = closest(name, known.iter().map(String::as_str));
            return Err(words::unknown(self.lang, name, near, &known.join(", ")));
        }
        self.fields(form, self.get("fields").unwrap_or_default())
    }

    fn is_placeholder(&self, name: &str) -> bool {
        self.placeholders.iter().any(|known| known == name)
    }

    /// Refuses a parameter that is nothing here, and tells what there is.
    fn unknown(&self, form: &ListForm, name: &str, column: &str) -> Error {
        let filters = form.columns.iter().filter(|column| column.no_filter.is_none());
        let filters: Vec<&str> = filters.map(|column| column.name.as_str()).collect();
        let placeholders = self.placeholders.iter().map(String::as_str);
        let of_lists = OF_LISTS.iter().copied().filter(|name| form.unpaged.is_none() || *name == "fields");
        let known: Vec<&str> = placeholders.chain(of_lists).chain(filters).collect();
        let mut text = known.join(", ");
        if form.columns.iter().any(|column| column.no_filter.is_none()) {
            text = format!("{text}; [{}]", OPERATORS.join("], ["));
        }
        words::unknown(self.lang, name, closest(column, known.iter().copied()), &text)
    }

    /// Finds a result column that a parameter names.
    fn column(&self, form: &ListForm, parameter: &str, name: &str) -> Result<usize> {
        form.column(name).ok_or_else(|| {
            let known: Vec<&str> = form.columns.iter().map(|column| column.name.as_str()).collect();
            words::no_column(self.lang, parameter, name, closest(name, known.iter().copied()), &known)
        })
    }

    fn sort(&self, form: &ListForm, text: &str) -> Result<Vec<Sorted>> {
        let terms = text.split(',').map(|term| match term.strip_prefix('-') {
            Some(name) => (name, true),
            None => (term, false),
        });
        let mut sorted: Vec<Sorted> = Vec::new();
        for (name, descending) in terms {
            let column = self.column(form, "sort", name)?;
            if sorted.iter().any(|known| known.column == column) {
                return Err(words::twice(self.lang, "sort", name));
            }
            if let Some(why) = form.columns[column].no_sort {
                return Err(words::not_sorted(self.lang, name, why));
            }
            sorted.push(Sorted { column, descending });
        }
        Ok(sorted)
    }

    fn fields(&self, form: &ListForm, text: &str) -> Result<Vec<usize>> {
        let facts = form.facts();
        if facts.distinct || facts.having || facts.aggregate || facts.group.is_some() {
            return Err(words::not_narrowed(self.lang));
        }
        let mut fields: Vec<usize> = Vec::new();
        for name in text.split(',') {
            let column = self.column(form, "fields", name)?;
            if fields.contains(&column) {
                return Err(words::twice(self.lang, "fields", name));
            }
            fields.push(column);
        }
        Ok(fields)
    }

    /// Reads the sort that a cursor holds.
    pub(super) fn sort_of_cursor(
        form: &ListForm,
        names: &[std::borrow::Cow<'_, str>],
    ) -> Option<Vec<Sorted>> {
        let sorted = |name: &std::borrow::Cow<'_, str>| {
            let (name, descending) = match name.strip_prefix('-') {
                Some(name) => (name, true),
                None => (&**name, false),
            };
            let column = form.column(name).filter(|column| form.columns[*column].no_sort.is_none())?;
            Some(Sorted { column, descending })
        };
        names.iter().map(sorted).collect()
    }

    /// Returns the language of messages.
    pub(super) fn lang(&self) -> Lang {
        self.lang
    }
}
