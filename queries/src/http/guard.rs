//! What every request must satisfy before a route sees it: size, host, token. Does not know what routes answer.

use axum::http::header::{AUTHORIZATION, CONTENT_LENGTH, HOST};
use axum::http::{HeaderMap, HeaderValue, Uri};

use super::access::Access;
use super::problem::Problem;

/// Longest address, in bytes.
pub(super) const MAX_URI_BYTES: usize = 8_192;

/// Largest body that a request may announce, in bytes; nothing reads it.
const MAX_BODY_BYTES: u64 = 65_536;

/// What every answer carries: nothing foreign is loaded or may load it, and nobody guesses its type.
const SECURITY_HEADERS: [(&str, &str); 6] = [
    (
        "content-security-policy",
        "default-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'; object-src 'none'",
    ),
    ("x-content-type-options", "nosniff"),
    ("x-frame-options", "DENY"),
    ("referrer-policy", "no-referrer"),
    ("cross-origin-resource-policy", "same-origin"),
    ("cross-origin-opener-policy", "same-origin"),
];

/// Checks size and host of any request.
///
/// # Errors
/// With the problem to answer.
pub(super) fn check(uri: &Uri, headers: &HeaderMap, access: &Access) -> Result<(), Problem> {
    if uri.path().len() + uri.query().map_or(0, str::len) > MAX_URI_BYTES {
        return Err(Problem::uri_too_long(MAX_URI_BYTES));
    }
    if announced_bytes(headers).is_some_and(|bytes| bytes > MAX_BODY_BYTES) {
        return Err(Problem::body_too_large(MAX_BODY_BYTES));
    }
    let mut named = headers
        .get_all(HOST)
        .iter()
        .map(|host| host.to_str().unwrap_or_default())
        .chain(uri.authority().map(|a| a.as_str()))
        .peekable();
    let is_admitted = named.peek().is_some() || access.admits_host("");
    if is_admitted && named.all(|host| access.admits_host(host)) {
        return Ok(());
    }
    Err(Problem::host(&access.hosts()))
}

/// Checks the token of a request.
///
/// # Errors
/// With the problem to answer.
pub(super) fn check_token(headers: &HeaderMap, access: &Access) -> Result<(), Problem> {
    if !access.needs_token() {
        return Ok(());
    }
    let token = headers.get(AUTHORIZATION).and_then(bearer).ok_or_else(Problem::token)?;
    if access.admits_token(token) { Ok(()) } else { Err(Problem::token()) }
}

/// Adds what every answer carries, where the answer does not say it itself.
pub(super) fn secure(headers: &mut HeaderMap) {
    for (name, value) in SECURITY_HEADERS {
        headers.entry(name).or_insert(HeaderValue::from_static(value));
    }
}

fn bearer(value: &HeaderValue) -> Option<&str> {
    let (scheme, token) = value.to_str().ok()?.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then(|| token.trim())
}

fn announced_bytes(headers: &HeaderMap) -> Option<u64> {
    headers.get(CONTENT_LENGTH)?.to_str().ok()?.trim().parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(pairs: &[(&'static str, &'static str)]) -> HeaderMap {
        pairs.iter().map(|(n, v)| (n.parse().expect("a name"), HeaderValue::from_static(v))).collect()
    }

    #[test]
    fn a_request_must_name_a_host_that_is_served() {
        let own = Access::of_this_machine(&[]);
        let path = Uri::from_static("/api");
        assert!(check(&path, &headers(&[("host", "localhost:1")]), &own).is_ok());
        assert!(check(&path, &headers(&[]), &own).is_err(), "without a host");
        assert!(check(&path, &headers(&[("host", "evil.example")]), &own).is_err());
        let absolute = Uri::from_static("http://evil.example/api");
        assert!(check(&absolute, &headers(&[("host", "localhost")]), &own).is_err(), "the address names another");
        assert!(check(&path, &headers(&[]), &Access::with_token([0; 32])).is_ok());
    }

    #[test]
    fn a_token_is_read_from_the_header_for_it() {
        let access = Access::with_token(Access::hash("a b"));
        for (value, is_admitted) in [("Bearer a b", true), ("bearer  a b", true), ("Basic a b", false), ("a b", false)]
        {
            assert_eq!(check_token(&headers(&[("authorization", value)]), &access).is_ok(), is_admitted, "{value}");
        }
        assert!(check_token(&headers(&[]), &access).is_err());
        assert!(check_token(&headers(&[]), &Access::of_this_machine(&[])).is_ok());
    }

    #[test]
    fn sizes_have_limits() {
        let own = Access::with_token([0; 32]);
        let long: Uri = format!("/{}", "x".repeat(MAX_URI_BYTES)).parse().expect("an address");
        assert!(check(&long, &headers(&[]), &own).is_err());
        assert!(check(&Uri::from_static("/"), &headers(&[("content-length", "65537")]), &own).is_err());
        assert!(check(&Uri::from_static("/"), &headers(&[("content-length", "65536")]), &own).is_ok());
    }
}
