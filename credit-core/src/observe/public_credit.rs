//! S2: the thirteen indicators of public credit (P01–P13).

use chrono::NaiveDate;

use super::category;
use super::events::Events;
use super::exact::count;
use super::registration::has_customs_code;
use crate::dates::{months_since, within_months};
use crate::facts::Facts;
use crate::indicator::{Observation, Value};
use crate::records::{
    Arrear, ClassAuthority, Commitment, Inspection, InspectionKind, Judgment, JudgmentKind, ListCode,
    Listing, Penalty,
};
use crate::rules::penalty::money;
use crate::rules::{class_in_force, counts_at, list_in_force, pack, severity};

/// 1 万元 in 分.
const FEN_PER_WAN: i128 = 1_000_000;

/// Whole half-lives a penalty of 36 months can have passed; the month-end clamp lets the 36th month in.
const MAX_HALVINGS: u32 = 3;

/// The penalties that count for P01 and P02 alike (ruling A8).
pub fn penalties<'a>(facts: &Facts, events: &Events<'a>) -> Vec<&'a Penalty> {
    events.penalties.iter().copied().filter(|penalty| counts_at(penalty, facts.as_of)).collect()
}

/// P01 行政处罚负荷 (rulings A8, A13): Σ w·H[m mod 12] / (10⁶·2^(m div 12)), m whole months since CF_JDRQ.
pub fn p01(facts: &Facts, events: &Events<'_>) -> Observation {
    let counted = penalties(facts, events);
    let num = counted.iter().map(|penalty| load(penalty, facts.as_of)).sum();
    let den = FEN_PER_WAN << MAX_HALVINGS;
    Observation::observed(Value::Ratio { num, den }, count(counted.len()))
}

/// One penalty's load in 1/(10⁶·2³).
fn load(penalty: &Penalty, as_of: NaiveDate) -> i128 {
    let months = usize::try_from(months_since(penalty.decided_on, as_of)).unwrap_or(0);
    let weight = pack::HALF_LIFE_E6.get(months % 12).copied().unwrap_or(0);
    let halvings = u32::try_from(months / 12).unwrap_or(MAX_HALVINGS).min(MAX_HALVINGS);
    severity(penalty).load() * (weight << (MAX_HALVINGS - halvings))
}

/// P02 罚没金额 (ruling A8): Σ fine and confiscation of the counting penalties, in 万元.
pub fn p02(facts: &Facts, events: &Events<'_>) -> Observation {
    let counted = penalties(facts, events);
    let num = counted.iter().map(|penalty| money(penalty)).sum();
    Observation::observed(Value::Ratio { num, den: FEN_PER_WAN }, count(counted.len()))
}

/// P03 海关信用等级 (ruling C9): the class in force; the two customs lists act as DIS and SDIS, the worse wins;
/// filed without a class is 常规; not filed is not applicable.
pub fn p03(facts: &Facts, events: &Events<'_>) -> Observation {
    let class = class_code(facts, ClassAuthority::Customs);
    let seriously = listed(facts, events, &[ListCode::CustomsSeriouslyDishonest]);
    let dishonest = listed(facts, events, &[ListCode::CustomsDishonest]);
    if !seriously.is_empty() || class == Some("SDIS") {
        return category("SDIS", 1);
    }
    if !dishonest.is_empty() {
        return category("DIS", 1);
    }
    match class {
        Some(code) => category(code, 1),
        None if has_customs_code(&facts.registration) => category("REG", 0),
        None => Observation::not_applicable(),
    }
}

/// P04 外汇分类 (ruling C9): none but on the directory is A.
pub fn p04(facts: &Facts) -> Observation {
    match class_code(facts, ClassAuthority::Safe) {
        Some(code) => category(code, 1),
        None if facts.registration.safe_listed == Some(true) => category("A", 0),
        None => Observation::not_applicable(),
    }
}

/// P05 纳税缴费信用 (rulings C9, F7): the class in force, else unrated, which is observed.
pub fn p05(facts: &Facts) -> Observation {
    class_code(facts, ClassAuthority::Tax).map_or_else(|| category("unrated", 0), |code| category(code, 1))
}

