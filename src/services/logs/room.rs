//! Keeps a floor of free disk: the oldest log files go first.

use std::fs::OpenOptions;
use std::io;
use std::os::unix::fs::{MetadataExt, OpenOptionsExt};
use std::path::Path;

use chrono::NaiveDate;
use tracing::warn;

use super::names::FileName;

/// What was deleted to make room.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Freed {
    /// Names of the files, in the order in which they went.
    pub(super) files: Vec<String>,
    /// Their bytes.
    pub(super) bytes: u64,
    /// Whether less than the floor is free all the same.
    pub(super) is_short: bool,
}

/// Returns how many bytes of the disk under `folder` are free for us.
pub(super) fn free_bytes(folder: &Path) -> io::Result<u64> {
    let disk = rustix::fs::statvfs(folder)?;
    Ok(disk.f_bavail.saturating_mul(disk.f_frsize))
}

/// Deletes the oldest files of ours in `folder` until `floor` bytes are free. Neither a file of `today` that is written to
/// goes nor one that `is_open`; nor what is not a regular file with a name of ours.
pub(super) fn make_room(
    folder: &Path,
    floor: u64,
    today: NaiveDate,
    is_open: impl Fn(&FileName) -> bool,
) -> io::Result<Freed> {
    make_room_by(folder, floor, today, is_open, || free_bytes(folder))
}

fn make_room_by(
    folder: &Path,
    floor: u64,
    today: NaiveDate,
    is_open: impl Fn(&FileName) -> bool,
    mut free: impl FnMut() -> io::Result<u64>,
) -> io::Result<Freed> {
    let mut freed = Freed::default();
    if floor <= free()? {
        return Ok(freed);
    }
    let mut candidates: Vec<(FileName, u64)> = std::fs::read_dir(folder)?
        .flatten()
        .filter_map(|entry| {
            let name = FileName::parse(entry.file_name().to_str()?)?;
            let is_current = name.number.is_none() && today <= name.date;
            // Of the entry itself: a link is no file of ours.
            let metadata = entry.metadata().ok().filter(std::fs::Metadata::is_file)?;
            (!is_current && !is_open(&name)).then_some((name, metadata.len()))
        })
        .collect();
    candidates
        .sort_unstable_by(|(a, _), (b, _)| (a.moment(), &a.app, a.kind).cmp(&(b.moment(), &b.app, b.kind)));
    for (name, bytes) in candidates {
        let path = folder.join(name.to_string());
        if let Err(cause) = delete(&path) {
            warn!(error = %cause, "Cannot delete {} to make room: {cause}", path.display());
            continue;
        }
        freed.files.push(name.to_string());
        freed.bytes += bytes;
        if floor <= free()? {
            return Ok(freed);
        }
    }
    freed.is_short = true;
    Ok(freed)
}

/// Deletes a file so that its bytes are free at once, even where it is still open: by a reader, or on its way to the disk.
fn delete(path: &Path) -> io::Result<()> {
    let mut options = OpenOptions::new();
    let file = options.write(true).custom_flags(libc::O_NOFOLLOW).open(path)?;
    // What has another name as well was kept by somebody on purpose.
    if file.metadata()?.nlink() == 1 {
        file.set_len(0)?;
    }
    std::fs::remove_file(path)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::cell::Cell;
    use std::fs;

    #[test]
    fn the_oldest_go_first_and_only_as_many_as_it_takes() {
        let names = [
            "a-20260113-events.1.log",
            "b-20260113-events.2.log",
            "a-20260113-events.log",
            "a-20260114-errors.log",
            "a-20260115-events.1.log",
            "a-20260115-events.2.log",
        ];
        let kept =
            ["a-20260115-events.log", "open-20260114-events.log", "sogoctl.log", "a-20260101-events.log.gz"];
        for goes in 0..=names.len() + 1 {
            let folder = tempfile::tempdir().unwrap();
            for name in names.iter().chain(&kept) {
                fs::write(folder.path().join(name), "12345").unwrap();
            }
            fs::create_dir(folder.path().join("a-20260101-errors.log")).unwrap();
            std::os::unix::fs::symlink("sogoctl.log", folder.path().join("a-20260102-errors.log")).unwrap();
            let (linked, kept_elsewhere) = (folder.path().join(names[0]), tempfile::tempdir().unwrap());
            let other_name = kept_elsewhere.path().join("archived");
            fs::hard_link(linked, &other_name).unwrap();
            let asked = Cell::new(0);
            let free = || {
                asked.set(asked.get() + 1);
                Ok(if goes < asked.get() { 100 } else { 99 })
            };
            let today = NaiveDate::from_ymd_opt(2026, 1, 15).unwrap();
            let freed = make_room_by(folder.path(), 100, today, |name| name.app == "open", free).unwrap();
            let expected: Vec<_> = names.iter().take(goes).map(|name| (*name).to_owned()).collect();
            assert_eq!(freed.bytes, 5 * expected.len() as u64);
            assert_eq!((freed.files, freed.is_short), (expected, names.len() < goes));
            let left = fs::read_dir(folder.path()).unwrap().count();
            assert_eq!(left, kept.len() + 2 + names.len() - goes.min(names.len()));
            assert_eq!(fs::read_to_string(other_name).unwrap(), "12345");
        }
    }
}
