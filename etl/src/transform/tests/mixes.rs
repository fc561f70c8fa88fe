//! Random mixes of calls and login sessions, told in any order with repetitions, for the laws to hold of.

use callmart_schema::control::Decision;
use callmart_schema::event::{Body, CallType, Event, PartyState, VirtualQueueEnd, canonical};
use proptest::prelude::*;

use super::build::*;
use crate::stored::Stored;

const DNS: [&str; 3] = ["D1", "D2", "D3"];
const SECONDS: std::ops::Range<f64> = 0.0..200.0;

/// A call from outside: `wait` on a routing point, then attempts on DNs, each with its ringing and talking time.
pub(super) fn a_call(number: u64) -> impl Strategy<Value = Vec<Event>> {
    let attempt = (0..DNS.len(), 0.0..9.0, prop::option::of(0.0..30.0), any::<bool>());
    (SECONDS, prop::option::of(0.0..20.0), prop::collection::vec(attempt, 0..3), any::<bool>()).prop_map(
        move |(start, wait, attempts, ends)| {
            let id = format!("c{number}");
            let mut at = start;
            let mut call = Call::new(&id, number * 100 + 1).created(at, CallType::CALL_TYPE_INBOUND).caller(at);
            call = call.ivr(at, at + 2.5, DIVERTED);
            at += 2.5;
            for (place, (dn, ring, talk, has_dn)) in attempts.into_iter().enumerate() {
                if let Some(wait) = wait {
                    call = call.routing_point(&format!("rp{place}"), at, at + wait, DIVERTED).virtual_queue(
                        &format!("{id}-v{place}"),
                        "VQ1",
                        (at, at + wait),
                        VirtualQueueEnd::VIRTUAL_QUEUE_END_DIVERTED,
                        if has_dn { DNS[dn] } else { "" },
                    );
                    at += wait;
                }
                let who = format!("a{place}");
                call = call.telephone(&who, DNS[dn], ALERTING, at).sets("CustomerID", &who, at);
                at += ring;
                call = match talk {
                    Some(talk) => {
                        call = call.is(&who, CONNECTED, at).is(&who, HELD, at + talk / 2.0);
                        at += talk;
                        call.leaves(&who, RELEASED, at)
                    }
                    None => call.leaves(&who, REDIRECTED, at),
                };
            }
            if ends { call.ends(at).events } else { call.events }
        },
    )
}

/// What becomes of a consultation.
#[derive(Debug, Clone, Copy)]
enum After {
    Retrieve,
    NoAnswer,
    Transfer,
    TransferUnanswered,
    FirstLeaves,
    SecondLeaves,
    CustomerLeaves,
    CustomerGivesUp,
}

