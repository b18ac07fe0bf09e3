//! Opening connections, and what every session of ours is set to.

use std::time::Duration;

use mysql_async::prelude::Queryable;
use mysql_async::{Conn, Opts, OptsBuilder};

use super::super::lane;
use super::errors;
use crate::config;
use crate::error::Result;
use crate::services::db::errors::down;

/// Prepared statements kept on each connection. The server bounds them over all connections (16382 by default).
const STATEMENTS: usize = 64;

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
}

impl Server {
    /// Makes it of an app's settings. A `host` that begins with `/` is a socket.
    pub(super) fn new(settings: &config::MariaDb) -> Self {
        let host_is_socket = settings.host.starts_with('/');
        let socket = match &settings.socket {
            Some(path) => Some(path.to_string_lossy().into_owned()),
            None => host_is_socket.then(|| settings.host.clone()),
        };
        let opts = OptsBuilder::default()
            .ip_or_hostname(if host_is_socket { "localhost" } else { &settings.host })
            .tcp_port(settings.port)
            .socket(socket)
            // The address that is configured is the one to use.
            .prefer_socket(false)
            .user(Some(settings.user.as_str()))
            .pass(settings.password.as_ref().map(config::Secret::expose))
            .db_name(Some(settings.name.as_str()))
            .stmt_cache_size(STATEMENTS)
            // An UPDATE that changes nothing has found its row all the same.
            .client_found_rows(true);
        Self {
            opts: opts.into(),
            connect_timeout: settings.limits.connect_timeout,
            statement_timeout: settings.limits.statement_timeout,
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
            Err(cause) => Err(down("the database server does not answer", cause)
                .hint("see `database:` in app.yaml: host, port, and the network between")),
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
        .await
    }
}

fn modes_of_ours(modes: &str) -> String {
    let mut kept: Vec<&str> =
        modes.split(',').filter(|mode| !mode.is_empty() && !REFUSED_MODES.contains(mode)).collect();
    if !kept.contains(&STRICT) {
        kept.push(STRICT);
    }
    kept.join(",")
}

/// Runs a script of several statements on a connection of its own.
pub(in super::super) async fn run_script(settings: &config::MariaDb, script: &str) -> Result<()> {
    let server = Server::new(settings);
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
