//! Cases in which a DN has one owner at a time.

use super::super::script::Script;
use super::super::t_controller::{OwnerRules, Refused};
use super::{
    AFTER_CALL_WORK, AGENT, AttemptFact, BUSY, CUSTOMER, Case, DN, LOGGED_ON_ONLY, QUEUE, READY, START_US, attempt,
    ready, talking,
};

/// The agent's second DN; dc2-node1 owns it.
pub const SECOND_DN: &str = "200002";
/// The agent who comes after the first one.
pub const NEXT_AGENT: &str = "E10002";

/// The registration is lost in a call, and comes back to the same node after it.
///
/// # Errors
/// [`Refused`] when the script asks for what a T-controller does not do.
pub fn logged_out_in_a_call_and_back_at_the_same_node() -> Result<Case, Refused> {
    back_after_the_call(
        "logged out in a call, back at the same node",
        "E10001 talks on DN 100002 (owner dc1-node1) in call C1 of dc2-node1 when the registration is lost at 60 s: logout and out of \
         service, and no NULL is ever told for C1, which the customer ends at 100 s. The telephone registers there again at 120 s and \
         E10001 logs in as S2. C1 is E10001's (S1 held the delivery at 25 s), with all its 70 s of talk, and has no after-call work: \
         nobody told any. S1 ends busy at 60 s; S2 was never busy.",
        0,
    )
}

/// The registration is lost in a call, and comes to a node of the other data center after it.
///
/// # Errors
/// [`Refused`] when the script asks for what a T-controller does not do.
pub fn logged_out_in_a_call_and_back_at_the_other_center() -> Result<Case, Refused> {
    back_after_the_call(
        "logged out in a call, back at the other center",
        "As at the same node, but the telephone registers at dc2-node2 at 120 s: S1 was told by dc1-node1/TCport and S2 is told by \
         dc2-node2/TCport. The facts are the same: C1 is E10001's by S1, 70 s of talk, no after-call work.",
        3,
    )
}

fn back_after_the_call(name: &'static str, words: &'static str, node: usize) -> Result<Case, Refused> {
    let mut script = Script::new(START_US, OwnerRules::default());
    ready(&mut script)?;
    talking(&mut script, 2);
    script.at(60_000).unregister(0, DN);
    script.at(100_000).hang_up("C1");
    script.at(120_000).register(node, DN);
    script.at(125_000).log_in(node, DN, AGENT, "S2")?;
    script.at(130_000).ready(node, DN)?;
    script.at(200_000).log_out(node, DN)?;
    script.at(205_000).unregister(node, DN);
    let s1 = [(LOGGED_ON_ONLY, 5_000), (READY, 10_000), (BUSY, 25_000)];
    let s2 = [(LOGGED_ON_ONLY, 125_000), (READY, 130_000)];
    Ok(Case::new(name, words, script).attempt(attempt("S1", 70, 0)).session("S1", (AGENT, DN), &s1, 60_000).session(
        "S2",
        (AGENT, DN),
        &s2,
        200_000,
    ))
}

/// One agent is logged in on two DNs of two nodes and has a call on each, one after the other.
///
/// # Errors
/// [`Refused`] when the script asks for what a T-controller does not do.
pub fn one_agent_on_two_dns() -> Result<Case, Refused> {
    let mut script = Script::new(START_US, OwnerRules::default());
    ready(&mut script)?;
    script.at(15_000).register(2, SECOND_DN);
    script.at(20_000).log_in(2, SECOND_DN, AGENT, "S2")?;
    script.at(25_000).ready(2, SECOND_DN)?;
    script.at(30_000).inbound(0, "C1", CUSTOMER, QUEUE);
    script.at(35_000).route("C1", QUEUE, SECOND_DN);
    script.at(40_000).talk("C1", SECOND_DN);
    script.at(80_000).hang_up("C1").after_call_work(2, SECOND_DN)?;
    script.at(90_000).ready(2, SECOND_DN)?;
    script.at(100_000).inbound(1, "C2", "+15550002", QUEUE);
    script.at(105_000).route("C2", QUEUE, DN);
    script.at(110_000).talk("C2", DN);
    script.at(130_000).hang_up("C2").after_call_work(0, DN)?;
    script.at(140_000).ready(0, DN)?;
    script.at(150_000).log_out(0, DN)?.unregister(0, DN);
    script.at(200_000).log_out(2, SECOND_DN)?.unregister(2, SECOND_DN);
    let words = "E10001 is logged in on DN 100002 (S1, dc1-node1) and on DN 200002 (S2, dc2-node1). C1 rings at 200002 and is S2's; S1 \
                 is ready all that time. C2 rings at 100002 and is S1's; S2 is ready meanwhile. Each session tiles itself: S1 is ready for \
                 105 s and busy for 25 s, S2 ready for 120 s and busy for 45 s, each with 10 s of after-call work of its own call; \
                 E10001's states come to 325 s in 195 s.";
    let s1 = [(LOGGED_ON_ONLY, 5_000), (READY, 10_000), (BUSY, 105_000), (AFTER_CALL_WORK, 130_000), (READY, 140_000)];
    let s2 = [(LOGGED_ON_ONLY, 20_000), (READY, 25_000), (BUSY, 35_000), (AFTER_CALL_WORK, 80_000), (READY, 90_000)];
    Ok(Case::new("one agent on two DNs", words, script)
        .attempt(AttemptFact { dn: SECOND_DN, ..attempt("S2", 40, 10) })
        .attempt(AttemptFact { call: "C2", ..attempt("S1", 20, 10) })
        .session("S1", (AGENT, DN), &s1, 150_000)
        .session("S2", (AGENT, SECOND_DN), &s2, 200_000))
}

