//! Reading: entries, blocks, notes, causes.

use super::rows::{self, BlockSpan, ChainRow, IdemRow};
use super::{Store, StoreError};
use crate::merkle::{self, Hash};
use crate::tile;
use rocksdb::{Direction, IteratorMode, ReadOptions};

/// For reading a family kept by hash from its first key to its last.
fn in_order() -> ReadOptions {
    let mut options = ReadOptions::default();
    options.set_total_order_seek(true);
    options
}

impl Store {
    /// The bytes of entry `index`, compared with its leaf hash.
    ///
    /// # Errors
    /// [`StoreError::OutOfRange`]; [`StoreError::Damaged`] when the bytes are not those that were hashed.
    pub fn entry(&self, index: u64) -> Result<Vec<u8>, StoreError> {
        let expected = self.leaf_hash(index)?;
        let entry = self.entry_unchecked(index)?;
        if merkle::leaf_hash(&entry) == expected {
            Ok(entry)
        } else {
            Err(StoreError::damaged(format!("entry {index}")))
        }
    }

    pub(super) fn entry_unchecked(&self, index: u64) -> Result<Vec<u8>, StoreError> {
        let span = self.span_of(index)?;
        let bundle = self.block_bundle(span.number)?;
        let skip = index.checked_sub(span.first_index).and_then(|n| usize::try_from(n).ok());
        let found = skip.and_then(|n| tile::entries(&bundle).nth(n));
        match found {
            Some(Ok(entry)) => Ok(entry.to_vec()),
            _ => Err(StoreError::damaged(format!("block {}", span.number))),
        }
    }

    /// The block that holds leaf `index`.
    ///
    /// # Errors
    /// [`StoreError::Missing`] when no block does.
    pub fn span_of(&self, index: u64) -> Result<BlockSpan, StoreError> {
        let missing = || StoreError::missing(format!("the block of leaf {index}"));
        let span = self.last_span_from(index)?.ok_or_else(missing)?;
        if index < span.end() { Ok(span) } else { Err(missing()) }
    }

    /// The sealed block whose end is `size`, if a block was sealed there.
    ///
    /// # Errors
    /// Failures of the database.
    pub fn span_ending_at(&self, size: u64) -> Result<Option<BlockSpan>, StoreError> {
        let Some(last) = size.checked_sub(1) else { return Ok(None) };
        Ok(self.last_span_from(last)?.filter(|span| span.end() == size))
    }

    fn last_span_from(&self, index: u64) -> Result<Option<BlockSpan>, StoreError> {
        let key = index.to_be_bytes();
        let mode = IteratorMode::From(&key, Direction::Reverse);
        let mut rows = self.db.iterator_cf(self.family(rows::INDEX)?, mode);
        let Some(row) = rows.next() else { return Ok(None) };
        let (key, value) = row?;
        BlockSpan::from_row(&key, &value).map(Some)
    }

