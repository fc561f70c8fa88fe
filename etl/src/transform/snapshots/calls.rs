//! What a snapshot changes of an interaction's calls: what goes on, what began unheard, what ended unheard.
//!
//! Knows what one source told of calls, parties, passes and user data; not what comes of it.

use std::collections::BTreeMap;

use buffa::RepeatedView;
use callmart_schema::event::{
    BodyView, CallDeletedView, KeyValueView, PartyAddedView, PartyDeletedView, PartyMovedView, PartyState,
    PartyStateChangedView, UserDataChangedView, VirtualQueueEndedView, VirtualQueueQueuedView,
};

use super::{Opened, Resync};

/// What is known of one call.
#[derive(Default)]
struct Call<'a> {
    root_call: &'a str,
    is_created: bool,
    has_ended: bool,
    /// More than user data was told of it, which is set behind a call's end too.
    is_told: bool,
    last_us: i64,
    data: BTreeMap<&'a str, &'a str>,
}

/// What is known of one party.
#[derive(Default)]
struct Party<'a> {
    call: &'a str,
    dn: &'a str,
    state: Option<PartyState>,
    is_added: bool,
    has_left: bool,
    last_us: i64,
}

/// What is known of one pass through a virtual queue.
#[derive(Default)]
struct Pass<'a> {
    call: &'a str,
    root_call: &'a str,
    queue: &'a str,
    has_left: bool,
    last_us: i64,
}

/// What events of one source tell of an interaction, by id.
#[derive(Default)]
struct Known<'a> {
    calls: BTreeMap<&'a str, Call<'a>>,
    parties: BTreeMap<&'a str, Party<'a>>,
    passes: BTreeMap<&'a str, Pass<'a>>,
}

/// The steps from what was known before a snapshot to what it says.
pub(super) fn steps<'a>(resync: &Resync<'a, '_>) -> Vec<Opened<'a>> {
    let (known, named) = (Known::of(resync.before.iter().map(|e| (e.at_us, &e.body))), named(resync));
    // What is told of anything later goes on; user data alone, as of after-call work, says nothing of it.
    let after = resync.after.iter().map(|e| (e.at_us, &e.body));
    let later =
        resync.later.iter().flat_map(|said| &said.entities).filter_map(|(_, e)| Some((e.time_us, e.body.as_ref()?)));
    let later = Known::of(after.chain(later));
    let mut steps = begun(resync, &known);
    let Some(like) = resync.before.last() else { return steps };
    let mut end = |last_us: i64, body: BodyView<'a>| steps.push(Resync::ended(like, body, resync.end_us(last_us)));
    let goes_on = |call: &str| later.calls.get(call).is_some_and(|c| c.is_told);
    let is_over = |call: &str| !named.calls.contains_key(call) && !goes_on(call) && resync.said.has_ended(call);
    for (id, call) in known.calls.iter().filter(|(id, call)| !call.has_ended && is_over(id)) {
        let body = CallDeletedView { call: id, root_call: call.root_call, ..CallDeletedView::default() };
        end(call.last_us, BodyView::CallDeleted(Box::new(body)));
    }
    // Of a call that it names a snapshot names every party.
    let is_gone = |id: &str, party: &Party<'_>| {
        let stays = party.has_left || named.parties.contains_key(id) || later.parties.contains_key(id);
        !stays && named.calls.contains_key(party.call)
    };
    for (id, party) in known.parties.iter().filter(|(id, party)| is_gone(id, party)) {
        let root_call = known.calls.get(party.call).map_or("", |c| c.root_call);
        let (call, dn) = (party.call, party.dn);
        let body = PartyDeletedView { call, root_call, party: id, dn, ..PartyDeletedView::default() };
        end(party.last_us, BodyView::PartyDeleted(Box::new(body)));
    }
    let is_left = |id: &str, pass: &Pass<'_>| {
        !pass.has_left
            && !named.passes.contains_key(id)
            && !later.passes.contains_key(id)
            && resync.said.has_ended(pass.call)
    };
    for (id, pass) in known.passes.iter().filter(|(id, pass)| is_left(id, pass)) {
        let (call, root_call, queue) = (pass.call, pass.root_call, pass.queue);
        let body =
            VirtualQueueEndedView { call, root_call, virtual_queue_id: id, queue, ..VirtualQueueEndedView::default() };
        end(pass.last_us, BodyView::VirtualQueueEnded(Box::new(body)));
    }
    steps
}

fn named<'a>(resync: &Resync<'a, '_>) -> Known<'a> {
    Known::of(resync.said.entities.iter().filter_map(|(_, e)| Some((e.time_us, e.body.as_ref()?))))
}

/// What the snapshot names and is not known, or known otherwise.
fn begun<'a>(resync: &Resync<'a, '_>, known: &Known<'a>) -> Vec<Opened<'a>> {
    let mut steps = Vec::new();
    for (part, entity) in &resync.said.entities {
        let Some(body) = &entity.body else { continue };
        let told = |body: BodyView<'a>, at_us: i64| Resync::told(part, body, at_us);
        match body {
            BodyView::CallCreated(b) if known.calls.get(b.call).is_some_and(|c| c.is_created || c.has_ended) => {}
            BodyView::PartyAdded(b) => match known.parties.get(b.party).filter(|p| p.is_added || p.has_left) {
                Some(party) => {
                    let at_us = resync.change_us(entity.time_us, party.last_us);
                    steps.extend(changes(b, party).into_iter().map(|body| told(body, at_us)));
                }
                None => steps.push(told(body.clone(), entity.time_us)),
            },
            BodyView::VirtualQueueQueued(b) if known.passes.contains_key(b.virtual_queue_id) => {}
            BodyView::UserDataChanged(b) => {
                let call = known.calls.get(b.call);
                let at_us = call.map_or(entity.time_us, |c| resync.change_us(entity.time_us, c.last_us));
                let change = data_change(b, call);
                steps.extend(change.map(|change| told(BodyView::UserDataChanged(Box::new(change)), at_us)));
            }
            _ => steps.push(told(body.clone(), entity.time_us)),
        }
    }
    steps
}

