//! What a mart holds of one flow, in the words of its file: names for keys, moments since the begin for times.
//!
//! One function for each table says what its columns show. Does not know what is expected.

use std::collections::BTreeMap;

use callmart_node::cluster::script::text::Names;
use callmart_schema::catalogue::Value;

use crate::file::{Flow, START_US};
use crate::mart::{Mart, Row, agent_state, descriptor, int, interaction_type, ixn_state, text};

/// Attempts, with the columns that may be asked for.
pub(crate) const ATTEMPTS: &str = "interaction_resource_fact";
/// Passages through queues.
pub(crate) const PASSAGES: &str = "mediation_segment_fact";
/// High-cardinality user data, and low-cardinality user data.
const GEN_1: &str = "irf_user_data_gen_1";
const KEYS: &str = "irf_user_data_keys";

/// Tables that a flow may have, with their columns.
pub(crate) const TABLES: [(&str, &[&str]); 9] = [
    ("interaction_fact", &["call", "type", "from", "to", "begin", "end", "anchor"]),
    (
        ATTEMPTS,
        &[
            "attempt",
            "resource",
            "dn",
            "call",
            "type",
            "result",
            "begin",
            "end",
            "received_from",
            "last_rp",
            "last_vqueue",
            "last_queue",
            "last_ivr",
            "passage",
            "target_address",
            "stop_action",
        ],
    ),
    (PASSAGES, &["passage", "queue", "call", "type", "result", "entry", "begin", "end", "attempt", "target"]),
    ("ixn_resource_state_fact", &["attempt", "state", "type", "begin", "end"]),
    ("sm_res_session_fact", &["agent", "dn", "begin", "end"]),
    ("sm_res_state_fact", &["agent", "state", "begin", "end"]),
    ("sm_res_state_reason_fact", &["agent", "state", "reason", "begin", "end"]),
    (
        GEN_1,
        &[
            "attempt",
            "case_id",
            "customer_id",
            "cause_id",
            "destination_id",
            "target_id",
            "transaction_id",
            "revenue",
            "satisfaction",
        ],
    ),
    (KEYS, &["attempt", "customer_segment", "service_type", "service_subtype", "business_result"]),
];

/// The columns of a table; none when there is no such table.
pub(crate) fn columns(table: &str) -> Option<&'static [&'static str]> {
    TABLES.iter().find(|(name, _)| *name == table).map(|(_, columns)| *columns)
}

/// A flow's part of a mart.
pub(crate) struct View<'a> {
    mart: &'a Mart,
    names: Names,
    /// Attempts in order, and passages in order.
    pub(crate) attempts: Vec<&'a Row>,
    passages: Vec<&'a Row>,
    /// By key, what the file calls an attempt or a passage.
    labels: BTreeMap<i64, String>,
}

impl<'a> View<'a> {
    pub(crate) fn of(flow: &Flow, mart: &'a Mart) -> Self {
        let names = Names { of: flow.name.clone() };
        let own = names.own("");
        let is_own = |row: &&Row| text(row, "media_server_root_ixn_guid").starts_with(&own);
        let mut attempts: Vec<&Row> = mart.rows(ATTEMPTS).iter().filter(is_own).collect();
        let begins = |row: &Row| mart.of_key("interaction_fact", "interaction_id", int(row, "interaction_id"));
        attempts.sort_by_key(|row| {
            let begin_ms = begins(row).map_or(0, |call| int(call, "start_ms"));
            (begin_ms, text(row, "media_server_root_ixn_guid"), int(row, "interaction_resource_ordinal"))
        });
        let is_own = |row: &&Row| text(row, "media_server_ixn_guid").starts_with(&own);
        let mut passages: Vec<&Row> = mart.rows(PASSAGES).iter().filter(is_own).collect();
        passages.sort_by_key(|row| (int(row, "start_ms"), mart.resource(int(row, "resource_key"))));
        let mut labels = BTreeMap::from([(-2, "-".to_owned())]);
        let mut name = |rows: &[&Row], key, given: Vec<String>| {
            for (place, row) in rows.iter().enumerate() {
                let label = given.get(place).cloned().unwrap_or_else(|| format!("#{}", place + 1));
                labels.insert(int(row, key), label);
            }
        };
        name(&attempts, "interaction_resource_id", flow.labels(ATTEMPTS, "attempt"));
        name(&passages, "mediation_segment_id", flow.labels(PASSAGES, "passage"));
        Self { mart, names, attempts, passages, labels }
    }

    /// What the file calls an attempt or a passage.
    pub(crate) fn label(&self, key: i64) -> String {
        self.labels.get(&key).cloned().unwrap_or_else(|| "?".to_owned())
    }

    /// The rows of a table, cut down to some columns.
    pub(crate) fn table(&self, table: &str, columns: &[String]) -> Vec<Vec<String>> {
        let row = |row: &&Row| columns.iter().map(|column| self.cell(table, row, column)).collect();
        self.rows(table).iter().map(row).collect()
    }

