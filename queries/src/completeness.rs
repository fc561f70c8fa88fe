//! How far an answer can be trusted: which sources were heard for which part of the asked period, and up to when.
//!
//! Read from `ctl_coverage` of the same state of the mart as the answer itself. It does not know reports.

use std::collections::BTreeMap;
use std::fmt;

use arrow::array::RecordBatch;
use callmart_schema::catalogue::{CtlCoverage, Value, cells};
use chrono::{DateTime, SecondsFormat};

use crate::engine::{QueryError, Reading, cast_to};

/// State that `ctl_coverage` gives a source that was expected and never heard.
const NEVER_HEARD: &str = "never-heard";

/// States that `ctl_coverage` gives a stretch in which operators decided to do without a source.
const IGNORED: [&str; 2] = ["ignored", "retired"];

/// A source whose stretch ends behind this is ignored until further notice, in milliseconds since 1970-01-01 UTC.
pub(crate) const FAR_MS: i64 = 253_402_300_000_000;

/// Most gaps that the sentence for people names one by one.
const MAX_GAPS_IN_WORDS: usize = 5;

/// How complete an answer is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Completeness {
    /// Version of the definition that was used.
    pub definition_version: u32,
    /// Start of the asked period, in milliseconds since 1970-01-01 UTC.
    pub from_ms: i64,
    /// End of the asked period (exclusive), in milliseconds since 1970-01-01 UTC.
    pub to_ms: i64,
    /// The sources of the mart, by name.
    pub sources: Vec<SourceCompleteness>,
}

/// How completely one source was heard in the asked period.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SourceCompleteness {
    /// Name of the source.
    pub source: String,
    /// What the collector takes the source for.
    pub role: String,
    /// Up to when everything expected of it has arrived, in milliseconds since 1970-01-01 UTC; none when never heard.
    pub watermark_ms: Option<i64>,
    /// Whether it stopped in good order: nothing is missing behind its last stretch.
    pub stopped: bool,
    /// Whether it is ignored until further notice: nobody waits for it.
    pub is_ignored: bool,
    /// The parts of the asked period in which it is ignored.
    pub ignored: Vec<Ignored>,
    /// The parts of the asked period in which it was not heard, and not ignored.
    pub gaps: Vec<Gap>,
}

/// A part of the asked period in which an operator decided to do without a source.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ignored {
    /// Start, in milliseconds since 1970-01-01 UTC.
    pub from_ms: i64,
    /// End (exclusive), in milliseconds since 1970-01-01 UTC.
    pub to_ms: i64,
    /// Who decided it.
    pub who: String,
    /// Why; may be empty.
    pub why: String,
}

/// A part of the asked period in which a source was not heard.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Gap {
    /// Where it lies.
    pub kind: GapKind,
    /// Start, in milliseconds since 1970-01-01 UTC.
    pub from_ms: i64,
    /// End (exclusive), in milliseconds since 1970-01-01 UTC.
    pub to_ms: i64,
}

/// Where a gap lies among the stretches of its source.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum GapKind {
    /// Before the source was first heard.
    Before,
    /// Between two stretches.
    Between,
    /// Behind the last stretch of a source that has not stopped in good order: it is late, or lost.
    Behind,
}

impl Completeness {
    /// The time up to which all sources are known, in milliseconds since 1970-01-01 UTC; none when one was never heard or
    /// there is no source. Sources that stopped in good order, or are ignored, hold nobody back.
    #[must_use]
    pub fn watermark_ms(&self) -> Option<i64> {
        let known =
            self.sources.iter().map(|s| if s.stopped || s.is_ignored { Some(i64::MAX) } else { s.watermark_ms });
        let least = known.min().flatten()?;
        // All have stopped: the mart is known up to the last of them.
        if least == i64::MAX { self.sources.iter().filter_map(|s| s.watermark_ms).max() } else { Some(least) }
    }

    /// The sources that are expected and were never heard.
    pub fn never_heard(&self) -> impl Iterator<Item = &SourceCompleteness> {
        self.sources.iter().filter(|s| s.watermark_ms.is_none() && !s.is_ignored)
    }

    /// Names of the sources that are ignored in some of the asked period.
    #[must_use]
    pub fn ignored(&self) -> Vec<&str> {
        self.sources.iter().filter(|s| !s.ignored.is_empty()).map(|s| s.source.as_str()).collect()
    }

