//! What must be equal, and what must be marked, of a world that was disturbed.
//!
//! Units that no fault touched hold equal rows. Which ones are touched is said by the simulation's own account and by what
//! the undisturbed archive and mart know of who told of a unit, or may have, never by the disturbed pipeline.

use std::collections::{BTreeMap, BTreeSet};
use std::io::Write as _;

use callmart_node::cluster::faults::Fault;
use callmart_node::cluster::losses::Losses;

use crate::drawn::{Class, Drawn};
use crate::run::{About, FACTS, Run};
use crate::tables::{Row, int, text};

/// Columns that say how a row came about, and how complete it is.
const PROVENANCE: [&str; 2] = ["revision", "completeness"];
/// Columns by which a row is found again, besides its table's own key.
const KEYS: [(&str, &str); 11] = [
    ("interaction_fact", "interaction_id"),
    ("interaction_resource_fact", "interaction_resource_id"),
    ("mediation_segment_fact", "mediation_segment_id"),
    ("ixn_resource_state_fact", "ixn_resource_state_fact_key"),
    ("sm_res_session_fact", "sm_res_session_fact_key"),
    ("sm_res_state_fact", "sm_res_state_fact_key"),
    ("sm_res_state_reason_fact", "sm_res_state_reason_fact_key"),
    ("irf_user_data_keys", "interaction_resource_id"),
    ("irf_user_data_gen_1", "interaction_resource_id"),
    ("open_interaction", "interaction_id"),
    ("open_agent", "sm_res_session_fact_key"),
];
/// How long behind a call something of the agents' side may still belong to it, microseconds.
const WRAP_US: i64 = 900_000_000;
/// How long behind a call an outbound record may still tell of it, microseconds.
const RECORD_US: i64 = 60_000_000;
/// Most differences of a kind that are told.
const TOLD: usize = 5;

/// A stretch of a source's time in which something was lost or said otherwise.
#[derive(Debug)]
struct Touch<'a> {
    source: &'a str,
    from_us: i64,
    to_us: i64,
}

/// How a fault concerns a unit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Concern {
    /// Not at all.
    None,
    /// A source that tells of it, or may, was touched while it went on or soon after.
    Touched,
    /// An event of it was lost, or told with other content.
    Hit,
}

/// Everything that is not as it must be.
pub(crate) fn differences(drawn: &Drawn, expected: &Run, disturbed: &Run) -> Vec<String> {
    let mut found = Vec::new();
    coverage(&disturbed.losses, disturbed, &mut found);
    counted_once(disturbed, &mut found);
    calls(expected, disturbed, &mut found);
    let touches = touches(drawn, &disturbed.losses, expected);
    units(drawn, expected, disturbed, &touches, &mut found);
    if drawn.class == Class::Harmless && expected.hash != disturbed.hash {
        let known = expected.hash.iter().flatten().collect::<BTreeSet<_>>();
        let other = disturbed.hash.iter().flatten().filter(|line| !known.contains(line));
        found.extend(other.map(|line| format!("hash: {line}")));
    }
    if disturbed.postgres.is_some() && disturbed.postgres != disturbed.hash {
        found.push(format!("PostgreSQL holds something else: {:#?}", disturbed.postgres));
    }
    found
}

/// Every stretch that was lost is named, and nothing else is.
fn coverage(losses: &Losses, disturbed: &Run, found: &mut Vec<String>) {
    let named: BTreeSet<String> = disturbed
        .coverage
        .iter()
        .filter(|row| text(row, "state") == "lost")
        .map(|row| {
            let numbers = ["from_ms", "to_ms", "from_epoch_ms", "from_seq", "to_epoch_ms", "to_seq"];
            format!("{} {:?}", text(row, "source"), numbers.map(|column| int(row, column)))
        })
        .collect();
    let ms = |us: i64| us.div_euclid(1_000);
    let lost = losses.lost.iter().filter_map(|loss| {
        let (to_us, from, to) = (loss.to_us?, loss.from.as_ref()?, loss.to.as_ref()?);
        let (from_epoch, to_epoch) = (ms(from.epoch_started_us), ms(to.epoch_started_us));
        let numbers = [ms(loss.from_us), ms(to_us + 999), from_epoch, from.seq as i64, to_epoch, to.seq as i64 + 1];
        Some(format!("{} {numbers:?}", loss.source))
    });
    let lost: BTreeSet<String> = lost.collect();
    tell(found, "lost and not named", lost.difference(&named));
    tell(found, "named and not lost", named.difference(&lost));
}

fn tell<'a>(found: &mut Vec<String>, what: &str, which: impl Iterator<Item = &'a String>) {
    let all: Vec<&String> = which.collect();
    if !all.is_empty() {
        found.push(format!("{what}: {}, such as {:#?}", all.len(), all.iter().take(TOLD).collect::<Vec<_>>()));
    }
}

