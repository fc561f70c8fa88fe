//! How a mix is told: which collector hears what, in which order, how often, and up to where at a time.
//!
//! Whatever is drawn here changes nothing of what is told. Knows records of logs; not who reads them.

use std::collections::VecDeque;
use std::sync::Arc;

use buffa::Message as _;
use callmart_collector::log::{RecordDraft, RecordKind};
use callmart_schema::event::{Event, canonical};
use callmart_schema::session::{Batch, Covers, Stop, Welcome};

use super::chance::Chance;
use super::mix::{Mix, Stretch};

/// Most collectors that hear one mix.
const LOGS: usize = 3;
/// Most pieces in which a log is written.
const PIECES: usize = 6;

/// What each collector writes.
#[derive(Debug)]
pub(crate) struct Telling {
    /// In words, for whoever looks for the fault.
    pub(crate) how: String,
    pub(crate) logs: Vec<Log>,
}

/// What one collector writes, piece by piece.
#[derive(Debug)]
pub(crate) struct Log {
    pub(crate) name: String,
    pub(crate) pieces: Vec<Vec<RecordDraft>>,
}

/// The order of the records of a log.
#[derive(Debug, Clone, Copy)]
enum Order {
    /// As things happened.
    Told,
    /// Each source in its order, and the sources among one another in any.
    Interleaved,
    /// Any at all.
    Shuffled,
}

/// What a collector hears of a source, in the source's order, and what it says is complete of it.
type Stream = Vec<(i64, RecordDraft)>;

impl Telling {
    /// As plain as can be: one collector hears everything once, as it happened.
    pub(crate) fn plain(mix: &Mix) -> Self {
        let streams = (0..mix.tellers.len()).map(|teller| {
            let of_teller: Vec<&Stretch> = mix.stretches.iter().filter(|s| s.teller == teller).collect();
            let events = mix.told_by(teller).into_iter().map(|event| (event.time_us, told(event)));
            let covers = of_teller.into_iter().map(|stretch| (mix.until_us, covered(mix, stretch)));
            events.chain(covers).collect()
        });
        let records = [connects(mix, "plain"), as_told(streams.collect()), stops(mix)].concat();
        Self { how: "plain".to_owned(), logs: vec![Log { name: "plain".to_owned(), pieces: vec![records] }] }
    }

    /// In any way: by several collectors of which at least one hears each event, repeated, in any order.
    pub(crate) fn drawn(mix: &Mix, chance: &mut Chance) -> Self {
        let (count, pieces) = (chance.between(1, LOGS), chance.between(1, PIECES));
        let heard = heard(mix, count, chance);
        let mut how = format!("{count} logs in {pieces} pieces:");
        let logs = heard.into_iter().zip(0..).map(|(streams, place)| {
            let name = format!("twin{place}");
            let order = chance.one_of(&[Order::Told, Order::Interleaved, Order::Interleaved, Order::Shuffled]);
            let repeats = chance.one_of(&[0, 3, 20]);
            how += &format!(" {order:?}, one in {repeats} repeated;");
            let streams = streams.into_iter().map(|stream| repeated(stream, repeats, chance)).collect();
            let records = [connects(mix, &name), ordered(streams, order, chance), stops(mix)].concat();
            Log { name, pieces: cut(records, pieces, chance) }
        });
        let logs = logs.collect();
        Self { how, logs }
    }
}

/// By collector and source: what each hears.
fn heard(mix: &Mix, count: usize, chance: &mut Chance) -> Vec<Vec<Stream>> {
    let mut heard: Vec<Vec<Stream>> = vec![Vec::new(); count];
    for teller in 0..mix.tellers.len() {
        let of_teller = heard_of(mix, teller, count, chance);
        heard.iter_mut().zip(of_teller).for_each(|(log, stream)| log.push(stream));
    }
    heard
}

/// By collector: what each hears of a source. A stretch is heard piece by piece, each piece by one or several.
fn heard_of(mix: &Mix, teller: usize, count: usize, chance: &mut Chance) -> Vec<Stream> {
    let mut heard = vec![Stream::new(); count];
    let events = mix.told_by(teller);
    let mut untold: VecDeque<&Event> = events.iter().copied().collect();
    let stretches = mix.stretches.iter().filter(|s| s.teller == teller);
    let pieces: Vec<Stretch> = stretches.flat_map(|stretch| cut_up(stretch, &events, chance)).collect();
    for piece in pieces {
        let mut records = Stream::new();
        while let Some(event) = untold.front().filter(|event| event.seq <= piece.to_seq) {
            records.push((event.time_us, told(event)));
            untold.pop_front();
        }
        records.push((piece.to_us, covered(mix, &piece)));
        let first = chance.below(count);
        for (log, stream) in heard.iter_mut().enumerate() {
            if log == first || chance.once_in(3) {
                stream.extend(records.iter().cloned());
            }
        }
    }
    assert!(untold.is_empty(), "every event that was heard lies in a stretch, or before the next one");
    heard
}

