//! What the addresses of one source know of each other: who is being listened to, and whether the source has stopped.
//!
//! A source has stopped when one of its processes said so, and each other one was asked afterwards and did not welcome us.
//! Does not know sockets.

use tokio::sync::watch;

/// The addresses of one source.
#[derive(Debug)]
pub(super) struct Pair(watch::Sender<State>);

#[derive(Debug)]
struct State {
    /// Sessions that have ended at any address: each is a reason to try the others at once.
    ended: u64,
    /// Stops in good order, at any address.
    stops: u64,
    /// For each address, how it stands.
    addresses: Vec<Standing>,
}

/// How an address stands with us.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Standing {
    /// There was no welcome, when it was asked after so many stops.
    Unwelcome(u64),
    /// It is listened to.
    Welcome,
    /// Not asked yet.
    Unknown,
}

impl Pair {
    pub(super) fn new(addresses: usize) -> Self {
        Self(watch::Sender::new(State { ended: 0, stops: 0, addresses: vec![Standing::Unknown; addresses] }))
    }

    /// Stops so far, as whoever asks an address has to know when it begins to ask.
    pub(super) fn stops(&self) -> u64 {
        self.0.borrow().stops
    }

    pub(super) fn welcomed(&self, address: usize) {
        self.0.send_modify(|state| state.set(address, Standing::Welcome));
    }

    /// An address that was asked after `stops` stops did not welcome us, or its session has ended without one.
    pub(super) fn unwelcome(&self, address: usize, stops: u64) {
        self.0.send_modify(|state| {
            state.ended += u64::from(state.addresses.get(address) == Some(&Standing::Welcome));
            state.set(address, Standing::Unwelcome(stops));
        });
    }

    /// An address that was asked after `stops` stops only said once more that it has stopped: no reason to try the others.
    pub(super) fn repeated(&self, address: usize, stops: u64) {
        self.0.send_modify(|state| state.set(address, Standing::Unwelcome(stops)));
    }

    /// The session with an address has ended with a stop.
    pub(super) fn stopped(&self, address: usize) {
        self.0.send_modify(|state| {
            (state.ended, state.stops) = (state.ended + 1, state.stops + 1);
            state.set(address, Standing::Unwelcome(state.stops));
        });
    }

    /// Whether nothing more is to come of the source.
    pub(super) fn is_over(&self) -> bool {
        self.0.borrow().is_over()
    }

    /// Says when a session has ended anywhere, or when the source is over.
    pub(super) fn watch(&self) -> Ended {
        let receiver = self.0.subscribe();
        let seen = receiver.borrow().ended;
        Ended { receiver, seen }
    }
}

impl State {
    fn set(&mut self, address: usize, standing: Standing) {
        if let Some(at) = self.addresses.get_mut(address) {
            *at = standing;
        }
    }

    fn is_over(&self) -> bool {
        self.stops > 0 && self.addresses.iter().all(|standing| *standing == Standing::Unwelcome(self.stops))
    }
}

/// Waits for the end of sessions.
pub(super) struct Ended {
    receiver: watch::Receiver<State>,
    seen: u64,
}

impl Ended {
    /// Waits until a session has ended since the last time or, where a stop is final, the source is over; for ever without a
    /// pair.
    pub(super) async fn wait(&mut self, stop_is_final: bool) {
        let seen = self.seen;
        let is_news = |state: &State| state.ended != seen || (stop_is_final && state.is_over());
        let ended = self.receiver.wait_for(is_news).await.map(|state| state.ended);
        match ended {
            Ok(ended) => self.seen = ended,
            Err(_) => std::future::pending().await,
        }
    }
}

#[cfg(test)]
mod tests {
    use std::pin::pin;
    use std::task::{Context, Waker};

    use super::*;

    /// Whether a wait is over at once.
    fn is_woken(ended: &mut Ended, stop_is_final: bool) -> bool {
        pin!(ended.wait(stop_is_final)).poll(&mut Context::from_waker(Waker::noop())).is_ready()
    }

    #[test]
    fn a_stop_that_is_only_repeated_and_one_that_is_not_final_wake_nobody() {
        let pair = Pair::new(1);
        let mut ended = pair.watch();
        pair.welcomed(0);
        pair.stopped(0);
        assert!(pair.is_over() && is_woken(&mut ended, false), "the first stop is news");
        pair.welcomed(0);
        pair.repeated(0, pair.stops());
        assert!(!is_woken(&mut ended, false), "there is nothing new");
        assert!(is_woken(&mut ended, true), "nothing more is to come");
    }

    #[test]
    fn a_source_is_over_when_the_others_were_asked_after_the_last_stop() {
        let pair = Pair::new(2);
        pair.unwelcome(1, pair.stops());
        pair.welcomed(0);
        let asked_before = pair.stops();
        pair.stopped(0);
        assert!(!pair.is_over(), "the other one may have taken over since it was asked");
        pair.unwelcome(1, asked_before);
        assert!(!pair.is_over(), "asked before the stop");
        pair.welcomed(1);
        pair.stopped(1);
        assert!(!pair.is_over(), "the first one may be back");
        pair.unwelcome(0, pair.stops());
        assert!(pair.is_over());
        let alone = Pair::new(1);
        assert!(!alone.is_over());
        alone.stopped(0);
        assert!(alone.is_over());
    }
}
