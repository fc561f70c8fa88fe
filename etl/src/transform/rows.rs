//! The rows that a unit is folded into, and the dimension rows they refer to.
//!
//! Knows the tables of the catalogue; not what their rows mean.

use std::collections::{BTreeMap, HashMap};
use std::hash::{Hash, Hasher as _};

use arrow::array::RecordBatch;
use callmart_schema::catalogue::{
    CtlReject, InteractionDescriptor, InteractionFact, InteractionResourceFact, IrfUserDataCust1, IrfUserDataGen1,
    IrfUserDataKeys, IxnResourceStateFact, MediationSegmentFact, OpenAgent, OpenInteraction, Resource,
    ResourceStateReason, Row, SmResSessionFact, SmResStateFact, SmResStateReasonFact, Table, Tenant, UserDataCustDim1,
    Value, cells,
};
use callmart_schema::keys::{NONE, UNKNOWN};

use super::gidb::GidbRows;
use crate::mixed::Mixed;

/// Rows of one unit or of many.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[allow(missing_docs)] // each field is the table of its name
pub struct Rows {
    pub interaction_fact: Vec<InteractionFact>,
    pub interaction_resource_fact: Vec<InteractionResourceFact>,
    pub mediation_segment_fact: Vec<MediationSegmentFact>,
    pub ixn_resource_state_fact: Vec<IxnResourceStateFact>,
    pub sm_res_session_fact: Vec<SmResSessionFact>,
    pub sm_res_state_fact: Vec<SmResStateFact>,
    pub sm_res_state_reason_fact: Vec<SmResStateReasonFact>,
    pub irf_user_data_keys: Vec<IrfUserDataKeys>,
    pub irf_user_data_gen_1: Vec<IrfUserDataGen1>,
    pub irf_user_data_cust_1: Vec<IrfUserDataCust1>,
    pub open_interaction: Vec<OpenInteraction>,
    pub open_agent: Vec<OpenAgent>,
    pub ctl_reject: Vec<CtlReject>,
    /// Rows of the GIDB tables; none where the settings do not ask for them.
    pub gidb: Option<Box<GidbRows>>,
    pub dimensions: Dimensions,
}

/// Does something with the rows of each fact table and the table's name.
macro_rules! each_fact_table {
    ($of:expr, |$rows:ident, $name:ident| $what:expr) => {
        each_fact_table!(@ ($of) (&) $rows $name $what)
    };
    (mut $of:expr, |$rows:ident, $name:ident| $what:expr) => {
        each_fact_table!(@ ($of) (&mut) $rows $name $what)
    };
    (@ ($of:expr) ($($borrowed:tt)+) $rows:ident $name:ident $what:expr) => {
        each_fact_table!(@@ ($of) ($($borrowed)+) $rows $name $what;
            interaction_fact, interaction_resource_fact, mediation_segment_fact, ixn_resource_state_fact,
            sm_res_session_fact, sm_res_state_fact, sm_res_state_reason_fact, irf_user_data_keys, irf_user_data_gen_1,
            irf_user_data_cust_1)
    };
    (@@ ($of:expr) $borrowed:tt $rows:ident $name:ident $what:expr; $($table:ident),+) => {
        $( each_fact_table!(@@@ ($of) $borrowed $rows $name $what, $table); )+
    };
    (@@@ ($of:expr) ($($borrowed:tt)+) $rows:ident $name:ident $what:expr, $table:ident) => {{
        let ($rows, $name) = ($($borrowed)+ $of.$table, stringify!($table));
        $what;
    }};
}

/// Counts rows that nothing but their start tells apart: their place among equals is part of their key.
#[derive(Debug)]
pub(super) struct Ties<K>(HashMap<K, usize>);

impl<K: Hash + Eq> Ties<K> {
    /// Nothing was counted yet.
    pub(super) fn new() -> Self {
        Self(HashMap::new())
    }

    /// The place of the next row among those that are equal to it, from 1, as part of its key.
    pub(super) fn next(&mut self, equal: K) -> String {
        let tie = self.0.entry(equal).or_default();
        *tie += 1;
        tie.to_string()
    }
}

