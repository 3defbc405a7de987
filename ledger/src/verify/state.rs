//! Step 6: the entry is the latest of its subject, and the subject is this enterprise. And the whole of a status.

use super::{Cosigned, Finding, Outcome, Reason, VerifyError, check_quorum, check_signatures};
use crate::checkpoint::Checkpoint;
use crate::entry::{Entry, Genesis};
use crate::header::Header;
use crate::label::{public_list_label, verify_label};
use crate::merkle::{Hash, verify_inclusion};
use crate::policy::Policy;
use crate::receipt::{LabelClaim, Receipt, StateClaim, Status, Subject};
use crate::state::key::decode_value;
use crate::state::{ListState, RatingState, StateKey};
use parity_scale_codec::{DecodeAll, Encode};

/// Field of a statement that holds the code of the enterprise, 18 bytes of ASCII.
pub const USCC_FIELD: u16 = 1;

/// A status that holds: what the log says of an enterprise at a checkpoint.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StatusReport {
    pub uscc: String,
    pub checkpoint: Checkpoint,
    pub cosigned: Vec<Cosigned>,
    /// As step 5 of a receipt.
    pub quorum: Outcome,
    /// When the checkpoint's last block was sealed, milliseconds since 1970-01-01 UTC.
    pub sealed_ms: u64,
    /// Where the status tells: the rating in force, or that there is none.
    pub rating: Option<Option<RatingState>>,
    /// For each list that the status tells about.
    pub lists: Vec<ListReport>,
}

/// What the log says of an enterprise and one list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ListReport {
    /// Number of the list in the rule pack.
    pub list: u16,
    /// The list is published, so its entries name the code by its plain hash and not by its label.
    pub is_public: bool,
    /// The last entry, or that there never was one.
    pub state: Option<ListState>,
}

impl ListReport {
    /// On the list at this checkpoint.
    #[must_use]
    pub fn is_listed(&self) -> bool {
        self.state.is_some_and(|state| state.listed)
    }
}

impl StatusReport {
    /// Cosigned by a quorum the policy asks for.
    #[must_use]
    pub fn is_final(&self) -> bool {
        matches!(self.quorum, Outcome::Proven(_))
    }
}

/// Verifies the bytes of a status file against a policy.
///
/// # Errors
/// [`VerifyError`] names the first thing that fails.
pub fn verify_status(bytes: &[u8], policy: &Policy) -> Result<StatusReport, VerifyError> {
    let status = Status::parse(bytes)?;
    if status.proof.extra.is_some() {
        return Err(VerifyError::Extra);
    }
    let note = &status.proof.checkpoint;
    let checkpoint: Checkpoint = note.text.parse().map_err(VerifyError::Checkpoint)?;
    let cosigned = check_signatures(note, &checkpoint, policy)?;
    if Some(status.proof.index) != checkpoint.size.checked_sub(1) {
        return Err(VerifyError::NotTheSeal);
    }
    check_seal(&status.seal, &status.proof.hashes, &checkpoint)?;
    let label = match &status.subject {
        Subject::Code(_) => None,
        Subject::Labelled(claim) => Some(check_label(claim, &checkpoint)?),
    };
    let uscc = status.subject.uscc();
    let root = &status.seal.body.state_root;
    let rating = status
        .rating
        .as_ref()
        .map(|claim| {
            let label = label.ok_or(VerifyError::LabelMissing)?;
            check_claim::<RatingState>(claim, root, StateKey::Rating { label })
        })
        .transpose()?;
    let lists = status
        .lists
        .iter()
        .map(|list| {
            let subject = if list.is_public {
                public_list_label(uscc)
            } else {
                label.ok_or(VerifyError::LabelMissing)?
            };
            let key = StateKey::List { list: list.list, subject };
            let state = check_claim(&list.claim, root, key)?;
            Ok(ListReport { list: list.list, is_public: list.is_public, state })
        })
        .collect::<Result<_, VerifyError>>()?;
    let quorum = check_quorum(&cosigned, policy);
    Ok(StatusReport {
        uscc: uscc.to_owned(),
        sealed_ms: status.seal.body.batch.at_ms,
        checkpoint,
        cosigned: cosigned.into_iter().map(|(_, cosigned)| cosigned).collect(),
        quorum,
        rating,
        lists,
    })
}

