//! The parts of a receipt that tie it to the state map: the seal at the end of the checkpoint, what the map of that
//! seal holds, and whose label it is. With their form in JSON.

use parity_scale_codec::{DecodeAll, Encode};
use serde::{Deserialize, Serialize};

use super::ReceiptError;
use crate::encoding::{base64_bytes, base64_text};
use crate::entry::{Entry, Genesis};
use crate::header::Header;
use crate::label::LabelProof;
use crate::merkle::{HASH_BYTES, Hash, MAX_PROOF_HASHES};
use crate::state::StateProof;
use crate::state::key::MAX_VALUE_BYTES;
use crate::state::layout::DEPTH_MAX;

/// What the state map of a seal holds under a key, with the proof. Which key follows from what is asked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StateClaim {
    /// SCALE bytes of the value; `None` when there is nothing under the key.
    pub value: Option<Vec<u8>>,
    pub proof: StateProof,
}

/// The seal that a checkpoint ends with, and that it does.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SealProof {
    pub seal: Header,
    /// Inclusion proof of the checkpoint's last leaf.
    pub hashes: Vec<Hash>,
}

/// That the subject of an entry is the label of this code.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LabelClaim {
    /// The code in upper case.
    pub uscc: String,
    pub proof: LabelProof,
    /// The log's first leaf, which names the key of labels.
    pub genesis: Genesis,
    /// Inclusion proof of leaf 0.
    pub hashes: Vec<Hash>,
}

/// Of whom a status tells.
#[derive(Debug, Clone, PartialEq, Eq)]
#[expect(clippy::large_enum_variant, reason = "there is one in a status")]
pub enum Subject {
    /// By the code alone, in upper case: published lists have its plain hash. Whoever is shown the label sees which
    /// entries of the log are about the enterprise.
    Code(String),
    /// By the label too.
    Labelled(LabelClaim),
}

impl Subject {
    /// The code in upper case.
    #[must_use]
    pub fn uscc(&self) -> &str {
        match self {
            Self::Code(uscc) => uscc,
            Self::Labelled(label) => &label.uscc,
        }
    }
}

/// A part of a receipt that does not read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Part {
    Seal,
    SealProof,
    StateValue,
    StateProof,
    Genesis,
    GenesisProof,
    LabelProof,
}

#[derive(Serialize, Deserialize)]
pub(super) struct StateInFile {
    /// The entry that holds the seal, base64.
    pub(super) seal: String,
    /// The hashes one after the other, base64.
    seal_proof: String,
    #[serde(flatten)]
    claim: ClaimInFile,
}

#[derive(Serialize, Deserialize)]
pub(super) struct ClaimInFile {
    value: Option<String>,
    /// SCALE bytes of a [`StateProof`], base64.
    state: String,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct LabelInFile {
    uscc: String,
    vrf: String,
    genesis: String,
    genesis_proof: String,
}

/// [`LabelInFile`], or the code alone.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct SubjectInFile {
    uscc: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    vrf: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    genesis: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    genesis_proof: Option<String>,
}

impl SubjectInFile {
    pub(super) fn write(subject: &Subject) -> Self {
        match subject {
            Subject::Code(uscc) => Self { uscc: uscc.clone(), vrf: None, genesis: None, genesis_proof: None },
            Subject::Labelled(label) => {
                let LabelInFile { uscc, vrf, genesis, genesis_proof } = LabelInFile::write(label);
                Self { uscc, vrf: Some(vrf), genesis: Some(genesis), genesis_proof: Some(genesis_proof) }
            }
        }
    }

    pub(super) fn read(self) -> Result<Subject, ReceiptError> {
        let Self { uscc, vrf, genesis, genesis_proof } = self;
        match (vrf, genesis, genesis_proof) {
            (None, None, None) => Ok(Subject::Code(uscc)),
            (Some(vrf), Some(genesis), Some(genesis_proof)) => {
                LabelInFile { uscc, vrf, genesis, genesis_proof }.read().map(Subject::Labelled)
            }
            _ => Err(ReceiptError::Part(Part::LabelProof)),
        }
    }
}

