//! Which form an answer takes: `format` if it is given, else the best one that `Accept` names. Does not make the answer.

use axum::http::HeaderMap;
use axum::http::header::ACCEPT;

use super::problem::Problem;
use crate::output::Format;

/// A form of an answer: the name that `format` takes, the content type, and the writer's name for it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Form {
    /// Name, as `format` takes it.
    pub(super) name: &'static str,
    /// Content type.
    pub(super) media_type: &'static str,
    /// Content type with its parameters, as the answer carries it.
    pub(super) content_type: &'static str,
    /// How the rows are written.
    pub(super) format: Format,
}

const fn form(name: &'static str, media_type: &'static str, content_type: &'static str, format: Format) -> Form {
    Form { name, media_type, content_type, format }
}

/// JSON, which every answer can take.
pub(super) const JSON: Form = form("json", "application/json", "application/json", Format::Json);

/// The forms that rows can take; the first is taken where any will do.
pub(super) const ROW_FORMS: [Form; 4] = [
    JSON,
    form("csv", "text/csv", "text/csv; charset=utf-8; header=present", Format::Csv),
    form("arrow", "application/vnd.apache.arrow.stream", "application/vnd.apache.arrow.stream", Format::Arrow),
    form("parquet", "application/vnd.apache.parquet", "application/vnd.apache.parquet", Format::Parquet),
];

/// Names of the forms, as `format` takes them.
pub(super) const FORM_NAMES: [&str; 4] = ["json", "csv", "arrow", "parquet"];

/// The form for a request: the one that `format` names, else the best accepted of those offered.
///
/// # Errors
/// When none that is offered is accepted.
pub(super) fn choose(headers: &HeaderMap, format: Option<&str>, offered: &[Form]) -> Result<Form, Problem> {
    if let Some(named) = format.and_then(|name| offered.iter().find(|form| form.name == name)) {
        return Ok(*named);
    }
    let ranges = accepted(headers);
    if ranges.is_empty() {
        return offered.first().copied().ok_or_else(|| Problem::not_acceptable(""));
    }
    let mut best: Option<(u16, Form)> = None;
    for form in offered {
        let quality = quality(&ranges, form.media_type);
        if quality > best.map_or(0, |(q, _)| q) {
            best = Some((quality, *form));
        }
    }
    let types: Vec<&str> = offered.iter().map(|form| form.media_type).collect();
    best.map(|(_, form)| form).ok_or_else(|| Problem::not_acceptable(&types.join(", ")))
}

/// A range of media types with its quality in thousandths.
struct Range {
    kind: String,
    subtype: String,
    quality: u16,
}

fn accepted(headers: &HeaderMap) -> Vec<Range> {
    let texts = headers.get_all(ACCEPT).iter().filter_map(|value| value.to_str().ok());
    texts.flat_map(|text| text.split(',')).filter_map(range).collect()
}

fn range(text: &str) -> Option<Range> {
    let mut parts = text.split(';');
    let (kind, subtype) = parts.next()?.trim().split_once('/')?;
    let of_quality =
        |p: &str| p.trim().strip_prefix(['q', 'Q']).and_then(|p| p.trim_start().strip_prefix('=')).map(thousandths);
    let quality = parts.find_map(of_quality).unwrap_or(1_000);
    Some(Range { kind: kind.trim().to_lowercase(), subtype: subtype.trim().to_lowercase(), quality })
}

/// A quality such as `0.7`; one that cannot be read is the best, as if it were not there.
fn thousandths(text: &str) -> u16 {
    let quality = text.trim().parse::<f64>().unwrap_or(1.0);
    (quality.clamp(0.0, 1.0) * 1_000.0) as u16
}

/// Quality of a media type: that of the narrowest range that holds it, 0 when none does.
fn quality(ranges: &[Range], media_type: &str) -> u16 {
    let Some((kind, subtype)) = media_type.split_once('/') else { return 0 };
    let narrowness = |r: &Range| match (r.kind.as_str(), r.subtype.as_str()) {
        (k, s) if k == kind && s == subtype => 3,
        (k, "*") if k == kind => 2,
        ("*", "*") => 1,
        _ => 0,
    };
    let fitting = ranges.iter().filter(|r| narrowness(r) > 0).max_by_key(|r| (narrowness(r), r.quality));
    fitting.map_or(0, |r| r.quality)
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::http::HeaderValue;

    fn chosen(accept: &[&'static str], format: Option<&str>) -> Option<&'static str> {
        let mut headers = HeaderMap::new();
        for value in accept {
            headers.append(ACCEPT, HeaderValue::from_static(value));
        }
        choose(&headers, format, &ROW_FORMS).ok().map(|form| form.name)
    }

    #[test]
    fn the_best_accepted_form_is_taken_and_format_goes_before_it() {
        for (accept, expected) in [
            (&[][..], Some("json")),
            (&["*/*"], Some("json")),
            (&["text/html, application/xhtml+xml, */*;q=0.8"], Some("json")),
            (&["text/csv"], Some("csv")),
            (&["text/*;q=0.5, application/json;q=0.4"], Some("csv")),
            (&["application/json;q=0.1", "application/vnd.apache.parquet"], Some("parquet")),
            (&["*/*, application/json;q=0"], Some("csv")),
            (&["application/vnd.apache.arrow.stream; Q = 1"], Some("arrow")),
            (&["text/html"], None),
            (&["application/json;q=0"], None),
        ] {
            assert_eq!(chosen(accept, None), expected, "{accept:?}");
        }
        assert_eq!(chosen(&["text/html"], Some("csv")), Some("csv"));
    }

    #[test]
    fn every_form_has_its_name_in_the_list() {
        assert_eq!(ROW_FORMS.map(|form| form.name), FORM_NAMES);
    }
}
