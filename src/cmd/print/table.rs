//! Tables for people: boxes on a terminal, tab-separated lines in a pipe.

use std::fmt::Write as _;

use comfy_table::{Attribute, Cell, CellAlignment, Color, ColumnConstraint, ContentArrangement, presets};

use super::Node;
use super::escaped;

/// What parts the columns of a drawn table.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Between {
    /// Boxes.
    Lines,
    /// Nothing to be seen.
    Blanks,
}

/// Letters of a text that a column shows on one line at least.
const READABLE: usize = 8;

/// A table: names of the columns, and rows of cells.
#[derive(Debug, Clone, Default)]
pub(in crate::cmd) struct Table {
    columns: Vec<String>,
    rows: Vec<Vec<String>>,
}

impl Table {
    /// Makes an empty table with these columns.
    pub(in crate::cmd) fn new<const N: usize>(columns: [&str; N]) -> Self {
        Self { columns: columns.map(str::to_owned).to_vec(), rows: Vec::new() }
    }

    /// Adds a row.
    pub(in crate::cmd) fn row<const N: usize>(&mut self, cells: [String; N]) {
        self.rows.push(Vec::from(cells));
    }

    /// Makes a table of a list of objects: a column for each key, in the order in which they first appear. A key that an
    /// object has twice makes two columns.
    ///
    /// What is no object becomes a row with a single cell.
    pub(in crate::cmd) fn of_rows(rows: &[Node]) -> Self {
        // A key, and how often it stood before.
        let mut keys: Vec<(&str, usize)> = Vec::new();
        for row in rows {
            let Node::Map(entries) = row else { continue };
            for (index, (key, _)) in entries.iter().enumerate() {
                let column = (key.as_str(), occurrences(entries, index));
                // The columns of most rows are those of the row before, in the same order.
                if keys.get(index) != Some(&column) && !keys.contains(&column) {
                    keys.push(column);
                }
            }
        }
        let cells = |row: &Node| match row {
            Node::Map(entries) => keys
                .iter()
                .map(|(key, before)| {
                    let mut same = entries.iter().filter(|(known, _)| known == key);
                    same.nth(*before).map(|(_, value)| value.cell()).unwrap_or_default()
                })
                .collect(),
            other => vec![other.cell()],
        };
        let rows = rows.iter().map(cells).collect();
        Self { columns: keys.into_iter().map(|(key, _)| key.to_owned()).collect(), rows }
    }

    /// Draws columns as wide as the terminal allows, in boxes if wanted, or a line a cell where none would be readable.
    pub(super) fn columns(&self, color: bool, between: Between) -> String {
        self.drawn(color, between, terminal_width())
    }

    fn drawn(&self, color: bool, between: Between, width: Option<u16>) -> String {
        if width.is_some_and(|width| usize::from(width) < self.least_width()) {
            return self.records();
        }
        let numeric: Vec<bool> = (0..self.columns.len()).map(|index| self.is_numeric(index)).collect();
        let mut table = comfy_table::Table::new();
        table.load_style(match between {
            Between::Lines => presets::UTF8_FULL_CONDENSED,
            Between::Blanks => presets::NOTHING,
        });
        // Without a width of ours it would ask the terminal, which may say 0.
        table.set_content_arrangement(match width {
            Some(_) => ContentArrangement::Dynamic,
            None => ContentArrangement::Disabled,
        });
        if color {
            table.enforce_styling();
        } else {
            table.force_no_tty();
        }
        let header = self.columns.iter().map(|name| {
            let cell = Cell::new(escaped(name));
            if color { cell.add_attribute(Attribute::Bold) } else { cell }
        });
        table.set_header(header);
        for row in &self.rows {
            table.add_row(row.iter().zip(&numeric).map(|(text, is_numeric)| {
                let cell = Cell::new(escaped(text)).set_alignment(if *is_numeric {
                    CellAlignment::Right
                } else {
                    CellAlignment::Left
                });
                match state_color(text).filter(|_| color) {
                    Some(found) => cell.fg(found),
                    None => cell,
                }
            }));
        }
        if let Some(width) = width {
            table.set_width(width);
            keep_narrow_columns_whole(&mut table, width);
        }
        format!("{table}\n")
    }

    /// Tells whether a column holds numbers alone; they stand on the right.
    fn is_numeric(&self, index: usize) -> bool {
        let mut cells = self.rows.iter().filter_map(|row| row.get(index)).filter(|text| !text.is_empty());
        cells.all(|text| is_number(text) || text == "NULL")
    }

    /// Returns the width below which words would be cut into pieces: no column is narrower than its name, or than
    /// [`READABLE`] where it holds more.
    fn least_width(&self) -> usize {
        let least = |(index, name): (usize, &String)| {
            let cells = self.rows.iter().filter_map(|row| row.get(index));
            let longest = cells.map(|text| text.chars().count()).max().unwrap_or_default();
            // Two blanks and a line.
            longest.min(READABLE).max(name.chars().count()) + 3
        };
        self.columns.iter().enumerate().map(least).sum::<usize>() + 1
    }

    /// Writes a line a cell, with the name of its column before it, and an empty line between rows.
    pub(super) fn records(&self) -> String {
        let names: Vec<String> = self.columns.iter().map(|name| escaped(name)).collect();
        let width = names.iter().map(|name| name.chars().count()).max().unwrap_or_default();
        let mut out = String::new();
        for (index, row) in self.rows.iter().enumerate() {
            if index != 0 {
                out.push('\n');
            }
            for (name, text) in names.iter().zip(row).filter(|(_, text)| !text.is_empty()) {
                let _ = writeln!(out, "{name:width$}  {}", escaped(text));
            }
        }
        out
    }

