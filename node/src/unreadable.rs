//! Input that is no event, as an event: nothing is lost, and the same input has the same identity everywhere.
//!
//! Does not know files and lines: where a thing stood is provenance, and would make two copies of it differ.

use callmart_schema::event::{Epoch, Unreadable};
use callmart_schema::keys;

/// Process of the epoch that input without an identity of its own belongs to. On disk; must not change.
pub(crate) const PROCESS: &str = "unreadable";

/// Most bytes of the input that an event carries; the rest of a longer one is cut and its length told.
pub(crate) const MAX_INPUT_BYTES: usize = 512 << 10;

/// The epoch of input without an identity of its own.
pub(crate) fn epoch() -> Epoch {
    Epoch::new(0, PROCESS)
}

/// Number of such input within its epoch: never 0, and equal for equal bytes.
pub(crate) fn seq(hash: &blake3::Hash) -> u64 {
    keys::key(PROCESS, &[hash.to_hex().as_str()]).unsigned_abs().max(1)
}

/// The event's body, its input bounded.
pub(crate) fn body(reason: &str, input: &[u8], detail: &str) -> Unreadable {
    let mut detail = detail.to_owned();
    if input.len() > MAX_INPUT_BYTES {
        detail.push_str(&format!("; only the first {MAX_INPUT_BYTES} bytes of the input are kept here"));
    }
    let input = input.get(..MAX_INPUT_BYTES).unwrap_or(input).to_vec();
    Unreadable { reason: reason.to_owned(), input, detail, ..Unreadable::default() }
}
