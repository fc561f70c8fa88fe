//! Which value of a key an attempt or a passage has: each rule one function.
//!
//! Knows what was set on which call; not where a value goes.

use super::{Change, UserData};
use crate::mapping::Rule;
use crate::transform::attempt::Attempt;
use crate::transform::call::Calls;
use crate::transform::party::Party;
use crate::transform::resource::Part;

/// Most calls that data are followed through: mergers, and calls that began from others.
const MAX_HAND_OVERS: usize = 6;

/// Whose values are asked for: an attempt or a passage, by its time and the calls that it was in.
pub(in crate::transform) struct Holder<'h, 'a> {
    calls: &'h Calls<'a>,
    /// Party UUID of the resource; empty when it is no party.
    own: &'a str,
    /// Parties whose calls are its calls.
    parties: [&'h [&'a Party<'a>]; 2],
    /// The call in which it began, and the one that it was in last.
    ends: [&'a str; 2],
    from_us: i64,
    to_us: i64,
    /// Begin of the first of the attempts before it that were not answered, else its own.
    earlier_us: i64,
    /// When it was routed there, and the call that was.
    routed: Option<(i64, &'a str)>,
}

impl<'h, 'a> Holder<'h, 'a> {
    /// Asks for an attempt, by its place among the attempts.
    pub(in crate::transform) fn attempt(
        calls: &'h Calls<'a>,
        attempts: &'h [Attempt<'a>],
        attempt: &'h Attempt<'a>,
    ) -> Self {
        let party = std::slice::from_ref(&attempt.party);
        let routed = attempt.mediation.last().filter(|_| attempt.part != Part::Mediation);
        Self {
            calls,
            own: attempt.party.id,
            parties: [attempt.mediation.as_slice(), party],
            ends: [attempt.mediation.first().map_or(attempt.party.call, |m| m.call), attempt.party.last_call()],
            from_us: attempt.start_us(),
            to_us: attempt.end_us(),
            earlier_us: not_answered_since_us(attempts, attempt),
            routed: routed.map(|device| (device.end_us(), device.last_call())),
        }
    }

    /// Asks for a passage of a call through a queue; `own` is the party UUID of a queue that is a party, else empty.
    pub(in crate::transform) fn passage(
        calls: &'h Calls<'a>,
        own: &'a str,
        ends: [&'a str; 2],
        (from_us, to_us): (i64, i64),
    ) -> Self {
        Self { calls, own, parties: [&[], &[]], ends, from_us, to_us, earlier_us: from_us, routed: None }
    }

    fn was_in(&self, call: &str) -> bool {
        let stays = |party: &&Party<'_>| party.stays().any(|stay| stay.call == call);
        self.ends.contains(&call) || self.parties.into_iter().flatten().any(stays)
    }
}

/// Begin of an attempt, or of the first of those before it that the interaction came from and that were not answered.
fn not_answered_since_us(attempts: &[Attempt<'_>], attempt: &Attempt<'_>) -> i64 {
    let (mut at, mut since_us) = (attempt, attempt.start_us());
    // Whoever an attempt came from stands before it.
    for _ in 0..attempts.len() {
        let from = at.received_from.and_then(|from| attempts.get(from));
        let Some(from) = from.filter(|from| from.was_redirected()) else { break };
        (at, since_us) = (from, since_us.min(from.start_us()));
    }
    since_us
}

impl<'a> UserData<'a> {
    /// The value of a key that a holder has by a rule; none when it has none.
    pub(super) fn value(&self, key: usize, rule: Rule, holder: &Holder<'_, 'a>) -> Option<&'a str> {
        match rule {
            Rule::Call => self.on_leaving(key, holder),
            Rule::Party => self.of_party(key, holder),
            Rule::Irf => self.latest_meanwhile(key, holder),
            Rule::IrfFirstUpdate => self.first_meanwhile(key, holder),
            Rule::IrfInitial => self.on_begin(key, holder),
            Rule::IrfRoute => self.on_routing(key, holder),
        }
    }

    /// CALL: the latest on the call when it leaves the holder, whoever set it.
    fn on_leaving(&self, key: usize, holder: &Holder<'_, 'a>) -> Option<&'a str> {
        self.on_call(key, holder.calls, holder.ends[1], holder.to_us)
    }

    /// PARTY: the latest that the holder's own party set, whenever.
    fn of_party(&self, key: usize, holder: &Holder<'_, 'a>) -> Option<&'a str> {
        self.latest(key, |change| !holder.own.is_empty() && change.party == holder.own)
    }

    /// IRF: the latest that was set meanwhile.
    fn latest_meanwhile(&self, key: usize, holder: &Holder<'_, 'a>) -> Option<&'a str> {
        self.latest(key, |change| (holder.from_us..=holder.to_us).contains(&change.at_us) && holder.was_in(change.call))
    }

    /// `IRF_FIRST_UPDATE`: the first that was set meanwhile or in the attempts before that were not answered; what removes a
    /// key sets nothing.
    fn first_meanwhile(&self, key: usize, holder: &Holder<'_, 'a>) -> Option<&'a str> {
        let meanwhile = holder.earlier_us..=holder.to_us;
        let is_one = |c: &&Change<'_>| c.key == key && meanwhile.contains(&c.at_us) && holder.was_in(c.call);
        self.changes.iter().filter(is_one).find_map(|change| change.value)
    }

    /// `IRF_INITIAL`: what is on the call when the holder begins.
    fn on_begin(&self, key: usize, holder: &Holder<'_, 'a>) -> Option<&'a str> {
        self.on_call(key, holder.calls, holder.ends[0], holder.from_us)
    }

    /// `IRF_ROUTE`: what is on the call when it is routed to the holder; nothing where it was not.
    fn on_routing(&self, key: usize, holder: &Holder<'_, 'a>) -> Option<&'a str> {
        let (at_us, call) = holder.routed?;
        self.on_call(key, holder.calls, call, at_us)
    }

    /// What is on a call at a moment, whoever set it.
    fn on_call(&self, key: usize, calls: &Calls<'a>, call: &str, at_us: i64) -> Option<&'a str> {
        self.latest(key, |change| is_on(calls, (change.call, change.at_us), call, at_us, MAX_HAND_OVERS))
    }

    /// The last change of a key that counts; none where it removed the key.
    fn latest(&self, key: usize, counts: impl Fn(&Change<'a>) -> bool) -> Option<&'a str> {
        self.changes.iter().rev().find(|change| change.key == key && counts(change))?.value
    }
}

/// Whether what was set on one call at a moment is on another at a later one: it is the same call; or the other one began from it
/// later, as a consult call does from its main call; or the one was merged into the other by then.
fn is_on(calls: &Calls<'_>, (set_on, set_us): (&str, i64), call: &str, at_us: i64, hand_overs: usize) -> bool {
    if set_us > at_us {
        return false;
    }
    if set_on == call {
        return true;
    }
    let Some(hand_overs) = hand_overs.checked_sub(1) else { return false };
    if let Some((into, merged_us)) = calls.call(set_on).and_then(|c| c.merged())
        && merged_us <= at_us
        && is_on(calls, (into, merged_us.max(set_us)), call, at_us, hand_overs)
    {
        return true;
    }
    let Some((original, began_us)) = calls.began_from(call) else { return false };
    is_on(calls, (set_on, set_us), original, at_us.min(began_us), hand_overs)
}