/// No call, attempt, pass or session stands in a mart twice.
fn counted_once(disturbed: &Run, found: &mut Vec<String>) {
    let names: [(&str, &[&str]); 3] = [
        ("interaction_fact", &["media_server_root_ixn_guid"]),
        ("interaction_resource_fact", &["media_server_ixn_guid", "partyguid"]),
        ("mediation_segment_fact", &["mediation_guid"]),
    ];
    for (table, columns) in names {
        let mut seen = BTreeSet::new();
        let name = |row: &Row| columns.iter().map(|column| text(row, column)).collect::<Vec<_>>().join(" ");
        let twice: Vec<String> = disturbed.rows(table).map(name).filter(|name| !seen.insert(name.clone())).collect();
        tell(found, &format!("{table}: twice"), twice.iter());
    }
    for (table, key) in KEYS {
        let mut seen = BTreeSet::new();
        let twice: Vec<String> = disturbed
            .rows(table)
            .map(|row| int(row, key).to_string())
            .filter(|key| !seen.insert(key.clone()))
            .collect();
        tell(found, &format!("{table}: twice by key"), twice.iter());
    }
}

/// Calls are those of the undisturbed world, which are those of the ledger, but for those of which nothing or not enough was
/// told.
fn calls(expected: &Run, disturbed: &Run, found: &mut Vec<String>) {
    let (all, there) = (expected.calls("interaction_fact"), disturbed.calls("interaction_fact"));
    let (open, open_there) = (expected.calls("open_interaction"), disturbed.calls("open_interaction"));
    let in_ledger: u64 = expected.ledger.calls.iter().map(|row| row.count).sum();
    if in_ledger != all.len() as u64 {
        found.push(format!("{in_ledger} calls in the ledger, {} in the undisturbed mart", all.len()));
    }
    if disturbed.ledger != expected.ledger {
        found.push("the ledger of the disturbed world is another one".to_owned());
    }
    let lost: BTreeSet<&String> = disturbed.losses.lost.iter().flat_map(|loss| &loss.calls).collect();
    tell(
        found,
        "calls of which nothing was lost are missing",
        all.difference(&there).filter(|call| !lost.contains(call)),
    );
    let goes_on = |call: &&String| lost.contains(call) && open.contains(*call);
    tell(found, "calls that there never were", there.difference(&all).filter(|call| !goes_on(call)));
    tell(found, "calls that do not go on", open_there.difference(&open));
    let told = disturbed.units.values().filter(|unit| unit.is_call);
    let told: BTreeSet<String> = told.filter_map(|u| u.name.strip_prefix("interaction/")).map(str::to_owned).collect();
    let missing = told.iter().filter(|call| !there.contains(*call) && !open_there.contains(*call));
    tell(found, "calls of which something was told are missing", missing);
}

fn touches<'a>(drawn: &'a Drawn, losses: &'a Losses, expected: &Run) -> Vec<Touch<'a>> {
    let start_us = expected.units.values().map(|unit| unit.first_us).min().unwrap_or(0);
    // The world's begin is before its first event, by less than an hour, on a whole hour.
    let start_us = start_us - start_us.rem_euclid(3_600_000_000);
    let mut touches: Vec<Touch<'_>> = losses
        .lost
        .iter()
        .map(|loss| Touch { source: &loss.source, from_us: loss.from_us, to_us: loss.to_us.unwrap_or(i64::MAX) })
        .collect();
    for scheduled in drawn.schedule.iter() {
        if let Fault::Skew { source, by_us } = &scheduled.fault {
            // Until it is set right, which is the source's next one; a clock stands when it is set back.
            let at_us = start_us + scheduled.after_us;
            let later = drawn.schedule.iter().filter(|other| other.after_us > scheduled.after_us);
            let next = later.filter(|other| matches!(&other.fault, Fault::Skew { source: of, .. } if of == source));
            let to_us = next.map(|other| start_us + other.after_us).next().unwrap_or(i64::MAX);
            let slack_us = 5_000_000;
            if *by_us != 0 {
                touches.push(Touch { source, from_us: at_us - slack_us, to_us: to_us.saturating_add(2 * slack_us) });
            }
        }
    }
    touches
}

/// How the faults concern a unit.
fn concern(about: &About, touches: &[Touch<'_>], losses: &Losses) -> Concern {
    let (kind, id) = about.name.split_once('/').unwrap_or_default();
    let is_call = kind == "interaction";
    let mine = |calls: &BTreeSet<String>, sessions: &BTreeSet<String>| {
        if is_call { calls.contains(id) } else { sessions.contains(id) }
    };
    let is_reused = losses.reused.iter().any(|r| if is_call { r.call == id } else { r.session == id });
    if is_reused || losses.lost.iter().any(|loss| mine(&loss.calls, &loss.sessions)) {
        return Concern::Hit;
    }
    let touches_it = |touch: &&Touch<'_>| {
        // Who was logged in, and what followed a call, is told by others.
        let is_agents = is_call && touch.source.ends_with("/TCport");
        let may_tell = about.may_tell.iter().any(|port| touch.source.ends_with(port));
        let last_us = about.last_us
            + match may_tell {
                _ if is_agents => WRAP_US,
                true => RECORD_US,
                false => 0,
            };
        let tells = is_agents || may_tell || about.sources.contains(touch.source);
        tells && (about.goes_on || touch.from_us <= last_us) && about.first_us < touch.to_us
    };
    if touches.iter().any(|touch| touches_it(&touch)) { Concern::Touched } else { Concern::None }
}

