//! A business document as it is stored, made with the zone's keys.

use credit_core::ceb::Document;
pub use credit_core::ceb::{Fields, StoredDocument};

use super::buyer;
use super::keys::BuyerKeys;

/// What is kept of a document.
#[must_use]
pub fn of(document: &Document, keys: &BuyerKeys) -> StoredDocument {
    StoredDocument::of(document, |name, value| buyer::tokens(keys, buyer::Kind::of_field(name), value))
}
