use std::time::Duration;

use super::*;

fn message() -> Message {
    Message {
        message_id: "1f3a@example.com".into(),
        date: SystemTime::UNIX_EPOCH + Duration::from_secs(1_795_000_000),
        from: Mailbox::parse("Zoé, de l'équipe <noreply@example.com>").unwrap(),
        to: vec![Mailbox::parse("alice@example.net").unwrap()],
        cc: Vec::new(),
        reply_to: Vec::new(),
        subject: "Bienvenue".into(),
        text: Some("Bonjour,\nà bientôt.\n".into()),
        html: None,
        attachments: Vec::new(),
        automatic: false,
        unsubscribe: None,
        headers: Vec::new(),
    }
}

fn built(message: &Message) -> String {
    let bytes = message.build(1 << 20, None).unwrap();
    let text = String::from_utf8(bytes).unwrap();
    assert!(text.is_ascii(), "{text}");
    assert!(text.split("\r\n").all(|line| line.len() <= 998 && !line.contains(['\r', '\n'])), "{text}");
    text
}

/// The value of a header, unfolded.
fn header(text: &str, name: &str) -> Option<String> {
    let head = text.split("\r\n\r\n").next().unwrap().replace("\r\n ", " ").replace("\r\n\t", " ");
    let prefix = format!("{name}: ");
    head.split("\r\n").find_map(|line| line.strip_prefix(&prefix).map(str::to_owned))
}

#[test]
fn a_text_mail_is_built_to_the_byte() {
    let expected = "From: =?utf-8?b?Wm/DqSwgZGUgbCfDqXF1aXBl?= <noreply@example.com>\r\n\
        To: alice@example.net\r\n\
        Subject: Bienvenue\r\n\
        Date: Wed, 18 Nov 2026 11:06:40 +0000\r\n\
        Message-ID: <1f3a@example.com>\r\n\
        MIME-Version: 1.0\r\n\
        Content-Type: text/plain; charset=utf-8\r\n\
        Content-Transfer-Encoding: quoted-printable\r\n\
        \r\n\
        Bonjour,\r\n=C3=A0 bient=C3=B4t.\r\n\r\n";
    assert_eq!(built(&message()), expected);
    assert_eq!(built(&message()), built(&message()), "the same mail is the same bytes");
}

#[test]
fn headers_hold_what_was_given() {
    let mut mail = message();
    mail.to.push(Mailbox::parse("\"Doe, John\" <john@bücher.example>").unwrap());
    mail.cc.push(Mailbox::parse("Bob <bob@example.net>").unwrap());
    mail.reply_to.push(Mailbox::parse("help@example.com").unwrap());
    mail.automatic = true;
    mail.unsubscribe = Some(Unsubscribe {
        url: Some(format!("https://example.com/u?t={}", "x".repeat(300))),
        mail: Some(Address::parse("leave@example.com").unwrap()),
    });
    mail.headers = vec![("X-Ticket".into(), "n° 7".into()), ("References".into(), "<a@b> <c@d>".into())];
    let text = built(&mail);
    for (name, value) in [
        ("To", "alice@example.net, =?utf-8?b?RG9lLCBKb2hu?= <john@xn--bcher-kva.example>"),
        ("Cc", "Bob <bob@example.net>"),
        ("Reply-To", "help@example.com"),
        ("Auto-Submitted", "auto-generated"),
        ("List-Unsubscribe-Post", "List-Unsubscribe=One-Click"),
        ("X-Ticket", "=?utf-8?b?bsKw?= 7"),
        ("References", "<a@b> <c@d>"),
    ] {
        assert_eq!(header(&text, name).as_deref(), Some(value), "{name}\n{text}");
    }
    let unsubscribe = header(&text, "List-Unsubscribe").unwrap();
    assert!(unsubscribe.starts_with("<https://example.com/u?t=xxx"), "{unsubscribe}");
    assert!(unsubscribe.ends_with("xxx>, <mailto:leave@example.com>"), "{unsubscribe}");
    assert_eq!(header(&text, "Bcc"), None);
}

#[test]
fn a_mail_to_nobody_visible_is_built() {
    let mail = Message { to: Vec::new(), ..message() };
    assert_eq!(header(&built(&mail), "To"), None);
}

#[test]
fn html_has_a_text_beside_it() {
    let html = "<p>Bonjour <a href=\"https://example.com\">ici</a></p>".to_owned();
    let mail = Message { text: None, html: Some(html.clone()), ..message() };
    let text = built(&mail);
    assert!(
        header(&text, "Content-Type").unwrap().starts_with("multipart/alternative; boundary=\"=_"),
        "{text}"
    );
    let plain = text.find("Content-Type: text/plain; charset=utf-8").unwrap();
    assert!(text.contains("Bonjour ici (https://example.com)"), "{text}");
    assert!(plain < text.find("Content-Type: text/html; charset=utf-8").unwrap(), "the best comes last");

    let both = Message { text: Some("own words".into()), html: Some(html), ..message() };
    assert!(built(&both).contains("own words"));
}

#[test]
fn attachments_keep_their_names_and_bytes() {
    let file = |name: &str, content_type: Option<&str>, content: &[u8]| Attachment {
        name: name.into(),
        content_type: content_type.map(Into::into),
        content: content.to_vec(),
    };
    let attachments = vec![
        file("relevé été.pdf", None, b"%PDF\r\n\n\x00"),
        file("a.csv", Some("text/csv; charset=iso-8859-1"), b"a\nb"),
        file("\"x\"; name=y.bin", None, b""),
    ];
    let text = built(&Message { attachments, ..message() });
    for part in [
        "Content-Type: multipart/mixed; boundary=\"=_",
        "Content-Type: application/pdf\r\n",
        "filename*0*=utf-8''relev%C3%A9%20%C3%A9t%C3%A9.pdf",
        "JVBERg0KCgA=",
        "Content-Type: text/csv; charset=iso-8859-1",
        "YQpi",
        "filename=\"\\\"x\\\"; name=y.bin\"",
    ] {
        assert!(text.contains(part), "{part}\n{text}");
    }
}

