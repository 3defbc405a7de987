//! Money in whole 分 (1 CNY = 100 分), never a float.

use std::fmt;

use serde::{Deserialize, Serialize};

/// Decimals of an amount in 元 (`…_cny` columns).
pub const CNY_DECIMALS: usize = 2;

/// Decimals of an amount in 万元 (`CF_NR_FK`, `CF_NR_WFFF`); the sixth is one 分.
pub const WAN_DECIMALS: usize = 6;

/// The largest amount a source can state, in 分: what the exchange format's `decimal(18,6)` of 万元 holds.
pub const MAX_AMOUNT_FEN: i64 = 999_999_999_999_999_999;

/// An amount in 分. 1 元 = 100 分, 1 万元 = 1 000 000 分.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Fen(pub i64);

/// Why a text is not an amount of a source file (ruling E3).
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum MoneyError {
    #[error("no amount given")]
    Empty,
    #[error("not a decimal number; digits 0-9 and one point only, no thousands separators, no exponent")]
    Number,
    #[error("an amount is not negative")]
    Negative,
    #[error("{found} decimals; at most {allowed}")]
    Decimals { found: usize, allowed: usize },
    #[error("an amount is at most 9999999999999999.99 CNY")]
    Overflow,
}

impl Fen {
    /// Nothing.
    pub const ZERO: Self = Self(0);

    /// Parses an amount in 元: `12`, `12.3` or `12.34`.
    ///
    /// # Errors
    /// [`MoneyError`] says what is wrong; spaces, signs, full-width digits, `12.` and `.5` are not numbers.
    pub fn parse_cny(text: &str) -> Result<Self, MoneyError> {
        parse_scaled(text, CNY_DECIMALS)
    }

    /// Parses an amount in 万元 as the published penalty tables give it: `1.234567` is 1 234 567 分.
    ///
    /// # Errors
    /// As [`Fen::parse_cny`], with at most six decimals.
    pub fn parse_wan(text: &str) -> Result<Self, MoneyError> {
        parse_scaled(text, WAN_DECIMALS)
    }

    /// The amount in 元 with two decimals, the form of money in every output: `12.30`, `-0.05`.
    #[must_use]
    pub fn to_cny_string(self) -> String {
        self.to_string()
    }
}

impl fmt::Display for Fen {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sign = if self.0 < 0 { "-" } else { "" };
        let fen = self.0.unsigned_abs();
        write!(f, "{sign}{}.{:02}", fen / 100, fen % 100)
    }
}

/// Reads `digits[.digits]` as a count of the last allowed decimal place, which is one 分.
fn parse_scaled(text: &str, decimals: usize) -> Result<Fen, MoneyError> {
    if text.is_empty() {
        return Err(MoneyError::Empty);
    }
    let (negative, unsigned) = text.strip_prefix('-').map_or((false, text), |rest| (true, rest));
    let (whole, fraction) = match unsigned.split_once('.') {
        Some((whole, fraction)) if is_digits(fraction) => (whole, fraction),
        Some(_) => return Err(MoneyError::Number),
        None => (unsigned, ""),
    };
    if !is_digits(whole) {
        return Err(MoneyError::Number);
    }
    if negative {
        return Err(MoneyError::Negative);
    }
    if fraction.len() > decimals {
        return Err(MoneyError::Decimals { found: fraction.len(), allowed: decimals });
    }
    let padding = decimals - fraction.len();
    let digits = whole.bytes().chain(fraction.bytes()).chain(std::iter::repeat_n(b'0', padding));
    let mut fen: i64 = 0;
    for digit in digits {
        fen = fen
            .checked_mul(10)
            .and_then(|tens| tens.checked_add(i64::from(digit - b'0')))
            .filter(|sum| *sum <= MAX_AMOUNT_FEN)
            .ok_or(MoneyError::Overflow)?;
    }
    Ok(Fen(fen))
}

