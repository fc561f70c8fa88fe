//! The dimensions: what facts refer to. Those made on the fly have computed keys, static ones the domain's small numbers.

use super::macros::table;

table! {
    /// One row per resource: agent, queue, routing point, IVR, or plain DN.
    Resource = "resource_", Dimension {
        natural_key: "EmployeeID and tenant of an agent; name and switch of every other",
        key: ["resource_key"],
        sort: ["resource_key"],
        provenance: [],
    }
    /// Key of the resource.
    resource_key: i64 = Key,
    /// Tenant.
    tenant_key: i64 = Key,
    /// Name: an agent's EmployeeID, a DN's number, a queue's name.
    resource_name: String = Name,
    /// Kind: AGENT, QUEUE, ROUTINGPOINT, IVRPORT, ENDPOINT, UNKNOWN or NONE.
    resource_type_code: String = Code,
    /// Kind in words.
    resource_type: String = Code,
    /// Finer kind, such as ACDQueue or VirtualQueue.
    resource_subtype: String = Code,
    /// EmployeeID of an agent; null for other resources.
    employee_id: Option<String> = Name,
    /// Switch that a DN belongs to; null for agents.
    switch_name: Option<String> = Name,
    /// Type of configuration object; 0 for resources made on the fly.
    resource_cfg_type_id: i32 = Number,
}

table! {
    /// One row per tenant.
    Tenant = "tenant", Dimension {
        natural_key: "name of the tenant",
        key: ["tenant_key"],
        sort: ["tenant_key"],
        provenance: [],
    }
    /// Key of the tenant.
    tenant_key: i64 = Key,
    /// Name of the tenant.
    tenant_name: String = Name,
}

table! {
    /// One row per combination of low-cardinality user data.
    InteractionDescriptor = "interaction_descriptor", Dimension {
        natural_key: "tenant, customer segment, service type, service subtype and business result",
        key: ["interaction_descriptor_key"],
        sort: ["interaction_descriptor_key"],
        provenance: [],
    }
    /// Key of the combination.
    interaction_descriptor_key: i64 = Key,
    /// Tenant.
    tenant_key: i64 = Key,
    /// Value of CustomerSegment; empty without one.
    customer_segment: String = Name,
    /// Value of ServiceType; empty without one.
    service_type: String = Name,
    /// Value of ServiceSubType; empty without one.
    service_subtype: String = Name,
    /// Value of Business Result; empty without one.
    business_result: String = Name,
}

table! {
    /// One row per way an attempt or a passage can come about and end.
    TechnicalDescriptor = "technical_descriptor", Static {
        natural_key: "the four codes",
        key: ["technical_descriptor_key"],
        sort: ["technical_descriptor_key"],
        provenance: [],
    }
    /// Number of the combination; numbers are only ever added.
    technical_descriptor_key: i64 = Key,
    /// How the attempt ended, in words.
    technical_result: String = Code,
    /// How the attempt ended.
    technical_result_code: String = Code,
    /// Why it ended so, in words.
    result_reason: String = Code,
    /// Why it ended so.
    result_reason_code: String = Code,
    /// How the resource came to be involved, in words.
    resource_role: String = Code,
    /// How the resource came to be involved.
    resource_role_code: String = Code,
    /// What refines the role, in words.
    role_reason: String = Code,
    /// What refines the role.
    role_reason_code: String = Code,
}

table! {
    /// One row per type of interaction.
    InteractionType = "interaction_type", Static {
        natural_key: "type and subtype",
        key: ["interaction_type_key"],
        sort: ["interaction_type_key"],
        provenance: [],
    }
    /// Number of the type.
    interaction_type_key: i64 = Key,
    /// Type in words.
    interaction_type: String = Code,
    /// Type.
    interaction_type_code: String = Code,
    /// Subtype in words.
    interaction_subtype: String = Code,
    /// Subtype.
    interaction_subtype_code: String = Code,
}

table! {
    /// One row per media type; voice only.
    MediaType = "media_type", Static {
        natural_key: "code of the media type",
        key: ["media_type_key"],
        sort: ["media_type_key"],
        provenance: [],
    }
    /// Number of the media type.
    media_type_key: i64 = Key,
    /// Name in words.
    media_name: String = Code,
    /// Code.
    media_name_code: String = Code,
    /// 1 for media of live conversation.
    is_online: i32 = Flag,
}

table! {
    /// One row per state that a resource can have on an interaction.
    InteractionResourceState = "interaction_resource_state", Static {
        natural_key: "the three codes",
        key: ["interaction_resource_state_key"],
        sort: ["interaction_resource_state_key"],
        provenance: [],
    }
    /// Number of the state.
    interaction_resource_state_key: i64 = Key,
    /// State in words.
    state_name: String = Code,
    /// State.
    state_name_code: String = Code,
    /// Part the resource plays, in words.
    state_role: String = Code,
    /// Part the resource plays.
    state_role_code: String = Code,
    /// What refines the state, in words.
    state_descriptor: String = Code,
    /// What refines the state.
    state_descriptor_code: String = Code,
}

table! {
    /// One row per reason that an agent gave for a state.
    ResourceStateReason = "resource_state_reason", Dimension {
        natural_key: "tenant, type, reason and work mode",
        key: ["resource_state_reason_key"],
        sort: ["resource_state_reason_key"],
        provenance: [],
    }
    /// Key of the reason.
    resource_state_reason_key: i64 = Key,
    /// Tenant.
    tenant_key: i64 = Key,
    /// Whether the agent's software or the device told it, in words.
    reason_type: String = Code,
    /// HARDWARE or SOFTWARE.
    reason_type_code: String = Code,
    /// Reason that the device told; empty for the software's.
    hardware_reason: String = Name,
    /// Key of the software's reason; empty for the device's.
    software_reason_key: String = Name,
    /// Value of the software's reason; empty for the device's.
    software_reason_value: String = Name,
    /// Work mode in words.
    workmode: String = Code,
    /// Work mode.
    workmode_code: String = Code,
}

table! {
    /// One row per state of an agent.
    ResourceState = "resource_state", Static {
        natural_key: "code of the state",
        key: ["resource_state_key"],
        sort: ["resource_state_key"],
        provenance: [],
    }
    /// Number of the state.
    resource_state_key: i64 = Key,
    /// Class of the state, whatever the media, in words.
    state_type: String = Code,
    /// Class of the state, whatever the media.
    state_type_code: String = Code,
    /// State in words.
    state_name: String = Code,
    /// State.
    state_name_code: String = Code,
}
