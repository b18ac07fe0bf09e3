//! What another program reads in the mails that we write.

use serde_json::{Value, json};

use super::{Mailbox, message, tool};
use sogo::services::smtp::wire::{Attachment, Unsubscribe};

fn read(mail: &[u8]) -> Value {
    serde_json::from_str(&tool("read_mail.py", &[], mail)).unwrap()
}

#[tokio::test]
async fn another_program_reads_what_was_meant() {
    let mailbox = |text: &str| Mailbox::parse(text).unwrap();
    let subjects = [
        "Bienvenue Zoé !".to_owned(),
        "plain".to_owned(),
        "日本語の件名 ".repeat(20).trim_end().to_owned(),
        format!("a {} b", "é".repeat(300)),
        "100 % \"quoted\" <tags> =?not?= encoded".to_owned(),
    ];
    for subject in subjects {
        let mut mail = message("Bonjour,\n.\nà bientôt  \n\nFrom me");
        mail.subject.clone_from(&subject);
        mail.from = mailbox("\"Équipe \\\"A\\\", Sàrl\" <noreply@example.com>");
        mail.to = vec![mailbox("alice@example.net"), mailbox("Łukasz Ż <l@bücher.example>")];
        mail.cc = (0..30).map(|n| mailbox(&format!("Personne Numéro {n} <person{n}@example.com>"))).collect();
        mail.html = Some("<p>Bonjour <b>Zoé</b> & co</p>\n".repeat(100));
        mail.unsubscribe = Some(Unsubscribe { url: Some("https://example.com/u?t=1".into()), mail: None });
        for (name, content_type) in [
            ("relevé d'été 2026 — très long nom de fichier qui doit être coupé.pdf", None),
            ("a;b \"c\".csv", Some("text/csv")),
        ] {
            mail.attachments.push(Attachment {
                name: name.into(),
                content_type: content_type.map(Into::into),
                content: b"a\nb\r\nc\x00\xff".to_vec(),
            });
        }
        let found = read(&mail.build(1 << 20, None).unwrap());
        assert_eq!(found["subject"], subject);
        assert_eq!(found["from"], json!([["Équipe \"A\", Sàrl", "noreply@example.com"]]));
        assert_eq!(found["to"], json!([["", "alice@example.net"], ["Łukasz Ż", "l@xn--bcher-kva.example"]]));
        assert_eq!(found["cc"].as_array().unwrap().len(), 30);
        assert_eq!(found["cc"][29], json!(["Personne Numéro 29", "person29@example.com"]));
        assert_eq!(found["message_id"], "<1@example.com>");
        assert_eq!(found["unsubscribe"], "<https://example.com/u?t=1>");
        assert_eq!(
            found["plain"].as_str().unwrap().trim_end().replace("\r\n", "\n"),
            "Bonjour,\n.\nà bientôt  \n\nFrom me"
        );
        assert_eq!(found["html"].as_str().unwrap().matches("Zoé").count(), 100);
        assert_eq!(
            found["attachments"],
            json!([
                [
                    "relevé d'été 2026 — très long nom de fichier qui doit être coupé.pdf",
                    "application/pdf",
                    "YQpiDQpjAP8="
                ],
                ["a;b \"c\".csv", "text/csv", "YQpiDQpjAP8="]
            ])
        );
        assert_eq!(found["defects"], json!([]));
    }
}
