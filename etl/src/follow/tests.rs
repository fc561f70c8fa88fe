//! The Parquet mart across crashes: whatever was interrupted, it ends in the rows of one undisturbed pass.

mod sharing;

use std::fs;
use std::path::Path;
use std::sync::Arc;

use buffa::Message as _;
use callmart_collector::log::{LogIdentity, LogSettings, LogWriter, RecordDraft, RecordKind};
use callmart_schema::catalogue::{InteractionResourceFact, TABLES, Table, TableKind, Value};
use callmart_schema::control::{CONTROL, Decision};
use callmart_schema::event::{self, Body, CallType, Epoch, Event};
use callmart_schema::manifest::{CURRENT_FILE, MANIFEST_FOLDER};
use callmart_schema::session::Batch;
use proptest::prelude::*;

use super::*;
use crate::coverage;
use crate::load::parquet::ParquetMart;
use crate::settings::{LoadSettings, TransformSettings};
use crate::stored::Texts;
use crate::transform::tests::build::{
    ABANDONED, ALERTING, Agent, Call, RELEASED, T0_US, because, decided, login, logout, place, stored,
};
use crate::transform::tests::laws::a_log;

const LOG: &str = "log";

impl Etl {
    /// Makes one state of the Parquet mart.
    async fn publish_next(&mut self) -> Result<(), EtlError> {
        self.rest().await?;
        self.begin_publishing()?;
        self.rest().await
    }

    /// Makes states of the Parquet mart until nothing waits for it.
    async fn publish(&mut self) -> Result<(), EtlError> {
        self.publish_next().await?;
        while self.knowledge.is_waiting(Mart::Parquet) {
            self.publish_next().await?;
        }
        Ok(())
    }
}

/// What happens while a log is read.
#[derive(Debug, Clone)]
enum Step {
    Take(usize),
    /// Everything that waits is published.
    Publish,
    /// One state is published, which may leave units waiting.
    PublishOne,
    /// The state's files are written, but it does not become the newest.
    FailAndReopen,
    Reopen,
    /// A stop, as an operator asks for it: everything is loaded first.
    StopAndReopen,
    RebuildHalf,
}

/// A log whose events lie within minutes, or spread over days: what fits in memory at once, and what does not. Over days no
/// session ends before it begins: a source's time does not step back by days, and that is not looked for in the archive.
fn a_log_of_days() -> impl Strategy<Value = Vec<Stored>> {
    (a_log(), prop_oneof![Just(1), Just(1_000), Just(5_000)]).prop_map(|(log, factor)| {
        let stays = |event: &&Stored| factor == 1 || !ends_before_its_begin(event, &log);
        log.iter().filter(stays).map(|event| spread(event, factor)).collect()
    })
}

fn ends_before_its_begin(event: &Stored, log: &[Stored]) -> bool {
    let begins = |other: &Stored| &*other.kind == "agent_login" && other.unit == event.unit;
    &*event.kind == "agent_logout" && log.iter().any(|other| begins(other) && other.time_us > event.time_us)
}

/// The event or record with its distance from the first day's begin so many times as long.
fn spread(event: &Stored, factor: i64) -> Stored {
    let later = |at_us: i64| T0_US + (at_us - T0_US) * factor;
    let mut texts = Texts::default();
    if !event.is_session() {
        let mut told = event::decode(&event.bytes).expect("an event");
        spread_event(&mut told, &later);
        return Stored { place: event.place.clone(), ..stored(&told) };
    }
    let Ok(mut batch) = Batch::decode_from_slice(&event.bytes) else { return event.clone() };
    if coverage::covers_of(event).is_empty() {
        return event.clone();
    }
    for covers in &mut batch.covers {
        (covers.from_us, covers.to_us) = (later(covers.from_us), later(covers.to_us));
        covers.epoch_started_us = of_epoch(covers.epoch_started_us, &later);
    }
    let (source, bytes) = (&event.identity.source, batch.encode_to_vec());
    Stored::from_session(&mut texts, source, coverage::BATCH, event.time_us, &bytes, event.place.clone())
}

