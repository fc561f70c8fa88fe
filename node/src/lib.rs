//! Everything that plays a source.
