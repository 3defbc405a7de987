//! A status: what the log says of an enterprise at one checkpoint, as a file. Its rating in force, and whether it is
//! on a list; that it is *not* is proven just as well. No entry is shown, only the state map of the checkpoint's
//! seal.

use serde::{Deserialize, Serialize};

use super::parts::{ClaimInFile, StateClaim, Subject, SubjectInFile, read_seal};
use super::{ReceiptError, file};
use crate::encoding::base64_text;
use crate::entry::Entry;
use crate::header::Header;
use crate::proof::TlogProof;
use parity_scale_codec::Encode;

/// Version of the format.
pub const STATUS_VERSION: u32 = 1;

/// Most lists that one status tells about.
pub const MAX_STATUS_LISTS: usize = 64;

/// What is said of one list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ListClaim {
    /// Number of the list in the rule pack.
    pub list: u16,
    /// The list is published, so its entries name the code by its plain hash and not by its label.
    pub is_public: bool,
    pub claim: StateClaim,
}

/// What the log says of one enterprise.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Status {
    /// With its label wherever anything but published lists is told about.
    pub subject: Subject,
    /// The checkpoint; its index is that of its last leaf, the seal.
    pub proof: TlogProof,
    pub seal: Header,
    pub rating: Option<StateClaim>,
    pub lists: Vec<ListClaim>,
}

/// The file, field by field in its order.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    status_version: u32,
    subject: SubjectInFile,
    seal: String,
    proof: String,
    rating: Option<ClaimInFile>,
    lists: Vec<ListInFile>,
}

#[derive(Serialize, Deserialize)]
struct ListInFile {
    list: u16,
    public: bool,
    #[serde(flatten)]
    claim: ClaimInFile,
}

impl Status {
    /// The file: indented JSON in a fixed order, with a newline at the end.
    ///
    /// # Errors
    /// When it is longer than a reader accepts.
    pub fn to_json(&self) -> Result<String, ReceiptError> {
        let file = File {
            status_version: STATUS_VERSION,
            subject: SubjectInFile::write(&self.subject),
            seal: base64_text(&Entry::Seal(self.seal).encode()),
            proof: self.proof.to_string(),
            rating: self.rating.as_ref().map(ClaimInFile::write),
            lists: self
                .lists
                .iter()
                .map(|list| ListInFile {
                    list: list.list,
                    public: list.is_public,
                    claim: ClaimInFile::write(&list.claim),
                })
                .collect(),
        };
        file::write(&file)
    }

    /// Reads a file; nothing of it is verified but its spelling.
    ///
    /// # Errors
    /// [`ReceiptError`] says what is malformed; never panics.
    pub fn parse(bytes: &[u8]) -> Result<Self, ReceiptError> {
        let file: File = file::read(bytes)?;
        if file.status_version != STATUS_VERSION {
            return Err(ReceiptError::Version(file.status_version));
        }
        if file.lists.len() > MAX_STATUS_LISTS {
            return Err(ReceiptError::TooManyLists(file.lists.len()));
        }
        let proof = TlogProof::parse(file.proof.as_bytes()).map_err(ReceiptError::Proof)?;
        let status = Self {
            subject: file.subject.read()?,
            seal: read_seal(&file.seal)?,
            proof,
            rating: file.rating.map(ClaimInFile::read).transpose()?,
            lists: file
                .lists
                .into_iter()
                .map(|list| {
                    let ListInFile { list, public, claim } = list;
                    Ok(ListClaim { list, is_public: public, claim: claim.read()? })
                })
                .collect::<Result<_, ReceiptError>>()?,
        };
        if status.to_json()?.as_bytes() == bytes { Ok(status) } else { Err(ReceiptError::NotCanonical) }
    }

    /// Whether a file looks like a status and not like a receipt.
    #[must_use]
    pub fn is_named_in(bytes: &[u8]) -> bool {
        let start = bytes.trim_ascii_start();
        let start = start.strip_prefix(b"{").map_or(start, <[u8]>::trim_ascii_start);
        start.starts_with(b"\"status_version\"")
    }
}
