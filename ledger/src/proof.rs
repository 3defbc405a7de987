//! The text of an offline proof (C2SP `tlog-proof` v1): index, inclusion proof and a cosigned checkpoint.

use std::fmt;

use crate::encoding::{base64_bytes, base64_hash, base64_text, decimal};
use crate::merkle::{Hash, MAX_PROOF_HASHES};
use crate::note::{MAX_NOTE_BYTES, Note, NoteError};

/// First line of every proof.
pub const FIRST_LINE: &str = "c2sp.org/tlog-proof@v1";

/// Longest opaque extra data read, in bytes.
pub const MAX_EXTRA_BYTES: usize = 4096;

/// Longest proof text read, in bytes: the checkpoint and as much again for the rest.
pub const MAX_PROOF_BYTES: usize = MAX_NOTE_BYTES + 16 * 1024;

/// Why a text is not a tlog-proof.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ProofError {
    #[error("a proof of {0} bytes is above the limit of {MAX_PROOF_BYTES}")]
    TooLong(usize),
    #[error("the proof is not UTF-8")]
    NotUtf8,
    #[error("the first line is not {FIRST_LINE}")]
    FirstLine,
    #[error("the extra line is not the base64 of 1 to {MAX_EXTRA_BYTES} bytes")]
    Extra,
    #[error("the index line is malformed")]
    Index,
    #[error("proof line {0} is not the base64 of 32 bytes")]
    Hash(usize),
    #[error("more than {MAX_PROOF_HASHES} proof lines")]
    TooManyHashes,
    #[error("no checkpoint after an empty line")]
    NoCheckpoint,
    #[error(transparent)]
    Note(#[from] NoteError),
}

/// A proof, read but not verified.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TlogProof {
    /// Opaque, not authenticated by anything.
    pub extra: Option<Vec<u8>>,
    /// Place of the entry in the log, from 0.
    pub index: u64,
    /// From the leaf's sibling to the root's child.
    pub hashes: Vec<Hash>,
    /// The signed checkpoint.
    pub checkpoint: Note,
}

impl TlogProof {
    /// Reads a proof; its bytes are the only spelling of what is returned.
    ///
    /// # Errors
    /// [`ProofError`] says what is malformed.
    pub fn parse(bytes: &[u8]) -> Result<Self, ProofError> {
        if bytes.len() > MAX_PROOF_BYTES {
            return Err(ProofError::TooLong(bytes.len()));
        }
        let text = std::str::from_utf8(bytes).map_err(|_| ProofError::NotUtf8)?;
        let (head, checkpoint) = text.split_once("\n\n").ok_or(ProofError::NoCheckpoint)?;
        let mut lines = head.split('\n');
        if lines.next() != Some(FIRST_LINE) {
            return Err(ProofError::FirstLine);
        }
        let mut line = lines.next().ok_or(ProofError::Index)?;
        let extra = match line.strip_prefix("extra ") {
            None => None,
            Some(data) => {
                line = lines.next().ok_or(ProofError::Index)?;
                let fits = |data: &Vec<u8>| (1..=MAX_EXTRA_BYTES).contains(&data.len());
                Some(base64_bytes(data).filter(fits).ok_or(ProofError::Extra)?)
            }
        };
        let index = line.strip_prefix("index ").and_then(decimal).ok_or(ProofError::Index)?;
        let mut hashes = Vec::new();
        for (at, line) in lines.enumerate() {
            if at == MAX_PROOF_HASHES {
                return Err(ProofError::TooManyHashes);
            }
            hashes.push(base64_hash(line).ok_or(ProofError::Hash(at))?);
        }
        Ok(Self { extra, index, hashes, checkpoint: Note::parse(checkpoint.as_bytes())? })
    }
}

impl fmt::Display for TlogProof {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{FIRST_LINE}")?;
        if let Some(extra) = &self.extra {
            writeln!(f, "extra {}", base64_text(extra))?;
        }
        writeln!(f, "index {}", self.index)?;
        for hash in &self.hashes {
            writeln!(f, "{}", base64_text(hash))?;
        }
        write!(f, "\n{}", self.checkpoint)
    }
}

#[cfg(test)]
#[expect(clippy::indexing_slicing, reason = "tests")]
mod tests {
    use super::*;
    use crate::note::SignatureLine;
    use proptest::prelude::*;

    fn proof(extra: Option<Vec<u8>>, hashes: usize) -> TlogProof {
        let line = SignatureLine { name: "a".into(), key_id: [1; 4], signature: vec![1; 64] };
        let checkpoint = Note { text: "a\n9\nroot\n".into(), signatures: vec![line] };
        TlogProof { extra, index: 7, hashes: vec![[5; 32]; hashes], checkpoint }
    }

    #[test]
    fn what_is_written_is_read() {
        for (extra, hashes) in [(None, 0), (None, 3), (Some(vec![1, 2]), 2), (Some(vec![0; 4096]), 65)] {
            let proof = proof(extra, hashes);
            assert_eq!(TlogProof::parse(proof.to_string().as_bytes()), Ok(proof));
        }
    }

    #[test]
    fn malformed_proofs_are_named() {
        let good = proof(None, 1).to_string();
        let changed = |from: &str, to: &str| TlogProof::parse(good.replacen(from, to, 1).as_bytes());
        let hash = base64_text(&[5; 32]);
        assert_eq!(changed("@v1", "@v2"), Err(ProofError::FirstLine));
        assert_eq!(changed("index 7", "index 07"), Err(ProofError::Index));
        assert_eq!(changed("index 7", "extra \nindex 7"), Err(ProofError::Extra));
        assert_eq!(changed("index 7\n", ""), Err(ProofError::Index));
        assert_eq!(changed("index 7", "index 7\nextra AA=="), Err(ProofError::Hash(0)));
        assert_eq!(changed(&hash, "AA=="), Err(ProofError::Hash(0)));
        assert_eq!(
            changed("\n\n", "\n"),
            Err(ProofError::Hash(1)),
            "the checkpoint's own empty line is found"
        );
        assert_eq!(TlogProof::parse(good.replace("\n\n", "\n").as_bytes()), Err(ProofError::NoCheckpoint));
        assert!(matches!(TlogProof::parse(good.trim_end().as_bytes()), Err(ProofError::Note(_))));
        assert_eq!(TlogProof::parse(proof(None, 66).to_string().as_bytes()), Err(ProofError::TooManyHashes));
        assert_eq!(TlogProof::parse(&[0xff]), Err(ProofError::NotUtf8));
        let long = vec![b'a'; MAX_PROOF_BYTES + 1];
        assert_eq!(TlogProof::parse(&long), Err(ProofError::TooLong(long.len())));
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(256))]

        #[test]
        fn what_parses_writes_the_same_bytes(place in any::<prop::sample::Index>(), byte in any::<u8>(), cut in any::<prop::sample::Index>()) {
            let mut bytes = proof(Some(vec![1]), 2).to_string().into_bytes();
            let at = place.index(bytes.len());
            bytes[at] = byte;
            for bytes in [bytes.clone(), bytes[..cut.index(bytes.len())].to_vec()] {
                if let Ok(proof) = TlogProof::parse(&bytes) {
                    prop_assert_eq!(proof.to_string().into_bytes(), bytes);
                }
            }
        }

        #[test]
        fn hostile_bytes_never_panic(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
            let _ = TlogProof::parse(&bytes);
        }
    }
}
