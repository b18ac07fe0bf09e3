//! The service on real databases: SQLite files, and private MariaDB servers.

mod actions;
mod errors;
mod functions;
mod hosts;
mod outages;
pub(super) mod place;
mod server;
mod values;
mod write;

/// Makes a test of a function for each engine; the function takes a place made from the script.
macro_rules! on_both {
    ($script:expr, $($(#[$note:meta])* async fn $name:ident($place:ident: &Place) $body:block)*) => {$(
        mod $name {
            use super::*;

            $(#[$note])*
            async fn check($place: &Place) $body

            #[tokio::test]
            async fn on_sqlite() {
                check(&Place::sqlite(&$crate::services::db::tests::for_sqlite($script)).await).await;
            }

            #[tokio::test]
            async fn on_mariadb() {
                check(&Place::mariadb($script).await).await;
            }
        }
    )*};
}
use on_both;

/// Spells a script for MariaDB as SQLite takes it.
fn for_sqlite(script: &str) -> String {
    script
        .replace("INT AUTO_INCREMENT PRIMARY KEY", "INTEGER PRIMARY KEY AUTOINCREMENT")
        .replace("BIGINT UNSIGNED", "BIGINT")
}
