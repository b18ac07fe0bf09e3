//! Which mail goes next: the order of what waits, and the limits of apps and domains. Pure; moments are milliseconds since 1970.
//!
//! Each app has two lanes, single mails and bulk, and single mails go first. A lane has a queue for each domain; the head of
//! each queue that may go stands in `heads` by the moment from which it may. So finding the next one costs the same whether
//! ten wait or a hundred thousand, and a domain whose limit is reached holds up nobody else.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

use super::limits::{Limit, Limits};

/// One mail to one recipient that waits.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Entry {
    /// Its number in the store.
    pub(super) id: i64,
    /// The app.
    pub(super) app: Arc<str>,
    /// The domain of the recipient.
    pub(super) domain: Arc<str>,
    /// Whether it belongs to a bulk sending.
    pub(super) bulk: bool,
    /// When it may be tried.
    pub(super) due: i64,
}

/// Everything that waits.
#[derive(Debug, Default)]
pub(super) struct Waiting {
    apps: BTreeMap<Arc<str>, App>,
    /// Where each one stands.
    places: HashMap<i64, Entry>,
    /// The app that was served last: the next one in turn is looked at first.
    last: Option<Arc<str>>,
}

#[derive(Debug, Default)]
struct App {
    /// `None` while the app does not send: it is not configured.
    limits: Option<Limits>,
    /// Tries that are going on, and those of bulk mail among them.
    running: u32,
    running_bulk: u32,
    limit: Limit,
    pause: Option<Pause>,
    single: Lane,
    bulk: Lane,
    domains: HashMap<Arc<str>, Domain>,
    /// How many wait in both lanes.
    waiting: usize,
}

/// Nothing of an app is tried before a moment, and then one mail alone, to see whether it goes again.
#[derive(Debug, Clone)]
struct Pause {
    until: i64,
    /// Whether that one mail is under way.
    trying: bool,
}

#[derive(Debug, Default)]
struct Lane {
    queues: HashMap<Arc<str>, BTreeSet<(i64, i64)>>,
    heads: BTreeSet<(i64, Arc<str>)>,
    /// Where the head of each domain stands in `heads`.
    standing: HashMap<Arc<str>, i64>,
}

#[derive(Debug, Default)]
struct Domain {
    running: u32,
    limit: Limit,
}

/// What to do next.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Next {
    /// Try this one.
    Try(Entry),
    /// Nothing before this moment, as far as is known now.
    At(i64),
    /// Nothing at all.
    Nothing,
}

impl Waiting {
    /// Sets which apps send and how much; the others keep what waits.
    pub(super) fn set_limits(&mut self, limits: &BTreeMap<Arc<str>, Limits>) {
        for name in limits.keys() {
            self.apps.entry(Arc::clone(name)).or_default();
        }
        for (name, app) in &mut self.apps {
            app.limits = limits.get(name).copied();
            let domains: Vec<Arc<str>> =
                app.single.queues.keys().chain(app.bulk.queues.keys()).cloned().collect();
            for domain in &domains {
                app.seat(domain);
            }
        }
    }

    /// Adds one that waits from now on; one that waits already gets its new moment.
    pub(super) fn add(&mut self, entry: Entry) {
        self.remove(entry.id);
        let app = self.apps.entry(Arc::clone(&entry.app)).or_default();
        let lane = if entry.bulk { &mut app.bulk } else { &mut app.single };
        lane.queues.entry(Arc::clone(&entry.domain)).or_default().insert((entry.due, entry.id));
        app.waiting += 1;
        app.seat(&entry.domain);
        self.places.insert(entry.id, entry);
    }

    /// Takes one out; `None` if it does not wait (any more).
    pub(super) fn remove(&mut self, id: i64) -> Option<Entry> {
        let entry = self.places.remove(&id)?;
        let app = self.apps.get_mut(&entry.app)?;
        app.take_out(&entry);
        Some(entry)
    }

    /// Returns how many of an app wait.
    pub(super) fn count(&self, app: &str) -> usize {
        self.apps.get(app).map_or(0, |app| app.waiting)
    }

