//! The beginning of a statement's text: what kind it is, before any engine sees it. Does not parse.

use super::QueryError;

/// Words that a statement which only reads can begin with. What such a statement may still hold inside (a `WITH` that
/// writes, an `EXPLAIN` of an `INSERT`) the engines refuse: by the plan, or by the read-only transaction.
const READING_WORDS: [&str; 8] = ["select", "with", "values", "table", "explain", "show", "describe", "desc"];

/// Refuses a statement that does not begin as one that only reads.
pub(super) fn only_reads(engine: &'static str, sql: &str) -> Result<(), QueryError> {
    let word = first_word(sql);
    // Without a word there is nothing to run: the engine says so.
    if word.is_empty() || READING_WORDS.iter().any(|reading| word.eq_ignore_ascii_case(reading)) {
        return Ok(());
    }
    Err(QueryError::ReadOnly { engine, statement: word.to_uppercase() })
}

/// The text behind leading blanks and comments; empty when nothing else is there.
pub(super) fn behind_comments(sql: &str) -> &str {
    let mut rest = sql;
    loop {
        rest = rest.trim_start();
        let comment_end = if rest.starts_with("--") {
            rest.find('\n')
        } else if rest.starts_with("/*") {
            rest.find("*/").map(|at| at + 2)
        } else {
            return rest;
        };
        rest = comment_end.and_then(|at| rest.get(at..)).unwrap_or("");
    }
}

/// The first word behind blanks, comments and opening parentheses; empty when there is none.
fn first_word(sql: &str) -> &str {
    let mut rest = behind_comments(sql);
    while let Some(inside) = rest.strip_prefix('(') {
        rest = behind_comments(inside);
    }
    rest.split(|c: char| !c.is_alphanumeric()).next().unwrap_or("")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_word_stands_behind_comments_and_parentheses() {
        assert_eq!(first_word("-- why\n /* what */ ( SELECT 1)"), "SELECT");
        assert_eq!(first_word("/* open"), "");
        assert_eq!(first_word("-- all"), "");
        assert_eq!(first_word("copy x"), "copy");
    }

    #[test]
    fn only_statements_that_begin_with_a_reading_word_pass() {
        assert!(only_reads("e", "with a as (select 1) select * from a").is_ok());
        for sql in ["COPY t TO PROGRAM 'x'", "COMMIT", "set role x", "DO $$ $$", "--\nDROP TABLE t", "x"] {
            assert!(matches!(only_reads("e", sql), Err(QueryError::ReadOnly { .. })), "{sql}");
        }
    }
}
