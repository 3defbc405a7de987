//! Permits, commitments, inspections, judgments and arrears.

use chrono::{Datelike, Days};
use credit_core::dates::add_months;
use credit_core::indicator::SubjectKind;

use super::SampleError;
use super::archetypes::Archetype;
use super::enterprise::{Enterprise, Period, nth};
use super::files::Files;
use super::rng::Rng;

pub(super) fn write(
    enterprise: &Enterprise,
    period: &Period,
    files: &mut Files,
    rng: &mut Rng,
) -> Result<(), SampleError> {
    permits(enterprise, period, files, rng)?;
    commitments(enterprise, period, files, rng)?;
    inspections(enterprise, period, files, rng)?;
    judgments(enterprise, period, files, rng)?;
    arrears(enterprise, period, files, rng)
}

fn is_exemplary(enterprise: &Enterprise) -> bool {
    matches!(enterprise.archetype, Archetype::MatureAeo | Archetype::GoodProvider)
}

/// The permit that the line of business needs (ruling C8), and some that none needs.
fn permits(
    enterprise: &Enterprise,
    period: &Period,
    files: &mut Files,
    rng: &mut Rng,
) -> Result<(), SampleError> {
    let (certificate, content) = match enterprise.industry_code.get(..3) {
        Some("G60") => ("快递业务经营许可证", "国内快递；国际快递"),
        Some("I64") => ("增值电信业务经营许可证", "在线数据处理与交易处理业务"),
        Some("J69") => ("支付业务许可证", "互联网支付"),
        Some("F52") if enterprise.industry_code == "F5226" => ("食品经营许可证", "预包装食品销售"),
        _ if rng.chance(2500) => ("出入境检验检疫备案证明", "进口商品收货人"),
        _ => return Ok(()),
    };
    if files.permits.is_full() || (!is_exemplary(enterprise) && rng.chance(300)) {
        return Ok(());
    }
    let from = add_months(enterprise.established_on, 1).max(add_months(period.until, -40)).min(period.until);
    // A few run out inside the period.
    let months = if !is_exemplary(enterprise) && rng.chance(400) { 36 } else { 60 };
    let until = add_months(from, months).checked_sub_days(Days::new(1)).unwrap_or(from);
    let number = format!("样许可〔{}〕{}号", from.year(), enterprise.number + 1);
    files.permits.row(&[
        enterprise.name.clone(),
        enterprise.uscc.to_string(),
        format!("准予{certificate}决定书"),
        number,
        "普通".to_owned(),
        certificate.to_owned(),
        content.to_owned(),
        from.to_string(),
        from.to_string(),
        until.to_string(),
        "宜宾市行政审批局（样例）".to_owned(),
        "正常".to_owned(),
    ])
}

fn commitments(
    enterprise: &Enterprise,
    period: &Period,
    files: &mut Files,
    rng: &mut Rng,
) -> Result<(), SampleError> {
    let count = if rng.chance(6000) { rng.between(1, 3) } else { 0 };
    for turn in 0..count {
        let made_on = enterprise.ago(period, 10 - 3 * i32::try_from(turn).unwrap_or(0));
        if made_on <= enterprise.established_on {
            continue;
        }
        let due_on = add_months(made_on, 3);
        let breaks = match enterprise.archetype {
            Archetype::JudgmentDefaulter | Archetype::LicenceRevoked => 6000,
            Archetype::MatureAeo | Archetype::GoodProvider => 0,
            _ => 300,
        };
        let broken = rng.chance(breaks);
        let kept_on = (!broken).then(|| add_months(made_on, 2)).and_then(|on| period.past(on));
        let breach = broken.then(|| add_months(due_on, 1)).and_then(|on| period.past(on));
        let number = format!("CN-{:07}-{turn}", enterprise.number);
        files.commitments.row(|line| {
            line.text(enterprise.uscc.as_str())
                .text(&number)
                .text(nth(&["主动承诺", "审批替代承诺", "行业自律承诺"], turn.unsigned_abs()))
                .date(made_on)
                .date(due_on)
                .maybe_date(kept_on)
                .maybe_date(breach);
        })?;
    }
    Ok(())
}

