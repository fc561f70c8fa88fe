//! Connections that are cut, peers that break the protocol, and logs that cannot be opened.

use super::*;

/// Numbers that look random and repeat with the seed.
struct Dice(u64);

impl Dice {
    fn below(&mut self, bound: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % bound
    }
}

/// Plays `total` events and cuts the connection after arbitrary bytes, until a session gets through.
async fn play_and_cut(port: &FakePort, total: u64, dice: &mut Dice) -> u64 {
    let mut cuts = 0;
    loop {
        let mut session = port.session().await;
        let mut at = session.resume("s").unwrap_or(0);
        session.write(session.welcome("s")).await;
        let mut wire = Vec::new();
        while at < total {
            let to = (at + 1 + dice.below(4)).min(total);
            wire.extend(encode_frame(batch(at, to)).expect("small"));
            at = to;
        }
        if cuts < 30 && dice.below(8) > 0 {
            let keep = dice.below(wire.len() as u64 / 4 + 1) as usize;
            session.stream.write_all(&wire[..keep]).await.expect("written");
            cuts += 1;
            continue;
        }
        session.stream.write_all(&wire).await.expect("written");
        session.stop(total).await;
        return cuts;
    }
}

#[tokio::test]
async fn a_peer_that_cuts_at_arbitrary_bytes_costs_no_event_and_repeats_none() {
    for seed in 0..10 {
        let dir = tempfile::tempdir().expect("a folder");
        let port = FakePort::open("a/IPport").await;
        let (_stop, running) = start(settings(dir.path(), &[&port]));
        play_and_cut(&port, 300, &mut Dice(seed)).await;
        let summary = finished(running).await;
        assert_eq!(events(dir.path(), "a/IPport"), numbered(300), "seed {seed}");
        let source = &summary.sources["a/IPport"];
        let disconnects = of_kind(dir.path(), RecordKind::Disconnect).len() as u64;
        assert_eq!((source.disconnects, source.violations), (disconnects, 0), "seed {seed}");
        assert_eq!(source.connects, disconnects + 1, "seed {seed}");
    }
}

#[tokio::test]
async fn a_collector_that_is_started_again_resumes_from_its_log_with_or_without_the_saved_scan() {
    let dir = tempfile::tempdir().expect("a folder");
    let port = FakePort::open("a/IPport").await;
    let saved = dir.path().join("resume.json");
    let mut small = settings(dir.path(), &[&port]);
    small.log.segment_bytes = 400;
    for round in 0..6 {
        if round % 2 == 1 {
            std::fs::remove_file(&saved).expect("it was saved");
        }
        let (stop, running) = start(small.clone());
        let mut session = port.session().await;
        assert_eq!(session.resume("s").unwrap_or(0), round * 5, "round {round}");
        session.write(session.welcome("s")).await;
        for n in round * 5..round * 5 + 5 {
            session.write(batch(n, n + 1)).await;
            session.acked().await;
        }
        stop.send_replace(true);
        finished(running).await;
    }
    assert_eq!(events(dir.path(), "a/IPport"), numbered(30));
    assert!(verify(dir.path()).expect("readable").is_sound());
}

#[tokio::test]
async fn a_log_that_lost_its_tail_asks_for_it_again_whatever_the_saved_scan_says() {
    let dir = tempfile::tempdir().expect("a folder");
    let port = FakePort::open("a/IPport").await;
    let (stop, running) = start(settings(dir.path(), &[&port]));
    let mut session = port.session().await;
    session.write(session.welcome("s")).await;
    session.write(batch(0, 1)).await;
    session.acked().await;
    session.write(batch(1, 2)).await;
    session.acked().await;
    stop.send_replace(true);
    finished(running).await;
    // The segment as a killed writer leaves it, cut within the second batch.
    let sealed = dir.path().join("00000001.seg");
    let second = of_kind(dir.path(), RecordKind::Event)[1].position.offset as usize;
    let bytes = std::fs::read(&sealed).expect("there");
    std::fs::write(dir.path().join("00000001.open.seg"), &bytes[..second + 3]).expect("written");
    std::fs::remove_file(&sealed).expect("removed");

    let (_stop, running) = start(settings(dir.path(), &[&port]));
    let mut session = port.session().await;
    assert_eq!(session.resume("s"), Some(1));
    assert!(!dir.path().join("resume.json").exists(), "nor does a later start believe it");
    session.write(session.welcome("s")).await;
    session.write(batch(1, 2)).await;
    session.stop(2).await;
    finished(running).await;
    assert_eq!(events(dir.path(), "a/IPport"), numbered(2));
}

