//! The ledger from the credit database: each recorded block made again from the outbox rows that it was made of.
//!
//! Entries get the place in their chains and the time that the recorded header implies; re-execution then finds
//! whether they give that header, signature and all. A row that was changed is named.

use std::collections::{HashMap, VecDeque};
use std::sync::Arc;

use ledger::checkpoint::Checkpoint;
use ledger::entry::Entry;
use ledger::header::Header;
use ledger::merkle::{self, Hash};
use ledger::note::Vkey;
use ledger::store::{Store, StoreOptions, StoreTip};
use ledger::tile;
use node::operator::{Operator, OperatorConfig};
use node::rebuild::mirror::{checkpoint_of, copy, or_shown};
use node::rebuild::{Builder, Known, RebuildError, folder};
use node::tiles::{Tiles, tiles_at};
use node::tip::{EntryRef, SealedBlock, Tip, TipRow};
use parity_scale_codec::{DecodeAll, Encode};

use super::entries::{Labels, cause_of, entry_of};
use super::notes::Recorded;
use super::outbox::{self, OutboxRow};
use super::{AnchorError, OperatorClock, Parts, blocks};
use crate::clock::SharedClock;
use crate::config::Config;
use crate::store::{Database, DbConnection};

/// Recorded blocks read together.
const BLOCKS_AT_ONCE: i64 = 64;
/// Outbox rows read together.
const ROWS_AT_ONCE: i64 = 4_096;

/// What a person asks for.
#[derive(Debug, Clone, Copy)]
pub struct Order<'a> {
    /// A mirror, instead of the records in the database.
    pub from: Option<&'a str>,
    /// The mirror's checkpoint is believed where the tip row knows nothing or less.
    pub accept_mirror: bool,
}

/// Makes the ledger folder of these settings again; it must not exist. `progress` is told leaves done and in all.
///
/// # Errors
/// [`AnchorError`] names what is missing or differs; then there is no folder.
pub fn rebuild(
    config: &Config,
    database: &Database,
    clock: &SharedClock,
    order: &Order<'_>,
    progress: &mut dyn FnMut(u64, u64),
) -> Result<StoreTip, AnchorError> {
    let parts = Parts::read(config, database)?;
    if let Some(lease) = parts.foreign_lease()? {
        return Err(AnchorError::Held(lease.url));
    }
    let signers = parts.settings.signers()?;
    let keys: Vec<Vkey> = signers.iter().map(|signer| signer.vkey().clone()).collect();
    let row = parts.tip.read()?;
    let other = |what: &str| AnchorError::Rebuild(RebuildError::Other(what.to_owned()));
    let mirror = order.from.map(tiles_at);
    let checkpoint = mirror.as_ref().map(|tiles| checkpoint_of(tiles.as_ref(), &keys)).transpose()?;
    let (checkpoint, shown) = checkpoint.unzip();
    let known = match (row, &checkpoint) {
        (Some(row), Some(seen)) if seen.size > row.size && order.accept_mirror => of_mirror(seen),
        (Some(row), Some(seen)) if seen.size > row.size => {
            let (place, have) = ("the tip row".to_owned(), row.size);
            tracing::error!("is the credit database an older copy? See --accept-mirror");
            return Err(RebuildError::Behind { place, have, known: seen.size }.into());
        }
        (Some(row), _) => Known { size: row.size, root: row.root, by: "the tip row" },
        (None, Some(seen)) if order.accept_mirror => of_mirror(seen),
        (None, Some(_)) => {
            return Err(other(
                "the credit database has no tip row, so nothing says that the mirror is complete; if you know that \
                 it is, add --accept-mirror",
            ));
        }
        (None, None) => {
            return Err(other("the credit database records no ledger; name a mirror with --from"));
        }
    };
    let mut connection = database.connection()?;
    let recorded = blocks::last(&mut connection)?;
    let options = StoreOptions { is_mirror: recorded.is_none(), ..StoreOptions::new(&config.log_origin) };
    let mut failure = None;
    let mut fill = |builder: &mut Builder| {
        let mut told = |done: u64| progress(done, known.size);
        let source = mirror.as_deref().zip(checkpoint.as_ref());
        fill(&mut connection, &parts.labels, builder, source, row, &mut told).map_err(|error| match error {
            AnchorError::Rebuild(error) => error,
            error => {
                let text = error.to_string();
                failure = Some(error);
                RebuildError::Other(text)
            }
        })
    };
    let tip = {
        let mut of_notes = database.connection()?;
        let mut recorded = Recorded::after(&mut of_notes, 0);
        let mut recorded = |size| recorded.of(size);
        let size = checkpoint.as_ref().map_or(0, |seen| seen.size);
        let mut kept = or_shown(&mut recorded, size, shown.as_deref().unwrap_or_default());
        folder::rebuild(&config.ledger_dir(), &options, &signers, known, &mut fill, &mut kept)
    };
    let tip = tip.map_err(|error| failure.map_or(AnchorError::Rebuild(error), |failure| failure))?;
    if row.is_none_or(|row| row.size < tip.size) {
        // An operator that is opened writes what the database has lost: the tip row and the record of blocks.
        let settings = OperatorConfig { adopt_tip: true, ..parts.settings };
        let clock = Arc::new(OperatorClock(Arc::clone(clock)));
        drop(Operator::open(&config.ledger_dir(), settings, parts.tip, clock)?);
    }
    Ok(tip)
}

