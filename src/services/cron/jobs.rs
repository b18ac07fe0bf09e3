//! The jobs of all apps, and how they change when the configuration is read anew.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use tracing::{error, info, warn};

use super::runs::JobName;
use super::schedule::Schedule;
use super::service_job;
use crate::config::{self, Problem, Registry, closest};
use crate::error::{Code, Error, Result};

/// A job with all that it takes to run it.
#[derive(Debug)]
pub(super) struct Job {
    pub name: JobName,
    /// As its file has it.
    pub file: config::Job,
    pub schedule: Schedule,
    /// The schedule as it is meant: in another time zone it is another one.
    pub meaning: String,
}

/// The jobs in force.
#[derive(Debug, Default)]
pub(super) struct Jobs {
    by_name: BTreeMap<JobName, Arc<Job>>,
    /// Apps of which it is not known which jobs they have: their files are wrong.
    unknown: BTreeSet<String>,
    /// Nothing at all could be read.
    all_unknown: bool,
    /// What is wrong with the files they come from.
    pub problems: Vec<String>,
}

impl Jobs {
    /// Takes the jobs of a configuration.
    ///
    /// The jobs of an app whose files are wrong stay as they are in `old`, and so do all of them when the configuration is
    /// wrong as a whole; those whose files are gone go.
    pub(super) fn new(registry: &Registry, old: &Self) -> Self {
        registry.problems.iter().for_each(tell);
        let errors = || registry.problems.iter().filter(|problem| problem.is_error());
        // A job that asks for what there is not fails alone; the others of its app go on.
        let of_services: Vec<Problem> =
            registry.apps.iter().flat_map(|app| service_job::problems(app)).collect();
        of_services.iter().for_each(tell);
        let problems: Vec<String> = errors().chain(&of_services).map(Problem::headline).collect();
        let all_unknown = registry.is_wrong_as_a_whole();
        let unknown: BTreeSet<String> = errors().filter_map(|problem| problem.app.clone()).collect();
        let is_kept = |name: &JobName| all_unknown || unknown.contains(&name.app);
        let mut by_name: BTreeMap<JobName, Arc<Job>> = (old.by_name.iter())
            .filter(|(name, _)| is_kept(name))
            .map(|(name, job)| (name.clone(), Arc::clone(job)))
            .collect();
        for app in registry.apps.iter().filter(|_| !all_unknown || old.by_name.is_empty()) {
            for file in app.cron.iter().flat_map(|cron| &cron.jobs) {
                let name = JobName { app: app.name.clone(), job: file.name.clone() };
                let schedule = Schedule::new(file.schedule.value.clone(), file.rules.timezone);
                let meaning = format!("{} {}", file.schedule.value.text(), file.rules.timezone.name());
                let job = Job { name: name.clone(), file: file.clone(), schedule, meaning };
                by_name.insert(name, Arc::new(job));
            }
        }
        info!(jobs = by_name.len(), "Watching over the jobs of the apps");
        Self { by_name, unknown, all_unknown, problems }
    }

    /// Returns a job.
    pub(super) fn get(&self, name: &JobName) -> Option<&Arc<Job>> {
        self.by_name.get(name)
    }

    /// Tells whether a job is known to be gone, and not just hidden by a mistake in a file.
    pub(super) fn is_gone(&self, name: &JobName) -> bool {
        !self.by_name.contains_key(name) && !self.all_unknown && !self.unknown.contains(&name.app)
    }

    /// Returns all jobs, by app and name.
    pub(super) fn all(&self) -> impl Iterator<Item = &Arc<Job>> {
        self.by_name.values()
    }

    /// Finds a job by its name, and by its app where several have one of that name.
    ///
    /// # Errors
    /// [`Code::NotFound`] with the name that was perhaps meant, [`Code::Conflict`] with the apps to choose from.
    pub(super) fn find(&self, app: Option<&str>, job: &str) -> Result<Arc<Job>> {
        let of_app = || self.all().filter(|known| app.is_none_or(|app| known.name.app == app));
        let found: Vec<&Arc<Job>> = of_app().filter(|known| known.name.job == job).collect();
        match found.as_slice() {
            [only] => Ok(Arc::clone(only)),
            [] => {
                let shown: String = job.chars().take(64).filter(|letter| !letter.is_control()).collect();
                let of = app.map(|app| format!(" in the app `{app}`")).unwrap_or_default();
                let error = Error::new(Code::NotFound, format!("there is no job `{shown}`{of}"));
                Err(match closest(job, of_app().map(|known| known.name.job.as_str())) {
                    Some(near) => error.hint(format!("did you mean `{near}`?")),
                    None => error.hint("see `sogo cron list` for the jobs there are"),
                })
            }
            several => {
                let apps: Vec<&str> = several.iter().map(|job| job.name.app.as_str()).collect();
                Err(Error::new(
                    Code::Conflict,
                    format!("several apps have a job `{job}`: {}", apps.join(", ")),
                )
                .hint(format!("say which: `--app {}`", apps[0])))
            }
        }
    }
}

fn tell(problem: &Problem) {
    if problem.is_error() {
        error!(app = problem.app.as_deref(), "{}", problem.headline());
    } else {
        warn!(app = problem.app.as_deref(), "{}", problem.headline());
    }
}
