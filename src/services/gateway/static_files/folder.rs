//! Reading the folder of a front end.

use std::ffi::OsStr;
use std::fs::{self, File};
use std::io::{self, Read as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};

use bytes::Bytes;

use crate::config::{Problem, Sourced};

/// Entries of a folder at most, folders among them.
const MOST_ENTRIES: usize = 2000;
/// Bytes of all files together at most: they stay in memory.
const MOST_BYTES: u64 = 16 * 1024 * 1024;

/// The kinds of files that are served, by the ending of their names. Closed by default: a database, a backup or a
/// file of secrets that got into the folder is none of these.
const KINDS: &[(&str, &str)] = &[
    ("avif", "image/avif"),
    ("css", "text/css; charset=utf-8"),
    ("gif", "image/gif"),
    ("html", "text/html; charset=utf-8"),
    ("ico", "image/x-icon"),
    ("jpeg", "image/jpeg"),
    ("jpg", "image/jpeg"),
    ("js", "text/javascript; charset=utf-8"),
    ("json", "application/json"),
    ("map", "application/json"),
    ("mjs", "text/javascript; charset=utf-8"),
    ("mp3", "audio/mpeg"),
    ("mp4", "video/mp4"),
    ("otf", "font/otf"),
    ("pdf", "application/pdf"),
    ("png", "image/png"),
    ("svg", "image/svg+xml"),
    ("ttf", "font/ttf"),
    ("txt", "text/plain; charset=utf-8"),
    ("wasm", "application/wasm"),
    ("webm", "video/webm"),
    ("webmanifest", "application/manifest+json"),
    ("webp", "image/webp"),
    ("woff", "font/woff"),
    ("woff2", "font/woff2"),
    ("xml", "text/xml; charset=utf-8"),
];

/// A file of the folder.
#[derive(Debug)]
pub(super) struct Found {
    /// Its path in URLs, not encoded: `/` and the names of the folders and the file.
    pub(super) path: String,
    /// Its media type.
    pub(super) kind: &'static str,
    pub(super) content: Bytes,
}

/// Reads every file that is to be served; what is left out is a warning each, but for names that begin with a dot.
pub(super) fn read(folder: &Sourced<PathBuf>, base_path: &str) -> (Vec<Found>, Vec<Problem>) {
    let mut reader = Reader { base_path, files: Vec::new(), bytes: 0, entries: 0, warnings: Vec::new() };
    match reader.walk(&folder.value) {
        Ok(()) => {
            reader.files.sort_by(|a, b| a.path.cmp(&b.path));
            reader.warnings.sort_by(|a, b| a.file.cmp(&b.file));
            (reader.files, reader.warnings)
        }
        Err(fault) => {
            let problem = Problem::error(&folder.at, fault.message);
            (Vec::new(), vec![fault.hint.into_iter().fold(problem, Problem::hint)])
        }
    }
}

/// Why the folder cannot be served at all.
struct Fault {
    message: String,
    hint: Option<&'static str>,
}

struct Reader<'a> {
    base_path: &'a str,
    files: Vec<Found>,
    bytes: u64,
    entries: usize,
    warnings: Vec<Problem>,
}

