//! Checkpoints (C2SP `tlog-checkpoint`): origin, size and root of the log, signed as a note. No extension
//! lines, since witnesses refuse them and no monitor can audit them.

use std::fmt;
use std::str::FromStr;

use crate::encoding::{base64_hash, base64_text, decimal};
use crate::merkle::{Hash, MAX_TREE_SIZE, empty_root};
use crate::note::{self, Note, NoteError, Signer, Vkey, is_key_name};

/// Why a text is not a checkpoint, or not one to believe.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CheckpointError {
    #[error("a checkpoint has three lines: origin, size, root")]
    Lines,
    #[error("the origin is not a key name")]
    Origin,
    #[error("the size is not a decimal of at most {MAX_TREE_SIZE}")]
    Size,
    #[error("the root is not the base64 of 32 bytes")]
    Root,
    #[error("an empty log has another root")]
    EmptyRoot,
    #[error("the checkpoint is of {found}, the log key is of {expected}")]
    WrongOrigin { expected: String, found: String },
    #[error(transparent)]
    Note(#[from] NoteError),
}

/// The state of a log at one size.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Checkpoint {
    /// Identity of the log and name of its key.
    pub origin: String,
    /// Number of leaves.
    pub size: u64,
    pub root: Hash,
}

impl Checkpoint {
    /// Signs the checkpoint; the signer's name should be the origin.
    #[must_use]
    pub fn sign(&self, signer: &Signer) -> Note {
        let text = self.to_string();
        // A log key does not sign a time.
        let line = signer.sign(&text, 0);
        Note { text, signatures: vec![line] }
    }

    /// The same with a line of each signer, in their order: while one key takes another's place, both sign.
    #[must_use]
    pub fn sign_all(&self, signers: &[Signer]) -> Note {
        let text = self.to_string();
        let signatures = signers.iter().map(|signer| signer.sign(&text, 0)).collect();
        Note { text, signatures }
    }

    /// Reads a note and believes its checkpoint if this log key signed it and it is of that log.
    ///
    /// # Errors
    /// [`CheckpointError`] says what is malformed or not signed.
    pub fn open(bytes: &[u8], log: &Vkey) -> Result<(Self, Note), CheckpointError> {
        let note = Note::parse(bytes)?;
        note::open(&note, std::slice::from_ref(log))?;
        let checkpoint: Self = note.text.parse()?;
        if checkpoint.origin != log.name() {
            return Err(CheckpointError::WrongOrigin {
                expected: log.name().to_owned(),
                found: checkpoint.origin,
            });
        }
        Ok((checkpoint, note))
    }
}

impl FromStr for Checkpoint {
    type Err = CheckpointError;

    /// Reads a note text; it is the only spelling of the checkpoint returned.
    fn from_str(text: &str) -> Result<Self, CheckpointError> {
        let body = text.strip_suffix('\n').ok_or(CheckpointError::Lines)?;
        let mut lines = body.split('\n');
        let (Some(origin), Some(size), Some(root), None) =
            (lines.next(), lines.next(), lines.next(), lines.next())
        else {
            return Err(CheckpointError::Lines);
        };
        if !is_key_name(origin) {
            return Err(CheckpointError::Origin);
        }
        let size = decimal(size).filter(|size| *size <= MAX_TREE_SIZE).ok_or(CheckpointError::Size)?;
        let root = base64_hash(root).ok_or(CheckpointError::Root)?;
        if size == 0 && root != empty_root() {
            return Err(CheckpointError::EmptyRoot);
        }
        Ok(Self { origin: origin.to_owned(), size, root })
    }
}

impl fmt::Display for Checkpoint {
    /// The note text.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{}\n{}\n{}", self.origin, self.size, base64_text(&self.root))
    }
}

#[cfg(test)]
#[path = "checkpoint_tests.rs"]
mod tests;
