//! An archive's parts one after another, each unpacked within its limits. Names are for messages to people only.

use std::io::{BufReader, Read};

use zip::ZipArchive;
use zip::result::ZipError;

use super::error::{Broken, Fault, OpenError, Problem};
use super::limits::{Limits, MAX_PART_NAME_CHARS};
use crate::intake::readers::ReadSeek;

/// Bytes read from the archive at a time.
const BUFFER_BYTES: usize = 64 * 1024;
/// Bytes for which room is made at most before a part shows that it has them.
const MAX_TRUSTED_BYTES: usize = 1024 * 1024;

/// A part's name for people, and its bytes.
pub(super) type Part = (Option<String>, Vec<u8>);

pub(super) struct Archive {
    zip: ZipArchive<BufReader<Box<dyn ReadSeek>>>,
    total_bytes: u64,
    next: usize,
    /// Bytes of the parts looked at, as they are in the archive.
    packed: u64,
    /// Bytes of the parts looked at, unpacked.
    unpacked: u64,
}

/// What the list of parts says of one; the archive may lie.
struct Listed {
    name: Option<String>,
    packed: u64,
    unpacked: u64,
    folder: bool,
}

impl Archive {
    pub(super) fn open(
        file: Box<dyn ReadSeek>,
        total_bytes: u64,
        limits: &Limits,
    ) -> Result<Self, OpenError> {
        let zip = ZipArchive::new(BufReader::with_capacity(BUFFER_BYTES, file)).map_err(refusal)?;
        if zip.len() > limits.archive_parts {
            return Err(OpenError::Parts(limits.archive_parts));
        }
        // Of parts with one name only the last could be reached; the others would be lost in silence.
        if zip.has_duplicate_names() {
            return Err(OpenError::SameName);
        }
        if zip.is_empty() {
            return Err(OpenError::Empty);
        }
        Ok(Self { zip, total_bytes, next: 0, packed: 0, unpacked: 0 })
    }

    /// How far reading has come, in bytes of the archive.
    pub(super) fn bytes_read(&self) -> u64 {
        if self.next >= self.zip.len() { self.total_bytes } else { self.packed.min(self.total_bytes) }
    }

    /// The next part that is a file.
    pub(super) fn next(&mut self, limits: &Limits) -> Option<Result<Part, Broken>> {
        loop {
            let at = self.next;
            if at >= self.zip.len() {
                return None;
            }
            self.next += 1;
            let Some(listed) = self.listed(at) else {
                return Some(Err(Broken::new(None, Fault::whole(Problem::Damaged))));
            };
            self.packed = self.packed.saturating_add(listed.packed);
            if listed.folder {
                continue;
            }
            return Some(match self.unpack(at, &listed, limits) {
                Ok(bytes) => Ok((listed.name, bytes)),
                Err(problem) => {
                    if matches!(problem, Problem::ArchiveBytes(_)) {
                        self.next = self.zip.len();
                    }
                    Err(Broken::new(listed.name, Fault::whole(problem)))
                }
            });
        }
    }

    fn listed(&self, at: usize) -> Option<Listed> {
        let entry = self.zip.by_index_data(at).ok()?;
        Some(Listed {
            name: clean(entry.name_raw()),
            packed: entry.compressed_size(),
            unpacked: entry.size(),
            folder: entry.is_dir(),
        })
    }

    fn unpack(&mut self, at: usize, listed: &Listed, limits: &Limits) -> Result<Vec<u8>, Problem> {
        let grown = |packed: u64| limits.free_growth_bytes.max(packed.saturating_mul(limits.growth));
        let (most, allowed) = (to_u64(limits.part_bytes), grown(listed.packed));
        let too_large = if allowed < most {
            Problem::Growth(limits.growth)
        } else {
            Problem::PartBytes(limits.part_bytes)
        };
        let room = most.min(allowed);
        // Parts may share their bytes in the archive, so that each grows a little and all of them without end.
        let total = limits.archive_bytes.min(grown(self.total_bytes));
        let left = total.saturating_sub(self.unpacked);
        // An honest archive says what it unpacks to, and needs no unpacking to be refused.
        if listed.unpacked > room {
            return Err(too_large);
        }
        if listed.unpacked > left {
            return Err(Problem::ArchiveBytes(total));
        }
        let part = self.zip.by_index(at).map_err(|error| problem_of(&error))?;
        let trusted = usize::try_from(listed.unpacked).unwrap_or(usize::MAX).min(MAX_TRUSTED_BYTES);
        let mut bytes = Vec::with_capacity(trusted);
        let read = part.take(room.min(left).saturating_add(1)).read_to_end(&mut bytes);
        let count = to_u64(bytes.len());
        self.unpacked = self.unpacked.saturating_add(count);
        if count > room {
            return Err(too_large);
        }
        if count > left {
            return Err(Problem::ArchiveBytes(total));
        }
        match read {
            Ok(_) => Ok(bytes),
            Err(_) => Err(Problem::Damaged),
        }
    }
}

fn refusal(error: ZipError) -> OpenError {
    if matches!(error, ZipError::Io(_)) { OpenError::Io } else { OpenError::Archive }
}

fn problem_of(error: &ZipError) -> Problem {
    if matches!(error, ZipError::UnsupportedArchive(_)) { Problem::Encrypted } else { Problem::Damaged }
}

fn to_u64(bytes: usize) -> u64 {
    u64::try_from(bytes).unwrap_or(u64::MAX)
}

/// The last component of a part's name, without anything that could mislead a reader or a file system; Chinese
/// Windows writes names in GB18030.
fn clean(raw: &[u8]) -> Option<String> {
    let text = match std::str::from_utf8(raw) {
        Ok(text) => text.into(),
        Err(_) => encoding_rs::GB18030.decode_without_bom_handling(raw).0,
    };
    let last = text.rsplit(['/', '\\']).next().unwrap_or_default();
    let name: String = last.chars().filter(|c| is_plain(*c)).take(MAX_PART_NAME_CHARS).collect();
    let name = name.trim_matches(['.', ' ']);
    (!name.is_empty()).then(|| name.to_owned())
}

/// Not a control character, nor one that turns the direction of writing or has no width, nor one with a meaning in
/// paths or markup.
fn is_plain(c: char) -> bool {
    let hidden = matches!(c,
        '\u{00AD}' | '\u{061C}' | '\u{200B}'..='\u{200F}' | '\u{2028}'..='\u{202E}' | '\u{2060}'..='\u{206F}'
        | '\u{FEFF}' | '\u{FFFD}' | '\u{E0000}'..='\u{E007F}');
    !c.is_control() && !hidden && !matches!(c, ':' | '*' | '?' | '"' | '<' | '>' | '|' | '&')
}
