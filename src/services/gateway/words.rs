//! What the planning stage says to the people who use an app, in their language.

use super::input::Wrong;
use crate::services::db::api::Kind;
pub use crate::services::lang::Lang;

pub(super) fn not_found(lang: Lang) -> &'static str {
    lang.of("Introuvable", "Not found")
}

pub(super) fn no_token(lang: Lang) -> &'static str {
    lang.of("Connexion requise", "Sign-in required")
}

pub(super) fn no_method(lang: Lang) -> &'static str {
    lang.of("Méthode non autorisée", "Method not allowed")
}

pub(super) fn possible_methods(lang: Lang, methods: &str) -> String {
    lang.of(format!("méthodes possibles : {methods}"), format!("possible methods: {methods}"))
}

pub(super) fn misconfigured(lang: Lang) -> &'static str {
    lang.of(
        "Cette ressource est mal configurée, son exploitant le voit avec `sogo check --live`",
        "This resource is misconfigured, its operator sees why with `sogo check --live`",
    )
}

pub(super) fn not_utf8(lang: Lang) -> &'static str {
    lang.of("Le corps de la requête n'est pas du texte UTF-8", "The body is not UTF-8 text")
}

pub(super) fn no_body(lang: Lang) -> &'static str {
    lang.of(
        "Le corps de la requête est vide, un objet JSON est attendu",
        "The body is empty, a JSON object is expected",
    )
}

pub(super) fn no_object(lang: Lang) -> &'static str {
    lang.of("Le corps de la requête doit être un objet JSON", "The body must be a JSON object")
}

pub(super) fn not_json(lang: Lang, line: usize, column: usize) -> String {
    lang.of(
        format!("Le corps de la requête n'est pas du JSON (ligne {line}, colonne {column})"),
        format!("The body is not JSON (line {line}, column {column})"),
    )
}

pub(super) fn too_deep(lang: Lang, most: u32) -> String {
    lang.of(
        format!("Le corps de la requête est trop imbriqué, {most} niveaux au plus"),
        format!("The body is too deep, at most {most} levels"),
    )
}

pub(super) fn doubled_field(lang: Lang, name: &str) -> String {
    lang.of(format!("Le champ `{name}` est donné deux fois"), format!("The field `{name}` is given twice"))
}

pub(super) fn not_decoded(lang: Lang) -> &'static str {
    lang.of("Les paramètres ne sont pas encodés en UTF-8", "The query string is not percent-encoded UTF-8")
}

pub(super) fn doubled_parameter(lang: Lang, name: &str) -> String {
    lang.of(
        format!("Le paramètre `{name}` est donné deux fois"),
        format!("The parameter `{name}` is given twice"),
    )
}

pub(super) fn too_many_parameters(lang: Lang, most: usize) -> String {
    lang.of(format!("Trop de paramètres, {most} au plus"), format!("Too many parameters, at most {most}"))
}

pub(super) fn unknown_parameter(lang: Lang, name: &str) -> String {
    lang.of(format!("Paramètre inconnu : `{name}`"), format!("Unknown parameter `{name}`"))
}

pub(super) fn known_parameters(lang: Lang, known: &[String]) -> String {
    if known.is_empty() {
        return lang.of("aucun paramètre n'est prévu ici", "no parameter is known here").to_owned();
    }
    let known = known.join(", ");
    lang.of(format!("paramètres possibles : {known}"), format!("known parameters: {known}"))
}

pub(super) fn wrong_parameters(lang: Lang) -> &'static str {
    lang.of("Paramètres invalides", "Invalid parameters")
}

pub(super) fn wrong_fields(lang: Lang) -> &'static str {
    lang.of("Données invalides", "Invalid data")
}

pub(super) fn no_field(lang: Lang) -> &'static str {
    lang.of("Aucun champ à modifier", "No field to change")
}

pub(super) fn possible_fields(lang: Lang, names: &str) -> String {
    lang.of(format!("champs possibles : {names}"), format!("possible fields: {names}"))
}

