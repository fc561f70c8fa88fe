//! Calls of the anonymous bank from their file to answers, through the program as a user runs it.
//!
//! What must come out is computed here from the file itself, by a reader of its own ([`file`]): nothing of the program's
//! own reading is believed. The real file is named by `CALLMART_BANK_CALLS`; without it, only the small one is tested.

mod agents_and_queues;
mod engines;
mod file;
mod folder_readers;
mod invariants;
mod published_figures;
mod queue_summary;
mod small_file;
mod support;
mod twins;
mod wrong_input;
