//! Playing a source to one peer: batches while there is room, heartbeats while there is not, a stop at the end.

use callmart_schema::session::{Body, Heartbeat, Stop, error};
use tokio::net::tcp::OwnedWriteHalf;
use tokio::sync::watch;
use tokio::time::{Instant, sleep_until};

use super::backlog::Backlog;
use super::batches::{Batches, Cut, NextCut};
use super::port::{Port, Seat};
use super::session::{End, Heard, ceased, protocol};
use super::settings::NodeSettings;
use super::wire::{self, WriteFailure};
use crate::playback::{Standing, Telling};

/// The state of playing to one peer.
pub(super) struct Play<'a> {
    port: &'a Port,
    settings: &'a NodeSettings,
    batches: Batches,
    backlog: Backlog,
    heard: watch::Receiver<Heard>,
    sent: u64,
    acknowledged: u64,
    /// The source's clock: everything before it has been sent.
    clock_us: i64,
    /// When the peer is to hear of the source again, if there is nothing to send until then.
    heartbeat: Instant,
    /// Acknowledgements heard when the wait for the last one began, and until when it lasts. There is none before the stop.
    deadline: Option<(u64, Instant)>,
    /// A frame is on its way; when the session is cut here, no other can follow it.
    mid_frame: bool,
}

/// What to do next.
enum Turn {
    Send(Box<Cut>),
    /// Nothing more comes; the source's clock, microseconds since 1970-01-01 UTC.
    Stop(i64),
    /// Another process tells what comes next.
    Cease(Standing),
    /// Nothing may be told yet.
    WaitForSource,
    /// Nothing may be sent before an acknowledgement.
    WaitForPeer,
}

impl<'a> Play<'a> {
    pub(super) fn new(
        port: &'a Port,
        settings: &'a NodeSettings,
        telling: Box<dyn Telling>,
        heard: watch::Receiver<Heard>,
    ) -> Self {
        let sent = telling.begins_after();
        let batches = Batches::new(telling, settings.batch_events, settings.batch_bytes);
        Self {
            port,
            settings,
            clock_us: batches.start_us(),
            batches,
            backlog: Backlog::new(settings.backlog_batches, settings.backlog_bytes),
            heard,
            sent,
            acknowledged: 0,
            heartbeat: Instant::now() + settings.heartbeat(),
            deadline: None,
            mid_frame: false,
        }
    }

    pub(super) async fn run(
        &mut self,
        write: &mut OwnedWriteHalf,
        mut seat: Seat,
        mut stopping: watch::Receiver<bool>,
    ) -> End {
        loop {
            if let Some(end) = self.listen() {
                return end;
            }
            let turn = self.turn();
            let outcome = tokio::select! {
                outcome = self.act(turn, write) => outcome,
                _ = &mut seat.replaced => return self.replaced(),
                _ = stopping.wait_for(|stop| *stop) => return End::Lost("the node stops".to_owned()),
            };
            match outcome {
                Ok(None) => (),
                Ok(Some(end)) => return end,
                // Why the peer does not take data any more, if it broke the protocol before.
                Err(failure) => return self.listen().unwrap_or_else(|| End::Lost(failure.to_string())),
            }
        }
    }

    /// Takes note of what the peer said; tells the session's end if that ends it.
    fn listen(&mut self) -> Option<End> {
        let Heard { acknowledged, acks, end } = self.heard.borrow_and_update().clone();
        if acknowledged > self.sent {
            let sent = self.sent;
            return Some(protocol(format!("offset {acknowledged} is acknowledged, and the last one sent is {sent}")));
        }
        if acknowledged > self.acknowledged {
            self.acknowledged = acknowledged;
            self.backlog.acknowledged(acknowledged);
            self.batches.acknowledged(acknowledged);
            self.port.note_acknowledged(acknowledged);
        }
        if let Some((acks_before, until)) = &mut self.deadline {
            let closed = end == Some(End::Closed);
            // A peer that resumed at the end may owe no acknowledgement; it then closes when it has seen the stop.
            if acknowledged >= self.sent && (acks > 0 || closed) {
                return Some(End::Done);
            }
            if acks > *acks_before {
                (*acks_before, *until) = (acks, Instant::now() + self.settings.final_ack_timeout());
            }
        }
        end
    }

    fn turn(&mut self) -> Turn {
        if self.deadline.is_some() || !self.backlog.has_room() {
            return Turn::WaitForPeer;
        }
        match self.batches.next() {
            NextCut::Cut(cut) => Turn::Send(cut),
            NextCut::Later => Turn::WaitForSource,
            NextCut::End(clock_us) => Turn::Stop(clock_us),
            NextCut::Ceased(standing) => Turn::Cease(standing),
        }
    }

