//! A request whose parameters are checked and whose form is chosen: what a route is given. Does not know any route.

use std::sync::Arc;

use callmart_schema::calendar::day_start_s;
use chrono::NaiveDate;
use chrono_tz::Tz;
use serde_json::{Value, json};

use super::negotiate::{FORM_NAMES, Form};
use super::params::{MAX_OFFSET, ParamDecl, ParamKind, Params};
use super::problem::Problem;
use super::state::{ApiSettings, ApiState, ENGINE_NAMES, EngineName};
use super::table::{Object, time_text};
use crate::engine::Engine;

/// Most days that one answer spans.
const MAX_DAYS: i64 = 3_660;

/// Which mart is asked.
pub(super) const ENGINE: ParamDecl = ParamDecl::new(
    "engine",
    ParamKind::OneOf(&ENGINE_NAMES),
    "Mart that is asked; a setting of the server unless given.",
);

/// The form of rows.
pub(super) const FORMAT: ParamDecl =
    ParamDecl::new("format", ParamKind::OneOf(&FORM_NAMES), "Form of the answer, in place of the header Accept.");

/// First day of a period.
pub(super) const FROM: ParamDecl =
    ParamDecl::required("from", ParamKind::Day, "First local day of the period, as in 2026-01-05.");

/// End of a period.
pub(super) const TO: ParamDecl =
    ParamDecl::required("to", ParamKind::Day, "Local day after the last one of the period, as in 2026-01-06.");

/// Zone of a period.
pub(super) const ZONE: ParamDecl = ParamDecl::new("tz", ParamKind::Zone, "Zone of the days; UTC unless given.");

/// How many rows are answered.
pub(super) fn limit(settings: &ApiSettings) -> ParamDecl {
    let most = i64::from(settings.max_rows);
    ParamDecl::new(
        "limit",
        ParamKind::Integer(1, most),
        "Most rows that are answered; 1000 unless the server is set otherwise.",
    )
}

/// How many rows are passed over.
pub(super) const OFFSET: ParamDecl =
    ParamDecl::new("offset", ParamKind::Integer(0, MAX_OFFSET), "Rows that are passed over; 0 unless given.");

/// A request that can be answered.
#[derive(Debug, Clone)]
pub(super) struct Request {
    /// What the API works with.
    pub(super) state: ApiState,
    /// The part of the path that names a thing; empty on routes without one.
    pub(super) name: String,
    /// Checked parameters.
    pub(super) params: Params,
    /// The form of the answer.
    pub(super) form: Form,
    /// The path as it was asked for.
    pub(super) path: Arc<str>,
    /// The parameters as they were given.
    pub(super) given: Arc<[(String, String)]>,
}

/// A period of local days.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Span {
    /// First local day.
    pub(super) from: NaiveDate,
    /// Local day after the last one.
    pub(super) to: NaiveDate,
    /// Zone of the days.
    pub(super) tz: Tz,
}

/// Which rows of an answer are wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Page {
    /// Most rows.
    pub(super) limit: usize,
    /// Rows that are passed over.
    pub(super) offset: usize,
}

impl Request {
    /// The mart that is asked, and its name.
    pub(super) fn engine(&self) -> Result<(&Engine, EngineName), Problem> {
        self.state.engine(self.params.word("engine"))
    }

    /// Which rows are wanted.
    pub(super) fn page(&self) -> Page {
        let settings = self.state.settings();
        let limit =
            self.params.integer("limit").unwrap_or_else(|| i64::from(settings.default_rows.min(settings.max_rows)));
        let offset = self.params.integer("offset").unwrap_or(0);
        Page { limit: usize::try_from(limit).unwrap_or(0), offset: usize::try_from(offset).unwrap_or(0) }
    }

    /// The period that is asked for.
    ///
    /// # Errors
    /// When it has no days, or too many.
    pub(super) fn span(&self) -> Result<Span, Problem> {
        let missing = |name| Problem::parameter(name, "is missing");
        let from = self.params.day("from").ok_or_else(|| missing("from"))?;
        let to = self.params.day("to").ok_or_else(|| missing("to"))?;
        match to.signed_duration_since(from).num_days() {
            ..1 => {
                Err(Problem::parameter("to", format!("is the day after the last one, and {to} is not after {from}")))
            }
            1..=MAX_DAYS => Ok(Span { from, to, tz: self.params.zone("tz") }),
            days => {
                let detail = format!("the period has {days} days, and one answer spans {MAX_DAYS} at most");
                Err(Problem::parameter("to", detail))
            }
        }
    }

    /// Where the rows behind this answer's stand.
    pub(super) fn next(&self, offset: usize) -> String {
        let kept = self.given.iter().filter(|(name, _)| name != "offset");
        let query: String = form_urlencoded::Serializer::new(String::new())
            .extend_pairs(kept)
            .append_pair("offset", &offset.to_string())
            .finish();
        format!("{}?{query}", self.path)
    }
}

impl Span {
    /// Start and end, in seconds since 1970-01-01 UTC.
    pub(super) fn seconds(&self) -> (i64, i64) {
        (day_start_s(self.tz, self.from), day_start_s(self.tz, self.to))
    }

    /// The period as answers give it.
    pub(super) fn json(&self) -> Object {
        let (from_s, to_s) = self.seconds();
        let time = |s: i64| time_text(s.saturating_mul(1_000));
        let told = json!({
            "from": self.from.to_string(),
            "to": self.to.to_string(),
            "tz": self.tz.name(),
            "start": time(from_s),
            "end": time(to_s),
        });
        match told {
            Value::Object(object) => object,
            _ => Object::new(),
        }
    }
}

/// JSON Schemas of what answers say of their period.
pub(super) fn span_schema() -> Vec<(&'static str, Value)> {
    let day = |description: &str| json!({"type": "string", "format": "date", "description": description});
    let time = |description: &str| json!({"type": "string", "format": "date-time", "description": description});
    vec![
        ("from", day("First local day.")),
        ("to", day("Local day after the last one.")),
        ("tz", json!({"type": "string", "description": "Zone of the days."})),
        ("start", time("Start of the first day.")),
        ("end", time("End of the last day (exclusive).")),
    ]
}