    /// Chooses what to try at `now`, and counts it as running until [`ended`](Self::ended).
    pub(super) fn next(&mut self, now: i64) -> Next {
        let mut earliest: Option<i64> = None;
        let after = self.last.clone();
        let turn: Vec<Arc<str>> = match &after {
            Some(last) => {
                let later = self
                    .apps
                    .range::<Arc<str>, _>((std::ops::Bound::Excluded(last), std::ops::Bound::Unbounded));
                let first = self.apps.range::<Arc<str>, _>(..=last);
                later.chain(first).map(|(name, _)| Arc::clone(name)).collect()
            }
            None => self.apps.keys().cloned().collect(),
        };
        for name in turn {
            let Some(app) = self.apps.get_mut(&name) else { continue };
            match app.next(now) {
                Next::Try(found) => {
                    let entry = self.places.remove(&found.id).unwrap_or(found);
                    app.start(&entry, now);
                    self.last = Some(name);
                    return Next::Try(entry);
                }
                Next::At(at) => earliest = Some(earliest.map_or(at, |known| known.min(at))),
                Next::Nothing => {}
            }
        }
        earliest.map_or(Next::Nothing, Next::At)
    }

    /// The try of an entry has ended.
    pub(super) fn ended(&mut self, entry: &Entry) {
        let Some(app) = self.apps.get_mut(&entry.app) else { return };
        app.running = app.running.saturating_sub(1);
        app.running_bulk = app.running_bulk.saturating_sub(u32::from(entry.bulk));
        if let Some(domain) = app.domains.get_mut(&entry.domain) {
            domain.running = domain.running.saturating_sub(1);
        }
        if let Some(pause) = &mut app.pause {
            pause.trying = false;
        }
        app.seat(&entry.domain);
        app.forget(&entry.domain);
    }

    /// Tries nothing of an app before `until`, and then one mail alone.
    pub(super) fn pause(&mut self, app: &str, until: i64) {
        if let Some(app) = self.apps.get_mut(app) {
            app.pause = Some(Pause { until, trying: false });
        }
    }

    /// Tries the mails of an app again as usual.
    pub(super) fn resume(&mut self, app: &str) {
        if let Some(app) = self.apps.get_mut(app) {
            app.pause = None;
        }
    }
}

impl App {
    fn next(&self, now: i64) -> Next {
        let Some(limits) = &self.limits else { return Next::Nothing };
        if let Some(pause) = &self.pause {
            if pause.trying {
                return Next::Nothing;
            }
            if now < pause.until {
                return if self.waiting == 0 { Next::Nothing } else { Next::At(pause.until) };
            }
        }
        if limits.connections <= self.running {
            return Next::Nothing;
        }
        let free = self.limit.free_at(&limits.mails, now);
        // The last place is kept for single mails, so that one never waits for a bulk sending.
        let bulk_may = limits.connections == 1 || self.running_bulk + 1 < limits.connections;
        let lanes = [(&self.single, false), (&self.bulk, true)];
        let heads = lanes.into_iter().filter(|(_, bulk)| !bulk || bulk_may);
        let heads = heads.filter_map(|(lane, bulk)| Some((lane, lane.heads.first()?, bulk)));
        let mut earliest: Option<i64> = None;
        for (lane, (at, domain), bulk) in heads {
            let at = (*at).max(free);
            if now < at {
                earliest = Some(earliest.map_or(at, |known| known.min(at)));
                continue;
            }
            if let Some((due, id)) = lane.queues.get(domain).and_then(BTreeSet::first) {
                let (app, domain) = (Arc::from(""), Arc::clone(domain));
                return Next::Try(Entry { id: *id, app, domain, bulk, due: *due });
            }
        }
        earliest.map_or(Next::Nothing, Next::At)
    }

    /// Takes the entry out of its queue and counts it.
    fn start(&mut self, entry: &Entry, now: i64) {
        self.running += 1;
        self.running_bulk += u32::from(entry.bulk);
        let domain = self.domains.entry(Arc::clone(&entry.domain)).or_default();
        domain.running += 1;
        if let Some(limits) = &self.limits {
            self.limit.count(&limits.mails, now);
            domain.limit.count(&limits.domain, now);
        }
        if let Some(pause) = &mut self.pause {
            pause.trying = true;
        }
        self.take_out(entry);
    }

