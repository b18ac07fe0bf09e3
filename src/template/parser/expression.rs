//! What stands inside an action: operands, calls, pipelines, and the variables they go to.

use crate::template::MAX_DEPTH;
use crate::template::data::Data;
use crate::template::fault::Fault;
use crate::template::functions::{Function, NotOne};
use crate::template::lexer::{Action, Token, TokenKind};
use crate::template::printf;
use crate::template::tree::{Base, Expression, Kind, Path, Target};

/// The words of one action while they are read.
pub(super) struct Words<'a, 's> {
    tokens: &'a [Token<'s>],
    next: usize,
    source: &'s str,
    /// Byte at which the action ends.
    end: usize,
    /// Parentheses that are open.
    depth: usize,
}

impl<'a, 's> Words<'a, 's> {
    pub(super) fn of(action: &'a Action<'s>, source: &'s str) -> Self {
        Self { tokens: &action.tokens, next: 0, source, end: action.end, depth: 0 }
    }

    /// Reads `$x :=`, `$x =` or `$i, $x :=`, if the action begins so; at most this many variables.
    pub(super) fn targets(&mut self, known: &[String], most: usize) -> Result<Vec<Target>, Fault> {
        let kinds: Vec<&TokenKind> = self.tokens.iter().take(4).map(|token| &token.kind).collect();
        let count = match kinds[..] {
            [TokenKind::Variable, TokenKind::Declare | TokenKind::Assign, ..] => 1,
            [
                TokenKind::Variable,
                TokenKind::Comma,
                TokenKind::Variable,
                TokenKind::Declare | TokenKind::Assign,
            ] => 2,
            _ => return Ok(Vec::new()),
        };
        if most < count {
            return Err(self.fault_at(self.tokens[1].at, "only `range` gives two variables"));
        }
        let operator = &self.tokens[2 * count - 1];
        let is_new = operator.kind == TokenKind::Declare;
        self.next = 2 * count;
        self.tokens[..2 * count]
            .iter()
            .step_by(2)
            .map(|token| match token.text {
                "$" => Err(self.fault_at(token.at, "`$` is the data as a whole and cannot be changed")),
                name if !is_new && !known.iter().any(|one| one == name) => Err(self.unknown_variable(token)),
                name => Ok(Target { name: name.to_owned(), is_new }),
            })
            .collect()
    }

    /// Returns the variables that the action makes, also when the rest of it is wrong.
    pub(super) fn declared(&self) -> Vec<String> {
        let declare =
            self.tokens.iter().position(|token| token.kind == TokenKind::Declare).unwrap_or_default();
        let names = self.tokens[..declare].iter().filter(|token| token.kind == TokenKind::Variable);
        names.map(|token| token.text.to_owned()).collect()
    }

    /// Reads a pipeline that is all the rest of the action. `word` is the keyword it stands behind, if there is one.
    pub(super) fn pipeline_to_end(&mut self, known: &[String], word: &str) -> Result<Expression, Fault> {
        if self.next == self.tokens.len() {
            let message = match word {
                "" if self.tokens.is_empty() => "this action is empty".to_owned(),
                "" => "the value is missing".to_owned(),
                _ => format!("`{word}` needs a value, such as `{{{{{word} .Name}}}}`"),
            };
            return Err(self.fault_at(self.end, message));
        }
        let value = self.pipeline(known)?;
        match self.peek() {
            None => Ok(value),
            Some(token) if token.kind == TokenKind::Close => {
                Err(self.fault_at(token.at, "this `)` closes nothing"))
            }
            Some(token) => Err(self.out_of_place(token)),
        }
    }

    fn pipeline(&mut self, known: &[String]) -> Result<Expression, Fault> {
        let mut value = self.command(known, None)?;
        let mut pipes = 0;
        while let Some(pipe) = self.peek().filter(|token| token.kind == TokenKind::Pipe) {
            pipes += 1;
            if MAX_DEPTH < pipes {
                return Err(self.fault_at(pipe.at, format!("a pipeline has at most {MAX_DEPTH} steps")));
            }
            self.next += 1;
            value = self.command(known, Some(value))?;
        }
        Ok(value)
    }

