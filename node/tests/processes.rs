//! The processes that tell of a world, and the faults that befall them: every stream keeps to docs/sources.md.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use callmart_node::cluster::faults::{Kind, RandomFaults, Schedule};
use callmart_node::cluster::module;
use callmart_node::cluster::pair::Told;
use callmart_node::cluster::picture::{AsOf, Picture};
use callmart_node::cluster::plan::SourcePlan;
use callmart_node::cluster::processes::{Account, Processes};
use callmart_node::traffic::{Traffic, TrafficSettings};
use callmart_node::world::World;
use callmart_schema::event::{Body, Epoch, Event, canonical, decode};

/// 2026-01-06, a Tuesday, 10:00 UTC.
const START_US: i64 = 1_767_693_600_000_000;
const MINUTE_US: i64 = 60_000_000;

fn settings(minutes: i64) -> TrafficSettings {
    TrafficSettings { end_us: Some(START_US + minutes * MINUTE_US), ..TrafficSettings::new(START_US, 9, 60) }
}

fn processes(settings: TrafficSettings, schedule: &Schedule) -> Processes {
    Processes::new(Box::new(Traffic::new(settings)), schedule)
}

fn accounts(mut processes: Processes) -> Vec<Account> {
    std::iter::from_fn(|| processes.next_account()).collect()
}

fn by_chance(seed: u64) -> Schedule {
    let sources = Traffic::new(settings(1)).tellers().iter().map(|teller| teller.name.clone()).collect();
    let kinds = Kind::ALL.to_vec();
    RandomFaults { seed, sources, length_us: 30 * MINUTE_US, kinds, per_hour: 120.0 }.schedule()
}

/// What a source has to tell, undisturbed: world time and body.
fn happenings(teller: usize, minutes: i64) -> Vec<(i64, Body)> {
    let mut world = Traffic::new(settings(minutes));
    let stretches = std::iter::from_fn(|| world.next_stretch());
    stretches.flat_map(|s| s.happened).filter(|h| h.teller == teller).map(|h| (h.time_us, h.body)).collect()
}

/// What one source told, term by term.
fn terms_of(accounts: &[Account], teller: usize) -> BTreeMap<usize, Vec<&Told>> {
    let mut terms: BTreeMap<usize, Vec<&Told>> = BTreeMap::new();
    for told in accounts.iter().flat_map(|account| &account.told).filter(|told| told.teller == teller) {
        terms.entry(told.term).or_default().push(told);
    }
    terms
}

/// Holds one source against its plan and against what happened; gives how many of its terms began with a snapshot.
fn check_source(
    plan: &SourcePlan,
    terms: &BTreeMap<usize, Vec<&Told>>,
    happened: &[(i64, Body)],
    end_us: i64,
) -> usize {
    let (mut last_epoch, mut snapshots): (Option<Arc<Epoch>>, usize) = (None, 0);
    for (number, term) in plan.terms.all().iter().enumerate().filter(|(_, term)| term.from_us < end_us) {
        let told = terms.get(&number).map_or(&[][..], Vec::as_slice);
        let epoch = plan.epoch(number).expect("an epoch");
        assert!(last_epoch.as_ref().is_none_or(|last| **last < **epoch), "epochs in order: {epoch}");
        last_epoch = Some(Arc::clone(epoch));
        let in_term = |us: i64| (term.from_us..term.lost_from_us).contains(&us);
        let expected: Vec<_> = happened.iter().filter(|(us, _)| in_term(*us)).collect();
        let is_snapshot = |told: &&&Told| matches!(told.body, Some(Body::Snapshot(_)));
        let (first, rest): (Vec<&Told>, Vec<&Told>) = told.iter().partition(|told| is_snapshot(told));
        let is_to_begin_with_one = number > 0 && term.lost_from_us > term.from_us;
        assert_eq!(first.len(), usize::from(is_to_begin_with_one), "term {number} of {}", plan.teller.name);
        if let [snapshot] = first[..] {
            assert_eq!(told.first().map(|told| &told.bytes), Some(&snapshot.bytes), "before the first event");
            let as_of = AsOf { epoch: epoch.as_ref().clone(), seq: 0, time_us: plan.clock.at(term.from_us) };
            let before = happened.iter().filter(|(us, _)| *us < term.from_us);
            assert_eq!(snapshot.bytes, canonical(&picture(plan, before).of_everything(&as_of)));
            snapshots += 1;
        }
        check_events(plan, epoch, &rest, &expected);
    }
    snapshots
}

