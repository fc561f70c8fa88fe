//! User data: facts beside those of `facts`, one row per attempt (per passage too, where the settings say so), and a site's own
//! dimension of it.
//!
//! Names are Info Mart's. Which key fills which column is no matter of the catalogue.

use super::macros::table;

table! {
    /// One row per attempt, per passage too where the settings say so: its low-cardinality user data, as references.
    IrfUserDataKeys = "irf_user_data_keys", Fact {
        natural_key: "UUID of the root call, party UUID or virtual-queue id",
        key: ["start_date_time_key", "interaction_resource_id"],
        sort: ["start_date_time_key", "interaction_resource_id"],
        provenance: ["revision"],
    }
    /// Attempt or passage that the user data belongs to.
    interaction_resource_id: i64 = Key,
    /// Start key of that attempt or passage.
    start_date_time_key: i64 = EpochSeconds,
    /// Unit that the row was made from: its events stand in gidb_event under the same key.
    unit_key: i64 = Key,
    /// Tenant.
    tenant_key: i64 = Key,
    /// Customer segment, service type, service subtype and business result.
    interaction_descriptor_key: i64 = Key,
    /// How often the row changed after it was first loaded.
    revision: i32 = Count,
    /// The site's own low-cardinality user data; -2 without any.
    custom_key_1: i64 = Key,
}

table! {
    /// One row per attempt, per passage too where the settings say so: its predefined high-cardinality user data.
    IrfUserDataGen1 = "irf_user_data_gen_1", Fact {
        natural_key: "UUID of the root call, party UUID or virtual-queue id",
        key: ["start_date_time_key", "interaction_resource_id"],
        sort: ["start_date_time_key", "interaction_resource_id"],
        provenance: ["revision"],
    }
    /// Attempt or passage that the user data belongs to.
    interaction_resource_id: i64 = Key,
    /// Start key of that attempt or passage.
    start_date_time_key: i64 = EpochSeconds,
    /// Unit that the row was made from: its events stand in gidb_event under the same key.
    unit_key: i64 = Key,
    /// Tenant.
    tenant_key: i64 = Key,
    /// Value of CaseID.
    case_id: Option<String> = Name,
    /// Value of CustomerID.
    customer_id: Option<String> = Name,
    /// Value of CauseID.
    cause_id: Option<String> = Name,
    /// Value of DestinationID.
    destination_id: Option<String> = Name,
    /// Value of TargetID.
    target_id: Option<String> = Name,
    /// Value of TransactionID.
    transaction_id: Option<String> = Name,
    /// Value of Revenue, as it came.
    revenue: Option<String> = Name,
    /// Value of Satisfaction, as it came.
    satisfaction: Option<String> = Name,
    /// How often the row changed after it was first loaded.
    revision: i32 = Count,
}

table! {
    /// One row per attempt, per passage too where the settings say so: a site's own high-cardinality user data. No rows while no
    /// key goes there.
    IrfUserDataCust1 = "irf_user_data_cust_1", Fact {
        natural_key: "UUID of the root call, party UUID or virtual-queue id",
        key: ["start_date_time_key", "interaction_resource_id"],
        sort: ["start_date_time_key", "interaction_resource_id"],
        provenance: ["revision"],
    }
    /// Attempt or passage that the user data belongs to.
    interaction_resource_id: i64 = Key,
    /// Start key of that attempt or passage.
    start_date_time_key: i64 = EpochSeconds,
    /// Unit that the row was made from: its events stand in gidb_event under the same key.
    unit_key: i64 = Key,
    /// Tenant.
    tenant_key: i64 = Key,
    /// A site's own value.
    custom_data_1: Option<String> = Name,
    /// A site's own value.
    custom_data_2: Option<String> = Name,
    /// A site's own value.
    custom_data_3: Option<String> = Name,
    /// A site's own value.
    custom_data_4: Option<String> = Name,
    /// A site's own value.
    custom_data_5: Option<String> = Name,
    /// A site's own value.
    custom_data_6: Option<String> = Name,
    /// A site's own value.
    custom_data_7: Option<String> = Name,
    /// A site's own value.
    custom_data_8: Option<String> = Name,
    /// A site's own value.
    custom_data_9: Option<String> = Name,
    /// A site's own value.
    custom_data_10: Option<String> = Name,
    /// A site's own value.
    custom_data_11: Option<String> = Name,
    /// A site's own value.
    custom_data_12: Option<String> = Name,
    /// A site's own value.
    custom_data_13: Option<String> = Name,
    /// A site's own value.
    custom_data_14: Option<String> = Name,
    /// A site's own value.
    custom_data_15: Option<String> = Name,
    /// A site's own value.
    custom_data_16: Option<String> = Name,
    /// How often the row changed after it was first loaded.
    revision: i32 = Count,
}

table! {
    /// One row per combination of a site's own low-cardinality user data.
    UserDataCustDim1 = "user_data_cust_dim_1", Dimension {
        natural_key: "tenant and the five values",
        key: ["id"],
        sort: ["id"],
        provenance: [],
    }
    /// Key of the combination.
    id: i64 = Key,
    /// Tenant.
    tenant_key: i64 = Key,
    /// A site's own value; empty without one.
    dim_attribute_1: String = Name,
    /// A site's own value; empty without one.
    dim_attribute_2: String = Name,
    /// A site's own value; empty without one.
    dim_attribute_3: String = Name,
    /// A site's own value; empty without one.
    dim_attribute_4: String = Name,
    /// A site's own value; empty without one.
    dim_attribute_5: String = Name,
}