    /// Reads one step of a pipeline, which gets what the step before it yields as its last argument.
    fn command(&mut self, known: &[String], piped: Option<Expression>) -> Result<Expression, Fault> {
        let Some(first) = self.peek() else {
            return Err(self.fault_at(self.end, "a value is missing here"));
        };
        let is_value = matches!(first.text, "true" | "false" | "nil");
        if first.kind == TokenKind::Word && !is_value {
            return self.call(known, first, piped);
        }
        let value = self.operand(known)?;
        if piped.is_some() {
            let message = format!("`{}` is no function, and only one can stand after `|`", first.text);
            return Err(self.fault_at(first.at, message).hint(functions_there_are()));
        }
        let more = self.peek().filter(|token| !matches!(token.kind, TokenKind::Pipe | TokenKind::Close));
        let Some(argument) = more else { return Ok(value) };
        if !argument.kind.begins_an_operand() {
            return Err(self.out_of_place(argument));
        }
        if let Kind::Path(path) = &value.kind
            && !path.fields.is_empty()
        {
            let message = format!("`{}` is given arguments, and methods cannot be called here", path.words);
            let hint =
                "the data has values only: have the query make the text, for instance with DATE_FORMAT";
            return Err(self.fault_at(value.at, message).hint(hint));
        }
        let message = format!("`{}` is no function and takes no arguments", first.text);
        Err(self.fault_at(value.at, message).hint("text around a value stands outside of the braces"))
    }

    fn call(
        &mut self,
        known: &[String],
        name: &Token<'s>,
        piped: Option<Expression>,
    ) -> Result<Expression, Fault> {
        self.next += 1;
        let function = Function::named(name.text).map_err(|not_one| self.refused(name, not_one))?;
        let mut arguments = Vec::new();
        while let Some(token) = self.peek().filter(|token| token.kind.begins_an_operand()) {
            if token.kind == TokenKind::Word && !matches!(token.text, "true" | "false" | "nil") {
                let message = match Function::named(token.text) {
                    Ok(_) => format!("`{}` is an argument of `{}` here", token.text, name.text),
                    Err(_) => format!("`{}` is no value", token.text),
                };
                let hint = match Function::named(token.text) {
                    Ok(_) => format!("put a call within a call in parentheses: `({} …)`", token.text),
                    Err(_) => format!(
                        "a variable begins with a dot, `.{0}`, and a text stands in quotes, `\"{0}\"`",
                        token.text
                    ),
                };
                return Err(self.fault_at(token.at, message).hint(hint));
            }
            arguments.push(self.operand(known)?);
        }
        arguments.extend(piped);
        let (least, most) = function.arguments();
        if arguments.len() < least || most < arguments.len() {
            let message =
                format!("`{}` takes {}, found {}", name.text, counted(least, most), arguments.len());
            return Err(self.fault_at(name.at, message).hint(function.usage()));
        }
        if function == Function::Printf
            && let Some(Expression { at, kind: Kind::Literal(Data::Text(format)) }) = arguments.first()
        {
            printf::check(format, arguments.len() - 1).map_err(|message| self.fault_at(*at, message))?;
        }
        Ok(Expression { at: name.at, kind: Kind::Call(function, arguments) })
    }

