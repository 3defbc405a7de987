//! Names of countries and regions by the codes that records bear, from `data/countries-2026.1.toml`.
//!
//! A code that is not there has no name, and is shown as it is.

use std::collections::HashMap;
use std::sync::LazyLock;

use serde::Deserialize;

static COUNTRIES: LazyLock<HashMap<String, Country>> = LazyLock::new(|| {
    let text = include_str!("../data/countries-2026.1.toml");
    #[expect(clippy::expect_used, reason = "the file is compiled in, and a test reads it")]
    read(text).expect("the names of countries of this release are well-formed")
});

/// The names of one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Country {
    pub zh: String,
    pub en: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    #[serde(rename = "version")]
    _version: String,
    #[serde(rename = "valid_from")]
    _valid_from: chrono::NaiveDate,
    /// Customs' three digits, ISO's two and three letters, Chinese, English.
    countries: Vec<[String; 5]>,
}

/// Why a file of names is refused.
#[derive(Debug, thiserror::Error)]
enum CountryError {
    #[error("not a file of countries: {0}")]
    Syntax(#[from] toml::de::Error),
    #[error("{0:?} stands for two, or is none")]
    Code(String),
}

fn read(text: &str) -> Result<HashMap<String, Country>, CountryError> {
    let file: File = toml::from_str(text)?;
    let mut all = HashMap::new();
    for [customs, alpha2, alpha3, zh, en] in file.countries {
        let is_digits = customs.len() == 3 && customs.bytes().all(|byte| byte.is_ascii_digit());
        let is_letters =
            |code: &str, length| code.len() == length && code.bytes().all(|b| b.is_ascii_uppercase());
        if !(is_digits && is_letters(&alpha2, 2) && is_letters(&alpha3, 3)) {
            return Err(CountryError::Code(customs));
        }
        for code in [customs, alpha2, alpha3] {
            if all.insert(code.clone(), Country { zh: zh.clone(), en: en.clone() }).is_some() {
                return Err(CountryError::Code(code));
            }
        }
    }
    Ok(all)
}

/// Whose code this is: three digits of customs, or two or three letters of ISO 3166-1 in upper case. Nothing for any
/// other.
#[must_use]
pub fn find(code: &str) -> Option<&'static Country> {
    COUNTRIES.get(code)
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;

    #[test]
    fn a_country_has_one_name_by_each_of_its_codes() {
        for code in ["502", "US", "USA"] {
            assert_eq!(find(code).unwrap(), &Country { zh: "美国".into(), en: "United States".into() });
        }
        assert_eq!(find("110").unwrap().zh, "中国香港");
        for code in ["840", "999", "us", "", "XX"] {
            assert_eq!(find(code), None, "{code}");
        }
    }

    #[test]
    fn a_file_with_a_code_for_two_is_refused() {
        let file = include_str!("../data/countries-2026.1.toml");
        for (from, to) in
            [("\"502\"", "\"501\""), ("\"US\"", "\"CA\""), ("\"502\"", "\"50X\""), ("\"USA\"", "\"US\"")]
        {
            assert!(matches!(read(&file.replacen(from, to, 1)), Err(CountryError::Code(_))), "{from} {to}");
        }
        assert!(matches!(read("countries = 1"), Err(CountryError::Syntax(_))));
    }
}
