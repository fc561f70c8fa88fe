//! The header of a report: what it answers, what goes in and what comes out, in comment lines above its SQL.
//!
//! A line is `-- key: value`; one that begins with `--   ` goes on with the line before it. A parameter or filter is
//! `name type = meaning` and stands for `$1`, `$2` and so on in order; a filter that is not asked for is `''` or 0. A column
//! or measure is `name type [unit] [null] = meaning`, where numbers have a unit. It does not know what the SQL does.

use std::sync::Arc;

use arrow::datatypes::{DataType, Field, Schema, SchemaRef, TimeUnit};
use chrono_tz::Tz;
use serde::Serialize;

/// Why a header cannot be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum HeaderError {
    /// A line has not the form it should have.
    #[error("the header line {line:?} is wrong: {what}")]
    Line {
        /// The line.
        line: String,
        /// What is wrong.
        what: &'static str,
    },
    /// A line is missing.
    #[error("the header of a report has no line {key:?}; add it")]
    Missing {
        /// Its key.
        key: &'static str,
    },
}

/// Type of a parameter.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum ParameterType {
    /// `bigint`.
    BigInt,
    /// `text`.
    Text,
}

/// Type of a result column, from what the SQL gives to what the answer holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum ResultType {
    /// `bigint`, a number.
    BigInt,
    /// `double`.
    Double,
    /// `text`.
    Text,
    /// `time`: milliseconds since 1970-01-01 UTC, answered as a time in the asked zone.
    Time,
    /// `id`: a bigint, answered as its digits, because many readers of JSON lose the last ones of large numbers.
    Id,
    /// `period`: the start of a period in seconds since 1970-01-01 UTC, answered as the period's label in the asked zone.
    Period,
}

/// Unit of a number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Unit {
    /// `count`: how many.
    Count,
    /// `s`: seconds.
    #[serde(rename = "s")]
    Seconds,
    /// `epoch_s`: seconds since 1970-01-01 UTC.
    #[serde(rename = "epoch_s")]
    EpochSeconds,
    /// `ratio`: a part of a whole, 1 for all of it.
    Ratio,
    /// `flag`: 0 or 1.
    Flag,
    /// `number`: a place in an order, from 1.
    Number,
}

/// What `$n` stands for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Parameter {
    /// Name.
    pub name: String,
    /// Type.
    #[serde(rename = "type")]
    pub parameter_type: ParameterType,
    /// Whether it is a filter: asked for by name, or left out.
    pub is_filter: bool,
    /// What it says.
    pub meaning: String,
}

/// One column of the answer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ResultColumn {
    /// Name.
    pub name: String,
    /// Type.
    #[serde(rename = "type")]
    pub result_type: ResultType,
    /// Unit; none where the type says it all.
    pub unit: Option<Unit>,
    /// Whether it may be null.
    pub nullable: bool,
    /// Whether it is a measure; the others say what a row is about.
    pub is_measure: bool,
    /// What it says, or how it is measured.
    pub definition: String,
}

/// One report. Written out as data it is everything but its statement.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Report {
    /// Name.
    pub name: String,
    /// Name for people.
    pub title: String,
    /// Version of the definition; whoever changes what a measure means raises it.
    pub version: u32,
    /// The question it answers.
    pub question: String,
    /// What one row is.
    pub grain: String,
    /// Tables that it reads.
    pub inputs: Vec<String>,
    /// Parameters and filters in the order of `$1`, `$2` and so on.
    pub parameters: Vec<Parameter>,
    /// Columns of the answer, in order.
    pub columns: Vec<ResultColumn>,
    /// The statement, header included.
    #[serde(skip)]
    pub sql: String,
}

impl Report {
    /// Reads the text of a report.
    ///
    /// # Errors
    /// When a line of its header is missing or wrong.
    pub fn parse(text: &str) -> Result<Self, HeaderError> {
        let lines = lines(text)?;
        let one = |key| find(&lines, key).ok_or(HeaderError::Missing { key });
        let version = one("version")?;
        Ok(Self {
            name: one("report")?.to_owned(),
            title: one("title")?.to_owned(),
            version: version.parse().map_err(|_| wrong(version, "a version is a number"))?,
            question: one("question")?.to_owned(),
            grain: one("grain")?.to_owned(),
            inputs: one("inputs")?.split(',').map(|i| i.trim().to_owned()).collect(),
            parameters: parameters(&lines)?,
            columns: columns(&lines)?,
            sql: text.to_owned(),
        })
    }

    /// The filters that a request can give.
    pub fn filters(&self) -> impl Iterator<Item = &Parameter> {
        self.parameters.iter().filter(|p| p.is_filter)
    }

    /// Whether it has rows per period, whose length a request chooses.
    #[must_use]
    pub fn has_periods(&self) -> bool {
        self.takes("by")
    }

