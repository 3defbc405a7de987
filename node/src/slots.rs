//! A small durable record that changes often: one file, two slots, overwritten in turn.
//!
//! Replacing a file by name costs a new file, a rename and the folder's sync, several times what the disk needs for
//! the bytes. Here the file keeps its size and place, so that one write is one `fdatasync` of one sector. A crash
//! in the middle can harm only the slot being written; the other still holds what was there before.
//!
//! After a sync that failed nobody knows what the disk holds, and the kernel takes the bytes for written: read again
//! they would look well, and the next write would go over the last record that is there for certain. So the file is
//! neither read nor written by this process any more. A later process cannot tell such a record from one that is on
//! the disk, so who writes the file puts the record that it finds there on the disk again before it relies on it.

use sha2::{Digest, Sha256};
use std::fs::{File, OpenOptions};
use std::io::{Error, ErrorKind, Read, Write};
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

/// A page, so that the two slots never share a sector.
const PAGE_BYTES: usize = 4096;
/// One sector: what a disk writes whole or not at all.
const RECORD_BYTES_MAX: usize = 512;
/// Longest record of [`SlotFile::large`]: a checkpoint with a few post-quantum signatures of 3.4 kB. A disk may
/// write a part of it; the digest tells.
const LARGE_RECORD_BYTES_MAX: usize = 4 * PAGE_BYTES;
const FIRST_WORD: &str = "slot";
const FIRST_NUMBER: u64 = 1;
const NO_NUMBER: u64 = 0;
const UNKNOWN: &str = "nobody knows what is on the disk now; see to the disk, then restart";

/// The record of one file.
#[derive(Debug, Clone)]
pub(crate) struct SlotFile {
    path: PathBuf,
    record_bytes_max: usize,
    slot_bytes: usize,
    /// A write or sync of the record failed.
    is_unknown: Arc<AtomicBool>,
    /// The record that this process knows to be on the disk.
    kept_number: Arc<AtomicU64>,
}

/// What a slot holds.
enum Slot {
    Empty,
    /// Torn by a crash, or changed on the disk.
    Damaged,
    Record(Record),
}

struct Record {
    /// Rises with each write; the higher one is the newer.
    number: u64,
    text: String,
}

impl SlotFile {
    /// The record in this file; it comes into being with the first write.
    pub(crate) fn at(path: PathBuf) -> Self {
        Self::of(path, RECORD_BYTES_MAX, PAGE_BYTES)
    }

    /// As [`SlotFile::at`], with room for [`LARGE_RECORD_BYTES_MAX`].
    pub(crate) fn large(path: PathBuf) -> Self {
        Self::of(path, LARGE_RECORD_BYTES_MAX, LARGE_RECORD_BYTES_MAX)
    }

    fn of(path: PathBuf, record_bytes_max: usize, slot_bytes: usize) -> Self {
        Self { path, record_bytes_max, slot_bytes, is_unknown: Arc::default(), kept_number: Arc::default() }
    }

    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// The newest whole record, or nothing before the first write.
    ///
    /// One damaged slot beside a whole one is what a crash in the middle of a write leaves: whoever wrote had no
    /// answer yet, so the whole one holds. It is logged, for a disk that rots looks the same.
    ///
    /// # Errors
    /// When the file is there but no slot is whole, or it cannot be read.
    pub(crate) fn read(&self) -> std::io::Result<Option<String>> {
        Ok(self.newest()?.map(|(_, record)| record.text))
    }

    /// As [`SlotFile::read`], for who writes this file: what is read is on the disk when this returns.
    ///
    /// # Errors
    /// As [`SlotFile::read`], and when it cannot be put there.
    pub(crate) fn read_kept(&self) -> std::io::Result<Option<String>> {
        let Some((place, record)) = self.newest()? else { return Ok(None) };
        self.keep(place, &record)?;
        Ok(Some(record.text))
    }

