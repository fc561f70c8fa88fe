//! Measures how fast deliveries find their agents on the transform's own timeline; `scripts/compare-join` compares it with
//! the as-of join of Polars in one run.
//!
//! `cargo bench -p callmart-etl --bench match_agents [-- CALLS STATES]`. The data: 1,000,000 calls and 2,000,000 agent states
//! on 2,000 endpoints, moments and endpoints uniform random over five days from one seed, both in order of time. A state is a
//! login session that ends where the endpoint's next one begins; a call belongs to the state that began last on its endpoint,
//! be it at the same moment. The timeline takes in the states' logins and logouts as events, before the time that is measured,
//! and what that takes is told. Then calls are looked up, whose DNs are given by name, as the transform gives them, or by number,
//! each name looked up once; each time it is told which session every call found. Beside it, because a join groups the states each
//! time: the same index made from columns, by names, and asked, all of it measured.
//! With `with FOLDER` the data is written there, and each line of standard input is answered by one measured round.
#![allow(clippy::print_stdout)]

#[path = "../../node/benches/measuring/mod.rs"]
mod measuring;

use std::collections::HashMap;
use std::error::Error;
use std::fs::File;
use std::io::{BufRead as _, stdin};
use std::path::Path;
use std::sync::Arc;
use std::time::Instant;

use arrow::array::{ArrayRef, Int32Array, Int64Array, RecordBatch, StringArray};
use callmart_etl::coverage::Coverage;
use callmart_etl::logins::{AllLogins, LoggedIn, Logins};
use callmart_etl::snapshot::{Lost, Snapshots};
use callmart_etl::stored::{Place, Stored, Texts};
use callmart_etl::timeline::Timelines;
use callmart_schema::event::{AgentLogin, AgentLogout, Body, Epoch, Event, canonical};
use measuring::{START_US, is_asked_for, number, thread_s};
use parquet::arrow::ArrowWriter;

const ENDPOINTS: u64 = 2_000;
const SPAN_US: u64 = 5 * 86_400_000_000;
const SEED: u64 = 7;
const SWITCH: &str = "switch";
const SOURCE: &str = "node/TCport";
/// Rounds when nobody asks for single ones.
const ROUNDS: usize = 7;

/// A moment, microseconds since 1970-01-01 UTC, and an endpoint.
type Moment = (i64, usize);

/// By call: the session that it found.
type Sessions<'t> = Vec<Option<&'t Arc<str>>>;

/// What is matched.
struct Data {
    calls: Vec<Moment>,
    states: Vec<Moment>,
    /// Name of each endpoint's DN.
    names: Vec<Arc<str>>,
}

/// Numbers that one seed repeats (splitmix64).
struct Random(u64);

impl Random {
    fn below(&mut self, limit: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((u128::from(mixed ^ (mixed >> 31)) * u128::from(limit)) >> 64) as u64
    }
}

impl Data {
    fn new(calls: usize, states: usize) -> Self {
        let mut random = Random(SEED);
        let mut moments = |count: usize| -> Vec<Moment> {
            let moment = |_| (START_US + random.below(SPAN_US) as i64, random.below(ENDPOINTS) as usize);
            let mut moments: Vec<Moment> = (0..count).map(moment).collect();
            moments.sort_unstable();
            // No two at one moment on one endpoint: which of them is the last would be nobody's to say.
            moments.dedup();
            moments
        };
        let (calls, states) = (moments(calls), moments(states));
        Self { calls, states, names: (0..ENDPOINTS).map(|endpoint| format!("DN{endpoint}").into()).collect() }
    }

    fn write(&self, dir: &Path) -> Result<(), Box<dyn Error>> {
        std::fs::create_dir_all(dir)?;
        for (name, moments) in [("calls", &self.calls), ("states", &self.states)] {
            let names = moments.iter().map(|m| self.name(m.1));
            let columns: [(&str, ArrayRef); 4] = [
                (name, Arc::new(Int64Array::from_iter_values(0..moments.len() as i64))),
                ("at_us", Arc::new(Int64Array::from_iter_values(moments.iter().map(|m| m.0)))),
                ("endpoint", Arc::new(Int32Array::from_iter_values(moments.iter().map(|m| m.1 as i32)))),
                ("name", Arc::new(StringArray::from_iter_values(names))),
            ];
            let batch = RecordBatch::try_from_iter(columns)?;
            let mut writer =
                ArrowWriter::try_new(File::create(dir.join(format!("{name}.parquet")))?, batch.schema(), None)?;
            writer.write(&batch)?;
            writer.close()?;
        }
        Ok(())
    }

    fn name(&self, endpoint: usize) -> &str {
        self.names.get(endpoint).map_or("", |name| name)
    }

    /// The timeline that has taken in a login of every state, and a logout where the endpoint's next one begins.
    fn timelines(&self) -> Timelines {
        let (mut timelines, mut texts, mut seq) = (Timelines::default(), Texts::default(), 0);
        let (coverage, snapshots) = (Coverage::default(), Snapshots::default());
        let lost = Lost { coverage: &coverage, snapshots: &snapshots };
        let mut tell = |at_us, body| {
            seq += 1;
            timelines.saw_event(&stored(&mut texts, seq, at_us, body), lost);
        };
        let mut last: HashMap<usize, usize> = HashMap::new();
        for (state, (at_us, endpoint)) in self.states.iter().enumerate() {
            let (dn, agent) = (self.name(*endpoint).to_owned(), format!("agent {}", state % 4_000));
            if let Some(before) = last.insert(*endpoint, state) {
                let body = AgentLogout { dn: dn.clone(), session: before.to_string(), ..AgentLogout::default() };
                tell(*at_us, Body::from(body));
            }
            let body = AgentLogin { dn, agent, session: state.to_string(), ..AgentLogin::default() };
            tell(*at_us, Body::from(body));
        }
        timelines
    }

