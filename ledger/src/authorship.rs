//! Signatures inside entries: of the author of a statement, and of those who change a key. A node that replays
//! the log checks them; a receipt's verification does not.

use ed25519_dalek::{Signature, Signer as _, SigningKey, VerifyingKey};

use crate::entry::{Entry, KeyAction, KeyEvent, SignatureBytes};

/// Why a signature inside an entry is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum AuthorshipError {
    #[error("an entry of this kind has no author")]
    NoAuthor,
    #[error("an entry of the operator carries an author's signature")]
    OperatorSigned,
    #[error("the author has not signed")]
    NotSigned,
    #[error("the author's signature is wrong")]
    Author,
    #[error("the offline root's signature is wrong")]
    Root,
    #[error("a rotation needs the signature of the old key")]
    OldKeyMissing,
    #[error("an added key has no old key to sign")]
    OldKeyUnexpected,
    #[error("the old key's signature is wrong")]
    OldKey,
}

/// Signs an entry as its author; the sequencer's fields are not covered.
///
/// # Errors
/// [`AuthorshipError::NoAuthor`] for entries without an envelope.
pub fn sign_as_author(entry: &mut Entry, key: &SigningKey) -> Result<(), AuthorshipError> {
    let bytes = entry.author_bytes().ok_or(AuthorshipError::NoAuthor)?;
    let env = entry.env_mut().ok_or(AuthorshipError::NoAuthor)?;
    env.signature = Some(key.sign(&bytes).to_bytes());
    Ok(())
}

/// Checks the author's signature of an entry.
///
/// # Errors
/// When there is none, or it is not by this key.
pub fn verify_author(entry: &Entry, key: &VerifyingKey) -> Result<(), AuthorshipError> {
    let bytes = entry.author_bytes().ok_or(AuthorshipError::NoAuthor)?;
    let signature = entry.env().and_then(|env| env.signature.as_ref()).ok_or(AuthorshipError::NotSigned)?;
    if is_signed(key, &bytes, signature) { Ok(()) } else { Err(AuthorshipError::Author) }
}

/// Checks a key event: the offline root always signs, the old key signs a rotation and may sign its revocation.
///
/// # Errors
/// When a signature is missing, wrong or out of place.
pub fn verify_key_event(
    event: &KeyEvent,
    offline_root: &VerifyingKey,
    old_key: Option<&VerifyingKey>,
) -> Result<(), AuthorshipError> {
    let bytes = event.change.signing_bytes();
    if !is_signed(offline_root, &bytes, &event.root_signature) {
        return Err(AuthorshipError::Root);
    }
    match (event.change.action, &event.old_key_signature) {
        (KeyAction::Add | KeyAction::Revoke, None) => Ok(()),
        (KeyAction::Add, Some(_)) => Err(AuthorshipError::OldKeyUnexpected),
        (KeyAction::Rotate, None) => Err(AuthorshipError::OldKeyMissing),
        (KeyAction::Rotate | KeyAction::Revoke, Some(signature)) => {
            let signed = old_key.is_some_and(|key| is_signed(key, &bytes, signature));
            if signed { Ok(()) } else { Err(AuthorshipError::OldKey) }
        }
    }
}

fn is_signed(key: &VerifyingKey, message: &[u8], signature: &SignatureBytes) -> bool {
    key.verify_strict(message, &Signature::from_bytes(signature)).is_ok()
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;
    use crate::bounded::{Bytes, Text};
    use crate::entry::{DigestKind, Env, KeyChange, StatementKind};

    fn key(seed: u8) -> SigningKey {
        SigningKey::from_bytes(&[seed; 32])
    }

    #[test]
    fn an_author_signs_what_is_stated_and_not_its_place() {
        let env = Env {
            subject: [1; 32],
            seq: 0,
            previous: [0; 32],
            at_ms: 0,
            cause: [2; 32],
            commitment: [3; 32],
            author: 4,
            signature: None,
        };
        let mut entry = Entry::Statement { env, kind: StatementKind::AgencyStatement };
        assert_eq!(verify_author(&entry, &key(1).verifying_key()), Err(AuthorshipError::NotSigned));
        sign_as_author(&mut entry, &key(1)).unwrap();
        let env = entry.env_mut().unwrap();
        (env.seq, env.previous, env.at_ms) = (8, [8; 32], 8);
        assert_eq!(verify_author(&entry, &key(1).verifying_key()), Ok(()));
        assert_eq!(verify_author(&entry, &key(2).verifying_key()), Err(AuthorshipError::Author));
        entry.env_mut().unwrap().author = 5;
        assert_eq!(verify_author(&entry, &key(1).verifying_key()), Err(AuthorshipError::Author));
        let mut digest = Entry::Digest { kind: DigestKind::AccessLog, day: 1, digest: [0; 32] };
        assert_eq!(sign_as_author(&mut digest, &key(1)), Err(AuthorshipError::NoAuthor));
    }

    #[test]
    fn who_must_sign_a_key_event() {
        let (root, old) = (key(1), key(2));
        let event = |action, old_signs: Option<&SigningKey>, root_signs: &SigningKey| {
            let change = KeyChange {
                action,
                name: Text::new("xinji.example/yibin").unwrap(),
                kind: 1,
                key: Bytes::new(key(3).verifying_key().to_bytes().to_vec()).unwrap(),
                replaces: None,
                from_ms: 1,
            };
            let sign = |key: &SigningKey| key.sign(&change.signing_bytes()).to_bytes();
            let event = KeyEvent {
                old_key_signature: old_signs.map(sign),
                root_signature: sign(root_signs),
                change: change.clone(),
            };
            verify_key_event(&event, &root.verifying_key(), Some(&old.verifying_key()))
        };
        assert_eq!(event(KeyAction::Add, None, &root), Ok(()));
        assert_eq!(event(KeyAction::Add, None, &old), Err(AuthorshipError::Root));
        assert_eq!(event(KeyAction::Add, Some(&old), &root), Err(AuthorshipError::OldKeyUnexpected));
        assert_eq!(event(KeyAction::Rotate, Some(&old), &root), Ok(()));
        assert_eq!(event(KeyAction::Rotate, None, &root), Err(AuthorshipError::OldKeyMissing));
        assert_eq!(event(KeyAction::Rotate, Some(&root), &root), Err(AuthorshipError::OldKey));
        assert_eq!(event(KeyAction::Revoke, None, &root), Ok(()));
        assert_eq!(event(KeyAction::Revoke, Some(&old), &root), Ok(()));
        assert_eq!(event(KeyAction::Revoke, Some(&root), &root), Err(AuthorshipError::OldKey));
    }
}
