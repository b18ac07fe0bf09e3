//! An example an action, for docs/PROTOCOL.md.

use serde_json::{Map, Value, json};

use super::{
    AppHealth, BulkItem, BulkProgress, BulkRecipient, Changed, Health, HealthReply, Mail, Mails, Preview,
    Previewed, Probe, ProbeReply, QueueCancel, QueueList, QueueRetry, QueueShow, Recipient, Request, Resume,
    Resumed, SendBulk, SendMail, SendTemplate, Sent, Shown, State, Step, StepState, Suppression,
    Suppressions, SuppressionsAdd, SuppressionsList, SuppressionsRemove,
};
use crate::ipc::{Api, Example};
use crate::services::health;

impl Api for Request {
    const NAME: &'static str = "sogoms-smtp";
    const SUMMARY: &'static str = "mail: a durable queue, templates, one state for each recipient";

    fn examples() -> Vec<Example> {
        sending().into_iter().chain(queue()).chain(suppressions()).chain(provider()).collect()
    }
}

fn app_id() -> String {
    "prokov".to_owned()
}

fn alice() -> String {
    "alice@example.com".to_owned()
}

fn message_id() -> String {
    "01JFA2Q7.1@example.com".to_owned()
}

fn object(value: Value) -> Map<String, Value> {
    match value {
        Value::Object(map) => map,
        _ => Map::new(),
    }
}

fn sent(state: State, reply: Option<&str>) -> Sent {
    let reply = reply.map(str::to_owned);
    Sent {
        message_id: message_id(),
        recipients: vec![Recipient { id: 41, address: alice(), state, reply }],
        repeated: false,
    }
}

fn sending() -> [Example; 4] {
    [
        Example::of(
            "Sends a mail. `to`, `cc` and `bcc` are one address or a list (`name@example.com` or `Name <name@example.com>`); \
             `body` is the text, `body_html` the HTML: one of both at least. The reply comes when the mail is on the disk, \
             where it outlasts a crash and a power cut; the first try follows at once. With `wait_ms` the reply waits so long \
             for that try. States: `queued`, `sending`, `sent`, `deferred` (another try comes), `failed`, `unknown` (the \
             server's answer was lost; it is not repeated blindly), `suppressed`, `cancelled`. `attachments` have `name`, \
             `content` (base64) and `content_type`. A mail that is sent again under the same `idempotency_key` is not \
             sent again: the answer is that of the first (`repeated`), and `CONFLICT` when it is another mail. \
             `automatic` marks what no person wrote.",
            SendMail {
                app_id: app_id(),
                to: "Alice <alice@example.com>".into(),
                subject: "Votre facture".to_owned(),
                body: Some("Bonjour Alice".to_owned()),
                idempotency_key: Some("invoice-4711".to_owned()),
                wait_ms: Some(5000),
                ..SendMail::default()
            },
            &sent(State::Sent, Some("250 2.0.0 accepted as 9F3A")),
        ),
        Example::of(
            "Sends a mail made from `emails/{template}.yaml`, filled with `data`. The other parameters are those of `send`. \
             A variable that `data` lacks is an error or empty, as `smtp.missing` of the app says.",
            SendTemplate {
                app_id: app_id(),
                template: "welcome".to_owned(),
                to: alice().as_str().into(),
                data: object(json!({"Name": "Alice"})),
                ..SendTemplate::default()
            },
            &sent(State::Queued, None),
        ),
        Example::of(
            "Sends one mail to each of `recipients`, who do not see each other: made from a template of the app, or from \
             `subject`, `body` and `body_html`, which are templates too, filled with `data`, the recipient's own `data` and \
             `Email`. Single mails go before those of a bulk sending. One whose address or data are wrong is `failed` \
             and has no `message_id`; the others are sent. With `stream` the answer is a row of frames, each with the recipients whose \
             state is new, until each has a result. Sent again under the same `idempotency_key`, it goes on where \
             it was. `unsubscribe` is the address of `List-Unsubscribe`.",
            SendBulk {
                app_id: app_id(),
                recipients: vec![BulkRecipient { to: alice(), data: object(json!({"Name": "Alice"})) }],
                template: Some("welcome".to_owned()),
                idempotency_key: Some("news-2026-01".to_owned()),
                stream: true,
                ..SendBulk::default()
            },
            &BulkProgress {
                total: 1,
                accepted: 1,
                done: 0,
                results: vec![BulkItem {
                    index: 0,
                    address: alice(),
                    message_id: Some(message_id()),
                    state: State::Queued,
                    reply: None,
                }],
            },
        ),
        Example::of(
            "Renders a mail from a template of the app, or from `subject`, `body` and `body_html`, and sends nothing. A \
             variable that `data` lacks is an error here.",
            Preview {
                app_id: app_id(),
                template: Some("welcome".to_owned()),
                data: object(json!({"Name": "Alice"})),
                ..Preview::default()
            },
            &Previewed {
                subject: "Bienvenue Alice !".to_owned(),
                text: "Bonjour Alice,\nBienvenue sur notre plateforme.\n".to_owned(),
                html: Some("<h1>Bienvenue Alice !</h1>".to_owned()),
                headers: vec!["Subject: Bienvenue Alice !".to_owned()],
                bytes: 912,
            },
        ),
    ]
}

