//! Tools that read folders of Parquet files see what `callmart sql` sees, in the mart and in a snapshot.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Command;

use callmart_schema::catalogue::{TABLES, TableKind};
use serde_json::Value;

use super::small_file::SMALL_FILE;
use super::support::{Engine, answer, bank, callmart, int, number, open_folder, python, sql};

/// Counts the rows of every table below a folder with DuckDB and pyarrow, by their day where there are days; and for the
/// days of facts, whether the folder's name is the UTC day of its rows.
const SCRIPT: &str = r#"
import collections, glob, json, os, sys
import duckdb, pyarrow.dataset as ds
out = {}
for table in sorted(os.listdir(sys.argv[1])):
    pattern = f"{sys.argv[1]}/{table}/**/*.parquet"
    if not glob.glob(pattern, recursive=True):
        continue
    rows = f"read_parquet('{pattern}', hive_partitioning = true, hive_types = {{'start_date': VARCHAR}})"
    names = [c[0] for c in duckdb.sql(f"SELECT * FROM {rows} LIMIT 0").description]
    day = "start_date" if "start_date" in names else "'-'"
    by_duckdb = dict(duckdb.sql(f"SELECT {day}, count(*) FROM {rows} GROUP BY 1").fetchall())
    wrong_days = 0
    if "start_date" in names and "start_date_time_key" in names:
        of_row = "strftime(to_timestamp(start_date_time_key) AT TIME ZONE 'UTC', '%Y-%m-%d')"
        wrong_days = duckdb.sql(f"SELECT count(*) FROM {rows} WHERE {of_row} <> start_date").fetchone()[0]
    partitioning = ds.partitioning(flavor="hive")
    folder = ds.dataset(f"{sys.argv[1]}/{table}", format="parquet", partitioning=partitioning)
    if "start_date" in folder.schema.names:
        by_pyarrow = collections.Counter(str(d) for d in folder.to_table(columns=["start_date"])["start_date"].to_pylist())
    else:
        by_pyarrow = {"-": folder.count_rows()}
    out[table] = {"duckdb": by_duckdb, "pyarrow": dict(by_pyarrow), "wrong_days": wrong_days}
json.dump(out, sys.stdout)
"#;

/// Rows by day of each table, as both readers count them.
fn read(python: &Path, folder: &Path) -> BTreeMap<String, BTreeMap<String, i64>> {
    let output = Command::new(python).args(["-c", SCRIPT]).arg(folder).output().expect("a Python");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let tables: BTreeMap<String, Value> = serde_json::from_slice(&output.stdout).expect("JSON");
    let counts = |table: &str, value: Value| {
        assert_eq!(value["duckdb"], value["pyarrow"], "DuckDB and pyarrow count other rows of {table}");
        assert_eq!(value["wrong_days"], 0, "{table} has rows in the folder of another day");
        serde_json::from_value(value["duckdb"].clone()).expect("counts by day")
    };
    tables.into_iter().map(|(table, value)| (table.clone(), counts(&table, value))).collect()
}

/// Rows by day of each table that has any, as `callmart sql` counts them.
fn counted(data: &Path) -> BTreeMap<String, BTreeMap<String, i64>> {
    let tables = TABLES.iter().filter(|table| table.in_parquet());
    let counts = tables.map(|table| {
        let Some((column, per_day)) = table.day_column() else {
            let rows = number(data, &format!("SELECT count(*) FROM {}", table.name));
            let counts = if rows > 0 { BTreeMap::from([("-".to_owned(), rows)]) } else { BTreeMap::new() };
            return (table.name.to_owned(), counts);
        };
        let query = format!("SELECT {column} / {per_day} AS day, count(*) AS n FROM {} GROUP BY 1", table.name);
        let day = |n: i64| chrono::DateTime::from_timestamp(n * 86_400, 0).expect("a day").format("%Y-%m-%d").to_string();
        let rows = sql(data, Engine::Parquet, &query);
        (table.name.to_owned(), rows.iter().map(|row| (day(int(row, "day")), int(row, "n"))).collect())
    });
    counts.filter(|(_, days)| !days.is_empty()).collect()
}

