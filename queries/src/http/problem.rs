//! What a refused or failed request is answered with: problem details as RFC 9457 writes them.
//!
//! Each problem is a sentence that a person can act on. Does not know routes.

use axum::body::Body;
use axum::http::header::{ALLOW, CONTENT_TYPE, RETRY_AFTER, WWW_AUTHENTICATE};
use axum::http::{HeaderName, HeaderValue, Response, StatusCode};
use serde_json::{Value, json};

use crate::engine::QueryError;
use crate::output::OutputError;
use crate::reports::ReportError;

/// Content type of problems.
pub(super) const PROBLEM_JSON: &str = "application/problem+json";

/// What stands before the name of a problem to make it a URI.
const TYPE_PREFIX: &str = "urn:callmart:problem:";

/// The kinds of problems: name, status and title.
pub(super) const KINDS: [(&str, StatusCode, &str); 13] = [
    ("parameters", StatusCode::BAD_REQUEST, "The parameters cannot be used"),
    ("request", StatusCode::BAD_REQUEST, "The request cannot be read"),
    ("token", StatusCode::UNAUTHORIZED, "A token is needed"),
    ("not-found", StatusCode::NOT_FOUND, "There is no such thing"),
    ("method", StatusCode::METHOD_NOT_ALLOWED, "The method is not allowed"),
    ("not-acceptable", StatusCode::NOT_ACCEPTABLE, "The form asked for is not there"),
    ("body-too-large", StatusCode::PAYLOAD_TOO_LARGE, "The request has too large a body"),
    ("uri-too-long", StatusCode::URI_TOO_LONG, "The address is too long"),
    ("host", StatusCode::MISDIRECTED_REQUEST, "The host is not served here"),
    ("failed", StatusCode::INTERNAL_SERVER_ERROR, "The request failed"),
    ("busy", StatusCode::SERVICE_UNAVAILABLE, "Too many queries run"),
    ("mart", StatusCode::SERVICE_UNAVAILABLE, "The mart cannot be read"),
    ("too-slow", StatusCode::GATEWAY_TIMEOUT, "The query took too long"),
];

/// One thing that is wrong with a parameter.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Fault {
    /// The parameter.
    pub(super) parameter: String,
    /// What is wrong, and what would be right.
    pub(super) message: String,
}

/// Why a request has no good answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Problem {
    kind: &'static str,
    detail: String,
    faults: Vec<Fault>,
    headers: Vec<(HeaderName, HeaderValue)>,
}

impl Problem {
    fn new(kind: &'static str, detail: impl Into<String>) -> Self {
        Self { kind, detail: detail.into(), faults: Vec::new(), headers: Vec::new() }
    }

    fn with(mut self, name: HeaderName, value: HeaderValue) -> Self {
        self.headers.push((name, value));
        self
    }

    /// Wrong parameters, all of them.
    pub(super) fn parameters(faults: Vec<Fault>) -> Self {
        let told: Vec<String> = faults.iter().map(|f| format!("{}: {}", f.parameter, f.message)).collect();
        Self { faults, ..Self::new("parameters", told.join("; ")) }
    }

    /// One wrong parameter.
    pub(super) fn parameter(name: &str, message: impl Into<String>) -> Self {
        Self::parameters(vec![Fault { parameter: name.to_owned(), message: message.into() }])
    }

    /// A request that is none.
    pub(super) fn request(detail: impl Into<String>) -> Self {
        Self::new("request", detail)
    }

    /// Nothing stands there.
    pub(super) fn not_found(detail: impl Into<String>) -> Self {
        Self::new("not-found", detail)
    }

    /// Another method than those that read.
    pub(super) fn method(method: &str) -> Self {
        Self::new("method", format!("{method} is not answered here: everything is read with GET"))
            .with(ALLOW, HeaderValue::from_static("GET, HEAD"))
    }

    /// No form that is offered is accepted.
    pub(super) fn not_acceptable(offered: &str) -> Self {
        Self::new("not-acceptable", format!("the answer is offered as {offered}: name one of them in Accept"))
    }

    /// The request must name another host.
    pub(super) fn host(allowed: &str) -> Self {
        Self::new("host", format!("this server answers for {allowed} only; add a name with `host` under [serve]"))
    }

