//! The GIDB tables of the small file: the same in both marts, there when the settings ask for them, and then or later the same;
//! SQL in upper case, as it is written for Interaction Concentrator's database, runs on PostgreSQL.

use std::path::Path;

use callmart_schema::catalogue::{TABLES, TableKind};

use super::small_file::SMALL_FILE;
use super::support::{Engine, answer, callmart, engines, int, number, open_folder, sql, text};

/// The parties of a call with their changes, in order.
const STORY: &str = "SELECT C.CALLID, P.PARTYID, P.ENDPOINTDN, PH.CSEQ, PH.PSEQ, PH.CHANGETYPE, D.NAME AS STATE_NAME,
        PH.ADDED_TS - C.CREATED_TS AS AFTER_S
    FROM G_CALL C
    JOIN G_PARTY P ON P.CALLID = C.CALLID
    JOIN G_PARTY_HISTORY PH ON PH.PARTYID = P.PARTYID
    JOIN G_DICTIONARY D ON D.TYPE = 8 AND D.VALUE = PH.STATE
    WHERE C.CALLTYPE = 2
    ORDER BY C.CALLID, PH.CSEQ";

/// Writes the settings of a data folder.
fn set(data: &Path, gidb_tables: bool) {
    std::fs::create_dir_all(data).expect("a folder");
    std::fs::write(data.join("callmart.toml"), format!("[gidb]\ntables = {gidb_tables}\n")).expect("settings");
}

/// The lines of the hash that are of GIDB tables, or of all others.
fn hash(data: &Path, engine: Engine, is_gidb: bool) -> Vec<String> {
    let is_projection =
        |line: &&str| TABLES.iter().any(|t| t.kind == TableKind::Projection && line.split(' ').next() == Some(t.name));
    let lines = answer(data, &["hash", "--engine", engine.name()]);
    let lines = lines.lines().filter(|line| is_projection(line) == is_gidb && !line.starts_with("gidb_event "));
    lines.map(str::to_owned).collect()
}

#[test]
fn gidb_tables_are_made_when_asked_for_then_or_later_and_are_the_same_in_both_marts() {
    let name = "gidb_tables_are_made_when_asked_for_then_or_later_and_are_the_same_in_both_marts";
    let (engines, folder) = (engines(name), open_folder());
    let postgres = if engines.len() == 2 { "auto" } else { "none" };
    let [with, later] = ["with", "later"].map(|data| folder.path().join(data));
    set(&with, true);
    answer(&with, &["--postgres", postgres, "import", "bank-calls", SMALL_FILE]);
    set(&later, false);
    answer(&later, &["import", "bank-calls", SMALL_FILE]);
    let made = hash(&with, Engine::Parquet, true);
    for table in ["g_call", "g_party_history", "g_party_stat", "g_virtual_queue", "g_agent_state_history"] {
        assert!(made.iter().any(|line| line.starts_with(&format!("{table} "))), "{table} is not among {made:?}");
    }
    for engine in &engines {
        assert_eq!(hash(&with, *engine, true), made, "{engine:?}");
        assert_eq!(text(&sql(&with, *engine, "SELECT value FROM ctl_setting")[0], "value"), "true");
    }
    assert!(hash(&later, Engine::Parquet, true).is_empty());
    assert_eq!(hash(&later, Engine::Parquet, false), hash(&with, Engine::Parquet, false), "facts are the same without");
    let asked = callmart(&later, &["sql", "SELECT COUNT(*) AS N FROM G_CALL"]);
    let said = String::from_utf8_lossy(&asked.stderr);
    assert!(said.contains("callmart rebuild --from gidb"), "an empty table says why: {said}");
    // What a mart was made with it keeps, whatever the settings say meanwhile.
    set(&later, true);
    answer(&later, &["import", "bank-calls", SMALL_FILE]);
    assert!(hash(&later, Engine::Parquet, true).is_empty());
    answer(&later, &["rebuild", "--from", "gidb"]);
    assert_eq!(hash(&later, Engine::Parquet, true), made);
    assert_eq!(number(&later, "SELECT count(*) AS n FROM g_call"), 36);
    asks_in_upper_case(&with, &engines);
}

/// The same SQL on either engine tells each party's story, from its begin to its end.
fn asks_in_upper_case(data: &Path, engines: &[Engine]) {
    for engine in engines {
        let rows = sql(data, *engine, STORY);
        assert!(rows.iter().any(|row| text(row, "state_name") == "connected"), "{rows:?}");
        for party in rows.chunk_by(|a, b| text(a, "callid") == text(b, "callid")) {
            // The call itself begins with change 1 and ends with the last one.
            assert!(party.iter().zip(2..).all(|(row, place)| int(row, "cseq") == place), "{party:?}");
        }
        let begins = rows.iter().filter(|row| int(row, "changetype") == 1).count();
        let ends = rows.iter().filter(|row| int(row, "changetype") == 2).count();
        assert_eq!(begins, ends, "{engine:?}");
    }
}
