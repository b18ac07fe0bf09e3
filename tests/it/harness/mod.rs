//! What every test stands on: an installation of its own, real databases, a client that reads like a sentence.

mod app;
mod browser;
mod client;
mod installation;
mod mariadb;
mod process;
mod python;
mod smtp;
mod token;
mod wait;

pub use app::Engine;
pub use browser::Browser;
pub use client::{Answer, Client, http, raw_http};
pub use installation::{Installation, JWT_SECRET, PASSWORD, Sogo, send, write_secret};
pub use mariadb::{MariaDb, USER, USER_PASSWORD};
pub use process::{Output, command, run};
pub use python::python;
pub use smtp::SmtpServer;
pub use token::sign;
pub use wait::{until, until_async};

/// Makes one test an engine of each function: `sqlite::NAME` and `mariadb::NAME`.
#[macro_export]
macro_rules! on_each_engine {
    ($($name:ident),* $(,)?) => {
        mod sqlite {
            $(#[tokio::test] async fn $name() { super::$name($crate::harness::Engine::Sqlite).await; })*
        }
        mod mariadb {
            $(#[tokio::test] async fn $name() { super::$name($crate::harness::Engine::MariaDb).await; })*
        }
    };
}
