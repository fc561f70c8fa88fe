//! The rows of the static dimensions, and the numbers that stand for them in facts.
//!
//! The numbers end up on disk: they are only ever added to, and a golden test holds them. Which of them fits an attempt is
//! the transform's business.

use super::{InteractionResourceState, InteractionType, MediaType, ResourceState, TechnicalDescriptor};
use crate::keys::{NONE, UNKNOWN};

/// `media_type_key` of voice.
pub const MEDIA_VOICE: i64 = 1;

/// How a resource came to be involved in an attempt or a passage.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[allow(missing_docs)] // the names are the domain's own codes
pub enum ResourceRole {
    Unknown = 1,
    Received = 2,
    DivertedTo = 3,
    RoutedTo = 4,
    Initiated = 5,
    ReceivedTransfer = 6,
    ReceivedConsult = 7,
    InitiatedConsult = 8,
    InConference = 9,
}

const ROLES: [ResourceRole; 9] = [
    ResourceRole::Unknown,
    ResourceRole::Received,
    ResourceRole::DivertedTo,
    ResourceRole::RoutedTo,
    ResourceRole::Initiated,
    ResourceRole::ReceivedTransfer,
    ResourceRole::ReceivedConsult,
    ResourceRole::InitiatedConsult,
    ResourceRole::InConference,
];

/// How an attempt or a passage ended: result and reason.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[allow(missing_docs)] // the names are the domain's own codes
pub enum Outcome {
    Unspecified = 1,
    Completed = 2,
    Transferred = 3,
    TransferredIntroduced = 4,
    Conferenced = 5,
    RedirectedOnNoAnswer = 6,
    Redirected = 7,
    CustomerAbandonedWhileQueued = 8,
    CustomerAbandonedWhileRinging = 9,
    CustomerAbandonedFromHold = 10,
    AbandonedWhileQueued = 11,
    AbandonedWhileRinging = 12,
    AbandonedFromHold = 13,
    DivertedAnsweredByAgent = 14,
    DivertedAnsweredByOther = 15,
    DivertedAbandonedWhileRinging = 16,
    DivertedRoutedOnNoAnswer = 17,
    DivertedFromAnotherVirtualQueue = 18,
    DivertedDefaultRoutedByStrategy = 19,
    DivertedDefaultRoutedBySwitch = 20,
    Diverted = 21,
    Cleared = 22,
    ClearedFromAnotherVirtualQueue = 23,
    ClearedStuckCall = 24,
    Routed = 25,
    DestinationBusy = 26,
    AbnormalStop = 27,
}

/// Outcome, its result, its reason; in the words whose upper case is the code.
const OUTCOMES: [(Outcome, &str, &str); 27] = [
    (Outcome::Unspecified, "Unspecified", "Unspecified"),
    (Outcome::Completed, "Completed", "Unspecified"),
    (Outcome::Transferred, "Transferred", "Unspecified"),
    (Outcome::TransferredIntroduced, "Transferred", "IntroducedTransfer"),
    (Outcome::Conferenced, "Conferenced", "Unspecified"),
    (Outcome::RedirectedOnNoAnswer, "Redirected", "RoutedOnNoAnswer"),
    (Outcome::Redirected, "Redirected", "Unspecified"),
    (Outcome::CustomerAbandonedWhileQueued, "CustomerAbandoned", "AbandonedWhileQueued"),
    (Outcome::CustomerAbandonedWhileRinging, "CustomerAbandoned", "AbandonedWhileRinging"),
    (Outcome::CustomerAbandonedFromHold, "CustomerAbandoned", "AbandonedFromHold"),
    (Outcome::AbandonedWhileQueued, "Abandoned", "AbandonedWhileQueued"),
    (Outcome::AbandonedWhileRinging, "Abandoned", "AbandonedWhileRinging"),
    (Outcome::AbandonedFromHold, "Abandoned", "AbandonedFromHold"),
    (Outcome::DivertedAnsweredByAgent, "Diverted", "AnsweredByAgent"),
    (Outcome::DivertedAnsweredByOther, "Diverted", "AnsweredByOther"),
    (Outcome::DivertedAbandonedWhileRinging, "Diverted", "AbandonedWhileRinging"),
    (Outcome::DivertedRoutedOnNoAnswer, "Diverted", "RoutedOnNoAnswer"),
    (Outcome::DivertedFromAnotherVirtualQueue, "Diverted", "RoutedFromAnotherVirtualQueue"),
    (Outcome::DivertedDefaultRoutedByStrategy, "Diverted", "DefaultRoutedByStrategy"),
    (Outcome::DivertedDefaultRoutedBySwitch, "Diverted", "DefaultRoutedBySwitch"),
    (Outcome::Diverted, "Diverted", "Unspecified"),
    (Outcome::Cleared, "Cleared", "Unspecified"),
    (Outcome::ClearedFromAnotherVirtualQueue, "Cleared", "RoutedFromAnotherVirtualQueue"),
    (Outcome::ClearedStuckCall, "Cleared", "StuckCall"),
    (Outcome::Routed, "Routed", "Unspecified"),
    (Outcome::DestinationBusy, "DestinationBusy", "Unspecified"),
    (Outcome::AbnormalStop, "AbnormalStop", "Unspecified"),
];