impl Reader<'_> {
    fn walk(&mut self, root: &Path) -> Result<(), Fault> {
        let mut folders = vec![(root.to_path_buf(), "/".to_owned())];
        while let Some((folder, below)) = folders.pop() {
            for entry in fs::read_dir(&folder).map_err(|cause| unreadable(&folder, &cause))? {
                let entry = entry.map_err(|cause| unreadable(&folder, &cause))?;
                let path = entry.path();
                self.entries += 1;
                if MOST_ENTRIES < self.entries {
                    return Err(too_much(root, &format!("more than {MOST_ENTRIES} files and folders")));
                }
                let name = entry.file_name();
                let Some(name) = name.to_str() else {
                    self.warn(&path, "its name is not UTF-8, so it is not served");
                    continue;
                };
                if name.starts_with('.') {
                    continue;
                }
                let file_type = entry.file_type().map_err(|cause| unreadable(&path, &cause))?;
                if file_type.is_dir() {
                    folders.push((path, format!("{below}{name}/")));
                } else if file_type.is_file() {
                    self.file(root, &path, format!("{below}{name}"))?;
                } else {
                    self.warn(&path, "it is a link or no file, so it is not served");
                }
            }
        }
        Ok(())
    }

    fn file(&mut self, root: &Path, file: &Path, path: String) -> Result<(), Fault> {
        let Some(kind) = kind(file) else {
            self.warn(file, "files of this kind are not served");
            return Ok(());
        };
        let is_hidden = path.strip_prefix(self.base_path).is_some_and(|rest| rest.starts_with('/'));
        if is_hidden || ["/health", "/ready"].contains(&path.as_str()) {
            self.warn(file, "the API has this path, so it is not served");
            return Ok(());
        }
        let mut content = Vec::new();
        // What became a link since it was listed is not followed.
        let opened = File::options().read(true).custom_flags(libc::O_NOFOLLOW).open(file);
        opened
            .and_then(|opened| opened.take(MOST_BYTES - self.bytes + 1).read_to_end(&mut content))
            .map_err(|cause| unreadable(file, &cause))?;
        self.bytes += content.len() as u64;
        if MOST_BYTES < self.bytes {
            return Err(too_much(root, &format!("more than {} MiB", MOST_BYTES >> 20)));
        }
        self.files.push(Found { path, kind, content: content.into() });
        Ok(())
    }

    fn warn(&mut self, path: &Path, message: &str) {
        self.warnings.push(Problem::warning_in(path, message));
    }
}

fn kind(file: &Path) -> Option<&'static str> {
    let ending = file.extension().and_then(OsStr::to_str)?.to_ascii_lowercase();
    KINDS.iter().find(|(known, _)| *known == ending).map(|(_, kind)| *kind)
}

fn unreadable(path: &Path, cause: &io::Error) -> Fault {
    Fault { message: format!("`{}` cannot be read: {cause}", path.display()), hint: None }
}

fn too_much(root: &Path, what: &str) -> Fault {
    Fault {
        message: format!("`{}` holds {what}", root.display()),
        hint: Some("have the web server in front of the gateway serve a front end of this size"),
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::symlink;

    use super::*;
    use crate::config::At;

    fn told(folder: &Path) -> (Vec<String>, Vec<String>) {
        let (files, problems) = read(&Sourced::new(folder.to_path_buf(), At::outside("app.yaml")), "/api");
        let name = |problem: Problem| {
            let name = problem.file.file_name().unwrap_or_default().to_string_lossy().into_owned();
            format!("{}: {name}: {}", problem.severity, problem.message)
        };
        let files = files.into_iter().map(|file| file.path).collect();
        (files, problems.into_iter().map(name).collect())
    }

    #[test]
    fn only_what_is_meant_for_everybody_is_read() {
        let parent = tempfile::tempdir().unwrap();
        let web = parent.path().join("web");
        for name in [
            "web/index.html",
            "web/a/b/App.JS",
            "web/.env",
            "web/.git/config",
            "web/prokov.db",
            "web/secret",
            "web/api/x.js",
            "outside.txt",
        ] {
            let path = parent.path().join(name);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, "x").unwrap();
        }
        symlink(parent.path().join("outside.txt"), web.join("link.txt")).unwrap();
        symlink(parent.path(), web.join("up")).unwrap();
        let (files, warnings) = told(&web);
        assert_eq!(files, ["/a/b/App.JS", "/index.html"]);
        assert_eq!(
            warnings,
            [
                "warning: x.js: the API has this path, so it is not served",
                "warning: link.txt: it is a link or no file, so it is not served",
                "warning: prokov.db: files of this kind are not served",
                "warning: secret: files of this kind are not served",
                "warning: up: it is a link or no file, so it is not served",
            ]
        );
    }

    #[test]
    fn a_folder_that_is_missing_or_too_large_is_an_error() {
        let folder = tempfile::tempdir().unwrap();
        assert!(told(&folder.path().join("none")).1[0].contains("cannot be read"));
        let large = File::create(folder.path().join("large.mp4")).unwrap();
        large.set_len(MOST_BYTES).unwrap();
        assert_eq!(told(folder.path()).0, ["/large.mp4"]);
        fs::write(folder.path().join("z.txt"), "one byte too many").unwrap();
        assert!(told(folder.path()).1[0].contains("more than 16 MiB"));
    }
}
