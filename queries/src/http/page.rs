//! The page beside the API: files that are part of the program, with their types and tags. Does not know what they show.

use axum::body::Body;
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE, ETAG, IF_NONE_MATCH};
use axum::http::{HeaderMap, HeaderValue, Response, StatusCode};

/// One file of the page.
#[derive(Debug, Clone, Copy)]
pub(super) struct File {
    /// Where it is served.
    pub(super) path: &'static str,
    content_type: &'static str,
    bytes: &'static [u8],
}

impl File {
    /// Where requests for files are counted.
    pub(super) const ROUTE: &'static str = "page";
}

const fn file(path: &'static str, content_type: &'static str, bytes: &'static [u8]) -> File {
    File { path, content_type, bytes }
}

const HTML: &str = "text/html; charset=utf-8";

/// A file of the folder `page`, served under its own name.
macro_rules! own {
    ($name:literal, $content_type:literal) => {
        file(concat!("/", $name), $content_type, include_bytes!(concat!("page/", $name)))
    };
}

macro_rules! css {
    ($name:literal) => {
        own!($name, "text/css; charset=utf-8")
    };
}

macro_rules! js {
    ($name:literal) => {
        own!($name, "text/javascript; charset=utf-8")
    };
}

/// Every file of the page.
pub(super) static FILES: &[File] = &[
    file("/", HTML, include_bytes!("page/index.html")),
    css!("charts.css"),
    css!("controls.css"),
    css!("layout.css"),
    css!("panels.css"),
    css!("tables.css"),
    css!("timeline.css"),
    css!("tokens.css"),
    own!("logo.svg", "image/svg+xml"),
    js!("api.js"),
    js!("bar.js"),
    js!("chart.js"),
    js!("coverage.js"),
    js!("dom.js"),
    js!("format.js"),
    js!("icons.js"),
    js!("keys.js"),
    js!("main.js"),
    js!("nav.js"),
    js!("parts.js"),
    js!("router.js"),
    js!("state.js"),
    js!("table.js"),
    js!("theme.js"),
    js!("time.js"),
    js!("timeline.js"),
    js!("views/abandoned.js"),
    js!("views/agent.js"),
    js!("views/agent_parts.js"),
    js!("views/agents.js"),
    js!("views/agents_now.js"),
    js!("views/attempt_columns.js"),
    js!("views/call.js"),
    js!("views/call_lanes.js"),
    js!("views/calls.js"),
    js!("views/dictionary.js"),
    js!("views/live.js"),
    js!("views/live_data.js"),
    js!("views/open_call.js"),
    js!("views/queue.js"),
    js!("views/queue_parts.js"),
    js!("views/queue_sums.js"),
    js!("views/queues.js"),
    js!("views/report_columns.js"),
    js!("views/reports.js"),
    js!("views/sources.js"),
];

/// The response: the file, or nothing when the asker has it already.
pub(super) fn response(file: &File, headers: &HeaderMap) -> Response<Body> {
    let tag = tag(file);
    let has_it = headers
        .get_all(IF_NONE_MATCH)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .any(|known| known.split(',').any(|one| one.trim().trim_start_matches("W/") == tag || one.trim() == "*"));
    let mut response = Response::new(if has_it { Body::empty() } else { Body::from(file.bytes) });
    if has_it {
        *response.status_mut() = StatusCode::NOT_MODIFIED;
    }
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static(file.content_type));
    // The browser keeps the file and asks each time whether it is still the one.
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-cache"));
    if let Ok(tag) = HeaderValue::from_str(&tag) {
        headers.insert(ETAG, tag);
    }
    response
}

/// Names the content of a file.
fn tag(file: &File) -> String {
    const DIGITS: usize = 16;
    let hash = blake3::hash(file.bytes).to_hex();
    format!("\"{}\"", hash.chars().take(DIGITS).collect::<String>())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_sent_once_and_then_known_by_its_tag() {
        let Some(file) = FILES.first() else { return };
        let first = response(file, &HeaderMap::new());
        let tag = first.headers()[ETAG].clone();
        assert_eq!((first.status(), first.headers()[CONTENT_TYPE].to_str().ok()), (StatusCode::OK, Some(HTML)));
        let mut headers = HeaderMap::new();
        headers.insert(IF_NONE_MATCH, tag);
        assert_eq!(response(file, &headers).status(), StatusCode::NOT_MODIFIED);
        headers.insert(IF_NONE_MATCH, HeaderValue::from_static("\"other\""));
        assert_eq!(response(file, &headers).status(), StatusCode::OK);
    }

    #[test]
    fn every_file_of_the_folder_is_served_and_no_other() {
        let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("src/http/page");
        let mut found = Vec::new();
        let mut folders = vec![root.clone()];
        while let Some(folder) = folders.pop() {
            for entry in std::fs::read_dir(folder).expect("a folder").flatten() {
                if entry.path().is_dir() {
                    folders.push(entry.path());
                } else {
                    let path = entry.path();
                    let name = path.strip_prefix(&root).expect("below the folder").to_string_lossy().into_owned();
                    found.push(if name == "index.html" { "/".to_owned() } else { format!("/{name}") });
                }
            }
        }
        let mut served: Vec<&str> = FILES.iter().map(|file| file.path).collect();
        found.sort_unstable();
        served.sort_unstable();
        assert_eq!(served, found);
    }

    #[test]
    fn files_stand_at_different_paths_outside_the_api() {
        let mut paths: Vec<&str> = FILES.iter().map(|file| file.path).collect();
        paths.sort_unstable();
        paths.dedup();
        assert_eq!(paths.len(), FILES.len());
        assert!(paths.iter().all(|path| path.starts_with('/') && !path.starts_with("/api/")));
    }
}