/// Dimension rows by key. Of two rows with one key the smaller counts, whatever the order in which they come.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Dimensions {
    resources: BTreeMap<i64, Resource>,
    tenants: BTreeMap<i64, Tenant>,
    descriptors: BTreeMap<i64, InteractionDescriptor>,
    customs: BTreeMap<i64, UserDataCustDim1>,
    reasons: BTreeMap<i64, ResourceStateReason>,
}

impl Rows {
    /// Takes in the rows of another unit.
    pub fn extend(&mut self, other: Self) {
        self.interaction_fact.extend(other.interaction_fact);
        self.interaction_resource_fact.extend(other.interaction_resource_fact);
        self.mediation_segment_fact.extend(other.mediation_segment_fact);
        self.ixn_resource_state_fact.extend(other.ixn_resource_state_fact);
        self.sm_res_session_fact.extend(other.sm_res_session_fact);
        self.sm_res_state_fact.extend(other.sm_res_state_fact);
        self.sm_res_state_reason_fact.extend(other.sm_res_state_reason_fact);
        self.open_interaction.extend(other.open_interaction);
        self.open_agent.extend(other.open_agent);
        self.irf_user_data_keys.extend(other.irf_user_data_keys);
        self.irf_user_data_gen_1.extend(other.irf_user_data_gen_1);
        self.irf_user_data_cust_1.extend(other.irf_user_data_cust_1);
        self.ctl_reject.extend(other.ctl_reject);
        match (&mut self.gidb, other.gidb) {
            (Some(gidb), Some(other)) => gidb.extend(*other),
            (none, other) => *none = none.take().or(other),
        }
        self.dimensions.take(other.dimensions);
    }

    /// A print of each row that facts or GIDB tables get, in the order of the rows: whoever has the prints knows whether a row is
    /// one of theirs.
    #[must_use]
    pub(crate) fn prints(&self) -> Vec<u64> {
        let mut prints = Vec::new();
        each_fact_table!(self, |rows, name| prints.extend(rows.iter().map(|row| print(name, row))));
        prints.extend(self.gidb.iter().flat_map(|gidb| gidb.prints()));
        prints
    }

    /// Keeps the rows for which `keeps` says so, which is asked for each in the order of the prints.
    pub(crate) fn keep(&mut self, mut keeps: impl FnMut() -> bool) {
        each_fact_table!(mut self, |rows, _name| rows.retain(|_| keeps()));
        if let Some(gidb) = &mut self.gidb {
            gidb.keep(keeps);
        }
    }

    /// How many rows facts and GIDB tables get.
    #[must_use]
    pub(crate) fn facts(&self) -> usize {
        let mut facts = self.gidb.as_ref().map_or(0, |gidb| gidb.len());
        each_fact_table!(self, |rows, _name| facts += rows.len());
        facts
    }

    /// Whether there is among them what goes on.
    #[must_use]
    pub fn has_open(&self) -> bool {
        !(self.open_interaction.is_empty() && self.open_agent.is_empty())
    }

    /// The facts, a batch for each fact table, empty ones too; and of the GIDB tables, where they are asked for.
    #[must_use]
    pub fn fact_batches(&self) -> Vec<(&'static Table, RecordBatch)> {
        let mut batches = Vec::new();
        each_fact_table!(self, |rows, _name| batches.push(batch(rows)));
        batches.extend(self.gidb.iter().flat_map(|gidb| gidb.batches()));
        batches
    }

    /// What goes on, a batch for each table of it, empty ones too.
    #[must_use]
    pub fn open_batches(&self) -> Vec<(&'static Table, RecordBatch)> {
        vec![batch(&self.open_interaction), batch(&self.open_agent)]
    }
}

impl Dimensions {
    /// The rows that every mart has: what is not known, and what does not apply.
    #[must_use]
    pub fn sentinels() -> Self {
        let mut sentinels = Self::default();
        for (key, code, name) in [(UNKNOWN, "UNKNOWN", "Unknown"), (NONE, "NONE", "None")] {
            sentinels.resource(Resource {
                resource_key: key,
                tenant_key: key,
                resource_name: name.to_owned(),
                resource_type_code: code.to_owned(),
                resource_type: name.to_owned(),
                resource_subtype: name.to_owned(),
                ..Resource::default()
            });
            sentinels.tenant(Tenant { tenant_key: key, tenant_name: name.to_owned() });
            sentinels.descriptor(InteractionDescriptor {
                interaction_descriptor_key: key,
                tenant_key: key,
                ..InteractionDescriptor::default()
            });
            sentinels.custom(UserDataCustDim1 { id: key, tenant_key: key, ..UserDataCustDim1::default() });
            sentinels.reason(ResourceStateReason {
                resource_state_reason_key: key,
                tenant_key: key,
                reason_type: name.to_owned(),
                reason_type_code: code.to_owned(),
                workmode: name.to_owned(),
                workmode_code: code.to_owned(),
                ..ResourceStateReason::default()
            });
        }
        sentinels
    }

