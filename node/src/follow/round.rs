//! One look at the log: is there a new checkpoint, does it continue what was seen, are its entries what it says.

use super::remote::{RemoteError, RemoteTree};
use super::{Follower, Phase, Seen, Way, Work};
use crate::slots::SlotFile;
use crate::tiles::{Ends, TileBlocks, Tiles, TilesError};
use ledger::checkpoint::Checkpoint;
use ledger::entry::Entry;
use ledger::evidence::Wrong;
use ledger::header::Header;
use ledger::merkle::{self, MerkleError};
use ledger::note::{self, Note, SignatureLine};
use ledger::replay::ReplayError;
use ledger::store::StoreError;
use ledger::tile;

/// Blocks that are fetched and proven together: 16 384 entries at most are in memory.
const PIECE_BLOCKS_MAX: usize = 64;

/// Why a round ended early.
#[derive(Debug)]
pub(super) enum RoundError {
    /// The line, the server, or a copy that is behind: to be tried again.
    Line(String),
    /// The log did wrong; evidence is kept.
    Refused,
    Store(StoreError),
}

impl From<StoreError> for RoundError {
    fn from(error: StoreError) -> Self {
        Self::Store(error)
    }
}

impl From<TilesError> for RoundError {
    fn from(error: TilesError) -> Self {
        Self::Line(error.to_string())
    }
}

impl From<RemoteError> for RoundError {
    fn from(error: RemoteError) -> Self {
        Self::Line(error.to_string())
    }
}

impl Follower {
    /// Looks once at one place, and takes over what is new.
    pub(super) fn round(&self, tiles: &dyn Tiles, way: Way) -> Result<(), RoundError> {
        let bytes = tiles.checkpoint()?;
        let now_ms = self.config.clock.now_ms();
        let mut work = self.work();
        let shown = self.signed(&work, &bytes)?;
        let others = self.cosignatures(&bytes, shown.checkpoint.size);
        let is_behind = |seen: &Seen| shown.checkpoint.size < seen.checkpoint.size;
        let target = if way == Way::Pushed && work.seen.as_ref().is_some_and(is_behind) {
            // It cannot prove itself a part of what was fetched, which has more; `compare_pushed` does.
            shown
        } else {
            self.check_continues(tiles, &mut work, shown)?;
            let Some(seen) = work.seen.clone() else { return Ok(()) };
            seen
        };
        if way == Way::Fetched {
            self.compare_pushed(tiles, &mut work)?;
        }
        self.take(tiles, &mut work, &target, now_ms)?;
        for (size, line) in others {
            self.store.put_cosignature(size, &line)?;
        }
        Ok(self.record_own()?)
    }

    fn take(&self, tiles: &dyn Tiles, work: &mut Work, seen: &Seen, now_ms: u64) -> Result<(), RoundError> {
        self.progress.change(|status| {
            status.seen = status.seen.max(seen.checkpoint.size);
            status.seen_ms = now_ms;
        });
        self.pull(tiles, work, seen)?;
        self.finish(work, seen)
    }

    /// The last checkpoint that was pushed and the last that was fetched are of one log: each continues its own
    /// kind, so that one comparison after each step of either is enough.
    fn compare_pushed(&self, tiles: &dyn Tiles, work: &mut Work) -> Result<(), RoundError> {
        let pushed = self.intake().and_then(|intake| intake.last());
        let (Some(pushed), Some(seen)) = (pushed, work.seen.clone()) else { return Ok(()) };
        let sizes = (pushed.checkpoint.size, seen.checkpoint.size);
        if work.compared == Some(sizes) {
            return Ok(());
        }
        if sizes.0 == sizes.1 {
            if pushed.checkpoint.root != seen.checkpoint.root {
                self.refuse(&Wrong::TwoRoots { first: seen.note, second: pushed.note });
                return Err(RoundError::Refused);
            }
        } else if sizes.0 < sizes.1 {
            self.prove_prefix(tiles, &pushed, &seen)?;
        } else if self.store.tip()?.size >= sizes.0 {
            self.prove_prefix(tiles, &seen, &pushed)?;
        } else {
            // The pushed entries are compared as they are taken, see `check_continues`.
            return Ok(());
        }
        work.compared = Some(sizes);
        Ok(())
    }

    /// What witnesses of the policy say below a checkpoint, for the record of who cosigned when.
    fn cosignatures(&self, bytes: &[u8], size: u64) -> Vec<(u64, SignatureLine)> {
        let Ok(note) = Note::parse(bytes) else { return Vec::new() };
        let witnesses = self.config.policy.policy().witnesses();
        let is_right = |line: &SignatureLine| {
            let mut keys = witnesses.iter().map(|witness| &witness.vkey);
            keys.any(|vkey| vkey.claims(line) && vkey.verify(&note.text, line).is_ok())
        };
        let is_new = |line: &SignatureLine| matches!(self.store.cosignature(size, line.key_id), Ok(None));
        let lines = note.signatures.iter().filter(|line| is_right(line) && is_new(line));
        lines.map(|line| (size, line.clone())).collect()
    }

