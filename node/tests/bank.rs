//! The bank sample that ships with the project, told as events: expectations derived by hand from its rows.

mod common;

use std::collections::BTreeSet;
use std::io::Write;

use callmart_node::bank::{self, BankCalls, DEFAULT_ZONE, Port};
use callmart_node::playback::{Piece, SourceSpec};
use callmart_schema::event::{Body, Event, KeyValue, canonical};
use callmart_schema::session::Covers;
use chrono::{DateTime, TimeZone};
use common::{covers, events, pieces, small_file};
use proptest::prelude::*;

fn small() -> BankCalls {
    bank::read(&[small_file()], DEFAULT_ZONE).expect("read")
}

fn small_text() -> String {
    std::fs::read_to_string(small_file()).expect("read")
}

/// Calls read from texts, each a file.
fn read(texts: &[&str]) -> BankCalls {
    let folder = tempfile::tempdir().expect("a folder");
    let files: Vec<_> = texts
        .iter()
        .enumerate()
        .map(|(i, text)| {
            let path = folder.path().join(format!("{i}.tsv"));
            std::fs::File::create(&path).expect("a file").write_all(text.as_bytes()).expect("written");
            path
        })
        .collect();
    bank::read(&files, DEFAULT_ZONE).expect("read")
}

fn source(calls: BankCalls, port: Port) -> SourceSpec {
    bank::sources(calls).into_iter().find(|s| s.name == port.source()).expect("the source")
}

/// Local time of an event, with the day of the month: "07 23:59:19".
fn local(time_us: i64) -> String {
    let at = DateTime::from_timestamp_micros(time_us).expect("a time");
    DEFAULT_ZONE.from_utc_datetime(&at.naive_utc()).format("%d %H:%M:%S").to_string()
}

fn pairs(set: &[KeyValue]) -> String {
    set.iter().map(|pair| format!("{}={}", pair.key, pair.value)).collect::<Vec<_>>().join(" ")
}

/// An event in short: step, local time, kind and what matters of it. Enumerations without their common prefix.
fn short(event: &Event) -> String {
    let what = match event.body.as_ref().expect("a body") {
        Body::CallCreated(b) => format!("created dnis={}", b.dnis),
        Body::PartyAdded(b) => {
            let party = b.party.rsplit('-').next().unwrap_or_default();
            let parent = b.parent_party.rsplit('-').next().unwrap_or_default();
            format!("+{party} dn={} parent={parent} queue={} agent={}", b.dn, b.queue, b.agent)
        }
        Body::PartyDeleted(b) => {
            let party = b.party.rsplit('-').next().unwrap_or_default();
            format!("-{party} {} to={}", ending(&format!("{:?}", b.cause)), b.target_dn)
        }
        Body::UserDataChanged(b) => format!("data {} by={}", pairs(&b.set), b.dn),
        Body::CallDeleted(_) => "deleted".to_owned(),
        Body::VirtualQueueQueued(b) => format!("queued {} {}", b.queue, b.virtual_queue_id),
        Body::VirtualQueueEnded(b) => {
            format!("ended {} {} to={}", b.queue, ending(&format!("{:?}", b.cause)), b.target_dn)
        }
        Body::AgentLogin(b) => format!("login {} {} {} {}", b.dn, b.agent, b.session, b.derived),
        Body::AgentLogout(b) => format!("logout {} {} {} {}", b.dn, b.agent, b.session, b.derived),
        Body::Unreadable(b) => format!("unreadable {}: {}", b.reason, b.detail),
        other => panic!("no event of the bank: {other:?}"),
    };
    format!("{:>2} {} {what}", event.seq % 32, local(event.time_us))
}

fn ending(cause: &str) -> &'static str {
    ["DIVERTED", "ABANDONED", "RELEASED"].into_iter().find(|word| cause.contains(word)).unwrap_or("?")
}

