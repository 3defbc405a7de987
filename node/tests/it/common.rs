//! What the tests of the operator share.

use ed25519_dalek::SigningKey;
use ledger::entry::{Entry, Env};
use node::{Clock, FileTip, NewEntry, Operator, OperatorConfig, OperatorError};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

pub const ORIGIN: &str = "ledger.example/test";

/// Goes on by one millisecond at each look.
pub struct TestClock(pub AtomicU64);

impl Clock for TestClock {
    fn now_ms(&self) -> u64 {
        self.0.fetch_add(1, Ordering::Relaxed)
    }
}

pub fn clock() -> Arc<TestClock> {
    Arc::new(TestClock(AtomicU64::new(1_790_000_000_000)))
}

pub fn config() -> OperatorConfig {
    let mut config = OperatorConfig::new(ORIGIN, "yibin", SigningKey::from_bytes(&[7; 32]));
    config.free_bytes_min = 0;
    config
}

pub fn tip(folder: &Path) -> Arc<FileTip> {
    Arc::new(FileTip::new(folder.join("tip-row")))
}

pub fn open(folder: &Path) -> Result<Operator, OperatorError> {
    Operator::open(&folder.join("ledger"), config(), tip(folder), clock())
}

/// Entry number `number`, of one of five subjects.
pub fn entry(number: u64) -> NewEntry {
    let cause = ledger::entry::cause(number, b"content");
    let env = Env {
        subject: [u8::try_from(number % 5).unwrap(); 32],
        seq: 0,
        previous: [0; 32],
        at_ms: 0,
        cause: [0; 32],
        commitment: ledger::merkle::leaf_hash(&number.to_be_bytes()),
        author: 0,
        signature: None,
    };
    NewEntry { cause, entry: Entry::Rating { env, scorecard_digest: [3; 32] } }
}

pub fn entries(numbers: std::ops::Range<u64>) -> Vec<NewEntry> {
    numbers.map(entry).collect()
}

/// Reads everything again; panics with what differs.
pub fn audit(operator: &Operator) -> ledger::store::scrub::Verified {
    node::audit::audit_store(operator.view().store(), &mut |_| {}).result.unwrap()
}
