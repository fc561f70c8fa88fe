//! How a session begins: who may listen to a source, and where its stream begins for them.

use std::sync::Arc;

use callmart_schema::session::{Body, Hello, PROTOCOL_VERSION, Welcome, error, welcome};
use tokio::io::AsyncRead;
use tokio::time::timeout;

use super::port::Port;
use super::seats::{NoSeat, Seat};
use super::session::{End, ceased, kind, protocol, read_end};
use super::settings::NodeSettings;
use super::wire;
use crate::playback::{Listener, SourceSpec, Standing, Telling};

/// Most positions that a hello may state.
const MAX_POSITIONS: usize = 10_000;

/// Reads and checks the hello and takes the pool's seat.
pub(super) async fn greet(
    read: &mut (impl AsyncRead + Unpin),
    port: &Arc<Port>,
    settings: &NodeSettings,
    crowded: bool,
) -> Result<(Hello, Seat), End> {
    if crowded {
        let sentence = format!(
            "source {} has {} connections, and no more are allowed; close some or raise the limit",
            port.source.name, settings.max_connections
        );
        return Err(End::Refused(error::Code::CODE_LIMIT, sentence));
    }
    if port.source.playback.standing() == Standing::Down {
        return Err(ceased(&port.source, Standing::Down));
    }
    let frame = timeout(settings.hello_timeout(), wire::read_frame(read)).await.map_err(|_| {
        let sentence = format!("no hello came within {} ms; say hello first", settings.hello_timeout_ms);
        End::Refused(error::Code::CODE_TIMEOUT, sentence)
    })?;
    let hello = match frame.map_err(read_end)? {
        Body::Hello(hello) => hello,
        other => return Err(protocol(format!("a session begins with a hello, and {} came", kind(&other)))),
    };
    check(&hello, &port.source)?;
    let standing = port.source.playback.standing();
    if standing != Standing::Primary {
        return Err(ceased(&port.source, standing));
    }
    let seat = port.seats.take(&hello.pool, &hello.member).map_err(|no| match no {
        NoSeat::Unsuited(sentence) => protocol(sentence),
        NoSeat::TooMany(sentence) => End::Refused(error::Code::CODE_LIMIT, sentence),
    })?;
    Ok((hello, seat))
}

/// Refuses what cannot be served. A wish for some kinds of events or keys of user data is no reason: a replay sends all of
/// them, which is what was wished for and more.
fn check(hello: &Hello, source: &SourceSpec) -> Result<(), End> {
    let version = hello.protocol_version;
    if version != PROTOCOL_VERSION {
        let sentence = format!(
            "the collector speaks version {version} of the session protocol and this source {PROTOCOL_VERSION}; use builds of one version"
        );
        return Err(End::Refused(error::Code::CODE_VERSION, sentence));
    }
    if !source.any_role && hello.role != source.role.as_str() {
        let (name, role) = (&source.name, source.role.as_str());
        let sentence =
            format!("source {name} is of role {role}, not {:?}; check the port that is configured", hello.role);
        return Err(End::Refused(error::Code::CODE_ROLE, sentence));
    }
    if hello.pool.is_empty() || hello.member.is_empty() {
        return Err(protocol("the hello names no pool or no member; both are needed to resume".to_owned()));
    }
    if hello.resume.len() > MAX_POSITIONS {
        let sentence = format!("the hello states {} positions; state the newest {MAX_POSITIONS}", hello.resume.len());
        return Err(End::Refused(error::Code::CODE_LIMIT, sentence));
    }
    Ok(())
}

/// Begins to tell the stream where this collector left off, and says where that is.
pub(super) fn welcome(source: &SourceSpec, hello: &Hello, settings: &NodeSettings) -> (Welcome, Box<dyn Telling>) {
    let listener = Listener { pool: &hello.pool, member: &hello.member, resume: &hello.resume };
    let telling = Arc::clone(&source.playback).tell(&listener);
    let (stream, offset) = (telling.stream().to_owned(), telling.begins_after());
    let position = listener.offset_in(&stream);
    let start = match position {
        _ if telling.has_gap() => welcome::Start::START_GAP,
        Some(_) => welcome::Start::START_RESUMED,
        None => welcome::Start::START_FIRST,
    };
    let welcome = Welcome {
        protocol_version: PROTOCOL_VERSION,
        source: source.name.clone(),
        switch: source.switch.clone(),
        tenant: source.tenant.clone(),
        stream,
        offset,
        start: start.into(),
        heartbeat_ms: settings.heartbeat_ms,
        role: hello.role.clone(),
        pool: hello.pool.clone(),
        member: hello.member.clone(),
        ..Welcome::default()
    };
    (welcome, telling)
}
