//! What an agent will do with a call that was just answered: steps that fill the handling time.

use std::collections::VecDeque;

use super::call::{After, Step};
use super::dist::{place, us};
use super::rng::Rng;
use super::settings::Habits;

/// Most transfers of one call; after them agents only talk and hold.
const MAX_TRANSFERS: u32 = 3;
/// Shortest handling time, microseconds: below it there is no room for steps.
const MIN_HANDLING_US: i64 = 100_000;

/// The steps of an agent who answered a call with a customer, and the handling time that they fill.
pub(super) fn handling(habits: &Habits, rng: &mut Rng, transfers: u32) -> VecDeque<Step> {
    let total_us = habits.handling.draw_us(rng).max(MIN_HANDLING_US);
    let may_pass_on = transfers < MAX_TRANSFERS;
    let shares = [habits.hold_share, habits.blind_transfer_share, habits.consult_share, 1.0];
    match place(shares, rng.unit()) {
        0 => with_holds(habits, rng, total_us),
        1 if may_pass_on => [Step::Talk(total_us), Step::Blind].into(),
        2 if may_pass_on => with_consult(habits, rng, total_us),
        _ => plain(total_us),
    }
}

/// The steps of an agent who got the customer from a consultation: no third colleague is asked.
pub(super) fn after_consult(habits: &Habits, rng: &mut Rng) -> VecDeque<Step> {
    let total_us = habits.handling.draw_us(rng).max(MIN_HANDLING_US);
    if rng.chance(habits.hold_share) { with_holds(habits, rng, total_us) } else { plain(total_us) }
}

/// Talk for so long, then the end.
pub(super) fn plain(total_us: i64) -> VecDeque<Step> {
    [Step::Talk(total_us), Step::Release].into()
}

/// A part of a length, at least a microsecond and never all of it.
fn part(total_us: i64, share: f64) -> i64 {
    ((total_us as f64 * share) as i64).clamp(1, (total_us - 1).max(1))
}

fn with_holds(habits: &Habits, rng: &mut Rng, total_us: i64) -> VecDeque<Step> {
    let first_us = part(total_us, 0.1 + 0.4 * rng.unit());
    let hold_us = part(total_us - first_us, 0.05 + 0.4 * rng.unit());
    let rest_us = total_us - first_us - hold_us;
    if rng.chance(habits.hold_give_up_share) {
        return [Step::Talk(first_us), Step::Hold(hold_us), Step::GiveUp].into();
    }
    if rng.chance(0.7) {
        return [Step::Talk(first_us), Step::Hold(hold_us), Step::Talk(rest_us.max(1)), Step::Release].into();
    }
    let between_us = part(rest_us, 0.2 + 0.3 * rng.unit());
    let again_us = part(rest_us - between_us, 0.1 + 0.5 * rng.unit());
    let last_us = (rest_us - between_us - again_us).max(1);
    [
        Step::Talk(first_us),
        Step::Hold(hold_us),
        Step::Talk(between_us),
        Step::Hold(again_us),
        Step::Talk(last_us),
        Step::Release,
    ]
    .into()
}

fn with_consult(habits: &Habits, rng: &mut Rng, total_us: i64) -> VecDeque<Step> {
    let first_us = part(total_us, 0.2 + 0.6 * rng.unit());
    let rest_us = total_us - first_us;
    match place([habits.consult_retrieve_share, habits.consult_transfer_share, 1.0], rng.unit()) {
        0 => [Step::Talk(first_us), Step::Consult(After::Retrieve), Step::Talk(rest_us), Step::Release].into(),
        1 => [Step::Talk(total_us), Step::Consult(After::Transfer), Step::Release].into(),
        _ => conference(rng, first_us, rest_us),
    }
}

/// A conference ends in one of three ways: the colleague leaves first, the agent does, or all leave together.
fn conference(rng: &mut Rng, first_us: i64, rest_us: i64) -> VecDeque<Step> {
    let head = [Step::Talk(first_us), Step::Consult(After::Conference)];
    let together_us = part(rest_us, 0.2 + 0.5 * rng.unit());
    let tail = match rng.below(3) {
        0 => {
            vec![Step::Talk(together_us), Step::ColleagueLeaves, Step::Talk(rest_us - together_us), Step::Release]
        }
        1 => vec![Step::Talk(rest_us), Step::LeaveToColleague],
        _ => vec![Step::Talk(rest_us), Step::Release],
    };
    head.into_iter().chain(tail).collect()
}

/// How long a telephone rings before it is answered, in microseconds: drawn again while it is longer than agents are let ring.
pub(super) fn ring_us(habits: &Habits, rng: &mut Rng) -> i64 {
    const DRAWS: usize = 20;
    let within = |s: &f64| *s < habits.no_answer_after_s;
    let drawn = (0..DRAWS).map(|_| habits.ring.draw_s(rng)).find(within);
    us(drawn.unwrap_or(habits.no_answer_after_s / 2.0))
}

#[cfg(test)]
mod tests {
    use super::super::rng::Purpose;
    use super::*;

    #[test]
    fn steps_fill_the_handling_time_unless_the_customer_gives_up() {
        let habits = Habits::default();
        for subject in 0..5_000 {
            let total_us = habits.handling.draw_us(&mut Rng::of(3, Purpose::Handling, subject)).max(MIN_HANDLING_US);
            let steps = handling(&habits, &mut Rng::of(3, Purpose::Handling, subject), 0);
            let lengths = steps.iter().map(|s| if let Step::Talk(us) | Step::Hold(us) = s { *us } else { 0 });
            let sum: i64 = lengths.sum();
            let gives_up = steps.contains(&Step::GiveUp);
            assert!(if gives_up { sum < total_us } else { sum == total_us }, "{subject}: {steps:?}");
        }
    }
}
