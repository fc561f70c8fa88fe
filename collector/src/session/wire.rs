//! Frames on a socket. Does not know what a frame means to a collector.

use std::io;
use std::time::Duration;

use bytes::{Buf as _, Bytes, BytesMut};
use callmart_schema::session::{self, Body, FRAME_HEADER_BYTES, FrameError};
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};
use tokio::time::timeout;

/// Bytes asked from a socket at once.
const READ_BYTES: usize = 64 << 10;

/// Why there is no next frame.
#[derive(Debug)]
pub(super) enum ReadFailure {
    /// The peer closed the connection between two frames.
    Closed,
    /// The connection broke.
    Broken(io::Error),
    /// The length in front of a frame breaks the protocol; with the bytes received of it.
    NotAFrame(FrameError, Bytes),
}

/// Reads frames from a socket. Dropping a read that waits loses nothing.
pub(super) struct FrameReader<R> {
    read: R,
    buffer: BytesMut,
}

impl<R: AsyncRead + Unpin> FrameReader<R> {
    pub(super) fn new(read: R) -> Self {
        Self { read, buffer: BytesMut::with_capacity(READ_BYTES) }
    }

    /// The bytes of the next frame, without the length in front.
    pub(super) async fn next(&mut self) -> Result<Bytes, ReadFailure> {
        loop {
            if let Some(frame) = self.take_frame()? {
                return Ok(frame);
            }
            self.buffer.reserve(READ_BYTES);
            match self.read.read_buf(&mut self.buffer).await {
                Ok(0) if self.buffer.is_empty() => return Err(ReadFailure::Closed),
                Ok(0) => return Err(ReadFailure::Broken(io::ErrorKind::UnexpectedEof.into())),
                Ok(_) => {}
                Err(e) => return Err(ReadFailure::Broken(e)),
            }
        }
    }

    /// Reads away what still comes until the peer closes, so that what we sent last is not lost with the connection.
    pub(super) async fn drain(&mut self, within: Duration) {
        let read = async {
            loop {
                self.buffer.clear();
                self.buffer.reserve(READ_BYTES);
                if !matches!(self.read.read_buf(&mut self.buffer).await, Ok(n) if n > 0) {
                    return;
                }
            }
        };
        // A peer that does not close in time has had its chance.
        let _ = timeout(within, read).await;
    }

    fn take_frame(&mut self) -> Result<Option<Bytes>, ReadFailure> {
        let Some(header) = self.buffer.first_chunk::<FRAME_HEADER_BYTES>() else { return Ok(None) };
        let len = match session::frame_length(*header) {
            Ok(len) => len,
            Err(e) => return Err(ReadFailure::NotAFrame(e, self.buffer.split().freeze())),
        };
        if self.buffer.len() < FRAME_HEADER_BYTES + len {
            return Ok(None);
        }
        self.buffer.advance(FRAME_HEADER_BYTES);
        Ok(Some(self.buffer.split_to(len).freeze()))
    }
}

/// Writes one frame; fails when the peer does not take it in time.
pub(super) async fn write_frame(
    write: &mut (impl AsyncWrite + Unpin),
    body: impl Into<Body>,
    within: Duration,
) -> io::Result<()> {
    let bytes = session::encode_frame(body).map_err(io::Error::other)?;
    let written = async {
        write.write_all(&bytes).await?;
        // A secured connection may have kept some of it.
        write.flush().await
    };
    timeout(within, written).await.map_err(|_| io::Error::from(io::ErrorKind::TimedOut))?
}