fn spread_event(told: &mut Event, later: &dyn Fn(i64) -> i64) {
    told.time_us = if told.time_us == 0 { 0 } else { later(told.time_us) };
    if let Some(epoch) = told.epoch.as_option().cloned() {
        told.epoch = Epoch::new(of_epoch(epoch.started_us, later), &epoch.process).into();
    }
    match &mut told.body {
        Some(Body::Snapshot(snapshot)) => snapshot.entities.iter_mut().for_each(|entity| spread_event(entity, later)),
        Some(Body::Control(control)) if control.since_us != 0 => control.since_us = later(control.since_us),
        _ => {}
    }
}

/// An epoch that is named by a moment of the mix, spread as the moment is.
fn of_epoch(started_us: i64, later: &dyn Fn(i64) -> i64) -> i64 {
    if started_us < T0_US { started_us } else { later(started_us) }
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        4 => (1_usize..25).prop_map(Step::Take),
        2 => Just(Step::Publish),
        3 => Just(Step::PublishOne),
        1 => Just(Step::FailAndReopen),
        2 => Just(Step::Reopen),
        1 => Just(Step::StopAndReopen),
        1 => Just(Step::RebuildHalf),
    ]
}

/// More days than the events of a random log lie apart.
const SPAN_DAYS: i32 = 40;

/// As little in memory as can be.
fn open(dir: &Path, units_per_load: usize) -> Etl {
    open_with(dir, LoadSettings { units_per_load, cached_events: 0, open_days: 1, ..LoadSettings::default() })
}

/// As [`open`], with nothing farther apart than what is looked for.
fn open_wide(dir: &Path, units_per_load: usize) -> Etl {
    let (cached_events, open_days, unit_span_days) = (0, 1, SPAN_DAYS);
    open_with(dir, LoadSettings { units_per_load, cached_events, open_days, unit_span_days, ..LoadSettings::default() })
}

/// Everything in memory.
fn open_large(dir: &Path) -> Etl {
    let (cached_events, open_days) = (1_000_000, 1_000);
    open_with(dir, LoadSettings { units_per_load: 1_000_000, cached_events, open_days, ..LoadSettings::default() })
}

fn open_with(dir: &Path, load: LoadSettings) -> Etl {
    let transform = TransformSettings { gidb_tables: true, ..TransformSettings::default() };
    let settings = EtlSettings { data_dir: dir.to_owned(), transform, load };
    let parquet = ParquetMart::open(dir, &[], 300).expect("a mart");
    Etl::with_marts(settings, parquet, None).expect("what the archive holds")
}

/// Reads on where the log was left.
fn take(etl: &mut Etl, log: &[Stored], count: usize) {
    let from = etl.positions.get(LOG).map_or(0, |p| p.offset as usize);
    let to = from.saturating_add(count).min(log.len());
    for (offset, event) in log.iter().enumerate().take(to).skip(from) {
        etl.take(Stored { place: place(offset as u64), ..event.clone() }).expect("taken");
    }
    etl.positions.insert(LOG.to_owned(), LogPlace { segment: 0, offset: to as u64 });
}

async fn fail(etl: &mut Etl, dir: &Path) {
    // A folder where the new name of the newest state is to be written.
    let obstacle = dir.join(MANIFEST_FOLDER).join(CURRENT_FILE).with_extension("tmp");
    fs::create_dir(&obstacle).expect("a folder");
    etl.publish_next().await.expect_err("the state cannot become the newest");
    fs::remove_dir(obstacle).expect("removed");
}

/// Rows by table and day. Of dimensions and what a mart says of its own work more than one truth is possible.
type Content = BTreeMap<&'static str, BTreeMap<String, Vec<Vec<Value>>>>;