    /// The session of each call, by the name of its DN.
    fn by_name<'t>(&self, logins_on: impl Fn(&str) -> Option<&'t Logins>) -> Sessions<'t> {
        let find = |(at_us, endpoint): &Moment| session(logins_on(self.name(*endpoint)), *at_us);
        self.calls.iter().map(find).collect()
    }

    /// The same by the number of its endpoint.
    fn by_number<'t>(&self, logins_on: impl Fn(&str) -> Option<&'t Logins>) -> Sessions<'t> {
        let places: Vec<Option<&Logins>> = self.names.iter().map(|name| logins_on(name)).collect();
        let find = |(at_us, endpoint): &Moment| session(places.get(*endpoint).copied().flatten(), *at_us);
        self.calls.iter().map(find).collect()
    }

    /// The timeline's index, from columns: what begins, and goes on until the next.
    fn index(&self, ids: &[Arc<str>]) -> AllLogins {
        let (mut index, switch, agent): (_, Arc<str>, Arc<str>) = (AllLogins::default(), SWITCH.into(), "agent".into());
        for ((from_us, endpoint), id) in self.states.iter().zip(ids) {
            let on_dn = self.names.get(*endpoint).and_then(|name| index.of_mut(&switch, name));
            let login = LoggedIn { from_us: *from_us, to_us: i64::MAX, agent: agent.clone(), session: id.clone() };
            if let Some(on_dn) = on_dn {
                on_dn.add(login);
            }
        }
        index
    }
}

/// Whose a moment is.
fn session(logins: Option<&Logins>, at_us: i64) -> Option<&Arc<str>> {
    logins?.at(at_us, 0).map(|found| found.session)
}

fn stored(texts: &mut Texts, seq: u64, time_us: i64, body: Body) -> Stored {
    let event = Event {
        source: SOURCE.to_owned(),
        epoch: Epoch::new(1, "1").into(),
        seq,
        switch: SWITCH.to_owned(),
        time_us,
        body: Some(body),
        ..Event::default()
    };
    let place = Place { log: texts.keep("log"), segment: 0, offset: seq };
    Stored::from_record(texts, SOURCE, &canonical(&event), place)
}

/// Sum of the products of the calls' numbers and the numbers of the states that they found, both from 1.
fn checksum(sessions: &[Option<&Arc<str>>]) -> u64 {
    let product =
        |(call, session): (u64, &Option<&Arc<str>>)| Some(call * (session.as_ref()?.parse::<u64>().ok()? + 1));
    (1..).zip(sessions).filter_map(product).sum()
}

/// What a round took: seconds on the wall and of the processor, and the sum of what was found.
struct Round {
    wall_s: f64,
    processor_s: f64,
    checksum: u64,
}

fn round<'t>(find: impl FnOnce() -> Sessions<'t>) -> Round {
    let (began, before_s) = (Instant::now(), thread_s());
    let sessions = find();
    let (wall_s, processor_s) = (began.elapsed().as_secs_f64(), thread_s() - before_s);
    Round { wall_s, processor_s, checksum: checksum(&sessions) }
}

const WAYS: [&str; 3] = ["by name", "by number", "index, then by name"];

/// A round of each way.
fn rounds(data: &Data, timelines: &Timelines, ids: &[Arc<str>]) -> [Round; WAYS.len()] {
    let on = |name: &str| timelines.logins_on(SWITCH, name);
    let (by_name, by_number) = (round(|| data.by_name(on)), round(|| data.by_number(on)));
    let mut index = AllLogins::default();
    let made = round(|| {
        index = data.index(ids);
        data.by_name(|name| index.of(SWITCH, name))
    });
    [by_name, by_number, made]
}

fn main() -> Result<(), Box<dyn Error>> {
    if !is_asked_for() {
        return Ok(());
    }
    let data = Data::new(number(0, 1_000_000) as usize, number(1, 2_000_000) as usize);
    let (began, before_s) = (Instant::now(), thread_s());
    let timelines = data.timelines();
    let (calls, states) = (data.calls.len(), data.states.len());
    println!(
        "{calls} calls, {states} states on {ENDPOINTS} endpoints; taken in as events in {:.1} s, {:.0} ns of a core a state",
        began.elapsed().as_secs_f64(),
        (thread_s() - before_s) * 1e9 / states as f64
    );
    let ids: Vec<Arc<str>> = (0..states).map(|state| state.to_string().into()).collect();
    let mut after = std::env::args().skip_while(|argument| argument != "with").skip(1);
    let Some(dir) = after.next() else {
        for _ in 0..ROUNDS {
            for (way, round) in WAYS.into_iter().zip(rounds(&data, &timelines, &ids)) {
                let ns = round.processor_s * 1e9 / calls as f64;
                println!(
                    "{way:20} {:7.1} ms, {ns:5.1} ns of a core a call, checksum {}",
                    round.wall_s * 1e3,
                    round.checksum
                );
            }
        }
        return Ok(());
    };
    data.write(Path::new(&dir))?;
    println!("ready");
    for line in stdin().lock().lines() {
        line?;
        for Round { wall_s, processor_s, checksum } in rounds(&data, &timelines, &ids) {
            println!("{wall_s} {processor_s} {checksum}");
        }
    }
    Ok(())
}