fn is_digits(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "tests")]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn reads_yuan_to_the_fen() {
        for (text, fen) in
            [("0", 0), ("12", 1_200), ("12.3", 1_230), ("12.34", 1_234), ("007.05", 705), ("0.00", 0)]
        {
            assert_eq!(Fen::parse_cny(text), Ok(Fen(fen)), "{text}");
        }
    }

    #[test]
    fn reads_wan_to_the_fen() {
        for (text, fen) in
            [("1", 1_000_000), ("1.234567", 1_234_567), ("0.3", 300_000), ("50", 50_000_000), ("0.000001", 1)]
        {
            assert_eq!(Fen::parse_wan(text), Ok(Fen(fen)), "{text}");
        }
    }

    #[test]
    fn tells_what_is_wrong() {
        for text in [
            "12.", ".5", ".", "-", "+1", "--1", "-x", "1e5", "1,234.00", " 1", "1 ", "１２", "1.２", "１.2",
            "1..2", "1.2.3", "¥1", "NaN", "0x10", "−1", "1.-2",
        ] {
            assert_eq!(Fen::parse_cny(text), Err(MoneyError::Number), "{text}");
        }
        assert_eq!(Fen::parse_cny(""), Err(MoneyError::Empty));
        assert_eq!(Fen::parse_cny("-12.34"), Err(MoneyError::Negative));
        assert_eq!(Fen::parse_cny("1.234"), Err(MoneyError::Decimals { found: 3, allowed: 2 }));
        assert_eq!(Fen::parse_wan("1.2345678"), Err(MoneyError::Decimals { found: 7, allowed: 6 }));
    }

    #[test]
    fn the_largest_amount_is_the_format_s() {
        assert_eq!(Fen::parse_wan("999999999999.999999"), Ok(Fen(MAX_AMOUNT_FEN)));
        assert_eq!(Fen::parse_wan("1000000000000"), Err(MoneyError::Overflow));
        assert_eq!(Fen::parse_cny("9999999999999999.99"), Ok(Fen(MAX_AMOUNT_FEN)));
        assert_eq!(Fen::parse_cny("10000000000000000"), Err(MoneyError::Overflow));
        assert_eq!(Fen::parse_cny(&"9".repeat(5_000)), Err(MoneyError::Overflow));
    }

    #[test]
    fn writes_two_decimals_and_one_sign() {
        assert_eq!(Fen(5).to_cny_string(), "0.05");
        assert_eq!(Fen(-5).to_cny_string(), "-0.05");
        assert_eq!(Fen(123_456).to_cny_string(), "1234.56");
        assert_eq!(Fen(i64::MIN).to_cny_string(), "-92233720368547758.08");
    }

    proptest! {
        #[test]
        fn written_amounts_read_back(fen in 0..=MAX_AMOUNT_FEN) {
            prop_assert_eq!(Fen::parse_cny(&Fen(fen).to_cny_string()), Ok(Fen(fen)));
            let wan = format!("{}.{:06}", fen / 1_000_000, fen % 1_000_000);
            prop_assert_eq!(Fen::parse_wan(&wan), Ok(Fen(fen)));
        }

        #[test]
        fn no_text_panics_and_only_plain_decimals_pass(text in "[-+0-9.eE, ０-９]{0,24}") {
            if Fen::parse_cny(&text).is_ok() {
                prop_assert!(text.bytes().all(|b| b.is_ascii_digit() || b == b'.'));
                prop_assert!(text.split_once('.').is_none_or(|(_, decimals)| decimals.len() <= CNY_DECIMALS));
            }
        }

        #[test]
        fn ten_thousand_yuan_are_one_wan(yuan in 0u32..1_000_000) {
            let wan = Fen::parse_wan(&yuan.to_string()).unwrap();
            prop_assert_eq!(Fen::parse_cny(&format!("{yuan}0000")), Ok(wan));
        }
    }
}