    /// Adds a resource and gives its key.
    pub fn resource(&mut self, row: Resource) -> i64 {
        let key = row.resource_key;
        smaller(&mut self.resources, key, row);
        key
    }

    /// Adds a tenant and gives its key.
    pub fn tenant(&mut self, row: Tenant) -> i64 {
        let key = row.tenant_key;
        self.tenants.insert(key, row);
        key
    }

    /// Adds a combination of user data and gives its key.
    pub fn descriptor(&mut self, row: InteractionDescriptor) -> i64 {
        let key = row.interaction_descriptor_key;
        self.descriptors.insert(key, row);
        key
    }

    /// Adds a combination of a site's own user data and gives its key.
    pub fn custom(&mut self, row: UserDataCustDim1) -> i64 {
        let key = row.id;
        self.customs.insert(key, row);
        key
    }

    /// Adds a reason of an agent's state and gives its key.
    pub fn reason(&mut self, row: ResourceStateReason) -> i64 {
        let key = row.resource_state_reason_key;
        self.reasons.insert(key, row);
        key
    }

    /// Takes in other rows.
    fn take(&mut self, other: Self) {
        for (key, row) in other.resources {
            smaller(&mut self.resources, key, row);
        }
        self.tenants.extend(other.tenants);
        self.descriptors.extend(other.descriptors);
        self.customs.extend(other.customs);
        self.reasons.extend(other.reasons);
    }

    /// Takes in other rows; gives those that are new or now differ.
    pub fn extend(&mut self, other: &Self) -> Self {
        let mut changed = Self::default();
        for (key, row) in &other.resources {
            if is_news(&self.resources, *key, row) {
                self.resources.insert(*key, row.clone());
                changed.resources.insert(*key, row.clone());
            }
        }
        for (key, row) in &other.tenants {
            if !self.tenants.contains_key(key) {
                self.tenants.insert(*key, row.clone());
                changed.tenants.insert(*key, row.clone());
            }
        }
        for (key, row) in &other.descriptors {
            if !self.descriptors.contains_key(key) {
                self.descriptors.insert(*key, row.clone());
                changed.descriptors.insert(*key, row.clone());
            }
        }
        for (key, row) in &other.customs {
            if !self.customs.contains_key(key) {
                self.customs.insert(*key, row.clone());
                changed.customs.insert(*key, row.clone());
            }
        }
        for (key, row) in &other.reasons {
            if !self.reasons.contains_key(key) {
                self.reasons.insert(*key, row.clone());
                changed.reasons.insert(*key, row.clone());
            }
        }
        changed
    }

    /// Takes in the rows of a dimension table as a mart holds them.
    pub fn recall(&mut self, table: &Table, rows: &RecordBatch) {
        let columns =
            |row: usize| table.columns.iter().map(|c| c.name).zip(cells(rows, row)).collect::<HashMap<_, _>>();
        for row in (0..rows.num_rows()).map(columns) {
            match table.name {
                name if name == Resource::TABLE.name => {
                    self.resource(recalled_resource(&row));
                }
                name if name == Tenant::TABLE.name => {
                    self.tenant(Tenant { tenant_key: int(&row, "tenant_key"), tenant_name: text(&row, "tenant_name") });
                }
                name if name == UserDataCustDim1::TABLE.name => {
                    self.custom(recalled_custom(&row));
                }
                name if name == ResourceStateReason::TABLE.name => {
                    self.reason(recalled_reason(&row));
                }
                _ => {
                    self.descriptor(InteractionDescriptor {
                        interaction_descriptor_key: int(&row, "interaction_descriptor_key"),
                        tenant_key: int(&row, "tenant_key"),
                        customer_segment: text(&row, "customer_segment"),
                        service_type: text(&row, "service_type"),
                        service_subtype: text(&row, "service_subtype"),
                        business_result: text(&row, "business_result"),
                    });
                }
            }
        }
    }