    /// Writes a line of names and a line a row, cells separated by tabs; no cell holds a tab or a line break.
    pub(super) fn plain(&self) -> String {
        let line = |cells: &[String]| cells.iter().map(|cell| escaped(cell)).collect::<Vec<_>>().join("\t");
        let mut out = line(&self.columns);
        for row in &self.rows {
            out.push('\n');
            out.push_str(&line(row));
        }
        out.push('\n');
        out
    }
}

/// Counts how often the key at `index` stands before it.
fn occurrences(entries: &[(String, Node)], index: usize) -> usize {
    let (key, _) = &entries[index];
    entries[..index].iter().filter(|(known, _)| known == key).count()
}

/// A date or a name is not broken over lines as long as a longer text beside it can be.
fn keep_narrow_columns_whole(table: &mut comfy_table::Table, width: u16) {
    /// What is left for each column that may be broken, at least.
    const LEAST: u16 = 16;
    let mut widths: Vec<(usize, u16)> = table.column_max_content_widths().into_iter().enumerate().collect();
    widths.sort_by_key(|(_, width)| *width);
    let count = u16::try_from(widths.len()).unwrap_or(u16::MAX);
    // A column takes two blanks and a line.
    let mut left = width.saturating_sub(count.saturating_mul(3).saturating_add(1));
    for (further, (index, width)) in (0..count).rev().zip(widths) {
        if left < width.saturating_add(further.saturating_mul(LEAST)) {
            break;
        }
        left -= width;
        if let Some(column) = table.column_mut(index) {
            column.set_constraint(ColumnConstraint::ContentWidth);
        }
    }
}

fn terminal_width() -> Option<u16> {
    super::frame::terminal_size().map(|(width, _)| width)
}

fn is_number(text: &str) -> bool {
    text.starts_with(|c: char| c.is_ascii_digit() || c == '-') && text.parse::<f64>().is_ok()
}

/// The words for states that an operator looks for first.
fn state_color(text: &str) -> Option<Color> {
    match text {
        "ready" | "up" | "ok" | "OK" => Some(Color::Green),
        "failed" | "down" | "unhealthy" | "error" | "serious" => Some(Color::Red),
        "waiting" | "starting" | "backoff" | "stopping" | "stopped" | "warning" => Some(Color::Yellow),
        _ => None,
    }
}

/// Returns the same colours as what a terminal obeys.
pub(super) fn state_style(text: &str) -> Option<&'static str> {
    match state_color(text)? {
        Color::Green => Some("32"),
        Color::Red => Some("31"),
        _ => Some("33"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_become_columns_by_first_appearance() {
        let Node::List(rows) = Node::parse(r#"[{"b":1,"a":"x\ty"},{"a":null,"c":1.10}]"#).unwrap() else {
            panic!()
        };
        assert_eq!(Table::of_rows(&rows).plain(), "b\ta\tc\n1\tx\\ty\t\n\tNULL\t1.10\n");
    }

    #[test]
    fn columns_with_one_name_are_two() {
        let Node::List(rows) = Node::parse(r#"[{"id":1,"n":"a","id":7},{"id":2,"n":"b","id":8}]"#).unwrap()
        else {
            panic!()
        };
        assert_eq!(Table::of_rows(&rows).plain(), "id\tn\tid\n1\ta\t7\n2\tb\t8\n");
    }

    #[test]
    fn a_narrow_column_is_not_broken_beside_a_long_one() {
        let mut table = comfy_table::Table::new();
        table.set_content_arrangement(ContentArrangement::Dynamic).set_width(44);
        table.set_header(["date_end", "description"]);
        table.add_row(["2026-01-15", "a text that is a good deal longer than what is left for it"]);
        keep_narrow_columns_whole(&mut table, 44);
        let drawn = table.to_string();
        assert!(drawn.contains("2026-01-15"), "{drawn}");
        assert!(drawn.lines().all(|line| line.chars().count() <= 44), "{drawn}");
    }

    #[test]
    fn a_terminal_too_narrow_for_boxes_gets_a_line_a_cell() {
        let mut table = Table::new(["SERVICE", "PID", "WHY"]);
        table.row(["sogoway".to_owned(), "7".to_owned(), "answers its health check".to_owned()]);
        table.row(["sogoms-db".to_owned(), String::new(), "waits".to_owned()]);
        let records = "SERVICE  sogoway\nPID      7\nWHY      answers its health check\n\nSERVICE  sogoms-db\nWHY      waits\n";
        assert_eq!(table.drawn(false, Between::Lines, Some(28)), records);
        assert!(table.drawn(false, Between::Lines, Some(29)).starts_with('┌'));
        assert!(table.drawn(false, Between::Lines, None).starts_with('┌'));
    }

    #[test]
    fn numbers_stand_on_the_right_where_the_column_holds_nothing_else() {
        let mut table = Table::new(["STAGE", "DECISION", "ROWS"]);
        table.row(["user".to_owned(), "3".to_owned(), "7".to_owned()]);
        table.row(["role".to_owned(), "admin".to_owned(), String::new()]);
        let boxes = table.drawn(false, Between::Lines, None);
        assert!(boxes.contains("│ user  ┆ 3        ┆    7 │"), "{boxes}");
    }

    #[test]
    fn boxes_hold_no_colour_unless_asked() {
        let mut table = Table::new(["SERVICE", "STATE"]);
        table.row(["sogoway".to_owned(), "ready".to_owned()]);
        let boxes = table.columns(false, Between::Lines);
        assert!(boxes.contains("│ sogoway ┆ ready │"), "{boxes}");
        assert!(!boxes.contains('\x1b'));
        assert!(table.columns(true, Between::Lines).contains("\x1b["));
    }
}
