//! A simulated contact center's numbers follow the distributions that were asked for. Seeds are fixed, so that a test
//! either always passes or never; its bounds are three and more standard errors wide.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::LazyLock;

use callmart_node::traffic::{LedgerReport, Traffic, TrafficSettings};
use callmart_node::world::World;
use callmart_schema::event::{Body, CallType, DnType, PartyEnd, PartyRole, PartyState};

/// 2026-01-06, a Tuesday, 00:00 UTC.
const TUESDAY_US: i64 = 1_767_657_600_000_000;
const HOUR_US: i64 = 3_600_000_000;

fn settings() -> TrafficSettings {
    let start_us = TUESDAY_US;
    TrafficSettings { end_us: Some(start_us + 24 * HOUR_US), ..TrafficSettings::new(start_us, 2_026, 200) }
}

/// An agent's part in an inbound call.
#[derive(Debug, Clone, Default)]
struct Part {
    call: String,
    answered_us: Option<i64>,
    ended: Option<(i64, PartyEnd)>,
    held: bool,
}

/// What a day's events come to.
#[derive(Default)]
struct Day {
    inbound: HashMap<String, i64>,
    parts: HashMap<String, Part>,
    /// Root calls with a consult call.
    consulted: HashSet<String>,
    /// By call, since when the customer waits.
    waits: HashMap<String, i64>,
    /// How long customers waited, and whether they gave up.
    patience: Vec<(i64, bool)>,
    report: LedgerReport,
}

static DAY: LazyLock<Day> = LazyLock::new(|| {
    let mut world = Traffic::new(settings());
    let (ledger, mut day) = (world.ledger(), Day::default());
    while let Some(stretch) = world.next_stretch() {
        for happening in stretch.happened.iter().filter(|h| h.teller % 2 == 0 && h.teller < 8) {
            day.hear(happening.time_us, &happening.body);
        }
    }
    day.report = ledger.report();
    day
});

impl Day {
    fn hear(&mut self, at_us: i64, body: &Body) {
        match body {
            Body::CallCreated(b) if b.call_type == CallType::CALL_TYPE_INBOUND => {
                self.inbound.insert(b.call.clone(), at_us);
            }
            Body::CallCreated(b) if !b.root_call.is_empty() => {
                self.consulted.insert(b.root_call.clone());
            }
            Body::PartyAdded(b) if b.role == PartyRole::PARTY_ROLE_OBSERVER => {}
            Body::PartyAdded(b) if self.inbound.contains_key(&b.call) => {
                let waits = b.dn_type == DnType::DN_TYPE_ROUTING_POINT || b.dn_type == DnType::DN_TYPE_EXTENSION;
                if waits {
                    self.waits.entry(b.call.clone()).or_insert(at_us);
                }
                if b.dn_type == DnType::DN_TYPE_VOICEMAIL {
                    self.waited(&b.call.clone(), at_us, false);
                }
                if b.dn_type == DnType::DN_TYPE_EXTENSION {
                    self.parts.insert(b.party.clone(), Part { call: b.call.clone(), ..Part::default() });
                }
            }
            // Who is called back waits no longer.
            Body::UserEvent(b) => self.waited(&b.call.clone(), at_us, false),
            Body::PartyStateChanged(b) => self.changed(at_us, &b.party, b.state.as_known().expect("a state")),
            Body::PartyDeleted(b) => {
                let cause = b.cause.as_known().expect("a cause");
                let part = self.parts.get_mut(&b.party);
                let answered = part.as_ref().is_some_and(|p| p.answered_us.is_some());
                part.into_iter().for_each(|p| p.ended = Some((at_us, cause)));
                if cause == PartyEnd::PARTY_END_ABANDONED && !answered {
                    self.waited(&b.call.clone(), at_us, true);
                }
            }
            _ => {}
        }
    }

    fn changed(&mut self, at_us: i64, party: &str, state: PartyState) {
        let Some(part) = self.parts.get_mut(party) else { return };
        part.held |= state == PartyState::PARTY_STATE_HELD;
        if part.answered_us.is_none() && state == PartyState::PARTY_STATE_CONNECTED {
            part.answered_us = Some(at_us);
            let call = part.call.clone();
            self.waited(&call, at_us, false);
        }
    }

