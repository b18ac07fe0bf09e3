//! A list's statement for one request.

use super::{Condition, Listing, Piece, ResultColumn, Sorted, Zeros};

/// What a request wants of a list.
#[derive(Debug, Clone, Default)]
pub struct Shape<'a> {
    /// Which result columns to answer, by their numbers; `None` for all.
    pub columns: Option<&'a [usize]>,
    /// What must hold of the rows, besides the statement's own conditions.
    pub conditions: &'a [Condition],
    /// The order of the rows.
    pub order: Order<'a>,
    /// Whether `LIMIT ?` follows.
    pub limit: bool,
    /// Whether `OFFSET ?` follows that.
    pub offset: bool,
}

/// In which order a list answers its rows.
#[derive(Debug, Clone, Copy)]
pub enum Order<'a> {
    /// The statement's own, and where that leaves open which comes first, by these columns.
    Own(&'a [usize]),
    /// By these columns.
    By(&'a [Sorted]),
}

impl Default for Order<'_> {
    fn default() -> Self {
        Self::Own(&[])
    }
}

/// Where the value of a `?` comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mark {
    /// It is this `?` of the statement itself.
    Own(usize),
    /// It is the next of the values that were added.
    Added,
}

/// A statement for the engine.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Written {
    /// The text.
    pub sql: String,
    /// Where the value of each `?` comes from.
    pub marks: Vec<Mark>,
}

impl Written {
    fn space(&mut self) {
        if !self.sql.is_empty() && !self.sql.ends_with('(') {
            self.sql.push(' ');
        }
    }

    fn text(&mut self, text: &str) {
        self.space();
        self.sql.push_str(text);
    }

    fn piece(&mut self, piece: &Piece) {
        self.text(&piece.sql);
        self.marks.extend(piece.marks.clone().map(Mark::Own));
    }

    fn added(&mut self, count: usize) {
        self.marks.extend(std::iter::repeat_n(Mark::Added, count));
    }
}

impl Listing {
    /// Writes the statement that answers the rows.
    pub fn select(&self, shape: &Shape<'_>) -> Written {
        let mut out = Written { sql: String::new(), marks: Vec::new() };
        out.piece(&self.head);
        match shape.columns {
            None => out.piece(&self.items),
            Some(columns) => {
                for (index, column) in columns.iter().enumerate() {
                    if 0 < index {
                        out.sql.push(',');
                    }
                    out.piece(&self.columns[*column].item);
                }
            }
        }
        self.rows(&mut out, shape.conditions);
        self.order(&mut out, shape.order);
        if let Some(tail) = &self.tail {
            out.piece(tail);
        }
        if shape.limit {
            out.text("LIMIT ?");
            out.added(1);
        }
        if shape.offset {
            out.text("OFFSET ?");
            out.added(1);
        }
        out
    }

    /// Writes the statement that counts the rows, of which the one row is `{"count": n}`.
    pub fn count(&self, conditions: &[Condition]) -> Written {
        let mut out = Written { sql: String::new(), marks: Vec::new() };
        let facts = &self.facts;
        if facts.group.is_some() || facts.distinct || facts.having || facts.aggregate {
            out.text("SELECT COUNT(*) AS count FROM (");
            out.piece(&self.head);
            out.piece(&self.items);
            self.rows(&mut out, conditions);
            out.sql.push_str(") AS counted");
        } else {
            out.piece(&self.head);
            out.text("COUNT(*) AS count");
            self.rows(&mut out, conditions);
        }
        out
    }

    /// Writes FROM, WHERE and what stands between it and the order.
    fn rows(&self, out: &mut Written, conditions: &[Condition]) {
        if let Some(from) = &self.from {
            out.piece(from);
        }
        match &self.condition {
            Some(own) if conditions.is_empty() => {
                out.text("WHERE");
                out.piece(own);
            }
            Some(own) => {
                out.text("WHERE (");
                out.piece(own);
                out.sql.push(')');
            }
            None => {}
        }
        for (index, condition) in conditions.iter().enumerate() {
            out.text(if index == 0 && self.condition.is_none() { "WHERE " } else { "AND " });
            // One of several parts brings its own parentheses.
            let is_single = !matches!(condition, Condition::All(_) | Condition::Any(_));
            out.sql.push_str(if is_single { "(" } else { "" });
            let mut values = 0;
            self.write(condition, &mut out.sql, &mut values);
            out.added(values);
            out.sql.push_str(if is_single { ")" } else { "" });
        }
        if let Some(rest) = &self.rest {
            out.piece(rest);
        }
    }

    fn order(&self, out: &mut Written, order: Order<'_>) {
        let mut is_first = true;
        let mut begin = |out: &mut Written| {
            out.sql.push_str(if is_first { " ORDER BY " } else { ", " });
            is_first = false;
        };
        match order {
            Order::Own(ties) => {
                if let Some(own) = &self.order {
                    begin(out);
                    out.sql.push_str(&own.sql);
                    out.marks.extend(own.marks.clone().map(Mark::Own));
                }
                for column in ties {
                    begin(out);
                    out.sql.push_str(&self.columns[*column].sql);
                }
            }
            Order::By(sorted) => {
                for Sorted { column, descending } in sorted {
                    begin(out);
                    let ResultColumn { sql, zeros, .. } = &self.columns[*column];
                    match zeros {
                        Zeros::AmongNulls => out.sql.extend(["NULLIF(", sql, ", 0)"]),
                        Zeros::None | Zeros::First => out.sql.push_str(sql),
                    }
                    if *descending {
                        out.sql.push_str(" DESC");
                    }
                }
            }
        }
    }
}
