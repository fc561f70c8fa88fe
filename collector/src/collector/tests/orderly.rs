//! Sessions in which everybody behaves.

use super::*;

#[tokio::test]
async fn an_acknowledged_batch_is_in_the_file_when_the_acknowledgement_arrives() {
    let dir = tempfile::tempdir().expect("a folder");
    let port = FakePort::open("a/IPport").await;
    let (_stop, running) = start(settings(dir.path(), &[&port]));
    let mut session = port.session().await;
    session.write(session.welcome("s")).await;
    for n in 0..20 {
        session.write(batch(n * 3, n * 3 + 3)).await;
        assert_eq!(session.acked().await, n * 3 + 3);
        assert_eq!(events(dir.path(), "a/IPport"), numbered(n * 3 + 3));
    }
    session.stop(60).await;
    let summary = finished(running).await;
    let source = &summary.sources["a/IPport"];
    assert_eq!((source.connects, source.batches, source.events, source.stopped), (1, 20, 60, true));
    assert_eq!((source.disconnects, source.violations), (0, 0));
    assert!(verify(dir.path()).expect("readable").is_sound());
}

#[tokio::test]
async fn the_log_keeps_what_was_received_in_the_order_of_the_session() {
    use RecordKind as Kind;
    let dir = tempfile::tempdir().expect("a folder");
    let port = FakePort::open("a/IPport").await;
    let (_stop, running) = start(settings(dir.path(), &[&port]));
    let mut session = port.session().await;
    let welcome = session.welcome("s");
    session.write(welcome.clone()).await;
    session.write(batch(0, 2)).await;
    session.write(batch(2, 2)).await;
    session.stop(2).await;
    finished(running).await;
    let kept = records(dir.path());
    let kinds: Vec<_> = kept.iter().map(|r| r.kind).collect();
    assert_eq!(kinds, [Kind::Connect, Kind::Event, Kind::Event, Kind::Batch, Kind::Batch, Kind::Stop]);
    // The source did not say whom it took the collector for; the log does.
    let welcome = Welcome { pool: "default".to_owned(), member: "1".to_owned(), ..welcome };
    assert_eq!(Welcome::decode_from_slice(&kept[0].bytes).expect("a welcome"), welcome);
    let emptied = Batch { events: Vec::new(), stream: "s".to_owned(), ..batch(0, 2) };
    assert_eq!(Batch::decode_from_slice(&kept[3].bytes).expect("a batch"), emptied);
    assert_eq!(Stop::decode_from_slice(&kept[5].bytes).expect("a stop").offset, 2);
}

#[tokio::test]
async fn many_batches_are_taken_before_the_first_acknowledgement_is_read() {
    let dir = tempfile::tempdir().expect("a folder");
    let port = FakePort::open("a/IPport").await;
    let (_stop, running) = start(settings(dir.path(), &[&port]));
    let mut session = port.session().await;
    session.write(session.welcome("s")).await;
    for n in 0..200 {
        session.write(batch(n, n + 1)).await;
    }
    for n in 0..200 {
        assert_eq!(session.acked().await, n + 1);
    }
    session.stop(200).await;
    finished(running).await;
    assert_eq!(events(dir.path(), "a/IPport"), numbered(200));
}

#[tokio::test]
async fn two_sources_share_one_log_and_each_keeps_its_order() {
    let dir = tempfile::tempdir().expect("a folder");
    let ports = [FakePort::open("a/IPport").await, FakePort::open("a/TCport").await];
    let (_stop, running) = start(settings(dir.path(), &[&ports[0], &ports[1]]));
    let mut first = ports[0].session().await;
    let mut second = ports[1].session().await;
    first.write(first.welcome("s")).await;
    second.write(second.welcome("s")).await;
    for n in 0..100 {
        first.write(batch(n, n + 1)).await;
        second.write(batch(n, n + 1)).await;
    }
    first.stop(100).await;
    assert!(!running.is_finished(), "the collector waits for the other source");
    second.stop(100).await;
    let summary = finished(running).await;
    assert_eq!(summary.sources.values().map(|s| s.events).collect::<Vec<_>>(), [100, 100]);
    for port in &ports {
        assert_eq!(events(dir.path(), port.source), numbered(100));
    }
    let report = verify(dir.path()).expect("readable");
    assert!(report.is_sound() && report.segments.len() == 1);
}

#[tokio::test]
async fn heartbeats_are_kept_now_and_then_and_the_last_one_always_before_the_stop() {
    let dir = tempfile::tempdir().expect("a folder");
    let port = FakePort::open("a/IPport").await;
    let now = Arc::new(AtomicI64::new(0));
    let told = Arc::clone(&now);
    let clock: Clock = Arc::new(move || told.load(Ordering::SeqCst));
    let collector = Collector::open_with_clock(settings(dir.path(), &[&port]), clock).expect("opens");
    let (_stop, shutdown) = watch::channel(false);
    let running = tokio::spawn(collector.run(shutdown));
    let mut session = port.session().await;
    session.write(session.welcome("s")).await;
    for second in 0..25u64 {
        now.store(second as i64 * 1_000_000, Ordering::SeqCst);
        session.write(Heartbeat { time_us: second as i64, offset: second, ..Heartbeat::default() }).await;
        // The acknowledgement says that the heartbeat before it was taken in at this second.
        session.write(batch(second, second + 1)).await;
        session.acked().await;
    }
    session.stop(25).await;
    let summary = finished(running).await;
    assert_eq!(summary.sources["a/IPport"].heartbeats, 25);
    let kept = of_kind(dir.path(), RecordKind::Heartbeat);
    let times: Vec<_> =
        kept.iter().map(|r| Heartbeat::decode_from_slice(&r.bytes).expect("a heartbeat").time_us).collect();
    assert_eq!(times, [0, 10, 20, 24]);
    assert_eq!(records(dir.path()).last().map(|r| r.kind), Some(RecordKind::Stop));
}

#[tokio::test]
async fn a_shutdown_ends_the_sessions_says_so_in_the_log_and_seals_it() {
    let dir = tempfile::tempdir().expect("a folder");
    let port = FakePort::open("a/IPport").await;
    let (stop, running) = start(settings(dir.path(), &[&port]));
    let mut session = port.session().await;
    session.write(session.welcome("s")).await;
    session.write(batch(0, 5)).await;
    session.acked().await;
    stop.send_replace(true);
    let summary = finished(running).await;
    assert!(!summary.sources["a/IPport"].stopped);
    let last = records(dir.path()).pop().expect("records");
    assert_eq!((last.kind, &last.bytes[..]), (RecordKind::Disconnect, &b"the collector stops"[..]));
    assert!(dir.path().join("00000001.seg").exists());
}