    /// No token, or a wrong one.
    pub(super) fn token() -> Self {
        Self::new("token", "send the token of this server in the header `Authorization: Bearer TOKEN`")
            .with(WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"))
    }

    /// The address is too long.
    pub(super) fn uri_too_long(most_bytes: usize) -> Self {
        Self::new("uri-too-long", format!("an address may have {most_bytes} bytes: shorten its parameters"))
    }

    /// The body is too large.
    pub(super) fn body_too_large(most_bytes: u64) -> Self {
        Self::new("body-too-large", format!("nothing here reads a body, and one over {most_bytes} bytes is refused"))
    }

    /// Too many queries run.
    pub(super) fn busy(retry_after_s: u32) -> Self {
        Self::new("busy", "as many queries run as are allowed at once: try again in a moment")
            .with(RETRY_AFTER, HeaderValue::from(retry_after_s))
    }

    /// The query took longer than it may.
    pub(super) fn too_slow(limit_ms: u64) -> Self {
        Self::new("too-slow", format!("the query was ended after {limit_ms} ms: ask for fewer days or rows"))
    }

    /// The mart cannot be read.
    pub(super) fn mart(detail: impl Into<String>) -> Self {
        Self::new("mart", detail)
    }

    /// A fault of the program.
    pub(super) fn failed(detail: impl Into<String>) -> Self {
        Self::new("failed", detail)
    }

    /// Status and title of this kind of problem.
    fn status_and_title(&self) -> (StatusCode, &'static str) {
        let known = KINDS.iter().find(|(name, _, _)| *name == self.kind);
        known.map_or((StatusCode::INTERNAL_SERVER_ERROR, "The request failed"), |(_, status, title)| (*status, title))
    }

    /// The status of the answer.
    pub(super) fn status(&self) -> StatusCode {
        self.status_and_title().0
    }

    /// The problem as JSON; `instance` is the path that was asked for.
    pub(super) fn json(&self, instance: &str) -> Value {
        let (status, title) = self.status_and_title();
        let mut told = json!({
            "type": format!("{TYPE_PREFIX}{}", self.kind),
            "title": title,
            "status": status.as_u16(),
            "detail": self.detail,
            "instance": instance,
        });
        if !self.faults.is_empty() {
            told["errors"] =
                self.faults.iter().map(|f| json!({"parameter": f.parameter, "message": f.message})).collect();
        }
        told
    }

    /// The answer.
    pub(super) fn response(&self, instance: &str) -> Response<Body> {
        let mut response = Response::new(Body::from(format!("{}\n", self.json(instance))));
        *response.status_mut() = self.status();
        response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static(PROBLEM_JSON));
        for (name, value) in &self.headers {
            response.headers_mut().insert(name, value.clone());
        }
        response
    }
}

impl From<QueryError> for Problem {
    fn from(error: QueryError) -> Self {
        match error {
            QueryError::Mart(_) | QueryError::Unreachable { .. } => Self::mart(error.to_string()),
            other => Self::failed(other.to_string()),
        }
    }
}

impl From<ReportError> for Problem {
    fn from(error: ReportError) -> Self {
        match error {
            ReportError::Unknown { .. } => Self::not_found(error.to_string()),
            ReportError::NoDays { .. } | ReportError::TooLong { .. } => Self::parameter("to", error.to_string()),
            ReportError::UnknownPeriod { .. } => Self::parameter("by", error.to_string()),
            ReportError::NoList { .. } | ReportError::Limit { .. } => Self::parameter("limit", error.to_string()),
            ReportError::UnknownFilter { ref name, .. } | ReportError::FilterValue { ref name, .. } => {
                Self::parameter(name, error.to_string())
            }
            ReportError::Query(query) => query.into(),
            other => Self::failed(other.to_string()),
        }
    }
}

impl From<OutputError> for Problem {
    fn from(error: OutputError) -> Self {
        Self::failed(error.to_string())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_problem_lists_every_fault_and_has_the_members_of_the_standard() {
        let fault = |parameter: &str| Fault { parameter: parameter.to_owned(), message: "is wrong".to_owned() };
        let told = Problem::parameters(vec![fault("from"), fault("to")]).json("/api/v1/reports");
        for member in ["type", "title", "status", "detail", "instance"] {
            assert!(!told[member].is_null(), "{member}");
        }
        assert_eq!((told["status"].as_u64(), told["errors"].as_array().map(Vec::len)), (Some(400), Some(2)));
        assert_eq!(told["detail"], "from: is wrong; to: is wrong");
    }

    #[test]
    fn every_kind_that_is_made_is_known() {
        let made = [
            Problem::parameter("a", "b"),
            Problem::request(""),
            Problem::not_found(""),
            Problem::method("PUT"),
            Problem::not_acceptable(""),
            Problem::host(""),
            Problem::token(),
            Problem::uri_too_long(1),
            Problem::body_too_large(1),
            Problem::busy(1),
            Problem::too_slow(1),
            Problem::mart(""),
            Problem::failed(""),
        ];
        for problem in made {
            assert!(KINDS.iter().any(|(name, _, _)| *name == problem.kind), "{problem:?}");
        }
    }
}