    /// Replaces the record and returns once the new one is on the disk. `text` is lines, each ended.
    ///
    /// # Errors
    /// When any step of that failed; which of the two records is there is then unknown.
    pub(crate) fn write(&self, text: &str) -> std::io::Result<()> {
        let Some((place, record)) = self.newest()? else {
            return self.create(text);
        };
        let number = record.number.saturating_add(1);
        let bytes = format_record(number, text, self.record_bytes_max)?;
        // The other slot is written over next, so this one must be there for certain.
        self.keep(place, &record)?;
        self.put(self.slot_length().saturating_sub(place), number, &bytes)
    }

    /// Puts a record that somebody else wrote, or an earlier process, on the disk again where it stands. A sync alone
    /// would not do: after a failed one the kernel holds the bytes for written and leaves them out.
    fn keep(&self, place: u64, record: &Record) -> std::io::Result<()> {
        if self.kept_number.load(Ordering::Acquire) == record.number {
            return Ok(());
        }
        let bytes = format_record(record.number, &record.text, self.record_bytes_max)?;
        self.put(place, record.number, &bytes)?;
        self.judge(self.sync_name())
    }

    /// Writes a slot, to the disk.
    fn put(&self, place: u64, number: u64, bytes: &[u8]) -> std::io::Result<()> {
        let file = OpenOptions::new().write(true).open(&self.path)?;
        self.kept_number.store(NO_NUMBER, Ordering::Release);
        self.judge(file.write_all_at(bytes, place).and_then(|()| file.sync_data()))?;
        self.kept_number.store(number, Ordering::Release);
        Ok(())
    }

    /// Takes note of a record that may or may not be on the disk.
    fn judge(&self, written: std::io::Result<()>) -> std::io::Result<()> {
        written.map_err(|error| {
            self.is_unknown.store(true, Ordering::Release);
            Error::new(error.kind(), format!("{error}: {UNKNOWN}"))
        })
    }

    /// Where the newest whole record begins, and the record.
    fn newest(&self) -> std::io::Result<Option<(u64, Record)>> {
        if self.is_unknown.load(Ordering::Acquire) {
            return Err(Error::other(format!("a write of it failed before: {UNKNOWN}")));
        }
        let file = match File::open(&self.path) {
            Ok(file) => file,
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(error),
        };
        let mut bytes = Vec::new();
        file.take(2 * self.slot_length()).read_to_end(&mut bytes)?;
        let (first, second) = bytes.split_at(bytes.len().min(self.slot_bytes));
        // What lies behind a record is never written again: a bit that flips there must not spoil the slot for ever.
        let [first, second] =
            [first, second].map(|slot| slot.split_at(slot.len().min(self.record_bytes_max)).0);
        let slots = [(0, read_slot(first)), (self.slot_length(), read_slot(second))];
        if slots.iter().any(|(_, slot)| matches!(slot, Slot::Damaged)) {
            tracing::warn!(path = %self.path.display(), "one of the two slots is damaged; the other one is taken");
        }
        let whole = slots.into_iter().filter_map(|(place, slot)| match slot {
            Slot::Record(record) => Some((place, record)),
            Slot::Empty | Slot::Damaged => None,
        });
        let newest = whole.max_by_key(|(_, record)| record.number);
        newest.map(Some).ok_or_else(|| Error::new(ErrorKind::InvalidData, "it is damaged"))
    }

    /// The first record: a whole file under another name first, so that a file that is there is never empty.
    fn create(&self, text: &str) -> std::io::Result<()> {
        let temporary = self.path.with_extension("new");
        let mut file = File::create(&temporary)?;
        file.write_all(&format_record(FIRST_NUMBER, text, self.record_bytes_max)?)?;
        file.set_len(2 * self.slot_length())?;
        file.sync_all()?;
        std::fs::rename(&temporary, &self.path)?;
        self.judge(self.sync_name())?;
        self.kept_number.store(FIRST_NUMBER, Ordering::Release);
        Ok(())
    }

