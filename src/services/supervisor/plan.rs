//! What is to be done about a newer sogoctl.yaml. No I/O.

use super::api::{ChangedService, Plan};
use crate::config::{Change, ServiceUnit};

/// Compares the services that there are with those of a newer file.
pub(super) fn plan<'a>(old: impl Iterator<Item = &'a ServiceUnit> + Clone, newer: &[ServiceUnit]) -> Plan {
    let mut plan = Plan::default();
    for unit in newer {
        let name = unit.name.clone();
        let Some(before) = old.clone().find(|old| old.is_same_as(unit)) else {
            plan.start.push(name);
            continue;
        };
        let changes = before.changes(unit);
        let needs_restart = changes.iter().any(|change| change.needs_restart);
        let keys = changes.iter().map(|Change { key, .. }| (*key).to_owned()).collect();
        match (changes.is_empty(), needs_restart) {
            (true, _) => plan.unchanged.push(name),
            (false, true) => plan.restart.push(ChangedService { service: name, keys }),
            (false, false) => plan.update.push(ChangedService { service: name, keys }),
        }
    }
    let is_gone = |unit: &&ServiceUnit| !newer.iter().any(|newer| newer.is_same_as(unit));
    plan.stop = old.filter(is_gone).map(|unit| unit.name.clone()).collect();
    plan
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::{self, Checked};

    fn units(services: &str) -> Vec<ServiceUnit> {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("sogoctl.yaml"), format!("services:\n{services}")).unwrap();
        let Checked { value, problems } = config::supervisor::load(folder.path());
        value.unwrap_or_else(|| panic!("{problems:?}")).services
    }

    #[test]
    fn each_change_is_told_by_its_key() {
        let old = "  a: { binary: /bin/sh }\n  b: { binary: /bin/sh, depends_on: [a] }\n";
        let changed = |service: &str, keys: &[&str]| ChangedService {
            service: service.to_owned(),
            keys: keys.iter().map(|key| (*key).to_owned()).collect(),
        };
        let names = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>();
        for (newer, expected) in [
            (old, Plan { unchanged: names(&["a", "b"]), ..Plan::default() }),
            (
                "  a: { binary: /bin/sh, args: [x], stop_timeout: 1s }\n  b: { binary: /bin/sh }\n",
                Plan {
                    restart: vec![changed("a", &["args", "stop_timeout"])],
                    update: vec![changed("b", &["depends_on"])],
                    ..Plan::default()
                },
            ),
            (
                "  b: { binary: /bin/cat }\n  c: { binary: /bin/sh }\n",
                Plan {
                    start: names(&["c"]),
                    stop: names(&["a"]),
                    restart: vec![changed("b", &["binary", "depends_on"])],
                    ..Plan::default()
                },
            ),
        ] {
            let old = units(old);
            assert_eq!(plan(old.iter(), &units(newer)), expected, "{newer}");
        }
    }
}
