//! Sources of two processes, each with an address: the backup, the switchover, both at a time; and what members of pools and
//! snapshots mean to the log.

use super::*;

/// A collector's port with two addresses.
fn pair(dir: &Path, ports: [&FakePort; 2]) -> CollectorSettings {
    let mut settings = settings(dir, &[]);
    let backup = ports[1].port().address;
    settings.sources = vec![ports[0].port().with_backup(backup)];
    settings.session.backup_retry_ms = 1;
    settings
}

async fn both() -> [FakePort; 2] {
    [FakePort::open("a/IPport").await, FakePort::open("a/IPport").await]
}

/// Answers tries as a backup does, until the future has come to its end.
async fn as_backup<T>(port: &FakePort, meanwhile: impl Future<Output = T>) -> T {
    let refuse = async {
        loop {
            port.session().await.refuse().await;
        }
    };
    tokio::select! {
        done = meanwhile => done,
        () = refuse => unreachable!("it goes on for ever"),
    }
}

impl FakeSession {
    async fn refuse(mut self) {
        let code = error::Code::CODE_BACKUP.into();
        self.write(Error { code, sentence: "this is the backup".to_owned(), ..Error::default() }).await;
    }
}

#[tokio::test]
async fn the_process_that_welcomes_is_listened_to_and_after_a_switchover_the_other_one_at_the_place_where_it_was() {
    let dir = tempfile::tempdir().expect("a folder");
    let [a, b] = both().await;
    let (_stop, running) = start(pair(dir.path(), [&a, &b]));
    let mut first = as_backup(&b, a.session()).await;
    first.write(first.welcome("s")).await;
    first.write(batch(0, 3)).await;
    assert_eq!(as_backup(&b, first.acked()).await, 3);
    // It ends with the cause; from now on it is the backup, as the collector's next try there is told.
    first.refuse().await;
    as_backup(&b, a.session()).await.refuse().await;
    let second = as_backup(&a, async {
        loop {
            let session = b.session().await;
            if session.resume("s") == Some(3) {
                return session;
            }
        }
    });
    let mut second = second.await;
    second.write(second.welcome("s")).await;
    second.write(batch(3, 5)).await;
    as_backup(&a, second.stop(5)).await;
    let summary = as_backup(&a, finished(running)).await;
    assert_eq!(events(dir.path(), "a/IPport"), numbered(5));
    let source = &summary.sources["a/IPport"];
    assert_eq!((source.connects, source.disconnects, source.violations, source.stopped), (2, 1, 0, true));
}

#[tokio::test]
async fn while_both_processes_welcome_it_both_are_listened_to_and_each_stream_is_resumed_where_it_was() {
    let dir = tempfile::tempdir().expect("a folder");
    let [a, b] = both().await;
    for round in 0..4 {
        if round == 2 {
            std::fs::remove_file(dir.path().join("resume.json")).expect("it was saved");
        }
        let (stop, running) = start(pair(dir.path(), [&a, &b]));
        let (mut one, mut other) = (a.session().await, b.session().await);
        for (session, stream, per_round) in [(&mut one, "s1", 4), (&mut other, "s2", 7)] {
            assert_eq!(session.resume(stream).unwrap_or(0), round * per_round, "{stream} in round {round}");
            session.write(session.welcome(stream)).await;
        }
        // One after the other in the log: who a batch is from must not be guessed from what came last.
        for n in 0..7 {
            if n < 4 {
                one.write(batch(round * 4 + n, round * 4 + n + 1)).await;
                one.acked().await;
            }
            other.write(batch(round * 7 + n, round * 7 + n + 1)).await;
            other.acked().await;
        }
        stop.send_replace(true);
        finished(running).await;
    }
    let streams = of_kind(dir.path(), RecordKind::Batch);
    let of = |stream| {
        let batches = streams.iter().map(|r| Batch::decode_from_slice(&r.bytes).expect("a batch"));
        batches.filter(|batch| batch.stream == stream).count()
    };
    assert_eq!((of("s1"), of("s2")), (16, 28));
    assert!(verify(dir.path()).expect("readable").is_sound());
}

#[tokio::test]
async fn one_stream_from_two_processes_is_taken_from_one_at_a_time_and_leaves_no_record_of_the_other() {
    let dir = tempfile::tempdir().expect("a folder");
    let [a, b] = both().await;
    let (stop, running) = start(pair(dir.path(), [&a, &b]));
    let mut one = a.session().await;
    one.write(one.welcome("s")).await;
    one.write(batch(0, 1)).await;
    one.acked().await;
    for _ in 0..3 {
        let mut other = b.session().await;
        other.write(other.welcome("s")).await;
        assert!(other.read().await.is_none(), "closed without a word");
    }
    stop.send_replace(true);
    let summary = finished(running).await;
    assert_eq!(summary.sources["a/IPport"].connects, 1);
    assert_eq!(of_kind(dir.path(), RecordKind::Disconnect).len(), 1, "that of the collector's own stop");
}

