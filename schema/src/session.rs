//! The session protocol's frames, and how they stand on a byte stream.
//!
//! A frame is a big-endian `u32` length and that many bytes of protobuf. This module turns bytes into frames and back; it
//! does not know sockets, nor what a source or a collector does with a frame.

use buffa::bytes::Bytes;
use buffa::{DecodeError, Message as _, SizeCache};

use crate::event::Epoch;
pub use crate::proto::callmart::session::v1::__buffa::oneof::frame::Body;
pub use crate::proto::callmart::session::v1::*;

/// Version of the session protocol that this build speaks.
pub const PROTOCOL_VERSION: u32 = 1;

/// Largest frame either side accepts, in bytes; a longer one breaks the protocol.
pub const MAX_FRAME_BYTES: usize = 4 << 20;

/// Most events in one batch; a source cuts its batches so that both limits hold.
pub const MAX_BATCH_EVENTS: usize = 10_000;

/// Bytes of the length before each frame.
pub const FRAME_HEADER_BYTES: usize = 4;

/// Why bytes are no frame.
#[derive(Debug, thiserror::Error)]
pub enum FrameError {
    /// The length in front of the frame is over [`MAX_FRAME_BYTES`].
    #[error("a frame of {0} bytes is over the limit of {MAX_FRAME_BYTES}; the peer must send smaller batches")]
    TooLong(usize),
    /// The bytes are no protobuf of the session protocol.
    #[error("{len} bytes are no frame of the session protocol: {cause}; the peer speaks another protocol or version")]
    Malformed {
        /// Length of the frame in bytes.
        len: usize,
        /// What the decoder found.
        cause: String,
    },
    /// The frame is of no kind that this version knows.
    #[error("a frame without a known body; the peer speaks a newer version of the protocol than {PROTOCOL_VERSION}")]
    Unknown,
}

/// The bytes of a frame with its length in front, ready for the wire.
///
/// # Errors
/// [`FrameError::TooLong`] when the frame would be over the limit.
pub fn encode_frame(body: impl Into<Body>) -> Result<Vec<u8>, FrameError> {
    let frame = Frame { body: Some(body.into()), ..Frame::default() };
    let mut sizes = SizeCache::new();
    let len_bytes = frame.compute_size(&mut sizes);
    if len_bytes as usize > MAX_FRAME_BYTES {
        return Err(FrameError::TooLong(len_bytes as usize));
    }
    let mut wire = Vec::with_capacity(FRAME_HEADER_BYTES + len_bytes as usize);
    wire.extend_from_slice(&len_bytes.to_be_bytes());
    frame.write_to(&mut sizes, &mut wire);
    Ok(wire)
}

/// Length in bytes of the frame that follows this header.
///
/// # Errors
/// [`FrameError::TooLong`] when it is over the limit.
pub fn frame_length(header: [u8; FRAME_HEADER_BYTES]) -> Result<usize, FrameError> {
    let len = u32::from_be_bytes(header) as usize;
    if len > MAX_FRAME_BYTES { Err(FrameError::TooLong(len)) } else { Ok(len) }
}

/// What a frame's bytes (without the length) say.
///
/// # Errors
/// [`FrameError::Malformed`] or [`FrameError::Unknown`].
pub fn decode_frame(bytes: &[u8]) -> Result<Body, FrameError> {
    body(Frame::decode_from_slice(bytes), bytes.len())
}

/// As [`decode_frame`], but the events of a batch stay where they are, and keep the frame's memory alive.
///
/// # Errors
/// [`FrameError::Malformed`] or [`FrameError::Unknown`].
pub fn decode_frame_in_place(bytes: &Bytes) -> Result<Body, FrameError> {
    body(Frame::decode(&mut bytes.clone()), bytes.len())
}

fn body(frame: Result<Frame, DecodeError>, len: usize) -> Result<Body, FrameError> {
    frame.map_err(|e| FrameError::Malformed { len, cause: e.to_string() })?.body.ok_or(FrameError::Unknown)
}

impl Covers {
    /// The epoch that the range lies in.
    #[must_use]
    pub fn epoch(&self) -> Epoch {
        Epoch { started_us: self.epoch_started_us, process: self.epoch_process.clone(), ..Epoch::default() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Bytes that every later version must still read and write: name, frame in hexadecimal.
    const GOLDEN_ACK: &str = "000000042a020807";

    #[test]
    fn an_ack_has_its_golden_bytes() {
        let wire = encode_frame(Ack { offset: 7, ..Ack::default() }).expect("small");
        assert_eq!(hex(&wire), GOLDEN_ACK);
        assert!(matches!(decode_frame(&wire[4..]), Ok(Body::Ack(a)) if a.offset == 7));
    }

    #[test]
    fn a_frame_over_the_limit_is_refused_by_its_header() {
        let header = (MAX_FRAME_BYTES as u32 + 1).to_be_bytes();
        assert!(matches!(frame_length(header), Err(FrameError::TooLong(_))));
        let batch = Batch { events: vec![vec![0; MAX_FRAME_BYTES].into()], ..Batch::default() };
        assert!(matches!(encode_frame(batch), Err(FrameError::TooLong(_))));
    }

    #[test]
    fn garbage_is_malformed_or_unknown_and_never_a_panic() {
        for seed in 0u64..5_000 {
            let bytes: Vec<u8> =
                (0..seed % 40).map(|i| (seed.wrapping_mul(6_364_136_223_846_793_005) >> (i % 57)) as u8).collect();
            let shared = Bytes::copy_from_slice(&bytes);
            assert_eq!(decode_frame(&bytes).ok(), decode_frame_in_place(&shared).ok(), "seed {seed}");
        }
        assert!(matches!(decode_frame(&[0xff; 9]), Err(FrameError::Malformed { len: 9, .. })));
        assert!(matches!(decode_frame(&[]), Err(FrameError::Unknown)));
    }

    fn hex(bytes: &[u8]) -> String {
        bytes.iter().map(|b| format!("{b:02x}")).collect()
    }
}