#[test]
fn duckdb_and_pyarrow_count_the_rows_of_the_mart_and_of_a_snapshot() {
    let name = "duckdb_and_pyarrow_count_the_rows_of_the_mart_and_of_a_snapshot";
    let (Some(python), Some(bank)) = (python(name), bank(name)) else { return };
    let folder = open_folder();
    let snapshot = folder.path().join("snapshot");
    answer(&bank.data, &["snapshot", snapshot.to_str().expect("UTF-8")]);
    let counted = counted(&bank.data);
    let facts = TABLES.iter().filter(|table| table.kind == TableKind::Fact);
    assert!(facts.clone().all(|table| counted.contains_key(table.name)), "every fact has rows");
    assert!(counted["interaction_fact"].len() > 4, "calls after midnight belong to other days: {counted:?}");
    let in_mart = read(&python, &bank.data.join("mart"));
    for table in facts.map(|table| table.name) {
        assert_eq!(in_mart[table], counted[table], "{table} in the mart's folders");
    }
    for (table, days) in &in_mart {
        assert_eq!(days, &counted[table], "{table} in the mart's folders");
    }
    let without_archive = |name: &String| in_mart.contains_key(name);
    let expected: BTreeMap<_, _> = counted.into_iter().filter(|(name, _)| without_archive(name)).collect();
    let in_snapshot = read(&python, &folder.path().join("snapshot"));
    for (table, days) in &expected {
        assert_eq!(in_snapshot.get(table), Some(days), "{table} in the snapshot");
    }
}

/// Every file below a folder with its bytes.
fn files(folder: &Path) -> BTreeMap<PathBuf, Vec<u8>> {
    let mut found = BTreeMap::new();
    let mut folders = vec![folder.to_path_buf()];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).expect("a folder").flatten() {
            let path = entry.path();
            if path.is_dir() {
                folders.push(path);
            } else {
                found.insert(path.clone(), std::fs::read(path).expect("a file"));
            }
        }
    }
    found
}

#[test]
fn a_snapshot_stays_as_it_was_when_another_file_is_imported() {
    let folder = open_folder();
    let (data, snapshot) = (folder.path().join("data"), folder.path().join("snapshot"));
    let snapshot_name = snapshot.to_str().expect("UTF-8");
    answer(&data, &["import", "bank-calls", SMALL_FILE]);
    answer(&data, &["snapshot", snapshot_name]);
    let before = files(&snapshot);
    assert!(before.keys().any(|path| path.ends_with("snapshot.json")) || before.len() > 10, "{:?}", before.keys());
    // Another call on a day of the first file, so that its files are written anew, and one on a day of its own.
    let another = folder.path().join("another.tsv");
    let head = std::fs::read_to_string(SMALL_FILE).expect("the small file");
    let head = head.lines().next().expect("a head");
    let row = |date: &str| {
        let rest = "9:00:00\t9:00:10\t10\t9:00:10\t9:00:40\t30\tAGENT\t9:00:39\t9:01:39\t60\tAG01";
        format!("AA0109\t70001\t0\t0\tPS\t{date}\t{rest}\n")
    };
    std::fs::write(&another, format!("{head}\n{}{}", row("990307"), row("990311"))).expect("a file");
    answer(&data, &["import", "bank-calls", another.to_str().expect("UTF-8")]);
    assert_eq!(number(&data, "SELECT count(*) FROM interaction_fact"), 38);
    assert!(files(&snapshot) == before, "the snapshot changed");
    let again = callmart(&data, &["snapshot", snapshot_name]);
    assert_eq!(again.status.code(), Some(2), "a snapshot is not written over");
    if let Some(python) = python("a_snapshot_stays_as_it_was_when_another_file_is_imported") {
        let calls: i64 = read(&python, &snapshot)["interaction_fact"].values().sum();
        assert_eq!(calls, 36);
    }
}