fn queue() -> [Example; 4] {
    let mail = Mail {
        id: 41,
        app: app_id(),
        to: alice(),
        subject: "Votre facture".to_owned(),
        state: State::Deferred,
        tries: 2,
        accepted: "2026-01-15T08:00:00.000+01:00".to_owned(),
        changed: "2026-01-15T08:05:12.000+01:00".to_owned(),
        next_try: Some("2026-01-15T08:15:12.000+01:00".to_owned()),
        reply: Some("451 4.7.1 try again later".to_owned()),
        bulk: false,
        message_id: message_id(),
    };
    [
        Example::of(
            "Lists mails, newest first, one entry a recipient: those that are not finished, or those in `states`; of one app, \
             to one `address`, accepted at least `older_than_s` seconds ago. `before` is the number of the last entry \
             of the page before.",
            QueueList {
                app_id: Some(app_id()),
                states: vec![State::Deferred],
                limit: QueueList::default_limit(),
                ..QueueList::default()
            },
            &Mails { more: false, mails: vec![mail] },
        ),
        Example::of(
            "Shows one mail (the number of an entry, or a Message-ID) with all its recipients and its content, as long as \
             that is kept.",
            QueueShow { mail: "41".to_owned() },
            &Shown {
                message_id: message_id(),
                app: app_id(),
                sender: "noreply@example.com".to_owned(),
                accepted: "2026-01-15T08:00:00.000+01:00".to_owned(),
                idempotency_key: Some("invoice-4711".to_owned()),
                recipients: sent(State::Sent, None).recipients,
                content: Some("Subject: Votre facture\r\n…".to_owned()),
            },
        ),
        Example::of(
            "Tries mails again now: by their numbers (`ids`) deferred, failed and unknown ones; or all of an app in `states` \
             (deferred ones without any). An unknown one may reach its recipient twice then.",
            QueueRetry { ids: vec![41], ..QueueRetry::default() },
            &Changed { changed: 1 },
        ),
        Example::of(
            "Takes mails out of the queue that have not gone out: by their numbers queued, deferred and unknown ones; or all \
             of an app in `states` (queued and deferred ones without any). What the server is being given goes on.",
            QueueCancel { app_id: Some(app_id()), states: vec![State::Deferred], ..QueueCancel::default() },
            &Changed { changed: 12 },
        ),
    ]
}

fn suppressions() -> [Example; 3] {
    let suppression = Suppression {
        app: app_id(),
        address: alice(),
        reason: "550 5.1.1 no such user".to_owned(),
        since: "2026-01-15T08:00:00.000+01:00".to_owned(),
        until: Some("2026-04-15T08:00:00.000+02:00".to_owned()),
    };
    [
        Example::of(
            "Lists the addresses that get no mail of an app, newest first. An address gets there when a server says \
             that it takes no mail at all, for `smtp.suppress.days` of the app.",
            SuppressionsList {
                app_id: Some(app_id()),
                limit: SuppressionsList::default_limit(),
                ..SuppressionsList::default()
            },
            &Suppressions { suppressions: vec![suppression.clone()] },
        ),
        Example::of(
            "Sends an address no mail of an app from now on, for `days` or for ever.",
            SuppressionsAdd {
                app_id: app_id(),
                address: alice(),
                reason: Some("asked for it".to_owned()),
                days: None,
            },
            &Suppression { reason: "asked for it".to_owned(), until: None, ..suppression },
        ),
        Example::of(
            "Sends an address mail of an app again.",
            SuppressionsRemove { app_id: app_id(), address: alice() },
            &Changed { changed: 1 },
        ),
    ]
}

fn provider() -> [Example; 3] {
    [
        Example::of(
            "Tries the provider of an app again that was paused because it refused user and password, or its TLS was not \
             to be trusted. A reload of the configuration does the same.",
            Resume { app_id: app_id() },
            &Resumed { was_paused: true },
        ),
        Example::of(
            "Connects to the provider of an app step by step (name, connection, greeting, TLS, sign-in) and tells what is wrong; \
             no mail is sent.",
            Probe { app_id: app_id() },
            &ProbeReply {
                steps: vec![Step {
                    name: "connect".to_owned(),
                    state: StepState::Ok,
                    detail: "mail.example.com:587 (192.0.2.25) in 12 ms".to_owned(),
                    hint: None,
                }],
            },
        ),
        Example::of(
            "Tells that the service is well, and in `apps` the queue of each app that sends mail: what waits and since when, \
             what is unknown, and why nothing is sent at the moment, if so.",
            Health {},
            &HealthReply {
                health: health::Health::example("sogoms-smtp"),
                apps: vec![AppHealth {
                    app: app_id(),
                    provider: "mail.example.com:587".to_owned(),
                    queued: 0,
                    deferred: 1,
                    unknown: 0,
                    oldest_waiting_s: Some(912),
                    paused: None,
                }],
            },
        ),
    ]
}
