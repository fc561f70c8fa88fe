//! The calls file as this test understands it, written from the description of its columns.
//!
//! Both test files lie in winter, when Asia/Jerusalem is two hours ahead of UTC; so no time-zone database is needed here.

use std::collections::BTreeMap;
use std::io::Read as _;
use std::path::Path;

/// Local time minus UTC in winter, in seconds.
pub(crate) const OFFSET_S: i64 = 7_200;

const DAY_S: i64 = 86_400;

/// What became of a call after the IVR.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Ending {
    /// Served from an instant for so many seconds by the agent of that code, or by somebody unknown.
    Served { agent: Option<String>, start_s: i64, talk_s: i64 },
    /// The caller gave up in the queue.
    AbandonedInQueue,
    /// The caller hung up in the IVR.
    LeftInIvr,
}

/// A stay in a queue.
#[derive(Debug, Clone)]
pub(crate) struct Wait {
    /// Entry, in seconds since 1970-01-01 UTC.
    pub(crate) start_s: i64,
    /// How long.
    pub(crate) wait_s: i64,
}

/// One call.
#[derive(Debug, Clone)]
pub(crate) struct Call {
    /// UUID of the root call: date, line and call id.
    pub(crate) id: String,
    /// The IVR's line.
    pub(crate) line: String,
    /// Type of the service, which names the virtual queue.
    pub(crate) service: String,
    /// Entry into the IVR, in seconds since 1970-01-01 UTC.
    pub(crate) start_s: i64,
    /// Time in the IVR.
    pub(crate) ivr_s: i64,
    /// Its wait, when it was queued.
    pub(crate) wait: Option<Wait>,
    /// What became of it.
    pub(crate) ending: Ending,
}

/// One attempt that a call must leave in the mart.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Attempt {
    pub(crate) call: String,
    pub(crate) ordinal: i64,
    pub(crate) resource: String,
    pub(crate) role: &'static str,
    pub(crate) result: &'static str,
    pub(crate) reason: &'static str,
    pub(crate) agent_match: &'static str,
    pub(crate) start_s: i64,
    pub(crate) talk_s: i64,
    pub(crate) mediation_s: i64,
}

/// A whole file.
#[derive(Debug, Default)]
pub(crate) struct CallsFile {
    /// The calls, in the order of the file.
    pub(crate) calls: Vec<Call>,
    /// How many rows are no calls, by reason.
    pub(crate) rejected: BTreeMap<&'static str, i64>,
}

impl CallsFile {
    /// Reads a file, gzipped or not.
    pub(crate) fn read(path: &Path) -> Self {
        let bytes = std::fs::read(path).expect("the calls file");
        let mut text = String::new();
        if path.extension().is_some_and(|ending| ending == "gz") {
            flate2::read::GzDecoder::new(bytes.as_slice()).read_to_string(&mut text).expect("gzip");
        } else {
            text = String::from_utf8(bytes).expect("text");
        }
        let mut file = Self::default();
        for line in text.lines().skip(1) {
            match call(line) {
                Ok(call) => file.calls.push(call),
                Err(reason) => *file.rejected.entry(reason).or_default() += 1,
            }
        }
        file
    }

    /// How many rows were rejected.
    pub(crate) fn rejects(&self) -> i64 {
        self.rejected.values().sum()
    }
}

impl Call {
    /// Agent and seconds of talk, when an agent who is known served it.
    pub(crate) fn service_of_agent(&self) -> Option<(&str, i64)> {
        match &self.ending {
            Ending::Served { agent: Some(agent), talk_s, .. } => Some((agent, *talk_s)),
            _ => None,
        }
    }

    /// Name of the virtual queue.
    pub(crate) fn queue(&self) -> String {
        format!("VQ_{}", self.service)
    }

