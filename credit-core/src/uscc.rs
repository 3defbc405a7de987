//! 统一社会信用代码 (USCC), GB 32100-2015: 18 characters, alphabet without I O S V Z, mod-31 check digit.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// The 31 symbols of GB 32100-2015; a symbol's value is its place.
pub const ALPHABET: &str = "0123456789ABCDEFGHJKLMNPQRTUWXY";

/// Length of a code in characters.
pub const USCC_LEN: usize = 18;

/// `3^(i-1) mod 31` for the first seventeen characters.
const WEIGHTS: [u32; 17] = [1, 3, 9, 27, 19, 26, 16, 17, 20, 29, 25, 13, 8, 24, 10, 30, 28];

/// A well-formed code: right length, alphabet and check digit. Holds upper case.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Uscc([u8; USCC_LEN]);

/// Why a text is not a USCC.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum UsccError {
    #[error("a USCC has 18 characters, this has {0}")]
    Length(usize),
    #[error("character {position} is {found:?}; a USCC uses 0-9 and A-Z without I, O, S, V, Z")]
    Alphabet { position: usize, found: char },
    #[error("check digit is {found}, computed {expected}")]
    CheckDigit { expected: char, found: char },
}

impl Uscc {
    /// Parses a code; lower case is raised, full-width characters and I O S V Z are rejected.
    ///
    /// # Errors
    /// [`UsccError`] names the first thing wrong.
    pub fn parse(text: &str) -> Result<Self, UsccError> {
        let count = text.chars().count();
        let mut code = [0u8; USCC_LEN];
        let mut sum: u32 = 0;
        for (at, found) in text.chars().enumerate() {
            let upper = found.to_ascii_uppercase();
            let value = ALPHABET.chars().position(|symbol| symbol == upper);
            let (Some(value), Ok(byte)) = (value, u8::try_from(upper)) else {
                return Err(UsccError::Alphabet { position: at + 1, found });
            };
            if let Some(slot) = code.get_mut(at) {
                *slot = byte;
            }
            if let Some(weight) = WEIGHTS.get(at) {
                sum += weight * u32::try_from(value).unwrap_or(0);
            }
        }
        if count != USCC_LEN {
            return Err(UsccError::Length(count));
        }
        let expected = check_symbol(sum);
        let found = code.last().map_or('?', |byte| char::from(*byte));
        if expected != found {
            return Err(UsccError::CheckDigit { expected, found });
        }
        Ok(Self(code))
    }

    #[must_use]
    pub fn as_str(&self) -> &str {
        std::str::from_utf8(&self.0).unwrap_or_default()
    }
}

/// The check character of a weighted sum: `(31 − S mod 31) mod 31`.
fn check_symbol(sum: u32) -> char {
    let place = (31 - sum % 31) % 31;
    ALPHABET.chars().nth(usize::try_from(place).unwrap_or(0)).unwrap_or('0')
}

impl FromStr for Uscc {
    type Err = UsccError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::parse(text)
    }
}

impl fmt::Display for Uscc {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl fmt::Debug for Uscc {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl Serialize for Uscc {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

impl<'de> Deserialize<'de> for Uscc {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = std::borrow::Cow::<'de, str>::deserialize(deserializer)?;
        Self::parse(&text).map_err(serde::de::Error::custom)
    }
}
