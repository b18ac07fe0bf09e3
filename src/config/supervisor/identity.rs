//! As whom a service runs: `user` and `group`.

use crate::config::passwd::{Passwd, number};
use crate::config::problem::Problem;
use crate::config::source::Sourced;
use crate::config::yaml::Fields;

/// As whom a process runs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Identity {
    /// The user as the file names it; ours where it names a group alone.
    pub user: String,
    /// Number of the user.
    pub uid: u32,
    /// Number of the group.
    pub gid: u32,
    /// All its groups, that one among them.
    pub groups: Vec<u32>,
    /// Variables that tell the process who it is: `USER`, `LOGNAME`, `HOME`, `SHELL`.
    pub variables: Vec<(&'static str, String)>,
}

/// Who there is on this machine, and who we are.
#[derive(Debug)]
pub(super) struct Machine {
    passwd: Passwd,
    uid: u32,
    gid: u32,
}

impl Machine {
    pub(super) fn this() -> Self {
        let (uid, gid) = (rustix::process::geteuid().as_raw(), rustix::process::getegid().as_raw());
        Self { passwd: Passwd::read(), uid, gid }
    }
}

impl Identity {
    /// Takes the keys of a service; `None` without any, and where a problem was reported.
    pub(super) fn of(fields: &mut Fields<'_>, machine: impl FnOnce() -> Machine) -> Option<Self> {
        let (user, group) = (fields.text("user"), fields.text("group"));
        let first = user.as_ref().or(group.as_ref())?.at.clone();
        let machine = machine();
        let found =
            find(user.as_ref(), group.as_ref(), &machine).map_err(|problem| fields.report.add(*problem));
        let identity = found.ok()?;
        if machine.uid != 0 && (identity.uid, identity.gid) != (machine.uid, machine.gid) {
            let message = format!(
                "only root can start a service as user {} and group {}, and this is user {} and group {}",
                identity.uid, identity.gid, machine.uid, machine.gid
            );
            let hint = "run sogoctl as root, or leave `user` and `group` out";
            fields.report.add(Problem::error(&first, message).hint(hint));
            return None;
        }
        Some(identity)
    }
}

fn find(
    user: Option<&Sourced<String>>,
    group: Option<&Sourced<String>>,
    Machine { passwd, uid, gid }: &Machine,
) -> Result<Identity, Box<Problem>> {
    let problem = |text: &Sourced<String>, message: String, hint: String| {
        Err(Box::new(Problem::error(&text.at, message).hint(hint)))
    };
    let ours = uid.to_string();
    let name = user.map_or(&ours, |user| &user.value);
    let entry = passwd.user(name);
    let group_id = group.and_then(|group| passwd.group(&group.value).or_else(|| number(&group.value)));
    if let (Some(group), None) = (group, group_id) {
        let name = &group.value;
        let hint = format!("make it with `groupadd {name}`, or give its number");
        return problem(group, format!("this machine has no group `{name}`"), hint);
    }
    let (uid, own_gid) = match (&entry, user) {
        (Some(entry), _) => (entry.uid, entry.gid),
        (None, None) => (*uid, *gid),
        (None, Some(user)) => match (number(&user.value), group_id) {
            (Some(uid), Some(gid)) => (uid, gid),
            (Some(uid), None) => {
                let message = format!("nothing tells the group of the user {uid}, who is not in /etc/passwd");
                return problem(user, message, "give `group` as well".to_owned());
            }
            (None, _) => {
                let name = &user.value;
                let hint = format!("make it with `useradd --system {name}`, or give a number");
                return problem(user, format!("this machine has no user `{name}`"), hint);
            }
        },
    };
    let gid = group_id.unwrap_or(own_gid);
    let groups = entry.as_ref().map_or_else(|| vec![gid], |entry| passwd.groups_of(&entry.name, gid));
    let variables = match entry.filter(|_| user.is_some()) {
        Some(entry) => vec![
            ("USER", entry.name.clone()),
            ("LOGNAME", entry.name),
            ("HOME", entry.home),
            ("SHELL", entry.shell),
        ],
        None => Vec::new(),
    };
    let variables = variables.into_iter().filter(|(_, value)| !value.is_empty()).collect();
    Ok(Identity { user: name.clone(), uid, gid, groups, variables })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::source::At;

    fn machine(uid: u32) -> Machine {
        let passwd = Passwd::of(
            "root:x:0:0:root:/root:/bin/sh\nmail:x:8:12:Mail:/var/mail:\n",
            "root:x:0:\nmail:x:12:\nsogoms:x:900:mail,root\n",
        );
        Machine { passwd, uid, gid: uid }
    }

    fn found(user: Option<&str>, group: Option<&str>, uid: u32) -> Result<Identity, String> {
        let text = |text: &str| Sourced::new(text.to_owned(), At::outside("sogoctl.yaml"));
        find(user.map(text).as_ref(), group.map(text).as_ref(), &machine(uid))
            .map_err(|problem| problem.message)
    }

    #[test]
    fn a_user_comes_with_their_groups_and_home() {
        let mail = found(Some("mail"), None, 0).unwrap();
        assert_eq!((mail.uid, mail.gid, &*mail.groups), (8, 12, &[12, 900][..]));
        let variables = [("USER", "mail"), ("LOGNAME", "mail"), ("HOME", "/var/mail")];
        assert_eq!(mail.variables, variables.map(|(name, value)| (name, value.to_owned())));
        assert_eq!(found(Some("8"), None, 0).unwrap().groups, [12, 900]);
        assert_eq!(found(Some("mail"), Some("root"), 0).unwrap().groups, [0, 900]);
        let numbers = found(Some("4711"), Some("4712"), 0).unwrap();
        assert_eq!(
            (numbers.uid, numbers.gid, numbers.groups, numbers.variables),
            (4711, 4712, vec![4712], vec![])
        );
        // A group alone: the user stays, and with it their environment.
        let group = found(None, Some("sogoms"), 0).unwrap();
        assert_eq!((group.uid, group.gid, &*group.groups, group.variables), (0, 900, &[900][..], vec![]));
        assert_eq!(found(None, Some("5"), 4711).unwrap().uid, 4711);
    }

    #[test]
    fn who_is_not_there_is_named() {
        for (user, group, message) in [
            (Some("male"), None, "this machine has no user `male`"),
            (Some("-1"), Some("mail"), "this machine has no user `-1`"),
            (Some("4294967295"), Some("mail"), "this machine has no user `4294967295`"),
            (Some("mail"), Some("male"), "this machine has no group `male`"),
            (Some("4711"), None, "nothing tells the group of the user 4711, who is not in /etc/passwd"),
        ] {
            assert_eq!(found(user, group, 0).unwrap_err(), message);
        }
    }
}