/// A call from outside that is answered on D1, where D2 is consulted; nobody waits between the steps.
pub(super) fn a_consultation(number: u64) -> impl Strategy<Value = Vec<Event>> {
    let after = prop::sample::select(vec![
        After::Retrieve,
        After::NoAnswer,
        After::Transfer,
        After::TransferUnanswered,
        After::FirstLeaves,
        After::SecondLeaves,
        After::CustomerLeaves,
        After::CustomerGivesUp,
    ]);
    (SECONDS, prop::array::uniform5(0.0..20.0), after).prop_map(move |(start, spans, after)| {
        let (main, consult) = (format!("c{number}"), format!("k{number}"));
        let (a1, a2) = (format!("{main}-a1"), format!("{consult}-a2"));
        let mut at = spans.iter().scan(start, |at, span| {
            *at += span;
            Some(*at)
        });
        let mut next = || at.next().expect("a moment");
        let call = Call::new(&main, number * 100 + 1).created(start, CallType::CALL_TYPE_INBOUND).caller(start);
        let call = call.telephone("a1", "D1", ALERTING, start).is("a1", CONNECTED, next());
        let asked = next();
        let call = call.asks("a1", &consult, "D2", asked).rings("a2", "D2", &format!("{consult}-a1"), asked);
        let (answer, merge, end) = (next(), next(), next());
        let talked = |call: Call| call.talk("a1", "a2", answer);
        let call = match after {
            After::Retrieve => {
                let call = talked(call).leaves("a2", RELEASED, merge).leaves("a1", RELEASED, merge).deleted(merge);
                call.main().is("a1", CONNECTED, merge).leaves("a1", RELEASED, end)
            }
            After::NoAnswer => {
                let call = call.leaves("a2", REDIRECTED, answer).leaves("a1", RELEASED, answer).deleted(answer);
                call.main().is("a1", CONNECTED, answer).leaves("a1", RELEASED, end)
            }
            After::Transfer => talked(call).transfers("a2", &a1, merge).leaves(&a2, RELEASED, end),
            After::TransferUnanswered => {
                call.transfers("a2", &a1, answer).is(&a2, CONNECTED, merge).leaves(&a2, RELEASED, end)
            }
            After::FirstLeaves => {
                let call = talked(call).confers("a2", &a1, merge).leaves("a1", RELEASED, (merge + end) / 2.0);
                call.leaves(&a2, RELEASED, end)
            }
            After::SecondLeaves => {
                let call = talked(call).confers("a2", &a1, merge).leaves(&a2, RELEASED, (merge + end) / 2.0);
                call.leaves("a1", RELEASED, end)
            }
            After::CustomerLeaves => {
                let call = talked(call).confers("a2", &a1, merge).leaves("caller", RELEASED, (merge + end) / 2.0);
                call.leaves(&a2, RELEASED, end).leaves("a1", RELEASED, end)
            }
            After::CustomerGivesUp => {
                let call = talked(call).main().leaves("a1", ABANDONED, merge).ends(merge).consult(&consult);
                let call = call.leaves("a2", RELEASED, end).leaves("a1", RELEASED, end).deleted(end);
                return call.events;
            }
        };
        call.ends(end).events
    })
}

/// What an agent does next: states of the DN in calls, and what the agent says.
fn a_step() -> impl Strategy<Value = (u8, usize, PartyState, f64)> {
    let state = prop::sample::select(vec![ALERTING, CONNECTED, HELD, GONE]);
    (0..6_u8, 0..4_usize, state, -2.0..20.0)
}

/// A login session on one of the DNs with what its agent did; a clock may step back in it, and it may lack its login or its
/// logout.
pub(super) fn a_session(number: u64) -> impl Strategy<Value = Vec<Event>> {
    let steps = prop::collection::vec(a_step(), 0..14);
    (0..DNS.len(), 0..3_u8, SECONDS, steps, any::<bool>(), any::<bool>()).prop_map(
        move |(dn, agent, from, steps, has_login, has_logout)| {
            let (session, agent) = (format!("s{number}"), format!("A{agent}"));
            let mut told = Agent::new(&session, DNS[dn], &agent, number * 100 + 1);
            let mut at = from;
            told = if has_login { told.logs_in(at) } else { told };
            for (kind, call, state, gap) in steps {
                at += gap;
                let (call, root) = [("c1", ""), ("c2", ""), ("k4", "c4"), ("c4", "")][call];
                told = match kind {
                    0 => told.ready(at, &[]),
                    1 => told.away(at, &[because("Break", "Lunch"), because("Break", call)]),
                    2 => told.wraps_up(at),
                    _ => told.call_of(call, root, state, at),
                };
            }
            told = if has_logout { told.logs_out(at + 5.0) } else { told };
            told.events
        },
    )
}