/// Rows of units that nothing touched are equal; those of units that were hit say that they are not whole.
fn units(drawn: &Drawn, expected: &Run, disturbed: &Run, touches: &[Touch<'_>], found: &mut Vec<String>) {
    let mut problems: BTreeMap<String, Vec<String>> = BTreeMap::new();
    let mut seen = [0_u64; 3];
    let there = disturbed.facts.values().flat_map(BTreeMap::keys);
    let keys: BTreeSet<&i64> = expected.units.keys().chain(there).collect();
    for key in keys {
        let Some(about) = expected.units.get(key) else {
            problems.entry("units that there never were".to_owned()).or_default().push(key.to_string());
            continue;
        };
        let concern = concern(about, touches, &disturbed.losses);
        seen[concern as usize] += 1;
        for table in FACTS {
            let of = |run: &Run| run.facts[table].get(key).cloned().unwrap_or_default();
            let (one, other) = (of(expected), of(disturbed));
            if let Some((what, detail)) = unit(drawn, concern, table, &one, &other) {
                problems.entry(format!("{table}: {what}")).or_default().push(format!("{}: {detail}", about.name));
            }
        }
    }
    let _ = writeln!(
        std::io::stderr(),
        "  units untouched {}, touched {}, hit {}; {} rejects",
        seen[0],
        seen[1],
        seen[2],
        disturbed.rejects.len()
    );
    for (what, which) in &problems {
        tell(found, what, which.iter());
    }
}

fn unit(drawn: &Drawn, concern: Concern, table: &str, one: &[Row], other: &[Row]) -> Option<(&'static str, String)> {
    let not_whole = || other.iter().find(|row| row.contains_key("completeness") && !is_whole(row));
    match concern {
        Concern::None => {
            if let Some(row) = not_whole() {
                return Some(("not whole, though nothing touched it", format!("{row:?}")));
            }
            difference(table, one, other, concern).map(|d| ("differs, though nothing touched it", d))
        }
        // Faults of this class leave everything whole, whatever they touch.
        _ if drawn.class == Class::Distorting => {
            not_whole().map(|row| ("not whole, though nothing was lost", format!("{row:?}")))
        }
        Concern::Touched => difference(table, one, other, concern).map(|d| ("whole, and differs", d)),
        Concern::Hit => {
            difference(table, one, other, concern).map(|d| ("whole, and differs, though something of it was lost", d))
        }
    }
}

/// Whether a row says that all that it tells was heard.
fn is_whole(row: &Row) -> bool {
    text(row, "completeness") == "whole"
}

/// The first thing in which the rows differ, though they must not. Of units that a fault concerns a row may differ when it says
/// that it is not whole, and be missing when another of the unit says so; what says nothing of it may be anything.
fn difference(table: &str, one: &[Row], other: &[Row], concern: Concern) -> Option<String> {
    let says = one.iter().chain(other).any(|row| row.contains_key("completeness"));
    if concern != Concern::None && !says {
        return None;
    }
    let is_marked = |row: &Row| concern != Concern::None && !is_whole(row);
    let may_miss = concern == Concern::Hit && other.is_empty() || other.iter().any(is_marked);
    let key = KEYS.iter().find(|(of, _)| *of == table).map_or("", |(_, key)| *key);
    let by_key = |rows: &[Row]| -> BTreeMap<i64, Row> { rows.iter().map(|row| (int(row, key), row.clone())).collect() };
    let (one, other) = (by_key(one), by_key(other));
    let keys: BTreeSet<&i64> = one.keys().chain(other.keys()).collect();
    keys.into_iter().find_map(|key| match (one.get(key), other.get(key)) {
        (Some(_), None) => (!may_miss).then(|| format!("row {key} is missing")),
        (None, Some(row)) => (!is_marked(row)).then(|| format!("row {key} is new: {row:?}")),
        (Some(one), Some(other)) if !is_marked(other) => {
            let columns = differing(one, other, concern);
            (!columns.is_empty()).then(|| format!("row {key}: {}", columns.join(", ")))
        }
        _ => None,
    })
}

/// The columns of a row that differ.
fn differing(one: &Row, other: &Row, concern: Concern) -> Vec<String> {
    let columns: BTreeSet<&String> = one.keys().chain(other.keys()).collect();
    // Whoever tells of agents being lost shows in how sure the agent is.
    let is_compared = |column: &&String| {
        !PROVENANCE.contains(&column.as_str()) && (concern == Concern::None || *column != "agent_match")
    };
    let changed = columns.into_iter().filter(is_compared).filter(|column| one.get(*column) != other.get(*column));
    changed.map(|c| format!("{c} {:?} -> {:?}", one.get(c), other.get(c))).collect()
}
