//! Labels: how an entry names its enterprise without naming it.
//!
//! A plain hash of an 18-character public code hides nothing, so the label is HMAC-SHA256 of the USCC under a
//! key of the zone. Whoever lacks the key cannot guess it; but only the zone can show that it is the right one.
//! A mirrored public list uses SHA-256 of the USCC: what the law publishes needs no hiding.

use std::fmt;

use sha2::{Digest as _, Sha256};
use zeroize::Zeroizing;

use crate::encoding::hmac_sha256;
use crate::merkle::Hash;

/// First words of what a label is made of, so that the key serves nowhere else.
const CONTEXT: &[u8] = b"xinji/label/hmac-sha256/v1\n";

/// The zone's secret for labels. Losing it breaks the chains of subjects, publishing it unveils them.
#[derive(Clone, PartialEq, Eq)]
pub struct LabelKey(Zeroizing<[u8; 32]>);

impl LabelKey {
    #[must_use]
    pub fn new(bytes: [u8; 32]) -> Self {
        Self(Zeroizing::new(bytes))
    }

    /// The label of an enterprise. `uscc` is the code in upper case.
    #[must_use]
    pub fn hmac_label(&self, uscc: &str) -> Hash {
        hmac_sha256(&self.0, &[CONTEXT, uscc.as_bytes()])
    }
}

impl fmt::Debug for LabelKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("LabelKey(hidden)")
    }
}

/// The subject of an entry of a mirrored public list: SHA-256 of the code in upper case.
#[must_use]
pub fn public_list_label(uscc: &str) -> Hash {
    Sha256::digest(uscc.as_bytes()).into()
}

#[cfg(test)]
mod tests {
    use super::*;

    const USCC: &str = "91511500MA6200000W";

    #[test]
    fn a_label_depends_on_key_and_code() {
        let key = LabelKey::new([1; 32]);
        assert_eq!(key.hmac_label(USCC), key.hmac_label(USCC));
        assert_ne!(key.hmac_label(USCC), LabelKey::new([2; 32]).hmac_label(USCC));
        assert_ne!(key.hmac_label(USCC), key.hmac_label("91511500MA6200001X"));
        assert_ne!(key.hmac_label(USCC), public_list_label(USCC));
        assert_eq!(format!("{key:?}"), "LabelKey(hidden)");
    }
}
