//! A batch as bytes for people and programs: table, CSV, JSON, an Arrow stream or Parquet. Pure: who shows the bytes is not its business.

mod table;

use std::str::FromStr;

use arrow::array::RecordBatch;
use arrow::csv::WriterBuilder as CsvWriterBuilder;
use arrow::error::ArrowError;
use arrow::ipc::writer::StreamWriter;
use arrow::json::WriterBuilder as JsonWriterBuilder;
use arrow::json::writer::JsonArray;
use parquet::arrow::ArrowWriter;
use parquet::basic::{Compression, ZstdLevel};
use parquet::errors::ParquetError;
use parquet::file::properties::WriterProperties;

/// A form of output.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Format {
    /// Aligned columns for people: numbers to the right, doubles with two decimals, nothing for null.
    #[default]
    Table,
    /// RFC 4180 with a header line; null is empty.
    Csv,
    /// An array of objects with typed values; null is null.
    Json,
    /// A stream of Arrow's IPC format.
    Arrow,
    /// One Parquet file.
    Parquet,
}

/// Names of all formats, as [`Format::from_str`] takes them.
pub const FORMAT_NAMES: [&str; 5] = ["table", "csv", "json", "arrow", "parquet"];

impl FromStr for Format {
    type Err = OutputError;

    fn from_str(name: &str) -> Result<Self, OutputError> {
        match name {
            "table" => Ok(Self::Table),
            "csv" => Ok(Self::Csv),
            "json" => Ok(Self::Json),
            "arrow" => Ok(Self::Arrow),
            "parquet" => Ok(Self::Parquet),
            other => Err(OutputError::UnknownFormat { name: other.to_owned(), known: FORMAT_NAMES.join(", ") }),
        }
    }
}

/// Why rows cannot be written out.
#[derive(Debug, thiserror::Error)]
pub enum OutputError {
    /// There is no format of that name.
    #[error("there is no format {name:?}; the formats are: {known}")]
    UnknownFormat {
        /// The name given.
        name: String,
        /// The names there are.
        known: String,
    },
    /// A column has a type that the format cannot hold.
    #[error("the rows cannot be written in this format: {0}; cast the column to text in the query, or use parquet")]
    Arrow(#[from] ArrowError),
    /// The Parquet writer failed.
    #[error("the rows cannot be written as Parquet: {0}; cast the column in question to text in the query")]
    Parquet(#[from] ParquetError),
}

/// The rows in a format.
///
/// # Errors
/// When a column has a type that the format cannot hold.
pub fn format(batch: &RecordBatch, format: Format) -> Result<Vec<u8>, OutputError> {
    match format {
        Format::Table => Ok(table::text(batch)?.into_bytes()),
        Format::Csv => csv(batch),
        Format::Json => json(batch),
        Format::Arrow => arrow_stream(batch),
        Format::Parquet => parquet_file(batch),
    }
}

fn csv(batch: &RecordBatch) -> Result<Vec<u8>, OutputError> {
    let mut bytes = Vec::new();
    let builder = CsvWriterBuilder::new().with_header(true);
    let mut writer = builder.with_line_terminator(arrow::csv::writer::Terminator::CRLF).build(&mut bytes);
    writer.write(batch)?;
    drop(writer);
    Ok(bytes)
}

fn json(batch: &RecordBatch) -> Result<Vec<u8>, OutputError> {
    let mut bytes = b"[]".to_vec();
    if batch.num_rows() > 0 {
        let mut writer = JsonWriterBuilder::new().with_explicit_nulls(true).build::<_, JsonArray>(Vec::new());
        writer.write(batch)?;
        writer.finish()?;
        bytes = writer.into_inner();
    }
    bytes.push(b'\n');
    Ok(bytes)
}

fn arrow_stream(batch: &RecordBatch) -> Result<Vec<u8>, OutputError> {
    let mut writer = StreamWriter::try_new(Vec::new(), &batch.schema())?;
    writer.write(batch)?;
    Ok(writer.into_inner()?)
}

fn parquet_file(batch: &RecordBatch) -> Result<Vec<u8>, OutputError> {
    let properties = WriterProperties::builder()
        .set_compression(Compression::ZSTD(ZstdLevel::default()))
        .set_created_by("callmart".to_owned())
        .build();
    let mut bytes = Vec::new();
    let mut writer = ArrowWriter::try_new(&mut bytes, batch.schema(), Some(properties))?;
    writer.write(batch)?;
    writer.close()?;
    Ok(bytes)
}

#[cfg(test)]
mod tests;
