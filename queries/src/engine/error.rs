//! What can go wrong with a query, in sentences that name the engine. Does not know what a query was for.

use crate::mart::MartError;

/// Why a query has no answer.
#[derive(Debug, thiserror::Error)]
pub enum QueryError {
    /// The mart cannot be read.
    #[error(transparent)]
    Mart(#[from] MartError),
    /// The statement is none that only reads.
    #[error("{engine} was asked to run {statement}, and marts are only read here: use SELECT, EXPLAIN or SHOW")]
    ReadOnly {
        /// Name of the engine.
        engine: &'static str,
        /// Kind of the statement.
        statement: String,
    },
    /// The engine refused the query, or failed while running it.
    #[error("{engine}: {message}{hint}")]
    Engine {
        /// Name of the engine.
        engine: &'static str,
        /// What it says.
        message: String,
        /// Names that may have been meant, or empty.
        hint: String,
    },
    /// The server cannot be reached, or is gone.
    #[error("PostgreSQL cannot be reached: {message}; check the URL, and that the server runs")]
    Unreachable {
        /// What the connection says.
        message: String,
    },
    /// A column has a type that is not read here.
    #[error("PostgreSQL gave column {column} as {found}, which is not read here; cast it to text in the query")]
    ColumnType {
        /// Name of the column.
        column: String,
        /// Its type.
        found: String,
    },
    /// A value does not have the bytes of its type.
    #[error("PostgreSQL gave a value of column {column} that is no {expected}; this is a fault of the program")]
    Value {
        /// Name of the column.
        column: String,
        /// Type of the column.
        expected: &'static str,
    },
    /// The answer does not have the declared columns.
    #[error("the answer does not fit the declared columns: {message}; the definition of the report must be corrected")]
    Shape {
        /// What does not fit.
        message: String,
    },
}