fn inspections(
    enterprise: &Enterprise,
    period: &Period,
    files: &mut Files,
    rng: &mut Rng,
) -> Result<(), SampleError> {
    let fails = match enterprise.archetype {
        Archetype::MatureAeo | Archetype::GoodProvider => 0,
        Archetype::SeriousPenalty | Archetype::ManyComplaints => 4500,
        Archetype::WeakCarrier | Archetype::CustomsDishonest => 3000,
        _ => 250,
    };
    for turn in 0..3 {
        let inspected_on = enterprise.ago(period, i32::try_from(rng.between(0, 3)).unwrap_or(0) + 4 * turn);
        if !rng.chance(3500) || inspected_on <= enterprise.established_on {
            continue;
        }
        let failed = rng.chance(fails);
        let goods = enterprise.kind == SubjectKind::E1 && rng.chance(5000);
        let kind = match enterprise.kind {
            _ if goods => "product_sampling",
            SubjectKind::E3 | SubjectKind::E4 => rng.pick(&["special", "random"]),
            SubjectKind::E1 | SubjectKind::E2 => "random",
        };
        let sampled = goods.then(|| rng.between(3, 12));
        let number = format!("JC-{:07}-{turn}", enterprise.number);
        files.inspections.row(|line| {
            line.text(enterprise.uscc.as_str()).text(&number).text(kind).date(inspected_on);
            line.maybe_number(sampled).maybe_number(sampled.map(|_| i64::from(failed)));
            line.text(if failed { "fail" } else { "pass" });
        })?;
    }
    Ok(())
}

fn judgments(
    enterprise: &Enterprise,
    period: &Period,
    files: &mut Files,
    rng: &mut Rng,
) -> Result<(), SampleError> {
    let (kind, on, unpaid) = match enterprise.archetype {
        Archetype::JudgmentDefaulter => {
            ("enforcement", enterprise.ago(period, 5), Some(rng.between(200_000, 900_000) * 100))
        }
        Archetype::ManyComplaints | Archetype::FakeReviews if rng.chance(4000) => {
            ("ip", enterprise.ago(period, 8), None)
        }
        Archetype::Clean if rng.chance(150) => {
            ("enforcement", enterprise.ago(period, 4), Some(rng.between(5_000, 60_000) * 100))
        }
        _ => return Ok(()),
    };
    if on <= enterprise.established_on {
        return Ok(());
    }
    let number = format!("（{}）样1502执{}号", on.year(), enterprise.number + 1);
    files.judgments.row(|line| {
        line.text(enterprise.uscc.as_str())
            .text(&number)
            .text(kind)
            .date(on)
            .maybe_money(unpaid)
            .flag(Some(true));
    })
}

fn arrears(
    enterprise: &Enterprise,
    period: &Period,
    files: &mut Files,
    rng: &mut Rng,
) -> Result<(), SampleError> {
    let (kind, due_on, cleared_on) = match enterprise.archetype {
        Archetype::SeriousPenalty | Archetype::LicenceRevoked => ("tax", enterprise.ago(period, 4), None),
        Archetype::JudgmentDefaulter => ("wages", enterprise.ago(period, 3), None),
        Archetype::Clean | Archetype::FxClassB if rng.chance(300) => {
            ("social_insurance", enterprise.ago(period, 5), Some(enterprise.ago(period, 4)))
        }
        _ => return Ok(()),
    };
    let amount = rng.between(3_000, 90_000) * 100;
    files.arrears.row(|line| {
        line.text(enterprise.uscc.as_str()).text(kind).money(amount).date(due_on).maybe_date(cleared_on);
    })
}
