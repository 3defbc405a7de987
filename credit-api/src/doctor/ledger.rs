//! Where the log ends and what it is made of, as six places say: the ledger folder, its sign guard, the tip row, the
//! records of blocks and of checkpoints, the marks of the outbox. And each mirror that was named, tile by tile.

use ledger::checkpoint::Checkpoint;
use ledger::merkle::{self, Hash};
use ledger::store::Store;
use ledger::tile::{self, TileKind, TilePath, WIDTH};
use node::guard::SignGuard;
use node::rebuild::mirror::checkpoint_of;
use node::tiles::{Tiles, tiles_at};
use node::tip::{EntryRef, Tip, TipRow};
use node::view::LedgerView;

use super::{DoctorError, Report};
use crate::anchoring::entries::cause_of;
use crate::anchoring::outbox::{self, OutboxRow};
use crate::anchoring::tip::DatabaseTip;
use crate::anchoring::{AnchorError, blocks, notes};
use crate::service::Service;
use crate::store::DbConnection;

/// Recorded blocks, and outbox rows, read together.
const AT_ONCE: i64 = 1_024;

/// What is compared.
pub(super) struct Ends<'a> {
    pub(super) service: &'a Service,
    pub(super) ledger: &'a LedgerView,
    /// The tip row, in the same state of the database as everything else.
    pub(super) row: Option<Tip>,
}

impl Ends<'_> {
    /// Compares them. The first difference of each kind is enough: what follows it differs too.
    pub(super) fn examine(
        &self,
        connection: &mut DbConnection,
        mirrors: &[String],
        report: &mut Report,
        progress: &mut dyn FnMut(&str, u64),
    ) -> Result<(), DoctorError> {
        let store = self.ledger.store();
        self.ends(report)?;
        record(connection, store, self.row.map_or(0, |row| row.size), report, progress)?;
        published(connection, store, report)?;
        marks(connection, store, report, progress)?;
        for place in mirrors {
            if let Err(what) = mirror(tiles_at(place).as_ref(), self.ledger, progress) {
                report.finding(format!("mirror {place}"), what);
            }
            report.mirrors = report.mirrors.saturating_add(1);
        }
        Ok(())
    }

    /// Tip row and sign guard against the folder.
    fn ends(&self, report: &mut Report) -> Result<(), DoctorError> {
        let store = self.ledger.store();
        let have = store.tip().map_err(AnchorError::from)?.size;
        match self.row {
            Some(row) => {
                if let Some(what) = tree_differs(store, have, row.size, &row.root) {
                    report.finding("ledger_tip", what);
                }
            }
            None if have > 0 => {
                report.finding("ledger_tip", format!("the row is missing; the folder has {have} leaves"));
            }
            None => {}
        }
        match SignGuard::of(store.path()).read() {
            Ok(Some(guarded)) => {
                // The service may have gone on since the folder was opened.
                if guarded.size <= have
                    && let Some(what) = tree_differs(store, have, guarded.size, &guarded.root)
                {
                    report.finding("sign guard", what);
                }
                let now = DatabaseTip(self.service.database.clone()).read().map_err(AnchorError::from)?;
                if now.is_none_or(|row| guarded.size > row.size) {
                    let what = format!("{} leaves were signed, the tip row covers fewer", guarded.size);
                    report.finding("sign guard", what);
                }
            }
            Ok(None) if self.row.is_some() => report.finding("sign guard", "the file is missing"),
            Ok(None) => {}
            Err(error) => report.finding("sign guard", error.to_string()),
        }
        Ok(())
    }
}

fn tree_differs(store: &Store, have: u64, size: u64, root: &Hash) -> Option<String> {
    if size > have {
        return Some(format!(
            "it knows of {size} leaves, the ledger folder has {have}: the folder is behind"
        ));
    }
    match store.root_at(size) {
        Ok(found) if found == *root => None,
        Ok(found) => Some(format!(
            "its tree of {size} leaves has the root {}, that of the ledger folder {}",
            hex::encode(root),
            hex::encode(found)
        )),
        Err(error) => Some(error.to_string()),
    }
}

