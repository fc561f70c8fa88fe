//! What tests of live sources share: stages, their nodes, and how covers must follow one another.

use std::sync::Arc;
use std::time::Duration;

use callmart_node::live::{Pace, Stage, StageSettings, SystemClock, sources};
use callmart_node::server::{Node, NodeSettings};
use callmart_schema::session::Covers;

use super::client::{Client, hello};
use super::world::{Habit, HandClock, START_US, TestWorld};

/// Longest wait for something that must come.
pub(crate) const PATIENCE: Duration = Duration::from_secs(30);
/// One teller that has much to tell, one with little, one nearly silent.
pub(crate) const HABITS: [Habit; 3] =
    [Habit { events: 40, period: 1 }, Habit { events: 3, period: 2 }, Habit { events: 1, period: 100 }];

pub(crate) fn settings() -> NodeSettings {
    NodeSettings { heartbeat_ms: 50, linger_ms: 500, ..NodeSettings::default() }
}

pub(crate) fn pools(pools: &[usize]) -> StageSettings {
    StageSettings { pools: pools.to_vec(), ..StageSettings::default() }
}

/// A world at full speed.
pub(crate) fn unbounded(world: &TestWorld, settings: &StageSettings) -> Arc<Stage> {
    Stage::new(world.going(), Pace::Unbounded, Arc::new(SystemClock), settings).expect("a thread")
}

/// A world in step with a clock that a test drives.
pub(crate) fn in_step(world: &TestWorld, clock: &Arc<HandClock>, settings: &StageSettings) -> Arc<Stage> {
    let clock: Arc<HandClock> = Arc::clone(clock);
    Stage::new(world.going(), Pace::real_time(), clock, settings).expect("a thread")
}

pub(crate) async fn node(stage: &Arc<Stage>) -> Node {
    Node::start(sources(stage), settings()).await.expect("started")
}

pub(crate) async fn connect(node: &Node, source: usize, pool: &str) -> Client {
    Client::greet(node.ports()[source].address, hello("i-proxy", pool, "m")).await.0
}

/// That covers follow one another from the place (number, time) to another, without a hole.
pub(crate) fn assert_seamless<'a>(covers: impl IntoIterator<Item = &'a Covers>, from: (u64, i64), to: (u64, i64)) {
    let mut at = from;
    for c in covers {
        assert_eq!((c.from_seq, c.from_us), at);
        assert!(c.epoch_started_us == START_US && c.epoch_process.ends_with("-a"), "{c:?}");
        at = (c.to_seq, c.to_us);
    }
    assert_eq!(at, to);
}
