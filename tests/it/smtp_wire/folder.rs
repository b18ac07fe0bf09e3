//! A folder instead of a server.

use std::os::unix::fs::PermissionsExt;

use super::{Transport, Way, deliver, kind};

#[tokio::test]
async fn each_mail_becomes_a_file_that_its_owner_alone_reads() {
    let parent = tempfile::tempdir().unwrap();
    let folder = parent.path().join("state/mails");
    let transport = Transport::open(&Way::Folder(folder.clone())).unwrap();
    for recipient in ["alice@example.net", "bob@example.net", "o'neil@example.net"] {
        let outcome = deliver(&transport, recipient).await;
        assert_eq!(kind(&outcome), "sent");
        assert!(outcome.to_string().contains("written to "), "{outcome}");
    }
    let mut names: Vec<_> = std::fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    names.sort();
    assert_eq!(names.len(), 3);
    for file in &names {
        assert_eq!(file.extension().unwrap(), "eml");
        assert_eq!(file.metadata().unwrap().permissions().mode() & 0o777, 0o600);
        let text = std::fs::read_to_string(file).unwrap();
        assert!(text.starts_with("Return-Path: <noreply@example.com>\r\nDelivered-To: "), "{text}");
        assert!(text.contains("Message-ID: <1@example.com>") && text.contains("Bonjour"), "{text}");
    }
    assert_eq!(folder.metadata().unwrap().permissions().mode() & 0o777, 0o700);
}

#[tokio::test]
async fn a_folder_that_cannot_be_written_is_tried_again_later() {
    let parent = tempfile::tempdir().unwrap();
    let folder = parent.path().join("mails");
    let transport = Transport::open(&Way::Folder(folder.clone())).unwrap();
    std::fs::remove_dir(&folder).unwrap();
    assert_eq!(kind(&deliver(&transport, "bob@example.net").await), "later, all");
    std::fs::write(&folder, "in the way").unwrap();
    assert!(Transport::open(&Way::Folder(folder)).is_err());
}
