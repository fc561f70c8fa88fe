//! Many submitters, one log.

use std::sync::atomic::Ordering;

use super::faults::faulty;
use super::*;

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn what_many_submitters_hand_over_is_durable_in_each_ones_order() {
    const SUBMITTERS: usize = 40;
    const EACH: usize = 30;
    let dir = tempfile::tempdir().expect("a folder");
    let (writer, _) = open(dir.path(), small_segments(4_000));
    let (committer, handle) = Committer::start(writer).expect("starts");
    let tasks = (0..SUBMITTERS).map(|s| {
        let (handle, dir) = (handle.clone(), dir.path().to_owned());
        tokio::spawn(async move {
            for n in 0..EACH as i64 {
                let record = event(&format!("s{s}"), n, "x");
                let end = handle.submit(vec![record.clone(), record]).await.expect("durable");
                assert!(*handle.durable().borrow() >= end);
                if n == 7 {
                    let seen = LogReader::open(&dir).expect("a log").records(LogPosition::START).count();
                    assert!(seen >= 16, "an acknowledged record is in the file");
                }
            }
        })
    });
    for task in tasks.collect::<Vec<_>>() {
        task.await.expect("no panic");
    }
    let end = committer.close().await.expect("seals");
    assert!(matches!(handle.submit(vec![event("s", 0, "late")]).await, Err(LogError::Closed)));
    let (read, error) = read_all(dir.path());
    assert!(error.is_none(), "{error:?}");
    for s in 0..SUBMITTERS {
        let own: Vec<i64> = read.iter().filter(|r| *r.source == *format!("s{s}")).map(|r| r.received_us).collect();
        assert_eq!(own, (0..EACH as i64).flat_map(|n| [n, n]).collect::<Vec<_>>(), "submitter {s}");
    }
    let report = verify(dir.path()).expect("readable");
    assert!(report.is_sound());
    assert_eq!(end, LogPosition::new(report.segments.len() as u32 + 1, 0));
}

#[tokio::test]
async fn what_waits_at_the_same_time_becomes_one_group() {
    let dir = tempfile::tempdir().expect("a folder");
    let (writer, budget) = faulty(dir.path(), LogSettings { retry_ms: 1, ..LogSettings::default() });
    // While nothing can be written, submissions gather behind the first.
    budget.bytes.store(0, Ordering::SeqCst);
    let (committer, handle) = Committer::start(writer).expect("starts");
    let first = handle.enqueue(vec![event("s", 0, "first")]).await.expect("taken");
    while budget.tries.load(Ordering::SeqCst) < 5 {
        tokio::task::yield_now().await;
    }
    let mut waiting = Vec::new();
    for n in 1..50 {
        waiting.push(handle.enqueue(vec![event("s", n, "later")]).await.expect("taken"));
    }
    budget.bytes.store(i64::MAX, Ordering::SeqCst);
    first.durable().await.expect("there is room");
    let ends: Vec<_> = {
        let mut ends = Vec::new();
        for pending in waiting {
            ends.push(pending.durable().await.expect("durable"));
        }
        ends
    };
    assert!(ends.windows(2).all(|w| w[0] == w[1]), "all of them are in the same group");
    committer.close().await.expect("seals");
    assert_eq!(verify(dir.path()).expect("readable").segments[0].sums.groups, 2);
}

#[tokio::test]
async fn after_a_failed_sync_nobody_gets_an_acknowledgement() {
    let dir = tempfile::tempdir().expect("a folder");
    let (writer, budget) = faulty(dir.path(), LogSettings::default());
    let (committer, handle) = Committer::start(writer).expect("starts");
    let end = handle.submit(vec![event("s", 0, "kept")]).await.expect("durable");
    budget.syncs.store(0, Ordering::SeqCst);
    assert!(matches!(handle.submit(vec![event("s", 1, "")]).await, Err(LogError::Poisoned { .. })));
    budget.syncs.store(i64::MAX, Ordering::SeqCst);
    assert!(matches!(handle.submit(vec![event("s", 2, "")]).await, Err(LogError::Poisoned { .. })));
    assert_eq!(*handle.durable().borrow(), end);
    assert!(matches!(committer.close().await, Err(LogError::Poisoned { .. })));
}

#[tokio::test]
async fn a_log_on_a_full_disk_can_be_closed_and_says_so_to_those_who_wait() {
    let dir = tempfile::tempdir().expect("a folder");
    let (writer, budget) = faulty(dir.path(), LogSettings { retry_ms: 60_000, ..LogSettings::default() });
    budget.bytes.store(0, Ordering::SeqCst);
    let (committer, handle) = Committer::start(writer).expect("starts");
    let waiting = handle.enqueue(vec![event("s", 0, "")]).await.expect("taken");
    while budget.tries.load(Ordering::SeqCst) == 0 {
        tokio::task::yield_now().await;
    }
    committer.close().await.expect("an empty segment is removed");
    assert!(matches!(waiting.durable().await, Err(LogError::Write { .. })));
    assert!(read_all(dir.path()).0.is_empty());
}
