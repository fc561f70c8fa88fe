//! The center as it is now, and the things that happen in it one after the other.
//!
//! Every thing that is due happens at a moment of its own: no two share a microsecond. What it brings about has that time.

use std::collections::{BTreeMap, BTreeSet};

use callmart_schema::event::OutboundRecord;

use super::agenda::Agenda;
use super::agents::Agent;
use super::arrivals::Arrivals;
use super::call::Call;
use super::callback::Callback;
use super::layout::{self, Desk};
use super::notes::{CallKind, Note};
use super::rng::{Purpose, Rng};
use super::router::Router;
use super::settings::TrafficSettings;
use super::tell::Voice;
use crate::cluster::smart_proxy::Onlooker;
use crate::cluster::t_controller::TControllers;

/// Something that happens later. Numbers are those of calls; the last part is the ticket under which it was entered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Due {
    Arrival(CallKind),
    IvrEnds(u64),
    RouterKnows(u64, u32),
    PatienceEnds(u64, u32),
    AgentAnswers(u64, u32),
    AgentDoesNotAnswer(u64, u32),
    NextStep(u64, u32),
    ColleagueAnswers(u64, u32),
    ColleagueDoesNotAnswer(u64, u32),
    ConsultEnds(u64, u32),
    CustomerGivesUpInConsult(u64, u32),
    FarEnd(u64, u32),
    MachineIsKnown(u64, u32),
    Recorded(u64),
    /// Of a call, and of a place among its legs.
    ListenerComes(u64, usize),
    /// Of a call, and of an agent.
    ListenerLeaves(u64, u32),
    CallbackIsWanted(u64, u32),
    /// A callback, by number of the call that tries it after.
    CallBack(u64),
    Overflow(u64, u32),
    DefaultRoute(u64, u32),
    MessageEnds(u64, u32),
    DeskOpens(u32),
    LogIn(u32),
    FirstReady(u32, u32),
    Offer(u32, u32),
    WrapEnds(u32, u32),
    SetResult(u32, u32),
    BreakBegins(u32, u32, usize),
    BackReady(u32, u32),
    ShiftEnds(u32, u32),
    DeskCloses(Desk),
    /// Something of the schedule, by its place.
    Scheduled(usize),
    SomethingHappens,
    LinkMends(usize, usize),
    Strays(usize, usize),
    LogsInThere(u32, u32),
    RegistersAgain(u32),
    OldSeatEnds(u32, u32),
    /// An agent's telephone is registered no more at a node that is dead, in the so-manieth outage of all.
    RegistrationExpires(u32, usize, u32),
    /// Owners have waited long enough, or a cut link is shown.
    OwnersWaited,
}

/// The center as it is now.
#[derive(Debug)]
pub(super) struct Scene {
    pub(super) settings: TrafficSettings,
    pub(super) now_us: i64,
    pub(super) agenda: Agenda<Due>,
    pub(super) arrivals: Arrivals,
    pub(super) agents: Vec<Agent>,
    /// Who is logged in, in no order that means anything.
    pub(super) logged_in: Vec<u32>,
    /// Desks at which nobody sits, by data center.
    pub(super) desks: Vec<BTreeSet<Desk>>,
    pub(super) router: Router,
    pub(super) calls: BTreeMap<u64, Call>,
    /// Callbacks that are to be tried, by number of the call that they were arranged in, or tried in last.
    pub(super) callbacks: BTreeMap<u64, Callback>,
    /// What the outbound contact server will tell, by number of the call.
    pub(super) records: BTreeMap<u64, OutboundRecord>,
    pub(super) voice: Voice,
    pub(super) notes: Vec<Note>,
    /// Agents whose state may have changed at this moment.
    pub(super) touched: Vec<u32>,
    pub(super) ids: super::ids::Ids,
    /// Calls so far.
    pub(super) call_count: u64,
    /// Who owns which DN.
    pub(super) owners: TControllers,
    /// When it was entered that owners have waited long enough.
    pub(super) owners_due_us: Option<i64>,
    /// Desks that were left, by DN, while a node still owns them.
    pub(super) closing: BTreeMap<String, Desk>,
    /// Who looks on.
    pub(super) onlookers: Vec<Onlooker>,
    /// Nodes that are dead, by number, and the number of the outage.
    pub(super) dead: BTreeMap<usize, u32>,
    /// Outages so far.
    pub(super) outages: u32,
    /// How often dice were thrown for what happens to DNs.
    pub(super) happened: u64,
}