/// P06 经营异常 (ruling C9): listed, or removed or expired within six months.
pub fn p06(facts: &Facts, events: &Events<'_>) -> Observation {
    let current = listed(facts, events, &[ListCode::AbnormalOperation]);
    if !current.is_empty() {
        return category("listed", count(current.len()));
    }
    let removed = recently_removed(facts, events);
    if removed.is_empty() { category("none", 0) } else { category("recently_removed", count(removed.len())) }
}

/// Ended 经营异常 listings that P06 still remembers. A listing ends on the earlier of `removed_on` and
/// `expires_on`; one that never held (ended before it began) is still a removal.
pub fn recently_removed<'a>(facts: &Facts, events: &Events<'a>) -> Vec<&'a Listing> {
    let ended = |listing: &Listing| [listing.removed_on, listing.expires_on].into_iter().flatten().min();
    let recent = |day| within_months(day, facts.as_of, pack::ABNORMAL_MEMORY_MONTHS);
    let mut listings = events.listings.clone();
    listings.retain(|listing| listing.list == ListCode::AbnormalOperation);
    listings.retain(|listing| !list_in_force(listing, facts.as_of) && ended(listing).is_some_and(recent));
    listings
}

/// P07 涉诉执行 (rulings C10, G): a judgment defaulter, else Σ unpaid enforcement ÷ paid-in capital. No
/// enforcement or nothing unpaid is 0 whatever the capital. Against an empty paid-in capital an unpaid amount
/// cannot be judged (A3); against zero it is uncovered altogether: 1, the worst bin. An empty amount adds nothing.
pub fn p07(facts: &Facts, events: &Events<'_>) -> Observation {
    let defaulter = listed(facts, events, &[ListCode::JudgmentDefaulter]);
    if !defaulter.is_empty() {
        return category("judgment_defaulter", count(defaulter.len()));
    }
    let rows = enforcements(events);
    let unpaid: i128 =
        rows.iter().filter_map(|row| row.amount_unpaid).map(|amount| i128::from(amount.0)).sum();
    let capital = facts.registration.paid_in_capital.map(|capital| i128::from(capital.0));
    let value = match (unpaid, capital) {
        (..=0, _) => Value::whole(0),
        (_, None) => return Observation::insufficient(count(rows.len())),
        (_, Some(..=0)) => Value::whole(1),
        (num, Some(den)) => Value::Ratio { num, den },
    };
    Observation::observed(value, count(rows.len()))
}

/// Enforcement rows decided by D.
pub fn enforcements<'a>(events: &Events<'a>) -> Vec<&'a Judgment> {
    events.judgments.iter().copied().filter(|row| row.kind == JudgmentKind::Enforcement).collect()
}

/// P08 信用承诺履约 (ruling G): kept on time ÷ due in 24 months; none due is not applicable.
pub fn p08(facts: &Facts, events: &Events<'_>) -> Observation {
    let due = commitments_due(facts, events);
    let kept = due.iter().filter(|row| row.kept_on.is_some_and(|day| day <= row.due_on)).count();
    share_or_redistribute(kept, due.len())
}

/// Commitments due in the last 24 months.
pub fn commitments_due<'a>(facts: &Facts, events: &Events<'a>) -> Vec<&'a Commitment> {
    events.commitments.iter().copied().filter(|row| within_months(row.due_on, facts.as_of, 24)).collect()
}

/// P09 欠税欠费欠薪 (rulings C10, G): listed, else the age of the oldest debt not cleared by D.
pub fn p09(facts: &Facts, events: &Events<'_>) -> Observation {
    let on_list = listed(facts, events, &[ListCode::TaxSerious, ListCode::WageArrears]);
    if !on_list.is_empty() {
        return category("listed", count(on_list.len()));
    }
    let open = open_arrears(facts, events);
    let n = count(open.len());
    match open.iter().map(|row| row.due_on).min() {
        None => category("none", 0),
        Some(due) if (facts.as_of - due).num_days() <= pack::ARREARS_GRACE_DAYS => {
            category("within_30_days", n)
        }
        Some(_) => category("over_30_days", n),
    }
}