/// How the clock of the call's node differs from that of the DN's owner.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Skew {
    /// Not at all.
    None,
    /// It is a second behind.
    Behind,
    /// It is a second ahead.
    Ahead,
}

/// One agent logs out, a second later another one logs in on the same DN, and a call rings there 0.4 s after that.
///
/// # Errors
/// [`Refused`] when the script asks for what a T-controller does not do.
pub fn two_agents_a_second_apart(skew: Skew) -> Result<Case, Refused> {
    let mut script = Script::new(START_US, OwnerRules::default());
    let (by_ms, name, words) = match skew {
        Skew::None => (0, "two agents on one DN a second apart", IN_STEP),
        Skew::Behind => (-1_000, "two agents on one DN a second apart, the call's clock a second behind", BEHIND),
        Skew::Ahead => (1_000, "two agents on one DN a second apart, the call's clock a second ahead", AHEAD),
    };
    script.skew("dc2-node1/IPport", by_ms);
    ready(&mut script)?;
    script.at(45_000).inbound(2, "C1", CUSTOMER, QUEUE);
    script.at(50_000).log_out(0, DN)?;
    script.at(51_000).log_in(0, DN, NEXT_AGENT, "S2")?;
    script.at(51_200).ready(0, DN)?;
    script.at(51_400).route("C1", QUEUE, DN);
    script.at(55_400).talk("C1", DN);
    script.at(95_400).hang_up("C1").after_call_work(0, DN)?;
    script.at(105_400).ready(0, DN)?;
    script.at(200_000).log_out(0, DN)?.unregister(0, DN);
    let s1 = [(LOGGED_ON_ONLY, 5_000), (READY, 10_000)];
    let s2 = [(LOGGED_ON_ONLY, 51_000), (READY, 51_200), (BUSY, 51_400), (AFTER_CALL_WORK, 95_400), (READY, 105_400)];
    let by_stamps = AttemptFact { agent: NEXT_AGENT, mediation_s: 6, ring_s: 4, ..attempt("S2", 40, 10) };
    let is_firsts =
        AttemptFact { agent: AGENT, session: "S1", distance_ms: Some(400), after_call_work_s: 0, ..by_stamps };
    Ok(Case::new(name, words, script)
        .attempt(if skew == Skew::Behind { is_firsts } else { by_stamps })
        .session("S1", (AGENT, DN), &s1, 50_000)
        .session("S2", (NEXT_AGENT, DN), &s2, 200_000))
}

const IN_STEP: &str = "E10001 logs out of DN 100002 (S1, dc1-node1) at 50 s; E10002 logs in there at 51 s (S2), and call C1 of dc2-node1 \
     rings at 51.4 s. S2 contains the delivery: C1 is E10002's, with 4 s of ringing, 40 s of talk and 10 s of after-call work.";
const BEHIND: &str = "As in step, but dc2-node1's IPport stamps a second too early: the delivery at 50.4 s. No session contains it; S1 ended \
     0.4 s before it and S2 begins 0.6 s after it. The nearest within the tolerance is S1: C1 is E10001's, at a distance of 400 ms, \
     although E10002 took it. The after-call work that S2 tells after C1 belongs to nobody's attempt: E10002 has none in C1. The states \
     of S2 follow the owner's clock and are as in step.";
const AHEAD: &str = "As in step, but dc2-node1's IPport stamps a second too late: the delivery at 52.4 s, which S2 contains. C1 is \
     E10002's, with the same lengths as in step.";
