//! The folder of a demo: made once, used by one demo at a time, and never mistaken for anything else.

use std::fs::{self, File};
use std::io::{self, Read as _, Seek as _, Write as _};
use std::path::{Path, PathBuf};

use rustix::fs::{FlockOperation, flock};

use super::sample;
use crate::cmd::arguments::PROGRAMS;
use crate::cmd::database_address::Address;
use crate::cmd::installation::{self, Link, PARTS, absolute, cannot, own_program};
use crate::error::{Code, Error, Result};

/// The file that makes a folder a demo's: it tells on which database, and is locked while the demo runs.
const MARKER: &str = ".sogo-demo";
/// What the marker says of the database in the folder itself.
const SQLITE: &str = "sqlite";

/// A demo's folder, held for as long as this lives.
#[derive(Debug)]
pub(super) struct Folder {
    /// Absolute path.
    pub(super) path: PathBuf,
    /// Whether it was made just now.
    pub(super) is_new: bool,
    /// The MariaDB database it is on, as its marker tells: without the password.
    pub(super) database: Option<String>,
    marker: File,
}

impl Drop for Folder {
    fn drop(&mut self) {
        // Closing is not enough: a child that is about to be started holds a copy of the descriptor until its exec.
        let _ = flock(&self.marker, FlockOperation::Unlock);
    }
}

/// Opens the folder `path`, or makes it.
///
/// # Errors
/// [`Code::Conflict`] when another demo runs in it, when it is a folder of something else, and when it is on another
/// database than `address`; with `fresh` that of an earlier demo is made anew.
pub(super) fn open(path: &Path, fresh: bool, address: Option<&Address>) -> Result<Folder> {
    let path = absolute(path)?;
    if path.is_dir()
        && !path.join(MARKER).exists()
        && fs::read_dir(&path).map_err(cannot(&path))?.next().is_some()
    {
        return Err(Error::new(
            Code::Conflict,
            format!("{} holds something else than a demo", path.display()),
        )
        .hint("name another folder with --dir"));
    }
    installation::make_folder(&path)?;
    let mut marker = lock(&path)?;
    let mut said = String::new();
    marker.read_to_string(&mut said).map_err(cannot(&path))?;
    let wanted = address.map_or_else(|| SQLITE.to_owned(), Address::public);
    let said = said.trim();
    // The marker is filled last: a folder that was not completed is made anew by the next start.
    let is_new = fresh || said.is_empty();
    let database = if is_new { wanted } else { said.to_owned() };
    if address.is_some_and(|address| address.public() != database) {
        let found = format!("the demo in {} is on another database: {database}", path.display());
        return Err(Error::new(Code::Conflict, found)
            .hint("make it anew with --fresh, or name another folder with --dir"));
    }
    let database = Some(database).filter(|database| database != SQLITE);
    let folder = Folder { path, is_new, database, marker };
    if is_new {
        folder.mark("")?;
        remove_parts(&folder.path)?;
    }
    folder.make(address)?;
    Ok(folder)
}

impl Folder {
    /// Returns a path below the folder.
    pub(super) fn join(&self, name: &str) -> PathBuf {
        self.path.join(name)
    }

    fn make(&self, address: Option<&Address>) -> Result<()> {
        installation::make_parts(&self.path)?;
        self.link_programs()?;
        // Somebody who names the same database with another password knows the right one by now.
        if let Some(password) = address.and_then(|address| address.password.as_ref()) {
            installation::write_secret(&self.secret("db_pass"), password)?;
        }
        if !self.is_new {
            return Ok(());
        }
        let app = format!("config/apps/{}", sample::APP);
        for (name, text) in sample::FILES {
            self.write(&format!("{app}/{name}"), text)?;
        }
        self.write(&format!("{app}/app.yaml"), &sample::app_yaml(address))?;
        self.write("config/sogoms.yaml", sample::SOGOMS_YAML)?;
        installation::write_secret(&self.secret("jwt_secret"), &installation::random_secret()?)
    }

    /// Says that everything is made, the database too: the next start goes on with what is there.
    pub(super) fn complete(&self) -> Result<()> {
        self.mark(self.database.as_deref().unwrap_or(SQLITE))
    }

    /// Links the programs to the one that runs now: it may have moved since the last start.
    fn link_programs(&self) -> Result<()> {
        let program = own_program()?;
        let names = ["sogo"].into_iter().chain(PROGRAMS.iter().map(|(name, _)| *name));
        for name in names {
            Link::plan(&program, self.join("bin").join(name), true)?.make(&program)?;
        }
        Ok(())
    }

    /// Writes `sogoctl.yaml` for this port, unless somebody made it theirs.
    pub(super) fn write_sogoctl(&self, port: u16) -> Result<()> {
        const FILE: &str = "config/sogoctl.yaml";
        let theirs = fs::read_to_string(self.join(FILE)).is_ok_and(|text| !text.starts_with(sample::OURS));
        if theirs {
            Ok(())
        } else {
            self.write(FILE, &installation::sogoctl_yaml(sample::OURS, &self.path, port))
        }
    }

    fn write(&self, name: &str, text: &str) -> Result<()> {
        installation::write(&self.join(name), text)
    }

    fn secret(&self, what: &str) -> PathBuf {
        self.path.join("secrets").join(format!("{}_{what}", sample::APP))
    }

