//! Cases in which a DN has two owners for a while.

use super::super::script::Script;
use super::super::t_controller::{OnMove, OwnerRules, Refused};
use super::{
    AFTER_CALL_WORK, AGENT, BUSY, CUSTOMER, Case, DN, LOGGED_ON_ONLY, QUEUE, READY, START_US, attempt, ready, talking,
};

/// The DN moves to the other data center in a call which ends, as its after-call work does, before the old owner has waited
/// for 30 s.
///
/// # Errors
/// [`Refused`] when the script asks for what a T-controller does not do.
pub fn moved_in_a_call_that_ends_in_time() -> Result<Case, Refused> {
    let mut script = Script::new(START_US, OwnerRules::default());
    ready(&mut script)?;
    talking(&mut script, 1);
    script.at(60_000).register(2, DN);
    script.at(65_000).log_in(2, DN, AGENT, "S2")?;
    script.at(70_000).hang_up("C1").after_call_work(0, DN)?;
    script.at(80_000).ready(0, DN)?;
    script.at(85_000).ready(2, DN)?;
    script.at(200_000).log_out(2, DN)?.unregister(2, DN);
    let words = "E10001 talks on DN 100002 (dc1-node1, S1) in call C1 of dc1-node2. At 60 s the registration comes to dc2-node1, which tells of \
                 C1 too, and where E10001 logs in as S2 at 65 s. C1 ends at 70 s; dc1-node1 tells of the after-call work until 80 s and \
                 then lets go. E10001 is logged in twice from 65 s to 80 s. C1 is E10001's by S1: 40 s of talk, 10 s of after-call work. S2 \
                 is only logged on until 85 s, although C1 was on its DN.";
    let s1 = [(LOGGED_ON_ONLY, 5_000), (READY, 10_000), (BUSY, 25_000), (AFTER_CALL_WORK, 70_000)];
    let s2 = [(LOGGED_ON_ONLY, 65_000), (READY, 85_000)];
    Ok(Case::new("moved in a call that ends in time", words, script)
        .attempt(attempt("S1", 40, 10))
        .session("S1", (AGENT, DN), &s1, 80_000)
        .session("S2", (AGENT, DN), &s2, 200_000))
}

/// The DN moves in a call that lasts: after 30 s the old owner logs the agent out in the middle of it.
///
/// # Errors
/// [`Refused`] when the script asks for what a T-controller does not do.
pub fn moved_in_a_call_that_lasts() -> Result<Case, Refused> {
    let mut script = Script::new(START_US, OwnerRules::default());
    ready(&mut script)?;
    talking(&mut script, 1);
    script.at(60_000).register(2, DN);
    script.at(65_000).log_in(2, DN, AGENT, "S2")?;
    script.at(95_000).ready(2, DN)?;
    script.at(120_000).hang_up("C1").after_call_work(2, DN)?;
    script.at(130_000).ready(2, DN)?;
    script.at(200_000).log_out(2, DN)?.unregister(2, DN);
    let words = "As in time, but C1 goes on: at 90 s, 30 s after the registration came to dc2-node1, dc1-node1 logs S1 out in the middle of \
                 it. S2 is only logged on until E10001 says to be ready at 95 s, then busy until C1 ends at 120 s, and S2 tells the \
                 after-call work until 130 s. C1 is E10001's by S1, 90 s of talk; the after-call work of 10 s is C1's too: another session \
                 of the same agent told it, in which C1 was connected.";
    let s1 = [(LOGGED_ON_ONLY, 5_000), (READY, 10_000), (BUSY, 25_000)];
    let s2 = [(LOGGED_ON_ONLY, 65_000), (BUSY, 95_000), (AFTER_CALL_WORK, 120_000), (READY, 130_000)];
    Ok(Case::new("moved in a call that lasts", words, script)
        .attempt(attempt("S1", 90, 10))
        .session("S1", (AGENT, DN), &s1, 90_000)
        .session("S2", (AGENT, DN), &s2, 200_000))
}

/// The DN moves in a call that lasts, and the session goes on at the new owner.
///
/// # Errors
/// [`Refused`] when the script asks for what a T-controller does not do.
pub fn moved_in_a_call_with_states_restored() -> Result<Case, Refused> {
    let mut script = Script::new(START_US, OwnerRules { on_move: OnMove::Restored, ..OwnerRules::default() });
    ready(&mut script)?;
    talking(&mut script, 1);
    script.at(60_000).register(2, DN);
    script.at(120_000).hang_up("C1").after_call_work(2, DN)?;
    script.at(130_000).ready(2, DN)?;
    script.at(200_000).log_out(2, DN)?.unregister(2, DN);
    let words = "As in the call that lasts, but states are restored: from 60 s on dc2-node1 tells of C1 without an agent; at 90 s \
                 dc1-node1 goes out of service without a logout, and dc2-node1 tells login, ready and C1 connected, all of S1. There is one \
                 session, busy without a break from 25 s to 120 s; C1 is E10001's, 90 s of talk and 10 s of after-call work.";
    let s1 = [(LOGGED_ON_ONLY, 5_000), (READY, 10_000), (BUSY, 25_000), (AFTER_CALL_WORK, 120_000), (READY, 130_000)];
    Ok(Case::new("moved in a call with states restored", words, script).attempt(attempt("S1", 90, 10)).session(
        "S1",
        (AGENT, DN),
        &s1,
        200_000,
    ))
}

/// The telephone registers on the other side of a cut link: two owners until the link is back.
///
/// # Errors
/// [`Refused`] when the script asks for what a T-controller does not do.
pub fn two_owners_while_a_link_is_cut() -> Result<Case, Refused> {
    let mut script = Script::new(START_US, OwnerRules::default());
    ready(&mut script)?;
    script.at(15_000).cut(0, 2);
    script.at(20_000).register(2, DN);
    script.at(25_000).log_in(2, DN, AGENT, "S2")?;
    script.at(30_000).ready(2, DN)?;
    script.at(40_000).inbound(2, "C1", CUSTOMER, QUEUE);
    script.at(45_000).route("C1", QUEUE, DN);
    script.at(50_000).talk("C1", DN);
    script.at(100_000).hang_up("C1").after_call_work(2, DN)?;
    script.at(110_000).ready(2, DN)?;
    script.at(150_000).mend(0, 2);
    script.at(200_000).log_out(2, DN)?.unregister(2, DN);
    let words = "The link between dc1-node1 and dc2-node1 is cut at 15 s. The telephone of DN 100002 registers at dc2-node1 at 20 s, and E10001 \
                 logs in there as S2, while dc1-node1 still has S1. C1 rings at 45 s: only the newer owner tells of it. Both sessions contain the \
                 delivery; the later login counts: C1 is E10001's by S2, 50 s of talk, 10 s of after-call work. S1 is ready all the time. \
                 When the link is back at 150 s, dc1-node1 logs S1 out.";
    let s1 = [(LOGGED_ON_ONLY, 5_000), (READY, 10_000)];
    let s2 = [(LOGGED_ON_ONLY, 25_000), (READY, 30_000), (BUSY, 45_000), (AFTER_CALL_WORK, 100_000), (READY, 110_000)];
    Ok(Case::new("two owners while a link is cut", words, script)
        .attempt(attempt("S2", 50, 10))
        .session("S1", (AGENT, DN), &s1, 150_000)
        .session("S2", (AGENT, DN), &s2, 200_000))
}
