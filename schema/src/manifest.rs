//! The manifest: one small numbered file that lists the files of one state of the whole Parquet mart.
//!
//! `manifest/N` names one list per table and month; `current` holds the number of the newest state and is replaced
//! atomically; a reader pins the number it read. This module is the form of these files; writing and reading them is not its
//! business.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// Version of the form of manifests and lists.
pub const MANIFEST_VERSION: u32 = 2;

/// Folder of manifests inside a data folder.
pub const MANIFEST_FOLDER: &str = "manifest";

/// File inside [`MANIFEST_FOLDER`] that holds the number of the newest state.
pub const CURRENT_FILE: &str = "current";

/// Folder of lists inside [`MANIFEST_FOLDER`]; a list is named by the hash of its content.
pub const LIST_FOLDER: &str = "lists";

/// Folder of the mart's Parquet files inside a data folder, one folder per table; a file is named by its content's hash.
pub const FILE_FOLDER: &str = "files";

/// One state of the whole mart.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Manifest {
    /// [`MANIFEST_VERSION`] of the writer.
    pub version: u32,
    /// Version of the table catalogue that the files follow.
    pub catalogue_version: u32,
    /// Number of the state, one more than that of the state before.
    pub number: u64,
    /// Lists by table and then by month (`2026-01`, or `all` for tables without days): names of list files.
    pub lists: BTreeMap<String, BTreeMap<String, String>>,
    /// Up to where each log is contained in this state, by the log's name: segment and offset in bytes.
    pub positions: BTreeMap<String, LogPlace>,
    /// Number of the load that made the state.
    pub load_number: u64,
    /// List-like file, in the folder of lists, of what the loader knows of the archive of this state; none when it has to
    /// read the archive to know it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub known: Option<String>,
}

/// A place in a log.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LogPlace {
    /// Number of the segment.
    pub segment: u64,
    /// Offset in the segment, in bytes.
    pub offset: u64,
}

/// The files of one table in one month.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FileList {
    /// [`MANIFEST_VERSION`] of the writer.
    pub version: u32,
    /// Name of the table.
    pub table: String,
    /// The files.
    pub files: Vec<FileEntry>,
}

/// One Parquet file.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FileEntry {
    /// UTC day of its rows (`2026-01-05`); empty for tables without days.
    pub day: String,
    /// Which of the day's rows stand in it; empty where a day's rows are not told apart.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub part: String,
    /// Name inside the table's folder: hash of the content, and `.parquet`.
    pub name: String,
    /// Rows in it.
    pub rows: u64,
    /// Length in bytes.
    pub bytes: u64,
}

impl FileEntry {
    /// The month (`2026-01`) under whose list the file stands, or `all`.
    #[must_use]
    pub fn month(&self) -> &str {
        self.day.get(..7).unwrap_or("all")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_manifest_has_its_golden_text() {
        let manifest = Manifest {
            version: 2,
            catalogue_version: 1,
            number: 3,
            lists: BTreeMap::from([("tenant".into(), BTreeMap::from([("all".into(), "ab".into())]))]),
            positions: BTreeMap::from([("a".into(), LogPlace { segment: 1, offset: 9 })]),
            load_number: 2,
            known: None,
        };
        let golden = concat!(
            r#"{"version":2,"catalogue_version":1,"number":3,"lists":{"tenant":{"all":"ab"}},"#,
            r#""positions":{"a":{"segment":1,"offset":9}},"load_number":2}"#
        );
        assert_eq!(serde_json::to_string(&manifest).expect("json"), golden);
        assert_eq!(serde_json::from_str::<Manifest>(golden).expect("a manifest"), manifest);
        assert!(serde_json::from_str::<Manifest>(&golden.replace("number", "nummer")).is_err());
    }

    #[test]
    fn a_file_stands_in_the_list_of_its_month() {
        let entry = |day: &str| FileEntry { day: day.into(), part: String::new(), name: "x".into(), rows: 0, bytes: 0 };
        assert_eq!(entry("2026-01-05").month(), "2026-01");
        assert_eq!(entry("").month(), "all");
    }
}
