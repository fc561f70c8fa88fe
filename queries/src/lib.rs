//! Report and aggregate definitions, and SQL over the marts.
