//! The rows of the GIDB tables that units are shown in.
//!
//! Knows the tables; not what their rows mean.

use std::hash::{DefaultHasher, Hash, Hasher as _};

use arrow::array::RecordBatch;
use callmart_schema::catalogue::gidb::{
    GAgentStateHistory, GAgentStateRc, GCall, GCallHistory, GCallStat, GCallUserdata, GCustomDataS, GDndHistory, GIr,
    GIrHistory, GLoginSession, GParty, GPartyHistory, GPartyStat, GRouteResVqHist, GRouteResult, GUserdataHistory,
    GVirtualQueue, GsAgentStat, GxSessionEndpoint,
};
use callmart_schema::catalogue::{Row, Table};

/// Declares the rows: a field for each table, under its name.
macro_rules! gidb_rows {
    ($($table:ident: $row:ident),+ $(,)?) => {
        /// Rows of one unit or of many.
        #[derive(Debug, Clone, Default, PartialEq, Eq)]
        #[allow(missing_docs)] // each field is the table of its name
        pub struct GidbRows { $( pub $table: Vec<$row>, )+ }

        impl GidbRows {
            /// Takes in the rows of another unit.
            pub fn extend(&mut self, other: Self) {
                $( self.$table.extend(other.$table); )+
            }

            /// The rows, a batch for each table, empty ones too.
            #[must_use]
            pub fn batches(&self) -> Vec<(&'static Table, RecordBatch)> {
                vec![$( ($row::TABLE, $row::batch(&self.$table)) ),+]
            }

            /// A print of each row, in the order of the rows.
            pub(crate) fn prints(&self) -> impl Iterator<Item = u64> + '_ {
                std::iter::empty()$( .chain(self.$table.iter().map(|row| print($row::TABLE.name, row))) )+
            }

            /// Keeps the rows for which `keeps` says so, which is asked for each in the order of the rows.
            pub(crate) fn keep(&mut self, mut keeps: impl FnMut() -> bool) {
                $( self.$table.retain(|_| keeps()); )+
            }

            /// How many rows there are.
            pub(crate) fn len(&self) -> usize {
                0 $( + self.$table.len() )+
            }

            /// Puts the rows of each table into an order that does not depend on how they came about.
            #[cfg(test)]
            pub(crate) fn sort(&mut self) {
                $( self.$table.sort_by_cached_key(|row| format!("{row:?}")); )+
            }
        }
    };
}

gidb_rows! {
    g_call: GCall,
    g_call_history: GCallHistory,
    g_call_stat: GCallStat,
    g_ir: GIr,
    g_ir_history: GIrHistory,
    g_party: GParty,
    g_party_history: GPartyHistory,
    g_party_stat: GPartyStat,
    g_route_result: GRouteResult,
    g_route_res_vq_hist: GRouteResVqHist,
    g_virtual_queue: GVirtualQueue,
    g_call_userdata: GCallUserdata,
    g_userdata_history: GUserdataHistory,
    g_custom_data_s: GCustomDataS,
    g_login_session: GLoginSession,
    gx_session_endpoint: GxSessionEndpoint,
    g_agent_state_history: GAgentStateHistory,
    g_agent_state_rc: GAgentStateRc,
    g_dnd_history: GDndHistory,
    gs_agent_stat: GsAgentStat,
}

/// What tells a row from all others; only compared with prints that this process made.
fn print(table: &str, row: &impl Hash) -> u64 {
    let mut hasher = DefaultHasher::new();
    (table, row).hash(&mut hasher);
    hasher.finish()
}
