//! What a receipt proves, in seven steps, without store, network or clock. A step that cannot be shown is
//! named as not proven, never as passed; a step that fails refuses the whole receipt.
//!
//! 1 fields ↔ commitment · 2 commitment ↔ entry ↔ leaf · 3 leaf ↔ checkpoint · 4 signed by the log ·
//! 5 cosigned by the quorum · 6 the latest of this enterprise · 7 the score recomputes.

mod state;

pub use state::{ListReport, StatusReport, USCC_FIELD, verify_status};

use std::collections::BTreeSet;

use crate::checkpoint::{Checkpoint, CheckpointError};
use crate::commitment::CommitmentError;
use crate::entry::Entry;
use crate::label::LabelError;
use crate::merkle::{MerkleError, verify_inclusion};
use crate::note::{Note, Vkey};
use crate::policy::Policy;
use crate::proof::TlogProof;
use crate::receipt::{Receipt, ReceiptError};
use crate::state::StateProofError;

/// Number of steps of a verification.
pub const STEPS: usize = 7;

/// Why a receipt is refused. Texts in [`crate::texts`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum VerifyError {
    /// The file is not a receipt.
    Receipt(ReceiptError),
    /// The proof carries extra data, which nothing authenticates.
    Extra,
    /// A proof without its entry.
    NoEntry,
    Checkpoint(CheckpointError),
    /// The policy has no key for this log.
    UnknownLog(String),
    /// A signature line of a key the policy does not know; nothing binds its bytes.
    UnknownSignature(String),
    /// Signature lines are doubled or not in the order of the policy.
    SignatureOrder,
    /// The line of a known key is not its signature of this checkpoint.
    BadSignature(String),
    /// No key of the log itself signed.
    NotSignedByLog(String),
    /// The entry is not in the tree of the checkpoint.
    Inclusion(MerkleError),
    /// Fields are shown, but an entry of this kind has no commitment.
    NoCommitment,
    /// The fields are not those of the entry's commitment.
    Commitment(CommitmentError),
    /// The checkpoint does not end with the seal that is shown.
    NotTheSeal,
    /// An entry of this kind has no place in the state map.
    NoState,
    State(StateProofError),
    /// What the state map holds is no value of its kind.
    StateValue,
    /// The state map and the log of one checkpoint contradict each other.
    StateContradicts,
    /// The first leaf that is shown is not that of the log.
    Genesis,
    Label(LabelError),
    /// More than published lists is told about, and the label is not shown.
    LabelMissing,
    /// The entry is about another enterprise than is said.
    Subject,
    /// The disclosed indicators give another score.
    ScoreDiffers {
        recorded: String,
        computed: String,
    },
}

impl From<ReceiptError> for VerifyError {
    fn from(error: ReceiptError) -> Self {
        Self::Receipt(error)
    }
}

/// How one step ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    Proven(Finding),
    NotProven(Reason),
}

/// What was proven.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Finding {
    /// So many fields of the statement are shown; both numbers leave out the count field.
    Fields {
        shown: usize,
        of: usize,
    },
    /// The entry is well-formed and hashes to the leaf.
    Leaf {
        index: u64,
    },
    /// The leaf is in the log at this size.
    Included {
        index: u64,
        size: u64,
    },
    /// Name of the log.
    LogSigned {
        origin: String,
    },
    /// Names, in the policy, of the witnesses that cosigned.
    Quorum {
        cosigned: Vec<String>,
    },
    /// No later record of this enterprise was in the log when this checkpoint was sealed.
    Latest {
        uscc: String,
        size: u64,
        /// Milliseconds since 1970-01-01 UTC.
        sealed_ms: u64,
    },
    ScoreRecomputes,
}

/// Why a step is not proven.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Reason {
    NothingDisclosed,
    /// The policy asks for no witnesses.
    NoQuorumAsked,
    /// Names of the witnesses that did cosign.
    QuorumMissing {
        cosigned: Vec<String>,
    },
    NoStateProof,
    /// It is the latest of its subject, but not shown whose label that is.
    NoLabelProof,
    /// The log of this checkpoint has a later one, at this leaf.
    Superseded {
        index: u64,
    },
    ScoreNotChecked,
    ScoreNotDisclosed,
    ScorecardNotAtHand,
}

/// A witness whose cosignature was verified.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cosigned {
    /// Name in the policy.
    pub name: String,
    /// When it saw the checkpoint, by its own clock, seconds since 1970-01-01 UTC.
    pub time: u64,
}

