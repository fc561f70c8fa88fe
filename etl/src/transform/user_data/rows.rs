//! The rows of user data: a value for each column that the mapping names.
//!
//! Knows the tables; which value counts is found out in `rules`.

use callmart_schema::catalogue::{
    InteractionDescriptor, IrfUserDataCust1, IrfUserDataGen1, IrfUserDataKeys, UserDataCustDim1,
};
use callmart_schema::keys::{NONE, key};

use super::{Holder, UserData};
use crate::mapping::{DataTable, MAX_COLUMNS, Mapping};
use crate::transform::resource::tenant_key;
use crate::transform::rows::{Dimensions, Rows};

/// Attempt or passage that the rows belong to.
#[derive(Debug, Clone, Copy)]
pub(in crate::transform) struct Owner<'a> {
    pub(in crate::transform) id: i64,
    pub(in crate::transform) start_date_time_key: i64,
    pub(in crate::transform) unit_key: i64,
    pub(in crate::transform) tenant: &'a str,
}

/// The values of one table, by the places of its columns.
#[derive(Clone, Copy, Default)]
struct Texts<'v>([Option<&'v str>; MAX_COLUMNS]);

/// Adds the rows of an attempt or a passage.
pub(in crate::transform) fn rows(
    data: &UserData<'_>,
    holder: &Holder<'_, '_>,
    owner: Owner<'_>,
    mapping: &Mapping,
    rows: &mut Rows,
) {
    let texts = |table| Texts::of(data, holder, mapping, table);
    let keys = IrfUserDataKeys {
        interaction_resource_id: owner.id,
        start_date_time_key: owner.start_date_time_key,
        unit_key: owner.unit_key,
        tenant_key: tenant_key(owner.tenant),
        interaction_descriptor_key: descriptor(owner.tenant, texts(DataTable::Descriptor), &mut rows.dimensions),
        custom_key_1: custom_dimension(owner.tenant, texts(DataTable::CustDim1), &mut rows.dimensions),
        revision: 0,
    };
    rows.irf_user_data_gen_1.push(gen_1(&keys, texts(DataTable::Gen1)));
    if mapping.fills(DataTable::Cust1) {
        rows.irf_user_data_cust_1.push(cust_1(&keys, texts(DataTable::Cust1)));
    }
    rows.irf_user_data_keys.push(keys);
}

impl<'v> Texts<'v> {
    fn of<'a: 'v>(data: &UserData<'a>, holder: &Holder<'_, 'a>, mapping: &'v Mapping, table: DataTable) -> Self {
        let mut texts = Self::default();
        for column in mapping.columns().iter().filter(|c| c.table == table) {
            let value = data.value(column.key, column.rule, holder);
            if let Some(text) = texts.0.get_mut(column.place) {
                *text = value.or(column.default.as_deref());
            }
        }
        texts
    }

    fn owned<const N: usize>(&self) -> [Option<String>; N] {
        std::array::from_fn(|place| self.0.get(place).copied().flatten().map(str::to_owned))
    }

    fn or_empty<const N: usize>(&self) -> [&'v str; N] {
        std::array::from_fn(|place| self.0.get(place).copied().flatten().unwrap_or_default())
    }
}

/// Adds the combination of predefined values to the dimensions and gives its key; -2 when there is no value.
fn descriptor(tenant: &str, texts: Texts<'_>, dimensions: &mut Dimensions) -> i64 {
    let [segment, service, subtype, result] = texts.or_empty();
    if [segment, service, subtype, result].iter().all(|v| v.is_empty()) {
        return NONE;
    }
    dimensions.descriptor(InteractionDescriptor {
        interaction_descriptor_key: key("interaction_descriptor", &[tenant, segment, service, subtype, result]),
        tenant_key: tenant_key(tenant),
        customer_segment: segment.to_owned(),
        service_type: service.to_owned(),
        service_subtype: subtype.to_owned(),
        business_result: result.to_owned(),
    })
}

/// As [`descriptor`], of a site's own values.
fn custom_dimension(tenant: &str, texts: Texts<'_>, dimensions: &mut Dimensions) -> i64 {
    let [one, two, three, four, five] = texts.or_empty();
    if [one, two, three, four, five].iter().all(|v| v.is_empty()) {
        return NONE;
    }
    dimensions.custom(UserDataCustDim1 {
        id: key("user_data_cust_dim_1", &[tenant, one, two, three, four, five]),
        tenant_key: tenant_key(tenant),
        dim_attribute_1: one.to_owned(),
        dim_attribute_2: two.to_owned(),
        dim_attribute_3: three.to_owned(),
        dim_attribute_4: four.to_owned(),
        dim_attribute_5: five.to_owned(),
    })
}

fn gen_1(keys: &IrfUserDataKeys, texts: Texts<'_>) -> IrfUserDataGen1 {
    let [case_id, customer_id, cause_id, destination_id, target_id, transaction_id, revenue, satisfaction] =
        texts.owned();
    IrfUserDataGen1 {
        interaction_resource_id: keys.interaction_resource_id,
        start_date_time_key: keys.start_date_time_key,
        unit_key: keys.unit_key,
        tenant_key: keys.tenant_key,
        case_id,
        customer_id,
        cause_id,
        destination_id,
        target_id,
        transaction_id,
        revenue,
        satisfaction,
        revision: 0,
    }
}

fn cust_1(keys: &IrfUserDataKeys, texts: Texts<'_>) -> IrfUserDataCust1 {
    let [a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p] = texts.owned();
    IrfUserDataCust1 {
        interaction_resource_id: keys.interaction_resource_id,
        start_date_time_key: keys.start_date_time_key,
        unit_key: keys.unit_key,
        tenant_key: keys.tenant_key,
        custom_data_1: a,
        custom_data_2: b,
        custom_data_3: c,
        custom_data_4: d,
        custom_data_5: e,
        custom_data_6: f,
        custom_data_7: g,
        custom_data_8: h,
        custom_data_9: i,
        custom_data_10: j,
        custom_data_11: k,
        custom_data_12: l,
        custom_data_13: m,
        custom_data_14: n,
        custom_data_15: o,
        custom_data_16: p,
        revision: 0,
    }
}
