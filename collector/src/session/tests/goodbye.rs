//! The end of a session with a source that takes nothing any more.

use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

use super::fuzz::folder;
use super::keep::Address;
use super::resume::ResumePoints;
use super::{End, Shared, converse, stop_channel};
use crate::log::{Committer, LogIdentity, LogSettings, LogWriter};
use crate::settings::{CollectorSettings, SourcePort};

/// A secured connection whose peer answers what is no frame and reads no more: there is room for a frame, and none for a
/// goodbye.
struct Stuck;

impl AsyncRead for Stuck {
    fn poll_read(self: Pin<&mut Self>, _: &mut Context<'_>, buffer: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        buffer.put_slice(&[0xff; 8]);
        Poll::Ready(Ok(()))
    }
}

impl AsyncWrite for Stuck {
    fn poll_write(self: Pin<&mut Self>, _: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        Poll::Ready(Ok(bytes.len()))
    }

    fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn poll_shutdown(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Pending
    }
}

#[tokio::test]
async fn a_goodbye_that_nobody_takes_holds_no_session() {
    let dir = folder();
    let (writer, _) =
        LogWriter::open(dir.path(), &LogIdentity::new("c", 0), LogSettings::default()).expect("a new log");
    let (committer, log) = Committer::start(writer).expect("a thread");
    let settings = CollectorSettings::new("c", "unused", Vec::new());
    let shared = Arc::new(Shared::new(settings, log, Arc::new(|| 0), ResumePoints::default()));
    let address = Address::all(SourcePort::new(([127, 0, 0, 1], 1).into(), "vq"), None).remove(0);
    let (_stop, mut stopping) = stop_channel();
    // Without a bound this waits for ever.
    let end = converse(&shared, &address, Stuck, &mut stopping, &mut 0).await;
    assert!(matches!(end, End::Refused(_)), "{end:?}");
    committer.close().await.expect("sealed");
}
