//! Logs of collectors that run elsewhere: written here record by record, with the moments at which they heard each.
//!
//! Does not know what is told.

use std::sync::Arc;

use buffa::Message as _;
use callmart_collector::log::{LogIdentity, LogSettings, LogWriter, RecordDraft, RecordKind};
use callmart_schema::event;
use callmart_schema::session::{Batch, Covers, Welcome};

use crate::input::time_us;
use crate::operator::Site;

/// What a collector writes, as long as it is kept.
pub(crate) struct Written {
    writer: LogWriter,
    pool: String,
}

impl Written {
    /// A log in a data folder, of a collector that is a pool of its own.
    pub(crate) fn new(site: &Site, name: &str) -> Self {
        let dir = site.data().join("log").join(name);
        let (writer, _) =
            LogWriter::open(&dir, &LogIdentity::new(name, time_us(0)), LogSettings::default()).expect("a log");
        Self { writer, pool: name.to_owned() }
    }

    fn append(&mut self, kind: RecordKind, source: &str, heard_s: i64, bytes: Vec<u8>) {
        let draft = RecordDraft { kind, source: Arc::from(source), received_us: time_us(heard_s), bytes: bytes.into() };
        self.writer.append_group(&[draft]).expect("a group");
    }

    /// A source of the switch `north` is heard in a role.
    pub(crate) fn connects(mut self, source: &str, role: &str) -> Self {
        let welcome = Welcome {
            source: source.to_owned(),
            switch: "north".to_owned(),
            role: role.to_owned(),
            pool: self.pool.clone(),
            member: self.pool.clone(),
            ..Welcome::default()
        };
        self.append(RecordKind::Connect, source, 0, welcome.encode_to_vec());
        self
    }

    /// Events, as JSON lines, are heard at a second of the collector's clock.
    pub(crate) fn hears(mut self, lines: &str, heard_s: i64) -> Self {
        for line in lines.lines() {
            let event = event::from_json(line.as_bytes()).expect("an event");
            self.append(RecordKind::Event, &event.source, heard_s, event::canonical(&event));
        }
        self
    }

    /// The numbers `(from, to]` of a source and the time from one second to another (exclusive) are complete.
    pub(crate) fn covers(mut self, source: &str, (from_seq, to_seq): (u64, u64), (from_s, to_s): (i64, i64)) -> Self {
        let covers = Covers {
            epoch_started_us: time_us(0),
            epoch_process: "p1".to_owned(),
            from_seq,
            to_seq,
            from_us: time_us(from_s),
            to_us: time_us(to_s),
            ..Covers::default()
        };
        let batch = Batch { covers: vec![covers], ..Batch::default() };
        self.append(RecordKind::Batch, source, to_s, batch.encode_to_vec());
        self
    }
}
