//! The SCALE type registry of entries (scale-info `PortableRegistry`), as JSON and as SCALE, served as
//! `/ledger/types.json` and `/ledger/types.scale`.
//! With it any SCALE tool decodes a leaf, and keys and values of the state map; type 0 is [`crate::entry::Entry`], the
//! last is [`crate::header::Batch`], the payload of a seal.
//!
//! The digest in the genesis entry is that of the JSON file: a person can read what was promised. The SCALE file
//! holds the same registry for tools that take no JSON; it is bound by encoding the JSON registry again.
//! Both files are committed, and a test compares them with what the code says.

use sha2::{Digest as _, Sha256};

use crate::merkle::Hash;

/// The registry as JSON.
pub const TYPES_JSON: &str = include_str!("../types.json");

/// The registry in SCALE, as scale-info encodes a `PortableRegistry`.
pub const TYPES_SCALE: &[u8] = include_bytes!("../types.scale");

/// SHA-256 of [`TYPES_JSON`].
#[must_use]
pub fn types_digest() -> Hash {
    Sha256::digest(TYPES_JSON.as_bytes()).into()
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;
    use crate::state;
    use parity_scale_codec::{DecodeAll as _, Encode as _};
    use scale_info::{MetaType, PortableRegistry, Registry};

    fn generated() -> PortableRegistry {
        let mut registry = Registry::new();
        registry.register_type(&MetaType::new::<crate::entry::Entry>());
        for held in [
            MetaType::new::<state::StateKey>(),
            MetaType::new::<state::RatingState>(),
            MetaType::new::<state::ListState>(),
            MetaType::new::<state::KeyState>(),
            MetaType::new::<state::ScorecardState>(),
            MetaType::new::<state::ScorecardOfId>(),
        ] {
            registry.register_type(&held);
        }
        registry.register_type(&MetaType::new::<crate::header::Batch>());
        PortableRegistry::from(registry)
    }

    fn json(registry: &PortableRegistry) -> String {
        serde_json::to_string_pretty(registry).unwrap() + "\n"
    }

    /// A difference means that old leaves would decode otherwise: only additions are allowed. To accept one,
    /// run with `XINJI_WRITE_TYPES=1` and read the difference.
    #[test]
    fn the_committed_registry_is_that_of_the_code() {
        let registry = generated();
        if std::env::var_os("XINJI_WRITE_TYPES").is_some() {
            let file = |name: &str| format!("{}/{name}", env!("CARGO_MANIFEST_DIR"));
            std::fs::write(file("types.json"), json(&registry)).unwrap();
            std::fs::write(file("types.scale"), registry.encode()).unwrap();
        }
        assert_eq!(TYPES_JSON, json(&registry));
        assert_eq!(hex::encode(TYPES_SCALE), hex::encode(registry.encode()));
    }

    #[test]
    fn both_files_say_the_same() {
        let from_json: PortableRegistry = serde_json::from_str(TYPES_JSON).unwrap();
        let mut input = TYPES_SCALE;
        let from_scale = PortableRegistry::decode_all(&mut input).unwrap();
        assert_eq!(from_json, from_scale);
        assert_eq!(from_json.encode(), TYPES_SCALE);
    }

    #[test]
    fn type_0_is_the_entry() {
        let registry: serde_json::Value = serde_json::from_str(TYPES_JSON).unwrap();
        let path = registry.pointer("/types/0/type/path").unwrap();
        assert_eq!(path, &serde_json::json!(["ledger", "entry", "Entry"]));
        assert_eq!(registry.pointer("/types/0/id").unwrap(), 0);
    }
}
