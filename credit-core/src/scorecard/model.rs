//! What a scorecard file says, in types.

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

use super::bins::{Bin, Fraction};
use crate::grade::Grade;
use crate::indicator::{IndicatorId, Source, SubjectKind};

/// A text in both languages; neither is empty in a valid scorecard.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Text {
    pub zh: String,
    pub en: String,
}

/// One number for each kind of subject.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PerKind<T> {
    #[serde(rename = "E1")]
    pub e1: T,
    #[serde(rename = "E2")]
    pub e2: T,
    #[serde(rename = "E3")]
    pub e3: T,
    #[serde(rename = "E4")]
    pub e4: T,
}

impl<T: Copy> PerKind<T> {
    #[must_use]
    pub fn of(&self, kind: SubjectKind) -> T {
        match kind {
            SubjectKind::E1 => self.e1,
            SubjectKind::E2 => self.e2,
            SubjectKind::E3 => self.e3,
            SubjectKind::E4 => self.e4,
        }
    }
}

/// One number for each source.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PerSource {
    #[serde(rename = "S1")]
    pub s1: u16,
    #[serde(rename = "S2")]
    pub s2: u16,
    #[serde(rename = "S3")]
    pub s3: u16,
    #[serde(rename = "S4")]
    pub s4: u16,
}

impl PerSource {
    #[must_use]
    pub fn of(&self, source: Source) -> u16 {
        match source {
            Source::S1 => self.s1,
            Source::S2 => self.s2,
            Source::S3 => self.s3,
            Source::S4 => self.s4,
        }
    }
}

/// How far a reader may trust a cited text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Mark {
    /// The text was read.
    Found,
    /// Established, not re-read.
    Known,
    /// To be checked before use.
    Uncertain,
    /// The zone's own rule.
    Design,
}

/// A legal basis.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Basis {
    pub code: String,
    pub text: Text,
    pub mark: Mark,
    pub in_force_from: NaiveDate,
}

/// A one-vote veto (ruling A11): grade D, score at most the scorecard's veto limit.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Veto {
    pub code: String,
    pub reason: Text,
    pub basis: Vec<String>,
}

/// A cap: the score is at most `limit`.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Cap {
    pub code: String,
    pub limit: u16,
    pub reason: Text,
    pub basis: Vec<String>,
}

/// An indicator that takes another's points away (ruling D1). Its threshold is that of its own worst bin, so
/// "below" and "in the worst bin" are the same.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct VoidRule {
    pub indicator: IndicatorId,
    pub below: Fraction,
    pub voids: IndicatorId,
    pub bp: u16,
}

/// A grade's band: from `floor` up to the next better band.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Band {
    pub code: Grade,
    pub floor: u16,
    /// Supervision class I to IV.
    pub class: String,
    /// The grade of the public credit evaluation it answers to: 优 良 中 差.
    pub public_credit: String,
    pub meaning: Text,
}

/// When no grade is given (ruling A11), and how that is said.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Unrated {
    pub coverage_below: Fraction,
    pub young_months: u16,
    pub no_trade_months: u16,
    pub low_coverage: Text,
    pub young: Text,
    pub no_trade: Text,
    pub cancelled: Text,
}

/// Texts that belong to no single indicator.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Texts {
    pub insufficient: Text,
    pub voided: Text,
}

/// Ruling A1.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Hysteresis {
    pub runs: u8,
    pub sign_off_steps: u8,
}

/// How a value is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Unit {
    Category,
    Months,
    Count,
    /// A share, shown times one hundred.
    Percent,
    /// A ratio of two rates or amounts, shown as it is.
    Multiple,
    /// 1 to 5.
    Stars,
    /// Events per 10 000 orders.
    #[serde(rename = "per_10000")]
    Per10000,
    /// 万元, CNY 10 000.
    WanYuan,
    /// Decayed sum of penalty weights.
    Load,
    /// Squared number of standard deviations.
    ZSquared,
}

/// Whether more is better.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Better {
    Higher,
    Lower,
    Category,
}

/// What holds when there is no fact (ruling A3).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Absent {
    Redistribute,
    Insufficient,
    Observed,
}

/// One indicator of the catalogue.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Indicator {
    pub id: IndicatorId,
    pub name: Text,
    /// In plain words, for an enterprise's accountant.
    pub definition: Text,
    /// `current`, or a span such as `90d`, `24m`, `3y`.
    pub window: String,
    pub unit: Unit,
    pub direction: Better,
    pub max_points: PerKind<u16>,
    /// Below this sample an observed indicator is insufficient; 0 = no minimum.
    pub min_n: u64,
    pub absent: Absent,
    /// No source format carries the fact in this version (rulings A3, G).
    #[serde(default)]
    pub disabled: bool,
    /// Whether the enterprise can do something about it; false for mere age.
    #[serde(default = "yes")]
    pub actionable: bool,
    /// Why points are lost and what to do.
    pub reason: Text,
    pub basis: Vec<String>,
    /// Best first; the first whose test holds applies.
    pub bins: Vec<Bin>,
}

fn yes() -> bool {
    true
}

impl Indicator {
    /// The fewest basis points any bin gives.
    #[must_use]
    pub fn worst_bp(&self) -> u16 {
        self.bins.iter().map(|bin| bin.bp).min().unwrap_or(0)
    }
}

/// The file's content, before it is known to be valid.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Content {
    pub format: u16,
    pub id: String,
    pub title: Text,
    pub published_on: NaiveDate,
    pub effective_on: NaiveDate,
    pub neutral_bp: u16,
    pub empty_source_share: Fraction,
    pub veto_limit: u16,
    pub weights: PerKind<PerSource>,
    pub unrated: Unrated,
    pub texts: Texts,
    pub hysteresis: Hysteresis,
    #[serde(rename = "grade")]
    pub grades: Vec<Band>,
    #[serde(rename = "veto")]
    pub vetoes: Vec<Veto>,
    #[serde(rename = "cap")]
    pub caps: Vec<Cap>,
    #[serde(rename = "void")]
    pub voids: Vec<VoidRule>,
    #[serde(rename = "basis")]
    pub bases: Vec<Basis>,
    /// In catalogue order.
    #[serde(rename = "indicator")]
    pub indicators: Vec<Indicator>,
}
