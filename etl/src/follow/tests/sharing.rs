//! What marts share of the work, and what memory they do it in: no row depends on either.

use callmart_schema::catalogue::cells;

use super::*;

/// The facts of a mart in memory: table, unit, and what the row says.
type Facts = Vec<(&'static str, i64, Vec<Value>)>;

/// Folds for a PostgreSQL that nobody started, and does with the rows what it would do.
fn load_postgres(etl: &mut Etl, facts: &mut Facts) {
    let load = etl.fold_next(Mart::Postgres).expect("folded");
    facts.retain(|(_, unit, _)| !load.stored.facts.contains(unit));
    for (table, batch) in load.rows.fact_batches() {
        let places: Vec<usize> = table.content_columns().filter_map(|c| table.position(c.name)).collect();
        let unit = table.position("unit_key").expect("facts have one");
        for row in (0..batch.num_rows()).map(|row| cells(&batch, row)) {
            let Value::Int(unit) = row[unit] else { panic!("a key") };
            facts.push((table.name, unit, places.iter().map(|place| row[*place].clone()).collect()));
        }
    }
    etl.loaded(Mart::Postgres, &load);
}

fn by_table(facts: Facts) -> Vec<(&'static str, Vec<Value>)> {
    let mut rows: Vec<_> = facts.into_iter().map(|(table, _, row)| (table, row)).collect();
    rows.sort();
    rows
}

fn of_parquet(etl: &Etl) -> Vec<(&'static str, Vec<Value>)> {
    let content = content(etl, &[TableKind::Fact, TableKind::Projection], &[]);
    let of_table = |(table, days): (&'static str, BTreeMap<String, Vec<Vec<Value>>>)| {
        days.into_values().flatten().map(move |row| (table, row)).collect::<Vec<_>>()
    };
    let mut rows: Vec<_> = content.into_iter().flat_map(of_table).collect();
    rows.sort();
    rows
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 12, ..ProptestConfig::default() })]

    #[test]
    fn a_mart_gets_the_rows_of_one_pass_whichever_mart_they_were_folded_for(
        log in a_log_of_days(),
        steps in prop::collection::vec((1_usize..25, any::<bool>(), any::<bool>()), 1..20),
        units_per_load in 1_usize..5,
        kept_facts in prop_oneof![Just(0_usize), Just(10), Just(1_000_000)],
    ) {
        run(async {
            let dir = tempfile::tempdir().expect("a folder");
            let mut etl = open_wide(dir.path(), units_per_load);
            etl.settings.load.kept_facts = kept_facts;
            etl.knowledge = new_knowledge(&etl.settings, true);
            let mut facts = Facts::new();
            for (count, into_postgres, into_parquet) in steps.into_iter().chain([(usize::MAX, false, false)]) {
                take(&mut etl, &log, count);
                if into_postgres {
                    load_postgres(&mut etl, &mut facts);
                }
                if into_parquet {
                    etl.publish_next().await.expect("published");
                }
            }
            etl.is_closing = true;
            while etl.knowledge.is_waiting(Mart::Postgres) || etl.knowledge.has_unwrapped() || etl.knowledge.has_unsettled() {
                load_postgres(&mut etl, &mut facts);
            }
            etl.load_all().await.expect("loaded");
            while etl.knowledge.is_waiting(Mart::Postgres) {
                load_postgres(&mut etl, &mut facts);
            }
            let (postgres, parquet) = (by_table(facts), of_parquet(&etl));
            let [missing, more] = [(&parquet, &postgres), (&postgres, &parquet)]
                .map(|(these, others)| these.iter().filter(|row| !others.contains(row)).collect::<Vec<_>>());
            assert!(missing.is_empty() && more.is_empty(), "PostgreSQL lacks {missing:#?} and has instead {more:#?}");
            assert_eq!(postgres.len(), parquet.len(), "each row is there once");
        });
    }
}

/// So many calls, a minute apart.
const CALLS: u32 = 4_000;

#[test]
fn a_mart_made_in_little_memory_has_the_content_of_one_made_in_much() {
    run(async {
        let folder = tempfile::tempdir().expect("a folder");
        let log_dir = folder.path().join("log");
        let (mut writer, _) =
            LogWriter::open(&log_dir, &LogIdentity::new(LOG, 1), LogSettings::default()).expect("a log");
        let calls = (0..CALLS)
            .flat_map(|number| a_call(&format!("c{number}"), u64::from(number) * 10 + 1, f64::from(number) * 60.0));
        let draft = |event: Stored| RecordDraft {
            kind: RecordKind::Event,
            source: event.identity.source.to_string().into(),
            received_us: 1,
            bytes: event.bytes.to_vec().into(),
        };
        let drafts: Vec<RecordDraft> = calls.map(draft).collect();
        for group in drafts.chunks(1_000) {
            writer.append_group(group).expect("durable");
        }
        let kinds = [TableKind::Fact, TableKind::Archive];
        let mut contents = Vec::new();
        for memory_mb in [512, 64, 1] {
            let dir = folder.path().join(memory_mb.to_string());
            let mut etl = open_with(&dir, LoadSettings::within_mb(memory_mb));
            let most = etl.settings.load.unarchived_events;
            assert!(memory_mb == 512 || most < drafts.len(), "the limit of {memory_mb} MB is met");
            let log = LogToFollow { name: LOG.to_owned(), dir: log_dir.clone(), durable: None };
            etl.follow(vec![log], watch::channel(true).1).await.expect("loaded");
            contents.push(content(&etl, &kinds, &[]));
        }
        assert_eq!(contents[0]["interaction_fact"].values().map(Vec::len).sum::<usize>(), CALLS as usize);
        assert!(contents.windows(2).all(|pair| pair[0] == pair[1]), "memory makes no difference");
    });
}
