//! The SCALE type registry of entries (scale-info `PortableRegistry` as JSON), served as `/ledger/types.json`.
//! With it any SCALE tool decodes a leaf; type 0 is [`crate::entry::Entry`], the
//! last is [`crate::header::Batch`], the payload of a seal. Its digest is in the genesis entry,
//! so the file is committed, and a test compares it with what the code says.

use sha2::{Digest as _, Sha256};

use crate::merkle::Hash;

/// The registry.
pub const TYPES_JSON: &str = include_str!("../types.json");

/// SHA-256 of [`TYPES_JSON`].
#[must_use]
pub fn types_digest() -> Hash {
    Sha256::digest(TYPES_JSON.as_bytes()).into()
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;
    use scale_info::{MetaType, PortableRegistry, Registry};

    fn generated() -> String {
        let mut registry = Registry::new();
        registry.register_type(&MetaType::new::<crate::entry::Entry>());
        registry.register_type(&MetaType::new::<crate::header::Batch>());
        serde_json::to_string_pretty(&PortableRegistry::from(registry)).unwrap() + "\n"
    }

    /// A difference means that old leaves would decode otherwise: only additions are allowed. To accept one,
    /// run with `XINJI_WRITE_TYPES=1` and read the difference.
    #[test]
    fn the_committed_registry_is_that_of_the_code() {
        if std::env::var_os("XINJI_WRITE_TYPES").is_some() {
            std::fs::write(concat!(env!("CARGO_MANIFEST_DIR"), "/types.json"), generated()).unwrap();
        }
        assert_eq!(TYPES_JSON, generated());
    }

    #[test]
    fn type_0_is_the_entry() {
        let registry: serde_json::Value = serde_json::from_str(TYPES_JSON).unwrap();
        let path = registry.pointer("/types/0/type/path").unwrap();
        assert_eq!(path, &serde_json::json!(["ledger", "entry", "Entry"]));
        assert_eq!(registry.pointer("/types/0/id").unwrap(), 0);
    }
}
