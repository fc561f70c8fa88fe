//! Which days are in memory: bringing one back from the archive, looking through it for what changed, and dropping it.

use std::collections::{BTreeSet, HashSet};
use std::ops::Range;
use std::sync::Arc;

use super::known::OpenUnits;
use super::page::{Page, Where};
use super::waiting::Reach;
use super::{Knowledge, MARTS, Mart};
use crate::cause::Cause;
use crate::error::EtlError;
use crate::load::parquet::Archive;
use crate::ranges::Ranges;
use crate::snapshot::Lost;
use crate::stored::{Stored, day_of_us};

impl Knowledge {
    /// Sees to it that every page on which the event may be known is in memory, and its own.
    pub(super) fn prepare(&mut self, event: &Stored) -> Result<(), EtlError> {
        let day = event.day();
        self.page(day)?;
        let mut needed = Vec::new();
        if event.is_session() {
            let end = self.log_ends.get(&day).and_then(|ends| ends.get(&*event.place.log));
            needed.extend(end.is_some_and(|end| (event.place.segment, event.place.offset) <= *end).then_some(day));
        } else {
            let term = self.terms.number(&event.identity);
            needed.extend(self.terms.days_of(term, event.identity.seq));
        }
        needed.into_iter().try_for_each(|day| self.bring_back(day))
    }

    /// The page of a day; a new one knows nothing of what the archive holds.
    fn page(&mut self, day: i32) -> Result<&mut Page, EtlError> {
        if !self.pages.contains_key(&day) {
            self.pages.insert(day, Page::new(day, !self.archived.contains(&day)));
            self.recall_logins(day)?;
        }
        let (used, is_whole) = (self.clock, !self.archived.contains(&day));
        let page = self.pages.entry(day).or_insert_with(|| Page::new(day, is_whole));
        page.used = used;
        Ok(page)
    }

    /// Reads a day of the archive, unless its page is whole.
    ///
    /// # Errors
    /// When the day cannot be read.
    pub(crate) fn bring_back(&mut self, day: i32) -> Result<(), EtlError> {
        self.bring_back_with(day, &mut |_| {})
    }

    /// As [`Self::bring_back`], showing every event that is read.
    pub(super) fn bring_back_with(&mut self, day: i32, see: &mut dyn FnMut(&Stored)) -> Result<(), EtlError> {
        let mut page = {
            let page = self.page(day)?;
            if page.is_whole {
                return Ok(());
            }
            std::mem::replace(page, Page::new(day, false))
        };
        let (archive, terms) = (self.archive.clone(), &mut self.terms);
        let read = archive.each(&mut self.texts, day, &mut |_, event| {
            see(&event);
            if event.is_session() {
                page.add_record(&event.place);
            } else {
                page.add(terms.number(&event.identity), &event);
            }
            Ok(())
        });
        page.is_whole = read.is_ok();
        self.pages.insert(day, page);
        read
    }

    /// Takes the logins and logouts of the days around a day into the timelines.
    pub(super) fn recall_logins(&mut self, day: i32) -> Result<(), EtlError> {
        let span = self.limits.unit_span_days;
        let around = day.saturating_sub(span)..=day.saturating_add(span);
        let missing: Vec<i32> = self.archived.range(around).filter(|d| !self.login_days.contains(d)).copied().collect();
        for day in missing {
            let (archive, timelines, overruled) = (self.archive.clone(), &mut self.timelines, &self.overruled);
            let lost = Lost { coverage: &self.coverage, snapshots: &self.snapshots };
            archive.logins(&mut self.texts, day, &mut |_, event| {
                timelines.saw_event(&event, lost);
                if overruled.contains(&(event.identity.clone(), event.content_hash)) {
                    timelines.set_counts(event.content_hash, false, lost);
                }
                Ok(())
            })?;
            self.login_days.insert(day);
        }
        Ok(())
    }

    /// Takes the logins and logouts of the days around units into the timelines: they leave memory with the days, and units of
    /// such days may still wait.
    ///
    /// # Errors
    /// When a day cannot be read.
    pub(crate) fn recall_logins_around(&mut self, units: &[i64]) -> Result<(), EtlError> {
        let days: BTreeSet<i32> =
            units.iter().filter_map(|unit| self.units.get(unit)).flat_map(|entry| entry.days.iter().copied()).collect();
        days.into_iter().try_for_each(|day| self.recall_logins(day))
    }

