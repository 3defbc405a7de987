//! What is said to a mirror and by it (C2SP `tlog-mirror`): the body of `add-entries`, which is read as it comes, and
//! the answer that says where the mirror stands.
//!
//! Each has one spelling. Nothing read here is verified; that is the business of [`crate::subtree`].

use crate::encoding::{base64_bytes, base64_text, decimal};
use crate::entry::{MAX_ENTRY_BYTES, MAX_NAME_BYTES};
use crate::merkle::{HASH_BYTES, Hash, Subtree};
use crate::tile::WIDTH;

/// Path of the call below a mirror's submission prefix.
pub const ADD_ENTRIES: &str = "add-entries";
/// Media type of its body.
pub const ENTRIES_TYPE: &str = "application/octet-stream";
/// Media type of a 409 or 202 answer.
pub const INFO_TYPE: &str = "text/x.tlog.mirror-info";

/// Entries that a package holds at most; packages begin at multiples of it.
pub const PACKAGE_ENTRIES: u64 = 256;
const _: () = assert!(WIDTH == 256, "a package is a bundle");
/// Packages that a client sends in one request (the specification: SHOULD be at most).
pub const REQUEST_PACKAGES: u64 = 32;
/// Most hashes in the proof of a package (the specification's limit).
pub const MAX_PACKAGE_HASHES: usize = 63;
/// Longest ticket in a request, in bytes: what its length can say.
pub const MAX_TICKET_BYTES: usize = 65_535;
/// Longest package of a log of ours, in bytes: 256 of the longest entries, each with its length, and the longest proof.
pub const MAX_PACKAGE_BYTES: usize = 256 * (2 + MAX_ENTRY_BYTES) + 1 + MAX_PACKAGE_HASHES * HASH_BYTES;
/// Longest head of a request, in bytes: two texts with their lengths, two numbers.
pub const MAX_HEAD_BYTES: usize = 2 * (2 + MAX_TICKET_BYTES) + 16;
/// Longest 409 or 202 answer read, in bytes: two numbers and a ticket in base64.
pub const MAX_INFO_BYTES: usize = 128 * 1024;

/// Why bytes are no request or answer of this protocol.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum MirrorError {
    #[error("the upload begins at {start}, after its end {end}")]
    Order { start: u64, end: u64 },
    #[error("an entry of {0} bytes is longer than an entry of this log can be ({MAX_ENTRY_BYTES})")]
    EntryTooLong(usize),
    #[error("a package has {0} hashes, more than {MAX_PACKAGE_HASHES}")]
    TooManyHashes(u8),
    #[error("a text of {0} bytes is longer than its length can say")]
    TooLong(usize),
    #[error("the answer is not two numbers and a ticket, a line each")]
    Info,
}

/// What stands before the packages.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UploadHead {
    /// Name of the log. Any bytes, since one that is no text is merely unknown.
    pub origin: Vec<u8>,
    /// Leaf of the first entry sent.
    pub start: u64,
    /// Leaves of the checkpoint that the packages are proven to be part of.
    pub end: u64,
    /// What the mirror gave out before, or nothing.
    pub ticket: Vec<u8>,
}

impl UploadHead {
    /// Reads it from the beginning of a body: it, and how many bytes it has; `None` where more are needed.
    ///
    /// # Errors
    /// [`MirrorError::Order`].
    pub fn read(bytes: &[u8]) -> Result<Option<(Self, usize)>, MirrorError> {
        let mut rest = bytes;
        let Some((origin, start, end, ticket)) = take_head(&mut rest) else { return Ok(None) };
        if start > end {
            return Err(MirrorError::Order { start, end });
        }
        let head = Self { origin: origin.to_vec(), start, end, ticket: ticket.to_vec() };
        Ok(Some((head, bytes.len().saturating_sub(rest.len()))))
    }

    /// Writes it.
    ///
    /// # Errors
    /// [`MirrorError::TooLong`].
    pub fn to_bytes(&self) -> Result<Vec<u8>, MirrorError> {
        let length = |text: &[u8]| u16::try_from(text.len()).map_err(|_| MirrorError::TooLong(text.len()));
        let mut bytes = length(&self.origin)?.to_be_bytes().to_vec();
        bytes.extend_from_slice(&self.origin);
        bytes.extend_from_slice(&self.start.to_be_bytes());
        bytes.extend_from_slice(&self.end.to_be_bytes());
        bytes.extend_from_slice(&length(&self.ticket)?.to_be_bytes());
        bytes.extend_from_slice(&self.ticket);
        Ok(bytes)
    }

    /// The origin for a message, no longer than a name may be.
    #[must_use]
    pub fn shown_origin(&self) -> String {
        let text = String::from_utf8_lossy(&self.origin);
        text.chars().filter(|c| !c.is_control()).take(MAX_NAME_BYTES).collect()
    }
}

fn take_head<'a>(rest: &mut &'a [u8]) -> Option<(&'a [u8], u64, u64, &'a [u8])> {
    Some((take_text(rest)?, take_number(rest)?, take_number(rest)?, take_text(rest)?))
}