/// A login session on one of the DNs, which may lack its login or logout.
fn a_bare_session(number: u64) -> impl Strategy<Value = Vec<Event>> {
    (0..DNS.len(), 0..3_u8, SECONDS, prop::option::of(SECONDS), any::<bool>()).prop_map(
        move |(dn, agent, from, to, has_login)| {
            let (session, agent) = (format!("s{number}"), format!("A{agent}"));
            let logged_in = has_login.then(|| login(number * 100 + 1, &session, DNS[dn], &agent, from));
            let logged_out = to.map(|to| logout(number * 100 + 2, &session, DNS[dn], &agent, to));
            logged_in.into_iter().chain(logged_out).collect()
        },
    )
}

/// What operators decide: about sources from some second on, about calls, and about an input that could not be read before.
fn decisions() -> impl Strategy<Value = Vec<Event>> {
    let kinds = vec![
        Decision::IgnoreSource,
        Decision::ResumeSource,
        Decision::RetireSource,
        Decision::CloseCall,
        Decision::Redrive,
    ];
    let one = (prop::sample::select(kinds), prop::sample::select(vec![CALLS, AGENTS]), 1..5_u64, -50.0..250.0);
    prop::collection::vec(one, 0..5).prop_map(|all| {
        let event = |(seq, (decision, source, call, since_s)): (u64, (Decision, &str, u64, f64))| match decision {
            Decision::CloseCall => decided(seq, decision, &format!("c{call}"), 0.0),
            Decision::Redrive => redriven(seq, 901, &canonical(&once_unreadable())),
            _ => decided(seq, decision, source, since_s),
        };
        (1..).zip(all).map(event).collect()
    })
}

/// A decision about a call stands where the call began.
fn beside_its_call(mut decision: Event, calls: &[Event]) -> Event {
    if let Some(Body::Control(control)) = &mut decision.body
        && let Some(begin) =
            calls.iter().find(|e| matches!(&e.body, Some(Body::CallCreated(b)) if b.call == control.subject))
    {
        control.since_us = begin.time_us;
    }
    decision
}

/// An event that an earlier program could not read: the begin of a call.
fn once_unreadable() -> Event {
    Call::new("c9", 950).created(100.0, CallType::CALL_TYPE_INBOUND).events.remove(0)
}

/// A mix of calls, sessions, copies that differ, coverage and unreadable input.
fn a_mix() -> impl Strategy<Value = Vec<Stored>> {
    let calls = (a_call(1), a_call(2), a_call(3), a_consultation(4)).prop_map(|(a, b, c, d)| [a, b, c, d].concat());
    let sessions = (a_session(1), a_session(2), a_bare_session(3), a_bare_session(4));
    let sessions = sessions.prop_map(|(a, b, c, d)| [a, b, c, d].concat());
    let conflicts = prop::collection::vec((any::<prop::sample::Index>(), -20_i64..20), 0..3);
    let covered = prop::collection::vec((SECONDS, 0.0..150.0), 0..4);
    (calls, sessions, conflicts, covered, any::<bool>(), decisions()).prop_map(
        |(calls, sessions, conflicts, stretches, is_heard, decisions)| {
            let decisions = decisions.into_iter().map(|event| beside_its_call(event, &calls));
            let decisions: Vec<Event> = decisions.collect();
            let mut events = [calls, sessions, decisions].concat();
            for (index, shift_s) in conflicts {
                let mut other = index.get(&events).clone();
                other.time_us += shift_s * 1_000_000;
                events.push(other);
            }
            events.push(unreadable(900, "bad-row", b"x"));
            events.push(unreadable(901, "not-protobuf", &canonical(&once_unreadable())));
            let mut all: Vec<Stored> = events.iter().map(stored).collect();
            // Whatever place an event had: copies of one event have the same.
            for (offset, event) in all.iter_mut().enumerate() {
                event.place = place(offset as u64);
            }
            let offset = 1_000;
            all.extend(is_heard.then(|| connect(offset)));
            all.extend(stretches.iter().zip(1..).map(|((from, len), n)| covers(offset + n, *from, from + len)));
            all
        },
    )
}

