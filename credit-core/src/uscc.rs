//! 统一社会信用代码 (USCC), GB 32100-2015: 18 characters, alphabet without I O S V Z, mod-31 check digit.
//!
//! Place 1 is the registering department, 2 the kind of body, 3–8 the registrar's region (GB/T 2260), 9–17 the
//! organisation code of GB 11714 with a check digit of its own, 18 the check digit of the whole.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::region::RegionCode;

/// The 31 symbols of GB 32100-2015; a symbol's value is its place.
pub const ALPHABET: &str = "0123456789ABCDEFGHJKLMNPQRTUWXY";

/// Length of a code in characters.
pub const USCC_LEN: usize = 18;

/// `3^(i-1) mod 31` for the first seventeen characters.
const WEIGHTS: [u32; 17] = [1, 3, 9, 27, 19, 26, 16, 17, 20, 29, 25, 13, 8, 24, 10, 30, 28];

/// Length of a code without its two check digits (places 17 and 18).
pub const USCC_STEM_LEN: usize = 16;

/// Weights of the first eight characters of an organisation code (GB 11714).
const ORG_WEIGHTS: [u32; 8] = [3, 7, 9, 10, 5, 8, 4, 2];

/// Where the organisation code starts, counted from 0.
const ORG_START: usize = 8;

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

/// 登记管理部门, the first character of a code.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum RegistrationDepartment {
    /// 1 机构编制
    PublicInstitutions,
    /// 2 外交
    ForeignAffairs,
    /// 3 司法行政
    Justice,
    /// 4 文化
    Culture,
    /// 5 民政
    CivilAffairs,
    /// 6 旅游
    Tourism,
    /// 7 宗教
    Religion,
    /// 8 工会
    TradeUnions,
    /// 9 市场监管
    MarketRegulation,
    /// A 中央军委改革和编制
    Military,
    /// N 农业
    Agriculture,
    /// Y 其他
    Other,
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
            let (Some(value), Ok(byte)) = (value_of(upper), u8::try_from(upper)) else {
                return Err(UsccError::Alphabet { position: at + 1, found });
            };
            if let Some(slot) = code.get_mut(at) {
                *slot = byte;
            }
            if let Some(weight) = WEIGHTS.get(at) {
                sum += weight * value;
            }
        }
        if count != USCC_LEN {
            return Err(UsccError::Length(count));
        }
        let expected = char::from(check_symbol(sum));
        let found = code.last().map_or('?', |byte| char::from(*byte));
        if expected != found {
            return Err(UsccError::CheckDigit { expected, found });
        }
        Ok(Self(code))
    }

    /// Completes the first sixteen characters of a code with both check digits, GB 11714 (place 17) and GB 32100
    /// (place 18). For made-up enterprises; a registered code is parsed.
    ///
    /// # Errors
    /// [`UsccError::Length`] unless there are sixteen characters, [`UsccError::Alphabet`] for one outside it.
    pub fn from_stem(stem: &str) -> Result<Self, UsccError> {
        let count = stem.chars().count();
        if count != USCC_STEM_LEN {
            return Err(UsccError::Length(count));
        }
        let mut body = stem.to_ascii_uppercase();
        let org_digit = org_check_symbol(body.bytes().skip(ORG_START));
        body.push(char::from(org_digit));
        Self::from_body(&body)
    }

    /// Completes the first seventeen characters of a code with the check digit (place 18).
    ///
    /// # Errors
    /// [`UsccError::Length`] unless there are seventeen characters, [`UsccError::Alphabet`] for one outside it.
    pub fn from_body(body: &str) -> Result<Self, UsccError> {
        // Whatever digit is wrong in place 18, the refusal names the right one.
        match Self::parse(&format!("{body}0")) {
            Err(UsccError::CheckDigit { expected, .. }) => Self::parse(&format!("{body}{expected}")),
            Err(UsccError::Length(count)) => Err(UsccError::Length(count.saturating_sub(1))),
            other => other,
        }
    }

    /// The eighteen characters, upper case.
    #[must_use]
    pub fn as_str(&self) -> &str {
        std::str::from_utf8(&self.0).unwrap_or_default()
    }

    /// The department that registered the body; `None` for a first character the standard does not assign.
    #[must_use]
    pub fn registration_department(&self) -> Option<RegistrationDepartment> {
        let [first, ..] = self.0;
        match first {
            b'1' => Some(RegistrationDepartment::PublicInstitutions),
            b'2' => Some(RegistrationDepartment::ForeignAffairs),
            b'3' => Some(RegistrationDepartment::Justice),
            b'4' => Some(RegistrationDepartment::Culture),
            b'5' => Some(RegistrationDepartment::CivilAffairs),
            b'6' => Some(RegistrationDepartment::Tourism),
            b'7' => Some(RegistrationDepartment::Religion),
            b'8' => Some(RegistrationDepartment::TradeUnions),
            b'9' => Some(RegistrationDepartment::MarketRegulation),
            b'A' => Some(RegistrationDepartment::Military),
            b'N' => Some(RegistrationDepartment::Agriculture),
            b'Y' => Some(RegistrationDepartment::Other),
            _ => None,
        }
    }

    /// 个体工商户 (`92…`): a natural person's business, whose data is personal data (PIPL).
    #[must_use]
    pub fn is_natural_person_like(&self) -> bool {
        self.0.starts_with(b"92")
    }

    /// The registrar's region as of registration (places 3–8), possibly retired since; `None` unless six digits.
    #[must_use]
    pub fn region(&self) -> Option<RegionCode> {
        RegionCode::parse(self.as_str().get(2..ORG_START)?).ok()
    }

    /// The organisation code of GB 11714 (places 9–17), by which SAFE's platform knows the enterprise.
    #[must_use]
    pub fn org_code(&self) -> &str {
        self.as_str().get(ORG_START..USCC_LEN - 1).unwrap_or_default()
    }

    /// Whether the organisation code's own check digit holds. A warning only: some legacy codes break it.
    #[must_use]
    pub fn org_code_valid(&self) -> bool {
        let org_code = self.org_code().as_bytes();
        org_code.last().copied() == Some(org_check_symbol(org_code.iter().copied()))
    }
}

