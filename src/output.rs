//! Everything the program prints. Standard output carries the answer and nothing else; progress, notes, the closing summary
//! and errors go to standard error.
//!
//! Knows no command and no data.

use std::collections::BTreeMap;
use std::fmt::Display;
use std::io::{self, ErrorKind, IsTerminal as _, Write};
use std::time::Duration;

use indicatif::{ProgressBar, ProgressStyle};
use tracing_subscriber::EnvFilter;

/// Environment variable that says how much the program's own log says, as in `CALLMART_LOG=debug`.
const LOG_VARIABLE: &str = "CALLMART_LOG";

/// How often a spinner turns.
const TICK: Duration = Duration::from_millis(120);

/// Writes an answer to standard output. A reader that has gone away (`| head`) is no error.
pub(crate) fn answer(bytes: &[u8]) -> io::Result<()> {
    let mut out = io::stdout().lock();
    match out.write_all(bytes).and_then(|()| out.flush()) {
        Err(error) if error.kind() == ErrorKind::BrokenPipe => Ok(()),
        result => result,
    }
}

/// A sentence beside the answer: completeness, where something lives, what was left out.
pub(crate) fn note(sentence: impl Display) {
    let _ = writeln!(io::stderr().lock(), "{sentence}");
}

/// What went wrong, in the words of the error and of its causes.
pub(crate) fn failure(error: &anyhow::Error) {
    note(format_args!("callmart: {error:#}"));
}

/// Sends the program's own log to standard error: warnings, unless `CALLMART_LOG` asks for more.
pub(crate) fn start_log() {
    let filter = EnvFilter::try_from_env(LOG_VARIABLE).unwrap_or_else(|_| EnvFilter::new("warn"));
    let terminal = io::stderr().is_terminal();
    let log = tracing_subscriber::fmt().with_env_filter(filter).with_writer(io::stderr).with_ansi(terminal);
    // Fails only when a log was started before; then that one goes on.
    let _ = log.try_init();
}

/// Shows on a terminal that something is being done, and nothing elsewhere.
#[derive(Debug)]
pub(crate) struct Progress {
    bar: ProgressBar,
}

impl Progress {
    /// For work whose amount is known: `what`, a bar, and how many of `total`.
    pub(crate) fn of(what: &str, total: u64) -> Self {
        let bar = ProgressBar::new(total);
        Self::styled(bar, what, "{msg} [{bar:30}] {human_pos} of {human_len}, {elapsed}")
    }

    /// For work whose amount is not known.
    pub(crate) fn open_ended(what: &str) -> Self {
        Self::styled(ProgressBar::new_spinner(), what, "{spinner} {msg} {human_pos}, {elapsed}")
    }

    fn styled(bar: ProgressBar, what: &str, template: &str) -> Self {
        if let Ok(style) = ProgressStyle::with_template(template) {
            bar.set_style(style);
        }
        bar.set_message(what.to_owned());
        bar.enable_steady_tick(TICK);
        Self { bar }
    }

    /// How much is done.
    pub(crate) fn set(&self, done: u64) {
        self.bar.set_position(done);
    }
}

/// The line goes when the work ends, however it ends.
impl Drop for Progress {
    fn drop(&mut self) {
        self.bar.finish_and_clear();
    }
}

/// The end of long work: what was read, what was loaded, and what was rejected, by reason.
#[derive(Debug, Default)]
pub(crate) struct Summary {
    counts: Vec<(String, u64)>,
    rejects: BTreeMap<String, u64>,
}

impl Summary {
    /// One more line: a count and what it counts, as in 6356 "rows read".
    pub(crate) fn count(&mut self, what: impl Into<String>, count: u64) {
        self.counts.push((what.into(), count));
    }

    /// More rejects of a reason.
    pub(crate) fn reject(&mut self, reason: impl Into<String>, count: u64) {
        *self.rejects.entry(reason.into()).or_default() += count;
    }

    /// Says it on standard error.
    pub(crate) fn show(&self) {
        note(self.text().trim_end());
    }

    fn text(&self) -> String {
        let line = |count: u64, what: &str| format!("{count:>12}  {what}\n");
        let mut text: String = self.counts.iter().map(|(what, count)| line(*count, what)).collect();
        text.push_str(&line(self.rejects.values().sum(), "rejected"));
        text.extend(self.rejects.iter().map(|(reason, count)| line(*count, &format!("  {reason}"))));
        text
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_summary_adds_up_rejects_and_lists_them_by_reason() {
        let mut summary = Summary::default();
        summary.count("rows read", 40);
        summary.reject("phantom", 2);
        summary.reject("negative-vru-time", 1);
        summary.reject("phantom", 1);
        let lines: Vec<String> =
            summary.text().lines().map(|l| l.split_whitespace().collect::<Vec<_>>().join(" ")).collect();
        assert_eq!(lines, ["40 rows read", "4 rejected", "1 negative-vru-time", "3 phantom"]);
    }

    #[test]
    fn a_summary_without_rejects_says_so() {
        assert_eq!(Summary::default().text().trim(), "0  rejected");
    }
}
