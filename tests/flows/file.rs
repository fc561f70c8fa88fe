//! The files of flows: title, words, steps, and tables of expected rows. Anything else in them is refused, with its line.
//!
//! Knows which tables and columns there are by asking `view` and `measures`, not what is in them.

use std::path::PathBuf;

use callmart_etl::TransformSettings;
use callmart_node::cluster::script::text::{Names, Played, play};
use callmart_schema::event::Event;

use crate::{measures, view};

/// Begin of every flow: 2026-01-06, a Tuesday, 10:00 UTC, in microseconds since 1970-01-01 UTC.
pub(crate) const START_US: i64 = 1_767_693_600_000_000;
/// The file in the folder of flows that is none.
const README: &str = "README.md";
/// Section of the steps.
const STEPS: &str = "Steps";
/// Section of the settings that are others than usual.
const SETTINGS: &str = "Settings";
/// Section of the counts and durations of attempts.
pub(crate) const MEASURES: &str = "interaction_resource_fact: measures";

/// A table of a flow.
#[derive(Debug, Clone)]
pub(crate) struct Expected {
    pub(crate) name: String,
    pub(crate) columns: Vec<String>,
    pub(crate) rows: Vec<Vec<String>>,
    /// Line of its head, from 1.
    pub(crate) line: usize,
}

/// One flow.
#[derive(Debug)]
pub(crate) struct Flow {
    /// Name of its file without the ending; comes before the names of its calls, agents and telephones.
    pub(crate) name: String,
    pub(crate) settings: TransformSettings,
    pub(crate) played: Played,
    pub(crate) tables: Vec<Expected>,
}

/// Where the files of a folder are.
pub(crate) fn folder(name: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/flows").join(name)
}

/// All flows of a folder, by name; a file that is none is a fault.
pub(crate) fn all(of: &str) -> Result<Vec<Flow>, String> {
    texts(of)?.iter().map(|(name, text)| Flow::read(name, text)).collect()
}

/// The names of the files of a folder without their ending, in order, and what stands in them.
pub(crate) fn texts(of: &str) -> Result<Vec<(String, String)>, String> {
    let mut texts = Vec::new();
    for entry in std::fs::read_dir(folder(of)).map_err(|e| format!("the folder of flows cannot be read: {e}"))? {
        let path = entry.map_err(|e| e.to_string())?.path();
        let file = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        if file == README {
            continue;
        }
        let name =
            file.strip_suffix(".md").ok_or_else(|| format!("{file}: a flow is a file whose name ends with .md"))?;
        let text = std::fs::read_to_string(&path).map_err(|e| format!("{file}: {e}"))?;
        texts.push((name.to_owned(), text));
    }
    texts.sort();
    Ok(texts)
}

/// A heading and the lines under it, with their numbers.
struct Section<'a> {
    heading: &'a str,
    line: usize,
    lines: Vec<(usize, &'a str)>,
}

impl Flow {
    /// Reads a flow of a name; a fault begins with the file and the line.
    pub(crate) fn read(name: &str, text: &str) -> Result<Self, String> {
        Self::begun_at(START_US, name, text)
    }

    /// As [`Self::read`], of a flow that begins at another moment.
    pub(crate) fn begun_at(start_us: i64, name: &str, text: &str) -> Result<Self, String> {
        let fault = |line: usize, cause: String| format!("{name}.md:{line}: {cause}");
        let mut sections = sections(text);
        let head = sections.remove(0);
        let is_title = head.lines.first().is_some_and(|(_, line)| line.starts_with("# "));
        if !is_title || head.lines.len() < 2 {
            return Err(fault(
                1,
                "a flow begins with \"# \" and a title, then words: what happens, and why so".to_owned(),
            ));
        }
        let (steps, others): (Vec<_>, Vec<_>) = sections.into_iter().partition(|section| section.heading == STEPS);
        let (set, tables): (Vec<_>, Vec<_>) = others.into_iter().partition(|section| section.heading == SETTINGS);
        let [steps] = &steps[..] else {
            return Err(fault(text.lines().count(), format!("a flow has one section \"## {STEPS}\"")));
        };
        let lines = steps.lines.iter().filter(|(_, line)| !line.starts_with("```")).copied();
        let names = Names { of: name.to_owned() };
        let played = play(lines, &names, start_us).map_err(|e| fault(e.line, e.cause))?;
        let set = set.iter().flat_map(|section| section.lines.iter().copied());
        let settings = settings(set).map_err(|(line, cause)| fault(line, cause))?;
        let mut flow = Self { name: name.to_owned(), settings, played, tables: Vec::new() };
        for section in &tables {
            let table = table(section).map_err(|(line, cause)| fault(line, cause))?;
            if flow.table(&table.name).is_some() {
                return Err(fault(section.line, format!("there is a table {} above", table.name)));
            }
            flow.tables.push(table);
        }
        Ok(flow)
    }

