//! Laws over random mixes of flows, through the whole ETL into marts of files and of PostgreSQL.
//!
//! A mix is some of the files under `data`, each in names of its own, shifted so that they overlap; now and then all sit at
//! the same telephones, and now and then a part of it was heard by nobody. What must hold:
//! - a mart is a function of what was heard: streams in any order, repeated, shared out over twins, loaded with any limits,
//!   with stops and crashes in between or while the logs are written, and made again from logs or from the archive, it has the
//!   lines of `callmart hash` that it has when everything is told once, in order, by one collector;
//! - time is conserved on every row (`conserved`), and every passage through a queue is counted in exactly one class
//!   (`classes`), also where a part is missing.
//!
//! A case follows from its number alone, which is printed when it fails. A few go through the whole ETL, many more straight into
//! the transform. How many, and from which on: `CALLMART_MIXES=200 CALLMART_MIXES_FROM=1 cargo test --test flows laws`.

mod chance;
mod classes;
mod conserved;
mod mix;
mod site;
mod telling;

use std::fmt::Write as _;

use callmart_etl::postgres_server::are_installed;

use crate::direct;
use crate::file::texts;
use crate::live::rows;
use crate::mart::Mart;
use chance::Chance;
use mix::Mix;
use site::{Site, load_settings, without_archive};
use telling::Telling;

/// Cases that are played through the whole ETL unless the environment says how many.
const CASES: u64 = 3;
/// Cases that go straight into the transform, for each of these.
const DIRECT_CASES: u64 = 60;
/// In every so many cases PostgreSQL is loaded too.
const WITH_POSTGRES: u64 = 3;

/// The cases that are asked for.
fn cases(each: u64) -> std::ops::Range<u64> {
    let asked = |name: &str, default: u64| std::env::var(name).ok().and_then(|n| n.parse().ok()).unwrap_or(default);
    let (count, from) = (asked("CALLMART_MIXES", CASES), asked("CALLMART_MIXES_FROM", 1));
    (from - 1) * each + 1..(from - 1 + count) * each + 1
}

/// What a case found.
#[derive(Default)]
struct Found {
    said: String,
    faults: Vec<String>,
}

impl Found {
    fn says(&mut self, what: &str) {
        let _ = writeln!(self.said, "{what}");
    }

    /// The lines of one hash that another one has not.
    fn compare(&mut self, what: &str, is: &[Vec<String>], shall_be: &[String]) {
        for (place, is) in is.iter().enumerate() {
            let is_of_files = place == 0;
            let (is, shall_be): (Vec<_>, Vec<_>) = if is_of_files {
                (is.iter().collect(), shall_be.iter().collect())
            } else {
                (without_archive(is), without_archive(shall_be))
            };
            if is != shall_be {
                let strange: Vec<_> = is.iter().filter(|line| !shall_be.contains(line)).collect();
                let lacking: Vec<_> = shall_be.iter().filter(|line| !is.contains(line)).collect();
                let engine = if is_of_files { "files" } else { "PostgreSQL" };
                self.faults.push(format!("{what}, {engine}: has {strange:#?} and lacks {lacking:#?}"));
            }
        }
    }
}

/// Plays cases, and tells of those that fail, and how each is repeated.
fn play_all(each: u64, play: impl Fn(&[(String, String)], u64) -> Found) {
    let flows = texts(crate::DATA.0).expect("flows");
    let mut failed = Vec::new();
    for case in cases(each) {
        let Found { said, faults } = play(&flows, case);
        if !faults.is_empty() {
            let repeat = format!("CALLMART_MIXES=1 CALLMART_MIXES_FROM={}", case.div_ceil(each));
            failed.push(format!("case {case} ({repeat} repeats it): {said}{}", faults.join("\n")));
        }
    }
    assert!(failed.is_empty(), "{} cases fail:\n{}", failed.len(), failed.join("\n\n"));
}

#[test]
fn however_a_mix_of_flows_is_told_its_marts_are_the_same_and_conserve_time_and_every_passage() {
    play_all(1, through_the_etl);
}

#[test]
fn however_a_mix_of_flows_is_told_the_transform_makes_the_same_rows_and_conserves_time_and_every_passage() {
    play_all(DIRECT_CASES, through_the_transform);
}

/// The mix of a case: in every other one a part is missing.
fn mix_of(flows: &[(String, String)], case: u64, chance: &mut Chance, found: &mut Found) -> Mix {
    let mix = Mix::whole(flows, chance);
    let mix = if case.is_multiple_of(2) { mix.without_a_part(chance) } else { mix };
    let (events, missing) = (mix.events.len(), mix.missing);
    found.says(&format!("{}; {events} events, {missing} more that nobody heard", mix.flows.join(" ")));
    mix
}

/// Plays a case in memory: plainly, and in another way.
fn through_the_transform(flows: &[(String, String)], case: u64) -> Found {
    let (mut chance, mut found) = (Chance::of(case), Found::default());
    let mix = mix_of(flows, case, &mut chance, &mut found);
    let made = |telling: &Telling| {
        let logs = telling.logs.iter().map(|log| (log.name.as_str(), log.pieces.concat()));
        direct::of_logs(&mix.settings, logs)
    };
    let (plain, telling) = (made(&Telling::plain(&mix)), Telling::drawn(&mix, &mut chance));
    found.says(&telling.how);
    let other = made(&telling);
    let (shall_be, is) = (plain.facts(), other.facts());
    for table in shall_be.keys().chain(is.keys()).filter(|table| shall_be.get(*table) != is.get(*table)) {
        found.faults.push(format!("{table} is\n{:?}\nand not\n{:?}", is.get(table), shall_be.get(table)));
    }
    found.faults.extend(conserved::faults(&plain));
    found.faults.extend(classes::unclassed(&plain));
    found
}

/// Plays a case: plainly, then in another way, then made again from the archive or from logs.
fn through_the_etl(flows: &[(String, String)], case: u64) -> Found {
    let (mut chance, mut found) = (Chance::of(case), Found::default());
    let mix = mix_of(flows, case, &mut chance, &mut found);
    let mut plain = Site::new(&mix, false);
    plain.load_plainly(&Telling::plain(&mix));
    let shall_be = plain.hashes().remove(0);
    let other_telling = Telling::drawn(&mix, &mut chance);
    let mut other = Site::new(&mix, case.is_multiple_of(WITH_POSTGRES) && are_installed());
    let how = other.load_somehow(&other_telling, &mut chance);
    found.says(&format!("{} {how}", other_telling.how));
    found.compare("told in another way", &other.hashes(), &shall_be);
    hold(&other, &mut found);
    let from_logs = chance.once_in(2);
    other.rebuild(from_logs, load_settings(&mut chance));
    let from = if from_logs { "made again from logs" } else { "made again from the archive" };
    found.compare(from, &other.hashes(), &shall_be);
    other.close();
    found
}

/// What holds of every mart.
fn hold(site: &Site, found: &mut Found) {
    let mart: Mart = site.ask(rows(&site.engines()[0]));
    found.faults.extend(conserved::faults(&mart));
    found.faults.extend(classes::faults(site, &mart));
}
