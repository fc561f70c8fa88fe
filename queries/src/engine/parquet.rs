//! The Parquet mart through DataFusion: sessions over one pinned manifest.
//!
//! A session is set up to mean by SQL what PostgreSQL means. It never reads a file that the manifest does not name.

use std::collections::BTreeMap;
use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::{Arc, OnceLock};

use arrow::array::RecordBatch;
use callmart_schema::catalogue::{Calendar, GidbEvent, Row, TABLES};
use datafusion::catalog::{MemTable, MemorySchemaProvider, SchemaProvider, TableProvider};
use datafusion::common::config::Dialect;
use datafusion::common::{ParamValues, ScalarValue};
use datafusion::error::DataFusionError;
use datafusion::execution::SendableRecordBatchStream;
use datafusion::execution::context::SQLOptions;
use datafusion::logical_expr::LogicalPlan;
use datafusion::prelude::{DataFrame, SessionConfig, SessionContext};
use futures_util::{StreamExt, TryStreamExt};

use super::files::MartTable;
use super::statement::only_reads;
use super::{Batches, Param, QueryError, near, shape};
use crate::mart::PinnedMart;

/// Name of the engine in messages.
pub(super) const NAME: &str = "the Parquet engine";

const CATALOG: &str = "callmart";

/// How the Parquet engine runs.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct ParquetSettings {
    /// Parts of a query that run at once; 0 means as many as there are cores.
    pub target_partitions: usize,
}

/// Tables that are newer than the mart's files, each as a whole, by name: what the process that loads the mart knows and has
/// not published yet.
#[derive(Debug, Clone, Default)]
pub struct Overlay {
    /// Rows in the catalogue's columns.
    pub tables: BTreeMap<String, RecordBatch>,
}

/// Gives the newest overlay when a reading is opened.
pub type NewestOverlay = Arc<dyn Fn() -> Overlay + Send + Sync>;

/// The Parquet mart in a data folder.
#[derive(Clone)]
pub struct ParquetEngine {
    data_dir: PathBuf,
    settings: ParquetSettings,
    overlay: Option<NewestOverlay>,
}

impl fmt::Debug for ParquetEngine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let has_overlay = self.overlay.is_some();
        f.debug_struct("ParquetEngine").field("data_dir", &self.data_dir).field("overlay", &has_overlay).finish()
    }
}

impl ParquetEngine {
    /// The mart in a data folder; the folder is looked at when a reading is opened.
    #[must_use]
    pub fn new(data_dir: &Path, settings: ParquetSettings) -> Self {
        Self { data_dir: data_dir.to_path_buf(), settings, overlay: None }
    }

    /// The same mart, with tables that are newer than its files.
    #[must_use]
    pub fn with_overlay(mut self, overlay: NewestOverlay) -> Self {
        self.overlay = Some(overlay);
        self
    }

    /// Pins the newest state.
    ///
    /// # Errors
    /// When the manifest cannot be read.
    pub fn open(&self) -> Result<ParquetReading, QueryError> {
        let mut reading = ParquetReading::new(PinnedMart::pin(&self.data_dir)?, self.settings);
        reading.overlay = self.overlay.as_ref().map(|newest| newest()).unwrap_or_default();
        Ok(reading)
    }
}

/// One pinned manifest that can be asked.
pub struct ParquetReading {
    mart: PinnedMart,
    overlay: Overlay,
    settings: ParquetSettings,
    /// The session of all queries without a calendar of their own; no statement can change it.
    session: OnceLock<SessionContext>,
}

impl fmt::Debug for ParquetReading {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ParquetReading").field("mart", &self.mart).field("settings", &self.settings).finish()
    }
}

impl ParquetReading {
    /// A reading of a state that is already pinned.
    #[must_use]
    pub fn new(mart: PinnedMart, settings: ParquetSettings) -> Self {
        Self { mart, overlay: Overlay::default(), settings, session: OnceLock::new() }
    }

    /// The pinned state.
    #[must_use]
    pub fn mart(&self) -> &PinnedMart {
        &self.mart
    }

    pub(super) async fn query(
        &self,
        sql: &str,
        params: &[Param],
        calendar: Option<&[Calendar]>,
    ) -> Result<RecordBatch, QueryError> {
        let stream = self.run(sql, params, calendar).await?;
        let schema = stream.schema();
        let batches: Vec<RecordBatch> = stream.try_collect().await.map_err(refused)?;
        shape::one_batch(&schema, &batches)
    }

