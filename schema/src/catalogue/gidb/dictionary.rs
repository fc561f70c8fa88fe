//! `g_dictionary`: the names of the codes that GIDB tables hold. The codes stand in `codes`.

use crate::catalogue::macros::table;

table! {
    /// One row per code that a column of a GIDB table may hold.
    GDictionary = "g_dictionary", Static {
        natural_key: "number of the dictionary, code",
        key: ["type", "value"],
        sort: ["type", "value"],
        provenance: [],
    }
    /// Dictionary that the code stands in, as columns name it; from 1001 on the numbers are Callmart's.
    r#type: i32 = Number,
    /// What the dictionary is of.
    type_name: String = Name,
    /// The code.
    value: i32 = Code,
    /// Its name.
    name: String = Name,
}
