//! What goes on now, told to whoever asks in this process, without waiting for a mart.
//!
//! The tables of what goes on are folded here once more, more often than files are written. Knows rows by unit; not who asks.

use std::collections::{BTreeMap, HashSet};
use std::sync::Arc;
use std::time::Duration;

use arrow::array::RecordBatch;
use callmart_schema::catalogue::{OpenAgent, OpenInteraction, Row as _, Table};
use tokio::sync::watch;
use tokio::time::Instant;

use super::Etl;
use crate::error::EtlError;
use crate::load::parquet::without_units;
use crate::settings::TransformSettings;
use crate::transform::{Context, Rows, fold};

/// How often it is told.
const EVERY: Duration = Duration::from_millis(250);
/// It is told so much more seldom than it takes, that catching up is not held up by it,
const SHARE: u32 = 10;
/// but not more seldom than this while there is nothing to catch up with: a telling that took long once, on a machine that was
/// busy with something else, must not make the next one late.
const LONGEST_LIVE: Duration = Duration::from_millis(500);

/// Tables as they are now, each as a whole: what goes on, and the dimensions that it refers to.
#[derive(Debug, Clone, Default)]
pub struct Now {
    /// Tables of the catalogue with all their rows.
    pub tables: Vec<(&'static Table, RecordBatch)>,
}

/// Keeps what goes on, and tells it.
pub(super) struct Telling {
    told: watch::Sender<Arc<Now>>,
    /// What the mart held at the start, without the units that changed since.
    before: Vec<(&'static Table, RecordBatch)>,
    /// By unit: what goes on of it.
    units: BTreeMap<i64, (Vec<OpenInteraction>, Vec<OpenAgent>)>,
    last: Option<Instant>,
    /// How long it took to fold and tell it last.
    took: Duration,
}

impl Etl {
    /// Tells what goes on, about every quarter of a second while it changes. Asked once, before [`Self::follow`].
    ///
    /// # Errors
    /// When the mart's tables of what goes on cannot be read.
    pub fn now(&mut self) -> Result<watch::Receiver<Arc<Now>>, EtlError> {
        let before = self.publisher.here()?.open_tables()?;
        self.knowledge.note_changes();
        let mut telling = Telling {
            told: watch::channel(Arc::default()).0,
            before,
            units: BTreeMap::new(),
            last: None,
            took: Duration::ZERO,
        };
        telling.tell(&self.dimensions.batches())?;
        let told = telling.told.subscribe();
        self.telling = Some(telling);
        Ok(told)
    }

    /// How long nothing need be told yet; none when nobody asks or nothing changed.
    pub(super) fn wait_to_tell(&self) -> Option<Duration> {
        let telling = self.telling.as_ref().filter(|_| self.knowledge.has_changes())?;
        let longest = if self.is_behind { Duration::MAX } else { LONGEST_LIVE };
        let every = EVERY.max(telling.took * SHARE).min(longest);
        Some(telling.last.map_or(Duration::ZERO, |last| every.saturating_sub(last.elapsed())))
    }

    /// Tells what goes on, when it changed and was not told just now.
    pub(super) fn tell_now(&mut self) -> Result<(), EtlError> {
        if self.wait_to_tell() == Some(Duration::ZERO) { self.tell_changes() } else { Ok(()) }
    }

    /// Folds the units that changed, and tells.
    pub(super) fn tell_changes(&mut self) -> Result<(), EtlError> {
        let began = Instant::now();
        tokio::task::block_in_place(|| {
            let units = self.knowledge.take_changes();
            self.find_events(&units, None)?;
            // What left memory does not go on.
            let plain = TransformSettings { gidb_tables: false, ..self.settings.transform.clone() };
            let context = Context { settings: &plain, ..self.context() };
            let of_unit = |unit: &i64| {
                let entry = self.knowledge.unit(*unit);
                entry.map_or_else(Rows::default, |entry| fold(&entry.unit, &entry.events, context))
            };
            let rows: Vec<(i64, Rows)> = units.iter().map(|unit| (*unit, of_unit(unit))).collect();
            for (_, rows) in &rows {
                let changed = self.dimensions.extend(&rows.dimensions);
                self.waiting_dimensions.iter_mut().for_each(|waiting| {
                    waiting.extend(&changed);
                });
            }
            let dimensions = self.dimensions.batches();
            let Some(telling) = &mut self.telling else { return Ok(()) };
            telling.replace(rows)?;
            telling.tell(&dimensions)?;
            telling.took = began.elapsed();
            Ok(())
        })
    }
}

impl Telling {
    fn replace(&mut self, rows: Vec<(i64, Rows)>) -> Result<(), EtlError> {
        let units: HashSet<i64> = rows.iter().map(|(unit, _)| *unit).collect();
        for (table, batch) in &mut self.before {
            if batch.num_rows() > 0 {
                *batch = without_units(table, batch, &units)?;
            }
        }
        for (unit, rows) in rows {
            if rows.has_open() {
                self.units.insert(unit, (rows.open_interaction, rows.open_agent));
            } else {
                self.units.remove(&unit);
            }
        }
        Ok(())
    }

    fn tell(&mut self, dimensions: &[(&'static Table, RecordBatch)]) -> Result<(), EtlError> {
        let calls: Vec<OpenInteraction> = self.units.values().flat_map(|(calls, _)| calls.iter().cloned()).collect();
        let agents: Vec<OpenAgent> = self.units.values().flat_map(|(_, agents)| agents.iter().cloned()).collect();
        let mut tables = dimensions.to_vec();
        for (table, new) in
            [(OpenInteraction::TABLE, OpenInteraction::batch(&calls)), (OpenAgent::TABLE, OpenAgent::batch(&agents))]
        {
            let before = self.before.iter().filter(|(t, _)| t.name == table.name).map(|(_, batch)| batch);
            let all: Vec<&RecordBatch> = before.chain([&new]).collect();
            let all = arrow::compute::concat_batches(&table.arrow_schema(), all);
            tables.push((table, all.map_err(|e| EtlError::arrow(table.name, &e))?));
        }
        self.told.send_replace(Arc::new(Now { tables }));
        self.last = Some(Instant::now());
        Ok(())
    }
}
