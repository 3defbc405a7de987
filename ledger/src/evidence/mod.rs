//! Evidence: a file that shows anybody who knows the log's key that the log signed what one history cannot hold.
//! Kept by whoever found it; verified without store, network or clock.

mod verdict;

pub use verdict::{EvidenceError, Proven, Verdict};

use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use crate::checkpoint::Checkpoint;
use crate::encoding::{base64_bytes, base64_text};
use crate::entry::Entry;
use crate::header::{BLOCK_ENTRIES_MAX, Header};
use crate::merkle::{self, CompactTree, HASH_BYTES, Hash, MAX_PROOF_HASHES};
use crate::note::{self, Note, Vkey};
use crate::tile;

/// Version of the format.
pub const EVIDENCE_VERSION: u32 = 1;

/// Longest evidence read, in bytes: a block of the longest entries in base64, and the rest.
pub const MAX_EVIDENCE_BYTES: usize = 4 * 1024 * 1024;

/// What the log did.
#[derive(Debug, Clone, PartialEq, Eq)]
#[expect(clippy::large_enum_variant, reason = "hardly one is ever made")]
pub enum Wrong {
    /// Two roots for one size.
    TwoRoots { first: Note, second: Note },
    /// The newer tree begins with another tree than the older checkpoint says.
    Fork {
        older: Note,
        newer: Note,
        /// What the newer tree really begins with.
        prefix_root: Hash,
        /// Consistency proof from `prefix_root` to the newer root.
        proof: Vec<Hash>,
    },
    /// A block that no log may hold is under a signed checkpoint.
    BadBlock {
        note: Note,
        /// Leaves before the block, and the roots of the complete subtrees that make them up.
        first_index: u64,
        peaks: Vec<Hash>,
        /// The seal of the block before, and its inclusion proof as leaf `first_index - 1`; `None` for block 0.
        parent: Option<(Header, Vec<Hash>)>,
        /// Entries and seal, each with its length in two bytes.
        block: Vec<u8>,
        /// Consistency proof from the end of the block to the checkpoint.
        proof: Vec<Hash>,
        /// What is wrong, in words.
        reason: String,
    },
}

/// The file, field by field in its order.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    evidence_version: u32,
    /// What it shows, for people; nothing relies on it.
    says: String,
    kind: String,
    /// Signed notes, the older first.
    notes: Vec<String>,
    prefix_root: Option<String>,
    first_index: Option<u64>,
    peaks: Option<String>,
    parent: Option<String>,
    parent_proof: Option<String>,
    block: Option<String>,
    proof: Option<String>,
    reason: Option<String>,
}

