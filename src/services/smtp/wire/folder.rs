//! A folder instead of a server: what would have been sent can be looked at, and nothing leaves the machine.

use std::fs::{self, DirBuilder, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use chrono::Utc;
use sha2::{Digest, Sha256};

use super::types::{Envelope, Outcome};

/// Writes the mail for one recipient into a file of its own, whole or not at all.
pub(super) async fn write(folder: &Path, envelope: &Envelope, message: &[u8]) -> Outcome {
    let name = name(envelope, message);
    let file = folder.join(&name);
    // As a server does that puts a mail into a mailbox: otherwise nobody sees who a blind copy went to.
    let head = format!("Return-Path: <{}>\r\nDelivered-To: {}\r\n", envelope.sender, envelope.recipient);
    let content = [head.as_bytes(), message].concat();
    let written = tokio::task::spawn_blocking(move || write_whole(&file, &content).map(|()| file)).await;
    match written {
        Ok(Ok(file)) => Outcome::Sent { reply: format!("written to {}", file.display()) },
        Ok(Err(cause)) => failed(folder, &cause.to_string()),
        Err(cause) => failed(folder, &cause.to_string()),
    }
}

/// Makes the folder if it is not there, readable for its owner alone: mails are nobody else's business.
pub(super) fn make(folder: &Path) -> io::Result<()> {
    DirBuilder::new().recursive(true).mode(0o700).create(folder)
}

fn failed(folder: &Path, cause: &str) -> Outcome {
    let reply = format!("the mail cannot be written to {}: {cause}", folder.display());
    Outcome::Later { code: None, reply, whole_provider: true }
}

/// `20261123-114500-alice@example.com-1a2b3c4d.eml`: in the order of time, and apart for each mail and recipient.
fn name(envelope: &Envelope, message: &[u8]) -> String {
    let plain = |c: char| if c.is_ascii_alphanumeric() || "@.-_+".contains(c) { c } else { '_' };
    let recipient: String = envelope.recipient.as_str().chars().map(plain).take(100).collect();
    let hash = Sha256::new().chain_update(envelope.recipient.as_str()).chain_update(message).finalize();
    let digits = hash.iter().take(4).fold(0, |number: u32, byte| number << 8 | u32::from(*byte));
    format!("{}-{recipient}-{digits:08x}.eml", Utc::now().format("%Y%m%d-%H%M%S"))
}

fn write_whole(file: &PathBuf, content: &[u8]) -> io::Result<()> {
    let unfinished = file.with_extension("eml.part");
    let mut part =
        OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(&unfinished)?;
    part.write_all(content)?;
    part.sync_all()?;
    fs::rename(&unfinished, file)
}
