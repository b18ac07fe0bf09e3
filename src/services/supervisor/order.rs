//! Who waits for whom: the order of the start, and its reverse for the stop. No I/O.

use std::collections::HashMap;

use crate::config::ServiceUnit;
use crate::error::{Code, Error, Result};

/// The dependencies between services, each of which is known by its number.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Order {
    /// The services by level: those of one level depend only on earlier levels and start at the same time.
    pub levels: Vec<Vec<usize>>,
    /// For each number, the services that it depends on. Of several instances of one service, one must be ready before it
    /// starts.
    pub needs: Vec<Vec<usize>>,
    /// For each number, which services must have ended before that one is stopped.
    pub needed_by: Vec<Vec<usize>>,
}

impl Order {
    /// Works the order out from `depends_on`. The number of a service is its place in `units`; a place may be empty.
    ///
    /// # Errors
    /// [`Code::Config`] when a name is unknown, or when services wait for each other in a circle.
    pub(super) fn of(units: &[Option<&ServiceUnit>]) -> Result<Self> {
        let present = || units.iter().enumerate().filter_map(|(at, unit)| unit.map(|unit| (at, unit)));
        let mut numbers: HashMap<&str, Vec<usize>> = HashMap::new();
        for (at, unit) in present() {
            numbers.entry(&unit.service).or_default().push(at);
        }
        let mut needs = vec![Vec::new(); units.len()];
        let mut needed_by = vec![Vec::new(); units.len()];
        for (at, unit) in present() {
            for name in &unit.depends_on {
                for &needed in numbers.get(name.value.as_str()).ok_or_else(|| unknown(unit, &name.value))? {
                    if !needs[at].contains(&needed) {
                        needs[at].push(needed);
                        needed_by[needed].push(at);
                    }
                }
            }
        }
        let levels = levels(present().map(|(at, _)| at).collect(), &needs)
            .map_err(|stuck| circle(&stuck.into_iter().filter_map(|at| units[at]).collect::<Vec<_>>()))?;
        Ok(Self { levels, needs, needed_by })
    }

    /// Returns the services in the order in which they start.
    pub(super) fn starting(&self) -> impl Iterator<Item = usize> + '_ {
        self.levels.iter().flatten().copied()
    }
}

/// Returns the levels, or the services that can never start.
fn levels(mut left: Vec<usize>, needs: &[Vec<usize>]) -> Result<Vec<Vec<usize>>, Vec<usize>> {
    let mut levels: Vec<Vec<usize>> = Vec::new();
    let mut placed = vec![false; needs.len()];
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

fn circle(stuck: &[&ServiceUnit]) -> Error {
    let names: Vec<&str> = stuck.iter().map(|unit| unit.name.as_str()).collect();
    Error::new(
        Code::Config,
        format!("these services wait for each other and can never start: {}", names.join(", ")),
    )
    .hint("take one of their `depends_on` away")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::{At, Sourced};

    /// Reads `a b:a c:a,b`: the services, each with what it depends on.
    fn services(text: &str) -> Vec<ServiceUnit> {
        let at = At::outside("sogoctl.yaml");
        let unit = |word: &str| {
            let (name, needs) = word.split_once(':').unwrap_or((word, ""));
            let names = needs.split(',').filter(|name| !name.is_empty());
            ServiceUnit {
                depends_on: names.map(|name| Sourced::new(name.into(), at.clone())).collect(),
                ..ServiceUnit::program(name, "/bin/true", &[])
            }
        };
        text.split_whitespace().map(unit).collect()
    }

    fn order(services: &[ServiceUnit]) -> Result<Order> {
        Order::of(&services.iter().map(Some).collect::<Vec<_>>())
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
            let order = order(&services).unwrap();
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
        let order = order(&services("logs db:logs way:db,logs")).unwrap();
        assert_eq!(order.needs, [vec![], vec![0], vec![1, 0]]);
        assert_eq!(order.needed_by, [vec![1, 2], vec![2], vec![]]);
    }

    #[test]
    fn an_empty_place_is_nobody_s() {
        let services = services("a gone b:a");
        let order = Order::of(&[Some(&services[0]), None, Some(&services[2])]).unwrap();
        assert_eq!((order.levels, order.needs), (vec![vec![0], vec![2]], vec![vec![], vec![], vec![0]]));
    }

    #[test]
    fn what_can_never_start_is_refused() {
        for (text, words) in [
            ("a:a", "these services wait for each other and can never start: a"),
            ("x a:b b:c c:a", "these services wait for each other and can never start: a, b, c"),
            ("a:z", "sogoctl.yaml:1:1: `a` depends on `z`, and there is no such service"),
        ] {
            let error = order(&services(text)).unwrap_err();
            assert_eq!((error.code, &*error.message), (Code::Config, words), "{text}");
        }
    }
}
