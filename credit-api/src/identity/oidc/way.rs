//! One way to the provider and back.

use super::super::{IdentityError, secrets};

/// How long the way to the provider and back may take, milliseconds.
pub const WAY_MS: i64 = 10 * 60_000;
/// Characters of the random text: 256 bits in hexadecimal.
const SECRET_CHARS: usize = 64;
/// Longest time in front of it, characters of hexadecimal.
const TIME_CHARS_MAX: usize = 16;

/// What goes to the provider, of a way there and back.
pub(super) struct Way {
    pub(super) state: String,
    pub(super) nonce: String,
    pub(super) verifier: String,
    /// What it is remembered by once it has ended.
    pub(super) digest: String,
}

impl Way {
    /// A new one, with the text that the browser keeps: when it began, and a random text.
    pub(super) fn begin(now: i64) -> Result<(String, Self), IdentityError> {
        let text = format!("{now:x}-{}", secrets::secret()?);
        let way = Self::of(&text);
        Ok((text, way))
    }

    /// The one that a browser kept; nothing for one that took too long, and for what is none.
    pub(super) fn read(text: &str, now: i64) -> Option<Self> {
        let (time, secret) = text.split_once('-')?;
        let is_hex = |text: &str| text.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'));
        if secret.len() != SECRET_CHARS || time.len() > TIME_CHARS_MAX || !is_hex(time) || !is_hex(secret) {
            return None;
        }
        let began = i64::from_str_radix(time, 16).ok()?;
        (0..WAY_MS).contains(&now.checked_sub(began)?).then(|| Self::of(text))
    }

    /// Whoever sees one of the parts has neither the others nor the text.
    fn of(text: &str) -> Self {
        let part = |name: &str| hex::encode(secrets::mac(text.as_bytes(), name.as_bytes()));
        Self {
            state: part("xinji oidc state 1"),
            nonce: part("xinji oidc nonce 1"),
            verifier: part("xinji oidc pkce 1"),
            digest: secrets::digest_hex(text),
        }
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;

    #[test]
    fn a_way_is_the_same_on_the_way_back_and_ends_after_ten_minutes() {
        let (text, way) = Way::begin(1_000_000).unwrap();
        let back = Way::read(&text, 1_000_000 + WAY_MS - 1).unwrap();
        assert_eq!((&back.state, &back.nonce, &back.verifier), (&way.state, &way.nonce, &way.verifier));
        assert!(way.state != way.nonce && way.nonce != way.verifier && way.state != way.verifier);
        assert!(Way::read(&text, 1_000_000 + WAY_MS).is_none());
        assert!(Way::read(&text, 999_999).is_none());
        // A later beginning makes another way of it.
        let later = text.replacen("f4240-", "f4241-", 1);
        assert_ne!(Way::read(&later, 1_000_001).unwrap().state, way.state);
    }

    #[test]
    fn what_is_no_way_is_none() {
        let hex = "0".repeat(SECRET_CHARS);
        for text in [
            "",
            "-",
            "f4240-",
            &format!("-{hex}"),
            &format!("+1-{hex}"),
            &format!("f4240-{}g", "0".repeat(63)),
        ] {
            assert!(Way::read(text, 1_000_000).is_none(), "{text}");
        }
        assert!(Way::read(&format!("{}-{hex}", "f".repeat(17)), 1_000_000).is_none());
    }
}
