//! Flows as data: what happens in a call, step by step, and the rows that follow, in one text file for each.
//!
//! Every file under `data` is played twice: its events go straight into the transform, in two orders; and all files together
//! go through ports, collectors, logs and the ETL into a Parquet mart. How to write one stands in README.md beside the data.
//! What holds of any mix of them, however it is told, stands in `laws`.
//! Under `second` stand some of the same flows, whose rows somebody else derived; these go straight into the transform only.

mod direct;
mod file;
mod hold;
mod laws;
mod live;
mod mart;
mod measures;
mod view;

use std::collections::BTreeMap;

use file::Flow;
use mart::Mart;

/// The folders, each with the fewest files that may be there: fewer, and it was not found.
const DATA: (&str, usize) = ("data", 20);
const SECOND: (&str, usize) = ("second", 10);

fn flows((folder, fewest): (&str, usize)) -> Vec<Flow> {
    let flows = file::all(folder).unwrap_or_else(|fault| panic!("{folder}/{fault}"));
    assert!(flows.len() >= fewest, "only {} flows were found in {folder}", flows.len());
    flows
}

fn assert_none(faults: Vec<String>) {
    assert!(faults.is_empty(), "{} faults:\n{}", faults.len(), faults.join("\n"));
}

#[test]
fn each_flow_makes_the_rows_that_are_written_beside_it_in_two_orders() {
    let mut faults = Vec::new();
    for folder in [DATA, SECOND] {
        for flow in flows(folder) {
            let events = flow.events();
            let backwards = events.iter().rev().cloned().collect::<Vec<_>>();
            for (order, events) in [("as told", events), ("backwards", backwards)] {
                let told = hold::differences(&flow, &direct::mart(&flow, events));
                faults.extend(told.into_iter().map(|fault| format!("{}/{fault} (events {order})", folder.0)));
            }
        }
    }
    assert_none(faults);
}

#[test]
fn a_flow_that_was_derived_a_second_time_has_the_steps_and_settings_of_the_first() {
    let firsts = flows(DATA);
    for second in flows(SECOND) {
        let name = &second.name;
        let first = firsts.iter().find(|first| first.name == *name).unwrap_or_else(|| panic!("{name} is no flow"));
        assert!(first.events() == second.events(), "{name} has other steps");
        assert_eq!(first.settings_key(), second.settings_key(), "{name} has other settings");
    }
}

#[test]
fn all_flows_at_once_make_them_through_ports_collectors_logs_and_etl_too() {
    let (mut faults, mut by_settings) = (Vec::new(), BTreeMap::<_, Vec<Flow>>::new());
    for flow in flows(DATA) {
        by_settings.entry(flow.settings_key()).or_default().push(flow);
    }
    // Facts are a function of one set of settings.
    for flows in by_settings.values() {
        let mart = live::mart(flows);
        faults.extend(flows.iter().flat_map(|flow| hold::differences(flow, &mart)));
    }
    assert_none(faults);
}

/// A flow, its rows, and the text of its file.
fn sample(name: &str) -> (String, Mart) {
    let text = std::fs::read_to_string(file::folder(DATA.0).join(format!("{name}.md"))).expect("a file");
    let flow = Flow::read(name, &text).expect("a flow");
    let mart = direct::mart(&flow, flow.events());
    assert_none(hold::differences(&flow, &mart));
    (text, mart)
}

#[test]
fn whatever_is_changed_in_what_a_flow_expects_fails() {
    let name = "a07_vq";
    let (text, mart) = sample(name);
    let first_table = text.find("## interaction_fact").expect("a table");
    let (mut changed, mut place) = (0, first_table);
    // Every digit of every table, one at a time; digits of names would be other names.
    while let Some(at) = text[place..].find(|c: char| c.is_ascii_digit()).map(|at| place + at) {
        place = at + 1;
        let digit = text.as_bytes()[at];
        let is_of_number =
            |at: usize| text.as_bytes().get(at).is_some_and(|b| b" :/".contains(b) || b.is_ascii_digit());
        if !is_of_number(at - 1) || !is_of_number(at + 1) || in_head(&text, at) {
            continue;
        }
        let other = if digit == b'1' { "2" } else { "1" };
        let mut wrong = text.clone();
        wrong.replace_range(at..=at, other);
        // A flow that is refused has failed too.
        let faults = Flow::read(name, &wrong).map_or_else(|e| vec![e], |flow| hold::differences(&flow, &mart));
        let line = wrong[..at].lines().count();
        assert!(!faults.is_empty(), "nothing failed when line {line} was changed:\n{wrong}");
        changed += 1;
    }
    assert!(changed > 30, "only {changed} digits were changed");
}

/// Whether a place is in a heading or in the head of a table, which say nothing of numbers.
fn in_head(text: &str, at: usize) -> bool {
    let begin = text[..at].rfind('\n').map_or(0, |n| n + 1);
    let line = &text[begin..];
    let next = line.lines().nth(1).unwrap_or_default();
    line.starts_with('#') || next.starts_with("|-") || next.starts_with("| -")
}

#[test]
fn a_measure_a_row_or_a_table_that_is_left_out_is_missed() {
    let name = "a07_vq";
    let (text, mart) = sample(name);
    let first_table = text.find("## interaction_fact").expect("a table");
    let lines: Vec<&str> = text.lines().collect();
    let head = text[..first_table].lines().count();
    let mut left_out = 0;
    for place in head..lines.len() {
        let is_row = lines[place].starts_with('|') && !lines[place].starts_with("|-");
        let is_head = lines.get(place + 1).is_some_and(|next| next.starts_with("|-"));
        if is_row && !is_head {
            let rest: Vec<&str> = lines.iter().enumerate().filter(|(i, _)| *i != place).map(|(_, l)| *l).collect();
            let faults = Flow::read(name, &rest.join("\n")).map_or_else(|e| vec![e], |f| hold::differences(&f, &mart));
            assert!(!faults.is_empty(), "nothing failed without line {}: {}", place + 1, lines[place]);
            left_out += 1;
        }
    }
    assert!(left_out > 15, "only {left_out} lines were left out");
}

#[test]
fn a_file_that_is_no_flow_is_refused_with_its_line() {
    let good = "# T\n\nWords.\n\n## Steps\n\n00:00 A1 logs in on 1001 at dc1-node1\n\n## interaction_fact\n\n| call |\n|---|\n";
    assert!(Flow::read("t", good).is_ok());
    let refused = [
        ("no title\n", "t.md:1:"),
        ("# T\n\n## Steps\n00:00 A1 is ready\n", "t.md:1:"),
        ("# T\n\nWords.\n", "t.md:"),
        (&good.replace("A1 logs in", "A1 walks in"), "t.md:7:"),
        (&good.replace("## interaction_fact", "## interaction_fiction"), "t.md:9:"),
        (&good.replace("| call |\n", "| call | weather |\n"), "t.md:11:"),
        (&good.replace("|---|\n", "|---|\n| C1 | C2 |\n"), "t.md:13:"),
        (&good.replace("## interaction_fact", "## interaction_resource_fact: measures"), "t.md:11:"),
        (&format!("{good}\n## interaction_fact\n\n| call |\n|---|\n"), "t.md:14:"),
    ];
    for (text, at) in refused {
        let fault = Flow::read("t", text).expect_err(text);
        assert!(fault.starts_with(at), "{fault}\nof\n{text}");
    }
}
