//! Names of days and months, numbers of days, and lists of them, in both languages.

use crate::services::lang::Lang;

const DAYS: [(&str, &str); 7] = [
    ("dimanche", "Sunday"),
    ("lundi", "Monday"),
    ("mardi", "Tuesday"),
    ("mercredi", "Wednesday"),
    ("jeudi", "Thursday"),
    ("vendredi", "Friday"),
    ("samedi", "Saturday"),
];
const MONTHS: [(&str, &str); 12] = [
    ("janvier", "January"),
    ("février", "February"),
    ("mars", "March"),
    ("avril", "April"),
    ("mai", "May"),
    ("juin", "June"),
    ("juillet", "July"),
    ("août", "August"),
    ("septembre", "September"),
    ("octobre", "October"),
    ("novembre", "November"),
    ("décembre", "December"),
];

/// Returns the name of a day of the week; 0 is Sunday.
pub(super) fn day(number: u32, lang: Lang) -> &'static str {
    let (fr, en) = DAYS[number as usize % 7];
    lang.of(fr, en)
}

/// Returns the name of a month, counted from 1.
pub(super) fn month(number: u32, lang: Lang) -> &'static str {
    let (fr, en) = MONTHS[(number as usize + 11) % 12];
    lang.of(fr, en)
}

/// Returns the name of a month behind the French `de`, which loses its vowel before another: `d'avril`.
pub(super) fn of_month(number: u32) -> String {
    let name = month(number, Lang::Fr);
    if name.starts_with(['a', 'o']) { format!("d'{name}") } else { format!("de {name}") }
}

/// Returns the number of a day of a month: `1er`, `2`; `1st`, `2nd`.
pub(super) fn ordinal(day: u32, lang: Lang) -> String {
    let ending = match (day % 10, day / 10) {
        (1, tens) if tens != 1 => "st",
        (2, tens) if tens != 1 => "nd",
        (3, tens) if tens != 1 => "rd",
        _ => "th",
    };
    match lang {
        Lang::Fr if day == 1 => "1er".to_owned(),
        Lang::Fr => day.to_string(),
        Lang::En => format!("{day}{ending}"),
    }
}

/// Joins the items of a list: `a, b and c`.
pub(super) fn and(items: &[String], lang: Lang) -> String {
    join(items, lang.of("et", "and"))
}

/// Joins alternatives: `a, b or c`.
pub(super) fn or(items: &[String], lang: Lang) -> String {
    join(items, lang.of("ou", "or"))
}

fn join(items: &[String], word: &str) -> String {
    match items {
        [] => String::new(),
        [only] => only.clone(),
        [first @ .., last] => format!("{} {word} {last}", first.join(", ")),
    }
}

/// Splits values in their order into runs of neighbours, each with its first and last value.
pub(super) fn runs(values: &[u32]) -> Vec<(u32, u32)> {
    let mut runs: Vec<(u32, u32)> = Vec::new();
    for value in values {
        match runs.last_mut() {
            Some((_, last)) if *last + 1 == *value => *last = *value,
            _ => runs.push((*value, *value)),
        }
    }
    runs
}