fn of_mirror(seen: &Checkpoint) -> Known {
    Known { size: seen.size, root: seen.root, by: "the mirror's checkpoint" }
}

/// From the mirror as far as it goes, then from the record as far as the tip row goes.
fn fill(
    connection: &mut DbConnection,
    labels: &Labels,
    builder: &mut Builder,
    mirror: Option<(&dyn Tiles, &Checkpoint)>,
    row: Option<Tip>,
    progress: &mut dyn FnMut(u64),
) -> Result<(), AnchorError> {
    if let Some((tiles, checkpoint)) = mirror {
        let recorded = blocks::last(connection)?;
        let mut causes = |number: u32, header: &Header| match recorded {
            Some(last) if number <= last => causes_of(connection, number, header),
            _ => Ok(Vec::new()),
        };
        copy(builder, tiles, checkpoint, &mut causes, progress)?;
    }
    match row {
        Some(row) if builder.store().tip()?.size < row.size => {
            from_record(connection, labels, builder, row, progress)
        }
        _ => Ok(()),
    }
}

/// Where the folder of a ledger stands in relation to what the database records of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standing {
    /// The record has everything that the folder has; it may go on.
    Within,
    /// The folder goes on beyond the record.
    Ahead,
    /// This block of the folder is not the recorded one.
    Apart { block: u32 },
}

/// Compares the ends. The chain of headers covers everything before them.
///
/// # Errors
/// Failures of either side.
pub fn standing(connection: &mut DbConnection, store: &Store) -> Result<Standing, AnchorError> {
    let Some(recorded) = blocks::last(connection)? else {
        return Ok(if store.tip()?.blocks == 0 { Standing::Within } else { Standing::Ahead });
    };
    let Some(have) = store.tip()?.blocks.checked_sub(1) else { return Ok(Standing::Within) };
    let common = have.min(recorded);
    let row = blocks::from(connection, common, 1)?.into_iter().next();
    let is_same = row
        .is_some_and(|row| row.number == common && store.header(common).ok().flatten() == Some(row.header));
    Ok(match (is_same, have > recorded) {
        (false, _) => Standing::Apart { block: common },
        (true, true) => Standing::Ahead,
        (true, false) => Standing::Within,
    })
}