impl Wrong {
    /// Name of the kind in the file.
    #[must_use]
    pub fn kind(&self) -> &'static str {
        match self {
            Self::TwoRoots { .. } => "two_roots",
            Self::Fork { .. } => "fork",
            Self::BadBlock { .. } => "bad_block",
        }
    }

    /// The newest signed note in it.
    #[must_use]
    pub fn note(&self) -> &Note {
        match self {
            Self::TwoRoots { second: note, .. }
            | Self::Fork { newer: note, .. }
            | Self::BadBlock { note, .. } => note,
        }
    }

    /// The file: indented JSON.
    ///
    /// # Errors
    /// Never, but that JSON writing is fallible.
    pub fn to_json(&self) -> Result<String, EvidenceError> {
        let mut file = File {
            evidence_version: EVIDENCE_VERSION,
            says: self.says(),
            kind: self.kind().to_owned(),
            notes: Vec::new(),
            prefix_root: None,
            first_index: None,
            peaks: None,
            parent: None,
            parent_proof: None,
            block: None,
            proof: None,
            reason: None,
        };
        match self {
            Self::TwoRoots { first, second } => file.notes = vec![first.to_string(), second.to_string()],
            Self::Fork { older, newer, prefix_root, proof } => {
                file.notes = vec![older.to_string(), newer.to_string()];
                file.prefix_root = Some(base64_text(prefix_root));
                file.proof = Some(base64_text(&proof.concat()));
            }
            Self::BadBlock { note, first_index, peaks, parent, block, proof, reason } => {
                file.notes = vec![note.to_string()];
                file.first_index = Some(*first_index);
                file.peaks = Some(base64_text(&peaks.concat()));
                if let Some((seal, hashes)) = parent {
                    let seal = Entry::Seal(*seal).encode_checked();
                    file.parent = Some(base64_text(&seal.map_err(|_| EvidenceError::Part("parent"))?));
                    file.parent_proof = Some(base64_text(&hashes.concat()));
                }
                file.block = Some(base64_text(block));
                file.proof = Some(base64_text(&proof.concat()));
                file.reason = Some(reason.clone());
            }
        }
        let json =
            serde_json::to_string_pretty(&file).map_err(|error| EvidenceError::Json(error.to_string()))?;
        Ok(json + "\n")
    }

    fn says(&self) -> String {
        match self {
            Self::TwoRoots { .. } => "the log signed two roots for one size".to_owned(),
            Self::Fork { .. } => {
                "the log signed a tree that does not begin with one it signed before".to_owned()
            }
            Self::BadBlock { reason, .. } => format!("the log signed a block that is wrong: {reason}"),
        }
    }

    /// Reads a file; nothing of it is verified.
    ///
    /// # Errors
    /// [`EvidenceError`] says what is malformed; never panics.
    pub fn parse(bytes: &[u8]) -> Result<Self, EvidenceError> {
        if bytes.len() > MAX_EVIDENCE_BYTES {
            return Err(EvidenceError::TooLong(bytes.len()));
        }
        let file: File =
            serde_json::from_slice(bytes).map_err(|error| EvidenceError::Json(error.to_string()))?;
        if file.evidence_version != EVIDENCE_VERSION {
            return Err(EvidenceError::Version(file.evidence_version));
        }
        let mut notes = file.notes.iter();
        let mut next = || {
            let text = notes.next().ok_or(EvidenceError::Part("notes"))?;
            Note::parse(text.as_bytes()).map_err(|_| EvidenceError::Part("notes"))
        };
        match file.kind.as_str() {
            "two_roots" => Ok(Self::TwoRoots { first: next()?, second: next()? }),
            "fork" => Ok(Self::Fork {
                older: next()?,
                newer: next()?,
                prefix_root: one(hashes(file.prefix_root, "prefix_root")?, "prefix_root")?,
                proof: hashes(file.proof, "proof")?,
            }),
            "bad_block" => {
                let parent = file.parent.as_deref().map(read_seal).transpose()?;
                let parent_proof = file.parent_proof.map(|text| hashes(Some(text), "parent_proof"));
                let block = file.block.as_deref().and_then(base64_bytes);
                Ok(Self::BadBlock {
                    note: next()?,
                    first_index: file.first_index.ok_or(EvidenceError::Part("first_index"))?,
                    peaks: hashes(file.peaks, "peaks")?,
                    parent: parent.zip(parent_proof.transpose()?),
                    block: block.ok_or(EvidenceError::Part("block"))?,
                    proof: hashes(file.proof, "proof")?,
                    reason: file.reason.ok_or(EvidenceError::Part("reason"))?,
                })
            }
            _ => Err(EvidenceError::Part("kind")),
        }
    }

    /// Whether a file looks like evidence and like nothing else.
    #[must_use]
    pub fn is_named_in(bytes: &[u8]) -> bool {
        let start = bytes.trim_ascii_start();
        let start = start.strip_prefix(b"{").map_or(start, <[u8]>::trim_ascii_start);
        start.starts_with(b"\"evidence_version\"")
    }

    /// SHA-256 of the file's bytes in hexadecimal: how people name it to each other.
    #[must_use]
    pub fn digest(json: &str) -> String {
        hex::encode(Sha256::digest(json.as_bytes()))
    }

    /// Verifies it against the keys with which the log may have signed.
    ///
    /// # Errors
    /// [`EvidenceError`] when it shows nothing.
    pub fn verify(&self, keys: &[Vkey]) -> Result<Verdict, EvidenceError> {
        match self {
            Self::TwoRoots { first, second } => {
                let (first, second) = (signed(first, keys)?, signed(second, keys)?);
                if first.origin != second.origin {
                    return Err(EvidenceError::OtherLog);
                }
                if first.size != second.size || first.root == second.root {
                    return Err(EvidenceError::NoContradiction);
                }
                let roots = [first.root, second.root];
                Ok(Verdict::Proven(Proven::TwoRoots { origin: first.origin, size: first.size, roots }))
            }
            Self::Fork { older, newer, prefix_root, proof } => {
                let (older, newer) = (signed(older, keys)?, signed(newer, keys)?);
                if older.origin != newer.origin {
                    return Err(EvidenceError::OtherLog);
                }
                if older.root == *prefix_root || older.size == 0 {
                    return Err(EvidenceError::NoContradiction);
                }
                merkle::verify_consistency(older.size, newer.size, proof, prefix_root, &newer.root)
                    .map_err(|_| EvidenceError::Proof)?;
                Ok(Verdict::Proven(Proven::Fork {
                    origin: older.origin,
                    older: older.size,
                    newer: newer.size,
                    root: older.root,
                    begins: *prefix_root,
                }))
            }
            Self::BadBlock { note, first_index, peaks, parent, block, proof, reason } => {
                let checkpoint = signed(note, keys)?;
                let before = CompactTree::from_peaks(*first_index, peaks.clone())
                    .map_err(|_| EvidenceError::Part("peaks"))?;
                let end = check_in_log(&checkpoint, before, parent.as_ref(), block, proof)?;
                let parent = parent.as_ref().map(|(header, _)| header);
                let fault = block_fault(block, *first_index, parent, keys, end < checkpoint.size)?;
                let (origin, size, first_index) = (checkpoint.origin, checkpoint.size, *first_index);
                Ok(match fault {
                    Some(Fault::OpenEnd) => Verdict::Proven(Proven::OpenEnd { origin, first_index, size }),
                    Some(Fault::Long) => Verdict::Proven(Proven::LongBlock { origin, first_index }),
                    Some(Fault::Wrong(fault)) => {
                        Verdict::Proven(Proven::BadBlock { origin, first_index, fault })
                    }
                    None => Verdict::InTheLog { origin, first_index, reason: reason.clone() },
                })
            }
        }
    }
}

