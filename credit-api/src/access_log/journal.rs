//! Rows on the disk before they are in the table: two files that are written in turn, so that one can be left to
//! whoever puts its rows into the table while the other fills. A commit into the table rewrites pages of its indexes; a
//! frame at the end of what a file holds does not. The files have their size from the beginning, so that a sync writes
//! nothing else. Where the disk takes whole blocks past the system's memory (`O_DIRECT`), a frame is one write that
//! returns when it is on the disk; elsewhere it is written and synced.
//!
//! A frame is what one sync put there: the length of its rows (4 bytes, big-endian), the number of the filling (8), the
//! first 8 bytes of the SHA-256 of filling and rows, and the rows with their numbers (SCALE), then zeros up to a whole
//! block. A frame of another filling is left over from an earlier one. What a power cut left of a frame was answered to
//! nobody and is passed over.

use std::fs::{File, OpenOptions};
use std::io;
use std::os::unix::fs::{FileExt, OpenOptionsExt};
use std::path::Path;

use parity_scale_codec::{Decode, Encode};
use sha2::{Digest, Sha256};

use super::Row;

/// Names in the data folder.
pub const NAMES: [&str; 2] = ["access-log.0.journal", "access-log.1.journal"];
/// Locked by the one process that writes the log of this folder.
const LOCK: &str = "access-log.lock";
/// Bytes of a file; a group of rows that is larger makes it grow.
const FILE_BYTES: u64 = 8 * 1024 * 1024;
const HEAD_BYTES: usize = 20;
const SUM_BYTES: usize = 8;
/// Frames begin at multiples of this: no disk has larger blocks.
const BLOCK_BYTES: usize = 4_096;

/// A row with the number it has, or will have, in the table.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub struct Numbered {
    pub id: i64,
    pub row: Row,
}

/// The files, locked.
#[derive(Debug)]
pub struct Journal {
    files: [File; 2],
    /// The same files, where a write returns when it is on the disk.
    through: Option<[File; 2]>,
    /// The one that is written, how far, and the how manieth filling it is.
    current: usize,
    length: u64,
    filling: u64,
    /// A sync failed: what the file holds is unknown until it is read again by another process.
    is_broken: bool,
    _lock: File,
}

impl Journal {
    /// Opens the files of a folder, and gives what they hold in the order of numbers.
    ///
    /// # Errors
    /// When another process has them, or the disk's.
    pub fn open(folder: &Path) -> io::Result<(Self, Vec<Numbered>)> {
        let open = |name: &str| {
            OpenOptions::new().create(true).truncate(false).read(true).write(true).open(folder.join(name))
        };
        let lock = open(LOCK)?;
        lock.try_lock().map_err(|error| {
            let why = format!("the access log in {} belongs to another process: {error}", folder.display());
            io::Error::new(io::ErrorKind::WouldBlock, why)
        })?;
        let files = [open(NAMES[0])?, open(NAMES[1])?];
        let (mut rows, mut filling) = (Vec::new(), 0);
        for file in &files {
            let found = frames(&whole(file)?);
            rows.extend(found.rows);
            filling = filling.max(found.filling);
        }
        rows.sort_by_key(|numbered| numbered.id);
        for file in &files {
            fill(file)?;
        }
        File::open(folder)?.sync_all()?;
        let through = through(folder);
        Ok((Self { files, through, current: 0, length: 0, filling, is_broken: false, _lock: lock }, rows))
    }

    /// Begins to write the first file anew, once what the files held is safe elsewhere.
    ///
    /// # Errors
    /// The disk's.
    pub fn begin(&mut self) -> io::Result<()> {
        self.forget(0)?;
        self.forget(1)?;
        self.filling += 1;
        Ok(())
    }

    /// The files, for whoever forgets what they hold.
    ///
    /// # Errors
    /// The system's.
    pub fn files(&self) -> io::Result<[File; 2]> {
        Ok([self.files[0].try_clone()?, self.files[1].try_clone()?])
    }

