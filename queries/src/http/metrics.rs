//! What the API counts of itself, what the mart says of its sources, and what the process adds, as Prometheus reads it.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use super::coverage::{rejects, sources};
use super::problem::Problem;
use super::reply::Reply;
use super::request::Request;

/// Content type of Prometheus's text format.
pub(super) const CONTENT_TYPE: &str = "text/plain; version=0.0.4; charset=utf-8";

/// Upper bounds of the histogram's buckets, in seconds.
const BUCKETS_S: [f64; 10] = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0];

/// What a metric's numbers do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MetricKind {
    /// Only ever grows.
    Counter,
    /// Goes up and down.
    Gauge,
}

/// One number of a metric with its labels.
#[derive(Debug, Clone, PartialEq)]
pub struct Sample {
    /// Name and value of each label.
    pub labels: Vec<(String, String)>,
    /// The number.
    pub value: f64,
}

/// A metric that the process adds.
#[derive(Debug, Clone, PartialEq)]
pub struct Metric {
    /// Name, such as `callmart_etl_events_total`: letters, digits and underscores.
    pub name: String,
    /// What it counts, in a sentence.
    pub help: String,
    /// What its numbers do.
    pub kind: MetricKind,
    /// Its numbers.
    pub samples: Vec<Sample>,
}

impl Metric {
    /// A gauge of one number without labels.
    #[must_use]
    pub fn gauge(name: &str, help: &str, value: f64) -> Self {
        let samples = vec![Sample { labels: Vec::new(), value }];
        Self { name: name.to_owned(), help: help.to_owned(), kind: MetricKind::Gauge, samples }
    }
}

#[derive(Debug, Clone, Copy, Default)]
struct Histogram {
    buckets: [u64; BUCKETS_S.len()],
    count: u64,
    sum_s: f64,
}

#[derive(Debug, Default)]
struct Counts {
    requests: BTreeMap<(&'static str, u16), u64>,
    durations: BTreeMap<&'static str, Histogram>,
    rows: BTreeMap<&'static str, u64>,
}

/// What the API counts of itself.
#[derive(Debug, Default)]
pub(super) struct Metrics(Mutex<Counts>);

impl Metrics {
    /// One more request.
    pub(super) fn observe(&self, route: &'static str, status: u16, took: Duration, rows: usize) {
        let mut counts = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        *counts.requests.entry((route, status)).or_default() += 1;
        *counts.rows.entry(route).or_default() += rows as u64;
        let histogram = counts.durations.entry(route).or_default();
        histogram.count += 1;
        histogram.sum_s += took.as_secs_f64();
        for (bucket, bound) in histogram.buckets.iter_mut().zip(BUCKETS_S) {
            *bucket += u64::from(took.as_secs_f64() <= bound);
        }
    }