    fn waited(&mut self, call: &str, at_us: i64, gave_up: bool) {
        if let Some(since_us) = self.waits.remove(call) {
            self.patience.push((at_us - since_us, gave_up));
        }
    }

    /// Parts in calls without a consultation that were answered early enough to end within the day.
    fn plain_parts(&self) -> impl Iterator<Item = &Part> {
        let early = TUESDAY_US + 20 * HOUR_US;
        self.parts
            .values()
            .filter(move |p| p.answered_us.is_some_and(|t| t < early) && !self.consulted.contains(&p.call))
    }

    /// Attempts whose result begins so.
    fn attempts(&self, result: &str) -> f64 {
        let results = self.report.attempts.iter().flat_map(|a| &a.results);
        results.filter(|(name, _)| name.starts_with(result)).map(|(_, count)| *count as f64).sum()
    }

    fn calls(&self, kind: &str, end: &str) -> f64 {
        let rows = self.report.calls.iter().filter(|c| c.kind == kind && c.end.starts_with(end));
        rows.map(|c| c.count as f64).sum()
    }
}

/// A share of `all` is as asked, within so many standard errors.
fn hold_share(what: &str, part: f64, all: f64, asked: f64) {
    let error = (asked * (1.0 - asked) / all).sqrt();
    let share = part / all;
    assert!((share - asked).abs() < 3.5 * error, "{what}: {share:.4} of {all}, asked {asked:.4} +- {error:.4}");
}

/// Distribution function of the standard normal distribution, to seven digits (Zelen and Severo).
fn normal_below(z: f64) -> f64 {
    let t = 1.0 / (1.0 + 0.231_641_9 * z.abs());
    let series = [0.319_381_530, -0.356_563_782, 1.781_477_937, -1.821_255_978, 1.330_274_429];
    let polynomial = series.iter().rev().fold(0.0, |sum, c| (sum + c) * t);
    let above = (-z * z / 2.0).exp() / std::f64::consts::TAU.sqrt() * polynomial;
    if z > 0.0 { 1.0 - above } else { above }
}

#[test]
fn inbound_calls_come_as_the_clock_of_the_day_says() {
    let mut hours = BTreeMap::new();
    DAY.inbound.values().for_each(|at_us| *hours.entry((at_us - TUESDAY_US) / HOUR_US).or_insert(0.0) += 1.0);
    let settings = settings();
    let mut chi_square = 0.0;
    for hour in 0..24 {
        let expected = settings.calls_per_second(TUESDAY_US + hour * HOUR_US) * 3_600.0;
        let came: f64 = hours.get(&hour).copied().unwrap_or_default();
        chi_square += (came - expected).powi(2) / expected;
    }
    // 24 degrees of freedom: above 51.2 in one of a thousand worlds.
    assert!(chi_square < 51.2, "{chi_square}");
}

#[test]
fn handling_times_are_log_normal_with_the_mean_and_deviation_asked_for() {
    let served = DAY.plain_parts().filter_map(|p| {
        let (ended_us, end) = p.ended?;
        let whole = end != PartyEnd::PARTY_END_ABANDONED;
        whole.then_some((ended_us - p.answered_us?) as f64 / 1e6)
    });
    let mut served: Vec<f64> = served.collect();
    served.sort_by(f64::total_cmp);
    let n = served.len() as f64;
    let mean = served.iter().sum::<f64>() / n;
    let sd = (served.iter().map(|s| (s - mean).powi(2)).sum::<f64>() / n).sqrt();
    assert!(n > 10_000.0 && (mean - 185.0).abs() < 6.0, "{n} parts, mean {mean}");
    assert!((sd - 238.0).abs() < 25.0, "sd {sd}");
    let (mu, sigma) = settings().habits.handling.of_logarithm();
    let distance = served.iter().enumerate().map(|(i, s)| {
        let below = normal_below((s.ln() - mu) / sigma);
        (below - i as f64 / n).abs().max((below - (i + 1) as f64 / n).abs())
    });
    let distance = distance.fold(0.0, f64::max);
    // Kolmogorov and Smirnov: above 1.95 in one of a thousand worlds.
    assert!(distance * n.sqrt() < 1.95, "{}", distance * n.sqrt());
}

