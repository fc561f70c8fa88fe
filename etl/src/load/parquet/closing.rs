//! Closing a day: the parts of each of its tables become one file.
//!
//! It is made stretch by stretch along the first column of the table's order, so that never more than a stretch is in memory.
//! Its bytes are those that all rows at once would make.

use std::collections::BTreeSet;

use callmart_schema::catalogue::{Table, TableKind, table};
use callmart_schema::manifest::FileEntry;

use super::files::{self, NewFile, Place, concat};
use super::reading::{self, Keys, Wanted};
use super::{ParquetMart, day_number, links, store};
use crate::error::EtlError;

/// Rows that are joined before the state with them becomes the newest.
const ROWS_PER_STATE: u64 = 2_000_000;

impl ParquetMart {
    /// These days are open, all others closed.
    pub(crate) fn open_only(&mut self, days: BTreeSet<i32>) {
        self.open_days = days;
    }

    pub(super) fn is_open(&self, day: i32) -> bool {
        self.open_days.contains(&day)
    }

    /// Whether a day that is not open has tables in parts.
    #[must_use]
    pub(crate) fn has_to_close(&self, open_days: &BTreeSet<i32>) -> bool {
        self.in_parts(open_days).next().is_some()
    }

    /// Table, day and part where several files stand though the day is closed.
    fn in_parts<'a>(&'a self, open: &'a BTreeSet<i32>) -> impl Iterator<Item = (&'static Table, &'a str, &'a str)> {
        let with_days = |name: &String| table(name).filter(|t| t.day_column().is_some());
        let tables = self.state.files.iter().filter_map(move |(name, days)| Some((with_days(name)?, days)));
        tables.flat_map(move |(table, days)| {
            let closed = days.iter().filter(move |(day, _)| day_number(day).is_none_or(|day| !open.contains(&day)));
            closed.flat_map(move |(day, files)| {
                let parts: BTreeSet<&str> = files.iter().map(|f| f.part.as_str()).collect();
                let several = move |part: &&str| files.iter().filter(|f| f.part == **part).count() > 1;
                parts.into_iter().filter(several).map(move |part| (table, day.as_str(), part))
            })
        })
    }

    /// Closes some of what is to be closed, and makes it the newest state. A state's rows do not change by it.
    ///
    /// # Errors
    /// As [`Self::publish`]; the newest state is then the one before.
    pub(crate) fn close_some(&mut self) -> Result<(), EtlError> {
        let before = self.state.clone();
        let made = self.close_parts().and_then(|()| store::commit(&self.data_dir, &mut self.state));
        if let Err(error) = made {
            self.state = before;
            return Err(error);
        }
        self.forget_closed();
        self.tidy(links::show(&self.data_dir, &self.state, Some(&before.files)));
        Ok(())
    }

    fn close_parts(&mut self) -> Result<(), EtlError> {
        let places: Vec<(&'static Table, String, String)> =
            self.in_parts(&self.open_days).map(|(table, day, part)| (table, day.to_owned(), part.to_owned())).collect();
        let mut rows = 0;
        for (table, day, part) in places {
            rows += self.close(Place { table, day: &day, part: &part })?;
            if rows > ROWS_PER_STATE {
                break;
            }
        }
        Ok(())
    }

    /// Makes the files of a place one; gives the number of its rows.
    fn close(&mut self, place: Place<'_>) -> Result<u64, EtlError> {
        let parts: Vec<FileEntry> = self.files_of(place).cloned().collect();
        let rows: u64 = parts.iter().map(|f| f.rows).sum();
        let cells = rows.saturating_mul(place.table.columns.len() as u64);
        let whole = if cells <= self.cells_at_once {
            files::write(&self.data_dir, place, &reading::rows(&self.data_dir, place.table, &parts)?)?
        } else {
            self.close_by_stretches(place, &parts, cells.div_ceil((self.cells_at_once / 2).max(1)))?
        };
        parts.iter().for_each(|file| self.forget(place.table, file));
        self.remember(place.table, whole);
        Ok(rows)
    }

    fn close_by_stretches(&self, place: Place<'_>, parts: &[FileEntry], count: u64) -> Result<FileEntry, EtlError> {
        let table = place.table;
        let column = table.sort.first().copied().unwrap_or_default();
        let mut file = NewFile::begin(&self.data_dir, place)?;
        for (from, to) in stretches(table, place.day, count) {
            let wanted = Wanted { column, keys: Keys::Between(from, to) };
            let mut batches = Vec::new();
            for part in parts {
                reading::each(&self.data_dir, table, part, Some(&wanted), &mut |batch| {
                    batches.push(batch);
                    Ok(())
                })?;
            }
            file.write(files::sort(table, &concat(table, &batches)?)?)?;
        }
        file.finish()
    }
}

