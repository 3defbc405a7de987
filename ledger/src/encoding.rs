//! The text forms shared by the C2SP formats: canonical decimals and canonical base64 (RFC 4648 section 4).
//! One value has one spelling, so that a changed byte is never a second spelling of the same thing.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

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
}
