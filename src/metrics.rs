//! What this process says of itself beside the API's own metrics: how far the ETL is, and how much memory is in use.
//!
//! Does not know how metrics are asked for or written.

use std::sync::Arc;

use callmart_queries::http::{ExtraMetrics, Metric};

use crate::pipeline::Pipeline;

/// Where the system says how much memory the process has.
const STATUS: &str = "/proc/self/status";
/// Bytes of the unit that it says it in.
const KILOBYTE: f64 = 1_024.0;

/// The metrics of a process with a pipeline.
pub(crate) fn of_process(pipeline: &Pipeline) -> ExtraMetrics {
    let progress = pipeline.progress();
    Arc::new(move || {
        let etl = *progress.borrow();
        let mut metrics = vec![
            Metric::gauge("callmart_etl_events", "Events read from logs, repeats too.", etl.events as f64),
            Metric::gauge(
                "callmart_etl_waiting_units",
                "Units that wait to be loaded into the mart that waits for most.",
                etl.waiting_units as f64,
            ),
        ];
        let memory = memory_bytes().map(|b| Metric::gauge("callmart_memory_bytes", "Memory of the process in use.", b));
        metrics.extend(memory);
        metrics
    })
}

/// Resident memory of this process; none where the system does not say it so.
fn memory_bytes() -> Option<f64> {
    let status = std::fs::read_to_string(STATUS).ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"))?;
    line.split_whitespace().next()?.parse::<f64>().ok().map(|kilobytes| kilobytes * KILOBYTE)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_system_says_how_much_memory_there_is() {
        assert!(memory_bytes().is_some_and(|bytes| bytes > 1e6));
    }
}