/// `technical_descriptor_key` of a role and an outcome: role number times 100 plus outcome number.
#[must_use]
pub fn technical_descriptor_key(role: ResourceRole, outcome: Outcome) -> i64 {
    role as i64 * 100 + outcome as i64
}

/// The rows of `technical_descriptor`.
#[must_use]
pub fn technical_descriptors() -> Vec<TechnicalDescriptor> {
    let row = |key: i64, role: &str, result: &str, reason: &str| TechnicalDescriptor {
        technical_descriptor_key: key,
        technical_result: result.to_owned(),
        technical_result_code: code(result),
        result_reason: reason.to_owned(),
        result_reason_code: code(reason),
        resource_role: role.to_owned(),
        resource_role_code: code(role),
        role_reason: "Unspecified".to_owned(),
        role_reason_code: code("Unspecified"),
    };
    let mut rows =
        vec![row(NONE, "None", "None", "Unspecified"), row(UNKNOWN, "Unknown", "Unspecified", "Unspecified")];
    for role in ROLES {
        for (outcome, result, reason) in OUTCOMES {
            rows.push(row(technical_descriptor_key(role, outcome), &format!("{role:?}"), result, reason));
        }
    }
    rows
}

/// Type of an interaction, or of an attempt's part of it; the number is its key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[allow(missing_docs)] // the names are the domain's own codes
pub enum IxnType {
    Unknown = 1,
    Internal = 2,
    Inbound = 3,
    Outbound = 4,
    /// Outbound, of an outbound contact server.
    OutboundContact = 5,
}

/// The rows of `interaction_type`.
#[must_use]
pub fn interaction_types() -> Vec<InteractionType> {
    let row = |key: i64, name: &str, subtype: &str| InteractionType {
        interaction_type_key: key,
        interaction_type: name.to_owned(),
        interaction_type_code: code(name),
        interaction_subtype: subtype.to_owned(),
        interaction_subtype_code: code(subtype),
    };
    let plain = |key: i64, name: &str| row(key, name, "Unspecified");
    let types = [IxnType::Unknown, IxnType::Internal, IxnType::Inbound, IxnType::Outbound];
    let known = types.into_iter().map(|t| plain(t as i64, &format!("{t:?}")));
    let mut rows: Vec<InteractionType> = vec![plain(NONE, "None"), plain(UNKNOWN, "Unknown")];
    rows.extend(known);
    rows.push(row(IxnType::OutboundContact as i64, "Outbound", "OutboundContact"));
    rows
}

