//! Outbox rows as ledger entries: the same row gives the same entry whenever it is made, so that a lost ledger can be
//! made again from the outbox.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use ledger::bounded::Text;
use ledger::entry::{DigestKind, Entry, Env, Listing, StatementKind, cause};
use ledger::label::{LabelKey, public_list_label};
use node::operator::NewEntry;

use super::AnchorError;
use super::outbox::{Draft, OutboxRow};

/// Labels kept in memory; one costs a signature to make, and an enterprise has many entries.
const LABELS_KEPT: usize = 65_536;

/// Makes labels, and remembers those made last.
pub struct Labels {
    key: LabelKey,
    made: Mutex<HashMap<String, [u8; 32]>>,
}

impl Labels {
    #[must_use]
    pub fn new(key: LabelKey) -> Self {
        Self { key, made: Mutex::default() }
    }

    /// The key itself.
    #[must_use]
    pub fn key(&self) -> &LabelKey {
        &self.key
    }

    fn of(&self, uscc: &str) -> Result<[u8; 32], String> {
        let lock = || self.made.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(label) = lock().get(uscc) {
            return Ok(*label);
        }
        let (label, _) = self.key.prove(uscc).map_err(|error| error.to_string())?;
        let mut made = lock();
        if made.len() >= LABELS_KEPT {
            made.clear();
        }
        made.insert(uscc.to_owned(), label);
        Ok(label)
    }
}

/// The idempotency key of a row.
///
/// # Errors
/// For a row whose id no outbox gives.
pub fn cause_of(row: &OutboxRow) -> Result<[u8; 32], AnchorError> {
    let id = u64::try_from(row.id).map_err(|error| AnchorError::Entry(row.id, error.to_string()))?;
    Ok(cause(id, &row.body))
}

/// The entry of a row. Its place in the subject's chain and its time are the operator's to set.
///
/// # Errors
/// For a row that this program did not write.
pub fn entry_of(labels: &Labels, row: &OutboxRow) -> Result<NewEntry, AnchorError> {
    let wrong = |why: String| AnchorError::Entry(row.id, why);
    let cause = cause_of(row)?;
    let entry = match row.draft()? {
        Draft::Rating { commitment, scorecard_digest } => {
            let subject = labels.of(&row.uscc).map_err(wrong)?;
            Entry::Rating { env: envelope(subject, cause, commitment), scorecard_digest }
        }
        Draft::Listing { list, listed, commitment } => {
            let uscc: [u8; 18] = row.uscc.as_bytes().try_into().map_err(|_| wrong("no USCC".to_owned()))?;
            let env = envelope(public_list_label(&row.uscc), cause, commitment);
            Entry::Listing { env, listing: Listing { list, listed, uscc: Some(uscc) } }
        }
        Draft::Scorecard { id, digest, effective_day } => Entry::Scorecard {
            id: Text::new(id).map_err(|error| wrong(error.to_string()))?,
            digest,
            effective_day,
        },
        Draft::Consent { revoked, commitment } => {
            let subject = labels.of(&row.uscc).map_err(wrong)?;
            let kind = if revoked { StatementKind::ConsentRevoked } else { StatementKind::Consent };
            Entry::Statement { env: envelope(subject, cause, commitment), kind }
        }
        Draft::Sharing { commitment, .. }
        | Draft::Case { commitment }
        | Draft::Measure { commitment }
        | Draft::Certificate { commitment } => {
            let subject = labels.of(&row.uscc).map_err(wrong)?;
            Entry::Statement { env: envelope(subject, cause, commitment), kind: StatementKind::CaseDecision }
        }
        Draft::Entry { bytes } => Entry::decode_strict(&bytes).map_err(|error| wrong(error.to_string()))?,
        Draft::Batch { day, digest } => Entry::Digest { kind: DigestKind::IntakeBatches, day, digest },
        Draft::AccessLog { day, digest } => Entry::Digest { kind: DigestKind::AccessLog, day, digest },
        Draft::Draw { day, digest } => Entry::Digest { kind: DigestKind::InspectionDrawSeed, day, digest },
        Draft::Policy { day, digest } => Entry::Digest { kind: DigestKind::Policy, day, digest },
    };
    Ok(NewEntry { cause, entry })
}

fn envelope(subject: [u8; 32], cause: [u8; 32], commitment: [u8; 32]) -> Env {
    Env { subject, seq: 0, previous: [0; 32], at_ms: 0, cause, commitment, author: 0, signature: None }
}
