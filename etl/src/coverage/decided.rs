//! What operators decided of a source: from when to when it is ignored, by whom and why.
//!
//! A function of the set of decisions, in the order in which their log numbers them. Does not know what was heard.

use std::collections::BTreeMap;
use std::sync::Arc;

use buffa::MessageView as _;
use callmart_schema::control::Decision;
use callmart_schema::event::{BodyView, EventView};
use serde::{Deserialize, Serialize};

use super::pairs;
use crate::stored::{Identity, Stored};

/// Place among the decisions: begin and process of the control log's epoch, number in it.
type Order = (i64, String, u64);

/// One decision.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Said {
    /// Hash of its bytes: of two that differ the one with the smaller hash counts.
    hash: i64,
    /// Code of the decision.
    decision: String,
    since_us: i64,
    at_us: i64,
    who: String,
    why: String,
}

/// The decisions about one source.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Decided(#[serde(with = "pairs")] BTreeMap<Order, Said>);

/// A stretch of time in which a source is ignored, in microseconds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Ignored {
    pub(super) from_us: i64,
    /// Its end (exclusive); [`i64::MAX`] until further notice.
    pub(super) to_us: i64,
    /// Whether that is for good.
    pub(super) is_retired: bool,
    pub(super) who: String,
    pub(super) why: String,
    /// When it was decided, by the operator's clock.
    pub(super) at_us: i64,
}

/// The source that an event decides about, and from which moment on; none for other events.
pub(super) fn subject_of(event: &Stored) -> Option<(Arc<str>, i64)> {
    let (source, said) = said(event)?;
    Some((source, said.since_us))
}

fn said(event: &Stored) -> Option<(Arc<str>, Said)> {
    if !event.is_decision() {
        return None;
    }
    let view = EventView::decode_view(&event.bytes).ok()?;
    let Some(BodyView::Control(control)) = view.body else { return None };
    let decision = Decision::of_code(control.decision).filter(|decision| decision.is_of_source())?;
    let said = Said {
        hash: event.content_hash,
        decision: decision.code().to_owned(),
        since_us: control.since_us,
        at_us: view.time_us,
        who: control.who.to_owned(),
        why: control.note.to_owned(),
    };
    Some((control.subject.into(), said))
}

impl Decided {
    /// Takes in what an event decides of this source; tells whether that is new.
    pub(super) fn take(&mut self, event: &Stored) -> bool {
        let Some((_, new)) = said(event) else { return false };
        let Identity { epoch_started_us, epoch_process, seq, .. } = &event.identity;
        let order = (*epoch_started_us, epoch_process.to_string(), *seq);
        if self.0.get(&order).is_some_and(|known| known.hash <= new.hash) {
            return false;
        }
        self.0.insert(order, new);
        true
    }

    /// The stretches in which the source is ignored, one after the other; none is empty.
    pub(super) fn stretches(&self) -> Vec<Ignored> {
        let mut stretches: Vec<Ignored> = Vec::new();
        for said in self.0.values() {
            let is_retired = match Decision::of_code(&said.decision) {
                Some(Decision::IgnoreSource) => false,
                Some(Decision::RetireSource) => true,
                _ => {
                    end_at(&mut stretches, said.since_us);
                    continue;
                }
            };
            // Whoever ignores a source from an earlier moment on says more than who did before; nobody unsays a word.
            let goes_on = stretches.last().filter(|last| last.to_us == i64::MAX && last.is_retired == is_retired);
            let from_us = goes_on.map_or(said.since_us, |last| last.from_us.min(said.since_us));
            end_at(&mut stretches, from_us);
            let (who, why, at_us) = (said.who.clone(), said.why.clone(), said.at_us);
            stretches.push(Ignored { from_us, to_us: i64::MAX, is_retired, who, why, at_us });
        }
        stretches
    }
}

/// Ends what goes on at a moment, and all that is behind it.
fn end_at(stretches: &mut Vec<Ignored>, at_us: i64) {
    stretches.retain_mut(|stretch| {
        stretch.to_us = stretch.to_us.min(at_us);
        stretch.from_us < stretch.to_us
    });
}

/// The parts of a stretch in which a source is not ignored; of a moment the moment itself, if it is not.
pub(super) fn outside(ignored: &[Ignored], from_us: i64, to_us: i64) -> Vec<(i64, i64)> {
    if from_us >= to_us {
        let is_ignored = ignored.iter().any(|i| i.from_us <= from_us && from_us < i.to_us);
        return if is_ignored { Vec::new() } else { vec![(from_us, to_us)] };
    }
    let (mut parts, mut at_us) = (Vec::new(), from_us);
    for stretch in ignored {
        parts.push((at_us, stretch.from_us.min(to_us)));
        at_us = at_us.max(stretch.to_us);
    }
    parts.push((at_us, to_us));
    parts.retain(|(from_us, to_us)| from_us < to_us);
    parts
}
