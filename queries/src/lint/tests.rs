//! Each forbidden construct is found, and nothing is found in the reports.

use super::*;
use crate::reports;

/// Findings of one expression in a query that is otherwise in order.
fn of(expression: &str) -> Vec<String> {
    let sql = format!("SELECT {expression} AS a FROM t ORDER BY a");
    findings(&sql).into_iter().map(|f| f.construct).collect()
}

#[test]
fn every_report_is_in_the_common_subset() {
    for report in reports::all().expect("headers that can be read") {
        let found: Vec<String> = findings(&report.sql).iter().map(ToString::to_string).collect();
        assert!(found.is_empty(), "{}: {found:#?}", report.name);
    }
}

#[test]
fn expressions_that_differ_are_found() {
    for expression in [
        "to_timestamp(x) AT TIME ZONE 'Europe/Berlin'",
        "x AT TIME ZONE 'UTC'",
        "to_timestamp(x)",
        "round(x)",
        "round(x, 2)",
        "CAST(2.5 AS int)",
        "CAST(CAST(x AS double precision) / 2 AS bigint)",
        "CAST((CASE WHEN y THEN CAST(x AS numeric(8, 2)) END) AS integer)",
        "CAST(greatest(CAST(x AS real), 1) AS integer)",
        "x::double precision::int",
        "1.5",
        "x * 1e3",
        "x / y",
        "x % y",
        "x / 0",
        "AVG(x)",
        "CAST(AVG(x) AS double precision)",
        "SUM(x)",
        "SUM(CAST(x AS bigint))",
        "SUM(x) OVER (PARTITION BY y)",
        "CAST(SUM(x) AS integer)",
        "percentile_cont(0.5) WITHIN GROUP (ORDER BY x)",
        "x SIMILAR TO 'a%'",
        "to_char(x, 'YYYY')",
        "EXTRACT(SECOND FROM x)",
        "EXTRACT(EPOCH FROM x)",
        "generate_series(1, 3)",
        "CAST(x AS text)",
        "x::varchar",
        "CAST(x AS uuid)",
        "TRY_CAST(x AS bigint)",
        "date_trunc('hour', x)",
        "now()",
        "CURRENT_TIMESTAMP",
        "random()",
        "x COLLATE \"C\"",
        "mod(x, 2)",
        "stddev(x)",
        "first_value(x) IGNORE NULLS OVER (ORDER BY y)",
        "x LIKE 'a!%' ESCAPE '!'",
        "x * INTERVAL '1 day'",
        "md5(x)",
        "pg_catalog.\"now\"()",
    ] {
        assert!(!of(expression).is_empty(), "{expression} passes");
    }
}

#[test]
fn expressions_that_agree_pass() {
    for expression in [
        "CAST(SUM(x) AS bigint)",
        "CAST(SUM(CASE WHEN y = 1 THEN x END) AS double precision) / NULLIF(COUNT(x), 0)",
        "CAST(1.5 AS double precision)",
        "CAST(-1.5 AS double precision) * x",
        "CAST(floor(CAST(x AS double precision) / 60) AS bigint)",
        "round(CAST(x AS numeric(18, 4)), 2)",
        "x / 900",
        "(x + 1) % 7",
        "CAST(COALESCE(x, 0) AS bigint)",
        "COUNT(*) FILTER (WHERE x LIKE 'a\\_%')",
        "EXTRACT(YEAR FROM x)",
        "ROW_NUMBER() OVER (PARTITION BY x ORDER BY y)",
    ] {
        assert_eq!(of(expression), Vec::<String>::new(), "{expression}");
    }
}

#[test]
fn clauses_that_differ_are_found() {
    for sql in [
        "SELECT x FROM t",
        "SELECT x + 1 FROM t ORDER BY 1",
        "SELECT * FROM t ORDER BY x",
        "SELECT t.* FROM t ORDER BY t.x",
        "SELECT x FROM t QUALIFY ROW_NUMBER() OVER (ORDER BY x) = 1 ORDER BY x",
        "SELECT x FROM t ORDER BY x FETCH FIRST 1 ROW ONLY",
        "SELECT t.x FROM t, LATERAL (SELECT u.y FROM u WHERE u.x = t.x LIMIT 1) AS v ORDER BY t.x",
        "WITH a AS (SELECT COUNT(*) FROM t) SELECT x FROM a ORDER BY x",
        "DELETE FROM t",
        "SELECT x FROM t ORDER BY x; SELECT x FROM t ORDER BY x",
        "SELEC x",
        "",
    ] {
        assert!(!findings(sql).is_empty(), "{sql} passes");
    }
    assert_eq!(findings("SELECT t.x FROM t JOIN generate_series(0, 3) AS g (n) ON g.n <= t.x ORDER BY t.x"), []);
}

#[test]
fn a_finding_says_what_to_write() {
    let found = findings("SELECT now() AS a FROM t ORDER BY a");
    assert_eq!(found[0].to_string(), "`now()` does not mean the same in both engines: pass the time as a parameter");
}
