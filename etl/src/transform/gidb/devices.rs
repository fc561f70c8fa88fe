//! What is known of a party's device and agent: on an ordinary switch their ids, on a cluster the DN's name alone.
//!
//! The rules in which a cluster's rows differ from an ordinary switch's stand here and nowhere else.

use callmart_schema::catalogue::gidb::codes::EndpointType;
use callmart_schema::event::DnType;

use super::super::party::Party;
use super::super::resource::{Part, agent_row, dn_row, part, tenant_key, tenant_row};
use super::super::rows::Dimensions;
use super::text;
use crate::coverage::Coverage;

/// Id of a DN or an agent that is not known.
const NO_ID: i64 = 0;

/// Finds out what is known of devices, and names those that are known in the dimensions.
pub(super) struct Devices<'c> {
    tenant: &'c str,
    coverage: &'c Coverage,
    dimensions: &'c mut Dimensions,
    /// Switches that were asked for, and whether they are ordinary.
    switches: Vec<(String, bool)>,
}

/// What rows say of a device.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Device {
    pub(super) endpoint_id: i64,
    pub(super) endpoint_type: i32,
    /// The DN's name, where that is all that is known.
    pub(super) name: Option<String>,
}

impl<'c> Devices<'c> {
    pub(super) fn of(tenant: &'c str, coverage: &'c Coverage, dimensions: &'c mut Dimensions) -> Self {
        Self { tenant, coverage, dimensions, switches: Vec::new() }
    }

    pub(super) fn tenant_id(&mut self) -> i64 {
        self.dimensions.tenant(tenant_row(self.tenant))
    }

    /// A DN of a switch. A cluster's has no id, and counts as an extension whatever it is.
    pub(super) fn dn(&mut self, switch: &str, dn: &str, dn_type: DnType) -> Device {
        if !self.is_ordinary(switch) {
            let endpoint_type = EndpointType::Extension as i32;
            return Device { endpoint_id: NO_ID, endpoint_type, name: text(dn) };
        }
        if dn.is_empty() || part(dn_type) == Part::Outside {
            return Device::default();
        }
        Device { endpoint_id: self.configured(switch, dn, dn_type), endpoint_type: kind(dn_type) as i32, name: None }
    }

    /// Id of a DN that its switch has in its configuration.
    pub(super) fn configured(&mut self, switch: &str, dn: &str, dn_type: DnType) -> i64 {
        self.dimensions.resource(dn_row(tenant_key(self.tenant), switch, dn, dn_type))
    }

    /// The device of a party.
    pub(super) fn of_party(&mut self, party: &Party<'_>) -> Device {
        self.dn(party.switch, party.dn, party.dn_type)
    }

    /// The agent that the event of a party named: a cluster's names none.
    pub(super) fn agent_of_party(&mut self, party: &Party<'_>) -> i64 {
        if self.is_ordinary(party.switch) { self.agent(party.agent) } else { NO_ID }
    }

    /// Id of an agent.
    pub(super) fn agent(&mut self, agent: &str) -> i64 {
        if agent.is_empty() {
            NO_ID
        } else {
            self.dimensions.resource(agent_row((tenant_key(self.tenant), self.tenant), agent))
        }
    }

    fn is_ordinary(&mut self, switch: &str) -> bool {
        if let Some((_, is_ordinary)) = self.switches.iter().find(|(name, _)| name == switch) {
            return *is_ordinary;
        }
        let is_ordinary = self.coverage.names_agents(switch);
        self.switches.push((switch.to_owned(), is_ordinary));
        is_ordinary
    }
}

/// Kind of a DN, as configurations number it.
fn kind(dn_type: DnType) -> EndpointType {
    match dn_type {
        DnType::DN_TYPE_EXTENSION => EndpointType::Extension,
        DnType::DN_TYPE_ACD_POSITION => EndpointType::AcdPosition,
        DnType::DN_TYPE_ACD_QUEUE => EndpointType::AcdQueue,
        DnType::DN_TYPE_ROUTING_POINT => EndpointType::RoutingPoint,
        DnType::DN_TYPE_VIRTUAL_QUEUE => EndpointType::VirtualQueue,
        DnType::DN_TYPE_IVR_PORT => EndpointType::VoiceTreatmentPort,
        DnType::DN_TYPE_TRUNK => EndpointType::Trunk,
        DnType::DN_TYPE_VOICEMAIL => EndpointType::VoiceMail,
        DnType::DN_TYPE_EXTERNAL | DnType::DN_TYPE_UNKNOWN => EndpointType::Unknown,
    }
}
