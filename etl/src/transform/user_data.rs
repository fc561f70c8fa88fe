//! User data of a call: what each key was at a moment, and the columns and descriptor that predefined keys fill.
//!
//! The propagation rule is CALL: the latest value on the call when it leaves the resource, whoever set it; and what the
//! resource's own party set later, in after-call work.

use std::collections::BTreeMap;

use callmart_schema::catalogue::{InteractionDescriptor, IrfUserDataGen1, IrfUserDataKeys};
use callmart_schema::event::UserDataChangedView;
use callmart_schema::keys::{NONE, key};

use super::rows::Dimensions;

/// Changes of user data in the order of events.
#[derive(Debug, Default)]
pub(super) struct UserData<'a> {
    changes: Vec<Change<'a>>,
}

/// One key was set, or removed when it has no value.
#[derive(Debug)]
struct Change<'a> {
    at_us: i64,
    /// Party UUID of the party that did it, where known.
    party: &'a str,
    key: &'a str,
    value: Option<&'a str>,
}

/// The values of all keys at one moment.
#[derive(Debug, Default)]
pub(super) struct Values<'a>(BTreeMap<&'a str, &'a str>);

impl<'a> UserData<'a> {
    pub(super) fn change(&mut self, at_us: i64, change: &UserDataChangedView<'a>) {
        let one = |key, value| Change { at_us, party: change.party, key, value };
        self.changes.extend(change.set.iter().map(|kv| one(kv.key, Some(kv.value))));
        self.changes.extend(change.removed.iter().map(|key| one(key, None)));
    }

    /// The values when the call left a party at `at_us`, and what the party itself changed afterwards.
    pub(super) fn values_of(&self, party: &str, at_us: i64) -> Values<'a> {
        let mut values = BTreeMap::new();
        let counts = |c: &&Change<'_>| c.at_us <= at_us || (!party.is_empty() && c.party == party);
        for change in self.changes.iter().filter(counts) {
            match change.value {
                Some(value) => values.insert(change.key, value),
                None => values.remove(change.key),
            };
        }
        Values(values)
    }
}

impl Values<'_> {
    fn text(&self, key: &str) -> Option<String> {
        self.0.get(key).map(|v| (*v).to_owned())
    }

    /// Adds the descriptor of these values to the dimensions and gives its key; -2 when no key of it is set.
    pub(super) fn descriptor_key(&self, (tenant_key, tenant): (i64, &str), dimensions: &mut Dimensions) -> i64 {
        let keys = ["CustomerSegment", "ServiceType", "ServiceSubType", "Business Result"];
        let [segment, service, subtype, result] = keys.map(|k| self.text(k).unwrap_or_default());
        if [&segment, &service, &subtype, &result].iter().all(|v| v.is_empty()) {
            return NONE;
        }
        dimensions.descriptor(InteractionDescriptor {
            interaction_descriptor_key: key("interaction_descriptor", &[tenant, &segment, &service, &subtype, &result]),
            tenant_key,
            customer_segment: segment,
            service_type: service,
            service_subtype: subtype,
            business_result: result,
        })
    }

    /// The row of high-cardinality values; ids are those of `keys`.
    pub(super) fn gen_1(&self, keys: &IrfUserDataKeys) -> IrfUserDataGen1 {
        IrfUserDataGen1 {
            interaction_resource_id: keys.interaction_resource_id,
            start_date_time_key: keys.start_date_time_key,
            unit_key: keys.unit_key,
            tenant_key: keys.tenant_key,
            case_id: self.text("CaseID"),
            customer_id: self.text("CustomerID"),
            cause_id: self.text("CauseID"),
            destination_id: self.text("DestinationID"),
            target_id: self.text("TargetID"),
            transaction_id: self.text("TransactionID"),
            revenue: self.text("Revenue"),
            satisfaction: self.text("Satisfaction"),
            revision: 0,
        }
    }
}
