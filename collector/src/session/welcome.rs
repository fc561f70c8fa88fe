//! What a welcome must say before a session goes on.

use std::sync::Arc;

use buffa::Message as _;
use bytes::Bytes;
use callmart_schema::session::{Body, PROTOCOL_VERSION, Welcome, error, welcome};

use super::pair::Pair;
use super::shared::{Claim, Claimed, Shared};
use super::{End, Refusal, listen};
use crate::log::format::MAX_SOURCE_BYTES;
use crate::log::{RecordDraft, RecordKind};

/// Longest name of a stream, in bytes: so that a hello can name many.
const MAX_STREAM_BYTES: usize = 1 << 10;

/// Bounds of the time between heartbeats, whatever a source says, in milliseconds.
const HEARTBEAT_MS: std::ops::RangeInclusive<u32> = 100..=600_000;

/// A session that may go on.
pub(super) struct Greeted {
    pub(super) source: Arc<str>,
    pub(super) stream: Arc<str>,
    pub(super) offset: u64,
    pub(super) heartbeat_ms: u32,
    /// The connect record, not yet in the log.
    pub(super) record: RecordDraft,
    pub(super) claim: Claim,
}

/// Takes the answer to a hello.
pub(super) fn greeted(shared: &Arc<Shared>, pair: &Arc<Pair>, frame: Bytes) -> Result<Greeted, End> {
    let mut welcome = match listen::body_or_end(&frame)? {
        Body::Welcome(welcome) => welcome,
        Body::Error(error) if error.code == error::Code::CODE_BACKUP => return Err(End::Backup(error.sentence)),
        Body::Error(error) => return Err(End::Lost(format!("the source refused the session: {}", error.sentence))),
        _ => return Err(refused(error::Code::CODE_PROTOCOL, "a hello was not answered with a welcome", &frame)),
    };
    check(shared, &welcome, &frame)?;
    let (source, stream): (Arc<str>, Arc<str>) = (welcome.source.as_str().into(), welcome.stream.as_str().into());
    let claim = shared.claim(&source, &stream, pair).map_err(|by| taken(&source, &stream, by))?;
    // A source that does not say whom it takes us for has taken our word for it: the log knows it either way.
    fill(&mut welcome.pool, &shared.settings.pool);
    fill(&mut welcome.member, &shared.settings.member);
    let record = RecordDraft {
        kind: RecordKind::Connect,
        source: Arc::clone(&source),
        received_us: shared.now_us(),
        bytes: Bytes::from(welcome.encode_to_vec()),
    };
    Ok(Greeted {
        source,
        stream,
        offset: welcome.offset,
        heartbeat_ms: welcome.heartbeat_ms.clamp(*HEARTBEAT_MS.start(), *HEARTBEAT_MS.end()),
        record,
        claim,
    })
}

fn check(shared: &Shared, welcome: &Welcome, frame: &Bytes) -> Result<(), End> {
    let protocol = |what: &str| Err(refused(error::Code::CODE_PROTOCOL, what, frame));
    if welcome.protocol_version != PROTOCOL_VERSION {
        let sentence = format!(
            "the source speaks version {} of the session protocol and the collector {PROTOCOL_VERSION}; use builds of one version",
            welcome.protocol_version
        );
        return Err(refused(error::Code::CODE_VERSION, &sentence, frame));
    }
    if welcome.source.is_empty() || welcome.source.len() > MAX_SOURCE_BYTES {
        return protocol("the welcome names no source, or one with a name over 255 bytes");
    }
    if welcome.stream.is_empty() || welcome.stream.len() > MAX_STREAM_BYTES {
        return protocol("the welcome names no stream, or one with a name over 1,024 bytes");
    }
    for (welcomed, ours) in [(&welcome.pool, &shared.settings.pool), (&welcome.member, &shared.settings.member)] {
        if !welcomed.is_empty() && welcomed != ours {
            return protocol("the welcome is for another pool or member than the hello named");
        }
    }
    let known = shared.durable_offset(&welcome.source, &welcome.stream);
    match welcome.start.as_known() {
        Some(welcome::Start::START_FIRST | welcome::Start::START_GAP) => Ok(()),
        Some(welcome::Start::START_RESUMED) if known.is_some_and(|k| welcome.offset <= k) => Ok(()),
        Some(welcome::Start::START_RESUMED) => {
            protocol("the welcome resumes beyond what is durable here without saying that there is a gap")
        }
        Some(welcome::Start::START_UNKNOWN) | None => protocol("the welcome does not say how the stream starts"),
    }
}

fn refused(code: error::Code, sentence: &str, frame: &Bytes) -> End {
    End::Refused(Refusal { code, sentence: sentence.to_owned(), bytes: Some(frame.clone()) })
}

fn fill(field: &mut String, ours: &str) {
    if field.is_empty() {
        ours.clone_into(field);
    }
}

fn taken(source: &str, stream: &str, by: Claimed) -> End {
    match by {
        // Two processes of a pair that tell the same stream at a time: what the one tells is what the other one does.
        Claimed::ByPair => End::Lost(format!("the stream {stream} is told by the source's other process already")),
        Claimed::ByAnother => {
            let sentence = format!(
                "another port of this collector already has a session with the source {source}; configure one of them"
            );
            End::Refused(Refusal { code: error::Code::CODE_ROLE, sentence, bytes: None })
        }
    }
}
