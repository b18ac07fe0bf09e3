//! What was read and is not written yet. It is bounded: when the disk does not keep up, the oldest goes and is counted.
//! No I/O.

use std::collections::{BTreeMap, VecDeque};
use std::ops::Bound;
use std::sync::Arc;

use crate::config::Rotation;

/// Lines of each service that are remembered for whoever asks why it failed.
const REMEMBERED: usize = 20;
/// Bytes of each of them.
const REMEMBERED_BYTES: usize = 2 << 10;
/// Bytes that are written at once, about: what comes while others are written is joined up to this.
const BATCH: usize = 64 << 10;

/// What all services have written of late.
#[derive(Debug)]
pub(super) struct Queues {
    services: BTreeMap<Arc<str>, Queue>,
    /// Bytes of all that waits, and how many may.
    bytes: usize,
    max_bytes: usize,
    /// The one whose lines were taken last.
    taken: Option<Arc<str>>,
}

#[derive(Debug, Default)]
struct Queue {
    batches: VecDeque<Batch>,
    bytes: usize,
    lost: u64,
    last: VecDeque<Vec<u8>>,
    rotation: Rotation,
}

#[derive(Debug)]
struct Batch {
    text: Vec<u8>,
    lines: u64,
}

/// Lines of one service that are to be written now.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Taken {
    /// The service.
    pub service: Arc<str>,
    /// Lines before these that are lost.
    pub lost: u64,
    /// The lines.
    pub text: Vec<u8>,
    /// The limits of the service's files.
    pub rotation: Rotation,
}

impl Queues {
    /// Makes it for up to so many bytes.
    pub(super) fn new(max_bytes: usize) -> Self {
        Self { services: BTreeMap::new(), bytes: 0, max_bytes, taken: None }
    }

    /// Says how large the files of a service may become.
    pub(super) fn limit(&mut self, service: &Arc<str>, rotation: Rotation) {
        self.services.entry(Arc::clone(service)).or_default().rotation = rotation;
    }

    /// Returns how large the files of a service may become.
    pub(super) fn rotation(&self, service: &str) -> Rotation {
        self.services.get(service).map(|queue| queue.rotation).unwrap_or_default()
    }

    /// Appends whole lines of a service. Where that is too much, the service with most lines waiting loses its oldest.
    pub(super) fn push(&mut self, service: &Arc<str>, text: &[u8], lines: u64) {
        if text.is_empty() {
            return;
        }
        if !self.services.contains_key(service) {
            self.services.insert(Arc::clone(service), Queue::default());
        }
        if let Some(queue) = self.services.get_mut(service) {
            queue.remember(text);
            queue.append(text, lines);
            self.bytes += text.len();
        }
        while self.max_bytes < self.bytes
            && let Some(queue) = self.services.values_mut().max_by_key(|queue| queue.bytes)
            && let Some(batch) = queue.batches.pop_front()
        {
            queue.bytes -= batch.text.len();
            queue.lost += batch.lines;
            self.bytes -= batch.text.len();
        }
    }

    /// Notes that lines which were taken could not be written.
    pub(super) fn lose(&mut self, service: &str, lines: u64) {
        if let Some(queue) = self.services.get_mut(service) {
            queue.lost += lines;
        }
    }

    /// Takes the oldest lines of the next service that has any, in turns.
    pub(super) fn take(&mut self) -> Option<Taken> {
        let after = match &self.taken {
            Some(taken) => Bound::Excluded(Arc::clone(taken)),
            None => Bound::Unbounded,
        };
        let waits = |(_, queue): &(&Arc<str>, &Queue)| !queue.batches.is_empty();
        let next = self.services.range((after, Bound::Unbounded)).find(waits);
        let next = next.or_else(|| self.services.iter().find(waits)).map(|(name, _)| Arc::clone(name))?;
        let queue = self.services.get_mut(&next)?;
        let Batch { text, .. } = queue.batches.pop_front()?;
        queue.bytes -= text.len();
        self.bytes -= text.len();
        self.taken = Some(Arc::clone(&next));
        let lost = std::mem::take(&mut queue.lost);
        Some(Taken { service: next, lost, text, rotation: queue.rotation })
    }

    /// Returns the last lines that a service has written, oldest first.
    pub(super) fn last(&self, service: &str) -> Vec<Vec<u8>> {
        self.services.get(service).into_iter().flat_map(|queue| queue.last.iter().cloned()).collect()
    }
}

