//! An installation in processes of its own, as an operator runs it: simulated nodes, collectors, an ETL, each of which may be
//! killed and started again. The marts must hold what one process makes of the same world.

mod ordinary;
mod refusals;
mod same_content;
mod secured;
mod site;
