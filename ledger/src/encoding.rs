//! The text forms shared by the C2SP formats: canonical decimals and canonical base64 (RFC 4648 section 4).
//! One value has one spelling, so that a changed byte is never a second spelling of the same thing.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

use crate::merkle::Hash;

/// A decimal without sign or leading zeroes.
pub(crate) fn decimal(text: &str) -> Option<u64> {
    let canonical = text == "0" || !text.starts_with('0');
    let digits = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    if canonical && digits { text.parse().ok() } else { None }
}

/// Padded base64 without spare bits set.
pub(crate) fn base64_bytes(text: &str) -> Option<Vec<u8>> {
    STANDARD.decode(text).ok()
}

pub(crate) fn base64_hash(text: &str) -> Option<Hash> {
    base64_bytes(text)?.try_into().ok()
}

pub(crate) fn base64_text(bytes: &[u8]) -> String {
    STANDARD.encode(bytes)
}

/// Lower-case hexadecimal of exactly `N` bytes.
pub(crate) fn hex_array<const N: usize>(text: &str) -> Option<[u8; N]> {
    let bytes: [u8; N] = hex::decode(text).ok()?.try_into().ok()?;
    if hex::encode(bytes) == text { Some(bytes) } else { None }
}

/// HMAC-SHA256 (RFC 2104) with a key of 32 bytes over parts one after the other.
pub(crate) fn hmac_sha256(key: &[u8; 32], parts: &[&[u8]]) -> Hash {
    // RFC 2104 pads a short key to the block of the hash with zeroes.
    let mut block = [0u8; 64];
    let (head, _) = block.split_at_mut(key.len());
    head.copy_from_slice(key);
    let mut mac = Hmac::<Sha256>::new(&block.into());
    for part in parts {
        mac.update(part);
    }
    mac.finalize().into_bytes().into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_decimal_has_one_spelling() {
        assert_eq!(decimal("0"), Some(0));
        assert_eq!(decimal("18446744073709551615"), Some(u64::MAX));
        for wrong in ["", "00", "01", "+1", "-1", " 1", "1 ", "1\n", "18446744073709551616", "١", "0x1"] {
            assert_eq!(decimal(wrong), None, "{wrong:?}");
        }
    }

    #[test]
    fn base64_has_one_spelling() {
        assert_eq!(base64_bytes("AA=="), Some(vec![0]));
        for wrong in ["AA", "AA=", "AB==", "A-==", "AA==\n", " AA=="] {
            assert_eq!(base64_bytes(wrong), None, "{wrong:?}");
        }
    }

    #[test]
    fn hex_is_lower_case() {
        assert_eq!(hex_array::<2>("00ff"), Some([0, 255]));
        for wrong in ["00FF", "00f", "00ff00", ""] {
            assert_eq!(hex_array::<2>(wrong), None, "{wrong:?}");
        }
    }

    #[test]
    fn hmac_is_that_of_rfc_4231() {
        // Test case 2 pads "Jefe" to 32 bytes, which HMAC does anyway.
        let mut key = [0; 32];
        let (head, _) = key.split_at_mut(4);
        head.copy_from_slice(b"Jefe");
        assert_eq!(
            hex::encode(hmac_sha256(&key, &[b"what do ya want ", b"for nothing?"])),
            "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"
        );
    }
}
