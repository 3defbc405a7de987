//! 行政区划代码, GB/T 2260: six digits, province, prefecture, county.
//!
//! Old codes live on inside USCCs after a county became a district, and a registry may use a code we do not
//! list, so any six digits are a code and only some have a name. 三江新区, bonded zones and industrial parks have
//! none: they are no administrative divisions.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// Length of a code in digits.
pub const REGION_CODE_LEN: usize = 6;

/// Six digits; whether they are in use is [`RegionCode::region`]'s answer.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RegionCode([u8; REGION_CODE_LEN]);

/// A division of the pilot zones' two cities, or one above them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Region {
    pub code: RegionCode,
    pub name_zh: &'static str,
    /// Pinyin with the English word for the kind of division.
    pub name_en: &'static str,
    /// The code in use since this one was retired; `None` while it is in use itself.
    pub successor: Option<RegionCode>,
}

/// The text is not six digits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a region code is six digits 0-9")]
pub struct RegionCodeError;

/// GB/T 2260 as of November 2024, and the retired codes found in older USCCs.
static REGIONS: [Region; 23] = [
    in_use(b"510000", "四川省", "Sichuan Province"),
    in_use(b"511500", "宜宾市", "Yibin City"),
    in_use(b"511502", "翠屏区", "Cuiping District"),
    in_use(b"511503", "南溪区", "Nanxi District"),
    in_use(b"511504", "叙州区", "Xuzhou District"),
    retired(b"511521", "宜宾县", "Yibin County", b"511504"),
    retired(b"511522", "南溪县", "Nanxi County", b"511503"),
    in_use(b"511523", "江安县", "Jiang'an County"),
    in_use(b"511524", "长宁县", "Changning County"),
    in_use(b"511525", "高县", "Gao County"),
    in_use(b"511526", "珙县", "Gong County"),
    in_use(b"511527", "筠连县", "Junlian County"),
    in_use(b"511528", "兴文县", "Xingwen County"),
    in_use(b"511529", "屏山县", "Pingshan County"),
    in_use(b"511700", "达州市", "Dazhou City"),
    in_use(b"511702", "通川区", "Tongchuan District"),
    in_use(b"511703", "达川区", "Dachuan District"),
    retired(b"511721", "达县", "Da County", b"511703"),
    in_use(b"511722", "宣汉县", "Xuanhan County"),
    in_use(b"511723", "开江县", "Kaijiang County"),
    in_use(b"511724", "大竹县", "Dazhu County"),
    in_use(b"511725", "渠县", "Qu County"),
    in_use(b"511781", "万源市", "Wanyuan City"),
];

const fn in_use(code: &[u8; 6], name_zh: &'static str, name_en: &'static str) -> Region {
    Region { code: RegionCode(*code), name_zh, name_en, successor: None }
}

const fn retired(
    code: &[u8; 6],
    name_zh: &'static str,
    name_en: &'static str,
    successor: &[u8; 6],
) -> Region {
    Region { code: RegionCode(*code), name_zh, name_en, successor: Some(RegionCode(*successor)) }
}

/// Every division with a name, in the order of the codes, retired ones included.
#[must_use]
pub fn regions() -> &'static [Region] {
    &REGIONS
}

impl RegionCode {
    /// Parses any six digits, known or not.
    ///
    /// # Errors
    /// [`RegionCodeError`] for anything else, full-width digits included.
    pub fn parse(text: &str) -> Result<Self, RegionCodeError> {
        let code: [u8; REGION_CODE_LEN] = text.as_bytes().try_into().map_err(|_| RegionCodeError)?;
        if code.iter().all(u8::is_ascii_digit) { Ok(Self(code)) } else { Err(RegionCodeError) }
    }

    /// The six digits.
    #[must_use]
    pub fn as_str(&self) -> &str {
        std::str::from_utf8(&self.0).unwrap_or_default()
    }

