//! S1: the nine indicators of registration (R01–R09).

use std::collections::BTreeSet;

use chrono::{Datelike, NaiveDate};

use super::category;
use super::exact::count;
use crate::dates::{months_since, within_months};
use crate::facts::{Facts, Relative};
use crate::indicator::{Observation, Value};
use crate::records::{ClassAuthority, Permit, PremisesCheck, Registration, RegistrationChange, Status};
use crate::rules::permit::{permit_counts, required_permit};
use crate::rules::{Relation, class_in_force, is_bad, pack, relation};

/// Company Law 2023 art. 47: subscribed capital is due within five years.
const CAPITAL_MONTHS: i32 = 60;

/// Report years R04 looks at.
const REPORT_YEARS: i32 = 3;

/// R01 登记状态与多源一致 (ruling C1): the status of the primary row, then the agreement of rows of
/// different senders. A cell empty in one of two rows is no mismatch.
pub fn r01(facts: &Facts) -> Observation {
    let rows = &facts.registration_sources;
    let n = count(rows.len()).max(1);
    if facts.registration.status != Status::InOperation {
        return category("not_operating", n);
    }
    if differ(rows, |row| Some(&row.name)) || differ(rows, |row| Some(&row.legal_representative)) {
        return category("hard_mismatch", n);
    }
    if differ(rows, |row| row.address.as_ref()) || differ(rows, |row| row.phone.as_ref()) {
        return category("soft_mismatch", n);
    }
    category("consistent", n)
}

/// Whether two rows of different senders give different non-empty texts.
fn differ(rows: &[Registration], field: impl Fn(&Registration) -> Option<&String>) -> bool {
    let texts = rows.iter().filter(|row| row.record_source.is_some());
    texts
        .filter_map(field)
        .map(|text| text.trim())
        .filter(|text| !text.is_empty())
        .collect::<BTreeSet<_>>()
        .len()
        > 1
}

/// Whole months since `established_on`, never negative (ruling A7).
pub fn age_months(facts: &Facts) -> i32 {
    months_since(facts.registration.established_on, facts.as_of).max(0)
}

/// R02 经营年限: whole months since establishment (ruling A7).
pub fn r02(facts: &Facts) -> Observation {
    Observation::observed(Value::whole(i128::from(age_months(facts))), 1)
}

/// R03 实缴到位率 (ruling C2): paid-in ÷ (registered × min(months, 60) / 60).
pub fn r03(facts: &Facts) -> Observation {
    let months = i128::from(age_months(facts).min(CAPITAL_MONTHS));
    match (facts.registration.registered_capital, facts.registration.paid_in_capital) {
        (Some(registered), Some(paid_in)) if registered.0 > 0 && months > 0 => {
            let num = i128::from(paid_in.0) * i128::from(CAPITAL_MONTHS);
            Observation::observed(Value::Ratio { num, den: i128::from(registered.0) * months }, 1)
        }
        _ => Observation::not_applicable(),
    }
}

/// R04 年报按时公示 (ruling C3): late plus missing reports of the last three due years, at most 3.
pub fn r04(facts: &Facts) -> Observation {
    let (last_due, first) = report_years(facts);
    if last_due < first {
        return Observation::observed(Value::whole(0), 0);
    }
    let Some(filed) = facts.registration.last_annual_report_year else {
        return Observation::insufficient(0);
    };
    let years = i128::from(last_due) - i128::from(first) + 1;
    let missing = (i128::from(last_due) - i128::from(filed)).clamp(0, years);
    let late = i128::from(facts.registration.annual_report_late.unwrap_or(0));
    Observation::observed(Value::whole((late + missing).min(i128::from(REPORT_YEARS))), 1)
}

/// The last due report year and the first one that can be asked for (ruling C3). A report is due on
/// 30 June of the next year.
fn report_years(facts: &Facts) -> (i32, i32) {
    let day = facts.as_of;
    let after_june = NaiveDate::from_ymd_opt(day.year(), 6, 30).is_some_and(|due| day > due);
    let last_due = if after_june { day.year() - 1 } else { day.year() - 2 };
    let first = (last_due - (REPORT_YEARS - 1)).max(facts.registration.established_on.year());
    (last_due, first)
}

/// R05 登记变更频度 (ruling C4): distinct changes of the four items in 24 months.
pub fn r05(facts: &Facts) -> Observation {
    let n = changes(facts).len();
    Observation::observed(Value::whole(i128::from(count(n))), count(n))
}

