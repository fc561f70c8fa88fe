//! Rows read into calls, field by field.

use super::*;

const GOOD: &str = "AA0101\t34699\t100507\t1\tPS\t990203\t7:39:23\t7:39:29\t6\t7:39:29\t7:39:52\t23\tAGENT\t7:39:52\t7:40:37\t45\tAG09";

fn read(text: &str) -> Result<Row, Fault> {
    Fields::cut(text.as_bytes())?.row(&mut Names::default())
}

fn with(column: usize, value: &str) -> Result<Row, Fault> {
    let mut fields: Vec<&str> = GOOD.split('\t').collect();
    fields[column] = value;
    read(&fields.join("\t"))
}

#[test]
fn a_row_reads_into_its_call_with_or_without_blanks() {
    let row = read(GOOD).expect("a call");
    assert_eq!((row.key.call_id, &*row.key.line, row.customer_id, row.priority), (34_699, "AA0101", 100_507, 1));
    assert_eq!(row.key.date, NaiveDate::from_ymd_opt(1999, 2, 3).expect("a date"));
    assert_eq!(row.ivr, Leg { start_s: 27_563, time_s: 6 });
    assert_eq!(row.queue, Some(Leg { start_s: 27_569, time_s: 23 }));
    let service = Some(Leg { start_s: 27_592, time_s: 45 });
    assert_eq!(row.ending, Ending::Served { server: Some("AG09".into()), service });
    assert_eq!(read(&GOOD.replace('\t', "  \t ")), Ok(row));
}

#[test]
fn a_field_that_cannot_be_read_is_named_with_what_stood_there() {
    for (column, value) in [
        (0, ""),
        (1, "x"),
        (1, "-1"),
        (1, "288230376151711744"),
        (2, "1.5"),
        (3, ""),
        (4, ""),
        (5, "990230"),
        (5, "99020"),
        (5, "+90203"),
        (6, "24:00:00"),
        (7, "7:60:00"),
        (8, "six"),
        (9, "7:39"),
        (10, "7:39:29:1"),
        (11, "99999999999"),
        (12, "BUSY"),
        (13, "::"),
        (14, "-1:00:00"),
        (15, "2678401"),
        (16, ""),
    ] {
        let fault = with(column, value).expect_err("unreadable");
        assert_eq!(fault.reason, Reason::UnreadableRow);
        let (name, value) = (COLUMNS[column], format!("{value:?}"));
        assert!(fault.detail.contains(name) && fault.detail.contains(&value), "{}", fault.detail);
    }
    let fault = read("a\tb").expect_err("unreadable");
    assert_eq!(fault.detail, "2 columns between tabs, and a row has 17");
}

#[test]
fn phantoms_and_negative_times_have_reasons_of_their_own() {
    assert_eq!(with(12, "PHANTOM").expect_err("rejected").reason, Reason::Phantom);
    for column in [8, 11, 15] {
        let fault = with(column, "-5").expect_err("rejected");
        assert_eq!(fault.reason, Reason::NegativeTime);
        assert!(fault.detail.starts_with(COLUMNS[column]), "{}", fault.detail);
    }
}

#[test]
fn years_from_70_on_are_of_the_1900s() {
    assert_eq!(date("700101"), NaiveDate::from_ymd_opt(1970, 1, 1));
    assert_eq!(date("690101"), NaiveDate::from_ymd_opt(2069, 1, 1));
    assert_eq!(date("000229"), NaiveDate::from_ymd_opt(2000, 2, 29));
}

#[test]
fn midnight_with_a_duration_is_a_time_and_without_one_is_absent() {
    let service = |start: &str, time: &str| {
        let mut fields: Vec<&str> = GOOD.split('\t').collect();
        (fields[13], fields[14], fields[15]) = (start, "0:00:00", time);
        match read(&fields.join("\t")).expect("a call").ending {
            Ending::Served { service, .. } => service,
            Ending::Left => None,
        }
    };
    assert_eq!(service("0:00:00", "0"), None);
    assert_eq!(service("0:00:00", "9"), Some(Leg { start_s: 0, time_s: 9 }));
    assert_eq!(service("7:39:52", "0"), Some(Leg { start_s: 27_592, time_s: 0 }));
    assert_eq!(with(11, "0").expect("a call").queue, None);
}

#[test]
fn a_hang_with_a_service_loses_it_and_says_so() {
    let row = with(12, "HANG").expect("a call");
    assert_eq!((row.ending, row.service_left_out), (Ending::Left, true));
    let plain =
        "AA0101\t1\t0\t0\tPS\t990203\t6:58:30\t6:59:08\t38\t0:00:00\t0:00:00\t0\tHANG\t0:00:00\t0:00:00\t0\tNO_SERVER";
    assert!(!read(plain).expect("a call").service_left_out);
}
