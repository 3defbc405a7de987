//! Signed notes and verifier keys (C2SP `signed-note` v1). A note is a text and signature lines; nothing of
//! the text may be believed before [`open`] has verified it with keys the reader knows.

use std::fmt;
use std::str::FromStr;

use ed25519_dalek::{Signature, Signer as _, SigningKey, VerifyingKey};
use sha2::{Digest as _, Sha256};

use crate::cosignature;
use crate::encoding::{base64_bytes, base64_text, hex_array};
use crate::entry::MAX_NAME_BYTES;

/// Longest note read, in bytes. Sixteen post-quantum signatures of 5 kB fit.
pub const MAX_NOTE_BYTES: usize = 128 * 1024;

/// Most signature lines read; the specification asks for at least 16.
pub const MAX_SIGNATURES: usize = 64;

/// Begin of a signature line: em dash and space.
const LINE_START: &str = "\u{2014} ";

/// Length of a key ID in bytes.
const KEY_ID_BYTES: usize = 4;

/// First four bytes of SHA-256 over name, type and key; names a key, proves nothing.
pub type KeyId = [u8; KEY_ID_BYTES];

/// Why a note or key was refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NoteError {
    #[error("a note of {0} bytes is above the limit of {MAX_NOTE_BYTES}")]
    TooLong(usize),
    #[error("the note is not UTF-8")]
    NotUtf8,
    #[error("the note holds a control character")]
    ControlCharacter,
    #[error("the note has no empty line between text and signatures")]
    NoSignatureBlock,
    #[error("signature line {0} is malformed")]
    SignatureLine(usize),
    #[error("more than {MAX_SIGNATURES} signatures")]
    TooManySignatures,
    #[error("the signature of the known key {0} is wrong")]
    BadSignature(String),
    #[error("no signature of a known key")]
    NoKnownSignature,
    #[error("not a verifier key")]
    Vkey,
    #[error("the verifier key's ID is not that of its name and key")]
    VkeyId,
    #[error("signature type 0x{0:02x} is not supported")]
    VkeyType(u8),
    #[error("the public key is not a sound Ed25519 point")]
    WeakKey,
    #[error("a key name is 1 to {MAX_NAME_BYTES} bytes without spaces, '+' or control characters")]
    Name,
}

/// Which message a key signs; the byte is the signature type of the specification.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum KeyKind {
    /// 0x01: Ed25519 over the note text.
    Ed25519,
    /// 0x04: Ed25519 over a timestamped cosignature message.
    CosignatureV1,
}

impl KeyKind {
    #[must_use]
    pub fn byte(self) -> u8 {
        match self {
            Self::Ed25519 => 0x01,
            Self::CosignatureV1 => 0x04,
        }
    }
}

/// `SHA-256(name ‖ 0x0A ‖ type ‖ public key)[:4]`.
#[must_use]
pub fn key_id(name: &str, kind: u8, public_key: &[u8]) -> KeyId {
    let digest: [u8; 32] = Sha256::new()
        .chain_update(name)
        .chain_update([b'\n', kind])
        .chain_update(public_key)
        .finalize()
        .into();
    let [a, b, c, d, ..] = digest;
    [a, b, c, d]
}

/// Whether a text may be a key name.
#[must_use]
pub fn is_key_name(name: &str) -> bool {
    !name.is_empty()
        && name.len() <= MAX_NAME_BYTES
        && !name.chars().any(|c| c.is_whitespace() || c.is_control() || c == '+')
}

/// A public key with the name under which it signs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Vkey {
    name: String,
    id: KeyId,
    kind: KeyKind,
    key: VerifyingKey,
}

impl Vkey {
    /// # Errors
    /// When the name is not a key name or the key is weak (of small order).
    pub fn new(name: &str, kind: KeyKind, key: VerifyingKey) -> Result<Self, NoteError> {
        if !is_key_name(name) {
            return Err(NoteError::Name);
        }
        if key.is_weak() {
            return Err(NoteError::WeakKey);
        }
        Ok(Self { name: name.to_owned(), id: key_id(name, kind.byte(), key.as_bytes()), kind, key })
    }

    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    #[must_use]
    pub fn id(&self) -> KeyId {
        self.id
    }