    pub(super) async fn stream<'a>(
        &'a self,
        sql: &str,
        params: &[Param],
        calendar: Option<&[Calendar]>,
    ) -> Result<Batches<'a>, QueryError> {
        let stream = self.run(sql, params, calendar).await?;
        Ok(stream.map(|batch| batch.map_err(refused).and_then(|b| shape::plain(&b))).boxed())
    }

    async fn run(
        &self,
        sql: &str,
        params: &[Param],
        calendar: Option<&[Calendar]>,
    ) -> Result<SendableRecordBatchStream, QueryError> {
        only_reads(NAME, sql)?;
        let session = self.session(calendar).map_err(refused)?;
        let plan = Box::pin(session.state().create_logical_plan(sql)).await.map_err(refused)?;
        plan_only_reads(&plan)?;
        let values: Vec<ScalarValue> = params.iter().map(scalar).collect();
        let plan = if values.is_empty() { Ok(plan) } else { plan.with_param_values(ParamValues::from(values)) };
        let frame = DataFrame::new(session.state(), plan.map_err(refused)?);
        Box::pin(frame.execute_stream()).await.map_err(refused)
    }

    fn session(&self, calendar: Option<&[Calendar]>) -> Result<SessionContext, DataFusionError> {
        if calendar.is_some() {
            return self.make_session(calendar);
        }
        match self.session.get() {
            Some(session) => Ok(session.clone()),
            None => self.make_session(None).map(|made| self.session.get_or_init(|| made).clone()),
        }
    }

    fn make_session(&self, calendar: Option<&[Calendar]>) -> Result<SessionContext, DataFusionError> {
        let session = SessionContext::new_with_config(self.config());
        for table in TABLES.iter().filter(|t| t.in_parquet()) {
            let provider: Arc<dyn TableProvider> = match self.overlay.tables.get(table.name) {
                Some(rows) => Arc::new(MemTable::try_new(table.arrow_schema(), vec![vec![rows.clone()]])?),
                None => Arc::new(MartTable::try_new(&self.mart, table)?),
            };
            session.register_table(table.name, provider)?;
        }
        if let Some(rows) = calendar {
            let name = Calendar::TABLE.name;
            session.deregister_table(name)?;
            let made = MemTable::try_new(Calendar::TABLE.arrow_schema(), vec![vec![Calendar::batch(rows)]])?;
            session.register_table(name, Arc::new(made))?;
        }
        self.add_archive(&session)?;
        Ok(session)
    }

    /// The archive also goes by the name that the design gives it, `gidb.event`.
    fn add_archive(&self, session: &SessionContext) -> Result<(), DataFusionError> {
        let schema = MemorySchemaProvider::new();
        schema.register_table("event".to_owned(), Arc::new(MartTable::try_new(&self.mart, GidbEvent::TABLE)?))?;
        if let Some(catalog) = session.catalog(CATALOG) {
            catalog.register_schema("gidb", Arc::new(schema))?;
        }
        Ok(())
    }

    fn config(&self) -> SessionConfig {
        let mut config = SessionConfig::new()
            .with_information_schema(true)
            .with_default_catalog_and_schema(CATALOG, "public")
            .with_target_partitions(match self.settings.target_partitions {
                0 => std::thread::available_parallelism().map_or(1, usize::from),
                set => set,
            });
        let options = config.options_mut();
        options.execution.time_zone = Some("+00:00".to_owned());
        options.execution.parquet.schema_force_view_types = false;
        options.sql_parser.dialect = Dialect::PostgreSQL;
        options.sql_parser.enable_ident_normalization = true;
        options.sql_parser.map_string_types_to_utf8view = false;
        config
    }
}

fn plan_only_reads(plan: &LogicalPlan) -> Result<(), QueryError> {
    let options = SQLOptions::new().with_allow_ddl(false).with_allow_dml(false).with_allow_statements(false);
    options.verify_plan(plan).map_err(|_| QueryError::ReadOnly { engine: NAME, statement: kind(plan) })
}

fn kind(plan: &LogicalPlan) -> String {
    match plan {
        LogicalPlan::Ddl(ddl) => ddl.name().to_owned(),
        LogicalPlan::Dml(dml) => dml.op.to_string(),
        LogicalPlan::Statement(statement) => statement.name().to_owned(),
        LogicalPlan::Copy(_) => "COPY".to_owned(),
        _ => "a statement that writes".to_owned(),
    }
}

fn scalar(param: &Param) -> ScalarValue {
    match param {
        Param::Int(value) => ScalarValue::Int64(Some(*value)),
        Param::Text(value) => ScalarValue::Utf8(Some(value.clone())),
    }
}

fn refused(error: DataFusionError) -> QueryError {
    let message = error.strip_backtrace();
    let hint = if message.contains("Did you mean") { String::new() } else { near::hint(&message) };
    QueryError::Engine { engine: NAME, message, hint }
}
