//! Files and folders on the disk: what can be read, and what is told of the rest.

use std::fs::{self, File};
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::config::problem::{Problem, Report};
use crate::config::source::{At, Source};

/// Bytes of a configuration file at most.
const MAX_FILE_BYTES: u64 = 1 << 20;

/// Reads a file; `None` when it is not there, or was reported as unreadable.
pub(in crate::config) fn read(path: &Path, report: &Report) -> Option<Arc<Source>> {
    match try_read(path) {
        Ok(source) => Some(source),
        Err(Refusal::Absent) => None,
        Err(Refusal::Problem(problem)) => {
            report.add(*problem);
            None
        }
    }
}

enum Refusal {
    Absent,
    Problem(Box<Problem>),
}

fn try_read(path: &Path) -> Result<Arc<Source>, Refusal> {
    let refuse = |message: String| Refusal::Problem(Box::new(Problem::error_in(path, message)));
    let failed = |error: io::Error| match error.kind() {
        // A link that points nowhere is there, and somebody put it there for a reason.
        io::ErrorKind::NotFound if path.symlink_metadata().is_err() => Refusal::Absent,
        io::ErrorKind::NotFound => refuse("it is a link that points nowhere".into()),
        _ => refuse(format!("it cannot be read: {}", reason(&error))),
    };
    // Asked before it is opened: opening a pipe would wait for a writer.
    let metadata = fs::metadata(path).map_err(failed)?;
    if metadata.is_dir() {
        return Err(refuse("a file is expected here, and it is a folder".into()));
    }
    if !metadata.is_file() {
        return Err(refuse("a file is expected here, and it is a device, a pipe or a socket".into()));
    }
    let mut bytes = Vec::new();
    File::open(path)
        .and_then(|file| file.take(MAX_FILE_BYTES + 1).read_to_end(&mut bytes))
        .map_err(failed)?;
    if MAX_FILE_BYTES < bytes.len() as u64 {
        return Err(refuse("it is larger than 1 MiB, the limit of a configuration file".into()));
    }
    match String::from_utf8(bytes) {
        Ok(text) => Ok(Arc::new(Source::new(path.to_path_buf(), text))),
        Err(error) => {
            let bad = error.utf8_error().valid_up_to();
            let text = String::from_utf8_lossy(error.as_bytes()).into_owned();
            let at = At::of_byte(&Arc::new(Source::new(path.to_path_buf(), text)), bad);
            Err(Refusal::Problem(Box::new(
                Problem::error(&at, "this byte is not UTF-8").hint("save the file as UTF-8"),
            )))
        }
    }
}

/// One entry of a folder that may hold YAML files.
pub(in crate::config) struct Entry {
    pub(in crate::config) path: PathBuf,
    /// The file's name without `.yaml` or `.yml`.
    pub(in crate::config) stem: String,
}

/// Returns the name of a YAML file without `.yaml` or `.yml`; `None` for other files and for hidden ones, such as
/// what editors leave behind.
pub(in crate::config) fn stem(name: &str) -> Option<&str> {
    let stem = name.strip_suffix(".yaml").or_else(|| name.strip_suffix(".yml"))?;
    (!name.starts_with('.')).then_some(stem)
}

/// Lists the YAML files of a folder by name.
///
/// A folder that is absent holds none. One that cannot be read is reported.
pub(in crate::config) fn yaml_files(folder: &Path, report: &Report) -> Vec<Entry> {
    let mut entries: Vec<Entry> = names(folder, report)
        .into_iter()
        .filter_map(|name| {
            let stem = stem(&name)?.to_owned();
            Some(Entry { path: folder.join(name), stem })
        })
        .collect();
    entries.sort_by(|a, b| a.stem.cmp(&b.stem).then_with(|| a.path.cmp(&b.path)));
    entries
}

/// Lists the names in a folder in order; those that are not UTF-8 are left out.
pub(in crate::config) fn names(folder: &Path, report: &Report) -> Vec<String> {
    let mut names: Vec<String> = match fs::read_dir(folder) {
        Ok(entries) => entries.filter_map(|entry| entry.ok()?.file_name().into_string().ok()).collect(),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Vec::new(),
        Err(error) => {
            report.add(Problem::error_in(folder, format!("the folder cannot be read: {}", reason(&error))));
            Vec::new()
        }
    };
    names.sort_unstable();
    names
}

/// Says what kept a file from being read, without the number of the operating system's error.
pub(in crate::config) fn reason(error: &io::Error) -> String {
    let text = error.to_string();
    let words = text.split(" (os error").next().unwrap_or(&text);
    let mut characters = words.chars();
    characters.next().map(|first| first.to_lowercase().chain(characters).collect()).unwrap_or_default()
}
