//! A table of the pinned mart for DataFusion: exactly its files, with the catalogue's schema, nothing listed or inferred.
//!
//! Files of days that a filter rules out are not opened; which day a file holds stands in the manifest.

use std::pin::Pin;
use std::sync::Arc;

use arrow::datatypes::SchemaRef;
use callmart_schema::catalogue::Table;
use callmart_schema::manifest::FileEntry;
use chrono::NaiveDate;
use datafusion::catalog::{Session, TableProvider};
use datafusion::common::pruning::PrunableStatistics;
use datafusion::common::stats::Precision;
use datafusion::common::{ColumnStatistics, DFSchema, ScalarValue, Statistics};
use datafusion::config::TableParquetOptions;
use datafusion::datasource::listing::PartitionedFile;
use datafusion::datasource::object_store::ObjectStoreUrl;
use datafusion::datasource::physical_plan::{FileGroup, FileScanConfigBuilder, ParquetSource};
use datafusion::datasource::source::DataSourceExec;
use datafusion::error::{DataFusionError, Result};
use datafusion::logical_expr::utils::conjunction;
use datafusion::logical_expr::{Expr, TableProviderFilterPushDown, TableType};
use datafusion::object_store::path::Path as StorePath;
use datafusion::physical_optimizer::pruning::PruningPredicateBuilder;
use datafusion::physical_plan::ExecutionPlan;
use datafusion::physical_plan::empty::EmptyExec;

use crate::mart::PinnedMart;

/// One table as the pinned mart has it.
#[derive(Debug)]
pub(super) struct MartTable {
    table: &'static Table,
    schema: SchemaRef,
    files: Vec<MartFile>,
}

#[derive(Debug, Clone)]
struct MartFile {
    location: StorePath,
    bytes: u64,
    rows: u64,
    /// First and last value of the table's day column that the file can hold; none for tables without days.
    span: Option<(i64, i64)>,
}

impl MartTable {
    pub(super) fn try_new(mart: &PinnedMart, table: &'static Table) -> Result<Self> {
        let files = mart.files(table.name).iter().map(|file| mart_file(mart, table, file)).collect::<Result<_>>()?;
        Ok(Self { table, schema: table.arrow_schema(), files })
    }

    /// The files that can hold rows that pass the filters.
    fn needed(&self, state: &dyn Session, filters: &[Expr]) -> Result<Vec<&MartFile>> {
        let all = || self.files.iter().collect();
        let Some(filter) = conjunction(filters.to_vec()) else { return Ok(all()) };
        let filter = state.create_physical_expr(filter, &DFSchema::try_from(Arc::clone(&self.schema))?)?;
        let builder = PruningPredicateBuilder::new().with_file_schema(Arc::clone(&self.schema));
        let Ok(predicate) = builder.try_build(filter) else { return Ok(all()) };
        let days = self.files.iter().map(|file| Arc::new(self.day_statistics(file))).collect();
        let keep = predicate.prune(&PrunableStatistics::new(days, Arc::clone(&self.schema)))?;
        Ok(self.files.iter().zip(keep).filter_map(|(file, keep)| keep.then_some(file)).collect())
    }

    fn day_statistics(&self, file: &MartFile) -> Statistics {
        let mut statistics = Statistics::new_unknown(&self.schema);
        let position = self.table.day_column().and_then(|(column, _)| self.table.position(column));
        let column = position.and_then(|at| statistics.column_statistics.get_mut(at));
        if let (Some(column), Some((first, last))) = (column, file.span) {
            // Exact is what pruning asks for; these bounds are used for nothing else.
            *column = ColumnStatistics::new_unknown()
                .with_min_value(Precision::Exact(ScalarValue::Int64(Some(first))))
                .with_max_value(Precision::Exact(ScalarValue::Int64(Some(last))));
        }
        statistics
    }

    fn plan(
        &self,
        state: &dyn Session,
        projection: Option<&Vec<usize>>,
        filters: &[Expr],
        limit: Option<usize>,
    ) -> Result<Arc<dyn ExecutionPlan>> {
        let files = self.needed(state, filters)?;
        if files.is_empty() {
            return Ok(Arc::new(EmptyExec::new(datafusion::common::project_schema(&self.schema, projection)?)));
        }
        let options =
            TableParquetOptions { global: state.config_options().execution.parquet.clone(), ..Default::default() };
        let source = ParquetSource::new(Arc::clone(&self.schema)).with_table_parquet_options(options);
        let scan = FileScanConfigBuilder::new(ObjectStoreUrl::local_filesystem(), Arc::new(source))
            .with_statistics(self.size(&files))
            .with_file_groups(groups(&files, state.config().target_partitions()))
            .with_limit(limit)
            .with_projection_indices(projection.cloned())?
            .build();
        Ok(DataSourceExec::from_data_source(scan))
    }

    /// Rows and bytes for the choice of join sides; inexact, so that no count is ever answered from a manifest.
    fn size(&self, files: &[&MartFile]) -> Statistics {
        let sum = |of: fn(&MartFile) -> u64| Precision::Inexact(files.iter().map(|f| of(f) as usize).sum());
        let mut statistics = Statistics::new_unknown(&self.schema);
        statistics.num_rows = sum(|f| f.rows);
        statistics.total_byte_size = sum(|f| f.bytes);
        statistics
    }
}

fn mart_file(mart: &PinnedMart, table: &Table, file: &FileEntry) -> Result<MartFile> {
    let path = mart.path(table.name, file);
    let location = StorePath::from_absolute_path(path).map_err(|e| DataFusionError::External(Box::new(e)))?;
    Ok(MartFile { location, bytes: file.bytes, rows: file.rows, span: day_span(table, &file.day) })
}

fn day_span(table: &Table, day: &str) -> Option<(i64, i64)> {
    let (_, units_per_day) = table.day_column()?;
    let day: NaiveDate = day.parse().ok()?;
    let first = day.signed_duration_since(NaiveDate::default()).num_days().checked_mul(units_per_day)?;
    Some((first, first + units_per_day - 1))
}

/// The files dealt out to as many groups as are read at once.
fn groups(files: &[&MartFile], partitions: usize) -> Vec<FileGroup> {
    let per_group = files.len().div_ceil(partitions.max(1)).max(1);
    let open = |file: &&MartFile| {
        let mut opened = PartitionedFile::new("", file.bytes);
        opened.object_meta.location = file.location.clone();
        opened
    };
    files.chunks(per_group).map(|group| FileGroup::new(group.iter().map(open).collect())).collect()
}

/// A plan in a box, as the trait wants it.
type Planned<'a> = Pin<Box<dyn Future<Output = Result<Arc<dyn ExecutionPlan>>> + Send + 'a>>;

impl TableProvider for MartTable {
    fn schema(&self) -> SchemaRef {
        Arc::clone(&self.schema)
    }

    fn table_type(&self) -> TableType {
        TableType::Base
    }

    fn supports_filters_pushdown(&self, filters: &[&Expr]) -> Result<Vec<TableProviderFilterPushDown>> {
        Ok(vec![TableProviderFilterPushDown::Inexact; filters.len()])
    }

    // Written out, where other code has a macro make the boxed future.
    fn scan<'a, 'b, 'c, 'd, 'e>(
        &'a self,
        state: &'b dyn Session,
        projection: Option<&'c Vec<usize>>,
        filters: &'d [Expr],
        limit: Option<usize>,
    ) -> Planned<'e>
    where
        'a: 'e,
        'b: 'e,
        'c: 'e,
        'd: 'e,
        Self: 'e,
    {
        Box::pin(std::future::ready(self.plan(state, projection, filters, limit)))
    }
}
