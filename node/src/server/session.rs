//! One session: from a collector's hello to the last acknowledgement.
//!
//! The session keeps no batches: what was not acknowledged is made again for the next connection, which says where it is.

use std::sync::Arc;

use callmart_schema::session::{Body, Error, FrameError, Hello, error, welcome};
use tokio::io::{AsyncRead, AsyncWrite, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::sync::watch;
use tokio::time::timeout;

use super::greeting::{greet, welcome};
use super::play::Play;
use super::port::Port;
use super::seats::Seat;
use super::settings::NodeSettings;
use super::wire::{self, ReadFailure};
use crate::playback::{SourceSpec, Standing};

/// How a session ends.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum End {
    /// Everything was played and acknowledged.
    Done,
    /// The peer closed in good order.
    Closed,
    /// The connection does not work any more, or the node stops: nobody to tell.
    Lost(String),
    /// For a cause that the peer is told.
    Refused(error::Code, String),
}

/// What the peer has said since its hello.
#[derive(Debug, Clone)]
pub(super) struct Heard {
    pub(super) acknowledged: u64,
    pub(super) acks: u64,
    pub(super) end: Option<End>,
}

/// Serves one connection to its end.
pub(super) async fn serve(
    stream: TcpStream,
    port: Arc<Port>,
    settings: Arc<NodeSettings>,
    mut stopping: watch::Receiver<bool>,
    crowded: bool,
) {
    // Frames are written whole; waiting to fill packets would only delay the last of them.
    let _ = stream.set_nodelay(true);
    let Some(tls) = &port.tls else {
        let (read, write) = stream.into_split();
        return serve_halves(read, write, port, settings, stopping, crowded).await;
    };
    // Nobody is left to tell when the peer is gone before it is asked who it is.
    let Ok(peer) = stream.peer_addr() else { return };
    let secured = tokio::select! {
        secured = tls.accept(stream, settings.handshake_timeout()) => secured,
        _ = stopping.wait_for(|stop| *stop) => return,
    };
    match secured {
        Ok(secured) => {
            port.refusals.forget(peer.ip());
            let (read, write) = tokio::io::split(secured);
            serve_halves(read, write, port, settings, stopping, crowded).await;
        }
        Err(why) if port.refusals.is_new(peer.ip(), &why) => {
            let (source, process) = (&port.source.name, &port.source.process);
            tracing::warn!(source, process, %peer, why, "a connection is refused; the next ones are without more words");
        }
        Err(_) => (),
    }
}

/// Serves a connection of any kind to its end.
pub(super) async fn serve_halves(
    mut read: impl AsyncRead + Unpin + Send + 'static,
    mut write: impl AsyncWrite + Unpin,
    port: Arc<Port>,
    settings: Arc<NodeSettings>,
    stopping: watch::Receiver<bool>,
    crowded: bool,
) {
    let mut greeting_stop = stopping.clone();
    let greeted = tokio::select! {
        greeted = greet(&mut read, &port, &settings, crowded) => greeted,
        _ = greeting_stop.wait_for(|stop| *stop) => Err(End::Lost("the node stops".to_owned())),
    };
    match greeted {
        Err(end) => {
            close(&mut write, &port, &end, &settings).await;
            let _ = timeout(settings.linger(), wire::drain(&mut read)).await;
        }
        Ok((hello, seat)) => converse(read, write, &port, &settings, stopping, &hello, seat).await,
    }
}

/// Plays to a peer that was greeted, while a task of its own listens to it.
async fn converse(
    read: impl AsyncRead + Unpin + Send + 'static,
    mut write: impl AsyncWrite + Unpin,
    port: &Port,
    settings: &NodeSettings,
    stopping: watch::Receiver<bool>,
    hello: &Hello,
    seat: Seat,
) {
    let (welcome, telling) = welcome(&port.source, hello, settings);
    if welcome.start == welcome::Start::START_GAP {
        let (source, pool, member, offset) = (&port.source.name, &hello.pool, &hello.member, welcome.offset);
        tracing::warn!(
            source,
            pool,
            member,
            offset,
            "too late: what falls to it up to the offset is forgotten in part"
        );
    }
    let first = Heard { acknowledged: welcome.offset, acks: 0, end: None };
    let (say, heard) = watch::channel(first);
    let mut listener = AbortOnDrop(tokio::spawn(listen(read, say)));
    let mut play = Play::new(port, settings, telling, heard);
    let end = match wire::write_frame(&mut write, welcome, settings.write_timeout()).await {
        Ok(_) => play.run(&mut write, seat, stopping).await,
        Err(failure) => End::Lost(failure.to_string()),
    };
    if end == End::Done {
        port.note_finished();
    }
    // Whoever sees the connection close is not counted among the connected any more.
    drop(play);
    close(&mut write, port, &end, settings).await;
    let _ = timeout(settings.linger(), &mut listener.0).await;
}

