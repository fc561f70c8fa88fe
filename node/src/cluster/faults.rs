//! Faults on demand: what goes wrong with a cluster's processes, sources and connections, and when, in virtual time.
//!
//! A schedule is plain text, one fault on a line: the moment since the world's begin, what, whom. Does not know what follows
//! from a fault. What befalls connections is done by who holds the ports, when the world has come so far.
//!
//! ```text
//! 00:10:00     stop dc1-node1-a
//! 00:12:30.5   start dc1-node1-a
//! 01:00:00     switch-over dc2-node1 with backlog
//! 01:30:00     switch-over dc2-node1 without backlog losing 2s
//! 02:00:00     both-primary dc1-vq for 20s
//! 02:30:00     skew dc1-node1/IPport by -2500ms
//! 03:00:00     repeat dc1-node1/IPport last 20
//! 03:10:00     reuse dc1-node1/TCport
//! 03:20:00     garbage dc1-vq/VQport
//! 03:30:00     drop dc1-node1/IPport
//! 03:31:00     cut-frame dc1-node1/IPport
//! 03:32:00     noise dc1-node1/IPport
//! 03:33:00     delay dc1-node1/IPport by 5ms
//! 03:34:00     refuse dc1-node1/IPport for 200ms
//! ```

mod random;
mod text;

pub use random::{Kind, RandomFaults};
pub use text::ScheduleError;

/// Something that goes wrong.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Fault {
    /// A process, or both of a node, goes down. Where the other process is there, it takes over with the backlog; else nobody
    /// tells, and what the last one had told in the last `losing_us` microseconds is lost.
    Stop {
        /// A process ("dc1-node1-a") or a node ("dc1-node1").
        whom: String,
        /// Microseconds.
        losing_us: i64,
    },
    /// A process, or both of a node, comes back; it tells if nobody does.
    Start {
        /// A process or a node.
        whom: String,
    },
    /// The node's other process takes over, if it is there and does not tell already.
    SwitchOver {
        /// The node.
        node: String,
        /// What becomes of what was told and not acknowledged.
        backlog: Backlog,
    },
    /// For a while both processes of a node tell; then the one that did so before stops telling.
    BothPrimary {
        /// The node.
        node: String,
        /// For how long, microseconds.
        for_us: i64,
    },
    /// A source's clock is wrong from now on.
    Skew {
        /// The source ("dc1-node1/IPport").
        source: String,
        /// How far it is ahead, microseconds; 0 sets it right. One that is set back stands until its time has come.
        by_us: i64,
    },
    /// The last events are told again with their numbers.
    Repeat {
        /// The source.
        source: String,
        /// How many.
        events: usize,
    },
    /// The last event's number is told again with other content.
    Reuse {
        /// The source.
        source: String,
    },
    /// Bytes that are no event are told as one.
    Garbage {
        /// The source.
        source: String,
    },
    /// Something befalls the connections to a source's ports.
    Connection {
        /// The source.
        source: String,
        /// What.
        what: Disturbance,
    },
}

/// What befalls connections. Nothing is lost by it. Lengths are of the wall's time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Disturbance {
    /// They are closed without a word.
    Drop,
    /// The next frame is sent in half, then they are closed.
    CutFrame,
    /// Bytes that are no frame are sent.
    Noise,
    /// From now on each frame is held back.
    Delay {
        /// For so long, microseconds; 0 ends it.
        by_us: i64,
    },
    /// New ones are closed without a word.
    Refuse {
        /// For so long, microseconds.
        for_us: i64,
    },
}

/// What becomes of a backlog when another process takes over.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Backlog {
    /// The other process has it, and the stream goes on.
    Kept,
    /// The other process has it not and begins a new stream. There are no acknowledgements in virtual time: what was told in
    /// the last so many microseconds counts as not acknowledged, and is lost.
    Lost {
        /// Microseconds.
        losing_us: i64,
    },
}

/// A fault and its moment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Scheduled {
    /// When, in microseconds since the world's begin.
    pub after_us: i64,
    /// What.
    pub fault: Fault,
}

/// Faults in the order of their moments; of one moment, in the order in which they were entered.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Schedule(Vec<Scheduled>);

impl Schedule {
    /// Enters a fault, `after_us` microseconds since the world's begin.
    pub fn enter(&mut self, after_us: i64, fault: Fault) {
        let after_us = after_us.max(0);
        let place = self.0.partition_point(|known| known.after_us <= after_us);
        self.0.insert(place, Scheduled { after_us, fault });
    }

    /// The faults.
    pub fn iter(&self) -> impl Iterator<Item = &Scheduled> {
        self.0.iter()
    }

    /// Whether nothing goes wrong.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl FromIterator<Scheduled> for Schedule {
    fn from_iter<T: IntoIterator<Item = Scheduled>>(faults: T) -> Self {
        let mut schedule = Self::default();
        faults.into_iter().for_each(|Scheduled { after_us, fault }| schedule.enter(after_us, fault));
        schedule
    }
}

impl Fault {
    /// The process, node or source that it befalls.
    #[must_use]
    pub fn whom(&self) -> &str {
        match self {
            Self::Stop { whom, .. } | Self::Start { whom } => whom,
            Self::SwitchOver { node, .. } | Self::BothPrimary { node, .. } => node,
            Self::Skew { source, .. }
            | Self::Repeat { source, .. }
            | Self::Reuse { source }
            | Self::Garbage { source }
            | Self::Connection { source, .. } => source,
        }
    }
}
