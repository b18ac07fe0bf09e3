//! The schedule of a job: five fields as in a crontab.

use crate::config::problem::{Problem, Report};
use crate::config::source::Sourced;

/// Checks the outer form of a schedule; whether it ever fires is known to sogoms-cron.
pub(super) fn check_schedule(schedule: &Sourced<String>, report: &Report) {
    const FIELDS: [&str; 5] = ["minute", "hour", "day of month", "month", "day of week"];
    let found: Vec<&str> = schedule.split_whitespace().collect();
    let hint =
        "five fields as in a crontab, such as `0 8 * * 1-5`: minute, hour, day of month, month, day of week";
    let message = if schedule.starts_with('@') {
        format!("`{}` is a short form, and a schedule is written out here", schedule.value)
    } else if found.len() != FIELDS.len() {
        format!("a schedule has five fields, found {}", found.len())
    } else if let Some((field, name)) = found.iter().zip(FIELDS).find(|(field, _)| !is_field(field)) {
        format!("`{field}` cannot be the {name} of a schedule")
    } else {
        return;
    };
    report.add(Problem::error(&schedule.at, message).hint(hint));
}

fn is_field(field: &str) -> bool {
    field.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"*/,-?#".contains(&byte))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::source::At;

    #[test]
    fn a_schedule_has_five_fields() {
        for (text, expected) in [
            ("0 8 * * 1-5", None),
            ("*/15 * * * *", None),
            ("0 9 1 * *", None),
            ("0 0 * JAN MON-FRI", None),
            ("0 0 8 * * 1-5", Some("a schedule has five fields, found 6")),
            ("0 8 * *", Some("a schedule has five fields, found 4")),
            ("@daily", Some("`@daily` is a short form, and a schedule is written out here")),
            ("0 8 * * lundi!", Some("`lundi!` cannot be the day of week of a schedule")),
        ] {
            let report = Report::default();
            check_schedule(&Sourced::new(text.into(), At::outside("cron.yaml")), &report);
            let problems = report.close(Some(())).problems;
            assert_eq!(problems.first().map(|problem| problem.message.as_str()), expected, "{text}");
        }
    }
}
