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

/// The ledger's page.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LedgerView {
    /// The signed checkpoint as served, `None` before the first block.
    pub checkpoint: Option<String>,
    pub size: u64,
    /// Base64, as in the checkpoint.
    pub root: String,
    pub vkey: String,
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
}

/// The page that checks a receipt in the browser.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VerifyView {
    /// The log's key, filled in; empty when there is no ledger yet.
    pub vkey: String,
    /// The witness policy, filled in; empty when there is none.
    pub policy: String,
}
