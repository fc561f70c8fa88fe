//! User data of calls: `g_call_userdata`, `g_userdata_history`, `g_custom_data_s`.
//!
//! Every key is kept. Which columns of facts a key fills, and for whose attempt, is not known here.

use std::collections::{BTreeMap, HashMap};

use callmart_schema::catalogue::gidb::codes::DataSource;
use callmart_schema::catalogue::gidb::{GCallUserdata, GCustomDataS, GUserdataHistory};
use callmart_schema::event::DnType;
use callmart_schema::keys::key;

use super::super::party::Party;
use super::devices::{Device, Devices};
use super::rows::GidbRows;
use super::walk::{Datum, Leg, Walk};
use super::{Instant, Shared, count, text};

/// Adds the rows of what was told on calls that ended.
pub(super) fn rows(walk: &Walk<'_, '_>, shared: Shared, devices: &mut Devices<'_>, rows: &mut GidbRows) {
    let mut numbers: HashMap<&str, usize> = HashMap::new();
    let mut values: BTreeMap<&str, BTreeMap<&str, &str>> = BTreeMap::new();
    let is_over = |datum: &&Datum<'_>| walk.calls.has_ended(datum.call);
    for datum in walk.data.iter().filter(is_over) {
        let number = numbers.entry(datum.call).or_default();
        *number += 1;
        rows.g_userdata_history.push(history_row(walk, datum, count(*number), shared, devices));
        if datum.source == DataSource::UserData {
            let of_call = values.entry(datum.call).or_default();
            match datum.value {
                Some(value) => of_call.insert(datum.key, value),
                None => of_call.remove(datum.key),
            };
        }
    }
    for (call, values) in &values {
        let ends_us = walk.line_of(call).and_then(|line| line.ends_us);
        rows.g_call_userdata.extend(ends_us.map(|ends_us| call_row(call, values, ends_us, shared)));
    }
    for (datum, number) in walk.user_events.iter().filter(is_over).zip(1..) {
        rows.g_custom_data_s.push(custom_row(walk, datum, number, shared, devices));
    }
}

fn call_row(call: &str, values: &BTreeMap<&str, &str>, ends_us: i64, shared: Shared) -> GCallUserdata {
    let value = |key: &str| values.get(key).and_then(|value| text(value));
    let added = Instant::of(ends_us);
    GCallUserdata {
        id: key("g_call_userdata", &[call]),
        unit_key: shared.unit_key,
        gsys_partition: shared.gsys_partition,
        callid: call.to_owned(),
        g_customer_segment: value("CustomerSegment"),
        g_service_type: value("ServiceType"),
        g_service_subtype: value("ServiceSubType"),
        g_business_result: value("Business Result"),
        customer_id: value("CustomerID"),
        transaction_id: value("TransactionID"),
        cause_id: value("CauseID"),
        account_id: value("AccountID"),
        destination_id: value("DestinationID"),
        target_id: value("TargetID"),
        added: added.ms,
        added_ts: added.ts,
        added_tcode: added.tcode,
    }
}

/// Who told something: leg, number of its last change until then, party.
type Teller<'w, 'a> = (&'w Leg<'a>, i32, &'w Party<'a>);

fn teller<'w, 'a>(walk: &'w Walk<'_, 'a>, datum: &Datum<'_>) -> Option<Teller<'w, 'a>> {
    let (place, pseq) = datum.leg?;
    let leg = walk.legs.get(place)?;
    Some((leg, pseq, walk.party(leg)?))
}

fn device(datum: &Datum<'_>, teller: Option<Teller<'_, '_>>, devices: &mut Devices<'_>) -> Device {
    match teller {
        Some((_, _, party)) => devices.of_party(party),
        None => devices.dn(datum.switch, datum.dn, DnType::DN_TYPE_UNKNOWN),
    }
}

fn history_row(
    walk: &Walk<'_, '_>,
    datum: &Datum<'_>,
    useq: i32,
    shared: Shared,
    devices: &mut Devices<'_>,
) -> GUserdataHistory {
    let teller = teller(walk, datum);
    let added = Instant::of(datum.at_us);
    GUserdataHistory {
        id: key("g_userdata_history", &[datum.call, &useq.to_string()]),
        unit_key: shared.unit_key,
        gsys_partition: shared.gsys_partition,
        callid: datum.call.to_owned(),
        partyid: teller.map(|(leg, ..)| leg.id.clone()),
        pseq: teller.map(|(_, pseq, _)| pseq),
        cseq: datum.before_cseq.unwrap_or_default(),
        useq,
        endpointid: device(datum, teller, devices).endpoint_id,
        keyname: datum.key.to_owned(),
        source: datum.source as i32,
        changetype: datum.change as i32,
        value: datum.value.map(str::to_owned),
        added: added.ms,
        added_ts: added.ts,
        added_tcode: added.tcode,
    }
}

fn custom_row(
    walk: &Walk<'_, '_>,
    datum: &Datum<'_>,
    number: usize,
    shared: Shared,
    devices: &mut Devices<'_>,
) -> GCustomDataS {
    let teller = teller(walk, datum);
    let added = Instant::of(datum.at_us);
    GCustomDataS {
        id: key("g_custom_data_s", &[datum.call, &number.to_string()]),
        unit_key: shared.unit_key,
        gsys_partition: shared.gsys_partition,
        callid: datum.call.to_owned(),
        partyid: teller.map(|(leg, ..)| leg.id.clone()),
        pseq: teller.map(|(_, pseq, _)| pseq),
        endpointid: device(datum, teller, devices).endpoint_id,
        endpointdn: text(datum.dn),
        agentid: teller.map_or(0, |(_, _, party)| devices.agent_of_party(party)),
        keyname: datum.key.to_owned(),
        value: datum.value.unwrap_or_default().to_owned(),
        added: added.ms,
        added_ts: added.ts,
        added_tcode: added.tcode,
    }
}