    fn forget(&self, at: usize) -> io::Result<()> {
        self.files.get(at).map_or(Ok(()), forget)
    }

    /// Whether these rows are to go to the other file.
    #[must_use]
    pub fn is_full(&self, frame: &Frame) -> bool {
        self.length > 0 && self.length + frame.len() > FILE_BYTES
    }

    /// Goes over to the other file; gives the one that is left.
    pub fn switch(&mut self) -> usize {
        let left = self.current;
        self.current = 1 - left.min(1);
        self.length = 0;
        self.filling += 1;
        left
    }

    /// What [`Journal::append`] writes of these rows.
    #[must_use]
    pub fn frame(rows: &[Numbered]) -> Frame {
        Frame(rows.encode())
    }

    /// The rows are on the disk when this returns.
    ///
    /// # Errors
    /// The disk's. What a failed write into memory left is written over by the next one; after a failed sync, or a
    /// write to the disk that failed, nothing more is taken, since the system forgets what it could not write.
    pub fn append(&mut self, frame: &Frame) -> io::Result<()> {
        if self.is_broken {
            return Err(io::Error::other(
                "an earlier sync of the access log's journal failed; restart the service",
            ));
        }
        let blocks = Blocks::of(frame, self.filling);
        if self.put(&blocks)? {
            self.length += frame.len();
            return Ok(());
        }
        let file = self.files.get(self.current).ok_or(io::ErrorKind::InvalidInput)?;
        file.write_all_at(blocks.bytes(), self.length)?;
        if let Err(error) = file.sync_data() {
            self.is_broken = true;
            return Err(error);
        }
        self.length += frame.len();
        Ok(())
    }

    /// Writes through to the disk; false where that cannot be done, now and from now on.
    fn put(&mut self, blocks: &Blocks) -> io::Result<bool> {
        let Some(files) = &self.through else { return Ok(false) };
        let file = files.get(self.current).ok_or(io::ErrorKind::InvalidInput)?;
        match file.write_all_at(blocks.bytes(), self.length) {
            Ok(()) => Ok(true),
            // A file system that opens a file so and writes none so.
            Err(error) if error.kind() == io::ErrorKind::InvalidInput => {
                self.through = None;
                Ok(false)
            }
            Err(error) => {
                self.is_broken = true;
                Err(error)
            }
        }
    }
}

/// The files, opened so that a write returns when it is on the disk; nothing where the file system cannot.
fn through(folder: &Path) -> Option<[File; 2]> {
    use rustix::fs::OFlags;
    let flags = i32::try_from((OFlags::DIRECT | OFlags::DSYNC).bits()).ok()?;
    let open = |name: &str| OpenOptions::new().write(true).custom_flags(flags).open(folder.join(name)).ok();
    Some([open(NAMES[0])?, open(NAMES[1])?])
}

/// A frame in whole blocks of memory and of the file.
struct Blocks {
    memory: Vec<u8>,
    start: usize,
}

impl Blocks {
    fn of(frame: &Frame, filling: u64) -> Self {
        let bytes = frame.bytes(filling);
        let length = bytes.len().next_multiple_of(BLOCK_BYTES);
        let mut memory = vec![0; length + BLOCK_BYTES];
        let start = memory.as_ptr().align_offset(BLOCK_BYTES).min(BLOCK_BYTES);
        if let Some(place) = memory.get_mut(start..start + bytes.len()) {
            place.copy_from_slice(&bytes);
        }
        memory.truncate(start + length);
        Self { memory, start }
    }

    fn bytes(&self) -> &[u8] {
        self.memory.get(self.start..).unwrap_or_default()
    }
}

/// Rows as they are written.
#[derive(Debug)]
pub struct Frame(Vec<u8>);

