//! A buyer's values become tokens here; no room after this one sees a value.
//!
//! A token is the key's id and 128 bits of HMAC-SHA256 over the kind of value and its normalised text. Equal values
//! have equal tokens under one key, so that payer and buyer can be compared, and parcels to one address counted.

pub use credit_core::ceb::Tokens;
use unicode_normalization::UnicodeNormalization;

use super::keys::{BuyerKey, BuyerKeys};
use crate::identity::secrets::mac;

/// Bytes of the HMAC that are kept. 128 bits: 2^40 values collide with a chance below 2^-48.
const TOKEN_BYTES: usize = 16;

/// What a value is, so that tokens of different kinds never compare.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    Identity,
    Name,
    Phone,
    Address,
    /// The buyer's number at the platform.
    Account,
}

impl Kind {
    /// The kind of a personal field of a message.
    #[must_use]
    pub fn of_field(name: &str) -> Self {
        match name {
            "buyerIdNumber" | "payerIdNumber" => Self::Identity,
            "buyerTelephone" | "consigneeTelephone" | "telephone" => Self::Phone,
            "consigneeAddress" => Self::Address,
            "buyerRegNo" => Self::Account,
            _ => Self::Name,
        }
    }

    fn word(self) -> &'static str {
        match self {
            Self::Identity => "identity",
            Self::Name => "name",
            Self::Phone => "phone",
            Self::Address => "address",
            Self::Account => "account",
        }
    }

    /// What two spellings of one value have in common: width and case; and spaces, of a number also its hyphens.
    fn normalised(self, value: &str) -> String {
        let number = matches!(self, Self::Identity | Self::Phone);
        value
            .nfkc()
            .flat_map(char::to_uppercase)
            .filter(|c| !(c.is_whitespace() || number && matches!(c, '-' | '(' | ')')))
            .collect()
    }
}

/// The tokens of a value under every live key.
#[must_use]
pub fn tokens(keys: &BuyerKeys, kind: Kind, value: &str) -> Tokens {
    let text = kind.normalised(value);
    keys.keys.iter().map(|key| (&key.id, token(key, kind, &text))).collect()
}

fn token(key: &BuyerKey, kind: Kind, text: &str) -> String {
    let mut message = Vec::with_capacity(text.len() + 16);
    message.extend_from_slice(kind.word().as_bytes());
    message.push(0);
    message.extend_from_slice(text.as_bytes());
    let tag = mac(&key.secret, &message);
    hex::encode(tag.get(..TOKEN_BYTES).unwrap_or_default())
}

/// The one token that stands for the buyer in what is counted: under the oldest live key, so that a year's sum goes on
/// through a rotation.
#[must_use]
pub fn counted(tokens: &Tokens) -> Option<String> {
    let serial =
        |id: &str| id.strip_prefix('b').and_then(|text| text.parse::<u64>().ok()).unwrap_or(u64::MAX);
    let (id, token) = tokens.iter().min_by_key(|(id, _)| serial(id))?;
    Some(format!("{id}:{token}"))
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;

    fn keys(ids: &[(&str, u8)]) -> BuyerKeys {
        let key = |(id, byte): &(&str, u8)| BuyerKey { id: (*id).to_owned(), secret: [*byte; 32], since: 0 };
        BuyerKeys { keys: ids.iter().map(key).collect() }
    }

    #[test]
    fn one_value_in_two_spellings_has_one_token() {
        let keys = keys(&[("b1", 1)]);
        let of = |kind, value| tokens(&keys, kind, value).get("b1").unwrap().to_owned();
        assert_eq!(of(Kind::Identity, "51150219900101123x"), of(Kind::Identity, " ５１150219900101123X"));
        assert_eq!(of(Kind::Phone, "0831-555 0101"), of(Kind::Phone, "08315550101"));
        assert_eq!(of(Kind::Name, "甲 乙"), of(Kind::Name, "甲乙"));
        assert_ne!(of(Kind::Address, "一号-2"), of(Kind::Address, "一号2"));
        assert_ne!(of(Kind::Identity, "1"), of(Kind::Phone, "1"));
        assert_eq!(of(Kind::Name, "甲").len(), 32);
    }

    #[test]
    fn another_key_gives_another_token_and_the_oldest_counts() {
        let both = tokens(&keys(&[("b9", 1), ("b10", 2)]), Kind::Identity, "1");
        let of = |id| both.get(id).unwrap();
        assert_ne!(of("b9"), of("b10"));
        assert_eq!(counted(&both), Some(format!("b9:{}", of("b9"))));
        assert_eq!(counted(&Tokens::default()), None);
    }
}