    /// The rows, a batch for each dimension, empty ones too.
    #[must_use]
    pub fn batches(&self) -> Vec<(&'static Table, RecordBatch)> {
        vec![
            batch(&self.resources.values().cloned().collect::<Vec<_>>()),
            batch(&self.tenants.values().cloned().collect::<Vec<_>>()),
            batch(&self.descriptors.values().cloned().collect::<Vec<_>>()),
            batch(&self.reasons.values().cloned().collect::<Vec<_>>()),
            batch(&self.customs.values().cloned().collect::<Vec<_>>()),
        ]
    }
}

fn recalled_resource(row: &HashMap<&str, Value>) -> Resource {
    Resource {
        resource_key: int(row, "resource_key"),
        tenant_key: int(row, "tenant_key"),
        resource_name: text(row, "resource_name"),
        resource_type_code: text(row, "resource_type_code"),
        resource_type: text(row, "resource_type"),
        resource_subtype: text(row, "resource_subtype"),
        employee_id: optional(row, "employee_id"),
        switch_name: optional(row, "switch_name"),
        resource_cfg_type_id: int(row, "resource_cfg_type_id") as i32,
    }
}

fn recalled_reason(row: &HashMap<&str, Value>) -> ResourceStateReason {
    ResourceStateReason {
        resource_state_reason_key: int(row, "resource_state_reason_key"),
        tenant_key: int(row, "tenant_key"),
        reason_type: text(row, "reason_type"),
        reason_type_code: text(row, "reason_type_code"),
        hardware_reason: text(row, "hardware_reason"),
        software_reason_key: text(row, "software_reason_key"),
        software_reason_value: text(row, "software_reason_value"),
        workmode: text(row, "workmode"),
        workmode_code: text(row, "workmode_code"),
    }
}

fn recalled_custom(row: &HashMap<&str, Value>) -> UserDataCustDim1 {
    UserDataCustDim1 {
        id: int(row, "id"),
        tenant_key: int(row, "tenant_key"),
        dim_attribute_1: text(row, "dim_attribute_1"),
        dim_attribute_2: text(row, "dim_attribute_2"),
        dim_attribute_3: text(row, "dim_attribute_3"),
        dim_attribute_4: text(row, "dim_attribute_4"),
        dim_attribute_5: text(row, "dim_attribute_5"),
    }
}

fn int(row: &HashMap<&str, Value>, name: &str) -> i64 {
    match row.get(name) {
        Some(Value::Int(value)) => *value,
        _ => 0,
    }
}

fn optional(row: &HashMap<&str, Value>, name: &str) -> Option<String> {
    match row.get(name) {
        Some(Value::Text(value)) => Some(value.clone()),
        _ => None,
    }
}

fn text(row: &HashMap<&str, Value>, name: &str) -> String {
    optional(row, name).unwrap_or_default()
}

/// What tells a row from all others; only compared with prints that this process made.
fn print(table: &str, row: &impl Hash) -> u64 {
    let mut print = Mixed::default();
    (table, row).hash(&mut print);
    print.finish()
}

fn batch<R: Row>(rows: &[R]) -> (&'static Table, RecordBatch) {
    (R::table(), R::batch(rows))
}

/// What resources of one key may differ in. A DN of which nothing is known stands as an extension, so everything else is
/// known better than that.
fn resource_rank(row: &Resource) -> (bool, &str, &str, i64) {
    (row.resource_subtype == "Extension", &row.resource_type_code, &row.resource_subtype, row.tenant_key)
}

/// Whether a resource counts instead of what stands under its key.
fn is_news(rows: &BTreeMap<i64, Resource>, key: i64, row: &Resource) -> bool {
    rows.get(&key).is_none_or(|there| resource_rank(row) < resource_rank(there))
}

/// Puts a resource under its key unless one that is smaller by its rank stands there.
fn smaller(rows: &mut BTreeMap<i64, Resource>, key: i64, row: Resource) {
    if is_news(rows, key, &row) {
        rows.insert(key, row);
    }
}
