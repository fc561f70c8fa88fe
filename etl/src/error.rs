//! What can go wrong between logs and marts, each as a sentence a person can act on.

use std::path::{Path, PathBuf};

use callmart_collector::log::LogError;

/// Begin of the codes with which a PostgreSQL says that it stops, crashed, or is starting.
const GOING: &str = "57P0";

/// Why extract, transform or load could not go on.
#[derive(Debug, thiserror::Error)]
pub enum EtlError {
    /// A file or folder could not be read or written.
    #[error("cannot use {path}: {cause}; check that the disk has room and that the folder is yours")]
    Io {
        /// The file or folder.
        path: PathBuf,
        /// What the system said.
        cause: std::io::Error,
    },
    /// A log is damaged or cannot be read.
    #[error("log {log}: {cause}")]
    Log {
        /// Name of the log.
        log: String,
        /// What the log said.
        cause: LogError,
    },
    /// A log that the marts should be made from cannot be read to its end, and there are marts to lose.
    #[error("{0}; nothing was thrown away: `callmart rebuild --from gidb` makes the marts from the archive")]
    NothingThrownAway(Box<Self>),
    /// A file of the mart is not what was written.
    #[error("{path} is damaged: {cause}; make the marts again with `callmart rebuild --from log`")]
    DamagedFile {
        /// The file.
        path: PathBuf,
        /// What the reader found.
        cause: String,
    },
    /// The manifest cannot be understood.
    #[error("{path} is no manifest of this version: {cause}; make the marts again with `callmart rebuild --from log`")]
    Manifest {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        cause: String,
    },
    /// Rows of a table could not be put in columns or in order.
    #[error("rows of {table} cannot be handled: {cause}; this is a fault in callmart, please report it")]
    Rows {
        /// The table.
        table: &'static str,
        /// What the library said.
        cause: String,
    },
    /// A task broke down; what it said went to the program's log.
    #[error("the task that writes files broke down; this is a fault in callmart, please report it and start again")]
    Broken,
    /// PostgreSQL refused or is gone.
    #[error("PostgreSQL: {0}; the Parquet mart is not affected, and the next import or rebuild catches up")]
    Postgres(#[from] sqlx::Error),
    /// The database's tables cannot be brought to this version.
    #[error("PostgreSQL's tables cannot be brought to this version: {0}; use an empty database")]
    Migrate(#[from] sqlx::migrate::MigrateError),
}

impl EtlError {
    pub(crate) fn parquet(table: &'static str, error: &parquet::errors::ParquetError) -> Self {
        Self::Rows { table, cause: error.to_string() }
    }

    pub(crate) fn arrow(table: &'static str, error: &arrow::error::ArrowError) -> Self {
        Self::Rows { table, cause: error.to_string() }
    }

    /// Whether PostgreSQL is not there now, and may be soon.
    pub(crate) fn is_away(&self) -> bool {
        let cause = match self {
            Self::Postgres(cause) => cause,
            Self::Migrate(sqlx::migrate::MigrateError::Execute(cause)) => cause,
            Self::Migrate(sqlx::migrate::MigrateError::ExecuteMigration(cause, _)) => cause,
            _ => return false,
        };
        match cause {
            sqlx::Error::Io(_) | sqlx::Error::PoolTimedOut | sqlx::Error::Protocol(_) => true,
            sqlx::Error::Database(said) => said.code().is_some_and(|code| code.starts_with(GOING)),
            _ => false,
        }
    }

    /// Whether stored bytes were found to be other than what was written.
    #[must_use]
    pub fn is_damage(&self) -> bool {
        if let Self::NothingThrownAway(cause) = self {
            return cause.is_damage();
        }
        matches!(
            self,
            Self::DamagedFile { .. } | Self::Manifest { .. } | Self::Log { cause: LogError::Damaged { .. }, .. }
        )
    }
}

/// Names the path in an input or output error.
pub(crate) trait IoContext<T> {
    fn at(self, path: &Path) -> Result<T, EtlError>;
}

impl<T> IoContext<T> for std::io::Result<T> {
    fn at(self, path: &Path) -> Result<T, EtlError> {
        self.map_err(|cause| EtlError::Io { path: path.to_owned(), cause })
    }
}