fn signed(note: &Note, keys: &[Vkey]) -> Result<Checkpoint, EvidenceError> {
    let opened = note::open(note, keys).map_err(|_| EvidenceError::NotSigned)?;
    let checkpoint: Checkpoint = note.text.parse().map_err(|_| EvidenceError::Part("notes"))?;
    let by_log = opened.iter().filter_map(|found| keys.get(found.key));
    if by_log.into_iter().any(|key| key.name() == checkpoint.origin) {
        Ok(checkpoint)
    } else {
        Err(EvidenceError::NotSigned)
    }
}

/// That the block lies where it is said to, in the tree of the checkpoint. The size of the tree at its end.
fn check_in_log(
    checkpoint: &Checkpoint,
    before: CompactTree,
    parent: Option<&(Header, Vec<Hash>)>,
    block: &[u8],
    proof: &[Hash],
) -> Result<u64, EvidenceError> {
    match (before.size().checked_sub(1), parent) {
        (None, None) => {}
        (Some(last), Some((header, hashes))) => {
            let leaf = Entry::Seal(*header).leaf_hash();
            merkle::verify_inclusion(&leaf, last, before.size(), hashes, &before.root())
                .map_err(|_| EvidenceError::Proof)?;
        }
        _ => return Err(EvidenceError::Part("parent")),
    }
    let mut after = before;
    for entry in tile::entries(block) {
        after.append(merkle::leaf_hash(entry.map_err(|_| EvidenceError::Part("block"))?));
    }
    merkle::verify_consistency(after.size(), checkpoint.size, proof, &after.root(), &checkpoint.root)
        .map_err(|_| EvidenceError::Proof)?;
    Ok(after.size())
}

/// What is wrong with leaves that should be a block.
enum Fault {
    /// The checkpoint ends with them, and the last is no seal.
    OpenEnd,
    /// They are more than a block may have.
    Long,
    Wrong(String),
}

