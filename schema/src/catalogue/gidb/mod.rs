//! The GIDB tables: what Interaction Concentrator's database keeps of calls and agents, with its names, keys and codes.
//!
//! They are for people and for SQL that was written for that database; facts are not made of them. An instant stands as in
//! that database three times: to the millisecond, in whole seconds (`_ts`), and as a key into the calendar (`_tcode`).

mod agents;
mod calls;
pub mod codes;
mod dictionary;
mod parties;
mod routing;
mod user_data;

pub use agents::{GAgentStateHistory, GAgentStateRc, GDndHistory, GLoginSession, GsAgentStat, GxSessionEndpoint};
pub use calls::{GCall, GCallHistory, GCallStat, GIr, GIrHistory};
pub use dictionary::GDictionary;
pub use parties::{GParty, GPartyHistory, GPartyStat};
pub use routing::{GRouteResVqHist, GRouteResult, GVirtualQueue};
pub use user_data::{GCallUserdata, GCustomDataS, GUserdataHistory};