/// The rows of `media_type`.
#[must_use]
pub fn media_types() -> Vec<MediaType> {
    let row = |key: i64, name: &str, is_online: i32| MediaType {
        media_type_key: key,
        media_name: name.to_owned(),
        media_name_code: code(name),
        is_online,
    };
    vec![row(NONE, "None", 0), row(UNKNOWN, "Unknown", 0), row(MEDIA_VOICE, "Voice", 1)]
}

/// State of a resource on an interaction.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[allow(missing_docs)] // the names are the domain's own codes
pub enum IxnState {
    Unknown = 1,
    Initiate = 2,
    Alert = 3,
    Connect = 4,
    Hold = 5,
    Wrap = 6,
}

/// Part that the resource plays in the state.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[allow(missing_docs)] // the names are the domain's own codes
pub enum IxnStateRole {
    Unknown = 1,
    Initiator = 2,
    Receiver = 3,
}

/// What refines the state.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[allow(missing_docs)] // the names are the domain's own codes
pub enum IxnStateDescriptor {
    None = 1,
    Consult = 2,
    Conference = 3,
    PostTransfer = 4,
}

/// `interaction_resource_state_key`: the three numbers as digits.
#[must_use]
pub fn interaction_resource_state_key(state: IxnState, role: IxnStateRole, descriptor: IxnStateDescriptor) -> i64 {
    state as i64 * 100 + role as i64 * 10 + descriptor as i64
}

/// The rows of `interaction_resource_state`.
#[must_use]
pub fn interaction_resource_states() -> Vec<InteractionResourceState> {
    let row = |key: i64, state: &str, role: &str, descriptor: &str| InteractionResourceState {
        interaction_resource_state_key: key,
        state_name: state.to_owned(),
        state_name_code: code(state),
        state_role: role.to_owned(),
        state_role_code: code(role),
        state_descriptor: descriptor.to_owned(),
        state_descriptor_code: code(descriptor),
    };
    let mut rows = vec![row(NONE, "None", "None", "None"), row(UNKNOWN, "Unknown", "Unknown", "None")];
    let states =
        [IxnState::Unknown, IxnState::Initiate, IxnState::Alert, IxnState::Connect, IxnState::Hold, IxnState::Wrap];
    let roles = [IxnStateRole::Unknown, IxnStateRole::Initiator, IxnStateRole::Receiver];
    let descriptors = [
        IxnStateDescriptor::None,
        IxnStateDescriptor::Consult,
        IxnStateDescriptor::Conference,
        IxnStateDescriptor::PostTransfer,
    ];
    for state in states {
        for role in roles {
            for descriptor in descriptors {
                let key = interaction_resource_state_key(state, role, descriptor);
                rows.push(row(key, &format!("{state:?}"), &format!("{role:?}"), &format!("{descriptor:?}")));
            }
        }
    }
    rows
}

/// State of an agent in a login session; the number is its key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[allow(missing_docs)] // the names are the domain's own codes
pub enum AgentState {
    Unknown = 1,
    LoggedOnOnly = 2,
    NotReady = 3,
    Ready = 4,
    AfterCallWork = 5,
    Busy = 6,
}

/// The rows of `resource_state`.
#[must_use]
pub fn resource_states() -> Vec<ResourceState> {
    let row = |key: i64, name: &str| ResourceState {
        resource_state_key: key,
        state_type: name.to_owned(),
        state_type_code: code(name),
        state_name: name.to_owned(),
        state_name_code: code(name),
    };
    let states = [
        AgentState::Unknown,
        AgentState::LoggedOnOnly,
        AgentState::NotReady,
        AgentState::Ready,
        AgentState::AfterCallWork,
        AgentState::Busy,
    ];
    let known = states.into_iter().map(|s| row(s as i64, &format!("{s:?}")));
    [row(NONE, "None"), row(UNKNOWN, "Unknown")].into_iter().chain(known).collect()
}

/// The code of a display value: upper case, without blanks.
fn code(display: &str) -> String {
    display.chars().filter(|c| !c.is_whitespace()).flat_map(char::to_uppercase).collect()
}