/// What a collector does with bytes that break the protocol after one good batch: the error it sends and what it keeps.
async fn after_breaking(wire: Vec<u8>) -> (Error, Vec<u8>) {
    let dir = tempfile::tempdir().expect("a folder");
    let port = FakePort::open("a/IPport").await;
    let (_stop, running) = start(settings(dir.path(), &[&port]));
    let mut session = port.session().await;
    session.write(session.welcome("s")).await;
    session.write(batch(0, 3)).await;
    session.acked().await;
    session.stream.write_all(&wire).await.expect("written");
    let error = session.error().await;
    drop(session);
    // It comes again, at the place where it was.
    let mut session = port.session().await;
    assert_eq!(session.resume("s"), Some(3));
    session.write(session.welcome("s")).await;
    session.stop(3).await;
    let summary = finished(running).await;
    assert_eq!((summary.sources["a/IPport"].violations, summary.sources["a/IPport"].connects), (1, 2));
    assert_eq!(events(dir.path(), "a/IPport"), numbered(3));
    let kept = of_kind(dir.path(), RecordKind::Violation);
    assert_eq!(kept.len(), 1);
    let reason = of_kind(dir.path(), RecordKind::Disconnect).pop().expect("recorded");
    assert_eq!(reason.bytes, error.sentence);
    (error, kept[0].bytes.to_vec())
}

#[tokio::test]
async fn what_breaks_the_protocol_is_kept_and_answered_with_its_cause() {
    let frame = |body: Body| encode_frame(body).expect("small");
    let gap = frame(batch(4, 5).into());
    let again = frame(batch(2, 4).into());
    let miscounted = frame(Batch { to_offset: 4, ..batch(3, 5) }.into());
    let ahead = frame(Heartbeat { offset: 4, ..Heartbeat::default() }.into());
    let early = frame(Stop { offset: 2, ..Stop::default() }.into());
    let second_welcome = frame(Welcome::default().into());
    let garbage = [&9u32.to_be_bytes()[..], &[0xff; 9]].concat();
    for wire in [gap, again, miscounted, ahead, early, second_welcome, garbage] {
        let (error, kept) = after_breaking(wire.clone()).await;
        assert_eq!(error.code.as_known(), Some(error::Code::CODE_PROTOCOL), "{}", error.sentence);
        assert_eq!(kept, wire[FRAME_HEADER_BYTES..], "{}", error.sentence);
    }
}

#[tokio::test]
async fn a_frame_or_a_batch_over_its_limit_is_refused_as_such() {
    let (error, kept) = after_breaking(u32::MAX.to_be_bytes().to_vec()).await;
    assert_eq!((error.code.as_known(), kept), (Some(error::Code::CODE_LIMIT), vec![0xff; 4]));
    let many =
        Batch { from_offset: 3, to_offset: 10_004, events: vec![bytes::Bytes::new(); 10_001], ..Batch::default() };
    let wire = encode_frame(many).expect("small");
    let (error, kept) = after_breaking(wire.clone()).await;
    assert_eq!((error.code.as_known(), kept), (Some(error::Code::CODE_LIMIT), wire[FRAME_HEADER_BYTES..].to_vec()));
}

#[tokio::test]
async fn a_welcome_of_another_version_or_beyond_what_is_durable_is_refused() {
    type Spoil = fn(Welcome) -> Welcome;
    let cases: [(Spoil, error::Code); 5] = [
        (|w| Welcome { protocol_version: 2, ..w }, error::Code::CODE_VERSION),
        (|w| Welcome { source: String::new(), ..w }, error::Code::CODE_PROTOCOL),
        (|w| Welcome { stream: "s".repeat(2_000), ..w }, error::Code::CODE_PROTOCOL),
        (|w| Welcome { start: welcome::Start::START_UNKNOWN.into(), ..w }, error::Code::CODE_PROTOCOL),
        (|w| Welcome { start: welcome::Start::START_RESUMED.into(), offset: 7, ..w }, error::Code::CODE_PROTOCOL),
    ];
    for (spoil, code) in cases {
        let dir = tempfile::tempdir().expect("a folder");
        let port = FakePort::open("a/IPport").await;
        let (_stop, running) = start(settings(dir.path(), &[&port]));
        let mut session = port.session().await;
        session.write(spoil(session.welcome("s"))).await;
        assert_eq!(session.error().await.code.as_known(), Some(code));
        drop(session);
        let mut session = port.session().await;
        session.write(session.welcome("s")).await;
        session.stop(0).await;
        let summary = finished(running).await;
        assert_eq!(summary.sources[&port.port().address.to_string()].violations, 1);
        assert_eq!(of_kind(dir.path(), RecordKind::Violation).len(), 1);
    }
}

#[tokio::test]
async fn a_gap_that_the_source_admits_is_taken() {
    let dir = tempfile::tempdir().expect("a folder");
    let port = FakePort::open("a/IPport").await;
    let (_stop, running) = start(settings(dir.path(), &[&port]));
    let mut session = port.session().await;
    session.write(Welcome { start: welcome::Start::START_GAP.into(), offset: 90, ..session.welcome("s") }).await;
    session.write(batch(90, 91)).await;
    assert_eq!(session.acked().await, 91);
    session.stop(91).await;
    finished(running).await;
    assert_eq!(events(dir.path(), "a/IPport"), ["event 91"]);
}

