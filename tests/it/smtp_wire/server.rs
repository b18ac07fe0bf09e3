//! The way to the network against a real mail server that misbehaves as it is told.

use std::io::{BufRead, BufReader, Write};
use std::net::TcpStream;

use serde_json::json;

use crate::harness::SmtpServer;

/// Says each line and returns the first line of each answer, the greeting first.
fn say(port: u16, lines: &[&str]) -> Vec<String> {
    let mut stream = TcpStream::connect(("127.0.0.1", port)).unwrap();
    let mut answers = BufReader::new(stream.try_clone().unwrap());
    let mut heard = Vec::new();
    for line in std::iter::once(&"").chain(lines) {
        if !line.is_empty() {
            stream.write_all(format!("{line}\r\n").as_bytes()).unwrap();
        }
        let mut answer = String::new();
        answers.read_line(&mut answer).unwrap();
        heard.push(answer.trim_end().to_owned());
    }
    heard
}

#[tokio::test]
async fn the_server_of_the_tests_does_as_it_is_told() {
    let rules = json!([{"at": "rcpt", "recipient": "slow@*", "times": 1, "reply": "451 4.3.0 later"}]);
    let mut server =
        SmtpServer::start(json!({"tls": "none", "keep": true, "size": 1000, "rules": rules})).await;
    let mail = [
        "HELO test",
        "MAIL FROM:<a@example.com>",
        "RCPT TO:<slow@example.com>",
        "RCPT TO:<slow@example.com>",
        "DATA",
        "Message-ID: <1@example.com>\r\n\r\nHello\r\n.",
    ];
    let heard = say(server.port, &mail);
    assert_eq!(heard[3], "451 4.3.0 later");
    assert_eq!(heard.last().unwrap(), "250 2.0.0 taken as 1");
    let accepted = server.accepted();
    assert_eq!(accepted.len(), 1);
    assert_eq!(accepted[0].message_id.as_deref(), Some("<1@example.com>"));
    assert!(String::from_utf8(server.mail(1)).unwrap().ends_with("Hello\r\n"));

    server.set_rules(&json!([{"at": "end", "close": true, "record": true}]));
    assert_eq!(say(server.port, &mail).last().unwrap(), "", "the answer is lost");
    assert_eq!(server.accepted().len(), 3, "and the mail was taken, for two recipients");
    assert!(server.dialogue().contains("MAIL FROM"));
    assert!(server.ca_file().exists());
    let other = SmtpServer::plain(json!([{"at": "greeting", "reply": "554 no"}])).await;
    assert_eq!(say(other.port, &[]), ["554 no"]);
}