impl Frame {
    /// Bytes of the file that it takes.
    fn len(&self) -> u64 {
        u64::try_from((HEAD_BYTES + self.0.len()).next_multiple_of(BLOCK_BYTES)).unwrap_or(u64::MAX)
    }

    fn bytes(&self, filling: u64) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(HEAD_BYTES + self.0.len());
        bytes.extend_from_slice(&u32::try_from(self.0.len()).unwrap_or(u32::MAX).to_be_bytes());
        bytes.extend_from_slice(&filling.to_be_bytes());
        bytes.extend_from_slice(&sum(filling, &self.0));
        bytes.extend_from_slice(&self.0);
        bytes
    }
}

fn sum(filling: u64, rows: &[u8]) -> [u8; SUM_BYTES] {
    let digest = Sha256::new().chain_update(filling.to_be_bytes()).chain_update(rows).finalize();
    digest.first_chunk().copied().unwrap_or_default()
}

fn whole(file: &File) -> io::Result<Vec<u8>> {
    let length = usize::try_from(file.metadata()?.len()).map_err(io::Error::other)?;
    let mut bytes = vec![0; length];
    file.read_exact_at(&mut bytes, 0)?;
    Ok(bytes)
}

/// Gives a file its size, on the disk and not only in name.
fn fill(file: &File) -> io::Result<()> {
    let length = file.metadata()?.len();
    if length < FILE_BYTES {
        let missing = usize::try_from(FILE_BYTES - length).map_err(io::Error::other)?;
        file.write_all_at(&vec![0; missing], length)?;
        file.sync_all()?;
    }
    Ok(())
}

/// Makes a file hold nothing. It need not be on the disk: rows that are in the table already are passed over.
///
/// # Errors
/// The disk's.
pub fn forget(file: &File) -> io::Result<()> {
    file.write_all_at(&[0; HEAD_BYTES], 0)
}

/// What a file holds.
#[derive(Debug, Default)]
struct Held {
    rows: Vec<Numbered>,
    filling: u64,
}

/// The whole frames of one filling. An earlier version of this program wrote them one behind the other.
fn frames(bytes: &[u8]) -> Held {
    let (mut held, mut at) = (Held::default(), 0);
    let rest = |at: usize| bytes.get(at..).unwrap_or_default();
    while let Some((filling, rows, length)) = first_frame(rest(at)).or_else(|| {
        at = at.next_multiple_of(BLOCK_BYTES);
        first_frame(rest(at))
    }) {
        if held.filling != 0 && held.filling != filling {
            break;
        }
        held.filling = filling;
        held.rows.extend(rows);
        at += length;
    }
    held
}

/// Filling, rows and length of the frame that begins here.
fn first_frame(bytes: &[u8]) -> Option<(u64, Vec<Numbered>, usize)> {
    let (length, rest) = bytes.split_first_chunk::<4>()?;
    let (filling, rest) = rest.split_first_chunk::<8>()?;
    let (found, rest) = rest.split_first_chunk::<SUM_BYTES>()?;
    let filling = u64::from_be_bytes(*filling);
    let mut body = rest.get(..usize::try_from(u32::from_be_bytes(*length)).ok()?)?;
    let length = HEAD_BYTES + body.len();
    if body.is_empty() || sum(filling, body) != *found {
        return None;
    }
    let rows = Vec::<Numbered>::decode(&mut body).ok()?;
    Some((filling, rows, length))
}

#[cfg(test)]
#[expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]
mod tests {
    use super::*;

    fn row(id: i64) -> Numbered {
        let row = Row {
            at_ms: id,
            request: "r".to_owned(),
            who: "user:1".to_owned(),
            audience: "customs".to_owned(),
            organisation: None,
            uscc: Some("91511502MA6TEXT13K".to_owned()),
            purpose: Some("supervision".to_owned()),
            consent: None,
            shown: "score:full".to_owned(),
            refused: String::new(),
            result: None,
            status: 200,
        };
        Numbered { id, row }
    }