/// Adds what the record has and the folder lacks. `tip` is the tip row: the record must end there. `progress` is told
/// the leaves so far.
///
/// # Errors
/// The first row or block that is not what it was, by name.
pub fn from_record(
    connection: &mut DbConnection,
    labels: &Labels,
    builder: &mut Builder,
    tip: Tip,
    progress: &mut dyn FnMut(u64),
) -> Result<(), AnchorError> {
    let first = builder.store().tip()?.size;
    let mut source = Source::new(connection, labels, builder.next_block()?, first);
    while let Some(block) = source.next_block()? {
        let bundle = source.bundle(&block, builder.store())?;
        let causes: Vec<Option<Hash>> = block.entries.iter().map(cause_in).collect();
        if let Err(error) = builder.add(&bundle, &causes) {
            return Err(source.explain(&block, &bundle).unwrap_or_else(|| error.into()));
        }
        progress(builder.store().tip()?.size);
    }
    let have = builder.store().tip()?.size;
    if have < tip.size {
        let place = "the record of blocks in the credit database".to_owned();
        return Err(RebuildError::Behind { place, have, known: tip.size }.into());
    }
    builder.check(Known { size: tip.size, root: tip.root, by: "the tip row" })?;
    builder.finish()?;
    Ok(())
}

fn cause_in(entry: &EntryRef) -> Option<Hash> {
    match entry {
        EntryRef::Cause(cause) => Some(*cause),
        EntryRef::Raw { cause, .. } => *cause,
    }
}

/// The causes of a block's entries, as a mirror's reader needs them: the header must be the recorded one.
///
/// # Errors
/// When the block is not recorded, or is another.
pub fn causes_of(
    connection: &mut DbConnection,
    number: u32,
    header: &Header,
) -> Result<Vec<Option<Hash>>, RebuildError> {
    let wrong = |what: &str| RebuildError::Source { block: number, what: what.to_owned() };
    let row = blocks::from(connection, number, 1).map_err(|error| wrong(&error.to_string()))?;
    let row = row.into_iter().next().filter(|row| row.number == number);
    let row = row.ok_or_else(|| wrong("the credit database has no row of it in ledger_blocks"))?;
    if row.header != header.encode() {
        return Err(wrong("its header is not the one recorded in ledger_blocks"));
    }
    Ok(row.entries.iter().map(cause_in).collect())
}

/// Recorded blocks and outbox rows, both read in order. Rows were appended nearly in the order of their ids, so few
/// wait in memory for their turn.
struct Source<'a> {
    connection: &'a mut DbConnection,
    labels: &'a Labels,
    next: u32,
    blocks: VecDeque<SealedBlock>,
    waiting: HashMap<Hash, OutboxRow>,
    read_to: i64,
    /// Whether the rows were read from the first one.
    is_from_start: bool,
}

impl<'a> Source<'a> {
    fn new(connection: &'a mut DbConnection, labels: &'a Labels, next: u32, first_leaf: u64) -> Self {
        let read_to =
            if first_leaf == 0 { 0 } else { outbox::before_leaf(connection, first_leaf).unwrap_or(0) };
        Self {
            connection,
            labels,
            next,
            blocks: VecDeque::new(),
            waiting: HashMap::new(),
            read_to,
            is_from_start: read_to == 0,
        }
    }

    fn next_block(&mut self) -> Result<Option<SealedBlock>, AnchorError> {
        if self.blocks.is_empty() {
            self.blocks = blocks::from(self.connection, self.next, BLOCKS_AT_ONCE)?.into();
        }
        let Some(block) = self.blocks.pop_front() else { return Ok(None) };
        if block.number != self.next {
            let what = "its row in ledger_blocks is missing".to_owned();
            return Err(RebuildError::Source { block: self.next, what }.into());
        }
        self.next = self.next.saturating_add(1);
        Ok(Some(block))
    }