/// Every recorded block against the folder, up to the first that differs.
fn record(
    connection: &mut DbConnection,
    store: &Store,
    end: u64,
    report: &mut Report,
    progress: &mut dyn FnMut(&str, u64),
) -> Result<(), DoctorError> {
    let mut next = 0_u32;
    let mut covered = 0_u64;
    loop {
        let rows = blocks::from(connection, next, AT_ONCE)?;
        if rows.is_empty() {
            break;
        }
        for row in rows {
            let place = format!("ledger_blocks {next}");
            if row.number != next {
                report.finding(place, "the row is missing");
                return Ok(());
            }
            if let Some(what) = block_differs(store, &row) {
                report.finding(place, what);
                return Ok(());
            }
            let entries = u64::try_from(row.entries.len()).unwrap_or(u64::MAX);
            covered = row.first_index.saturating_add(entries).saturating_add(1);
            next = next.saturating_add(1);
            progress("recorded blocks", u64::from(next));
        }
    }
    if covered != end {
        let what = format!("the recorded blocks end at leaf {covered}, the tip row at {end}");
        report.finding(format!("ledger_blocks {next}"), what);
    }
    Ok(())
}

/// Every recorded checkpoint against the folder, up to the first that differs.
fn published(connection: &mut DbConnection, store: &Store, report: &mut Report) -> Result<(), DoctorError> {
    let have = store.last_note().map_err(AnchorError::from)?.map_or(0, |(size, _)| size);
    let mut last = 0;
    loop {
        let rows = notes::after(connection, last)?;
        let Some(end) = rows.last() else { return Ok(()) };
        last = end.size;
        for row in rows.into_iter().filter(|row| row.size <= have) {
            let what = match store.note(row.size) {
                Ok(Some(note)) if note == row.note => continue,
                Ok(Some(_)) => "it is not the checkpoint in the ledger folder".to_owned(),
                Ok(None) => "the ledger folder has no checkpoint of this size".to_owned(),
                Err(error) => error.to_string(),
            };
            report.finding(format!("ledger_notes {}", row.size), what);
            return Ok(());
        }
    }
}

fn block_differs(store: &Store, row: &node::tip::SealedBlock) -> Option<String> {
    match store.header(row.number) {
        Ok(Some(header)) if header == row.header => {}
        Ok(Some(_)) => return Some("its header is not that of the block in the ledger folder".to_owned()),
        Ok(None) => return Some("the ledger folder has no such block".to_owned()),
        Err(error) => return Some(error.to_string()),
    }
    for (entry, index) in row.entries.iter().zip(row.first_index..) {
        let is_there = match entry {
            EntryRef::Cause(cause) => {
                store.find_cause(cause).map(|found| found.is_some_and(|found| found.index == index))
            }
            EntryRef::Raw { bytes, .. } => store.entry(index).map(|found| found == *bytes),
        };
        match is_there {
            Ok(true) => {}
            Ok(false) => {
                return Some(format!("its entry at leaf {index} is not the one in the ledger folder"));
            }
            Err(error) => return Some(format!("leaf {index}: {error}")),
        }
    }
    None
}

/// Every outbox row against the folder, up to the first that differs. A row that is on the ledger and not marked yet
/// is right: the mark comes last.
fn marks(
    connection: &mut DbConnection,
    store: &Store,
    report: &mut Report,
    progress: &mut dyn FnMut(&str, u64),
) -> Result<(), DoctorError> {
    let mut last = 0;
    let mut count = 0_u64;
    loop {
        let rows = outbox::after(connection, last, AT_ONCE)?;
        let Some(end) = rows.last() else { return Ok(()) };
        last = end.id;
        for row in &rows {
            if let Some(what) = mark_differs(store, row) {
                report.finding(format!("outbox {}", row.id), what);
                return Ok(());
            }
        }
        count = count.saturating_add(u64::try_from(rows.len()).unwrap_or(0));
        progress("outbox rows", count);
    }
}

