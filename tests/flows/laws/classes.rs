//! The queue identity: every passage falls in exactly one class, and the report of queues counts each in its class and no
//! other.
//!
//! The classes stand here once more, named by outcome and target and not by an order of questions, so that the report and
//! this can only agree where both say the same of every outcome.

use std::collections::BTreeMap;

use arrow::array::{Array, AsArray, RecordBatch};
use arrow::datatypes::Int64Type;
use callmart_queries::engine::Engine;
use callmart_queries::reports::{Period, ReportRequest, run_report};
use callmart_schema::catalogue::statics::technical_descriptors;
use chrono::{DateTime, Days, NaiveDate};
use chrono_tz::Tz;

use super::site::Site;
use crate::mart::{Mart, Row, int, text};

/// The classes, under the names of the report's columns.
const CLASSES: [&str; 7] =
    ["accepted", "abandoned", "abandoned_invite", "redirected", "cleared", "routed_other", "stopped"];
/// Longest wait of a short abandonment, in seconds.
const SHORT_S: i64 = 5;

/// By queue and quarter hour: passages by class, `entered` and `abandoned_short` too.
type Counts = BTreeMap<(String, i64), BTreeMap<&'static str, i64>>;

/// Every passage without a class.
pub(crate) fn unclassed(mart: &Mart) -> Vec<String> {
    let mut faults = Vec::new();
    counts(mart, &mut faults);
    faults
}

/// Every passage without a class, and every count of the report that is another one.
pub(crate) fn faults(site: &Site, mart: &Mart) -> Vec<String> {
    let mut faults = Vec::new();
    let expected = counts(mart, &mut faults);
    for engine in site.engines() {
        for (by, period_s) in [(Period::QuarterHour, 900), (Period::Day, 86_400)] {
            let reported = reported(site, &engine, mart, by, &mut faults);
            let expected = summed(&expected, period_s);
            if reported != expected {
                faults.push(format!("{}: queues are\n{reported:?} and not\n{expected:?}", engine.name()));
            }
        }
    }
    faults
}

fn counts(mart: &Mart, faults: &mut Vec<String>) -> Counts {
    let mut counts = Counts::new();
    for passage in mart.rows("mediation_segment_fact") {
        let descriptor = int(passage, "technical_descriptor_key");
        let row = technical_descriptors().into_iter().find(|d| d.technical_descriptor_key == descriptor);
        let Some(row) = row else {
            faults.push(format!("a passage has no descriptor: {passage:?}"));
            continue;
        };
        let (result, reason) = (row.technical_result.as_str(), row.result_reason.as_str());
        let Some(class) = class(result, reason, &Target::of(mart, passage)) else {
            faults.push(format!("a passage that ended {result}/{reason} is in no class: {passage:?}"));
            continue;
        };
        match row.resource_role.as_str() {
            "Received" => {}
            // Entered for somebody inside: no customer's entry.
            "ReceivedConsult" => continue,
            role => faults.push(format!("a passage has the role {role}: {passage:?}")),
        }
        let queue = mart.resource(int(passage, "resource_key"));
        let of_queue = counts.entry((queue, int(passage, "start_date_time_key"))).or_default();
        *of_queue.entry("entered").or_default() += 1;
        *of_queue.entry(class).or_default() += 1;
        let is_short = class == "abandoned" && int(passage, "mediation_duration") <= SHORT_S;
        *of_queue.entry("abandoned_short").or_default() += i64::from(is_short);
    }
    for of_queue in counts.values_mut() {
        for class in CLASSES {
            of_queue.entry(class).or_default();
        }
    }
    counts
}

/// Whom a passage was distributed to.
#[derive(Debug, PartialEq, Eq)]
enum Target {
    Nobody,
    Queue,
    /// An agent, or an IVR, who had the customer.
    WithCustomer,
    /// An agent who never had the customer.
    AgentWithout,
    Other,
}

