//! How long the page takes to show its first view of a large mart, in a real browser that never saw it before.
//!
//! Every view is asked of a browser with an empty profile; the clock is the browser's own, from the begin of the navigation.

use std::process::Stdio;

use tokio::io::{AsyncBufReadExt as _, BufReader};
use tokio::process::Command;

use crate::process::{Demo, program, say};
use crate::webdriver::{Browser, installed};
use crate::{Asked, START_OF_MONTH};

/// Views that are measured; the slowest counts.
const VIEWS: usize = 5;
/// Longest time of the first view, in milliseconds.
const GOAL_MS: f64 = 1_000.0;
/// Resolves with the milliseconds since the navigation began, at the first picture after the content is drawn.
const DRAWN: &str = "
    const main = () => document.getElementById('main');
    const drawn = () => main()?.childElementCount > 0 && !document.querySelector('#main[aria-busy], #main [aria-busy]')
        && document.querySelectorAll('#main [data-measure]').length > 3;
    return new Promise((done) => {
        const look = () => requestAnimationFrame(() => (drawn() ? done(performance.now()) : look()));
        look();
    });
";

/// Simulates the stretch, serves it and measures.
pub(crate) async fn measure(asked: &Asked) -> Result<(), String> {
    let (hours, agents) = (asked.number("hours", 720.0), asked.number("agents", 200.0));
    let (driver, chromium) = installed().ok_or("install chromium and chromedriver first")?;
    let folder = tempfile::tempdir().map_err(|e| e.to_string())?;
    let data = folder.path().join("data");
    let arguments: Vec<String> = [
        format!("--hours={hours}"),
        format!("--agents={agents}"),
        format!("--start={START_OF_MONTH}"),
        "--once".to_owned(),
    ]
    .into();
    let mut demo = Demo::start(&data, &arguments).await?;
    let made = demo.child.wait().await.map_err(|e| e.to_string())?;
    if !made.success() {
        return Err("the simulation failed".to_owned());
    }
    let mut serve = Command::new(program()?);
    serve.arg("--data").arg(&data).args(["--postgres", "none", "serve", "--listen", "127.0.0.1:0"]);
    let mut serving =
        serve.stderr(Stdio::piped()).stdout(Stdio::null()).kill_on_drop(true).spawn().map_err(|e| e.to_string())?;
    let mut lines = BufReader::new(serving.stderr.take().ok_or("the server has no standard error")?).lines();
    let address = loop {
        let line = lines.next_line().await.map_err(|e| e.to_string())?.ok_or("the server ended at once")?;
        if let Some((_, rest)) = line.split_once("http://") {
            break format!("http://{}", rest.split_whitespace().next().unwrap_or_default());
        }
    };
    let views_ms =
        tokio::task::spawn_blocking(move || views(&driver, &chromium, &address)).await.map_err(|e| e.to_string())?;
    let slowest_ms = views_ms.iter().copied().fold(0.0, f64::max);
    say(&format!("first view of {hours} h of {agents} agents, in ms: {views_ms:.0?}"));
    if slowest_ms > GOAL_MS { Err(format!("the slowest took more than {GOAL_MS} ms")) } else { Ok(()) }
}

fn views(driver: &std::path::Path, chromium: &std::path::Path, address: &str) -> Vec<f64> {
    let view_ms = |_| {
        let browser = Browser::start(driver, chromium);
        browser.open(address);
        browser.run(DRAWN, &[]).as_f64().unwrap_or(f64::INFINITY)
    };
    (0..VIEWS).map(view_ms).collect()
}
