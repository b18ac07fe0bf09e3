//! Files of variables, as systemd's `EnvironmentFile=` has them: `NAME=value`, a line each.
//!
//! Lines that begin with `#` or `;` are comments, and a backslash at the end of a line joins the next one to it. Blanks
//! around a value fall away unless it stands in quotes; in `'…'` all is taken as it is, in `"…"` a backslash stands
//! before `"`, `\`, `` ` `` and `$`. What systemd passes over in silence (a line without `=`, a name that cannot be one)
//! is a fault here.

use std::str::Chars;

/// What is wrong with a file, and in which line from 1.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Fault {
    pub(super) line: usize,
    /// It shows names, never a value.
    pub(super) message: String,
}

/// A variable and the line from 1 in which it begins.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Variable {
    pub(super) line: usize,
    pub(super) name: String,
    pub(super) value: String,
}

/// Takes a file apart, and tells all its faults.
pub(super) fn parse(text: &str) -> Result<Vec<Variable>, Vec<Fault>> {
    let mut reader = Reader { letters: text.chars(), line: 1 };
    let (mut variables, mut faults) = (Vec::new(), Vec::new());
    while let Some(first) = reader.next() {
        let line = reader.line;
        match first {
            '#' | ';' => reader.skip_comment(),
            blank if blank.is_whitespace() => {}
            first => match reader.variable(first) {
                Ok((name, value)) => variables.push(Variable { line, name, value }),
                Err(message) => faults.push(Fault { line, message }),
            },
        }
    }
    if faults.is_empty() { Ok(variables) } else { Err(faults) }
}

struct Reader<'a> {
    letters: Chars<'a>,
    /// The line of the next letter.
    line: usize,
}

/// Blanks that part nothing: a value ends at the end of its line alone.
const BLANKS: [char; 3] = [' ', '\t', '\r'];

impl Reader<'_> {
    fn next(&mut self) -> Option<char> {
        let letter = self.letters.next()?;
        self.line += usize::from(letter == '\n');
        Some(letter)
    }

    fn skip_comment(&mut self) {
        while let Some(letter) = self.next() {
            match letter {
                '\n' => return,
                '\\' => {
                    self.next();
                }
                _ => {}
            }
        }
    }

    fn variable(&mut self, first: char) -> Result<(String, String), String> {
        let mut name = String::from(first);
        loop {
            match self.next() {
                Some('=') => break,
                Some('\n') | None => return Err("there is no `=` in this line".to_owned()),
                Some(letter) => name.push(letter),
            }
        }
        let value = self.value()?;
        let name = name.trim_end_matches(BLANKS);
        if value.contains('\0') {
            return Err(format!("the value of `{name}` holds a NUL"));
        }
        Ok((name.to_owned(), value))
    }

    /// Reads from behind the `=` to the end of the value.
    fn value(&mut self) -> Result<String, String> {
        let mut value = String::new();
        // Where blanks begin that fall away if nothing follows them.
        let mut end = 0;
        // A quote opens only where no other letter stands before it.
        let mut bare = false;
        while let Some(letter) = self.next() {
            match letter {
                '\n' => break,
                '\\' => {
                    bare = true;
                    value.extend(self.next().filter(|next| *next != '\n'));
                    end = value.len();
                }
                '\'' if !bare => {
                    self.quoted(&mut value, '\'')?;
                    end = value.len();
                }
                '"' if !bare => {
                    self.quoted(&mut value, '"')?;
                    end = value.len();
                }
                blank if BLANKS.contains(&blank) => {
                    if bare {
                        value.push(blank);
                    }
                }
                letter => {
                    bare = true;
                    value.push(letter);
                    end = value.len();
                }
            }
        }
        value.truncate(end);
        Ok(value)
    }

    fn quoted(&mut self, value: &mut String, quote: char) -> Result<(), String> {
        loop {
            let letter =
                self.next().ok_or_else(|| format!("the quote `{quote}` of this value does not end"))?;
            match letter {
                letter if letter == quote => return Ok(()),
                '\\' if quote == '"' => match self.next() {
                    Some(escaped @ ('"' | '\\' | '`' | '$')) => value.push(escaped),
                    Some('\n') => {}
                    other => {
                        value.push('\\');
                        value.extend(other);
                    }
                },
                letter => value.push(letter),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_those_of_systemd() {
        for (text, expected) in [
            ("", &[][..]),
            ("A=1\n", &[("A", "1")]),
            ("A=1\nA=2", &[("A", "1"), ("A", "2")]),
            ("  A = 1 2 \t\r\nB=", &[("A", "1 2"), ("B", "")]),
            ("# A=1\n;B=2\n\n C=3 # no comment\n", &[("C", "3 # no comment")]),
            ("# goes on \\\nA=1\nB=2\n", &[("B", "2")]),
            ("A=one \\\n  two\n", &[("A", "one   two")]),
            ("A='  $x \\n \"  '  \n", &[("A", "  $x \\n \"  ")]),
            ("A=\"a \\\" \\\\ \\$ \\` \\n\nb\\\nc\"\n", &[("A", "a \" \\ $ ` \\n\nbc")]),
            ("A='a'\"b\" 'c'\n", &[("A", "abc")]),
            ("A=it's \"so\"\n", &[("A", "it's \"so\"")]),
            ("A=\\ a\\ \n", &[("A", " a ")]),
            ("URL=http://x/?a=b&c=d\n", &[("URL", "http://x/?a=b&c=d")]),
        ] {
            let found = parse(text).unwrap();
            let found: Vec<_> = found.iter().map(|one| (&*one.name, &*one.value)).collect();
            assert_eq!(found, expected, "{text:?}");
        }
    }

    #[test]
    fn faults_are_told_with_their_lines_and_without_values() {
        let faults = parse("A=1\nsecret\nB='\n\nC=secret\0\nD=\"x\n").unwrap_err();
        let told: Vec<_> = faults.iter().map(|fault| (fault.line, &*fault.message)).collect();
        assert_eq!(
            told,
            [(2, "there is no `=` in this line"), (3, "the quote `'` of this value does not end")]
        );
        let faults = parse("A='\nb'\nC=secret\0\nD=\"x\n").unwrap_err();
        let told: Vec<_> = faults.iter().map(|fault| (fault.line, &*fault.message)).collect();
        assert_eq!(
            told,
            [(3, "the value of `C` holds a NUL"), (4, "the quote `\"` of this value does not end")]
        );
        assert_eq!(parse("A='\nb'\nC=3\n").unwrap()[1].line, 3);
    }
}
