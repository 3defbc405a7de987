//! The answers of a witness to `add-checkpoint`, status and body as `tlog-witness` says.

use super::RETRY_AFTER_SECONDS;
use ledger::note::SignatureLine;
use ledger::witness::{SIZE_TYPE, format_cosignatures, format_size};
use std::fmt::Display;

const TEXT: &str = "text/plain; charset=utf-8";

/// Status, kind and body of an answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer {
    /// HTTP status code.
    pub status: u16,
    pub content_type: &'static str,
    pub body: String,
    /// Seconds after which the same request may be answered.
    pub retry_after: Option<u32>,
}

impl Answer {
    pub(crate) fn text(status: u16, body: impl Display) -> Self {
        Self { status, content_type: TEXT, body: format!("{body}\n"), retry_after: None }
    }

    /// Without a line for a checkpoint that is only remembered.
    pub(super) fn cosigned(line: Option<&SignatureLine>) -> Self {
        let body = format_cosignatures(line.map(std::slice::from_ref).unwrap_or_default());
        Self { status: 200, content_type: TEXT, body, retry_after: None }
    }

    pub(crate) fn malformed(error: &dyn Display) -> Self {
        Self::text(400, format_args!("malformed request: {error}"))
    }

    pub(super) fn old_above_new(old: u64, new: u64) -> Self {
        Self::text(400, format_args!("old size {old} is above the checkpoint's size {new}"))
    }

    pub(super) fn unsigned(error: &dyn Display) -> Self {
        Self::text(403, format_args!("no signature to trust: {error}"))
    }

    /// The name is shown back only as far as a name may be long.
    pub(crate) fn unknown_log(origin: &str) -> Self {
        let shown: String =
            origin.chars().filter(|c| !c.is_control()).take(ledger::entry::MAX_NAME_BYTES).collect();
        Self::text(404, format_args!("unknown log {shown}"))
    }

    pub(super) fn other_size(size: u64) -> Self {
        Self { status: 409, content_type: SIZE_TYPE, body: format_size(size), retry_after: None }
    }

    pub(super) fn inconsistent(error: &dyn Display) -> Self {
        Self::text(422, format_args!("not consistent with what was cosigned: {error}"))
    }

    pub(super) fn other_root(size: u64) -> Self {
        Self::text(422, format_args!("another root is known at {size} leaves"))
    }

    pub(crate) fn not_replayed(size: u64) -> Self {
        let retry_after = Some(RETRY_AFTER_SECONDS);
        Self { retry_after, ..Self::text(503, format_args!("{size} leaves are not re-executed here yet")) }
    }

    pub(super) fn unsure() -> Self {
        Self::text(500, "what was cosigned cannot be kept; the witness must be looked after")
    }

    pub(super) fn no_clock() -> Self {
        Self::text(500, "the witness has no clock")
    }

    pub(crate) fn stopping() -> Self {
        let retry_after = Some(RETRY_AFTER_SECONDS);
        Self { retry_after, ..Self::text(503, "the witness is stopping") }
    }
}