    fn mark(&self, database: &str) -> Result<()> {
        let mut marker = &self.marker;
        let mut write = || {
            marker.rewind()?;
            marker.set_len(0)?;
            writeln!(marker, "{database}")
        };
        write().map_err(cannot(&self.path))
    }
}

fn lock(folder: &Path) -> Result<File> {
    let path = folder.join(MARKER);
    let marker = File::options()
        .create(true)
        .truncate(false)
        .read(true)
        .write(true)
        .open(&path)
        .map_err(cannot(&path))?;
    flock(&marker, FlockOperation::NonBlockingLockExclusive).map_err(|_| {
        Error::new(Code::Conflict, format!("another demo runs in {}", folder.display()))
            .hint("stop it with Ctrl-C where it runs, or name another folder with --dir")
    })?;
    Ok(marker)
}

fn remove_parts(folder: &Path) -> Result<()> {
    for part in PARTS {
        let path = folder.join(part);
        match fs::remove_dir_all(&path) {
            Err(cause) if cause.kind() != io::ErrorKind::NotFound => return Err(cannot(&path)(cause)),
            _ => {}
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt as _;

    use super::*;

    fn made(path: &Path, fresh: bool, address: Option<&Address>) -> Result<Folder> {
        let folder = open(path, fresh, address)?;
        folder.complete()?;
        Ok(folder)
    }

    fn address(text: &str) -> Address {
        crate::cmd::database_address::parse(text).unwrap()
    }

    #[test]
    fn a_folder_is_made_once_and_used_by_one() {
        let parent = tempfile::tempdir().unwrap();
        let path = parent.path().join("demo");
        let first = made(&path, false, None).unwrap();
        assert!(first.is_new);
        let secret = fs::read_to_string(first.join("secrets/prokov_jwt_secret")).unwrap();
        assert_eq!(secret.len(), 64);
        let mode = fs::metadata(first.join("secrets/prokov_jwt_secret")).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);

        let second = open(&path, true, None).unwrap_err();
        assert_eq!(second.code, Code::Conflict);
        assert!(second.message.starts_with("another demo runs in"), "{second}");
        drop(first);

        let again = open(&path, false, None).unwrap();
        assert!(!again.is_new);
        assert_eq!(fs::read_to_string(again.join("secrets/prokov_jwt_secret")).unwrap(), secret);
        drop(again);
        let fresh = made(&path, true, None).unwrap();
        assert!(fresh.is_new);
        assert_ne!(fs::read_to_string(fresh.join("secrets/prokov_jwt_secret")).unwrap(), secret);
    }

    #[test]
    fn a_folder_of_something_else_is_left_alone() {
        let folder = tempfile::tempdir().unwrap();
        fs::create_dir(folder.path().join("config")).unwrap();
        for fresh in [false, true] {
            let refused = open(folder.path(), fresh, None).unwrap_err();
            assert_eq!(refused.code, Code::Conflict);
            assert!(folder.path().join("config").is_dir());
        }
    }

    #[test]
    fn fresh_removes_only_what_a_demo_made() {
        let folder = tempfile::tempdir().unwrap();
        drop(made(folder.path(), false, None).unwrap());
        fs::write(folder.path().join("notes.txt"), "mine").unwrap();
        drop(made(folder.path(), true, None).unwrap());
        assert_eq!(fs::read_to_string(folder.path().join("notes.txt")).unwrap(), "mine");
    }

    #[test]
    fn a_demo_stays_on_its_database() {
        let folder = tempfile::tempdir().unwrap();
        let first = address("mysql://me:secret@127.0.0.1/one");
        drop(made(folder.path(), false, Some(&first)).unwrap());
        assert_eq!(fs::read_to_string(folder.path().join("secrets/prokov_db_pass")).unwrap(), "secret");
        let same = open(folder.path(), false, None).unwrap();
        assert_eq!(same.database.as_deref(), Some("mysql://me@127.0.0.1:3306/one"));
        drop(same);
        let other = address("mysql://me@127.0.0.1/two");
        assert_eq!(open(folder.path(), false, Some(&other)).unwrap_err().code, Code::Conflict);
        assert!(open(folder.path(), true, Some(&other)).unwrap().is_new);
    }

    #[test]
    fn a_folder_that_was_not_completed_is_made_anew() {
        let folder = tempfile::tempdir().unwrap();
        let wrong = address("mysql://me:wrong@127.0.0.1/one");
        drop(open(folder.path(), false, Some(&wrong)).unwrap());
        let second = open(folder.path(), false, None).unwrap();
        assert!(second.is_new);
        assert_eq!(second.database, None);
        assert!(!second.join("secrets/prokov_db_pass").exists());
    }

    #[test]
    fn a_sogoctl_file_that_somebody_changed_is_kept() {
        let folder = tempfile::tempdir().unwrap();
        let demo = open(folder.path(), false, None).unwrap();
        let file = demo.join("config/sogoctl.yaml");
        demo.write_sogoctl(8080).unwrap();
        demo.write_sogoctl(8081).unwrap();
        assert!(fs::read_to_string(&file).unwrap().contains("127.0.0.1:8081"));
        fs::write(&file, "services: {}\n").unwrap();
        demo.write_sogoctl(8082).unwrap();
        assert_eq!(fs::read_to_string(&file).unwrap(), "services: {}\n");
    }
}
