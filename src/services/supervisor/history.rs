//! The latest changes of state, and whoever follows them.

use std::collections::VecDeque;

use tokio::sync::mpsc;

use super::api::Event;
use crate::error::{Code, Error, Result};

/// Events that are remembered.
const REMEMBERED: usize = 1000;
/// Events that may wait for one follower; one that lags further behind is cut off.
const BACKLOG: usize = 256;

/// The memory of a supervisor.
#[derive(Debug, Default)]
pub(super) struct History {
    events: VecDeque<Event>,
    followers: Vec<Follower>,
}

#[derive(Debug)]
struct Follower {
    /// Only these services; all without any.
    services: Vec<String>,
    events: mpsc::Sender<Result<Vec<u8>>>,
}

impl History {
    /// Remembers an event and passes it on, without ever waiting for a follower.
    pub(super) fn add(&mut self, event: Event) {
        self.followers.retain(|follower| follower.pass(&event));
        if self.events.len() == REMEMBERED {
            self.events.pop_front();
        }
        self.events.push_back(event);
    }

    /// Returns the newest `count` events of these services (all without any), oldest first.
    pub(super) fn newest(&self, services: &[String], count: usize) -> Vec<&Event> {
        let mut newest: Vec<&Event> =
            self.events.iter().rev().filter(|event| is_of(event, services)).take(count).collect();
        newest.reverse();
        newest
    }

    /// Returns the newest `count` events as a stream; with `follow`, those that come as well.
    pub(super) fn stream(
        &mut self,
        services: Vec<String>,
        count: usize,
        follow: bool,
    ) -> mpsc::Receiver<Result<Vec<u8>>> {
        let newest: Vec<_> = self.newest(&services, count).into_iter().map(json).collect();
        let (events, stream) = mpsc::channel(newest.len() + BACKLOG);
        for event in newest {
            // There is room for all of them.
            let _ = events.try_send(event);
        }
        if follow {
            self.followers.push(Follower { services, events });
        }
        stream
    }
}

impl Follower {
    /// False when the reader has left or is too slow, and is to be forgotten.
    fn pass(&self, event: &Event) -> bool {
        if !is_of(event, &self.services) {
            return !self.events.is_closed();
        }
        if 1 < self.events.capacity() {
            return self.events.try_send(json(event)).is_ok();
        }
        let slow =
            Error::new(Code::Unavailable, "the reader is too slow: events after this one were left out");
        let _ = self.events.try_send(Err(slow));
        false
    }
}

fn is_of(event: &Event, services: &[String]) -> bool {
    services.is_empty() || services.contains(&event.service)
}

fn json(event: &Event) -> Result<Vec<u8>> {
    serde_json::to_vec(event)
        .map_err(|cause| Error::new(Code::Internal, "the event cannot be written").caused_by(cause))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::services::supervisor::api::State;

    fn event(service: &str, number: usize) -> Event {
        Event {
            time: String::new(),
            service: service.to_owned(),
            from: State::Starting,
            to: State::Ready,
            why: number.to_string(),
            pid: None,
        }
    }

    fn numbers(events: &[&Event]) -> Vec<usize> {
        events.iter().map(|event| event.why.parse().unwrap()).collect()
    }

    #[test]
    fn the_newest_are_remembered() {
        let mut history = History::default();
        for number in 0..REMEMBERED + 5 {
            history.add(event(if number % 2 == 0 { "db" } else { "way" }, number));
        }
        assert_eq!(numbers(&history.newest(&[], 2)), [REMEMBERED + 3, REMEMBERED + 4]);
        assert_eq!(numbers(&history.newest(&["db".to_owned()], 2)), [REMEMBERED + 2, REMEMBERED + 4]);
        assert_eq!(history.newest(&[], usize::MAX).len(), REMEMBERED);
    }

    #[tokio::test]
    async fn a_follower_gets_what_was_and_what_comes_until_it_is_too_slow() {
        let mut history = History::default();
        history.add(event("db", 0));
        let mut ended = history.stream(Vec::new(), 1, false);
        let mut stream = history.stream(vec!["db".to_owned()], 5, true);
        for number in 1..1000 {
            history.add(event("way", 0));
            history.add(event("db", number));
        }
        assert!(history.followers.is_empty());
        for number in 0..BACKLOG {
            let json = stream.recv().await.unwrap().unwrap();
            assert_eq!(serde_json::from_slice::<Event>(&json).unwrap().why, number.to_string());
        }
        assert_eq!(stream.recv().await.unwrap().unwrap_err().code, Code::Unavailable);
        assert!(stream.recv().await.is_none());
        assert!(ended.recv().await.is_some() && ended.recv().await.is_none());
    }
}
