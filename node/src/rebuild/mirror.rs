//! Blocks from somebody's tiles. A block is believed because the log's key sealed it and it follows the one before;
//! the tree, because the mirror's checkpoint is signed by that key and says the same.

use super::notes::{KeptNote, KeptOf, sign_again};
use super::{Builder, Known, RebuildError, raise_guard};
use crate::tiles::{TileBlocks, Tiles, TilesError};
use crate::view::LedgerView;
use ledger::checkpoint::{Checkpoint, CheckpointError};
use ledger::header::Header;
use ledger::merkle::Hash;
use ledger::note::{Note, NoteError, Signer, Vkey};
use ledger::store::StoreTip;
use std::sync::Arc;

/// Causes of the entries of a block, where somebody knows them: number and header of the block are given.
pub type CausesOf<'a> = dyn FnMut(u32, &Header) -> Result<Vec<Option<Hash>>, RebuildError> + 'a;

/// The checkpoint of a mirror, if one of these log keys signed it.
///
/// # Errors
/// [`RebuildError::Checkpoint`]; failures of reading.
pub fn checkpoint_of(tiles: &dyn Tiles, log_keys: &[Vkey]) -> Result<(Checkpoint, String), RebuildError> {
    let bytes = tiles.checkpoint()?;
    let mut opened = Err(CheckpointError::Note(NoteError::NoKnownSignature));
    for key in log_keys {
        opened = Checkpoint::open(&bytes, key).map(|(checkpoint, _)| checkpoint);
        if opened.is_ok() {
            break;
        }
    }
    let checkpoint = opened.map_err(|error| RebuildError::Checkpoint { place: tiles.place(), error })?;
    Ok((checkpoint, String::from_utf8_lossy(&bytes).into_owned()))
}

/// Adds the blocks up to `checkpoint` and compares the tree with it. `progress` is told the leaves so far.
///
/// # Errors
/// [`RebuildError`] names the first block that is wrong.
pub fn copy(
    builder: &mut Builder,
    tiles: &dyn Tiles,
    checkpoint: &Checkpoint,
    causes: &mut CausesOf<'_>,
    progress: &mut dyn FnMut(u64),
) -> Result<StoreTip, RebuildError> {
    let mut tip = builder.store().tip()?;
    let mut blocks = TileBlocks::new(tiles, tip.size, checkpoint.size);
    while let Some(bundle) = blocks.next_block()? {
        let number = builder.next_block()?;
        let header = header_of(&bundle, number)?;
        tip = builder.add(&bundle, &causes(number, &header)?)?;
        progress(tip.size);
    }
    builder.check(Known { size: checkpoint.size, root: checkpoint.root, by: "the mirror's checkpoint" })?;
    Ok(tip)
}

/// The header inside the seal that ends a block.
fn header_of(bundle: &[u8], number: u32) -> Result<Header, RebuildError> {
    let seal = ledger::tile::entries(bundle).flatten().last().map(ledger::entry::Entry::decode_strict);
    match seal {
        Some(Ok(ledger::entry::Entry::Seal(header))) => Ok(header),
        _ => Err(RebuildError::Source { block: number, what: "its seal cannot be read".to_owned() }),
    }
}

/// What is kept, and where that has nothing for this size, the checkpoint that somebody shows.
pub fn or_shown<'a>(
    kept: &'a mut KeptOf<'_>,
    size: u64,
    note: &'a str,
) -> impl FnMut(u64) -> Result<Option<KeptNote>, RebuildError> + 'a {
    move |asked| match kept(asked)? {
        None if asked == size => Ok(Some(KeptNote::Shown(note.to_owned()))),
        found => Ok(found),
    }
}

/// A standby's copy of the active operator's log: grows behind it, shows what it shows, signs nothing new.
pub struct Follower {
    builder: Builder,
    view: Arc<LedgerView>,
    signers: Vec<Signer>,
}

impl Follower {
    /// Goes on where the store of this view ends.
    ///
    /// # Errors
    /// When the store cannot be read or shows damage.
    pub fn resume(view: Arc<LedgerView>, signers: Vec<Signer>) -> Result<Self, RebuildError> {
        Ok(Self { builder: Builder::resume(Arc::clone(view.store()))?, view, signers })
    }

    /// The blocks are added to here.
    pub fn builder(&mut self) -> &mut Builder {
        &mut self.builder
    }

    /// Takes over what the active operator has published since; gives the size. Its checkpoints are signed again
    /// rather than copied, since those between two looks are served by nobody: the log keys are here, the trees are
    /// under a published one, and the bytes are the same. `kept` is asked before the newest checkpoint, which is shown.
    ///
    /// # Errors
    /// [`RebuildError`]; [`RebuildError::Behind`] is no alarm, the active operator has just been replaced or restarted.
    pub fn pull(
        &mut self,
        tiles: &dyn Tiles,
        causes: &mut CausesOf<'_>,
        kept: &mut KeptOf<'_>,
    ) -> Result<u64, RebuildError> {
        let keys: Vec<Vkey> = self.signers.iter().map(|signer| signer.vkey().clone()).collect();
        let (checkpoint, note) = checkpoint_of(tiles, &keys)?;
        let have = self.builder.store().tip()?.size;
        if checkpoint.size < have {
            return Err(RebuildError::Behind { place: tiles.place(), have: checkpoint.size, known: have });
        }
        copy(&mut self.builder, tiles, &checkpoint, causes, &mut |_| {})?;
        if checkpoint.size > self.view.published_size() {
            self.show(checkpoint.size, &mut or_shown(kept, checkpoint.size, &note))?;
        }
        self.take_cosignatures(tiles, &note)?;
        Ok(checkpoint.size)
    }

    /// Takes over what the witnesses have told the active operator, who alone asks them: so that nothing of finality is
    /// missing here.
    fn take_cosignatures(&self, tiles: &dyn Tiles, newest: &str) -> Result<(), RebuildError> {
        if self.view.witness_policy().witnesses().is_empty() {
            return Ok(());
        }
        let last_final = match tiles.last_final() {
            Err(TilesError::Absent { .. }) => Vec::new(),
            read => read?,
        };
        for note in [newest.as_bytes(), &last_final] {
            if let Ok(note) = Note::parse(note) {
                self.view.take_cosignatures(&note)?;
            }
        }
        Ok(())
    }

    /// Makes the blocks up to `size` durable, signs their checkpoints again and shows them. `size` must be published,
    /// or covered by the tip row of which this process has just become the owner.
    ///
    /// # Errors
    /// Failures of the disk.
    pub fn show(&mut self, size: u64, kept: &mut KeptOf<'_>) -> Result<(), RebuildError> {
        self.builder.finish()?;
        raise_guard(self.builder.store(), size)?;
        sign_again(self.builder.store(), &self.signers, size, kept)?;
        self.view.publish(size);
        Ok(())
    }
}
