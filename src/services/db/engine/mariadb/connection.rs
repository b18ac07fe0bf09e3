//! Opening connections, and what every session of ours is set to.

use std::time::Duration;

use mysql_async::prelude::Queryable;
use mysql_async::{Conn, Opts, OptsBuilder};

use super::super::lane;
use super::errors;
use super::host::Role;
use crate::config::{self, Address};
use crate::error::{Error, Result};
use crate::services::db::errors::down;

/// Prepared statements kept on each connection. The server bounds them over all connections (16382 by default).
const STATEMENTS: usize = 64;

/// How long a server may take to answer while another one could do its work.
pub(super) const ANSWER: Duration = Duration::from_millis(750);

/// Modes of a server in which it would read a statement differently from our lexer.
const REFUSED_MODES: &[&str] =
    &["ANSI", "ANSI_QUOTES", "NO_BACKSLASH_ESCAPES", "ORACLE", "MSSQL", "DB2", "POSTGRESQL", "MAXDB"];
/// Without it a value that does not fit is cut and stored.
const STRICT: &str = "STRICT_TRANS_TABLES";

/// One connection.
#[derive(Debug)]
pub(super) struct Link {
    /// The driver's connection.
    pub(super) conn: Conn,
    /// Whether it must be closed instead of kept: rows of a result are still on their way.
    pub(super) spoilt: bool,
    _counted: lane::Opened,
}

impl Link {
    /// Asks for a sign of life.
    pub(super) async fn ping(&mut self) -> mysql_async::Result<()> {
        self.conn.ping().await
    }
}

/// Where a database is, and how its sessions are set up.
#[derive(Debug)]
pub(super) struct Server {
    opts: Opts,
    /// How long opening a connection may take.
    pub(super) connect_timeout: Duration,
    statement_timeout: Duration,
    role: Role,
}

impl Server {
    /// Makes it of an app's settings; `several` says that other servers may do this one's work.
    pub(super) fn new(settings: &config::MariaDb, address: &Address, role: Role, several: bool) -> Self {
        let opts = match address {
            Address::Tcp { host, port } => OptsBuilder::default().ip_or_hostname(host).tcp_port(*port),
            Address::Socket(path) => OptsBuilder::default().socket(Some(path.to_string_lossy())),
        };
        let opts = opts
            // The address that is configured is the one to use.
            .prefer_socket(false)
            .user(Some(settings.user.as_str()))
            .pass(settings.password.as_ref().map(config::Secret::expose))
            .db_name(Some(settings.name.as_str()))
            .stmt_cache_size(STATEMENTS)
            // An UPDATE that changes nothing has found its row all the same.
            .client_found_rows(true);
        let connect_timeout = settings.limits.connect_timeout;
        Self {
            opts: opts.into(),
            connect_timeout: if several { connect_timeout.min(ANSWER) } else { connect_timeout },
            statement_timeout: settings.limits.statement_timeout,
            role,
        }
    }

    /// Opens a connection and sets its session up.
    pub(super) async fn open(&self, counted: lane::Opened) -> Result<Link> {
        let opening = async {
            let mut conn = Conn::new(self.opts.clone()).await?;
            self.set_up(&mut conn).await?;
            Ok(conn)
        };
        match tokio::time::timeout(self.connect_timeout, opening).await {
            Ok(Ok(conn)) => Ok(Link { conn, spoilt: false, _counted: counted }),
            Ok(Err(cause)) => Err(errors::of(cause)),
            Err(cause) => Err(silent(cause)),
        }
    }

    async fn set_up(&self, conn: &mut Conn) -> mysql_async::Result<()> {
        let modes: Option<String> = conn.query_first("SELECT @@SESSION.sql_mode").await?;
        let modes = modes_of_ours(&modes.unwrap_or_default());
        let seconds = self.statement_timeout.as_secs_f64();
        conn.query_drop(format!(
            "SET NAMES utf8mb4, SESSION sql_mode = '{modes}', SESSION max_statement_time = {seconds:.3}, \
             SESSION autocommit = 1"
        ))
        .await?;
        match self.role {
            Role::Host => Ok(()),
            Role::Replica => set_up_for_reading(conn).await,
        }
    }
}

/// The server gave no answer in time.
pub(super) fn silent(cause: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Error {
    down("the database server does not answer", cause)
        .hint("see `database:` in app.yaml: host, port, and the network between")
}

/// Refuses writes, which a replica that is not read-only would take, and has a node of a Galera cluster answer when it
/// has caught up with what was written before.
async fn set_up_for_reading(conn: &mut Conn) -> mysql_async::Result<()> {
    conn.query_drop("SET SESSION TRANSACTION READ ONLY").await?;
    let galera: Option<(String, String)> =
        conn.query_first("SHOW SESSION VARIABLES WHERE Variable_name = 'wsrep_on' AND Value = 'ON'").await?;
    if galera.is_some() {
        conn.query_drop("SET SESSION wsrep_sync_wait = 1").await?;
    }
    Ok(())
}

fn modes_of_ours(modes: &str) -> String {
    let mut kept: Vec<&str> =
        modes.split(',').filter(|mode| !mode.is_empty() && !REFUSED_MODES.contains(mode)).collect();
    if !kept.contains(&STRICT) {
        kept.push(STRICT);
    }
    kept.join(",")
}

/// Runs a script of several statements on a connection of its own to the preferred host.
pub(in super::super) async fn run_script(settings: &config::MariaDb, script: &str) -> Result<()> {
    let server = Server::new(settings, &settings.hosts[0], Role::Host, false);
    let mut conn = Conn::new(server.opts.clone()).await.map_err(errors::of)?;
    server.set_up(&mut conn).await.map_err(errors::of)?;
    // Dropping the result reads it to the end: the errors of the later statements come there.
    conn.query_drop(script).await.map_err(errors::of)?;
    conn.disconnect().await.map_err(errors::of)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn modes_that_change_the_grammar_go_and_strict_comes() {
        let cases = [
            ("", "STRICT_TRANS_TABLES"),
            ("STRICT_TRANS_TABLES,NO_ZERO_DATE", "STRICT_TRANS_TABLES,NO_ZERO_DATE"),
            ("REAL_AS_FLOAT,ANSI_QUOTES,IGNORE_SPACE,ANSI", "REAL_AS_FLOAT,IGNORE_SPACE,STRICT_TRANS_TABLES"),
            ("NO_BACKSLASH_ESCAPES", "STRICT_TRANS_TABLES"),
        ];
        for (modes, expected) in cases {
            assert_eq!(modes_of_ours(modes), expected);
        }
    }
}
