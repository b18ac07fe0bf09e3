//! Who is told that a service has failed.

use std::fs;
use std::io::{Read, Write};
use std::net::TcpListener;
use std::sync::mpsc;
use std::time::Duration;

use serde_json::Value;

use super::Running;
use crate::harness::until;

/// Takes requests and answers each with `status`; returns the URL and what comes in.
fn listen(status: u16) -> (String, mpsc::Receiver<String>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}/hook?token=hush", listener.local_addr().unwrap());
    let (tell, requests) = mpsc::channel();
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = stream.unwrap();
            let mut request = Vec::new();
            let mut part = [0; 4096];
            while let Ok(length @ 1..) = stream.read(&mut part) {
                request.extend_from_slice(&part[..length]);
                let text = String::from_utf8_lossy(&request);
                if text.split_once("\r\n\r\n").is_some_and(|(_, body)| body.ends_with('\n')) {
                    break;
                }
            }
            let _ = write!(stream, "HTTP/1.1 {status} X\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
            if tell.send(String::from_utf8(request).unwrap()).is_err() {
                return;
            }
        }
    });
    (url, requests)
}

#[test]
fn a_program_and_a_url_are_told_once() {
    let (url, requests) = listen(204);
    let running = Running::start(&format!(
        "supervisor:
  max_restarts: 1
  restart_delay: 20ms
  on_failed:
    command: [/bin/sh, -c, 'echo $SOGOCTL_SERVICE $SOGOCTL_STATE >> {{dir}}/told; cat >> {{dir}}/json']
    webhook: {url}
services:
  broken: {{ binary: /bin/sh, args: [-c, 'echo out of luck; exit 3'] }}
  quiet: {{ binary: /bin/sh, args: [-c, 'exit 4'], on_failed: {{}} }}
"
    ));
    running.until_state("broken", "failed");
    running.until_state("quiet", "failed");
    let told = until("the program was run", || {
        let json = fs::read_to_string(running.path().join("json")).ok()?;
        serde_json::from_str::<Value>(&json).ok()
    });
    let request = requests.recv_timeout(Duration::from_secs(30)).unwrap();
    assert!(request.starts_with("POST /hook?token=hush HTTP/1.1\r\n"), "{request}");
    let posted: Value = serde_json::from_str(request.split_once("\r\n\r\n").unwrap().1).unwrap();
    assert_eq!(posted, told);
    assert_eq!((&told["service"], &told["state"]), (&"broken".into(), &"failed".into()));
    assert_eq!(told["why"], "ended with exit code 3; it was restarted once without being ready for 60s");

    let lines = told["lines"].as_array().unwrap();
    assert!(lines.iter().any(|line| line == "out of luck"), "{told}");
    let host = fs::read_to_string("/proc/sys/kernel/hostname").unwrap();
    assert_eq!(told["host"], host.trim());
    assert!(told["time"].as_str().unwrap().contains('T'), "{told}");
    until("both are known to have been told", || {
        let log = fs::read_to_string(running.path().join("logs/sogoctl.log")).ok()?;
        (log.matches("that broken has failed").count() == 2).then_some(())
    });
    assert_eq!(fs::read_to_string(running.path().join("told")).unwrap(), "broken failed\n");
    assert!(requests.try_recv().is_err(), "the URL was told twice");
    let shown = running.sogo(&["-o", "json", "config", "show"]).ok().stdout;
    assert!(shown.contains("supervisor.on_failed.webhook"), "{shown}");
    assert!(!shown.contains("hush") && !running.output().contains("hush"), "{}", running.output());
}

#[test]
fn what_goes_wrong_with_it_is_logged_and_takes_its_time_alone() {
    let (url, requests) = listen(500);
    let running = Running::start(&format!(
        "supervisor: {{ max_restarts: 0 }}
services:
  slow: {{ binary: /bin/sh, args: [-c, exit 1], on_failed: {{ command: [/bin/sleep, '4711'], timeout: 200ms }} }}
  fails: {{ binary: /bin/sh, args: [-c, exit 1], on_failed: {{ command: [/bin/false], webhook: '{url}' }} }}
  nobody: {{ binary: /bin/sh, args: [-c, exit 1], on_failed: {{ webhook: 'http://127.0.0.1:1/hush' }} }}
  well: {{ binary: /bin/sh, args: [-c, exec sleep 4711] }}
"
    ));
    running.until_state("well", "ready");
    requests.recv_timeout(Duration::from_secs(30)).unwrap();
    for words in [
        "Could not tell /bin/sleep that slow has failed: it took longer than 200ms and was killed",
        "Could not tell /bin/false that fails has failed: it ended with exit code 1",
        "Could not tell the webhook that fails has failed: it answered 500",
        "Could not tell the webhook that nobody has failed: it cannot be asked: ",
    ] {
        until(words, || running.output().contains(words).then_some(()));
    }
    assert!(!running.output().contains("hush"), "{}", running.output());
}