/// What is lost of a mix: how its sources are heard, and what they say is so.
#[derive(Debug, Clone)]
struct Losses {
    /// Whether each piece of time begins a new epoch.
    switches: Vec<bool>,
    /// By twin: which pieces of time of which source it heard.
    heard: [Vec<[bool; 2]>; 2],
    said: Vec<Said>,
}

/// A snapshot: when it holds, what it is as of, and which of the events before it names, shifted by seconds.
#[derive(Debug, Clone)]
struct Said {
    of_calls: bool,
    piece: usize,
    as_of_seq: u64,
    named: Vec<(prop::sample::Index, bool)>,
    is_complete: bool,
    ended: Option<u8>,
}

/// Pieces of time that a source is heard in as a whole or not, in seconds.
const PIECE_S: i64 = 25;
const PIECES: usize = 12;

fn losses() -> impl Strategy<Value = Losses> {
    let is_heard = || prop::array::uniform2(prop::bool::weighted(0.7));
    let heard = || prop::collection::vec(is_heard(), PIECES);
    let named = prop::collection::vec((any::<prop::sample::Index>(), any::<bool>()), 0..12);
    let said = (any::<bool>(), 0..PIECES, 0..500_u64, named, any::<bool>(), prop::option::of(1..5_u8)).prop_map(
        |(of_calls, piece, as_of_seq, named, is_complete, ended)| Said {
            of_calls,
            piece,
            as_of_seq,
            named,
            is_complete,
            ended,
        },
    );
    let switches = prop::collection::vec(prop::bool::weighted(0.15), PIECES);
    (switches, heard(), heard(), prop::collection::vec(said, 0..4)).prop_map(|(switches, one, two, said)| Losses {
        switches,
        heard: [one, two],
        said,
    })
}

impl Losses {
    /// Begin of the epoch that a piece of time is told in, in seconds.
    fn epoch_s(&self, piece: usize) -> i64 {
        let begins = (0..=piece.min(PIECES - 1)).rev().find(|piece| self.switches[*piece]);
        begins.map_or(0, |piece| piece as i64 * PIECE_S)
    }

    fn piece_of(event: &Event) -> usize {
        ((event.time_us - T0_US).max(0) / 1_000_000 / PIECE_S) as usize
    }

    /// The events in their epochs, what twins heard, and what the sources say; copies of one event have the same place.
    fn of(&self, mix: &[Stored]) -> Vec<Stored> {
        let decode = |event: &Stored| callmart_schema::event::decode(&event.bytes).expect("an event");
        let (records, events): (Vec<&Stored>, Vec<&Stored>) = mix.iter().partition(|e| e.is_session());
        let told: Vec<Event> = events.iter().map(|e| decode(e)).collect();
        let in_epochs = told.iter().zip(&events).map(|(event, at)| {
            let told = if at.time_us == 0 {
                event.clone()
            } else {
                told_in(self.epoch_s(Self::piece_of(event)), event.seq, event)
            };
            Stored { place: at.place.clone(), ..stored(&told) }
        });
        let mut all: Vec<Stored> = in_epochs.chain(records.into_iter().cloned()).collect();
        for (twin, heard) in self.heard.iter().enumerate() {
            for (number, source) in [CALLS, AGENTS].into_iter().enumerate() {
                let log = Listening::to(source, ["log", "twin"][twin], "", "");
                let at = 2_000 + 1_000 * number as u64;
                let told = (0..PIECES).filter(|piece| heard[*piece][number]).map(|piece| self.covers(&log, at, piece));
                all.extend(told);
            }
        }
        let said = self
            .said
            .iter()
            .zip(5_000..)
            .map(|(said, offset)| Stored { place: place(offset), ..self.says(said, &told) });
        all.extend(said);
        all
    }