    #[must_use]
    pub fn kind(&self) -> KeyKind {
        self.kind
    }

    #[must_use]
    pub fn key(&self) -> &VerifyingKey {
        &self.key
    }

    /// Whether a line claims to be by this key.
    #[must_use]
    pub fn claims(&self, line: &SignatureLine) -> bool {
        self.name == line.name && self.id == line.key_id
    }

    /// Verifies one line over a note text. A cosignature gives its time, in seconds since 1970-01-01 UTC.
    ///
    /// # Errors
    /// [`NoteError::BadSignature`] when the line is not by this key over this text.
    pub fn verify(&self, text: &str, line: &SignatureLine) -> Result<Option<u64>, NoteError> {
        let bad = || NoteError::BadSignature(self.name.clone());
        if !self.claims(line) {
            return Err(bad());
        }
        match self.kind {
            KeyKind::Ed25519 => {
                let signature = Signature::from_slice(&line.signature).map_err(|_| bad())?;
                self.key.verify_strict(text.as_bytes(), &signature).map_err(|_| bad())?;
                Ok(None)
            }
            KeyKind::CosignatureV1 => {
                cosignature::verify(&self.key, text, &line.signature).map(Some).ok_or_else(bad)
            }
        }
    }
}

/// The parts of `name+hex key ID+base64(type ‖ key)`: name, key ID, type, key.
pub(crate) fn split_vkey(text: &str) -> Result<(&str, KeyId, u8, Vec<u8>), NoteError> {
    let mut parts = text.splitn(3, '+');
    let (Some(name), Some(id), Some(key)) = (parts.next(), parts.next(), parts.next()) else {
        return Err(NoteError::Vkey);
    };
    let id = hex_array(id).ok_or(NoteError::Vkey)?;
    let key = base64_bytes(key).ok_or(NoteError::Vkey)?;
    let (kind, key) = key.split_first().ok_or(NoteError::Vkey)?;
    Ok((name, id, *kind, key.to_vec()))
}

impl FromStr for Vkey {
    type Err = NoteError;

    /// Reads `name+hex key ID+base64(type ‖ key)`.
    fn from_str(text: &str) -> Result<Self, NoteError> {
        let (name, id, kind, key) = split_vkey(text)?;
        let kind = match kind {
            0x01 => KeyKind::Ed25519,
            0x04 => KeyKind::CosignatureV1,
            other => return Err(NoteError::VkeyType(other)),
        };
        let key: [u8; 32] = key.as_slice().try_into().map_err(|_| NoteError::Vkey)?;
        let key = VerifyingKey::from_bytes(&key).map_err(|_| NoteError::WeakKey)?;
        let vkey = Self::new(name, kind, key)?;
        if vkey.id == id { Ok(vkey) } else { Err(NoteError::VkeyId) }
    }
}

impl fmt::Display for Vkey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut key = vec![self.kind.byte()];
        key.extend_from_slice(self.key.as_bytes());
        write!(f, "{}+{}+{}", self.name, hex::encode(self.id), base64_text(&key))
    }
}

/// One signature line, verified or not.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SignatureLine {
    pub name: String,
    pub key_id: KeyId,
    /// What follows the key ID; its form depends on the key's type.
    pub signature: Vec<u8>,
}

impl FromStr for SignatureLine {
    type Err = NoteError;

    /// Reads a line without its newline. The error names line 0.
    fn from_str(line: &str) -> Result<Self, NoteError> {
        let malformed = || NoteError::SignatureLine(0);
        let (name, signature) =
            line.strip_prefix(LINE_START).and_then(|rest| rest.split_once(' ')).ok_or_else(malformed)?;
        let bytes = base64_bytes(signature).ok_or_else(malformed)?;
        let (key_id, signature) = bytes.split_first_chunk::<KEY_ID_BYTES>().ok_or_else(malformed)?;
        if !is_key_name(name) || signature.is_empty() {
            return Err(malformed());
        }
        Ok(Self { name: name.to_owned(), key_id: *key_id, signature: signature.to_vec() })
    }
}

