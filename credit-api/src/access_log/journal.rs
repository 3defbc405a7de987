//! Rows on the disk before they are in the table: two files that are appended to in turn, so that one can be emptied while
//! the other grows. A commit into the table rewrites pages of its indexes; a line at the end of a file does not.
//!
//! A frame is what one sync put there: its length (4 bytes, big-endian), the first 8 bytes of the SHA-256 of the rest, and
//! the rows with their numbers (SCALE). What a power cut left of a frame was answered to nobody and is passed over.

use std::fs::{File, OpenOptions};
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::path::Path;

use parity_scale_codec::{Decode, Encode};
use sha2::{Digest, Sha256};

use super::Row;

/// Names in the data folder.
pub const NAMES: [&str; 2] = ["access-log.0.journal", "access-log.1.journal"];
/// Locked by the one process that writes the log of this folder.
const LOCK: &str = "access-log.lock";
/// A frame holds the rows of one commit, which are far fewer bytes; a length beyond it is none of ours.
const FRAME_BYTES_MAX: usize = 64 * 1024 * 1024;
const HEAD_BYTES: usize = 12;

/// A row with the number it has, or will have, in the table.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub struct Numbered {
    pub id: i64,
    pub row: Row,
}

/// The files, locked. Only the thread that appends has it; the one that empties has [`Journal::file`].
#[derive(Debug)]
pub struct Journal {
    files: [File; 2],
    /// Bytes of each up to the end of its last whole frame.
    lengths: [u64; 2],
    current: usize,
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
        let lock = OpenOptions::new().create(true).truncate(false).write(true).open(folder.join(LOCK))?;
        lock.try_lock().map_err(|error| {
            let why = format!("the access log in {} belongs to another process: {error}", folder.display());
            io::Error::new(io::ErrorKind::WouldBlock, why)
        })?;
        let open = |name: &str| {
            OpenOptions::new().create(true).truncate(false).read(true).write(true).open(folder.join(name))
        };
        let mut files = [open(NAMES[0])?, open(NAMES[1])?];
        File::open(folder)?.sync_all()?;
        let mut rows = Vec::new();
        for (file, name) in files.iter_mut().zip(NAMES) {
            let mut bytes = Vec::new();
            file.read_to_end(&mut bytes)?;
            let (found, left) = frames(&bytes);
            if left > 0 {
                tracing::warn!(
                    file = name,
                    bytes = left,
                    "the access log's journal ends in a frame that was cut off"
                );
            }
            rows.extend(found);
        }
        rows.sort_by_key(|numbered| numbered.id);
        Ok((Self { files, lengths: [0, 0], current: 0, is_broken: false, _lock: lock }, rows))
    }

    /// One of the two, to be emptied by whoever has put its rows into the table.
    ///
    /// # Errors
    /// The system's.
    pub fn file(&self, at: usize) -> io::Result<File> {
        self.files.get(at).ok_or(io::ErrorKind::InvalidInput)?.try_clone()
    }

    /// Bytes of the file that is appended to.
    #[must_use]
    pub fn len(&self) -> u64 {
        self.lengths.get(self.current).copied().unwrap_or(0)
    }

    /// Goes over to the other file, which is empty; gives the one that is left.
    pub fn switch(&mut self) -> usize {
        let left = self.current;
        self.current = 1 - left.min(1);
        if let Some(length) = self.lengths.get_mut(self.current) {
            *length = 0;
        }
        left
    }

    /// Rows are on the disk when this returns.
    ///
    /// # Errors
    /// The disk's. After a failed write the next one starts anew; after a failed sync nothing more is taken, since the
    /// system forgets what it could not write.
    pub fn append(&mut self, rows: &[Numbered]) -> io::Result<()> {
        if self.is_broken {
            return Err(io::Error::other(
                "an earlier sync of the access log's journal failed; restart the service",
            ));
        }
        let frame = frame(rows);
        let at = self.current;
        let (Some(file), Some(length)) = (self.files.get_mut(at), self.lengths.get_mut(at)) else {
            return Err(io::ErrorKind::InvalidInput.into());
        };
        file.seek(SeekFrom::Start(*length))?;
        if let Err(error) = file.write_all(&frame) {
            self.is_broken = file.set_len(*length).is_err();
            return Err(error);
        }
        if let Err(error) = file.sync_data() {
            self.is_broken = true;
            return Err(error);
        }
        *length += u64::try_from(frame.len()).unwrap_or(0);
        Ok(())
    }
}

