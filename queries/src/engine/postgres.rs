//! The PostgreSQL mart: every reading is one read-only transaction that sees one state.
//!
//! Statements go over the extended protocol, which takes one statement at a time. It does not know tables.

use arrow::array::RecordBatch;
use callmart_schema::catalogue::Calendar;
use futures_util::{StreamExt, TryStreamExt};
use sqlx::postgres::{PgArguments, PgConnectOptions, PgPool, PgPoolOptions, PgTypeInfo};
use sqlx::{Arguments, AssertSqlSafe, Executor, Postgres, SqlSafeStr, Statement, Transaction};

use super::calendars::{self, CalendarColumn};
use super::postgres_rows::Columns;
use super::statement::only_reads;
use super::{Batches, Param, QueryError, near, shape};

/// Name of the engine in messages.
pub(super) const NAME: &str = "PostgreSQL";

/// Connections that one engine opens at most.
const MAX_CONNECTIONS: u32 = 8;

/// Rows that make one batch of a stream.
const BATCH_ROWS: usize = 8_192;

/// What PostgreSQL calls a write in a read-only transaction.
const READ_ONLY_CODE: &str = "25006";

const BEGIN: &str = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY";

/// The PostgreSQL mart.
#[derive(Debug, Clone)]
pub struct PostgresEngine {
    pool: PgPool,
    /// Longest time of one statement, in milliseconds; none when only the server's own settings limit it.
    statement_timeout_ms: Option<u64>,
}

impl PostgresEngine {
    /// Connects to a server by its URL. The driver's sessions speak UTC, whatever the URL or the server says.
    ///
    /// # Errors
    /// When the URL is none, or the server cannot be reached.
    pub async fn connect(url: &str) -> Result<Self, QueryError> {
        let options: PgConnectOptions = url.parse().map_err(unreachable)?;
        let options = options.options([("default_transaction_read_only", "on")]);
        let pool = PgPoolOptions::new().max_connections(MAX_CONNECTIONS).connect_with(options).await;
        Ok(Self::from_pool(pool.map_err(unreachable)?))
    }

    /// An engine over connections that were made elsewhere; their time zone must be UTC.
    #[must_use]
    pub fn from_pool(pool: PgPool) -> Self {
        Self { pool, statement_timeout_ms: None }
    }

    /// The same, with statements that the server ends after a time: whoever stops waiting for one cannot end it.
    #[must_use]
    pub fn with_statement_timeout_ms(self, limit_ms: u64) -> Self {
        Self { statement_timeout_ms: Some(limit_ms), ..self }
    }

    /// Begins a transaction that sees the newest state.
    ///
    /// # Errors
    /// When the server cannot be reached.
    pub async fn open(&self) -> Result<PostgresReading, QueryError> {
        let mut transaction = self.pool.begin_with(BEGIN).await.map_err(failed)?;
        if let Some(limit_ms) = self.statement_timeout_ms {
            let set = AssertSqlSafe(format!("SET LOCAL statement_timeout = {limit_ms}"));
            sqlx::raw_sql(set).execute(&mut *transaction).await.map_err(failed)?;
        }
        Ok(PostgresReading { transaction })
    }
}

/// One read-only transaction that can be asked.
#[derive(Debug)]
pub struct PostgresReading {
    transaction: Transaction<'static, Postgres>,
}

impl PostgresReading {
    pub(super) async fn query(&mut self, sql: &str, params: &[Param]) -> Result<RecordBatch, QueryError> {
        self.collect(sql, arguments(params)?).await
    }

    pub(super) async fn query_with_calendar(
        &mut self,
        sql: &str,
        params: &[Param],
        calendar: &[Calendar],
    ) -> Result<RecordBatch, QueryError> {
        let mut bound = arguments(params)?;
        calendars::columns(calendar).into_iter().try_for_each(|column| add_array(&mut bound, column))?;
        self.collect(&calendars::with_calendar(sql, params.len()), bound).await
    }

