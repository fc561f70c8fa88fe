//! Takes in what a source sends after its welcome: checks it, submits it, and never looks into an event.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use buffa::Message as _;
use bytes::Bytes;
use callmart_schema::session::{Batch, Body, Heartbeat, MAX_BATCH_EVENTS, Stop, decode_frame_in_place, error};
use tokio::io::AsyncRead;
use tokio::sync::mpsc;
use tokio::time::timeout;

use super::acknowledge::{Means, UnderWay};
use super::shared::{Claim, Shared, Stopping};
use super::welcome::Greeted;
use super::wire::{FrameReader, ReadFailure};
use super::{End, LINGER, Refusal, reason};
use crate::log::{LogError, RecordDraft, RecordKind};

/// Most bytes that are kept of what broke the protocol.
const MAX_VIOLATION_BYTES: usize = 64 << 10;

/// The bytes of a frame, or how the session ended instead.
pub(super) fn frame_or_end(frame: Result<Bytes, ReadFailure>) -> Result<Bytes, End> {
    frame.map_err(|failure| match failure {
        ReadFailure::Closed => End::Lost("the source closed the connection".to_owned()),
        ReadFailure::Broken(e) => match callmart_tls::broken(&e) {
            Some(why) => End::Unsecured(why),
            None => End::Lost(format!("the connection broke: {e}")),
        },
        ReadFailure::NotAFrame(_, bytes) if callmart_tls::looks_like_tls(&bytes) => End::Unsecured(
            "the port speaks TLS, and plain text is spoken here: name a `tls` for the collector and the port, or take it \
             away from the port"
                .to_owned(),
        ),
        ReadFailure::NotAFrame(e, bytes) => refused(error::Code::CODE_LIMIT, e.to_string(), &bytes),
    })
}

/// What a frame says, or how the session ended instead.
pub(super) fn body_or_end(frame: &Bytes) -> Result<Body, End> {
    decode_frame_in_place(frame).map_err(|e| refused(error::Code::CODE_PROTOCOL, e.to_string(), frame))
}

fn refused(code: error::Code, sentence: String, bytes: &Bytes) -> End {
    End::Refused(Refusal { code, sentence, bytes: Some(bytes.clone()) })
}

/// The listening side of a session.
pub(super) struct Listener {
    shared: Arc<Shared>,
    source: Arc<str>,
    stream: Arc<str>,
    /// Offset at which the session began.
    began: u64,
    /// Offset of the last event that came.
    offset: u64,
    silence: Duration,
    /// The connect record, until it is submitted.
    connect: Option<RecordDraft>,
    /// The newest heartbeat, as long as it is not in the log.
    heartbeat: Option<RecordDraft>,
    heartbeat_kept_us: Option<i64>,
    // Held, never read: the source is free again when the session has ended.
    _claim: Option<Claim>,
}

impl Listener {
    pub(super) fn new(shared: &Arc<Shared>, greeted: Greeted) -> Self {
        let silence_ms = u64::from(greeted.heartbeat_ms) * u64::from(shared.settings.session.silence_heartbeats.max(1));
        Self {
            shared: Arc::clone(shared),
            source: greeted.source,
            stream: greeted.stream,
            began: greeted.offset,
            offset: greeted.offset,
            silence: Duration::from_millis(silence_ms),
            connect: Some(greeted.record),
            heartbeat: None,
            heartbeat_kept_us: None,
            _claim: Some(greeted.claim),
        }
    }

    /// For a peer that broke the protocol before it said which source it is: its address stands for the source.
    pub(super) fn before_welcome(shared: &Arc<Shared>, address: SocketAddr) -> Self {
        Self {
            shared: Arc::clone(shared),
            source: Arc::from(address.to_string()),
            stream: Arc::from(""),
            began: 0,
            offset: 0,
            silence: Duration::ZERO,
            connect: None,
            heartbeat: None,
            heartbeat_kept_us: None,
            _claim: None,
        }
    }

