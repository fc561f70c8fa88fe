//! Random marts: both engines, any number of parts and any split into files give the same rows and lines.

use callmart_queries::engine::{Engine, ParquetSettings};
use callmart_queries::hash::hash_mart;
use callmart_queries::reports::{Period, run_report};
use callmart_schema::catalogue::{InteractionResourceFact, IrfUserDataGen1, MediationSegmentFact, Resource};
use chrono_tz::Tz;

use crate::asked::request;
use crate::support::{AGENT, Content, ENDPOINT, IVR, SALES, SUPPORT, at, passage, resources, target};
use callmart_schema::catalogue::statics::Outcome;

/// A small generator of numbers, the same for the same seed.
pub(crate) struct Dice(pub(crate) u64);

impl Dice {
    pub(crate) fn roll(&mut self, sides: i64) -> i64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        ((self.0 >> 33) % sides.unsigned_abs()) as i64
    }

    pub(crate) fn pick<T: Copy>(&mut self, of: &[T]) -> T {
        of[self.roll(of.len() as i64) as usize]
    }
}

/// Passages over the three days around the end of summer time in Berlin.
fn content(seed: u64) -> Content {
    let mut dice = Dice(seed);
    let first = at("2026-10-24T00:00:00Z");
    let (mut passages, mut targets): (Vec<MediationSegmentFact>, Vec<InteractionResourceFact>) = Default::default();
    let mut texts = Vec::new();
    for id in 0..400 {
        let start = first + dice.roll(3 * 86_400);
        let mut one = passage(id, dice.pick(&[SALES, SUPPORT, 3]), start, dice.roll(90), Outcome::Unspecified);
        one.technical_descriptor_key = 100 * (1 + dice.roll(3)) + 1 + dice.roll(27);
        if dice.roll(3) > 0 {
            let resource = dice.pick(&[AGENT, AGENT, AGENT, IVR, ENDPOINT, SUPPORT, 777]);
            targets.push(target(&mut one, resource, dice.roll(20) as i32, dice.roll(2) as i32));
        }
        texts.push(IrfUserDataGen1 {
            interaction_resource_id: id,
            start_date_time_key: one.start_date_time_key,
            case_id: dice
                .pick(&[None, Some(""), Some("O'Hara \"x\""), Some("Zoë\\n"), Some("日本")])
                .map(str::to_owned),
            ..IrfUserDataGen1::default()
        });
        passages.push(one);
    }
    let odd = Resource { resource_key: 3, resource_name: "Ünter;'\"".to_owned(), ..Resource::default() };
    let mut content = Content::with_statics();
    content.add(&resources()).add(&[odd]).add(&passages).add(&targets).add(&texts);
    content
}

#[tokio::test]
async fn random_marts_have_one_answer_and_one_hash_whatever_the_engine_and_the_files() {
    for seed in 1..=3_u64 {
        let content = content(seed);
        let dirs = [tempfile::tempdir().expect("a folder"), tempfile::tempdir().expect("a folder")];
        let mut engines: Vec<Engine> = Vec::new();
        for (dir, (rows_per_file, target_partitions)) in dirs.iter().zip([(1_000, 1), (17, 3)]) {
            content.publish(dir.path(), 1, rows_per_file);
            engines.push(Engine::parquet(dir.path(), ParquetSettings { target_partitions }));
        }
        engines.extend(content.postgres(&format!("random_{seed}")).await);
        let hours = request("2026-10-24", "2026-10-27", Tz::Europe__Berlin, Period::Hour);
        let mut answers = Vec::new();
        for engine in &engines {
            let answer = run_report(engine, "queue-summary", &hours).await.expect("an answer").batch;
            assert!(answer.num_rows() > 50, "seed {seed}");
            let mut lines = hash_mart(engine).await.expect("lines");
            lines.retain(|line| line.table != "gidb_event");
            answers.push((answer, lines));
        }
        assert!(answers.windows(2).all(|pair| pair[0] == pair[1]), "seed {seed}: {answers:#?}");
    }
}
