//! The figures that were published of this file come out of SQL over the mart.

use super::support::{Engine, bank, int, number, sql, text};

/// Mean service rate per hour, averaged over the hours of the day.
const MEAN_RATE: &str = "14.86443";

/// Servers needed per hour of the day.
const SERVERS: [u32; 24] = [1, 1, 1, 0, 1, 1, 1, 4, 8, 9, 10, 9, 8, 16, 10, 10, 6, 7, 8, 8, 6, 6, 5, 4];

/// Days in the file.
const DAYS: f64 = 4.0;

/// Seconds between two services.
const PAUSE_S: f64 = 60.0;

/// Calls that one server finishes in an hour, where the number of servers is computed.
const RATE: f64 = 15.0;

/// Greatest share of callers who have to wait.
const MAX_WAITING: f64 = 0.5;

#[test]
fn every_row_is_a_call_or_a_reject_with_its_reason() {
    let Some(bank) = bank("every_row_is_a_call_or_a_reject_with_its_reason") else { return };
    assert_eq!((bank.file.calls.len(), bank.file.rejects()), (6_289, 67));
    assert_eq!(number(&bank.data, "SELECT count(*) FROM interaction_fact"), 6_289);
    let kept = sql(&bank.data, Engine::Parquet, "SELECT reason, count(*) AS n FROM ctl_reject GROUP BY reason");
    let kept: Vec<(&str, i64)> = kept.iter().map(|row| (text(row, "reason"), int(row, "n"))).collect();
    assert_eq!(kept.len(), 2, "{kept:?}");
    assert!(kept.contains(&("phantom", 64)) && kept.contains(&("negative-time", 3)), "{kept:?}");
    for (count, name) in [
        ("6356", "rows read"),
        ("6289", "calls in them"),
        ("67", "rejected"),
        ("64", "phantom"),
        ("3", "negative-time"),
    ] {
        let is_told = |line: &str| line.trim().strip_prefix(count).is_some_and(|rest| rest.trim() == name);
        assert!(bank.said.lines().any(is_told), "the summary does not say {count} {name}:\n{}", bank.said);
    }
}

#[test]
fn the_published_service_rate_and_servers_come_out_of_sql() {
    let Some(bank) = bank("the_published_service_rate_and_servers_come_out_of_sql") else { return };
    let arrivals = per_hour(&sql(
        &bank.data,
        Engine::Parquet,
        "SELECT c.local_hour AS hour, count(*) AS calls, CAST(0 AS bigint) AS talk_s
         FROM interaction_fact i
         JOIN calendar c ON c.date_time_key = i.start_date_time_key AND c.tz = 'Asia/Jerusalem'
         GROUP BY c.local_hour",
    ));
    let served = per_hour(&sql(
        &bank.data,
        Engine::Parquet,
        "SELECT c.local_hour AS hour, count(*) AS calls, sum(f.talk_duration) AS talk_s
         FROM interaction_resource_fact f
         JOIN resource_ r ON r.resource_key = f.resource_key AND r.resource_type_code = 'AGENT'
         JOIN interaction_fact i
           ON i.start_date_time_key = f.interaction_sdt_key AND i.interaction_id = f.interaction_id
         JOIN calendar c ON c.date_time_key = i.start_date_time_key AND c.tz = 'Asia/Jerusalem'
         GROUP BY c.local_hour",
    ));
    let rate = |(calls, talk_s): (f64, f64)| 3_600.0 / (talk_s / calls + PAUSE_S);
    let overall = rate(served.iter().fold((0.0, 0.0), |sum, hour| (sum.0 + hour.0, sum.1 + hour.1)));
    let rates = served.map(|hour| if hour.0 > 0.0 { rate(hour) } else { overall });
    assert_eq!(format!("{:.5}", rates.iter().sum::<f64>() / 24.0), MEAN_RATE, "{rates:?}");
    assert_eq!(arrivals.map(|(calls, _)| servers_needed(calls / DAYS / RATE)), SERVERS, "{arrivals:?}");
}

/// Calls and their seconds of talk, by hour of the day.
fn per_hour(rows: &[serde_json::Value]) -> [(f64, f64); 24] {
    let mut hours = [(0.0, 0.0); 24];
    for row in rows {
        let hour = usize::try_from(int(row, "hour")).expect("an hour");
        hours[hour] = (int(row, "calls") as f64, int(row, "talk_s") as f64);
    }
    hours
}

/// Fewest servers at which no more than [`MAX_WAITING`] wait, for an offered load in erlangs.
fn servers_needed(load: f64) -> u32 {
    (0..).find(|&servers| waiting_share(load, servers) <= MAX_WAITING).expect("some number is enough")
}

/// Erlang C: the share of callers who have to wait.
fn waiting_share(load: f64, servers: u32) -> f64 {
    if load == 0.0 {
        return 0.0;
    }
    let n = f64::from(servers);
    if load >= n {
        return 1.0;
    }
    // Erlang B, one server after the other.
    let blocked = (1..=servers).fold(1.0, |blocked, k| load * blocked / (f64::from(k) + load * blocked));
    n * blocked / (n - load * (1.0 - blocked))
}