    /// Takes in frames until the session ends.
    pub(super) async fn listen(
        &mut self,
        frames: &mut FrameReader<impl AsyncRead + Unpin>,
        under_way: mpsc::Sender<UnderWay>,
        stopping: &mut Stopping,
    ) -> End {
        let listening = async {
            let connect = self.connect.take().into_iter().collect();
            self.submit(connect, Means::Kept, &under_way).await?;
            self.shared.count(&self.source, |s| s.connects += 1);
            loop {
                self.take_frame(frames, &under_way).await?;
            }
        };
        let ended: Result<(), End> = tokio::select! {
            ended = listening => ended,
            () = stopping.wait() => Err(End::Shutdown),
        };
        ended.err().unwrap_or(End::Shutdown)
    }

    async fn take_frame(
        &mut self,
        frames: &mut FrameReader<impl AsyncRead + Unpin>,
        under_way: &mpsc::Sender<UnderWay>,
    ) -> Result<(), End> {
        let silent = |_| End::Lost(format!("the source was silent for {} ms", self.silence.as_millis()));
        let frame = frame_or_end(timeout(self.silence, frames.next()).await.map_err(silent)?)?;
        match body_or_end(&frame)? {
            Body::Batch(batch) => self.batch(batch, &frame, under_way).await,
            Body::Heartbeat(heartbeat) => self.heartbeat(&heartbeat, &frame, under_way).await,
            Body::Stop(stop) => self.stop(&stop, &frame, under_way).await,
            Body::Error(error) => Err(End::Lost(format!("the source ended the session: {}", error.sentence))),
            Body::Hello(_) | Body::Welcome(_) | Body::Ack(_) => {
                let sentence = "only batches, heartbeats, a stop or an error follow a welcome".to_owned();
                Err(refused(error::Code::CODE_PROTOCOL, sentence, &frame))
            }
        }
    }

    async fn batch(&mut self, mut batch: Batch, frame: &Bytes, under_way: &mpsc::Sender<UnderWay>) -> Result<(), End> {
        self.check_batch(&batch, frame)?;
        let (events, snapshots) = (std::mem::take(&mut batch.events), std::mem::take(&mut batch.snapshots));
        let (count, of_snapshots) = (events.len() as u64, snapshots.len() as u64);
        let bytes = snapshots.iter().chain(&events).map(|e| e.len() as u64).sum();
        let mut records = Vec::with_capacity(snapshots.len() + events.len() + 1);
        let now_us = self.shared.now_us();
        let draft =
            |kind, bytes: Bytes| RecordDraft { kind, source: Arc::clone(&self.source), received_us: now_us, bytes };
        // What a snapshot says is so before the events that follow it.
        records.extend(snapshots.into_iter().chain(events).map(|event| draft(RecordKind::Event, event)));
        batch.stream = self.stream.to_string();
        records.push(draft(RecordKind::Batch, batch.encode_to_bytes()));
        self.offset = batch.to_offset;
        let (source, stream) = (Arc::clone(&self.source), Arc::clone(&self.stream));
        let offset = batch.to_offset;
        let means = Means::Batch { source, stream, offset, events: count, snapshots: of_snapshots, bytes };
        self.submit(records, means, under_way).await
    }

    fn check_batch(&self, batch: &Batch, frame: &Bytes) -> Result<(), End> {
        let count = batch.events.len();
        let most = count.max(batch.snapshots.len());
        if most > MAX_BATCH_EVENTS {
            let sentence = format!("a batch of {most} events or snapshots is over the limit of {MAX_BATCH_EVENTS}");
            return Err(refused(error::Code::CODE_LIMIT, sentence, frame));
        }
        // There may be fewer events than the offsets span: those of other members of the pool are passed over.
        let (from, to) = (batch.from_offset, batch.to_offset);
        if from != self.offset || from.checked_add(count as u64).is_none_or(|least| to < least) {
            let sentence = format!(
                "a batch of {count} events from {from} to {to} does not follow the last offset {}",
                self.offset
            );
            return Err(refused(error::Code::CODE_PROTOCOL, sentence, frame));
        }
        Ok(())
    }