    pub(super) async fn stream<'a>(&'a mut self, sql: &str, params: &[Param]) -> Result<Batches<'a>, QueryError> {
        self.run(sql, arguments(params)?).await.map(|(_, batches)| batches)
    }

    async fn collect(&mut self, sql: &str, bound: Bound) -> Result<RecordBatch, QueryError> {
        let (columns, batches) = self.run(sql, bound).await?;
        let batches: Vec<RecordBatch> = batches.try_collect().await?;
        shape::one_batch(&columns.schema(), &batches)
    }

    async fn run<'a>(&'a mut self, sql: &str, bound: Bound) -> Result<(Columns, Batches<'a>), QueryError> {
        only_reads(NAME, sql)?;
        let text = AssertSqlSafe(sql.to_owned()).into_sql_str();
        let statement = self.transaction.prepare_with(text.clone(), &bound.types).await.map_err(failed)?;
        let columns = Columns::try_new(statement.columns())?;
        let reader = columns.clone();
        let rows = self.transaction.fetch(sqlx::query_with(text, bound.arguments));
        let batches = rows.chunks(BATCH_ROWS).map(move |rows| {
            let rows = rows.into_iter().collect::<Result<Vec<_>, _>>().map_err(failed)?;
            reader.batch(&rows)
        });
        Ok((columns, batches.boxed()))
    }
}

/// Parameters and their types.
struct Bound {
    arguments: PgArguments,
    types: Vec<PgTypeInfo>,
}

impl Bound {
    fn add<T>(&mut self, value: T) -> Result<(), QueryError>
    where
        T: for<'q> sqlx::Encode<'q, Postgres> + sqlx::Type<Postgres>,
    {
        self.types.push(T::type_info());
        self.arguments.add(value).map_err(|e| QueryError::Engine {
            engine: NAME,
            message: format!("a parameter cannot be sent: {e}"),
            hint: String::new(),
        })
    }
}

fn arguments(params: &[Param]) -> Result<Bound, QueryError> {
    let mut bound = Bound { arguments: PgArguments::default(), types: Vec::new() };
    for param in params {
        match param {
            Param::Int(value) => bound.add(*value)?,
            Param::Text(value) => bound.add(value.clone())?,
        }
    }
    Ok(bound)
}

fn add_array(bound: &mut Bound, column: CalendarColumn) -> Result<(), QueryError> {
    match column {
        CalendarColumn::Ints(values) => bound.add(values),
        CalendarColumn::BigInts(values) => bound.add(values),
        CalendarColumn::Texts(values) => bound.add(values),
    }
}

fn unreachable(error: sqlx::Error) -> QueryError {
    QueryError::Unreachable { message: error.to_string() }
}

fn failed(error: sqlx::Error) -> QueryError {
    match error {
        sqlx::Error::Database(said) if said.code().as_deref() == Some(READ_ONLY_CODE) => {
            QueryError::ReadOnly { engine: NAME, statement: refused_command(said.message()) }
        }
        sqlx::Error::Database(said) => {
            let message = said.message().to_owned();
            QueryError::Engine { engine: NAME, hint: near::hint(&message), message }
        }
        sqlx::Error::Io(_) | sqlx::Error::PoolTimedOut | sqlx::Error::Tls(_) => unreachable(error),
        other => QueryError::Engine { engine: NAME, message: other.to_string(), hint: String::new() },
    }
}

/// The command in `cannot execute INSERT in a read-only transaction`; servers may speak other languages.
fn refused_command(message: &str) -> String {
    let command = message.strip_prefix("cannot execute ").and_then(|rest| rest.split_once(" in a read-only"));
    command.map_or("a statement that writes", |(command, _)| command).to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_refused_command_is_named_where_the_server_names_it() {
        assert_eq!(refused_command("cannot execute INSERT in a read-only transaction"), "INSERT");
        assert_eq!(refused_command("kann INSERT nicht ausführen"), "a statement that writes");
    }
}