/// The changes that count for R05, one per day and item.
pub fn changes(facts: &Facts) -> Vec<&RegistrationChange> {
    let mut seen = BTreeSet::new();
    facts
        .changes
        .iter()
        .filter(|change| within_months(change.changed_on, facts.as_of, 24))
        .filter(|change| pack::CHANGE_ITEMS.contains(&changed_item(change)))
        .filter(|change| seen.insert((change.changed_on, changed_item(change))))
        .collect()
}

fn changed_item(change: &RegistrationChange) -> &str {
    let item = change.item.trim();
    item.strip_suffix(pack::CHANGE_SUFFIX).unwrap_or(item)
}

/// R06 场所可联系 (ruling C5, G): a check without a date holds, one older than 12 months is none.
pub fn r06(facts: &Facts) -> Observation {
    match premises_check(facts) {
        Some(PremisesCheck::Verified) => category("verified", 1),
        Some(PremisesCheck::Failed) => category("failed", 1),
        Some(PremisesCheck::Lost) => category("lost", 1),
        None => category("never_verified", 0),
    }
}

/// The premises check that still counts at D.
pub fn premises_check(facts: &Facts) -> Option<PremisesCheck> {
    let dated = facts.registration.premises_checked_on;
    facts
        .registration
        .premises_check
        .filter(|_| dated.is_none_or(|day| within_months(day, facts.as_of, pack::PREMISES_MONTHS)))
}

/// R07 备案齐备度 (ruling C6): customs and zone filing always required; SAFE and tax only when their flag is
/// given, or a SAFE class is in force (which also proves the directory entry or the exemption).
pub fn r07(facts: &Facts) -> Observation {
    let row = &facts.registration;
    let safe_class = class_in_force(&facts.classes, ClassAuthority::Safe, facts.as_of).is_some();
    let filings = [
        (true, has_customs_code(row)),
        (true, row.filed_on <= facts.as_of),
        (row.safe_listed.is_some() || safe_class, row.safe_listed == Some(true) || safe_class),
        (row.tax_refund_filed.is_some(), row.tax_refund_filed == Some(true)),
    ];
    let required = filings.iter().filter(|(required, _)| *required).count();
    let held = filings.iter().filter(|(required, held)| *required && *held).count();
    super::share(count(held), count(required), count(required))
}

/// Whether the row carries a customs registration code.
pub fn has_customs_code(row: &Registration) -> bool {
    row.customs_code.as_ref().is_some_and(|code| !code.trim().is_empty())
}

/// R08 许可资质有效 (ruling C7): the industry's permit held, or none required.
pub fn r08(facts: &Facts) -> Observation {
    let required = facts.registration.industry_code.as_deref().and_then(required_permit);
    if required.is_none() {
        return Observation::not_applicable();
    }
    let valid = count(permits(facts).len());
    super::share(valid.min(1), 1, valid)
}

/// The permits that count for R08.
pub fn permits(facts: &Facts) -> Vec<&Permit> {
    let Some(word) = facts.registration.industry_code.as_deref().and_then(required_permit) else {
        return Vec::new();
    };
    facts.permits.iter().filter(|permit| permit_counts(permit, word, facts.as_of)).collect()
}

/// R09 关联风险 (ruling C8): strong relations win over weak ones.
pub fn r09(facts: &Facts) -> Observation {
    let bad = bad_relatives(facts);
    let strong = bad.iter().filter(|(closeness, _)| *closeness == Relation::Strong).count();
    let code = match (strong, bad.len()) {
        (0, 0) => "none",
        (0, _) => "weak",
        (1, _) => "one_strong",
        _ => "many_strong",
    };
    category(code, count(bad.len()))
}

/// Related enterprises that are bad at D, with their closeness; never the enterprise itself.
pub fn bad_relatives(facts: &Facts) -> Vec<(Relation, &Relative)> {
    facts
        .relatives
        .iter()
        .filter(|relative| relative.registration.uscc != facts.uscc)
        .filter(|relative| {
            relative.registration.established_on <= facts.as_of && is_bad(relative, facts.as_of)
        })
        .map(|relative| (relation(&facts.registration, &relative.registration), relative))
        .filter(|(closeness, _)| *closeness != Relation::None)
        .collect()
}
