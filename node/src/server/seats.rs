//! Who of each pool is connected to a port, and how their sessions are told what happens to them from outside.

use std::collections::{HashMap, HashSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::{mpsc, oneshot};

use super::faults::{Fault, Whom};

/// Most pools that a port knows, and most members of each.
const MAX_NAMES: usize = 1_000;
/// Longest name of a pool or a member, in bytes.
const MAX_NAME_BYTES: usize = 255;

/// Why a session has to end, for reasons outside of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Ended {
    /// Another connection of the same member took its seat.
    Replaced,
    /// It is dropped on demand.
    Dropped,
}

/// Why there is no seat.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum NoSeat {
    /// The hello does not suit the port.
    Unsuited(String),
    /// There are too many.
    TooMany(String),
}

/// The seats of a port.
#[derive(Debug)]
pub(super) struct Seats {
    /// Whether the members of a pool share out what is told; else one at a time gets everything.
    is_shared: bool,
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    /// By pool, the members that ever had a seat, and the session of each that is connected.
    pools: HashMap<String, Pool>,
    /// Connections that ever took a seat.
    seated: u64,
}

#[derive(Debug, Default)]
struct Pool {
    known: HashSet<String>,
    seated: HashMap<String, Seated>,
}

#[derive(Debug)]
struct Seated {
    end: Option<oneshot::Sender<Ended>>,
    faults: mpsc::UnboundedSender<Fault>,
    /// Tells this connection from others of the same member.
    number: u64,
}

/// A session's place in its pool, given up when dropped.
#[derive(Debug)]
pub(super) struct Seat {
    seats: Arc<Seats>,
    pool: String,
    member: String,
    number: u64,
    /// Resolves when the session has to end.
    pub(super) ended: oneshot::Receiver<Ended>,
    /// Faults that the session is to do to itself.
    pub(super) faults: mpsc::UnboundedReceiver<Fault>,
}

impl Seats {
    pub(super) fn new(is_shared: bool) -> Arc<Self> {
        Arc::new(Self { is_shared, state: Mutex::default() })
    }

    /// Takes the seat of a member. Its older connection loses it.
    ///
    /// # Errors
    /// A sentence that says what to do.
    pub(super) fn take(self: &Arc<Self>, pool: &str, member: &str) -> Result<Seat, NoSeat> {
        if pool.len() > MAX_NAME_BYTES || member.len() > MAX_NAME_BYTES {
            let sentence =
                format!("the name of the pool or the member is over {MAX_NAME_BYTES} bytes; use shorter ones");
            return Err(NoSeat::TooMany(sentence));
        }
        let mut state = self.state();
        state.admit(pool, member, self.is_shared)?;
        state.seated += 1;
        let number = state.seated;
        let ((end, ended), (orders, faults)) = (oneshot::channel(), mpsc::unbounded_channel());
        let of_pool = state.pools.entry(pool.to_owned()).or_default();
        of_pool.known.insert(member.to_owned());
        let before = of_pool.seated.insert(member.to_owned(), Seated { end: Some(end), faults: orders, number });
        if let Some(end) = before.and_then(|before| before.end) {
            // A session that is over already needs no end.
            let _ = end.send(Ended::Replaced);
        }
        let (pool, member) = (pool.to_owned(), member.to_owned());
        Ok(Seat { seats: Arc::clone(self), pool, member, number, ended, faults })
    }

    /// Does something to the sessions of some members; tells to how many.
    pub(super) fn inflict(&self, whom: &Whom, fault: &Fault) -> usize {
        let mut state = self.state();
        let all = state.pools.iter_mut().flat_map(|(name, pool)| pool.seated.iter_mut().map(move |of| (name, of)));
        let concerned = all.filter(|(pool, (member, _))| whom.is_member(pool, member));
        concerned.filter_map(|(_, (_, seated))| seated.suffer(fault)).count()
    }

    fn state(&self) -> MutexGuard<'_, State> {
        // Nothing panics while holding the lock; if it did, the map would still be whole.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn admit(&self, pool: &str, member: &str, is_shared: bool) -> Result<(), NoSeat> {
        let Some(known) = self.pools.get(pool) else {
            let is_room = self.pools.len() < MAX_NAMES;
            let sentence = || format!("{MAX_NAMES} pools are known here, and no more are allowed; use one of them");
            return if is_room { Ok(()) } else { Err(NoSeat::TooMany(sentence())) };
        };
        if let Some(other) = known.seated.keys().find(|other| !is_shared && *other != member) {
            return Err(NoSeat::Unsuited(format!(
                "pool {pool:?} is served to its member {other:?}, and a recording has one member at a time; close that one, \
                 or use a pool of your own"
            )));
        }
        if known.known.len() >= MAX_NAMES && !known.known.contains(member) {
            let sentence =
                format!("pool {pool:?} has had {MAX_NAMES} members, and no more are allowed; use one of them");
            return Err(NoSeat::TooMany(sentence));
        }
        Ok(())
    }
}

impl Seated {
    /// None when the session is over already.
    fn suffer(&mut self, fault: &Fault) -> Option<()> {
        match fault {
            Fault::Drop => self.end.take()?.send(Ended::Dropped).ok(),
            other => self.faults.send(other.clone()).ok(),
        }
    }
}

impl Seat {
    /// Whether the session has to end, asked without waiting.
    pub(super) fn has_ended(&mut self) -> Option<Ended> {
        self.ended.try_recv().ok()
    }
}

impl Drop for Seat {
    fn drop(&mut self) {
        let mut state = self.seats.state();
        let Some(pool) = state.pools.get_mut(&self.pool) else { return };
        if pool.seated.get(&self.member).is_some_and(|seated| seated.number == self.number) {
            pool.seated.remove(&self.member);
        }
    }
}
