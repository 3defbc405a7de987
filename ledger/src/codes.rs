//! Stable names of refusals and outcomes, for programs. The texts of [`crate::texts`] may be worded anew; these stay.
//!
//! The page's verifier (`credit-api/assets/verify.js`) gives the same names, and `tests/corpus` holds both to it.

use crate::checkpoint::CheckpointError;
use crate::commitment::CommitmentError;
use crate::entry::EntryError;
use crate::label::LabelError;
use crate::merkle::MerkleError;
use crate::note::NoteError;
use crate::policy::PolicyError;
use crate::proof::ProofError;
use crate::receipt::{Part, ReceiptError};
use crate::state::StateProofError;
use crate::tile::TileError;
use crate::verify::{Finding, Outcome, Reason, VerifyError};

impl EntryError {
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::TooLong(_) => "entry_too_long",
            Self::Scale(_) | Self::NotCanonical => "entry_scale",
        }
    }
}

impl NoteError {
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::TooLong(_) => "note_too_long",
            Self::NotUtf8 => "note_not_utf8",
            Self::ControlCharacter => "note_control",
            Self::NoSignatureBlock => "note_no_signatures",
            Self::SignatureLine(_) => "note_line",
            Self::TooManySignatures => "note_too_many",
            Self::BadSignature(_) => "signature",
            Self::NoKnownSignature => "not_signed",
            Self::Vkey => "vkey",
            Self::VkeyId => "vkey_id",
            Self::VkeyType(_) => "vkey_type",
            Self::WeakKey => "vkey_weak",
            Self::Name => "vkey_name",
        }
    }
}

impl ProofError {
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::TooLong(_) => "proof_too_long",
            Self::NotUtf8 => "proof_not_utf8",
            Self::FirstLine => "proof_first_line",
            Self::Extra => "proof_extra",
            Self::Index => "proof_index",
            Self::Hash(_) => "proof_hash",
            Self::TooManyHashes => "proof_too_many_hashes",
            Self::NoCheckpoint => "proof_no_checkpoint",
            Self::Note(error) => error.code(),
        }
    }
}

impl CheckpointError {
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::Lines => "checkpoint_lines",
            Self::Origin => "checkpoint_origin",
            Self::Size => "checkpoint_size",
            Self::Root => "checkpoint_root",
            Self::EmptyRoot => "checkpoint_empty_root",
            Self::WrongOrigin { .. } => "unknown_log",
            Self::Note(error) => error.code(),
        }
    }
}

impl MerkleError {
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::IndexOutOfRange { .. } => "inclusion_index",
            Self::ProofLength { .. } => "inclusion_length",
            Self::RootMismatch => "inclusion_root",
            Self::SizeOrder { .. } => "consistency_order",
            Self::OldRootMismatch => "consistency_old_root",
            Self::PeakCount { .. } => "peaks",
            Self::TooLarge(_) => "tree_too_large",
            Self::MissingLeaves { .. } => "leaves_missing",
            Self::NoSubtree { .. } => "no_subtree",
        }
    }
}

impl CommitmentError {
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::ReservedField => "fields_reserved",
            Self::DuplicateField(_) => "fields_doubled",
            Self::TooManyFields(_) => "fields_too_many",
            Self::ValueTooLong(_) => "fields_value_too_long",
            Self::CountField => "fields_no_count",
            Self::Count => "fields_count",
            Self::Order => "fields_order",
            Self::Position => "fields_position",
            Self::ProofLength => "fields_proof_length",
            Self::Mismatch => "fields_other",
        }
    }
}

impl StateProofError {
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::TooLong(_) => "state_too_long",
            Self::OtherKeyBesideValue => "state_other_key",
            Self::SameKey => "state_same_key",
            Self::OffPath => "state_off_path",
            Self::Root => "state_root",
        }
    }
}

