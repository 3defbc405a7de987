//! Severity, end of effect and counting of an administrative penalty (ruling A8).

use chrono::NaiveDate;

use super::pack;
use crate::dates::{add_months, within_months};
use crate::records::Penalty;

/// How grave a penalty is (NDRC Order 36; ruling A8).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Severity {
    /// 轻微
    Minor,
    /// 一般
    General,
    /// 严重
    Serious,
}

impl Severity {
    /// The law's word.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Severity::Minor => "轻微",
            Severity::General => "一般",
            Severity::Serious => "严重",
        }
    }

    /// Weight in the load of P01.
    #[must_use]
    pub fn load(self) -> i128 {
        match self {
            Severity::Minor => pack::LOAD_MINOR,
            Severity::General => pack::LOAD_GENERAL,
            Severity::Serious => pack::LOAD_SERIOUS,
        }
    }

    /// Months of effect when the decision names no end of publicity.
    #[must_use]
    pub fn effect_months(self) -> i32 {
        match self {
            Severity::Minor => pack::EFFECT_MONTHS_MINOR,
            Severity::General => pack::EFFECT_MONTHS_GENERAL,
            Severity::Serious => pack::EFFECT_MONTHS_SERIOUS,
        }
    }
}

/// Fine and confiscation together, in 分.
#[must_use]
pub fn money(penalty: &Penalty) -> i128 {
    i128::from(penalty.fine.0) + i128::from(penalty.confiscated.0)
}

/// Severity by kind and money (ruling A8). A penalty that names no kind is 一般 unless its money makes it
/// 严重: nothing is known that would make it minor.
#[must_use]
pub fn severity(penalty: &Penalty) -> Severity {
    let money = money(penalty);
    if pack::SERIOUS_KINDS.iter().any(|word| has_kind(penalty, word)) || money >= pack::SERIOUS_MONEY_FEN {
        return Severity::Serious;
    }
    let only = |words: &[&str]| {
        !penalty.kinds.is_empty() && penalty.kinds.iter().all(|kind| words.contains(&kind.trim()))
    };
    let reprimand = only(&pack::MINOR_KINDS) && money == 0;
    let small_fine = only(&[pack::FINE_KIND]) && money <= pack::MINOR_FINE_FEN;
    if reprimand || small_fine { Severity::Minor } else { Severity::General }
}

/// Whether some kind of the penalty contains `word`.
#[must_use]
pub fn has_kind(penalty: &Penalty, word: &str) -> bool {
    penalty.kinds.iter().any(|kind| kind.contains(word))
}

/// The last day of effect: CF_GSJZQ, else 3, 12 or 36 months after CF_JDRQ (ruling A8).
#[must_use]
pub fn end_of_effect(penalty: &Penalty) -> NaiveDate {
    penalty
        .publicity_until
        .unwrap_or_else(|| add_months(penalty.decided_on, severity(penalty).effect_months()))
}

/// Whether the penalty counts at `as_of`: decided, inside 36 months, not past its end of effect, not
/// repaired by CF_XFRQ (no effect from that day on), not revoked (rulings A8, C11).
#[must_use]
pub fn counts_at(penalty: &Penalty, as_of: NaiveDate) -> bool {
    !penalty.revoked
        && within_months(penalty.decided_on, as_of, pack::PENALTY_WINDOW_MONTHS)
        && as_of <= end_of_effect(penalty)
        && penalty.repaired_on.is_none_or(|day| as_of < day)
}
