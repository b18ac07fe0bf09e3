//! Our signatures, verified by another implementation, after the mail has gone over the wire.

use std::future::ready;

use serde_json::json;

use super::{envelope, kind, message, open, plain, tool};
use crate::harness::SmtpServer;
use sogo::config::Secret;
use sogo::services::smtp::wire::Signer;

#[tokio::test]
async fn signatures_hold_for_who_checks_them() {
    let server = SmtpServer::start(json!({"tls": "none", "keep": true})).await;
    let transport = open(plain(server.port));
    let texts = ["Bonjour,\n\n.\n  deux  blancs \t\n\n\n", "", "é".repeat(500).as_str()].map(str::to_owned);
    let mut number = 0;
    for key in ["rsa", "rsa_pkcs1", "ed25519"] {
        let signer =
            Signer::new("Example.com", "mail", &Secret::new(tool("dkim_tool.py", &["key", key], b"")))
                .unwrap();
        let (name, record) = signer.record();
        assert_eq!(name, "mail._domainkey.example.com");
        let mut mails = Vec::new();
        for text in &texts {
            let mut mail = message(text);
            mail.html = Some(format!("<p>{text}</p>"));
            mail.headers.push(("X-Ticket".into(), "n° 7".into()));
            let bytes = mail.build(1 << 20, Some(&signer)).unwrap();
            let outcome = transport.deliver(&envelope("bob@example.net"), &bytes, ready(Ok(()))).await;
            assert_eq!(kind(&outcome), "sent", "{outcome}");
            number += 1;
            mails.push(String::from_utf8(server.mail(number)).unwrap());
        }
        for (from, to) in [
            ("Subject: ", "Subject: Not "),
            ("From: ", "From: x@example.net\r\nFrom: "),
            ("\r\n\r\n", "\r\n\r\nmore\r\n"),
        ] {
            mails.push(mails[0].replacen(from, to, 1));
        }
        let folder = tempfile::tempdir().unwrap();
        let files: Vec<String> = mails
            .iter()
            .enumerate()
            .map(|(index, mail)| {
                let file = folder.path().join(index.to_string());
                std::fs::write(&file, mail).unwrap();
                file.to_string_lossy().into_owned()
            })
            .collect();
        let arguments: Vec<&str> =
            ["verify", &name, &record].into_iter().chain(files.iter().map(String::as_str)).collect();
        let verdicts = tool("dkim_tool.py", &arguments, b"");
        let expected =
            ["True", "True", "True", "False", "False", "False"].map(|line| format!("{line}\n")).concat();
        assert_eq!(verdicts, expected, "{key}: {mails:#?}");
    }
}