    fn take_out(&mut self, entry: &Entry) {
        let lane = if entry.bulk { &mut self.bulk } else { &mut self.single };
        if let Some(queue) = lane.queues.get_mut(&entry.domain) {
            self.waiting -= usize::from(queue.remove(&(entry.due, entry.id)));
            if queue.is_empty() {
                lane.queues.remove(&entry.domain);
            }
        }
        self.seat(&entry.domain);
    }

    /// Puts the heads of a domain where they belong now.
    fn seat(&mut self, name: &Arc<str>) {
        let state = self.domains.get(name);
        let free = match (&self.limits, state) {
            (Some(limits), Some(domain)) => {
                let full = limits.domain_connections.is_some_and(|most| most <= domain.running);
                (!full).then(|| domain.limit.free_at(&limits.domain, 0))
            }
            _ => Some(0),
        };
        for lane in [&mut self.single, &mut self.bulk] {
            if let Some(at) = lane.standing.remove(name) {
                lane.heads.remove(&(at, Arc::clone(name)));
            }
            let head = lane.queues.get(name).and_then(BTreeSet::first);
            if let (Some((due, _)), Some(free)) = (head, free) {
                let at = (*due).max(free);
                lane.heads.insert((at, Arc::clone(name)));
                lane.standing.insert(Arc::clone(name), at);
            }
        }
    }

