//! Cases at an ordinary SIP Server beside the cluster: one source tells of calls, agents and ACD queues, and names the agents.

use super::super::script::{SIP_SERVER, Script, in_queue};
use super::super::t_controller::{OwnerRules, Refused};
use super::{
    AFTER_CALL_WORK, AGENT, AttemptFact, BUSY, CUSTOMER, Case, LOGGED_ON_ONLY, NOT_READY, PassFact, READY, START_US,
};

/// The telephone that most of it is about.
const DN: &str = "1002";
/// The agent whom most of it is about.
const WHO: &str = "E60001";
/// A second telephone,
const SECOND_DN: &str = "1003";
/// and who sits at it.
const SECOND: &str = "E60002";
/// The ACD queue.
const QUEUE: &str = "ACD_Sales";

/// The agents are logged in on their telephones since 5 s, as sessions `S1` and `S2`, and ready since 10 s. In the cluster
/// E10001 is logged in on a telephone with the first one's number, which has nothing to do with it.
fn begun() -> Result<Script, Refused> {
    let mut script = Script::mixed(START_US, OwnerRules::default());
    script.at(0).register(0, DN).register(SIP_SERVER, DN).register(SIP_SERVER, SECOND_DN);
    script.at(4_000).log_in(0, DN, AGENT, "S9")?;
    script.at(5_000).log_in(SIP_SERVER, DN, WHO, "S1")?.log_in(SIP_SERVER, SECOND_DN, SECOND, "S2")?;
    script.at(10_000).ready(SIP_SERVER, DN)?.ready(SIP_SERVER, SECOND_DN)?;
    Ok(script)
}

/// Everybody goes at 300 s.
fn all_go(script: &mut Script) -> Result<(), Refused> {
    script.at(300_000).log_out(SIP_SERVER, SECOND_DN)?.log_out(0, DN)?;
    Ok(())
}

/// The case with the sessions that are alike in all.
fn case(name: &'static str, words: &'static str, script: Script) -> Case {
    Case::new(name, words, script).session("S9", (AGENT, DN), &[(LOGGED_ON_ONLY, 4_000)], 300_000)
}

const IDLE: [(&str, i64); 2] = [(LOGGED_ON_ONLY, 5_000), (READY, 10_000)];

/// An attempt on [`DN`] with 5 s in the queue and 5 s of ringing.
fn attempt(came_to: &'static str, talk_s: i64, after_call_work_s: i64) -> AttemptFact {
    AttemptFact {
        call: "C1",
        dn: DN,
        agent: WHO,
        session: "S1",
        came_to,
        distance_ms: None,
        mediation_s: 5,
        ring_s: 5,
        talk_s,
        after_call_work_s,
    }
}

fn pass(time: usize, from_ms: i64, to_ms: i64, came_to: &'static str) -> PassFact {
    PassFact { call: "C1", pass: in_queue("C1", time), queue: QUEUE, from_ms, to_ms, came_to }
}

/// A call waits in an ACD queue and is answered by an agent.
///
/// # Errors
/// [`Refused`] when the script asks for what a SIP Server does not do.
pub fn answered_from_an_acd_queue() -> Result<Case, Refused> {
    let mut script = begun()?;
    script.at(20_000).wait_in("C1", CUSTOMER, QUEUE);
    script.at(25_000).divert("C1", QUEUE, DN);
    script.at(30_000).talk("C1", DN);
    script.at(70_000).hang_up("C1").after_call_work(SIP_SERVER, DN)?;
    script.at(80_000).ready(SIP_SERVER, DN)?;
    script.at(200_000).log_out(SIP_SERVER, DN)?;
    all_go(&mut script)?;
    let words = "C1 waits in ACD_Sales at the ordinary switch from 20 s on, rings at 1002 at 25 s, where E60001 is logged in and named, is \
                 answered at 30 s and ends at 70 s; 10 s of after-call work. The attempt is E60001's by the event's own word, not by \
                 time, and S1 is that agent's session; E10001 in the cluster, on a telephone of the same number, has nothing.";
    let s1 = [IDLE[0], IDLE[1], (BUSY, 25_000), (AFTER_CALL_WORK, 70_000), (READY, 80_000)];
    Ok(case("answered from an ACD queue", words, script)
        .attempt(attempt("DIVERTEDTO/COMPLETED/UNSPECIFIED", 40, 10))
        .pass(pass(1, 20_000, 25_000, "RECEIVED/DIVERTED/ANSWEREDBYAGENT"))
        .session("S1", (WHO, DN), &s1, 200_000)
        .session("S2", (SECOND, SECOND_DN), &IDLE, 300_000))
}