/// Step 6 of a receipt. Every part that is there must be right, also where it proves less than the whole step.
pub(super) fn check_latest(receipt: &Receipt, checkpoint: &Checkpoint) -> Result<Outcome, VerifyError> {
    let uscc = check_subject(receipt, checkpoint)?;
    let Some((seal, claim)) = &receipt.state else { return Ok(Outcome::NotProven(Reason::NoStateProof)) };
    check_seal(&seal.seal, &seal.hashes, checkpoint)?;
    let root = &seal.seal.body.state_root;
    let latest = match &receipt.entry {
        Entry::Rating { env, .. } => {
            let state: Option<RatingState> =
                check_claim(claim, root, StateKey::Rating { label: env.subject })?;
            let state = state.ok_or(VerifyError::StateContradicts)?;
            let is_same = state.leaf_hash == receipt.entry.leaf_hash() && state.seq == env.seq;
            if state.leaf_index == receipt.proof.index && !is_same {
                return Err(VerifyError::StateContradicts);
            }
            state.leaf_index
        }
        Entry::Listing { env, listing } => {
            let key = StateKey::List { list: listing.list, subject: env.subject };
            let state: Option<ListState> = check_claim(claim, root, key)?;
            let state = state.ok_or(VerifyError::StateContradicts)?;
            if state.leaf_index == receipt.proof.index && state.listed != listing.listed {
                return Err(VerifyError::StateContradicts);
            }
            state.leaf_index
        }
        _ => return Err(VerifyError::NoState),
    };
    if latest < receipt.proof.index {
        return Err(VerifyError::StateContradicts);
    }
    if latest > receipt.proof.index {
        return Ok(Outcome::NotProven(Reason::Superseded { index: latest }));
    }
    Ok(match uscc {
        Some(uscc) => {
            let sealed_ms = seal.seal.body.batch.at_ms;
            Outcome::Proven(Finding::Latest { uscc, size: checkpoint.size, sealed_ms })
        }
        None => Outcome::NotProven(Reason::NoLabelProof),
    })
}

/// The code of the enterprise that the entry is about, where the receipt shows it.
fn check_subject(receipt: &Receipt, checkpoint: &Checkpoint) -> Result<Option<String>, VerifyError> {
    if let Entry::Listing { env, listing } = &receipt.entry
        && let Some(uscc) = &listing.uscc
    {
        let uscc = std::str::from_utf8(uscc).map_err(|_| VerifyError::Subject)?;
        let is_its = public_list_label(uscc) == env.subject && receipt.label.is_none();
        return if is_its { Ok(Some(uscc.to_owned())) } else { Err(VerifyError::Subject) };
    }
    let Some(claim) = &receipt.label else { return Ok(None) };
    let label = check_label(claim, checkpoint)?;
    if receipt.entry.env().is_none_or(|env| env.subject != label) {
        return Err(VerifyError::Subject);
    }
    let shown = receipt.disclosure.iter().flat_map(|shown| &shown.fields);
    let contradicts =
        shown.filter(|field| field.id == USCC_FIELD).any(|field| field.value != claim.uscc.as_bytes());
    if contradicts { Err(VerifyError::Subject) } else { Ok(Some(claim.uscc.clone())) }
}

fn check_label(claim: &LabelClaim, checkpoint: &Checkpoint) -> Result<Hash, VerifyError> {
    let Genesis { origin, label_key, .. } = &claim.genesis;
    let leaf = Entry::Genesis(claim.genesis.clone()).leaf_hash();
    let is_first = verify_inclusion(&leaf, 0, checkpoint.size, &claim.hashes, &checkpoint.root);
    if origin.as_str() != checkpoint.origin || is_first.is_err() {
        return Err(VerifyError::Genesis);
    }
    verify_label(label_key, &claim.uscc, &claim.proof).map_err(VerifyError::Label)
}

/// That the checkpoint ends with this seal, whose state root then counts.
fn check_seal(seal: &Header, hashes: &[Hash], checkpoint: &Checkpoint) -> Result<(), VerifyError> {
    let leaf = Entry::Seal(*seal).leaf_hash();
    let last = checkpoint.size.saturating_sub(1);
    let included = verify_inclusion(&leaf, last, checkpoint.size, hashes, &checkpoint.root);
    if seal.tree_size() == checkpoint.size && included.is_ok() {
        Ok(())
    } else {
        Err(VerifyError::NotTheSeal)
    }
}

fn check_claim<T: DecodeAll + Encode>(
    claim: &StateClaim,
    root: &Hash,
    key: StateKey,
) -> Result<Option<T>, VerifyError> {
    claim.proof.verify(root, &key.hash(), claim.value.as_deref()).map_err(VerifyError::State)?;
    let decode = |value: &Vec<u8>| decode_value(value).ok_or(VerifyError::StateValue);
    claim.value.as_ref().map(decode).transpose()
}
