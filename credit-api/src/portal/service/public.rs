//! What anyone may see of an enterprise: registration, lists, penalties in publicity, permits, public classes.

use chrono::NaiveDate;
use credit_core::records::{Class, ClassAuthority, Penalty, Permit, Record, Registration};
use credit_core::region::RegionCode;
use credit_core::rules::class::{authority_name, authority_name_en, class_name};
use credit_core::rules::permit::permit_counts;
use credit_core::rules::{Severity, class_in_force, counts_at, end_of_effect, list_in_force, severity};

use super::{Sight, words};
use crate::access::{Block, Outcome, Subject};
use crate::portal::lang::Lang;
use crate::portal::view::{Fact, Withheld};

/// Penalties or permits named one by one; more are counted.
const NAMED: usize = 5;

fn fact(lang: Lang, zh: &str, en: &str, value: impl Into<String>) -> Fact {
    Fact { name: lang.pick(zh, en).to_owned(), value: value.into() }
}

/// The registration, which the register publishes.
pub(super) fn registration(row: &Registration, lang: Lang) -> Vec<Fact> {
    let kinds: Vec<&str> = row.roles.iter().map(|kind| words::kind(*kind, lang)).collect();
    let mut facts = vec![
        fact(lang, "法定代表人", "Legal representative", row.legal_representative.clone()),
        fact(lang, "成立日期", "Established", row.established_on.to_string()),
        fact(lang, "综试区备案", "Filed with the zone", row.filed_on.to_string()),
        fact(lang, "所在地区", "Region", region(&row.region_code, lang)),
    ];
    if kinds.len() > 1 {
        facts.push(fact(lang, "备案类型", "Filed as", kinds.join(lang.texts().list_separator)));
    }
    if let Some(code) = &row.customs_code {
        facts.push(fact(lang, "海关编码", "Customs code", code.clone()));
    }
    facts.extend(capital_and_address(row, lang));
    facts
}

fn capital_and_address(row: &Registration, lang: Lang) -> Vec<Fact> {
    let money = |zh: &str, en: &str, amount: Option<credit_core::money::Fen>| {
        amount.map(|amount| {
            let amount = words::money(amount);
            fact(lang, zh, en, lang.pick(format!("{amount} 元"), format!("CNY {amount}")))
        })
    };
    [
        money("注册资本", "Registered capital", row.registered_capital),
        money("实缴资本", "Paid-in capital", row.paid_in_capital),
        row.industry_code.as_ref().map(|code| fact(lang, "行业代码", "Industry code", code.clone())),
        row.address.as_ref().map(|address| fact(lang, "住所", "Address", address.clone())),
    ]
    .into_iter()
    .flatten()
    .collect()
}

/// The names of prefecture and district with the code; the code alone when it is not in the table.
fn region(code: &str, lang: Lang) -> String {
    let Ok(parsed) = RegionCode::parse(code) else { return code.to_owned() };
    let name = |code: RegionCode| code.region().map(|region| lang.pick(region.name_zh, region.name_en));
    match (name(parsed.prefecture()), name(parsed)) {
        (Some(city), Some(district)) if parsed != parsed.prefecture() => {
            lang.pick(format!("{city}{district}"), format!("{district}, {city}"))
        }
        (_, Some(name)) => name.to_owned(),
        _ => code.to_owned(),
    }
}

/// The lists in force, each with its decision and date.
pub(super) fn listed(records: &[Record], today: NaiveDate, lang: Lang) -> Vec<String> {
    let listings = records.iter().filter_map(|record| match record {
        Record::Lists(listing) if list_in_force(listing, today) => Some(listing),
        _ => None,
    });
    listings
        .map(|listing| {
            let (name, number, since) =
                (words::list(listing.list, lang), &listing.decision_no, listing.effective_on);
            lang.pick(format!("{name}：{number}，自 {since}"), format!("{name}: {number}, since {since}"))
        })
        .collect()
}

/// What departments publish: customs class, tax class A, penalties in publicity, permits in force.
pub(super) fn published(records: &[Record], today: NaiveDate, lang: Lang) -> Vec<Fact> {
    let classes: Vec<Class> = records
        .iter()
        .filter_map(|record| match record {
            Record::Classes(class) => Some(class.clone()),
            _ => None,
        })
        .collect();
    let customs = class_in_force(&classes, ClassAuthority::Customs, today);
    let tax = class_in_force(&classes, ClassAuthority::Tax, today).filter(|class| class.class.trim() == "A");
    [
        customs.map(|class| standing(class, lang)),
        tax.map(|class| standing(class, lang)),
        penalties(records, today, lang),
        permits(records, today, lang),
    ]
    .into_iter()
    .flatten()
    .collect()
}

fn standing(class: &Class, lang: Lang) -> Fact {
    let name = words::text(&class_name(class.authority, &class.class), lang);
    fact(lang, authority_name(class.authority), authority_name_en(class.authority), name)
}

