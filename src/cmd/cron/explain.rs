//! `sogo cron explain`: a schedule in words.

use chrono::Utc;
use chrono_tz::{TZ_VARIANTS, Tz};
use clap::{Args, ValueEnum};

use crate::cmd::context::Context;
use crate::cmd::print::Table;
use crate::config::{PatternFault, closest};
use crate::error::{Code, Error, Result};
use crate::services::cron::explain::{Explanation, explain};
use crate::services::cron::schedule::Schedule;
use crate::services::lang::Lang;

/// Say a schedule in words, with its next runs and what the changes of the clocks do to it
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  sogo cron explain '30 2 * * 1-5' --tz Europe/Paris
  sogo cron explain '*/15 9-17 * * *' -n 10
  sogo cron explain '0 9 1 * *' --tz Europe/Paris --lang fr -o json")]
pub(super) struct Explain {
    /// The five fields: minute, hour, day of month, month, day of week
    #[arg(value_name = "SCHEDULE")]
    schedule: String,
    /// The time zone that it is meant in
    #[arg(long = "tz", value_name = "ZONE", default_value = "UTC", value_parser = zone)]
    zone: Tz,
    /// How many runs to tell
    #[arg(short = 'n', long, value_name = "RUNS", default_value_t = 5, value_parser = clap::value_parser!(u16).range(..=1000))]
    count: u16,
    /// The language of the words
    #[arg(long, value_name = "LANG", default_value = "en")]
    lang: Language,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum Language {
    /// French.
    Fr,
    /// English.
    En,
}

pub(super) fn run(context: &Context, asked: &Explain) -> Result<()> {
    let lang = match asked.lang {
        Language::Fr => Lang::Fr,
        Language::En => Lang::En,
    };
    let schedule =
        Schedule::parse(&asked.schedule, asked.zone).map_err(|fault| refused(&asked.schedule, &fault))?;
    let told = explain(&schedule, Utc::now(), usize::from(asked.count), lang);
    if context.print.for_people() {
        tell(context, &told, lang);
    } else {
        context.print.value(&told);
    }
    Ok(())
}

fn tell(context: &Context, told: &Explanation, lang: Lang) {
    let print = &context.print;
    print.heading(&told.words);
    let mut runs = Table::new([lang.of("EXÉCUTION", "RUN"), "UTC", lang.of("CRÉNEAU", "SLOT")]);
    for run in &told.next {
        runs.row([run.local.clone(), run.at.clone(), run.slot.clone()]);
    }
    print.table(&runs);
    for change in &told.clock_changes {
        print.line(&change.words);
    }
}

/// Shows the schedule with what is wrong underlined.
fn refused(schedule: &str, fault: &PatternFault) -> Error {
    let before = schedule[..fault.place.start].chars().count();
    let marked = "^".repeat(schedule[fault.place.clone()].chars().count().max(1));
    let message = format!("{fault}\n  {schedule}\n  {blank:before$}{marked}", blank = "");
    Error::new(Code::Usage, message).hint(fault.hint.clone())
}

fn zone(name: &str) -> Result<Tz, String> {
    name.parse().map_err(|_| {
        let known = TZ_VARIANTS.iter().map(|zone| zone.name());
        match closest(name, known) {
            Some(near) => format!("there is no time zone of this name; did you mean {near}?"),
            None => "write a name of the IANA database, such as Europe/Paris or UTC".to_owned(),
        }
    })
}
