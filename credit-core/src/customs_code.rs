//! 海关注册编码, and the "10位海关代码或者18位信用代码" of customs messages.
//!
//! A customs code has ten characters and no check digit: region (customs' own coding, not GB/T 2260), kind of
//! economic zone, kind of enterprise, serial number. Later letters of the kinds are not published in one place,
//! so only the shape is checked (`domain.md` 1.2).

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::uscc::{USCC_LEN, Uscc, UsccError};

/// Length of a customs code in characters.
pub const CUSTOMS_CODE_LEN: usize = 10;

/// The first five characters (region and zone kind) are digits; the rest may be letters.
const LEADING_DIGITS: usize = 5;

/// A well-formed customs registration code. Holds upper case.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct CustomsCode([u8; CUSTOMS_CODE_LEN]);

/// Why a text is not a customs code.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum CustomsCodeError {
    #[error("a customs code has 10 characters, this has {0}")]
    Length(usize),
    #[error("character {position} is {found:?}; a customs code is five digits, then five of 0-9 A-Z")]
    Alphabet { position: usize, found: char },
}

impl CustomsCode {
    /// Parses a code of the shape `[0-9]{5}[0-9A-Z]{5}`; lower case is raised.
    ///
    /// # Errors
    /// [`CustomsCodeError`] names the first thing wrong.
    pub fn parse(text: &str) -> Result<Self, CustomsCodeError> {
        let mut code = [0u8; CUSTOMS_CODE_LEN];
        let mut count = 0;
        for found in text.chars() {
            count += 1;
            let upper = found.to_ascii_uppercase();
            let allowed = upper.is_ascii_digit() || (count > LEADING_DIGITS && upper.is_ascii_uppercase());
            let (true, Ok(byte)) = (allowed, u8::try_from(upper)) else {
                return Err(CustomsCodeError::Alphabet { position: count, found });
            };
            if let Some(slot) = code.get_mut(count - 1) {
                *slot = byte;
            }
        }
        if count == CUSTOMS_CODE_LEN { Ok(Self(code)) } else { Err(CustomsCodeError::Length(count)) }
    }

    /// The ten characters, upper case.
    #[must_use]
    pub fn as_str(&self) -> &str {
        std::str::from_utf8(&self.0).unwrap_or_default()
    }
}

/// How a customs message names an enterprise; which one it is, the registry resolves.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum EntityCode {
    /// 海关注册编码; the registry knows whose it is (`registration.customs_code`).
    Customs(CustomsCode),
    /// 统一社会信用代码.
    Uscc(Uscc),
}

/// Why a text is neither code. The length tells which of the two was meant.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum EntityCodeError {
    #[error("an enterprise code has 10 (customs) or 18 (USCC) characters, this has {0}")]
    Length(usize),
    #[error(transparent)]
    Customs(#[from] CustomsCodeError),
    #[error(transparent)]
    Uscc(#[from] UsccError),
}

impl EntityCode {
    /// Parses "10位海关代码或者18位信用代码".
    ///
    /// # Errors
    /// [`EntityCodeError`]; the inner error is that of the code whose length the text has.
    pub fn parse(text: &str) -> Result<Self, EntityCodeError> {
        match text.chars().count() {
            CUSTOMS_CODE_LEN => Ok(Self::Customs(CustomsCode::parse(text)?)),
            USCC_LEN => Ok(Self::Uscc(Uscc::parse(text)?)),
            other => Err(EntityCodeError::Length(other)),
        }
    }

    /// The code as upper-case text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        match self {
            Self::Customs(code) => code.as_str(),
            Self::Uscc(code) => code.as_str(),
        }
    }

    /// The enterprise's USCC: its own, or the one `lookup` knows for the customs code.
    pub fn resolve(self, lookup: impl FnOnce(CustomsCode) -> Option<Uscc>) -> Option<Uscc> {
        match self {
            Self::Customs(code) => lookup(code),
            Self::Uscc(code) => Some(code),
        }
    }
}

impl FromStr for CustomsCode {
    type Err = CustomsCodeError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::parse(text)
    }
}

impl FromStr for EntityCode {
    type Err = EntityCodeError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::parse(text)
    }
}

impl fmt::Display for CustomsCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl fmt::Debug for CustomsCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl fmt::Display for EntityCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl Serialize for CustomsCode {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

impl<'de> Deserialize<'de> for CustomsCode {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        Self::parse(&text).map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "tests")]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn reads_the_published_shapes() {
        for text in ["3301964J31", "44039309KX", "33169667BG", "4601630004"] {
            assert_eq!(CustomsCode::parse(text).unwrap().as_str(), text);
        }
        assert_eq!(CustomsCode::parse("3301964j31").unwrap().as_str(), "3301964J31");
    }

    #[test]
    fn names_what_is_wrong() {
        use CustomsCodeError::{Alphabet, Length};
        assert_eq!(CustomsCode::parse(""), Err(Length(0)));
        assert_eq!(CustomsCode::parse("330196431"), Err(Length(9)));
        assert_eq!(CustomsCode::parse("33019643100"), Err(Length(11)));
        assert_eq!(CustomsCode::parse("33A1964J31"), Err(Alphabet { position: 3, found: 'A' }));
        assert_eq!(CustomsCode::parse("33019-4J31"), Err(Alphabet { position: 6, found: '-' }));
        assert_eq!(CustomsCode::parse("３301964J31"), Err(Alphabet { position: 1, found: '３' }));
    }

    #[test]
    fn the_length_tells_which_code_was_meant() {
        let uscc = Uscc::parse("91511502MA6TEXT13K").unwrap();
        let customs = CustomsCode::parse("5115964J31").unwrap();
        assert_eq!(EntityCode::parse("91511502ma6text13k"), Ok(EntityCode::Uscc(uscc)));
        assert_eq!(EntityCode::parse("5115964J31"), Ok(EntityCode::Customs(customs)));
        assert_eq!(EntityCode::parse("511596"), Err(EntityCodeError::Length(6)));
        assert!(matches!(EntityCode::parse("91511502MA6TEXT130"), Err(EntityCodeError::Uscc(_))));
        assert!(matches!(EntityCode::parse("X115964J31"), Err(EntityCodeError::Customs(_))));
    }

    #[test]
    fn a_customs_code_is_resolved_by_the_registry_and_a_uscc_is_itself() {
        let uscc = Uscc::parse("91511502MA6TEXT13K").unwrap();
        let customs = EntityCode::parse("5115964J31").unwrap();
        assert_eq!(customs.resolve(|code| (code.as_str() == "5115964J31").then_some(uscc)), Some(uscc));
        assert_eq!(customs.resolve(|_| None), None);
        assert_eq!(EntityCode::Uscc(uscc).resolve(|_| None), Some(uscc));
    }

    proptest! {
        #[test]
        fn exactly_the_shape_passes(good in "[0-9]{5}[0-9A-Z]{5}", any in "\\PC{0,12}") {
            prop_assert_eq!(CustomsCode::parse(&good).unwrap().to_string(), good);
            let shaped = any.len() == 10
                && any.bytes().take(5).all(|b| b.is_ascii_digit())
                && any.bytes().all(|b| b.is_ascii_alphanumeric());
            prop_assert_eq!(CustomsCode::parse(&any).is_ok(), shaped);
        }
    }
}