/// Stretches, both ends included, that hold every value of the first column of the table's order on that day: of facts the
/// time of their start, of the archive the key of the unit, which is as good as random.
fn stretches(table: &Table, day: &str, count: u64) -> Vec<(i64, i64)> {
    let (first, last) = match (table.kind, day_number(day)) {
        (TableKind::Fact | TableKind::Projection, Some(day)) => {
            (i64::from(day) * 86_400, i64::from(day) * 86_400 + 86_399)
        }
        _ => (i64::MIN, i64::MAX),
    };
    let count = i128::from(count.max(1));
    let width = (i128::from(last) - i128::from(first) + 1).div_euclid(count).max(1);
    let start = |place: i128| i64::try_from(i128::from(first) + place * width).unwrap_or(i64::MAX);
    (0..count)
        .map(|place| (start(place), if place + 1 == count { last } else { start(place + 1).saturating_sub(1) }))
        .filter(|(from, to)| from <= to)
        .collect()
}

#[cfg(test)]
mod tests {
    use callmart_schema::catalogue::{GidbEvent, InteractionFact, Row as _};

    use super::*;

    const DAY: i32 = 20_458;
    const DAY_S: i64 = 86_400;

    fn fact(number: i64) -> InteractionFact {
        // In no order, and with gaps in the day.
        let start = i64::from(DAY) * DAY_S + (number * 7_919) % 50_000 / 900 * 900;
        InteractionFact { interaction_id: number, unit_key: number, start_date_time_key: start, ..Default::default() }
    }

    fn event(number: i64) -> GidbEvent {
        let unit_key = number.wrapping_mul(0x9e37_79b9_7f4a_7c15_u64 as i64);
        let time_us = i64::from(DAY) * DAY_S * 1_000_000;
        GidbEvent { unit_key, seq: number, time_us, event: vec![7; 20], ..Default::default() }
    }

    #[test]
    fn a_closed_day_is_one_file_whose_bytes_do_not_tell_how_it_grew() {
        let facts = InteractionFact::batch(&(0..20_000).map(fact).collect::<Vec<_>>());
        let events = GidbEvent::batch(&(0..20_000).map(event).collect::<Vec<_>>());
        let day = super::super::day_name(DAY);
        for (table, rows) in [(InteractionFact::TABLE, facts), (GidbEvent::TABLE, events)] {
            let dir = tempfile::tempdir().expect("a folder");
            let mut mart = ParquetMart::open(dir.path(), &[], 300).expect("a mart");
            let place = Place { table, day: &day, part: "" };
            let at_once = files::write(dir.path(), place, &rows).expect("a file");
            mart.open_only(BTreeSet::from([DAY]));
            for (from, len) in [(0, 15_000), (15_000, 4_000), (19_000, 1_000)] {
                mart.append(place, &rows.slice(from, len)).expect("appended");
            }
            let parts: Vec<FileEntry> = mart.files_of(place).cloned().collect();
            assert_eq!(parts.len(), 3);
            assert_eq!(mart.close_by_stretches(place, &parts, 7).expect("closed"), at_once, "{}", table.name);
            assert!(!mart.has_to_close(&BTreeSet::from([DAY])), "it is open");
            assert!(mart.has_to_close(&BTreeSet::new()));
            mart.open_only(BTreeSet::new());
            mart.close_some().expect("closed");
            assert!(!mart.has_to_close(&BTreeSet::new()));
            assert_eq!(mart.files_of(place).collect::<Vec<_>>(), [&at_once]);
        }
    }

    #[test]
    fn stretches_follow_each_other_without_holes() {
        for (table, day) in [(InteractionFact::TABLE, "2026-01-05"), (GidbEvent::TABLE, "2026-01-05")] {
            for count in [1, 2, 7, 98] {
                let all = stretches(table, day, count);
                assert_eq!(all.len() as u64, count);
                assert!(all.windows(2).all(|w| w[0].1 + 1 == w[1].0 && w[0].0 <= w[0].1));
            }
        }
        assert_eq!(stretches(GidbEvent::TABLE, "2026-01-05", 3).first().map(|s| s.0), Some(i64::MIN));
        assert_eq!(stretches(GidbEvent::TABLE, "2026-01-05", 3).last().map(|s| s.1), Some(i64::MAX));
    }
}