/// The customer gives up in the ACD queue.
///
/// # Errors
/// [`Refused`] when the script asks for what a SIP Server does not do.
pub fn abandoned_in_an_acd_queue() -> Result<Case, Refused> {
    let mut script = begun()?;
    script.at(20_000).wait_in("C1", CUSTOMER, QUEUE);
    script.at(53_000).give_up("C1", QUEUE);
    script.at(200_000).log_out(SIP_SERVER, DN)?;
    all_go(&mut script)?;
    let words = "C1 waits in ACD_Sales from 20 s on, and the customer hangs up at 53 s. The queue has the one attempt, which began with the \
                 waiting and is given up in it, and its passage of 33 s ends the same way. Nobody was busy.";
    let given_up = "RECEIVED/CUSTOMERABANDONED/ABANDONEDWHILEQUEUED";
    let of_queue =
        AttemptFact { dn: QUEUE, agent: "", session: "", mediation_s: 33, ring_s: 0, ..attempt(given_up, 0, 0) };
    Ok(case("abandoned in an ACD queue", words, script)
        .attempt(of_queue)
        .pass(pass(1, 20_000, 53_000, given_up))
        .session("S1", (WHO, DN), &IDLE, 200_000)
        .session("S2", (SECOND, SECOND_DN), &IDLE, 300_000))
}

/// The agent does not answer; the call goes back to the ACD queue and to another agent.
///
/// # Errors
/// [`Refused`] when the script asks for what a SIP Server does not do.
pub fn not_answered_and_back_to_the_acd_queue() -> Result<Case, Refused> {
    let mut script = begun()?;
    script.at(20_000).wait_in("C1", CUSTOMER, QUEUE);
    script.at(25_000).divert("C1", QUEUE, DN);
    script.at(43_000).take_back("C1", DN, QUEUE).not_ready(SIP_SERVER, DN, "NoAnswer")?;
    script.at(50_000).divert("C1", QUEUE, SECOND_DN);
    script.at(54_000).talk("C1", SECOND_DN);
    script.at(94_000).hang_up("C1").after_call_work(SIP_SERVER, SECOND_DN)?;
    script.at(99_000).ready(SIP_SERVER, SECOND_DN)?;
    script.at(200_000).log_out(SIP_SERVER, DN)?;
    all_go(&mut script)?;
    let words = "C1 rings at 1002 from 25 s to 43 s, is not answered, goes back to ACD_Sales, and E60001 is made not ready. At 50 s it rings at \
                 1003 and E60002 answers at 54 s. Two attempts: E60001's is redirected after 18 s of ringing and 5 s in the queue, \
                 E60002's completed after 7 s in the queue; two passages, the first one diverted to who did not answer.";
    let s1 = [IDLE[0], IDLE[1], (BUSY, 25_000), (NOT_READY, 43_000)];
    let s2 = [IDLE[0], IDLE[1], (BUSY, 50_000), (AFTER_CALL_WORK, 94_000), (READY, 99_000)];
    let first = AttemptFact { ring_s: 18, ..attempt("DIVERTEDTO/REDIRECTED/ROUTEDONNOANSWER", 0, 0) };
    let second = AttemptFact {
        dn: SECOND_DN,
        agent: SECOND,
        session: "S2",
        mediation_s: 7,
        ring_s: 4,
        ..attempt("DIVERTEDTO/COMPLETED/UNSPECIFIED", 40, 5)
    };
    Ok(case("not answered, and back to the ACD queue", words, script)
        .attempt(first)
        .attempt(second)
        .pass(pass(1, 20_000, 25_000, "RECEIVED/DIVERTED/ROUTEDONNOANSWER"))
        .pass(pass(2, 43_000, 50_000, "RECEIVED/DIVERTED/ANSWEREDBYAGENT"))
        .session("S1", (WHO, DN), &s1, 200_000)
        .session("S2", (SECOND, SECOND_DN), &s2, 300_000))
}

