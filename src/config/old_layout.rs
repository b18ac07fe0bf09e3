//! The layout of configuration folders before everything of an app was in one folder, and what becomes of it.

use std::collections::BTreeMap;
use std::io;
use std::path::{Path, PathBuf};

use super::problem::{Problem, Report};
use super::yaml;

/// Folders with a file an app, and what that file is now.
const FILES: [(&str, &str); 2] = [("routes", "app.yaml"), ("cron", "cron.yaml")];
/// Folders with a folder an app, which keeps its name.
const FOLDERS: [&str; 2] = ["queries", "emails"];

/// Warns of files in the old places, which nothing reads any more, and tells how they are moved.
pub(super) fn warn(config: &Path, report: &Report) {
    for (app, parts) in find(config, report) {
        for part in parts {
            let message = "this is the layout before `apps/`, and nothing reads it";
            let hint = format!("`sogo app migrate {app} --dry-run` tells where it belongs");
            report.add(Problem::warning_in(&config.join(part), message).hint(hint));
        }
    }
}

/// Returns the files and folders of each app in the old places, as paths below the configuration folder.
pub fn old_apps(config: &Path) -> BTreeMap<String, Vec<PathBuf>> {
    find(config, &Report::default())
}

fn find(config: &Path, report: &Report) -> BTreeMap<String, Vec<PathBuf>> {
    let mut apps: BTreeMap<String, Vec<PathBuf>> = BTreeMap::new();
    for (folder, _) in FILES {
        for file in yaml::yaml_files(&config.join(folder), report) {
            let below = file.path.strip_prefix(config).unwrap_or(&file.path);
            apps.entry(file.stem).or_default().push(below.to_owned());
        }
    }
    for folder in FOLDERS {
        for app in yaml::names(&config.join(folder), report) {
            let below = Path::new(folder).join(&app);
            if !app.starts_with('.') && config.join(&below).is_dir() {
                apps.entry(app).or_default().push(below);
            }
        }
    }
    apps
}

/// A file of the old layout.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OldFile {
    /// Where it is, below the configuration folder.
    pub path: PathBuf,
    /// What it holds.
    pub bytes: Vec<u8>,
}

/// A file of the new layout, and what it is made from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Migrated {
    /// Where it was, below the configuration folder.
    pub from: PathBuf,
    /// Where it goes, below the app's folder.
    pub to: PathBuf,
    /// What it holds there: the same, but for what the new layout needs said.
    pub bytes: Vec<u8>,
}

/// Reads all files of an app in the old places.
pub fn read_old(config: &Path, parts: &[PathBuf]) -> io::Result<Vec<OldFile>> {
    let mut files = Vec::new();
    let mut left: Vec<PathBuf> = parts.to_vec();
    while let Some(path) = left.pop() {
        let full = config.join(&path);
        if full.is_dir() {
            for entry in std::fs::read_dir(&full)? {
                left.push(path.join(entry?.file_name()));
            }
        } else {
            files.push(OldFile { bytes: std::fs::read(&full)?, path });
        }
    }
    files.sort_by(|a, b| a.path.cmp(&b.path));
    Ok(files)
}

/// Tells where each file of an app goes and what it holds there. Comments and order stay as they are.
///
/// # Errors
/// A sentence for a person when the old files make no app.
pub fn migrate(app: &str, old: &[OldFile]) -> Result<Vec<Migrated>, String> {
    let mut migrated: Vec<Migrated> = Vec::new();
    for file in old {
        let Some(to) = place(app, &file.path) else { continue };
        if let Some(other) = migrated.iter().find(|known| known.to == to) {
            let (first, second) = (other.from.display(), file.path.display());
            return Err(format!("{first} and {second} would both become {}", to.display()));
        }
        let bytes = if to == Path::new("app.yaml") { named(app, &file.bytes) } else { file.bytes.clone() };
        migrated.push(Migrated { from: file.path.clone(), to, bytes });
    }
    if migrated.iter().any(|file| file.to == Path::new("app.yaml")) {
        Ok(migrated)
    } else {
        Err(format!("routes/{app}.yaml is missing, from which app.yaml is made"))
    }
}

