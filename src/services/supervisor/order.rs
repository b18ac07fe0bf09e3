//! Who waits for whom: the order of the start, and its reverse for the stop. No I/O.

use std::collections::HashMap;

use crate::config::ServiceUnit;
use crate::error::{Code, Error, Result};

/// The dependencies between services, each of which is its index in the configuration.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Order {
    /// The services by level: those of one level depend only on earlier levels and start at the same time.
    pub levels: Vec<Vec<usize>>,
    /// For each service, which services must be ready before it starts.
    pub needs: Vec<Vec<usize>>,
    /// For each service, which services must have ended before it is stopped.
    pub needed_by: Vec<Vec<usize>>,
}

impl Order {
    /// Works the order out from `depends_on`.
    ///
    /// # Errors
    /// [`Code::Config`] when a name is unknown, or when services wait for each other in a circle.
    pub(super) fn of(services: &[ServiceUnit]) -> Result<Self> {
        let index: HashMap<&str, usize> =
            services.iter().enumerate().map(|(at, unit)| (unit.name.as_str(), at)).collect();
        let mut needs = Vec::with_capacity(services.len());
        let mut needed_by = vec![Vec::new(); services.len()];
        for (at, unit) in services.iter().enumerate() {
            let mut these = Vec::with_capacity(unit.depends_on.len());
            for name in &unit.depends_on {
                let needed = *index.get(name.value.as_str()).ok_or_else(|| unknown(unit, &name.value))?;
                if !these.contains(&needed) {
                    these.push(needed);
                    needed_by[needed].push(at);
                }
            }
            needs.push(these);
        }
        let levels = levels(&needs).map_err(|stuck| circle(services, &stuck))?;
        Ok(Self { levels, needs, needed_by })
    }

    /// Returns the services in the order in which they start.
    pub(super) fn starting(&self) -> impl Iterator<Item = usize> + '_ {
        self.levels.iter().flatten().copied()
    }
}

/// Returns the levels, or the services that can never start.
fn levels(needs: &[Vec<usize>]) -> Result<Vec<Vec<usize>>, Vec<usize>> {
    let mut levels: Vec<Vec<usize>> = Vec::new();
    let mut placed = vec![false; needs.len()];
    let mut left: Vec<usize> = (0..needs.len()).collect();
    while !left.is_empty() {
        let (level, rest): (Vec<_>, Vec<_>) =
            left.into_iter().partition(|&service| needs[service].iter().all(|&needed| placed[needed]));
        if level.is_empty() {
            return Err(rest);
        }
        for &service in &level {
            placed[service] = true;
        }
        levels.push(level);
        left = rest;
    }
    Ok(levels)
}

fn unknown(unit: &ServiceUnit, name: &str) -> Error {
    Error::new(
        Code::Config,
        format!("{}: `{}` depends on `{name}`, and there is no such service", unit.at, unit.name),
    )
}

fn circle(services: &[ServiceUnit], stuck: &[usize]) -> Error {
    let names: Vec<&str> = stuck.iter().map(|&service| services[service].name.as_str()).collect();
    Error::new(
        Code::Config,
        format!("these services wait for each other and can never start: {}", names.join(", ")),
    )
    .hint("take one of their `depends_on` away")
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::config::{At, Sourced};

    /// Reads `a b:a c:a,b`: the services, each with what it depends on.
    fn services(text: &str) -> Vec<ServiceUnit> {
        let at = At::outside("sogoctl.yaml");
        let unit = |word: &str| {
            let (name, needs) = word.split_once(':').unwrap_or((word, ""));
            let names = needs.split(',').filter(|name| !name.is_empty());
            ServiceUnit {
                name: name.into(),
                at: at.clone(),
                binary: "/bin/true".into(),
                args: Vec::new(),
                health_socket: None,
                health_url: None,
                depends_on: names.map(|name| Sourced::new(name.into(), at.clone())).collect(),
                stop_timeout: Duration::ZERO,
            }
        };
        text.split_whitespace().map(unit).collect()
    }

    #[test]
    fn services_start_level_by_level() {
        for (text, expected) in [
            ("", ""),
            ("a", "a"),
            ("a b c", "a b c"),
            ("way:db,logs db:logs logs", "logs | db | way"),
            ("logs db:logs way:db,logs smtp:logs", "logs | db smtp | way"),
            ("top:left,right left:root right:root root", "root | left right | top"),
            ("b:a,a a", "a | b"),
        ] {
            let services = services(text);
            let order = Order::of(&services).unwrap();
            let name = |&service: &usize| services[service].name.as_str();
            let shown: Vec<String> = order
                .levels
                .iter()
                .map(|level| level.iter().map(name).collect::<Vec<_>>().join(" "))
                .collect();
            assert_eq!(shown.join(" | "), expected, "{text}");
        }
    }

    #[test]
    fn every_dependency_is_known_from_both_ends() {
        let order = Order::of(&services("logs db:logs way:db,logs")).unwrap();
        assert_eq!(order.needs, [vec![], vec![0], vec![1, 0]]);
        assert_eq!(order.needed_by, [vec![1, 2], vec![2], vec![]]);
    }

    #[test]
    fn what_can_never_start_is_refused() {
        for (text, words) in [
            ("a:a", "these services wait for each other and can never start: a"),
            ("x a:b b:c c:a", "these services wait for each other and can never start: a, b, c"),
            ("a:z", "sogoctl.yaml:1:1: `a` depends on `z`, and there is no such service"),
        ] {
            let error = Order::of(&services(text)).unwrap_err();
            assert_eq!((error.code, &*error.message), (Code::Config, words), "{text}");
        }
    }
}
