//! A headless Chromium, driven over WebDriver as a person would: by what is seen, clicked and typed.

use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::{Child, ChildStdin, Stdio};
use std::time::Duration;

use base64::Engine as _;
use serde_json::{Value, json};
use tokio::sync::{Semaphore, SemaphorePermit};

use super::client::http;
use super::process::command;
use super::wait::until_async;

/// One at a time: a browser takes hundreds of megabytes.
static TURN: Semaphore = Semaphore::const_new(1);

/// How WebDriver names an element in its answers.
const ELEMENT: &str = "element-6066-11e4-a52e-4f735466cecf";

/// A browser with one window and an empty profile. It knows the hosts of the sample app and no others; it is stopped
/// when it is dropped, and also when the test process dies.
pub struct Browser {
    driver: Driver,
    http: reqwest::Client,
    /// URL of the session.
    session: String,
    _profile: tempfile::TempDir,
    _turn: SemaphorePermit<'static>,
}

/// A shell that holds the driver, and ends it and its browser when its standard input closes.
struct Driver {
    shell: Child,
    held: Option<ChildStdin>,
    port: u16,
}

impl Driver {
    fn start(home: &Path) -> Self {
        // Everything that the driver starts stays in its session, and nothing else is in it.
        let script = "trap '' INT; setsid chromedriver --port=0 --log-level=WARNING </dev/null & driver=$!; cat >/dev/null; \
                      kill -KILL $(ps -o pid= -s $driver); wait $driver";
        let mut shell = command(Path::new("/bin/sh"))
            .args(["-c", script])
            .env("HOME", home)
            .env("TMPDIR", home)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let held = shell.stdin.take();
        let said = BufReader::new(shell.stdout.take().unwrap());
        let port = said
            .lines()
            .map_while(Result::ok)
            .find_map(|line| {
                line.strip_prefix("ChromeDriver was started successfully on port ")?
                    .strip_suffix('.')?
                    .parse()
                    .ok()
            })
            .expect("chromedriver is installed and tells its port");
        Self { shell, held, port }
    }
}

impl Drop for Driver {
    fn drop(&mut self) {
        self.held.take();
        let _ = self.shell.wait();
    }
}

impl Browser {
    /// Starts a browser whose user reads `language`, such as `fr-FR`.
    pub async fn start(language: &str) -> Self {
        let turn = TURN.acquire().await.unwrap();
        let profile = tempfile::Builder::new().prefix("sogo-browser-").tempdir().unwrap();
        let driver = Driver::start(profile.path());
        let arguments = [
            "--headless".to_owned(),
            "--no-sandbox".to_owned(),
            "--disable-gpu".to_owned(),
            "--disable-dev-shm-usage".to_owned(),
            "--disable-quic".to_owned(),
            "--no-first-run".to_owned(),
            "--no-proxy-server".to_owned(),
            "--disable-background-networking".to_owned(),
            "--disable-component-update".to_owned(),
            "--disable-sync".to_owned(),
            "--host-resolver-rules=MAP prokov.example.com 127.0.0.1, MAP * ~NOTFOUND, EXCLUDE 127.0.0.1"
                .to_owned(),
            format!("--accept-lang={language}"),
            format!("--user-data-dir={}", profile.path().join("profile").display()),
        ];
        let wanted = json!({"capabilities": {"alwaysMatch": {
            "goog:chromeOptions": {"args": arguments},
            "goog:loggingPrefs": {"browser": "ALL"},
        }}});
        let http = http().timeout(Duration::from_secs(60)).build().unwrap();
        let address = format!("http://127.0.0.1:{}/session", driver.port);
        let mut browser = Self { driver, http, session: address, _profile: profile, _turn: turn };
        let session = browser.post("", wanted).await;
        browser.session = format!(
            "http://127.0.0.1:{}/session/{}",
            browser.driver.port,
            session["sessionId"].as_str().unwrap()
        );
        browser
    }

    /// Loads a page.
    pub async fn open(&self, url: &str) {
        self.post("/url", json!({"url": url})).await;
    }

    /// Loads the same page again.
    pub async fn reload(&self) {
        self.post("/refresh", json!({})).await;
    }

    /// Clicks what the selector finds, once it is there and can be clicked.
    pub async fn click(&self, selector: &str) {
        until_async(&format!("{selector} can be clicked"), async || {
            let element = self.find(selector).await?;
            self.try_post(&format!("/element/{element}/click"), json!({})).await.ok()
        })
        .await;
    }

