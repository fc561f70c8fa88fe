//! `kill -9` at any moment, of the program, of the private PostgreSQL, or of both: the same command again makes the mart that an
//! undisturbed run makes, and one whose PostgreSQL alone was killed makes it by itself.

use std::time::{Duration, Instant};

use crate::input::Rows;
use crate::operator::{Running, Site, assert_same, look_again};
use crate::random::Chance;

/// Crashes of the main scenario, each in a data folder of its own,
const CRASHES: usize = 20;
/// unless this environment variable says how many.
const CRASHES_VARIABLE: &str = "CALLMART_CRASHES";
/// Rows that each imports.
const ROWS: usize = 220;
/// Many small loads, so that a crash often meets one.
const SETTINGS: &str = "[load]\npostgres_every_ms = 1\nparquet_every_ms = 1\n";
/// When to kill: at a moment, or some microseconds after it.
#[derive(Debug, Clone, Copy)]
enum Moment {
    /// After the logs were made: the private server is made and started then, and its tables.
    Begun(u64),
    /// When the logs hold so many bytes.
    Logged(u64),
    /// After all is collected.
    Collected(u64),
    /// After the Parquet mart has published this state.
    Published(u64, u64),
}

/// What dies.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Killed {
    /// The program.
    program: bool,
    server: OfServer,
}

/// What of the private PostgreSQL dies.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum OfServer {
    Nothing,
    ItsFirstProcess,
    AllItsProcesses,
}

/// What an undisturbed import leaves.
struct Undisturbed {
    content: Vec<String>,
    log_bytes: u64,
    published: u64,
    /// How long the import takes.
    lasts_us: u64,
}

impl Undisturbed {
    fn import(scenario: &str) -> Self {
        let site = fresh(scenario);
        let began = Instant::now();
        site.must(&["import", "bank-calls", &calls(&site)]);
        let lasts_us = began.elapsed().as_micros() as u64;
        Self { content: site.content(), log_bytes: site.log_bytes(), published: site.published(), lasts_us }
    }

    fn moment(&self, chance: &mut Chance) -> Moment {
        match chance.below(5) {
            0 => Moment::Begun(chance.below(self.lasts_us / 2)),
            1 | 2 => Moment::Logged(chance.below(self.log_bytes)),
            3 => Moment::Collected(chance.below(self.lasts_us / 2)),
            _ => Moment::Published(1 + chance.below(self.published), chance.below(self.lasts_us / 4)),
        }
    }

    /// The same command until it ends well, and then a look at everything.
    fn finish(&self, site: &Site, what: &str) {
        let answer = site.run(&["import", "bank-calls", &calls(site)]);
        assert_eq!(answer.code, Some(0), "{what}: the next import: {}", answer.said);
        let verified = site.run(&["log", "verify"]);
        assert_eq!(verified.code, Some(0), "{what}: {}", verified.out);
        assert!(!verified.out.contains("torn"), "{what}: {}", verified.out);
        assert_same(&site.content(), &self.content, what);
    }
}

#[test]
fn twenty_crashes_anywhere_in_an_import_leave_nothing_that_it_or_the_next_import_does_not_mend() {
    let crashes = std::env::var(CRASHES_VARIABLE).map_or(CRASHES, |n| n.parse().expect("CALLMART_CRASHES is a number"));
    let mut chance = Chance::of_this_run("twenty crashes");
    let undisturbed = Undisturbed::import("twenty crashes");
    let mut met = 0;
    for round in 0..crashes {
        let site = fresh("twenty crashes");
        let (moment, killed) = (undisturbed.moment(&mut chance), killed(&mut chance, site.has_postgres()));
        let what = format!("crash {round}, {moment:?}, {killed:?}");
        let import = ["import", "bank-calls", &calls(&site)];
        let (running, is_met) = crash(&site, &import, moment, undisturbed.log_bytes, killed);
        met += usize::from(is_met);
        if let Some(running) = running {
            let status = running.end();
            assert!(status.success(), "{what}: {status}: {}", site.said());
            assert_same(&site.content(), &undisturbed.content, &format!("{what}, by itself"));
        }
        undisturbed.finish(&site, &what);
    }
    assert!(met * 2 >= crashes, "only {met} of {crashes} imports were still running when something was killed");
}