fn content(etl: &Etl, kinds: &[TableKind], besides: &[&str]) -> Content {
    let wanted = |t: &&&'static Table| kinds.contains(&t.kind) && !besides.contains(&t.name);
    TABLES
        .iter()
        .filter(wanted)
        .map(|t| (t.name, etl.publisher.mart().expect("here").content(t).expect("rows")))
        .collect()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 12, ..ProptestConfig::default() })]

    #[test]
    fn whatever_is_interrupted_the_mart_ends_in_the_rows_of_one_pass(
        log in a_log_of_days(),
        steps in prop::collection::vec(step(), 0..10),
        units_per_load in 1_usize..5,
    ) {
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).build().expect("a runtime");
        runtime.block_on(async {
            let (plain, hard) = (tempfile::tempdir().expect("a folder"), tempfile::tempdir().expect("a folder"));
            let mut one_pass = open_large(plain.path());
            take(&mut one_pass, &log, usize::MAX);
            one_pass.load_all().await.expect("loaded");
            let mut etl = open_wide(hard.path(), units_per_load);
            for step in steps {
                match step {
                    Step::Take(count) => take(&mut etl, &log, count),
                    Step::Publish => etl.publish().await.expect("published"),
                    Step::PublishOne => etl.publish_next().await.expect("published"),
                    Step::FailAndReopen => {
                        fail(&mut etl, hard.path()).await;
                        etl = open_wide(hard.path(), units_per_load);
                    }
                    Step::Reopen => etl = open_wide(hard.path(), units_per_load),
                    Step::StopAndReopen => {
                        etl.load_all().await.expect("loaded");
                        etl = open_wide(hard.path(), units_per_load);
                    }
                    Step::RebuildHalf => {
                        etl.clear(true).await.expect("cleared");
                        etl = open_wide(hard.path(), units_per_load);
                    }
                }
            }
            take(&mut etl, &log, usize::MAX);
            etl.load_all().await.expect("loaded");
            let exact = [TableKind::Fact, TableKind::Projection, TableKind::Archive, TableKind::Control, TableKind::Static, TableKind::Calendar];
            // Restatements tell how a mart came to its rows; a reject's place is that of the copy that was read first.
            let besides = ["ctl_restatement", "ctl_reject"];
            prop_assert_eq!(content(&etl, &exact, &besides), content(&one_pass, &exact, &besides));
            let rejects = |etl: &Etl| content(etl, &[TableKind::Control], &besides[..1])["ctl_reject"][""].len();
            prop_assert_eq!(rejects(&etl), rejects(&one_pass));
            let all = content(&etl, &[TableKind::Dimension], &[]);
            for (table, rows) in content(&one_pass, &[TableKind::Dimension], &[]) {
                for row in &rows[""] {
                    prop_assert!(all[table][""].contains(row), "{table} lacks {row:?}");
                }
            }
            let reopened = open_wide(hard.path(), 1);
            // Which copy of a conflict a mart knew is not told anywhere, so these units are loaded again.
            let waits = reopened.knowledge.is_waiting(Mart::Parquet);
            prop_assert!(!waits || !reopened.knowledge.overruled.is_empty(), "nothing waits after a clean end");
            Ok(())
        })?;
    }
}

#[test]
fn a_state_that_could_not_be_made_leaves_the_next_one_whole() {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).build().expect("a runtime");
    runtime.block_on(async {
        let dir = tempfile::tempdir().expect("a folder");
        let mut etl = open(dir.path(), 10);
        let call = Call::inbound("c1").ivr(0.0, 5.0, RELEASED).ends(5.0);
        let log: Vec<Stored> = call.events.iter().map(stored).collect();
        take(&mut etl, &log, usize::MAX);
        fail(&mut etl, dir.path()).await;
        etl.publish().await.expect("published");
        let rows = content(&etl, &[TableKind::Dimension, TableKind::Calendar, TableKind::Archive], &[]);
        assert_eq!(rows["resource_"][""].len(), 3, "the IVR, unknown, none");
        assert!(!rows["date_time"][""].is_empty(), "the year's calendar");
        let archived: usize = rows["gidb_event"].values().map(Vec::len).sum::<usize>();
        assert_eq!(archived, log.len());
    });
}

/// Runs an asynchronous test in a runtime of its own.
fn run(test: impl Future<Output = ()>) {
    let runtime =
        tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_time().build().expect("a runtime");
    runtime.block_on(test);
}

/// Seconds of a day.
const DAY_S: f64 = 86_400.0;

/// A call that was delivered on D1 half a minute after it began.
fn a_call(id: &str, seq: u64, at_s: f64) -> Vec<Stored> {
    let call = Call::new(id, seq).created(at_s, CallType::CALL_TYPE_INBOUND).caller(at_s);
    let call = call.telephone("a1", "D1", ALERTING, at_s + 30.0).leaves("a1", ABANDONED, at_s + 40.0);
    call.ends(at_s + 40.0).events.iter().map(stored).collect()
}

