//! What a simulated contact center is like: its size, its time, and the habits of customers and agents.

use super::day;
use super::dist::LogNormal;
use super::incidents::Owners;
use super::site::Site;

/// Calls an hour that keep an agent busy for about 80 % of the busy hour, with the habits by default.
pub const CALLS_PER_AGENT_AND_BUSY_HOUR: f64 = 14.4;
/// Agents of the reference size.
pub const REFERENCE_AGENTS: u32 = 2_000;
/// Agents of the day that the test suite plays.
pub const SUITE_AGENTS: u32 = 200;
/// Most agents that a center may have; more are cut to it.
pub const MAX_AGENTS: u32 = 50_000;

/// Settings of a simulated contact center. Equal settings give equal events.
#[derive(Debug, Clone, PartialEq)]
pub struct TrafficSettings {
    /// Where time begins, microseconds since 1970-01-01 UTC. The center's clock on the wall shows UTC.
    pub start_us: i64,
    /// Where time ends, exclusive, microseconds since 1970-01-01 UTC; none: it goes on forever.
    pub end_us: Option<i64>,
    /// Seed of all that is random.
    pub seed: u64,
    /// Agents on the payroll.
    pub agents: u32,
    /// Inbound calls in the busiest hour of the busiest weekday; none: so many that agents are busy for about 80 % of it.
    pub calls_per_busy_hour: Option<f64>,
    /// Length of the stretches in which the world tells, microseconds; changes nothing in what is told.
    pub stretch_us: i64,
    /// Name of the tenant.
    pub tenant: String,
    /// What customers, agents and the router do, how often and how long.
    pub habits: Habits,
    /// How the center is built.
    pub site: Site,
    /// Who owns which DN, and what happens to that. By default nothing does.
    pub owners: Owners,
    /// Whether user data that a telephone sets are told on both channels: by the call's node, and by who owns the telephone.
    pub user_data_on_both_channels: bool,
}

impl TrafficSettings {
    /// A center of this size with the habits by default that goes on forever.
    #[must_use]
    pub fn new(start_us: i64, seed: u64, agents: u32) -> Self {
        Self {
            start_us,
            end_us: None,
            seed,
            agents,
            calls_per_busy_hour: None,
            stretch_us: 1_000_000,
            tenant: "Environment".to_owned(),
            habits: Habits::default(),
            site: Site::default(),
            owners: Owners::default(),
            user_data_on_both_channels: false,
        }
    }

    /// Inbound calls in the busiest hour; 0 when the setting is no number.
    #[must_use]
    pub fn busy_hour_calls(&self) -> f64 {
        let by_size = || f64::from(self.agents.min(MAX_AGENTS)) * CALLS_PER_AGENT_AND_BUSY_HOUR;
        let calls = self.calls_per_busy_hour.unwrap_or_else(by_size);
        if calls.is_finite() { calls.max(0.0) } else { 0.0 }
    }

    /// The campaign's calls, as a share of inbound ones; only a cluster has campaigns.
    pub(super) fn campaign_share(&self) -> f64 {
        if self.site.has_campaigns() { self.habits.campaign_share } else { 0.0 }
    }

    /// Inbound calls a second that are to be expected at a moment, in microseconds since 1970-01-01 UTC.
    #[must_use]
    pub fn calls_per_second(&self, at_us: i64) -> f64 {
        day::calls_per_second(at_us, self.busy_hour_calls())
    }
}

