//! A change of a log's keys on its way from hand to hand.
//!
//! Whoever proposes it, whoever holds the old key and whoever holds the offline root are seldom in one room, and the
//! root's machine has no network. So the change is a small readable file that is carried from one to the next; each
//! sees what it says, and adds a signature. With both it becomes the entry that the operator takes.

use std::fmt::Write as _;

use chrono::{DateTime, SecondsFormat, Utc};
use ed25519_dalek::{Signature, Signer as _, SigningKey, VerifyingKey};
use ledger::bounded::{BoundError, Bytes, Text};
use ledger::entry::{Entry, KeyAction, KeyChange, KeyEvent, SignatureBytes};
use ledger::keyring::key_id;
use ledger::note::{KeyKind, Vkey, is_key_name};
use serde::{Deserialize, Serialize};

/// Longest event file read, in bytes.
pub const EVENT_BYTES_MAX: usize = 16 * 1024;

/// Number of the file's form.
const VERSION: u32 = 1;

/// Why an event file cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum EventError {
    #[error("the event has {0} bytes, at most {EVENT_BYTES_MAX} are read")]
    TooLong(usize),
    #[error("not an event file as `node key propose` writes it: {0}")]
    Form(String),
    #[error("the event file has version {0}; expected {VERSION}")]
    Version(u32),
    #[error("{field}: expected {expected}")]
    Field { field: &'static str, expected: &'static str },
    #[error("the old key's name is {old}, the new key's {new}; a rotation keeps the name")]
    OtherName { old: String, new: String },
    #[error(
        "{0} is no key that signs notes (type 0x01); make it with `node keygen --kind log` or `--kind author`"
    )]
    Kind(String),
    #[error("neither an old nor a new key is named")]
    NoKey,
    #[error("{0}")]
    Bound(#[from] BoundError),
    #[error("the offline root has not signed; run `node key sign --key ROOT_KEY EVENT` where the root is")]
    RootMissing,
    #[error("a rotation needs the old key's signature; run `node key sign --key OLD_KEY EVENT`")]
    OldKeyMissing,
    #[error("this key has signed the event already")]
    SignedAlready,
    #[error("the offline root has signed already, and this key is not the one that is replaced or revoked")]
    NotTheOldKey,
}

/// Whose signature was put on an event.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Signed {
    /// The key that is replaced or revoked.
    OldKey,
    /// Any other key can only be the offline root.
    Root,
}

/// An event that may still lack signatures.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Paper {
    change: KeyChange,
    old_key_signature: Option<SignatureBytes>,
    root_signature: Option<SignatureBytes>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Form {
    xinji_key_event: u32,
    action: String,
    name: String,
    key: String,
    replaces: Option<String>,
    from: String,
    from_ms: u64,
    old_key_signature: Option<String>,
    root_signature: Option<String>,
}

impl Paper {
    /// What two keys mean: a new one alone is added, an old one alone revoked, both are a rotation. `from_ms`:
    /// milliseconds since 1970-01-01 UTC.
    ///
    /// # Errors
    /// When the names differ, or a key is a cosigner's.
    pub fn propose(old: Option<&Vkey>, new: Option<&Vkey>, from_ms: u64) -> Result<Self, EventError> {
        let (action, subject) = match (old, new) {
            (None, Some(new)) => (KeyAction::Add, new),
            (Some(old), None) => (KeyAction::Revoke, old),
            (Some(old), Some(new)) if old.name() != new.name() => {
                return Err(EventError::OtherName { old: old.name().into(), new: new.name().into() });
            }
            (Some(_), Some(new)) => (KeyAction::Rotate, new),
            (None, None) => return Err(EventError::NoKey),
        };
        for vkey in [old, new].into_iter().flatten() {
            if vkey.kind() != KeyKind::Ed25519 {
                return Err(EventError::Kind(vkey.to_string()));
            }
        }
        let replaces = old.filter(|_| action == KeyAction::Rotate).map(|old| key_id(old.key().as_bytes()));
        let change = KeyChange {
            action,
            name: Text::new(subject.name())?,
            kind: KeyKind::Ed25519.byte(),
            key: Bytes::new(subject.key().as_bytes().to_vec())?,
            replaces,
            from_ms,
        };
        Ok(Self { change, old_key_signature: None, root_signature: None })
    }

