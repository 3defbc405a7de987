//! The manifest of an extract: who signed it, and whether the files beside it are those that it names.
//!
//! `manifest.json`, an empty line and `manifest.sig` are a signed note by the keys that sign the log's checkpoints. A
//! file that is not there is not proven; one that is there and differs refuses the whole. Files are read in parts: they
//! may be as large as the zone.

use std::collections::BTreeSet;
use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use ledger::checkpoint::Checkpoint;
use ledger::note::{MAX_NOTE_BYTES, Note, Vkey, open};
use ledger::policy::Policy;
use ledger::texts::Lang;
use serde::Deserialize;
use sha2::{Digest, Sha256};

/// Form of the manifests that are known.
const FORMAT: &str = "xinji-extract-1";
/// How the signatures and the text are called.
const SIGNATURES: &str = "sig";
const TEXT: &str = "json";
/// Most files that a manifest may name.
const FILES_MAX: usize = 16;
/// Bytes of a file that are read together.
const PART_BYTES: usize = 128 * 1024;

/// What a manifest says, as far as it is told or checked; the rest is for its reader.
#[derive(Debug, Clone, Deserialize)]
pub(super) struct Manifest {
    format: String,
    pub origin: String,
    pub extract: String,
    pub request: String,
    pub audience: String,
    pub organisation: String,
    pub purpose: String,
    pub made_at: String,
    pub as_of: String,
    pub enterprises: u64,
    files: Vec<Entry>,
    checkpoint: Option<String>,
}

#[derive(Debug, Clone, Deserialize)]
struct Entry {
    name: String,
    sha256: String,
    bytes: u64,
    rows: u64,
}

/// Why a manifest is refused.
#[derive(Debug)]
pub(super) enum ManifestError {
    /// Not a note, or not a manifest of this form.
    Malformed(String),
    Signature(String),
    /// Another log's, though signed by a key that is trusted.
    Origin {
        claimed: String,
    },
    Checkpoint(String),
    /// None of the files is there.
    NoFile,
}

impl ManifestError {
    /// A code that stays.
    pub(super) fn code(&self) -> &'static str {
        match self {
            Self::Malformed(_) => "manifest_malformed",
            Self::Signature(_) => "manifest_signature",
            Self::Origin { .. } => "manifest_origin",
            Self::Checkpoint(_) => "manifest_checkpoint",
            Self::NoFile => "manifest_no_file",
        }
    }

    pub(super) fn text(&self, lang: Lang) -> String {
        let (zh, en) = match self {
            Self::Malformed(why) => {
                (format!("清单无法读取：{why}"), format!("the manifest does not read: {why}"))
            }
            Self::Signature(why) => {
                (format!("清单的签名不成立：{why}"), format!("the manifest is not signed by the log: {why}"))
            }
            Self::Origin { claimed } => (
                format!("清单自称属于 {claimed}，签名者是另一日志"),
                format!("the manifest says that it is of {claimed}, and another log signed it"),
            ),
            Self::Checkpoint(why) => (
                format!("清单中的检查点未经该日志签名：{why}"),
                format!("the checkpoint in the manifest is not signed by the log: {why}"),
            ),
            Self::NoFile => (
                "清单所列的文件一个也不在旁边".to_owned(),
                "none of the files that the manifest names lies beside it".to_owned(),
            ),
        };
        pick(lang, zh, en)
    }
}

/// What became of a file that a manifest names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Finding {
    /// As named.
    Same,
    /// It does not lie beside the manifest.
    Missing,
    /// The name is none of a file beside the manifest.
    Name,
    Unreadable(String),
    Bytes(u64),
    Digest(String),
    Rows(u64),
}

