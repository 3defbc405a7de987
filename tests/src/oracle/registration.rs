//! S1, registration (rulings C1–C8).

use std::collections::BTreeSet;

use chrono::Datelike;

use super::days::{in_months, months_since};
use super::facts::Registration;
use super::fraction::Fraction;
use super::grade::Finding;
use super::listed::class;
use super::view::View;

const OPERATING: [&str; 5] = ["存续", "在营", "开业", "在册", "存续（在营、开业、在册）"];
/// Industry prefix → the word a permit must contain (ruling C7).
const PERMITS: [(&str, &str); 4] =
    [("G60", "快递"), ("I64", "增值电信"), ("J69", "支付业务"), ("F522", "食品经营")];

pub fn findings(view: &View<'_>, uscc: &str) -> Vec<(&'static str, Finding)> {
    let row = view.enterprises[uscc].current;
    let age = months_since(row.established_on, view.as_of);
    vec![
        ("R01", r01(row, view.enterprises[uscc].by_source)),
        ("R02", Finding::number(Fraction::whole(age.into()))),
        ("R03", r03(row, age)),
        ("R04", r04(view, row)),
        ("R05", r05(view, uscc)),
        ("R06", r06(view, row)),
        ("R07", r07(view, uscc, row)),
        ("R08", r08(view, uscc, row)),
        ("R09", r09(view, uscc, row)),
    ]
}

fn differ(a: Option<&String>, b: Option<&String>) -> bool {
    a.is_some() && b.is_some() && a != b
}

fn r01(row: &Registration, by_source: &[Registration]) -> Finding {
    if !OPERATING.contains(&row.status.as_str()) {
        return Finding::word("not_operating");
    }
    let named: Vec<&Registration> = by_source.iter().filter(|row| !row.record_source.is_empty()).collect();
    let pairs = || named.iter().flat_map(|a| named.iter().map(move |b| (a, b)));
    if pairs().any(|(a, b)| a.name != b.name || a.legal_representative != b.legal_representative) {
        return Finding::word("hard_mismatch");
    }
    let soft = pairs().any(|(a, b)| {
        differ(a.address.as_ref(), b.address.as_ref()) || differ(a.phone.as_ref(), b.phone.as_ref())
    });
    Finding::word(if soft { "soft_mismatch" } else { "consistent" })
}

fn r03(row: &Registration, age: i32) -> Finding {
    match (row.registered_capital, row.paid_in_capital) {
        (Some(capital), Some(paid)) if capital > Fraction::whole(0) && age > 0 => {
            Finding::number(paid.over(capital * Fraction::new(age.min(60).into(), 60)))
        }
        _ => Finding::not_applicable(),
    }
}

fn r04(view: &View<'_>, row: &Registration) -> Finding {
    let (year, month, day) = (view.as_of.year(), view.as_of.month(), view.as_of.day());
    let last_due = if (month, day) > (6, 30) { year - 1 } else { year - 2 };
    let years: Vec<i32> = (last_due - 2..=last_due).filter(|y| *y >= row.established_on.year()).collect();
    if years.is_empty() {
        return Finding::count(0);
    }
    let Some(last_report) = row.last_annual_report_year else {
        return Finding::insufficient();
    };
    let missing = years.iter().filter(|y| **y > last_report).count();
    let late = row.annual_report_late.unwrap_or(0);
    Finding::number(Fraction::whole((late + i128::try_from(missing).unwrap()).min(3)))
}

fn r05(view: &View<'_>, uscc: &str) -> Finding {
    let counted: BTreeSet<_> = view
        .facts(&view.zone.changes, uscc)
        .filter(|change| in_months(change.changed_on, view.as_of, 24))
        .map(|change| (change.changed_on, change.item.strip_suffix("变更").unwrap_or(&change.item)))
        .filter(|(_, item)| ["名称", "法定代表人", "住所", "控股股东"].contains(item))
        .collect();
    Finding::count(counted.len())
}

/// Reading: a check of any outcome that is older than 12 months, or dated after D, is no check.
fn r06(view: &View<'_>, row: &Registration) -> Finding {
    if row.premises_checked_on.is_some_and(|day| !in_months(day, view.as_of, 12)) {
        return Finding::word("never_verified");
    }
    Finding::word(match row.premises_check.as_deref() {
        Some("verified") => "verified",
        Some("failed") => "failed",
        Some(_) => "lost",
        None => "never_verified",
    })
}

fn r07(view: &View<'_>, uscc: &str, row: &Registration) -> Finding {
    let safe_class = class(view, uscc, "safe").is_some();
    // (required, held)
    let filings = [
        (true, row.customs_code.is_some()),
        (true, row.filed_on <= view.as_of),
        (row.safe_listed.is_some() || safe_class, row.safe_listed == Some(true) || safe_class),
        (row.tax_refund_filed.is_some(), row.tax_refund_filed == Some(true)),
    ];
    let required = filings.iter().filter(|(required, _)| *required).count();
    let held = filings.iter().filter(|(required, held)| *required && *held).count();
    Finding::number(Fraction::new(held.try_into().unwrap(), required.try_into().unwrap()))
}

fn r08(view: &View<'_>, uscc: &str, row: &Registration) -> Finding {
    let industry = row.industry_code.as_deref().unwrap_or_default();
    let Some((_, word)) = PERMITS.iter().find(|(prefix, _)| industry.starts_with(prefix)) else {
        return Finding::not_applicable();
    };
    let valid = view.facts(&view.zone.permits, uscc).any(|permit| {
        permit.words.contains(word)
            && ["", "0", "正常"].contains(&permit.state.as_str())
            && permit.decided_on.is_none_or(|day| day <= view.as_of)
            && permit.valid_from.is_none_or(|day| day <= view.as_of)
            && permit.valid_to.is_none_or(|day| view.as_of <= day)
    });
    Finding::count(usize::from(valid))
}

/// Reading: two empty addresses, or two empty telephones, are not the same one.
fn r09(view: &View<'_>, uscc: &str, row: &Registration) -> Finding {
    let (mut strong, mut weak) = (0, 0);
    for other in view.bad.iter().filter(|other| **other != uscc) {
        let other = view.enterprises[other].current;
        let person = row.legal_representative == other.legal_representative;
        let phone = row.phone.is_some() && row.phone == other.phone;
        let address = row.address.is_some() && row.address == other.address;
        if person && (phone || address) {
            strong += 1;
        } else if person || (address && phone) {
            weak += 1;
        }
    }
    Finding::word(match (strong, weak) {
        (0, 0) => "none",
        (0, _) => "weak",
        (1, _) => "one_strong",
        _ => "many_strong",
    })
}
