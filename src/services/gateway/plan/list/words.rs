//! What is said of the parameters of lists.

use super::super::super::compile::Unfit;
use super::super::super::words::Lang;
use super::filter::OPERATORS;
use crate::error::{Code, Error};

/// Refuses a request whose parameters do not fit together or the list.
pub(super) fn refused(message: String) -> Error {
    Error::new(Code::BadRequest, message)
}

pub(super) fn both(lang: Lang, one: &str, other: &str) -> Error {
    refused(
        lang.of(
            format!("`{one}` et `{other}` s'excluent"),
            format!("`{one}` and `{other}` exclude each other"),
        ),
    )
}

pub(super) fn no_column(
    lang: Lang,
    parameter: &str,
    name: &str,
    near: Option<&str>,
    known: &[&str],
) -> Error {
    let error = refused(lang.of(
        format!("`{parameter}` nomme `{name}`, que la liste n'a pas"),
        format!("`{parameter}` names `{name}`, which the list has not"),
    ));
    let known = known.join(", ");
    error.hint(match near {
        Some(near) => lang.of(
            format!("vouliez-vous `{near}` ? colonnes : {known}"),
            format!("did you mean `{near}`? columns: {known}"),
        ),
        None => lang.of(format!("colonnes : {known}"), format!("columns: {known}")),
    })
}

pub(super) fn twice(lang: Lang, parameter: &str, name: &str) -> Error {
    refused(
        lang.of(
            format!("`{parameter}` nomme `{name}` deux fois"),
            format!("`{parameter}` names `{name}` twice"),
        ),
    )
}

pub(super) fn no_operator(lang: Lang, column: &str, operator: &str) -> Error {
    let known = OPERATORS.join(", ");
    refused(lang.of(
        format!("`{column}[{operator}]` : cet opérateur n'existe pas"),
        format!("`{column}[{operator}]`: there is no such operator"),
    ))
    .hint(lang.of(format!("opérateurs : {known}"), format!("operators: {known}")))
}

pub(super) fn unknown(lang: Lang, name: &str, near: Option<&str>, known: &str) -> Error {
    let error = refused(super::super::super::words::unknown_parameter(lang, name));
    let known = lang.of(format!("paramètres possibles : {known}"), format!("known parameters: {known}"));
    error.hint(match near {
        Some(near) => {
            lang.of(format!("vouliez-vous `{near}` ? {known}"), format!("did you mean `{near}`? {known}"))
        }
        None => known,
    })
}

pub(super) fn not_filtered(lang: Lang, column: &str, why: Unfit) -> Error {
    because(
        lang,
        &lang.of(
            format!("`{column}` ne filtre pas cette liste"),
            format!("`{column}` does not filter this list"),
        ),
        why,
    )
}

pub(super) fn not_sorted(lang: Lang, column: &str, why: Unfit) -> Error {
    because(
        lang,
        &lang.of(
            format!("cette liste ne se trie pas par `{column}`"),
            format!("this list is not sorted by `{column}`"),
        ),
        why,
    )
}

pub(super) fn not_paged(lang: Lang, parameter: &str, why: Unfit) -> Error {
    because(
        lang,
        &lang.of(
            format!("`{parameter}` : cette liste n'a pas de pages"),
            format!("`{parameter}`: this list has no pages"),
        ),
        why,
    )
}

pub(super) fn not_counted(lang: Lang) -> Error {
    refused(
        lang.of(
            "cette liste ne se compte pas : deux de ses colonnes ont le même nom, ou ne sont pas connues",
            "this list is not counted: two of its columns have one name, or are not known",
        )
        .to_owned(),
    )
}

pub(super) fn not_narrowed(lang: Lang) -> Error {
    refused(
        lang.of(
            "`fields` : cette liste regroupe des lignes, avec moins de colonnes ce serait une autre liste",
            "`fields`: this list puts rows together, with fewer columns it would be another list",
        )
        .to_owned(),
    )
}

