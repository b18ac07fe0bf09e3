//! Binding a socket: one owner, right modes, nothing of others removed.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::os::unix::net::UnixListener as ForeignListener;

use sogo::error::Code;
use sogo::ipc::listen::Listener;

use super::Server;

#[tokio::test]
async fn a_second_instance_is_refused_and_the_first_goes_on() {
    let server = Server::start();
    let second = Listener::bind(&server.path(), None).unwrap_err();
    assert_eq!(second.code, Code::Conflict);
    server.raw().await.still_works().await;
}

#[tokio::test]
async fn a_socket_that_somebody_else_listens_on_is_left_alone() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.sock");
    // It knows nothing of our lock.
    let _foreign = ForeignListener::bind(&path).unwrap();
    assert_eq!(Listener::bind(&path, None).unwrap_err().code, Code::Conflict);
    assert!(path.exists());
}

#[tokio::test]
async fn a_stale_socket_is_replaced() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.sock");
    drop(ForeignListener::bind(&path).unwrap());
    assert!(path.exists(), "as a killed instance leaves it");
    let listener = Listener::bind(&path, None).unwrap();
    assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o660);
    drop(listener);
    assert!(!path.exists());
}

#[tokio::test]
async fn a_file_in_the_way_is_not_removed() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.sock");
    fs::write(&path, "precious").unwrap();
    let refused = Listener::bind(&path, None).unwrap_err();
    assert_eq!(refused.code, Code::Conflict);
    assert!(refused.message.ends_with("exists and is not a socket"), "{refused}");
    assert_eq!(fs::read_to_string(&path).unwrap(), "precious");
    let link = folder.path().join("link.sock");
    std::os::unix::fs::symlink(&path, &link).unwrap();
    assert_eq!(Listener::bind(&link, None).unwrap_err().code, Code::Conflict);
}

#[tokio::test]
async fn a_missing_folder_and_a_path_that_is_too_long_are_named() {
    let folder = tempfile::tempdir().unwrap();
    for (path, code) in [
        (folder.path().join("missing/a.sock"), Code::NotFound),
        (folder.path().join("x".repeat(120)), Code::Internal),
    ] {
        let refused = Listener::bind(&path, None).unwrap_err();
        assert_eq!(refused.code, code);
        assert!(refused.message.contains(path.to_str().unwrap()), "{refused}");
    }
}
