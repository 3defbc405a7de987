//! What the ledger commits to when something becomes of measures: the steps of one enterprise in one transaction, each
//! as a digest of its own, so that one can be shown without the others.

use credit_core::supervision::{State, Verb};
use ledger::commitment::{Field, RecordSalt, Statement};
use parity_scale_codec::{Decode, DecodeAll, Encode};
use sha2::{Digest, Sha256};

use crate::store::StoreError;

/// Fields of an act.
pub mod field {
    /// Text.
    pub const USCC: u16 = 1;
    /// `i64`, milliseconds.
    pub const AT: u16 = 2;
    /// 32 bytes: SHA-256 of the first step's SCALE bytes; the next step has the next number.
    pub const FIRST_STEP: u16 = 16;
}

/// A step of a measure, as it is kept and committed to.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub struct Step {
    pub measure: String,
    pub uscc: String,
    /// Of the measure in the catalogue.
    pub code: String,
    pub catalogue: String,
    /// Counts the steps of the measure, from 1.
    pub number: u32,
    /// [`Verb::code`].
    pub verb: String,
    /// [`State::code`] after it.
    pub state: String,
    /// Milliseconds.
    pub at: i64,
    /// The person; nothing where the service did it by itself.
    pub by: Option<String>,
    pub reason: Option<String>,
    /// What the step rests on, as JSON: of an end the grade and rating that no longer entail the measure, or the appeal
    /// that stays it.
    pub cause: String,
}

impl Step {
    /// What was kept.
    ///
    /// # Errors
    /// [`StoreError::Damaged`].
    pub fn read(measure: &str, bytes: &[u8]) -> Result<Self, StoreError> {
        let step = Self::decode_all(&mut &*bytes).map_err(|error| damaged(measure, error.to_string()))?;
        if step.known().is_none() {
            return Err(damaged(measure, format!("no step {} to {}", step.verb, step.state)));
        }
        Ok(step)
    }

    /// Verb and state, where both are known.
    #[must_use]
    pub fn known(&self) -> Option<(Verb, State)> {
        Verb::of(&self.verb).zip(State::of(&self.state))
    }
}

/// The commitment to an act's steps, in their order, with this salt.
///
/// # Errors
/// When the fields cannot be committed to.
pub fn commitment(uscc: &str, at: i64, steps: &[Step], salt: [u8; 32]) -> Result<[u8; 32], StoreError> {
    let mut fields = vec![
        Field { id: field::USCC, value: uscc.to_owned().encode() },
        Field { id: field::AT, value: at.encode() },
    ];
    for (id, step) in (field::FIRST_STEP..).zip(steps) {
        let digest: [u8; 32] = Sha256::digest(step.encode()).into();
        fields.push(Field { id, value: digest.encode() });
    }
    let statement = Statement::new(fields).map_err(|error| damaged(uscc, error.to_string()))?;
    Ok(statement.commitment(&RecordSalt::new(salt)))
}

pub(super) fn damaged(key: &str, why: String) -> StoreError {
    StoreError::Damaged { what: "measure", key: key.to_owned(), why }
}
