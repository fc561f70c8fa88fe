//! Files of JSON lines as sources.

mod common;

use std::io::Write;
use std::path::PathBuf;

use callmart_node::jsonl::{self, JsonLines, MAX_RUN_EVENTS, UNREADABLE_SOURCE};
use callmart_node::lines::KEPT_LINE_BYTES;
use callmart_node::playback::{Role, SourceSpec};
use callmart_schema::event::Body;
use common::{covers, events};

fn read(texts: &[&[u8]]) -> JsonLines {
    let folder = tempfile::tempdir().expect("a folder");
    let files: Vec<PathBuf> = texts
        .iter()
        .enumerate()
        .map(|(i, text)| {
            let path = folder.path().join(format!("{i}.jsonl"));
            std::fs::File::create(&path).expect("a file").write_all(text).expect("written");
            path
        })
        .collect();
    jsonl::read(&files).expect("read")
}

fn line(source: &str, seq: u64, time_us: i64) -> String {
    format!(
        r#"{{"source":"{source}","epoch":{{"startedUs":5,"process":"p"}},"seq":{seq},"switch":"S","tenant":"T","timeUs":{time_us},"callDeleted":{{"call":"c"}}}}"#
    )
}

fn text(lines: &[String]) -> Vec<u8> {
    (lines.join("\n") + "\n").into_bytes()
}

/// Numbers of a source's events, in order.
fn numbers(source: &SourceSpec) -> Vec<u64> {
    events(source).iter().map(|event| event.seq).collect()
}

/// What a source says is complete: (from, to, from_us, to_us).
fn ranges(source: &SourceSpec) -> Vec<(u64, u64, i64, i64)> {
    covers(source).iter().map(|c| (c.from_seq, c.to_seq, c.from_us, c.to_us)).collect()
}

#[test]
fn each_source_is_a_stream_in_the_order_of_its_lines() {
    let first = text(&[line("a", 1, 100), line("b", 7, 300), line("a", 2, 90), String::new(), "   ".into()]);
    let second = text(&[line("a", 4, 200), line("a", 2, 90), line("b", 8, 310)]);
    let read = read(&[&first, &second]);
    let [a, b] = &read.sources[..] else { panic!("two sources") };
    assert_eq!((a.name.as_str(), numbers(a)), ("a", vec![1, 2, 4]));
    assert_eq!((b.name.as_str(), numbers(b)), ("b", vec![7, 8]));
    assert_eq!(ranges(a), [(0, 2, 0, 0), (3, 4, 0, 0), (0, 0, 90, 201)]);
    assert_eq!(ranges(b), [(6, 8, 0, 0), (0, 0, 300, 311)]);
    assert_eq!((a.switch.as_str(), a.tenant.as_str(), a.role, a.any_role), ("S", "T", Role::IProxy, true));
    assert_eq!(common::clock_us(a), (90, 201));
    assert_eq!((read.summary.lines, read.summary.events, read.summary.repeated_lines), (6, 5, 1));
}

#[test]
fn equal_content_is_an_equal_stream_and_other_content_another() {
    let stream = |texts: &[&[u8]]| read(texts).sources[0].playback.stream();
    let (one, two) = (text(&[line("a", 1, 100)]), text(&[line("a", 2, 100)]));
    assert_eq!(stream(&[&one, &two]), stream(&[&[one.clone(), two.clone()].concat()]));
    assert_ne!(stream(&[&one, &two]), stream(&[&two, &one]));
    // The same event written another way.
    let spaced = String::from_utf8(one.clone()).expect("text").replace("startedUs", " started_us").replace(" \"", "\"");
    let spaced = spaced.replace("\" started_us", "\"started_us").replace("{\"", "{ \"");
    assert_eq!(stream(&[spaced.as_bytes()]), stream(&[&one]));
}

#[test]
fn a_run_of_numbers_is_cut_so_that_it_is_told_in_time() {
    let lines: Vec<String> = (1..=MAX_RUN_EVENTS + 3).map(|seq| line("a", seq, 1)).collect();
    let read = read(&[&text(&lines)]);
    assert_eq!(ranges(&read.sources[0])[..2], [(0, MAX_RUN_EVENTS, 0, 0), (MAX_RUN_EVENTS, MAX_RUN_EVENTS + 3, 0, 0)]);
}

#[test]
fn a_new_epoch_begins_a_new_run() {
    let other = line("a", 2, 1).replace("startedUs\":5", "startedUs\":6");
    let read = read(&[&text(&[line("a", 1, 1), other])]);
    assert_eq!(ranges(&read.sources[0])[..2], [(0, 1, 0, 0), (1, 2, 0, 0)]);
    let epochs: Vec<i64> = covers(&read.sources[0]).iter().map(|c| c.epoch_started_us).collect();
    assert_eq!(epochs, [5, 6, 6]);
}

#[test]
fn lines_that_are_no_events_are_told_by_a_source_of_their_own() {
    let long = vec![b'x'; KEPT_LINE_BYTES + 5];
    let file = [b"{broken\n[1]\n{broken\n".as_slice(), &long, b"\n", &text(&[line("a", 1, 100)])].concat();
    let read = read(&[&file]);
    let source = read.sources.iter().find(|s| s.name == UNREADABLE_SOURCE).expect("the source");
    let told: Vec<(String, usize, String)> = events(source)
        .into_iter()
        .filter_map(|event| match event.body {
            Some(Body::Unreadable(b)) => Some((b.reason, b.input.len(), b.detail)),
            _ => None,
        })
        .collect();
    assert_eq!(
        (told.len(), told[0].0.as_str(), told[1].0.as_str(), told[2].0.as_str()),
        (3, "not-json", "not-an-event", "too-long")
    );
    assert_eq!((told[0].1, told[2].1), (7, 512 << 10));
    assert!(told[2].2.contains(&format!("{} bytes", long.len())), "{}", told[2].2);
    assert!(numbers(source).iter().all(|seq| *seq > 0 && i64::try_from(*seq).is_ok()));
    for (range, seq) in ranges(source).iter().zip(numbers(source)) {
        assert_eq!(*range, (seq - 1, seq, 0, 0));
    }
    assert_eq!(ranges(source).len(), 3, "nothing is said of any stretch of time");
    let at: Vec<_> = read.summary.unreadable_at.iter().map(|u| (u.line, u.reason)).collect();
    assert_eq!(at, [(1, "not-json"), (2, "not-an-event"), (3, "not-json"), (4, "too-long")]);
    assert_eq!((read.summary.events, read.summary.repeated_lines), (1, 1));
}

#[test]
fn a_port_takes_the_role_of_what_it_says_most_about() {
    let of = |body: &str| {
        let line = format!(r#"{{"source":"a","epoch":{{}},"seq":1,{body}}}"#);
        read(&[line.as_bytes()]).sources[0].role
    };
    assert_eq!(of(r#""agentReady":{"dn":"1"}"#), Role::TController);
    assert_eq!(of(r#""virtualQueueQueued":{"call":"c"}"#), Role::VirtualQueue);
    assert_eq!(of(r#""configurationChanged":{"name":"x"}"#), Role::Configuration);
    assert_eq!(of(r#""callCreated":{"call":"c"}"#), Role::IProxy);
}
