//! Users and groups of this machine, as passwd(5) and group(5) have them.
//!
//! The files are read as they are: a program that is linked statically has no other directory to ask. Who stands in
//! another one (LDAP and the like) is named by numbers.

use std::fs;

/// The text of both files.
#[derive(Debug, Clone, Default)]
pub struct Passwd {
    users: String,
    groups: String,
}

/// A line of passwd(5).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct User {
    /// Name of the user.
    pub name: String,
    /// Number of the user.
    pub uid: u32,
    /// Number of the user's own group.
    pub gid: u32,
    /// Home folder.
    pub home: String,
    /// Program that a login starts; may be empty.
    pub shell: String,
}

impl Passwd {
    /// Reads the files of this machine; one that cannot be read counts as empty.
    pub fn read() -> Self {
        let text = |path| fs::read_to_string(path).unwrap_or_default();
        Self { users: text("/etc/passwd"), groups: text("/etc/group") }
    }

    /// Makes it from the text of both files.
    #[cfg(test)]
    pub(super) fn of(users: &str, groups: &str) -> Self {
        Self { users: users.to_owned(), groups: groups.to_owned() }
    }

    /// Finds a user by name, or by number.
    pub fn user(&self, user: &str) -> Option<User> {
        let number = number(user);
        self.users.lines().filter_map(entry).find(|entry| entry.name == user || Some(entry.uid) == number)
    }

    /// Finds the number of a group by its name.
    pub fn group(&self, name: &str) -> Option<u32> {
        self.groups.lines().find_map(|line| {
            let mut fields = line.split(':');
            (fields.next() == Some(name)).then(|| fields.nth(1)?.parse().ok()).flatten()
        })
    }

    /// Returns the groups that a user of this name is a member of, as initgroups(3) finds them: `gid` first, and the
    /// others in the order of the file.
    pub fn groups_of(&self, name: &str, gid: u32) -> Vec<u32> {
        let mut groups = vec![gid];
        for line in self.groups.lines() {
            let mut fields = line.split(':').skip(2);
            let id = fields.next().and_then(|id| id.parse().ok());
            let is_member =
                fields.next().is_some_and(|members| members.split(',').any(|one| one.trim() == name));
            groups.extend(id.filter(|id| is_member && !groups.contains(id)));
        }
        groups
    }
}

/// Returns the number of a user or group that is given as one. The largest means 'leave it' to the kernel.
pub(super) fn number(text: &str) -> Option<u32> {
    text.parse().ok().filter(|number| *number != u32::MAX)
}

/// Reads `name:password:uid:gid:comment:home:shell`.
fn entry(line: &str) -> Option<User> {
    let fields: Vec<&str> = line.split(':').collect();
    let [name, _, uid, gid, _, home, shell] = fields[..] else { return None };
    Some(User {
        name: name.to_owned(),
        uid: uid.parse().ok()?,
        gid: gid.parse().ok()?,
        home: home.to_owned(),
        shell: shell.to_owned(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn passwd() -> Passwd {
        Passwd::of(
            "root:x:0:0:root:/root:/bin/sh\nbroken:x:1\nalice:x:1000:34:Alice:/home/alice:\n",
            "root:x:0:\nwww:x:33:alice,bob\nown:x:34:alice\nbroken\nodd:x:many:alice\nlog:x:35:bob, alice\n",
        )
    }

    #[test]
    fn users_are_found_by_name_and_by_number() {
        let alice = passwd().user("alice").unwrap();
        assert_eq!((alice.uid, alice.gid, &*alice.home, &*alice.shell), (1000, 34, "/home/alice", ""));
        assert_eq!(passwd().user("1000"), Some(alice));
        for unknown in ["bob", "broken", "4711", "-1", "4294967295", ""] {
            assert_eq!(passwd().user(unknown), None, "{unknown}");
        }
    }

    #[test]
    fn a_group_is_found_by_its_whole_name() {
        for (group, id) in [("root", Some(0)), ("www", Some(33)), ("w", None), ("alice", None), ("odd", None)]
        {
            assert_eq!(passwd().group(group), id, "{group}");
        }
    }

    #[test]
    fn a_user_is_in_the_groups_that_list_them() {
        assert_eq!(passwd().groups_of("alice", 34), [34, 33, 35]);
        assert_eq!(passwd().groups_of("bob", 100), [100, 33, 35]);
        assert_eq!(passwd().groups_of("nobody", 100), [100]);
    }
}
