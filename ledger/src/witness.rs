//! What a log and a witness say to each other (C2SP `tlog-witness`, `add-checkpoint`): the request with its
//! consistency proof, the answer with its cosignatures, and the size with which a witness contradicts.
//!
//! Each has one spelling. Nothing read here is verified; that is the business of [`crate::note`] and
//! [`crate::merkle`].

use std::fmt;

use crate::encoding::{base64_hash, base64_text, decimal};
use crate::merkle::Hash;
use crate::note::{MAX_NOTE_BYTES, MAX_SIGNATURES, Note, NoteError, SignatureLine};

/// Path of the call below a witness's submission prefix.
pub const ADD_CHECKPOINT: &str = "add-checkpoint";

/// Media type of the size in a 409 answer.
pub const SIZE_TYPE: &str = "text/x.tlog.size";

/// Most consistency hashes in a request (the specification's limit).
pub const MAX_PROOF_LINES: usize = 63;

/// Longest request read, in bytes: the longest note, and 63 hashes of 45 bytes with the size before them.
pub const MAX_REQUEST_BYTES: usize = MAX_NOTE_BYTES + 4096;

/// Longest answer read, in bytes: as many signatures as a note may have.
pub const MAX_RESPONSE_BYTES: usize = MAX_NOTE_BYTES;

/// Why bytes are no request or answer of this protocol.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum WitnessError {
    #[error("{found} bytes are above the limit of {limit}")]
    TooLong { limit: usize, found: usize },
    #[error("the text is not UTF-8")]
    NotUtf8,
    #[error("the first line is not `old` and a decimal")]
    OldSize,
    #[error("proof line {0} is not the base64 of 32 bytes")]
    Hash(usize),
    #[error("more than {MAX_PROOF_LINES} proof lines")]
    TooManyHashes,
    #[error("no checkpoint after an empty line")]
    NoCheckpoint,
    #[error("the checkpoint: {0}")]
    Note(#[from] NoteError),
    #[error("the answer is not a sequence of ended signature lines")]
    Lines,
    #[error("more than {MAX_SIGNATURES} signature lines")]
    TooManyLines,
    #[error("the answer is not a size and a newline")]
    Size,
}

/// The body of an `add-checkpoint` request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AddCheckpoint {
    /// Leaves of the checkpoint that the witness is thought to have cosigned last; 0 when none.
    pub old: u64,
    /// Consistency proof from `old` to the checkpoint (RFC 6962 section 2.1.2).
    pub proof: Vec<Hash>,
    pub checkpoint: Note,
}

impl AddCheckpoint {
    /// Reads a request; its bytes are the only spelling of what is returned.
    ///
    /// # Errors
    /// [`WitnessError`] says what is malformed.
    pub fn parse(bytes: &[u8]) -> Result<Self, WitnessError> {
        let text = text_of(bytes, MAX_REQUEST_BYTES)?;
        let (head, checkpoint) = text.split_once("\n\n").ok_or(WitnessError::NoCheckpoint)?;
        let mut lines = head.split('\n');
        let old = lines.next().and_then(|line| line.strip_prefix("old ")).and_then(decimal);
        let old = old.ok_or(WitnessError::OldSize)?;
        let mut proof = Vec::new();
        for (at, line) in lines.enumerate() {
            if at == MAX_PROOF_LINES {
                return Err(WitnessError::TooManyHashes);
            }
            proof.push(base64_hash(line).ok_or(WitnessError::Hash(at))?);
        }
        Ok(Self { old, proof, checkpoint: Note::parse(checkpoint.as_bytes())? })
    }
}

impl fmt::Display for AddCheckpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "old {}", self.old)?;
        for hash in &self.proof {
            writeln!(f, "{}", base64_text(hash))?;
        }
        write!(f, "\n{}", self.checkpoint)
    }
}

/// Reads the body of a 200 answer: one or more signature lines.
///
/// # Errors
/// [`WitnessError`] says what is malformed.
pub fn parse_cosignatures(bytes: &[u8]) -> Result<Vec<SignatureLine>, WitnessError> {
    let text = text_of(bytes, MAX_RESPONSE_BYTES)?;
    let lines = text.strip_suffix('\n').ok_or(WitnessError::Lines)?;
    let mut cosignatures = Vec::new();
    for line in lines.split('\n') {
        if cosignatures.len() == MAX_SIGNATURES {
            return Err(WitnessError::TooManyLines);
        }
        cosignatures.push(line.parse().map_err(|_| WitnessError::Lines)?);
    }
    Ok(cosignatures)
}

/// The body of a 200 answer.
#[must_use]
pub fn format_cosignatures(lines: &[SignatureLine]) -> String {
    lines.iter().map(|line| format!("{line}\n")).collect()
}

/// Reads the body of a 409 answer: the size that the witness cosigned last, in leaves.
///
/// # Errors
/// [`WitnessError::Size`] when it is anything else.
pub fn parse_size(bytes: &[u8]) -> Result<u64, WitnessError> {
    let text = std::str::from_utf8(bytes).map_err(|_| WitnessError::Size)?;
    text.strip_suffix('\n').and_then(decimal).ok_or(WitnessError::Size)
}

/// The body of a 409 answer.
#[must_use]
pub fn format_size(size: u64) -> String {
    format!("{size}\n")
}

fn text_of(bytes: &[u8], limit: usize) -> Result<&str, WitnessError> {
    if bytes.len() > limit {
        return Err(WitnessError::TooLong { limit, found: bytes.len() });
    }
    std::str::from_utf8(bytes).map_err(|_| WitnessError::NotUtf8)
}

#[cfg(test)]
#[path = "witness_tests.rs"]
mod tests;
