//! One example an action, for the documentation.

use super::{
    ChangedService, Detail, Event, Events, Goal, Health, Logs, Memory, Neighbour, OutputLine, Plan, Reload,
    ReloadSelf, Reloaded, Restart, ServiceStatus, Services, Start, State, Status, Steered, SteeredService,
    Stop, Stream, Upgrade, Usage, Wait, Why,
};
use crate::ipc::Example;
use crate::services::health;

pub(super) fn all() -> Vec<Example> {
    let ready = || Services { services: vec![database()] };
    vec![
        Example::of("Tells the state of every service, and why it is so.", Status {}, &ready()),
        Example::of(
            "Tells everything about one service: its state, what happens next by itself, what it waits for and who \
             waits for it, its latest changes of state, and the last lines that it has written.",
            Why { service: "sogoms-db".to_owned() },
            &Detail {
                status: database(),
                next_ms: None,
                next: None,
                needs: vec![Neighbour { service: "sogoms-logs".to_owned(), state: State::Ready }],
                needed_by: vec![Neighbour { service: "sogoway".to_owned(), state: State::Ready }],
                events: vec![event()],
                output: vec![line()],
            },
        ),
        Example::of(
            "Has services run that do not. One that failed gets all its restarts again, one that has stopped may be \
             started, one that runs stays as it is. The reply does not wait until they are ready: see `wait`.",
            Start { services: vec!["sogoway".to_owned()] },
            &steered(State::Starting, "was started and has not answered yet"),
        ),
        Example::of(
            "Has services stop; nothing but a command starts them again. Those that depend on them go on.",
            Stop { services: vec!["sogoway".to_owned()] },
            &steered(State::Stopping, "was stopped by user 0"),
        ),
        Example::of(
            "Stops services and starts them again, one after the other: each waits until the one before it is ready. \
             One that does not run is started.",
            Restart { services: vec!["sogoway".to_owned()] },
            &steered(State::Stopping, "was restarted by user 0"),
        ),
        Example::of(
            "Restarts those services whose program is no longer the file that they were started from, one after the \
             other: each waits until the one before it is ready. With `dry_run` it is only told which they are: the \
             `changed` ones.",
            Upgrade::default(),
            &steered(State::Stopping, "was upgraded by user 0"),
        ),
        Example::of(
            "Sends SIGHUP to a service, which reads its configuration anew without losing a request.",
            Reload { service: "sogoway".to_owned() },
            &Reloaded { service: "sogoway".to_owned(), pid: 4713, others: Vec::new() },
        ),
        Example::of(
            "Reads sogoctl.yaml anew. New services are started, those that are gone are stopped, those whose program \
             or arguments have changed are restarted one after the other, and other changes are taken as they run. A \
             file with an error changes nothing. With `dry_run` it is only told.",
            ReloadSelf { dry_run: true },
            &Plan {
                dry_run: true,
                start: vec!["sogoms-smtp".to_owned()],
                restart: vec![changed("sogoway", "args")],
                update: vec![changed("sogoms-db", "stop_timeout")],
                unchanged: vec!["sogoms-logs".to_owned()],
                ..Plan::default()
            },
        ),
        Example::of(
            "Waits until services (all without names) are `ready`, or have `stopped`, at most until the deadline of the \
             call. It is an error at once when one of them has failed or was stopped and cannot get ready by itself.",
            Wait { services: vec!["sogoms-db".to_owned()], until: Goal::Ready },
            &ready(),
        ),
        Example::of(
            "Streams the latest `lines` changes of state (20 without it), oldest first, of all services or of \
             `services`; with `follow` it goes on until the caller leaves. A caller that reads too slowly is cut off.",
            Events { services: Vec::new(), lines: 20, follow: false },
            &event(),
        ),
        Example::of(
            "Streams the latest `lines` lines (20 without it) that each of `services` (all without names) has written, \
             oldest first, over set-aside files and restarts, or those since `since`, or those with the text `contains` in \
             them; with `follow` it goes on until the caller leaves. What a reader that is too slow misses is counted in a \
             line of the stream `sogoctl`.",
            Logs { services: vec!["sogoms-db".to_owned()], lines: 20, ..Logs::default() },
            &line(),
        ),
        Example::of("Tells that the supervisor is well.", Health {}, &health::Health::example("sogoctl")),
    ]
}

fn database() -> ServiceStatus {
    ServiceStatus {
        service: "sogoms-db".to_owned(),
        state: State::Ready,
        why: "answers its health check".to_owned(),
        pid: Some(4712),
        uptime_ms: Some(86_400_000),
        restarts: 0,
        health_us: Some(180),
        usage: Some(Usage {
            processes: 1,
            cpu_ms: 1240,
            cpu_percent: 0.3,
            memory: Some(Memory::Pss { bytes: 5_767_168 }),
        }),
        says: None,
        problems: Vec::new(),
        output: Vec::new(),
    }
}

fn line() -> OutputLine {
    OutputLine {
        time: "2026-01-15T08:00:00.123+01:00".to_owned(),
        service: "sogoms-db".to_owned(),
        stream: Stream::Stderr,
        continues: false,
        text: "2026-01-15T08:00:00.122+01:00  INFO Listening".to_owned(),
    }
}

fn event() -> Event {
    Event {
        time: "2026-01-15T08:00:00.123+01:00".to_owned(),
        service: "sogoms-db".to_owned(),
        from: State::Starting,
        to: State::Ready,
        why: "answers its health check".to_owned(),
        pid: Some(4712),
    }
}

fn steered(state: State, why: &str) -> Steered {
    let service = SteeredService { service: "sogoway".to_owned(), changed: true, state, why: why.to_owned() };
    Steered { services: vec![service] }
}

fn changed(service: &str, key: &str) -> ChangedService {
    ChangedService { service: service.to_owned(), keys: vec![key.to_owned()] }
}