/// What a port says of one call.
fn told(port: Port, date: &str, line: &str, call_id: u64) -> Vec<String> {
    let midnight = chrono::NaiveDate::parse_from_str(date, "%y%m%d").expect("a date").and_time(chrono::NaiveTime::MIN);
    let of_call = |event: &&Event| {
        let epoch = event.epoch.as_option().expect("an epoch");
        (epoch.started_us, epoch.process.as_str(), event.seq / 32)
            == (midnight.and_utc().timestamp_micros(), line, call_id)
    };
    events(&source(small(), port)).iter().filter(of_call).map(short).collect()
}

#[test]
fn the_sample_counts_as_its_rows_do() {
    let summary = small().summary;
    assert_eq!((summary.rows, summary.calls, summary.repeated_rows, summary.conflicting_calls), (40, 36, 0, 0));
    assert_eq!(
        summary.rejected.into_iter().collect::<Vec<_>>(),
        [("negative-time", 1), ("phantom", 1), ("unreadable-row", 2)]
    );
    let at: Vec<_> = summary.rejected_at.iter().map(|r| (r.line, r.reason.as_str(), r.detail.as_str())).collect();
    assert_eq!(
        at,
        [
            (11, "phantom", "outcome is PHANTOM: the call did not take place"),
            (14, "negative-time", "vru_time is -56 seconds, and time does not run backwards"),
            (40, "unreadable-row", "vru_entry is \"25:10:00\", and a time is H:MM:SS"),
            (41, "unreadable-row", "7 columns between tabs, and a row has 17"),
        ]
    );
    assert_eq!((summary.hang_with_service, summary.days), (1, 2));
    assert_eq!(summary.first_date.map(|d| d.to_string()).as_deref(), Some("1999-03-07"));
    assert_eq!(summary.last_date.map(|d| d.to_string()).as_deref(), Some("1999-03-08"));
}

#[test]
fn a_queued_and_served_call_is_told_in_the_order_of_the_process() {
    assert_eq!(
        told(Port::Calls, "990307", "AA0101", 40_002),
        [
            " 1 07 07:39:23 created dnis=AA0101",
            " 2 07 07:39:23 +caller dn= parent= queue= agent=",
            " 3 07 07:39:23 +ivr dn=AA0101 parent= queue= agent=",
            " 4 07 07:39:23 data ServiceType=PS Priority=1 CustomerID=100507 by=AA0101",
            " 5 07 07:39:29 -ivr DIVERTED to=RP_BANK",
            " 6 07 07:39:29 +rp dn=RP_BANK parent=ivr queue= agent=",
            " 7 07 07:39:52 -rp DIVERTED to=DN_AG01",
            " 8 07 07:39:51 +agent dn=DN_AG01 parent=rp queue=RP_BANK agent=",
            " 9 07 07:40:36 -agent RELEASED to=",
            "10 07 07:40:36 -caller RELEASED to=",
            "11 07 07:40:36 deleted",
        ]
    );
    assert_eq!(
        told(Port::VirtualQueues, "990307", "AA0101", 40_002),
        ["16 07 07:39:29 queued VQ_PS 990307-AA0101-40002-vq", "17 07 07:39:52 ended VQ_PS DIVERTED to=DN_AG01",]
    );
    assert_eq!(
        told(Port::Agents, "990307", "AA0101", 40_002),
        ["20 07 07:39:51 login DN_AG01 AG01 AG01-990307 true", "21 07 07:40:36 logout DN_AG01 AG01 AG01-990307 true",]
    );
}

#[test]
fn a_call_that_goes_straight_to_an_agent_has_no_queue() {
    let call = told(Port::Calls, "990307", "AA0101", 40_003);
    assert_eq!(
        call[3..],
        [
            " 4 07 07:52:00 data ServiceType=NW Priority=0 by=AA0101",
            " 5 07 07:52:12 -ivr DIVERTED to=DN_AG01",
            " 8 07 07:52:11 +agent dn=DN_AG01 parent=ivr queue= agent=",
            " 9 07 07:55:11 -agent RELEASED to=",
            "10 07 07:55:11 -caller RELEASED to=",
            "11 07 07:55:11 deleted",
        ]
    );
    assert!(told(Port::VirtualQueues, "990307", "AA0101", 40_003).is_empty());
}

