//! The mapping of user data: which key goes to which column of which table, by which rule, and what stands there without it.
//!
//! What is predefined stands here; the settings say what is otherwise. Knows names of tables and columns; not what calls
//! tell, nor where settings are written down.

use std::collections::BTreeSet;
use std::sync::{Arc, LazyLock};

use callmart_schema::catalogue::CtlUdToUdeMapping;
use callmart_schema::keys::key;

/// Which value of a key an attempt has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Rule {
    /// The latest on the call when the call leaves the resource, whoever set it.
    Call,
    /// The latest that the resource's own party set, whenever.
    Party,
    /// The latest that was set on the call between the attempt's begin and end, whoever set it.
    Irf,
    /// The first that was set in that time, or in the time of the attempts before that were not answered.
    IrfFirstUpdate,
    /// The one that is on the call when the attempt begins.
    IrfInitial,
    /// The one that is on the call when it is routed to the resource.
    IrfRoute,
}

const RULES: [(Rule, &str); 6] = [
    (Rule::Call, "CALL"),
    (Rule::Party, "PARTY"),
    (Rule::Irf, "IRF"),
    (Rule::IrfFirstUpdate, "IRF_FIRST_UPDATE"),
    (Rule::IrfInitial, "IRF_INITIAL"),
    (Rule::IrfRoute, "IRF_ROUTE"),
];

impl Rule {
    /// The rule of that name.
    #[must_use]
    pub fn of_code(code: &str) -> Option<Self> {
        RULES.iter().find(|(_, name)| *name == code).map(|(rule, _)| *rule)
    }

    /// The names of all rules.
    #[must_use]
    pub fn codes() -> [&'static str; 6] {
        RULES.map(|(_, code)| code)
    }

    /// Its name.
    #[must_use]
    pub fn code(self) -> &'static str {
        RULES.iter().find(|(rule, _)| *rule == self).map_or("", |(_, name)| name)
    }
}

/// A table that user data goes to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum DataTable {
    /// Predefined values of which there are many, one row for each attempt.
    Gen1,
    /// A site's own values of which there are many, one row for each attempt.
    Cust1,
    /// Predefined values of which there are few, as a dimension.
    Descriptor,
    /// A site's own values of which there are few, as a dimension.
    CustDim1,
}

/// Most columns that a table has for user data.
pub(crate) const MAX_COLUMNS: usize = 16;

const TABLES: [(DataTable, &str, &[&str]); 4] = [
    (
        DataTable::Gen1,
        "irf_user_data_gen_1",
        &[
            "case_id",
            "customer_id",
            "cause_id",
            "destination_id",
            "target_id",
            "transaction_id",
            "revenue",
            "satisfaction",
        ],
    ),
    (
        DataTable::Cust1,
        "irf_user_data_cust_1",
        &[
            "custom_data_1",
            "custom_data_2",
            "custom_data_3",
            "custom_data_4",
            "custom_data_5",
            "custom_data_6",
            "custom_data_7",
            "custom_data_8",
            "custom_data_9",
            "custom_data_10",
            "custom_data_11",
            "custom_data_12",
            "custom_data_13",
            "custom_data_14",
            "custom_data_15",
            "custom_data_16",
        ],
    ),
    (
        DataTable::Descriptor,
        "interaction_descriptor",
        &["customer_segment", "service_type", "service_subtype", "business_result"],
    ),
    (
        DataTable::CustDim1,
        "user_data_cust_dim_1",
        &["dim_attribute_1", "dim_attribute_2", "dim_attribute_3", "dim_attribute_4", "dim_attribute_5"],
    ),
];

/// What is predefined: key, table, column and rule. What agents find out in a call or after it is theirs; all else is the call's.
const PREDEFINED: [(&str, &str, &str, Rule); 12] = [
    ("CaseID", "irf_user_data_gen_1", "case_id", Rule::Call),
    ("CustomerID", "irf_user_data_gen_1", "customer_id", Rule::Call),
    ("CauseID", "irf_user_data_gen_1", "cause_id", Rule::Call),
    ("DestinationID", "irf_user_data_gen_1", "destination_id", Rule::Call),
    ("TargetID", "irf_user_data_gen_1", "target_id", Rule::Call),
    ("TransactionID", "irf_user_data_gen_1", "transaction_id", Rule::Call),
    ("Revenue", "irf_user_data_gen_1", "revenue", Rule::Party),
    ("Satisfaction", "irf_user_data_gen_1", "satisfaction", Rule::Party),
    ("CustomerSegment", "interaction_descriptor", "customer_segment", Rule::Call),
    ("ServiceType", "interaction_descriptor", "service_type", Rule::Call),
    ("ServiceSubType", "interaction_descriptor", "service_subtype", Rule::Call),
    ("Business Result", "interaction_descriptor", "business_result", Rule::Party),
];

