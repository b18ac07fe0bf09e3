//! What stands in the files: where reading begins, and the lines of several services in the order of their times.

use std::fs::File;
use std::io::{self, BufRead as _, BufReader, Read as _};
use std::os::unix::fs::FileExt as _;

use chrono::{DateTime, FixedOffset};

use super::lines::time_of;
use super::writer::{Part, Snapshot};

/// Bytes that are read at once from the end of a file.
const BLOCK: usize = 64 << 10;

/// Which lines are wanted.
#[derive(Debug, Clone, Default)]
pub(super) struct Wanted {
    /// How many of each service, the newest.
    pub lines: usize,
    /// Only from this moment on.
    pub since: Option<DateTime<FixedOffset>>,
    /// Only with this text in them.
    pub contains: Option<String>,
}

impl Wanted {
    /// Tells whether a line has what is looked for in it.
    pub(super) fn fits(&self, line: &[u8]) -> bool {
        let Some(text) = self.contains.as_deref().filter(|text| !text.is_empty()) else { return true };
        line.windows(text.len()).any(|window| window == text.as_bytes())
    }

    /// Tells whether a line is older than what is wanted; one without a time is as old as its neighbours.
    fn is_before(&self, line: &[u8]) -> bool {
        self.since.is_some_and(|since| moment(line).is_some_and(|time| time < since))
    }
}

/// Calls `pass` with the wanted lines of all services, the oldest first, until it returns false.
///
/// # Errors
/// When a file cannot be read.
pub(super) fn read(
    snapshot: Snapshot,
    wanted: &Wanted,
    mut pass: impl FnMut(&str, &[u8]) -> bool,
) -> io::Result<()> {
    let mut services: Vec<Reading> = snapshot
        .into_iter()
        .map(|(service, parts)| Reading::start(service, parts, wanted))
        .collect::<io::Result<_>>()?;
    loop {
        let oldest =
            services.iter_mut().filter(|reading| !reading.line.is_empty()).min_by_key(|one| one.time);
        let Some(oldest) = oldest else { return Ok(()) };
        if !pass(&oldest.service, &oldest.line) {
            return Ok(());
        }
        oldest.advance(wanted)?;
    }
}

/// The lines of one service, from where reading begins.
struct Reading {
    service: String,
    parts: std::vec::IntoIter<Part>,
    current: Option<BufReader<io::Take<File>>>,
    /// The next line without its line break, and its time; empty at the end.
    line: Vec<u8>,
    time: Option<DateTime<FixedOffset>>,
}

impl Reading {
    fn start(service: String, mut parts: Vec<Part>, wanted: &Wanted) -> io::Result<Self> {
        let (first, offset) = begin(&parts, wanted)?;
        parts.drain(..first);
        if let Some(part) = parts.first_mut() {
            io::Seek::seek(&mut part.file, io::SeekFrom::Start(offset))?;
            part.bytes -= offset;
        }
        let (parts, current) = (parts.into_iter(), None);
        let mut reading = Self { service, parts, current, line: Vec::new(), time: None };
        reading.advance(wanted)?;
        Ok(reading)
    }

    fn advance(&mut self, wanted: &Wanted) -> io::Result<()> {
        loop {
            self.line.clear();
            let Some(file) = &mut self.current else {
                let Some(part) = self.parts.next() else { return Ok(()) };
                self.current = Some(BufReader::new(part.file.take(part.bytes)));
                continue;
            };
            if file.read_until(b'\n', &mut self.line)? == 0 {
                self.current = None;
                continue;
            }
            if self.line.last() == Some(&b'\n') {
                self.line.pop();
            }
            if !self.line.is_empty() && wanted.fits(&self.line) && !wanted.is_before(&self.line) {
                self.time = moment(&self.line).or(self.time);
                return Ok(());
            }
        }
    }
}

/// Returns the file and the place in it where the wanted lines begin.
fn begin(parts: &[Part], wanted: &Wanted) -> io::Result<(usize, u64)> {
    let mut left = wanted.lines;
    if left == 0 {
        return Ok((parts.len(), 0));
    }
    for (index, part) in parts.iter().enumerate().rev() {
        // What is read and not yet cut into lines, which begins at `start`.
        let (mut start, mut text) = (part.bytes, Vec::new());
        while start != 0 {
            let block = start.min(BLOCK as u64);
            start -= block;
            let mut read = vec![0; usize::try_from(block).expect("a block fits in memory")];
            part.file.read_exact_at(&mut read, start)?;
            read.append(&mut text);
            text = read;
            // The first line of it may begin further ahead.
            let whole = if start == 0 {
                0
            } else {
                text.iter().position(|byte| *byte == b'\n').map_or(text.len(), |at| at + 1)
            };
            let mut end = text.len();
            while whole < end {
                let line = &text[whole..end - usize::from(text[end - 1] == b'\n')];
                let from = line.iter().rposition(|byte| *byte == b'\n').map_or(whole, |at| whole + at + 1);
                let line = &line[from - whole..];
                if wanted.is_before(line) {
                    return Ok((index, start + end as u64));
                }
                left -= usize::from(!line.is_empty() && wanted.fits(line));
                if left == 0 {
                    return Ok((index, start + from as u64));
                }
                end = from;
            }
            text.truncate(whole);
        }
    }
    Ok((0, 0))
}

