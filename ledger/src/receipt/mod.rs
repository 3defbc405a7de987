//! A receipt: one JSON file that holds an entry of the log, the fields of its statement that may be seen, and
//! the proof that it was logged.
//!
//! A receipt has one spelling. [`Receipt::parse`] accepts only the bytes that [`Receipt::to_json`] writes, and
//! every value in them is bound by a hash or signature that [`crate::verify`] checks; there are no
//! informational fields. So a receipt with any byte changed is refused.

mod file;
pub mod parts;
pub mod status;

pub use parts::{LabelClaim, Part, SealProof, StateClaim, Subject};
pub use status::{ListClaim, Status};

use parts::{LabelInFile, StateInFile};
use serde::{Deserialize, Serialize};

use crate::commitment::{Disclosure, ShownField};
use crate::encoding::{base64_bytes, base64_hash, base64_text, hex_array};
use crate::entry::{Entry, EntryError};
use crate::merkle::Hash;
use crate::proof::{ProofError, TlogProof};

/// Version of the receipt format.
pub const RECEIPT_VERSION: u32 = 2;

/// Longest receipt read, in bytes.
pub const MAX_RECEIPT_BYTES: usize = 1024 * 1024;

/// Why bytes are not a receipt. Texts in [`crate::texts`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ReceiptError {
    /// Length in bytes.
    TooLong(usize),
    /// What the JSON reader says.
    Json(String),
    Version(u32),
    /// The salt of the shown field at this place is not 32 bytes of lower-case hexadecimal.
    Salt(usize),
    /// The value of the shown field at this place is not lower-case hexadecimal.
    Value(usize),
    /// The hash of hidden fields at this place is not the base64 of 32 bytes.
    HiddenHash(usize),
    /// Shown fields without a commitment proof, or a commitment proof without shown fields.
    HalfDisclosure,
    EntryBase64,
    Entry(EntryError),
    Proof(ProofError),
    /// A part that ties the receipt to the state map does not read.
    Part(Part),
    /// A status tells about more lists than a reader accepts.
    TooManyLists(usize),
    /// The scorecard digest is not that of the entry.
    ScorecardDigest,
    /// The values are readable but spelled in another way than a receipt is written.
    NotCanonical,
}

/// An entry with what can be shown and proven of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Receipt {
    /// `None` when nothing of the statement is shown.
    pub disclosure: Option<Disclosure>,
    pub entry: Entry,
    /// Inclusion proof and cosigned checkpoint. Its checkpoint should hold only lines of keys the reader's
    /// policy knows ([`crate::policy::Policy::keep_known`]), since nothing binds the others.
    pub proof: TlogProof,
    /// What the state map of the checkpoint's seal holds for the entry's subject.
    pub state: Option<(SealProof, StateClaim)>,
    /// Which enterprise the subject is.
    pub label: Option<LabelClaim>,
}

/// The file, field by field in its order.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    version: u32,
    disclosed: Vec<FieldInFile>,
    commitment_proof: Option<CommitmentProof>,
    entry: String,
    proof: String,
    state_proof: Option<StateInFile>,
    vrf_proof: Option<LabelInFile>,
    scorecard_digest: Option<String>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct FieldInFile {
    position: u16,
    field: u16,
    salt: String,
    value: Value,
}

/// The bytes of a value: as text where a person can read them, else in hexadecimal.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "lowercase", deny_unknown_fields)]
enum Value {
    Text(String),
    Hex(String),
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct CommitmentProof {
    /// Number of fields of the statement.
    fields: u16,
    hidden: Vec<String>,
}

impl Receipt {
    /// The scorecard that made the rating, where the entry is one.
    #[must_use]
    pub fn scorecard_digest(&self) -> Option<&Hash> {
        match &self.entry {
            Entry::Rating { scorecard_digest, .. } => Some(scorecard_digest),
            _ => None,
        }
    }