    /// Forgets a domain to which nothing is going on and that has no limit to count for.
    fn forget(&mut self, name: &Arc<str>) {
        let counts = self.limits.as_ref().is_some_and(|limits| !limits.domain.is_open());
        if !counts && self.domains.get(name).is_some_and(|domain| domain.running == 0) {
            self.domains.remove(name);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::limits::Rates;
    use super::*;

    fn limits(connections: u32) -> Limits {
        Limits { connections, domain_connections: None, mails: Rates::default(), domain: Rates::default() }
    }

    fn waiting(apps: &[(&str, Limits)]) -> Waiting {
        let mut waiting = Waiting::default();
        waiting.set_limits(&apps.iter().map(|(name, limits)| (Arc::from(*name), *limits)).collect());
        waiting
    }

    fn entry(id: i64, app: &str, domain: &str) -> Entry {
        Entry { id, app: app.into(), domain: domain.into(), bulk: false, due: 0 }
    }

    fn bulk(id: i64, app: &str, domain: &str) -> Entry {
        Entry { bulk: true, ..entry(id, app, domain) }
    }

    /// Takes what may be tried at `now` until there is no more.
    fn all(waiting: &mut Waiting, now: i64) -> Vec<Entry> {
        std::iter::from_fn(|| match waiting.next(now) {
            Next::Try(entry) => Some(entry),
            Next::At(_) | Next::Nothing => None,
        })
        .collect()
    }

    fn ids(entries: &[Entry]) -> Vec<i64> {
        entries.iter().map(|entry| entry.id).collect()
    }

    #[test]
    fn what_is_due_goes_in_its_order_up_to_the_connections() {
        let mut waiting = waiting(&[("a", limits(2))]);
        for (id, due) in [(1, 30), (2, 10), (3, 20)] {
            waiting.add(Entry { due, ..entry(id, "a", "x") });
        }
        assert_eq!(waiting.next(5), Next::At(10));
        let first = all(&mut waiting, 100);
        assert_eq!(ids(&first), [2, 3]);
        assert_eq!(waiting.count("a"), 1);
        waiting.ended(&first[0]);
        assert_eq!(ids(&all(&mut waiting, 100)), [1]);
        assert_eq!(waiting.next(100), Next::Nothing);
    }

    #[test]
    fn single_mails_go_first_and_always_find_a_place() {
        let mut waiting = waiting(&[("a", limits(3))]);
        for id in 0..10 {
            waiting.add(bulk(id, "a", "x"));
        }
        assert_eq!(ids(&all(&mut waiting, 1)), [0, 1]);
        waiting.add(entry(100, "a", "x"));
        assert_eq!(ids(&all(&mut waiting, 1)), [100]);
    }

    #[test]
    fn apps_take_turns() {
        let mut waiting = waiting(&[("a", limits(9)), ("b", limits(9)), ("c", limits(9))]);
        for id in 0..4 {
            waiting.add(bulk(id, "a", "x"));
        }
        waiting.add(entry(10, "b", "x"));
        waiting.add(entry(20, "c", "x"));
        assert_eq!(ids(&all(&mut waiting, 1)), [0, 10, 20, 1, 2, 3]);
    }

    #[test]
    fn a_domain_at_its_limit_holds_up_nobody_else() {
        let of_domain = Limits { domain_connections: Some(1), ..limits(9) };
        let mut waiting = waiting(&[("a", of_domain)]);
        for id in 0..5 {
            waiting.add(entry(id, "a", "slow"));
        }
        waiting.add(entry(10, "a", "x"));
        let first = all(&mut waiting, 1);
        assert_eq!(ids(&first), [0, 10]);
        waiting.ended(&first[0]);
        assert_eq!(ids(&all(&mut waiting, 1)), [1]);

        let by_rate = Limits { domain: Rates { per_minute: Some(2), per_hour: None }, ..limits(9) };
        let mut waiting = self::waiting(&[("a", by_rate)]);
        for id in 0..5 {
            waiting.add(entry(id, "a", "slow"));
        }
        waiting.add(entry(10, "a", "x"));
        assert_eq!(ids(&all(&mut waiting, 1)), [0, 1, 10]);
        assert_eq!(waiting.next(1), Next::At(60_001));
        assert_eq!(ids(&all(&mut waiting, 60_001)), [2, 3]);
    }

    #[test]
    fn the_rate_of_an_app_holds_for_both_lanes() {
        let by_rate = Limits { mails: Rates { per_minute: Some(2), per_hour: None }, ..limits(9) };
        let mut waiting = waiting(&[("a", by_rate)]);
        waiting.add(entry(1, "a", "x"));
        waiting.add(entry(2, "a", "y"));
        waiting.add(bulk(3, "a", "z"));
        assert_eq!(ids(&all(&mut waiting, 7)), [1, 2]);
        assert_eq!(waiting.next(7), Next::At(60_007));
    }

    #[test]
    fn a_paused_app_tries_one_alone_after_a_while() {
        let mut waiting = waiting(&[("a", limits(4)), ("b", limits(4))]);
        for id in 0..4 {
            waiting.add(entry(id, "a", "x"));
        }
        waiting.add(entry(10, "b", "x"));
        waiting.pause("a", 1000);
        assert_eq!(ids(&all(&mut waiting, 1)), [10]);
        assert_eq!(waiting.next(1), Next::At(1000));
        let probe = all(&mut waiting, 1000);
        assert_eq!(ids(&probe), [0]);
        waiting.add(probe[0].clone());
        waiting.ended(&probe[0]);
        waiting.pause("a", 2000);
        assert_eq!(waiting.next(1500), Next::At(2000));
        waiting.resume("a");
        assert_eq!(ids(&all(&mut waiting, 1500)), [0, 1, 2, 3]);
    }

    #[test]
    fn what_is_taken_out_or_moved_is_not_tried_at_its_old_moment() {
        let mut waiting = waiting(&[("a", limits(4))]);
        waiting.add(entry(1, "a", "x"));
        waiting.add(entry(2, "a", "x"));
        assert_eq!(waiting.remove(1).map(|entry| entry.id), Some(1));
        assert_eq!(waiting.remove(1), None);
        waiting.add(Entry { due: 500, ..entry(2, "a", "x") });
        assert_eq!(waiting.count("a"), 1);
        assert_eq!(waiting.next(1), Next::At(500));
    }

    #[test]
    fn an_app_that_is_not_configured_keeps_what_waits() {
        let mut waiting = Waiting::default();
        waiting.add(entry(1, "gone", "x"));
        assert_eq!(waiting.next(1), Next::Nothing);
        waiting.set_limits(&BTreeMap::from([(Arc::from("gone"), limits(1))]));
        assert_eq!(ids(&all(&mut waiting, 1)), [1]);
    }
}
