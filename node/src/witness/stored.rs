//! What a witness remembers of one log: the checkpoint it cosigned last, with the signatures.
//!
//! One file a log, named by the SHA-256 of its origin, two slots overwritten in turn (see [`crate::slots`]).

use crate::slots::SlotFile;
use ledger::checkpoint::Checkpoint;
use ledger::note::Note;
use sha2::{Digest, Sha256};
use std::io::{Error, ErrorKind};
use std::path::Path;

const FIRST_LINE: &str = "xinji witness v1";

/// A cosigned checkpoint.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Stored {
    pub(super) checkpoint: Checkpoint,
    /// Signed by the log, cosigned by this witness.
    pub(super) note: Note,
}

/// The file of one log.
pub(super) struct StoredFile {
    file: SlotFile,
    origin: String,
}

/// SHA-256 of an origin, hexadecimal in lower case.
pub(super) fn origin_hash(origin: &str) -> String {
    hex::encode(Sha256::digest(origin))
}

impl StoredFile {
    pub(super) fn of(folder: &Path, origin: &str) -> Self {
        let file = SlotFile::large(folder.join(origin_hash(origin)));
        Self { file, origin: origin.to_owned() }
    }

    pub(super) fn path(&self) -> &Path {
        self.file.path()
    }

    /// What was cosigned last; it is on the disk when this returns, since it is shown and built on from now on.
    pub(super) fn read(&self) -> std::io::Result<Option<Stored>> {
        let Some(text) = self.file.read_kept()? else { return Ok(None) };
        let wrong = || Error::new(ErrorKind::InvalidData, "it holds no checkpoint of this log");
        let note =
            text.strip_prefix(FIRST_LINE).and_then(|text| text.strip_prefix('\n')).ok_or_else(wrong)?;
        let note = Note::parse(note.as_bytes()).map_err(|_| wrong())?;
        let checkpoint: Checkpoint = note.text.parse().map_err(|_| wrong())?;
        if checkpoint.origin == self.origin { Ok(Some(Stored { checkpoint, note })) } else { Err(wrong()) }
    }

    /// Returns once it is on the disk.
    pub(super) fn write(&self, stored: &Stored) -> std::io::Result<()> {
        self.file.write(&format!("{FIRST_LINE}\n{}", stored.note))
    }
}