    /// Whether it is a list, of which a request can ask a part.
    #[must_use]
    pub fn is_list(&self) -> bool {
        self.takes("limit")
    }

    fn takes(&self, name: &str) -> bool {
        self.parameters.iter().any(|p| !p.is_filter && p.name == name)
    }

    /// The columns of the answer as an Arrow schema; times are in the zone.
    #[must_use]
    pub fn schema(&self, tz: Tz) -> SchemaRef {
        self.schema_of(|result_type| result_type.arrow(tz))
    }

    /// The columns that the SQL gives as an Arrow schema.
    pub(super) fn raw_schema(&self) -> SchemaRef {
        self.schema_of(ResultType::raw_arrow)
    }

    fn schema_of(&self, data_type: impl Fn(ResultType) -> DataType) -> SchemaRef {
        let field = |c: &ResultColumn| Field::new(&c.name, data_type(c.result_type), c.nullable);
        Arc::new(Schema::new(self.columns.iter().map(field).collect::<Vec<_>>()))
    }
}

impl ResultType {
    /// The type of the answer in Arrow.
    #[must_use]
    pub fn arrow(self, tz: Tz) -> DataType {
        match self {
            Self::Time => DataType::Timestamp(TimeUnit::Millisecond, Some(tz.name().into())),
            Self::Id | Self::Period => DataType::Utf8,
            Self::BigInt | Self::Double | Self::Text => self.raw_arrow(),
        }
    }

    /// The type that the SQL gives in Arrow.
    fn raw_arrow(self) -> DataType {
        match self {
            Self::BigInt | Self::Time | Self::Id | Self::Period => DataType::Int64,
            Self::Double => DataType::Float64,
            Self::Text => DataType::Utf8,
        }
    }

    fn is_number(self) -> bool {
        matches!(self, Self::BigInt | Self::Double)
    }
}

/// Key and value of each line, up to the first line that is no comment.
fn lines(text: &str) -> Result<Vec<(String, String)>, HeaderError> {
    let mut lines: Vec<(String, String)> = Vec::new();
    for line in text.lines() {
        let Some(comment) = line.strip_prefix("--") else { break };
        if comment.starts_with("   ") {
            let (_, value) = lines.last_mut().ok_or_else(|| wrong(line, "nothing stands before it to go on with"))?;
            value.push(' ');
            value.push_str(comment.trim());
        } else {
            let (key, value) = comment.split_once(':').ok_or_else(|| wrong(line, "it should be `-- key: value`"))?;
            known_key(line, key.trim())?;
            lines.push((key.trim().to_owned(), value.trim().to_owned()));
        }
    }
    Ok(lines)
}

fn known_key(line: &str, key: &str) -> Result<(), HeaderError> {
    const KEYS: [&str; 10] =
        ["report", "title", "version", "question", "grain", "inputs", "parameter", "filter", "column", "measure"];
    if KEYS.contains(&key) { Ok(()) } else { Err(wrong(line, "its key is none that headers have")) }
}

fn find<'a>(lines: &'a [(String, String)], key: &str) -> Option<&'a str> {
    lines.iter().find(|(k, _)| k == key).map(|(_, value)| value.as_str())
}

fn parameters(lines: &[(String, String)]) -> Result<Vec<Parameter>, HeaderError> {
    let of_key = lines.iter().filter(|(key, _)| key == "parameter" || key == "filter");
    of_key.map(|(key, line)| parameter(line, key == "filter")).collect()
}

fn parameter(line: &str, is_filter: bool) -> Result<Parameter, HeaderError> {
    let (name, words, meaning) = declaration(line)?;
    let parameter_type = match words.as_slice() {
        ["bigint"] => ParameterType::BigInt,
        ["text"] => ParameterType::Text,
        _ => return Err(wrong(line, "a parameter or filter is a bigint or a text")),
    };
    Ok(Parameter { name, parameter_type, is_filter, meaning })
}

fn columns(lines: &[(String, String)]) -> Result<Vec<ResultColumn>, HeaderError> {
    let of_key = lines.iter().filter(|(key, _)| key == "column" || key == "measure");
    let columns = of_key.map(|(key, line)| column(line, key == "measure")).collect::<Result<Vec<_>, _>>()?;
    if columns.is_empty() { Err(HeaderError::Missing { key: "column" }) } else { Ok(columns) }
}

fn column(line: &str, is_measure: bool) -> Result<ResultColumn, HeaderError> {
    let (name, words, definition) = declaration(line)?;
    let Some((type_name, mut words)) = words.split_first() else {
        return Err(wrong(line, "behind the name comes a type"));
    };
    let result_type = result_type(type_name).ok_or_else(|| wrong(line, "its type is none that columns have"))?;
    let unit = words.first().and_then(|word| unit(word));
    if unit.is_some() != result_type.is_number() {
        return Err(wrong(line, "numbers have a unit behind their type, and all else has none"));
    }
    words = words.get(usize::from(unit.is_some())..).unwrap_or_default();
    let nullable = match words {
        [] => false,
        ["null"] => true,
        _ => return Err(wrong(line, "behind type and unit comes null where the column may be null, and nothing else")),
    };
    Ok(ResultColumn { name, result_type, unit, nullable, is_measure, definition })
}