async fn load(etl: &mut Etl, log: &mut Vec<Stored>, events: Vec<Stored>) {
    log.extend(events);
    take(etl, log, usize::MAX);
    etl.publish().await.expect("published");
}

#[test]
fn memory_holds_a_few_days_and_only_the_units_that_go_on() {
    run(async {
        let dir = tempfile::tempdir().expect("a folder");
        let (mut etl, mut log) = (open(dir.path(), 10), Vec::new());
        for day in 0..20_u32 {
            load(&mut etl, &mut log, a_call(&format!("c{day}"), u64::from(day) * 100 + 1, f64::from(day) * DAY_S))
                .await;
        }
        assert_eq!(etl.knowledge.open_days().len(), 1);
        assert_eq!(etl.knowledge.units().count(), 0, "every call has ended and is in the mart");
        let goes_on = Call::new("c20", 9_000).created(20.0 * DAY_S, CallType::CALL_TYPE_INBOUND).events;
        load(&mut etl, &mut log, goes_on.iter().map(stored).collect()).await;
        assert_eq!(etl.knowledge.units().count(), 1);
    });
}

#[test]
fn a_repeat_and_a_copy_that_differs_are_known_for_what_they_are_when_their_day_has_left_memory() {
    run(async {
        let dir = tempfile::tempdir().expect("a folder");
        let (mut etl, mut log) = (open(dir.path(), 10), Vec::new());
        let first = a_call("c1", 1, 0.0);
        load(&mut etl, &mut log, first.clone()).await;
        load(&mut etl, &mut log, a_call("c2", 100, 5.0 * DAY_S)).await;
        load(&mut etl, &mut log, first.clone()).await;
        assert_eq!((etl.summary.repeats, etl.summary.new_events), (first.len() as u64, 2 * first.len() as u64));
        // The same number of the same source on another day.
        let other = a_call("c3", 2, 5.0 * DAY_S);
        load(&mut etl, &mut log, other[..1].to_vec()).await;
        assert_eq!(etl.knowledge.overruled.len(), 1);
        assert_eq!(etl.summary.rejects["identity-conflict"], 1);
    });
}

#[test]
fn a_copy_that_says_a_day_before_its_call_began_stays_a_reject_when_the_call_is_loaded_again() {
    run(async {
        let dir = tempfile::tempdir().expect("a folder");
        let (mut etl, mut log) = (open(dir.path(), 10), Vec::new());
        let call = a_call("c1", 1, 2.0 * DAY_S);
        // Under the number of the call's second event, and of the two the one that does not count.
        let copies = (0..20).map(|n| a_call("c1", 1, f64::from(n) / 10.0)[1].clone());
        let copy =
            copies.into_iter().find(|copy| copy.content_hash > call[1].content_hash).expect("one that is larger");
        load(&mut etl, &mut log, [call[..2].to_vec(), vec![copy]].concat()).await;
        load(&mut etl, &mut log, a_call("c2", 100, 9.0 * DAY_S)).await;
        load(&mut etl, &mut log, call[2..].to_vec()).await;
        let rejects = content(&etl, &[TableKind::Control], &[]).remove("ctl_reject").expect("the table");
        assert_eq!(rejects[""].len(), 1, "{rejects:?}");
    });
}

#[test]
fn a_login_that_is_late_finds_the_calls_of_a_day_that_has_left_memory() {
    run(async {
        let dir = tempfile::tempdir().expect("a folder");
        let (mut etl, mut log) = (open(dir.path(), 10), Vec::new());
        load(&mut etl, &mut log, a_call("c1", 1, 2.0 * DAY_S)).await;
        load(&mut etl, &mut log, a_call("c2", 100, 9.0 * DAY_S)).await;
        // From the day before to the day after.
        let session = [login(1, "s", "D1", "A1", DAY_S), logout(2, "s", "D1", "A1", 3.0 * DAY_S)];
        load(&mut etl, &mut log, session.iter().map(stored).collect()).await;
        let facts = content(&etl, &[TableKind::Fact], &[]);
        let place = InteractionResourceFact::TABLE.position("agent_match").expect("a column");
        let matches: Vec<_> = facts["interaction_resource_fact"].values().flatten().map(|row| &row[place]).collect();
        assert_eq!(matches, [&Value::Text("provisional".into()), &Value::Text("unknown".into())]);
    });
}