    /// The division of this code, when it has a name here.
    #[must_use]
    pub fn region(self) -> Option<&'static Region> {
        REGIONS.binary_search_by_key(&self, |region| region.code).ok().and_then(|at| REGIONS.get(at))
    }

    /// The code in use today: a retired code's successor, else itself.
    #[must_use]
    pub fn current(self) -> Self {
        self.region().and_then(|region| region.successor).unwrap_or(self)
    }

    /// The prefecture (first four digits), `511500` for `511502`.
    #[must_use]
    pub fn prefecture(self) -> Self {
        let [a, b, c, d, ..] = self.0;
        Self([a, b, c, d, b'0', b'0'])
    }

    /// The province (first two digits), `510000` for `511502`.
    #[must_use]
    pub fn province(self) -> Self {
        let [a, b, ..] = self.0;
        Self([a, b, b'0', b'0', b'0', b'0'])
    }

    /// Whether `self` is `other` or lies inside it: `511502` in `511500` in `510000`.
    #[must_use]
    pub fn is_within(self, other: Self) -> bool {
        self == other || self.prefecture() == other || self.province() == other
    }
}

impl FromStr for RegionCode {
    type Err = RegionCodeError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::parse(text)
    }
}

impl fmt::Display for RegionCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl fmt::Debug for RegionCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl Serialize for RegionCode {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

impl<'de> Deserialize<'de> for RegionCode {
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

    fn code(text: &str) -> RegionCode {
        RegionCode::parse(text).unwrap()
    }

    #[test]
    fn the_table_is_sorted_and_each_successor_is_in_use() {
        assert!(REGIONS.is_sorted_by(|a, b| a.code < b.code));
        for region in &REGIONS {
            assert_eq!(region.code.region(), Some(region));
            assert_eq!(RegionCode::parse(region.code.as_str()), Ok(region.code));
            if let Some(successor) = region.successor {
                assert_eq!(successor.region().unwrap().successor, None);
            }
        }
    }

    #[test]
    fn knows_both_cities() {
        let within = |city: &str| {
            let inside = |r: &&Region| r.code.prefecture() == code(city) && r.code != code(city);
            let (old, new): (Vec<&Region>, Vec<&Region>) =
                regions().iter().filter(inside).partition(|r| r.successor.is_some());
            (new.len(), old.len())
        };
        assert_eq!(within("511500"), (10, 2));
        assert_eq!(within("511700"), (7, 1));
        assert_eq!(code("511502").region().unwrap().name_zh, "翠屏区");
        assert_eq!(code("511523").region().unwrap().name_en, "Jiang'an County");
    }

    #[test]
    fn a_retired_code_leads_to_its_successor() {
        assert_eq!(code("511521").current(), code("511504"));
        assert_eq!(code("511522").current(), code("511503"));
        assert_eq!(code("511721").current(), code("511703"));
        assert_eq!(code("511502").current(), code("511502"));
    }

    #[test]
    fn an_unknown_code_is_a_code() {
        assert_eq!(code("100000").region(), None);
        assert_eq!(code("440300").current(), code("440300"));
        for text in ["", "51150", "5115020", "51150X", "５11502", "二二", "-51150"] {
            assert_eq!(RegionCode::parse(text), Err(RegionCodeError), "{text}");
        }
    }

    #[test]
    fn a_county_lies_in_its_city_and_province_only() {
        assert!(code("511502").is_within(code("511500")));
        assert!(code("511502").is_within(code("510000")));
        assert!(code("511500").is_within(code("511500")));
        assert!(!code("511502").is_within(code("511700")));
        assert!(!code("511500").is_within(code("511502")));
    }

    proptest! {
        #[test]
        fn exactly_six_digits_pass(text in "[0-9０-９A-Z]{0,8}") {
            let six = text.len() == 6 && text.bytes().all(|b| b.is_ascii_digit());
            prop_assert_eq!(RegionCode::parse(&text).is_ok(), six);
        }
    }
}
