//! How long log files are kept.

use std::collections::BTreeMap;
use std::path::Path;

use chrono::NaiveDate;
use tracing::{info, warn};

use super::names::FileName;
use crate::config::Registry;

/// Days for files of apps that are not configured.
const DEFAULT_DAYS: u32 = 30;

/// After how many days each app's files are deleted.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Retention {
    /// `None` while it is not known: the app's configuration is wrong, and it may want them for years.
    days: BTreeMap<String, Option<u32>>,
    /// The same for files of apps that are not configured, as far as it is known which are.
    others: Option<u32>,
}

impl Retention {
    /// Reads it from the configuration; an app whose folder is wrong keeps the `old` number, if there was one, and so does
    /// every app that is not found while the configuration is wrong as a whole.
    pub(super) fn of(registry: &Registry, old: &Self) -> Self {
        let is_whole = !registry.is_wrong_as_a_whole();
        let kept = old.days.iter().filter(|_| !is_whole).map(|(app, days)| (app.clone(), *days));
        let broken = registry.problems.iter().filter(|problem| problem.is_error());
        let unknown = broken
            .filter_map(|problem| problem.app.as_ref())
            .map(|app| (app.clone(), old.days.get(app).copied().flatten()));
        let known = registry.apps.iter().map(|app| (app.name.clone(), Some(app.logs.retention_days)));
        Self { days: kept.chain(unknown).chain(known).collect(), others: is_whole.then_some(DEFAULT_DAYS) }
    }

    /// Tells whether a file has outlived its time on the day `today`.
    fn has_expired(&self, name: &FileName, today: NaiveDate) -> bool {
        let age = today.signed_duration_since(name.date).num_days();
        let days = self.days.get(&name.app).copied().unwrap_or(self.others);
        days.is_some_and(|days| i64::from(days) < age)
    }

    /// Deletes the files in `folder` that have outlived their time: regular files with names of ours, nothing else.
    pub(super) fn sweep(&self, folder: &Path, today: NaiveDate) {
        let entries = match std::fs::read_dir(folder) {
            Ok(entries) => entries,
            Err(cause) => {
                warn!(error = %cause, "Cannot look for old log files in {}: {cause}", folder.display());
                return;
            }
        };
        let mut deleted = 0_u32;
        for entry in entries.flatten() {
            // The type of the entry itself: a link is a link, whatever it points at.
            let is_file = entry.file_type().is_ok_and(|kind| kind.is_file());
            let name = entry.file_name().to_str().and_then(FileName::parse);
            if !is_file || !name.is_some_and(|name| self.has_expired(&name, today)) {
                continue;
            }
            match std::fs::remove_file(entry.path()) {
                Ok(()) => deleted += 1,
                Err(cause) => {
                    warn!(error = %cause, "Cannot delete the old log file {}: {cause}", entry.path().display());
                }
            }
        }
        if deleted > 0 {
            info!(files = deleted, "Deleted {deleted} log files that had outlived their time");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;
    use std::os::unix::fs::symlink;

    #[test]
    fn only_our_own_old_files_go() {
        let folder = tempfile::tempdir().unwrap();
        let elsewhere = tempfile::tempdir().unwrap();
        let path = |name: &str| folder.path().join(name);
        let gone = [
            "prokov-20260107-events.log",
            "prokov-20250101-errors.log",
            "unknown-20251215-events.log",
            "sogoms-20251101-errors.log",
            "prokov-20260107-events.1.log",
            "prokov-20260107-events.12.log",
        ];
        let kept = [
            "prokov-20260108-events.log",
            "prokov-20260115-events.log",
            "prokov-20260201-events.log",
            "unknown-20251216-events.log",
            "broken-20200101-events.log",
            "sogoctl.log",
            "prokov-20200101-events.log.gz",
            "prokov-20200101-other.log",
            "prokov-20260108-events.1.log",
            "prokov-20200101-events.01.log",
            "prokov-20200101-events.log.1",
        ];
        for name in gone.iter().chain(&kept) {
            std::fs::write(path(name), "x").unwrap();
        }
        std::fs::create_dir(path("prokov-20200101-errors.log")).unwrap();
        std::fs::create_dir(path("sub")).unwrap();
        std::fs::write(path("sub/prokov-20200101-events.log"), "x").unwrap();
        let target = elsewhere.path().join("prokov-20200102-events.log");
        std::fs::write(&target, "x").unwrap();
        symlink(&target, path("prokov-20200102-events.log")).unwrap();
        symlink(elsewhere.path(), path("linked")).unwrap();

        let days = BTreeMap::from([("prokov".to_owned(), Some(7)), ("broken".to_owned(), None)]);
        Retention { days, others: Some(DEFAULT_DAYS) }
            .sweep(folder.path(), NaiveDate::from_ymd_opt(2026, 1, 15).unwrap());

        let names: BTreeSet<String> = std::fs::read_dir(folder.path())
            .unwrap()
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .collect();
        let others = ["prokov-20200101-errors.log", "sub", "prokov-20200102-events.log", "linked"];
        let expected = kept.iter().chain(&others).map(|name| (*name).to_owned()).collect();
        assert_eq!(names, expected);
        assert!(target.exists() && path("sub/prokov-20200101-events.log").exists());
    }

    #[test]
    fn a_broken_app_keeps_its_old_number_or_everything() {
        let mut registry = Registry::default();
        for app in ["known", "new"] {
            registry.problems.push(crate::config::Problem::error_in(Path::new("app.yaml"), "wrong").app(app));
        }
        let old = Retention {
            days: BTreeMap::from([("known".to_owned(), Some(365)), ("left".to_owned(), Some(1))]),
            others: Some(DEFAULT_DAYS),
        };
        let days = BTreeMap::from([("known".to_owned(), Some(365)), ("new".to_owned(), None)]);
        assert_eq!(Retention::of(&registry, &old), Retention { days, others: Some(DEFAULT_DAYS) });
    }

    #[test]
    fn nothing_is_deleted_for_want_of_a_configuration() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("prokov-20200101-events.log"), "x").unwrap();
        let unreadable = crate::config::load(&folder.path().join("missing"));
        let days = BTreeMap::from([("kept".to_owned(), Some(36_500))]);
        let old = Retention { days: days.clone(), others: Some(DEFAULT_DAYS) };
        let retention = Retention::of(&unreadable, &old);
        assert_eq!(retention, Retention { days, others: None });
        retention.sweep(folder.path(), NaiveDate::from_ymd_opt(2026, 1, 15).unwrap());
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1);
    }
}