impl fmt::Display for SignatureLine {
    /// The line without its newline.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let bytes = [self.key_id.as_slice(), &self.signature].concat();
        write!(f, "{LINE_START}{} {}", self.name, base64_text(&bytes))
    }
}

/// A text with signature lines, nothing verified.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Note {
    /// Ends with a newline.
    pub text: String,
    pub signatures: Vec<SignatureLine>,
}

impl Note {
    /// Reads a note; its bytes are the only spelling of what is returned.
    ///
    /// # Errors
    /// [`NoteError`] says what is malformed.
    pub fn parse(bytes: &[u8]) -> Result<Self, NoteError> {
        if bytes.len() > MAX_NOTE_BYTES {
            return Err(NoteError::TooLong(bytes.len()));
        }
        let note = std::str::from_utf8(bytes).map_err(|_| NoteError::NotUtf8)?;
        if note.bytes().any(|byte| byte < 0x20 && byte != b'\n') {
            return Err(NoteError::ControlCharacter);
        }
        let (text, lines) = note.rsplit_once("\n\n").ok_or(NoteError::NoSignatureBlock)?;
        let lines = lines.strip_suffix('\n').ok_or(NoteError::NoSignatureBlock)?;
        let mut signatures = Vec::new();
        for (at, line) in lines.split('\n').enumerate() {
            if at == MAX_SIGNATURES {
                return Err(NoteError::TooManySignatures);
            }
            signatures.push(line.parse().map_err(|_| NoteError::SignatureLine(at))?);
        }
        Ok(Self { text: format!("{text}\n"), signatures })
    }
}

impl fmt::Display for Note {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{}", self.text)?;
        for line in &self.signatures {
            writeln!(f, "{line}")?;
        }
        Ok(())
    }
}

/// One verified signature.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verified {
    /// Place of the key in the list of known keys.
    pub key: usize,
    /// Time of a cosignature, seconds since 1970-01-01 UTC.
    pub time: Option<u64>,
}

/// Verifies every line of a known key. Lines of unknown keys are ignored, a second line of the same key is
/// verified and then dropped.
///
/// # Errors
/// When the line of a known key fails, or no known key has signed.
pub fn open(note: &Note, known: &[Vkey]) -> Result<Vec<Verified>, NoteError> {
    let mut verified: Vec<Verified> = Vec::new();
    for line in &note.signatures {
        let Some((key, vkey)) = known.iter().enumerate().find(|(_, vkey)| vkey.claims(line)) else {
            continue;
        };
        let time = vkey.verify(&note.text, line)?;
        if verified.iter().all(|other| other.key != key) {
            verified.push(Verified { key, time });
        }
    }
    if verified.is_empty() { Err(NoteError::NoKnownSignature) } else { Ok(verified) }
}

/// A signing key with its name.
#[derive(Clone)]
pub struct Signer {
    key: SigningKey,
    vkey: Vkey,
}

impl Signer {
    /// # Errors
    /// When the name is not a key name.
    pub fn new(name: &str, kind: KeyKind, key: SigningKey) -> Result<Self, NoteError> {
        let vkey = Vkey::new(name, kind, key.verifying_key())?;
        Ok(Self { key, vkey })
    }

    #[must_use]
    pub fn vkey(&self) -> &Vkey {
        &self.vkey
    }

    #[must_use]
    pub fn key(&self) -> &SigningKey {
        &self.key
    }

    /// Signs a note text. `time` is used by cosigners only: seconds since 1970-01-01 UTC.
    #[must_use]
    pub fn sign(&self, text: &str, time: u64) -> SignatureLine {
        let signature = match self.vkey.kind {
            KeyKind::Ed25519 => self.key.sign(text.as_bytes()).to_bytes().to_vec(),
            KeyKind::CosignatureV1 => cosignature::sign(&self.key, text, time),
        };
        SignatureLine { name: self.vkey.name.clone(), key_id: self.vkey.id, signature }
    }
}

impl fmt::Debug for Signer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Signer({})", self.vkey)
    }
}

#[cfg(test)]
#[path = "note_tests.rs"]
mod tests;