    /// Marks what something changed, on the days that are in memory at once, and notes the other days for later. Stretches of
    /// a switch come by the second, and those of many follow one another: they wait for [`Self::mark_stretches`].
    pub(super) fn reach(&mut self, reach: &Reach, cause: &Arc<Cause>) {
        if let Reach::Switch(switch, from_us, to_us) = reach {
            let (stretches, _) =
                self.reached.entry(switch.clone()).or_insert_with(|| (Ranges::default(), cause.clone()));
            stretches.add(*from_us, to_us.saturating_add(1));
            return;
        }
        for mart in self.marts.clone() {
            self.reach_for(mart, reach, cause);
        }
    }

    /// Marks what the stretches of switches reach that came since this was asked last.
    pub(crate) fn mark_stretches(&mut self) {
        for (switch, (stretches, cause)) in std::mem::take(&mut self.reached) {
            for (from_us, to_us) in stretches.iter() {
                let reach = Reach::Switch(switch.clone(), from_us, to_us - 1);
                for mart in self.marts.clone() {
                    self.reach_for(mart, &reach, &cause);
                }
            }
        }
    }

    /// As [`Self::reach`], for one mart.
    pub(super) fn reach_for(&mut self, mart: Mart, reach: &Reach, cause: &Arc<Cause>) {
        let Some((from, to)) = days_of(reach) else { return };
        let first = from.saturating_sub(self.limits.unit_span_days);
        if matches!(reach, Reach::Unheard(..)) {
            // When each was heard of last is not noted; those that go on are few.
            self.mark_open(mart, first..to.saturating_add(1), cause);
            return;
        }
        if matches!(reach, Reach::Lost(..)) {
            let open = self.mark_open(mart, first..from, cause);
            open.into_iter().for_each(|unit| self.doubt_wraps(mart, unit));
        }
        let mut days: BTreeSet<i32> = self.archived.range(from..=to).copied().collect();
        days.extend(self.pages.range(from..=to).map(|(day, _)| *day));
        for day in days {
            self.mark_on_page(mart, day, reach, cause);
            if !self.pages.get(&day).is_some_and(|page| page.is_whole) {
                self.waiting[mart as usize].mark_day(day, reach, cause);
            }
        }
    }

    fn mark_on_page(&mut self, mart: Mart, day: i32, reach: &Reach, cause: &Arc<Cause>) {
        let Some(page) = self.pages.get_mut(&day) else { return };
        let units = match reach {
            Reach::All => page.units().to_vec(),
            Reach::Lost(from_us, to_us) => page.there(*from_us, *to_us),
            // An event that named no DN may have been there.
            Reach::Dn((switch, dn), from_us, to_us) => {
                page.delivered(Where { switch, dns: Some([dn, ""]) }, *from_us, *to_us)
            }
            Reach::Switch(switch, from_us, to_us) => page.delivered(Where { switch, dns: None }, *from_us, *to_us),
            // They were marked at once, also on days that are not in memory.
            Reach::Unheard(..) => Vec::new(),
        };
        for unit in units {
            self.entry(unit, None, day);
            self.waiting[mart as usize].mark(unit, cause);
            if matches!(reach, Reach::Lost(..)) {
                self.doubt_wraps(mart, unit);
            }
        }
    }

    /// Marks the units that may go on behind one of some days; gives them.
    fn mark_open(&mut self, mart: Mart, days: Range<i32>, cause: &Arc<Cause>) -> Vec<i64> {
        let mut open: Vec<(i64, i32)> = Vec::new();
        for (day, units) in self.open_units.range(days.clone()) {
            open.extend(units.iter().map(|unit| (*unit, *day)));
        }
        for (day, page) in self.pages.range(days) {
            open.extend(page.open_units().into_iter().map(|unit| (unit, *day)));
        }
        for (unit, day) in &open {
            self.entry(*unit, None, *day);
            self.waiting[mart as usize].mark(*unit, cause);
        }
        open.into_iter().map(|(unit, _)| unit).collect()
    }

