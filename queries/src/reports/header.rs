//! The header of a report: what it answers, what goes in and what comes out, in comment lines above its SQL.
//!
//! A line is `-- key: value`; one that begins with `--   ` goes on with the line before it. A parameter is
//! `name type = meaning` and stands for `$1`, `$2` and so on in order; a column or measure is `name type [null] = meaning`.
//! It does not know what the SQL does.

use std::sync::Arc;

use arrow::datatypes::{DataType, Field, Schema, SchemaRef};

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
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ParameterType {
    /// `bigint`.
    BigInt,
    /// `text`.
    Text,
}

/// Type of a result column.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ResultType {
    /// `bigint`.
    BigInt,
    /// `double`.
    Double,
    /// `text`.
    Text,
}

/// What `$n` stands for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Parameter {
    /// Name.
    pub name: String,
    /// Type.
    pub parameter_type: ParameterType,
    /// What it says.
    pub meaning: String,
}

/// One column of the answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ResultColumn {
    /// Name.
    pub name: String,
    /// Type.
    pub result_type: ResultType,
    /// Whether it may be null.
    pub nullable: bool,
    /// Whether it is a measure; the others say what a row is about.
    pub is_measure: bool,
    /// What it says, or how it is measured.
    pub definition: String,
}

/// One report.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Report {
    /// Name.
    pub name: String,
    /// Version of the definition; whoever changes what a measure means raises it.
    pub version: u32,
    /// The question it answers.
    pub question: String,
    /// What one row is.
    pub grain: String,
    /// Tables that it reads.
    pub inputs: Vec<String>,
    /// Parameters in the order of `$1`, `$2` and so on.
    pub parameters: Vec<Parameter>,
    /// Columns of the answer, in order.
    pub columns: Vec<ResultColumn>,
    /// The statement, header included.
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
            version: version.parse().map_err(|_| wrong(version, "a version is a number"))?,
            question: one("question")?.to_owned(),
            grain: one("grain")?.to_owned(),
            inputs: one("inputs")?.split(',').map(|i| i.trim().to_owned()).collect(),
            parameters: parameters(&lines)?,
            columns: columns(&lines)?,
            sql: text.to_owned(),
        })
    }

    /// The declared columns as an Arrow schema.
    #[must_use]
    pub fn schema(&self) -> SchemaRef {
        let fields: Vec<Field> =
            self.columns.iter().map(|c| Field::new(&c.name, c.result_type.arrow(), c.nullable)).collect();
        Arc::new(Schema::new(fields))
    }
}

impl ResultType {
    /// The type in Arrow.
    #[must_use]
    pub fn arrow(self) -> DataType {
        match self {
            Self::BigInt => DataType::Int64,
            Self::Double => DataType::Float64,
            Self::Text => DataType::Utf8,
        }
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
    const KEYS: [&str; 8] = ["report", "version", "question", "grain", "inputs", "parameter", "column", "measure"];
    if KEYS.contains(&key) { Ok(()) } else { Err(wrong(line, "its key is none that headers have")) }
}

fn find<'a>(lines: &'a [(String, String)], key: &str) -> Option<&'a str> {
    lines.iter().find(|(k, _)| k == key).map(|(_, value)| value.as_str())
}

fn parameters(lines: &[(String, String)]) -> Result<Vec<Parameter>, HeaderError> {
    let of_key = lines.iter().filter(|(key, _)| key == "parameter");
    of_key
        .map(|(_, line)| {
            let (name, words, meaning) = declaration(line)?;
            let parameter_type = match words.as_slice() {
                ["bigint"] => ParameterType::BigInt,
                ["text"] => ParameterType::Text,
                _ => return Err(wrong(line, "a parameter is a bigint or a text")),
            };
            Ok(Parameter { name, parameter_type, meaning })
        })
        .collect()
}

fn columns(lines: &[(String, String)]) -> Result<Vec<ResultColumn>, HeaderError> {
    let of_key = lines.iter().filter(|(key, _)| key == "column" || key == "measure");
    let columns = of_key.map(|(key, line)| column(line, key == "measure")).collect::<Result<Vec<_>, _>>()?;
    if columns.is_empty() { Err(HeaderError::Missing { key: "column" }) } else { Ok(columns) }
}

fn column(line: &str, is_measure: bool) -> Result<ResultColumn, HeaderError> {
    let (name, words, definition) = declaration(line)?;
    let (type_name, nullable) = match words.as_slice() {
        [type_name] => (*type_name, false),
        [type_name, "null"] => (*type_name, true),
        _ => return Err(wrong(line, "behind the name comes a type, and null where the column may be null")),
    };
    let result_type = match type_name {
        "bigint" => ResultType::BigInt,
        "double" => ResultType::Double,
        "text" => ResultType::Text,
        _ => return Err(wrong(line, "a column is a bigint, a double or a text")),
    };
    Ok(ResultColumn { name, result_type, nullable, is_measure, definition })
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

    const TEXT: &str = "-- report: r\n-- version: 2\n-- question: q\n--   goes on\n-- grain: g\n-- inputs: a, b\n\
        -- parameter: from_s bigint = start\n-- column: name text = who\n-- measure: mean_s double null = a = b\nSELECT 1\n-- column: no\n";

    #[test]
    fn a_header_is_read_up_to_the_statement() {
        let report = Report::parse(TEXT).expect("a report");
        assert_eq!((report.version, report.question.as_str()), (2, "q goes on"));
        assert_eq!(report.inputs, ["a", "b"]);
        assert_eq!(report.parameters[0].parameter_type, ParameterType::BigInt);
        let mean = &report.columns[1];
        assert!(mean.nullable && mean.is_measure && mean.definition == "a = b" && report.columns.len() == 2);
        assert_eq!(report.schema().field(1).data_type(), &DataType::Float64);
    }

    #[test]
    fn wrong_headers_are_refused_with_the_line() {
        assert_eq!(Report::parse("SELECT 1"), Err(HeaderError::Missing { key: "version" }));
        for (right, wrong) in [
            ("version: 2", "version: two"),
            ("from_s bigint", "from_s date"),
            ("name text", "name text maybe"),
            ("mean_s double null", "mean_s numeric null"),
            ("-- grain: g", "-- grian: g"),
            ("name text = who", "name text"),
        ] {
            let error = Report::parse(&TEXT.replace(right, wrong)).expect_err(wrong);
            assert!(matches!(error, HeaderError::Line { .. }), "{wrong}: {error}");
        }
    }
}