impl Queue {
    fn append(&mut self, text: &[u8], lines: u64) {
        self.bytes += text.len();
        match self.batches.back_mut().filter(|batch| batch.text.len() + text.len() <= BATCH) {
            Some(batch) => {
                batch.text.extend_from_slice(text);
                batch.lines += lines;
            }
            None => self.batches.push_back(Batch { text: text.to_vec(), lines }),
        }
    }

    fn remember(&mut self, text: &[u8]) {
        let lines = text.strip_suffix(b"\n").unwrap_or(text).rsplit(|byte| *byte == b'\n');
        let mut newest: Vec<&[u8]> = lines.take(REMEMBERED).collect();
        newest.reverse();
        let room = REMEMBERED - newest.len();
        let excess = self.last.len().saturating_sub(room);
        self.last.drain(..excess);
        self.last.extend(newest.into_iter().map(|line| line[..line.len().min(REMEMBERED_BYTES)].to_vec()));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn taken(queues: &mut Queues) -> Option<(String, String, u64)> {
        let taken = queues.take()?;
        Some((taken.service.to_string(), String::from_utf8(taken.text).unwrap(), taken.lost))
    }

    #[test]
    fn services_take_turns_and_small_writes_are_joined() {
        let mut queues = Queues::new(1 << 20);
        let (db, way): (Arc<str>, Arc<str>) = ("db".into(), "way".into());
        let large = format!("{}\n", "x".repeat(BATCH - 1));
        for text in ["1\n", &large, "2\n", "3\n"] {
            queues.push(&db, text.as_bytes(), 1);
        }
        queues.push(&way, b"a\nb\n", 2);
        queues.push(&way, b"", 0);
        assert_eq!(taken(&mut queues), Some(("db".into(), "1\n".into(), 0)));
        assert_eq!(taken(&mut queues), Some(("way".into(), "a\nb\n".into(), 0)));
        assert_eq!(taken(&mut queues), Some(("db".into(), large.clone(), 0)));
        assert_eq!(taken(&mut queues), Some(("db".into(), "2\n3\n".into(), 0)));
        assert_eq!(taken(&mut queues), None);
        assert_eq!(queues.bytes, 0);
    }

    #[test]
    fn the_oldest_of_the_loudest_is_lost_and_counted() {
        let mut queues = Queues::new(2 * BATCH);
        let (db, way): (Arc<str>, Arc<str>) = ("db".into(), "way".into());
        queues.push(&way, b"quiet\n", 1);
        for number in 0..10 {
            let text = format!("{number}\n").repeat(BATCH / 2);
            queues.push(&db, text.as_bytes(), BATCH as u64 / 2);
        }
        assert_eq!(taken(&mut queues), Some(("db".into(), "9\n".repeat(BATCH / 2), 9 * BATCH as u64 / 2)));
        assert_eq!(taken(&mut queues), Some(("way".into(), "quiet\n".into(), 0)));
        queues.lose("db", 7);
        queues.push(&db, b"x\n", 1);
        assert_eq!(taken(&mut queues), Some(("db".into(), "x\n".into(), 7)));
    }

    #[test]
    fn the_last_lines_are_remembered_also_when_they_were_written() {
        let mut queues = Queues::new(1 << 20);
        let db: Arc<str> = "db".into();
        let lines = |range: std::ops::Range<u32>| {
            let numbers: Vec<String> = range.map(|number| number.to_string()).collect();
            format!("{}\n", numbers.join("\n"))
        };
        let last = |queues: &Queues| String::from_utf8(queues.last("db").join(&b'\n')).unwrap();
        queues.push(&db, lines(0..3).as_bytes(), 3);
        assert_eq!(last(&queues), "0\n1\n2");
        queues.push(&db, lines(3..22).as_bytes(), 19);
        assert_eq!(format!("{}\n", last(&queues)), lines(2..22));
        while queues.take().is_some() {}
        queues.push(&db, lines(0..100).as_bytes(), 100);
        assert_eq!(format!("{}\n", last(&queues)), lines(80..100));
        queues.push(&db, format!("{}\n", "y".repeat(1 << 20)).as_bytes(), 1);
        assert_eq!(queues.last("db")[REMEMBERED - 1].len(), REMEMBERED_BYTES);
        assert!(queues.last("nobody").is_empty());
    }
}