    fn covers(&self, log: &Listening, offset: u64, piece: usize) -> Stored {
        let epoch_s = self.epoch_s(piece);
        let before = (piece as i64 - epoch_s / PIECE_S) as u64 * 10;
        let at_s = ((piece as i64 * PIECE_S) as f64, ((piece as i64 + 1) * PIECE_S) as f64);
        log.covers(offset + piece as u64, epoch_s, (before, before + 10), at_s)
    }

    fn says(&self, said: &Said, told: &[Event]) -> Stored {
        let source = if said.of_calls { CALLS } else { AGENTS };
        let at_s = (said.piece as i64 * PIECE_S) as f64;
        let may_name = [
            "call_created",
            "party_added",
            "virtual_queue_queued",
            "user_data_changed",
            "agent_login",
            "agent_ready",
            "agent_not_ready",
            "dn_call",
        ];
        let is_entity = |e: &&Event| {
            let kind = e.body.as_ref().map_or("", |body| callmart_schema::event::subject(body).kind);
            e.source == source && e.time_us <= us(at_s) && may_name.contains(&kind)
        };
        let entities: Vec<&Event> = told.iter().filter(is_entity).collect();
        let mut named = Vec::new();
        for (index, is_later) in said.named.iter().filter(|_| !entities.is_empty()) {
            let mut entity = (*index.get(&entities)).clone();
            entity.time_us += if *is_later { 7_000_000 } else { 0 };
            entity.time_us = entity.time_us.min(us(at_s));
            named.push(entity);
        }
        let is_begin = self.switches[said.piece];
        let as_of = (self.epoch_s(said.piece), if is_begin { 0 } else { said.as_of_seq });
        let ended: Vec<String> = said.ended.iter().map(|number| format!("c{number}")).collect();
        let ended: Vec<&str> = ended.iter().map(String::as_str).collect();
        stored(&snapshot(source, as_of, at_s, &named, (said.is_complete, &ended)))
    }
}

/// A mix of which something is lost now and then.
fn a_mix_with_losses() -> impl Strategy<Value = Vec<Stored>> {
    (a_mix(), prop::option::weighted(0.6, losses())).prop_map(|(mix, losses)| match losses {
        Some(losses) => losses.of(&mix),
        None => mix,
    })
}

/// A mix of which nothing is lost, and the same with what its sources say.
pub(super) fn a_mix_with_needless_snapshots() -> impl Strategy<Value = (Vec<Stored>, Vec<Stored>)> {
    (a_mix(), losses()).prop_map(|(mix, losses)| {
        let heard = [vec![[true; 2]; PIECES], vec![[false; 2]; PIECES]];
        let without = Losses { said: Vec::new(), heard: heard.clone(), ..losses.clone() };
        (without.of(&mix), Losses { heard, ..losses }.of(&mix))
    })
}

/// A mix, and the same events in another order with repetitions. Often one side is late as a whole: the calls, the agents,
/// or only the logouts, so that what was folded before has to change.
pub(super) fn a_mix_twice() -> impl Strategy<Value = (Vec<Stored>, Vec<Stored>)> {
    let mixes = a_mix_with_losses().prop_flat_map(|mix| {
        let doubled: Vec<Stored> = mix.iter().chain(&mix).cloned().collect();
        (Just(mix), Just(doubled).prop_shuffle())
    });
    (mixes, 0..8_u8).prop_map(|((mix, mut shuffled), late)| {
        shuffled.sort_by_key(|event| match late {
            0 => &*event.identity.source == CALLS,
            1 => &*event.identity.source == AGENTS,
            2 => &*event.kind == "agent_logout",
            3 => event.is_session(),
            4 => &*event.kind == "dn_call",
            5 => &*event.kind == "snapshot",
            6 => event.is_decision(),
            _ => false,
        });
        (mix, shuffled)
    })
}

/// The events of a log: a mix in some order, with repetitions.
pub(crate) fn a_log() -> impl Strategy<Value = Vec<Stored>> {
    a_mix_twice().prop_map(|(_, log)| log)
}