/// One key's way into one column, as settings name it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MappedKey {
    /// The key as sources tell it.
    pub key: String,
    /// Name of the table.
    pub table: String,
    /// Name of the column.
    pub column: String,
    /// Which value counts.
    pub rule: Rule,
    /// What stands there without a value; none: nothing.
    pub default: Option<String>,
}

/// Why a mapping cannot be.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum MappingError {
    /// An entry without a key.
    #[error("an entry for {table}.{column} names no key: write the key as the switch tells it")]
    NoKey {
        /// Its table.
        table: String,
        /// Its column.
        column: String,
    },
    /// No such table takes user data.
    #[error("`{key}` goes to {table}, which takes no user data; these tables do: {}", tables())]
    UnknownTable {
        /// Key of the entry.
        key: String,
        /// The table that it names.
        table: String,
    },
    /// The table has no such column for user data.
    #[error("`{key}` goes to {table}.{column}, which is none of the columns for user data there: {}", columns(table))]
    UnknownColumn {
        /// Key of the entry.
        key: String,
        /// The table.
        table: String,
        /// The column that it names.
        column: String,
    },
    /// Two entries for one column.
    #[error(
        "both `{first}` and `{second}` go to {table}.{column}: a column takes one key, give one of them another column"
    )]
    ColumnTwice {
        /// Key of the one entry.
        first: String,
        /// Key of the other.
        second: String,
        /// The table.
        table: String,
        /// The column.
        column: String,
    },
}

fn tables() -> String {
    TABLES.map(|(_, name, _)| name).join(", ")
}

fn columns(table: &str) -> String {
    TABLES.iter().find(|(_, name, _)| *name == table).map_or_else(String::new, |(_, _, columns)| columns.join(", "))
}

/// A column with what goes to it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct MappedColumn {
    pub(crate) table: DataTable,
    /// Place among the table's columns for user data.
    pub(crate) place: usize,
    /// Place of its key among the keys.
    pub(crate) key: usize,
    pub(crate) rule: Rule,
    pub(crate) default: Option<String>,
}

/// A mapping that can be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mapping {
    /// All keys that go anywhere, in order.
    keys: Vec<String>,
    columns: Vec<MappedColumn>,
    entries: Vec<MappedKey>,
}

static OF_PREDEFINED: LazyLock<Arc<Mapping>> = LazyLock::new(|| Arc::new(Mapping::compiled(predefined().collect())));

fn predefined() -> impl Iterator<Item = MappedKey> {
    PREDEFINED.iter().map(|(key, table, column, rule)| MappedKey {
        key: (*key).to_owned(),
        table: (*table).to_owned(),
        column: (*column).to_owned(),
        rule: *rule,
        default: None,
    })
}

impl Mapping {
    /// What is predefined.
    #[must_use]
    pub fn predefined() -> Arc<Self> {
        OF_PREDEFINED.clone()
    }

    /// What is predefined, with a site's entries over it: one for a predefined column takes its place.
    ///
    /// # Errors
    /// [`MappingError`] when an entry names no key, a table or column that takes no user data, or a column that another entry
    /// names.
    pub fn with(own: &[MappedKey]) -> Result<Arc<Self>, MappingError> {
        for (place, entry) in own.iter().enumerate() {
            check(entry)?;
            let is_same = |other: &&MappedKey| (&other.table, &other.column) == (&entry.table, &entry.column);
            if let Some(first) = own.iter().take(place).find(is_same) {
                return Err(MappingError::ColumnTwice {
                    first: first.key.clone(),
                    second: entry.key.clone(),
                    table: entry.table.clone(),
                    column: entry.column.clone(),
                });
            }
        }
        let is_kept = |p: &MappedKey| !own.iter().any(|o| (&o.table, &o.column) == (&p.table, &p.column));
        Ok(Arc::new(Self::compiled(predefined().filter(is_kept).chain(own.iter().cloned()).collect())))
    }

    /// A mapping of entries each of which can be, in the order of tables and columns.
    fn compiled(entries: Vec<MappedKey>) -> Self {
        let keys: BTreeSet<&String> = entries.iter().map(|e| &e.key).collect();
        let keys: Vec<String> = keys.into_iter().cloned().collect();
        let mut placed: Vec<(MappedColumn, MappedKey)> = Vec::with_capacity(entries.len());
        for entry in entries {
            let Some((table, _, columns)) = TABLES.iter().find(|(_, name, _)| *name == entry.table) else { continue };
            let Some(place) = columns.iter().position(|c| *c == entry.column) else { continue };
            let key = keys.partition_point(|k| *k < entry.key);
            let column = MappedColumn { table: *table, place, key, rule: entry.rule, default: entry.default.clone() };
            placed.push((column, entry));
        }
        placed.sort_by_key(|(column, _)| (column.table, column.place));
        let (columns, entries) = placed.into_iter().unzip();
        Self { keys, columns, entries }
    }