/// The agent logs out in the middle of a call and somebody else logs in on the telephone, still in it.
///
/// # Errors
/// [`Refused`] when the script asks for what a SIP Server does not do.
pub fn logged_out_in_a_call_of_an_acd_queue() -> Result<Case, Refused> {
    let mut script = begun()?;
    script.at(20_000).wait_in("C1", CUSTOMER, QUEUE);
    script.at(25_000).divert("C1", QUEUE, DN);
    script.at(30_000).talk("C1", DN);
    script.at(60_000).log_out(SIP_SERVER, DN)?;
    script.at(80_000).log_in(SIP_SERVER, DN, "E60003", "S3")?;
    script.at(85_000).ready(SIP_SERVER, DN)?;
    script.at(100_000).hang_up("C1");
    script.at(200_000).log_out(SIP_SERVER, DN)?;
    all_go(&mut script)?;
    let words = "E60001 logs out of 1002 at 60 s in the middle of C1, which goes on until 100 s; at 80 s E60003 logs in on the telephone and says \
                 ready at 85 s. C1 stays E60001's, who was named when it was delivered, with all its 70 s of talk and no after-call work: \
                 nobody told any. S1 ends busy at 60 s; S3 is only logged on, then busy with the call that is on its telephone, then ready.";
    let s1 = [IDLE[0], IDLE[1], (BUSY, 25_000)];
    let s3 = [(LOGGED_ON_ONLY, 80_000), (BUSY, 85_000), (READY, 100_000)];
    Ok(case("logged out in a call of an ACD queue", words, script)
        .attempt(attempt("DIVERTEDTO/COMPLETED/UNSPECIFIED", 70, 0))
        .pass(pass(1, 20_000, 25_000, "RECEIVED/DIVERTED/ANSWEREDBYAGENT"))
        .session("S1", (WHO, DN), &s1, 60_000)
        .session("S2", (SECOND, SECOND_DN), &IDLE, 300_000)
        .session("S3", ("E60003", DN), &s3, 200_000))
}

/// The call is delivered to a telephone at which nobody is logged in; somebody logs in there half a second later.
///
/// # Errors
/// [`Refused`] when the script asks for what a SIP Server does not do.
pub fn delivered_to_nobody() -> Result<Case, Refused> {
    let mut script = begun()?;
    script.at(15_000).log_out(SIP_SERVER, DN)?;
    script.at(20_000).wait_in("C1", CUSTOMER, QUEUE);
    script.at(25_000).divert("C1", QUEUE, DN);
    script.at(25_500).log_in(SIP_SERVER, DN, "E60003", "S3")?;
    script.at(26_000).ready(SIP_SERVER, DN)?;
    script.at(30_000).talk("C1", DN);
    script.at(70_000).hang_up("C1");
    script.at(200_000).log_out(SIP_SERVER, DN)?;
    all_go(&mut script)?;
    let words = "Nobody is logged in on 1002 when C1 rings there at 25 s, and the switch names nobody. E60003 logs in half a second later, which \
                 in a cluster would be near enough; here calls and logins are one source's, in order, and who is not named has no part: \
                 the attempt is the telephone's, answered by other than an agent.";
    let s1 = [IDLE[0], IDLE[1]];
    let s3 = [(LOGGED_ON_ONLY, 25_500), (BUSY, 26_000), (READY, 70_000)];
    let of_dn = AttemptFact { agent: "", session: "", ..attempt("DIVERTEDTO/COMPLETED/UNSPECIFIED", 40, 0) };
    Ok(case("delivered to nobody", words, script)
        .attempt(of_dn)
        .pass(pass(1, 20_000, 25_000, "RECEIVED/DIVERTED/ANSWEREDBYOTHER"))
        .session("S1", (WHO, DN), &s1, 15_000)
        .session("S2", (SECOND, SECOND_DN), &IDLE, 300_000)
        .session("S3", ("E60003", DN), &s3, 200_000))
}