    /// Makes the file's name durable.
    fn sync_name(&self) -> std::io::Result<()> {
        let folder = self.path.parent().filter(|folder| !folder.as_os_str().is_empty());
        ledger::store::folder::sync(folder.unwrap_or_else(|| Path::new(".")))
    }

    fn slot_length(&self) -> u64 {
        u64::try_from(self.slot_bytes).unwrap_or(u64::MAX / 2)
    }
}

/// A slot's record: the number, the text, the digest of both, then noughts.
fn format_record(number: u64, text: &str, bytes_max: usize) -> std::io::Result<Vec<u8>> {
    let body = format!("{FIRST_WORD} {number}\n{text}");
    let mut bytes = format!("{body}{}\n", digest_of(&body)).into_bytes();
    if bytes.len() > bytes_max {
        return Err(Error::new(ErrorKind::InvalidInput, "the record is longer than its slot takes"));
    }
    bytes.resize(bytes_max, 0);
    Ok(bytes)
}

fn read_slot(bytes: &[u8]) -> Slot {
    if bytes.iter().all(|byte| *byte == 0) {
        return Slot::Empty;
    }
    parse_record(bytes).map_or(Slot::Damaged, Slot::Record)
}

fn parse_record(bytes: &[u8]) -> Option<Record> {
    let end = bytes.iter().position(|byte| *byte == 0).unwrap_or(bytes.len());
    let (text, rest) = bytes.split_at(end);
    if rest.iter().any(|byte| *byte != 0) {
        return None;
    }
    let text = std::str::from_utf8(text).ok()?;
    let (body, digest) = text.strip_suffix('\n')?.rsplit_once('\n')?;
    let body = format!("{body}\n");
    if digest != digest_of(&body) {
        return None;
    }
    let (first, text) = body.split_once('\n')?;
    let number = first.strip_prefix(FIRST_WORD)?.trim_start().parse().ok()?;
    Some(Record { number, text: text.to_owned() })
}

fn digest_of(body: &str) -> String {
    hex::encode(Sha256::digest(body))
}

#[cfg(test)]
#[expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]
mod tests {
    use super::*;

    fn filled(writes: u64) -> (tempfile::TempDir, SlotFile) {
        let folder = tempfile::tempdir().unwrap();
        let file = SlotFile::at(folder.path().join("record"));
        for number in 0..writes {
            file.write(&format!("number {number}\n")).unwrap();
        }
        (folder, file)
    }

    #[test]
    fn the_newest_record_is_read() {
        let (_folder, file) = filled(0);
        assert_eq!(file.read().unwrap(), None);
        for number in 0..5 {
            let text = format!("number {number}\n");
            file.write(&text).unwrap();
            assert_eq!(file.read().unwrap(), Some(text));
            assert_eq!(std::fs::metadata(file.path()).unwrap().len(), 8192);
        }
        assert!(file.write(&"x".repeat(RECORD_BYTES_MAX)).is_err());
        assert_eq!(file.read().unwrap().as_deref(), Some("number 4\n"));
    }

    #[test]
    fn after_a_failed_write_it_is_neither_read_nor_written() {
        let (_folder, file) = filled(2);
        let shared = file.clone();
        assert!(file.judge(Err(Error::other("EIO"))).is_err());
        for file in [&file, &shared] {
            assert!(file.read().is_err() && file.write("number 9\n").is_err());
        }
        // A restart looks at the file anew.
        assert_eq!(SlotFile::at(file.path).read().unwrap().as_deref(), Some("number 1\n"));
    }

