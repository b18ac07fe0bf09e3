//! What no statement of ours may hold: it would act on the server, or on the next user of the same connection.

use super::fault::Fault;
use super::kind::Kind;
use super::token::{Token, TokenKind};
use super::words::REFUSED_FUNCTIONS;

/// Words that begin a statement which changes a connection, with what to do instead.
const STATE: &[(&[&str], &str)] = &[
    (
        &["BEGIN", "START", "COMMIT", "ROLLBACK", "SAVEPOINT", "RELEASE", "END", "XA"],
        "several statements that belong together are sent as one `transaction`",
    ),
    (
        &["SET", "USE", "PRAGMA", "ATTACH", "DETACH"],
        "the settings of a connection are made by sogoms-db alone",
    ),
    (&["LOCK", "UNLOCK", "HANDLER"], "rows are locked by SELECT … FOR UPDATE inside a `transaction`"),
    (&["PREPARE", "EXECUTE", "DEALLOCATE"], "every statement is prepared already: send it as it is"),
];

/// Refuses a statement whose very purpose is to change the state of a connection.
pub(super) fn connection_state(tokens: &[Token]) -> Result<(), Fault> {
    let Some(first) = tokens.first() else { return Ok(()) };
    if let Some((_, hint)) = STATE.iter().find(|(words, _)| first.is_one_of(words)) {
        let message = format!("{} changes the state of a shared connection", first.text.to_ascii_uppercase());
        return Err(Fault::new(first.at, message).hint(*hint));
    }
    let mut head = tokens.iter().take(4);
    if first.is("CREATE")
        && let Some(temporary) = head.find(|token| token.is_one_of(&["TEMPORARY", "TEMP"]))
    {
        return Err(Fault::new(temporary.at, "a temporary table would stay on a shared connection")
            .hint("use WITH … AS (SELECT …), or a derived table"));
    }
    Ok(())
}

/// Refuses user variables, assignments, writing into files or variables, and functions that act instead of computing.
pub(super) fn dangerous(tokens: &[Token], kind: Kind) -> Result<(), Fault> {
    for (index, token) in tokens.iter().enumerate() {
        if token.kind == TokenKind::Variable && !token.text.starts_with("@@") {
            return Err(Fault::new(token.at, format!("{} is a variable of a shared connection", token.text))
                .hint("write a placeholder, `:name`, or a subquery"));
        }
        if token.is_operator(":=") {
            return Err(Fault::new(token.at, "`:=` assigns a variable of a shared connection").hint(
                "compare with `=`; running totals are written with window functions, SUM(…) OVER (…)",
            ));
        }
        if kind.reads() && token.is("INTO") {
            return Err(
                Fault::new(token.at, "SELECT … INTO writes").hint("leave INTO and what follows it out")
            );
        }
        if kind.reads() && takes_next_value(tokens, index) {
            return Err(Fault::new(token.at, "the next value of a sequence is taken for good")
                .hint("take it in the INSERT that uses it"));
        }
        if let Some(fault) = refused_function(tokens, index) {
            return Err(fault);
        }
    }
    Ok(())
}

/// Tells whether `NEXT VALUE FOR s` or `NEXTVAL(s)` stands at `index`.
fn takes_next_value(tokens: &[Token], index: usize) -> bool {
    let follows = |word: &str| tokens.get(index + 1).is_some_and(|next| next.is(word));
    let called = tokens.get(index + 1).is_some_and(|next| next.kind == TokenKind::Open);
    let is_nextval = tokens[index].name().is_some_and(|name| name.eq_ignore_ascii_case("NEXTVAL"));
    (tokens[index].is("NEXT") && follows("VALUE")) || (is_nextval && called)
}

/// Tells what is wrong with the call at `index`; quoting a function's name does not hide it.
fn refused_function(tokens: &[Token], index: usize) -> Option<Fault> {
    let token = &tokens[index];
    let name = token.name()?.to_ascii_uppercase();
    let is_call = tokens.get(index + 1).is_some_and(|next| next.kind == TokenKind::Open);
    let is_table = 0 < index && tokens[index - 1].is_one_of(&["INTO", "TABLE", "WITH", "RECURSIVE"]);
    if !is_call || is_table {
        return None;
    }
    if REFUSED_FUNCTIONS.contains(&&*name) {
        let message = format!("{name}() acts on the server or on a shared connection");
        return Some(Fault::new(token.at, message).hint("leave it out"));
    }
    // Without an argument it only tells; with one it sets the value the next caller would be told.
    let has_argument = tokens.get(index + 2).is_some_and(|next| next.kind != TokenKind::Close);
    (name == "LAST_INSERT_ID" && has_argument).then(|| {
        Fault::new(token.at, "LAST_INSERT_ID(…) with an argument sets a value of a shared connection")
            .hint("write LAST_INSERT_ID()")
    })
}
