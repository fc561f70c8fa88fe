//! The settings that each mart was made with: what would make its rows unlike each other stays until it is made again.
//!
//! Does not know what the rows are.

use callmart_schema::catalogue::CtlSetting;

use super::{MARTS, Mart};
use crate::load::{GIDB_TABLES, settings_of};
use crate::settings::TransformSettings;

/// What rows are a function of beside the events, by mart.
pub(super) struct Kept {
    configured: bool,
    by_mart: [TransformSettings; 2],
}

impl Kept {
    /// For marts that hold nothing.
    pub(super) fn new(configured: &TransformSettings) -> Self {
        Self { configured: configured.gidb_tables, by_mart: [configured.clone(), configured.clone()] }
    }

    /// For marts that were made with these settings; of one that holds nothing none are told, and it follows the other.
    pub(super) fn of(configured: &TransformSettings, told: [Option<&[CtlSetting]>; 2]) -> Self {
        let mut kept = Self::new(configured);
        let asked = told.map(|settings| settings.map(has_gidb_tables));
        for (mart, settings) in MARTS.into_iter().zip(&mut kept.by_mart) {
            let other = asked.iter().copied().flatten().next();
            settings.gidb_tables = asked[mart as usize].or(other).unwrap_or(configured.gidb_tables);
        }
        kept
    }

    /// Says it when a mart keeps something else than the settings ask for.
    pub(super) fn warn(&self) {
        if self.by_mart.iter().any(|settings| settings.gidb_tables != self.configured) {
            tracing::warn!(
                "`gidb.tables` is {} in the settings, and the mart was made with the opposite, which it keeps: \
                 `callmart rebuild --from gidb` makes it follow",
                self.configured
            );
        }
    }

    /// What a mart's rows are made with.
    pub(super) fn transform(&self, mart: Mart) -> &TransformSettings {
        &self.by_mart[mart as usize]
    }

    /// Whether the marts are made with the same, so that what was folded for one is right for the other.
    pub(super) fn is_one(&self) -> bool {
        self.by_mart[0].gidb_tables == self.by_mart[1].gidb_tables
    }

    /// What a mart is to remember.
    pub(super) fn rows(&self, mart: Mart) -> Vec<CtlSetting> {
        settings_of(self.transform(mart))
    }
}

/// A mart that says nothing was made before there were such tables.
fn has_gidb_tables(settings: &[CtlSetting]) -> bool {
    settings.iter().any(|setting| setting.name == GIDB_TABLES && setting.value == true.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn gidb(kept: &Kept) -> [bool; 2] {
        MARTS.map(|mart| kept.transform(mart).gidb_tables)
    }

    #[test]
    fn a_mart_keeps_what_it_was_made_with_and_an_empty_one_follows_the_other_then_the_settings() {
        let on = TransformSettings { gidb_tables: true, ..TransformSettings::default() };
        let off = TransformSettings::default();
        let (with, without) = (settings_of(&on), settings_of(&off));
        assert_eq!(gidb(&Kept::new(&on)), [true, true]);
        assert_eq!(gidb(&Kept::of(&on, [None, None])), [true, true]);
        assert_eq!(gidb(&Kept::of(&on, [Some(&without), None])), [false, false]);
        assert_eq!(gidb(&Kept::of(&off, [None, Some(&with)])), [true, true]);
        assert_eq!(gidb(&Kept::of(&off, [Some(&with), Some(&[])])), [true, false]);
    }
}