    /// Reads an event file.
    ///
    /// # Errors
    /// [`EventError`] names the field.
    pub fn parse(bytes: &[u8]) -> Result<Self, EventError> {
        if bytes.len() > EVENT_BYTES_MAX {
            return Err(EventError::TooLong(bytes.len()));
        }
        let form: Form =
            serde_json::from_slice(bytes).map_err(|error| EventError::Form(error.to_string()))?;
        if form.xinji_key_event != VERSION {
            return Err(EventError::Version(form.xinji_key_event));
        }
        let action = match form.action.as_str() {
            "add" => KeyAction::Add,
            "rotate" => KeyAction::Rotate,
            "revoke" => KeyAction::Revoke,
            _ => return Err(field("action", "add, rotate or revoke")),
        };
        if !is_key_name(&form.name) {
            return Err(field("name", "a key name"));
        }
        // What a person reads must be what is signed.
        if form.from != time_text(form.from_ms) {
            return Err(field("from", "the same time as from_ms, as `node key propose` writes it"));
        }
        let key: [u8; 32] = unhex(&form.key).ok_or_else(|| field("key", "64 hexadecimal digits"))?;
        let change = KeyChange {
            action,
            name: Text::new(form.name)?,
            kind: KeyKind::Ed25519.byte(),
            key: Bytes::new(key.to_vec())?,
            replaces: optional(form.replaces.as_deref(), "replaces", "64 hexadecimal digits or null")?,
            from_ms: form.from_ms,
        };
        let digits = "128 hexadecimal digits or null";
        Ok(Self {
            change,
            old_key_signature: optional(form.old_key_signature.as_deref(), "old_key_signature", digits)?,
            root_signature: optional(form.root_signature.as_deref(), "root_signature", digits)?,
        })
    }

    /// The file.
    ///
    /// # Errors
    /// Never for an event that was proposed or read.
    pub fn to_json(&self) -> Result<String, EventError> {
        let form = Form {
            xinji_key_event: VERSION,
            action: self.action_word().to_owned(),
            name: self.change.name.as_str().to_owned(),
            key: hex::encode(self.change.key.as_slice()),
            replaces: self.change.replaces.map(hex::encode),
            from: time_text(self.change.from_ms),
            from_ms: self.change.from_ms,
            old_key_signature: self.old_key_signature.map(hex::encode),
            root_signature: self.root_signature.map(hex::encode),
        };
        let text =
            serde_json::to_string_pretty(&form).map_err(|error| EventError::Form(error.to_string()))?;
        Ok(text + "\n")
    }

    /// Adds the signature of this key: as the old key if it is the one that is replaced or revoked, else as the
    /// offline root.
    ///
    /// # Errors
    /// When that signature is there already.
    pub fn sign(&mut self, key: &SigningKey) -> Result<Signed, EventError> {
        let public = key.verifying_key();
        let signature = key.sign(&self.change.signing_bytes()).to_bytes();
        let (place, signed) = if self.is_old_key(&public) {
            (&mut self.old_key_signature, Signed::OldKey)
        } else {
            (&mut self.root_signature, Signed::Root)
        };
        match place {
            None => {
                *place = Some(signature);
                Ok(signed)
            }
            Some(before) if *before == signature => Err(EventError::SignedAlready),
            Some(_) if signed == Signed::Root => Err(EventError::NotTheOldKey),
            Some(before) => {
                *before = signature;
                Ok(signed)
            }
        }
    }

    fn is_old_key(&self, key: &VerifyingKey) -> bool {
        match self.change.action {
            KeyAction::Add => false,
            KeyAction::Rotate => self.change.replaces == Some(key_id(key.as_bytes())),
            KeyAction::Revoke => self.change.key.as_slice() == key.as_bytes(),
        }
    }

    /// The event with its signatures; whether they are right is for the log's key ring to say.
    ///
    /// # Errors
    /// When one is missing.
    pub fn event(&self) -> Result<KeyEvent, EventError> {
        if self.change.action == KeyAction::Rotate && self.old_key_signature.is_none() {
            return Err(EventError::OldKeyMissing);
        }
        Ok(KeyEvent {
            change: self.change.clone(),
            old_key_signature: self.old_key_signature,
            root_signature: self.root_signature.ok_or(EventError::RootMissing)?,
        })
    }