/// Inside publicity, neither repaired nor revoked; minor ones are not published (`domain.md` 7.5).
fn penalties(records: &[Record], today: NaiveDate, lang: Lang) -> Option<Fact> {
    let counted = |penalty: &&Penalty| counts_at(penalty, today) && severity(penalty) != Severity::Minor;
    let shown: Vec<String> = records
        .iter()
        .filter_map(|record| match record {
            Record::Penalties(penalty) => Some(penalty.as_ref()),
            _ => None,
        })
        .filter(counted)
        .map(|penalty| {
            let (number, until) = (&penalty.doc_no, end_of_effect(penalty));
            lang.pick(format!("{number}（公示至 {until}）"), format!("{number} (published until {until})"))
        })
        .collect();
    named(shown, lang).map(|value| fact(lang, "公示期内的行政处罚", "Published penalties", value))
}

fn permits(records: &[Record], today: NaiveDate, lang: Lang) -> Option<Fact> {
    // Every text contains the empty word: permits of any kind.
    let in_force = |permit: &&Permit| permit_counts(permit, "", today);
    let shown: Vec<String> = records
        .iter()
        .filter_map(|record| match record {
            Record::Permits(permit) => Some(permit.as_ref()),
            _ => None,
        })
        .filter(in_force)
        .map(|permit| {
            let names = [&permit.certificate, &permit.document, &permit.project];
            let name = names.into_iter().find(|name| !name.is_empty()).map_or("", String::as_str);
            format!("{name} {}", permit.doc_no).trim().to_owned()
        })
        .collect();
    named(shown, lang).map(|value| fact(lang, "行政许可", "Permits", value))
}

fn named(all: Vec<String>, lang: Lang) -> Option<String> {
    let more = all.len().saturating_sub(NAMED);
    let mut text = all.into_iter().take(NAMED).collect::<Vec<_>>().join(lang.texts().list_separator);
    if more > 0 {
        text.push_str(&lang.pick(format!("等，另有 {more} 件"), format!(" and {more} more")));
    }
    (!text.is_empty()).then_some(text)
}

/// The records without those penalties that are not for the reader: repaired, expired, minor ones.
pub(super) fn for_reader(records: Vec<Record>, sight: &Sight, uscc: &str, today: NaiveDate) -> Vec<Record> {
    let full = |block| sight.may(Subject::One(uscc), block) == Outcome::Full;
    let (past, minor) = (full(Block::PastPenalties), full(Block::MinorDishonesty));
    let may = |record: &Record| match record {
        Record::Penalties(penalty) if !counts_at(penalty, today) => past,
        Record::Penalties(penalty) => minor || severity(penalty) != Severity::Minor,
        _ => true,
    };
    records.into_iter().filter(may).collect()
}

/// The blocks of the page that its reader does not see.
#[derive(Debug, Clone, Copy)]
pub(super) struct Hidden {
    pub grade: bool,
    pub score: bool,
    pub indicators: bool,
    pub history: bool,
    pub receipt: bool,
}

/// What is hidden, and why.
pub(super) fn withheld(hidden: Hidden, lang: Lang) -> Vec<Withheld> {
    let grade = (
        "信用等级",
        "Grade",
        "只公布 AAA 和 AA 级。其他等级由企业本人、监管部门和经企业同意的金融机构查看；未公布不等于失信。",
        "Only AAA and AA are published. Other grades are seen by the enterprise, by supervisors, and by financiers with its consent; an unpublished grade is not a negative mark.",
    );
    let others = [
        (
            if hidden.indicators { "评分、得分明细与原因" } else { "评分与原因" },
            if hidden.indicators { "Score, points and reasons" } else { "Score and reasons" },
            "不对外公布；企业本人和监管部门可见。",
            "Not published; seen by the enterprise and by supervisors.",
        ),
        (
            "得分明细与指标值",
            "Points and indicator values",
            "不对外公布；企业本人和监管部门可见。",
            "Not published; seen by the enterprise and by supervisors.",
        ),
        (
            "等级变化",
            "History of grades",
            "不对外公布；企业本人和监管部门可见。",
            "Not published; seen by the enterprise and by supervisors.",
        ),
        (
            "评级回执",
            "Rating receipt",
            "由企业本人出示。收到回执的人不必登录就能验证真伪。",
            "Shown by the enterprise itself. Whoever is given a receipt can check it without signing in.",
        ),
    ];
    // Hidden together with the score, the points have no line of their own.
    let flags = [hidden.score, hidden.indicators && !hidden.score, hidden.history, hidden.receipt];
    let others = others.into_iter().zip(flags).filter(|(_, hidden)| *hidden).map(|(text, _)| text);
    std::iter::once(grade)
        .filter(|_| hidden.grade)
        .chain(others)
        .map(|(zh, en, why_zh, why_en)| Withheld {
            block: lang.pick(zh, en).to_owned(),
            reason: lang.pick(why_zh, why_en).to_owned(),
        })
        .collect()
}
