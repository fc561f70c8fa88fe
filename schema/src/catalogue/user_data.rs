//! The user data of attempts: facts beside those of `facts`, one row per attempt.
//!
//! Names are Info Mart's.

use super::macros::table;

table! {
    /// One row per attempt: its low-cardinality user data, as references.
    IrfUserDataKeys = "irf_user_data_keys", Fact {
        natural_key: "UUID of the root call, party UUID",
        key: ["start_date_time_key", "interaction_resource_id"],
        sort: ["start_date_time_key", "interaction_resource_id"],
        provenance: ["revision"],
    }
    /// Attempt that the user data belongs to.
    interaction_resource_id: i64 = Key,
    /// Start key of that attempt.
    start_date_time_key: i64 = EpochSeconds,
    /// Unit that the row was made from: its events stand in gidb_event under the same key.
    unit_key: i64 = Key,
    /// Tenant.
    tenant_key: i64 = Key,
    /// Customer segment, service type, service subtype and business result.
    interaction_descriptor_key: i64 = Key,
    /// How often the row changed after it was first loaded.
    revision: i32 = Count,
}

table! {
    /// One row per attempt: its predefined high-cardinality user data.
    IrfUserDataGen1 = "irf_user_data_gen_1", Fact {
        natural_key: "UUID of the root call, party UUID",
        key: ["start_date_time_key", "interaction_resource_id"],
        sort: ["start_date_time_key", "interaction_resource_id"],
        provenance: ["revision"],
    }
    /// Attempt that the user data belongs to.
    interaction_resource_id: i64 = Key,
    /// Start key of that attempt.
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