impl Target {
    fn of(mart: &Mart, passage: &Row) -> Self {
        let id = int(passage, "target_ixn_resource_id");
        let attempt = mart.of_key("interaction_resource_fact", "interaction_resource_id", id);
        let Some(attempt) = attempt else { return Self::Nobody };
        let resource = mart.of_key("resource_", "resource_key", int(attempt, "resource_key"));
        let has_customer = int(attempt, "customer_handle_count") > 0;
        match resource.map(|row| text(row, "resource_type_code")).as_deref() {
            Some("QUEUE") => Self::Queue,
            Some("AGENT" | "IVRPORT") if has_customer => Self::WithCustomer,
            Some("AGENT") => Self::AgentWithout,
            _ => Self::Other,
        }
    }
}

/// The class of a passage; none for an end that no passage can have.
fn class(result: &str, reason: &str, target: &Target) -> Option<&'static str> {
    Some(match (result, reason) {
        ("Cleared", "Unspecified" | "RoutedFromAnotherVirtualQueue" | "StuckCall") => "cleared",
        ("CustomerAbandoned" | "Abandoned", "AbandonedWhileQueued") => "abandoned",
        ("Diverted", "AbandonedWhileRinging") => "abandoned_invite",
        ("Diverted", "RoutedOnNoAnswer" | "RoutedFromAnotherVirtualQueue") => "redirected",
        ("AbnormalStop", "Unspecified") => "stopped",
        ("Diverted", "AnsweredByAgent") if !matches!(target, Target::WithCustomer | Target::AgentWithout) => {
            return None;
        }
        ("Diverted", "AnsweredByOther") if *target == Target::AgentWithout => return None,
        (
            "Diverted",
            "AnsweredByAgent" | "AnsweredByOther" | "DefaultRoutedBySwitch" | "DefaultRoutedByStrategy" | "Unspecified",
        ) => match target {
            Target::Queue => "redirected",
            Target::WithCustomer => "accepted",
            Target::AgentWithout => "stopped",
            Target::Nobody | Target::Other => "routed_other",
        },
        _ => return None,
    })
}

/// What the report answers; of each of its rows, that what entered is the sum of the classes.
fn reported(site: &Site, engine: &Engine, mart: &Mart, by: Period, faults: &mut Vec<String>) -> Counts {
    let Some((from, to)) = days(mart) else { return Counts::new() };
    let request = ReportRequest { by, ..ReportRequest::new(from, to, Tz::UTC) };
    let batch = site.ask(run_report(engine, "queue-summary", &request)).expect("an answer").batch;
    let mut counts = Counts::new();
    for row in 0..batch.num_rows() {
        let of = |column: &'static str| (column, number(&batch, column, row));
        let of_queue: BTreeMap<_, _> = CLASSES.into_iter().chain(["entered", "abandoned_short"]).map(of).collect();
        let in_classes: i64 = CLASSES.iter().map(|class| of_queue[class]).sum();
        if of_queue["entered"] != in_classes || of_queue["abandoned_short"] > of_queue["abandoned"] {
            faults.push(format!("{}: entered is not the sum of the classes: {of_queue:?}", engine.name()));
        }
        let queue = batch.column_by_name("queue").expect("a column").as_string::<i32>().value(row).to_owned();
        if counts.insert((queue.clone(), number(&batch, "period_key", row)), of_queue).is_some() {
            faults.push(format!("{}: {queue} stands twice in one period", engine.name()));
        }
    }
    counts
}

fn number(batch: &RecordBatch, column: &str, row: usize) -> i64 {
    let column = batch.column_by_name(column).expect("a column").as_primitive::<Int64Type>();
    if column.is_null(row) { 0 } else { column.value(row) }
}

/// From the first day of a passage to the day behind the last.
fn days(mart: &Mart) -> Option<(NaiveDate, NaiveDate)> {
    let keys = || mart.rows("mediation_segment_fact").iter().map(|row| int(row, "start_date_time_key"));
    let day = |key: i64| Some(DateTime::from_timestamp(key, 0)?.date_naive());
    Some((day(keys().min()?)?, day(keys().max()?)?.checked_add_days(Days::new(1))?))
}

fn summed(counts: &Counts, period_s: i64) -> Counts {
    let mut summed = Counts::new();
    for ((queue, key), of_queue) in counts {
        let sum = summed.entry((queue.clone(), key - key.rem_euclid(period_s))).or_default();
        of_queue.iter().for_each(|(class, count)| *sum.entry(class).or_default() += count);
    }
    summed
}