    /// Place of a key among those that go anywhere.
    pub(crate) fn place_of(&self, key: &str) -> Option<usize> {
        self.keys.binary_search_by(|k| k.as_str().cmp(key)).ok()
    }

    pub(crate) fn columns(&self) -> &[MappedColumn] {
        &self.columns
    }

    /// Whether any key goes to a table.
    pub(crate) fn fills(&self, table: DataTable) -> bool {
        self.columns.iter().any(|c| c.table == table)
    }

    /// The rows of `ctl_ud_to_ude_mapping`.
    #[must_use]
    pub fn rows(&self) -> Vec<CtlUdToUdeMapping> {
        let row = |entry: &MappedKey| CtlUdToUdeMapping {
            id: key("ud_to_ude_mapping", &[&entry.table, &entry.column]),
            ud_key_name: entry.key.clone(),
            ude_table_name: entry.table.clone(),
            ude_column_name: entry.column.clone(),
            propagation_rule: entry.rule.code().to_owned(),
            default_value: entry.default.clone(),
            active_flag: 1,
        };
        self.entries.iter().map(row).collect()
    }
}

fn check(entry: &MappedKey) -> Result<(), MappingError> {
    let MappedKey { key, table, column, .. } = entry;
    let (key, table, column) = (key.clone(), table.clone(), column.clone());
    if key.is_empty() {
        return Err(MappingError::NoKey { table, column });
    }
    match TABLES.iter().find(|(_, name, _)| *name == table) {
        None => Err(MappingError::UnknownTable { key, table }),
        Some((_, _, columns)) if !columns.contains(&column.as_str()) => {
            Err(MappingError::UnknownColumn { key, table, column })
        }
        Some(_) => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use callmart_schema::catalogue;

    use super::*;

    fn entry(key: &str, table: &str, column: &str) -> MappedKey {
        MappedKey { key: key.into(), table: table.into(), column: column.into(), rule: Rule::Call, default: None }
    }

    #[test]
    fn every_column_that_takes_user_data_stands_in_the_catalogue() {
        for (_, name, columns) in TABLES {
            let table = catalogue::table(name).expect(name);
            assert!(columns.len() <= MAX_COLUMNS);
            for column in columns {
                let place = table.position(column).unwrap_or_else(|| panic!("{name}.{column}"));
                assert_eq!(table.columns[place].column_type, catalogue::ColumnType::Text, "{name}.{column}");
            }
        }
    }

    #[test]
    fn what_is_predefined_can_be_and_an_entry_takes_the_place_of_one_for_its_column() {
        assert_eq!(Mapping::with(&predefined().collect::<Vec<_>>()), Ok(Mapping::predefined()));
        assert_eq!(Mapping::with(&[]), Ok(Mapping::predefined()));
        let own = MappedKey { default: Some("no case".into()), ..entry("Ticket", "irf_user_data_gen_1", "case_id") };
        let mapping =
            Mapping::with(&[own, entry("Shop", "irf_user_data_cust_1", "custom_data_16")]).expect("a mapping");
        assert_eq!(mapping.columns().len(), PREDEFINED.len() + 1);
        assert!(mapping.place_of("CaseID").is_none() && mapping.place_of("Shop").is_some());
        assert!(mapping.fills(DataTable::Cust1) && !mapping.fills(DataTable::CustDim1));
        let row = &mapping.rows()[0];
        let told = (&*row.ud_key_name, &*row.ude_column_name, &*row.propagation_rule, row.default_value.as_deref());
        assert_eq!(told, ("Ticket", "case_id", "CALL", Some("no case")));
    }

    #[test]
    fn what_cannot_be_is_refused_with_its_names() {
        let refusal = |own: &[MappedKey]| Mapping::with(own).expect_err("a refusal").to_string();
        assert!(refusal(&[entry("", "irf_user_data_gen_1", "case_id")]).contains("names no key"));
        let said = refusal(&[entry("Shop", "irf_user_data_cust_2", "custom_data_1")]);
        assert!(said.contains("irf_user_data_cust_2") && said.contains("irf_user_data_cust_1"), "{said}");
        let said = refusal(&[entry("Shop", "user_data_cust_dim_1", "dim_attribute_6")]);
        assert!(said.contains("dim_attribute_6") && said.contains("dim_attribute_5"), "{said}");
        let one = entry("Shop", "irf_user_data_cust_1", "custom_data_1");
        let said = refusal(&[one.clone(), MappedKey { key: "Till".into(), ..one }]);
        assert!(said.contains("`Shop`") && said.contains("`Till`") && said.contains("custom_data_1"), "{said}");
    }

    #[test]
    fn a_rule_has_one_name() {
        for (rule, code) in RULES {
            assert_eq!((Rule::of_code(code), rule.code()), (Some(rule), code));
        }
        assert_eq!(Rule::of_code("call"), None);
    }
}
