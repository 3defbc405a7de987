//! S4: the indicators of reviews and complaints (C01–C06); C07 and C08 have no source yet (ruling D3).

use std::collections::BTreeMap;

use chrono::NaiveDate;

use super::events::Events;
use super::exact::count;
use super::{ObserveParams, share};
use crate::dates::within_days;
use crate::facts::{Facts, ReviewFacts};
use crate::indicator::{Observation, Value};
use crate::records::{Complaint, ComplaintOutcome};
use crate::rules::pack;

/// Complaint rates are per this many orders.
const PER_ORDERS: i128 = 10_000;

/// Window of complaints in days.
const YEAR_DAYS: i64 = 365;

/// C01 贝叶斯评分 (ruling D1): (v·R + m·C)/(v + m) with v·R = Σ stars and C the zone's mean. That C06 below 0.80
/// voids it is the evaluator's to apply: here the value is what the reviews say.
pub fn c01(reviews: &ReviewFacts, params: &ObserveParams) -> Observation {
    let n = reviews.verified_365;
    if n == 0 || reviews.zone_verified_365 == 0 {
        return Observation::insufficient(n);
    }
    let prior = i128::from(params.c01_prior_reviews);
    let zone = i128::from(reviews.zone_verified_365);
    let own = i128::from(reviews.stars_365).saturating_mul(zone);
    let num = own.saturating_add(prior.saturating_mul(i128::from(reviews.zone_stars_365)));
    Observation::observed(Value::Ratio { num, den: zone.saturating_mul(i128::from(n) + prior) }, n)
}

/// C02 差评趋势 (ruling D1): (low90/n90)/(low365/n365), minimum on n90; no low review in a year is 0.
pub fn c02(reviews: &ReviewFacts) -> Observation {
    let n = reviews.verified_90;
    if n == 0 {
        return Observation::insufficient(0);
    }
    if reviews.low_365 == 0 {
        return Observation::observed(Value::whole(0), n);
    }
    let num = i128::from(reviews.low_90).saturating_mul(i128::from(reviews.verified_365));
    Observation::observed(
        Value::Ratio { num, den: i128::from(n).saturating_mul(i128::from(reviews.low_365)) },
        n,
    )
}

/// Complaints of 365 d, at most three per complainant: the earliest by (accepted_on, complaint_id)
/// (ruling D2). Sorted by that key.
pub fn complaints<'a>(facts: &Facts, events: &Events<'a>) -> Vec<&'a Complaint> {
    let mut rows = events.complaints.clone();
    rows.retain(|row| within_days(row.accepted_on, facts.as_of, YEAR_DAYS));
    rows.sort_by(|left, right| {
        (left.accepted_on, &left.complaint_id).cmp(&(right.accepted_on, &right.complaint_id))
    });
    let mut of_token: BTreeMap<&str, usize> = BTreeMap::new();
    rows.retain(|row| {
        let seen = of_token.entry(row.complainant_token.as_str()).or_default();
        *seen += 1;
        *seen <= pack::COMPLAINTS_PER_TOKEN
    });
    rows
}

/// C03 万单投诉率 (ruling D2): complaints per 10 000 orders; n = orders of 365 d.
pub fn c03(facts: &Facts, events: &Events<'_>) -> Observation {
    per_orders(complaints(facts, events).len(), facts.trade.rows_365)
}

/// C04 投诉处置 (ruling D2): (on time + settled)/(2·count) over the complaints that are closed, or accepted more
/// than 60 days ago, and not withdrawn; none is not applicable.
pub fn c04(facts: &Facts, events: &Events<'_>) -> Observation {
    let rows = complaints_to_judge(facts, events);
    if rows.is_empty() {
        return Observation::not_applicable();
    }
    let on_time = rows.iter().filter(|row| closed_on_time(row, facts.as_of)).count();
    let settled = rows.iter().filter(|row| is_settled(row, facts.as_of)).count();
    let n = count(rows.len());
    Observation::observed(
        Value::Ratio { num: i128::from(count(on_time)) + i128::from(count(settled)), den: 2 * i128::from(n) },
        n,
    )
}

/// The complaints C04 judges.
pub fn complaints_to_judge<'a>(facts: &Facts, events: &Events<'a>) -> Vec<&'a Complaint> {
    let mut rows = complaints(facts, events);
    rows.retain(|row| outcome_at(row, facts.as_of) != Some(ComplaintOutcome::Withdrawn));
    rows.retain(|row| {
        closed_at(row, facts.as_of).is_some()
            || (facts.as_of - row.accepted_on).num_days() > pack::COMPLAINT_DAYS
    });
    rows
}

/// The closing day, if it is known at D (ruling A7).
fn closed_at(row: &Complaint, as_of: NaiveDate) -> Option<NaiveDate> {
    row.closed_on.filter(|day| *day <= as_of)
}

/// The outcome at D: one that comes with a later closing day does not exist yet (ruling A7).
fn outcome_at(row: &Complaint, as_of: NaiveDate) -> Option<ComplaintOutcome> {
    row.outcome.filter(|_| row.closed_on.is_none_or(|day| day <= as_of))
}

fn closed_on_time(row: &Complaint, as_of: NaiveDate) -> bool {
    closed_at(row, as_of).is_some_and(|day| (day - row.accepted_on).num_days() <= pack::COMPLAINT_DAYS)
}

fn is_settled(row: &Complaint, as_of: NaiveDate) -> bool {
    matches!(outcome_at(row, as_of), Some(ComplaintOutcome::Settled | ComplaintOutcome::Mediated))
}

/// C05 投诉属实率 (ruling D2): complaints that became a case, less the penalties of 365 d, per 10 000 orders.
pub fn c05(facts: &Facts, events: &Events<'_>) -> Observation {
    let cases = complaints_became_case(facts, events).len();
    let penalties = facts
        .penalties
        .iter()
        .filter(|penalty| within_days(penalty.decided_on, facts.as_of, YEAR_DAYS))
        .count();
    per_orders(cases.saturating_sub(penalties), facts.trade.rows_365)
}

/// The complaints C05 counts before penalties are taken off.
pub fn complaints_became_case<'a>(facts: &Facts, events: &Events<'a>) -> Vec<&'a Complaint> {
    let mut rows = complaints(facts, events);
    rows.retain(|row| row.became_case == Some(true));
    rows
}

/// C06 评价真实性 (ruling D3): 1 − suspicious ÷ all reviews of 365 d.
pub fn c06(reviews: &ReviewFacts) -> Observation {
    share(reviews.all_365.saturating_sub(reviews.suspicious_365), reviews.all_365, reviews.all_365)
}

/// `events` per 10 000 orders; no order is an insufficient sample (ruling A3).
fn per_orders(events: usize, orders: u64) -> Observation {
    if orders == 0 {
        return Observation::insufficient(0);
    }
    let num = i128::from(count(events)) * PER_ORDERS;
    Observation::observed(Value::Ratio { num, den: i128::from(orders) }, orders)
}