    /// The file: indented JSON in a fixed order, with a newline at the end.
    ///
    /// # Errors
    /// When the entry or the whole is longer than a reader accepts.
    pub fn to_json(&self) -> Result<String, ReceiptError> {
        let file = File {
            version: RECEIPT_VERSION,
            disclosed: self
                .disclosure
                .iter()
                .flat_map(|shown| &shown.fields)
                .map(FieldInFile::from)
                .collect(),
            commitment_proof: self.disclosure.as_ref().map(CommitmentProof::from),
            entry: base64_text(&self.entry.encode_checked().map_err(ReceiptError::Entry)?),
            proof: self.proof.to_string(),
            state_proof: self.state.as_ref().map(|(seal, claim)| StateInFile::write(seal, claim)),
            vrf_proof: self.label.as_ref().map(LabelInFile::write),
            scorecard_digest: self.scorecard_digest().map(hex::encode),
        };
        file::write(&file)
    }

    /// Reads a file; nothing of it is verified but its spelling.
    ///
    /// # Errors
    /// [`ReceiptError`] says what is malformed; never panics.
    pub fn parse(bytes: &[u8]) -> Result<Self, ReceiptError> {
        let file: File = file::read(bytes)?;
        if file.version != RECEIPT_VERSION {
            return Err(ReceiptError::Version(file.version));
        }
        let entry = base64_bytes(&file.entry).ok_or(ReceiptError::EntryBase64)?;
        let receipt = Self {
            disclosure: disclosure(file.disclosed, file.commitment_proof)?,
            entry: Entry::decode_strict(&entry).map_err(ReceiptError::Entry)?,
            proof: TlogProof::parse(file.proof.as_bytes()).map_err(ReceiptError::Proof)?,
            state: file.state_proof.map(StateInFile::read).transpose()?,
            label: file.vrf_proof.map(LabelInFile::read).transpose()?,
        };
        if file.scorecard_digest != receipt.scorecard_digest().map(hex::encode) {
            return Err(ReceiptError::ScorecardDigest);
        }
        if receipt.to_json()?.as_bytes() == bytes { Ok(receipt) } else { Err(ReceiptError::NotCanonical) }
    }
}

fn disclosure(
    fields: Vec<FieldInFile>,
    proof: Option<CommitmentProof>,
) -> Result<Option<Disclosure>, ReceiptError> {
    let proof = match (fields.is_empty(), proof) {
        (true, None) => return Ok(None),
        (false, Some(proof)) => proof,
        _ => return Err(ReceiptError::HalfDisclosure),
    };
    let fields =
        fields.into_iter().enumerate().map(|(at, field)| field.read(at)).collect::<Result<Vec<_>, _>>()?;
    let read = |(at, hash): (usize, &String)| base64_hash(hash).ok_or(ReceiptError::HiddenHash(at));
    let hidden = proof.hidden.iter().enumerate().map(read).collect::<Result<Vec<_>, _>>()?;
    Ok(Some(Disclosure { count: proof.fields, fields, hidden }))
}

impl FieldInFile {
    fn read(self, at: usize) -> Result<ShownField, ReceiptError> {
        let value = match self.value {
            Value::Text(text) => text.into_bytes(),
            Value::Hex(text) => hex::decode(text).map_err(|_| ReceiptError::Value(at))?,
        };
        let salt = hex_array(&self.salt).ok_or(ReceiptError::Salt(at))?;
        Ok(ShownField { position: self.position, id: self.field, salt, value })
    }
}

impl From<&ShownField> for FieldInFile {
    fn from(field: &ShownField) -> Self {
        let readable = |text: &&str| !text.is_empty() && !text.chars().any(char::is_control);
        let value = match std::str::from_utf8(&field.value).ok().filter(readable) {
            Some(text) => Value::Text(text.to_owned()),
            None => Value::Hex(hex::encode(&field.value)),
        };
        Self { position: field.position, field: field.id, salt: hex::encode(field.salt), value }
    }
}

impl From<&Disclosure> for CommitmentProof {
    fn from(shown: &Disclosure) -> Self {
        Self { fields: shown.count, hidden: shown.hidden.iter().map(|hash| base64_text(hash)).collect() }
    }
}