#[test]
fn nothing_can_end_a_header_and_begin_another() {
    type Change = fn(&mut Message, &str);
    let named =
        |name: &str| Mailbox { name: Some(name.into()), address: Address::parse("a@example.com").unwrap() };
    let fields: [(&str, Change); 9] = [
        ("message_id", |mail, text| mail.message_id = format!("{text}@example.com")),
        ("from", |mail, text| mail.from.name = Some(text.into())),
        ("subject", |mail, text| mail.subject = text.into()),
        ("headers.X-A", |mail, text| mail.headers.push(("X-A".into(), text.into()))),
        ("headers.", |mail, text| mail.headers.push((format!("X-{text}"), "a".into()))),
        ("unsubscribe", |mail, text| {
            mail.unsubscribe = Some(Unsubscribe { url: Some(format!("https://{text}")), mail: None });
        }),
        ("attachments[0].name", |mail, text| mail.attachments.push(attachment(text, None))),
        ("attachments[0].content_type", |mail, text| {
            mail.attachments.push(attachment("a", Some(&format!("text/plain; name={text}"))));
        }),
        ("reply_to", |_, _| {}),
    ];
    for (field, change) in fields {
        for text in ["a\r\nBcc: x@example.com", "a\nBcc: x", "a\rBcc: x", "a\0b", "a\u{b}b"] {
            let mut mail = message();
            change(&mut mail, text);
            for list in [&mut mail.to, &mut mail.cc, &mut mail.reply_to] {
                if field == "reply_to" {
                    list.push(named(text));
                }
            }
            let error = mail.build(1 << 20, None).expect_err(field);
            assert_eq!(error.code, Code::Validation);
            assert!(error.fields.iter().any(|wrong| wrong.field.starts_with(field)), "{field}: {error:?}");
        }
    }
}

fn attachment(name: &str, content_type: Option<&str>) -> Attachment {
    Attachment { name: name.into(), content_type: content_type.map(Into::into), content: Vec::new() }
}

#[test]
fn what_else_cannot_be_sent_is_told_by_field() {
    type Change = fn(&mut Message);
    let cases: [(&str, &str, Change); 15] = [
        ("body", "has no text", |mail| mail.text = None),
        ("subject", "longer than 900", |mail| mail.subject = "x".repeat(901)),
        ("message_id", "is no id", |mail| mail.message_id = "no at".into()),
        ("message_id", "is no id", |mail| mail.message_id = "<a@b>".into()),
        ("headers.Bcc", "cannot be set", |mail| mail.headers.push(("Bcc".into(), "x".into()))),
        ("headers.from", "cannot be set", |mail| mail.headers.push(("from".into(), "x".into()))),
        ("headers.DKIM-Signature", "cannot be set", |mail| {
            mail.headers.push(("DKIM-Signature".into(), "x".into()));
        }),
        ("headers.x-a", "twice", |mail| {
            mail.headers = vec![("X-A".into(), "1".into()), ("x-a".into(), "2".into())];
        }),
        ("headers.X:", "no name", |mail| mail.headers.push(("X:".into(), "1".into()))),
        ("headers", "more than 50", |mail| mail.headers = vec![("X-A".into(), "1".into()); 51]),
        ("unsubscribe", "no https", |mail| {
            mail.unsubscribe = Some(Unsubscribe { url: Some("http://example.com".into()), mail: None });
        }),
        ("attachments[0].name", "no name of a file", |mail| mail.attachments.push(attachment("../a", None))),
        ("attachments[0].name", "reading direction", |mail| {
            mail.attachments.push(attachment("a\u{202e}fdp.exe", None));
        }),
        ("attachments[0].content_type", "no type of a file", |mail| {
            mail.attachments.push(attachment("a", Some("message/rfc822")));
        }),
        ("attachments[0].content_type", "no media type", |mail| {
            mail.attachments.push(attachment("a", Some("pdf")));
        }),
    ];
    for (field, words, change) in cases {
        let mut mail = message();
        change(&mut mail);
        let error = mail.build(1 << 20, None).expect_err(words);
        let found = error.fields.iter().find(|wrong| wrong.field == field);
        assert!(found.is_some_and(|wrong| wrong.message.contains(words)), "{field}: {error:?}");
    }
}

#[test]
fn long_lines_and_odd_line_ends_are_sent_safely() {
    let mail = Message {
        subject: "é".repeat(450),
        text: Some(format!("{}\rb\n.\nFrom x\r\n", "x".repeat(5000))),
        html: Some(format!("<p>{}</p>", "y".repeat(5000))),
        headers: vec![("X-Long".into(), "z".repeat(900))],
        ..message()
    };
    built(&mail);
}

#[test]
fn many_lines_take_no_longer_than_their_length() {
    let text = "line\n".repeat(400_000);
    let mail = Message { text: Some(text.clone()), html: Some(text), ..message() };
    // Moving the rest of the text for each line would take minutes.
    assert!(mail.build(16 << 20, None).is_ok());
}

#[test]
fn size_is_bounded() {
    let mut mail = message();
    mail.attachments.push(Attachment { content: vec![0; 3000], ..attachment("a.bin", None) });
    assert_eq!(mail.build(3900, None).unwrap_err().code, Code::TooLarge);
    assert_eq!(mail.build(4050, None).unwrap_err().code, Code::TooLarge);
    assert!(mail.build(8000, None).is_ok());
}
