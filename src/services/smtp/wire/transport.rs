//! One way out for mail, with what it keeps between two mails.

use std::future::Future;
use std::path::PathBuf;
use std::sync::Arc;

use chrono::{DateTime, Utc};

use super::folder;
use super::pool::Pool;
use super::probe::{self, Finding};
use super::tls;
use super::types::{Envelope, Outcome, Server, Way};
use crate::error::{Code, Error, Result};

/// One way out: a cheap handle. Those who send by the same provider share one, and with it its connections.
#[derive(Clone)]
pub struct Transport(Arc<Kind>);

enum Kind {
    Server(Arc<Pool>),
    Folder(PathBuf),
}

impl Transport {
    /// Prepares a way out: reads the authorities that are trusted, or makes the folder. Nothing is connected to yet.
    ///
    /// # Errors
    /// [`Code::Config`], [`Code::NotFound`] or [`Code::Forbidden`] when `ca_file` or the folder cannot be used.
    pub fn open(way: &Way) -> Result<Self> {
        let kind = match way {
            Way::Server(server) => Kind::Server(pool(server)?),
            Way::Folder(path) => {
                folder::make(path).map_err(|cause| {
                    let message = format!("the folder of mails `{}` cannot be made: {cause}", path.display());
                    Error::new(Code::of_io(&cause), message)
                })?;
                Kind::Folder(path.clone())
            }
        };
        Ok(Self(Arc::new(kind)))
    }

    /// Tries once to deliver a mail, as [`Message::build`](super::Message::build) made it, to one recipient.
    ///
    /// `before_content` is awaited when the server is ready for the content, and never twice: who awaits something durable there
    /// knows after a crash that the mail surely did not go out if it is not done. When it fails, nothing is sent. Dropping the
    /// future closes the connection.
    pub async fn deliver(
        &self,
        envelope: &Envelope,
        message: &[u8],
        before_content: impl Future<Output = Result<()>>,
    ) -> Outcome {
        match &*self.0 {
            Kind::Server(pool) => pool.deliver(envelope, message, before_content).await,
            Kind::Folder(path) => match before_content.await {
                Ok(()) => folder::write(path, envelope, message).await,
                Err(error) => {
                    Outcome::Later { code: None, reply: error.message.into_owned(), whole_provider: true }
                }
            },
        }
    }

    /// Closes the connections that are not in use.
    pub async fn close(&self) {
        if let Kind::Server(pool) = &*self.0 {
            pool.close().await;
        }
    }
}

impl std::fmt::Debug for Transport {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match &*self.0 {
            Kind::Server(_) => "Transport(server)",
            Kind::Folder(_) => "Transport(folder)",
        })
    }
}

/// Goes through every step of a way out without sending a mail, and tells what each found; the first that is not fine is the last.
/// `now` judges the certificate.
pub async fn probe(way: &Way, envelope: &Envelope, now: DateTime<Utc>) -> Vec<Finding> {
    match way {
        Way::Server(server) => probe::server(server, envelope, now).await,
        Way::Folder(path) => probe::folder(path),
    }
}

fn pool(server: &Server) -> Result<Arc<Pool>> {
    let authorities = tls::authorities(server.ca_file.as_deref())?;
    Ok(Pool::new(server.clone(), tls::client(tls::verifier(authorities)?)?))
}
