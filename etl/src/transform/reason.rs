//! Reasons that an agent gave for a state, as rows of their dimension.
//!
//! Does not know for how long they held.

use callmart_schema::catalogue::ResourceStateReason;
use callmart_schema::event::{BodyView, ReasonView, WorkMode};
use callmart_schema::keys::key;

use super::Opened;
use super::resource::tenant_key;

/// Key that a cluster adds to the reasons of every ready: where the agent's node stands. It is no reason.
const SITE: &str = "site";

/// The reasons of a ready or not ready, each once, in the order told.
pub(super) fn reasons(event: &Opened<'_>) -> Vec<ResourceStateReason> {
    let (work_mode, told, is_ready) = match &event.body {
        BodyView::AgentReady(b) => (b.work_mode.as_known(), &b.reasons, true),
        BodyView::AgentNotReady(b) => (b.work_mode.as_known(), &b.reasons, false),
        _ => return Vec::new(),
    };
    let work_mode = work_mode.unwrap_or(WorkMode::WORK_MODE_UNKNOWN);
    let given = told.iter().filter(|r| !(is_ready && r.key == SITE && !r.hardware));
    let mut seen = std::collections::HashSet::new();
    let rows = given.map(|r| reason_row(event.tenant, r, work_mode));
    rows.filter(|row| seen.insert(row.resource_state_reason_key)).collect()
}

/// The device tells a value under one fixed key, the agent's software keys and values.
fn reason_row(tenant: &str, told: &ReasonView<'_>, work_mode: WorkMode) -> ResourceStateReason {
    let mut row = ResourceStateReason { tenant_key: tenant_key(tenant), ..ResourceStateReason::default() };
    if told.hardware {
        row.reason_type = "Hardware".to_owned();
        row.hardware_reason = told.value.to_owned();
    } else {
        row.reason_type = "Software".to_owned();
        row.software_reason_key = told.key.to_owned();
        row.software_reason_value = told.value.to_owned();
    }
    row.reason_type_code = row.reason_type.to_uppercase();
    row.workmode = work_mode_name(work_mode).to_owned();
    row.workmode_code = row.workmode.to_uppercase();
    let parts = [
        tenant,
        &row.reason_type_code,
        &row.hardware_reason,
        &row.software_reason_key,
        &row.software_reason_value,
        &row.workmode_code,
    ];
    row.resource_state_reason_key = key("resource_state_reason", &parts);
    row
}

/// A work mode in words, whose upper case is its code.
fn work_mode_name(work_mode: WorkMode) -> &'static str {
    match work_mode {
        WorkMode::WORK_MODE_UNKNOWN => "Unknown",
        WorkMode::WORK_MODE_MANUAL_IN => "Manual-In",
        WorkMode::WORK_MODE_AUTO_IN => "Auto-In",
        WorkMode::WORK_MODE_AFTER_CALL_WORK => "ACW",
        WorkMode::WORK_MODE_AUX => "AUX",
        WorkMode::WORK_MODE_NO_CALL_DISCONNECT => "No-Call-Disconnect",
        WorkMode::WORK_MODE_WALK_AWAY => "Walk-Away",
        WorkMode::WORK_MODE_RETURN_BACK => "Return-Back",
    }
}
