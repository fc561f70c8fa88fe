//! One row of a bank call file: its text read into what happened to the call.
//!
//! Does not know files, time zones or events.

use std::collections::HashSet;
use std::sync::Arc;

use chrono::NaiveDate;

use super::steps::{Course, MAX_CALL_ID};

/// The columns, in order, as a header row names them.
pub const COLUMNS: [&str; 17] = [
    "vru+line",
    "call_id",
    "customer_id",
    "priority",
    "type",
    "date",
    "vru_entry",
    "vru_exit",
    "vru_time",
    "q_start",
    "q_exit",
    "q_time",
    "outcome",
    "ser_start",
    "ser_exit",
    "ser_time",
    "server",
];

/// Longest duration a row may state, in seconds (31 days); a longer one is a mistake that would stretch every report.
pub const MAX_DURATION_S: i64 = 31 * 86_400;

/// Longest name of a line, type or server, in bytes.
pub const MAX_NAME_BYTES: usize = 64;

const NO_SERVER: &str = "NO_SERVER";
/// Two-digit years from here on belong to the 1900s, those before to the 2000s.
const FIRST_YEAR_OF_1900S: i32 = 70;

/// What a call is known by: `call_id` alone does not name one.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct CallKey {
    /// The day that the call belongs to, in local time.
    pub date: NaiveDate,
    /// The column `vru+line`.
    pub line: Arc<str>,
    /// At most [`MAX_CALL_ID`].
    pub call_id: u64,
}

/// A stretch of a call that is present in its row.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Leg {
    /// Clock time of its start in seconds after midnight, without a day.
    pub start_s: u32,
    /// How long it took in seconds.
    pub time_s: u32,
}

/// How a call ended.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Ending {
    /// The caller left in the IVR or in the queue.
    Left,
    /// It was answered.
    Served {
        /// The agent's code; none for a service that names no agent.
        server: Option<Arc<str>>,
        /// The service; none when the row states no start, which is an answer for zero seconds.
        service: Option<Leg>,
    },
}

/// One call.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Row {
    /// What it is known by.
    pub key: CallKey,
    /// 0 when the customer is not known.
    pub customer_id: u64,
    /// The customer's priority.
    pub priority: u32,
    /// The column `type`: the service asked for.
    pub service_type: Arc<str>,
    /// The stretch in the IVR, which every call has.
    pub ivr: Leg,
    /// The stretch in the queue, when it took any time.
    pub queue: Option<Leg>,
    /// How it ended.
    pub ending: Ending,
    /// The row states a service although the caller hung up; it is left out.
    pub service_left_out: bool,
}

impl Row {
    /// What decides which events the call has.
    #[must_use]
    pub fn course(&self) -> Course {
        let (served, by_agent) = match &self.ending {
            Ending::Left => (false, false),
            Ending::Served { server, .. } => (true, server.is_some()),
        };
        Course { queued: self.queue.is_some(), served, by_agent }
    }
}

/// Why a row is no call.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Reason {
    /// The file itself says that the call did not take place.
    Phantom,
    /// A duration below zero.
    NegativeTime,
    /// A field could not be read.
    UnreadableRow,
}

impl Reason {
    /// A short fixed text, so that equal reasons can be counted.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Phantom => "phantom",
            Self::NegativeTime => "negative-time",
            Self::UnreadableRow => "unreadable-row",
        }
    }
}

/// A row that is no call.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Rejected {
    /// What the call would be known by, where that can be read.
    pub key: Option<CallKey>,
    /// Number of the row among those without a key: a hash of its bytes.
    pub seq_without_key: u64,
    /// Its day, where that can be read.
    pub date: Option<NaiveDate>,
    /// Why.
    pub reason: Reason,
    /// The bytes of the row without its line end.
    pub input: Vec<u8>,
    /// What is wrong in this row.
    pub detail: String,
}

/// What is wrong with a row.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Fault {
    pub(super) reason: Reason,
    pub(super) detail: String,
}

/// Names that come again and again, each held once.
#[derive(Debug, Default)]
pub(super) struct Names(HashSet<Arc<str>>);

