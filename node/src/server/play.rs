//! Playing a source to one peer: batches while there is room, heartbeats while there is not, a stop at the end.

use std::time::Duration;

use callmart_schema::session::{Body, Heartbeat, Stop, encode_frame, error};
use tokio::io::AsyncWrite;
use tokio::sync::watch;
use tokio::time::{Instant, sleep_until};

use super::backlog::Backlog;
use super::batches::{Batches, Cut, NextCut};
use super::faults::Fault;
use super::port::Port;
use super::seats::{Ended, Seat};
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
    /// Since when the source pauses for want of an acknowledgement, if it does.
    paused: Option<Instant>,
    /// A frame is on its way; when the session is cut here, no other can follow it.
    mid_frame: bool,
    /// How long each frame is held back.
    delay: Duration,
    /// The next frame is to be cut in half.
    cut: bool,
}

/// What to do next.
enum Turn {
    Send(Box<Cut>),
    /// Nothing more comes; the source's clock, microseconds since 1970-01-01 UTC.
    Stop(i64),
    /// Another process tells what comes next.
    Cease(Standing),
    /// What comes next is forgotten.
    Gap,
    /// A fault is to be done to the session.
    Suffer(Fault),
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
        port.note_acknowledged(sent);
        let batches = Batches::new(telling, settings.batch_events, settings.batch_bytes);
        Self {
            port,
            settings,
            clock_us: batches.start_us(),
            batches,
            backlog: Backlog::new(settings.backlog_batches, settings.backlog_bytes),
            heard,
            sent,
            // What was forgotten before it began is no acknowledgement of the snapshot that stands for it.
            acknowledged: sent,
            heartbeat: Instant::now() + settings.heartbeat(),
            deadline: None,
            paused: None,
            mid_frame: false,
            delay: Duration::ZERO,
            cut: false,
        }
    }

    pub(super) async fn run(
        &mut self,
        write: &mut (impl AsyncWrite + Unpin),
        mut seat: Seat,
        mut stopping: watch::Receiver<bool>,
    ) -> End {
        loop {
            if let Some(end) = self.listen() {
                return end;
            }
            let turn = match (seat.has_ended(), seat.faults.try_recv()) {
                (Some(ended), _) => return self.ended(ended),
                (None, Ok(fault)) => Turn::Suffer(fault),
                (None, Err(_)) => self.turn(),
            };
            let outcome = tokio::select! {
                outcome = self.act(turn, write) => outcome,
                Ok(ended) = &mut seat.ended => return self.ended(ended),
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
            (self.acknowledged, self.paused) = (acknowledged, None);
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
            NextCut::Gap => Turn::Gap,
        }
    }

    async fn act(&mut self, turn: Turn, write: &mut (impl AsyncWrite + Unpin)) -> Result<Option<End>, WriteFailure> {
        match turn {
            Turn::Send(cut) => self.send(*cut, write).await?,
            Turn::Stop(clock_us) => self.stop(clock_us, write).await?,
            Turn::Cease(standing) => return Ok(Some(ceased(&self.port.source, standing))),
            Turn::Gap => return Ok(Some(self.gap())),
            Turn::Suffer(fault) => return self.suffer(fault, write).await,
            Turn::WaitForSource => self.wait_for_source(write).await?,
            Turn::WaitForPeer => return self.wait_for_peer(write).await,
        }
        Ok(None)
    }

    async fn send(&mut self, cut: Cut, write: &mut (impl AsyncWrite + Unpin)) -> Result<(), WriteFailure> {
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

    async fn stop(&mut self, clock_us: i64, write: &mut (impl AsyncWrite + Unpin)) -> Result<(), WriteFailure> {
        self.clock_us = self.clock_us.max(clock_us);
        self.heartbeat(write).await?;
        let stop = Stop { time_us: self.clock_us, offset: self.sent, ..Stop::default() };
        self.write(write, stop).await?;
        let acks = self.heard.borrow().acks;
        self.deadline = Some((acks, Instant::now() + self.settings.final_ack_timeout()));
        Ok(())
    }

    async fn write(
        &mut self,
        write: &mut (impl AsyncWrite + Unpin),
        body: impl Into<Body>,
    ) -> Result<usize, WriteFailure> {
        if self.delay > Duration::ZERO {
            tokio::time::sleep(self.delay).await;
        }
        self.mid_frame = true;
        let bytes = encode_frame(body)?;
        let part = if self.cut { bytes.get(..bytes.len() / 2).unwrap_or_default() } else { &bytes };
        let len_bytes = wire::write_bytes(write, part, self.settings.write_timeout()).await?;
        if self.cut {
            return Err(WriteFailure::Cut);
        }
        self.mid_frame = false;
        self.heartbeat = Instant::now() + self.settings.heartbeat();
        Ok(len_bytes)
    }

    async fn heartbeat(&mut self, write: &mut (impl AsyncWrite + Unpin)) -> Result<(), WriteFailure> {
        let heartbeat = Heartbeat { time_us: self.clock_us, offset: self.sent, ..Heartbeat::default() };
        self.write(write, heartbeat).await.map(|_| ())
    }

    /// Waits until there may be something to tell, and lets the peer hear of the source meanwhile.
    async fn wait_for_source(&mut self, write: &mut (impl AsyncWrite + Unpin)) -> Result<(), WriteFailure> {
        tokio::select! {
            () = self.batches.later() => Ok(()),
            _ = self.heard.changed() => Ok(()),
            () = sleep_until(self.heartbeat) => self.heartbeat(write).await,
        }
    }

    /// Waits for an acknowledgement, and lets the peer hear of the source meanwhile; after the stop, not for ever.
    async fn wait_for_peer(&mut self, write: &mut (impl AsyncWrite + Unpin)) -> Result<Option<End>, WriteFailure> {
        if let Some((_, until)) = self.deadline {
            let late = timeout_at_or_change(&mut self.heard, until).await;
            return Ok(late.then(|| self.unacknowledged()));
        }
        let until = *self.paused.get_or_insert_with(Instant::now) + self.settings.ack_timeout();
        tokio::select! {
            _ = self.heard.changed() => Ok(None),
            () = sleep_until(until) => Ok(Some(self.unheard())),
            () = sleep_until(self.heartbeat) => self.heartbeat(write).await.map(|()| None),
        }
    }

    /// The end when the source pauses for too long.
    fn unheard(&self) -> End {
        let (sent, acknowledged, waited_ms) = (self.sent, self.acknowledged, self.settings.ack_timeout_ms);
        let sentence = format!(
            "events up to {sent} were sent, those up to {acknowledged} are acknowledged, and nothing more was within \
             {waited_ms} ms; connect again when there is room for them"
        );
        End::Refused(error::Code::CODE_TIMEOUT, sentence)
    }

    /// Does a fault to the session, or makes ready for it.
    async fn suffer(
        &mut self,
        fault: Fault,
        write: &mut (impl AsyncWrite + Unpin),
    ) -> Result<Option<End>, WriteFailure> {
        match fault {
            Fault::Drop => return Ok(Some(self.ended(Ended::Dropped))),
            Fault::Delay(delay) => self.delay = delay,
            Fault::CutFrame => self.cut = true,
            Fault::Garbage(bytes) => drop(wire::write_bytes(write, &bytes, self.settings.write_timeout()).await?),
        }
        Ok(None)
    }

    /// The end for a reason outside of the session.
    fn ended(&self, ended: Ended) -> End {
        match ended {
            Ended::Dropped => End::Lost("the connection is dropped on demand".to_owned()),
            Ended::Replaced => {
                let sentence = "another connection of the same pool and member took over; one at a time".to_owned();
                if self.mid_frame { End::Lost(sentence) } else { protocol(sentence) }
            }
        }
    }

    /// The end when more waits for the peer than may be kept.
    fn gap(&self) -> End {
        let (name, sent) = (&self.port.source.name, self.sent);
        let sentence = format!(
            "source {name} keeps no more for you, and some of what follows offset {sent} is forgotten; connect again to \
             get a snapshot, and acknowledge faster"
        );
        End::Refused(error::Code::CODE_LIMIT, sentence)
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