/// What is wrong with a block as far as it and its parent show; nothing where that takes the entries before it, or keys
/// that the reader may not have. `is_cut`: the log goes on after these leaves.
///
/// # Errors
/// [`EvidenceError::NotOneBlock`] for part of a block or more than one: of a sound log these would look wrong.
fn block_fault(
    block: &[u8],
    first_index: u64,
    parent: Option<&Header>,
    keys: &[Vkey],
    is_cut: bool,
) -> Result<Option<Fault>, EvidenceError> {
    let leaves: Vec<&[u8]> =
        tile::entries(block).collect::<Result<_, _>>().map_err(|_| EvidenceError::Part("block"))?;
    let mut records = Vec::with_capacity(leaves.len());
    for (index, bytes) in (first_index..).zip(&leaves) {
        match Entry::decode_strict(bytes) {
            Ok(Entry::Seal(header)) if records.len() + 1 == leaves.len() => {
                return Ok(sealed_fault(&records, &header, parent, keys).map(Fault::Wrong));
            }
            Ok(Entry::Seal(_)) => return Err(EvidenceError::NotOneBlock),
            Ok(entry) if matches!(entry, Entry::Genesis(_)) != (index == 0) => {
                return Ok(Some(Fault::Wrong(format!("leaf {index} is a {}", entry.kind()))));
            }
            Ok(entry) => records.push((merkle::leaf_hash(bytes), entry)),
            Err(error) => return Ok(Some(Fault::Wrong(format!("leaf {index}: {error}")))),
        }
    }
    if records.len() > BLOCK_ENTRIES_MAX {
        return Ok(Some(Fault::Long));
    }
    if is_cut || records.is_empty() {
        return Err(EvidenceError::NotOneBlock);
    }
    Ok(Some(Fault::OpenEnd))
}

/// What is wrong with a sealed block.
fn sealed_fault(
    records: &[(Hash, Entry)],
    header: &Header,
    parent: Option<&Header>,
    keys: &[Vkey],
) -> Option<String> {
    let hashes: Vec<Hash> = records.iter().map(|(hash, _)| *hash).collect();
    let scorecards = records.iter().filter(|(_, entry)| matches!(entry, Entry::Scorecard { .. }));
    let scorecards: Vec<Hash> = scorecards.map(|(hash, _)| *hash).collect();
    let checks = header
        .check_follows(parent)
        .and_then(|()| header.check_entries(&hashes))
        .and_then(|()| header.check_scorecards(parent, &scorecards));
    if let Err(error) = checks {
        return Some(error.to_string());
    }
    // By a later key than those that the reader has, perhaps: which keys seal is in the entries before.
    if keys.iter().all(|key| header.verify(key.key()).is_err()) {
        return None;
    }
    let mut times = records.iter().filter_map(|(_, entry)| entry.env()).map(|env| env.at_ms);
    times
        .any(|time| time != header.body.batch.at_ms)
        .then(|| "an entry has another time than its seal".to_owned())
}

fn read_seal(text: &str) -> Result<Header, EvidenceError> {
    match base64_bytes(text).and_then(|bytes| Entry::decode_strict(&bytes).ok()) {
        Some(Entry::Seal(header)) => Ok(header),
        _ => Err(EvidenceError::Part("parent")),
    }
}

fn hashes(text: Option<String>, part: &'static str) -> Result<Vec<Hash>, EvidenceError> {
    let bytes = text.as_deref().and_then(base64_bytes).ok_or(EvidenceError::Part(part))?;
    let (found, rest) = bytes.as_chunks::<HASH_BYTES>();
    if rest.is_empty() && found.len() <= MAX_PROOF_HASHES {
        Ok(found.to_vec())
    } else {
        Err(EvidenceError::Part(part))
    }
}

fn one(mut hashes: Vec<Hash>, part: &'static str) -> Result<Hash, EvidenceError> {
    let hash = hashes.pop().ok_or(EvidenceError::Part(part))?;
    if hashes.is_empty() { Ok(hash) } else { Err(EvidenceError::Part(part)) }
}
