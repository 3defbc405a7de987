//! Cosignatures: which witness cosigned which checkpoint, as it was verified when it came.
//!
//! A row is not synced by itself: the next block takes it to the disk, or [`Store::make_durable`]. What a
//! power cut takes can be asked for again, since a witness cosigns the same checkpoint as often as it is asked.

use super::{Store, StoreError, rows};
use crate::note::{KeyId, SignatureLine};
use rocksdb::{Direction, IteratorMode};

/// One stored cosignature.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CosignatureRow {
    /// Leaves of the checkpoint.
    pub size: u64,
    pub line: SignatureLine,
}

impl Store {
    /// Stores the cosignature of a checkpoint of `size` leaves. A second one of the same key is left out, so that
    /// the time shown is that of the first. The caller has verified it.
    ///
    /// # Errors
    /// A failure of the database poisons the store.
    pub fn put_cosignature(&self, size: u64, line: &SignatureLine) -> Result<(), StoreError> {
        let mut writer = self.writer.lock().map_err(|_| StoreError::Lock)?;
        self.check_writable(writer.poisoned.as_ref())?;
        let family = self.family(rows::COSIGS)?;
        let key = rows::cosignature_key(size, line.key_id);
        if self.db.get_pinned_cf(family, key)?.is_some() {
            return Ok(());
        }
        let mut batch = rocksdb::WriteBatch::default();
        batch.put_cf(family, key, line.to_string());
        if self.last_cosigned(line.key_id)?.is_none_or(|last| last < size) {
            batch.put_cf(family, rows::last_cosigned_key(line.key_id), size.to_be_bytes());
        }
        if let Err(error) = self.db.write(batch) {
            let reason = error.into_string();
            writer.poisoned = Some(reason.clone());
            return Err(StoreError::Poisoned(reason));
        }
        Ok(())
    }

    /// Size of the largest checkpoint that this key has cosigned.
    ///
    /// # Errors
    /// Failures of the database; damage.
    pub fn last_cosigned(&self, key: KeyId) -> Result<Option<u64>, StoreError> {
        let row = self.db.get_pinned_cf(self.family(rows::COSIGS)?, rows::last_cosigned_key(key))?;
        row.map(|value| {
            let size = (*value).try_into().map_err(|_| StoreError::damaged("a size that was cosigned"))?;
            Ok(u64::from_be_bytes(size))
        })
        .transpose()
    }

    /// The cosignature of this key over the checkpoint of `size` leaves.
    ///
    /// # Errors
    /// Failures of the database; damage.
    pub fn cosignature(&self, size: u64, key: KeyId) -> Result<Option<SignatureLine>, StoreError> {
        let row = self.db.get_cf(self.family(rows::COSIGS)?, rows::cosignature_key(size, key))?;
        row.map(|value| parse(&value)).transpose()
    }

    /// Every cosignature of the checkpoint of `size` leaves, in the order of the key IDs.
    ///
    /// # Errors
    /// Failures of the database; damage.
    pub fn cosignatures(&self, size: u64) -> Result<Vec<SignatureLine>, StoreError> {
        let mut lines = Vec::new();
        for row in self.cosignatures_from(size)? {
            let row = row?;
            if row.size != size {
                break;
            }
            lines.push(row.line);
        }
        Ok(lines)
    }

    /// The cosignatures of checkpoints of `size` leaves or more, in order.
    ///
    /// # Errors
    /// Failures of the database and damage, as items.
    pub fn cosignatures_from(
        &self,
        size: u64,
    ) -> Result<impl Iterator<Item = Result<CosignatureRow, StoreError>> + '_, StoreError> {
        self.cosignature_rows(rows::cosignature_key(size, KeyId::default()), Direction::Forward)
    }

    /// The cosignatures of checkpoints of `size` leaves or fewer, the largest first.
    ///
    /// # Errors
    /// Failures of the database and damage, as items.
    pub fn cosignatures_down_from(
        &self,
        size: u64,
    ) -> Result<impl Iterator<Item = Result<CosignatureRow, StoreError>> + '_, StoreError> {
        self.cosignature_rows(rows::cosignature_key(size, [u8::MAX; 4]), Direction::Reverse)
    }

    fn cosignature_rows(
        &self,
        begin: [u8; 12],
        direction: Direction,
    ) -> Result<impl Iterator<Item = Result<CosignatureRow, StoreError>> + '_, StoreError> {
        let found = self.db.iterator_cf(self.family(rows::COSIGS)?, IteratorMode::From(&begin, direction));
        Ok(found.map_while(|row| match row {
            Err(error) => Some(Err(error.into())),
            Ok((key, value)) => {
                let size = rows::cosigned_size(&key)?;
                Some(parse(&value).map(|line| CosignatureRow { size, line }))
            }
        }))
    }
}

fn parse(value: &[u8]) -> Result<SignatureLine, StoreError> {
    let line = std::str::from_utf8(value).ok().and_then(|line| line.parse().ok());
    line.ok_or_else(|| StoreError::damaged("a cosignature"))
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;
    use crate::store::StoreOptions;

    fn line(key: u8, time: u8) -> SignatureLine {
        SignatureLine { name: format!("w{key}"), key_id: [key; 4], signature: vec![time; 72] }
    }

    #[test]
    fn cosignatures_are_found_by_size_and_key() {
        let folder = tempfile::tempdir().unwrap();
        let mut options = StoreOptions::new("ledger.example/test");
        options.free_bytes_min = 0;
        let store = Store::open(folder.path(), &options).unwrap();
        assert_eq!(store.last_cosigned([1; 4]).unwrap(), None);
        for (size, key) in [(5, 1), (9, 2), (9, 1), (7, 255), (300, 0)] {
            store.put_cosignature(size, &line(key, 1)).unwrap();
        }
        store.put_cosignature(5, &line(1, 2)).unwrap();
        store.make_durable().unwrap();
        drop(store);

        let store = Store::open_read_only(folder.path()).unwrap();
        assert_eq!(store.cosignature(5, [1; 4]).unwrap(), Some(line(1, 1)), "the first one stays");
        assert_eq!(store.cosignature(5, [2; 4]).unwrap(), None);
        assert_eq!(store.cosignatures(9).unwrap(), [line(1, 1), line(2, 1)]);
        assert!(store.cosignatures(8).unwrap().is_empty());
        let last = [0, 1, 2, 3, 255].map(|key| store.last_cosigned([key; 4]).unwrap());
        assert_eq!(last, [Some(300), Some(9), Some(9), None, Some(7)]);
        let sizes = |rows: Vec<Result<CosignatureRow, StoreError>>| -> Vec<u64> {
            rows.into_iter().map(|row| row.unwrap().size).collect()
        };
        assert_eq!(sizes(store.cosignatures_from(6).unwrap().collect()), [7, 9, 9, 300]);
        assert_eq!(sizes(store.cosignatures_down_from(9).unwrap().collect()), [9, 9, 7, 5]);
        assert_eq!(store.put_cosignature(5, &line(3, 1)), Err(StoreError::ReadOnly));
    }
}
