//! Frames on a socket, within the limits of length and time.

use std::time::Duration;

use callmart_schema::session::{Body, FRAME_HEADER_BYTES, FrameError, decode_frame, encode_frame, frame_length};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::time::timeout;

/// Most bytes of a broken session that are read away so that the peer gets to see why it ended.
const MAX_DRAINED_BYTES: u64 = 64 << 20;

/// Why no frame came.
#[derive(Debug)]
pub(super) enum ReadFailure {
    /// The peer closed, between frames.
    Closed,
    /// The connection broke.
    Broken(std::io::Error),
    /// What came is no frame.
    NotAFrame(FrameError),
}

/// Reads one frame.
pub(super) async fn read_frame(read: &mut (impl AsyncRead + Unpin)) -> Result<Body, ReadFailure> {
    let mut header = [0; FRAME_HEADER_BYTES];
    if read.read(header.get_mut(..1).unwrap_or_default()).await.map_err(ReadFailure::Broken)? == 0 {
        return Err(ReadFailure::Closed);
    }
    read.read_exact(header.get_mut(1..).unwrap_or_default()).await.map_err(ReadFailure::Broken)?;
    let len = frame_length(header).map_err(ReadFailure::NotAFrame)?;
    let mut bytes = Vec::new();
    // Memory grows with what has come, not with what was announced.
    (&mut *read).take(len as u64).read_to_end(&mut bytes).await.map_err(ReadFailure::Broken)?;
    if bytes.len() < len {
        return Err(ReadFailure::Broken(std::io::ErrorKind::UnexpectedEof.into()));
    }
    decode_frame(&bytes).map_err(ReadFailure::NotAFrame)
}

/// Why a frame could not be sent.
#[derive(Debug, thiserror::Error)]
pub(super) enum WriteFailure {
    #[error("the connection broke: {0}")]
    Broken(std::io::Error),
    #[error("the peer took no data for {0:?}")]
    TimedOut(Duration),
    #[error("the connection is cut on demand")]
    Cut,
    #[error("a frame cannot be made: {0}")]
    NotAFrame(#[from] FrameError),
}

/// Sends one frame; tells its length on the wire in bytes.
pub(super) async fn write_frame(
    write: &mut (impl AsyncWrite + Unpin),
    body: impl Into<Body>,
    within: Duration,
) -> Result<usize, WriteFailure> {
    write_bytes(write, &encode_frame(body)?, within).await
}

/// Sends bytes as they are; tells their number.
pub(super) async fn write_bytes(
    write: &mut (impl AsyncWrite + Unpin),
    bytes: &[u8],
    within: Duration,
) -> Result<usize, WriteFailure> {
    let written = async {
        write.write_all(bytes).await?;
        // A secured connection may have kept some of it.
        write.flush().await
    };
    match timeout(within, written).await {
        Ok(Ok(())) => Ok(bytes.len()),
        Ok(Err(cause)) => Err(WriteFailure::Broken(cause)),
        Err(_) => Err(WriteFailure::TimedOut(within)),
    }
}

/// Reads away what a peer still sends, until it closes. A socket closed with unread data would take back the last frame.
pub(super) async fn drain(read: &mut (impl AsyncRead + Unpin)) {
    let _ = tokio::io::copy(&mut read.take(MAX_DRAINED_BYTES), &mut tokio::io::sink()).await;
}