/// A task that ends with whoever holds this.
struct AbortOnDrop(tokio::task::JoinHandle<()>);

impl Drop for AbortOnDrop {
    fn drop(&mut self) {
        self.0.abort();
    }
}

async fn close(write: &mut (impl AsyncWrite + Unpin), port: &Port, end: &End, settings: &NodeSettings) {
    match end {
        End::Done | End::Closed => tracing::debug!(source = port.source.name, ?end, "session closed"),
        End::Lost(cause) => tracing::info!(source = port.source.name, cause, "session lost"),
        End::Refused(code, sentence) => {
            // Whoever listens to a pair tries its backup again and again: that is no news.
            if *code == error::Code::CODE_BACKUP {
                tracing::debug!(source = port.source.name, sentence, "session refused");
            } else {
                tracing::warn!(source = port.source.name, ?code, sentence, "session refused");
            }
            let error = Error { code: (*code).into(), sentence: sentence.clone(), ..Error::default() };
            let _ = wire::write_frame(write, error, settings.write_timeout()).await;
        }
    }
    // A goodbye over TLS waits for a peer that takes nothing.
    let _ = timeout(settings.linger(), write.shutdown()).await;
}

/// The end when this process does not tell, or no longer.
pub(super) fn ceased(source: &SourceSpec, standing: Standing) -> End {
    match standing {
        Standing::Down => End::Lost("the process is down".to_owned()),
        Standing::Primary | Standing::Backup => {
            let (name, process) = (&source.name, &source.process);
            let sentence =
                format!("process {process} of source {name} is the backup; listen to the other one of the pair");
            End::Refused(error::Code::CODE_BACKUP, sentence)
        }
    }
}

pub(super) fn protocol(sentence: String) -> End {
    End::Refused(error::Code::CODE_PROTOCOL, sentence)
}

pub(super) fn read_end(failure: ReadFailure) -> End {
    match failure {
        ReadFailure::Closed => End::Closed,
        ReadFailure::Broken(cause) => {
            End::Lost(callmart_tls::broken(&cause).unwrap_or_else(|| format!("the connection broke: {cause}")))
        }
        ReadFailure::NotAFrame(FrameError::TooLong(len)) if speaks_tls(len) => protocol(
            "the peer speaks TLS, and this port plain text: give the port a `tls`, or take it away from the collector"
                .to_owned(),
        ),
        ReadFailure::NotAFrame(cause @ FrameError::TooLong(_)) => {
            End::Refused(error::Code::CODE_LIMIT, cause.to_string())
        }
        ReadFailure::NotAFrame(cause) => protocol(cause.to_string()),
    }
}

/// Whether the length of a frame is the begin of TLS.
fn speaks_tls(len: usize) -> bool {
    u32::try_from(len).is_ok_and(|len| callmart_tls::looks_like_tls(&len.to_be_bytes()))
}

pub(super) fn kind(body: &Body) -> &'static str {
    match body {
        Body::Hello(_) => "a hello",
        Body::Welcome(_) => "a welcome",
        Body::Batch(_) => "a batch",
        Body::Heartbeat(_) => "a heartbeat",
        Body::Ack(_) => "an acknowledgement",
        Body::Stop(_) => "a stop",
        Body::Error(_) => "an error",
    }
}

/// Takes in acknowledgements until the peer is done or breaks the protocol, then reads the rest away.
async fn listen(mut read: impl AsyncRead + Unpin, say: watch::Sender<Heard>) {
    let end = loop {
        match wire::read_frame(&mut read).await {
            Ok(Body::Ack(ack)) => say.send_modify(|heard| {
                heard.acknowledged = heard.acknowledged.max(ack.offset);
                heard.acks += 1;
            }),
            Ok(Body::Error(error)) => break End::Lost(format!("the peer ended the session: {}", error.sentence)),
            Ok(other) => break protocol(format!("only acknowledgements follow a hello, and {} came", kind(&other))),
            Err(failure) => break read_end(failure),
        }
    };
    say.send_modify(|heard| heard.end = Some(end));
    wire::drain(&mut read).await;
}
