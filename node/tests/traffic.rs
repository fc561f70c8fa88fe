//! A simulated contact center: the same for the same seed, in whatever stretches it is read.

use callmart_node::cluster::faults::Schedule;
use callmart_node::cluster::processes::Processes;
use callmart_node::traffic::{Traffic, TrafficSettings};
use callmart_node::world::World;
use callmart_schema::event::Body;

/// 2026-01-06, a Tuesday, 00:00 UTC.
const TUESDAY_US: i64 = 1_767_657_600_000_000;
const HOUR_US: i64 = 3_600_000_000;

/// Some hours of a Tuesday from the morning on.
fn morning(seed: u64, agents: u32, hours: i64) -> TrafficSettings {
    let start_us = TUESDAY_US + 9 * HOUR_US;
    TrafficSettings { end_us: Some(start_us + hours * HOUR_US), ..TrafficSettings::new(start_us, seed, agents) }
}

/// One hash per teller over its events' bytes, and how many there are.
fn hashes(settings: TrafficSettings) -> Vec<(blake3::Hash, usize)> {
    let mut processes = Processes::new(Box::new(Traffic::new(settings)), &Schedule::default());
    let mut hashers = vec![(blake3::Hasher::new(), 0); processes.plans().len()];
    while let Some(account) = processes.next_account() {
        for told in account.told {
            hashers[told.teller].0.update(&told.bytes);
            hashers[told.teller].1 += 1;
        }
    }
    hashers.into_iter().map(|(hasher, count)| (hasher.finalize(), count)).collect()
}

#[test]
fn the_same_seed_gives_the_same_events_in_whatever_stretches_and_another_seed_gives_others() {
    let first = hashes(morning(3, 40, 2));
    // The last one is the outbound contact server, which tells but one thing of each call of the campaign.
    assert!(first.iter().all(|(_, count)| *count > 20), "{first:?}");
    assert!(first.iter().filter(|(_, count)| *count > 100).count() == first.len() - 1, "{first:?}");
    assert_eq!(first, hashes(morning(3, 40, 2)));
    assert_eq!(first, hashes(TrafficSettings { stretch_us: 61_234_567, ..morning(3, 40, 2) }));
    assert_eq!(first, hashes(TrafficSettings { stretch_us: 1_003, ..morning(3, 40, 2) }));
    let other = hashes(morning(4, 40, 2));
    assert!(first.iter().zip(&other).all(|(a, b)| a.0 != b.0));
}

#[test]
fn a_longer_world_begins_like_a_shorter_one() {
    let short = hashes(morning(3, 10, 1));
    let mut long = Traffic::new(morning(3, 10, 3));
    let end_us = TUESDAY_US + 10 * HOUR_US;
    let mut counts = vec![0; long.tellers().len()];
    while let Some(stretch) = long.next_stretch() {
        stretch.happened.iter().filter(|h| h.time_us < end_us).for_each(|h| counts[h.teller] += 1);
    }
    assert_eq!(counts, short.iter().map(|(_, count)| *count).collect::<Vec<_>>());
}

#[test]
fn owners_of_telephones_tell_of_user_data_too_where_both_channels_do_and_nothing_else_changes() {
    let both = TrafficSettings { user_data_on_both_channels: true, ..morning(3, 40, 2) };
    let told = |settings| {
        let mut world = Traffic::new(settings);
        let names: Vec<String> = world.tellers().iter().map(|teller| teller.name.clone()).collect();
        let stretches = std::iter::from_fn(move || world.next_stretch());
        let all =
            stretches.flat_map(|stretch| stretch.happened).map(move |h| (names[h.teller].clone(), h.time_us, h.body));
        all.collect::<Vec<_>>()
    };
    let is_data = |body: &Body| matches!(body, Body::UserDataChanged(_));
    let (by_owners, others): (Vec<_>, Vec<_>) =
        told(both).into_iter().partition(|(name, _, body)| name.ends_with("/TCport") && is_data(body));
    assert_eq!(others, told(morning(3, 40, 2)));
    assert!(by_owners.len() > 100, "{}", by_owners.len());
    let by_nodes: Vec<_> = others.iter().filter(|(_, _, body)| is_data(body)).collect();
    for (name, time_us, body) in &by_owners {
        assert!(by_nodes.iter().any(|(_, us, same)| us == time_us && same == body), "{name} at {time_us}");
    }
    let elsewhere = by_owners.iter().filter(|(name, time_us, body)| {
        let node = name.split('/').next().unwrap_or_default();
        by_nodes.iter().any(|(other, us, same)| us == time_us && same == body && !other.starts_with(node))
    });
    assert!(elsewhere.count() > 10, "calls of one node with telephones of another");
}