/// A symbol's place in [`ALPHABET`]; codes are read by the million, so it is not searched for.
fn value_of(symbol: char) -> Option<u32> {
    let (first, value) = match symbol {
        '0'..='9' => ('0', 0),
        'A'..='H' => ('A', 10),
        'J'..='N' => ('J', 18),
        'P'..='R' => ('P', 23),
        'T' | 'U' => ('T', 26),
        'W'..='Y' => ('W', 28),
        _ => return None,
    };
    Some(u32::from(symbol) - u32::from(first) + value)
}

/// The check character of a weighted sum: `(31 − S mod 31) mod 31`.
fn check_symbol(sum: u32) -> u8 {
    let place = (31 - sum % 31) % 31;
    usize::try_from(place).ok().and_then(|place| ALPHABET.as_bytes().get(place)).copied().unwrap_or(b'0')
}

/// The check character of an organisation code's first eight characters: `11 − S mod 11`, 10 is X, 11 is 0.
fn org_check_symbol(code: impl Iterator<Item = u8>) -> u8 {
    // GB 11714 counts all 26 letters, A = 10 … Z = 35, unlike GB 32100.
    let value = |symbol: u8| char::from(symbol).to_digit(36).unwrap_or(0);
    let sum: u32 = code.zip(ORG_WEIGHTS).map(|(symbol, weight)| value(symbol) * weight).sum();
    match 11 - sum % 11 {
        10 => b'X',
        11 => b'0',
        digit => u8::try_from(digit).map_or(b'0', |digit| b'0' + digit),
    }
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

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "tests")]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// Published codes whose check digits were verified by hand, with their organisation codes.
    const PUBLISHED: [(&str, &str); 12] = [
        ("914403001922038216", "192203821"),
        ("9144030071526726XG", "71526726X"),
        ("91100000100003962T", "100003962"),
        ("9152000071430580XT", "71430580X"),
        ("91110000802100433B", "802100433"),
        ("91110108551385082Q", "551385082"),
        ("911103026605015136", "660501513"),
        ("91330100716105852F", "716105852"),
        ("91440300192317458F", "192317458"),
        ("91350900587527783P", "587527783"),
        ("9144030010001686XA", "10001686X"),
        ("911100001000044477", "100004447"),
    ];

    /// Fictitious codes of the two cities.
    const FICTITIOUS: [&str; 4] =
        ["91511502MA6TEXT13K", "91511504MA6TEXT21B", "91511702MA6TEXT3XG", "91511725MA6TEXT48T"];

    fn code(text: &str) -> Uscc {
        Uscc::parse(text).unwrap()
    }

    #[test]
    fn values_are_the_places_in_the_alphabet() {
        for symbol in (0..=255_u8).map(char::from) {
            let place = ALPHABET.chars().position(|known| known == symbol);
            assert_eq!(value_of(symbol), place.map(|place| u32::try_from(place).unwrap()), "{symbol}");
        }
    }

    #[test]
    fn both_check_digits_of_published_codes_hold() {
        for (text, org_code) in PUBLISHED {
            assert_eq!(code(text).as_str(), text);
            assert_eq!(code(text).org_code(), org_code);
            assert!(code(text).org_code_valid(), "{text}");
        }
        for text in FICTITIOUS {
            assert!(code(text).org_code_valid(), "{text}");
        }
    }

    #[test]
    fn a_remainder_of_zero_is_the_digit_zero() {
        assert_eq!(code("91511500MA6AAAA000").as_str(), "91511500MA6AAAA000");
    }

    #[test]
    fn lower_case_is_raised_and_look_alikes_are_refused() {
        assert_eq!(code("91511502ma6text13k"), code("91511502MA6TEXT13K"));
        for look_alike in ['I', 'O', 'S', 'V', 'Z', 'i', 'z', '９', 'Ａ', '-', ' ', 'é'] {
            let text = format!("9{look_alike}511502MA6TEXT13K");
            assert_eq!(Uscc::parse(&text), Err(UsccError::Alphabet { position: 2, found: look_alike }));
        }
    }

    #[test]
    fn length_and_check_digit_are_named() {
        assert_eq!(Uscc::parse(""), Err(UsccError::Length(0)));
        assert_eq!(Uscc::parse("91511502MA6TEXT13"), Err(UsccError::Length(17)));
        assert_eq!(Uscc::parse("91511502MA6TEXT13KK"), Err(UsccError::Length(19)));
        let wrong = UsccError::CheckDigit { expected: 'K', found: 'L' };
        assert_eq!(Uscc::parse("91511502MA6TEXT13L"), Err(wrong));
    }

    #[test]
    fn an_organisation_code_that_fails_is_only_a_warning() {
        let legacy = Uscc::from_body("91511502MA6TEXT14").unwrap();
        assert!(!legacy.org_code_valid());
    }

    #[test]
    fn a_code_tells_department_kind_and_region() {
        let company = code("91511502MA6TEXT13K");
        assert_eq!(company.registration_department(), Some(RegistrationDepartment::MarketRegulation));
        assert!(!company.is_natural_person_like());
        assert_eq!(company.region().unwrap().region().unwrap().name_zh, "翠屏区");
        assert!(Uscc::from_stem("92511502MA6TEXT1").unwrap().is_natural_person_like());
        assert_eq!(Uscc::from_stem("5151150A00000001").unwrap().region(), None);
        assert_eq!(Uscc::from_stem("B151150200000001").unwrap().registration_department(), None);
    }

    #[test]
    fn a_stem_gets_both_check_digits() {
        for (text, _) in PUBLISHED {
            assert_eq!(Uscc::from_stem(text.get(..USCC_STEM_LEN).unwrap()), Ok(code(text)));
            assert_eq!(Uscc::from_body(text.get(..USCC_LEN - 1).unwrap()), Ok(code(text)));
        }
        assert_eq!(Uscc::from_stem("91511502MA6TEXT"), Err(UsccError::Length(15)));
        assert_eq!(Uscc::from_body("91511502MA6TEXT1"), Err(UsccError::Length(16)));
        let letter = UsccError::Alphabet { position: 16, found: 'O' };
        assert_eq!(Uscc::from_stem("91511502MA6TEXTO"), Err(letter));
    }

    proptest! {
        #[test]
        fn every_stem_makes_a_valid_code(stem in "[0-9A-HJ-NPQRTUWXY]{16}") {
            let made = Uscc::from_stem(&stem).unwrap();
            prop_assert!(made.org_code_valid());
            prop_assert_eq!(Uscc::parse(made.as_str()), Ok(made));
        }

        #[test]
        fn one_wrong_character_is_noticed(
            stem in "[0-9A-HJ-NPQRTUWXY]{16}",
            at in 0..USCC_LEN,
            other in "[0-9A-HJ-NPQRTUWXY]",
        ) {
            let made = Uscc::from_stem(&stem).unwrap();
            let mut text = made.as_str().to_owned();
            text.replace_range(at..=at, &other);
            prop_assert_eq!(Uscc::parse(&text).is_ok(), text == made.as_str());
        }

        #[test]
        fn two_swapped_neighbours_are_noticed(stem in "[0-9A-HJ-NPQRTUWXY]{16}", at in 0..USCC_LEN - 1) {
            let made = Uscc::from_stem(&stem).unwrap();
            let mut symbols: Vec<char> = made.as_str().chars().collect();
            symbols.swap(at, at + 1);
            let text: String = symbols.into_iter().collect();
            prop_assert_eq!(Uscc::parse(&text).is_ok(), text == made.as_str());
        }

        #[test]
        fn no_text_panics(text in "\\PC{0,20}") {
            if let Ok(parsed) = Uscc::parse(&text) {
                prop_assert_eq!(parsed.as_str(), text.to_ascii_uppercase());
            }
        }
    }
}
