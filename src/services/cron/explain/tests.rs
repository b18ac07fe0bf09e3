//! Schedules and what is said of them.

use chrono::{DateTime, Utc};

use super::{Explanation, explain, in_words};
use crate::config::Pattern;
use crate::services::cron::schedule::Schedule;
use crate::services::lang::Lang;

/// A schedule, and what is said of it in French and in English.
const TOLD: &[(&str, &str, &str)] = &[
    ("* * * * *", "toutes les minutes", "every minute"),
    ("*/15 * * * *", "toutes les 15 minutes", "every 15 minutes"),
    (
        "*/7 * * * *",
        "toutes les 7 minutes, comptées à partir de chaque heure pile",
        "every 7 minutes, counted anew from each full hour",
    ),
    ("0 * * * *", "toutes les heures pile", "every hour on the hour"),
    ("5 * * * *", "à la minute 5 de chaque heure", "at minute 5 of every hour"),
    ("5,20,50 * * * *", "aux minutes 5, 20 et 50 de chaque heure", "at minutes 5, 20 and 50 of every hour"),
    ("30 */2 * * *", "toutes les 2 heures à partir de 00:30", "every 2 hours from 00:30"),
    (
        "*/15 9-17 * * 1-5",
        "toutes les 15 minutes de 09:00 à 17:45, du lundi au vendredi",
        "every 15 minutes from 09:00 to 17:45, Monday to Friday",
    ),
    ("* 2 * * *", "toutes les minutes de 02:00 à 02:59", "every minute from 02:00 to 02:59"),
    ("5 8-18 * * *", "toutes les heures de 08:05 à 18:05", "every hour from 08:05 to 18:05"),
    (
        "0,20 1-5,9 * * *",
        "aux minutes 0 et 20 pendant les heures 1 à 5 et 9",
        "at minutes 0 and 20 in the hours 1 to 5 and 9",
    ),
    (
        "*/10 8,12 * * *",
        "toutes les 10 minutes pendant les heures 8 et 12",
        "every 10 minutes in the hours 8 and 12",
    ),
    (
        "5 0-4,9-12 * * *",
        "à la minute 5 pendant les heures 0 à 4 et 9 à 12",
        "at minute 5 in the hours 0 to 4 and 9 to 12",
    ),
    ("0 8 * * *", "tous les jours à 08:00", "every day at 08:00"),
    ("0 8,12,18 * * *", "tous les jours à 08:00, 12:00 et 18:00", "every day at 08:00, 12:00 and 18:00"),
    ("30 2 * * 1-5", "du lundi au vendredi à 02:30", "Monday to Friday at 02:30"),
    ("0 8 * * 1", "le lundi à 08:00", "every Monday at 08:00"),
    ("0 8 * * 0,6", "le samedi et le dimanche à 08:00", "every Saturday and Sunday at 08:00"),
    (
        "0 8 * * 1,3,5",
        "le lundi, le mercredi et le vendredi à 08:00",
        "every Monday, Wednesday and Friday at 08:00",
    ),
    ("0 8 * * 5-7", "du vendredi au dimanche à 08:00", "Friday to Sunday at 08:00"),
    ("0 9 1 * *", "à 09:00 le premier de chaque mois", "at 09:00 on the first of every month"),
    ("0 9 1,15 * *", "à 09:00 le 1er et le 15 de chaque mois", "at 09:00 on the 1st and 15th of every month"),
    ("0 9 1-7 * *", "à 09:00 du 1er au 7 de chaque mois", "at 09:00 from the 1st to the 7th of every month"),
    (
        "0 9 */2 * *",
        "à 09:00 tous les 2 jours à partir du 1er de chaque mois",
        "at 09:00 every 2 days from the 1st of every month",
    ),
    (
        "0 9 31 * *",
        "à 09:00 le 31 de chaque mois qui va jusque-là",
        "at 09:00 on the 31st of every month that goes so far",
    ),
    ("0 9 1 1 *", "à 09:00 le 1er janvier", "at 09:00 on the first of January"),
    (
        "0 9 2,22 4,6 *",
        "à 09:00 le 2 et le 22 d'avril et juin",
        "at 09:00 on the 2nd and 22nd of April and June",
    ),
    (
        "0 9 1 */3 *",
        "à 09:00 le premier de janvier, avril, juillet et octobre",
        "at 09:00 on the first of January, April, July and October",
    ),
    (
        "0 9 29 2 *",
        "à 09:00 le 29 février, les années bissextiles",
        "at 09:00 on the 29th of February, in leap years",
    ),
    ("0 8 * 6-8 *", "tous les jours de juin à août à 08:00", "every day from June to August at 08:00"),
    (
        "0 8 * 8-10 1-5",
        "du lundi au vendredi d'août à octobre à 08:00",
        "Monday to Friday from August to October at 08:00",
    ),
    ("*/15 * * 1,3 *", "toutes les 15 minutes, en janvier et mars", "every 15 minutes, in January and March"),
    (
        "0 9 13 * 5",
        "à 09:00 le 13 de chaque mois ou le vendredi",
        "at 09:00 on the 13th of every month or every Friday",
    ),
    (
        "0 9 13 3 5",
        "à 09:00 le 13 mars ou le vendredi en mars",
        "at 09:00 on the 13th of March or every Friday in March",
    ),
    (
        "0 9 */2 * 1,5",
        "à 09:00 tous les 2 jours à partir du 1er de chaque mois, quand c'est un lundi ou un vendredi",
        "at 09:00 every 2 days from the 1st of every month, when it is a Monday or a Friday",
    ),
    (
        "*/5 * 1 * *",
        "toutes les 5 minutes, le premier de chaque mois",
        "every 5 minutes, on the first of every month",
    ),
];

