//! One session per address of a source: connect, say hello, take in what comes, acknowledge what is durable, and connect
//! again.
//!
//! `keep` tries an address again and again, `pair` knows the other addresses of its source, `listen` decides what each frame means, `acknowledge` waits for the log, `resume` knows where to go on, `wire` moves
//! frames. None of them looks into an event.

mod acknowledge;
mod keep;
mod listen;
mod pair;
pub(crate) mod resume;
mod shared;
mod welcome;
mod wire;

use std::io;
use std::sync::Arc;
use std::time::Duration;

use callmart_schema::session::{Error, Hello, PROTOCOL_VERSION, error};
use callmart_tls::Stream;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio::sync::{mpsc, watch};
use tokio::time::timeout;

use crate::log::{LogError, RecordKind};
use acknowledge::acknowledge;
pub(crate) use keep::{Address, keep};
use listen::Listener;
pub(crate) use shared::{Shared, Stopping};
use welcome::Greeted;
use wire::FrameReader;

/// Batches of one session that are read before the first of them is durable.
const MAX_UNACKNOWLEDGED: usize = 64;

/// How long a peer may take to read our last frame and close.
const LINGER: Duration = Duration::from_secs(2);

/// How a session ended.
#[derive(Debug)]
enum End {
    /// The source stopped in good order, and that is durable; with news if anything came before it.
    Stopped { with_news: bool },
    /// The collector is to stop.
    Shutdown,
    /// The connection is gone, or the peer said why it ends.
    Lost(String),
    /// The connection cannot be secured as both ends want it.
    Unsecured(String),
    /// The process is the backup of its pair, and said so instead of a welcome.
    Backup(String),
    /// The peer broke the protocol, or asks for what we cannot give.
    Refused(Refusal),
    /// The log takes no more records.
    Log(LogError),
}

/// Why we end a session, as the peer is told.
#[derive(Debug)]
struct Refusal {
    code: error::Code,
    sentence: String,
    /// What the peer sent, if that broke the protocol.
    bytes: Option<bytes::Bytes>,
}

impl From<LogError> for End {
    fn from(error: LogError) -> Self {
        Self::Log(error)
    }
}

/// Connects, and secures the connection where the port wants it.
async fn connect(shared: &Shared, address: &Address) -> Result<Stream, End> {
    let settings = &shared.settings.session;
    let failed = |cause: io::Error| End::Lost(format!("connecting failed: {cause}"));
    let connected = timeout(settings.connect_timeout(), TcpStream::connect(address.address)).await;
    let stream = connected.map_err(|_| io::ErrorKind::TimedOut.into()).flatten().map_err(failed)?;
    stream.set_nodelay(true).map_err(failed)?;
    let Some(wanted) = &address.port.tls else { return Ok(Stream::plain(stream)) };
    let Some(client) = &address.tls else {
        return Err(End::Unsecured("the port speaks TLS, and the collector has no `tls`: name one".to_owned()));
    };
    let (ip, name) = (address.address.ip(), wanted.certificate_name.as_deref());
    client.connect(stream, ip, name, settings.handshake_timeout()).await.map_err(End::Unsecured)
}

/// One connection, from hello to its end. What happened is in the log when this returns.
async fn converse(
    shared: &Arc<Shared>,
    address: &Address,
    stream: impl AsyncRead + AsyncWrite + Unpin,
    stopping: &mut Stopping,
    failures: &mut u32,
) -> End {
    let (read, mut write) = tokio::io::split(stream);
    let mut frames = FrameReader::new(read);
    let greeted = tokio::select! {
        greeted = greet(shared, address, &mut frames, &mut write) => greeted,
        () = stopping.wait() => Err(End::Shutdown),
    };
    let (end, ended) = match greeted {
        Ok(greeted) => {
            *failures = 0;
            address.pair.welcomed(address.place);
            talk(shared, greeted, &mut frames, &mut write, stopping).await
        }
        Err(end @ End::Refused(_)) => {
            let listener = Listener::before_welcome(shared, address.address);
            (end, listener)
        }
        Err(end) => return end,
    };
    let end = match ended.record_end(&end, stopping).await {
        Ok(()) => end,
        Err(e) => return End::Log(e),
    };
    say_goodbye(shared, &end, &mut frames, &mut write).await;
    end
}

