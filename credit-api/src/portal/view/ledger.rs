//! The ledger's page and the page that checks a receipt.

/// One block of the ledger.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BlockRow {
    pub number: u32,
    pub sealed_at: String,
    /// First and last leaf, the seal included.
    pub first_leaf: u64,
    pub last_leaf: u64,
    /// Hash of the header, hexadecimal.
    pub header_hash: String,
}

/// How far one witness is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WitnessRow {
    pub name: String,
    /// Entries it has cosigned.
    pub size: u64,
    /// Published entries that it has not.
    pub lag: u64,
    /// When it cosigned last, `None` when it never did.
    pub last_seen: Option<String>,
}

/// The ledger's page.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LedgerView {
    /// The signed checkpoint as served, `None` before the first block.
    pub checkpoint: Option<String>,
    pub size: u64,
    /// Base64, as in the checkpoint.
    pub root: String,
    pub vkey: String,
    /// Entries that are final, `None` where the policy asks for no witness.
    pub final_size: Option<u64>,
    /// In the policy's order.
    pub witnesses: Vec<WitnessRow>,
    /// Newest first.
    pub blocks: Vec<BlockRow>,
    /// Whether these are not the newest.
    pub after: bool,
    /// Cursor of the blocks before these.
    pub next: Option<String>,
}

impl LedgerView {
    #[must_use]
    pub fn size_digits(&self) -> String {
        super::zone::grouped(self.size)
    }

    #[must_use]
    pub fn final_digits(&self) -> Option<String> {
        self.final_size.map(super::zone::grouped)
    }
}

/// The page that checks a receipt in the browser.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VerifyView {
    /// The log's key, filled in; empty when there is no ledger yet.
    pub vkey: String,
    /// The witness policy, filled in; empty when there is none.
    pub policy: String,
}
