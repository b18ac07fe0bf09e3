//! What a new installation is to be: from flags, and from the operator where they say nothing.

use super::{Init, unsaid};
use crate::cmd::database_address::{self, Address};
use crate::cmd::prompt::Questions;
use crate::config;
use crate::error::{Code, Error, Result};

/// Where the first app's data are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Store {
    /// A file in the folder.
    Sqlite,
    /// A database that a script is to make.
    NewMariaDb,
    /// A database that exists.
    MariaDb(Address),
}

/// Everything that has to be known.
#[derive(Debug)]
pub(super) struct Answers {
    pub(super) app: String,
    pub(super) hosts: Vec<String>,
    pub(super) store: Store,
    pub(super) port: u16,
}

const HOSTS: &[&str] = &["localhost", "127.0.0.1"];
const PORT: u16 = 8080;

impl Answers {
    /// Takes the flags, and defaults for the rest; only the app's name has none.
    pub(super) fn without_asking(init: &Init) -> Result<Self> {
        Ok(Self {
            app: init.app.clone().ok_or_else(|| unsaid("--app NAME"))?,
            hosts: if init.hosts.is_empty() { strings(HOSTS) } else { init.hosts.clone() },
            store: init.database.clone().unwrap_or(Store::Sqlite),
            port: init.port.unwrap_or(PORT),
        })
    }

    /// Takes the flags, and asks for the rest.
    pub(super) fn ask(init: &Init, questions: &Questions<'_>) -> Result<Self> {
        let app = match &init.app {
            Some(app) => app.clone(),
            None => questions
                .text("Name of the first app", &proposed_name(init), |text| app_name(text).map(|_| ()))?,
        };
        let hosts = if init.hosts.is_empty() {
            let question = "Host names that it answers to";
            words(&questions.text(question, &HOSTS.join(" "), |text| {
                words(text).iter().try_for_each(|word| host(word).map(|_| ()))
            })?)
        } else {
            init.hosts.clone()
        };
        let store = match &init.database {
            Some(Store::MariaDb(address)) => Store::MariaDb(with_password(address.clone(), questions)?),
            Some(store) => store.clone(),
            None => ask_store(&app, questions)?,
        };
        let port = if let Some(port) = init.port {
            port
        } else {
            let typed = questions
                .text("Port of the API on loopback", &PORT.to_string(), |text| port(text).map(|_| ()))?;
            port(&typed).unwrap_or(PORT)
        };
        Ok(Self { app, hosts, store, port })
    }
}

fn ask_store(app: &str, questions: &Questions<'_>) -> Result<Store> {
    let kinds = [
        "SQLite: a file in this folder, nothing else is needed",
        "MariaDB: a new database on this machine, made by a script",
        "MariaDB: a database that exists",
    ];
    match questions.choice("Where are its data?", &kinds)? {
        0 => Ok(Store::Sqlite),
        1 => Ok(Store::NewMariaDb),
        _ => {
            let proposed = format!("mysql://{app}@127.0.0.1:3306/{app}");
            let typed = questions.text("Address of the database", &proposed, |text| {
                database_address::parse(text).map(|_| ())
            })?;
            // What passed the check reads; the proposal does as well.
            let address = database_address::parse(&typed).map_err(|why| Error::new(Code::Usage, why))?;
            with_password(address, questions).map(Store::MariaDb)
        }
    }
}

fn with_password(mut address: Address, questions: &Questions<'_>) -> Result<Address> {
    if address.password.is_none() {
        let question = format!("Password of `{}` there (empty: none)", address.user);
        address.password = questions.secret(&question)?;
    }
    Ok(address)
}

/// The folder's name, if an app can have it.
fn proposed_name(init: &Init) -> String {
    let name = init.folder.file_name().map(|name| name.to_string_lossy().into_owned());
    name.filter(|name| app_name(name).is_ok()).unwrap_or_else(|| "app".to_owned())
}

/// Reads the name of an app.
pub(super) fn app_name(text: &str) -> Result<String, String> {
    if config::is_name(text) {
        return Ok(text.to_owned());
    }
    Err("the name of an app has a-z, 0-9, `_` and `-`, at most 64".to_owned())
}

/// Reads a host name or an address.
pub(super) fn host(text: &str) -> Result<String, String> {
    if config::is_host(text) {
        return Ok(text.to_owned());
    }
    Err(format!("`{text}` is no host name and no address; write it without port and path"))
}

/// Reads `--database`.
pub(super) fn database(text: &str) -> Result<Store, String> {
    match text {
        "sqlite" => Ok(Store::Sqlite),
        "mariadb" => Ok(Store::NewMariaDb),
        _ if text.starts_with('@') || text.contains("://") => {
            database_address::argument(text).map(Store::MariaDb)
        }
        _ => Err("this is none of: sqlite, mariadb, mysql://user@host[:port]/database, @FILE".to_owned()),
    }
}

fn port(text: &str) -> Result<u16, String> {
    text.parse().ok().filter(|port| *port != 0).ok_or_else(|| "a port is a number from 1 to 65535".to_owned())
}

fn words(text: &str) -> Vec<String> {
    text.split([' ', ',']).filter(|word| !word.is_empty()).map(str::to_owned).collect()
}

fn strings(words: &[&str]) -> Vec<String> {
    words.iter().map(|word| (*word).to_owned()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_database_is_one_of_three() {
        assert_eq!(database("sqlite"), Ok(Store::Sqlite));
        assert_eq!(database("mariadb"), Ok(Store::NewMariaDb));
        assert!(matches!(database("mysql://me@db.example.com/shop"), Ok(Store::MariaDb(_))));
        for wrong in ["postgres", "", "mysql://me:hunter2@db.example.com/shop", "postgres://a@b/c"] {
            assert!(database(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn hosts_are_parted_by_blanks_and_commas() {
        assert_eq!(words("a.example.com,  b.example.com"), ["a.example.com", "b.example.com"]);
        assert!(host("https://a.example.com").is_err());
        assert!(port("0").is_err() && port("65536").is_err() && port("443") == Ok(443));
    }
}