    /// The spans of blocks in order, from the block that begins at or after `first_index`.
    ///
    /// # Errors
    /// Failures of the database, as items.
    pub fn spans_from(
        &self,
        first_index: u64,
    ) -> Result<impl Iterator<Item = Result<BlockSpan, StoreError>> + '_, StoreError> {
        let key = first_index.to_be_bytes();
        let mode = IteratorMode::From(&key, Direction::Forward);
        let rows = self.db.iterator_cf(self.family(rows::INDEX)?, mode);
        Ok(rows.map(|row| {
            let (key, value) = row?;
            BlockSpan::from_row(&key, &value)
        }))
    }

    /// The entries of block `number` as an entry bundle, the seal last.
    ///
    /// # Errors
    /// [`StoreError::Missing`].
    pub fn block_bundle(&self, number: u32) -> Result<Vec<u8>, StoreError> {
        self.db
            .get_cf(self.family(rows::BLOCKS)?, number.to_be_bytes())?
            .ok_or_else(|| StoreError::missing(format!("block {number}")))
    }

    /// SCALE header of block `number`.
    ///
    /// # Errors
    /// Failures of the database.
    pub fn header(&self, number: u32) -> Result<Option<Vec<u8>>, StoreError> {
        Ok(self.db.get_cf(self.family(rows::HEADERS)?, number.to_be_bytes())?)
    }

    /// Where the entry of this cause is.
    ///
    /// # Errors
    /// Failures of the database.
    pub fn find_cause(&self, cause: &Hash) -> Result<Option<IdemRow>, StoreError> {
        let row = self.db.get_pinned_cf(self.family(rows::IDEM)?, cause)?;
        row.map(|value| IdemRow::from_value(&value)).transpose()
    }

    /// Where the entries of these causes are, each in its cause's place. One look at the disk for all.
    ///
    /// # Errors
    /// Failures of the database.
    pub fn find_causes(&self, causes: &[&Hash]) -> Result<Vec<Option<IdemRow>>, StoreError> {
        let rows = self.db.batched_multi_get_cf(self.family(rows::IDEM)?, causes.iter().copied(), false);
        rows.into_iter().map(|row| row?.map(|value| IdemRow::from_value(&value)).transpose()).collect()
    }

    /// Every cause, in the order of its bytes.
    ///
    /// # Errors
    /// Failures of the database, as items.
    pub fn causes(
        &self,
    ) -> Result<impl Iterator<Item = Result<(Hash, IdemRow), StoreError>> + '_, StoreError> {
        let rows = self.db.iterator_cf_opt(self.family(rows::IDEM)?, in_order(), IteratorMode::Start);
        Ok(rows.map(|row| {
            let (key, value) = row?;
            let cause = Hash::try_from(&*key).map_err(|_| StoreError::damaged("a cause"))?;
            Ok((cause, IdemRow::from_value(&value)?))
        }))
    }

    /// The last entry of a subject.
    ///
    /// # Errors
    /// Failures of the database.
    pub fn last_of_subject(&self, subject: &Hash) -> Result<Option<ChainRow>, StoreError> {
        let row = self.db.get_pinned_cf(self.family(rows::CHAINS)?, subject)?;
        row.map(|value| ChainRow::from_value(&value)).transpose()
    }

    /// The last entries of these subjects, each in its subject's place. One look at the disk for all.
    ///
    /// # Errors
    /// Failures of the database.
    pub fn last_of_subjects(&self, subjects: &[&Hash]) -> Result<Vec<Option<ChainRow>>, StoreError> {
        let rows = self.db.batched_multi_get_cf(self.family(rows::CHAINS)?, subjects.iter().copied(), false);
        rows.into_iter().map(|row| row?.map(|value| ChainRow::from_value(&value)).transpose()).collect()
    }

    /// The last entry of every subject, in the order of the subjects.
    ///
    /// # Errors
    /// Failures of the database, as items.
    pub fn subjects(
        &self,
    ) -> Result<impl Iterator<Item = Result<(Hash, ChainRow), StoreError>> + '_, StoreError> {
        let rows = self.db.iterator_cf_opt(self.family(rows::CHAINS)?, in_order(), IteratorMode::Start);
        Ok(rows.map(|row| {
            let (key, value) = row?;
            let subject = Hash::try_from(&*key).map_err(|_| StoreError::damaged("a subject"))?;
            Ok((subject, ChainRow::from_value(&value)?))
        }))
    }

    /// The sizes of the stored checkpoints, in order.
    ///
    /// # Errors
    /// Failures of the database, as items.
    pub fn note_sizes(&self) -> Result<impl Iterator<Item = Result<u64, StoreError>> + '_, StoreError> {
        let rows = self.db.iterator_cf(self.family(rows::NOTES)?, IteratorMode::Start);
        Ok(rows.map(|row| {
            let (key, _) = row?;
            let size = (*key).try_into().map_err(|_| StoreError::damaged("the size of a checkpoint"))?;
            Ok(u64::from_be_bytes(size))
        }))
    }

    /// The signed checkpoint of a sealed size, once it was published.
    ///
    /// # Errors
    /// Failures of the database.
    pub fn note(&self, size: u64) -> Result<Option<String>, StoreError> {
        let note = self.db.get_cf(self.family(rows::NOTES)?, size.to_be_bytes())?;
        note.map(|bytes| {
            String::from_utf8(bytes).map_err(|_| StoreError::damaged(format!("the note of {size}")))
        })
        .transpose()
    }

    /// The last published checkpoint and its size.
    ///
    /// # Errors
    /// Failures of the database.
    pub fn last_note(&self) -> Result<Option<(u64, String)>, StoreError> {
        let mut rows = self.db.iterator_cf(self.family(rows::NOTES)?, IteratorMode::End);
        let Some(row) = rows.next() else { return Ok(None) };
        let (key, value) = row?;
        let damaged = || StoreError::damaged("the last note");
        let size = u64::from_be_bytes((*key).try_into().map_err(|_| damaged())?);
        let note = String::from_utf8(value.into_vec()).map_err(|_| damaged())?;
        Ok(Some((size, note)))
    }

    /// The smallest published checkpoint that covers leaf `index`: its size and note.
    ///
    /// # Errors
    /// Failures of the database.
    pub fn note_covering(&self, index: u64) -> Result<Option<(u64, String)>, StoreError> {
        let span = self.span_of(index)?;
        Ok(self.note(span.end())?.map(|note| (span.end(), note)))
    }

    pub(super) fn entry_bundle(&self, index: u64, width: u16) -> Result<Vec<u8>, StoreError> {
        let first = index.saturating_mul(u64::from(tile::WIDTH));
        let end = first.saturating_add(u64::from(width));
        let mut bundle = Vec::new();
        let mut next = first;
        while next < end {
            let span = self.span_of(next)?;
            let block = self.block_bundle(span.number)?;
            let skip = usize::try_from(next - span.first_index).unwrap_or(usize::MAX);
            let before = next;
            for entry in tile::entries(&block).skip(skip) {
                if next == end {
                    break;
                }
                tile::push_entry(&mut bundle, entry?)?;
                next += 1;
            }
            if next == before {
                return Err(StoreError::damaged(format!("block {}", span.number)));
            }
        }
        Ok(bundle)
    }
}
