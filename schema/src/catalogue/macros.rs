//! `table!`: one declaration makes the row type, its columns and the way from rows to columns.
//!
//! Knows the form of a table only, none of the tables.

/// Declares a table: its row as a struct, its columns with meaning and measure, its keys and order.
macro_rules! table {
    (
        $(#[doc = $meaning:literal])+
        $row:ident = $name:literal, $kind:ident {
            natural_key: $natural_key:literal,
            key: [$($key:literal),*],
            sort: [$($sort:literal),*],
            provenance: [$($provenance:literal),*],
        }
        $( $(#[doc = $column_meaning:literal])+ $column:ident: $cell:ty = $measure:ident, )+
    ) => {
        $(#[doc = $meaning])+
        #[derive(Debug, Clone, PartialEq, Eq, Hash, Default)]
        pub struct $row {
            $( $(#[doc = $column_meaning])+ pub $column: $cell, )+
        }

        impl $row {
            /// The table that holds these rows.
            pub const TABLE: &'static $crate::catalogue::Table = &$crate::catalogue::Table {
                name: $name,
                kind: $crate::catalogue::TableKind::$kind,
                natural_key: $natural_key,
                key: &[$($key),*],
                sort: &[$($sort),*],
                provenance: &[$($provenance),*],
                columns: &[$(
                    $crate::catalogue::Column {
                        name: $crate::catalogue::macros::plain(stringify!($column)),
                        column_type: <$cell as $crate::catalogue::Cell>::TYPE,
                        nullable: <$cell as $crate::catalogue::Cell>::NULLABLE,
                        measure: $crate::catalogue::Measure::$measure,
                        meaning: concat!($($column_meaning),+),
                    },
                )+],
                meaning: concat!($($meaning),+),
            };
        }

        impl $crate::catalogue::Row for $row {
            fn table() -> &'static $crate::catalogue::Table {
                Self::TABLE
            }

            fn columns(rows: &[Self]) -> Vec<arrow::array::ArrayRef> {
                vec![$( <$cell as $crate::catalogue::Cell>::array(rows.iter().map(|row| &row.$column)), )+]
            }
        }
    };
}

pub(super) use table;

/// The name of a field as a column has it: without the mark of names that the language keeps for itself.
pub(super) const fn plain(name: &'static str) -> &'static str {
    match name.as_bytes() {
        [b'r', b'#', rest @ ..] => match std::str::from_utf8(rest) {
            Ok(plain) => plain,
            Err(_) => name,
        },
        _ => name,
    }
}
