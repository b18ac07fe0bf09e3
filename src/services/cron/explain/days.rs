//! The days of a schedule in words.

use super::names::{and, day, month, of_month, or, ordinal, runs};
use crate::config::{Field, Pattern};
use crate::services::lang::Lang;

/// The days on which something is due, by what they are named after.
pub(super) enum When {
    /// Every day of the year.
    Always,
    /// Every day of some months: `in June and July`.
    EveryDay { months: String },
    /// Days of the week.
    Weekdays(String),
    /// Days of the month, whatever else.
    Dates(String),
}

pub(super) fn of(pattern: &Pattern, lang: Lang) -> When {
    let months = in_months(pattern.months, lang);
    let behind = |text: String| match &months {
        Some(months) => format!("{text} {months}"),
        None => text,
    };
    let (any_day, any_weekday) = (pattern.days.count() == 31, pattern.weekdays.count() == 7);
    if pattern.either_day() {
        let weekdays = behind(weekdays(pattern.weekdays, lang));
        return When::Dates(format!("{} {} {weekdays}", dates(pattern, lang), lang.of("ou", "or")));
    }
    match (any_day, any_weekday) {
        (true, true) => match months {
            Some(months) => When::EveryDay { months },
            None => When::Always,
        },
        (true, false) => When::Weekdays(behind(weekdays(pattern.weekdays, lang))),
        (false, true) => When::Dates(dates(pattern, lang)),
        (false, false) => {
            let is = lang.of("quand c'est", "when it is");
            When::Dates(format!("{}, {is} {}", dates(pattern, lang), one_of(pattern.weekdays, lang)))
        }
    }
}

fn weekdays(field: Field, lang: Lang) -> String {
    // The week begins on Monday for those who read this.
    let days: Vec<u32> = (1..=7).filter(|number| field.has(number % 7)).collect();
    if let [(first, last)] = runs(&days)[..]
        && 1 < last - first
    {
        let (first, last) = (day(first, lang), day(last, lang));
        return lang.of(format!("du {first} au {last}"), format!("{first} to {last}"));
    }
    let names = days.iter().map(|number| lang.of("le ", "").to_owned() + day(*number, lang));
    lang.of("", "every ").to_owned() + &and(&names.collect::<Vec<_>>(), lang)
}

/// Says which day it has to be besides: `a Monday or a Friday`.
fn one_of(field: Field, lang: Lang) -> String {
    let days = (1..=7).filter(|number| field.has(number % 7));
    or(&days.map(|number| format!("{} {}", lang.of("un", "a"), day(number, lang))).collect::<Vec<_>>(), lang)
}

fn in_months(field: Field, lang: Lang) -> Option<String> {
    let months: Vec<u32> = field.values().collect();
    if months.len() == 12 {
        return None;
    }
    if let [(first, last)] = runs(&months)[..]
        && 1 < last - first
    {
        let (from, to) = (month(first, lang), month(last, lang));
        return Some(lang.of(format!("{} à {to}", of_month(first)), format!("from {from} to {to}")));
    }
    let names: Vec<String> = months.iter().map(|number| month(*number, lang).to_owned()).collect();
    Some(format!("{} {}", lang.of("en", "in"), and(&names, lang)))
}

/// Names days of the month with their months: `on the 1st and 15th of every month`.
fn dates(pattern: &Pattern, lang: Lang) -> String {
    let days: Vec<u32> = pattern.days.values().collect();
    let months: Vec<u32> = pattern.months.values().collect();
    let numbers = |days: &[u32]| days.iter().map(|day| ordinal(*day, lang)).collect::<Vec<_>>();
    let step = pattern.days.has_star.then(|| days.get(1).map(|second| second - 1)).flatten();
    let which = match (days.as_slice(), &runs(&days)[..], step) {
        // French writes a date as `1er mars`, and a day of every month in full.
        ([1], ..) if months.len() != 1 || lang == Lang::En => {
            lang.of("le premier", "on the first").to_owned()
        }
        (_, _, Some(step)) => lang
            .of(format!("tous les {step} jours à partir du 1er"), format!("every {step} days from the 1st")),
        (_, [(first, last)], _) if 1 < last - first => {
            let (first, last) = (ordinal(*first, lang), ordinal(*last, lang));
            lang.of(format!("du {first} au {last}"), format!("from the {first} to the {last}"))
        }
        _ => match lang {
            Lang::Fr => and(
                &numbers(&days).into_iter().map(|number| format!("le {number}")).collect::<Vec<_>>(),
                lang,
            ),
            Lang::En => format!("on the {}", and(&numbers(&days), lang)),
        },
    };
    format!("{which}{}", of_months(&days, &months, lang))
}

fn of_months(days: &[u32], months: &[u32], lang: Lang) -> String {
    let is_rare = days.iter().all(|day| 28 < *day);
    let names: Vec<String> = months.iter().map(|number| month(*number, lang).to_owned()).collect();
    let names = match (months, lang) {
        (months, _) if months.len() == 12 => {
            let that_has_it = lang.of(" qui va jusque-là", " that goes so far");
            let all = lang.of(" de chaque mois", " of every month");
            return format!("{all}{}", if is_rare { that_has_it } else { "" });
        }
        ([_], Lang::Fr) => format!(" {}", names[0]),
        ([first, ..], Lang::Fr) => {
            let rest = and(&names, lang);
            format!(" {}{}", of_month(*first), &rest[names[0].len()..])
        }
        _ => format!(" of {}", and(&names, lang)),
    };
    let leap = lang.of(", les années bissextiles", ", in leap years");
    format!("{names}{}", if days == [29] && months == [2] { leap } else { "" })
}