/// Debts due by D and not cleared by D.
pub fn open_arrears<'a>(facts: &Facts, events: &Events<'a>) -> Vec<&'a Arrear> {
    events.arrears.iter().copied().filter(|row| row.cleared_on.is_none_or(|day| day > facts.as_of)).collect()
}

/// P10 抽检不合格率 (ruling G): Σ failed ÷ Σ sampled over samplings and recalls of 24 months, a recall being 1
/// of 1 and an empty count 0; nothing sampled is not applicable.
pub fn p10(facts: &Facts, events: &Events<'_>) -> Observation {
    let rows = inspections(facts, events, &[InspectionKind::ProductSampling, InspectionKind::Recall]);
    let (mut failed, mut sampled) = (0i128, 0i128);
    for row in &rows {
        let (bad, all) = match row.kind {
            InspectionKind::Recall => (1, 1),
            _ => (row.failed.unwrap_or(0), row.sampled.unwrap_or(0)),
        };
        failed += i128::from(bad);
        sampled += i128::from(all);
    }
    if sampled == 0 {
        return Observation::not_applicable();
    }
    Observation::observed(Value::Ratio { num: failed, den: sampled }, count(rows.len()))
}

/// P11 知识产权侵权 (rulings C10, G): final `ip` findings of 24 months; nothing on file is 0. A finding that is
/// also a penalty is counted there (ruling C12).
pub fn p11(facts: &Facts, events: &Events<'_>) -> Observation {
    let n = count(ip_findings(facts, events).len());
    Observation::observed(Value::whole(i128::from(n)), n)
}

/// The final `ip` findings of P11.
pub fn ip_findings<'a>(facts: &Facts, events: &Events<'a>) -> Vec<&'a Judgment> {
    let mut rows = events.judgments.clone();
    rows.retain(|row| row.kind == JudgmentKind::Ip && row.is_final == Some(true));
    rows.retain(|row| within_months(row.decided_on, facts.as_of, 24));
    rows
}

/// P12 公共信用综合评价 (ruling C9): the grade in force; none is not applicable.
pub fn p12(facts: &Facts) -> Observation {
    class_code(facts, ClassAuthority::PublicCredit)
        .map_or_else(Observation::not_applicable, |code| category(code, 1))
}

/// P13 行业专项检查 (ruling G): passed ÷ all random and special inspections of 24 months.
pub fn p13(facts: &Facts, events: &Events<'_>) -> Observation {
    let rows = inspections(facts, events, &[InspectionKind::Random, InspectionKind::Special]);
    let passed = rows.iter().filter(|row| row.passed).count();
    share_or_redistribute(passed, rows.len())
}

/// Inspections of these kinds in the last 24 months.
pub fn inspections<'a>(facts: &Facts, events: &Events<'a>, kinds: &[InspectionKind]) -> Vec<&'a Inspection> {
    let mut rows = events.inspections.clone();
    rows.retain(|row| kinds.contains(&row.kind) && within_months(row.inspected_on, facts.as_of, 24));
    rows
}

/// In-force rows of these lists.
pub fn listed<'a>(facts: &Facts, events: &Events<'a>, lists: &[ListCode]) -> Vec<&'a Listing> {
    let mut rows = events.listings.clone();
    rows.retain(|row| lists.contains(&row.list) && list_in_force(row, facts.as_of));
    rows
}

fn class_code(facts: &Facts, authority: ClassAuthority) -> Option<&str> {
    class_in_force(&facts.classes, authority, facts.as_of).map(|class| class.class.trim())
}

/// A share whose empty whole is redistributed.
fn share_or_redistribute(part: usize, whole: usize) -> Observation {
    if whole == 0 {
        return Observation::not_applicable();
    }
    super::share(count(part), count(whole), count(whole))
}