impl Finding {
    pub(super) fn code(&self) -> &'static str {
        match self {
            Self::Same => "same",
            Self::Missing => "file_missing",
            Self::Name => "file_name",
            Self::Unreadable(_) => "file_unreadable",
            Self::Bytes(_) => "file_bytes",
            Self::Digest(_) => "file_digest",
            Self::Rows(_) => "file_rows",
        }
    }

    pub(super) fn is_proven(&self) -> bool {
        *self == Self::Same
    }

    fn refuses(&self) -> bool {
        !matches!(self, Self::Same | Self::Missing)
    }
}

/// A file that a manifest names, and what became of it.
#[derive(Debug)]
pub(super) struct Named {
    pub name: String,
    pub bytes: u64,
    pub rows: u64,
    sha256: String,
    pub finding: Finding,
}

impl Named {
    pub(super) fn text(&self, lang: Lang) -> String {
        let (bytes, rows) = (self.bytes, self.rows);
        let (zh, en) = match &self.finding {
            Finding::Same => (
                format!("{bytes} 字节、{rows} 行，摘要与清单一致"),
                format!("{bytes} bytes, {rows} rows, with the digest of the manifest"),
            ),
            Finding::Missing => (
                "不在清单旁边，未核对".to_owned(),
                "it does not lie beside the manifest; not checked".to_owned(),
            ),
            Finding::Name => (
                "清单中的文件名不可用".to_owned(),
                "the manifest gives it a name that no file beside it can have".to_owned(),
            ),
            Finding::Unreadable(why) => (format!("无法读取：{why}"), format!("it cannot be read: {why}")),
            Finding::Bytes(found) => (
                format!("清单为 {bytes} 字节，文件为 {found} 字节"),
                format!("the manifest says {bytes} bytes, the file has {found}"),
            ),
            Finding::Digest(found) => (
                format!("清单的 SHA-256 为 {}，文件为 {found}", self.sha256),
                format!("the manifest says SHA-256 {}, the file has {found}", self.sha256),
            ),
            Finding::Rows(found) => (
                format!("清单为 {rows} 行，文件为 {found} 行"),
                format!("the manifest says {rows} rows, the file has {found}"),
            ),
        };
        pick(lang, zh, en)
    }
}

/// A manifest that the log signed, with its files.
#[derive(Debug)]
pub(super) struct ManifestReport {
    pub manifest: Manifest,
    /// Names of the keys that signed.
    pub signed_by: Vec<String>,
    /// Leaves of the checkpoint in it.
    pub size: Option<u64>,
    pub files: Vec<Named>,
}

impl ManifestReport {
    /// Whether what is there is what was signed.
    pub(super) fn is_valid(&self) -> bool {
        !self.files.iter().any(|file| file.finding.refuses())
    }
}

fn pick(lang: Lang, zh: String, en: String) -> String {
    if lang == Lang::Zh { zh } else { en }
}

/// Whether a file is a manifest, its signatures or both in one note.
pub(super) fn is_named_in(path: &Path, bytes: &[u8]) -> bool {
    let is_signatures =
        path.extension().is_some_and(|end| end == SIGNATURES) && bytes.starts_with("— ".as_bytes());
    is_signatures || (bytes.starts_with(b"{") && text_of(bytes).contains(FORMAT_FIELD))
}

/// How a manifest begins to be one; the rest is looked at by [`check`].
const FORMAT_FIELD: &str = "\"format\": \"xinji-extract-";

fn text_of(bytes: &[u8]) -> std::borrow::Cow<'_, str> {
    String::from_utf8_lossy(bytes.get(..PART_BYTES).unwrap_or(bytes))
}

