//! Cloudflare's `signed_note` and `tlog_tiles`, ports of what the Go checksum database runs on: note, checkpoint,
//! tiles, proofs. They name a tile with its height, `tile/8/0/000`, which C2SP `tlog-tiles` leaves out.
//!
//! Tiles are walked here, with their hash functions, and not by their `TileHashReader`: version 0.2.0 compares full
//! tiles with their parents only from the place `stx.len()` of its list on, and where several subtrees of the right
//! edge share a tile, that skips some. At 70 000 leaves it takes a flipped `tile/1/000`.

use super::log::Export;
use signed_note::{Note, StandardVerifier, VerifierList};
use tlog_tiles::{
    Checkpoint, Error, Hash, HashReader, Tile, check_record, check_tree, record_hash, stored_hash_index,
    tree_hash,
};

/// The tiles of an export, believed as they are.
struct Tiles<'a> {
    export: &'a Export,
    size: u64,
}

impl Tiles<'_> {
    fn read(&self, tile: &Tile) -> Result<&[u8], Error> {
        let path = tile.path().replacen("tile/8/", "tile/", 1);
        let width = usize::try_from(tile.width()).unwrap() * 32;
        let bytes = self.export.tiles.get(&path).filter(|bytes| bytes.len() == width);
        bytes.map(Vec::as_slice).ok_or_else(|| Error::InvalidInput(format!("no {path} of {width} bytes")))
    }

    fn hash(&self, level: u8, index: u64) -> Result<Hash, Error> {
        self.hash_at(stored_hash_index(level, index))
    }

    fn hash_at(&self, place: u64) -> Result<Hash, Error> {
        let tile = Tile::from_index(8, place).parent(0, self.size).ok_or(Error::IndexesNotInTree)?;
        tile.hash_at_index(self.read(&tile)?, place)
    }

    /// Every full tile has the hash that stands for it in the tile above.
    fn check_parents(&self) -> Result<(), String> {
        for level in 0..7_u8 {
            for index in 0..self.size >> (8 * (level + 1)) {
                let tile = Tile::new(8, level, index, 256, false);
                let found = Tile::subtree_hash(self.read(&tile).map_err(|error| error.to_string())?);
                let above = self.hash(8 * (level + 1), index).map_err(|error| error.to_string())?;
                if found != above {
                    return Err(format!("{} is not what the tile above says", tile.path()));
                }
            }
        }
        Ok(())
    }
}

impl HashReader for Tiles<'_> {
    fn read_hashes(&self, places: &[u64]) -> Result<Vec<Hash>, Error> {
        places.iter().map(|place| self.hash_at(*place)).collect()
    }
}

/// Opens the checkpoint with the log's key; gives size and root.
pub fn open(checkpoint: &[u8], vkey: &str) -> Result<(u64, Hash), String> {
    let verifier = StandardVerifier::new(vkey).map_err(|error| error.to_string())?;
    let known = VerifierList::new(vec![Box::new(verifier)]);
    let note = Note::from_bytes(checkpoint).map_err(|error| error.to_string())?;
    note.verify(&known).map_err(|error| error.to_string())?;
    let checkpoint = Checkpoint::from_bytes(note.text()).map_err(|error| error.to_string())?;
    if vkey.split('+').next() != Some(checkpoint.origin()) || !checkpoint.extension().is_empty() {
        return Err("another origin, or extension lines".to_owned());
    }
    Ok((checkpoint.size(), *checkpoint.hash()))
}

/// The whole log: signature, every tile up to the root, every entry against its leaf hash.
pub fn verify(export: &Export, vkey: &str) -> Result<u64, String> {
    let (size, root) = open(&export.checkpoint, vkey)?;
    if size != export.size {
        return Err("another size".to_owned());
    }
    let tiles = Tiles { export, size };
    if tree_hash(size, &tiles).map_err(|error| error.to_string())? != root {
        return Err("another root".to_owned());
    }
    tiles.check_parents()?;
    let entries = entries(export)?;
    if u64::try_from(entries.len()) != Ok(size) {
        return Err(format!("{} entries", entries.len()));
    }
    for (index, entry) in (0..).zip(&entries) {
        if tiles.hash(0, index).map_err(|error| error.to_string())? != record_hash(entry) {
            return Err(format!("entry {index} is another"));
        }
    }
    Ok(size)
}

/// The entries of all bundles in order: `u16be` length and bytes, repeated.
pub fn entries(export: &Export) -> Result<Vec<Vec<u8>>, String> {
    let mut entries = Vec::new();
    for first in (0..export.size).step_by(256) {
        let data = Tile::new(8, 0, first / 256, u32::try_from((export.size - first).min(256)).unwrap(), true);
        let path = data.path().replacen("tile/8/data/", "tile/entries/", 1);
        let mut rest = export.tiles.get(&path).ok_or(format!("no {path}"))?.as_slice();
        while let Some((length, after)) = rest.split_first_chunk::<2>() {
            let length = usize::from(u16::from_be_bytes(*length));
            let (entry, after) = after.split_at_checked(length).ok_or("an entry is cut")?;
            entries.push(entry.to_vec());
            rest = after;
        }
        if !rest.is_empty() {
            return Err("half a length at the end of a bundle".to_owned());
        }
    }
    Ok(entries)
}

fn proof(hashes: &[[u8; 32]]) -> Vec<Hash> {
    hashes.iter().map(|hash| Hash(*hash)).collect()
}

pub fn includes(hashes: &[[u8; 32]], (size, root): (u64, Hash), index: u64, entry: &[u8]) -> bool {
    check_record(&proof(hashes), size, root, index, record_hash(entry)).is_ok()
}

pub fn extends(hashes: &[[u8; 32]], (size, root): (u64, Hash), (old, old_root): (u64, Hash)) -> bool {
    check_tree(&proof(hashes), size, root, old, old_root).is_ok()
}
