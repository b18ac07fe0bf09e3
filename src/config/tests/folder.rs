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
pub(super) const SUPERVISOR: &str = "\
services:
  one: { binary: bin/one, health_socket: run/one.sock }
";

/// A folder with one app, `shop`, in which everything is right until a test writes something else.
pub(super) struct Folder {
    dir: TempDir,
}

impl Folder {
    pub(super) fn new() -> Self {
        let folder = Self { dir: tempfile::tempdir().unwrap() };
        folder.write("sogoctl.yaml", SUPERVISOR);
        folder.write("bin/one", "");
        fs::set_permissions(folder.path("bin/one"), fs::Permissions::from_mode(0o755)).unwrap();
        folder.write("apps/shop/app.yaml", APP);
        folder.secret("secrets/shop_jwt", "0123456789abcdef0123456789abcdef\n");
        folder
    }

    pub(super) fn root(&self) -> &Path {
        self.dir.path()
    }

    pub(super) fn path(&self, name: &str) -> PathBuf {
        self.dir.path().join(name)
    }

    pub(super) fn write(&self, name: &str, content: impl AsRef<[u8]>) {
        let path = self.path(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, content).unwrap();
    }

    pub(super) fn secret(&self, name: &str, content: &str) {
        self.write(name, content);
        fs::set_permissions(self.path(name), fs::Permissions::from_mode(0o600)).unwrap();
    }

    pub(super) fn load(&self) -> Registry {
        load(self.root())
    }

    /// Returns what `sogo check` would print, with the folder's own path left out.
    pub(super) fn told(&self) -> String {
        self.shown(&check(self.root()))
    }

    pub(super) fn shown(&self, problems: &[Problem]) -> String {
        let text: Vec<String> = problems.iter().map(ToString::to_string).collect();
        text.join("\n").replace(&format!("{}/", self.root().display()), "")
    }
}
