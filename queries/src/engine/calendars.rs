//! A query's own calendar for PostgreSQL: the rows as array parameters, under the name that the query's text uses.
//!
//! A common table expression shadows the stored table, needs no right to write, and works on a standby as well, where a
//! temporary table could not be made.

use callmart_schema::catalogue::Calendar;
#[cfg(test)]
use callmart_schema::catalogue::ColumnType;

use super::statement::behind_comments;

/// The query's text with `calendar` made of the parameters after its own `own_params`.
pub(super) fn with_calendar(sql: &str, own_params: usize) -> String {
    let table = Calendar::TABLE;
    let arrays: Vec<String> = table
        .columns
        .iter()
        .enumerate()
        .map(|(i, column)| format!("${}::{}[]", own_params + i + 1, column.column_type.postgres()))
        .collect();
    let names: Vec<&str> = table.columns.iter().map(|c| c.name).collect();
    let made =
        format!("{} AS (SELECT * FROM unnest({}) AS made ({}))", table.name, arrays.join(", "), names.join(", "));
    let statement = behind_comments(sql);
    // PostgreSQL allows one WITH only: the calendar goes before the statement's own tables.
    match behind_word(statement, "with") {
        Some(tables) => match behind_word(tables, "recursive") {
            Some(tables) => format!("WITH RECURSIVE {made}, {tables}"),
            None => format!("WITH {made}, {tables}"),
        },
        None => format!("WITH {made} {statement}"),
    }
}

/// The text behind a word that it begins with, in either case.
fn behind_word<'a>(text: &'a str, word: &str) -> Option<&'a str> {
    let (first, rest) = text.split_at_checked(word.len())?;
    let ends = rest.starts_with(char::is_whitespace);
    (ends && first.eq_ignore_ascii_case(word)).then(|| rest.trim_start())
}

/// One column of the calendar as a parameter.
#[derive(Debug)]
pub(super) enum CalendarColumn {
    Ints(Vec<i32>),
    BigInts(Vec<i64>),
    Texts(Vec<String>),
}

/// The columns in the table's order.
pub(super) fn columns(rows: &[Calendar]) -> Vec<CalendarColumn> {
    let big = |of: fn(&Calendar) -> i64| CalendarColumn::BigInts(rows.iter().map(of).collect());
    let int = |of: fn(&Calendar) -> i32| CalendarColumn::Ints(rows.iter().map(of).collect());
    let text = |of: fn(&Calendar) -> &String| CalendarColumn::Texts(rows.iter().map(|r| of(r).clone()).collect());
    vec![
        text(|r| &r.tz),
        big(|r| r.date_time_key),
        big(|r| r.hour_key),
        big(|r| r.day_key),
        big(|r| r.week_key),
        big(|r| r.month_key),
        int(|r| r.utc_offset_s),
        int(|r| r.local_hour),
        text(|r| &r.local_date),
        text(|r| &r.local_hour_label),
    ]
}

impl CalendarColumn {
    /// The catalogue's type of the column.
    #[cfg(test)]
    fn column_type(&self) -> ColumnType {
        match self {
            Self::Ints(_) => ColumnType::Int,
            Self::BigInts(_) => ColumnType::BigInt,
            Self::Texts(_) => ColumnType::Text,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_columns_follow_the_catalogue() {
        let made: Vec<ColumnType> = columns(&[Calendar::default()]).iter().map(CalendarColumn::column_type).collect();
        let declared: Vec<ColumnType> = Calendar::TABLE.columns.iter().map(|c| c.column_type).collect();
        assert_eq!(made, declared);
    }

    #[test]
    fn the_made_table_goes_before_the_statements_own_tables() {
        let sql = with_calendar("-- all\nSELECT 1 AS one FROM calendar", 2);
        assert!(sql.starts_with("WITH calendar AS (SELECT * FROM unnest($3::text[], $4::bigint[]"), "{sql}");
        assert!(sql.ends_with("local_hour_label)) SELECT 1 AS one FROM calendar"), "{sql}");
        assert!(
            with_calendar("/* all */ with a AS (SELECT 1 AS b) TABLE a", 0)
                .ends_with(")), a AS (SELECT 1 AS b) TABLE a")
        );
        let recursive = with_calendar("WITH recursive a AS (SELECT 1 AS b) TABLE a", 0);
        assert!(recursive.starts_with("WITH RECURSIVE calendar AS") && recursive.contains(")), a AS"), "{recursive}");
    }
}