fn take_text<'a>(rest: &mut &'a [u8]) -> Option<&'a [u8]> {
    let (length, after) = rest.split_first_chunk::<2>()?;
    let (text, after) = after.split_at_checked(usize::from(u16::from_be_bytes(*length)))?;
    *rest = after;
    Some(text)
}

fn take_number(rest: &mut &[u8]) -> Option<u64> {
    let (number, after) = rest.split_first_chunk::<8>()?;
    *rest = after;
    Some(u64::from_be_bytes(*number))
}

/// Which entries a package holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Span {
    /// First leaf of the run that is proven: a multiple of 256.
    pub first: u64,
    /// First leaf that is sent.
    pub start: u64,
    /// Leaf after the last.
    pub end: u64,
}

impl Span {
    /// The package at `start` of an upload that ends at `end`; `None` at the end.
    #[must_use]
    pub fn at(start: u64, end: u64) -> Option<Self> {
        let first = start - start % PACKAGE_ENTRIES;
        (start < end).then(|| Self { first, start, end: end.min(first.saturating_add(PACKAGE_ENTRIES)) })
    }

    /// The run that its proof is about.
    #[must_use]
    pub fn run(&self) -> Subtree {
        Subtree { start: self.first, end: self.end }
    }
}

/// A package as it stands in a body.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Package<'a> {
    /// The entries as in an entry bundle (C2SP `tlog-tiles`): the two are spelt alike.
    pub bundle: &'a [u8],
    pub proof: Vec<Hash>,
}

impl<'a> Package<'a> {
    /// Reads it from the beginning of bytes: it, and how many bytes it has; `None` where more are needed. Reading a
    /// package again with more bytes costs 256 steps.
    ///
    /// # Errors
    /// As soon as a length is above its limit.
    pub fn read(bytes: &'a [u8], span: &Span) -> Result<Option<(Self, usize)>, MirrorError> {
        let mut rest = bytes;
        for _ in span.start..span.end {
            let Some((length, after)) = rest.split_first_chunk::<2>() else { return Ok(None) };
            let length = usize::from(u16::from_be_bytes(*length));
            if length > MAX_ENTRY_BYTES {
                return Err(MirrorError::EntryTooLong(length));
            }
            let Some((_, after)) = after.split_at_checked(length) else { return Ok(None) };
            rest = after;
        }
        let (bundle, _) = bytes.split_at(bytes.len().saturating_sub(rest.len()));
        let Some((count, after)) = rest.split_first() else { return Ok(None) };
        if usize::from(*count) > MAX_PACKAGE_HASHES {
            return Err(MirrorError::TooManyHashes(*count));
        }
        let length = usize::from(*count).saturating_mul(HASH_BYTES);
        let Some((hashes, after)) = after.split_at_checked(length) else { return Ok(None) };
        let proof = hashes.as_chunks::<HASH_BYTES>().0.to_vec();
        Ok(Some((Self { bundle, proof }, bytes.len().saturating_sub(after.len()))))
    }

    /// Writes it behind what is there.
    ///
    /// # Errors
    /// [`MirrorError::TooManyHashes`].
    pub fn push_to(&self, bytes: &mut Vec<u8>) -> Result<(), MirrorError> {
        let count = u8::try_from(self.proof.len()).unwrap_or(u8::MAX);
        if usize::from(count) > MAX_PACKAGE_HASHES {
            return Err(MirrorError::TooManyHashes(count));
        }
        bytes.extend_from_slice(self.bundle);
        bytes.push(count);
        self.proof.iter().for_each(|hash| bytes.extend_from_slice(hash));
        Ok(())
    }
}

/// The body of a 409 or 202 answer: where the mirror stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MirrorInfo {
    /// Leaves of a checkpoint that an upload may end at.
    pub size: u64,
    /// The first leaf that the mirror has not.
    pub next: u64,
    /// To be sent back; may be empty.
    pub ticket: Vec<u8>,
}

impl MirrorInfo {
    /// Reads it.
    ///
    /// # Errors
    /// [`MirrorError::Info`].
    pub fn parse(bytes: &[u8]) -> Result<Self, MirrorError> {
        let text = std::str::from_utf8(bytes).ok().filter(|text| text.len() <= MAX_INFO_BYTES);
        let mut lines = text.and_then(|text| text.strip_suffix('\n')).ok_or(MirrorError::Info)?.split('\n');
        let mut line = || lines.next().ok_or(MirrorError::Info);
        let (size, next, ticket) = (line()?, line()?, line()?);
        let info = Self {
            size: decimal(size).ok_or(MirrorError::Info)?,
            next: decimal(next).ok_or(MirrorError::Info)?,
            ticket: base64_bytes(ticket).ok_or(MirrorError::Info)?,
        };
        let is_whole = lines.next().is_none() && info.ticket.len() <= MAX_TICKET_BYTES;
        if is_whole { Ok(info) } else { Err(MirrorError::Info) }
    }
}

impl std::fmt::Display for MirrorInfo {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}\n{}\n{}\n", self.size, self.next, base64_text(&self.ticket))
    }
}

#[cfg(test)]
#[path = "mirror_tests.rs"]
mod tests;
