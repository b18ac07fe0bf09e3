//! `mysql://user[:password]@host[:port]/database[?socket=/path]`.

use crate::config::Secret;

/// Where a MariaDB database is, and who opens it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Address {
    pub(super) user: String,
    pub(super) password: Option<Secret>,
    pub(super) host: String,
    pub(super) port: u16,
    pub(super) socket: Option<String>,
    pub(super) database: String,
}

/// What an address looks like, for a person who got it wrong.
const FORM: &str = "write mysql://user[:password]@host[:port]/database[?socket=/path/of/mysqld.sock]";

impl Address {
    /// Returns the address without its password, for people and for the demo's own file.
    pub(super) fn public(&self) -> String {
        let host = if self.host.contains(':') { format!("[{}]", self.host) } else { self.host.clone() };
        let socket = self.socket.as_ref().map(|path| format!("?socket={path}")).unwrap_or_default();
        format!("mysql://{}@{host}:{}/{}{socket}", self.user, self.port, self.database)
    }
}

/// Reads an address from the command line, or from the first line of the file that `@FILE` names.
///
/// # Errors
/// A sentence for a person. A password on the command line is refused: everybody on the machine could read it in the
/// list of processes.
pub(super) fn argument(text: &str) -> Result<Address, String> {
    if let Some(file) = text.strip_prefix('@') {
        let written = std::fs::read_to_string(file).map_err(|cause| format!("{file}: {cause}"))?;
        return parse(written.lines().next().unwrap_or_default().trim());
    }
    let address = parse(text)?;
    if address.password.is_some() {
        return Err("a password here could be read in the list of processes; write the address into a file that only \
                    you can read, and name it: --database @FILE"
            .to_owned());
    }
    Ok(address)
}

/// Reads an address; user, password and path may be percent-encoded.
///
/// # Errors
/// A sentence for a person, as clap expects it. It never holds the password.
pub(super) fn parse(text: &str) -> Result<Address, String> {
    let wrong = |what: &str| format!("{what}; {FORM}");
    let rest = text
        .strip_prefix("mysql://")
        .or_else(|| text.strip_prefix("mariadb://"))
        .ok_or_else(|| wrong("this does not begin with mysql://"))?;
    let (login, place) = rest.rsplit_once('@').ok_or_else(|| wrong("there is no user"))?;
    let (place, query) = place.split_once('?').map_or((place, None), |(place, query)| (place, Some(query)));
    let (server, database) = place.split_once('/').ok_or_else(|| wrong("there is no database"))?;
    let (user, password) =
        login.split_once(':').map_or((login, None), |(user, password)| (user, Some(password)));
    let (host, port) = host_and_port(server).ok_or_else(|| wrong("host and port cannot be read"))?;
    let decode = |text: &str| decoded(text).ok_or_else(|| wrong("a % is not followed by two hex digits"));
    let socket = match query.map(|query| query.strip_prefix("socket=")) {
        None => None,
        Some(Some(path)) => Some(decode(path)?),
        Some(None) => return Err(wrong("nothing but `socket` may follow the `?`")),
    };
    let address = Address {
        user: decode(user)?,
        password: password.filter(|password| !password.is_empty()).map(decode).transpose()?.map(Secret::new),
        host: host.to_owned(),
        port,
        socket,
        database: decode(database)?,
    };
    match (address.user.is_empty(), address.database.is_empty() || address.database.contains('/')) {
        (true, _) => Err(wrong("there is no user")),
        (_, true) => Err(wrong("there is no database")),
        _ => Ok(address),
    }
}

fn host_and_port(server: &str) -> Option<(&str, u16)> {
    const PORT: u16 = 3306;
    let (host, port) = match server.strip_prefix('[') {
        Some(rest) => rest.split_once(']')?,
        None => server.split_at(server.find(':').unwrap_or(server.len())),
    };
    let port = match port.strip_prefix(':') {
        Some(digits) => digits.parse().ok().filter(|port| *port != 0)?,
        None if port.is_empty() => PORT,
        None => return None,
    };
    (!host.is_empty()).then_some((host, port))
}

fn decoded(text: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((byte, behind)) = rest.split_first() {
        rest = behind;
        if *byte != b'%' {
            bytes.push(*byte);
            continue;
        }
        let (digits, behind) = rest.split_at_checked(2)?;
        let digits = std::str::from_utf8(digits).ok().filter(|text| !text.starts_with('+'))?;
        bytes.push(u8::from_str_radix(digits, 16).ok()?);
        rest = behind;
    }
    String::from_utf8(bytes).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_read() {
        let cases = [
            ("mysql://me@db.example.com/app", "mysql://me@db.example.com:3306/app", None),
            ("mysql://me:p%40ss:word@127.0.0.1:3307/app", "mysql://me@127.0.0.1:3307/app", Some("p@ss:word")),
            ("mariadb://m%65:@[::1]:33/a", "mysql://me@[::1]:33/a", None),
            (
                "mysql://root@localhost/app?socket=/tmp/my.sock",
                "mysql://root@localhost:3306/app?socket=/tmp/my.sock",
                None,
            ),
        ];
        for (text, public, password) in cases {
            let address = parse(text).unwrap();
            assert_eq!(address.public(), public);
            assert_eq!(address.password.as_ref().map(Secret::expose), password);
        }
    }

    #[test]
    fn a_password_comes_from_a_file_alone() {
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), "mysql://me:hunter2@localhost/app\n").unwrap();
        let read = argument(&format!("@{}", file.path().display())).unwrap();
        assert_eq!(read.password.as_ref().map(Secret::expose), Some("hunter2"));
        let refused = argument("mysql://me:hunter2@localhost/app").unwrap_err();
        assert!(refused.contains("--database @FILE") && !refused.contains("hunter2"), "{refused}");
        assert!(argument("mysql://me@localhost/app").is_ok());
        assert!(argument("@/nonexistent").unwrap_err().starts_with("/nonexistent: "));
    }

    #[test]
    fn what_is_no_address_says_why_and_tells_no_password() {
        for (text, reason) in [
            ("postgres://a:hunter2@b/c", "this does not begin with mysql://"),
            ("mysql://localhost/app", "there is no user"),
            ("mysql://:hunter2@localhost/app", "there is no user"),
            ("mysql://me:hunter2@localhost", "there is no database"),
            ("mysql://me:hunter2@localhost/", "there is no database"),
            ("mysql://me:hunter2@localhost/a/b", "there is no database"),
            ("mysql://me:hunter2@:3306/a", "host and port cannot be read"),
            ("mysql://me:hunter2@h:0/a", "host and port cannot be read"),
            ("mysql://me:hunter2@h:x/a", "host and port cannot be read"),
            ("mysql://me:hunter2@[::1]3306/a", "host and port cannot be read"),
            ("mysql://me:hunter2%4@h/a", "a % is not followed by two hex digits"),
            ("mysql://me:hunter2@h/a?ssl=1", "nothing but `socket` may follow the `?`"),
        ] {
            let message = parse(text).unwrap_err();
            assert!(message.starts_with(reason), "{text}: {message}");
            assert!(!message.contains("hunter2"), "{message}");
        }
    }
}