#[tokio::test]
async fn a_stop_is_no_end_as_long_as_the_other_process_welcomes() {
    let dir = tempfile::tempdir().expect("a folder");
    let [a, b] = both().await;
    let (_stop, running) = start(pair(dir.path(), [&a, &b]));
    let mut one = a.session().await;
    let mut other = b.session().await;
    one.write(one.welcome("s1")).await;
    other.write(other.welcome("s2")).await;
    other.write(batch(0, 1)).await;
    other.acked().await;
    one.stop(0).await;
    as_backup(&a, async {
        other.write(batch(1, 2)).await;
        assert_eq!(other.acked().await, 2);
        other.stop(2).await;
    })
    .await;
    as_backup(&a, finished(running)).await;
    assert_eq!(events(dir.path(), "a/IPport"), numbered(2));
}

#[tokio::test]
async fn a_source_whose_stop_is_not_final_is_tried_until_the_collector_stops() {
    let dir = tempfile::tempdir().expect("a folder");
    let port = FakePort::open("a/IPport").await;
    let mut settings = settings(dir.path(), &[&port]);
    settings.session.stop_is_final = false;
    let (stop, running) = start(settings);
    for round in 0..3 {
        let mut session = port.session().await;
        session.write(session.welcome("s")).await;
        session.write(batch(round, round + 1)).await;
        session.stop(round + 1).await;
    }
    stop.send_replace(true);
    finished(running).await;
    assert_eq!(of_kind(dir.path(), RecordKind::Stop).len(), 3);
    assert_eq!(events(dir.path(), "a/IPport"), numbered(3));
}

#[tokio::test]
async fn a_backup_that_refuses_again_and_again_leaves_no_record() {
    let dir = tempfile::tempdir().expect("a folder");
    let port = FakePort::open("a/IPport").await;
    let mut settings = settings(dir.path(), &[&port]);
    settings.session.backup_retry_ms = 1;
    let (stop, running) = start(settings);
    for _ in 0..20 {
        port.session().await.refuse().await;
    }
    let mut session = port.session().await;
    session.write(session.welcome("s")).await;
    session.write(batch(0, 1)).await;
    session.acked().await;
    session.refuse().await;
    for _ in 0..20 {
        port.session().await.refuse().await;
    }
    stop.send_replace(true);
    finished(running).await;
    let kept: Vec<_> = records(dir.path()).iter().map(|r| r.kind).collect();
    use RecordKind as Kind;
    assert_eq!(kept, [Kind::Connect, Kind::Event, Kind::Batch, Kind::Disconnect], "a refusal is no record");
}

#[tokio::test]
async fn snapshots_are_in_the_log_as_events_before_the_batch_s_events_when_they_are_acknowledged() {
    let dir = tempfile::tempdir().expect("a folder");
    let port = FakePort::open("a/IPport").await;
    let (_stop, running) = start(settings(dir.path(), &[&port]));
    let mut session = port.session().await;
    session.write(Welcome { start: welcome::Start::START_GAP.into(), offset: 40, ..session.welcome("s") }).await;
    let snapshots = vec!["snapshot 1".into(), "snapshot 2".into()];
    let alone = Batch { from_offset: 40, to_offset: 40, snapshots: snapshots.clone(), ..Batch::default() };
    session.write(alone).await;
    assert_eq!(session.acked().await, 40);
    assert_eq!(events(dir.path(), "a/IPport"), ["snapshot 1", "snapshot 2"]);
    // Those of other members are passed over: three events between offsets that span sixty.
    let events_of_three = Batch { to_offset: 100, snapshots, ..batch(40, 43) };
    session.write(events_of_three).await;
    assert_eq!(session.acked().await, 100);
    let texts = events(dir.path(), "a/IPport");
    assert_eq!(texts[2..], ["snapshot 1", "snapshot 2", "event 41", "event 42", "event 43"]);
    for record in of_kind(dir.path(), RecordKind::Batch) {
        let batch = Batch::decode_from_slice(&record.bytes).expect("a batch");
        assert!(batch.events.is_empty() && batch.snapshots.is_empty(), "they are records of their own");
    }
    session.stop(100).await;
    let summary = finished(running).await;
    let source = &summary.sources["a/IPport"];
    assert_eq!((source.events, source.snapshots, source.violations), (3, 4, 0));
}

#[tokio::test]
async fn the_hello_names_pool_and_member_and_the_log_keeps_for_whom_a_session_was() {
    let dir = tempfile::tempdir().expect("a folder");
    let port = FakePort::open("a/IPport").await;
    let mut settings = settings(dir.path(), &[&port]);
    (settings.pool, settings.member) = ("north".to_owned(), "n2".to_owned());
    let (_stop, running) = start(settings);
    let named = |session: &FakeSession, member: &str| Welcome {
        pool: "north".to_owned(),
        member: member.to_owned(),
        ..session.welcome("s")
    };
    let mut session = port.session().await;
    assert_eq!((session.hello.pool.as_str(), session.hello.member.as_str()), ("north", "n2"));
    session.write(named(&session, "n1")).await;
    assert_eq!(session.error().await.code.as_known(), Some(error::Code::CODE_PROTOCOL), "it is for another one");
    drop(session);
    let mut session = port.session().await;
    session.write(named(&session, "n2")).await;
    session.stop(0).await;
    finished(running).await;
    let connect = of_kind(dir.path(), RecordKind::Connect).pop().expect("recorded");
    let welcome = Welcome::decode_from_slice(&connect.bytes).expect("a welcome");
    assert_eq!((welcome.pool.as_str(), welcome.member.as_str()), ("north", "n2"));
}
