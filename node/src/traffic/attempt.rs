//! The clock of one attempt: what the agent, or a device in an agent's place, does on the call, in which family it counts, and for
//! how long it was so.
//!
//! Turned by the world at every change; knows neither events nor other attempts.

use callmart_schema::catalogue::statics::{Outcome, ResourceRole};

use super::sums::{Measure, Sums};

/// What an agent does on a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Doing {
    Dial,
    Ring,
    Talk,
    Hold,
}

/// Where a stretch counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Family {
    Plain,
    ConsInit,
    ConsRcv,
    PostConsXfer,
    ConfInit,
    ConfJoin,
}

/// One attempt of an agent, or of a device.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Attempt {
    /// Without a meaning for a device.
    pub(super) agent: u32,
    pub(super) role: ResourceRole,
    /// How it ended; none while it goes on.
    pub(super) outcome: Option<Outcome>,
    /// Start: of the mediation that led to it, else of alerting or dialling.
    pub(super) from_us: i64,
    pub(super) family: Family,
    /// Whether the customer is on the same call.
    pub(super) with_customer: bool,
    pub(super) sums: Sums,
    doing: Option<(Doing, i64)>,
}

impl Attempt {
    pub(super) fn new(agent: u32, role: ResourceRole, from_us: i64, family: Family, with_customer: bool) -> Self {
        Self { agent, role, outcome: None, from_us, family, with_customer, sums: Sums::default(), doing: None }
    }

    /// One of a device with the customer: since when, and from when to when the customer waited for it or at it.
    pub(super) fn of_device(role: ResourceRole, from_us: i64, waited: Option<(i64, i64)>) -> Self {
        let mut attempt = Self::new(0, role, from_us, Family::Plain, true);
        if let Some((since_us, to_us)) = waited {
            attempt.sums.add(Measure::Mediation, since_us, to_us);
        }
        attempt
    }

    /// What the agent does now.
    pub(super) fn doing(&self) -> Option<Doing> {
        self.doing.map(|(doing, _)| doing)
    }

    /// Whether the agent talked with anybody.
    pub(super) fn was_connected(&self) -> bool {
        let talks = [Measure::Talk, Measure::ConsInitTalk, Measure::ConsRcvTalk, Measure::PostConsXferTalk];
        let more = [Measure::ConfInitTalk, Measure::ConfJoinTalk];
        self.doing() == Some(Doing::Talk) || talks.into_iter().chain(more).any(|m| self.sums.count(m) > 0)
    }

    /// From now on the agent does this.
    pub(super) fn turn(&mut self, now_us: i64, doing: Doing) {
        self.close(now_us);
        self.doing = Some((doing, now_us));
    }

    /// From now on what the agent does counts in another family.
    pub(super) fn change_family(&mut self, now_us: i64, family: Family, with_customer: bool) {
        let doing = self.doing();
        self.close(now_us);
        self.family = family;
        self.with_customer = with_customer;
        self.doing = doing.map(|doing| (doing, now_us));
    }

    /// The agent's part is over.
    pub(super) fn end(&mut self, now_us: i64, outcome: Outcome) {
        self.close(now_us);
        self.outcome = Some(outcome);
        let talked_with_customer = self.sums.count(Measure::CustomerTalk) > 0;
        let talked = self.was_connected();
        self.sums.set_count(Measure::Handle, talked);
        self.sums.set_count(Measure::CustomerHandle, talked_with_customer);
    }

    fn close(&mut self, now_us: i64) {
        let Some((doing, since_us)) = self.doing.take() else { return };
        if since_us == now_us {
            return;
        }
        let shared = self.with_customer && !matches!(self.family, Family::ConsInit | Family::ConsRcv);
        let measures = [own(self.family, doing), shared.then(|| with_customer(doing)), self.consulted(doing)];
        for measure in measures.into_iter().flatten() {
            self.sums.add(measure, since_us, now_us);
        }
    }

    fn consulted(&self, doing: Doing) -> Option<Measure> {
        (self.family == Family::ConsInit && doing == Doing::Talk).then_some(Measure::AgentToAgentCons)
    }

    /// After-call work that followed.
    pub(super) fn wrap_measure(&self) -> Measure {
        if self.sums.count(Measure::CustomerTalk) > 0 {
            Measure::CustomerAcw
        } else if self.role == ResourceRole::ReceivedConsult {
            Measure::ConsRcvAcw
        } else {
            Measure::AfterCallWork
        }
    }
}

/// The measure of what is done in a family; none for what a family cannot have.
fn own(family: Family, doing: Doing) -> Option<Measure> {
    Some(match (family, doing) {
        (Family::Plain, Doing::Dial) => Measure::Dial,
        (Family::Plain, Doing::Ring) => Measure::Ring,
        (Family::Plain, Doing::Talk) => Measure::Talk,
        (Family::Plain, Doing::Hold) => Measure::Hold,
        (Family::ConsInit, Doing::Dial) => Measure::ConsInitDial,
        (Family::ConsInit, Doing::Talk) => Measure::ConsInitTalk,
        (Family::ConsInit, Doing::Hold) => Measure::ConsInitHold,
        (Family::ConsRcv, Doing::Ring) => Measure::ConsRcvRing,
        (Family::ConsRcv, Doing::Talk) => Measure::ConsRcvTalk,
        (Family::ConsRcv, Doing::Hold) => Measure::ConsRcvHold,
        (Family::PostConsXfer, Doing::Ring) => Measure::PostConsXferRing,
        (Family::PostConsXfer, Doing::Talk) => Measure::PostConsXferTalk,
        (Family::PostConsXfer, Doing::Hold) => Measure::PostConsXferHold,
        (Family::ConfInit, Doing::Talk) => Measure::ConfInitTalk,
        (Family::ConfInit, Doing::Hold) => Measure::ConfInitHold,
        (Family::ConfJoin, Doing::Ring) => Measure::ConfJoinRing,
        (Family::ConfJoin, Doing::Talk) => Measure::ConfJoinTalk,
        (Family::ConfJoin, Doing::Hold) => Measure::ConfJoinHold,
        _ => return None,
    })
}

fn with_customer(doing: Doing) -> Measure {
    match doing {
        Doing::Dial => Measure::CustomerDial,
        Doing::Ring => Measure::CustomerRing,
        Doing::Talk => Measure::CustomerTalk,
        Doing::Hold => Measure::CustomerHold,
    }
}
