//! Acknowledges to a source what has become durable, in order, and nothing before.

use std::sync::Arc;

use callmart_schema::session::Ack;
use tokio::io::AsyncWrite;
use tokio::sync::mpsc;

use super::shared::Shared;
use super::{End, wire};
use crate::log::Pending;

/// A submission of a session that is not durable yet, and what it will mean.
pub(super) struct UnderWay {
    pub(super) pending: Pending,
    pub(super) means: Means,
}

/// What a durable submission means to the source.
pub(super) enum Means {
    /// Everything of the stream up to the offset is here.
    Batch { source: Arc<str>, stream: Arc<str>, offset: u64, events: u64, snapshots: u64, bytes: u64 },
    /// The stop is here too; acknowledged once more, so that the source knows we have seen it.
    Stop { offset: u64 },
    /// Nothing that a source waits for.
    Kept,
}

/// Waits for one submission after the other; ends when the session submits no more.
///
/// # Errors
/// The connection's or the log's end.
pub(super) async fn acknowledge(
    shared: &Shared,
    mut waiting: mpsc::Receiver<UnderWay>,
    write: &mut (impl AsyncWrite + Unpin),
) -> Result<(), End> {
    let within = shared.settings.session.write_timeout();
    let mut reachable = Ok(());
    while let Some(UnderWay { pending, means }) = waiting.recv().await {
        pending.durable().await?;
        let offset = match means {
            Means::Kept => continue,
            Means::Stop { offset } => offset,
            Means::Batch { source, stream, offset, events, snapshots, bytes } => {
                shared.note_durable(&source, &stream, offset);
                shared.count(&source, |s| {
                    s.batches += 1;
                    s.events += events;
                    s.snapshots += snapshots;
                    s.bytes += bytes;
                });
                offset
            }
        };
        if reachable.is_err() {
            continue;
        }
        let written = wire::write_frame(write, Ack { offset, ..Ack::default() }, within).await;
        if let Err(e) = written {
            reachable = Err(End::Lost(format!("the source does not take acknowledgements: {e}")));
            // Nothing more is taken in, but what was submitted becomes durable and counts for the next hello.
            waiting.close();
        }
    }
    reachable
}
