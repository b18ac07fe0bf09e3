//! What the mails of a bulk sending share, and what each has of its own.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::api::SendBulk;
use super::letter::{self, Head};
use super::senders::Sender;
use super::wire::Unsubscribe;
use super::wire::address::{Address, Mailbox};
use crate::error::{Code, Error, Result};
use crate::template::{Data, Escape, MailTemplate, Missing, Rendered, Template};

/// The texts of a mail, which are templates.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub(super) struct Texts {
    pub(super) subject: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) body: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) body_html: Option<String>,
}

impl Texts {
    /// Takes those of a template of the app, or those that were given.
    ///
    /// # Errors
    /// [`Code::NotFound`] without such a template, [`Code::Validation`] when neither or both are given.
    pub(super) fn of(
        sender: &Sender,
        template: Option<&str>,
        subject: Option<&str>,
        body: Option<&str>,
        body_html: Option<&str>,
    ) -> Result<Self> {
        let given = subject.is_some() || body.is_some() || body_html.is_some();
        let Some(name) = template else {
            let Some(subject) = subject else {
                return Err(Error::new(Code::Validation, "the mail has neither a template nor a subject")
                    .field("subject", "is missing"));
            };
            if body.is_none() && body_html.is_none() {
                return Err(Error::new(Code::Validation, "the mail has no text")
                    .field("body", "is missing, and so is `body_html`"));
            }
            let owned = |text: Option<&str>| text.map(str::to_owned);
            return Ok(Self { subject: subject.to_owned(), body: owned(body), body_html: owned(body_html) });
        };
        if given {
            return Err(Error::new(Code::Validation, "the mail has a template and texts of its own")
                .field("template", "goes with neither `subject` nor `body` nor `body_html`"));
        }
        // The names and their fault are those of a mail that is sent with this template.
        if sender.templates.get(name).is_none() {
            sender.templates.render(name, &Data::default(), Missing::Empty)?;
        }
        let email = sender.app.emails.get(name);
        let email =
            email.ok_or_else(|| Error::new(Code::NotFound, format!("there is no template `{name}`")))?;
        Ok(Self {
            subject: email.subject.value.clone(),
            body: email.body.as_ref().map(|text| text.value.clone()),
            body_html: email.body_html.as_ref().map(|text| text.value.clone()),
        })
    }

    /// Reads the templates.
    ///
    /// # Errors
    /// [`Code::Validation`] with the first fault.
    pub(super) fn compile(&self) -> Result<MailTemplate> {
        MailTemplate::compile(&self.subject, self.body.as_deref(), self.body_html.as_deref()).map_err(
            |faults| {
                let first = faults.into_iter().next().map(Error::from);
                first.unwrap_or_else(|| Error::new(Code::Validation, "the template cannot be read"))
            },
        )
    }
}

/// What all mails of a sending share, as it is kept.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub(super) struct Source {
    pub(super) texts: Texts,
    pub(super) data: Map<String, Value>,
    pub(super) reply_to: Option<String>,
    pub(super) headers: Map<String, Value>,
    pub(super) unsubscribe: Option<String>,
}

impl Source {
    /// Takes it from a request.
    ///
    /// # Errors
    /// Those of [`Texts::of`].
    pub(super) fn of(sender: &Sender, asked: &SendBulk) -> Result<Self> {
        let texts = Texts::of(
            sender,
            asked.template.as_deref(),
            asked.subject.as_deref(),
            asked.body.as_deref(),
            asked.body_html.as_deref(),
        )?;
        let own = || sender.smtp.unsubscribe.as_ref().map(|text| text.value.clone());
        Ok(Self {
            texts,
            data: asked.data.clone(),
            reply_to: asked.reply_to.clone(),
            headers: asked.headers.clone(),
            unsubscribe: asked.unsubscribe.clone().or_else(own),
        })
    }
}

/// What one recipient has of its own, as it is kept.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Own {
    pub(super) to: String,
    pub(super) data: Map<String, Value>,
}

/// A sending that is ready to be filled in.
#[derive(Debug)]
pub(super) struct Shared {
    source: Source,
    template: MailTemplate,
    unsubscribe: Option<Template>,
}

impl Shared {
    /// Prepares what a sending shares.
    ///
    /// # Errors
    /// [`Code::Validation`] when a template cannot be read.
    pub(super) fn new(source: Source) -> Result<Self> {
        let template = source.texts.compile()?;
        let unsubscribe = source.unsubscribe.as_deref().map(|text| {
            Template::compile(text, Escape::None).map_err(|faults| {
                let first = faults.first().map(ToString::to_string).unwrap_or_default();
                Error::new(Code::Validation, format!("unsubscribe:{first}"))
            })
        });
        Ok(Self { source, template, unsubscribe: unsubscribe.transpose()? })
    }

    /// Reads what is kept of a sending.
    ///
    /// # Errors
    /// [`Code::Internal`] when it was kept otherwise, [`Code::Validation`] as [`new`](Self::new).
    pub(super) fn read(json: &str) -> Result<Self> {
        let source = serde_json::from_str(json).map_err(|cause| {
            Error::new(Code::Internal, "what is kept of a bulk sending cannot be read").caused_by(cause)
        })?;
        Self::new(source)
    }

    /// Builds the mail of one recipient from what is kept of it.
    ///
    /// # Errors
    /// [`Code::Validation`] when its data do not fill the templates in, and those of [`letter::build`].
    pub(super) fn build(
        &self,
        sender: &Sender,
        message_id: &str,
        accepted: i64,
        own: &[u8],
    ) -> Result<Vec<u8>> {
        let own: Own = serde_json::from_slice(own).map_err(|cause| {
            Error::new(Code::Internal, "what is kept of a mail cannot be read").caused_by(cause)
        })?;
        let (head, texts) = self.fill(sender, &own)?;
        letter::build(sender, message_id, accepted, head, texts)
    }

    /// Fills the texts in for one recipient.
    ///
    /// # Errors
    /// [`Code::Validation`] when the address or the data are wrong.
    pub(super) fn fill(&self, sender: &Sender, own: &Own) -> Result<(Head, Rendered)> {
        let wrong = |fault: super::wire::address::Malformed| Error::new(Code::Validation, fault.to_string());
        let to = Mailbox::parse(&own.to).map_err(wrong)?;
        let data = self.data(&to.address, own);
        let texts = self.template.render(&data, sender.missing())?;
        let reply_to = self.source.reply_to.as_deref().map(Mailbox::parse).transpose().map_err(wrong)?;
        let headers = self.source.headers.iter().map(|(name, value)| match value.as_str() {
            Some(value) => Ok((name.clone(), value.to_owned())),
            None => Err(Error::new(Code::Validation, format!("the header `{name}` is no text"))),
        });
        let head = Head {
            to: vec![to],
            reply_to,
            headers: headers.collect::<Result<_>>()?,
            unsubscribe: self.way_out(&data)?,
            ..Head::default()
        };
        Ok((head, texts))
    }

    fn way_out(&self, data: &Data) -> Result<Option<Unsubscribe>> {
        let Some(template) = &self.unsubscribe else { return Ok(None) };
        let text = template
            .render(data, Missing::Error)
            .map_err(|fault| Error::new(Code::Validation, format!("unsubscribe:{fault}")))?;
        letter::unsubscribe(&text).map(Some)
    }

    /// Puts the recipient's data over those of all.
    fn data(&self, address: &Address, own: &Own) -> Data {
        let mut data = Map::new();
        data.insert("Email".to_owned(), address.as_str().into());
        data.extend(self.source.data.clone());
        data.extend(own.data.clone());
        Data::from(&Value::Object(data))
    }
}
