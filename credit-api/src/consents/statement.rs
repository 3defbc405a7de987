//! What the ledger commits to when a consent is granted or revoked: a list of fields, as for ratings
//! (`ledger::commitment`), so that one of them can be shown without the others.

use ledger::commitment::{Field, RecordSalt, Statement};
use parity_scale_codec::Encode;

use super::Consent;
use crate::store::StoreError;

/// Fields of a consent, and of its revocation.
pub mod field {
    /// Text.
    pub const ID: u16 = 1;
    /// Text: USCC of the enterprise.
    pub const USCC: u16 = 2;
    /// Text: USCC of the institution.
    pub const FINANCIER: u16 = 3;
    /// Text: purpose code.
    pub const PURPOSE: u16 = 4;
    /// List of texts: codes of blocks.
    pub const BLOCKS: u16 = 5;
    /// Text.
    pub const PRODUCT: u16 = 6;
    /// Text: `single` or `continuous`.
    pub const KIND: u16 = 7;
    /// `i32`, days since 1970-01-01.
    pub const FROM_DAY: u16 = 8;
    /// `i32`, the last day.
    pub const UNTIL_DAY: u16 = 9;
    /// Text: digest of both texts, hexadecimal.
    pub const TEXT_DIGEST: u16 = 10;
    /// Text: who granted or revoked.
    pub const BY: u16 = 11;
    /// `i64`, milliseconds.
    pub const AT: u16 = 12;
}

/// The commitment to one act of somebody at a moment.
///
/// # Errors
/// When the fields cannot be committed to.
pub fn commitment(consent: &Consent, by: &str, at_ms: i64, salt: [u8; 32]) -> Result<[u8; 32], StoreError> {
    let blocks: Vec<&str> = consent.blocks.split(';').collect();
    let fields = [
        (field::ID, consent.id.encode()),
        (field::USCC, consent.uscc.encode()),
        (field::FINANCIER, consent.financier.encode()),
        (field::PURPOSE, consent.purpose.encode()),
        (field::BLOCKS, blocks.encode()),
        (field::PRODUCT, consent.product.encode()),
        (field::KIND, consent.kind.encode()),
        (field::FROM_DAY, consent.from_day.encode()),
        (field::UNTIL_DAY, consent.until_day.encode()),
        (field::TEXT_DIGEST, consent.text_digest.encode()),
        (field::BY, by.encode()),
        (field::AT, at_ms.encode()),
    ];
    let fields = fields.into_iter().map(|(id, value)| Field { id, value }).collect();
    let statement = Statement::new(fields).map_err(|error| StoreError::Damaged {
        what: "consent",
        key: consent.id.clone(),
        why: error.to_string(),
    })?;
    Ok(statement.commitment(&RecordSalt::new(salt)))
}