    fn operand(&mut self, known: &[String]) -> Result<Expression, Fault> {
        let Some(first) = self.peek() else {
            return Err(self.fault_at(self.end, "a value is missing here"));
        };
        let at = first.at;
        self.next += 1;
        let mut fields = Vec::new();
        let base = match &first.kind {
            TokenKind::Literal(value) => {
                return self.no_field_after(first, Kind::Literal(value.clone()));
            }
            TokenKind::Word => {
                let value = match first.text {
                    "true" => Data::Bool(true),
                    "false" => Data::Bool(false),
                    _ => Data::Null,
                };
                return self.no_field_after(first, Kind::Literal(value));
            }
            TokenKind::Field => {
                fields.push(first.text[1..].to_owned());
                Base::Dot
            }
            TokenKind::Dot => {
                return self.no_field_after(first, self.path(at, Base::Dot, fields));
            }
            TokenKind::Variable => {
                if first.text != "$" && !known.iter().any(|name| name == first.text) {
                    return Err(self.unknown_variable(first));
                }
                Base::Variable(first.text.to_owned())
            }
            TokenKind::Open => {
                self.depth += 1;
                if MAX_DEPTH < self.depth {
                    return Err(
                        self.fault_at(at, format!("parentheses are nested more than {MAX_DEPTH} deep"))
                    );
                }
                let inner = self.pipeline(known)?;
                self.depth -= 1;
                match self.peek().filter(|token| token.kind == TokenKind::Close) {
                    Some(_) => self.next += 1,
                    None => return Err(self.fault_at(at, "this `(` is never closed")),
                }
                Base::Inner(Box::new(inner))
            }
            _ => return Err(self.out_of_place(first)),
        };
        while let Some(token) = self.adjacent() {
            match token.kind {
                TokenKind::Field => fields.push(token.text[1..].to_owned()),
                _ => return Err(self.out_of_place(token)),
            }
            self.next += 1;
        }
        if let Base::Inner(inner) = base {
            return Ok(if fields.is_empty() {
                *inner
            } else {
                Expression { at, kind: self.path(at, Base::Inner(inner), fields) }
            });
        }
        Ok(Expression { at, kind: self.path(at, base, fields) })
    }

    /// Makes a path whose last word was just read.
    fn path(&self, at: usize, base: Base, fields: Vec<String>) -> Kind {
        let end = self.tokens[self.next - 1].end();
        Kind::Path(Path { base, fields, words: self.source[at..end].to_owned() })
    }

    fn no_field_after(&self, first: &Token<'s>, kind: Kind) -> Result<Expression, Fault> {
        match self.adjacent() {
            Some(token) => Err(self.out_of_place(token)),
            None => Ok(Expression { at: first.at, kind }),
        }
    }

    /// Returns the next word if it follows the last one without a blank and could belong to it.
    fn adjacent(&self) -> Option<&'a Token<'s>> {
        let last = &self.tokens[self.next - 1];
        let belongs = |token: &&Token<'_>| {
            token.at == last.end() && (token.kind.begins_an_operand() && token.kind != TokenKind::Open)
        };
        self.peek().filter(belongs)
    }

    fn peek(&self) -> Option<&'a Token<'s>> {
        self.tokens.get(self.next)
    }

    fn out_of_place(&self, token: &Token<'_>) -> Fault {
        self.fault_at(token.at, format!("`{}` is out of place here", token.text))
    }

    fn unknown_variable(&self, token: &Token<'_>) -> Fault {
        let message = format!("there is no variable `{}` here", token.text);
        let field = token.text.trim_start_matches('$');
        self.fault_at(token.at, message).hint(format!(
            "make it with `{{{{{} := …}}}}` in this block or around it; what the data holds is `.{field}`",
            token.text
        ))
    }

    fn refused(&self, name: &Token<'_>, not_one: NotOne) -> Fault {
        match not_one {
            NotOne::Unsupported(hint) => {
                self.fault_at(name.at, format!("`{}` is not supported here", name.text)).hint(hint)
            }
            NotOne::Unknown => {
                let fault = self.fault_at(name.at, format!("there is no function `{}`", name.text));
                if self.tokens.len() == 1 {
                    fault.hint(format!("a variable begins with a dot: `{{{{.{}}}}}`", name.text))
                } else {
                    fault.hint(functions_there_are())
                }
            }
        }
    }

    fn fault_at(&self, at: usize, message: impl Into<String>) -> Fault {
        Fault::new(self.source, at, message)
    }
}

impl TokenKind {
    fn begins_an_operand(&self) -> bool {
        matches!(self, Self::Word | Self::Field | Self::Dot | Self::Variable | Self::Literal(_) | Self::Open)
    }
}

fn counted(least: usize, most: usize) -> String {
    let arguments = |count: usize| if count == 1 { "argument" } else { "arguments" };
    match most {
        usize::MAX => format!("{least} {} or more", arguments(least)),
        _ if least == most => format!("{least} {}", arguments(least)),
        _ => format!("{least} to {most} arguments"),
    }
}

fn functions_there_are() -> String {
    let names: Vec<&str> = Function::ALL.iter().map(|function| function.name()).collect();
    format!("the functions are {}", names.join(", "))
}