pub(super) fn order_needs(lang: Lang, columns: &str) -> Error {
    refused(lang.of(
        format!("`fields` doit nommer ce par quoi la liste est triée : {columns}"),
        format!("`fields` must name what the list is sorted by: {columns}"),
    ))
    .hint(lang.of("ou donnez `sort`", "or give `sort`"))
}

pub(super) fn no_cursor(lang: Lang, why: &str) -> Error {
    refused(lang.of(format!("`after` : {why}"), format!("`after`: {why}"))).hint(lang.of(
        "les pages de `page` et `per_page` restent possibles",
        "pages by `page` and `per_page` are possible",
    ))
}

pub(super) fn no_key(lang: Lang) -> &'static str {
    lang.of(
        "rien dans cette liste ne distingue chaque ligne de toutes les autres (sa clé n'en fait pas partie)",
        "nothing in this list tells each row from all others (its key is not among the columns)",
    )
}

/// Says why a cursor cannot hold a column.
pub(super) fn unfit(lang: Lang, column: &str, why: Unfit) -> String {
    let reason = reason(lang, why);
    lang.of(
        format!("un curseur ne peut pas tenir `{column}` : {reason}"),
        format!("a cursor cannot hold `{column}`: {reason}"),
    )
}

pub(super) fn too_long_for_cursor(lang: Lang) -> &'static str {
    lang.of(
        "une valeur de la dernière ligne est trop longue pour un curseur",
        "a value of the last row is too long for a cursor",
    )
}

pub(super) fn wrong_cursor(lang: Lang) -> Error {
    refused(
        lang.of("`after` n'est pas un curseur de cette liste", "`after` is no cursor of this list")
            .to_owned(),
    )
    .hint(lang.of(
        "prenez celui de `meta.after` dans la réponse précédente, tel quel",
        "take that of `meta.after` in the answer before, as it is",
    ))
}

pub(super) fn other_sort(lang: Lang, sort: &str) -> Error {
    refused(lang.of("`after` vient d'un autre tri", "`after` comes from another sort").to_owned())
        .hint(lang.of(format!("le sien est sort={sort}"), format!("its own is sort={sort}")))
}

pub(super) fn true_or_false(lang: Lang) -> &'static str {
    lang.of("true ou false est attendu", "true or false is expected")
}

pub(super) fn too_many_values(lang: Lang, most: usize) -> String {
    lang.of(format!("trop de valeurs, {most} au plus"), format!("too many values, at most {most}"))
}

pub(super) fn no_pattern(lang: Lang) -> &'static str {
    lang.of(
        "`like` compare des textes, et cette colonne n'en est pas un",
        "`like` compares texts, and this column is none",
    )
}

fn because(lang: Lang, message: &str, why: Unfit) -> Error {
    let reason = reason(lang, why);
    refused(lang.of(format!("{message} : {reason}"), format!("{message}: {reason}")))
}

fn reason(lang: Lang, why: Unfit) -> &'static str {
    let (fr, en) = match why {
        Unfit::Computed => ("elle est calculée", "it is computed"),
        Unfit::Untyped => (
            "son type n'est pas connu, elle vient d'une sous-requête",
            "its type is not known, it comes from a subquery",
        ),
        Unfit::Kind => ("ses valeurs ne se comparent pas", "its values are not compared"),
        Unfit::Ungrouped => (
            "la liste additionne des lignes qui n'y ont pas la même valeur",
            "the list adds up rows that differ in it",
        ),
        Unfit::Aggregate => ("la liste additionne ses lignes", "the list adds up its rows"),
        Unfit::Window => (
            "une colonne de la liste est calculée sur plusieurs lignes",
            "a column of the list is computed over several rows",
        ),
        Unfit::Limited => ("la liste limite elle-même ses lignes", "the list limits its rows itself"),
        Unfit::Inexact => (
            "la base ne le trie pas par la valeur que la liste en donne",
            "the database does not sort it by the value that the list answers",
        ),
    };
    lang.of(fr, en)
}
