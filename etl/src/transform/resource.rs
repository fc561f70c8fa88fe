//! Resources: what a DN, a queue or an agent is called, and its row in `resource_`.
//!
//! A resource's row is a function of one event, so that no order of events can change it.

use callmart_schema::catalogue::{Resource, Tenant};
use callmart_schema::event::DnType;
use callmart_schema::keys::key;

/// What a device does in a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Part {
    /// Outside the contact center: the customer.
    Outside,
    /// A queue or routing point: holds the call until somebody takes it.
    Mediation,
    /// Serves the caller by itself: an IVR, a voicemail box.
    SelfService,
    /// A telephone, behind which an agent may be.
    Telephone,
}

/// The part that a kind of DN plays.
pub(super) fn part(dn_type: DnType) -> Part {
    match dn_type {
        DnType::DN_TYPE_EXTERNAL | DnType::DN_TYPE_TRUNK => Part::Outside,
        DnType::DN_TYPE_ACD_QUEUE | DnType::DN_TYPE_ROUTING_POINT | DnType::DN_TYPE_VIRTUAL_QUEUE => Part::Mediation,
        DnType::DN_TYPE_IVR_PORT | DnType::DN_TYPE_VOICEMAIL => Part::SelfService,
        DnType::DN_TYPE_EXTENSION | DnType::DN_TYPE_ACD_POSITION | DnType::DN_TYPE_UNKNOWN => Part::Telephone,
    }
}

/// `resource_key` of a DN or queue: by name and switch.
pub(super) fn dn_key(switch: &str, dn: &str) -> i64 {
    key("resource", &["dn", dn, switch])
}

/// `tenant_key` of a tenant: by name.
pub(super) fn tenant_key(tenant: &str) -> i64 {
    key("tenant", &[tenant])
}

/// The row of a DN or queue of a tenant, which is given by its key.
pub(super) fn dn_row(tenant_key: i64, switch: &str, dn: &str, dn_type: DnType) -> Resource {
    let (code, kind, subtype) = match dn_type {
        DnType::DN_TYPE_ACD_QUEUE => ("QUEUE", "Queue", "ACDQueue"),
        DnType::DN_TYPE_VIRTUAL_QUEUE => ("QUEUE", "Queue", "VirtualQueue"),
        DnType::DN_TYPE_ROUTING_POINT => ("ROUTINGPOINT", "RoutingPoint", "RoutingPoint"),
        DnType::DN_TYPE_IVR_PORT => ("IVRPORT", "IVRPort", "IVRPort"),
        DnType::DN_TYPE_ACD_POSITION => ("ENDPOINT", "Endpoint", "ACDPosition"),
        DnType::DN_TYPE_VOICEMAIL => ("ENDPOINT", "Endpoint", "VoiceMail"),
        _ => ("ENDPOINT", "Endpoint", "Extension"),
    };
    Resource {
        resource_key: dn_key(switch, dn),
        tenant_key,
        resource_name: dn.to_owned(),
        resource_type_code: code.to_owned(),
        resource_type: kind.to_owned(),
        resource_subtype: subtype.to_owned(),
        employee_id: None,
        switch_name: Some(switch.to_owned()),
        resource_cfg_type_id: 0,
    }
}

/// The row of an agent of a tenant, which is given by its key and its name.
pub(super) fn agent_row((tenant_key, tenant): (i64, &str), employee_id: &str) -> Resource {
    Resource {
        resource_key: key("resource", &["agent", employee_id, tenant]),
        tenant_key,
        resource_name: employee_id.to_owned(),
        resource_type_code: "AGENT".to_owned(),
        resource_type: "Agent".to_owned(),
        resource_subtype: "Agent".to_owned(),
        employee_id: Some(employee_id.to_owned()),
        switch_name: None,
        resource_cfg_type_id: 0,
    }
}

/// The row of a tenant.
pub(super) fn tenant_row(tenant: &str) -> Tenant {
    Tenant { tenant_key: tenant_key(tenant), tenant_name: tenant.to_owned() }
}