/// Cuts a stretch into pieces that follow one another; where one ends it is complete up to the next event.
fn cut_up(stretch: &Stretch, events: &[&Event], chance: &mut Chance) -> Vec<Stretch> {
    let one_in = chance.between(1, 30);
    let (mut pieces, mut rest) = (Vec::new(), *stretch);
    for event in events.iter().filter(|e| e.seq > stretch.from_seq + 1 && e.seq <= stretch.to_seq) {
        if chance.once_in(one_in) {
            pieces.push(Stretch { to_seq: event.seq - 1, to_us: event.time_us, ..rest });
            rest = Stretch { from_seq: event.seq - 1, from_us: event.time_us, ..rest };
        }
    }
    pieces.push(rest);
    pieces
}

/// The stream with some records told again, right behind or at the end.
fn repeated(stream: Stream, one_in: usize, chance: &mut Chance) -> Stream {
    let (mut repeated, mut later) = (Stream::new(), Stream::new());
    for record in stream {
        repeated.push(record.clone());
        if one_in > 0 && chance.once_in(one_in) {
            if chance.once_in(2) { repeated.push(record) } else { later.push(record) }
        }
    }
    repeated.append(&mut later);
    repeated
}

fn ordered(streams: Vec<Stream>, order: Order, chance: &mut Chance) -> Vec<RecordDraft> {
    match order {
        Order::Told => as_told(streams),
        Order::Interleaved => interleaved(streams, chance),
        Order::Shuffled => {
            let mut records = as_told(streams);
            chance.shuffle(&mut records);
            records
        }
    }
}

fn as_told(streams: Vec<Stream>) -> Vec<RecordDraft> {
    let mut all: Stream = streams.into_iter().flatten().collect();
    all.sort_by_key(|(time_us, _)| *time_us);
    all.into_iter().map(|(_, record)| record).collect()
}

/// Some of one stream, then some of another one.
fn interleaved(streams: Vec<Stream>, chance: &mut Chance) -> Vec<RecordDraft> {
    let mut streams: Vec<VecDeque<RecordDraft>> =
        streams.into_iter().map(|stream| stream.into_iter().map(|(_, record)| record).collect()).collect();
    let mut records = Vec::new();
    while !streams.is_empty() {
        let place = chance.below(streams.len());
        let count = chance.between(1, 40).min(streams[place].len());
        records.extend(streams[place].drain(..count));
        streams.retain(|stream| !stream.is_empty());
    }
    records
}

/// Cuts records at any places; a piece may be empty.
fn cut(records: Vec<RecordDraft>, pieces: usize, chance: &mut Chance) -> Vec<Vec<RecordDraft>> {
    let mut ends: Vec<usize> = (1..pieces).map(|_| chance.below(records.len() + 1)).collect();
    ends.extend([0, records.len()]);
    ends.sort_unstable();
    ends.windows(2).map(|ends| records[ends[0]..ends[1]].to_vec()).collect()
}

fn record(kind: RecordKind, source: &str, at_us: i64, bytes: Vec<u8>) -> RecordDraft {
    RecordDraft { kind, source: Arc::from(source), received_us: at_us, bytes: bytes.into() }
}

fn told(event: &Event) -> RecordDraft {
    record(RecordKind::Event, &event.source, event.time_us, canonical(event))
}

fn covered(mix: &Mix, stretch: &Stretch) -> RecordDraft {
    let teller = &mix.tellers[stretch.teller];
    let process = format!("{}-a", teller.node());
    let covers = Covers {
        epoch_started_us: mix.epoch,
        epoch_process: process,
        from_seq: stretch.from_seq,
        to_seq: stretch.to_seq,
        from_us: stretch.from_us,
        to_us: stretch.to_us,
        ..Covers::default()
    };
    let batch = Batch { covers: vec![covers], ..Batch::default() };
    record(RecordKind::Batch, &teller.name, stretch.to_us, batch.encode_to_vec())
}

/// A collector that is a pool of its own connects to every source.
fn connects(mix: &Mix, log: &str) -> Vec<RecordDraft> {
    let connect = |teller: &callmart_node::world::Teller| {
        let welcome = Welcome {
            source: teller.name.clone(),
            switch: teller.switch.clone(),
            tenant: teller.tenant.clone(),
            role: teller.role.as_str().to_owned(),
            pool: log.to_owned(),
            member: log.to_owned(),
            ..Welcome::default()
        };
        record(RecordKind::Connect, &teller.name, mix.epoch, welcome.encode_to_vec())
    };
    mix.tellers.iter().map(connect).collect()
}

fn stops(mix: &Mix) -> Vec<RecordDraft> {
    let stop = Stop { time_us: mix.until_us, ..Stop::default() };
    let stopped = mix.tellers.iter().filter(|_| mix.has_stopped);
    stopped.map(|teller| record(RecordKind::Stop, &teller.name, mix.until_us, stop.encode_to_vec())).collect()
}
