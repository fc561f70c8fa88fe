//! One session per port of a source: connect, say hello, take in what comes, acknowledge what is durable, and connect again.
//!
//! `listen` decides what each frame means, `acknowledge` waits for the log, `resume` knows where to go on, `wire` moves
//! frames. None of them looks into an event.

mod acknowledge;
mod listen;
pub(crate) mod resume;
mod shared;
mod welcome;
mod wire;

use std::io;
use std::sync::Arc;
use std::time::Duration;

use callmart_schema::session::{Error, Hello, PROTOCOL_VERSION, error};
use tokio::net::TcpStream;
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::sync::{mpsc, watch};
use tokio::time::timeout;

use crate::log::{LogError, RecordKind};
use crate::settings::SourcePort;
use acknowledge::acknowledge;
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
    /// The source stopped in good order, and that is durable.
    Stopped,
    /// The collector is to stop.
    Shutdown,
    /// The connection is gone, or the peer said why it ends.
    Lost(String),
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

/// Keeps a session with a port until its source has stopped or the collector is to stop.
///
/// # Errors
/// The log's error when it takes no more records.
pub(crate) async fn keep(shared: Arc<Shared>, port: SourcePort, mut stopping: Stopping) -> Result<(), LogError> {
    let mut failures = 0;
    loop {
        let failures_before = failures;
        let end = tokio::select! {
            connected = connect(&shared, &port) => match connected {
                Ok(stream) => converse(&shared, &port, stream, &mut stopping, &mut failures).await,
                Err(e) => End::Lost(format!("connecting to {} failed: {e}", port.address)),
            },
            () = stopping.wait() => End::Shutdown,
        };
        match end {
            End::Stopped | End::Shutdown => return Ok(()),
            End::Log(e) => return Err(e),
            End::Lost(reason) => tracing::info!(address = %port.address, reason, "no session; connecting again"),
            End::Refused(r) => {
                // Each such session leaves records: a peer that is wrong again and again must not fill the log.
                failures = failures_before;
                tracing::warn!(address = %port.address, reason = r.sentence, "session ended by us");
            }
        }
        let wait = shared.settings.session.backoff(failures);
        failures = failures.saturating_add(1);
        tokio::select! {
            () = tokio::time::sleep(wait) => {}
            () = stopping.wait() => return Ok(()),
        }
    }
}

async fn connect(shared: &Shared, port: &SourcePort) -> io::Result<TcpStream> {
    let within = shared.settings.session.connect_timeout();
    let stream = timeout(within, TcpStream::connect(port.address))
        .await
        .map_err(|_| io::Error::from(io::ErrorKind::TimedOut))??;
    stream.set_nodelay(true)?;
    Ok(stream)
}

/// One connection, from hello to its end. What happened is in the log when this returns.
async fn converse(
    shared: &Arc<Shared>,
    port: &SourcePort,
    stream: TcpStream,
    stopping: &mut Stopping,
    failures: &mut u32,
) -> End {
    let (read, mut write) = stream.into_split();
    let mut frames = FrameReader::new(read);
    let greeted = tokio::select! {
        greeted = greet(shared, port, &mut frames, &mut write) => greeted,
        () = stopping.wait() => Err(End::Shutdown),
    };
    let (end, ended) = match greeted {
        Ok(greeted) => {
            *failures = 0;
            talk(shared, greeted, &mut frames, &mut write, stopping).await
        }
        Err(end @ End::Refused(_)) => {
            let listener = Listener::before_welcome(shared, port);
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
    port: &SourcePort,
    frames: &mut FrameReader<OwnedReadHalf>,
    write: &mut OwnedWriteHalf,
) -> Result<Greeted, End> {
    let settings = &shared.settings;
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
    welcome::greeted(shared, listen::frame_or_end(frame)?)
}

/// Listens until the session ends, and acknowledges beside it what has become durable.
async fn talk(
    shared: &Arc<Shared>,
    greeted: Greeted,
    frames: &mut FrameReader<OwnedReadHalf>,
    write: &mut OwnedWriteHalf,
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
        Err(failed) if matches!(end, End::Lost(_) | End::Stopped) => failed,
        _ => end,
    };
    (end, listener)
}

/// Tells the peer why, and lets it close first, so that it gets our last frames.
async fn say_goodbye(shared: &Shared, end: &End, frames: &mut FrameReader<OwnedReadHalf>, write: &mut OwnedWriteHalf) {
    use tokio::io::AsyncWriteExt as _;
    if let End::Refused(refusal) = end {
        let error = Error { code: refusal.code.into(), sentence: refusal.sentence.clone(), ..Error::default() };
        // The session ends either way.
        let _ = wire::write_frame(write, error, shared.settings.session.write_timeout()).await;
    }
    if matches!(end, End::Refused(_) | End::Stopped) && write.shutdown().await.is_ok() {
        frames.drain(LINGER).await;
    }
}

/// The record that says why a session ended.
fn reason(end: &End) -> Option<(RecordKind, String)> {
    match end {
        End::Stopped | End::Log(_) => None,
        End::Shutdown => Some((RecordKind::Disconnect, "the collector stops".to_owned())),
        End::Lost(reason) => Some((RecordKind::Disconnect, reason.clone())),
        End::Refused(refusal) => Some((RecordKind::Disconnect, refusal.sentence.clone())),
    }
}

/// A channel that says when to stop.
pub(crate) fn stop_channel() -> (watch::Sender<bool>, Stopping) {
    let (sender, receiver) = watch::channel(false);
    (sender, Stopping::new(receiver))
}
