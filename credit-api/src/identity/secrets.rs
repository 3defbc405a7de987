//! Random texts, and what is stored of them.
//!
//! A session's id and a key's secret have 256 bits of randomness: SHA-256 is enough to store them by, and looking up
//! a digest tells nothing about how much of a text was guessed.

use hmac::{Hmac, KeyInit, Mac};
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;

use super::IdentityError;

/// Random bytes of a secret.
const SECRET_BYTES: usize = 32;
/// Random bytes of an id that is no secret.
const ID_BYTES: usize = 8;
/// Characters of a password made here: lower-case letters and digits that are not taken for each other.
const ALPHABET: &[u8; 32] = b"abcdefghjkmnpqrstuvwxyz23456789-";
/// Groups of four characters; 31 signs each, so 16 of them have 79 bits.
const GROUPS: usize = 4;
const GROUP_CHARS: usize = 4;
/// What the CSRF token of a session is made over.
const CSRF_CONTEXT: &[u8] = b"xinji csrf 1";

fn random<const N: usize>() -> Result<[u8; N], IdentityError> {
    let mut bytes = [0u8; N];
    getrandom::fill(&mut bytes).map_err(|error| IdentityError::Randomness(error.to_string()))?;
    Ok(bytes)
}

/// A secret, 64 hexadecimal digits.
///
/// # Errors
/// No randomness.
pub fn secret() -> Result<String, IdentityError> {
    random::<SECRET_BYTES>().map(hex::encode)
}

/// An id, `prefix` and 16 hexadecimal digits.
///
/// # Errors
/// No randomness.
pub fn id(prefix: &str) -> Result<String, IdentityError> {
    random::<ID_BYTES>().map(|bytes| format!("{prefix}{}", hex::encode(bytes)))
}

/// A password for somebody to type once: four groups of four characters.
///
/// # Errors
/// No randomness.
pub fn password() -> Result<String, IdentityError> {
    let mut groups = Vec::with_capacity(GROUPS);
    let mut group = String::with_capacity(GROUP_CHARS);
    while groups.len() < GROUPS {
        for byte in random::<SECRET_BYTES>()? {
            // The last sign is the separator: drawn, it is drawn again, so that every other is as likely.
            let sign = ALPHABET.get(usize::from(byte & 31)).copied().map(char::from);
            let Some(sign) = sign.filter(|sign| *sign != '-') else { continue };
            group.push(sign);
            if group.len() == GROUP_CHARS {
                groups.push(std::mem::take(&mut group));
            }
            if groups.len() == GROUPS {
                break;
            }
        }
    }
    Ok(groups.join("-"))
}

/// What a secret is stored and found by.
#[must_use]
pub fn digest(secret: &str) -> [u8; 32] {
    Sha256::digest(secret.as_bytes()).into()
}

/// As [`digest`], in hexadecimal.
#[must_use]
pub fn digest_hex(secret: &str) -> String {
    hex::encode(digest(secret))
}

/// The CSRF token of a session: whoever does not know the cookie cannot know it, and the cookie cannot be told from
/// it.
#[must_use]
pub fn csrf(session: &str) -> String {
    hex::encode(mac(session.as_bytes(), CSRF_CONTEXT))
}

/// Whether two texts are the same, in a time that does not tell where they differ.
#[must_use]
pub fn same(one: &str, other: &str) -> bool {
    one.as_bytes().ct_eq(other.as_bytes()).into()
}

/// HMAC-SHA256.
#[must_use]
pub fn mac(key: &[u8], text: &[u8]) -> [u8; 32] {
    // A key of any length is one for HMAC; there is no other error.
    let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(key) else { return Sha256::digest(text).into() };
    mac.update(text);
    mac.finalize().into_bytes().into()
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;

    #[test]
    fn nothing_is_made_twice() {
        assert_ne!(secret().unwrap(), secret().unwrap());
        assert_ne!(id("u").unwrap(), id("u").unwrap());
        let (one, other) = (password().unwrap(), password().unwrap());
        assert_ne!(one, other);
        assert_eq!(one.len(), 19);
        assert!(one.split('-').all(|group| group.len() == 4));
    }

    #[test]
    fn a_csrf_token_belongs_to_one_session() {
        assert_eq!(csrf("a"), csrf("a"));
        assert_ne!(csrf("a"), csrf("b"));
        assert!(!csrf("a").contains(&digest_hex("a")));
    }
}
