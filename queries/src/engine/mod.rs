//! The two engines behind one face: SQL text and typed parameters in, one Arrow batch out.
//!
//! A [`Reading`] holds one state of a mart: every query through it sees the same rows. It does not know reports.

mod calendars;
mod error;
mod files;
mod near;
mod parquet;
mod postgres;
mod postgres_rows;
mod shape;
mod statement;

use std::path::Path;

use arrow::array::RecordBatch;
use arrow::datatypes::SchemaRef;
use callmart_schema::catalogue::Calendar;
use futures_util::stream::BoxStream;

pub use error::QueryError;
pub use parquet::{NewestOverlay, Overlay, ParquetEngine, ParquetReading, ParquetSettings};
pub use postgres::{PostgresEngine, PostgresReading};
pub use shape::cast_to;

/// Batches of an answer as they come.
pub type Batches<'a> = BoxStream<'a, Result<RecordBatch, QueryError>>;

/// A typed value for `$1`, `$2` and so on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Param {
    /// A `bigint`.
    Int(i64),
    /// A `text`.
    Text(String),
}

/// A mart that can be asked.
#[derive(Debug, Clone)]
pub enum Engine {
    /// The Parquet mart, through DataFusion.
    Parquet(ParquetEngine),
    /// The PostgreSQL mart.
    Postgres(PostgresEngine),
}

impl Engine {
    /// The Parquet mart in a data folder.
    #[must_use]
    pub fn parquet(data_dir: &Path, settings: ParquetSettings) -> Self {
        Self::Parquet(ParquetEngine::new(data_dir, settings))
    }

    /// The PostgreSQL mart at a URL such as `postgresql://reader@host/mart`.
    ///
    /// # Errors
    /// When the server cannot be reached or refuses the account.
    pub async fn postgres(url: &str) -> Result<Self, QueryError> {
        PostgresEngine::connect(url).await.map(Self::Postgres)
    }

    /// Name of the engine, as messages give it.
    #[must_use]
    pub fn name(&self) -> &'static str {
        match self {
            Self::Parquet(_) => parquet::NAME,
            Self::Postgres(_) => postgres::NAME,
        }
    }

    /// Pins the newest state of the mart.
    ///
    /// # Errors
    /// When the mart cannot be read.
    pub async fn open(&self) -> Result<Reading, QueryError> {
        match self {
            Self::Parquet(engine) => engine.open().map(Reading::Parquet),
            Self::Postgres(engine) => engine.open().await.map(Reading::Postgres),
        }
    }

    /// One query over the newest state.
    ///
    /// # Errors
    /// When the statement is none that only reads, or the engine refuses it.
    pub async fn query(&self, sql: &str, params: &[Param]) -> Result<RecordBatch, QueryError> {
        self.open().await?.query(sql, params).await
    }

    /// One query over the newest state, its answer cast to declared types.
    ///
    /// # Errors
    /// As [`Engine::query`], and when the answer has other columns or a value does not fit its type.
    pub async fn query_as(&self, sql: &str, params: &[Param], schema: &SchemaRef) -> Result<RecordBatch, QueryError> {
        cast_to(&self.query(sql, params).await?, schema)
    }
}

/// One state of a mart. After an error open another: PostgreSQL ends a transaction with the first one.
#[derive(Debug)]
pub enum Reading {
    /// One manifest.
    Parquet(ParquetReading),
    /// One transaction.
    Postgres(PostgresReading),
}

impl Reading {
    /// Name of the engine, as messages give it.
    #[must_use]
    pub fn engine(&self) -> &'static str {
        match self {
            Self::Parquet(_) => parquet::NAME,
            Self::Postgres(_) => postgres::NAME,
        }
    }

    /// One query over this state.
    ///
    /// # Errors
    /// When the statement is none that only reads, or the engine refuses it.
    pub async fn query(&mut self, sql: &str, params: &[Param]) -> Result<RecordBatch, QueryError> {
        match self {
            Self::Parquet(reading) => reading.query(sql, params, None).await,
            Self::Postgres(reading) => reading.query(sql, params).await,
        }
    }

    /// One query over this state in which `calendar` means these rows and not the stored ones.
    ///
    /// # Errors
    /// As [`Reading::query`].
    pub async fn query_with_calendar(
        &mut self,
        sql: &str,
        params: &[Param],
        calendar: &[Calendar],
    ) -> Result<RecordBatch, QueryError> {
        match self {
            Self::Parquet(reading) => reading.query(sql, params, Some(calendar)).await,
            Self::Postgres(reading) => reading.query_with_calendar(sql, params, calendar).await,
        }
    }

    /// The answer batch by batch, for those that do not fit in memory.
    ///
    /// # Errors
    /// When the statement is none that only reads, or the engine refuses it; later errors come in the stream.
    pub async fn stream<'a>(&'a mut self, sql: &str, params: &[Param]) -> Result<Batches<'a>, QueryError> {
        match self {
            Self::Parquet(reading) => reading.stream(sql, params, None).await,
            Self::Postgres(reading) => reading.stream(sql, params).await,
        }
    }
}