    fn text(&self) -> String {
        let counts = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let mut text = String::new();
        head(&mut text, "callmart_http_requests_total", "counter", "Requests by route and status.");
        for ((route, status), n) in &counts.requests {
            line(
                &mut text,
                "callmart_http_requests_total",
                &[("route", route), ("status", &status.to_string())],
                *n as f64,
            );
        }
        head(&mut text, "callmart_http_rows_total", "counter", "Rows answered by route.");
        for (route, n) in &counts.rows {
            line(&mut text, "callmart_http_rows_total", &[("route", route)], *n as f64);
        }
        let name = "callmart_http_request_duration_seconds";
        head(&mut text, name, "histogram", "Time from the head of a request to its answer.");
        counts.durations.iter().for_each(|(route, histogram)| histogram.write(&mut text, name, route));
        text
    }
}

impl Histogram {
    fn write(&self, text: &mut String, name: &str, route: &str) {
        let bucket = format!("{name}_bucket");
        for (n, bound) in self.buckets.iter().zip(BUCKETS_S) {
            line(text, &bucket, &[("route", route), ("le", &bound.to_string())], *n as f64);
        }
        line(text, &bucket, &[("route", route), ("le", "+Inf")], self.count as f64);
        line(text, &format!("{name}_sum"), &[("route", route)], self.sum_s);
        line(text, &format!("{name}_count"), &[("route", route)], self.count as f64);
    }
}

/// All metrics. A mart that cannot be read is a metric too.
pub(super) async fn metrics(request: Request) -> Result<Reply, Problem> {
    let mut text = request.state.metrics().text();
    let of_mart = Box::pin(of_mart(&request)).await;
    let is_readable = if of_mart.is_ok() { 1.0 } else { 0.0 };
    let readable = Metric::gauge("callmart_mart_readable", "1 when the mart can be read.", is_readable);
    for metric in std::iter::once(readable).chain(of_mart.unwrap_or_default()).chain(request.state.extra_metrics()) {
        write_metric(&mut text, &metric);
    }
    Ok(Reply::Text { content_type: CONTENT_TYPE, text })
}

async fn of_mart(request: &Request) -> Result<Vec<Metric>, Problem> {
    let (engine, _) = request.state.engine(None)?;
    let mut reading = engine.open().await?;
    let now_ms = request.state.now_ms();
    let sources = Box::pin(sources(&mut reading)).await?;
    let of_source = |name: &str, value: f64| Sample { labels: vec![("source".to_owned(), name.to_owned())], value };
    let age_s = |ms: i64| now_ms.saturating_sub(ms) as f64 / 1_000.0;
    let ages = sources.iter().filter_map(|s| Some(of_source(&s.name, age_s(s.watermark_ms?)))).collect();
    let events = sources.iter().map(|s| of_source(&s.name, s.events as f64)).collect();
    let rejects = Box::pin(rejects(&mut reading)).await?;
    let by_reason =
        |(reason, n): (&String, &i64)| Sample { labels: vec![("reason".to_owned(), reason.clone())], value: *n as f64 };
    let metric = |name: &str, help: &str, samples| Metric {
        name: name.to_owned(),
        help: help.to_owned(),
        kind: MetricKind::Gauge,
        samples,
    };
    Ok(vec![
        metric("callmart_source_watermark_age_seconds", "From the watermark of each source to now.", ages),
        metric("callmart_source_events", "Events of each source in the mart.", events),
        metric(
            "callmart_rejects",
            "Inputs that the mart could not read or transform, by reason.",
            rejects.iter().map(by_reason).collect(),
        ),
    ])
}

fn write_metric(text: &mut String, metric: &Metric) {
    let kind = match metric.kind {
        MetricKind::Counter => "counter",
        MetricKind::Gauge => "gauge",
    };
    head(text, &metric.name, kind, &metric.help);
    for sample in &metric.samples {
        let labels: Vec<(&str, &str)> = sample.labels.iter().map(|(n, v)| (n.as_str(), v.as_str())).collect();
        line(text, &metric.name, &labels, sample.value);
    }
}

fn head(text: &mut String, name: &str, kind: &str, help: &str) {
    let help = help.replace('\\', "\\\\").replace('\n', "\\n");
    let _ = writeln!(text, "# HELP {name} {help}\n# TYPE {name} {kind}");
}

fn line(text: &mut String, name: &str, labels: &[(&str, &str)], value: f64) {
    let labels: Vec<String> = labels.iter().map(|(name, value)| format!("{name}=\"{}\"", escaped(value))).collect();
    let labels = if labels.is_empty() { String::new() } else { format!("{{{}}}", labels.join(",")) };
    let _ = writeln!(text, "{name}{labels} {value}");
}

fn escaped(value: &str) -> String {
    value.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn requests_rows_and_durations_are_counted() {
        let metrics = Metrics::default();
        metrics.observe("/a", 200, Duration::from_millis(30), 7);
        metrics.observe("/a", 200, Duration::from_secs(20), 0);
        metrics.observe("/a", 404, Duration::from_millis(1), 0);
        let text = metrics.text();
        for expected in [
            r#"callmart_http_requests_total{route="/a",status="200"} 2"#,
            r#"callmart_http_rows_total{route="/a"} 7"#,
            r#"callmart_http_request_duration_seconds_bucket{route="/a",le="0.025"} 1"#,
            r#"callmart_http_request_duration_seconds_bucket{route="/a",le="0.05"} 2"#,
            r#"callmart_http_request_duration_seconds_bucket{route="/a",le="+Inf"} 3"#,
            r#"callmart_http_request_duration_seconds_count{route="/a"} 3"#,
        ] {
            assert!(text.lines().any(|line| line == expected), "{expected}\n{text}");
        }
    }

    #[test]
    fn labels_cannot_break_a_line() {
        let mut text = String::new();
        line(&mut text, "m", &[("a", "x\"\\\ny")], 1.5);
        assert_eq!(text, "m{a=\"x\\\"\\\\\\ny\"} 1.5\n");
    }
}