/// Puts manifest and signatures together, whichever of them was named.
pub(super) fn note_of(path: &Path, bytes: &[u8]) -> Result<Note, ManifestError> {
    if let Ok(note) = Note::parse(bytes) {
        return Ok(note);
    }
    let read = |end: &str| {
        let path = path.with_extension(end);
        let wrong = |why: String| ManifestError::Malformed(format!("{}: {why}", path.display()));
        let file = File::open(&path).map_err(|error| wrong(error.to_string()))?;
        let mut content = Vec::new();
        let limit = u64::try_from(MAX_NOTE_BYTES).unwrap_or(u64::MAX) + 1;
        file.take(limit).read_to_end(&mut content).map_err(|error| wrong(error.to_string()))?;
        Ok(content)
    };
    let whole = if bytes.starts_with(b"{") {
        [bytes, b"\n", &read(SIGNATURES)?].concat()
    } else {
        [&read(TEXT)?, &b"\n"[..], bytes].concat()
    };
    Note::parse(&whole).map_err(|error| ManifestError::Malformed(error.to_string()))
}

/// Checks a manifest and the files beside it.
pub(super) fn check(path: &Path, note: &Note, policy: &Policy) -> Result<ManifestReport, ManifestError> {
    let keys: Vec<Vkey> = policy.logs().iter().map(|log| log.vkey.clone()).collect();
    let signed = open(note, &keys).map_err(|error| ManifestError::Signature(error.to_string()))?;
    let mut signed_by: Vec<String> =
        signed.iter().filter_map(|one| keys.get(one.key)).map(|key| key.name().to_owned()).collect();
    signed_by.dedup();
    let malformed = |why: String| ManifestError::Malformed(why);
    let manifest: Manifest =
        serde_json::from_str(&note.text).map_err(|error| malformed(error.to_string()))?;
    if manifest.format != FORMAT {
        return Err(malformed(format!("format {:?}, known: {FORMAT:?}", manifest.format)));
    }
    if manifest.files.is_empty() || manifest.files.len() > FILES_MAX {
        return Err(malformed(format!("{} files, 1 to {FILES_MAX} are read", manifest.files.len())));
    }
    if !signed_by.contains(&manifest.origin) {
        return Err(ManifestError::Origin { claimed: manifest.origin });
    }
    let size =
        manifest.checkpoint.as_deref().map(|text| size_of(text, &keys, &manifest.origin)).transpose()?;
    let folder = path.parent().unwrap_or_else(|| Path::new(""));
    let mut seen = BTreeSet::new();
    let named = |entry: &Entry| {
        let is_new = seen.insert(entry.name.clone());
        let finding = if is_new { finding(folder, entry) } else { Finding::Name };
        let Entry { name, sha256, bytes, rows } = entry.clone();
        Named { name, bytes, rows, sha256, finding }
    };
    let files: Vec<Named> = manifest.files.iter().map(named).collect();
    if files.iter().all(|file| file.finding == Finding::Missing) {
        return Err(ManifestError::NoFile);
    }
    Ok(ManifestReport { manifest, signed_by, size, files })
}

/// Leaves of the checkpoint in a manifest, which the same log must have signed.
fn size_of(text: &str, keys: &[Vkey], origin: &str) -> Result<u64, ManifestError> {
    let wrong = |why: String| ManifestError::Checkpoint(why);
    let note = Note::parse(text.as_bytes()).map_err(|error| wrong(error.to_string()))?;
    open(&note, keys).map_err(|error| wrong(error.to_string()))?;
    let checkpoint: Checkpoint =
        note.text.parse().map_err(|error: ledger::checkpoint::CheckpointError| wrong(error.to_string()))?;
    if checkpoint.origin != origin {
        return Err(ManifestError::Origin { claimed: checkpoint.origin });
    }
    Ok(checkpoint.size)
}

fn finding(folder: &Path, entry: &Entry) -> Finding {
    let Some(path) = beside(folder, &entry.name) else { return Finding::Name };
    let length = match std::fs::metadata(&path) {
        Ok(about) if about.is_file() => about.len(),
        Ok(_) => return Finding::Unreadable("not a file".to_owned()),
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Finding::Missing,
        Err(error) => return Finding::Unreadable(error.to_string()),
    };
    if length != entry.bytes {
        return Finding::Bytes(length);
    }
    match read(&path, Rows::of(&entry.name)) {
        Err(error) => Finding::Unreadable(error.to_string()),
        Ok((bytes, ..)) if bytes != entry.bytes => Finding::Bytes(bytes),
        Ok((_, digest, _)) if digest != entry.sha256 => Finding::Digest(digest),
        Ok((.., Some(rows))) if rows != entry.rows => Finding::Rows(rows),
        Ok((.., None)) => Finding::Name,
        Ok(_) => Finding::Same,
    }
}

