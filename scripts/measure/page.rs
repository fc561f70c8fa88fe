//! When a browser that shows what goes on now stops showing a call that ended.
//!
//! The page is narrowed to some of the calls, so that all of them are drawn; which those are, the browser itself notes with
//! each answer that it draws. Knows the page by what a reader sees of it; not when calls end.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use serde_json::{Value, json};

use crate::process::say;
use crate::webdriver::{Browser, installed};

/// What the calls are narrowed to: of these texts the one that leaves most, but few enough.
const NARROWED_TO: std::ops::Range<u32> = 10..1_000;
/// Most calls that may be left at the start: the page draws up to 120 as a whole, and they may become more.
const MOST_CALLS: u64 = 80;
/// How often it is looked whether the watch is over.
const LOOK_EVERY: Duration = Duration::from_millis(100);

/// Notes, with each answer drawn, which calls went and when; one that comes again had not gone.
const WATCH: &str = "
    const drawn = () => new Set([...document.querySelectorAll('[data-measure=\"call_state_age\"][data-interaction]')]
        .map((cell) => cell.dataset.interaction));
    window.watched = { gone: {}, drawn: drawn() };
    const look = () => {
        const now = drawn();
        for (const id of window.watched.drawn) if (!now.has(id)) window.watched.gone[id] = Date.now();
        for (const id of now) delete window.watched.gone[id];
        window.watched.drawn = now;
    };
    new MutationObserver(look).observe(document.querySelector('.live-line'),
        { subtree: true, childList: true, characterData: true });
";

/// Narrows the calls to a text and gives how many are left.
const NARROW: &str = "
    const box = document.querySelector('input[aria-label=\"Narrow the calls\"]');
    box.value = arguments[0];
    box.dispatchEvent(new Event('input', { bubbles: true }));
    const caption = [...document.querySelectorAll('caption')].find((c) => c.textContent === 'Open calls');
    return Number(caption.closest('table').getAttribute('aria-rowcount')) - 1;
";

/// What it gives: what is drawn at last, and what went when.
const TELL: &str = "return { gone: window.watched.gone, drawn: [...window.watched.drawn], at: Date.now() };";

/// What a browser saw: by interaction, when the page showed it no more, in milliseconds of the wall; none for those that it
/// shows to the end.
#[derive(Debug, Default)]
pub(crate) struct Seen {
    pub(crate) gone_ms: HashMap<i64, i64>,
    pub(crate) still: Vec<i64>,
    pub(crate) until_ms: i64,
}

/// A browser that watches on a thread of its own.
pub(crate) struct Watch {
    stop: Arc<AtomicBool>,
    thread: tokio::task::JoinHandle<Seen>,
}

impl Watch {
    /// Begins to watch the page at an address.
    pub(crate) fn begin(address: &str) -> Result<Self, String> {
        let (driver, chromium) = installed().ok_or("install chromium and chromedriver first")?;
        let stop = Arc::new(AtomicBool::new(false));
        let (until, address) = (Arc::clone(&stop), address.to_owned());
        let thread = tokio::task::spawn_blocking(move || {
            let browser = Browser::start(&driver, &chromium);
            browser.look(1_400, 1_000, "light");
            browser.open(&format!("{address}/#/live"));
            watch(&browser, &until)
        });
        Ok(Self { stop, thread })
    }

    /// What was seen until now.
    pub(crate) async fn end(self) -> Result<Seen, String> {
        self.stop.store(true, Ordering::Relaxed);
        self.thread.await.map_err(|e| e.to_string())
    }
}

fn watch(browser: &Browser, stop: &AtomicBool) -> Seen {
    browser.wait_for("calls", "return document.querySelector('[data-measure=\"call_state_age\"]') !== null");
    let left = |text: u32| browser.run(NARROW, &[json!(text.to_string())]).as_u64().filter(|left| *left <= MOST_CALLS);
    if let Some((calls, text)) = NARROWED_TO.filter_map(|text| Some((left(text)?, text))).max() {
        left(text);
        say(&format!("the page is narrowed to {calls} calls with {text}"));
    }
    browser.run(WATCH, &[]);
    while !stop.load(Ordering::Relaxed) {
        std::thread::sleep(LOOK_EVERY);
    }
    told(&browser.run(TELL, &[]))
}

fn told(answer: &Value) -> Seen {
    let id = |text: &str| text.parse::<i64>().ok();
    let gone = answer["gone"].as_object().into_iter().flatten();
    let drawn = answer["drawn"].as_array().into_iter().flatten();
    Seen {
        gone_ms: gone.filter_map(|(key, at)| Some((id(key)?, at.as_i64()?))).collect(),
        still: drawn.filter_map(|key| id(key.as_str()?)).collect(),
        until_ms: answer["at"].as_i64().unwrap_or_default(),
    }
}