    /// The gaps of the asked period with their sources.
    pub fn gaps(&self) -> impl Iterator<Item = (&SourceCompleteness, &Gap)> {
        self.sources.iter().flat_map(|s| s.gaps.iter().map(move |gap| (s, gap)))
    }

    /// Whether every source was heard for the whole period, but where it is ignored.
    #[must_use]
    pub fn is_complete(&self) -> bool {
        !self.sources.is_empty() && self.never_heard().next().is_none() && self.gaps().next().is_none()
    }
}

impl fmt::Display for Completeness {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Definition version {}", self.definition_version)?;
        match (self.sources.is_empty(), self.watermark_ms()) {
            (true, _) => return write!(f, "; the mart has heard no source yet."),
            (false, Some(ms)) => write!(f, "; data up to {}", time(ms))?,
            (false, None) => write!(f, "; no common watermark")?,
        }
        let ignored = self.ignored().join(", ");
        if self.is_complete() && !ignored.is_empty() {
            return write!(f, "; complete but for what is ignored: {ignored}.");
        }
        if self.is_complete() {
            let many = if self.sources.len() == 1 { "source was" } else { "sources were" };
            return write!(f, "; complete: {} {many} heard for the whole period.", self.sources.len());
        }
        let never: Vec<&str> = self.never_heard().map(|s| s.source.as_str()).collect();
        if !never.is_empty() {
            write!(f, "; never heard: {}", never.join(", "))?;
        }
        for (source, gap) in self.gaps().take(MAX_GAPS_IN_WORDS) {
            write!(f, "; {} {}", source.source, gap)?;
        }
        match self.gaps().count().saturating_sub(MAX_GAPS_IN_WORDS) {
            0 => {}
            more => write!(f, "; and {more} more gaps")?,
        }
        if ignored.is_empty() { write!(f, ".") } else { write!(f, "; ignored: {ignored}.") }
    }
}

impl fmt::Display for Gap {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.kind {
            GapKind::Before => write!(f, "is heard only from {} on", time(self.to_ms)),
            GapKind::Between => write!(f, "is missing from {} to {}", time(self.from_ms), time(self.to_ms)),
            GapKind::Behind => write!(f, "is not heard yet from {} on", time(self.from_ms)),
        }
    }
}

fn time(ms: i64) -> String {
    DateTime::from_timestamp_millis(ms).map_or_else(|| ms.to_string(), |t| t.to_rfc3339_opts(SecondsFormat::Secs, true))
}

const SQL: &str = "SELECT source, switch_name, role, from_ms, to_ms, state, events, watermark_ms, stopped_flag, \
    from_epoch_ms, from_seq, to_epoch_ms, to_seq, epoch_ms, epoch_process, decided_by, decided_ms, decided_why \
    FROM ctl_coverage WHERE state <> 'lost' ORDER BY source, from_ms, state";

/// Places of who decided and why in a row of [`SQL`].
const DECIDED_BY: usize = 15;
const DECIDED_WHY: usize = 17;

/// How complete this state of a mart is for a period `[from_s, to_s)`, in seconds since 1970-01-01 UTC.
///
/// # Errors
/// When the engine cannot read the coverage.
pub async fn completeness(
    reading: &mut Reading,
    definition_version: u32,
    from_s: i64,
    to_s: i64,
) -> Result<Completeness, QueryError> {
    let rows = reading.query(SQL, &[]).await?;
    let rows = cast_to(&rows, &CtlCoverage::TABLE.arrow_schema())?;
    let (from_ms, to_ms) = (from_s.saturating_mul(1_000), to_s.saturating_mul(1_000));
    Ok(Completeness { definition_version, from_ms, to_ms, sources: of_sources(&stretches(&rows), from_ms, to_ms) })
}

/// One row of `ctl_coverage`.
#[derive(Debug, Clone, Default)]
struct Stretch {
    source: String,
    role: String,
    from_ms: i64,
    to_ms: i64,
    never_heard: bool,
    watermark_ms: i64,
    stopped: bool,
    /// Who decided to do without the source there, and why.
    ignored: Option<(String, String)>,
}

fn stretches(rows: &RecordBatch) -> Vec<Stretch> {
    (0..rows.num_rows()).filter_map(|row| stretch(cells(rows, row))).collect()
}

