//! The parameters of a request: which a route takes, and their checked values. All faults are found at once.
//!
//! Does not know what a value is for.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use callmart_schema::calendar;
use chrono::NaiveDate;
use chrono_tz::{TZ_VARIANTS, Tz};
use serde_json::{Value, json};

use super::problem::{Fault, Problem};

/// Longest text that a parameter may have, in characters.
pub(super) const MAX_TEXT_CHARS: usize = 256;

/// Most rows that an answer can be told to pass over.
pub(super) const MAX_OFFSET: i64 = 1_000_000_000;

/// What a parameter may say.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum ParamKind {
    /// A day such as 2026-01-05.
    Day,
    /// A time zone by its name in the IANA database.
    Zone,
    /// One of some words.
    OneOf(&'static [&'static str]),
    /// A whole number between two bounds, both included.
    Integer(i64, i64),
    /// Text of up to [`MAX_TEXT_CHARS`] characters, none of them a control character.
    Text,
}

/// A parameter that a route takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct ParamDecl {
    /// Name.
    pub(super) name: &'static str,
    /// What it may say.
    pub(super) kind: ParamKind,
    /// Whether a request must give it.
    pub(super) required: bool,
    /// What it says.
    pub(super) meaning: &'static str,
}

impl ParamDecl {
    /// A parameter that may be left out.
    pub(super) const fn new(name: &'static str, kind: ParamKind, meaning: &'static str) -> Self {
        Self { name, kind, required: false, meaning }
    }

    /// A parameter that must be given.
    pub(super) const fn required(name: &'static str, kind: ParamKind, meaning: &'static str) -> Self {
        Self { required: true, ..Self::new(name, kind, meaning) }
    }

    /// JSON Schema of its values.
    pub(super) fn json_schema(&self) -> Value {
        match self.kind {
            ParamKind::Day => json!({"type": "string", "format": "date", "examples": ["2026-01-05"]}),
            ParamKind::Zone => json!({"$ref": "#/components/schemas/Zone"}),
            ParamKind::OneOf(words) => json!({"type": "string", "enum": words}),
            ParamKind::Integer(least, most) => {
                json!({"type": "integer", "format": "int64", "minimum": least, "maximum": most})
            }
            ParamKind::Text => text_schema(),
        }
    }

    fn read(&self, text: &str) -> Result<Given, String> {
        match self.kind {
            ParamKind::Day => day(text).map(Given::Day),
            ParamKind::Zone => zone(text).map(Given::Zone),
            ParamKind::OneOf(words) => one_of(words, text).map(Given::Word),
            ParamKind::Integer(least, most) => integer(text, least, most).map(Given::Integer),
            ParamKind::Text => plain_text(text).map(Given::Text),
        }
    }
}

/// JSON Schema of a text that a parameter takes.
pub(super) fn text_schema() -> Value {
    json!({"type": "string", "minLength": 1, "maxLength": MAX_TEXT_CHARS, "pattern": "^[^\\u0000-\\u001f\\u007f-\\u009f]+$"})
}

/// Names of all zones, for the OpenAPI document.
pub(super) fn zone_names() -> &'static [&'static str] {
    static NAMES: LazyLock<Vec<&'static str>> = LazyLock::new(|| TZ_VARIANTS.iter().map(|zone| zone.name()).collect());
    &NAMES
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Given {
    Day(NaiveDate),
    Zone(Tz),
    Word(&'static str),
    Integer(i64),
    Text(String),
}

/// The checked parameters of a request.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Params(BTreeMap<&'static str, Given>);

impl Params {
    /// Reads and checks parameters.
    ///
    /// # Errors
    /// With every fault: unknown names, names given twice, values that cannot be read, parameters that are missing.
    pub(super) fn read(declared: &[ParamDecl], given: &[(String, String)]) -> Result<Self, Problem> {
        let mut read = Self::default();
        let mut faults = Vec::new();
        for (name, text) in given {
            match read.add(declared, name, text) {
                Ok(()) => {}
                Err(message) => faults.push(Fault { parameter: name.clone(), message }),
            }
        }
        for decl in declared.iter().filter(|d| d.required && !given.iter().any(|(name, _)| name == d.name)) {
            faults.push(Fault { parameter: decl.name.to_owned(), message: format!("is missing: {}", decl.meaning) });
        }
        if faults.is_empty() { Ok(read) } else { Err(Problem::parameters(faults)) }
    }

    fn add(&mut self, declared: &[ParamDecl], name: &str, text: &str) -> Result<(), String> {
        let Some(decl) = declared.iter().find(|d| d.name == name) else {
            let known: Vec<&str> = declared.iter().map(|d| d.name).collect();
            let known =
                if known.is_empty() { "none are".to_owned() } else { format!("known are {}", known.join(", ")) };
            return Err(format!("is no parameter here; {known}"));
        };
        let value = decl.read(text)?;
        match self.0.insert(decl.name, value) {
            None => Ok(()),
            Some(_) => Err("is given twice".to_owned()),
        }
    }

    /// A day.
    pub(super) fn day(&self, name: &str) -> Option<NaiveDate> {
        match self.0.get(name)? {
            Given::Day(day) => Some(*day),
            _ => None,
        }
    }

    /// A zone; UTC when none is given.
    pub(super) fn zone(&self, name: &str) -> Tz {
        match self.0.get(name) {
            Some(Given::Zone(zone)) => *zone,
            _ => Tz::UTC,
        }
    }

    /// One of some words.
    pub(super) fn word(&self, name: &str) -> Option<&'static str> {
        match self.0.get(name)? {
            Given::Word(word) => Some(word),
            _ => None,
        }
    }

    /// A whole number.
    pub(super) fn integer(&self, name: &str) -> Option<i64> {
        match self.0.get(name)? {
            Given::Integer(number) => Some(*number),
            _ => None,
        }
    }

    /// Text.
    pub(super) fn text(&self, name: &str) -> Option<&str> {
        match self.0.get(name)? {
            Given::Text(text) => Some(text),
            _ => None,
        }
    }
}

/// A day as YYYY-MM-DD of the years 1 to 9999, and nothing else.
fn day(text: &str) -> Result<NaiveDate, String> {
    let digits = |b: u8| if b.is_ascii_digit() { b'0' } else { b };
    let is_in_form = text.bytes().map(digits).eq(*b"0000-00-00") && !text.starts_with("0000");
    let day = is_in_form.then(|| text.parse().ok()).flatten();
    day.ok_or_else(|| "a day is written as in 2026-01-05".to_owned())
}

fn zone(text: &str) -> Result<Tz, String> {
    calendar::zone(text).ok_or_else(|| "no time zone has this name: write it as in Europe/Berlin or UTC".to_owned())
}

fn one_of(words: &'static [&'static str], text: &str) -> Result<&'static str, String> {
    words.iter().find(|word| **word == text).copied().ok_or_else(|| format!("it is one of {}", words.join(", ")))
}

