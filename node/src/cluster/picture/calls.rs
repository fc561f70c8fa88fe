//! Calls that go on, with their parties and user data. Does not know agents or queues.

use std::collections::BTreeMap;

use callmart_schema::event::{
    Body, CallCreated, CallDataChanged, CallType, KeyValue, PartyAdded, PartyMoved, PartyState, PartyStateChanged,
    UserDataChanged,
};

use super::{Interactions, own_or_root};

/// Calls by UUID.
#[derive(Debug, Clone, Default)]
pub(super) struct Calls(BTreeMap<String, Call>);

#[derive(Debug, Clone)]
struct Call {
    since_us: i64,
    created: CallCreated,
    /// In the order in which they joined, each in its state and with the time since when it is in it.
    parties: Vec<(i64, PartyAdded)>,
    /// By origin, in the order of the first set; with the time of the last change.
    data: Vec<Data>,
}

#[derive(Debug, Clone)]
struct Data {
    since_us: i64,
    origin: i32,
    values: BTreeMap<String, String>,
}

impl Calls {
    pub(super) fn created(&mut self, time_us: i64, created: CallCreated, interactions: &mut Interactions) {
        if !self.0.contains_key(&created.call) {
            interactions.more(own_or_root(&created.call, &created.root_call));
            let call = created.call.clone();
            self.0.insert(call, Call { since_us: time_us, created, parties: Vec::new(), data: Vec::new() });
        }
    }

    pub(super) fn changed(&mut self, changed: CallDataChanged) {
        let Some(call) = self.0.get_mut(&changed.call) else { return };
        let texts = [
            (&mut call.created.conn_id, changed.conn_id),
            (&mut call.created.ani, changed.ani),
            (&mut call.created.dnis, changed.dnis),
        ];
        for (is, becomes) in texts.into_iter().filter(|(_, becomes)| !becomes.is_empty()) {
            *is = becomes;
        }
        if changed.call_type != CallType::CALL_TYPE_UNKNOWN {
            call.created.call_type = changed.call_type;
        }
    }

    pub(super) fn deleted(&mut self, call: &str, interactions: &mut Interactions) {
        if let Some(Call { created, .. }) = self.0.remove(call) {
            interactions.less(own_or_root(&created.call, &created.root_call));
        }
    }

    pub(super) fn party_added(&mut self, time_us: i64, party: PartyAdded) {
        let Some(call) = self.0.get_mut(&party.call) else { return };
        call.parties.retain(|(_, known)| known.party != party.party);
        call.parties.push((time_us, party));
    }

    pub(super) fn party_changed(&mut self, time_us: i64, changed: PartyStateChanged) {
        if changed.state == PartyState::PARTY_STATE_NULL {
            return self.party_deleted(&changed.call, &changed.party);
        }
        let parties = self.0.get_mut(&changed.call).into_iter().flat_map(|call| &mut call.parties);
        for (since_us, party) in parties.filter(|(_, party)| party.party == changed.party) {
            (*since_us, party.state) = (time_us, changed.state);
        }
    }

    /// It is in its new call since the move, as it was told to be in the old one.
    pub(super) fn party_moved(&mut self, time_us: i64, moved: PartyMoved) {
        let Some(from) = self.0.get_mut(&moved.call) else { return };
        let Some(place) = from.parties.iter().position(|(_, party)| party.party == moved.party) else { return };
        let (_, party) = from.parties.remove(place);
        let Some(to) = self.0.get(&moved.new_call) else { return };
        let root_call = to.created.root_call.clone();
        let id = if moved.new_party.is_empty() { moved.party } else { moved.new_party };
        self.party_added(time_us, PartyAdded { call: moved.new_call, root_call, party: id, ..party });
    }

    pub(super) fn party_deleted(&mut self, call: &str, party: &str) {
        if let Some(call) = self.0.get_mut(call) {
            call.parties.retain(|(_, known)| known.party != party);
        }
    }

    pub(super) fn data_changed(&mut self, time_us: i64, changed: UserDataChanged) {
        let Some(call) = self.0.get_mut(&changed.call) else { return };
        let origin = changed.origin.to_i32();
        if !call.data.iter().any(|data| data.origin == origin) {
            call.data.push(Data { since_us: time_us, origin, values: BTreeMap::new() });
        }
        let Some(data) = call.data.iter_mut().find(|data| data.origin == origin) else { return };
        data.since_us = time_us;
        data.values.extend(changed.set.into_iter().map(|pair| (pair.key, pair.value)));
        changed.removed.iter().for_each(|key| drop(data.values.remove(key)));
        call.data.retain(|data| !data.values.is_empty());
    }

    /// In the order of their begin; a root call before others that began at the same moment.
    pub(super) fn bodies(&self) -> impl Iterator<Item = (i64, Body)> {
        let mut calls: Vec<&Call> = self.0.values().collect();
        let order = |call: &Call| (call.since_us, !call.created.root_call.is_empty());
        calls.sort_by(|a, b| order(a).cmp(&order(b)).then_with(|| a.created.call.cmp(&b.created.call)));
        calls.into_iter().flat_map(Call::bodies)
    }
}

impl Call {
    fn bodies(&self) -> impl Iterator<Item = (i64, Body)> {
        let parties = self.parties.iter().map(|(since_us, party)| (*since_us, party.clone().into()));
        let data = self.data.iter().map(|data| (data.since_us, self.data_as_set(data).into()));
        std::iter::once((self.since_us, self.created.clone().into())).chain(parties).chain(data)
    }

    /// Who set it is not said: it may have been several.
    fn data_as_set(&self, data: &Data) -> UserDataChanged {
        let pair = |(key, value): (&String, &String)| KeyValue {
            key: key.clone(),
            value: value.clone(),
            ..KeyValue::default()
        };
        UserDataChanged {
            call: self.created.call.clone(),
            root_call: self.created.root_call.clone(),
            set: data.values.iter().map(pair).collect(),
            origin: data.origin.into(),
            ..UserDataChanged::default()
        }
    }
}
