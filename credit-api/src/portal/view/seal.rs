//! The seal (印): how far a rating is on the ledger.

use crate::portal::texts::Texts;

/// How far an entry is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SealState {
    /// Waits in the outbox.
    Pending,
    /// In a signed checkpoint.
    Sequenced,
    /// Cosigned by the policy's quorum.
    Final,
}

impl SealState {
    /// Class of the mark and its place in the style sheet.
    #[must_use]
    pub fn class(self) -> &'static str {
        match self {
            SealState::Pending => "pending",
            SealState::Sequenced => "sequenced",
            SealState::Final => "final",
        }
    }

    /// The two characters on the seal; they are part of the mark in every language.
    #[must_use]
    pub fn characters(self) -> [&'static str; 2] {
        match self {
            SealState::Pending => ["待", "录"],
            SealState::Sequenced => ["已", "录"],
            SealState::Final => ["已", "核"],
        }
    }

    #[must_use]
    pub fn words(self, texts: &Texts) -> &'static str {
        match self {
            SealState::Pending => texts.seal_pending,
            SealState::Sequenced => texts.seal_sequenced,
            SealState::Final => texts.seal_final,
        }
    }
}

/// A witness that has cosigned.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CosignerView {
    pub name: String,
    pub time: String,
}

/// The ledger's word on one rating; what is not known yet is `None`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SealView {
    pub state: SealState,
    /// Index and hash of the leaf.
    pub leaf: Option<(u64, String)>,
    /// Number and time of the block.
    pub block: Option<(u32, String)>,
    /// Size and root of the checkpoint that holds it.
    pub checkpoint: Option<(u64, String)>,
    pub cosigners: Vec<CosignerView>,
    /// Where the receipt is downloaded.
    pub receipt_href: Option<String>,
}
