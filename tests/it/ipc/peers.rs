//! Who may ask: our own user, root, the members of one group; nobody else.

use std::io::{Read, Write};
use std::os::unix::fs::PermissionsExt;
use std::os::unix::net::UnixStream;
use std::path::PathBuf;

use rustix::fs::{Gid, Uid};
use rustix::thread::{set_thread_gid, set_thread_groups, set_thread_uid};
use serde_json::{Value, json};
use sogo::ipc::peer::Access;
use sogo::ipc::server::Limits;

use super::Server;

const STRANGER: u32 = 23_456;
const MEMBERS: u32 = 34_567;
const OVERFLOW: u32 = 65_534;

/// Asks as another user: on Linux each thread has credentials of its own, and the kernel shows those of the thread that
/// connects. Returns the first frame, or the error of connect().
async fn ask_as(path: PathBuf, uid: u32, groups: &'static [u32]) -> Result<Value, std::io::ErrorKind> {
    let asking = std::thread::spawn(move || {
        let groups: Vec<Gid> = groups.iter().map(|group| Gid::from_raw(*group)).collect();
        set_thread_groups(&groups).unwrap();
        set_thread_gid(Gid::from_raw(uid)).unwrap();
        set_thread_uid(Uid::from_raw(uid)).unwrap();
        let mut stream = UnixStream::connect(path).map_err(|cause| cause.kind())?;
        let body = br#"{"id":"a","action":"health"}"#;
        // A service that refuses may have closed its end already.
        let _ = stream.write_all(&[&28_u32.to_be_bytes()[..], body].concat());
        let mut length = [0; 4];
        stream.read_exact(&mut length).unwrap();
        let mut body = vec![0; u32::from_be_bytes(length) as usize];
        stream.read_exact(&mut body).unwrap();
        Ok(serde_json::from_slice(&body).unwrap())
    });
    tokio::task::spawn_blocking(|| asking.join().unwrap()).await.unwrap()
}

/// Only root can be somebody else for a while; without it there is nobody to refuse.
fn is_root() -> bool {
    rustix::process::geteuid().is_root()
}

#[tokio::test]
async fn another_user_is_refused_in_words() {
    if !is_root() {
        return;
    }
    let server = Server::start();
    let denied = ask_as(server.path(), STRANGER, &[]).await.unwrap_err();
    assert_eq!(denied, std::io::ErrorKind::PermissionDenied, "by the mode of the socket");
    // And if somebody opens the modes, by the service itself.
    std::fs::set_permissions(server.path(), PermissionsExt::from_mode(0o666)).unwrap();
    for uid in [STRANGER, OVERFLOW] {
        let refusal = ask_as(server.path(), uid, &[MEMBERS]).await.unwrap();
        assert_eq!((&refusal["id"], &refusal["error"]["code"]), (&json!(""), &json!("FORBIDDEN")));
    }
    server.raw().await.still_works().await;
}

#[tokio::test]
async fn members_of_the_group_are_let_in() {
    if !is_root() {
        return;
    }
    let server = Server::start_with(Limits::default(), Access::own(Some(MEMBERS)));
    assert_eq!(ask_as(server.path(), STRANGER, &[1, MEMBERS]).await.unwrap()["result"], json!("OK"));
    assert_eq!(
        ask_as(server.path(), MEMBERS, &[]).await.unwrap()["result"],
        json!("OK"),
        "by the first group"
    );
    std::fs::set_permissions(server.path(), PermissionsExt::from_mode(0o666)).unwrap();
    assert_eq!(ask_as(server.path(), STRANGER, &[1, 2]).await.unwrap()["error"]["code"], json!("FORBIDDEN"));
    assert_eq!(ask_as(server.path(), 0, &[]).await.unwrap()["result"], json!("OK"), "root always");
}

#[tokio::test]
async fn the_group_of_everybody_unknown_lets_nobody_in() {
    if !is_root() {
        return;
    }
    let server = Server::start_with(Limits::default(), Access::own(Some(OVERFLOW)));
    std::fs::set_permissions(server.path(), PermissionsExt::from_mode(0o666)).unwrap();
    let refusal = ask_as(server.path(), STRANGER, &[OVERFLOW]).await.unwrap();
    assert_eq!(refusal["error"]["code"], json!("FORBIDDEN"));
}
