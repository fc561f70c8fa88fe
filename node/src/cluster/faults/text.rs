//! A schedule as text, and text as a schedule. What is printed reads back as the same.

use std::fmt;
use std::str::FromStr;

use super::{Backlog, Disturbance, Fault, Schedule, Scheduled};

/// Longest line of a schedule, in bytes.
const MAX_LINE_BYTES: usize = 1_000;
/// Most faults of a schedule.
const MAX_FAULTS: usize = 100_000;
/// Units of lengths, the longest first, in microseconds.
const UNITS: [(&str, i64); 4] = [("m", 60_000_000), ("s", 1_000_000), ("ms", 1_000), ("us", 1)];
const SECOND_US: i64 = 1_000_000;

/// Why text is no schedule.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ScheduleError {
    /// A line that cannot be read.
    #[error("line {line} of the schedule of faults: {cause}; write for example \"00:10:00 stop dc1-node1-a\"")]
    Line {
        /// Its number, from 1.
        line: usize,
        /// What is wrong.
        cause: String,
    },
    /// Too many lines.
    #[error("the schedule has over {MAX_FAULTS} faults; split it")]
    TooMany,
}

impl FromStr for Schedule {
    type Err = ScheduleError;

    /// Reads one fault from each line; what follows a `#` is a remark.
    fn from_str(text: &str) -> Result<Self, ScheduleError> {
        let mut faults = Vec::new();
        for (number, line) in text.lines().enumerate() {
            let words: Vec<&str> = line.split('#').next().unwrap_or_default().split_whitespace().collect();
            if words.is_empty() {
                continue;
            }
            let failed = |cause| ScheduleError::Line { line: number + 1, cause };
            if line.len() > MAX_LINE_BYTES {
                return Err(failed(format!("it is {} bytes long, and {MAX_LINE_BYTES} are allowed", line.len())));
            }
            faults.push(scheduled(&words).map_err(failed)?);
            if faults.len() > MAX_FAULTS {
                return Err(ScheduleError::TooMany);
            }
        }
        faults.sort_by_key(|scheduled| scheduled.after_us);
        Ok(Self(faults))
    }
}

fn scheduled(words: &[&str]) -> Result<Scheduled, String> {
    let [moment, rest @ ..] = words else { return Err("it is empty".to_owned()) };
    Ok(Scheduled { after_us: moment_us(moment)?, fault: fault(rest)? })
}

fn fault(words: &[&str]) -> Result<Fault, String> {
    let own = |name: &&str| (*name).to_owned();
    Ok(match words {
        ["stop", whom] => Fault::Stop { whom: own(whom), losing_us: 0 },
        ["stop", whom, "losing", length] => Fault::Stop { whom: own(whom), losing_us: positive_us(length)? },
        ["start", whom] => Fault::Start { whom: own(whom) },
        ["switch-over", node, "with", "backlog"] => Fault::SwitchOver { node: own(node), backlog: Backlog::Kept },
        ["switch-over", node, "without", "backlog"] => without_backlog(node, 0),
        ["switch-over", node, "without", "backlog", "losing", length] => without_backlog(node, positive_us(length)?),
        ["both-primary", node, "for", length] => Fault::BothPrimary { node: own(node), for_us: positive_us(length)? },
        ["skew", source, "by", length] => Fault::Skew { source: own(source), by_us: length_us(length)? },
        ["repeat", source, "last", count] => {
            let events = count.parse().map_err(|_| format!("{count:?} is no number of events"))?;
            Fault::Repeat { source: own(source), events }
        }
        ["reuse", source] => Fault::Reuse { source: own(source) },
        ["garbage", source] => Fault::Garbage { source: own(source) },
        [what, source, rest @ ..] => {
            let failed = || format!("{:?} is no fault", words.join(" "));
            Fault::Connection { source: own(source), what: disturbance(what, rest)?.ok_or_else(failed)? }
        }
        _ => return Err(format!("{:?} is no fault", words.join(" "))),
    })
}