    /// The rows of a table that are the flow's, in order.
    pub(crate) fn rows(&self, table: &str) -> Vec<&'a Row> {
        let all = self.mart.rows(table).iter();
        let is_own_agent = |row: &&Row| self.mart.resource(int(row, "resource_key")).starts_with(&self.names.own(""));
        let attempt = |row: &Row| {
            let key = int(row, "interaction_resource_id");
            self.attempts.iter().position(|attempt| int(attempt, "interaction_resource_id") == key)
        };
        let mut rows: Vec<&Row> = match table {
            ATTEMPTS => return self.attempts.clone(),
            PASSAGES => return self.passages.clone(),
            "interaction_fact" => {
                all.filter(|row| text(row, "media_server_root_ixn_guid").starts_with(&self.names.own(""))).collect()
            }
            GEN_1 | KEYS => all.filter(|row| attempt(row).is_some() && self.has_data(table, row)).collect(),
            "ixn_resource_state_fact" => all.filter(|row| attempt(row).is_some()).collect(),
            _ => all.filter(is_own_agent).collect(),
        };
        rows.sort_by_key(|row| {
            let of = if row.contains_key("interaction_resource_id") {
                format!("{:03}", attempt(row).unwrap_or_default())
            } else if table == "interaction_fact" {
                text(row, "media_server_root_ixn_guid")
            } else {
                self.mart.resource(int(row, "resource_key"))
            };
            let start_ms = if row.contains_key("start_ms") { int(row, "start_ms") } else { 0 };
            if table == "interaction_fact" { (String::new(), start_ms, of) } else { (of, start_ms, String::new()) }
        });
        rows
    }

    fn has_data(&self, table: &str, row: &Row) -> bool {
        let columns = columns(table).unwrap_or_default().iter().filter(|column| **column != "attempt");
        columns.into_iter().any(|column| self.cell(table, row, column) != "-")
    }

    /// What a column of a row shows; `-` for nothing.
    fn cell(&self, table: &str, row: &Row, column: &str) -> String {
        let resource = |key: &str| self.own(&self.mart.resource(int(row, key)));
        match (table, column) {
            (_, "begin") => moment(int(row, "start_ms")),
            (_, "end") => moment(int(row, "end_ms")),
            (_, "type") => interaction_type(int(row, "interaction_type_key")),
            ("interaction_fact", "call") => self.own(&text(row, "media_server_root_ixn_guid")),
            ("interaction_fact", "from") => self.own(&text(row, "source_address")),
            ("interaction_fact", "to") => self.own(&text(row, "target_address")),
            ("interaction_fact", "anchor") => self.label(int(row, "anchor_id")),
            (ATTEMPTS | PASSAGES, "call") => self.own(&text(row, "media_server_ixn_guid")),
            (ATTEMPTS | PASSAGES, "result") => descriptor(int(row, "technical_descriptor_key")),
            (ATTEMPTS, "resource") | (PASSAGES, "queue") | (_, "agent") => resource("resource_key"),
            (_, "dn") => resource("media_resource_key"),
            (ATTEMPTS, "received_from") => self.label(int(row, "received_from_ixn_resource_id")),
            (ATTEMPTS, "last_rp" | "last_vqueue" | "last_queue" | "last_ivr") => {
                resource(&format!("{column}_resource_key"))
            }
            (_, "passage") => self.label(int(row, "mediation_segment_id")),
            (ATTEMPTS, "target_address") => self.own(&text(row, "target_address")),
            // Nobody known is another answer than somebody else.
            (ATTEMPTS, "stop_action") if matches!(row.get(column), Some(Value::Null)) => "-".to_owned(),
            (ATTEMPTS, "stop_action") => int(row, column).to_string(),
            (PASSAGES, "entry") => int(row, "entry_ordinal").to_string(),
            (PASSAGES, "attempt") => self.label(int(row, "ixn_resource_id")),
            (PASSAGES, "target") => self.label(int(row, "target_ixn_resource_id")),
            (_, "attempt") => self.label(int(row, "interaction_resource_id")),
            ("ixn_resource_state_fact", "state") => ixn_state(int(row, "interaction_resource_state_key")),
            (_, "state") => agent_state(int(row, "resource_state_key")),
            (_, "reason") => self.reason(int(row, "resource_state_reason_key")),
            (KEYS, _) => self.business(int(row, "interaction_descriptor_key"), column),
            _ => self.own(&text(row, column)),
        }
    }

    fn reason(&self, key: i64) -> String {
        let row = self.mart.of_key("resource_state_reason", "resource_state_reason_key", key);
        row.map_or_else(|| "?".to_owned(), |row| text(row, "software_reason_value"))
    }

    fn business(&self, key: i64, column: &str) -> String {
        let row = self.mart.of_key("interaction_descriptor", "interaction_descriptor_key", key).filter(|_| key != -2);
        row.map_or_else(|| "-".to_owned(), |row| self.own(&text(row, column)))
    }

    /// A name as the file has it; `-` for none. Ids are filled up with underscores.
    fn own(&self, name: &str) -> String {
        let own = name.strip_prefix(&self.names.own("")).unwrap_or(name).trim_end_matches('_');
        if own.is_empty() { "-".to_owned() } else { own.to_owned() }
    }
}

/// Minutes and seconds since the begin of the flow, and what is left in milliseconds.
fn moment(at_ms: i64) -> String {
    let since_ms = at_ms - START_US / 1_000;
    let (seconds, rest_ms) = (since_ms.div_euclid(1_000), since_ms.rem_euclid(1_000));
    let whole = match seconds {
        0..3_600 => format!("{:02}:{:02}", seconds / 60, seconds % 60),
        _ => format!("{}:{:02}:{:02}", seconds / 3_600, seconds / 60 % 60, seconds % 60),
    };
    if rest_ms == 0 { whole } else { format!("{whole}.{rest_ms:03}") }
}
