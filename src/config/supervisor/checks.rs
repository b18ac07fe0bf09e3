//! What only shows when the services are looked at together, or at the disk.

use std::collections::HashMap;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use super::ServiceUnit;
use crate::config::problem::{Problem, Report};
use crate::config::source::Sourced;
use crate::config::yaml;

/// Reports unknown and circular dependencies, and sockets that two services claim.
///
/// The names are those of all services in the file, also of those that could not be read.
pub(super) fn check(services: &[ServiceUnit], names: &[&str], report: &Report) {
    let by_name: HashMap<&str, &ServiceUnit> =
        services.iter().map(|unit| (unit.name.as_str(), unit)).collect();
    let mut sockets: HashMap<&Path, &ServiceUnit> = HashMap::new();
    for unit in services {
        for needed in &unit.depends_on {
            if !names.contains(&needed.value.as_str()) {
                let problem = Problem::error(&needed.at, format!("there is no service `{}`", needed.value));
                let others = names.iter().copied().filter(|name| *name != unit.name);
                let hint = yaml::one_of(&needed.value, others);
                report.add(hint.into_iter().fold(problem, Problem::hint));
            }
        }
        if let Some(socket) = &unit.health_socket
            && let Some(first) = sockets.insert(socket, unit)
        {
            let message = format!(
                "`{}` has the socket {} too, which is that of `{}` on line {}",
                unit.name,
                socket.display(),
                first.name,
                first.at.line
            );
            report.error(&unit.at, message);
        }
    }
    for circle in circles(services, &by_name) {
        let names: Vec<&str> = circle.iter().map(|unit| unit.name.as_str()).collect();
        let message =
            format!("services wait for each other in a circle: {} → {}", names.join(" → "), names[0]);
        report.error(&circle[0].at, message);
    }
}

/// Returns every circle that a walk along the dependencies closes, each once, from its first service in the file on.
fn circles<'a>(
    services: &'a [ServiceUnit],
    by_name: &HashMap<&str, &'a ServiceUnit>,
) -> Vec<Vec<&'a ServiceUnit>> {
    let mut found = Vec::new();
    let mut done: Vec<&str> = Vec::new();
    for start in services {
        // The way from the start to where the walk is: each unit, and which of its dependencies comes next.
        let mut way: Vec<(&ServiceUnit, usize)> = vec![(start, 0)];
        while let Some((unit, next)) = way.last_mut() {
            let unit = *unit;
            let Some(needed) = unit.depends_on.get(*next) else {
                done.push(&unit.name);
                way.pop();
                continue;
            };
            *next += 1;
            let Some(needed) = by_name.get(needed.value.as_str()) else { continue };
            if let Some(begin) = way.iter().position(|(on_way, _)| on_way.name == needed.name) {
                found.push(way[begin..].iter().map(|(unit, _)| *unit).collect());
            } else if !done.contains(&needed.name.as_str()) {
                way.push((needed, 0));
            }
        }
    }
    found
}

/// Reports a program that is not there or cannot be run; `missing` says what to do when it is not there.
pub(super) fn check_program(binary: &Sourced<PathBuf>, missing: Option<String>, report: &Report) {
    const EXECUTABLE: u32 = 0o111;
    let shown = binary.value.display();
    let message = match fs::metadata(&binary.value) {
        Err(error) => {
            let message = format!("the program {shown} cannot be run: {}", yaml::reason(&error));
            return report.add(missing.into_iter().fold(Problem::error(&binary.at, message), Problem::hint));
        }
        Ok(metadata) if !metadata.is_file() => format!("the program {shown} is not a file"),
        Ok(metadata) if metadata.permissions().mode() & EXECUTABLE == 0 => {
            let problem = Problem::error(&binary.at, format!("the program {shown} is not executable"));
            return report.add(problem.hint(format!("chmod +x {shown}")));
        }
        Ok(_) => return,
    };
    report.error(&binary.at, message);
}