#[test]
fn schedules_are_told_as_people_say_them() {
    for (fields, fr, en) in TOLD {
        let pattern = Pattern::parse(fields).unwrap();
        assert_eq!((&*in_words(&pattern, Lang::Fr), &*in_words(&pattern, Lang::En)), (*fr, *en), "{fields}");
    }
}

fn explained(fields: &str, zone: &str, lang: Lang) -> Explanation {
    let schedule = Schedule::parse(fields, zone.parse().unwrap()).unwrap();
    let after: DateTime<Utc> = "2026-10-20T12:00:00Z".parse().unwrap();
    explain(&schedule, after, 3, lang)
}

#[test]
fn what_the_clocks_do_to_a_schedule_is_told() {
    let paris = "Europe/Paris";
    for (fields, zone, first_two) in [
        ("30 2 * * *", paris, ["on Sunday 25 October 2026 the clocks go back from 03:00 to 02:00: 02:30 comes twice and is run the first time only", "on Sunday 28 March 2027 the clocks go on from 02:00 to 03:00: 02:30 does not exist and is run at 03:00"].as_slice()),
        ("0,30 2 * * *", paris, &["on Sunday 25 October 2026 the clocks go back from 03:00 to 02:00: 02:00 and 02:30 come twice and are run the first time only", "on Sunday 28 March 2027 the clocks go on from 02:00 to 03:00: 02:00 and 02:30 do not exist and are run at 03:00"]),
        ("30 */2 * * *", paris, &["on Sunday 25 October 2026 the clocks go back from 03:00 to 02:00: 02:30 comes twice and is run both times", "on Sunday 28 March 2027 the clocks go on from 02:00 to 03:00: 02:30 does not exist and is not run"]),
        ("*/5 2 * * *", paris, &["on Sunday 25 October 2026 the clocks go back from 03:00 to 02:00: 12 times from 02:00 to 02:55 come twice and are run both times", "on Sunday 28 March 2027 the clocks go on from 02:00 to 03:00: 12 times from 02:00 to 02:55 do not exist and are not run"]),
        ("*/15 * * * *", paris, &[]),
        ("30 * * * *", paris, &[]),
        ("30 2 * * 1-5", paris, &[]),
        ("0 8 * * *", paris, &[]),
        ("30 2 * * *", "UTC", &[]),
        ("45 * * * *", "Australia/Lord_Howe", &["on Sunday 4 April 2027 the clocks go back from 02:00 to 01:30: 01:45 comes twice and is run both times", "on Sunday 2 April 2028 the clocks go back from 02:00 to 01:30: 01:45 comes twice and is run both times"]),
        ("*/30 * * * *", "Australia/Lord_Howe", &[]),
    ] {
        let told: Vec<String> =
            explained(fields, zone, Lang::En).clock_changes.into_iter().map(|change| change.words).take(2).collect();
        assert_eq!(told, first_two, "{fields} in {zone}");
    }
    assert_eq!(explained("30 2 * * *", paris, Lang::En).clock_changes.len(), 4);
}

#[test]
fn the_changes_are_told_in_french() {
    let told = |fields, number: usize| {
        explained(fields, "Europe/Paris", Lang::Fr).clock_changes[number].words.clone()
    };
    for (fields, number, words) in [
        (
            "30 2 * * *",
            0,
            "le dimanche 25 octobre 2026, les horloges reculent de 03:00 à 02:00 : 02:30 revient deux fois et ne s'exécute que la première fois",
        ),
        (
            "30 2 * * *",
            1,
            "le dimanche 28 mars 2027, les horloges avancent de 02:00 à 03:00 : 02:30 n'existe pas et s'exécute à 03:00",
        ),
        (
            "0,30 2 * * *",
            1,
            "le dimanche 28 mars 2027, les horloges avancent de 02:00 à 03:00 : 02:00 et 02:30 n'existent pas et s'exécutent à 03:00",
        ),
        (
            "*/5 2 * * *",
            0,
            "le dimanche 25 octobre 2026, les horloges reculent de 03:00 à 02:00 : 12 heures de 02:00 à 02:55 reviennent et s'exécutent les deux fois",
        ),
        (
            "*/5 2 * * *",
            1,
            "le dimanche 28 mars 2027, les horloges avancent de 02:00 à 03:00 : 12 heures de 02:00 à 02:55 n'existent pas et ne s'exécutent pas",
        ),
    ] {
        assert_eq!(told(fields, number), words);
    }
}

#[test]
fn the_next_runs_are_given_in_the_zone_and_in_utc() {
    let explained = explained("30 2 * * *", "Europe/Paris", Lang::En);
    let runs: Vec<_> = explained.next.iter().map(|run| [&*run.slot, &*run.local, &*run.at]).collect();
    assert_eq!(runs[0], ["2026-10-21T02:30", "2026-10-21T02:30:00+02:00", "2026-10-21T00:30:00Z"]);
    assert_eq!(runs.len(), 3);
}
