//! Completions, man pages and docs/PROTOCOL.md are current. `SOGO_RENEW=1 cargo test --test it generated` renews them.

use std::collections::BTreeSet;
use std::path::Path;

const ROOT: &str = env!("CARGO_MANIFEST_DIR");

#[test]
fn generated_files_are_current() {
    let renew = std::env::var_os("SOGO_RENEW").is_some();
    let mut stale = Vec::new();
    let mut known = BTreeSet::new();
    for (name, text) in sogo::cmd::generated::files() {
        let path = Path::new(ROOT).join(&name);
        if renew {
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(&path, text).unwrap();
        } else if std::fs::read_to_string(&path).ok() != Some(text) {
            stale.push(name.clone());
        }
        known.insert(name);
    }
    for folder in ["completions", "man"] {
        for file in std::fs::read_dir(Path::new(ROOT).join(folder)).unwrap() {
            let name = format!("{folder}/{}", file.unwrap().file_name().to_string_lossy());
            if !known.contains(&name) {
                stale.push(format!("{name} (belongs to no verb: delete it)"));
            }
        }
    }
    assert!(
        stale.is_empty(),
        "not current, renew with `SOGO_RENEW=1 cargo test --test it generated`: {stale:#?}"
    );
}