    async fn act(&mut self, turn: Turn, write: &mut OwnedWriteHalf) -> Result<Option<End>, WriteFailure> {
        match turn {
            Turn::Send(cut) => self.send(*cut, write).await?,
            Turn::Stop(clock_us) => self.stop(clock_us, write).await?,
            Turn::Cease(standing) => return Ok(Some(ceased(&self.port.source, standing))),
            Turn::WaitForSource => self.wait_for_source(write).await?,
            Turn::WaitForPeer => return self.wait_for_peer(write).await,
        }
        Ok(None)
    }

    async fn send(&mut self, cut: Cut, write: &mut OwnedWriteHalf) -> Result<(), WriteFailure> {
        let to_offset = cut.batch.to_offset;
        // Counted first: the peer may acknowledge before the write returns.
        self.sent = to_offset;
        let len_bytes = self.write(write, cut.batch).await?;
        // Whoever hears of quiet only has nothing new to acknowledge, and nobody may wait for that.
        if to_offset > self.acknowledged {
            self.backlog.sent(to_offset, len_bytes);
        }
        self.port.note_sent(to_offset);
        self.clock_us = self.clock_us.max(cut.complete_to_us.unwrap_or(self.clock_us));
        Ok(())
    }

    async fn stop(&mut self, clock_us: i64, write: &mut OwnedWriteHalf) -> Result<(), WriteFailure> {
        self.clock_us = self.clock_us.max(clock_us);
        self.heartbeat(write).await?;
        let stop = Stop { time_us: self.clock_us, offset: self.sent, ..Stop::default() };
        self.write(write, stop).await?;
        let acks = self.heard.borrow().acks;
        self.deadline = Some((acks, Instant::now() + self.settings.final_ack_timeout()));
        Ok(())
    }

    async fn write(&mut self, write: &mut OwnedWriteHalf, body: impl Into<Body>) -> Result<usize, WriteFailure> {
        self.mid_frame = true;
        let len_bytes = wire::write_frame(write, body, self.settings.write_timeout()).await?;
        self.mid_frame = false;
        self.heartbeat = Instant::now() + self.settings.heartbeat();
        Ok(len_bytes)
    }

    async fn heartbeat(&mut self, write: &mut OwnedWriteHalf) -> Result<(), WriteFailure> {
        let heartbeat = Heartbeat { time_us: self.clock_us, offset: self.sent, ..Heartbeat::default() };
        self.write(write, heartbeat).await.map(|_| ())
    }

    /// Waits until there may be something to tell, and lets the peer hear of the source meanwhile.
    async fn wait_for_source(&mut self, write: &mut OwnedWriteHalf) -> Result<(), WriteFailure> {
        tokio::select! {
            () = self.batches.later() => Ok(()),
            _ = self.heard.changed() => Ok(()),
            () = sleep_until(self.heartbeat) => self.heartbeat(write).await,
        }
    }

    /// Waits for an acknowledgement, and lets the peer hear of the source meanwhile; after the stop, not for ever.
    async fn wait_for_peer(&mut self, write: &mut OwnedWriteHalf) -> Result<Option<End>, WriteFailure> {
        if let Some((_, until)) = self.deadline {
            let late = timeout_at_or_change(&mut self.heard, until).await;
            return Ok(late.then(|| self.unacknowledged()));
        }
        tokio::select! {
            _ = self.heard.changed() => Ok(None),
            () = sleep_until(self.heartbeat) => self.heartbeat(write).await.map(|()| None),
        }
    }

    /// The end when another connection takes the seat.
    fn replaced(&self) -> End {
        let sentence = "another connection of the same pool and member took over; one at a time".to_owned();
        if self.mid_frame { End::Lost(sentence) } else { protocol(sentence) }
    }

    /// The end when the last acknowledgement does not come.
    fn unacknowledged(&self) -> End {
        let total = self.sent;
        let acknowledged = self.heard.borrow().acknowledged;
        if acknowledged >= total {
            return End::Done;
        }
        let waited_ms = self.settings.final_ack_timeout_ms;
        let sentence = format!(
            "events up to {total} were sent and those up to {acknowledged} acknowledged within {waited_ms} ms; connect \
             again to get the rest"
        );
        End::Refused(error::Code::CODE_TIMEOUT, sentence)
    }
}

/// Whether the moment came before the peer said anything.
async fn timeout_at_or_change(heard: &mut watch::Receiver<Heard>, until: Instant) -> bool {
    tokio::select! {
        _ = heard.changed() => false,
        () = sleep_until(until) => true,
    }
}