impl Scene {
    pub(super) fn new(settings: TrafficSettings) -> Self {
        let people = layout::people(&settings);
        let desks = (0..settings.site.centers()).map(|center| settings.site.desks(center, people.len() as u32));
        let mut scene = Self {
            now_us: settings.start_us,
            agenda: Agenda::new(),
            arrivals: Arrivals::new(&settings),
            desks: desks.collect(),
            voice: Voice::of(settings.site.clone()),
            agents: people.into_iter().map(Agent::new).collect(),
            logged_in: Vec::new(),
            router: Router::new(),
            calls: BTreeMap::new(),
            callbacks: BTreeMap::new(),
            records: BTreeMap::new(),
            notes: Vec::new(),
            touched: Vec::new(),
            ids: super::ids::Ids::new(settings.seed, settings.start_us),
            call_count: 0,
            owners: TControllers::new(settings.owners.rules.clone()),
            owners_due_us: None,
            closing: BTreeMap::new(),
            onlookers: super::owners::onlookers(&settings),
            dead: BTreeMap::new(),
            outages: 0,
            happened: 0,
            settings,
        };
        if !scene.onlookers.is_empty() {
            scene.owners.keep_account();
        }
        scene.open();
        scene
    }

    /// Enters the first arrivals and everybody's first shift.
    fn open(&mut self) {
        for kind in [CallKind::Inbound, CallKind::Outbound, CallKind::Internal, CallKind::Campaign] {
            self.enter_next_arrival(kind);
        }
        let yesterday = self.now_us.div_euclid(super::day::DAY_US) - 1;
        for agent in 0..self.agents.len() as u32 {
            self.enter_next_shift(agent, yesterday);
        }
        self.enter_incidents();
    }

    /// Lets everything happen that is due before a moment.
    pub(super) fn play_until(&mut self, to_us: i64) {
        // What is due at a moment that is already used comes a microsecond after the last thing that happened.
        while self.now_us.saturating_add(1) < to_us {
            let Some((at_us, due)) = self.agenda.next_before(to_us) else { break };
            if self.is_stale(due) {
                continue;
            }
            self.now_us = at_us.max(self.now_us + 1);
            self.voice.now_us = self.now_us;
            self.happen(due);
            self.settle();
        }
    }

    /// Enters what happens so many microseconds from now.
    pub(super) fn later(&mut self, after_us: i64, due: Due) {
        self.agenda.enter(self.now_us.saturating_add(after_us), due);
    }

    /// Dice for a purpose and a subject.
    pub(super) fn dice(&self, purpose: Purpose, subject: u64) -> Rng {
        Rng::of(self.settings.seed, purpose, subject)
    }

    /// Dice for something an agent does for the so-manieth time.
    pub(super) fn dice_of_agent(&mut self, purpose: Purpose, agent: u32) -> Rng {
        let throws = self.agents.get_mut(agent as usize).map_or(0, |a| {
            a.throws += 1;
            a.throws
        });
        self.dice(purpose, (u64::from(agent) << 40) ^ throws)
    }