/// Returns the place of a file below the app's folder.
fn place(app: &str, old: &Path) -> Option<PathBuf> {
    let mut parts = old.iter();
    let folder = parts.next()?.to_str()?;
    if let Some((_, name)) = FILES.iter().find(|(known, _)| *known == folder) {
        return (old.file_stem()? == app).then(|| PathBuf::from(name));
    }
    let is_of_app = FOLDERS.contains(&folder) && parts.next()? == app;
    is_of_app.then(|| Path::new(folder).join(parts.as_path()))
}

/// Returns an `app.yaml` that says its app's name, which the file's own name said before.
fn named(app: &str, bytes: &[u8]) -> Vec<u8> {
    let Ok(text) = std::str::from_utf8(bytes) else { return bytes.to_vec() };
    let is_key = |line: &str| {
        let key = line.split(':').next().unwrap_or_default().trim_end();
        line.contains(':') && matches!(key, "app" | "\"app\"" | "'app'")
    };
    if text.lines().any(is_key) {
        return bytes.to_vec();
    }
    let is_before = |line: &&str| {
        line.trim().is_empty() || line.starts_with(['#', '%', '\u{feff}']) || line.trim_end() == "---"
    };
    let start: usize = text.split_inclusive('\n').take_while(is_before).map(str::len).sum();
    let line_end = if text.contains("\r\n") { "\r\n" } else { "\n" };
    let (head, rest) = text.split_at(start);
    let joint = if head.is_empty() || head.ends_with('\n') { "" } else { line_end };
    format!("{head}{joint}app: {app}{line_end}{rest}").into_bytes()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(path: &str, text: &str) -> OldFile {
        OldFile { path: path.into(), bytes: text.into() }
    }

    #[test]
    fn every_file_has_its_place() {
        for (old, new) in [
            ("routes/prokov.yaml", Some("app.yaml")),
            ("routes/prokov.yml", Some("app.yaml")),
            ("cron/prokov.yaml", Some("cron.yaml")),
            ("queries/prokov/auth.yaml", Some("queries/auth.yaml")),
            ("queries/prokov/old/notes.txt", Some("queries/old/notes.txt")),
            ("emails/prokov/welcome.yml", Some("emails/welcome.yml")),
            ("routes/other.yaml", None),
            ("queries/other/auth.yaml", None),
            ("emails/welcome.yaml", None),
        ] {
            assert_eq!(place("prokov", Path::new(old)), new.map(PathBuf::from), "{old}");
        }
    }

    #[test]
    fn the_name_is_said_where_it_was_not() {
        for (old, new) in [
            ("app: prokov\nhosts: []\n", "app: prokov\nhosts: []\n"),
            ("# ours\nhosts: []\napp : prokov # here\n", "# ours\nhosts: []\napp : prokov # here\n"),
            ("\"app\": prokov\n", "\"app\": prokov\n"),
            ("hosts: []\n", "app: prokov\nhosts: []\n"),
            ("# ours\n\n---\n# more\nhosts: []\n", "# ours\n\n---\n# more\napp: prokov\nhosts: []\n"),
            ("# ours\r\nhosts: []\r\n", "# ours\r\napp: prokov\r\nhosts: []\r\n"),
            ("database:\n  app: x\n", "app: prokov\ndatabase:\n  app: x\n"),
            ("# nothing", "# nothing\napp: prokov\n"),
            ("", "app: prokov\n"),
        ] {
            assert_eq!(String::from_utf8(named("prokov", old.as_bytes())).unwrap(), new, "{old}");
        }
        assert_eq!(named("prokov", b"\xff"), b"\xff");
    }

    #[test]
    fn files_that_make_no_app_are_told_of() {
        let queries = file("queries/prokov/auth.yaml", "login: {}\n");
        let wrong = migrate("prokov", std::slice::from_ref(&queries)).unwrap_err();
        assert_eq!(wrong, "routes/prokov.yaml is missing, from which app.yaml is made");
        let twice = [file("routes/prokov.yaml", ""), file("routes/prokov.yml", "")];
        assert!(migrate("prokov", &twice).unwrap_err().ends_with("would both become app.yaml"));
        let made =
            migrate("prokov", &[file("routes/prokov.yaml", "app: prokov\n"), queries.clone()]).unwrap();
        assert_eq!(made[1].bytes, queries.bytes);
    }
}
