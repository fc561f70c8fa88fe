//! Names near an unknown one: a hint for people who mistyped a table or a column.
//!
//! Knows the catalogue's names and the sentences in which both engines say that a name is unknown.

use callmart_schema::catalogue::TABLES;

/// Most names that a hint offers.
const MAX_NAMES: usize = 3;

/// What engines write before an unknown name.
const UNKNOWN_NAME_AFTER: [&str; 4] = ["relation ", "table ", "column ", "No field named "];

/// A sentence with names near the one that the message calls unknown; empty without one.
pub(super) fn hint(message: &str) -> String {
    let Some(name) = unknown_name(message) else { return String::new() };
    let mut near: Vec<(usize, &str)> = names().map(|n| (distance(&name, n), n)).collect();
    near.sort_unstable();
    near.dedup();
    if near.first().is_some_and(|(d, _)| *d == 0) {
        return String::new(); // the name is right, and what is missing is the table or the schema around it
    }
    near.retain(|(d, n)| *d <= n.len() / 3);
    let offered: Vec<&str> = near.into_iter().map(|(_, n)| n).take(MAX_NAMES).collect();
    if offered.is_empty() { String::new() } else { format!(" (near: {})", offered.join(", ")) }
}

fn names() -> impl Iterator<Item = &'static str> {
    TABLES.iter().flat_map(|t| std::iter::once(t.name).chain(t.columns.iter().map(|c| c.name)))
}

fn unknown_name(message: &str) -> Option<String> {
    if !["does not exist", "not found", "No field named"].iter().any(|says| message.contains(says)) {
        return None;
    }
    let rest = UNKNOWN_NAME_AFTER.iter().find_map(|before| message.split_once(before))?.1;
    let is_part = |c: char| c.is_alphanumeric() || matches!(c, '_' | '.');
    let path: String = rest.trim_start_matches(['"', '\'']).chars().take_while(|c| is_part(*c)).collect();
    path.trim_end_matches('.').rsplit('.').next().map(str::to_lowercase)
}

/// How many letters must be changed, added or taken away to make one name the other.
fn distance(a: &str, b: &str) -> usize {
    let mut row: Vec<usize> = (0..=b.chars().count()).collect();
    for (i, letter) in a.chars().enumerate() {
        let mut diagonal = i;
        let mut left = i + 1;
        for (cell, other) in row.iter_mut().skip(1).zip(b.chars()) {
            let above = *cell;
            *cell = (diagonal + usize::from(letter != other)).min(above + 1).min(left + 1);
            (diagonal, left) = (above, *cell);
        }
        if let Some(first) = row.first_mut() {
            *first = i + 1;
        }
    }
    row.last().copied().unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_distance_counts_changed_added_and_missing_letters() {
        assert_eq!(distance("resource", "resource_"), 1);
        assert_eq!(distance("kitten", "sitting"), 3);
        assert_eq!((distance("", "abc"), distance("abc", ""), distance("a", "a")), (3, 3, 0));
    }

    #[test]
    fn a_mistyped_table_or_column_is_found_in_either_engines_words() {
        assert!(hint(r#"relation "interaction_facts" does not exist"#).contains("interaction_fact"));
        assert!(hint("table 'datafusion.public.resource' not found").contains("resource_"));
        assert!(hint("Schema error: No field named m.mediation_guids.").contains("mediation_guid"));
        assert_eq!(hint(r#"relation "zebra" does not exist"#), "");
        assert_eq!(hint(r#"relation "elsewhere.tenant" does not exist"#), "");
        assert_eq!(hint("division by zero"), "");
    }
}
