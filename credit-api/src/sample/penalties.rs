//! Administrative penalties in both published dialects. The authorities are marked as examples.

use chrono::{Datelike, NaiveDate};
use credit_core::dates::add_months;

use super::SampleError;
use super::archetypes::Archetype;
use super::enterprise::{Enterprise, Period};
use super::files::Files;
use super::rng::Rng;

const MARKET: (&str, &str) = ("宜宾市市场监督管理局（样例）", "11511500MB1SMP001");

/// A penalty decision.
struct Decision {
    behaviour: &'static str,
    facts: &'static str,
    basis: &'static str,
    kinds: &'static str,
    fine_yuan: i64,
    licence: &'static str,
    on: NaiveDate,
    publicity_until: NaiveDate,
}

const LABEL: Decision = Decision {
    behaviour: "商品标签不符合规定",
    facts: "进口食品中文标签缺少生产日期，货值三万二千元",
    basis: "《中华人民共和国食品安全法》第一百二十五条",
    kinds: "罚款",
    fine_yuan: 30_000,
    licence: "",
    on: NaiveDate::MIN,
    publicity_until: NaiveDate::MIN,
};

pub(super) fn write(
    enterprise: &Enterprise,
    period: &Period,
    files: &mut Files,
    rng: &mut Rng,
) -> Result<(), SampleError> {
    match enterprise.archetype {
        Archetype::OrdinaryPenalty => {
            let on = enterprise.ago(period, 5);
            let decision = Decision { on, publicity_until: add_months(on, 12), ..LABEL };
            row(enterprise, &decision, None, files)?;
            // Half of them are repaired: the same decision arrives again, with the date.
            if enterprise.number.is_multiple_of(2) {
                row(enterprise, &decision, Some(enterprise.ago(period, 1)), files)?;
            }
        }
        Archetype::SeriousPenalty => {
            let on = enterprise.ago(period, 6);
            let decision = Decision {
                behaviour: "销售不符合保障人身安全要求的商品",
                facts: "通过跨境网店销售不合格电器，货值二十一万元",
                basis: "《中华人民共和国产品质量法》第四十九条",
                kinds: "罚款；没收违法所得",
                fine_yuan: 600_000,
                on,
                publicity_until: add_months(on, 36),
                ..LABEL
            };
            row(enterprise, &decision, None, files)?;
        }
        Archetype::LicenceRevoked => {
            let on = enterprise.ago(period, 2);
            let decision = Decision {
                behaviour: "公司成立后无正当理由连续停业",
                facts: "连续六个月以上未开展经营，未申报纳税",
                basis: "《中华人民共和国公司法》第二百六十条",
                kinds: "吊销许可证件",
                fine_yuan: 0,
                licence: "营业执照",
                on,
                publicity_until: add_months(on, 36),
            };
            row(enterprise, &decision, None, files)?;
        }
        Archetype::ManyComplaints | Archetype::CustomsDishonest => {
            let on = enterprise.ago(period, i32::try_from(rng.between(2, 9)).unwrap_or(2));
            let decision = Decision {
                behaviour: "虚假宣传",
                facts: "商品页面所述产地与实际不符",
                basis: "《中华人民共和国反不正当竞争法》第二十条",
                fine_yuan: rng.between(1, 8) * 10_000,
                on,
                publicity_until: add_months(on, 12),
                ..LABEL
            };
            row(enterprise, &decision, None, files)?;
        }
        Archetype::Clean | Archetype::AbnormalOperation if rng.chance(700) => {
            let on = enterprise.ago(period, i32::try_from(rng.between(1, 10)).unwrap_or(1));
            let decision = Decision {
                behaviour: "未按规定公示营业执照信息",
                facts: "网店首页未公示营业执照",
                basis: "《中华人民共和国电子商务法》第七十六条",
                kinds: "警告",
                fine_yuan: 0,
                on,
                publicity_until: add_months(on, 3),
                ..LABEL
            };
            row(enterprise, &decision, None, files)?;
        }
        _ => {}
    }
    if enterprise.number % 40 == 14 || (enterprise.archetype == Archetype::Clean && rng.chance(150)) {
        old_row(enterprise, period, files)?;
    }
    Ok(())
}

fn row(
    enterprise: &Enterprise,
    decision: &Decision,
    repaired_on: Option<NaiveDate>,
    files: &mut Files,
) -> Result<(), SampleError> {
    let Decision { behaviour, facts, basis, kinds, fine_yuan, licence, on, publicity_until } = decision;
    let number = format!("样市监处罚〔{}〕{}号", on.year(), enterprise.number + 1);
    let content = match (fine_yuan, *licence) {
        (0, "") => "予以警告".to_owned(),
        (0, licence) => format!("吊销{licence}"),
        (yuan, _) => format!("罚款人民币{yuan}元"),
    };
    files.penalties.row(|line| {
        line.text(&enterprise.name)
            .text("法人及非法人组织")
            .text(enterprise.uscc.as_str())
            .text(&enterprise.legal_representative)
            .text(&number)
            .text(behaviour)
            .text(facts)
            .text(basis)
            .text(kinds)
            .text(&content)
            .wan(*fine_yuan)
            .wan(0)
            .text(licence)
            .date(*on)
            .date(*publicity_until)
            .text(MARKET.0)
            .text(MARKET.1)
            .maybe_date(repaired_on);
    })
}

/// A decision of years ago in the dialect of its time; a fifth were revoked, a fifth are disputed.
fn old_row(enterprise: &Enterprise, period: &Period, files: &mut Files) -> Result<(), SampleError> {
    let on = add_months(period.until, -30);
    if on <= enterprise.established_on {
        return Ok(());
    }
    let status = match enterprise.number % 5 {
        1 => "1",
        2 => "2",
        _ => "0",
    };
    files.penalties_old.row(|line| {
        line.text(&format!("样工商处字〔{}〕第{}号", on.year(), enterprise.number + 1))
            .text("违反广告管理规定案")
            .text("警告")
            .text("罚款")
            .text("发布含有绝对化用语的广告")
            .text("《中华人民共和国广告法》第五十七条")
            .text(&enterprise.name)
            .text(enterprise.uscc.as_str())
            .text("警告，并罚款0.2万元")
            .date(on)
            .text("宜宾市工商行政管理局（样例）")
            .text(status);
    })
}
