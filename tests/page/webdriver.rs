//! Drives a real browser: starts ChromeDriver, opens sessions of headless Chromium, speaks WebDriver over plain HTTP.
//!
//! Knows nothing of the page that is looked at.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use serde_json::{Value, json};
use tempfile::TempDir;

/// Longest time that the browser may take for one command.
const COMMAND_LIMIT: Duration = Duration::from_secs(120);

/// What Chromium is started with: without a screen, a sandbox, or anything that asks the network on its own.
const FLAGS: [&str; 9] = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--lang=en-US",
];

/// Keys that are no characters, as WebDriver writes them.
const KEYS: [(&str, &str); 5] = [
    ("Tab", "\u{e004}"),
    ("Enter", "\u{e007}"),
    ("Escape", "\u{e00c}"),
    ("ArrowRight", "\u{e014}"),
    ("ArrowDown", "\u{e015}"),
];

/// The two programs, where both are installed.
pub(crate) fn installed() -> Option<(PathBuf, PathBuf)> {
    Some((found(&["chromedriver"])?, found(&["chromium", "chromium-browser", "google-chrome"])?))
}

fn found(names: &[&str]) -> Option<PathBuf> {
    let path = std::env::var_os("PATH")?;
    let folders: Vec<PathBuf> = std::env::split_paths(&path).collect();
    names.iter().flat_map(|name| folders.iter().map(move |folder| folder.join(name))).find(|file| file.is_file())
}

/// A running ChromeDriver with one session of Chromium; both end with it.
pub(crate) struct Browser {
    driver: Child,
    port: u16,
    session: String,
    _profile: TempDir,
}

impl Browser {
    /// Starts both with an empty profile.
    pub(crate) fn start(driver: &Path, chromium: &Path) -> Self {
        let profile = tempfile::Builder::new().prefix("cm-browser-").tempdir().expect("a folder");
        let (driver, port) = start_driver(driver);
        let mut browser = Self { driver, port, session: String::new(), _profile: profile };
        let mut flags: Vec<String> = FLAGS.iter().map(|flag| (*flag).to_owned()).collect();
        flags.push(format!("--user-data-dir={}", browser._profile.path().display()));
        let wanted = json!({"capabilities": {"alwaysMatch": {
            "browserName": "chrome",
            "goog:loggingPrefs": {"browser": "ALL"},
            "goog:chromeOptions": {"binary": chromium, "args": flags},
        }}});
        let started = browser.ask("POST", "/session", &wanted);
        started["sessionId"].as_str().expect("a session").clone_into(&mut browser.session);
        browser
    }

    /// Opens an address.
    pub(crate) fn open(&self, address: &str) {
        self.command("url", &json!({"url": address}));
    }

    /// Runs JavaScript as the body of a function and gives what it returns; a promise is waited for.
    pub(crate) fn run(&self, script: &str, arguments: &[Value]) -> Value {
        self.command("execute/sync", &json!({"script": script, "args": arguments}))
    }

    /// Asks until the script returns something that is true, and gives it. The browser itself waits between two looks, so
    /// that nothing here depends on how fast it is.
    pub(crate) fn wait_for(&self, what: &str, script: &str) -> Value {
        const LOOKS: usize = 400;
        for _ in 0..LOOKS {
            let found = self.run(script, &[]);
            if found.as_bool().unwrap_or_else(|| !found.is_null()) {
                return found;
            }
            self.run("return new Promise((done) => setTimeout(done, 50))", &[]);
        }
        let text = self.run("return document.body.innerText", &[]);
        panic!("the page never showed {what}; it shows: {text}")
    }

    /// Makes the window as wide and high, with a theme of the system: `light` or `dark`.
    pub(crate) fn look(&self, width: u32, height: u32, theme: &str) {
        let size = json!({"width": width, "height": height, "deviceScaleFactor": 1, "mobile": false});
        self.devtools("Emulation.setDeviceMetricsOverride", &size);
        let media = json!({"features": [{"name": "prefers-color-scheme", "value": theme}]});
        self.devtools("Emulation.setEmulatedMedia", &media);
    }

    /// Presses a key, wherever the focus is: a character, or one of [`KEYS`] by its name.
    pub(crate) fn press(&self, key: &str) {
        let value = KEYS.iter().find(|(name, _)| *name == key).map_or(key, |(_, value)| value);
        let strokes = ["keyDown", "keyUp"].map(|kind| json!({"type": kind, "value": value}));
        self.command("actions", &json!({"actions": [{"type": "key", "id": "keys", "actions": strokes}]}));
    }

