//! The answers of a mirror to `add-entries`, status and body as `tlog-mirror` says.

use crate::witness::{Answer, RETRY_AFTER_SECONDS};
use ledger::mirror::{INFO_TYPE, MirrorInfo, UploadHead};
use std::fmt::Display;

/// Where the mirror stands, with 202 or 409. No ticket is given out: what an upload may end at is remembered here.
fn info(status: u16, size: u64, next: u64) -> Answer {
    let body = MirrorInfo { size, next, ticket: Vec::new() }.to_string();
    Answer { status, content_type: INFO_TYPE, body, retry_after: None }
}

/// A part was taken; go on from `next`.
pub(super) fn accepted(size: u64, next: u64) -> Answer {
    info(202, size, next)
}

/// The upload does not fit what is here.
pub(super) fn conflict(size: u64, next: u64) -> Answer {
    info(409, size, next)
}

pub(super) fn malformed(error: &dyn Display) -> Answer {
    Answer::malformed(error)
}

pub(super) fn unknown_log(head: &UploadHead) -> Answer {
    Answer::unknown_log(&head.shown_origin())
}

/// As `add-checkpoint` answers then, where no key of the log counts any more.
pub(super) fn refused_log() -> Answer {
    Answer::text(403, "this node refuses the log, and takes nothing more of it")
}

pub(super) fn unproven(error: &dyn Display) -> Answer {
    Answer::text(422, format_args!("the package is not taken: {error}"))
}

pub(super) fn other_kind(what: &str) -> Answer {
    Answer::text(415, format_args!("{what}; send application/octet-stream, as it is or with gzip"))
}

pub(super) fn busy() -> Answer {
    later("too many uploads at once")
}

pub(super) fn not_replayed(size: u64) -> Answer {
    Answer::not_replayed(size)
}

pub(super) fn cannot_keep(error: &dyn Display) -> Answer {
    tracing::error!(%error, "what is pushed cannot be kept");
    later("entries cannot be kept at the moment")
}

fn later(text: &str) -> Answer {
    Answer { retry_after: Some(RETRY_AFTER_SECONDS), ..Answer::text(503, text) }
}
