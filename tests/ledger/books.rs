//! Numbers by name, of the ledger or of a mart, in one form that can be compared.

use std::collections::{BTreeMap, BTreeSet};

use callmart_node::traffic::LedgerReport;

/// How many differences there are of each kind: the first and the last word of the names.
pub(crate) fn kinds(differences: &[String]) -> BTreeMap<String, usize> {
    let mut kinds = BTreeMap::new();
    for difference in differences {
        let mut words = difference.split(": ").next().unwrap_or_default().split(' ');
        let (first, last) = (words.next().unwrap_or_default(), words.next_back().unwrap_or_default());
        *kinds.entry(format!("{first} ... {last}")).or_default() += 1;
    }
    kinds
}

/// Numbers by name; what is not there is zero.
#[derive(Debug, Default)]
pub(crate) struct Books(BTreeMap<String, i64>);

impl Books {
    /// Adds to a number.
    pub(crate) fn add(&mut self, name: impl Into<String>, value: i64) {
        *self.0.entry(name.into()).or_default() += value;
    }

    /// Raises a number to at least this one.
    pub(crate) fn raise(&mut self, name: impl Into<String>, value: i64) {
        let kept = self.0.entry(name.into()).or_default();
        *kept = value.max(*kept);
    }

    pub(crate) fn len(&self) -> usize {
        self.0.len()
    }

    /// Every number that differs.
    pub(crate) fn differences(&self, mart: &Self) -> Vec<String> {
        let names: BTreeSet<&String> = self.0.keys().chain(mart.0.keys()).collect();
        let of = |books: &Self, name: &String| books.0.get(name).copied().unwrap_or_default();
        let differing = names.into_iter().filter(|name| of(self, name) != of(mart, name));
        differing.map(|name| format!("{name}: ledger {}, mart {}", of(self, name), of(mart, name))).collect()
    }

    /// The ledger's numbers.
    pub(crate) fn of_ledger(ledger: &LedgerReport) -> Self {
        let mut books = Self::default();
        books.calls_and_queues(ledger);
        books.attempts(ledger);
        books.states(ledger);
        books.open(ledger);
        books
    }

    fn calls_and_queues(&mut self, ledger: &LedgerReport) {
        for row in &ledger.calls {
            let name = format!("calls {} {} {}", row.hour, row.kind, row.end);
            self.add(format!("{name} count"), row.count as i64);
            self.add(format!("{name} seconds"), row.seconds);
        }
        for row in &ledger.queues {
            let name = format!("queue {} {}", row.queue, row.hour);
            for (class, count) in [
                ("entered", row.entered),
                ("accepted", row.accepted),
                ("abandoned", row.abandoned),
                ("abandoned_invite", row.abandoned_invite),
                ("redirected", row.redirected),
                ("cleared", row.cleared),
                ("routed_other", row.routed_other),
            ] {
                self.add(format!("{name} {class}"), count as i64);
            }
            self.add(format!("{name} accepted wait"), row.accepted_wait_seconds);
            self.add(format!("{name} accepted answer"), row.accepted_answer_seconds);
            self.add(format!("{name} accepted longest"), row.accepted_wait_longest);
            self.add(format!("{name} abandoned wait"), row.abandoned_wait_seconds);
            self.add(format!("{name} abandoned longest"), row.abandoned_wait_longest);
        }
    }

    fn attempts(&mut self, ledger: &LedgerReport) {
        for row in &ledger.attempts {
            let name = format!("attempts {} {}", row.agent, row.hour);
            for (what, value) in row.results.iter().chain(&row.measures) {
                self.add(format!("{name} {what}"), *value as i64);
            }
        }
        for row in &ledger.devices {
            let name = format!("device {} {} {}", row.device, row.hour, row.result);
            self.add(format!("{name} count"), row.count as i64);
            for (what, value) in &row.measures {
                self.add(format!("{name} {what}"), *value as i64);
            }
        }
    }

    fn states(&mut self, ledger: &LedgerReport) {
        for row in &ledger.states {
            let name = format!("state {} {} {}", row.agent, row.state, row.hour);
            self.add(format!("{name} count"), row.count as i64);
            self.add(format!("{name} seconds"), row.seconds);
        }
        for row in &ledger.reasons {
            let name = format!("reason {} {} {}={} {}", row.agent, row.state, row.key, row.value, row.hour);
            self.add(format!("{name} count"), row.count as i64);
            self.add(format!("{name} seconds"), row.seconds);
        }
        for row in &ledger.sessions {
            self.add(format!("session {} from {} to {}", row.agent, row.login_ms, row.logout_ms), row.seconds);
        }
    }

    fn open(&mut self, ledger: &LedgerReport) {
        for row in &ledger.open.calls {
            self.add(format!("open call {} {} since", row.call, row.kind), row.start_ms);
        }
        for row in &ledger.open.agents {
            let reason = row.reason.as_deref().unwrap_or_default();
            let name = format!("open agent {} {} {reason}", row.agent, row.state);
            self.add(format!("{name} login"), row.login_ms);
            self.add(format!("{name} since"), row.since_ms);
        }
    }
}
