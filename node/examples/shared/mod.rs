//! What the benchmarks of the ledger append.

use ledger::entry::{Entry, Env};
use node::NewEntry;

/// A rating of one of so many subjects.
#[must_use]
pub fn entry(number: u64, subjects: u64) -> NewEntry {
    let cause = ledger::entry::cause(number, b"bench");
    let env = Env {
        subject: ledger::merkle::leaf_hash(&(number % subjects).to_be_bytes()),
        seq: 0,
        previous: [0; 32],
        at_ms: 0,
        cause: [0; 32],
        commitment: cause,
        author: 0,
        signature: None,
    };
    NewEntry { cause, entry: Entry::Rating { env, scorecard_digest: [3; 32] } }
}
