//! The layout of configuration folders before everything of an app was in one folder.

use std::path::Path;

use super::problem::{Problem, Report};
use super::yaml;

/// Warns of files in the old places, which nothing reads any more, and tells where each belongs.
pub(super) fn warn(config: &Path, report: &Report) {
    let routes = config.join("routes");
    for file in yaml::yaml_files(&routes, report) {
        moved(&file.path, &format!("apps/{}/app.yaml", file.stem), report);
    }
    for kind in ["queries", "emails"] {
        let folder = config.join(kind);
        for app in yaml::names(&folder, report) {
            if !app.starts_with('.') && folder.join(&app).is_dir() {
                moved(&folder.join(&app), &format!("apps/{app}/{kind}"), report);
            }
        }
    }
}

fn moved(old: &Path, new: &str, report: &Report) {
    let problem = Problem::warning_in(old, "this is the layout before `apps/`, and nothing reads it");
    report.add(problem.hint(format!("move it to `{new}`")));
}