/// The answer of the caller's check that the score recomputes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ScoreCheck {
    Recomputes,
    /// Fields that the score needs are hidden, or the entry is no rating.
    NotDisclosed,
    /// The scorecard of the receipt's digest is not at hand.
    ScorecardNotAtHand,
    Differs {
        recorded: String,
        computed: String,
    },
}

/// A receipt that holds, and what it proves.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Report {
    pub receipt: Receipt,
    pub checkpoint: Checkpoint,
    pub cosigned: Vec<Cosigned>,
    /// Outcome of steps 1 to 7, in order.
    pub steps: [Outcome; STEPS],
}

impl Report {
    /// Cosigned by a quorum the policy asks for: the entry cannot be taken back unnoticed.
    #[must_use]
    pub fn is_final(&self) -> bool {
        self.steps.iter().any(|step| matches!(step, Outcome::Proven(Finding::Quorum { .. })))
    }

    /// Step 7, done by whoever knows scorecards.
    ///
    /// # Errors
    /// [`VerifyError::ScoreDiffers`] when the score does not recompute; the receipt is then refused.
    pub fn check_score(&mut self, check: impl FnOnce(&Receipt) -> ScoreCheck) -> Result<(), VerifyError> {
        let outcome = match check(&self.receipt) {
            ScoreCheck::Recomputes => Outcome::Proven(Finding::ScoreRecomputes),
            ScoreCheck::NotDisclosed => Outcome::NotProven(Reason::ScoreNotDisclosed),
            ScoreCheck::ScorecardNotAtHand => Outcome::NotProven(Reason::ScorecardNotAtHand),
            ScoreCheck::Differs { recorded, computed } => {
                return Err(VerifyError::ScoreDiffers { recorded, computed });
            }
        };
        let [.., score] = &mut self.steps;
        *score = outcome;
        Ok(())
    }
}

/// Verifies the bytes of a receipt file against a policy.
///
/// # Errors
/// [`VerifyError`] names the first step that fails.
pub fn verify_receipt(bytes: &[u8], policy: &Policy) -> Result<Report, VerifyError> {
    verify(Receipt::parse(bytes)?, policy)
}

/// Verifies a C2SP tlog-proof against a policy. The entry is what is given, or else what the `extra` line holds; where
/// both are there they must be the same. What a receipt has beyond that is reported as not proven.
///
/// # Errors
/// [`VerifyError`] names the first step that fails; [`VerifyError::NoEntry`] when there is no entry to prove.
pub fn verify_proof(bytes: &[u8], entry: Option<&[u8]>, policy: &Policy) -> Result<Report, VerifyError> {
    let mut proof = TlogProof::parse(bytes).map_err(ReceiptError::Proof)?;
    let extra = proof.extra.take();
    if let (Some(entry), Some(extra)) = (entry, &extra)
        && entry != extra
    {
        return Err(VerifyError::Extra);
    }
    let bytes = entry.or(extra.as_deref()).ok_or(VerifyError::NoEntry)?;
    let entry = Entry::decode_strict(bytes).map_err(ReceiptError::Entry)?;
    verify(Receipt { disclosure: None, entry, proof, state: None, label: None }, policy)
}

/// Verifies a receipt that was read or made already.
///
/// # Errors
/// [`VerifyError`] names the first step that fails.
pub fn verify(receipt: Receipt, policy: &Policy) -> Result<Report, VerifyError> {
    if receipt.proof.extra.is_some() {
        return Err(VerifyError::Extra);
    }
    let checkpoint: Checkpoint = receipt.proof.checkpoint.text.parse().map_err(VerifyError::Checkpoint)?;
    let cosigned = check_signatures(&receipt.proof.checkpoint, &checkpoint, policy)?;
    let included = check_inclusion(&receipt, &checkpoint)?;
    let fields = check_fields(&receipt)?;
    let latest = state::check_latest(&receipt, &checkpoint)?;
    let quorum = check_quorum(&cosigned, policy);
    let cosigned = cosigned.into_iter().map(|(_, cosigned)| cosigned).collect();
    let steps = [
        fields,
        Outcome::Proven(Finding::Leaf { index: receipt.proof.index }),
        included,
        Outcome::Proven(Finding::LogSigned { origin: checkpoint.origin.clone() }),
        quorum,
        latest,
        Outcome::NotProven(Reason::ScoreNotChecked),
    ];
    Ok(Report { receipt, checkpoint, cosigned, steps })
}