fn stretch(row: Vec<Value>) -> Option<Stretch> {
    use Value::{Int, Text};
    // What is lost shows as the gap that it is.
    match row.get(..9)? {
        [Text(source), _, Text(role), Int(from_ms), Int(to_ms), Text(state), _, Int(watermark_ms), Int(stopped)] => {
            let (source, role) = (source.clone(), role.clone());
            let (from_ms, to_ms, watermark_ms, stopped) = (*from_ms, *to_ms, *watermark_ms, *stopped);
            let (never_heard, stopped) = (state == NEVER_HEARD, stopped == 1);
            let text = |place: usize| if let Some(Text(text)) = row.get(place) { text.clone() } else { String::new() };
            let ignored = IGNORED.contains(&state.as_str()).then(|| (text(DECIDED_BY), text(DECIDED_WHY)));
            Some(Stretch { source, role, from_ms, to_ms, never_heard, watermark_ms, stopped, ignored })
        }
        _ => None,
    }
}

fn of_sources(stretches: &[Stretch], from_ms: i64, to_ms: i64) -> Vec<SourceCompleteness> {
    let mut by_source: BTreeMap<&str, Vec<&Stretch>> = BTreeMap::new();
    for stretch in stretches {
        by_source.entry(&stretch.source).or_default().push(stretch);
    }
    by_source.into_iter().map(|(source, of_source)| of_one(source, &of_source, from_ms, to_ms)).collect()
}

fn of_one(source: &str, stretches: &[&Stretch], from_ms: i64, to_ms: i64) -> SourceCompleteness {
    let known: Vec<&Stretch> = stretches.iter().copied().filter(|s| !s.never_heard).collect();
    let stopped = known.iter().any(|s| s.stopped);
    // One that is ignored before it was ever heard has no watermark; behind the end of that it is known that far.
    let watermarks = known.iter().filter(|s| s.ignored.is_none() || s.watermark_ms > 0).map(|s| s.watermark_ms);
    let ends = known.iter().filter(|s| s.ignored.is_some() && s.to_ms < FAR_MS).map(|s| s.to_ms);
    SourceCompleteness {
        source: source.to_owned(),
        role: stretches.first().map(|s| s.role.clone()).unwrap_or_default(),
        watermark_ms: watermarks.chain(ends).max(),
        stopped,
        is_ignored: known.iter().any(|s| s.ignored.is_some() && s.to_ms > FAR_MS),
        ignored: known.iter().filter_map(|s| ignored(s, from_ms, to_ms)).collect(),
        gaps: gaps(&known, stopped, from_ms, to_ms),
    }
}

/// A stretch in which its source is ignored, as far as it lies in the period.
fn ignored(stretch: &Stretch, from_ms: i64, to_ms: i64) -> Option<Ignored> {
    let (who, why) = stretch.ignored.clone()?;
    let (from_ms, to_ms) = (stretch.from_ms.max(from_ms), stretch.to_ms.min(to_ms));
    (from_ms < to_ms).then_some(Ignored { from_ms, to_ms, who, why })
}