#[test]
fn several_crashes_in_a_row_are_mended_by_one_import() {
    let mut chance = Chance::of_this_run("crashes in a row");
    let undisturbed = Undisturbed::import("crashes in a row");
    for _ in 0..2 {
        let site = fresh("crashes in a row");
        let mut moments = Vec::new();
        for _ in 0..4 {
            let (moment, server) = (undisturbed.moment(&mut chance), of_server(&mut chance));
            let killed = Killed { program: true, server };
            crash(&site, &["import", "bank-calls", &calls(&site)], moment, undisturbed.log_bytes, killed);
            moments.push((moment, killed));
        }
        undisturbed.finish(&site, &format!("{moments:?}"));
    }
}

#[test]
fn a_rebuild_that_is_killed_is_mended_by_another_or_by_an_import() {
    let mut chance = Chance::of_this_run("killed rebuilds");
    let undisturbed = Undisturbed::import("killed rebuilds");
    let site = fresh("killed rebuilds");
    undisturbed.finish(&site, "an undisturbed import");
    let mut met = 0;
    for round in 0..4 {
        let (from, next) = (["gidb", "log"][round % 2], ["import", "rebuild"][round / 2 % 2]);
        // The first state that a rebuild publishes is an empty mart.
        let moment = Moment::Published(site.published() + 1, chance.below(undisturbed.lasts_us / 8));
        let killed = Killed { program: true, server: of_server(&mut chance) };
        let (_, is_met) = crash(&site, &["rebuild", "--from", from], moment, u64::MAX, killed);
        let what = format!("rebuild from {from}, {killed:?} at {moment:?} ({is_met}), then {next}");
        met += usize::from(is_met);
        if next == "rebuild" {
            site.must(&["rebuild", "--from", from]);
        }
        undisturbed.finish(&site, &what);
    }
    assert!(met >= 2, "only {met} of 4 rebuilds were still running when they were killed");
}

fn fresh(scenario: &str) -> Site {
    Site::with_both_marts(scenario).settings(SETTINGS)
}

fn calls(site: &Site) -> String {
    site.file("calls.tsv", &Rows::all().part(0, ROWS))
}

fn of_server(chance: &mut Chance) -> OfServer {
    match chance.below(4) {
        0 | 1 => OfServer::Nothing,
        2 => OfServer::ItsFirstProcess,
        _ => OfServer::AllItsProcesses,
    }
}

/// Something dies: half of the time the program, with its server or without; else the server alone.
fn killed(chance: &mut Chance, has_server: bool) -> Killed {
    if chance.below(2) == 0 || !has_server {
        return Killed { program: true, server: of_server(chance) };
    }
    let server = if chance.below(2) == 0 { OfServer::ItsFirstProcess } else { OfServer::AllItsProcesses };
    Killed { program: false, server }
}

/// Runs a command and kills at the moment what is to be killed, unless the command has ended before. Gives the command back when
/// it lives on, and tells whether it ran at the moment.
fn crash(site: &Site, args: &[&str], moment: Moment, whole_log_bytes: u64, killed: Killed) -> (Option<Running>, bool) {
    let (logged, published) = (site.log_bytes(), site.published());
    let mut running = site.start(args);
    let (reached, later_us): (Box<dyn Fn() -> bool>, u64) = match moment {
        Moment::Begun(later) => (Box::new(|| site.log_bytes() > 0), later),
        Moment::Logged(bytes) => (Box::new(move || site.log_bytes() >= bytes), 0),
        Moment::Collected(later) => (Box::new(move || site.log_bytes() >= whole_log_bytes), later),
        Moment::Published(state, later) => (Box::new(move || site.published() >= state), later),
    };
    // After a crash the moment may have been reached before; then any progress is the moment.
    let goes_on = || logged == 0 || site.log_bytes() > logged || site.published() > published;
    while running.runs() && !(reached() && goes_on()) {
        look_again();
    }
    let until = Instant::now() + Duration::from_micros(later_us);
    while running.runs() && Instant::now() < until {
        look_again();
    }
    let met = running.runs();
    let left = if killed.program {
        running.kill();
        None
    } else {
        Some(running)
    };
    match killed.server {
        OfServer::Nothing => {}
        OfServer::ItsFirstProcess => site.kill_server(false),
        OfServer::AllItsProcesses => site.kill_server(true),
    }
    (left, met)
}
