//! From facts to observations: the 46 indicators' states and values, before any scorecard is applied.
//!
//! Pure functions of [`Facts`]: no clock, no float, no I/O. The rulings are those of `docs/SCORING.md`.
//! An observation carries its sample `n` and, as far as it can be computed, its value; the evaluator turns
//! `Observed` into `Insufficient` when `n` is below the scorecard's minimum. Functions that need a minimum
//! to choose a value (T06, T11) take it from [`ObserveParams`].

pub mod evidence;
pub mod exact;

mod events;
mod public_credit;
mod record_text;
mod registration;
mod reviews;
mod standing;
mod trade;

#[cfg(test)]
#[expect(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, reason = "tests")]
pub(crate) mod tests;

use std::collections::BTreeSet;

use chrono::NaiveDate;

pub use evidence::{EvidenceRef, evidence};
pub use record_text::{of_class, of_listing, of_penalty};
pub use standing::standing;
pub use trade::{t06_direction, t11_month};

use crate::facts::Facts;
use crate::indicator::{IndicatorId, Observation, Observations, State, Value};
use events::Events;

/// What the scorecard decides about observing. [`ObserveParams::default`] holds the catalogue's numbers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ObserveParams {
    /// Indicators whose fact no source format carries in this scorecard version (ruling A3).
    pub disabled: BTreeSet<IndicatorId>,
    /// T06: rows a direction needs before it is compared (ruling B4).
    pub t06_rows_per_direction: u64,
    /// T11: months with volume a baseline needs (ruling B5).
    pub t11_baseline_months: u64,
    /// C01: the prior's weight m in reviews (ruling D1).
    pub c01_prior_reviews: u64,
}

impl Default for ObserveParams {
    fn default() -> Self {
        Self {
            disabled: BTreeSet::from([IndicatorId::T08, IndicatorId::C07, IndicatorId::C08]),
            t06_rows_per_direction: 30,
            t11_baseline_months: 6,
            c01_prior_reviews: 50,
        }
    }
}

/// All 46 observations of one enterprise at `facts.as_of`.
#[must_use]
pub fn observe(facts: &Facts, params: &ObserveParams) -> Observations {
    let events = Events::of(facts);
    IndicatorId::ALL
        .into_iter()
        .map(|id| {
            let seen =
                if params.disabled.contains(&id) { disabled() } else { one(id, facts, &events, params) };
            (id, seen)
        })
        .collect()
}

/// One indicator that is not switched off.
fn one(id: IndicatorId, facts: &Facts, events: &Events<'_>, params: &ObserveParams) -> Observation {
    use IndicatorId as I;
    let (trade, reviews) = (&facts.trade, &facts.reviews);
    match id {
        I::R01 => registration::r01(facts),
        I::R02 => registration::r02(facts),
        I::R03 => registration::r03(facts),
        I::R04 => registration::r04(facts),
        I::R05 => registration::r05(facts),
        I::R06 => registration::r06(facts),
        I::R07 => registration::r07(facts),
        I::R08 => registration::r08(facts),
        I::R09 => registration::r09(facts),
        I::P01 => public_credit::p01(facts, events),
        I::P02 => public_credit::p02(facts, events),
        I::P03 => public_credit::p03(facts, events),
        I::P04 => public_credit::p04(facts),
        I::P05 => public_credit::p05(facts),
        I::P06 => public_credit::p06(facts, events),
        I::P07 => public_credit::p07(facts, events),
        I::P08 => public_credit::p08(facts, events),
        I::P09 => public_credit::p09(facts, events),
        I::P10 => public_credit::p10(facts, events),
        I::P11 => public_credit::p11(facts, events),
        I::P12 => public_credit::p12(facts),
        I::P13 => public_credit::p13(facts, events),
        I::T01 => trade::t01(trade),
        I::T02 => trade::t02(trade),
        I::T03 => trade::t03(trade),
        I::T04 => trade::t04(trade),
        I::T05 => trade::t05(trade),
        I::T06 => trade::t06(trade, params),
        I::T07 => trade::t07(trade),
        I::T08 => trade::t08(trade),
        I::T09 => trade::t09(trade),
        I::T10 => trade::t10(trade),
        I::T11 => trade::t11(trade, params),
        I::T12 => trade::t12(trade),
        I::T13 => trade::t13(trade),
        I::T14 => trade::t14(trade),
        I::T15 => trade::t15(trade),
        I::T16 => trade::t16(trade),
        I::C01 => reviews::c01(reviews, params),
        I::C02 => reviews::c02(reviews),
        I::C03 => reviews::c03(facts, events),
        I::C04 => reviews::c04(facts, events),
        I::C05 => reviews::c05(facts, events),
        I::C06 => reviews::c06(reviews),
        // No fact carries them, whatever the scorecard says (ruling D3).
        I::C07 | I::C08 => disabled(),
    }
}

/// Whether a penalty, list or class record is dated after `since` and not after D: a listed trigger of a
/// downgrade (ruling A1). A revoked penalty has no effect and is none.
#[must_use]
pub fn new_adverse_since(facts: &Facts, since: NaiveDate) -> bool {
    let fresh = |day: NaiveDate| since < day && day <= facts.as_of;
    facts.penalties.iter().any(|penalty| !penalty.revoked && fresh(penalty.decided_on))
        || facts.listings.iter().any(|listing| fresh(listing.effective_on))
        || facts.classes.iter().any(|class| fresh(class.valid_from))
}

fn disabled() -> Observation {
    Observation { state: State::Disabled, value: None, n: 0 }
}

fn category(code: &str, n: u64) -> Observation {
    Observation::observed(Value::Category(code.to_owned()), n)
}

/// `part` of `whole` as a fraction with sample `n`; an empty whole is an insufficient sample (ruling A3).
fn share(part: u64, whole: u64, n: u64) -> Observation {
    if whole == 0 {
        return Observation::insufficient(n);
    }
    Observation::observed(Value::Ratio { num: i128::from(part), den: i128::from(whole) }, n)
}