impl Names {
    fn hold(&mut self, name: &str) -> Arc<str> {
        if let Some(held) = self.0.get(name) {
            return Arc::clone(held);
        }
        let held: Arc<str> = name.into();
        self.0.insert(Arc::clone(&held));
        held
    }
}

/// The row's fields without the blanks around them.
pub(super) struct Fields<'a>([&'a str; COLUMNS.len()]);

impl<'a> Fields<'a> {
    /// Cuts a row into its fields.
    pub(super) fn cut(row: &'a [u8]) -> Result<Self, Fault> {
        let text = std::str::from_utf8(row).map_err(|_| unreadable("the row is not UTF-8 text".to_owned()))?;
        let fields: Vec<&str> = text.split('\t').map(str::trim).collect();
        let count = fields.len();
        let wrong = |_| unreadable(format!("{count} columns between tabs, and a row has {}", COLUMNS.len()));
        fields.try_into().map(Self).map_err(wrong)
    }

    /// Whether these are the names of the columns.
    pub(super) fn are_header(&self) -> bool {
        self.0.iter().zip(COLUMNS).all(|(field, name)| field.eq_ignore_ascii_case(name))
    }

    fn get(&self, column: usize) -> (&'a str, &'static str) {
        // Both arrays have one length; a column that is not there reads as empty and is refused as such.
        (self.0.get(column).copied().unwrap_or_default(), COLUMNS.get(column).copied().unwrap_or_default())
    }

    fn name(&self, column: usize, names: &mut Names) -> Result<Arc<str>, Fault> {
        let (field, name) = self.get(column);
        if field.is_empty() || field.len() > MAX_NAME_BYTES || field.chars().any(char::is_control) {
            return Err(unreadable(format!("{name} is {}, and a name has 1 to {MAX_NAME_BYTES} bytes", shown(field))));
        }
        Ok(names.hold(field))
    }

    fn number(&self, column: usize, max: u64) -> Result<u64, Fault> {
        let (field, name) = self.get(column);
        let wrong =
            || unreadable(format!("{name} is {}, and a whole number from 0 to {max} is expected", shown(field)));
        field.parse::<u64>().ok().filter(|n| *n <= max).ok_or_else(wrong)
    }

    /// A duration in seconds, which may be below zero.
    fn duration_s(&self, column: usize) -> Result<i64, Fault> {
        let (field, name) = self.get(column);
        let wrong =
            || unreadable(format!("{name} is {}, and whole seconds up to {MAX_DURATION_S} are expected", shown(field)));
        field.parse::<i64>().ok().filter(|n| n.abs() <= MAX_DURATION_S).ok_or_else(wrong)
    }

    /// A clock time in seconds after midnight.
    fn clock_s(&self, column: usize) -> Result<u32, Fault> {
        let (field, name) = self.get(column);
        clock_s(field).ok_or_else(|| unreadable(format!("{name} is {}, and a time is H:MM:SS", shown(field))))
    }

    pub(super) fn date(&self) -> Result<NaiveDate, Fault> {
        let (field, name) = self.get(5);
        date(field).ok_or_else(|| unreadable(format!("{name} is {}, and a date is YYMMDD", shown(field))))
    }

    /// What the call is known by.
    pub(super) fn key(&self, names: &mut Names) -> Result<CallKey, Fault> {
        Ok(CallKey { line: self.name(0, names)?, call_id: self.number(1, MAX_CALL_ID)?, date: self.date()? })
    }

    /// The call that the fields tell of.
    pub(super) fn row(&self, names: &mut Names) -> Result<Row, Fault> {
        let (outcome, _) = self.get(12);
        let key = self.key(names)?;
        let customer_id = self.number(2, u64::MAX)?;
        let priority = self.number(3, u64::from(u32::MAX))?.try_into().unwrap_or(u32::MAX);
        let service_type = self.name(4, names)?;
        let times = self.times()?;
        let server = Some(self.name(16, names)?).filter(|s| &**s != NO_SERVER);
        let [ivr, queue, service] = times.legs(outcome)?;
        let service = service.filter(|s| s.start_s != 0 || s.time_s != 0);
        let queue = queue.filter(|q| q.time_s > 0);
        let ivr = ivr.unwrap_or(Leg { start_s: 0, time_s: 0 });
        let (ending, service_left_out) = match outcome {
            "AGENT" => (Ending::Served { server, service }, false),
            _ => (Ending::Left, service.is_some() || server.is_some() || times.service_exit_s != 0),
        };
        Ok(Row { key, customer_id, priority, service_type, ivr, queue, ending, service_left_out })
    }