fn result_type(word: &str) -> Option<ResultType> {
    Some(match word {
        "bigint" => ResultType::BigInt,
        "double" => ResultType::Double,
        "text" => ResultType::Text,
        "time" => ResultType::Time,
        "id" => ResultType::Id,
        "period" => ResultType::Period,
        _ => return None,
    })
}

fn unit(word: &str) -> Option<Unit> {
    Some(match word {
        "count" => Unit::Count,
        "s" => Unit::Seconds,
        "epoch_s" => Unit::EpochSeconds,
        "ratio" => Unit::Ratio,
        "flag" => Unit::Flag,
        "number" => Unit::Number,
        _ => return None,
    })
}

/// Name, words and meaning of `name words = meaning`.
fn declaration(line: &str) -> Result<(String, Vec<&str>, String), HeaderError> {
    let (left, meaning) = line.split_once('=').ok_or_else(|| wrong(line, "it should be `name type = meaning`"))?;
    let mut words = left.split_whitespace();
    let name = words.next().ok_or_else(|| wrong(line, "it has no name"))?;
    Ok((name.to_owned(), words.collect(), meaning.trim().to_owned()))
}

fn wrong(line: &str, what: &'static str) -> HeaderError {
    HeaderError::Line { line: line.to_owned(), what }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = "-- report: r\n-- title: R\n-- version: 2\n-- question: q\n--   goes on\n-- grain: g\n-- inputs: a, b\n\
        -- parameter: from_s bigint = start\n-- filter: agent text = who\n-- parameter: limit bigint = most rows\n\
        -- column: name text = who\n-- measure: mean_s double s null = a = b\n-- column: start time null = when\n\
        SELECT 1\n-- column: no\n";

    #[test]
    fn a_header_is_read_up_to_the_statement() {
        let report = Report::parse(TEXT).expect("a report");
        assert_eq!((report.version, report.question.as_str(), report.title.as_str()), (2, "q goes on", "R"));
        assert_eq!(report.inputs, ["a", "b"]);
        assert_eq!(report.parameters[0].parameter_type, ParameterType::BigInt);
        let mean = &report.columns[1];
        assert!(mean.nullable && mean.is_measure && mean.definition == "a = b" && report.columns.len() == 3);
        assert_eq!(mean.unit, Some(Unit::Seconds));
        let (raw, answered) = (report.raw_schema(), report.schema(Tz::Asia__Kolkata));
        assert_eq!((raw.field(1).data_type(), raw.field(2).data_type()), (&DataType::Float64, &DataType::Int64));
        let zoned = DataType::Timestamp(TimeUnit::Millisecond, Some("Asia/Kolkata".into()));
        assert_eq!(answered.field(2).data_type(), &zoned);
    }

    #[test]
    fn filters_stand_among_the_parameters_in_the_order_of_their_lines() {
        let report = Report::parse(TEXT).expect("a report");
        let names: Vec<_> = report.parameters.iter().map(|p| (p.name.as_str(), p.is_filter)).collect();
        assert_eq!(names, [("from_s", false), ("agent", true), ("limit", false)]);
        assert_eq!(report.filters().count(), 1);
        assert!(report.is_list() && !report.has_periods());
    }

    #[test]
    fn a_report_as_data_has_types_units_and_meanings_and_no_statement() {
        let data = serde_json::to_value(Report::parse(TEXT).expect("a report")).expect("data");
        assert_eq!(data["columns"][1]["type"], "double");
        assert_eq!(data["columns"][1]["unit"], "s");
        assert_eq!(data["parameters"][1]["is_filter"], true);
        assert_eq!(data["parameters"][0]["type"], "bigint");
        assert!(data.get("sql").is_none());
    }

    #[test]
    fn wrong_headers_are_refused_with_the_line() {
        assert_eq!(Report::parse("SELECT 1"), Err(HeaderError::Missing { key: "version" }));
        for (right, wrong) in [
            ("version: 2", "version: two"),
            ("from_s bigint", "from_s date"),
            ("agent text", "agent double"),
            ("name text", "name text maybe"),
            ("name text", "name text s"),
            ("name text", "name"),
            ("mean_s double s null", "mean_s numeric s null"),
            ("mean_s double s null", "mean_s double null"),
            ("mean_s double s null", "mean_s double null s"),
            ("-- grain: g", "-- grian: g"),
            ("name text = who", "name text"),
        ] {
            let error = Report::parse(&TEXT.replace(right, wrong)).expect_err(wrong);
            assert!(matches!(error, HeaderError::Line { .. }), "{wrong}: {error}");
        }
    }
}
