//! How much memory the demo's process takes over simulated time.

use std::path::Path;
use std::time::Duration;

use crate::process::{Demo, say};
use crate::{Asked, START};

/// How often the process is looked at.
const EVERY: Duration = Duration::from_secs(1);
/// How often it is told.
const TELL_EVERY: u64 = 10;
/// Most memory that the process may take, in megabytes.
const GOAL_MB: u64 = 1_000;

/// Plays a stretch and prints memory against the archive's days.
pub(crate) async fn measure(asked: &Asked) -> Result<(), String> {
    let folder = tempfile::tempdir().map_err(|e| e.to_string())?;
    let data = folder.path().join("data");
    let mut arguments = vec!["--once".to_owned(), "--start".to_owned(), START.to_owned()];
    arguments.push(format!("--hours={}", asked.number("hours", 1.0)));
    arguments.push(format!("--agents={}", asked.number("agents", 2_000.0)));
    if let Some(speed) = asked.given("speed") {
        arguments.extend(["--speed".to_owned(), speed.to_string()]);
    }
    if asked.given("postgres").is_some() {
        arguments.push("--postgres=auto".to_owned());
    }
    let mut demo = Demo::start(&data, &arguments).await?;
    let (mut seconds, mut peak_mb) = (0, 0);
    let mut by_day: Vec<(usize, u64)> = Vec::new();
    while demo.child.try_wait().map_err(|e| e.to_string())?.is_none() {
        if let Some((now_mb, peak)) = demo.memory_mb() {
            peak_mb = peak;
            let days = archive_days(&data);
            match by_day.last_mut() {
                Some((last, most)) if *last == days => *most = now_mb.max(*most),
                _ => by_day.push((days, now_mb)),
            }
            if seconds % TELL_EVERY == 0 {
                say(&format!("{seconds} s: {now_mb} MB, peak {peak} MB, {days} days in the archive"));
            }
        }
        seconds += 1;
        tokio::time::sleep(EVERY).await;
    }
    for (days, most_mb) in &by_day {
        say(&format!("with {days} days in the archive: up to {most_mb} MB"));
    }
    say(&format!("{seconds} s, peak {peak_mb} MB"));
    if peak_mb > GOAL_MB { Err(format!("more than {GOAL_MB} MB")) } else { Ok(()) }
}

/// Days that the archive holds so far.
fn archive_days(data: &Path) -> usize {
    std::fs::read_dir(data.join("gidb/event")).map_or(0, Iterator::count)
}