fn picture<'a>(plan: &SourcePlan, happened: impl Iterator<Item = &'a (i64, Body)>) -> Picture {
    let mut picture = Picture::new(&plan.teller.name, &plan.teller.switch, &plan.teller.tenant);
    happened.for_each(|(us, body)| picture.happen(plan.clock.at(*us), body.clone()));
    picture
}

/// The new numbers of a term have no hole, and say what happened; old ones and what is no event are put in between.
fn check_events(plan: &SourcePlan, epoch: &Epoch, told: &[&Told], expected: &[&(i64, Body)]) {
    let (mut seq, mut time_us, mut expected) = (0, i64::MIN, expected.iter());
    for told in told {
        let Ok(event) = decode(&told.bytes) else {
            assert!(told.body.is_none() && told.seq == seq, "garbage");
            continue;
        };
        assert_eq!((event.source.as_str(), event.epoch.as_option()), (plan.teller.name.as_str(), Some(epoch)));
        assert_eq!((told.seq, told.body.as_ref(), &*told.epoch), (event.seq, event.body.as_ref(), epoch));
        assert!(told.time_us >= time_us, "time steps back");
        time_us = told.time_us;
        if event.seq <= seq {
            continue;
        }
        let (us, body) = expected.next().expect("it happened");
        assert_eq!((event.seq, event.body.as_ref()), (seq + 1, Some(body)), "no holes");
        assert_eq!((event.time_us, told.time_us), (plan.clock.at(*us), plan.clock.at(*us)));
        assert_eq!(canonical(&event), told.bytes);
        seq += 1;
    }
    assert_eq!(expected.next(), None, "all was told");
}

fn check_all(schedule: &Schedule, minutes: i64) -> (Vec<Arc<SourcePlan>>, Vec<Account>, usize) {
    let processes = processes(settings(minutes), schedule);
    let plans = processes.plans().to_vec();
    let accounts = accounts(processes);
    let (mut snapshots, end_us) = (0, START_US + minutes * MINUTE_US);
    for (teller, plan) in plans.iter().enumerate() {
        snapshots += check_source(plan, &terms_of(&accounts, teller), &happenings(teller, minutes), end_us);
    }
    let mut at_us = START_US;
    for account in &accounts {
        assert!(account.from_us == at_us && account.to_us > at_us, "accounts follow one another");
        at_us = account.to_us;
        for told in &account.told {
            let clock = &plans[told.teller].clock;
            let last_us = clock.at(account.to_us - 1);
            assert!((clock.at(account.from_us)..=last_us).contains(&told.time_us), "told in its stretch");
        }
    }
    assert_eq!(at_us, end_us);
    (plans, accounts, snapshots)
}

/// The schedule, and the plan and terms of the first node's IPport.
fn first_source(schedule: &str) -> (Arc<SourcePlan>, BTreeMap<usize, Vec<Told>>) {
    let (plans, accounts, _) = check_all(&schedule.parse().expect("a schedule"), 20);
    let owned = |(term, told): (usize, Vec<&Told>)| (term, told.into_iter().cloned().collect());
    (Arc::clone(&plans[0]), terms_of(&accounts, 0).into_iter().map(owned).collect())
}

fn event(told: &Told) -> Event {
    decode(&told.bytes).expect("an event")
}

#[test]
fn under_schedules_by_chance_every_source_numbers_without_holes_and_begins_its_terms_with_what_exists() {
    for seed in 0..6 {
        let schedule = by_chance(seed);
        println!("seed {seed}:\n{schedule}");
        let (_, _, snapshots) = check_all(&schedule, 30);
        assert!(snapshots > 10, "{snapshots}");
    }
}

#[test]
fn the_same_schedule_gives_the_same_bytes_in_whatever_stretches_the_world_goes_on() {
    let told = |stretch_us, seed| {
        let accounts = accounts(processes(TrafficSettings { stretch_us, ..settings(30) }, &by_chance(seed)));
        let mut of_tellers: BTreeMap<(usize, usize), Vec<_>> = BTreeMap::new();
        for told in accounts.into_iter().flat_map(|account| account.told) {
            of_tellers.entry((told.teller, told.term)).or_default().push((told.time_us, told.bytes));
        }
        of_tellers
    };
    let first = told(1_000_000, 3);
    assert!(first == told(1_000_000, 3) && first == told(61_234_567, 3) && first == told(10_007, 3));
    assert!(first != told(1_000_000, 4));
}

