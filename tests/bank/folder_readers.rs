//! Tools that read folders of Parquet files see what `callmart sql` sees, in the mart and in a snapshot.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Command;

use callmart_schema::catalogue::{TABLES, Table, TableKind};
use serde_json::Value;

use super::small_file::SMALL_FILE;
use super::support::{Engine, answer, bank, callmart, int, number, open_folder, python, sql, stays_empty};

/// Counts the rows of tables, each given as name and folder, with DuckDB and pyarrow, by their day where there are days; and
/// the rows of facts that stand in the folder of another day than that of their start.
const SCRIPT: &str = r#"
import collections, glob, json, sys
import duckdb, pyarrow.dataset as ds
out = {}
no_day = "'-'"
for table, folder in zip(sys.argv[1::2], sys.argv[2::2]):
    pattern = f"{folder}/**/*.parquet"
    if not glob.glob(pattern, recursive=True):
        continue
    rows = f"read_parquet('{pattern}', hive_partitioning = true, hive_types_autocast = false)"
    names = [c[0] for c in duckdb.sql(f"SELECT * FROM {rows} LIMIT 0").description]
    day = next((name for name in ("start_date", "event_date") if name in names), None)
    by_duckdb = dict(duckdb.sql(f"SELECT {day or no_day}, count(*) FROM {rows} GROUP BY 1").fetchall())
    wrong_days = 0
    if day == "start_date":
        of_row = "CAST(make_timestamp(start_date_time_key * 1000000) AS DATE)"
        wrong_days = duckdb.sql(f"SELECT count(*) FROM {rows} WHERE CAST({of_row} AS VARCHAR) <> {day}").fetchall()[0][0]
    data = ds.dataset(folder, format="parquet", partitioning=ds.partitioning(flavor="hive"))
    if day:
        by_pyarrow = dict(collections.Counter(str(d) for d in data.to_table(columns=[day])[day].to_pylist()))
    else:
        by_pyarrow = {"-": data.count_rows()}
    out[table] = {"duckdb": by_duckdb, "pyarrow": by_pyarrow, "wrong_days": wrong_days}
json.dump(out, sys.stdout)
"#;

/// Rows by day of each table that has any.
type Counts = BTreeMap<String, BTreeMap<String, i64>>;

/// The tables below a folder, as both readers count them; the archive stands in a folder of its own.
fn read(python: &Path, tables: &Path, archive: &Path) -> Counts {
    let mut command = Command::new(python);
    command.args(["-c", SCRIPT, "gidb_event"]).arg(archive);
    for entry in std::fs::read_dir(tables).expect("a folder").flatten().filter(|entry| entry.file_name() != "gidb") {
        command.arg(entry.file_name()).arg(entry.path());
    }
    let output = command.output().expect("a Python");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let counts: BTreeMap<String, Value> = serde_json::from_slice(&output.stdout).expect("JSON");
    let by_day = |(table, value): (String, Value)| {
        // One of them counts nothing, the other counts to zero.
        let [by_duckdb, by_pyarrow] = ["duckdb", "pyarrow"].map(|reader| {
            let days: BTreeMap<String, i64> = serde_json::from_value(value[reader].clone()).expect("counts by day");
            days.into_iter().filter(|(_, rows)| *rows > 0).collect::<BTreeMap<_, _>>()
        });
        assert_eq!(by_duckdb, by_pyarrow, "DuckDB and pyarrow count other rows of {table}");
        assert_eq!(value["wrong_days"], 0, "{table} has rows in the folder of another day");
        (table, by_duckdb)
    };
    counts.into_iter().map(by_day).filter(|(_, days)| !days.is_empty()).collect()
}

/// Rows by day of each table that has any, as `callmart sql` counts them.
fn counted(data: &Path) -> Counts {
    let tables = TABLES.iter().filter(|table| table.in_parquet());
    tables
        .map(|table| (table.name.to_owned(), counted_by_day(data, table)))
        .filter(|(_, days)| !days.is_empty())
        .collect()
}

fn counted_by_day(data: &Path, table: &Table) -> BTreeMap<String, i64> {
    let Some((column, per_day)) = table.day_column() else {
        let rows = number(data, &format!("SELECT count(*) FROM {}", table.name));
        return (rows > 0).then(|| ("-".to_owned(), rows)).into_iter().collect();
    };
    let query = format!("SELECT {column} / {per_day} AS day, count(*) AS n FROM {} GROUP BY 1", table.name);
    let day = |n: i64| chrono::DateTime::from_timestamp(n * 86_400, 0).expect("a day").format("%Y-%m-%d").to_string();
    sql(data, Engine::Parquet, &query).iter().map(|row| (day(int(row, "day")), int(row, "n"))).collect()
}

#[test]
fn duckdb_and_pyarrow_count_the_rows_of_the_mart_and_of_a_snapshot() {
    let name = "duckdb_and_pyarrow_count_the_rows_of_the_mart_and_of_a_snapshot";
    let (Some(python), Some(bank)) = (python(name), bank(name)) else { return };
    let folder = open_folder();
    let snapshot = folder.path().join("snapshot");
    answer(&bank.data, &["snapshot", snapshot.to_str().expect("UTF-8")]);
    let counted = counted(&bank.data);
    let mut facts = TABLES.iter().filter(|table| table.kind == TableKind::Fact);
    assert!(facts.all(|t| counted.contains_key(t.name) || stays_empty(t)), "every fact has rows: {counted:?}");
    assert!(counted["interaction_fact"].len() > 4, "calls after midnight belong to other days: {counted:?}");
    assert_eq!(read(&python, &bank.data.join("mart"), &bank.data.join("gidb/event")), counted, "the mart's folders");
    assert_eq!(read(&python, &snapshot, &snapshot.join("gidb/event")), counted, "the snapshot's folders");
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
    assert!(before.len() > 10, "the snapshot holds too little: {:?}", before.keys());
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
        let calls: i64 = read(&python, &snapshot, &snapshot.join("gidb/event"))["interaction_fact"].values().sum();
        assert_eq!(calls, 36);
    }
}