pub(super) fn unknown_field(lang: Lang, near: Option<&str>) -> String {
    match near {
        Some(near) => lang.of(
            format!("champ inconnu ; vouliez-vous `{near}` ?"),
            format!("unknown field; did you mean `{near}`?"),
        ),
        None => lang.of("champ inconnu", "unknown field").to_owned(),
    }
}

pub(super) fn protected_field(lang: Lang) -> &'static str {
    lang.of("ce champ ne peut pas être modifié", "this field cannot be changed")
}

pub(super) fn points_nowhere(lang: Lang) -> &'static str {
    lang.of("n'existe pas", "does not exist")
}

pub(super) fn no_tag(lang: Lang) -> &'static str {
    lang.of(
        "If-Match n'a pas de sens ici : cette ressource n'a pas d'ETag",
        "If-Match means nothing here: this resource has no ETag",
    )
}

pub(super) fn if_match_required(lang: Lang) -> &'static str {
    lang.of(
        "L'en-tête If-Match est obligatoire : indiquez l'ETag de la version modifiée",
        "The header If-Match is required: give the ETag of the version that is changed",
    )
}

pub(super) fn short_password(lang: Lang, least: u32) -> String {
    lang.of(format!("au moins {least} caractères"), format!("at least {least} characters"))
}

pub(super) fn long_password(lang: Lang) -> &'static str {
    lang.of("au plus 72 octets", "at most 72 bytes")
}

/// Says why a value is refused.
pub(super) fn wrong(lang: Lang, wrong: &Wrong) -> String {
    match wrong {
        Wrong::Kind(kind) => expected(lang, *kind).to_owned(),
        Wrong::Range(least, greatest) => lang.of(
            format!("doit être entre {least} et {greatest}"),
            format!("must be from {least} to {greatest}"),
        ),
        Wrong::TooManyDigits(most) => lang.of(
            format!("trop de chiffres, {most} au plus sont conservés"),
            format!("too many digits, at most {most} are kept"),
        ),
        Wrong::TooLong(most) => lang.of(
            format!("trop long, {most} caractères au plus"),
            format!("too long, at most {most} characters"),
        ),
        Wrong::TooManyBytes(most) => {
            lang.of(format!("trop long, {most} octets au plus"), format!("too long, at most {most} bytes"))
        }
        Wrong::Null => lang.of("ne peut pas être null", "cannot be null").to_owned(),
        Wrong::Unreadable => lang
            .of("contient un caractère qui n'est pas permis", "holds a character that is not allowed")
            .to_owned(),
        Wrong::Choice(choices) => {
            let choices = choices.join(", ");
            lang.of(format!("doit être l'un de : {choices}"), format!("must be one of: {choices}"))
        }
        Wrong::Required => lang.of("obligatoire", "required").to_owned(),
    }
}

/// Says what is expected where a value of this kind goes.
fn expected(lang: Lang, kind: Kind) -> &'static str {
    let (fr, en) = match kind {
        Kind::Int | Kind::Unsigned | Kind::Bit => {
            ("un nombre entier est attendu", "a whole number is expected")
        }
        Kind::Bool => {
            ("true, false ou un nombre entier est attendu", "true, false or a whole number is expected")
        }
        Kind::Decimal | Kind::Float => ("un nombre est attendu", "a number is expected"),
        Kind::Text => ("un texte est attendu", "a text is expected"),
        Kind::Date => ("une date est attendue, AAAA-MM-JJ", "a date is expected, YYYY-MM-DD"),
        Kind::DateTime => (
            "une date avec heure et sans fuseau est attendue, AAAA-MM-JJTHH:MM:SS",
            "a date with a time and without a zone is expected, YYYY-MM-DDTHH:MM:SS",
        ),
        Kind::Time => ("une heure est attendue, HH:MM:SS", "a time is expected, HH:MM:SS"),
        Kind::Json => ("une valeur JSON est attendue", "a JSON value is expected"),
        Kind::Blob => ("des octets en base64 sont attendus", "bytes in base64 are expected"),
    };
    lang.of(fr, en)
}