/// Where a named file lies: nowhere but beside the manifest.
fn beside(folder: &Path, name: &str) -> Option<PathBuf> {
    let is_plain = !name.starts_with('.')
        && (1..=64).contains(&name.len())
        && name.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'-' | b'_'));
    is_plain.then(|| folder.join(name))
}

/// Bytes, digest, and rows where the kind of file has any.
fn read(path: &Path, mut rows: Option<Rows>) -> io::Result<(u64, String, Option<u64>)> {
    let (mut file, mut digest, mut bytes) = (File::open(path)?, Sha256::new(), 0);
    let mut part = vec![0; PART_BYTES];
    loop {
        let count = match file.read(&mut part) {
            Ok(0) => break,
            Ok(count) => count,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            Err(error) => return Err(error),
        };
        let content = part.get(..count).unwrap_or_default();
        digest.update(content);
        bytes += u64::try_from(count).unwrap_or(0);
        if let Some(rows) = &mut rows {
            rows.count(content);
        }
    }
    Ok((bytes, hex::encode(digest.finalize()), rows.map(|rows| rows.total())))
}

/// Counts the rows of a file as it is read.
struct Rows {
    /// The first row of a table is its head; a line feed between quotes is none of the table.
    is_table: bool,
    is_quoted: bool,
    ends: u64,
    /// Whether something stands after the last line feed.
    is_open: bool,
}

impl Rows {
    fn of(name: &str) -> Option<Self> {
        let is_table = match name.rsplit_once('.')?.1 {
            "csv" => true,
            "ndjson" => false,
            _ => return None,
        };
        Some(Self { is_table, is_quoted: false, ends: 0, is_open: false })
    }

    fn count(&mut self, content: &[u8]) {
        for byte in content {
            match byte {
                b'"' if self.is_table => self.is_quoted = !self.is_quoted,
                b'\n' if !self.is_quoted => {
                    self.ends += 1;
                    self.is_open = false;
                    continue;
                }
                _ => {}
            }
            self.is_open = true;
        }
    }

    fn total(&self) -> u64 {
        (self.ends + u64::from(self.is_open)).saturating_sub(u64::from(self.is_table))
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;

    #[test]
    fn rows_are_those_of_the_table_and_not_of_its_text() {
        let count = |name: &str, parts: &[&str]| {
            let mut rows = Rows::of(name).unwrap();
            parts.iter().for_each(|part| rows.count(part.as_bytes()));
            rows.total()
        };
        assert_eq!(count("a.csv", &[]), 0);
        assert_eq!(count("a.csv", &["\u{feff}uscc,name\n"]), 0);
        assert_eq!(count("a.csv", &["uscc,name\n1,\"a\n", "b \"\"c\"\"\n\"\n2,d\n"]), 2);
        assert_eq!(count("a.csv", &["uscc\n1\n2"]), 2);
        assert_eq!(count("a.ndjson", &["{\"a\":\"x\"}\n{\"a\":\"\\\"\"}\n"]), 2);
        assert_eq!(count("a.ndjson", &["{}\n{}"]), 2);
        assert!(Rows::of("a.txt").is_none());
    }

    #[test]
    fn a_name_leads_nowhere_but_beside_the_manifest() {
        for name in ["", ".", "..", "../a.csv", "/etc/passwd", "a/b.csv", ".hidden", "a\\b", "名.csv"] {
            assert_eq!(beside(Path::new("folder"), name), None, "{name}");
        }
        assert!(beside(Path::new("folder"), "extract.csv").is_some());
    }
}