    fn signed(&self, work: &Work, bytes: &[u8]) -> Result<Seen, RoundError> {
        let line = |why: String| RoundError::Line(format!("the checkpoint: {why}"));
        let note = Note::parse(bytes).map_err(|error| line(error.to_string()))?;
        let keys = self.keys(work.replay.ring());
        note::open(&note, &keys).map_err(|error| line(error.to_string()))?;
        let checkpoint: Checkpoint = note.text.parse().map_err(|error| line(format!("{error}")))?;
        if checkpoint.origin != self.config.origin {
            let found = &checkpoint.origin;
            return Err(line(format!("it is of the log {found}, this node follows {}", self.config.origin)));
        }
        // Only what the log itself signed is kept.
        let signatures = note.signatures.into_iter().filter(|line| keys.iter().any(|key| key.claims(line)));
        Ok(Seen { checkpoint, note: Note { text: note.text, signatures: signatures.collect() } })
    }

    /// Compares with the last checkpoint seen, and remembers the new one before anything is built on it.
    fn check_continues(&self, tiles: &dyn Tiles, work: &mut Work, shown: Seen) -> Result<(), RoundError> {
        let new = &shown.checkpoint;
        if let Some(seen) = &work.seen {
            let old = &seen.checkpoint;
            if new.size == old.size {
                if new.root == old.root {
                    return Ok(());
                }
                let (first, second) = (seen.note.clone(), shown.note);
                self.refuse(&Wrong::TwoRoots { first, second });
                return Err(RoundError::Refused);
            }
            let (older, newer) = if new.size < old.size { (&shown, seen) } else { (seen, &shown) };
            self.prove_prefix(tiles, older, newer)?;
            if new.size < old.size {
                return Err(RoundError::Line(format!(
                    "the log shows an old checkpoint, of {} leaves; {} were seen before",
                    new.size, old.size
                )));
            }
        }
        let kept = self.seen_file.write(&shown.note.to_string());
        kept.map_err(|error| not_kept(&self.seen_file, &error))?;
        work.seen = Some(shown);
        Ok(())
    }

    /// That the newer tree begins with the older one. The proof is made from the log's tiles, or, where the newer
    /// one is replayed already, from this node's own.
    fn prove_prefix(&self, tiles: &dyn Tiles, older: &Seen, newer: &Seen) -> Result<(), RoundError> {
        let (old, new) = (&older.checkpoint, &newer.checkpoint);
        let is_own = self.store.tip()?.size >= new.size;
        let (proof, found) = if is_own {
            (self.store.consistency_proof(old.size, new.size)?, self.store.root_at(old.size)?)
        } else {
            let mut remote = RemoteTree::new(tiles, new.size);
            (remote.consistency(old.size)?, remote.prefix_root(old.size)?)
        };
        match merkle::verify_consistency(old.size, new.size, &proof, &found, &new.root) {
            Ok(()) if found == old.root => Ok(()),
            Ok(()) => {
                let (older, newer) = (older.note.clone(), newer.note.clone());
                self.refuse(&Wrong::Fork { older, newer, prefix_root: found, proof });
                Err(RoundError::Refused)
            }
            Err(error) => Err(unproven(&error)),
        }
    }

    /// Fetches, proves, re-executes and stores what the checkpoint has and this node has not.
    fn pull(&self, tiles: &dyn Tiles, work: &mut Work, seen: &Seen) -> Result<(), RoundError> {
        let end = seen.checkpoint.size;
        let mut tip = self.store.tip()?;
        if tip.size < end {
            self.progress.change(|status| status.enter(Phase::Replaying));
        }
        let mut blocks = TileBlocks::new(tiles, tip.size, end);
        while tip.size < end {
            if self.progress.status().refusal.is_some() {
                return Err(RoundError::Refused);
            }
            let piece = self.piece(tiles, &mut blocks, &seen.checkpoint)?;
            for bundle in &piece {
                self.store.check_ready()?;
                let before = work.replay.parent().copied();
                let block = match work.replay.block(bundle, self.store.as_ref()) {
                    Ok(block) => block,
                    Err(ReplayError::Store(error)) => return Err(error.into()),
                    Err(error) => {
                        let found = self.bad_block(tiles, seen, before, bundle, &error);
                        // Half a block may be executed; where the evidence could not be made it is tried again.
                        work.replay = self.store.replay()?;
                        return Err(found);
                    }
                };
                tip = self.store.commit(&block, false)?;
            }
            self.store.make_durable()?;
            let sealed_ms = work.replay.parent().map_or(0, |parent| parent.body.batch.at_ms);
            self.progress.change(|status| {
                status.replayed = tip.size;
                status.blocks = tip.blocks;
                status.sealed_ms = sealed_ms;
            });
        }
        Ok(())
    }