#[test]
fn customers_lose_patience_at_the_rate_asked_for_however_long_they_have_waited() {
    let asked = 1.0 / settings().habits.patience_mean_s;
    for (from_s, to_s) in [(0.0, 8.0), (8.0, 60.0), (60.0, 1e9)] {
        let (mut waited_s, mut gave_up) = (0.0, 0.0);
        for (wait_us, gives_up) in &DAY.patience {
            let wait_s = *wait_us as f64 / 1e6;
            waited_s += (wait_s.min(to_s) - from_s).max(0.0);
            gave_up += f64::from(u8::from(*gives_up && from_s <= wait_s && wait_s < to_s));
        }
        let expected: f64 = asked * waited_s;
        assert!(
            gave_up > 100.0 && (gave_up - expected).abs() < 3.5 * expected.sqrt(),
            "{from_s}: {gave_up} {expected}"
        );
    }
}

#[test]
fn flows_have_the_shares_asked_for() {
    let (day, habits) = (&*DAY, settings().habits);
    let ivr: f64 = day.report.devices.iter().filter(|d| d.device == "ivr").map(|d| d.count as f64).sum();
    hold_share("IVR", ivr, day.calls("inbound", ""), habits.ivr_share);
    hold_share("self-service", day.calls("inbound", "self_service"), ivr, habits.self_service_share);
    let outbound = day.calls("outbound", "");
    hold_share("outbound not answered", day.calls("outbound", "no_answer"), outbound, habits.outbound_no_answer_share);
    hold_share("outbound busy", day.calls("outbound", "busy"), outbound, habits.outbound_busy_share);
    let internal = day.calls("internal", "");
    hold_share("internal not answered", day.calls("internal", "no_answer"), internal, habits.internal_no_answer_share);
    let consults = day.attempts("INITIATEDCONSULT/");
    let unanswered = day.attempts("RECEIVEDCONSULT/REDIRECTED");
    hold_share("consultation not answered", unanswered, consults, habits.consult_no_answer_share);
    let passes = |f: fn(&callmart_node::traffic::ledger::report::QueueRow) -> u64| {
        day.report.queues.iter().map(|q| f(q) as f64).sum::<f64>()
    };
    let redirected = passes(|q| q.redirected);
    // Customers who hang up meanwhile are not redirected.
    let stays = (-habits.no_answer_after_s / habits.patience_mean_s).exp();
    let rang = redirected + passes(|q| q.accepted) + passes(|q| q.abandoned_invite);
    hold_share("no answer", redirected, rang, habits.no_answer_share * stays);
}

#[test]
fn agents_hold_and_pass_on_as_often_as_asked() {
    let (day, habits) = (&*DAY, settings().habits);
    let plain: Vec<&Part> = day.plain_parts().collect();
    // Consultations are left out of what is looked at here.
    let rest = 1.0 - habits.consult_share;
    let held = plain.iter().filter(|p| p.held).count() as f64;
    hold_share("hold", held, plain.len() as f64, habits.hold_share / rest);
    let passed_on = plain.iter().filter(|p| p.ended.is_some_and(|e| e.1 == PartyEnd::PARTY_END_TRANSFERRED)).count();
    hold_share("blind transfer", passed_on as f64, plain.len() as f64, habits.blind_transfer_share / rest);
    let gave_up = plain.iter().filter(|p| p.ended.is_some_and(|e| e.1 == PartyEnd::PARTY_END_ABANDONED)).count();
    hold_share("hung up on hold", gave_up as f64, held, habits.hold_give_up_share);
}

#[test]
fn agents_are_busy_for_about_four_fifths_of_the_busy_hour() {
    let busy_hour = (TUESDAY_US + 14 * HOUR_US) / 1_000_000;
    let seconds = |names: &[&str]| {
        let rows = DAY.report.states.iter().filter(|s| s.hour == busy_hour && names.contains(&s.state.as_str()));
        rows.map(|s| s.seconds as f64).sum::<f64>()
    };
    let busy = seconds(&["BUSY", "AFTERCALLWORK"]);
    let occupancy = busy / (busy + seconds(&["READY"]));
    assert!((0.72..0.88).contains(&occupancy), "{occupancy}");
}
