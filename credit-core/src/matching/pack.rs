//! The tolerances and limits as a dated rule pack.

use std::sync::LazyLock;

use chrono::NaiveDate;
use serde::Deserialize;

use super::Amount;
use crate::ceb::Decimal5;
use crate::rules::dated::{self, Faults, PackError};

const FILE: &str = "matching-2026.1.toml";
const TEXT: &str = include_str!("../../data/matching-2026.1.toml");
const PREFIX: &str = "matching-";

static EMBEDDED: LazyLock<Pack> = LazyLock::new(|| Pack::parse(FILE, TEXT).unwrap_or_default());

/// How far documents may differ (`data/matching-2026.1.toml` names the sources).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pack {
    pub id: String,
    pub effective_from: NaiveDate,
    pub amount_tolerance: Amount,
    pub export_tolerance_percent: i128,
    pub single_limit: Amount,
    pub year_limit: Amount,
    pub weight_tolerance_percent: i128,
    pub return_days: i64,
    pub return_arrival_days: i64,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    id: String,
    effective_from: String,
    amount_tolerance: String,
    amount_tolerance_source: String,
    export_tolerance_percent: u8,
    export_tolerance_percent_source: String,
    single_limit: String,
    year_limit: String,
    limits_source: String,
    weight_tolerance_percent: u8,
    weight_tolerance_percent_source: String,
    return_days: u16,
    return_arrival_days: u16,
    return_days_source: String,
}

fn amount(text: &str) -> Option<Amount> {
    Decimal5::parse(text).map(|decimal| Amount(decimal.0))
}

fn check(file: &File, faults: &mut Faults<'_>) {
    faults.check_id(&file.id, PREFIX);
    if file.effective_from.parse::<NaiveDate>().is_err() {
        faults.add(1, "effective_from", "is no date such as 2026-04-01".to_owned());
    }
    let amounts = [
        ("amount_tolerance", &file.amount_tolerance),
        ("single_limit", &file.single_limit),
        ("year_limit", &file.year_limit),
    ];
    for (field, text) in amounts {
        if amount(text).is_none() {
            faults.add(1, field, format!("{text:?} is no amount"));
        }
    }
    let sources = [
        ("amount_tolerance_source", &file.amount_tolerance_source),
        ("export_tolerance_percent_source", &file.export_tolerance_percent_source),
        ("limits_source", &file.limits_source),
        ("weight_tolerance_percent_source", &file.weight_tolerance_percent_source),
        ("return_days_source", &file.return_days_source),
    ];
    for (field, text) in sources {
        if text.trim().is_empty() {
            faults.add(1, field, "names no source".to_owned());
        }
    }
}

impl Default for Pack {
    /// Nothing may differ. Only a program whose own pack is broken has it, which a test forbids.
    fn default() -> Self {
        Self {
            id: String::new(),
            effective_from: NaiveDate::MIN,
            amount_tolerance: Amount(0),
            export_tolerance_percent: 0,
            single_limit: Amount(0),
            year_limit: Amount(0),
            weight_tolerance_percent: 0,
            return_days: 0,
            return_arrival_days: 0,
        }
    }
}

impl Pack {
    /// The pack of this release.
    #[must_use]
    pub fn embedded() -> &'static Self {
        &EMBEDDED
    }

    /// Reads a pack; `file` is the name that errors give it.
    ///
    /// # Errors
    /// [`PackError`] names every fault.
    pub fn parse(file: &str, text: &str) -> Result<Self, PackError> {
        let file = dated::read::<File, File>(file, text, check)?;
        let read = |text: &str| amount(text).unwrap_or_default();
        Ok(Self {
            effective_from: file.effective_from.parse().unwrap_or(NaiveDate::MIN),
            amount_tolerance: read(&file.amount_tolerance),
            export_tolerance_percent: file.export_tolerance_percent.into(),
            single_limit: read(&file.single_limit),
            year_limit: read(&file.year_limit),
            weight_tolerance_percent: file.weight_tolerance_percent.into(),
            return_days: file.return_days.into(),
            return_arrival_days: file.return_arrival_days.into(),
            id: file.id,
        })
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;

    #[test]
    fn the_pack_of_this_release_is_one() {
        let pack = Pack::parse(FILE, TEXT).unwrap();
        assert_eq!(&pack, Pack::embedded());
        assert_eq!((pack.amount_tolerance, pack.single_limit), (Amount(1_000), Amount(500_000_000)));
    }

    #[test]
    fn a_broken_pack_is_refused_with_its_faults() {
        let broken = TEXT.replace("\"0.01\"", "\"-1\"").replace("matching-2026.1", "other");
        let told = Pack::parse("p.toml", &broken).unwrap_err().to_string();
        assert!(told.contains("amount_tolerance") && told.contains("id"), "{told}");
        let unsourced = TEXT.replace("ruling B10 (T15) (design)", " ");
        assert!(Pack::parse("p.toml", &unsourced).unwrap_err().to_string().contains("names no source"));
    }
}