    async fn heartbeat(
        &mut self,
        heartbeat: &Heartbeat,
        frame: &Bytes,
        under_way: &mpsc::Sender<UnderWay>,
    ) -> Result<(), End> {
        self.check_offset("a heartbeat", heartbeat.offset, frame)?;
        let record = self.draft(RecordKind::Heartbeat, heartbeat.encode_to_vec());
        let now_us = record.received_us;
        self.heartbeat = Some(record);
        self.shared.count(&self.source, |s| s.heartbeats += 1);
        let between_us = i64::try_from(self.shared.settings.session.heartbeat_record_ms.saturating_mul(1_000));
        let due = |kept: i64| now_us.saturating_sub(kept) >= between_us.unwrap_or(i64::MAX);
        if !self.heartbeat_kept_us.is_none_or(due) {
            return Ok(());
        }
        self.heartbeat_kept_us = Some(now_us);
        let records = self.heartbeat.take().into_iter().collect();
        self.submit(records, Means::Kept, under_way).await
    }

    async fn stop(&mut self, stop: &Stop, frame: &Bytes, under_way: &mpsc::Sender<UnderWay>) -> Result<(), End> {
        self.check_offset("a stop", stop.offset, frame)?;
        let mut records: Vec<_> = self.heartbeat.take().into_iter().collect();
        records.push(self.draft(RecordKind::Stop, stop.encode_to_vec()));
        self.submit(records, Means::Stop { offset: stop.offset }, under_way).await?;
        self.shared.count(&self.source, |s| s.stopped = true);
        Err(End::Stopped { with_news: self.offset != self.began })
    }

    fn check_offset(&self, what: &str, offset: u64, frame: &Bytes) -> Result<(), End> {
        if offset == self.offset {
            return Ok(());
        }
        let sentence = format!("{what} says offset {offset}, and the last event that came is {}", self.offset);
        Err(refused(error::Code::CODE_PROTOCOL, sentence, frame))
    }

    async fn submit(
        &self,
        records: Vec<RecordDraft>,
        means: Means,
        under_way: &mpsc::Sender<UnderWay>,
    ) -> Result<(), End> {
        // The place is taken first: once records are handed over, it is sure that somebody waits for them.
        let place = under_way.reserve().await.map_err(|_| End::Lost("the session ends".to_owned()))?;
        let pending = self.shared.log.enqueue(records).await?;
        place.send(UnderWay { pending, means });
        Ok(())
    }

    fn draft(&self, kind: RecordKind, bytes: Vec<u8>) -> RecordDraft {
        let received_us = self.shared.now_us();
        RecordDraft { kind, source: Arc::clone(&self.source), received_us, bytes: Bytes::from(bytes) }
    }

    /// Puts into the log how the session ended, with the last heartbeat, and waits until that is durable; when the
    /// collector is to stop, it does not wait for a full disk.
    pub(super) async fn record_end(mut self, end: &End, stopping: &mut Stopping) -> Result<(), LogError> {
        let mut records: Vec<_> = self.heartbeat.take().into_iter().collect();
        if let End::Refused(Refusal { bytes: Some(bytes), .. }) = end {
            let kept = bytes.slice(..bytes.len().min(MAX_VIOLATION_BYTES));
            records.push(RecordDraft { bytes: kept, ..self.draft(RecordKind::Violation, Vec::new()) });
            self.shared.count(&self.source, |s| s.violations += 1);
        }
        let Some((kind, sentence)) = reason(end) else { return Ok(()) };
        records.push(self.draft(kind, sentence.into_bytes()));
        self.shared.count(&self.source, |s| s.disconnects += 1);
        tokio::select! {
            submitted = self.shared.log.submit(records) => submitted.map(drop),
            () = stopping.wait_and_linger(LINGER) => Ok(()),
        }
    }
}