/// What is otherwise with a party that is known.
fn changes<'a>(told: &PartyAddedView<'a>, party: &Party<'a>) -> Vec<BodyView<'a>> {
    let mut changes = Vec::new();
    if party.has_left {
        return changes;
    }
    let (root_call, dn) = (told.root_call, told.dn);
    if told.call != party.call {
        let moved = PartyMovedView {
            call: party.call,
            root_call,
            party: told.party,
            new_call: told.call,
            new_party: told.party,
            ..PartyMovedView::default()
        };
        changes.push(BodyView::PartyMoved(Box::new(moved)));
    }
    if told.state.as_known() != party.state {
        let (call, party, state) = (told.call, told.party, told.state);
        let changed = PartyStateChangedView { call, root_call, party, state, dn, ..PartyStateChangedView::default() };
        changes.push(BodyView::PartyStateChanged(Box::new(changed)));
    }
    changes
}

/// What is otherwise with a call's user data.
fn data_change<'a>(told: &UserDataChangedView<'a>, call: Option<&Call<'a>>) -> Option<UserDataChangedView<'a>> {
    let none = BTreeMap::new();
    let known = call.map_or(&none, |c| &c.data);
    let set: Vec<KeyValueView<'a>> =
        told.set.iter().filter(|kv| known.get(kv.key) != Some(&kv.value)).cloned().collect();
    let is_gone = |key: &&&'a str| !told.set.iter().any(|kv| kv.key == **key);
    let removed: Vec<&'a str> = known.keys().filter(is_gone).copied().collect();
    (!set.is_empty() || !removed.is_empty()).then(|| UserDataChangedView {
        call: told.call,
        root_call: told.root_call,
        set: RepeatedView::new(set),
        removed: RepeatedView::new(removed),
        ..UserDataChangedView::default()
    })
}

impl<'a> Known<'a> {
    fn of<'e>(events: impl Iterator<Item = (i64, &'e BodyView<'a>)>) -> Self
    where
        'a: 'e,
    {
        let mut known = Self::default();
        events.for_each(|(at_us, body)| known.take(at_us, body));
        known
    }

    fn take(&mut self, at_us: i64, body: &BodyView<'a>) {
        match body {
            BodyView::CallCreated(b) => self.told(b.call, b.root_call, at_us).is_created = true,
            BodyView::CallDeleted(b) => self.told(b.call, b.root_call, at_us).has_ended = true,
            BodyView::PartyAdded(b) => {
                let party = self.party(b.party, b.call, b.root_call, at_us);
                (party.call, party.dn, party.is_added) = (b.call, b.dn, true);
                party.state = b.state.as_known();
            }
            BodyView::PartyStateChanged(b) => {
                self.party(b.party, b.call, b.root_call, at_us).state = b.state.as_known();
            }
            BodyView::PartyMoved(b) => {
                self.told(b.new_call, b.root_call, at_us);
                self.party(b.party, b.call, b.root_call, at_us).call = b.new_call;
            }
            BodyView::PartyDeleted(b) => self.party(b.party, b.call, b.root_call, at_us).has_left = true,
            BodyView::UserDataChanged(b) => {
                let data = &mut self.call(b.call, b.root_call, at_us).data;
                data.extend(b.set.iter().map(|kv| (kv.key, kv.value)));
                for key in b.removed.iter() {
                    data.remove(key);
                }
            }
            BodyView::VirtualQueueQueued(b) => self.queued(b, at_us),
            BodyView::VirtualQueueEnded(b) => {
                let pass = self.passes.entry(b.virtual_queue_id).or_default();
                (pass.has_left, pass.last_us) = (true, pass.last_us.max(at_us));
            }
            _ => {}
        }
    }

    fn queued(&mut self, told: &VirtualQueueQueuedView<'a>, at_us: i64) {
        let pass = self.passes.entry(told.virtual_queue_id).or_default();
        (pass.call, pass.root_call, pass.queue) = (told.call, told.root_call, told.queue);
        pass.last_us = pass.last_us.max(at_us);
    }

    fn call(&mut self, id: &'a str, root_call: &'a str, at_us: i64) -> &mut Call<'a> {
        let call = self.calls.entry(id).or_default();
        call.root_call = if call.root_call.is_empty() { root_call } else { call.root_call };
        call.last_us = call.last_us.max(at_us);
        call
    }

    fn told(&mut self, id: &'a str, root_call: &'a str, at_us: i64) -> &mut Call<'a> {
        let call = self.call(id, root_call, at_us);
        call.is_told = true;
        call
    }

    fn party(&mut self, id: &'a str, call: &'a str, root_call: &'a str, at_us: i64) -> &mut Party<'a> {
        self.told(call, root_call, at_us);
        let party = self.parties.entry(id).or_insert_with(|| Party { call, ..Party::default() });
        party.last_us = party.last_us.max(at_us);
        party
    }
}