#[test]
fn a_service_without_a_server_is_on_a_dn_without_an_agent() {
    let call = told(Port::Calls, "990307", "AA0101", 40_004);
    assert_eq!(call[5], " 8 07 08:05:06 +agent dn=DN_UNKNOWN parent=ivr queue= agent=");
    assert_eq!(call[6], " 9 07 08:05:10 -agent RELEASED to=");
    assert!(told(Port::Agents, "990307", "AA0101", 40_004).is_empty());
}

#[test]
fn a_service_of_zero_seconds_is_an_answer() {
    // With a stamp, a second before the IVR lets go; the call ends with the later of the two.
    let call = told(Port::Calls, "990307", "AA0101", 40_005);
    assert_eq!(
        call[4..],
        [
            " 5 07 08:30:10 -ivr DIVERTED to=DN_AG02",
            " 8 07 08:30:09 +agent dn=DN_AG02 parent=ivr queue= agent=",
            " 9 07 08:30:09 -agent RELEASED to=",
            "10 07 08:30:10 -caller RELEASED to=",
            "11 07 08:30:10 deleted",
        ]
    );
    // Without one, on leaving the queue.
    assert_eq!(
        told(Port::Agents, "990307", "AA0101", 40_006),
        ["20 07 08:41:16 login DN_AG02 AG02 AG02-990307 true", "21 07 08:41:16 logout DN_AG02 AG02 AG02-990307 true",]
    );
}

#[test]
fn callers_who_hang_up_leave_in_the_queue_or_in_the_ivr() {
    assert_eq!(
        told(Port::Calls, "990307", "AA0101", 40_001)[4..],
        [" 5 07 07:01:48 -ivr RELEASED to=", "10 07 07:01:48 -caller RELEASED to=", "11 07 07:01:48 deleted",]
    );
    assert_eq!(
        told(Port::Calls, "990307", "AA0101", 40_007)[4..],
        [
            " 5 07 10:07:13 -ivr DIVERTED to=RP_BANK",
            " 6 07 10:07:13 +rp dn=RP_BANK parent=ivr queue= agent=",
            " 7 07 10:09:39 -rp ABANDONED to=",
            "10 07 10:09:39 -caller RELEASED to=",
            "11 07 10:09:39 deleted",
        ]
    );
    assert_eq!(told(Port::VirtualQueues, "990307", "AA0101", 40_007)[1], "17 07 10:09:39 ended VQ_NW ABANDONED to=");
    // A service that a hang states is left out; a queue of no time is none.
    assert_eq!(told(Port::Calls, "990307", "AA0101", 40_008)[6], " 7 07 10:20:10 -rp ABANDONED to=");
    assert_eq!(told(Port::Calls, "990307", "AA0101", 40_008).len(), 9);
    assert_eq!(told(Port::Calls, "990307", "AA0101", 40_009)[4], " 5 07 11:11:14 -ivr RELEASED to=");
    assert!(told(Port::VirtualQueues, "990307", "AA0101", 40_009).is_empty());
}

#[test]
fn calls_around_midnight_go_on_into_the_next_day() {
    assert_eq!(told(Port::Calls, "990307", "AA0102", 51_004)[8], " 9 08 00:01:36 -agent RELEASED to=");
    assert_eq!(
        told(Port::VirtualQueues, "990307", "AA0102", 51_005),
        ["16 07 23:59:29 queued VQ_NW 990307-AA0102-51005-vq", "17 08 00:00:26 ended VQ_NW ABANDONED to=",]
    );
    assert_eq!(
        told(Port::Calls, "990307", "AA0102", 51_006)[4..9],
        [
            " 5 07 23:59:56 -ivr DIVERTED to=RP_BANK",
            " 6 08 00:00:02 +rp dn=RP_BANK parent=ivr queue= agent=",
            " 7 08 00:00:29 -rp DIVERTED to=DN_AG03",
            " 8 08 00:00:29 +agent dn=DN_AG03 parent=rp queue=RP_BANK agent=",
            " 9 08 00:00:58 -agent RELEASED to=",
        ]
    );
    // A call that really began at midnight is one; its session is that of the row's day.
    assert_eq!(told(Port::Calls, "990307", "AA0103", 40_002)[0], " 1 07 00:00:00 created dnis=AA0103");
    assert_eq!(told(Port::Agents, "990307", "AA0102", 51_006)[0], "20 08 00:00:29 login DN_AG03 AG03 AG03-990307 true");
}

