//! What an operator asks when mail does not go out: each step to the server, with its result and what to do.

use std::sync::Arc;

use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};

use super::certificate::Certificate;
use super::dialogue::{Connection, Trail};
use super::failure::{Cause, Failure, Step};
use super::tls::{self, Remembering};
use super::types::{Envelope, Server, Tls};
use crate::error::Result;

/// How long before its end a certificate is warned of.
const SOON: TimeDelta = TimeDelta::days(14);

/// What one step of a probe found.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Finding {
    /// The step: `connecting`, `the TLS handshake`, `AUTH`, …
    pub step: String,
    /// Whether mail can go on from here.
    pub fine: bool,
    /// What was found.
    pub detail: String,
    /// What to do about it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hint: Option<String>,
}

/// Goes through everything but the content: connects, secures, signs in, names sender and recipient. No mail is sent.
pub(super) async fn server(server: &Server, envelope: &Envelope, now: DateTime<Utc>) -> Vec<Finding> {
    let mut trail = Trail::new();
    let (remembering, done) = match prepare(server) {
        Ok((remembering, config)) => {
            let done = dialogue(server, &config, envelope, &mut trail).await;
            (Some(remembering), done)
        }
        Err(error) => (None, Err(Failure::new(Step::Tls, Cause::Unsafe(error.message.into_owned())))),
    };
    let mut findings: Vec<Finding> = trail.into_iter().map(|(step, detail)| fine(step, detail)).collect();
    if let Err(failure) = done {
        let hint = hint(&failure, server);
        let detail = match &failure.cause {
            Cause::Reply(reply) => reply.to_string(),
            Cause::Lost(why) => why.clone(),
            _ => failure.to_string(),
        };
        findings.push(Finding { step: failure.step.to_string(), fine: false, detail, hint });
    }
    if let Some(certificate) = remembering.and_then(|remembering| remembering.seen()) {
        let after = findings.iter().position(|finding| finding.step == Step::Tls.to_string());
        findings.insert(after.map_or(findings.len(), |at| at + 1), shown(&certificate, now));
    }
    findings
}

/// Tells whether mails can be written into the folder.
pub(super) fn folder(folder: &std::path::Path) -> Vec<Finding> {
    let made = super::folder::make(folder).and_then(|()| try_write(folder));
    let (fine, detail) = match made {
        Ok(()) => (true, format!("mails are written to {}, none is sent", folder.display())),
        Err(cause) => (false, format!("mails cannot be written to {}: {cause}", folder.display())),
    };
    vec![Finding { step: "the folder".to_owned(), fine, detail, hint: None }]
}

/// Writes and removes a file.
fn try_write(folder: &std::path::Path) -> std::io::Result<()> {
    let file = folder.join(".probe.part");
    std::fs::write(&file, b"")?;
    std::fs::remove_file(file)
}

fn prepare(server: &Server) -> Result<(Arc<Remembering>, Arc<rustls::ClientConfig>)> {
    let remembering = Remembering::new(tls::verifier(tls::authorities(server.ca_file.as_deref())?)?);
    let config = tls::client(Arc::clone(&remembering) as _)?;
    Ok((remembering, config))
}

async fn dialogue(
    server: &Server,
    config: &Arc<rustls::ClientConfig>,
    envelope: &Envelope,
    trail: &mut Trail,
) -> Result<(), Failure> {
    let mut connection = Connection::open(server, config, trail).await?;
    let offered = connection.offer(envelope, 1).await;
    connection.quit().await;
    let sender = (Step::Sender, format!("{} may send", envelope.sender));
    match offered {
        Ok(()) => {
            trail.push(sender);
            trail.push((Step::Recipient, format!("{} is taken", envelope.recipient)));
            Ok(())
        }
        Err(failure) => {
            if failure.step == Step::Recipient {
                trail.push(sender);
            }
            Err(failure)
        }
    }
}

fn fine(step: Step, detail: String) -> Finding {
    Finding { step: step.to_string(), fine: true, detail, hint: None }
}

fn shown(certificate: &Certificate, now: DateTime<Utc>) -> Finding {
    let Certificate { names, issuer, begins, ends } = certificate;
    let fine = (*begins..=*ends).contains(&now);
    let left = *ends - now;
    let hint = (fine && left < SOON).then(|| format!("it ends in {} days: renew it", left.num_days()));
    let detail =
        format!("for {}, signed by {issuer}, until {}", names.join(", "), ends.format("%Y-%m-%d %H:%M UTC"));
    Finding { step: "the certificate".to_owned(), fine, detail, hint }
}

fn hint(failure: &Failure, server: &Server) -> Option<String> {
    let hint = match (failure.step, &failure.cause) {
        (Step::Connect, Cause::Lost(_)) => format!(
            "is `{}:{}` right, and does a firewall let it through? Many providers block port 25",
            server.host, server.port
        ),
        (Step::Greeting, Cause::Lost(_)) if server.tls == Tls::StartTls => {
            "if the port wants TLS from the first byte (465), say `tls: true`".to_owned()
        }
        (Step::SignIn, Cause::Reply(_)) => {
            "check `user` and `password_file`; some providers want a password made for one program".to_owned()
        }
        (Step::Sender, Cause::Reply(_)) => "may this user send as `from`?".to_owned(),
        (Step::Recipient, Cause::Reply(_)) => {
            "the server refuses this recipient; does it want you to sign in first?".to_owned()
        }
        _ => return None,
    };
    Some(hint)
}