/// Says hello, reads the welcome, and makes the session durable before anything else of it.
async fn greet(
    shared: &Arc<Shared>,
    address: &Address,
    frames: &mut FrameReader<impl AsyncRead + Unpin>,
    write: &mut (impl AsyncWrite + Unpin),
) -> Result<Greeted, End> {
    let (settings, port) = (&shared.settings, &address.port);
    let hello = Hello {
        protocol_version: PROTOCOL_VERSION,
        collector: settings.name.clone(),
        pool: settings.pool.clone(),
        member: settings.member.clone(),
        role: port.role.clone(),
        kinds: port.kinds.clone(),
        user_data_keys: port.user_data_keys.clone(),
        resume: shared.resume_positions(),
        ..Hello::default()
    };
    let lost = |e: io::Error| End::Lost(format!("saying hello failed: {e}"));
    wire::write_frame(write, hello, settings.session.write_timeout()).await.map_err(lost)?;
    let silent = |_| End::Lost(format!("no welcome within {} ms", settings.session.hello_timeout_ms));
    let frame = timeout(settings.session.hello_timeout(), frames.next()).await.map_err(silent)?;
    welcome::greeted(shared, &address.pair, listen::frame_or_end(frame)?)
}

/// Listens until the session ends, and acknowledges beside it what has become durable.
async fn talk(
    shared: &Arc<Shared>,
    greeted: Greeted,
    frames: &mut FrameReader<impl AsyncRead + Unpin>,
    write: &mut (impl AsyncWrite + Unpin),
    stopping: &mut Stopping,
) -> (End, Listener) {
    let (under_way, waiting) = mpsc::channel(MAX_UNACKNOWLEDGED);
    let mut listener = Listener::new(shared, greeted);
    let mut acknowledging = std::pin::pin!(acknowledge(shared, waiting, write));
    let end = tokio::select! {
        end = listener.listen(frames, under_way, stopping) => end,
        failed = &mut acknowledging => return (failed.err().unwrap_or(End::Shutdown), listener),
    };
    // What was read becomes durable even if the peer is gone; only a shutdown does not wait for a full disk.
    let acknowledged = tokio::select! {
        acknowledged = &mut acknowledging => acknowledged,
        () = stopping.wait_and_linger(LINGER) => Ok(()),
    };
    let end = match acknowledged {
        Err(failed @ End::Log(_)) => failed,
        Err(failed) if matches!(end, End::Lost(_) | End::Stopped { .. }) => failed,
        _ => end,
    };
    (end, listener)
}

/// Tells the peer why, and lets it close first, so that it gets our last frames.
async fn say_goodbye(
    shared: &Shared,
    end: &End,
    frames: &mut FrameReader<impl AsyncRead + Unpin>,
    write: &mut (impl AsyncWrite + Unpin),
) {
    use tokio::io::AsyncWriteExt as _;
    if let End::Refused(refusal) = end {
        let error = Error { code: refusal.code.into(), sentence: refusal.sentence.clone(), ..Error::default() };
        // The session ends either way.
        let _ = wire::write_frame(write, error, shared.settings.session.write_timeout()).await;
    }
    // A goodbye over TLS waits for a peer that takes nothing.
    let said = matches!(timeout(LINGER, write.shutdown()).await, Ok(Ok(())));
    if said && matches!(end, End::Refused(_) | End::Stopped { .. }) {
        frames.drain(LINGER).await;
    }
}

/// The record that says why a session ended.
fn reason(end: &End) -> Option<(RecordKind, String)> {
    match end {
        End::Stopped { .. } | End::Log(_) => None,
        End::Shutdown => Some((RecordKind::Disconnect, "the collector stops".to_owned())),
        End::Lost(reason) | End::Backup(reason) | End::Unsecured(reason) => {
            Some((RecordKind::Disconnect, reason.clone()))
        }
        End::Refused(refusal) => Some((RecordKind::Disconnect, refusal.sentence.clone())),
    }
}

/// A channel that says when to stop.
pub(crate) fn stop_channel() -> (watch::Sender<bool>, Stopping) {
    let (sender, receiver) = watch::channel(false);
    (sender, Stopping::new(receiver))
}

#[cfg(test)]
#[path = "session/tests/fuzz.rs"]
mod fuzz;
#[cfg(test)]
#[path = "session/tests/goodbye.rs"]
mod goodbye;
#[cfg(test)]
#[path = "../../node/tests/common/mangle.rs"]
mod mangle;
