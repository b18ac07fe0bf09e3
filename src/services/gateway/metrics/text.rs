//! The text format of Prometheus, version 0.0.4.

use std::fmt::{Display, Write as _};

/// What kind of figure it is.
#[derive(Debug, Clone, Copy)]
pub(super) enum Kind {
    /// It only grows.
    Counter,
    /// It grows and shrinks.
    Gauge,
    /// It counts values by size.
    Histogram,
}

/// A text that figures are written into, family by family.
#[derive(Debug, Default)]
pub(super) struct Text(String);

impl Text {
    /// Begins a family of figures; all samples of it follow.
    pub(super) fn family(&mut self, name: &str, kind: Kind, help: &str) {
        let kind = match kind {
            Kind::Counter => "counter",
            Kind::Gauge => "gauge",
            Kind::Histogram => "histogram",
        };
        // Writing into text cannot fail.
        let _ = write!(self.0, "# HELP {name} {help}\n# TYPE {name} {kind}\n");
    }

    /// Writes one sample; labels whose value is empty are left out.
    pub(super) fn sample(&mut self, name: &str, labels: &[(&str, &str)], value: impl Display) {
        self.0.push_str(name);
        let mut open = '{';
        for (label, value) in labels.iter().filter(|(_, value)| !value.is_empty()) {
            let _ = write!(self.0, "{open}{label}=\"");
            for character in value.chars() {
                match character {
                    '\\' => self.0.push_str("\\\\"),
                    '"' => self.0.push_str("\\\""),
                    '\n' => self.0.push_str("\\n"),
                    plain => self.0.push(plain),
                }
            }
            self.0.push('"');
            open = ',';
        }
        if open == ',' {
            self.0.push('}');
        }
        let _ = writeln!(self.0, " {value}");
    }

    /// Writes a family of one figure without labels.
    pub(super) fn figure(&mut self, name: &str, kind: Kind, help: &str, value: impl Display) {
        self.family(name, kind, help);
        self.sample(name, &[], value);
    }

    /// Returns the text.
    pub(super) fn into_bytes(self) -> Vec<u8> {
        self.0.into_bytes()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn samples_are_written_as_the_format_has_them() {
        let mut text = Text::default();
        text.family("a_total", Kind::Counter, "What it counts.");
        text.sample("a_total", &[("app", "one\"\\\n"), ("verb", "")], 3);
        text.sample("a_total", &[("app", "two"), ("verb", "list")], 0.5);
        text.figure("b", Kind::Gauge, "What it is.", 1);
        assert_eq!(
            String::from_utf8(text.into_bytes()).unwrap(),
            "# HELP a_total What it counts.\n# TYPE a_total counter\na_total{app=\"one\\\"\\\\\\n\"} 3\n\
             a_total{app=\"two\",verb=\"list\"} 0.5\n# HELP b What it is.\n# TYPE b gauge\nb 1\n"
        );
    }
}
