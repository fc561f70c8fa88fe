//! Outbound records of which nothing was told: that a call was an attempt of a campaign is known from them alone, and all that
//! others tell of it may be told of any outbound call.
//!
//! A source that told of no record of a call is none of those that tell of it; that it may have told is known from the call.
//! Does not know what follows from a record.

use callmart_schema::event::{BodyView, CallType};

use super::Opened;
use crate::coverage::Coverage;
use crate::settings::{OUTBOUND_CONTACTS, RECORDED_WITHIN_US};
use crate::unit::Unit;

/// Whether anything is lost of what sources tell of outbound records while an outbound interaction went on or just after, and none
/// of it is told.
pub(super) fn is_any_lost(unit: &Unit, events: &[Opened<'_>], coverage: &Coverage) -> bool {
    let is_lost = |from_us, to_us| coverage.is_lost_of(OUTBOUND_CONTACTS, from_us, to_us);
    if !is_lost(i64::MIN, i64::MAX) {
        return false;
    }
    let (mut is_outbound, mut ended_us) = (false, None);
    for event in events {
        match &event.body {
            BodyView::OutboundRecord(_) => return false,
            BodyView::CallCreated(b) if b.call == unit.id() => {
                is_outbound |= b.call_type.as_known() == Some(CallType::CALL_TYPE_OUTBOUND);
            }
            BodyView::CallDataChanged(b) if b.call == unit.id() => {
                is_outbound |= b.call_type.as_known() == Some(CallType::CALL_TYPE_OUTBOUND);
            }
            BodyView::CallDeleted(b) if b.call == unit.id() => ended_us = ended_us.max(Some(event.at_us)),
            _ => {}
        }
    }
    let moments_us = || events.iter().map(|e| e.at_us);
    let (from_us, to_us) = (moments_us().min(), ended_us.or_else(|| moments_us().max()));
    let span_us = from_us.zip(to_us).filter(|_| is_outbound);
    span_us.is_some_and(|(from_us, to_us)| is_lost(from_us, to_us.saturating_add(RECORDED_WITHIN_US)))
}