fn frame(rows: &[Numbered]) -> Vec<u8> {
    let body = rows.encode();
    let mut frame = Vec::with_capacity(HEAD_BYTES + body.len());
    frame.extend_from_slice(&u32::try_from(body.len()).unwrap_or(u32::MAX).to_be_bytes());
    frame.extend_from_slice(Sha256::digest(&body).first_chunk::<8>().unwrap_or(&[0; 8]));
    frame.extend_from_slice(&body);
    frame
}

/// The rows of the whole frames, and how many bytes follow them.
fn frames(bytes: &[u8]) -> (Vec<Numbered>, usize) {
    let (mut rows, mut rest) = (Vec::new(), bytes);
    while let Some((found, after)) = first_frame(rest) {
        rows.extend(found);
        rest = after;
    }
    (rows, rest.len())
}

fn first_frame(bytes: &[u8]) -> Option<(Vec<Numbered>, &[u8])> {
    let (length, rest) = bytes.split_first_chunk::<4>()?;
    let (sum, rest) = rest.split_first_chunk::<8>()?;
    let length =
        usize::try_from(u32::from_be_bytes(*length)).ok().filter(|length| *length <= FRAME_BYTES_MAX)?;
    let (mut body, after) = rest.split_at_checked(length)?;
    if Sha256::digest(body).first_chunk::<8>() != Some(sum) {
        return None;
    }
    let rows = Vec::<Numbered>::decode(&mut body).ok()?;
    Some((rows, after))
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

    #[test]
    fn what_was_appended_is_read_again_from_both_files_until_they_are_emptied() {
        let folder = tempfile::tempdir().unwrap();
        let (mut journal, found) = Journal::open(folder.path()).unwrap();
        assert_eq!(found, []);
        journal.append(&[row(1), row(2)]).unwrap();
        journal.switch();
        journal.append(&[row(3)]).unwrap();
        assert!(Journal::open(folder.path()).unwrap_err().to_string().contains("another process"));
        drop(journal);
        let (journal, found) = Journal::open(folder.path()).unwrap();
        assert_eq!(found, [row(1), row(2), row(3)]);
        journal.file(0).unwrap().set_len(0).unwrap();
        drop(journal);
        assert_eq!(ids(&Journal::open(folder.path()).unwrap().1), [3]);
    }

    #[test]
    fn cut_at_any_byte_or_with_any_byte_changed_it_holds_the_frames_before() {
        let ends: Vec<usize> = [row(1), row(2), row(3)]
            .iter()
            .scan(0, |end, row| {
                *end += frame(std::slice::from_ref(row)).len();
                Some(*end)
            })
            .collect();
        let whole: Vec<u8> = (1..=3).flat_map(|id| frame(&[row(id)])).collect();
        for at in 0..whole.len() {
            let sound = ends.iter().filter(|end| **end <= at).count();
            let (rows, left) = frames(&whole[..at]);
            assert_eq!((rows.len(), left), (sound, at - if sound == 0 { 0 } else { ends[sound - 1] }));
            let mut changed = whole.clone();
            changed[at] ^= 0x40;
            assert_eq!(frames(&changed).0.len(), sound, "byte {at}");
        }
        assert_eq!(ids(&frames(&whole).0), [1, 2, 3]);
    }

    #[test]
    fn after_a_write_that_failed_the_next_one_is_whole() {
        let folder = tempfile::tempdir().unwrap();
        let (mut journal, _) = Journal::open(folder.path()).unwrap();
        journal.append(&[row(1)]).unwrap();
        let sound = journal.files[0].try_clone().unwrap();
        journal.files[0] = File::open(folder.path().join(NAMES[0])).unwrap();
        assert!(journal.append(&[row(2)]).is_err(), "opened for reading only");
        // The end could not be cut off either, so nothing more is taken.
        journal.files[0] = sound;
        assert!(journal.append(&[row(3)]).unwrap_err().to_string().contains("restart"));
        drop(journal);
        assert_eq!(ids(&Journal::open(folder.path()).unwrap().1), [1]);
    }
}
