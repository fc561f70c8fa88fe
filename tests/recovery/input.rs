//! Input for the scenarios: rows of bank calls, real ones where they are there, and events of a call as JSON lines.
//!
//! Does not know what is done with it.

use std::fs::File;
use std::io::Read as _;

use flate2::read::GzDecoder;
use serde_json::{Value, json};

/// Environment variable with a file of real bank calls.
const BANK_CALLS: &str = "CALLMART_BANK_CALLS";
/// Rows that are made when there is no such file.
const MADE_ROWS: u64 = 6_000;

/// Rows of bank calls with their head.
pub(crate) struct Rows {
    head: String,
    rows: Vec<String>,
}

impl Rows {
    /// All rows of the real file, else as many made ones.
    pub(crate) fn all() -> Self {
        match std::env::var_os(BANK_CALLS).filter(|path| !path.is_empty()) {
            Some(path) => {
                let mut text = String::new();
                let file = File::open(&path).unwrap_or_else(|e| panic!("{BANK_CALLS}: {}: {e}", path.display()));
                GzDecoder::new(file).read_to_string(&mut text).expect("a gzip file of text");
                Self::of(&text)
            }
            None => Self { rows: (0..MADE_ROWS).map(made).collect(), ..Self::small() },
        }
    }

    /// The rows that ship with the project.
    pub(crate) fn small() -> Self {
        Self::of(include_str!("../data/bank_small.tsv"))
    }

    fn of(text: &str) -> Self {
        let mut lines = text.lines().map(str::to_owned);
        Self { head: lines.next().expect("a head"), rows: lines.collect() }
    }

    /// The text of a file with the rows `from..to`.
    pub(crate) fn part(&self, from: usize, to: usize) -> String {
        let rows = &self.rows[from..to.min(self.rows.len())];
        std::iter::once(&self.head).chain(rows).map(|row| format!("{row}\n")).collect()
    }

    pub(crate) fn len(&self) -> usize {
        self.rows.len()
    }
}

/// A row like those of the bank: every third caller gives up in the queue, every fifth never gets there.
fn made(number: u64) -> String {
    let (line, call, day) = (101 + number % 7, 10_000 + number, 7 + number % 4);
    let (entered, in_ivr, queued, talked) =
        (25_000 + number * 9 % 50_000, 5 + number % 11, 10 + number % 90, 20 + number % 400);
    let at = |second: u64| format!("{}:{:02}:{:02}", second / 3_600, second / 60 % 60, second % 60);
    let (left, answered) = (entered + in_ivr, entered + in_ivr + queued);
    let queue = if number.is_multiple_of(5) {
        "0:00:00\t0:00:00\t0".into()
    } else {
        format!("{}\t{}\t{queued}", at(left), at(answered))
    };
    let service = if number.is_multiple_of(3) || number.is_multiple_of(5) {
        "HANG\t0:00:00\t0:00:00\t0\tNO_SERVER".into()
    } else {
        format!("AGENT\t{}\t{}\t{talked}\tAG{:02}", at(answered - 1), at(answered - 1 + talked), number % 13)
    };
    format!("AA0{line}\t{call}\t0\t0\tPS\t9903{day:02}\t{}\t{}\t{in_ivr}\t{queue}\t{service}", at(entered), at(left))
}

/// Microseconds since 1970 of a second on 2026-01-05 (UTC), counted from midnight.
pub(crate) fn time_us(second: i64) -> i64 {
    (1_767_571_200 + second) * 1_000_000
}

/// An event of source `north-ip` on the switch `north` as a JSON line.
pub(crate) fn call_event(seq: u64, second: i64, kind: &str, body: Value) -> String {
    event("north-ip", seq, second, kind, body)
}

/// An event as a JSON line.
pub(crate) fn event(source: &str, seq: u64, second: i64, kind: &str, body: Value) -> String {
    let epoch = json!({"startedUs": time_us(0).to_string(), "process": "p1"});
    let line = json!({
        "source": source, "epoch": epoch, "seq": seq.to_string(), "switch": "north", "tenant": "main",
        "timeUs": time_us(second).to_string(), kind: body,
    });
    format!("{line}\n")
}

/// A customer's call to a DN that answers at once: created at `second`, established 10 s later, over after another 50 s.
/// Takes the numbers from `seq` to `seq + 6`.
pub(crate) fn answered_call(call: &str, seq: u64, second: i64, dn: &str) -> String {
    let party = |name: &str| format!("{call}-{name}");
    let gone = |name: &str| json!({"call": call, "party": party(name), "cause": "PARTY_END_RELEASED"});
    [
        call_event(seq, second, "callCreated", json!({"call": call, "callType": "CALL_TYPE_INBOUND", "dnis": "100"})),
        call_event(
            seq + 1,
            second,
            "partyAdded",
            json!({"call": call, "party": party("caller"), "dnType": "DN_TYPE_EXTERNAL",
                "role": "PARTY_ROLE_ORIGINATION", "state": "PARTY_STATE_CONNECTED"}),
        ),
        call_event(
            seq + 2,
            second,
            "partyAdded",
            json!({"call": call, "party": party("agent"), "dn": dn, "dnType": "DN_TYPE_EXTENSION",
                "role": "PARTY_ROLE_DESTINATION", "state": "PARTY_STATE_ALERTING"}),
        ),
        call_event(
            seq + 3,
            second + 10,
            "partyStateChanged",
            json!({"call": call, "party": party("agent"), "state": "PARTY_STATE_CONNECTED", "dn": dn}),
        ),
        call_event(seq + 4, second + 60, "partyDeleted", gone("agent")),
        call_event(seq + 5, second + 60, "partyDeleted", gone("caller")),
        call_event(seq + 6, second + 60, "callDeleted", json!({"call": call})),
    ]
    .concat()
}

/// An agent's session on a DN from `from` to `to` seconds, told by the source `north-tc`. Takes the numbers `seq` and `seq + 1`.
pub(crate) fn login(agent: &str, dn: &str, seq: u64, from: i64, to: i64) -> String {
    let body = json!({"dn": dn, "agent": agent, "session": format!("{agent}-session")});
    event("north-tc", seq, from, "agentLogin", body.clone()) + &event("north-tc", seq + 1, to, "agentLogout", body)
}

/// The lines of a call with other numbers.
pub(crate) fn numbered(call: &str, numbers: &[u64]) -> String {
    let renumber = |(line, seq): (&str, &u64)| {
        let mut event: Value = serde_json::from_str(line).expect("JSON");
        event["seq"] = json!(seq.to_string());
        format!("{event}\n")
    };
    call.lines().zip(numbers).map(renumber).collect()
}