    /// Whoever only looks writes nothing; whoever writes the file puts what it finds on the disk again, once.
    #[test]
    fn what_an_earlier_process_wrote_is_put_on_the_disk_again() {
        let (_folder, file) = filled(2);
        let number = |file: &SlotFile| file.kept_number.load(Ordering::Acquire);
        assert_eq!(number(&file), 2);
        let later = SlotFile::at(file.path.clone());
        later.read().unwrap();
        assert_eq!(number(&later), NO_NUMBER);
        assert_eq!(later.read_kept().unwrap().as_deref(), Some("number 1\n"));
        assert_eq!(number(&later), 2);
        // Another writer's record is none that this one knows.
        file.write("number 2\n").unwrap();
        later.read_kept().unwrap();
        assert_eq!(number(&later), 3);
        file.write("number 3\n").unwrap();
        let bytes = std::fs::read(file.path()).unwrap();
        SlotFile::at(file.path.clone()).read_kept().unwrap();
        assert_eq!(std::fs::read(file.path()).unwrap(), bytes);
    }

    /// A flipped bit in any place, the noughts between the slots too: what is written afterwards is read.
    #[test]
    fn what_is_written_over_a_changed_bit_is_read() {
        for at in (0..8192).step_by(61) {
            let (_folder, file) = filled(3);
            let mut bytes = std::fs::read(file.path()).unwrap();
            bytes[at] ^= 4;
            std::fs::write(file.path(), bytes).unwrap();
            for number in 3..6 {
                let text = format!("number {number}\n");
                file.write(&text).unwrap();
                assert_eq!(file.read().unwrap(), Some(text), "byte {at}");
            }
        }
    }

    /// A crash at any byte of the write, and a flipped bit anywhere: the record is the new one or the one before,
    /// never a third, and the next write works.
    #[test]
    fn a_torn_or_changed_slot_leaves_the_other() {
        for writes in [2, 3] {
            let (_folder, file) = filled(writes - 1);
            let before = std::fs::read(file.path()).unwrap();
            file.write(&format!("number {}\n", writes - 1)).unwrap();
            let after = std::fs::read(file.path()).unwrap();
            let place = (0..before.len()).find(|i| before[*i] != after[*i]).unwrap();
            let place = if place < 4096 { 0 } else { 4096 };
            for cut in 0..RECORD_BYTES_MAX {
                let mut torn = before.clone();
                torn[place..place + cut].copy_from_slice(&after[place..place + cut]);
                let mut flipped = after.clone();
                flipped[place + cut] ^= 1;
                for bytes in [torn, flipped] {
                    std::fs::write(file.path(), &bytes).unwrap();
                    let text = file.read().unwrap().unwrap();
                    let expected = if bytes == after { writes - 1 } else { writes - 2 };
                    assert_eq!(text, format!("number {expected}\n"), "cut {cut}");
                    file.write("next\n").unwrap();
                    assert_eq!(file.read().unwrap().as_deref(), Some("next\n"));
                }
            }
        }
    }

    #[test]
    fn a_large_record_survives_a_torn_write_too() {
        let folder = tempfile::tempdir().unwrap();
        let file = SlotFile::large(folder.path().join("record"));
        let texts = ["a", "b", "c"].map(|text| format!("{}\n", text.repeat(15_000)));
        for text in &texts[..2] {
            file.write(text).unwrap();
        }
        let before = std::fs::read(file.path()).unwrap();
        file.write(&texts[2]).unwrap();
        assert_eq!(file.read().unwrap().as_ref(), Some(&texts[2]));
        let after = std::fs::read(file.path()).unwrap();
        for cut in [1, 512, 4096, 9000] {
            let torn = [&after[..cut], &before[cut..]].concat();
            std::fs::write(file.path(), torn).unwrap();
            assert_eq!(file.read().unwrap().as_ref(), Some(&texts[1]), "cut {cut}");
        }
        assert!(file.write(&"x".repeat(LARGE_RECORD_BYTES_MAX)).is_err());
    }

    #[test]
    fn without_a_whole_slot_there_is_an_error_not_an_absent_record() {
        let (_folder, file) = filled(1);
        for bytes in [&b""[..], &[0; 8192], b"slot 1\n", &std::fs::read(file.path()).unwrap()[..50]] {
            std::fs::write(file.path(), bytes).unwrap();
            assert!(file.read().is_err());
            assert!(file.write("x\n").is_err());
        }
    }
}
