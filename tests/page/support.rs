//! A simulated contact center's mart, served by the real program, made once for all tests of this binary; and what SQL
//! answers of it.

use std::collections::BTreeMap;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::{Mutex, OnceLock};

use serde_json::Value;

use super::webdriver::{Browser, installed};

/// Names the real day that is simulated; the page is asked for it.
pub(crate) const DAY: &str = "2026-01-05";

/// Where screenshots are kept for people to look at.
const SCREENSHOTS: &str = "target/page-screenshots";

/// The simulated time: long enough for every flow, short enough for a test, and slow enough to be stopped in the middle.
const DEMO: [&str; 12] = [
    "demo",
    "--once",
    "--start",
    "2026-01-05T07:00Z",
    "--hours",
    "5",
    "--seed",
    "5",
    "--agents",
    "24",
    "--speed",
    "600",
];

/// Whether it is late enough to stop, with calls that wait in queues and others that go on: the page is to have open calls.
const IS_THE_MOMENT: &str = "SELECT COUNT(*) AS moments FROM \
    (SELECT MAX(c.watermark_ms) AS now_ms FROM ctl_coverage c) n CROSS JOIN \
    (SELECT SUM(CASE WHEN o.state_code = 'QUEUED' THEN 1 ELSE 0 END) AS waiting, COUNT(*) AS calls FROM open_interaction o) o \
    WHERE n.now_ms > 1767609000000 AND o.waiting > 0 AND o.calls > 3";

/// How often the simulation may end before there was such a moment.
const ATTEMPTS: usize = 10;

/// A mart and the server over it.
pub(crate) struct Site {
    /// Data folder.
    data: PathBuf,
    /// Address of the page, with a slash at its end.
    pub(crate) address: String,
    answers: Mutex<BTreeMap<String, Vec<Value>>>,
    _keeper: Child,
}

/// The site and a browser, or a word that the test of that name has nothing to look with.
pub(crate) fn site_and_browser(test: &str) -> Option<(&'static Site, Browser)> {
    static SITE: OnceLock<Site> = OnceLock::new();
    let Some((driver, chromium)) = installed() else {
        assert!(
            std::env::var_os("CALLMART_TEST_STRICT").is_none(),
            "{test} needs chromium and chromedriver, and they are not there"
        );
        say(format_args!("{test} is not run: it needs chromium and chromedriver, and they are not there"));
        return None;
    };
    Some((SITE.get_or_init(Site::start), Browser::start(&driver, &chromium)))
}

impl Site {
    fn start() -> Self {
        let folder = tempfile::Builder::new().prefix("cm-page-").tempdir().expect("a folder").keep();
        let data =
            (0..ATTEMPTS).map(|attempt| folder.join(format!("data-{attempt}"))).find(|data| is_interrupted(data));
        let data = data.expect("no call waited in any simulation");
        let (keeper, address) = serve(&folder, &data);
        Self { data, address, answers: Mutex::default(), _keeper: keeper }
    }

    /// Rows of an SQL answer; the same question is asked once.
    pub(crate) fn sql(&self, query: &str) -> Vec<Value> {
        if let Some(known) = self.answers.lock().expect("no test failed here").get(query) {
            return known.clone();
        }
        let output = program(&self.data, &["sql", "--format", "json", query]).output().expect("the program runs");
        assert!(output.status.success(), "{query}: {}", String::from_utf8_lossy(&output.stderr));
        let rows: Vec<Value> = serde_json::from_slice(&output.stdout).expect("an array of rows");
        self.answers.lock().expect("no test failed here").insert(query.to_owned(), rows.clone());
        rows
    }

    /// The one value of an SQL answer, as text.
    pub(crate) fn value(&self, query: &str) -> String {
        let rows = self.sql(query);
        let value = rows.first().and_then(|row| row.as_object()?.values().next().cloned());
        text_of(&value.unwrap_or_else(|| panic!("{query} answers nothing")))
    }
}

/// A value as text, without the quotes of JSON.
pub(crate) fn text_of(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

/// The program on a data folder, without the settings of the environment.
fn program(data: &Path, args: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_callmart"));
    for (name, _) in std::env::vars_os() {
        if name == "DATABASE_URL" || name.as_encoded_bytes().starts_with(b"CALLMART_") {
            command.env_remove(name);
        }
    }
    command.arg("--data").arg(data).args(["--postgres", "none"]).args(args);
    command
}

/// Simulates, and kills the program at a moment when calls wait and others go on; tells whether there was such a moment.
fn is_interrupted(data: &Path) -> bool {
    let is_the_moment = || {
        let asked = program(data, &["sql", "--format", "csv", IS_THE_MOMENT]).output().expect("the program runs");
        asked.status.success() && String::from_utf8_lossy(&asked.stdout).lines().nth(1) == Some("1")
    };
    let mut demo =
        program(data, &DEMO).stdout(Stdio::null()).stderr(Stdio::null()).spawn().expect("the program starts");
    while demo.try_wait().expect("a child").is_none() && !is_the_moment() {}
    demo.kill().expect("a signal");
    demo.wait().expect("an end");
    // What was published last may be newer than what was looked at.
    is_the_moment()
}

/// Serves until this process is gone, however it ends: a second shell waits for that, since what all tests share is dropped
/// by none.
fn serve(folder: &Path, data: &Path) -> (Child, String) {
    const SCRIPT: &str = "exec 3<&0; (cat <&3 >/dev/null; kill $$; rm -rf \"$0\") & \
        exec \"$@\" 2>\"$0/said\" </dev/null 3<&-";
    let serving = program(data, &["serve", "--listen", "127.0.0.1:0"]);
    let mut shell = Command::new("sh");
    shell.args(["-c", SCRIPT]).arg(folder).arg(serving.get_program()).args(serving.get_args());
    for (name, value) in serving.get_envs() {
        if value.is_none() {
            shell.env_remove(name);
        }
    }
    let mut keeper = shell.stdin(Stdio::piped()).stdout(Stdio::null()).spawn().expect("a shell");
    let address = address(&mut keeper, &folder.join("said"));
    (keeper, address)
}

/// The address that the server says it listens on.
fn address(keeper: &mut Child, said: &Path) -> String {
    loop {
        let text = std::fs::read_to_string(said).unwrap_or_default();
        if let Some((_, rest)) = text.split_once("http://")
            && let Some((address, _)) = rest.split_once("/ ")
        {
            return format!("http://{address}/");
        }
        assert!(keeper.try_wait().expect("a shell").is_none(), "the server ended: {text}");
        std::thread::yield_now();
    }
}

/// The file for a screenshot.
pub(crate) fn picture(name: &str) -> PathBuf {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join(SCREENSHOTS);
    std::fs::create_dir_all(&folder).expect("a folder");
    folder.join(format!("{name}.png"))
}

/// Writes past the test harness, which keeps what a passing test prints.
pub(crate) fn say(what: std::fmt::Arguments<'_>) {
    let _ = std::io::stderr().write_all(format!("{what}\n").as_bytes());
}
