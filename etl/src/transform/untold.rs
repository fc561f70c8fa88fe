//! What was not told of an interaction, as far as its own events show: a call that nobody began, a party that never joined or
//! never left, a pass through a virtual queue without its begin or its end.
//!
//! What is lost of a source is known from coverage; this is what is missing whatever the reason. Knows calls and parties; not
//! which rows come of them. A route result is not missed: there are sources that tell none.

use super::call::{Calls, Pass};
use super::party::Party;

/// Whether something of an interaction that is over was not told. What an estimate ended says so itself.
pub(super) fn is_any(calls: &Calls<'_>) -> bool {
    calls.all().any(|call| call.created_us.is_none())
        || calls.parties.iter().any(|party| is_party_untold(calls, party))
        || calls.passes.iter().any(|pass| is_pass_untold(calls, pass))
}

fn is_party_untold(calls: &Calls<'_>, party: &Party<'_>) -> bool {
    let call = calls.call(party.last_call());
    let was_left_there = !party.left && call.is_some_and(|c| c.ended_us.is_some() && !c.is_estimated);
    !party.was_added || party.is_move_untold || was_left_there
}

fn is_pass_untold(calls: &Calls<'_>, pass: &Pass<'_>) -> bool {
    let call = calls.call(pass.call);
    let was_left_there = pass.left_us.is_none() && call.is_some_and(|c| c.ended_us.is_some() && !c.is_estimated);
    pass.queued_us.is_none() || was_left_there
}
