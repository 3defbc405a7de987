//! A log that is read from its tiles: copied into a folder and re-executed on the way, as an agency's node does.

use crate::rebuild::mirror::copy;
use crate::rebuild::{Builder, RebuildError};
use crate::tiles::Tiles;
use ledger::checkpoint::{Checkpoint, CheckpointError};
use ledger::note::{self, Note, NoteError};
use ledger::store::scrub::Progress;
use ledger::store::{Store, StoreError, StoreOptions};
use std::path::Path;
use std::sync::Arc;

/// Why a log was not copied.
#[derive(Debug, thiserror::Error)]
pub enum CopyError {
    #[error("the log's checkpoint: {0}")]
    Note(#[from] NoteError),
    #[error("the log's checkpoint: {0}")]
    Checkpoint(#[from] CheckpointError),
    #[error(transparent)]
    Log(#[from] RebuildError),
    #[error("the copy: {0}")]
    Store(#[from] StoreError),
    #[error("the checkpoint is not signed by a key that the log's own entries name")]
    NotSigned,
}

/// Copies the log into this folder, which should be empty, with its signed checkpoint. Every block is re-executed,
/// and the tree is compared with the checkpoint; whether its first key is to be trusted is for the caller to know.
///
/// # Errors
/// [`CopyError`] names the first thing wrong.
pub fn copy_to(
    folder: &Path,
    tiles: &dyn Tiles,
    progress: &mut dyn FnMut(Progress),
) -> Result<Arc<Store>, CopyError> {
    let note = Note::parse(&tiles.checkpoint().map_err(RebuildError::from)?)?;
    let checkpoint: Checkpoint = note.text.parse()?;
    let options = StoreOptions { is_mirror: true, ..StoreOptions::new(&checkpoint.origin) };
    let store = Arc::new(Store::open(folder, &options)?);
    let mut builder = Builder::resume(Arc::clone(&store))?;
    let leaves_total = checkpoint.size;
    let mut told = |leaves_done| progress(Progress { leaves_done, leaves_total });
    copy(&mut builder, tiles, &checkpoint, &mut |_, _| Ok(Vec::new()), &mut told)?;
    let keys = builder.replay().ring().map(ledger::keyring::KeyRing::all_log_keys).unwrap_or_default();
    note::open(&note, &keys).map_err(|_| CopyError::NotSigned)?;
    let signatures = note.signatures.iter().filter(|line| keys.iter().any(|key| key.claims(line)));
    let signed = Note { text: note.text.clone(), signatures: signatures.cloned().collect() };
    store.put_note(checkpoint.size, &signed.to_string())?;
    builder.finish()?;
    Ok(store)
}