#[test]
fn who_was_logged_in_is_known_again_for_a_unit_that_waits_while_its_days_have_left_memory() {
    run(async {
        let dir = tempfile::tempdir().expect("a folder");
        let (mut etl, mut log) = (open(dir.path(), 1), Vec::new());
        let session = [login(1, "s", "D1", "A1", DAY_S), logout(2, "s", "D1", "A1", 3.0 * DAY_S)];
        let days_apart =
            [a_call("c1", 1, 2.0 * DAY_S), a_call("c2", 100, 2.1 * DAY_S), a_call("c3", 200, 60.0 * DAY_S)];
        // One unit after the other is loaded, and only the last day stays in memory.
        load(&mut etl, &mut log, session.iter().map(stored).chain(days_apart.concat()).collect()).await;
        let facts = content(&etl, &[TableKind::Fact], &[]);
        let place = InteractionResourceFact::TABLE.position("agent_match").expect("a column");
        let matches: Vec<_> = facts["interaction_resource_fact"].values().flatten().map(|row| &row[place]).collect();
        let told = |text: &str| Value::Text(text.into());
        assert_eq!(matches, [&told("provisional"), &told("provisional"), &told("unknown")]);
    });
}

#[test]
fn a_start_knows_of_days_that_it_did_not_read() {
    run(async {
        let dir = tempfile::tempdir().expect("a folder");
        let (mut etl, mut log) = (open(dir.path(), 10), Vec::new());
        let days: Vec<Vec<Stored>> = (0..6_u32)
            .map(|day| a_call(&format!("c{day}"), u64::from(day) * 100 + 1, f64::from(day) * DAY_S))
            .collect();
        for day in &days {
            load(&mut etl, &mut log, day.clone()).await;
        }
        let coverage = etl.knowledge.coverage.rows();
        let mut etl = open(dir.path(), 10);
        assert_eq!(etl.knowledge.open_days().len(), 1, "only the newest day was read");
        assert_eq!(etl.knowledge.coverage.rows(), coverage);
        assert!(!etl.knowledge.is_waiting(Mart::Parquet));
        load(&mut etl, &mut log, days.concat()).await;
        assert_eq!(etl.summary.new_events, 0, "all of it is known");
    });
}

#[test]
fn a_stop_while_a_state_is_made_loads_what_came_after_it() {
    run(async {
        let dir = tempfile::tempdir().expect("a folder");
        let (mut etl, mut log) = (open(dir.path(), 10), Vec::new());
        // The first day's facts stand in two files: the second one is too small to be joined with the first.
        let many = (1..=8_u32).flat_map(|n| a_call(&format!("many{n}"), u64::from(n) * 100, f64::from(n)));
        load(&mut etl, &mut log, many.collect()).await;
        load(&mut etl, &mut log, a_call("c1", 1_000, 60.0)).await;
        log.extend(a_call("c2", 2_000, DAY_S));
        take(&mut etl, &log, usize::MAX);
        // When this state is through the first day is closed, so that the mart is away again.
        etl.begin_publishing().expect("begun");
        log.extend(a_call("c3", 3_000, 2.0 * DAY_S));
        take(&mut etl, &log, usize::MAX);
        etl.load_all().await.expect("loaded");
        assert_eq!(etl.publisher.positions(), &etl.positions);
        assert_eq!(content(&etl, &[TableKind::Fact], &[])["interaction_fact"].len(), 3);
    });
}