/// What befalls connections, by its name and what follows the source; none when it is nothing that may.
fn disturbance(what: &str, rest: &[&str]) -> Result<Option<Disturbance>, String> {
    Ok(Some(match (what, rest) {
        ("drop", []) => Disturbance::Drop,
        ("cut-frame", []) => Disturbance::CutFrame,
        ("noise", []) => Disturbance::Noise,
        ("delay", ["by", length]) => Disturbance::Delay { by_us: positive_us(length)? },
        ("refuse", ["for", length]) => Disturbance::Refuse { for_us: positive_us(length)? },
        _ => return Ok(None),
    }))
}

fn without_backlog(node: &str, losing_us: i64) -> Fault {
    Fault::SwitchOver { node: node.to_owned(), backlog: Backlog::Lost { losing_us } }
}

/// Hours, minutes and seconds as microseconds.
fn moment_us(text: &str) -> Result<i64, String> {
    let failed = || format!("{text:?} is no moment; write hours, minutes and seconds as 01:02:03 or 01:02:03.5");
    let mut parts = text.split(':');
    let (Some(hours), Some(minutes), Some(seconds), None) = (parts.next(), parts.next(), parts.next(), parts.next())
    else {
        return Err(failed());
    };
    let whole = |text: &str| text.parse::<u32>().ok().map(i64::from);
    let (seconds, fraction) = seconds.split_once('.').unwrap_or((seconds, ""));
    let is_fraction = fraction.len() <= 6 && fraction.bytes().all(|digit| digit.is_ascii_digit());
    let fraction_us = format!("{fraction:0<6}").parse::<i64>().ok().filter(|_| is_fraction);
    let seconds = whole(hours).zip(whole(minutes)).zip(whole(seconds)).map(|((h, m), s)| h * 3_600 + m * 60 + s);
    seconds.zip(fraction_us).map(|(seconds, us)| seconds * SECOND_US + us).ok_or_else(failed)
}

fn positive_us(text: &str) -> Result<i64, String> {
    length_us(text).and_then(|us| if us < 0 { Err(format!("{text:?} is negative")) } else { Ok(us) })
}

fn length_us(text: &str) -> Result<i64, String> {
    let digits = text.trim_end_matches(|c: char| c.is_ascii_alphabetic());
    let unit = text.get(digits.len()..).unwrap_or_default();
    let unit_us = UNITS.iter().find(|(name, _)| *name == unit).map(|(_, us)| *us);
    let us = digits.parse::<i64>().ok().zip(unit_us).and_then(|(count, unit_us)| count.checked_mul(unit_us));
    us.ok_or_else(|| format!("{text:?} is no length; write a whole number and m, s, ms or us, such as 2500ms"))
}

struct Moment(i64);

impl fmt::Display for Moment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (seconds, us) = (self.0 / SECOND_US, self.0 % SECOND_US);
        write!(f, "{:02}:{:02}:{:02}", seconds / 3_600, seconds / 60 % 60, seconds % 60)?;
        if us == 0 { Ok(()) } else { write!(f, ".{us:06}") }
    }
}

struct Length(i64);

