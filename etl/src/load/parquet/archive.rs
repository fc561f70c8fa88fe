//! Reading `gidb/event` as one state of the mart has it, while the next state may be in the making.
//!
//! Knows how the archive lies in files: a day's logins and logouts stand apart, for they are looked for many days around.

use std::collections::{BTreeSet, HashMap, HashSet};
use std::path::Path;
use std::sync::Arc;

use callmart_schema::catalogue::{GidbEvent, Table};
use callmart_schema::manifest::FileEntry;

use super::reading::{self, Keys, Wanted};
use super::store::{Days, State};
use super::{day_name, day_number};
use crate::error::EtlError;
use crate::stored::{Stored, Texts};

/// Part of a day's archive that holds the logins and logouts.
pub(super) const LOGINS: &str = "logins";

const TABLE: &Table = GidbEvent::TABLE;

/// Takes in an event; the texts are those with which it is read.
pub(crate) type Take<'a> = dyn FnMut(&mut Texts, Stored) -> Result<(), EtlError> + 'a;

/// The archive of one state.
#[derive(Debug, Clone)]
pub(crate) struct Archive {
    data_dir: Arc<Path>,
    days: Arc<Days>,
}

impl Archive {
    /// The archive of a state.
    pub(super) fn of(data_dir: &Path, state: &State) -> Self {
        let days = state.files.get(TABLE.name).cloned().unwrap_or_default();
        Self { data_dir: data_dir.into(), days }
    }

    /// An archive without events.
    pub(crate) fn empty() -> Self {
        Self { data_dir: Path::new("").into(), days: Arc::default() }
    }

    /// The UTC days that it holds events of, in days since 1970-01-01.
    pub(crate) fn days(&self) -> BTreeSet<i32> {
        self.days.keys().filter_map(|name| day_number(name)).collect()
    }

    fn files(&self, day: i32) -> impl Iterator<Item = &FileEntry> {
        self.days.get(&day_name(day)).into_iter().flatten()
    }

    /// Hands out every event of a day.
    ///
    /// # Errors
    /// [`EtlError::Io`] or [`EtlError::DamagedFile`].
    pub(crate) fn each(&self, texts: &mut Texts, day: i32, take: &mut Take<'_>) -> Result<(), EtlError> {
        for file in self.files(day) {
            self.read(texts, file, None, take)?;
        }
        Ok(())
    }

    /// As [`Self::each`], with texts of their own.
    ///
    /// # Errors
    /// The first one of `take`, or as [`Self::each`].
    pub(crate) fn each_of_day(
        &self,
        day: i32,
        take: &mut dyn FnMut(Stored) -> Result<(), EtlError>,
    ) -> Result<(), EtlError> {
        self.each(&mut Texts::default(), day, &mut |_, event| take(event))
    }

    /// Hands out the logins and logouts of a day.
    ///
    /// # Errors
    /// As [`Self::each`].
    pub(crate) fn logins(&self, texts: &mut Texts, day: i32, take: &mut Take<'_>) -> Result<(), EtlError> {
        for file in self.files(day).filter(|f| f.part == LOGINS) {
            self.read(texts, file, None, take)?;
        }
        Ok(())
    }

    /// The events of units on some days.
    ///
    /// # Errors
    /// As [`Self::each`].
    pub(crate) fn units(
        &self,
        texts: &mut Texts,
        units: &HashSet<i64>,
        days: impl IntoIterator<Item = i32>,
    ) -> Result<HashMap<i64, Vec<Stored>>, EtlError> {
        let wanted = Wanted { column: "unit_key", keys: Keys::of(units) };
        let mut found: HashMap<i64, Vec<Stored>> = HashMap::new();
        for file in days.into_iter().flat_map(|day| self.files(day)) {
            self.read(texts, file, Some(&wanted), &mut |_, event| {
                found.entry(event.unit_key).or_default().push(event);
                Ok(())
            })?;
        }
        Ok(found)
    }

    fn read(
        &self,
        texts: &mut Texts,
        file: &FileEntry,
        wanted: Option<&Wanted>,
        take: &mut Take<'_>,
    ) -> Result<(), EtlError> {
        reading::each(&self.data_dir, TABLE, file, wanted, &mut |batch| Stored::each_archived(texts, &batch, take))
    }
}
