//! Standing with the departments: classes and statutory lists, as they change over the period.

use chrono::{Datelike, Days, NaiveDate};
use credit_core::dates::add_months;
use credit_core::indicator::SubjectKind;

use super::SampleError;
use super::archetypes::Archetype;
use super::enterprise::{Enterprise, Period};
use super::files::Files;
use super::rng::Rng;

pub(super) fn write(
    enterprise: &Enterprise,
    period: &Period,
    files: &mut Files,
    rng: &mut Rng,
) -> Result<(), SampleError> {
    customs(enterprise, period, files, rng)?;
    foreign_exchange(enterprise, period, files, rng)?;
    tax(enterprise, period, files, rng)?;
    public_credit(enterprise, period, files, rng)?;
    lists(enterprise, period, files)
}

/// A class that changed on a date, or a single one.
fn class(
    enterprise: &Enterprise,
    authority: &str,
    before: &str,
    change: Option<(&str, NaiveDate)>,
    files: &mut Files,
) -> Result<(), SampleError> {
    let from = add_months(enterprise.established_on, 1);
    let change = change.filter(|(_, on)| *on > from);
    let last = change.and_then(|(_, on)| on.checked_sub_days(Days::new(1)));
    let mut row = |class: &str, from: NaiveDate, to: Option<NaiveDate>| {
        files.classes.row(|line| {
            line.text(enterprise.uscc.as_str()).text(authority).text(class).date(from).maybe_date(to).empty();
        })
    };
    row(before, from, last)?;
    match change {
        Some((class, on)) => row(class, on, None),
        None => Ok(()),
    }
}

fn customs(
    enterprise: &Enterprise,
    period: &Period,
    files: &mut Files,
    rng: &mut Rng,
) -> Result<(), SampleError> {
    let change = match enterprise.archetype {
        Archetype::MatureAeo if enterprise.number == 3 || rng.chance(5000) => ("ADV", None),
        // Promoted in the middle of the period.
        Archetype::MatureAeo => ("CERT", Some(("ADV", enterprise.ago(period, 7)))),
        Archetype::GoodProvider => ("CERT", None),
        Archetype::CustomsDishonest => ("REG", Some(("DIS", enterprise.ago(period, 3)))),
        Archetype::Clean if enterprise.kind == SubjectKind::E1 && rng.chance(800) => {
            ("REG", Some(("CERT", enterprise.ago(period, 4))))
        }
        _ if enterprise.kind == SubjectKind::E1 => ("REG", None),
        _ => return Ok(()),
    };
    class(enterprise, "customs", change.0, change.1, files)
}

fn foreign_exchange(
    enterprise: &Enterprise,
    period: &Period,
    files: &mut Files,
    rng: &mut Rng,
) -> Result<(), SampleError> {
    let change = match enterprise.archetype {
        Archetype::FxClassB => ("A", Some(("B", enterprise.ago(period, 4)))),
        Archetype::StartUp => ("GUIDANCE", None),
        Archetype::JudgmentDefaulter => ("A", Some(("B", enterprise.ago(period, 2)))),
        _ if enterprise.kind == SubjectKind::E1 || rng.chance(4000) => ("A", None),
        _ => return Ok(()),
    };
    class(enterprise, "safe", change.0, change.1, files)
}

fn tax(
    enterprise: &Enterprise,
    period: &Period,
    files: &mut Files,
    rng: &mut Rng,
) -> Result<(), SampleError> {
    // The year's result is published in April.
    let april = |year: i32| NaiveDate::from_ymd_opt(year, 4, 1).filter(|on| *on <= period.until);
    let published = april(period.until.year()).or(april(period.until.year() - 1));
    let (before, after) = match enterprise.archetype {
        Archetype::MatureAeo | Archetype::GoodProvider => ("A", "A"),
        Archetype::SeriousPenalty => ("B", "C"),
        Archetype::LicenceRevoked => ("C", "D"),
        Archetype::StartUp => return class(enterprise, "tax", "M", None, files),
        Archetype::JudgmentDefaulter | Archetype::InventedOrders => ("M", "B"),
        _ => rng.pick(&[("B", "A"), ("B", "B"), ("A", "A"), ("M", "B"), ("A", "B"), ("B", "B")]),
    };
    class(enterprise, "tax", before, published.map(|on| (after, on)), files)
}

fn public_credit(
    enterprise: &Enterprise,
    period: &Period,
    files: &mut Files,
    rng: &mut Rng,
) -> Result<(), SampleError> {
    let (before, after) = match enterprise.archetype {
        Archetype::MatureAeo | Archetype::GoodProvider => ("优", "优"),
        Archetype::JudgmentDefaulter | Archetype::LicenceRevoked => ("中", "差"),
        Archetype::SeriousPenalty | Archetype::CustomsDishonest => ("良", "中"),
        Archetype::StartUp | Archetype::ThinTrade => return Ok(()),
        _ if rng.chance(6000) => ("良", rng.pick(&["良", "优", "良"])),
        _ => return Ok(()),
    };
    class(enterprise, "public_credit", before, Some((after, enterprise.ago(period, 5))), files)
}

/// An entry of a statutory list.
struct Listing {
    list: &'static str,
    authority: &'static str,
    on: NaiveDate,
    months: i32,
    removed_on: Option<NaiveDate>,
    reason: &'static str,
    basis: &'static str,
}

fn lists(enterprise: &Enterprise, period: &Period, files: &mut Files) -> Result<(), SampleError> {
    let listing = match enterprise.archetype {
        Archetype::JudgmentDefaulter => Listing {
            list: "judgment_defaulter",
            authority: "宜宾市翠屏区人民法院（样例）",
            on: enterprise.ago(period, 2),
            months: 24,
            removed_on: None,
            reason: "有履行能力而拒不履行生效法律文书确定义务",
            basis: "法释〔2017〕7号第一条",
        },
        Archetype::AbnormalOperation => Listing {
            list: "abnormal_operation",
            authority: "宜宾市市场监督管理局（样例）",
            on: enterprise.ago(period, 6),
            months: 36,
            // Every other one has put it right since.
            removed_on: (enterprise.number % 2 == 1).then(|| enterprise.ago(period, 2)),
            reason: "通过登记的住所或者经营场所无法联系",
            basis: "《企业信息公示暂行条例》",
        },
        Archetype::CustomsDishonest => Listing {
            list: "customs_dishonest",
            authority: "宜宾海关（样例）",
            on: enterprise.ago(period, 3),
            months: 24,
            removed_on: None,
            reason: "一年内因违反海关监管规定被处罚次数超过规定比例",
            basis: "海关总署令第282号",
        },
        // Listed for wages early in the period, paid and removed: the grade falls and comes back.
        Archetype::Clean if enterprise.number % 50 == 41 => Listing {
            list: "wage_arrears",
            authority: "宜宾市人力资源和社会保障局（样例）",
            on: enterprise.ago(period, 9),
            months: 36,
            removed_on: Some(enterprise.ago(period, 6)),
            reason: "拖欠农民工工资，责令限期支付后逾期未支付",
            basis: "《拖欠农民工工资失信联合惩戒对象名单管理暂行办法》",
        },
        _ => return Ok(()),
    };
    let number = format!("样列〔{}〕{}号", listing.on.year(), enterprise.number + 1);
    files.lists.row(|line| {
        line.text(enterprise.uscc.as_str())
            .text(listing.list)
            .text(&number)
            .text(listing.authority)
            .date(listing.on)
            .date(add_months(listing.on, listing.months))
            .maybe_date(listing.removed_on)
            .text(listing.reason)
            .text(listing.basis);
    })
}