#[test]
fn facts_that_stay_are_not_written_again_and_one_that_changes_replaces_its_unit() {
    run(async {
        let dir = tempfile::tempdir().expect("a folder");
        let (mut etl, mut log) = (open(dir.path(), 10), Vec::new());
        let agent = |seq| Agent::new("s", "D1", "A1", seq);
        let (begin, goes_on) = (agent(1).logs_in(0.0).ready(10.0, &[]), agent(4).away(20.0, &[]).ready(30.0, &[]));
        load(&mut etl, &mut log, begin.events.iter().chain(&goes_on.events).map(stored).collect()).await;
        let more = agent(6).away(40.0, &[]).ready(50.0, &[]);
        log.extend(more.events.iter().map(stored));
        take(&mut etl, &log, usize::MAX);
        let Folded { load: next, .. } = etl.fold_next(Mart::Parquet).expect("folded");
        assert!(next.stored.facts.is_empty(), "the states that ended before stay");
        assert_eq!(next.rows.sm_res_state_fact.len(), 2, "ready until 40 s, away until 50 s");
        etl.not_loaded(Mart::Parquet, &next);
        etl.publish().await.expect("published");
        let states = |etl: &Etl| {
            content(etl, &[TableKind::Fact], &[])["sm_res_state_fact"].values().map(Vec::len).sum::<usize>()
        };
        assert_eq!(states(&etl), 5, "each of them once");
        // The event between ready and away was late: a state that was loaded is another one now.
        let late = agent(3).away(15.0, &[because("ReasonCode", "Lunch")]);
        log.extend(late.events.iter().map(stored));
        take(&mut etl, &log, usize::MAX);
        let Folded { load: next, .. } = etl.fold_next(Mart::Parquet).expect("folded");
        assert_eq!(next.stored.facts.len(), 1, "what stands there is taken out");
        etl.not_loaded(Mart::Parquet, &next);
        etl.publish().await.expect("published");
        let mut plain = open_large(&dir.path().join("plain"));
        take(&mut plain, &log, usize::MAX);
        plain.publish().await.expect("published");
        assert_eq!(content(&etl, &[TableKind::Fact], &[]), content(&plain, &[TableKind::Fact], &[]));
    });
}

#[test]
fn what_goes_on_is_told_before_it_is_published_and_after_a_start() {
    run(async {
        let dir = tempfile::tempdir().expect("a folder");
        let (mut etl, call) = (open(dir.path(), 10), a_call("c1", 1, 0.0));
        let told = |now: &watch::Receiver<Arc<Now>>| {
            let now = now.borrow();
            let rows =
                |name: &str| now.tables.iter().find(|(table, _)| table.name == name).map(|(_, rows)| rows.num_rows());
            (rows("open_interaction"), rows("resource_").is_some_and(|rows| rows > 2))
        };
        let now = etl.now().expect("it is told");
        take(&mut etl, &call, 3);
        etl.tell_changes().expect("told");
        assert_eq!(told(&now), (Some(1), true));
        etl.publish().await.expect("published");
        let mut etl = open(dir.path(), 10);
        let now = etl.now().expect("it is told");
        assert_eq!(told(&now), (Some(1), true), "as the mart holds it");
        take(&mut etl, &call, usize::MAX);
        etl.tell_changes().expect("told");
        assert_eq!(told(&now), (Some(0), true));
    });
}

#[test]
fn a_decision_that_is_told_while_logs_are_followed_is_taken_in() {
    run(async {
        let dir = tempfile::tempdir().expect("a folder");
        let control = dir.path().join("log/control");
        fs::create_dir_all(&control).expect("a folder");
        let mut etl = open_large(dir.path());
        let mut progress = etl.progress();
        let (stop, stopped) = watch::channel(false);
        let log = LogToFollow { name: CONTROL.to_owned(), dir: control.clone(), durable: None };
        let following = tokio::spawn(async move { (etl.follow(vec![log], stopped).await, etl) });
        let (mut writer, _) =
            LogWriter::open(&control, &LogIdentity::new(CONTROL, 1), LogSettings::default()).expect("a log");
        let bytes = event::canonical(&decided(1, Decision::IgnoreSource, "n/TCport", 0.0)).into();
        let draft = RecordDraft { kind: RecordKind::Event, source: CONTROL.into(), received_us: 1, bytes };
        writer.append_group(&[draft]).expect("durable");
        progress.wait_for(|p| p.events == 1).await.expect("it is read");
        stop.send(true).expect("it follows");
        let (outcome, etl) = following.await.expect("it ended");
        assert_eq!(outcome.expect("loaded").new_events, 1);
        let rows = content(&etl, &[TableKind::Control], &[]).remove("ctl_coverage").expect("the table");
        assert!(rows[""].iter().any(|row| row.contains(&Value::Text("ignored".to_owned()))), "{rows:?}");
    });
}
