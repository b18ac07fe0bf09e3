//! The files of a new app: users who sign in, and notes that each has of their own.

use std::path::Path;

use super::{quoted, write};
use crate::error::Result;

macro_rules! shipped {
    ($($name:literal),* $(,)?) => {
        &[$(($name, include_str!(concat!("starter/", $name)))),*]
    };
}

/// The files that are the same for every app, below its folder.
const FILES: &[(&str, &str)] = shipped![
    "emails/welcome.yaml",
    "queries/auth.yaml",
    "queries/notes.yaml",
    "database/mariadb.sql",
    "database/sqlite.sql"
];

/// The script that makes the starter's tables on SQLite.
pub(in crate::cmd) const SQLITE: &str = include_str!("starter/database/sqlite.sql");
/// The script that makes the starter's tables on MariaDB.
pub(in crate::cmd) const MARIADB: &str = include_str!("starter/database/mariadb.sql");

/// A new app.
#[derive(Debug, Clone, Copy)]
pub(in crate::cmd) struct NewApp<'a> {
    /// Its name.
    pub(in crate::cmd) name: &'a str,
    /// Host names and addresses that it answers to.
    pub(in crate::cmd) hosts: &'a [String],
    /// The section `database:` of its `app.yaml`.
    pub(in crate::cmd) database: &'a str,
}

impl NewApp<'_> {
    /// Writes its files into `folder`, which is to be `apps/NAME` of a configuration folder. Its secrets are expected in
    /// `secrets/` beside that.
    pub(in crate::cmd) fn write(&self, folder: &Path) -> Result<()> {
        write(&folder.join("app.yaml"), &self.app_yaml())?;
        FILES.iter().try_for_each(|(name, text)| write(&folder.join(name), text))
    }

    /// Returns the address its mail is from: of its first host that is a name.
    fn sender(&self) -> String {
        let is_name = |host: &&String| host.contains('.') && host.parse::<std::net::IpAddr>().is_err();
        let host = self.hosts.iter().find(is_name).map_or("example.com", String::as_str);
        format!("noreply@{host}")
    }

    fn app_yaml(&self) -> String {
        let hosts: Vec<String> = self.hosts.iter().map(|host| format!("  - {}", quoted(host))).collect();
        format!(
            "\
# The app `{name}`. A relative path is taken from the configuration folder, and {{app}} in it is the app's name.
app: {quoted_name}
version: \"1.0\"
base_path: /api                 # what every path of the API begins with

hosts:                          # the host name of a request chooses the app
{hosts}

{database}
auth:
  jwt_secret_file: ../secrets/{{app}}_jwt_secret
  jwt_expiry: 24h               # how long a sign-in lasts

smtp:                           # until there is a mail server, each mail becomes a file:
  folder: ../data/{{app}}-mails   # then write `host: mail.example.com` and what it needs (docs/MAIL.md)
  from: {from}

logs:
  retention_days: 30
",
            name = self.name,
            hosts = hosts.join("\n"),
            quoted_name = quoted(self.name),
            database = self.database,
            from = quoted(&self.sender()),
        )
    }
}
