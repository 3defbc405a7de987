//! What the ledger commits to when a standing request is granted or ends: a list of fields, as for consents, so that
//! one of them can be shown without the others.

use ledger::commitment::{Field, RecordSalt, Statement};
use parity_scale_codec::Encode;

use super::requests::StandingRequest;
use crate::store::StoreError;

/// Fields of a grant, and of its end.
pub mod field {
    /// Text.
    pub const ID: u16 = 1;
    /// Text: code of the department's audience.
    pub const AUDIENCE: u16 = 2;
    /// Text: code of the department.
    pub const ORGANISATION: u16 = 3;
    /// Text: purpose code.
    pub const PURPOSE: u16 = 4;
    /// List of texts: codes of the blocks granted.
    pub const BLOCKS: u16 = 5;
    /// Text: the duty.
    pub const BASIS: u16 = 6;
    /// Text: how often.
    pub const CYCLE: u16 = 7;
    /// `i32`, the last day, days since 1970-01-01.
    pub const UNTIL_DAY: u16 = 8;
    /// Text: `granted`, `withdrawn`, `revoked` or `corrected`.
    pub const ACT: u16 = 9;
    /// Text: who acted.
    pub const BY: u16 = 10;
    /// `i64`, milliseconds.
    pub const AT: u16 = 11;
}

/// The commitment to one act of somebody at a moment. `act` is `granted`, or why it ended.
///
/// # Errors
/// When the fields cannot be committed to.
pub fn commitment(
    request: &StandingRequest,
    act: &str,
    by: &str,
    at_ms: i64,
    salt: [u8; 32],
) -> Result<[u8; 32], StoreError> {
    let blocks: Vec<&str> = request.granted.as_deref().unwrap_or_default().split(';').collect();
    let fields = [
        (field::ID, request.id.encode()),
        (field::AUDIENCE, request.audience.encode()),
        (field::ORGANISATION, request.organisation.encode()),
        (field::PURPOSE, request.purpose.encode()),
        (field::BLOCKS, blocks.encode()),
        (field::BASIS, request.basis.encode()),
        (field::CYCLE, request.cycle.encode()),
        (field::UNTIL_DAY, request.until_day.encode()),
        (field::ACT, act.encode()),
        (field::BY, by.encode()),
        (field::AT, at_ms.encode()),
    ];
    let fields = fields.into_iter().map(|(id, value)| Field { id, value }).collect();
    let statement = Statement::new(fields).map_err(|error| StoreError::Damaged {
        what: "standing request",
        key: request.id.clone(),
        why: error.to_string(),
    })?;
    Ok(statement.commitment(&RecordSalt::new(salt)))
}

/// The salt of a request that was granted.
///
/// # Errors
/// [`StoreError::Damaged`] when it has none.
pub fn salt_of(request: &StandingRequest) -> Result<[u8; 32], StoreError> {
    request.salt.as_deref().and_then(|salt| salt.try_into().ok()).ok_or_else(|| StoreError::Damaged {
        what: "standing request",
        key: request.id.clone(),
        why: "it has no salt of 32 bytes".to_owned(),
    })
}
