//! `instances`: several processes of one service.

use std::path::Path;

use super::{ListenAddress, ServiceUnit};
use crate::config::problem::{Problem, Report};
use crate::config::yaml::Fields;

/// Services that keep something on disk which only one process may write.
const OWN_A_STORE: [&str; 3] = ["sogoms-smtp", "sogoms-cron", "sogoms-logs"];

/// Reads the key.
pub(super) fn read(fields: &mut Fields<'_>) -> u32 {
    fields.integer("instances", 1..=64).unwrap_or(1)
}

/// Reports services that cannot have several instances.
pub(super) fn check(services: &[ServiceUnit], report: &Report) {
    for unit in services.iter().filter(|unit| 1 < unit.instances) {
        let program = unit.binary.file_name().and_then(|name| name.to_str()).unwrap_or_default();
        if let Some(name) = OWN_A_STORE.iter().find(|name| [program, &unit.name].contains(name)) {
            let message = format!("`{}` cannot have several instances", unit.name);
            let hint = format!("{name} owns files that only one process may write: take `instances` away");
            report.add(Problem::error(&unit.at, message).hint(hint));
        }
        let own = unit.own_socket();
        if let Some(socket) = &unit.health_socket
            && !socket.to_string_lossy().contains(&own)
        {
            let message = format!("all instances of `{}` have the socket {}", unit.name, socket.display());
            report.add(
                Problem::error(&unit.at, message)
                    .hint(format!("call it `{own}`: the number is that of the instance")),
            );
        }
    }
}

impl ServiceUnit {
    /// Returns the name of the socket of the first instance: `sogoms-db.1.sock`.
    fn own_socket(&self) -> String {
        format!("{}.1.sock", self.service)
    }

    /// Tells whether another one, of another version of the file, is the same instance of the same service.
    pub fn is_same_as(&self, other: &Self) -> bool {
        (&self.service, self.instance) == (&other.service, other.instance)
    }

    /// Returns each of its instances as a service of its own: called `sogoms-db` if it is the only one, else `sogoms-db.2`,
    /// with its own number instead of the 1 of `sogoms-db.1.sock` wherever that stands.
    pub fn each_instance(self) -> Vec<Self> {
        if self.instances <= 1 {
            return vec![self];
        }
        (1..=self.instances).map(|number| self.instance(number)).collect()
    }

    fn instance(&self, number: u32) -> Self {
        let (first, own) = (self.own_socket(), format!("{}.{number}.sock", self.service));
        let text = |text: &String| text.replace(&first, &own);
        let path = |path: &Path| {
            path.to_str().map_or_else(|| path.to_owned(), |known| known.replace(&first, &own).into())
        };
        let mut unit = Self { name: format!("{}.{number}", self.service), instance: number, ..self.clone() };
        unit.args = self.args.iter().map(text).collect();
        unit.health_socket = self.health_socket.as_deref().map(path);
        for listen in &mut unit.listen {
            if let ListenAddress::Unix(socket) = &mut listen.value {
                *socket = path(socket);
            }
        }
        unit
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::supervisor;

    fn load(unit: &str) -> (Vec<ServiceUnit>, Vec<Problem>) {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("sogoctl.yaml");
        std::fs::write(file, format!("services:\n  {unit}\n")).unwrap();
        let read = supervisor::load(folder.path());
        (read.value.map(|read| read.services).unwrap_or_default(), read.problems)
    }

    #[test]
    fn each_instance_has_its_own_sockets_and_shares_the_ports() {
        let (units, _) = load(
            "sogoms-db: { binary: /bin/true, args: [-socket, /run/sogoms-db.1.sock, -x, a.1.sock], instances: 2, \
             health_socket: /run/sogoms-db.1.sock, listen: [8080, /run/sogoms-db.1.sock] }",
        );
        let all: Vec<_> = units.into_iter().flat_map(ServiceUnit::each_instance).collect();
        let told = |unit: &ServiceUnit| {
            let listen: Vec<_> = unit.listen.iter().map(|one| one.value.to_string()).collect();
            format!("{} {} {}", unit.name, unit.args.join(" "), listen.join(" "))
        };
        assert_eq!(
            all.iter().map(told).collect::<Vec<_>>(),
            [
                "sogoms-db.1 -socket /run/sogoms-db.1.sock -x a.1.sock [::]:8080 /run/sogoms-db.1.sock",
                "sogoms-db.2 -socket /run/sogoms-db.2.sock -x a.1.sock [::]:8080 /run/sogoms-db.2.sock",
            ]
        );
        assert_eq!(all[1].health_socket.as_deref(), Some(Path::new("/run/sogoms-db.2.sock")));
        let (one, _) = load("sogoms-db: { binary: /bin/true }");
        assert_eq!(one[0].clone().each_instance()[0].name, "sogoms-db");
    }

    #[test]
    fn some_services_have_one_instance() {
        for (unit, words) in [
            (
                "sogoms-logs: { binary: /bin/true, instances: 2 }",
                "`sogoms-logs` cannot have several instances",
            ),
            ("sogoms-db: { binary: /bin/true, instances: 65 }", "`instances` is from 1 to 64"),
            (
                "sogoms-db: { binary: /bin/true, instances: 2, health_socket: /run/db.sock }",
                "all instances of `sogoms-db` have the socket /run/db.sock",
            ),
        ] {
            let (_, problems) = load(unit);
            assert!(problems.iter().any(|problem| problem.message.contains(words)), "{problems:?}");
        }
    }
}