    /// The entry of the log.
    ///
    /// # Errors
    /// As [`Paper::event`].
    pub fn entry(&self) -> Result<Entry, EventError> {
        self.event().map(Entry::Key)
    }

    /// What the event says, for whoever is to sign it; with the root's public key it also says whether the root's
    /// signature is right.
    #[must_use]
    pub fn describe(&self, root: Option<&VerifyingKey>) -> String {
        let change = &self.change;
        let key = hex::encode(change.key.as_slice());
        let what = match change.action {
            KeyAction::Add => "adds the key",
            KeyAction::Rotate => "puts in the place of another the key",
            KeyAction::Revoke => "revokes, for ever, the key",
        };
        let mut text =
            format!("This event {what}\n  name      {}\n  key       {key}\n", change.name.as_str());
        let mut line = |name: &str, value: &str| {
            // Writing into a text never fails.
            let _ = writeln!(text, "  {name:<9} {value}");
        };
        if let Some(replaces) = change.replaces {
            line("replaces", &format!("the key with the SHA-256 {}", hex::encode(replaces)));
        }
        line("from", &format!("{} ({} ms)", time_text(change.from_ms), change.from_ms));
        line("signed is", &format!("SHA-256 {}", hex::encode(key_id(&change.signing_bytes()))));
        line("old key", self.old_key_word());
        line("root", self.root_word(root));
        text
    }

    fn action_word(&self) -> &'static str {
        match self.change.action {
            KeyAction::Add => "add",
            KeyAction::Rotate => "rotate",
            KeyAction::Revoke => "revoke",
        }
    }

    fn old_key_word(&self) -> &'static str {
        match (self.change.action, &self.old_key_signature) {
            (KeyAction::Add, None) => "none is replaced, none signs",
            (KeyAction::Add, Some(_)) => "signed, but nothing is replaced: the log will refuse it",
            (KeyAction::Rotate, None) => "has not signed yet",
            (KeyAction::Rotate, Some(_)) => "has signed; the log knows the key and checks it",
            (KeyAction::Revoke, None) => "has not signed; it need not, the root is enough",
            (KeyAction::Revoke, Some(signature)) => {
                let key: Option<[u8; 32]> = self.change.key.as_slice().try_into().ok();
                let key = key.and_then(|key| VerifyingKey::from_bytes(&key).ok());
                if key.is_some_and(|key| self.is_by(&key, signature)) {
                    "has signed, and the signature is right"
                } else {
                    "the signature is WRONG"
                }
            }
        }
    }

    fn root_word(&self, root: Option<&VerifyingKey>) -> &'static str {
        match (&self.root_signature, root) {
            (None, _) => "has not signed yet",
            (Some(_), None) => "somebody has signed as the root; name the root to have it checked",
            (Some(signature), Some(root)) if self.is_by(root, signature) => {
                "has signed, and the signature is right"
            }
            (Some(_), Some(_)) => "the signature is WRONG, or by another key",
        }
    }

    fn is_by(&self, key: &VerifyingKey, signature: &SignatureBytes) -> bool {
        key.verify_strict(&self.change.signing_bytes(), &Signature::from_bytes(signature)).is_ok()
    }
}

fn field(field: &'static str, expected: &'static str) -> EventError {
    EventError::Field { field, expected }
}

fn unhex<const N: usize>(text: &str) -> Option<[u8; N]> {
    let mut bytes = [0; N];
    hex::decode_to_slice(text, &mut bytes).ok()?;
    Some(bytes)
}

fn optional<const N: usize>(
    text: Option<&str>,
    name: &'static str,
    expected: &'static str,
) -> Result<Option<[u8; N]>, EventError> {
    text.map(|text| unhex(text).ok_or_else(|| field(name, expected))).transpose()
}

/// UTC to the millisecond, or the number where it is beyond the calendar.
fn time_text(ms: u64) -> String {
    let time = i64::try_from(ms).ok().and_then(DateTime::<Utc>::from_timestamp_millis);
    time.map_or_else(|| format!("{ms} ms"), |time| time.to_rfc3339_opts(SecondsFormat::Millis, true))
}

#[cfg(test)]
#[path = "event_tests.rs"]
mod tests;