#[tokio::test]
async fn two_ports_that_are_the_same_source_are_not_mixed() {
    let dir = tempfile::tempdir().expect("a folder");
    let ports = [FakePort::open("a/IPport").await, FakePort::open("a/IPport").await];
    let (_stop, running) = start(settings(dir.path(), &[&ports[0], &ports[1]]));
    let mut first = ports[0].session().await;
    first.write(first.welcome("s")).await;
    first.write(batch(0, 1)).await;
    first.acked().await;
    let mut second = ports[1].session().await;
    second.write(second.welcome("s")).await;
    assert_eq!(second.error().await.code.as_known(), Some(error::Code::CODE_ROLE));
    drop(second);
    first.stop(1).await;
    // Once the first session has ended, the name is free.
    loop {
        let mut second = ports[1].session().await;
        second.write(second.welcome("s")).await;
        second.write(Stop { offset: second.resume("s").unwrap_or(0), ..Stop::default() }).await;
        if matches!(second.read().await, Some(Body::Ack(_))) {
            break;
        }
    }
    finished(running).await;
    assert_eq!(events(dir.path(), "a/IPport"), numbered(1));
}

#[tokio::test]
async fn a_collector_whose_log_cannot_be_opened_says_so_and_connects_to_nothing() {
    let port = FakePort::open("a/IPport").await;
    let in_the_way = tempfile::tempdir().expect("a folder");
    std::fs::write(in_the_way.path().join("log"), "a file").expect("written");
    let damaged = tempfile::tempdir().expect("a folder");
    std::fs::write(damaged.path().join("00000001.seg"), "no segment").expect("written");
    for dir in [in_the_way.path().join("log"), damaged.path().to_owned()] {
        let error = Collector::open(settings(&dir, &[&port])).err().expect("refused");
        assert!(matches!(error, CollectorError::LogNotOpened { .. }));
        assert!(error.to_string().contains("connects to nothing"));
    }
    let listener = port.listener.into_std().expect("a socket");
    assert_eq!(listener.accept().expect_err("nobody came").kind(), std::io::ErrorKind::WouldBlock);
}

#[tokio::test]
async fn after_a_failed_sync_nothing_is_acknowledged_and_the_collector_ends_with_the_cause() {
    let dir = tempfile::tempdir().expect("a folder");
    let port = FakePort::open("a/IPport").await;
    let (_stop, running, budget) = start_on_faulty_disk(settings(dir.path(), &[&port]));
    let mut session = port.session().await;
    session.write(session.welcome("s")).await;
    session.write(batch(0, 1)).await;
    assert_eq!(session.acked().await, 1);
    budget.syncs.store(0, Ordering::SeqCst);
    session.write(batch(1, 2)).await;
    assert!(session.read().await.is_none(), "no acknowledgement, but the end of the connection");
    let error = running.await.expect("no panic").expect_err("the log has failed");
    assert!(matches!(error, CollectorError::LogFailed { cause: LogError::Poisoned { .. }, .. }), "{error}");
}

#[tokio::test]
async fn a_full_disk_holds_the_acknowledgements_until_there_is_room() {
    let dir = tempfile::tempdir().expect("a folder");
    let port = FakePort::open("a/IPport").await;
    let mut settings = settings(dir.path(), &[&port]);
    settings.log.retry_ms = 1;
    let (_stop, running, budget) = start_on_faulty_disk(settings);
    let mut session = port.session().await;
    session.write(session.welcome("s")).await;
    session.write(batch(0, 1)).await;
    assert_eq!(session.acked().await, 1);
    budget.bytes.store(0, Ordering::SeqCst);
    let tries = budget.tries.load(Ordering::SeqCst);
    session.write(batch(1, 2)).await;
    while budget.tries.load(Ordering::SeqCst) < tries + 5 {
        tokio::task::yield_now().await;
    }
    let mut nothing = [0];
    let read = session.stream.try_read(&mut nothing);
    assert_eq!(read.expect_err("no acknowledgement").kind(), std::io::ErrorKind::WouldBlock);
    budget.bytes.store(i64::MAX, Ordering::SeqCst);
    assert_eq!(session.acked().await, 2);
    session.stop(2).await;
    finished(running).await;
    assert_eq!(events(dir.path(), "a/IPport"), numbered(2));
}

#[tokio::test]
async fn a_collector_on_a_full_disk_can_be_stopped() {
    let dir = tempfile::tempdir().expect("a folder");
    let port = FakePort::open("a/IPport").await;
    let (stop, running, budget) = start_on_faulty_disk(settings(dir.path(), &[&port]));
    let mut session = port.session().await;
    session.write(session.welcome("s")).await;
    session.write(batch(0, 1)).await;
    assert_eq!(session.acked().await, 1);
    budget.bytes.store(0, Ordering::SeqCst);
    let tries = budget.tries.load(Ordering::SeqCst);
    session.write(batch(1, 2)).await;
    while budget.tries.load(Ordering::SeqCst) == tries {
        tokio::task::yield_now().await;
    }
    stop.send_replace(true);
    assert!(running.await.expect("no panic").is_err(), "the log could not be sealed");
    assert_eq!(events(dir.path(), "a/IPport"), numbered(1));
}