/// Step 4, and the cosignatures for step 5: every line must be right, of a known key, once, in the policy's
/// order; only a line under the log's own name may be by a key that is not known. Gives the witnesses with their
/// places in the policy.
fn check_signatures(
    note: &Note,
    checkpoint: &Checkpoint,
    policy: &Policy,
) -> Result<Vec<(usize, Cosigned)>, VerifyError> {
    let origin = &checkpoint.origin;
    if policy.logs().iter().all(|log| log.vkey.name() != origin) {
        return Err(VerifyError::UnknownLog(origin.clone()));
    }
    // A key of another log says nothing about this one, so its line counts as unknown.
    let logs = policy.logs().iter().map(|log| &log.vkey).filter(|vkey| vkey.name() == origin);
    let witnesses = policy.witnesses().iter().map(|witness| &witness.vkey);
    let keys: Vec<(Option<usize>, &Vkey)> = logs
        .map(|vkey| (None, vkey))
        .chain(witnesses.enumerate().map(|(at, vkey)| (Some(at), vkey)))
        .collect();
    let (mut next, mut log_signed, mut cosigned) = (0, false, Vec::new());
    for line in &note.signatures {
        let known = keys.iter().position(|(_, vkey)| vkey.claims(line)).map(|place| (place, true));
        // Extra lines come last and prove nothing by themselves, but a wrong one refuses the whole.
        let extra = || policy.check_extra(origin, &note.text, line);
        let found = known.or_else(|| extra().map(|(place, is_right)| (keys.len() + place, is_right)));
        let Some((place, is_right)) = found else {
            // While the log's key is being replaced two of them sign, and not everybody knows both.
            if line.name == *origin {
                continue;
            }
            return Err(VerifyError::UnknownSignature(line.name.clone()));
        };
        if !is_right {
            return Err(VerifyError::BadSignature(line.name.clone()));
        }
        if place < next {
            return Err(VerifyError::SignatureOrder);
        }
        next = place + 1;
        let Some((witness, vkey)) = keys.get(place) else { continue };
        let time = vkey.verify(&note.text, line).map_err(|_| VerifyError::BadSignature(line.name.clone()))?;
        match (witness.and_then(|at| Some((at, policy.witnesses().get(at)?))), time) {
            (Some((at, witness)), Some(time)) => {
                cosigned.push((at, Cosigned { name: witness.name.clone(), time }));
            }
            _ => log_signed = true,
        }
    }
    if log_signed { Ok(cosigned) } else { Err(VerifyError::NotSignedByLog(origin.clone())) }
}

/// Steps 2 and 3. That the entry is the only spelling of its bytes was checked when it was read.
fn check_inclusion(receipt: &Receipt, checkpoint: &Checkpoint) -> Result<Outcome, VerifyError> {
    let (proof, leaf) = (&receipt.proof, receipt.entry.leaf_hash());
    verify_inclusion(&leaf, proof.index, checkpoint.size, &proof.hashes, &checkpoint.root)
        .map_err(VerifyError::Inclusion)?;
    Ok(Outcome::Proven(Finding::Included { index: proof.index, size: checkpoint.size }))
}

/// Step 1.
fn check_fields(receipt: &Receipt) -> Result<Outcome, VerifyError> {
    let Some(shown) = &receipt.disclosure else {
        return Ok(Outcome::NotProven(Reason::NothingDisclosed));
    };
    let env = receipt.entry.env().ok_or(VerifyError::NoCommitment)?;
    shown.verify(&env.commitment).map_err(VerifyError::Commitment)?;
    let of = usize::from(shown.count).saturating_sub(1);
    Ok(Outcome::Proven(Finding::Fields { shown: shown.fields.len().saturating_sub(1), of }))
}

/// Step 5.
fn check_quorum(cosigned: &[(usize, Cosigned)], policy: &Policy) -> Outcome {
    let names = cosigned.iter().map(|(_, witness)| witness.name.clone()).collect();
    let places: BTreeSet<usize> = cosigned.iter().map(|(at, _)| *at).collect();
    if policy.quorum().is_none() {
        Outcome::NotProven(Reason::NoQuorumAsked)
    } else if policy.is_quorum(&places) {
        Outcome::Proven(Finding::Quorum { cosigned: names })
    } else {
        Outcome::NotProven(Reason::QuorumMissing { cosigned: names })
    }
}