    /// The attempts that it must leave: the IVR's, and the agent's, unknown DN's or routing point's.
    pub(crate) fn attempts(&self) -> Vec<Attempt> {
        let ends_here = self.ending == Ending::LeftInIvr;
        let ivr = Attempt {
            call: self.id.clone(),
            ordinal: 1,
            resource: self.line.clone(),
            role: "RECEIVED",
            result: if ends_here { "COMPLETED" } else { "TRANSFERRED" },
            reason: "UNSPECIFIED",
            agent_match: "",
            start_s: self.start_s,
            talk_s: self.ivr_s,
            mediation_s: 0,
        };
        let (queued_s, mediation_s) = self.wait.as_ref().map_or((None, 0), |wait| (Some(wait.start_s), wait.wait_s));
        let next = Attempt { ordinal: 2, result: "COMPLETED", mediation_s, ..ivr.clone() };
        let next = match &self.ending {
            Ending::LeftInIvr => return vec![ivr],
            Ending::AbandonedInQueue => Attempt {
                resource: "RP_BANK".into(),
                result: "CUSTOMERABANDONED",
                reason: "ABANDONEDWHILEQUEUED",
                start_s: queued_s.unwrap_or(self.start_s),
                talk_s: 0,
                ..next
            },
            Ending::Served { agent, start_s, talk_s } => Attempt {
                resource: agent.clone().unwrap_or_else(|| "DN_UNKNOWN".into()),
                role: if self.wait.is_some() { "ROUTEDTO" } else { "RECEIVEDTRANSFER" },
                agent_match: if agent.is_some() { "final" } else { "none" },
                start_s: queued_s.unwrap_or(*start_s),
                talk_s: *talk_s,
                ..next
            },
        };
        vec![ivr, next]
    }
}

/// The call in a row, or why there is none.
fn call(line: &str) -> Result<Call, &'static str> {
    const UNREADABLE: &str = "unreadable-row";
    let fields: Vec<&str> = line.split('\t').map(str::trim).collect();
    let &[line, id, _, _, service, date, entry, _, ivr_s, q_start, _, q_s, outcome, served, _, talk_s, server] =
        &fields[..]
    else {
        return Err(UNREADABLE);
    };
    let clocks = (local_day_s(date), clock_s(entry), clock_s(q_start), clock_s(served));
    let (Some(day_s), Some(entry_s), Some(queued_s), Some(served_s)) = clocks else { return Err(UNREADABLE) };
    let seconds = |text: &str| text.parse::<i64>().map_err(|_| UNREADABLE);
    let (ivr_s, wait_s, talk_s) = (seconds(ivr_s)?, seconds(q_s)?, seconds(talk_s)?);
    if outcome == "PHANTOM" {
        return Err("phantom");
    }
    if ivr_s < 0 {
        return Err("negative-time");
    }
    let start_s = day_s + entry_s - OFFSET_S;
    let is_absent = served_s == 0 && talk_s == 0;
    let ending = match (outcome, wait_s) {
        ("AGENT", _) => Ending::Served {
            agent: Some(server.to_owned()).filter(|server| server != "NO_SERVER"),
            start_s: if is_absent { start_s + ivr_s } else { start_s + forward_s(entry_s, served_s) },
            talk_s,
        },
        ("HANG", 0) => Ending::LeftInIvr,
        ("HANG", _) => Ending::AbandonedInQueue,
        _ => return Err(UNREADABLE),
    };
    let wait = (wait_s > 0).then(|| Wait { start_s: start_s + forward_s(entry_s, queued_s), wait_s });
    let id = format!("{date}-{line}-{id}");
    Ok(Call { id, line: line.to_owned(), service: service.to_owned(), start_s, ivr_s, wait, ending })
}

/// Distance between two clock readings; one that is more than twelve hours smaller is of the next day.
fn forward_s(from_s: i64, to_s: i64) -> i64 {
    if to_s < from_s - DAY_S / 2 { to_s - from_s + DAY_S } else { to_s - from_s }
}

/// Local midnight as if it were UTC, of a day as in 990203.
fn local_day_s(date: &str) -> Option<i64> {
    let number = date.parse::<i64>().ok().filter(|_| date.len() == 6)?;
    let (year, month, day) = (1900 + number / 10_000, number / 100 % 100, number % 100);
    const DAYS_BEFORE: [i64; 12] = [0, 31, 59, 90, 120, 151, 181, 212, 243, 273, 304, 334];
    let before = DAYS_BEFORE.get(usize::try_from(month - 1).ok()?)?;
    let leap_days = (year - 1 - 1968) / 4 + i64::from(year % 4 == 0 && month > 2);
    Some(((year - 1970) * 365 + leap_days + before + day - 1) * DAY_S)
}

/// Seconds since midnight of a clock reading as in 7:05:59.
fn clock_s(text: &str) -> Option<i64> {
    let parts: Vec<i64> = text.split(':').map(str::parse).collect::<Result<_, _>>().ok()?;
    match parts[..] {
        [h, m, s] if (0..24).contains(&h) && (0..60).contains(&m) && (0..60).contains(&s) => {
            Some(h * 3_600 + m * 60 + s)
        }
        _ => None,
    }
}