/// The gaps within the period, of stretches in the order of their starts. Where a source is ignored is none.
fn gaps(known: &[&Stretch], stopped: bool, from_ms: i64, to_ms: i64) -> Vec<Gap> {
    if known.is_empty() {
        return Vec::new();
    }
    let mut gaps = Vec::new();
    let (mut known_to, mut is_heard) = (i64::MIN, false);
    for stretch in known {
        let kind = if is_heard || stretch.ignored.is_some() { GapKind::Between } else { GapKind::Before };
        is_heard |= stretch.ignored.is_none();
        gaps.push(Gap { kind, from_ms: known_to, to_ms: stretch.from_ms });
        known_to = known_to.max(stretch.to_ms);
    }
    if !stopped {
        gaps.push(Gap { kind: GapKind::Behind, from_ms: known_to, to_ms: i64::MAX });
    }
    let within = |gap: Gap| Gap { from_ms: gap.from_ms.max(from_ms), to_ms: gap.to_ms.min(to_ms), ..gap };
    gaps.into_iter().map(within).filter(|gap| gap.from_ms < gap.to_ms).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn heard(source: &str, from_ms: i64, to_ms: i64, stopped: bool) -> Stretch {
        let role = "vq".to_owned();
        let (source, ignored) = (source.into(), None);
        Stretch { source, role, from_ms, to_ms, never_heard: false, watermark_ms: to_ms, stopped, ignored }
    }

    /// A stretch in which a source is ignored that was heard until a moment.
    fn ignored(source: &str, from_ms: i64, to_ms: i64, heard_ms: i64) -> Stretch {
        let who = Some(("ada".to_owned(), "it burns".to_owned()));
        Stretch { watermark_ms: heard_ms, ignored: who, ..heard(source, from_ms, to_ms, false) }
    }

    const OPEN: i64 = FAR_MS + 1;

    fn of(stretches: &[Stretch]) -> Completeness {
        let (from_ms, to_ms) = (100_000, 200_000);
        Completeness { definition_version: 1, from_ms, to_ms, sources: of_sources(stretches, from_ms, to_ms) }
    }

    #[test]
    fn a_source_heard_for_the_whole_period_is_complete() {
        let complete = of(&[heard("a", 0, 250_000, false), heard("b", 50_000, 150_000, true)]);
        assert!(complete.is_complete());
        assert_eq!(complete.watermark_ms(), Some(250_000));
        let text = complete.to_string();
        let expected = "Definition version 1; data up to 1970-01-01T00:04:10Z; complete: 2 sources were heard for the whole period.";
        assert_eq!(text, expected);
    }

    #[test]
    fn gaps_are_cut_to_the_period_and_told_apart_by_where_they_lie() {
        let parted = of(&[heard("a", 110_000, 120_000, false), heard("a", 130_000, 190_000, false)]);
        let found: Vec<_> = parted.gaps().map(|(_, g)| (g.kind, g.from_ms, g.to_ms)).collect();
        let expected = [
            (GapKind::Before, 100_000, 110_000),
            (GapKind::Between, 120_000, 130_000),
            (GapKind::Behind, 190_000, 200_000),
        ];
        assert_eq!(found, expected);
        assert!(!parted.is_complete());
        assert_eq!(parted.watermark_ms(), Some(190_000));
        assert!(parted.to_string().contains("a is missing from 1970-01-01T00:02:00Z to 1970-01-01T00:02:10Z"));
    }

    #[test]
    fn a_source_never_heard_takes_the_common_watermark_away() {
        let never = Stretch { source: "b".into(), never_heard: true, ..Stretch::default() };
        let lacking = of(&[heard("a", 0, 250_000, false), never]);
        assert_eq!((lacking.watermark_ms(), lacking.is_complete()), (None, false));
        assert_eq!(lacking.to_string(), "Definition version 1; no common watermark; never heard: b.");
    }

    #[test]
    fn an_ignored_source_holds_nobody_back_and_leaves_no_gap_where_it_is_ignored() {
        let dead = [heard("a", 0, 250_000, false), heard("b", 0, 150_000, false)];
        assert_eq!((of(&dead).watermark_ms(), of(&dead).is_complete()), (Some(150_000), false));
        let with = |stretch| of(&[&dead[..], &[stretch]].concat());
        let at_once = with(ignored("b", 150_000, OPEN, 150_000));
        assert_eq!((at_once.watermark_ms(), at_once.is_complete()), (Some(250_000), true));
        assert!(at_once.to_string().ends_with("complete but for what is ignored: b."), "{at_once}");
        let [part] = &at_once.sources[1].ignored[..] else { panic!("one stretch") };
        assert_eq!(
            (part.from_ms, part.to_ms, part.who.as_str(), part.why.as_str()),
            (150_000, 200_000, "ada", "it burns")
        );
        let later = with(ignored("b", 160_000, OPEN, 150_000));
        let found: Vec<_> = later.gaps().map(|(s, g)| (s.source.as_str(), g.kind, g.from_ms, g.to_ms)).collect();
        assert_eq!(found, [("b", GapKind::Between, 150_000, 160_000)]);
        assert_eq!((later.watermark_ms(), later.is_complete()), (Some(250_000), false));
        let resumed = with(ignored("b", 150_000, 170_000, 150_000));
        assert_eq!((resumed.watermark_ms(), resumed.is_complete()), (Some(170_000), false));
    }

    #[test]
    fn a_source_that_was_never_heard_and_is_ignored_is_not_missed() {
        let all = of(&[heard("a", 0, 250_000, false), ignored("b", 0, OPEN, 0)]);
        assert_eq!((all.watermark_ms(), all.is_complete(), all.never_heard().count()), (Some(250_000), true, 0));
        let half = of(&[heard("a", 0, 250_000, false), ignored("b", 150_000, OPEN, 0)]);
        let found: Vec<_> = half.gaps().map(|(_, g)| (g.kind, g.from_ms, g.to_ms)).collect();
        assert_eq!(found, [(GapKind::Between, 100_000, 150_000)]);
    }

    #[test]
    fn a_mart_without_sources_says_so_and_is_not_complete() {
        let nothing = of(&[]);
        assert!(!nothing.is_complete());
        assert!(nothing.to_string().contains("no source"));
    }
}