fn integer(text: &str, least: i64, most: i64) -> Result<i64, String> {
    let is_plain = text.strip_prefix('-').unwrap_or(text).bytes().all(|b| b.is_ascii_digit());
    let number = text.parse::<i64>().ok().filter(|n| is_plain && (least..=most).contains(n));
    number.ok_or_else(|| format!("it is a whole number from {least} to {most}"))
}

/// Text that both engines can hold and a log can show.
pub(super) fn plain_text(text: &str) -> Result<String, String> {
    if text.is_empty() || text.chars().count() > MAX_TEXT_CHARS {
        return Err(format!("it has 1 to {MAX_TEXT_CHARS} characters"));
    }
    if text.chars().any(char::is_control) {
        return Err("it has no control characters".to_owned());
    }
    Ok(text.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    const DECLARED: [ParamDecl; 5] = [
        ParamDecl::required("from", ParamKind::Day, "first day"),
        ParamDecl::new("tz", ParamKind::Zone, "zone"),
        ParamDecl::new("by", ParamKind::OneOf(&["hour", "day"]), "period"),
        ParamDecl::new("limit", ParamKind::Integer(1, 10), "rows"),
        ParamDecl::new("agent", ParamKind::Text, "agent"),
    ];

    fn read(given: &[(&str, &str)]) -> Result<Params, Value> {
        let given: Vec<(String, String)> = given.iter().map(|(n, t)| ((*n).to_owned(), (*t).to_owned())).collect();
        Params::read(&DECLARED, &given).map_err(|problem| problem.json("/"))
    }

    #[test]
    fn good_parameters_are_read() {
        let given =
            [("from", "2026-01-05"), ("tz", "Europe/Berlin"), ("by", "hour"), ("limit", "10"), ("agent", "Grüße 7")];
        let params = read(&given).expect("parameters");
        assert_eq!(params.day("from"), NaiveDate::from_ymd_opt(2026, 1, 5));
        assert_eq!((params.zone("tz"), params.word("by")), (Tz::Europe__Berlin, Some("hour")));
        assert_eq!((params.integer("limit"), params.text("agent")), (Some(10), Some("Grüße 7")));
        assert_eq!(read(&given[..1]).expect("parameters").zone("tz"), Tz::UTC);
    }

    #[test]
    fn every_fault_is_found_at_once() {
        let long = "x".repeat(257);
        let faults =
            read(&[("by", "week"), ("by", "day"), ("by", "day"), ("form", "x"), ("limit", "11"), ("agent", &long)]);
        let told = faults.expect_err("faults");
        let named: Vec<_> = told["errors"].as_array().expect("errors").iter().map(|e| e["parameter"].clone()).collect();
        assert_eq!(named, ["by", "by", "form", "limit", "agent", "from"]);
    }

    #[test]
    fn values_that_only_look_right_are_refused() {
        for (name, text) in [
            ("from", "2026-02-30"),
            ("from", "+12026-01-05"),
            ("from", "2026-1-5"),
            ("from", "0000-01-01"),
            ("from", "２０２６-01-05"),
            ("limit", "+5"),
            ("limit", ""),
            ("limit", "-"),
            ("limit", "0"),
            ("limit", "99999999999999999999"),
            ("tz", "europe/berlin"),
            ("agent", ""),
            ("agent", "a\0b"),
        ] {
            let given = [("from", "2026-01-05"), (name, text)];
            assert!(read(if name == "from" { &given[1..] } else { &given }).is_err(), "{name}={text}");
        }
    }
}