#[test]
fn rejected_rows_are_told_with_their_bytes_and_what_is_wrong() {
    let source = source(small(), Port::Calls);
    let rejected: Vec<Event> =
        events(&source).into_iter().filter(|e| matches!(e.body, Some(Body::Unreadable(_)))).collect();
    let told: Vec<_> = rejected.iter().map(|e| (e.epoch.process.as_str(), e.seq / 32, short(e))).collect();
    assert_eq!((told[0].0, rejected[0].epoch.started_us, rejected[0].time_us), ("unreadable", 0, 0));
    assert_eq!(told[1].0, "AA0101");
    assert_eq!(told[1].2, "31 07 00:00:00 unreadable phantom: outcome is PHANTOM: the call did not take place");
    assert_eq!((told[2].0, told[2].1), ("AA0102", 51_001));
    assert!(told[2].2.starts_with("31 07 00:00:00 unreadable negative-time: vru_time is -56"), "{}", told[2].2);
    assert_eq!((told[3].0, told[3].1), ("AA0103", 40_009));
    assert!(told[3].2.starts_with("31 08 00:00:00 unreadable unreadable-row: vru_entry is"), "{}", told[3].2);
    assert_eq!(told.len(), 4);
    for (event, line) in rejected.iter().zip([41, 11, 14, 40]) {
        let Some(Body::Unreadable(body)) = &event.body else { continue };
        let text = small_text();
        assert_eq!(std::str::from_utf8(&body.input).ok(), text.lines().nth(line - 1));
    }
}

#[test]
fn every_call_and_day_is_covered_at_every_port() {
    for spec in bank::sources(small()) {
        let covers = covers(&spec);
        let calls: Vec<&Covers> = covers.iter().filter(|c| c.to_seq != 0 && c.epoch_process != "unreadable").collect();
        assert_eq!(calls.len(), 39, "{}: 36 calls and 3 rejected rows with a call", spec.name);
        assert!(calls.iter().all(|c| c.from_seq % 32 == 0 && c.to_seq == c.from_seq + 31));
        let days: Vec<_> =
            covers.iter().filter(|c| c.to_us != 0).map(|c| (local(c.from_us), local(c.to_us - 1))).collect();
        let expected = [("07 00:00:00", "08 00:01:36"), ("08 00:00:00", "08 23:59:59")];
        assert_eq!(days, expected.map(|(from, to)| (from.to_owned(), to.to_owned())), "{}", spec.name);
        assert_eq!(local(common::clock_us(&spec).1), "09 00:00:00");
        assert!(matches!(pieces(&spec, 0).last(), Some(Piece::Covers(c)) if c.to_us != 0));
    }
}

#[test]
fn the_pieces_after_any_offset_are_the_rest_and_what_covers_the_event_before() {
    for spec in bank::sources(small()) {
        let all = pieces(&spec, 0);
        let total = spec.playback.total_offset().expect("known");
        assert_eq!(total, all.iter().filter(|p| matches!(p, Piece::Event { .. })).count() as u64);
        for after in 0..=total {
            let rest = pieces(&spec, after);
            let events = rest.iter().filter(|p| matches!(p, Piece::Event { .. })).count() as u64;
            assert_eq!(events, total - after);
            assert!(all.ends_with(&rest), "{} after {after}", spec.name);
            if let Some(before) = all.len().checked_sub(rest.len() + 1) {
                assert!(matches!(all[before], Piece::Event { .. }), "{} after {after}: covers are lost", spec.name);
            }
        }
    }
}

#[test]
fn the_stream_has_its_golden_hash() {
    let mut hasher = blake3::Hasher::new();
    for spec in bank::sources(small()) {
        for event in events(&spec) {
            hasher.update(&canonical(&event));
        }
    }
    assert_eq!(&hasher.finalize().to_hex()[..16], GOLDEN_EVENTS, "events on disk must not change; see FORMAT_VERSION");
}

