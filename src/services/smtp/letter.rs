//! A mail, from what a caller gives to the bytes that are sent.

use std::time::{Duration, SystemTime};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Map, Value};
use sha2::{Digest, Sha256};

use super::api::{self, Addresses};
use super::senders::Sender;
use super::wire::address::{Address, Mailbox};
use super::wire::{Attachment, Message, Unsubscribe};
use crate::error::{Code, Error, Result};
use crate::template::Rendered;

/// Recipients of one mail at most; more are a bulk sending.
const MOST_RECIPIENTS: usize = 100;

/// What a mail says besides its texts.
#[derive(Debug, Clone, Default)]
pub(super) struct Head {
    pub(super) to: Vec<Mailbox>,
    pub(super) cc: Vec<Mailbox>,
    pub(super) bcc: Vec<Mailbox>,
    pub(super) reply_to: Option<Mailbox>,
    pub(super) headers: Vec<(String, String)>,
    pub(super) attachments: Vec<Attachment>,
    pub(super) automatic: bool,
    pub(super) unsubscribe: Option<Unsubscribe>,
}

/// Addresses and extras as a caller gives them.
#[derive(Debug, Clone, Copy)]
pub(super) struct Given<'a> {
    pub(super) to: &'a Addresses,
    pub(super) cc: &'a Addresses,
    pub(super) bcc: &'a Addresses,
    pub(super) reply_to: Option<&'a str>,
    pub(super) headers: &'a Map<String, Value>,
    pub(super) attachments: &'a [api::Attachment],
    pub(super) automatic: bool,
}

impl Head {
    /// Reads what a caller gave; all that is wrong is told at once, by field.
    ///
    /// # Errors
    /// [`Code::Validation`].
    pub(super) fn of(given: Given<'_>) -> Result<Self> {
        let mut wrong = Error::new(Code::Validation, "");
        let mut mailboxes = |field: &str, addresses: &Addresses| {
            let read = addresses.0.iter().enumerate().filter_map(|(index, text)| {
                let fault = match Mailbox::parse(text) {
                    Ok(mailbox) => return Some(mailbox),
                    Err(fault) => fault,
                };
                let place =
                    if addresses.0.len() == 1 { field.to_owned() } else { format!("{field}.{index}") };
                wrong.fields.push(crate::error::FieldError {
                    field: place.into(),
                    message: fault.to_string().into(),
                });
                None
            });
            read.collect::<Vec<_>>()
        };
        let (to, cc, bcc) =
            (mailboxes("to", given.to), mailboxes("cc", given.cc), mailboxes("bcc", given.bcc));
        let reply_to = given.reply_to.map(Addresses::from).map(|reply_to| mailboxes("reply_to", &reply_to));
        let mut fault = |field: String, message: &str| {
            let message = message.to_owned().into();
            wrong.fields.push(crate::error::FieldError { field: field.into(), message });
        };
        if given.to.is_empty() && given.cc.is_empty() && given.bcc.is_empty() {
            fault("to".to_owned(), "names nobody");
        }
        if MOST_RECIPIENTS < given.to.0.len() + given.cc.0.len() + given.bcc.0.len() {
            fault("to".to_owned(), "and the copies are more than 100; that is what `send_bulk` is for");
        }
        let mut headers = Vec::new();
        for (name, value) in given.headers {
            match value.as_str() {
                Some(value) => headers.push((name.clone(), value.to_owned())),
                None => fault(format!("headers.{name}"), "is no text"),
            }
        }
        let mut attachments = Vec::new();
        for (index, file) in given.attachments.iter().enumerate() {
            match STANDARD.decode(file.content.as_bytes()) {
                Ok(content) => attachments.push(Attachment {
                    name: file.name.clone(),
                    content_type: file.content_type.clone(),
                    content,
                }),
                Err(_) => fault(format!("attachments.{index}.content"), "is not base64"),
            }
        }
        if let Some(first) = wrong.fields.first() {
            wrong.message = format!("the mail cannot be sent: {} {}", first.field, first.message).into();
            return Err(wrong);
        }
        Ok(Self {
            to,
            cc,
            bcc,
            reply_to: reply_to.and_then(|list| list.into_iter().next()),
            headers,
            attachments,
            automatic: given.automatic,
            unsubscribe: None,
        })
    }

    /// Returns the bare addresses of all who get it.
    pub(super) fn recipients(&self) -> Vec<String> {
        let all = self.to.iter().chain(&self.cc).chain(&self.bcc);
        all.map(|mailbox| mailbox.address.to_string()).collect()
    }
}

/// Builds the bytes of a mail.
///
/// # Errors
/// [`Code::Validation`] by field, [`Code::TooLarge`].
pub(super) fn build(
    sender: &Sender,
    message_id: &str,
    accepted: i64,
    head: Head,
    texts: Rendered,
) -> Result<Vec<u8>> {
    let own = || sender.smtp.reply_to.as_deref().and_then(|text| Mailbox::parse(text).ok());
    let message = Message {
        message_id: message_id.to_owned(),
        date: SystemTime::UNIX_EPOCH + Duration::from_millis(u64::try_from(accepted).unwrap_or_default()),
        from: sender.from.clone(),
        to: head.to,
        cc: head.cc,
        reply_to: head.reply_to.or_else(own).into_iter().collect(),
        subject: texts.subject,
        text: texts.text,
        html: texts.html,
        attachments: head.attachments,
        automatic: head.automatic,
        unsubscribe: head.unsubscribe,
        headers: head.headers,
    };
    message.build(sender.smtp.limits.max_bytes, sender.signer.as_ref())
}

/// Reads the address by which a recipient unsubscribes: `https://…` or `mailto:…`.
pub(super) fn unsubscribe(text: &str) -> Result<Unsubscribe> {
    match text.strip_prefix("mailto:") {
        None => Ok(Unsubscribe { url: Some(text.to_owned()), mail: None }),
        Some(address) => {
            let bare = address.split('?').next().unwrap_or_default();
            let address = Address::parse(bare).map_err(|fault| {
                Error::new(Code::Validation, format!("`unsubscribe` is no address: {fault}"))
            })?;
            Ok(Unsubscribe { url: None, mail: Some(address) })
        }
    }
}

/// Makes a Message-ID that no other mail has, without brackets.
///
/// # Errors
/// [`Code::Internal`] when the system gives no random bytes.
pub(super) fn message_id(sender: &Sender, now: i64) -> Result<String> {
    let mut random = [0; 12];
    getrandom::fill(&mut random)
        .map_err(|cause| Error::new(Code::Internal, "no random bytes").caused_by(cause.to_string()))?;
    let digits = random.iter().fold(0_u128, |number, byte| number << 8 | u128::from(*byte));
    Ok(format!("{now:x}.{digits:024x}@{}", sender.from.address.domain()))
}

/// Returns the hash by which the same request is known again.
pub(super) fn fingerprint(request: &impl serde::Serialize) -> Vec<u8> {
    let json = serde_json::to_vec(request).unwrap_or_default();
    Sha256::digest(json).to_vec()
}
