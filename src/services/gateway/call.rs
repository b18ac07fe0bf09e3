//! The stage that asks sogoms-db, and makes an answer of what it says.

use bytes::Bytes;
use hyper::header::{HeaderMap, HeaderValue};
use serde::Deserialize;
use serde_json::value::RawValue;

use super::caller::Caller;
use super::context::Context;
use super::demands::IDEMPOTENCY_REPLAYED;
use super::etag;
use super::messages::Message;
use super::plan::{self, Input, Plan, PlannedAction, PlannedPage};
use super::respond::{self, Refused, Response};
use super::routes::{Target, Verb};
use super::stages::Serving;
use crate::error::{Code, Error, Result};
use crate::ipc::Action;
use crate::services::db::api::{Query, Request, Rows, Write, Written, row_tag};

/// The one row of a statement that counts.
#[derive(Deserialize)]
struct Counted<'a> {
    #[serde(borrow)]
    count: &'a RawValue,
}

/// Reads how many rows were counted; `bigint: string` has the number in quotes.
fn count_of(rows: &[u8]) -> Result<u64> {
    let read: Result<[Counted<'_>; 1], _> = serde_json::from_slice(rows);
    let count = read.ok().and_then(|[row]| row.count.get().trim_matches('"').parse().ok());
    count.ok_or_else(|| Error::new(Code::Internal, "the answer of a count is no number"))
}

impl Serving<'_> {
    /// Answers a verb of a resource.
    pub(super) async fn resource(
        &self,
        cx: &Context,
        target: &Target<'_>,
        caller: &Caller,
        input: &Input<'_>,
        path: &str,
        headers: &HeaderMap,
    ) -> Result<Response, Refused> {
        let words = cx.words;
        let Plan { action, ignored } = plan::plan(self.app, target, caller, input)?;
        let no_such_row = || Refused::from(Error::new(Code::NotFound, words.of_code(Code::NotFound)));
        Ok(match action {
            PlannedAction::Query(query) => {
                let rows = self.rows(cx, query).await?;
                etag::tagged(respond::data(&rows), &row_tag(&rows), headers, words)?
            }
            PlannedAction::Page(planned) => self.page(cx, *planned, path, headers).await?,
            PlannedAction::QueryOne(query) => {
                let row = self.ask(cx, query).await?.row.ok_or_else(no_such_row)?;
                let response = respond::data(&row);
                // A tag is that of the whole row, which a change may ask for: parameters may show another one.
                let is_whole = input.query.is_none_or(str::is_empty);
                if is_whole { etag::tagged(response, &row_tag(&row), headers, words)? } else { response }
            }
            PlannedAction::Insert(insert) => {
                respond::created(words, path, self.ask(cx, insert).await?.insert_id, &ignored)
            }
            PlannedAction::Update(update) => match self.ask(cx, update).await?.affected_rows {
                0 => return Err(no_such_row()),
                rows => respond::affected(words.text(Message::Updated), rows, &ignored),
            },
            PlannedAction::Delete(delete) => match self.ask(cx, delete).await?.affected_rows {
                0 => return Err(no_such_row()),
                rows => respond::affected(words.text(Message::Deleted), rows, &ignored),
            },
            PlannedAction::Write(write) => {
                let done = match target.verb {
                    Verb::Delete => Message::Deleted,
                    _ => Message::Updated,
                };
                let written = self.write(cx, *write).await?;
                let mut response = match written {
                    Written { insert_id: Some(id), .. } => respond::created(words, path, id, &ignored),
                    Written { affected_rows: Some(rows @ 1..), .. } => {
                        respond::affected(words.text(done), rows, &ignored)
                    }
                    _ => return Err(no_such_row()),
                };
                if let Some(tag) = &written.tag {
                    etag::set(&mut response, tag);
                }
                if written.repeated {
                    response.headers_mut().insert(IDEMPOTENCY_REPLAYED, HeaderValue::from_static("true"));
                }
                response
            }
        })
    }

    /// Writes, if everything that the write depends on holds.
    async fn write(&self, cx: &Context, write: Write) -> Result<Written> {
        self.ask(cx, write).await.map_err(|error| {
            if error.code != Code::Unsupported {
                return error;
            }
            let cause = format!("{error}: `sogo app prepare {}` makes it", self.tenant.app.name);
            Error::new(Code::Unsupported, cx.words.text(Message::KeyUnavailable)).caused_by(cause)
        })
    }

    /// Answers a part of a list, and how many rows it has in all.
    async fn page(
        &self,
        cx: &Context,
        planned: PlannedPage,
        path: &str,
        headers: &HeaderMap,
    ) -> Result<Response, Refused> {
        let PlannedPage { rows, count, page } = planned;
        let counted = async {
            let Some(count) = count else { return Ok(None) };
            count_of(&self.ask(cx, count).await?.rows).map(Some)
        };
        let asked = async {
            if page.limit().is_some() {
                return self.ask(cx, rows).await;
            }
            Ok(Rows { more: false, rows: self.rows(cx, rows).await? })
        };
        let (rows, count) = tokio::try_join!(asked, counted)?;
        let answer = page.answer(path, &rows.rows, rows.more, count)?;
        let tag = row_tag(&[&rows.rows, answer.meta.as_bytes()].concat());
        etag::tagged(respond::page(&rows.rows, &answer), &tag, headers, cx.words)
    }

    /// Asks for all rows of a list.
    ///
    /// # Errors
    /// [`Code::Validation`] when there are more than the app allows: they are never cut silently.
    pub(super) async fn rows(&self, cx: &Context, mut query: Query) -> Result<Bytes> {
        let most = self.tenant.app.max_rows;
        query.limit = Some(most);
        let reply = self.ask(cx, query).await?;
        if reply.more {
            let said = format!("{} ({most})", cx.words.text(Message::ListTooLong));
            return Err(Error::new(Code::Validation, said).hint(cx.words.text(Message::AskForPages)));
        }
        Ok(reply.rows)
    }

    /// Asks sogoms-db; what it refuses is put into public words.
    pub(super) async fn ask<X: Action<Api = Request>>(&self, cx: &Context, action: X) -> Result<X::Reply> {
        self.gateway.db.call_with(cx.options(), action).await.map_err(|error| {
            // Failures of ours are put into public words where the request is answered.
            if error.code.outcome().http < 500 { respond::public(error, cx.words) } else { error }
        })
    }
}