#[test]
fn a_world_without_faults_is_told_by_first_processes_in_one_epoch_each() {
    let (plans, accounts, snapshots) = check_all(&Schedule::default(), 10);
    assert_eq!(snapshots, 0);
    let epochs: BTreeSet<String> = accounts.iter().flat_map(|a| &a.told).map(|told| told.epoch.to_string()).collect();
    let names = ["dc1-node1", "dc1-node2", "dc1-ocs", "dc1-vq", "dc2-node1", "dc2-node2", "dc2-vq"];
    assert_eq!(epochs.into_iter().collect::<Vec<_>>(), names.map(|name| format!("{START_US}-{name}-a")));
    assert_eq!(plans[0].stream_name(0), format!("dc1-node1/IPport@{START_US}/dc1-node1-a"));
}

#[test]
fn each_port_tells_what_its_module_tells_and_nothing_else() {
    let mut world = Traffic::new(settings(30));
    let tellers = world.tellers().to_vec();
    let mut told = BTreeMap::new();
    while let Some(stretch) = world.next_stretch() {
        for happening in stretch.happened {
            let module = module::of(&happening.body).expect("a module tells it");
            let teller = &tellers[happening.teller];
            assert_eq!((teller.name.split('/').nth(1), teller.role), (Some(module.port), module.role));
            *told.entry(module.port).or_insert(0) += 1;
        }
    }
    // The outbound contact server tells but one thing of a call, and the campaign makes few calls.
    let few = |port: &str| if port == "OCSport" { 5 } else { 100 };
    assert!(told.len() == module::MODULES.len() && told.iter().all(|(port, count)| *count > few(port)), "{told:?}");
}

#[test]
fn with_the_backlog_the_stream_goes_on_and_without_it_a_new_one_begins_and_the_last_moments_are_lost() {
    let (plan, terms) = first_source(
        "00:05:00 switch-over dc1-node1 with backlog\n00:10:00 switch-over dc1-node1 without backlog losing 60s",
    );
    let streams: Vec<usize> = plan.terms.all().iter().map(|term| term.stream).collect();
    assert_eq!(streams, [0, 0, 1]);
    assert_eq!(plan.stream_name(1), format!("dc1-node1/IPport@{}/dc1-node1-a", START_US + 10 * MINUTE_US));
    let last = terms[&1].last().expect("told");
    assert!(last.time_us < START_US + 9 * MINUTE_US && last.time_us > START_US + 8 * MINUTE_US);
    let names: Vec<String> = (0..3).map(|term| terms[&term][0].epoch.process.clone()).collect();
    assert_eq!(names, ["dc1-node1-a", "dc1-node1-b", "dc1-node1-a"]);
}

#[test]
fn while_both_are_primary_each_tells_every_event_in_its_own_epoch() {
    let (plan, terms) = first_source("00:05:00 both-primary dc1-node1 for 120s");
    let (from_us, to_us) = (START_US + 5 * MINUTE_US, START_US + 7 * MINUTE_US);
    let said = |term: usize| {
        let in_both = terms[&term].iter().filter(|told| (from_us..to_us).contains(&told.time_us) && told.seq > 0);
        in_both.map(|told| (told.time_us, told.body.clone())).collect::<Vec<_>>()
    };
    assert!(said(0) == said(1) && said(0).len() > 20, "{}", said(0).len());
    assert!(terms[&0].iter().all(|told| told.time_us < to_us), "the lower one stops");
    assert!(terms[&1].iter().any(|told| told.time_us > to_us));
    assert_eq!(plan.terms.all().iter().map(|term| term.stream).collect::<Vec<_>>(), [0, 1]);
}

#[test]
fn while_a_node_is_down_nothing_is_told_and_what_exists_stands_in_the_snapshot_when_it_is_back() {
    let (_, terms) = first_source("00:05:00 stop dc1-node1\n00:09:00 start dc1-node1-b");
    assert!(terms[&0].iter().all(|told| told.time_us < START_US + 5 * MINUTE_US));
    assert!(terms[&1].iter().all(|told| told.time_us >= START_US + 9 * MINUTE_US));
    let Some(Body::Snapshot(snapshot)) = &terms[&1][0].body else { panic!("a snapshot") };
    assert!(snapshot.complete && snapshot.entities.len() > 5);
    let began_meanwhile = |event: &Event| event.time_us >= START_US + 5 * MINUTE_US;
    assert!(snapshot.entities.iter().any(began_meanwhile), "what happened meanwhile is in it");
}