    /// Types into a field, in place of what it holds.
    pub async fn fill(&self, selector: &str, text: &str) {
        until_async(&format!("{selector} takes text"), async || {
            let element = self.find(selector).await?;
            self.try_post(&format!("/element/{element}/clear"), json!({})).await.ok()?;
            self.try_post(&format!("/element/{element}/value"), json!({"text": text})).await.ok()
        })
        .await;
    }

    /// Chooses the option of a list that has this text.
    pub async fn choose(&self, selector: &str, text: &str) {
        until_async(&format!("{selector} offers {text}"), async || {
            let chosen = "const list = document.querySelector(arguments[0]); \
                          const option = [...(list?.options ?? [])].find(option => option.text === arguments[1]); \
                          if (option) { list.value = option.value; list.dispatchEvent(new Event('change')); } return !!option";
            self.run(chosen, json!([selector, text])).await.as_bool()?.then_some(())
        })
        .await;
    }

    /// Waits until what the selector finds is seen and its text contains `text`; returns it.
    pub async fn see(&self, selector: &str, text: &str) -> String {
        until_async(&format!("{selector} says {text:?}"), async || {
            let seen = self.text(selector).await?;
            seen.contains(text).then_some(seen)
        })
        .await
    }

    /// Waits until nothing that is seen fits the selector.
    pub async fn see_no(&self, selector: &str) {
        until_async(&format!("{selector} is gone"), async || {
            self.text(selector).await.is_none().then_some(())
        })
        .await;
    }

    /// Returns the text of what the selector finds, as it is seen; `None` when it is not there or hidden.
    pub async fn text(&self, selector: &str) -> Option<String> {
        let element = self.find(selector).await?;
        let is_seen = self.get(&format!("/element/{element}/displayed")).await?;
        let text = self.get(&format!("/element/{element}/text")).await?;
        (is_seen == true).then(|| text.as_str().unwrap_or_default().to_owned())
    }

    /// Runs the body of a function in the page and returns its answer.
    pub async fn run(&self, script: &str, arguments: Value) -> Value {
        self.post("/execute/sync", json!({"script": script, "args": arguments})).await
    }

    /// Returns what the browser complained of since it was last asked: errors of scripts, refused content.
    pub async fn complaints(&self) -> Vec<String> {
        let log = self.post("/se/log", json!({"type": "browser"})).await;
        log.as_array().unwrap().iter().map(|entry| entry["message"].as_str().unwrap().to_owned()).collect()
    }

    /// Sets the size of the window, and whether its user likes it dark.
    pub async fn look(&self, width: u32, height: u32, dark: bool) {
        self.devtools(
            "Emulation.setDeviceMetricsOverride",
            json!({"width": width, "height": height, "deviceScaleFactor": 1, "mobile": false}),
        )
        .await;
        let scheme = if dark { "dark" } else { "light" };
        self.devtools(
            "Emulation.setEmulatedMedia",
            json!({"features": [{"name": "prefers-color-scheme", "value": scheme}]}),
        )
        .await;
    }

    /// Writes a picture of the window to a PNG file.
    pub async fn picture(&self, file: &Path) {
        let picture = self.get("/screenshot").await.unwrap();
        let bytes = base64::prelude::BASE64_STANDARD.decode(picture.as_str().unwrap()).unwrap();
        std::fs::write(file, bytes).unwrap();
    }

    async fn devtools(&self, command: &str, parameters: Value) {
        self.post("/goog/cdp/execute", json!({"cmd": command, "params": parameters})).await;
    }

    async fn find(&self, selector: &str) -> Option<String> {
        let wanted = json!({"using": "css selector", "value": selector});
        let found = self.try_post("/element", wanted).await.ok()?;
        Some(found[ELEMENT].as_str()?.to_owned())
    }

    async fn post(&self, path: &str, body: Value) -> Value {
        self.try_post(path, body).await.unwrap_or_else(|error| panic!("{path}: {error}"))
    }

    async fn try_post(&self, path: &str, body: Value) -> Result<Value, Value> {
        answer(self.http.post(format!("{}{path}", self.session)).json(&body)).await
    }

    async fn get(&self, path: &str) -> Option<Value> {
        answer(self.http.get(format!("{}{path}", self.session))).await.ok()
    }
}

/// Sends a command and returns what it gives, or WebDriver's own error.
async fn answer(request: reqwest::RequestBuilder) -> Result<Value, Value> {
    let response = request.send().await.unwrap();
    let is_done = response.status().is_success();
    let mut body: Value = response.json().await.unwrap();
    let value = body["value"].take();
    if is_done { Ok(value) } else { Err(value) }
}
