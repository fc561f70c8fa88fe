//! Clocks: what a millisecond decides at the border of an interval, and a clock that steps back in mid call.

use super::build::*;
use super::*;

#[test]
fn a_millisecond_decides_in_which_quarter_hour_a_row_starts_and_ends() {
    for (at_s, quarter_s) in [(899.999, 0.0), (900.0, 900.0), (900.001, 900.0)] {
        let call = Call::inbound("c1").telephone("a1", "D1", ALERTING, at_s - 10.0).is("a1", CONNECTED, at_s);
        let rows =
            rows(call.leaves("a1", RELEASED, at_s).telephone("a2", "D2", CONNECTED, at_s).ends(at_s + 20.0).events);
        let (before, behind) = (irf(&rows, "c1-a1"), irf(&rows, "c1-a2"));
        assert_eq!(
            (behind.start_date_time_key, behind.start_ms),
            (us(quarter_s) / 1_000_000, us(at_s) / 1_000),
            "{at_s}"
        );
        assert_eq!((before.end_date_time_key, before.end_ms), (behind.start_date_time_key, behind.start_ms), "{at_s}");
        assert_eq!((before.end_ts, behind.end_ts - behind.start_ts), (behind.start_ts, 20), "{at_s}");
    }
}

#[test]
fn a_clock_that_steps_back_moves_no_party_but_the_one_whose_stamps_do() {
    // Between the first telephone and the second the clock of their source is set back by 10 s.
    let call = Call::inbound("c1").telephone("a1", "D1", ALERTING, 5.0).leaves("a1", REDIRECTED, 25.0);
    let call =
        call.telephone("a2", "D2", ALERTING, 15.0).is("a2", CONNECTED, 18.0).leaves("a2", RELEASED, 40.0).ends(40.0);
    let rows = rows(call.events);
    let (first, second) = (irf(&rows, "c1-a1"), irf(&rows, "c1-a2"));
    assert_eq!((first.ring_duration, first.end_ms), (20, us(25.0) / 1_000));
    assert_eq!((second.ring_duration, second.talk_duration, second.start_ms), (3, 22, us(15.0) / 1_000));
    assert!(
        rows.ixn_resource_state_fact.iter().all(|state| state.end_ms >= state.start_ms && state.total_duration >= 0)
    );
}
