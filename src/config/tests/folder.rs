//! A configuration folder to spoil.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use tempfile::TempDir;

use crate::config::{Problem, Registry, check, load};

/// An `app.yaml` that is right; its secret is there.
pub(super) const APP: &str = "\
app: shop
hosts: [shop.example.com]
database: { driver: sqlite, path: shop.db }
auth: { jwt_secret_file: 'secrets/{app}_jwt' }
";

/// A `sogoctl.yaml` that is right.
pub(in crate::config) const SUPERVISOR: &str = "\
services:
  one: { binary: bin/one, health_socket: run/one.sock }
";

/// A folder with one app, `shop`, in which everything is right until a test writes something else.
pub(in crate::config) struct Folder {
    dir: TempDir,
}

impl Folder {
    pub(in crate::config) fn new() -> Self {
        let folder = Self { dir: tempfile::tempdir().unwrap() };
        folder.write("sogoctl.yaml", SUPERVISOR);
        folder.write("bin/one", "");
        fs::set_permissions(folder.path("bin/one"), fs::Permissions::from_mode(0o755)).unwrap();
        folder.write("apps/shop/app.yaml", APP);
        folder.secret("secrets/shop_jwt", "0123456789abcdef0123456789abcdef\n");
        folder
    }

    pub(in crate::config) fn root(&self) -> &Path {
        self.dir.path()
    }

    pub(in crate::config) fn path(&self, name: &str) -> PathBuf {
        self.dir.path().join(name)
    }

    pub(in crate::config) fn write(&self, name: &str, content: impl AsRef<[u8]>) {
        let path = self.path(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, content).unwrap();
    }

    pub(in crate::config) fn secret(&self, name: &str, content: &str) {
        self.write(name, content);
        fs::set_permissions(self.path(name), fs::Permissions::from_mode(0o600)).unwrap();
    }

    pub(in crate::config) fn load(&self) -> Registry {
        load(self.root())
    }

    /// Returns all problems, as `sogo check` finds them.
    pub(in crate::config) fn check(&self) -> Vec<Problem> {
        check(self.root())
    }

    /// Shortens each problem to `line:column: message = hint`; a file other than the given one stands before it.
    pub(in crate::config) fn told(&self, file: &str) -> Vec<String> {
        let root = format!("{}/", self.root().display());
        let shorten = |problem: Problem| {
            let file =
                if problem.file == self.path(file) { None } else { Some(problem.file.display().to_string()) };
            let place = problem.line.zip(problem.column).map(|(line, column)| format!("{line}:{column}"));
            let severity = if problem.is_error() { None } else { Some("warning".to_owned()) };
            let hint = problem.hint.map(|hint| format!(" = {hint}")).unwrap_or_default();
            let message = format!("{}{hint}", problem.message);
            let parts: Vec<String> = [file, place, severity, Some(message)].into_iter().flatten().collect();
            let text = parts.join(": ");
            text.replace(&root, "")
        };
        self.check().into_iter().map(shorten).collect()
    }
}

/// Holds each file, put into a folder that is right otherwise, against all that is told about the folder.
pub(super) fn told(cases: &[(&str, &str, &[&str])]) {
    for (file, content, expected) in cases {
        let folder = Folder::new();
        // A text of several lines begins on a line of its own in the test's source.
        folder.write(file, content.strip_prefix('\n').unwrap_or(content));
        assert_eq!(folder.told(file), *expected, "{file}: {content}");
    }
}