    /// Some whole blocks whose leaves are proven to be those of the signed tree.
    fn piece(
        &self,
        tiles: &dyn Tiles,
        blocks: &mut TileBlocks<'_>,
        signed: &Checkpoint,
    ) -> Result<Vec<Vec<u8>>, RoundError> {
        let mut tree = self.store.compact_tree()?;
        let mut piece = Vec::new();
        while piece.len() < PIECE_BLOCKS_MAX && tree.size() < signed.size {
            let (bundle, ends) = blocks.next_leaves()?;
            if bundle.is_empty() {
                break;
            }
            for entry in tile::entries(&bundle) {
                let entry = entry.map_err(|error| RoundError::Line(error.to_string()))?;
                tree.append(merkle::leaf_hash(entry));
            }
            piece.push(bundle);
            // What is no block is proven too; replaying it then says so.
            if ends != Ends::Seal {
                break;
            }
        }
        if piece.is_empty() {
            return Err(RoundError::Line("the log's tiles end before its checkpoint".to_owned()));
        }
        let proof = RemoteTree::new(tiles, signed.size).consistency(tree.size())?;
        merkle::verify_consistency(tree.size(), signed.size, &proof, &tree.root(), &signed.root)
            .map_err(|error| unproven(&error))?;
        Ok(piece)
    }

    /// The leaves are those of the signed tree, so what is wrong with the block is the log's doing.
    fn bad_block(
        &self,
        tiles: &dyn Tiles,
        seen: &Seen,
        parent: Option<Header>,
        bundle: &[u8],
        error: &ReplayError,
    ) -> RoundError {
        match self.evidence_of(tiles, seen, parent, bundle, error) {
            Ok(wrong) => {
                self.refuse(&wrong);
                RoundError::Refused
            }
            Err(error) => error,
        }
    }

    fn evidence_of(
        &self,
        tiles: &dyn Tiles,
        seen: &Seen,
        parent: Option<Header>,
        bundle: &[u8],
        error: &ReplayError,
    ) -> Result<Wrong, RoundError> {
        let before = self.store.compact_tree()?;
        let (first_index, peaks) = (before.size(), before.peaks().to_vec());
        let mut after = before;
        let mut block = Vec::new();
        for entry in tile::entries(bundle).flatten() {
            after.append(merkle::leaf_hash(entry));
            tile::push_entry(&mut block, entry).map_err(|error| RoundError::Line(error.to_string()))?;
            // What is no entry is wrong by itself. Leaves may be longer than entries: more of them than needed could
            // make the evidence longer than anybody reads.
            if Entry::decode_strict(entry).is_err() {
                break;
            }
        }
        let parent = match (parent, first_index.checked_sub(1)) {
            (Some(header), Some(last)) => Some((header, self.store.inclusion_proof(last, first_index)?)),
            _ => None,
        };
        let proof = RemoteTree::new(tiles, seen.checkpoint.size).consistency(after.size())?;
        Ok(Wrong::BadBlock {
            note: seen.note.clone(),
            first_index,
            peaks,
            parent,
            block,
            proof,
            reason: error.to_string(),
        })
    }

    /// Everything up to the checkpoint is replayed: keep its note, learn its keys, recompute disclosed scores.
    fn finish(&self, work: &mut Work, seen: &Seen) -> Result<(), RoundError> {
        let size = seen.checkpoint.size;
        if self.store.note(size)?.is_none() {
            self.store.put_note(size, &seen.note.to_string())?;
        }
        self.view.publish(size);
        let keys = self.keys(work.replay.ring());
        if let Err(error) = self.trust(keys) {
            tracing::error!(%error, "the witnesses cannot take the log's keys over");
        }
        if let Some(disclosed) = &self.config.disclosed {
            let found = disclosed.check(&self.view);
            self.progress.change(|status| status.take_scores(&found));
        }
        self.progress.change(|status| {
            status.failures = 0;
            status.last_error = None;
            status.enter(if status.wrong_scores > 0 { Phase::Alarm } else { Phase::Following });
        });
        metrics::gauge!("follow_leaves").set(approximate(size));
        Ok(())
    }
}

/// The last checkpoint seen cannot be put on the disk.
pub(super) fn not_kept(file: &SlotFile, error: &std::io::Error) -> StoreError {
    StoreError::Folder { path: file.path().to_path_buf(), reason: error.to_string() }
}

fn unproven(error: &MerkleError) -> RoundError {
    RoundError::Line(format!("the log's tiles are not those of its checkpoint ({error})"))
}

/// A number for a gauge.
fn approximate(number: u64) -> f64 {
    f64::from(u32::try_from(number).unwrap_or(u32::MAX))
}
