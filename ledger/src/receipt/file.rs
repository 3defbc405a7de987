//! A receipt or status as a file: indented JSON in a fixed order, a newline at its end.

use serde::Serialize;
use serde::de::DeserializeOwned;

use super::{MAX_RECEIPT_BYTES, ReceiptError};

/// # Errors
/// When it is longer than a reader accepts.
pub(super) fn write(file: &impl Serialize) -> Result<String, ReceiptError> {
    let mut json =
        serde_json::to_string_pretty(file).map_err(|error| ReceiptError::Json(error.to_string()))?;
    json.push('\n');
    if json.len() > MAX_RECEIPT_BYTES { Err(ReceiptError::TooLong(json.len())) } else { Ok(json) }
}

/// # Errors
/// [`ReceiptError::TooLong`], [`ReceiptError::Json`].
pub(super) fn read<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, ReceiptError> {
    if bytes.len() > MAX_RECEIPT_BYTES {
        return Err(ReceiptError::TooLong(bytes.len()));
    }
    serde_json::from_slice(bytes).map_err(|error| ReceiptError::Json(error.to_string()))
}
