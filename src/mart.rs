//! The mart that a reading command asks: the engine, and the server behind it as long as it is asked.
//!
//! Does not know what is asked.

use anyhow::Result;
use callmart_queries::engine::{Engine, ParquetSettings, PostgresEngine, QueryError};

use crate::cli::EngineChoice;
use crate::failure::wrong_input;
use crate::postgres::Postgres;
use crate::session::Session;

/// An engine that can be asked. Close it when the answer is there.
pub(crate) struct Mart {
    /// The engine.
    pub(crate) engine: Engine,
    postgres: Option<Postgres>,
}

impl Mart {
    /// Opens the mart that was chosen.
    pub(crate) async fn open(session: &Session, choice: EngineChoice) -> Result<Self> {
        match choice {
            EngineChoice::Parquet => {
                let engine = Engine::parquet(session.folder.path(), ParquetSettings::default());
                Ok(Self { engine, postgres: None })
            }
            EngineChoice::Postgres => {
                let postgres = session.postgres().await?;
                let engine = Engine::Postgres(PostgresEngine::from_pool(postgres.pool.clone()));
                Ok(Self { engine, postgres: Some(postgres) })
            }
        }
    }

    /// Gives the server back.
    pub(crate) async fn close(self) -> Result<()> {
        drop(self.engine);
        match self.postgres {
            Some(postgres) => postgres.close().await,
            None => Ok(()),
        }
    }
}

/// A query that the engine refuses is wrong input; a mart that cannot be read is a failure.
pub(crate) fn explain_query(error: QueryError) -> anyhow::Error {
    match error {
        QueryError::ReadOnly { .. } | QueryError::Engine { .. } | QueryError::ColumnType { .. } => {
            wrong_input(error.to_string())
        }
        other => other.into(),
    }
}
