//! A client in another language, written from docs/PROTOCOL.md alone.

use std::process::{Command, Stdio};

use serde_json::{Value, json};

use super::Server;

const CLIENT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/it/ipc_client.py");

#[tokio::test]
async fn python_with_nothing_but_its_standard_library_speaks_the_protocol() {
    let server = Server::start();
    let run = async |action: &'static str, params: Value| -> Vec<Value> {
        let mut command = Command::new("python3");
        command.arg(CLIENT).arg(server.path()).args([action, &params.to_string()]).stderr(Stdio::inherit());
        let output = tokio::task::spawn_blocking(move || command.output()).await.unwrap();
        let text = String::from_utf8(output.expect("python3 is installed").stdout).unwrap();
        text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
    };
    assert_eq!(run("echo", json!({"text": "héllo"})).await, [json!({"result": "héllo"})]);
    assert_eq!(run("count", json!({"to": 3})).await, [1, 2, 3].map(|number| json!({"result": number})));
    assert_eq!(run("count", json!({"to": 0})).await, [] as [Value; 0]);
    let failed = run("count", json!({"to": 1, "fail": true})).await;
    assert_eq!(failed, [json!({"result": 1}), json!({"error": {"code": "DB_ERROR", "message": "it broke"}})]);
    assert_eq!(run("nothing", json!({})).await[0]["error"]["code"], json!("NOT_FOUND"));
}