impl LabelError {
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::Seed => "label_seed",
            Self::PublicKey => "label_key",
            Self::Malformed => "label_malformed",
            Self::Wrong => "label_wrong",
        }
    }
}

impl TileError {
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::PathTooLong => "tile_path_too_long",
            Self::PathStart => "tile_path",
            Self::Level => "tile_level",
            Self::Index => "tile_index",
            Self::Width => "tile_width",
            Self::EntryTooLong => "bundle_entry_too_long",
            Self::Truncated => "bundle_truncated",
            Self::Count { .. } => "tile_count",
        }
    }
}

impl PolicyError {
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::TooLong(_) => "policy_too_long",
            Self::NotUtf8 => "policy_not_utf8",
            Self::ControlCharacter => "policy_control",
            Self::Line { .. } => "policy_line",
            Self::NoQuorum => "policy_no_quorum",
        }
    }
}

impl ReceiptError {
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::TooLong(_) => "too_long",
            Self::Json(_) => "json",
            Self::Version(_) => "version",
            Self::Salt(_) => "salt",
            Self::Value(_) => "value",
            Self::HiddenHash(_) => "hidden_hash",
            Self::HalfDisclosure => "half_disclosure",
            Self::EntryBase64 => "entry_base64",
            Self::Entry(error) => error.code(),
            Self::Proof(error) => error.code(),
            Self::Part(part) => part.code(),
            Self::TooManyLists(_) => "too_many_lists",
            Self::ScorecardDigest => "scorecard_digest",
            Self::NotCanonical => "not_canonical",
        }
    }
}

impl Part {
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::Seal => "part_seal",
            Self::SealProof => "part_seal_proof",
            Self::StateValue => "part_value",
            Self::StateProof => "part_state",
            Self::Genesis => "part_genesis",
            Self::GenesisProof => "part_genesis_proof",
            Self::LabelProof => "part_vrf",
        }
    }
}

impl VerifyError {
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::Receipt(error) => error.code(),
            Self::Extra => "extra",
            Self::NoEntry => "no_entry",
            Self::Checkpoint(error) => error.code(),
            Self::UnknownLog(_) => "unknown_log",
            Self::UnknownSignature(_) => "unknown_signature",
            Self::SignatureOrder => "signature_order",
            Self::BadSignature(_) => "signature",
            Self::NotSignedByLog(_) => "not_signed",
            Self::Inclusion(error) => error.code(),
            Self::NoCommitment => "no_commitment",
            Self::Commitment(error) => error.code(),
            Self::NotTheSeal => "not_the_seal",
            Self::NoState => "no_state",
            Self::State(error) => error.code(),
            Self::StateValue => "state_value",
            Self::StateContradicts => "state_contradicts",
            Self::Genesis => "genesis",
            Self::Label(error) => error.code(),
            Self::LabelMissing => "label_missing",
            Self::Subject => "subject",
            Self::ScoreDiffers { .. } => "score_differs",
        }
    }
}

impl Outcome {
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::Proven(finding) => finding.code(),
            Self::NotProven(reason) => reason.code(),
        }
    }
}

impl Finding {
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::Fields { .. } => "fields",
            Self::Leaf { .. } => "leaf",
            Self::Included { .. } => "included",
            Self::LogSigned { .. } => "signed",
            Self::Quorum { .. } => "quorum",
            Self::Latest { .. } => "latest",
            Self::ScoreRecomputes => "score",
        }
    }
}

impl Reason {
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::NothingDisclosed => "nothing_shown",
            Self::NoQuorumAsked => "no_quorum_asked",
            Self::QuorumMissing { .. } => "quorum_missing",
            Self::NoStateProof => "no_state_proof",
            Self::NoLabelProof => "no_label_proof",
            Self::Superseded { .. } => "superseded",
            Self::ScoreNotChecked => "score_not_checked",
            Self::ScoreNotDisclosed => "score_not_shown",
            Self::ScorecardNotAtHand => "no_scorecard",
        }
    }
}
