//! A mail as bytes (RFC 5322), built once from typed input; what is built is stored and sent as it is.

use std::time::SystemTime;

use lettre::address::Envelope;
use lettre::message::header::{HeaderName, HeaderValue};
use lettre::message::{MultiPart, SinglePart};
use sha2::{Digest, Sha256};

use super::address::{Address, Mailbox};
use super::attachment::Attachment;
use super::dkim::Signer;
use super::fields::Fields;
use super::plain;
use crate::error::{Code, Error, Result};

/// A mail as the sender thinks of it. Who else gets it (Bcc) is a matter of envelopes and does not stand in here.
#[derive(Debug, Clone)]
pub struct Message {
    /// Its id, without angle brackets: `unique@domain`. The same for every recipient and every try.
    pub message_id: String,
    /// When it was written.
    pub date: SystemTime,
    /// Whom it is from.
    pub from: Mailbox,
    /// Whom it is to, as everybody sees it.
    pub to: Vec<Mailbox>,
    /// Who gets a copy, as everybody sees it.
    pub cc: Vec<Mailbox>,
    /// Where answers go, if not to `from`.
    pub reply_to: Vec<Mailbox>,
    /// The subject, in one line.
    pub subject: String,
    /// The text. Without one it is made from the HTML.
    pub text: Option<String>,
    /// The HTML.
    pub html: Option<String>,
    /// The files that go with it.
    pub attachments: Vec<Attachment>,
    /// Whether no person sent it (`Auto-Submitted`): who is away does not answer it automatically.
    pub automatic: bool,
    /// How a recipient of bulk mail gets off the list.
    pub unsubscribe: Option<Unsubscribe>,
    /// Further headers: `X-…` and those of [`ALLOWED_HEADERS`](super::ALLOWED_HEADERS).
    pub headers: Vec<(String, String)>,
}

/// How a recipient gets off the list (RFC 2369, RFC 8058); at least one of the two.
#[derive(Debug, Clone, Default)]
pub struct Unsubscribe {
    /// An https address that takes a POST from the mail program, with no page between (One-Click).
    pub url: Option<String>,
    /// An address to which an empty mail is enough.
    pub mail: Option<Address>,
}

impl Message {
    /// Builds the bytes: lines end in CRLF, are 998 bytes at most, and hold ASCII alone. A `signer` adds its DKIM signature.
    ///
    /// # Errors
    /// [`Code::Validation`] names all fields that are wrong; [`Code::TooLarge`] when there are more than `most_bytes`.
    pub fn build(&self, most_bytes: usize, signer: Option<&Signer>) -> Result<Vec<u8>> {
        self.check()?;
        // Base64 makes four of three, and lines of 76 have two more.
        let attached: usize = self.attachments.iter().map(|file| file.content.len() / 3 * 4).sum();
        let too_large = |bytes: usize| {
            Error::new(Code::TooLarge, format!("the mail has {bytes} bytes, {most_bytes} are allowed"))
                .hint("send a link instead of the attachment, or raise the limit of the app")
        };
        if most_bytes < attached {
            return Err(too_large(attached));
        }
        let unlikely = |cause| Error::new(Code::Internal, "the mail could not be built").caused_by(cause);
        let builder = self.head()?;
        let built = match (self.content(), self.attachments.is_empty()) {
            (Content::Single(part), true) => builder.singlepart(part),
            (Content::Alternative(parts), true) => builder.multipart(parts),
            (content, false) => builder.multipart(self.mixed(content)?),
        };
        let mut bytes = built.map_err(unlikely)?.formatted();
        if let Some(signer) = signer {
            bytes.splice(..0, signer.sign(&bytes, self.date)?.into_bytes());
        }
        if most_bytes < bytes.len() {
            return Err(too_large(bytes.len()));
        }
        Ok(bytes)
    }

    /// Finds everything that must not go into a header or that is missing.
    fn check(&self) -> Result<()> {
        let mut wrong = Fields::default();
        wrong.message_id(&self.message_id);
        for (field, mailboxes) in [
            ("from", std::slice::from_ref(&self.from)),
            ("to", &self.to),
            ("cc", &self.cc),
            ("reply_to", &self.reply_to),
        ] {
            for name in mailboxes.iter().filter_map(|mailbox| mailbox.name.as_deref()) {
                wrong.line(field, name);
            }
        }
        wrong.line("subject", &self.subject);
        if self.text.is_none() && self.html.is_none() {
            wrong.add("body", "the mail has no text: give `body`, `body_html` or both");
        }
        for (index, file) in self.attachments.iter().enumerate() {
            file.check(index, &mut wrong);
        }
        wrong.headers(&self.headers);
        if let Some(url) = self.unsubscribe.as_ref().and_then(|way| way.url.as_deref()) {
            wrong.url("unsubscribe", url);
        }
        wrong.finish()
    }

