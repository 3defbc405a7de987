//! Thresholds as a dated rule pack.

use std::sync::LazyLock;

use chrono::NaiveDate;
use serde::Deserialize;

use crate::ceb::Decimal5;
use crate::matching::Amount;
use crate::rules::dated::{self, Faults, PackError};

const FILE: &str = "signals-2026.2.toml";
const TEXT: &str = include_str!("../../data/signals-2026.2.toml");
const PREFIX: &str = "signals-";

static EMBEDDED: LazyLock<Pack> = LazyLock::new(|| {
    #[expect(clippy::expect_used, reason = "the file is compiled in, and a test reads it")]
    Pack::parse(FILE, TEXT).expect("the thresholds of this release are well-formed")
});

/// When something is a sign (`data/signals-2026.2.toml` names the sources).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pack {
    pub id: String,
    pub late_payment_hours: i64,
    pub discount_percent: i128,
    pub round_amount: Amount,
    pub departure_days: i32,
    /// Buyers for whom one person pays, and merchants at which, that are a sign.
    pub payer_buyers: u64,
    pub payer_merchants: u64,
    /// Other merchants who agree on the chapter of a product.
    pub goods_merchants: u64,
    /// Sales in which a sign was looked for.
    pub min_sales: u64,
    pub min_peers: usize,
    /// Reviews of goods of one chapter.
    pub min_reviews: u64,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    id: String,
    effective_from: String,
    late_payment_hours: u16,
    late_payment_source: String,
    discount_percent: u8,
    discount_source: String,
    round_amount: String,
    round_amount_source: String,
    departure_days: u16,
    departure_source: String,
    payer_buyers: u16,
    payer_merchants: u16,
    payer_source: String,
    goods_merchants: u16,
    goods_source: String,
    min_sales: u16,
    min_peers: u16,
    min_reviews: u16,
    minimum_source: String,
}

fn step(text: &str) -> Option<Amount> {
    Decimal5::parse(text).map(|decimal| Amount(decimal.0)).filter(|amount| amount.0 > 0)
}

fn check(file: &File, faults: &mut Faults<'_>) {
    faults.check_id(&file.id, PREFIX);
    if file.effective_from.parse::<NaiveDate>().is_err() {
        faults.add(1, "effective_from", "is no date such as 2026-04-01".to_owned());
    }
    if step(&file.round_amount).is_none() {
        faults.add(1, "round_amount", format!("{:?} is no amount above 0", file.round_amount));
    }
    if !(1..=100).contains(&file.discount_percent) {
        faults.add(1, "discount_percent", format!("cannot be {}", file.discount_percent));
    }
    for (field, number) in [
        ("late_payment_hours", file.late_payment_hours),
        ("departure_days", file.departure_days),
        ("payer_buyers", file.payer_buyers),
        ("payer_merchants", file.payer_merchants),
        ("goods_merchants", file.goods_merchants),
        ("min_sales", file.min_sales),
        ("min_peers", file.min_peers),
        ("min_reviews", file.min_reviews),
    ] {
        if number == 0 {
            faults.add(1, field, "cannot be 0".to_owned());
        }
    }
    for (field, source) in [
        ("late_payment_source", &file.late_payment_source),
        ("discount_source", &file.discount_source),
        ("round_amount_source", &file.round_amount_source),
        ("departure_source", &file.departure_source),
        ("payer_source", &file.payer_source),
        ("goods_source", &file.goods_source),
        ("minimum_source", &file.minimum_source),
    ] {
        if source.trim().is_empty() {
            faults.add(1, field, "names no source".to_owned());
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
        Ok(Self {
            late_payment_hours: file.late_payment_hours.into(),
            discount_percent: file.discount_percent.into(),
            round_amount: step(&file.round_amount).unwrap_or(Amount(1)),
            departure_days: file.departure_days.into(),
            payer_buyers: file.payer_buyers.into(),
            payer_merchants: file.payer_merchants.into(),
            goods_merchants: file.goods_merchants.into(),
            min_sales: file.min_sales.into(),
            min_peers: file.min_peers.into(),
            min_reviews: file.min_reviews.into(),
            id: file.id,
        })
    }
}
