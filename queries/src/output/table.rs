//! Rows as aligned columns for people. Does not know what they mean.

use arrow::array::{Array, AsArray, RecordBatch};
use arrow::datatypes::{DataType, Float32Type, Float64Type};
use arrow::error::ArrowError;
use arrow::util::display::{ArrayFormatter, FormatOptions};

/// What stands between two columns.
const GAP: &str = "  ";

/// The rows below their names and a line.
pub(super) fn text(batch: &RecordBatch) -> Result<String, ArrowError> {
    let columns = batch.columns().iter().map(|c| cells(c.as_ref())).collect::<Result<Vec<_>, _>>()?;
    let schema = batch.schema();
    let names: Vec<String> = schema.fields().iter().map(|f| plain(f.name())).collect();
    let to_right: Vec<bool> = schema.fields().iter().map(|f| f.data_type().is_numeric()).collect();
    let widths: Vec<usize> = names
        .iter()
        .zip(&columns)
        .map(|(name, cells)| cells.iter().chain([name]).map(|c| c.chars().count()).max().unwrap_or(0))
        .collect();
    let line = |cells: Vec<&str>| {
        let padded = cells.iter().zip(&widths).zip(&to_right).map(|((cell, width), to_right)| {
            if *to_right { format!("{cell:>width$}") } else { format!("{cell:<width$}") }
        });
        padded.collect::<Vec<_>>().join(GAP).trim_end().to_owned() + "\n"
    };
    let rules: Vec<String> = widths.iter().map(|width| "-".repeat(*width)).collect();
    let mut text = line(names.iter().map(String::as_str).collect()) + &line(rules.iter().map(String::as_str).collect());
    for row in 0..batch.num_rows() {
        text += &line(columns.iter().map(|cells| cells.get(row).map_or("", String::as_str)).collect());
    }
    Ok(text)
}

fn cells(column: &dyn Array) -> Result<Vec<String>, ArrowError> {
    let decimals = |value: Option<f64>| value.map_or_else(String::new, |v| format!("{v:.2}"));
    Ok(match column.data_type() {
        DataType::Float64 => column.as_primitive::<Float64Type>().iter().map(decimals).collect(),
        DataType::Float32 => column.as_primitive::<Float32Type>().iter().map(|v| decimals(v.map(f64::from))).collect(),
        _ => {
            let options = FormatOptions::default();
            let formatter = ArrayFormatter::try_new(column, &options)?;
            (0..column.len())
                .map(|row| formatter.value(row).try_to_string().map(|t| plain(&t)))
                .collect::<Result<_, _>>()?
        }
    })
}

/// Text in one line that cannot steer a terminal: control characters are written out.
fn plain(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    for c in text.chars() {
        if c.is_control() {
            plain.extend(c.escape_default());
        } else {
            plain.push(c);
        }
    }
    plain
}