    fn head(&self) -> Result<lettre::message::MessageBuilder> {
        let mut builder = lettre::Message::builder().from(mailbox(&self.from)?);
        for to in &self.to {
            builder = builder.to(mailbox(to)?);
        }
        for cc in &self.cc {
            builder = builder.cc(mailbox(cc)?);
        }
        for reply_to in &self.reply_to {
            builder = builder.reply_to(mailbox(reply_to)?);
        }
        builder = builder
            .subject(self.subject.as_str())
            .date(self.date)
            .raw_header(verbatim("Message-ID", &format!("<{}>", self.message_id)));
        if self.automatic {
            builder = builder.raw_header(verbatim("Auto-Submitted", "auto-generated"));
        }
        if let Some(way) = &self.unsubscribe {
            let mail = way.mail.as_ref().map(|address| format!("<mailto:{address}>"));
            let ways: Vec<_> = way.url.iter().map(|url| format!("<{url}>")).chain(mail).collect();
            builder = builder.raw_header(verbatim("List-Unsubscribe", &ways.join(",\r\n ")));
            if way.url.is_some() {
                builder = builder.raw_header(verbatim("List-Unsubscribe-Post", "List-Unsubscribe=One-Click"));
            }
        }
        for (name, value) in &self.headers {
            let name = HeaderName::new_from_ascii(name.clone()).map_err(|cause| {
                Error::new(Code::Validation, format!("`{name}` is no name of a header")).caused_by(cause)
            })?;
            builder = builder.raw_header(HeaderValue::new(name, value.clone()));
        }
        // The envelope is ours; lettre would refuse a mail that is to nobody but in Bcc.
        let anyone = mailbox(&self.from)?.email;
        let envelope = Envelope::new(None, vec![anyone])
            .map_err(|cause| Error::new(Code::Internal, "the mail could not be built").caused_by(cause))?;
        Ok(builder.envelope(envelope))
    }

    fn content(&self) -> Content {
        let plain = |text: &str| SinglePart::plain(normal(text));
        match (&self.text, &self.html) {
            (text, None) => Content::Single(plain(text.as_deref().unwrap_or_default())),
            (text, Some(html)) => {
                let text = text.as_deref().map_or_else(|| plain(&plain::of_html(html)), plain);
                let parts = MultiPart::alternative().boundary(self.boundary("alternative"));
                Content::Alternative(parts.singlepart(text).singlepart(SinglePart::html(normal(html))))
            }
        }
    }

    fn mixed(&self, content: Content) -> Result<MultiPart> {
        let mixed = MultiPart::mixed().boundary(self.boundary("mixed"));
        let mut mixed = match content {
            Content::Single(part) => mixed.singlepart(part),
            Content::Alternative(parts) => mixed.multipart(parts),
        };
        for file in &self.attachments {
            mixed = mixed.singlepart(file.part()?);
        }
        Ok(mixed)
    }

    /// Returns what stands between the parts. It follows from the id, so that the same mail gives the same bytes; `=_` occurs
    /// in nothing that is encoded, and the rest in no text of anybody who does not know the id.
    fn boundary(&self, kind: &str) -> String {
        let hash = Sha256::digest(format!("{kind} {}", self.message_id));
        let digits = hash.iter().take(12).fold(0, |number: u128, byte| number << 8 | u128::from(*byte));
        format!("=_{digits:024x}")
    }
}

enum Content {
    Single(SinglePart),
    Alternative(MultiPart),
}

fn mailbox(mailbox: &Mailbox) -> Result<lettre::message::Mailbox> {
    let address = &mailbox.address;
    let email = lettre::Address::new(address.local(), address.domain()).map_err(|cause| {
        Error::new(Code::Validation, format!("`{address}` is no address that can be written to"))
            .caused_by(cause)
    })?;
    Ok(lettre::message::Mailbox::new(mailbox.name.clone(), email))
}

/// A header that must stand as it is: ids and URLs are no text that may be folded or encoded.
fn verbatim(name: &'static str, value: &str) -> HeaderValue {
    HeaderValue::dangerous_new_pre_encoded(
        HeaderName::new_from_ascii_str(name),
        value.to_owned(),
        value.to_owned(),
    )
}

/// Makes every line end in CRLF. lettre would do it for LF alone, and moves the rest of the text for each line.
fn normal(text: &str) -> String {
    text.replace("\r\n", "\n").replace('\r', "\n").replace('\n', "\r\n")
}

#[cfg(test)]
mod tests;
