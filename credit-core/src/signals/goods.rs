//! Goods against HS codes, by what others declare (`domain.md` 5.4, goods that are described wrongly): a bar code is
//! one product wherever it is sold, so that who declares it under a chapter that nobody else does is worth a look. No
//! list of words is needed, and a product that is declared in several ways tells nothing.

use std::collections::BTreeMap;

use super::Pack;
use crate::trade::Hs2;

/// Digits of a trade item number without leading zeros of its own (GS1 General Specifications, 1.4.2).
const LENGTHS: [usize; 4] = [8, 12, 13, 14];
/// GS1 prefixes of numbers that hold within one company or region: they are other goods elsewhere.
const RESTRICTED: [std::ops::RangeInclusive<u32>; 3] = [20..=29, 40..=49, 200..=299];

/// Whether a bar code is a trade item number that means one product everywhere: its length, its check digit (GS1
/// General Specifications, 7.9) and its prefix. Numbers that shops give their goods themselves are none.
#[must_use]
pub fn is_trade_item(code: &str) -> bool {
    let digits: Option<Vec<u32>> = code.chars().map(|c| c.to_digit(10)).collect();
    let Some(digits) = digits.filter(|digits| LENGTHS.contains(&digits.len())) else { return false };
    // From the right, the check digit itself counting once.
    let weighed = digits.iter().rev().zip([1, 3].into_iter().cycle()).map(|(digit, weight)| digit * weight);
    if !weighed.sum::<u32>().is_multiple_of(10) {
        return false;
    }
    if digits.len() == 8 {
        return digits.first().is_some_and(|first| !matches!(first, 0 | 2));
    }
    // As thirteen digits: a shorter one begins with zeros, one of fourteen with an indicator of its package.
    let padded = 14_usize.saturating_sub(digits.len());
    let padded = std::iter::repeat_n(0, padded).chain(digits);
    let prefix = padded.skip(1).take(3).fold(0, |prefix, digit| prefix * 10 + digit);
    !RESTRICTED.iter().any(|range| range.contains(&prefix))
}

/// Whether goods are declared elsewhere by others, given the chapter of each other merchant: nothing unless enough of
/// them agree on one; no where anybody shares the merchant's own.
#[must_use]
pub fn is_elsewhere(own: Hs2, others: &[Hs2], pack: &Pack) -> Option<bool> {
    let mut merchants: BTreeMap<Hs2, u64> = BTreeMap::new();
    for chapter in others {
        *merchants.entry(*chapter).or_default() += 1;
    }
    let most = merchants.values().max().copied().unwrap_or_default();
    (most >= pack.goods_merchants).then(|| !merchants.contains_key(&own))
}

/// Sales of a merchant whose goods could be compared, and those of them with goods that are declared elsewhere.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Compared {
    pub sales: u64,
    pub elsewhere: u64,
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;

    #[test]
    fn a_trade_item_has_its_length_check_digit_and_prefix() {
        // The example of the GS1 General Specifications, and one of each length.
        for code in ["6291041500213", "96385074", "036000291452", "10012345678902"] {
            assert!(is_trade_item(code), "{code}");
        }
        for code in ["6291041500214", "629104150021", "SKU6291041500", "", "0", "2012345678903", "20123451"] {
            assert!(!is_trade_item(code), "{code}");
        }
    }

    #[test]
    fn three_others_who_agree_are_needed_and_one_who_shares_is_enough_against_it() {
        let chapter = |text: &str| Hs2::of(text).unwrap();
        let told = |others: &[&str]| {
            let others: Vec<Hs2> = others.iter().map(|one| chapter(one)).collect();
            is_elsewhere(chapter("33"), &others, Pack::embedded())
        };
        assert_eq!(told(&["64", "64"]), None);
        assert_eq!(told(&["64", "64", "64"]), Some(true));
        assert_eq!(told(&["64", "64", "95"]), None, "they do not agree");
        assert_eq!(told(&["64", "64", "64", "33"]), Some(false));
        assert_eq!(told(&["33", "33", "33"]), Some(false));
        assert_eq!(told(&[]), None);
    }
}
