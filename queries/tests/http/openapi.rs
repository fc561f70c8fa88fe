//! The OpenAPI document says what the server does, and the one in the repository is the one that is served.

use callmart_queries::http::{ApiSettings, document};
use serde_json::Value;

use crate::client::Server;
use crate::content::HANDLED;

const COMMITTED: &str = include_str!("../../../docs/openapi.json");

/// A good value for a parameter, by what its schema says.
fn value(parameter: &Value) -> String {
    let schema = &parameter["schema"];
    let name = parameter["name"].as_str().expect("a name");
    match name {
        "from" => return "2026-01-05".to_owned(),
        "to" => return "2026-01-06".to_owned(),
        "tz" => return "Europe/Berlin".to_owned(),
        "engine" => return "parquet".to_owned(),
        "interaction_id" => return HANDLED.to_string(),
        "call_uuid" => return "consult-1".to_owned(),
        _ => {}
    }
    let first = schema["enum"].as_array().and_then(|words| words.first()?.as_str());
    let least = schema["minimum"].as_i64().map(|least| least.to_string());
    first.map(ToOwned::to_owned).or(least).unwrap_or_else(|| "x".to_owned())
}

#[test]
fn the_committed_document_is_the_one_that_is_served() {
    let committed: Value = serde_json::from_str(COMMITTED).expect("JSON");
    assert!(
        committed == document(&ApiSettings::default()),
        "docs/openapi.json is another: write it again with `cargo run -- schema api > docs/openapi.json`"
    );
}

#[tokio::test]
async fn every_documented_operation_and_parameter_is_accepted() {
    let server = Server::of_monday().await;
    let served = server.json("/openapi.json").await;
    assert!(served == document(&ApiSettings::default()));
    let paths = served["paths"].as_object().expect("paths");
    for report in callmart_queries::reports::names() {
        assert!(paths.contains_key(&format!("/api/v1/reports/{report}")), "{report}");
    }
    for (path, operations) in paths {
        let operation = &operations["get"];
        let parameters = operation["parameters"].as_array().expect("parameters");
        let of = |place: &str, required: Option<bool>| {
            let is_of = move |p: &&Value| p["in"] == place && required.is_none_or(|r| p["required"] == r);
            parameters.iter().filter(is_of).map(|p| (p["name"].as_str().expect("a name"), value(p))).collect::<Vec<_>>()
        };
        let path = of("path", None)
            .iter()
            .fold(path.clone(), |path, (name, value)| path.replace(&format!("{{{name}}}"), value));
        let query =
            |pairs: &[(&str, String)]| form_urlencoded::Serializer::new(String::new()).extend_pairs(pairs).finish();
        let required = of("query", Some(true));
        assert_eq!(server.get(&format!("{path}?{}", query(&required))).await.status, 200, "{path}");
        let all = of("query", None);
        assert_eq!(server.get(&format!("{path}?{}", query(&all))).await.status, 200, "{path}?{}", query(&all));
        for (name, _) in required {
            let without: Vec<_> = all.iter().filter(|(n, _)| *n != name).cloned().collect();
            assert_eq!(server.get(&format!("{path}?{}", query(&without))).await.status, 400, "{path} without {name}");
        }
    }
}

#[test]
fn every_reference_leads_somewhere() {
    fn references(value: &Value, found: &mut Vec<String>) {
        match value {
            Value::Object(members) => {
                found.extend(members.get("$ref").and_then(Value::as_str).map(ToOwned::to_owned));
                members.values().for_each(|member| references(member, found));
            }
            Value::Array(items) => items.iter().for_each(|item| references(item, found)),
            _ => {}
        }
    }
    let document = document(&ApiSettings::default());
    let mut found = Vec::new();
    references(&document, &mut found);
    assert!(found.len() > 50, "{}", found.len());
    for reference in found {
        assert!(document.pointer(reference.trim_start_matches('#')).is_some(), "{reference}");
    }
}