impl fmt::Display for Length {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let whole = UNITS.iter().find(|(_, us)| self.0 % us == 0 && self.0 != 0);
        let (unit, us) = whole.unwrap_or(&("s", 1));
        write!(f, "{}{unit}", self.0 / us)
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Stop { whom, losing_us: 0 } => write!(f, "stop {whom}"),
            Self::Stop { whom, losing_us } => write!(f, "stop {whom} losing {}", Length(*losing_us)),
            Self::Start { whom } => write!(f, "start {whom}"),
            Self::SwitchOver { node, backlog: Backlog::Kept } => write!(f, "switch-over {node} with backlog"),
            Self::SwitchOver { node, backlog: Backlog::Lost { losing_us: 0 } } => {
                write!(f, "switch-over {node} without backlog")
            }
            Self::SwitchOver { node, backlog: Backlog::Lost { losing_us } } => {
                write!(f, "switch-over {node} without backlog losing {}", Length(*losing_us))
            }
            Self::BothPrimary { node, for_us } => write!(f, "both-primary {node} for {}", Length(*for_us)),
            Self::Skew { source, by_us } => write!(f, "skew {source} by {}", Length(*by_us)),
            Self::Repeat { source, events } => write!(f, "repeat {source} last {events}"),
            Self::Reuse { source } => write!(f, "reuse {source}"),
            Self::Garbage { source } => write!(f, "garbage {source}"),
            Self::Connection { source, what } => match what {
                Disturbance::Drop => write!(f, "drop {source}"),
                Disturbance::CutFrame => write!(f, "cut-frame {source}"),
                Disturbance::Noise => write!(f, "noise {source}"),
                Disturbance::Delay { by_us } => write!(f, "delay {source} by {}", Length(*by_us)),
                Disturbance::Refuse { for_us } => write!(f, "refuse {source} for {}", Length(*for_us)),
            },
        }
    }
}

impl fmt::Display for Schedule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.iter().try_for_each(|Scheduled { after_us, fault }| writeln!(f, "{} {fault}", Moment(*after_us)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = "\
00:00:00.000001 stop dc1-node1-a
00:10:00 stop dc1-node1 losing 2500ms
00:12:30.500000 start dc1-node1-a
01:00:00 switch-over dc2-node1 with backlog
01:00:00 switch-over dc2-node1 without backlog
01:30:00 switch-over dc2-node1 without backlog losing 2s
02:00:00 both-primary dc1-vq for 20m
02:30:00 skew dc1-node1/IPport by -2500ms
02:40:00 skew dc1-node1/IPport by 0s
03:00:00 repeat dc1-node1/IPport last 20
03:10:00 reuse dc1-node1/TCport
04:00:00 drop dc1-node1/IPport
04:00:01 cut-frame dc1-node1/IPport
04:00:02 noise dc1-node1/IPport
04:00:03 delay dc1-node1/IPport by 5ms
04:00:04 delay dc1-node1/IPport by 0s
04:00:05 refuse dc1-node1/IPport for 200ms
127:20:00 garbage dc1-vq/VQport
";

    #[test]
    fn every_fault_reads_back_as_it_was_printed() {
        let schedule: Schedule = TEXT.parse().expect("a schedule");
        assert_eq!((schedule.iter().count(), schedule.to_string().as_str()), (18, TEXT));
        let skew = Fault::Skew { source: "dc1-node1/IPport".to_owned(), by_us: -2_500_000 };
        assert_eq!(schedule.iter().nth(7), Some(&Scheduled { after_us: 9_000_000_000, fault: skew }));
    }

    #[test]
    fn remarks_blank_lines_and_disorder_are_read_over() {
        let text = "# what for\n\n 00:00:02   start x # back\n00:00:01 stop x\n";
        let schedule: Schedule = text.parse().expect("a schedule");
        assert_eq!(schedule.to_string(), "00:00:01 stop x\n00:00:02 start x\n");
    }

    #[test]
    fn what_is_wrong_is_said_with_its_line() {
        for wrong in [
            "10:00 stop x",
            "00:00:01.1234567 stop x",
            "00:00:-1 stop x",
            "00:00:01",
            "00:00:01 explode x",
            "00:00:01 both-primary x for -2s",
            "00:00:01 both-primary x for 2h",
            "00:00:01 skew x by 9223372036854775807m",
            "00:00:01 repeat x last all",
            "00:00:01 switch-over x",
            "00:00:01 delay x",
            "00:00:01 refuse x for -1s",
        ] {
            let error = format!("00:00:01 stop x\n{wrong}").parse::<Schedule>().expect_err(wrong);
            assert!(error.to_string().starts_with("line 2 of the schedule"), "{error}");
        }
        let long = format!("00:00:01 stop {}", "x".repeat(MAX_LINE_BYTES));
        assert!(matches!(long.parse::<Schedule>(), Err(ScheduleError::Line { line: 1, .. })));
    }
}
