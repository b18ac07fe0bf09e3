//! A Python with what the tests need from PyPI, in `target/`.

use std::fs::File;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

const REQUIREMENTS: &str = include_str!("../smtp/requirements.txt");

/// Returns the interpreter; it is made when a test first asks for it.
pub fn python() -> &'static Path {
    static PYTHON: OnceLock<PathBuf> = OnceLock::new();
    PYTHON.get_or_init(|| {
        let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("python");
        let interpreter = folder.join("bin/python");
        // Two test processes may want it at once.
        let lock = File::create(folder.with_extension("lock")).unwrap();
        lock.lock().unwrap();
        let stamp = folder.join("requirements.txt");
        if std::fs::read_to_string(&stamp).is_ok_and(|made_for| made_for == REQUIREMENTS) {
            return interpreter;
        }
        let requirements = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/it/smtp/requirements.txt");
        done(Command::new("python3").args(["-m", "venv", "--clear"]).arg(&folder));
        done(Command::new(&interpreter).args(["-m", "pip", "install", "--quiet", "-r"]).arg(requirements));
        std::fs::write(stamp, REQUIREMENTS).unwrap();
        interpreter
    })
}

fn done(command: &mut Command) {
    let output = command.output().unwrap();
    assert!(output.status.success(), "{command:?}: {}", String::from_utf8_lossy(&output.stderr));
}
