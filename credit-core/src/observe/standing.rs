//! Vetoes, caps and the conditions under which no grade is given (rulings A11, A12, G for V4).
//!
//! These read all records of the enterprise, whatever `event_id` says: a veto never disappears because its
//! event is also counted elsewhere (ruling C12).

use chrono::NaiveDate;

use super::registration::age_months;
use crate::dates::within_months;
use crate::facts::Facts;
use crate::records::{Class, ClassAuthority, Judgment, JudgmentKind, ListCode, Listing, Penalty, Status};
use crate::rules::class::authority_name;
use crate::rules::listing::list_name;
use crate::rules::penalty::has_kind;
use crate::rules::{class_in_force, counts_at, list_in_force, pack};
use crate::standing::{Hit, Standing, UnratedReason};

/// Vetoes, caps and unrated conditions at D. `LowCoverage` is the evaluator's to find. Each code stands once,
/// with the record that has been in force longest; codes ascend.
#[must_use]
pub fn standing(facts: &Facts) -> Standing {
    let vetoes = [
        listed(facts, "V1", &pack::V1_LISTS),
        first(
            listed(facts, "V2", &[ListCode::CustomsSeriouslyDishonest]),
            classed(facts, "V2", ClassAuthority::Customs, "SDIS"),
        ),
        listed(facts, "V3", &[ListCode::JudgmentDefaulter]),
        convicted(facts),
        penalised(facts, "V5", closes_enterprise).or_else(|| revoked_status(facts)),
        penalised(facts, "V6", confirms_forgery),
    ];
    let caps = [
        listed(facts, "abnormal_operation", &[ListCode::AbnormalOperation]),
        first(
            listed(facts, "customs_dis", &[ListCode::CustomsDishonest]),
            classed(facts, "customs_dis", ClassAuthority::Customs, "DIS"),
        ),
        classed(facts, "safe_b", ClassAuthority::Safe, "B"),
        classed(facts, "safe_c", ClassAuthority::Safe, "C"),
        classed(facts, "tax_d", ClassAuthority::Tax, "D"),
    ];
    Standing {
        vetoes: vetoes.into_iter().flatten().collect(),
        caps: caps.into_iter().flatten().collect(),
        unrated: unrated(facts),
    }
}

/// The conditions of grade N that the facts show (ruling A11).
fn unrated(facts: &Facts) -> Vec<UnratedReason> {
    let conditions = [
        (age_months(facts) < pack::YOUNG_MONTHS, UnratedReason::Young),
        (facts.trade.rows_12_months == 0, UnratedReason::NoTrade),
        (facts.registration.status == Status::Cancelled, UnratedReason::Cancelled),
    ];
    conditions.into_iter().filter(|(holds, _)| *holds).map(|(_, reason)| reason).collect()
}

/// The hit that began first.
fn first(left: Option<Hit>, right: Option<Hit>) -> Option<Hit> {
    left.into_iter().chain(right).min_by_key(|hit| hit.since)
}

/// An in-force row of one of `lists`.
fn listed(facts: &Facts, code: &str, lists: &[ListCode]) -> Option<Hit> {
    let in_force = |row: &&Listing| lists.contains(&row.list) && list_in_force(row, facts.as_of);
    let row = facts.listings.iter().filter(in_force).min_by_key(|row| row.effective_on)?;
    let record = join(&[list_name(row.list), row.decision_no.as_str()]);
    Some(hit(code, record, row.effective_on))
}

/// The class in force, when it is `class`.
fn classed(facts: &Facts, code: &str, authority: ClassAuthority, class: &str) -> Option<Hit> {
    let row: &Class = class_in_force(&facts.classes, authority, facts.as_of)?;
    if row.class.trim() != class {
        return None;
    }
    let record = join(&[authority_name(authority), class, row.decision_no.as_deref().unwrap_or_default()]);
    Some(hit(code, record, row.valid_from))
}

/// V4: a final conviction of the enterprise within 36 months (ruling G).
fn convicted(facts: &Facts) -> Option<Hit> {
    let holds = |row: &&Judgment| {
        pack::V4_JUDGMENTS.contains(&row.kind)
            && row.is_final == Some(true)
            && within_months(row.decided_on, facts.as_of, pack::V4_MONTHS)
    };
    let row = facts.judgments.iter().filter(holds).min_by_key(|row| row.decided_on)?;
    Some(hit("V4", join(&[judgment_name(row.kind), row.case_no.as_str()]), row.decided_on))
}

/// V5 by status. The registry row carries no date of revocation: the change register's is taken, and without
/// one the "now" fact holds from establishment on (ruling A7).
fn revoked_status(facts: &Facts) -> Option<Hit> {
    let word = match facts.registration.status {
        Status::RevokedNotCancelled => "吊销未注销",
        Status::RevokedAndCancelled => "吊销已注销",
        _ => return None,
    };
    let revocations = facts.changes.iter().filter(|change| change.after.contains(pack::V5_REVOCATION));
    let known = revocations.map(|change| change.changed_on).filter(|day| *day <= facts.as_of).max();
    Some(hit("V5", join(&["登记状态", word]), known.unwrap_or(facts.registration.established_on)))
}

/// A counting penalty with a property.
fn penalised(facts: &Facts, code: &str, property: fn(&Penalty) -> bool) -> Option<Hit> {
    let holds = |row: &&Penalty| counts_at(row, facts.as_of) && property(row);
    let row = facts.penalties.iter().filter(holds).min_by_key(|row| row.decided_on)?;
    Some(hit(code, join(&["行政处罚", row.doc_no.as_str()]), row.decided_on))
}

/// V5: 责令关闭, or the business licence revoked.
fn closes_enterprise(penalty: &Penalty) -> bool {
    has_kind(penalty, pack::V5_CLOSURE)
        || (has_kind(penalty, pack::V5_REVOCATION) && penalty.licence.contains(pack::V5_LICENCE))
}

/// V6: the decision confirms forged documents or identity theft.
fn confirms_forgery(penalty: &Penalty) -> bool {
    pack::V6_WORDS.iter().any(|word| penalty.behaviour.contains(word))
}

/// The kind of a court finding in a reader's words.
pub fn judgment_name(kind: JudgmentKind) -> &'static str {
    match kind {
        JudgmentKind::Enforcement => "强制执行",
        JudgmentKind::Ip => "知识产权侵权判决",
        JudgmentKind::Smuggling => "走私判决",
        JudgmentKind::TaxFraud => "骗税判决",
        JudgmentKind::FalseInvoice => "虚开发票判决",
        JudgmentKind::IllegalFx => "非法经营外汇判决",
        JudgmentKind::MoneyLaundering => "洗钱判决",
    }
}

/// The same in English.
pub fn judgment_name_en(kind: JudgmentKind) -> &'static str {
    match kind {
        JudgmentKind::Enforcement => "Enforcement case",
        JudgmentKind::Ip => "Judgment on intellectual property",
        JudgmentKind::Smuggling => "Judgment on smuggling",
        JudgmentKind::TaxFraud => "Judgment on tax refund fraud",
        JudgmentKind::FalseInvoice => "Judgment on false invoices",
        JudgmentKind::IllegalFx => "Judgment on illegal foreign exchange dealing",
        JudgmentKind::MoneyLaundering => "Judgment on money laundering",
    }
}

fn hit(code: &str, record: String, since: NaiveDate) -> Hit {
    Hit { code: code.to_owned(), record, since }
}

/// The non-empty parts with a blank between them.
fn join(parts: &[&str]) -> String {
    parts.iter().filter(|part| !part.is_empty()).copied().collect::<Vec<_>>().join(" ")
}