fn moment(line: &[u8]) -> Option<DateTime<FixedOffset>> {
    DateTime::parse_from_rfc3339(time_of(line)?.0).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fmt::Write as _;

    fn line(service: &str, second: u32, text: &str) -> String {
        format!("2026-01-15T08:{:02}:{:02}.000+01:00 {service} stdout: {text}\n", second / 60, second % 60)
    }

    /// A service whose lines are in files of so many.
    fn service(folder: &std::path::Path, name: &str, counts: &[u32], width: usize) -> (String, Vec<Part>) {
        let mut second = 0;
        let part = |(index, count): (usize, &u32)| {
            let mut text = String::new();
            for _ in 0..*count {
                write!(text, "{}", line(name, second, &format!("{second}{}", " ".repeat(width)))).unwrap();
                second += 1;
            }
            let path = folder.join(format!("{name}.{index}"));
            std::fs::write(&path, &text).unwrap();
            Part { bytes: text.len() as u64, file: File::open(path).unwrap() }
        };
        (name.to_owned(), counts.iter().enumerate().map(part).collect())
    }

    fn numbers(snapshot: Snapshot, wanted: &Wanted) -> Vec<u32> {
        let mut numbers = Vec::new();
        read(snapshot, wanted, |_, line| {
            let text = std::str::from_utf8(line).unwrap().split_once(": ").unwrap().1;
            numbers.push(text.trim().parse().unwrap());
            true
        })
        .unwrap();
        numbers
    }

    #[test]
    fn the_newest_lines_are_found_over_files_of_any_size() {
        let folder = tempfile::tempdir().unwrap();
        for width in [0, 700, BLOCK + 1] {
            for lines in [0_u32, 1, 3, 4, 5, 9, 100] {
                let counts = [3, 0, 5, 1];
                let wanted = Wanted { lines: lines as usize, ..Wanted::default() };
                let expected: Vec<u32> = (9_u32.saturating_sub(lines)..9).collect();
                let db = service(folder.path(), "db", &counts, width);
                assert_eq!(numbers(vec![db], &wanted), expected, "{lines} {width}");
            }
        }
        let wanted = Wanted { lines: 10, ..Wanted::default() };
        assert!(numbers(vec![("db".to_owned(), Vec::new())], &wanted).is_empty());
    }

    #[test]
    fn times_and_text_narrow_it_down_and_services_are_merged() {
        let folder = tempfile::tempdir().unwrap();
        let since = Some(DateTime::parse_from_rfc3339("2026-01-15T08:01:30.000+01:00").unwrap());
        let both = || {
            vec![service(folder.path(), "db", &[50, 50], 0), service(folder.path(), "way", &[40, 55], 900)]
        };
        let wanted = Wanted { lines: 1000, since, ..Wanted::default() };
        let expected: Vec<u32> = (90..95).flat_map(|second| [second, second]).chain(95..100).collect();
        assert_eq!(numbers(both(), &wanted), expected);
        let wanted = Wanted { lines: 2, since, contains: None };
        assert_eq!(numbers(both(), &wanted), [93, 94, 98, 99]);
        let wanted = Wanted { lines: 3, since: None, contains: Some("stdout: 4".to_owned()) };
        assert_eq!(numbers(both(), &wanted), [47, 47, 48, 48, 49, 49]);
    }

    #[test]
    fn what_others_wrote_between_is_read_as_it_is() {
        let folder = tempfile::tempdir().unwrap();
        let text = format!("foreign\n\n{}{}torn", line("db", 1, "a"), line("db", 2, "b"));
        let path = folder.path().join("db");
        std::fs::write(&path, &text).unwrap();
        let part = Part { bytes: text.len() as u64, file: File::open(path).unwrap() };
        let mut found = Vec::new();
        let wanted = Wanted { lines: 100, ..Wanted::default() };
        read(vec![("db".to_owned(), vec![part])], &wanted, |_, line| {
            found.push(line.len());
            true
        })
        .unwrap();
        assert_eq!(found.len(), 4);
    }
}
