//! What was pushed, as a place to read a log from: so it goes through the same proofs and the same replay as what is
//! fetched.

use super::pending::Pending;
use crate::tiles::{Tiles, TilesError};
use ledger::note::Note;
use ledger::tile::TilePath;

/// How messages name it.
pub(super) const PLACE: &str = "what was pushed to /mirror/add-entries";

/// The log up to a checkpoint whose entries are all here.
pub(super) struct Pushed<'a> {
    pub(super) pending: &'a Pending,
    pub(super) note: Note,
}

impl Tiles for Pushed<'_> {
    fn checkpoint(&self) -> Result<Vec<u8>, TilesError> {
        Ok(self.note.to_string().into_bytes())
    }

    fn tile(&self, path: &TilePath) -> Result<Vec<u8>, TilesError> {
        self.pending.tile(path).map_err(|error| TilesError::Unreadable {
            place: format!("{PLACE}: {path}"),
            why: error.to_string(),
        })
    }

    fn place(&self) -> String {
        PLACE.to_owned()
    }
}
