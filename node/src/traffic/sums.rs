//! The counts and durations of an attempt, by family.

use super::dist::SECOND_US;

/// A pair of count and duration that attempts have.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[allow(missing_docs)] // the names are those of the facts' columns
pub(super) enum Measure {
    Dial,
    Ring,
    Talk,
    Hold,
    CustomerDial,
    CustomerRing,
    CustomerTalk,
    CustomerHold,
    ConsInitDial,
    ConsInitTalk,
    ConsInitHold,
    ConsRcvRing,
    ConsRcvTalk,
    ConsRcvHold,
    PostConsXferRing,
    PostConsXferTalk,
    PostConsXferHold,
    ConfInitTalk,
    ConfInitHold,
    ConfJoinRing,
    ConfJoinTalk,
    ConfJoinHold,
    AfterCallWork,
    CustomerAcw,
    ConsRcvAcw,
    AgentToAgentCons,
    Mediation,
    ConferenceInitiated,
    Handle,
    CustomerHandle,
}

/// How many measures there are.
pub(super) const MEASURES: usize = 30;

/// By measure: the name that `_count` and `_duration` are added to, and whether it has a duration.
pub(super) const NAMES: [(&str, bool); MEASURES] = [
    ("dial", true),
    ("ring", true),
    ("talk", true),
    ("hold", true),
    ("customer_dial", true),
    ("customer_ring", true),
    ("customer_talk", true),
    ("customer_hold", true),
    ("cons_init_dial", true),
    ("cons_init_talk", true),
    ("cons_init_hold", true),
    ("cons_rcv_ring", true),
    ("cons_rcv_talk", true),
    ("cons_rcv_hold", true),
    ("post_cons_xfer_ring", true),
    ("post_cons_xfer_talk", true),
    ("post_cons_xfer_hold", true),
    ("conf_init_talk", true),
    ("conf_init_hold", true),
    ("conf_join_ring", true),
    ("conf_join_talk", true),
    ("conf_join_hold", true),
    ("after_call_work", true),
    ("customer_acw", true),
    ("cons_rcv_acw", true),
    ("agent_to_agent_cons", true),
    ("mediation", true),
    ("conference_initiated", false),
    ("handle", false),
    ("customer_handle", false),
];

/// Whole seconds between two moments: floor of the end minus floor of the start.
pub(super) fn seconds(from_us: i64, to_us: i64) -> i64 {
    to_us.div_euclid(SECOND_US) - from_us.div_euclid(SECOND_US)
}

/// Counts and seconds of every measure.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Sums([(u32, u32); MEASURES]);

impl Sums {
    /// Adds one stretch.
    pub(super) fn add(&mut self, measure: Measure, from_us: i64, to_us: i64) {
        if let Some((count, total_s)) = self.0.get_mut(measure as usize) {
            *count = count.saturating_add(1);
            *total_s = total_s.saturating_add(u32::try_from(seconds(from_us, to_us)).unwrap_or_default());
        }
    }

    /// Sets the count of a measure.
    pub(super) fn set_count(&mut self, measure: Measure, value: bool) {
        if let Some((count, _)) = self.0.get_mut(measure as usize) {
            *count = u32::from(value);
        }
    }

    /// How often it was.
    pub(super) fn count(&self, measure: Measure) -> u32 {
        self.0.get(measure as usize).map_or(0, |(count, _)| *count)
    }

    /// Adds all of another attempt.
    pub(super) fn merge(&mut self, other: &Self) {
        for ((count, total_s), (more, more_s)) in self.0.iter_mut().zip(other.0) {
            *count = count.saturating_add(more);
            *total_s = total_s.saturating_add(more_s);
        }
    }

    /// Names with their values, without zeros.
    pub(super) fn named(&self) -> impl Iterator<Item = (String, u64)> + '_ {
        NAMES.iter().zip(self.0).flat_map(|((name, has_duration), (count, total_s))| {
            let count = (count > 0).then(|| (format!("{name}_count"), u64::from(count)));
            let duration = (*has_duration && total_s > 0).then(|| (format!("{name}_duration"), u64::from(total_s)));
            count.into_iter().chain(duration)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_measure_has_its_name_and_a_duration_is_a_difference_of_floors() {
        let mut sums = Sums::default();
        sums.add(Measure::Talk, 999_999, 1_000_000);
        sums.add(Measure::Talk, 1_000_000, 1_999_999);
        sums.set_count(Measure::CustomerHandle, true);
        let named: Vec<(String, u64)> = sums.named().collect();
        let expected = [("talk_count", 2), ("talk_duration", 1), ("customer_handle_count", 1)];
        assert_eq!(named, expected.map(|(name, value)| (name.to_owned(), value)));
        assert_eq!(Measure::CustomerHandle as usize, MEASURES - 1);
    }
}