const GOLDEN_EVENTS: &str = "e2eda8eb25a0fc30";

#[test]
fn two_rows_of_one_call_that_differ_are_both_told() {
    let text = small_text();
    let row = text.lines().nth(2).expect("call 40002");
    let other = row.replace("100507", "100508");
    let calls = read(&[&format!("{row}\n{other}\n"), row]);
    assert_eq!((calls.summary.calls, calls.summary.conflicting_calls, calls.summary.repeated_rows), (1, 1, 1));
    let events = events(&source(calls, Port::Calls));
    // Eleven events, and the user data twice.
    assert_eq!(events.len(), 12);
    assert_eq!(events.iter().filter(|e| e.seq % 32 == 4).count(), 2);
}

#[test]
fn a_zone_of_its_own_makes_a_stream_of_its_own() {
    let other = bank::read(&[small_file()], chrono_tz::UTC).expect("read");
    let (here, there) = (source(small(), Port::Calls), source(other, Port::Calls));
    assert_ne!(here.playback.stream(), there.playback.stream());
    assert_eq!(events(&here)[1].time_us + 2 * 3_600_000_000, events(&there)[1].time_us);
}

/// Identities and bytes of all events of all ports.
fn all_events(calls: BankCalls) -> BTreeSet<Vec<u8>> {
    bank::sources(calls).iter().flat_map(|spec| events(spec).iter().map(canonical).collect::<Vec<_>>()).collect()
}

fn streams(calls: BankCalls) -> Vec<(String, Vec<Piece>)> {
    let told = |spec: &SourceSpec| (spec.playback.stream(), pieces(spec, 0));
    bank::sources(calls).iter().map(told).collect()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 32, ..ProptestConfig::default() })]

    #[test]
    fn the_order_of_rows_and_files_line_ends_and_header_change_nothing(
        rows in Just(small_text().lines().skip(1).map(str::to_owned).collect::<Vec<_>>()).prop_shuffle(),
        cut in 0usize..40,
        crlf in any::<bool>(),
    ) {
        let end = if crlf { "\r\n" } else { "\n" };
        let file = |rows: &[String]| rows.iter().map(|row| format!("{row}{end}")).collect::<String>();
        let shuffled = read(&[&file(&rows[..cut]), &file(&rows[cut..])]);
        prop_assert_eq!(streams(shuffled), streams(small()));
    }

    #[test]
    fn overlapping_parts_have_the_events_of_their_union(picks in prop::collection::vec(1u8..=3, 40)) {
        let text = small_text();
        let part = |bit: u8| {
            let rows = text.lines().skip(1).zip(&picks).filter(|(_, pick)| **pick & bit != 0);
            rows.map(|(row, _)| format!("{row}\n")).collect::<String>()
        };
        let (a, b) = (part(1), part(2));
        let apart: BTreeSet<_> = all_events(read(&[&a])).union(&all_events(read(&[&b]))).cloned().collect();
        prop_assert_eq!(&apart, &all_events(read(&[&a, &b])));
        prop_assert_eq!(&apart, &all_events(small()));
    }

    #[test]
    fn no_text_at_all_breaks_the_reader(rows in prop::collection::vec("[ -~\t\u{e9}]{0,60}", 0..8)) {
        let calls = read(&[&rows.join("\n")]);
        prop_assert_eq!(calls.summary.calls, 0);
        let told = events(&source(calls.clone(), Port::Calls)).len() as u64;
        prop_assert_eq!(told, calls.summary.rows - calls.summary.repeated_rows);
    }

    #[test]
    fn a_broken_field_is_a_call_or_is_rejected_and_never_lost(
        line in 1usize..=39, column in 0usize..17, value in "[0-9:A-Z -]{0,9}",
    ) {
        let text = small_text();
        let mut fields: Vec<&str> = text.lines().nth(line).unwrap_or_default().split('\t').collect();
        fields[column] = &value;
        let calls = read(&[&fields.join("\t")]);
        let told = events(&source(calls, Port::Calls));
        prop_assert!(!told.is_empty());
    }
}