fn mark_differs(store: &Store, row: &OutboxRow) -> Option<String> {
    let index = u64::try_from(row.leaf_index?).ok();
    let cause = match cause_of(row) {
        Ok(cause) => cause,
        Err(error) => return Some(error.to_string()),
    };
    if row.cause.as_deref() != Some(hex::encode(cause).as_str()) {
        return Some("its content is not what was anchored: it has another digest".to_owned());
    }
    let found = match store.find_cause(&cause) {
        Ok(Some(found)) => found,
        Ok(None) => {
            return Some("it is marked as anchored, and the ledger folder has no entry of it".to_owned());
        }
        Err(error) => return Some(error.to_string()),
    };
    if Some(found.index) != index {
        return Some(format!("it is marked as leaf {}, its entry is leaf {}", row.leaf_index?, found.index));
    }
    let leaf = store.leaf_hash(found.index).map(hex::encode);
    if leaf.as_ref().ok() != row.leaf_hash.as_ref() {
        return Some(format!("the leaf hash in its mark is not that of leaf {}", found.index));
    }
    let block = store.span_of(found.index).map(|span| i64::from(span.number));
    if block.as_ref().ok() != row.block.as_ref() {
        return Some(format!("leaf {} is not in the block of its mark", found.index));
    }
    None
}

/// A mirror's checkpoint and every tile under it, entries and hashes; the first leaf that differs.
fn mirror(tiles: &dyn Tiles, ledger: &LedgerView, progress: &mut dyn FnMut(&str, u64)) -> Result<(), String> {
    let store = ledger.store();
    let have = store.tip().map_err(|error| error.to_string())?.size;
    let (seen, _) =
        checkpoint_of(tiles, std::slice::from_ref(ledger.vkey())).map_err(|error| error.to_string())?;
    let Checkpoint { size, root, .. } = seen;
    if size > have {
        return Err(format!(
            "it has a signed checkpoint of {size} leaves, the ledger folder has {have}: the folder is an older copy"
        ));
    }
    let differs = tree_differs(store, have, size, &root);
    for index in 0..size.div_ceil(u64::from(WIDTH)) {
        let width = tile::width_at(0, index, size);
        tile_differs(tiles, store, index, width)?;
        progress("leaves of the mirror", index.saturating_mul(u64::from(WIDTH)));
    }
    // No leaf differs and the root does: the signed checkpoint is of another tree than the tiles beside it.
    differs.map_or(Ok(()), Err)
}

fn tile_differs(tiles: &dyn Tiles, store: &Store, index: u64, width: u16) -> Result<(), String> {
    let read = |kind| tiles.tile(&TilePath { kind, index, width }).map_err(|error| error.to_string());
    let entries = read(TileKind::Entries)?;
    let entries =
        tile::parse_bundle(&entries, width).map_err(|error| format!("entries tile {index}: {error}"))?;
    let hashes = read(TileKind::Hashes { level: 0 })?;
    let hashes = tile::parse_hashes(&hashes, width).map_err(|error| format!("hash tile {index}: {error}"))?;
    let first = index.saturating_mul(u64::from(WIDTH));
    for ((leaf, entry), hash) in (first..).zip(entries).zip(hashes) {
        let expected = store.leaf_hash(leaf).map_err(|error| error.to_string())?;
        let block = || store.span_of(leaf).map_or_else(|_| "?".to_owned(), |span| span.number.to_string());
        if merkle::leaf_hash(entry) != expected {
            return Err(format!("its entry at leaf {leaf} (block {}) is another", block()));
        }
        if hash != expected {
            return Err(format!("its hash of leaf {leaf} (block {}) is another", block()));
        }
    }
    Ok(())
}