    fn ids(rows: &[Numbered]) -> Vec<i64> {
        rows.iter().map(|row| row.id).collect()
    }

    fn begun(folder: &Path) -> Journal {
        let (mut journal, _) = Journal::open(folder).unwrap();
        journal.begin().unwrap();
        journal
    }

    fn append(journal: &mut Journal, ids: &[i64]) -> io::Result<()> {
        let rows: Vec<Numbered> = ids.iter().map(|id| row(*id)).collect();
        journal.append(&Journal::frame(&rows))
    }

    #[test]
    fn what_was_appended_is_read_again_from_both_files_until_it_is_forgotten() {
        let folder = tempfile::tempdir().unwrap();
        let mut journal = begun(folder.path());
        append(&mut journal, &[1, 2]).unwrap();
        assert_eq!(journal.switch(), 0);
        append(&mut journal, &[3]).unwrap();
        assert!(Journal::open(folder.path()).unwrap_err().to_string().contains("another process"));
        drop(journal);
        let (journal, found) = Journal::open(folder.path()).unwrap();
        assert_eq!(found, [row(1), row(2), row(3)]);
        forget(&journal.files().unwrap()[0]).unwrap();
        drop(journal);
        assert_eq!(ids(&Journal::open(folder.path()).unwrap().1), [3]);
    }

    #[test]
    fn frames_of_an_earlier_filling_are_passed_over() {
        let folder = tempfile::tempdir().unwrap();
        let mut journal = begun(folder.path());
        append(&mut journal, &[1]).unwrap();
        append(&mut journal, &[2]).unwrap();
        journal.switch();
        journal.switch();
        append(&mut journal, &[3]).unwrap();
        drop(journal);
        assert_eq!(ids(&Journal::open(folder.path()).unwrap().1), [3]);
    }

    #[test]
    fn cut_at_any_byte_or_with_any_byte_changed_it_holds_the_frames_before() {
        let frame = |id: i64| Journal::frame(&[row(id)]);
        // One behind the other, as an earlier version wrote them, and in whole blocks.
        for written in [|frame: &Frame| frame.bytes(7), |frame: &Frame| Blocks::of(frame, 7).bytes().to_vec()]
        {
            let parts: Vec<Vec<u8>> = (1..=3).map(|id| written(&frame(id))).collect();
            let (whole, length) = (parts.concat(), frame(1).bytes(7).len());
            let starts = [0, parts[0].len(), parts[0].len() + parts[1].len()];
            for at in 0..whole.len() {
                let cut = starts.iter().filter(|start| **start + length <= at).count();
                assert_eq!(frames(&whole[..at]).rows.len(), cut, "cut at {at}");
                let in_frame = starts.iter().any(|start| (*start..*start + length).contains(&at));
                let before = starts.iter().filter(|start| **start + length <= at).count();
                let mut changed = whole.clone();
                changed[at] ^= 0x40;
                let sound = if in_frame { before } else { 3 };
                assert_eq!(frames(&changed).rows.len(), sound, "byte {at}");
            }
            assert_eq!(ids(&frames(&whole).rows), [1, 2, 3]);
        }
        assert_eq!(Blocks::of(&frame(1), 7).bytes().len(), BLOCK_BYTES);
    }

    #[test]
    fn after_a_write_that_failed_the_next_one_takes_its_place() {
        let folder = tempfile::tempdir().unwrap();
        let mut journal = begun(folder.path());
        append(&mut journal, &[1]).unwrap();
        journal.through = None;
        let sound = journal.files[0].try_clone().unwrap();
        journal.files[0] = File::open(folder.path().join(NAMES[0])).unwrap();
        assert!(append(&mut journal, &[2]).is_err(), "opened for reading only");
        journal.files[0] = sound;
        append(&mut journal, &[3]).unwrap();
        drop(journal);
        assert_eq!(ids(&Journal::open(folder.path()).unwrap().1), [1, 3]);
    }
}