    /// What is seen, as a PNG file.
    pub(crate) fn screenshot(&self, file: &Path) {
        let taken = self.ask("GET", &format!("/session/{}/screenshot", self.session), &Value::Null);
        std::fs::write(file, base64(taken.as_str().expect("a picture"))).expect("a written picture");
    }

    /// What the browser's console said since it was asked last, but for what is no fault.
    pub(crate) fn faults(&self) -> Vec<String> {
        let log = self.command("se/log", &json!({"type": "browser"}));
        let entries = log.as_array().cloned().unwrap_or_default();
        let is_fault = |entry: &&Value| matches!(entry["level"].as_str(), Some("SEVERE" | "WARNING"));
        entries.iter().filter(is_fault).map(|entry| entry["message"].to_string()).collect()
    }

    fn devtools(&self, command: &str, params: &Value) {
        self.command("goog/cdp/execute", &json!({"cmd": command, "params": params}));
    }

    fn command(&self, name: &str, body: &Value) -> Value {
        self.ask("POST", &format!("/session/{}/{name}", self.session), body)
    }

    fn ask(&self, method: &str, path: &str, body: &Value) -> Value {
        let (head, answer) = self.try_ask(method, path, body).unwrap_or_else(|e| panic!("{method} {path}: {e}"));
        let answer: Value = serde_json::from_slice(&answer).unwrap_or_else(|e| panic!("{path}: {e}: {head}"));
        assert!(head.starts_with("HTTP/1.1 200"), "{method} {path}: {}", answer["value"]["message"]);
        answer["value"].clone()
    }

    fn try_ask(&self, method: &str, path: &str, body: &Value) -> std::io::Result<(String, Vec<u8>)> {
        let mut stream = TcpStream::connect(("127.0.0.1", self.port))?;
        stream.set_read_timeout(Some(COMMAND_LIMIT))?;
        let body = if body.is_null() { String::new() } else { body.to_string() };
        let length = body.len();
        write!(stream, "{method} {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: {length}\r\n\r\n{body}")?;
        read_answer(stream)
    }
}

impl Drop for Browser {
    fn drop(&mut self) {
        // The browser ends with its session; without that it would outlive its driver.
        if !self.session.is_empty() {
            let _ = self.try_ask("DELETE", &format!("/session/{}", self.session), &Value::Null);
        }
        let _ = self.driver.kill();
        let _ = self.driver.wait();
    }
}

/// Head and body of an answer. ChromeDriver keeps its connections open, so the length counts.
fn read_answer(stream: TcpStream) -> std::io::Result<(String, Vec<u8>)> {
    let mut reader = BufReader::new(stream);
    let (mut head, mut length) = (String::new(), 0);
    loop {
        let mut line = String::new();
        if reader.read_line(&mut line)? == 0 || line.trim().is_empty() {
            break;
        }
        if let Some(value) = line.to_ascii_lowercase().strip_prefix("content-length:") {
            length = value.trim().parse().unwrap_or_default();
        }
        head.push_str(&line);
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body)?;
    Ok((head, body))
}

/// How often ChromeDriver may find its port taken.
const STARTS: usize = 20;

/// ChromeDriver and the port that it took. It asks the system for a free port of IPv6 and then wants the same of IPv4, which
/// may be another process's: then it ends, and the next one gets another.
fn start_driver(driver: &Path) -> (Child, u16) {
    let mut said = Vec::new();
    for _ in 0..STARTS {
        let mut child = Command::new(driver)
            .arg("--port=0")
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .expect("ChromeDriver");
        let mut lines = BufReader::new(child.stdout.take().expect("its output")).lines().map_while(Result::ok);
        let port = lines.find_map(|line| {
            let port =
                line.split_once("successfully on port ").and_then(|(_, port)| port.trim_end_matches('.').parse().ok());
            said.push(line);
            port
        });
        if let Some(port) = port {
            // What it says later must have somewhere to go.
            std::thread::spawn(move || lines.for_each(drop));
            return (child, port);
        }
        child.wait().expect("ChromeDriver's end");
    }
    panic!("ChromeDriver found no port in {STARTS} starts; it said: {said:#?}")
}

/// Bytes of a text in base 64.
fn base64(text: &str) -> Vec<u8> {
    const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let digit = |byte: u8| DIGITS.iter().position(|d| *d == byte).and_then(|i| u32::try_from(i).ok());
    let mut bytes = Vec::with_capacity(text.len() / 4 * 3);
    let (mut bits, mut held) = (0, 0_u32);
    for value in text.bytes().filter_map(digit) {
        held = held << 6 | value;
        bits += 6;
        if bits >= 8 {
            bits -= 8;
            bytes.push((held >> bits & 0xff) as u8);
        }
    }
    bytes
}