/// Shares (0 to 1) and lengths of what happens.
#[derive(Debug, Clone, PartialEq)]
pub struct Habits {
    /// Share of inbound calls that an IVR answers; the others go to the routing point at once.
    pub ivr_share: f64,
    /// Share of calls in the IVR that end there.
    pub self_service_share: f64,
    /// Time in the IVR.
    pub ivr: LogNormal,
    /// Share of waiting calls that wait in more than one virtual queue.
    pub parallel_queues_share: f64,
    /// How long a call waits in its queues before it may overflow, in seconds.
    pub overflow_after_s: f64,
    /// Share of the inbound calls that have waited so long that the router takes out of their queues and puts into another one.
    pub overflow_share: f64,
    /// How long a call waits before the customer is offered to be called back, in seconds.
    pub callback_after_s: f64,
    /// Share of the inbound calls that have waited so long whose customers give up their place and are called back later. A call
    /// back that is not answered, or meets a busy line, as often as any outbound call, is tried once more.
    pub callback_share: f64,
    /// How long a call waits before the router, which found nobody, sends it where calls go by default, in seconds: to a voicemail box.
    pub default_route_after_s: f64,
    /// Share of the inbound calls that have waited so long for which there is a voicemail box; the others wait on.
    pub voicemail_share: f64,
    /// Share of the callers in a voicemail box who hang up during the greeting; the others leave a message.
    pub voicemail_hang_up_share: f64,
    /// Greeting and message of callers who leave one.
    pub voicemail: LogNormal,
    /// Mean of the exponential time that customers wait for an agent, in the queue and while it rings, in seconds.
    pub patience_mean_s: f64,
    /// Ringing until an agent answers; cut at `no_answer_after_s`.
    pub ring: LogNormal,
    /// Share of calls that ring at an agent's telephone and are not answered.
    pub no_answer_share: f64,
    /// Ringing until an unanswered call is taken away, in seconds.
    pub no_answer_after_s: f64,
    /// Mean of the exponential time that agents who did not answer are not ready, in seconds.
    pub no_answer_break_mean_s: f64,
    /// Handling time of an agent who talks with a customer: from the answer to the agent's part's end, without the
    /// time that the customer is on hold during a consultation. Drawn at the answer and served whole; cut only where a
    /// customer hangs up on hold, and by the end of the world.
    pub handling: LogNormal,
    /// Share of the calls that agents answer from a queue, or after a blind transfer, to which a supervisor listens for a while: whoever is free then.
    pub listened_share: f64,
    /// How long supervisors listen, unless the call ends before.
    pub listening: LogNormal,
    /// Share of handled calls that the agent holds, once or twice, within the handling time.
    pub hold_share: f64,
    /// Share of holds in which the customer hangs up.
    pub hold_give_up_share: f64,
    /// Share of handled calls that are blindly transferred when the handling time is over.
    pub blind_transfer_share: f64,
    /// Share of blind transfers that go to another queue; the others go to a colleague.
    pub blind_to_queue_share: f64,
    /// Share of handled calls with a consultation, as far as a colleague is free.
    pub consult_share: f64,
    /// Share of consultations after which the agent goes on alone, and share of those that become a transfer. The
    /// others become a conference.
    pub consult_retrieve_share: f64,
    /// As said at `consult_retrieve_share`.
    pub consult_transfer_share: f64,
    /// Share of consultations that the colleague does not answer.
    pub consult_no_answer_share: f64,
    /// Share of consultations during which the customer gives up.
    pub consult_give_up_share: f64,
    /// Talk of the two agents in a consultation.
    pub consult_talk: LogNormal,
    /// Share of consulted agents who have after-call work when they never got the customer.
    pub consulted_wrap_share: f64,
    /// After-call work.
    pub wrap: LogNormal,
    /// Share of calls whose result the agent sets during after-call work; of the others, at the end of the call.
    pub result_in_wrap_share: f64,
    /// Outbound calls, as a share of inbound ones.
    pub outbound_share: f64,
    /// Share of outbound calls that are not answered, and share of those that meet a busy line.
    pub outbound_no_answer_share: f64,
    /// As said at `outbound_no_answer_share`.
    pub outbound_busy_share: f64,
    /// Ringing at an outbound customer who answers.
    pub outbound_ring: LogNormal,
    /// Calls of an outbound campaign, as a share of inbound ones: a routing point calls, and who answers goes to an agent.
    pub campaign_share: f64,
    /// Share of the campaign's calls that are not answered, share of those that meet a busy line, and share of those that an
    /// answering machine or a fax answers.
    pub campaign_no_answer_share: f64,
    /// As said at `campaign_no_answer_share`.
    pub campaign_busy_share: f64,
    /// As said at `campaign_no_answer_share`.
    pub campaign_machine_share: f64,
    /// Mean of the exponential time that a customer whom a routing point called waits for an agent, in seconds.
    pub called_patience_mean_s: f64,
    /// Internal calls, as a share of inbound ones.
    pub internal_share: f64,
    /// Share of internal calls that are not answered.
    pub internal_no_answer_share: f64,
    /// Talk of an internal call.
    pub internal_talk: LogNormal,
    /// Share of internal calls after which the called agent has after-call work.
    pub internal_wrap_share: f64,
}

impl Default for Habits {
    fn default() -> Self {
        Self {
            ivr_share: 0.92,
            self_service_share: 0.32,
            ivr: LogNormal { mean_s: 45.0, sd_s: 30.0 },
            parallel_queues_share: 0.2,
            overflow_after_s: 30.0,
            overflow_share: 0.5,
            callback_after_s: 60.0,
            callback_share: 0.1,
            default_route_after_s: 120.0,
            voicemail_share: 0.3,
            voicemail_hang_up_share: 0.25,
            voicemail: LogNormal { mean_s: 40.0, sd_s: 20.0 },
            patience_mean_s: 180.0,
            ring: LogNormal { mean_s: 5.0, sd_s: 2.5 },
            no_answer_share: 0.02,
            no_answer_after_s: 18.0,
            no_answer_break_mean_s: 90.0,
            handling: LogNormal { mean_s: 185.0, sd_s: 238.0 },
            listened_share: 0.01,
            listening: LogNormal { mean_s: 90.0, sd_s: 60.0 },
            hold_share: 0.18,
            hold_give_up_share: 0.04,
            blind_transfer_share: 0.05,
            blind_to_queue_share: 0.6,
            consult_share: 0.07,
            consult_retrieve_share: 0.35,
            consult_transfer_share: 0.35,
            consult_no_answer_share: 0.12,
            consult_give_up_share: 0.06,
            consult_talk: LogNormal { mean_s: 50.0, sd_s: 40.0 },
            consulted_wrap_share: 0.3,
            wrap: LogNormal { mean_s: 25.0, sd_s: 20.0 },
            result_in_wrap_share: 0.4,
            outbound_share: 0.05,
            outbound_no_answer_share: 0.2,
            outbound_busy_share: 0.07,
            outbound_ring: LogNormal { mean_s: 12.0, sd_s: 6.0 },
            campaign_share: 0.06,
            campaign_no_answer_share: 0.3,
            campaign_busy_share: 0.1,
            campaign_machine_share: 0.2,
            called_patience_mean_s: 40.0,
            internal_share: 0.03,
            internal_no_answer_share: 0.12,
            internal_talk: LogNormal { mean_s: 60.0, sd_s: 60.0 },
            internal_wrap_share: 0.1,
        }
    }
}