    /// By day: units that may go on behind it.
    pub(super) fn all_open_units(&self) -> OpenUnits {
        let mut all = self.open_units.clone();
        for (day, page) in &self.pages {
            remember_open(&mut all, *day, page);
        }
        all
    }

    /// Looks through the next day that a mart waits for; tells whether there was one.
    ///
    /// # Errors
    /// When the day cannot be read.
    pub(crate) fn look_through_next_day(&mut self, mart: Mart) -> Result<bool, EtlError> {
        let Some(day) = self.waiting[mart as usize].days.keys().next().copied() else { return Ok(false) };
        self.clock += 1;
        self.bring_back(day)?;
        for mart in MARTS {
            for (reach, cause) in self.waiting[mart as usize].days.remove(&day).unwrap_or_default() {
                self.mark_on_page(mart, day, &reach, &cause);
            }
        }
        self.drop_pages();
        Ok(true)
    }

    /// Every day has to be loaded into a mart that holds nothing.
    pub(crate) fn mark_all(&mut self, mart: Mart) {
        self.reach_for(mart, &Reach::All, &Cause::rebuild());
    }

    /// Units that wait for long are too many to remember: their days are looked through again when their mart is back.
    pub(crate) fn remember_days_instead(&mut self, mart: Mart) {
        let waiting = &mut self.waiting[mart as usize];
        let dirty = waiting.take_dirty();
        let cause = dirty.values().next().cloned();
        let days: BTreeSet<i32> =
            dirty.keys().filter_map(|unit| self.units.get(unit)).flat_map(|entry| entry.days.iter().copied()).collect();
        for day in days {
            cause.iter().for_each(|cause| waiting.mark_day(day, &Reach::All, cause));
        }
    }

    /// The archive has grown to a new state.
    pub(super) fn use_archive(&mut self, archive: Archive) {
        self.archived = archive.days();
        // What was told on these days since is in the timelines already.
        self.login_days.extend(self.pages.keys().copied());
        self.archive = archive;
    }

    /// Drops the pages that were not needed for longest, but none of which something is not in the archive yet.
    pub(crate) fn drop_pages(&mut self) {
        let excess = self.pages.len().saturating_sub(self.limits.open_days.max(1));
        if excess == 0 {
            return;
        }
        let mut needed: HashSet<i32> = self.in_archiving.iter().map(|(_, day)| *day).collect();
        needed.extend(self.unarchived.iter().map(|event| event.day()));
        let mut by_use: Vec<(u64, i32)> = self.pages.iter().map(|(day, page)| (page.used, *day)).collect();
        by_use.sort_unstable();
        for (_, day) in by_use.into_iter().take(excess).filter(|(_, day)| !needed.contains(day)) {
            if let Some(page) = self.pages.remove(&day) {
                remember_open(&mut self.open_units, day, &page);
            }
        }
        let span = self.limits.unit_span_days;
        let pages = &self.pages;
        let is_near = |day: i32| pages.range(day.saturating_sub(span)..=day.saturating_add(span)).next().is_some();
        self.login_days.retain(|day| is_near(*day));
        self.timelines.forget(is_near);
    }

    /// Days in memory: what arrives now belongs to them, mostly.
    #[must_use]
    pub(crate) fn open_days(&self) -> BTreeSet<i32> {
        self.pages.keys().copied().collect()
    }
}

/// Notes the units that may go on behind a day. A page that is not whole may have no more than some of them.
fn remember_open(open: &mut OpenUnits, day: i32, page: &Page) {
    let of_page: BTreeSet<i64> = page.open_units().into_iter().collect();
    let of_day = open.entry(day).or_default();
    if page.is_whole {
        *of_day = of_page;
    } else {
        of_day.extend(of_page);
    }
    if of_day.is_empty() {
        open.remove(&day);
    }
}

/// First and last day that something can have changed; none when its stretch ends before it starts.
fn days_of(reach: &Reach) -> Option<(i32, i32)> {
    let (from_us, to_us) = match reach {
        Reach::All => (i64::MIN, i64::MAX),
        Reach::Dn(_, from_us, to_us)
        | Reach::Switch(_, from_us, to_us)
        | Reach::Lost(from_us, to_us)
        | Reach::Unheard(from_us, to_us) => (*from_us, *to_us),
    };
    (from_us <= to_us).then(|| (day_of_us(from_us), day_of_us(to_us)))
}
