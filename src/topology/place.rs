//! Where in a topology a mistake is: the tables on the way to it by their names, not by their numbers.

use figment::value::{Dict, Value};
use figment::{Figment, Provider as _};

/// The place that an error of reading names, as a person finds it in the file.
pub(super) fn named(read: &Figment, error: &figment::Error) -> String {
    let dict = read.data().ok().and_then(|profiles| profiles.into_values().next()).unwrap_or_default();
    let mut value = Value::from(dict);
    let mut words: Vec<String> = Vec::new();
    for key in &error.path {
        let (word, next) = match value {
            Value::Array(_, items) => {
                let item = key.parse().ok().and_then(|at: usize| items.into_iter().nth(at));
                (item.as_ref().and_then(name).unwrap_or_else(|| number(key)), item)
            }
            Value::Dict(_, mut entries) => (key.clone(), entries.remove(key)),
            _ => (key.clone(), None),
        };
        words.push(word);
        value = next.unwrap_or_else(|| Value::from(Dict::new()));
    }
    words.join(".")
}

/// What a table is called: by its name, or a port by its kind.
fn name(table: &Value) -> Option<String> {
    let entries = table.as_dict()?;
    let text = entries.get("name").or_else(|| entries.get("kind"))?.as_str()?;
    Some(format!("({text})"))
}

/// The how many-th it is, from 1.
fn number(index: &str) -> String {
    index.parse().map_or_else(|_| index.to_owned(), |at: usize| format!("(number {})", at.saturating_add(1)))
}