impl ClaimInFile {
    pub(super) fn write(claim: &StateClaim) -> Self {
        Self { value: claim.value.as_deref().map(base64_text), state: base64_text(&claim.proof.encode()) }
    }

    pub(super) fn read(self) -> Result<StateClaim, ReceiptError> {
        let value = self.value.map(|text| {
            let fits = |bytes: &Vec<u8>| bytes.len() <= MAX_VALUE_BYTES;
            base64_bytes(&text).filter(fits).ok_or(ReceiptError::Part(Part::StateValue))
        });
        let wrong = || ReceiptError::Part(Part::StateProof);
        // Two hashes of another leaf, all siblings, and the lengths.
        let longest = HASH_BYTES * (DEPTH_MAX + 2) + 5;
        let bytes = base64_bytes(&self.state).filter(|bytes| bytes.len() <= longest).ok_or_else(wrong)?;
        let proof = StateProof::decode_all(&mut bytes.as_slice()).map_err(|_| wrong())?;
        Ok(StateClaim { value: value.transpose()?, proof })
    }
}

impl StateInFile {
    pub(super) fn write(seal: &SealProof, claim: &StateClaim) -> Self {
        Self {
            seal: base64_text(&Entry::Seal(seal.seal).encode()),
            seal_proof: hashes_text(&seal.hashes),
            claim: ClaimInFile::write(claim),
        }
    }

    pub(super) fn read(self) -> Result<(SealProof, StateClaim), ReceiptError> {
        let seal = SealProof {
            seal: read_seal(&self.seal)?,
            hashes: read_hashes(&self.seal_proof).ok_or(ReceiptError::Part(Part::SealProof))?,
        };
        Ok((seal, self.claim.read()?))
    }
}

impl LabelInFile {
    pub(super) fn write(label: &LabelClaim) -> Self {
        Self {
            uscc: label.uscc.clone(),
            vrf: base64_text(&label.proof),
            genesis: base64_text(&Entry::Genesis(label.genesis.clone()).encode()),
            genesis_proof: hashes_text(&label.hashes),
        }
    }

    pub(super) fn read(self) -> Result<LabelClaim, ReceiptError> {
        let wrong = |part| move || ReceiptError::Part(part);
        let proof = base64_bytes(&self.vrf).and_then(|bytes| LabelProof::try_from(bytes).ok());
        let genesis = base64_bytes(&self.genesis).and_then(|bytes| Entry::decode_strict(&bytes).ok());
        let Some(Entry::Genesis(genesis)) = genesis else { return Err(ReceiptError::Part(Part::Genesis)) };
        Ok(LabelClaim {
            uscc: self.uscc,
            proof: proof.ok_or_else(wrong(Part::LabelProof))?,
            genesis,
            hashes: read_hashes(&self.genesis_proof).ok_or_else(wrong(Part::GenesisProof))?,
        })
    }
}

/// Reads a seal in base64 of its entry.
pub(super) fn read_seal(text: &str) -> Result<Header, ReceiptError> {
    match base64_bytes(text).and_then(|bytes| Entry::decode_strict(&bytes).ok()) {
        Some(Entry::Seal(header)) => Ok(header),
        _ => Err(ReceiptError::Part(Part::Seal)),
    }
}

fn hashes_text(hashes: &[Hash]) -> String {
    base64_text(&hashes.concat())
}

fn read_hashes(text: &str) -> Option<Vec<Hash>> {
    let bytes = base64_bytes(text)?;
    let (hashes, rest) = bytes.as_chunks::<HASH_BYTES>();
    (rest.is_empty() && hashes.len() <= MAX_PROOF_HASHES).then(|| hashes.to_vec())
}