    /// The entries of a block with their places, and its seal.
    fn bundle(&mut self, block: &SealedBlock, store: &Store) -> Result<Vec<u8>, AnchorError> {
        let wrong = |what: String| RebuildError::Source { block: block.number, what };
        let header = Header::decode_all(&mut block.header.as_slice())
            .map_err(|error| wrong(format!("the header in its row of ledger_blocks: {error}")))?;
        let mut chains: HashMap<Hash, (u64, Hash)> = HashMap::new();
        let mut bundle = Vec::new();
        for entry in &block.entries {
            let bytes = match entry {
                EntryRef::Raw { bytes, .. } => bytes.clone(),
                EntryRef::Cause(cause) => {
                    let row = self.row(block.number, cause)?;
                    let mut entry = entry_of(self.labels, &row)?.entry;
                    if let Some(env) = entry.env_mut() {
                        let end = match chains.get(&env.subject) {
                            Some(end) => Some(*end),
                            None => store.last_of_subject(&env.subject)?.map(|row| (row.seq, row.leaf_hash)),
                        };
                        (env.seq, env.previous) =
                            end.map_or((0, Hash::default()), |(seq, hash)| (seq.saturating_add(1), hash));
                        env.at_ms = header.body.batch.at_ms;
                    }
                    let bytes = entry.encode();
                    if let Some(env) = entry.env() {
                        chains.insert(env.subject, (env.seq, merkle::leaf_hash(&bytes)));
                    }
                    bytes
                }
            };
            tile::push_entry(&mut bundle, &bytes).map_err(|error| wrong(error.to_string()))?;
        }
        let seal = Entry::Seal(header).encode();
        tile::push_entry(&mut bundle, &seal).map_err(|error| wrong(error.to_string()))?;
        Ok(bundle)
    }

    /// The row with this cause.
    fn row(&mut self, block: u32, cause: &Hash) -> Result<OutboxRow, AnchorError> {
        loop {
            if let Some(row) = self.waiting.remove(cause) {
                return Ok(row);
            }
            let rows = outbox::after(self.connection, self.read_to, ROWS_AT_ONCE)?;
            match rows.last() {
                Some(last) => self.read_to = last.id,
                None if self.is_from_start => return Err(self.missing(block, cause)),
                // A row that was written long before the others of its block.
                None => (self.read_to, self.is_from_start) = (0, true),
            }
            for row in rows {
                self.waiting.insert(cause_of(&row)?, row);
            }
        }
    }

    /// Why no row has this cause: the row that was marked with it has other content now, or is gone.
    fn missing(&mut self, block: u32, cause: &Hash) -> AnchorError {
        let cause = hex::encode(cause);
        let what = match outbox::marked_with(self.connection, &cause) {
            Ok(Some(id)) => {
                format!("outbox row {id} is not what was anchored: its content has another digest")
            }
            Ok(None) => format!("the outbox has no row with the cause {cause}"),
            Err(error) => return error.into(),
        };
        RebuildError::Source { block, what }.into()
    }

    /// The first row of a block that does not give the leaf it was marked with: what the cause does not cover, the
    /// subject, was changed.
    fn explain(&mut self, block: &SealedBlock, bundle: &[u8]) -> Option<AnchorError> {
        for ((entry, bytes), index) in
            block.entries.iter().zip(tile::entries(bundle)).zip(block.first_index..)
        {
            let (EntryRef::Cause(_), Ok(bytes)) = (entry, bytes) else { continue };
            let Some(row) = outbox::at_leaf(self.connection, index).ok().flatten() else { continue };
            let found = hex::encode(merkle::leaf_hash(bytes));
            if row.leaf_hash.as_ref().is_some_and(|marked| *marked != found) {
                let (id, kind, subject) = (row.id, row.kind, row.uscc);
                let what = format!(
                    "outbox row {id} ({kind} of {subject}) does not give the leaf it was marked with"
                );
                return Some(RebuildError::Source { block: block.number, what }.into());
            }
        }
        None
    }
}
