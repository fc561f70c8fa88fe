//! What befalls the connections of a simulation, done to its ports when the simulated time has come so far.
//!
//! Nothing is lost by it, so that it may come a little late. Does not know what is told.

use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use callmart_node::cluster::faults::{Disturbance, Fault, Schedule};
use callmart_node::live::Stage;
use callmart_node::server::{Fault as Inflicted, Node, Whom};

/// How often it is looked how far the simulation is.
const LOOK_EVERY: Duration = Duration::from_millis(1);
/// Bytes that are no frame: a length that none may have.
const NO_FRAME: [u8; 8] = [0xFF; 8];

/// What befalls connections, and the simulation that says when.
#[derive(Default)]
pub(crate) struct Disturbances {
    stage: Option<Arc<Stage>>,
    /// Moments of the simulation's, microseconds since 1970-01-01 UTC; sources; in order.
    due: Vec<(i64, String, Disturbance)>,
}

impl Disturbances {
    /// Those of a schedule, for a simulation that begins at `start_us`.
    pub(crate) fn of(schedule: &Schedule, stage: &Arc<Stage>, start_us: i64) -> Self {
        let due = schedule.iter().filter_map(|scheduled| match &scheduled.fault {
            Fault::Connection { source, what } => {
                Some((start_us.saturating_add(scheduled.after_us), source.clone(), *what))
            }
            _ => None,
        });
        Self { stage: Some(Arc::clone(stage)), due: due.collect() }
    }

    /// Does each when its time has come, and then waits for ever.
    pub(crate) async fn befall(&self, node: &Node) -> Infallible {
        if let Some(stage) = &self.stage {
            for (at_us, source, what) in &self.due {
                while stage.progress().told_us < *at_us {
                    tokio::time::sleep(LOOK_EVERY).await;
                }
                inflict(node, &Whom::source(source), *what);
            }
        }
        std::future::pending().await
    }
}

fn inflict(node: &Node, whom: &Whom, what: Disturbance) {
    let lasts = |us: i64| Duration::from_micros(u64::try_from(us).unwrap_or(0));
    let inflicted = match what {
        Disturbance::Drop => Inflicted::Drop,
        Disturbance::CutFrame => Inflicted::CutFrame,
        Disturbance::Noise => Inflicted::Garbage(NO_FRAME.to_vec()),
        Disturbance::Delay { by_us } => Inflicted::Delay(lasts(by_us)),
        Disturbance::Refuse { for_us } => {
            node.refuse(whom, lasts(for_us));
            return;
        }
    };
    node.inflict(whom, &inflicted);
}
