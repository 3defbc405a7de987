//! A small durable record that changes often: one file, two slots, overwritten in turn.
//!
//! Replacing a file by name costs a new file, a rename and the folder's sync, several times what the disk needs for
//! the bytes. Here the file keeps its size and place, so that one write is one `fdatasync` of one sector. A crash
//! in the middle can harm only the slot being written; the other still holds what was there before.
//!
//! After a sync that failed nobody knows what the disk holds, and the kernel takes the bytes for written: read again
//! they would look well, and the next write would go over the last record that is there for certain. So the file is
//! neither read nor written by this process any more.

use sha2::{Digest, Sha256};
use std::fs::{File, OpenOptions};
use std::io::{Error, ErrorKind, Read, Write};
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// A page, so that the two slots never share a sector.
const PAGE_BYTES: usize = 4096;
/// One sector: what a disk writes whole or not at all.
const RECORD_BYTES_MAX: usize = 512;
/// Longest record of [`SlotFile::large`]: a checkpoint with a few post-quantum signatures of 3.4 kB. A disk may
/// write a part of it; the digest tells.
const LARGE_RECORD_BYTES_MAX: usize = 4 * PAGE_BYTES;
const FIRST_WORD: &str = "slot";

/// The record of one file.
#[derive(Debug, Clone)]
pub(crate) struct SlotFile {
    path: PathBuf,
    record_bytes_max: usize,
    slot_bytes: usize,
    /// A write or sync of the record failed.
    is_unknown: Arc<AtomicBool>,
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
        Self { path, record_bytes_max: RECORD_BYTES_MAX, slot_bytes: PAGE_BYTES, is_unknown: Arc::default() }
    }

    /// As [`SlotFile::at`], with room for [`LARGE_RECORD_BYTES_MAX`].
    pub(crate) fn large(path: PathBuf) -> Self {
        let (record_bytes_max, slot_bytes) = (LARGE_RECORD_BYTES_MAX, LARGE_RECORD_BYTES_MAX);
        Self { path, record_bytes_max, slot_bytes, is_unknown: Arc::default() }
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

    /// Replaces the record and returns once the new one is on the disk. `text` is lines, each ended.
    ///
    /// # Errors
    /// When any step of that failed; which of the two records is there is then unknown.
    pub(crate) fn write(&self, text: &str) -> std::io::Result<()> {
        let Some((place, record)) = self.newest()? else {
            return self.create(text);
        };
        let bytes = format_record(record.number.saturating_add(1), text, self.record_bytes_max)?;
        let file = OpenOptions::new().write(true).open(&self.path)?;
        let written = file
            .write_all_at(&bytes, self.slot_length().saturating_sub(place))
            .and_then(|()| file.sync_data());
        self.judge(written)
    }

    /// Takes note of a record that may or may not be on the disk.
    fn judge(&self, written: std::io::Result<()>) -> std::io::Result<()> {
        self.is_unknown.fetch_or(written.is_err(), Ordering::AcqRel);
        written
    }

    /// Where the newest whole record begins, and the record.
    fn newest(&self) -> std::io::Result<Option<(u64, Record)>> {
        if self.is_unknown.load(Ordering::Acquire) {
            return Err(Error::other(
                "a write of it failed before, so that nobody knows what is on the disk; see to the disk, then restart",
            ));
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
        file.write_all(&format_record(1, text, self.record_bytes_max)?)?;
        file.set_len(2 * self.slot_length())?;
        file.sync_all()?;
        std::fs::rename(&temporary, &self.path)?;
        let folder = self.path.parent().filter(|folder| !folder.as_os_str().is_empty());
        self.judge(File::open(folder.unwrap_or_else(|| Path::new("."))).and_then(|folder| folder.sync_all()))
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