    /// Whether what was entered has been overtaken by something else.
    fn is_stale(&self, due: Due) -> bool {
        let call = |number: u64| self.calls.get(&number);
        let agent = |number: u32| self.agents.get(number as usize);
        match due {
            Due::RouterKnows(number, ticket)
            | Due::AgentAnswers(number, ticket)
            | Due::AgentDoesNotAnswer(number, ticket)
            | Due::FarEnd(number, ticket)
            | Due::MachineIsKnown(number, ticket)
            | Due::CallbackIsWanted(number, ticket)
            | Due::Overflow(number, ticket)
            | Due::DefaultRoute(number, ticket)
            | Due::MessageEnds(number, ticket)
            | Due::NextStep(number, ticket) => call(number).is_none_or(|c| c.ticket != ticket || c.end.is_some()),
            Due::PatienceEnds(number, ticket) => {
                call(number).is_none_or(|c| c.patience_ticket != ticket || c.end.is_some())
            }
            Due::ColleagueAnswers(number, ticket)
            | Due::ColleagueDoesNotAnswer(number, ticket)
            | Due::ConsultEnds(number, ticket) => {
                call(number).and_then(|c| c.consult.as_ref()).is_none_or(|c| c.ticket != ticket)
            }
            Due::CustomerGivesUpInConsult(number, ticket) => call(number).is_none_or(|c| c.ticket != ticket),
            Due::FirstReady(number, ticket)
            | Due::WrapEnds(number, ticket)
            | Due::SetResult(number, ticket)
            | Due::BackReady(number, ticket) => agent(number).is_none_or(|a| a.ticket != ticket),
            Due::ListenerLeaves(number, agent) => {
                call(number).and_then(|c| c.listener.as_ref()).is_none_or(|listener| listener.0 != agent)
            }
            Due::RegistrationExpires(_, node, outage) => self.dead.get(&node) != Some(&outage),
            Due::Offer(number, ticket) => agent(number).is_none_or(|a| a.offer_ticket != ticket),
            Due::LogsInThere(number, session) => {
                agent(number).is_none_or(|a| a.sessions != session || a.desk.is_none())
            }
            Due::BreakBegins(number, session, _) | Due::ShiftEnds(number, session) => {
                agent(number).is_none_or(|a| a.sessions != session || a.session.is_none())
            }
            _ => false,
        }
    }

    fn happen(&mut self, due: Due) {
        match due {
            Due::Arrival(kind) => self.arrival(kind),
            Due::IvrEnds(call) => self.ivr_ends(call),
            Due::RouterKnows(call, _) => self.router_knows(call),
            Due::PatienceEnds(call, _) => self.patience_ends(call),
            Due::AgentAnswers(call, _) => self.agent_answers(call),
            Due::AgentDoesNotAnswer(call, _) => self.agent_does_not_answer(call),
            Due::NextStep(call, _) => self.next_step(call),
            Due::ColleagueAnswers(call, _) => self.colleague_answers(call),
            Due::ColleagueDoesNotAnswer(call, _) => self.colleague_does_not_answer(call),
            Due::ConsultEnds(call, _) => self.consult_ends(call),
            Due::CustomerGivesUpInConsult(call, _) => self.customer_gives_up_in_consult(call),
            Due::FarEnd(call, _) => self.far_end(call),
            Due::MachineIsKnown(call, _) => self.machine_is_known(call),
            Due::Recorded(call) => self.recorded(call),
            Due::ListenerComes(call, place) => self.listener_comes(call, place),
            Due::ListenerLeaves(call, _) => self.listener_leaves(call),
            Due::CallbackIsWanted(call, _) => self.callback_is_wanted(call),
            Due::CallBack(after) => self.call_back(after),
            Due::Overflow(call, _) => self.overflow(call),
            Due::DefaultRoute(call, _) => self.route_by_default(call),
            Due::MessageEnds(call, _) => self.message_ends(call),
            Due::DeskOpens(agent) => self.desk_opens(agent),
            Due::LogIn(agent) => self.log_in(agent),
            Due::FirstReady(agent, _) => self.first_ready(agent),
            Due::Offer(agent, _) => self.offer(agent),
            Due::WrapEnds(agent, _) => self.wrap_ends(agent),
            Due::SetResult(agent, _) => self.result_in_wrap(agent),
            Due::BreakBegins(agent, _, kind) => self.break_due(agent, kind),
            Due::BackReady(agent, _) => self.back_ready(agent),
            Due::ShiftEnds(agent, _) => self.shift_ends(agent),
            Due::DeskCloses(desk) => self.desk_closes(desk),
            Due::Scheduled(place) => self.scheduled(place),
            Due::SomethingHappens => self.something_happens(),
            Due::LinkMends(a, b) => self.link_mends(a, b),
            Due::Strays(from, to) => self.strays(from, to),
            Due::LogsInThere(agent, _) => self.logs_in_there(agent),
            Due::RegistersAgain(agent) => self.registers_again(agent),
            Due::RegistrationExpires(agent, node, outage) => self.registration_expires(agent, node, outage),
            Due::OldSeatEnds(agent, session) => self.old_seat_ends(agent, session),
            // What follows comes at the moment's end.
            Due::OwnersWaited => {}
        }
    }
}
