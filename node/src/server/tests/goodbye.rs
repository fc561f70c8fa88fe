//! The end of a session with a peer that takes nothing any more.

use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use tokio::io::AsyncWrite;
use tokio::sync::watch;

use super::fuzz::source;
use super::{NodeSettings, Port, session};

/// The writing half of a secured connection whose peer reads no more: there is room for a frame, and none for a goodbye.
struct Stuck;

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
async fn a_goodbye_that_nobody_takes_holds_no_connection() {
    let port = Arc::new(Port::new(source(), None));
    let settings = Arc::new(NodeSettings { linger_ms: 1, ..NodeSettings::default() });
    let (_stop, stopping) = watch::channel(false);
    // Nothing is read: the session ends at once. Without a bound this waits for ever.
    session::serve_halves(tokio::io::empty(), Stuck, port, settings, stopping, false).await;
}