    fn times(&self) -> Result<Times, Fault> {
        let mut starts_s = [0; 3];
        let mut durations_s = [0; 3];
        let mut exit_s = 0;
        for (leg, column) in [6, 9, 13].into_iter().enumerate() {
            let start = self.clock_s(column)?;
            // An exit is its start and the duration; it is read all the same, so that a broken one is seen.
            exit_s = self.clock_s(column + 1)?;
            let duration = self.duration_s(column + 2)?;
            if let (Some(s), Some(d)) = (starts_s.get_mut(leg), durations_s.get_mut(leg)) {
                (*s, *d) = (start, duration);
            }
        }
        Ok(Times { starts_s, durations_s, service_exit_s: exit_s })
    }
}

/// The clock columns of a row, of IVR, queue and service.
struct Times {
    starts_s: [u32; 3],
    durations_s: [i64; 3],
    service_exit_s: u32,
}

impl Times {
    /// The three legs, if the row may be a call at all.
    fn legs(&self, outcome: &str) -> Result<[Option<Leg>; 3], Fault> {
        match outcome {
            "AGENT" | "HANG" => (),
            "PHANTOM" => {
                let detail = "outcome is PHANTOM: the call did not take place".to_owned();
                return Err(Fault { reason: Reason::Phantom, detail });
            }
            other => {
                let detail = format!("outcome is {}, and AGENT, HANG or PHANTOM is expected", shown(other));
                return Err(unreadable(detail));
            }
        }
        for (duration_s, column) in self.durations_s.iter().zip(["vru_time", "q_time", "ser_time"]) {
            if *duration_s < 0 {
                let detail = format!("{column} is {duration_s} seconds, and time does not run backwards");
                return Err(Fault { reason: Reason::NegativeTime, detail });
            }
        }
        let leg = |(start_s, time_s): (u32, i64)| time_s.try_into().ok().map(|time_s| Leg { start_s, time_s });
        let [ivr, queue, service] = self.starts_s;
        let [ivr_s, queue_s, service_s] = self.durations_s;
        Ok([leg((ivr, ivr_s)), leg((queue, queue_s)), leg((service, service_s))])
    }
}

fn unreadable(detail: String) -> Fault {
    Fault { reason: Reason::UnreadableRow, detail }
}

/// A field in a message, shortened.
fn shown(field: &str) -> String {
    let short: String = field.chars().take(MAX_NAME_BYTES).collect();
    if short.len() < field.len() { format!("{short:?}...") } else { format!("{short:?}") }
}

fn digits(text: &str, max_len: usize) -> Option<u32> {
    let fits = !text.is_empty() && text.len() <= max_len && text.bytes().all(|b| b.is_ascii_digit());
    if fits { text.parse().ok() } else { None }
}

fn clock_s(field: &str) -> Option<u32> {
    let mut parts = field.split(':');
    let mut next = |max| digits(parts.next()?, 2).filter(|n| *n <= max);
    let (hour, minute, second) = (next(23)?, next(59)?, next(59)?);
    parts.next().is_none().then_some(hour * 3_600 + minute * 60 + second)
}

fn date(field: &str) -> Option<NaiveDate> {
    let number = digits(field, 6).filter(|_| field.len() == 6)?;
    let year = i32::try_from(number / 10_000).ok()?;
    let century = if year >= FIRST_YEAR_OF_1900S { 1900 } else { 2000 };
    NaiveDate::from_ymd_opt(century + year, number / 100 % 100, number % 100)
}

#[cfg(test)]
mod tests;
