//! The migrations, applied to a real PostgreSQL, make exactly the tables and columns of the catalogue.
//!
//! Names, order, types, nullability, collation, comments and primary keys, each both ways.

use std::collections::BTreeMap;

use callmart_etl::postgres_server::{PrivateServer, are_installed};
use callmart_schema::catalogue::{ColumnType, TABLES, Table};
use sqlx::migrate::Migrator;
use sqlx::{PgPool, Row as _};

use super::root;

/// Columns in order, then the comment on the table, then the primary key: each as a line of text.
type Described = BTreeMap<String, Vec<String>>;

fn declared() -> Described {
    let described = |table: &&Table| {
        let columns = table.columns.iter().map(|c| {
            let collation = if c.column_type == ColumnType::Text { "C" } else { "-" };
            let null = if c.nullable { "YES" } else { "NO" };
            column_line(c.name, c.column_type.postgres(), null, collation, c.meaning())
        });
        let key = table.key.join(", ");
        let rest = [format!("table: {}", table.meaning()), format!("primary key: {key}")];
        (table.name.to_owned(), columns.chain(rest).collect())
    };
    TABLES.iter().copied().filter(|table| table.in_postgres()).map(|table| described(&table)).collect()
}

fn column_line(name: &str, column_type: &str, null: &str, collation: &str, comment: &str) -> String {
    format!("{name}: {column_type}, null {null}, collation {collation}, {comment}")
}

/// What PostgreSQL says of the tables in `public`; partitions and sqlx's own table are none of the catalogue's.
async fn found(pool: &PgPool) -> Described {
    let mut described = Described::new();
    let columns = "SELECT c.table_name::text, c.column_name::text, c.data_type::text, c.is_nullable::text,
            coalesce(c.collation_name::text, '-') AS collation, coalesce(col_description(r.oid, c.ordinal_position), '-') AS comment
        FROM information_schema.columns c
        JOIN pg_class r ON r.relname = c.table_name AND r.relnamespace = 'public'::regnamespace
        WHERE c.table_schema = 'public' AND r.relkind IN ('r', 'p') AND NOT r.relispartition AND r.relname <> '_sqlx_migrations'
        ORDER BY c.table_name, c.ordinal_position";
    for row in sqlx::query(columns).fetch_all(pool).await.expect("columns") {
        let text = |i: usize| row.get::<String, _>(i);
        let line = column_line(&text(1), &text(2), &text(3), &text(4), &text(5));
        described.entry(text(0)).or_default().push(line);
    }
    for (table, lines) in &mut described {
        let comment: Option<String> =
            sqlx::query_scalar("SELECT obj_description(('public.' || $1)::regclass, 'pg_class')")
                .bind(table)
                .fetch_one(pool)
                .await
                .expect("a comment");
        lines.push(format!("table: {}", comment.unwrap_or_default()));
        lines.push(format!("primary key: {}", primary_key(pool, table).await));
    }
    described
}

async fn primary_key(pool: &PgPool, table: &str) -> String {
    let key = "SELECT a.attname::text FROM pg_index i
        CROSS JOIN LATERAL unnest(i.indkey) WITH ORDINALITY AS k (attnum, place)
        JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = k.attnum
        WHERE i.indrelid = ('public.' || $1)::regclass AND i.indisprimary ORDER BY k.place";
    let columns: Vec<String> = sqlx::query_scalar(key).bind(table).fetch_all(pool).await.expect("a key");
    columns.join(", ")
}

/// Every line that only one side has.
fn differences(declared: &Described, found: &Described) -> Vec<String> {
    let mut faults = Vec::new();
    let names: std::collections::BTreeSet<&String> = declared.keys().chain(found.keys()).collect();
    for name in names {
        match (declared.get(name), found.get(name)) {
            (Some(_), None) => faults.push(format!("{name}: in the catalogue, not in the migrations")),
            (None, Some(_)) => faults.push(format!("{name}: in the migrations, not in the catalogue")),
            (Some(a), Some(b)) if a != b => {
                faults
                    .extend(a.iter().filter(|line| !b.contains(line)).map(|line| format!("{name}, catalogue: {line}")));
                faults.extend(
                    b.iter().filter(|line| !a.contains(line)).map(|line| format!("{name}, migrations: {line}")),
                );
                faults.push(format!("{name}: the lists of columns differ, in content or order"));
            }
            _ => {}
        }
    }
    faults
}

#[tokio::test]
async fn the_migrations_make_the_tables_of_the_catalogue_column_by_column() {
    if !are_installed() {
        use std::io::Write as _;
        let name = "the_migrations_make_the_tables_of_the_catalogue_column_by_column";
        assert!(std::env::var_os("CALLMART_TEST_STRICT").is_none(), "{name} needs PostgreSQL's server binaries");
        let _ = writeln!(std::io::stderr(), "not run, because PostgreSQL's server binaries are not installed: {name}");
        return;
    }
    let folder = tempfile::tempdir().expect("a folder");
    let server = PrivateServer::start(folder.path()).await.expect("a server");
    let pool = PgPool::connect(&server.url()).await.expect("a connection");
    let migrations = Migrator::new(root().join("migrations")).await.expect("migrations");
    migrations.run(&pool).await.expect("the migrations can be applied");
    let faults = differences(&declared(), &found(&pool).await);
    pool.close().await;
    server.discard().await.expect("the server is removed");
    assert!(faults.is_empty(), "catalogue and migrations differ:\n{}", faults.join("\n"));
}

#[test]
fn a_difference_on_either_side_is_seen() {
    let side = |lines: &[&str]| Described::from([("t".to_owned(), lines.iter().map(|l| (*l).to_owned()).collect())]);
    assert!(differences(&side(&["a", "b"]), &side(&["a", "b"])).is_empty());
    assert_eq!(differences(&side(&["a", "b"]), &side(&["b", "a"])).len(), 1);
    assert_eq!(differences(&side(&["a"]), &side(&["a", "b"])).len(), 2);
    assert_eq!(differences(&side(&["a"]), &Described::new()), ["t: in the catalogue, not in the migrations"]);
}