    /// What flows have in common whose facts can be in one mart.
    pub(crate) fn settings_key(&self) -> (u32, u32) {
        (self.settings.introduced_transfer_threshold_s, self.settings.close_unheard_after_s)
    }

    /// Its events, in the order in which they were told.
    pub(crate) fn events(&self) -> Vec<Event> {
        self.played.told.events.clone()
    }

    pub(crate) fn table(&self, name: &str) -> Option<&Expected> {
        self.tables.iter().find(|table| table.name == name)
    }

    /// Labels of its attempts, in order.
    pub(crate) fn labels(&self, table: &str, column: &str) -> Vec<String> {
        let labels = |table: &Expected| {
            let place = table.columns.iter().position(|c| c == column);
            let cells = table.rows.iter().filter_map(|row| row.get(place?).cloned());
            cells.collect()
        };
        self.table(table).map_or_else(Vec::new, labels)
    }
}

/// The text before the first heading of the second order, and each such heading with what stands under it; lines that are
/// not empty, with their numbers.
fn sections(text: &str) -> Vec<Section<'_>> {
    let mut sections = vec![Section { heading: "", line: 1, lines: Vec::new() }];
    for (line, told) in text.lines().enumerate().map(|(i, told)| (i + 1, told.trim())) {
        if let Some(heading) = told.strip_prefix("## ") {
            sections.push(Section { heading: heading.trim(), line, lines: Vec::new() });
        } else if let (false, Some(section)) = (told.is_empty(), sections.last_mut()) {
            section.lines.push((line, told));
        }
    }
    sections
}

/// Settings, each on a line as in the settings' file.
fn settings<'a>(lines: impl Iterator<Item = (usize, &'a str)>) -> Result<TransformSettings, (usize, String)> {
    let mut settings = TransformSettings::default();
    for (line, told) in lines {
        let (key, value) = told.split_once(" = ").unwrap_or_default();
        let setting = match key {
            "introduced_transfer_threshold_s" => &mut settings.introduced_transfer_threshold_s,
            "close_unheard_after_s" => &mut settings.close_unheard_after_s,
            _ => {
                let known = "introduced_transfer_threshold_s = 5, close_unheard_after_s = 3600";
                return Err((line, format!("{told:?} is no setting: there are {known}")));
            }
        };
        *setting = value.parse().map_err(|_| (line, format!("{value:?} is no number of seconds")))?;
    }
    Ok(settings)
}

fn table(section: &Section<'_>) -> Result<Expected, (usize, String)> {
    let name = section.heading;
    let known = view::columns(name).or_else(|| (name == MEASURES).then_some(&[][..]));
    let Some(known) = known else {
        let names = view::TABLES.iter().map(|(name, _)| *name).chain([MEASURES]).collect::<Vec<_>>();
        return Err((section.line, format!("{name:?} is no table: there are {}", names.join(", "))));
    };
    let mut lines = section.lines.iter();
    let (Some((line, head)), Some((_, rule))) = (lines.next(), lines.next()) else {
        return Err((section.line, "a table has a head and a rule under it, such as | call | and |---|".to_owned()));
    };
    if !rule.starts_with("|-") {
        return Err((*line, "under the head of a table stands a rule, such as |---|".to_owned()));
    }
    let columns = cells(head).map_err(|cause| (*line, cause))?;
    if name == MEASURES {
        measures::check_head(&columns).map_err(|cause| (*line, cause))?;
    } else if let Some(strange) = columns.iter().find(|c| !known.contains(&c.as_str())) {
        return Err((*line, format!("{name} has no column {strange:?}: there are {}", known.join(", "))));
    }
    let mut rows = Vec::new();
    for (line, row) in lines {
        let row = cells(row).map_err(|cause| (*line, cause))?;
        if row.len() != columns.len() {
            return Err((*line, format!("a row of {} cells in a table of {} columns", row.len(), columns.len())));
        }
        if name == MEASURES {
            measures::check_row(&row).map_err(|cause| (*line, cause))?;
        }
        rows.push(row);
    }
    Ok(Expected { name: name.to_owned(), columns, rows, line: *line })
}

fn cells(line: &str) -> Result<Vec<String>, String> {
    let inner = line.strip_prefix('|').and_then(|line| line.strip_suffix('|'));
    let inner = inner.ok_or_else(|| "a row of a table begins and ends with |".to_owned())?;
    Ok(inner.split('|').map(|cell| cell.trim().to_owned()).collect())
}