#[test]
fn events_are_told_again_with_their_numbers_and_a_number_with_other_content() {
    let (_, terms) = first_source(
        "00:05:00 repeat dc1-node1/IPport last 20\n00:10:00 reuse dc1-node1/IPport\n00:15:00 garbage dc1-node1/IPport",
    );
    let told = &terms[&0];
    let again = told.windows(2).position(|pair| pair[1].seq < pair[0].seq).expect("told again");
    assert_eq!(told[again + 1..=again + 20], told[again - 19..=again].iter().map(|t| at(t, 5)).collect::<Vec<_>>()[..]);
    let reused = told.windows(2).position(|pair| pair[1].seq == pair[0].seq && pair[1].body.is_some());
    let [before, after] = [0, 1].map(|step| event(&told[reused.expect("reused") + step]));
    assert_eq!(Event { time_us: before.time_us + 1, ..before }, after);
    let garbage: Vec<&Told> = told.iter().filter(|told| told.body.is_none()).collect();
    assert!(garbage.len() == 1 && decode(&garbage[0].bytes).is_err());
}

/// The same, told at a minute.
fn at(told: &Told, minute: i64) -> Told {
    Told { time_us: START_US + minute * MINUTE_US, ..told.clone() }
}

#[test]
fn a_clock_that_is_set_wrong_never_steps_back() {
    let (plan, terms) = first_source("00:05:00 skew dc1-node1/IPport by 30s\n00:10:00 skew dc1-node1/IPport by 0s");
    let times: Vec<i64> = terms[&0].iter().map(|told| told.time_us).collect();
    assert!(times.is_sorted());
    let standing = times.iter().filter(|us| **us == START_US + 10 * MINUTE_US + 30_000_000).count();
    assert!(standing > 5, "it stands for half a minute: {standing}");
    assert_eq!(plan.clock.at(START_US + 7 * MINUTE_US), START_US + 7 * MINUTE_US + 30_000_000);
}

#[test]
fn what_nobody_is_told_stands_in_the_account_with_its_source_numbers_time_and_whom_it_was_about() {
    let text = "00:10:00 stop dc1-node1 losing 20s\n00:12:00 start dc1-node1\n00:15:00 switch-over dc2-vq with backlog\n\
        00:16:00 switch-over dc2-vq without backlog\n00:17:00 reuse dc1-node2/TCport\n00:29:00 stop dc1-vq\n";
    let mut processes = processes(settings(30), &text.parse().expect("a schedule"));
    let tellers: Vec<String> = processes.plans().iter().map(|plan| plan.teller.name.clone()).collect();
    while processes.next_account().is_some() {}
    let losses = processes.losses().report();
    let sources: Vec<&str> = losses.lost.iter().map(|loss| &*loss.source).collect();
    assert_eq!(sources, ["dc1-node1/IPport", "dc1-node1/TCport", "dc1-vq/VQport"]);
    for loss in &losses.lost {
        let teller = tellers.iter().position(|name| *name == loss.source).expect("a source");
        let happened = happenings(teller, 30);
        let is_vq = loss.source == "dc1-vq/VQport";
        let from_us = START_US + if is_vq { 29 * MINUTE_US } else { 9 * MINUTE_US + 40_000_000 };
        let to_us = (!is_vq).then_some(START_US + 12 * MINUTE_US);
        assert_eq!((loss.from_us, loss.to_us, loss.to.is_some()), (from_us, to_us, !is_vq), "{loss:?}");
        let before = happened.iter().filter(|(us, _)| *us < from_us).count() as u64;
        assert_eq!(loss.from.as_ref().map(|place| place.seq), Some(before), "the last that was told");
        let lost: Vec<&Body> = happened
            .iter()
            .filter(|(us, _)| (from_us..to_us.unwrap_or(i64::MAX)).contains(us))
            .map(|(_, body)| body)
            .collect();
        assert_eq!(loss.events, lost.len() as u64, "{}", loss.source);
        let calls: BTreeSet<&str> = lost.iter().filter_map(|body| callmart_node::playback::interaction(body)).collect();
        assert_eq!(loss.calls.iter().map(String::as_str).collect::<BTreeSet<_>>(), calls);
    }
    assert!(losses.lost[0].events > 0 && !losses.lost[1].sessions.is_empty(), "{losses:?}");
    assert!(matches!(&losses.reused[..], [reused] if reused.source == "dc1-node2/TCport"), "{:?}", losses.reused);
}
