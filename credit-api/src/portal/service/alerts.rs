//! What an alert is made of, in words: its rule from the rule book, and the evidence that came with it.

use chrono::DateTime;
use credit_core::alerts::AlertRules;
use credit_core::alerts::figures::{ACROSS, ELSEWHERE, FOR_MANY, sign_of};
use credit_core::indicator::{IndicatorId, Value as Figure};
use credit_core::records::SourceId;
use credit_core::signals::Sign;
use serde_json::{Map, Value};

use super::{ServiceData, record_lang, words};
use crate::access::Audience;
use crate::cases::subject::{Alarm, Severity};
use crate::portal::desk_texts::DeskTexts;
use crate::portal::lang::Lang;
use crate::portal::view::{AlertView, BehindLine, FigureLine, RecordLine};
use crate::signals::evidence::Behind;

/// Parts of one in which the rules count indicators.
const PARTS: i128 = 10_000;
/// What the rules put into the evidence, and what has a place of its own on the page.
const KNOWN: [&str; 8] = ["rules", "as_of", "when", "values", "sales", "records", "suggested", "proposal"];

/// The title of a rule, with its code; the code alone where the rule book has none of it.
pub(super) fn title(code: &str, lang: Lang) -> String {
    match AlertRules::embedded().get(code) {
        Some(rule) => lang.pick(format!("{}（{code}）", rule.zh), format!("{} ({code})", rule.en)),
        None => code.to_owned(),
    }
}

pub(super) fn severity(severity: Severity, lang: Lang) -> &'static str {
    match severity {
        Severity::Low => lang.pick("低风险", "low risk"),
        Severity::Medium => lang.pick("中风险", "medium risk"),
        Severity::High => lang.pick("高风险", "high risk"),
    }
}

/// Whether sales of a merchant open for a reader; of nobody named, those of the alert's own enterprise.
pub(super) type Opens<'a> = &'a dyn Fn(Option<&str>) -> bool;

/// The alert; `propose` is where its enterprise is proposed for the watch list, for those who may.
pub(super) fn view(
    data: &ServiceData,
    alarm: &Alarm,
    (propose, opens): (Option<String>, Opens<'_>),
    lang: Lang,
) -> AlertView {
    let (book, d) = (AlertRules::embedded(), DeskTexts::of(lang));
    let rule = book.get(&alarm.rule);
    let empty = Map::new();
    let all = alarm.evidence.as_object().unwrap_or(&empty);
    let text = |name: &str| all.get(name).and_then(Value::as_str).map(str::to_owned);
    let (when, version) = (text("when"), text("rules"));
    let is_same = when.is_none() || rule.is_some_and(|rule| Some(&rule.when) == when.as_ref());
    let proposal = all.get("proposal").and_then(|one| one.get(lang.code())).and_then(Value::as_str);
    let values = all.get("values").and_then(Value::as_object);
    let figures = values.into_iter().flatten();
    let records = all.get("records").and_then(Value::as_array).into_iter().flatten();
    let told: Map<String, Value> = all
        .iter()
        .filter(|(name, _)| !KNOWN.contains(&name.as_str()))
        .map(|(name, value)| (name.clone(), value.clone()))
        .collect();
    AlertView {
        code: alarm.rule.clone(),
        severity: severity(alarm.severity, lang),
        is_high: alarm.severity == Severity::High,
        note: match rule {
            None => Some(d.rule_unknown),
            Some(_) if !is_same => Some(d.rule_retired),
            Some(_) => None,
        },
        when,
        rules: version,
        as_of: text("as_of"),
        basis: rule.map(|rule| lang.pick(&rule.basis_zh, &rule.basis_en).clone()),
        assign: text("suggested").map(|code| department(&code, lang)),
        figures: figures.map(|(name, value)| figure(data, name, value, lang)).collect(),
        sales: sales(data, all.get("sales"), opens, lang),
        records: records.filter_map(|one| record(one, lang)).collect(),
        propose_href: propose.filter(|_| proposal.is_some()),
        proposal: proposal.map(str::to_owned),
        told: (!told.is_empty()).then(|| serde_json::to_string_pretty(&told).unwrap_or_default()),
    }
}

/// The sales that came with it; what is not of that form is left out.
fn sales(
    data: &ServiceData,
    value: Option<&Value>,
    opens: &dyn Fn(Option<&str>) -> bool,
    lang: Lang,
) -> Vec<BehindLine> {
    let behind: Vec<Behind> =
        value.and_then(|value| serde_json::from_value(value.clone()).ok()).unwrap_or_default();
    let line = |one: Behind| BehindLine {
        why: one
            .why
            .iter()
            .map(|code| shown(data, code, lang))
            .collect::<Vec<_>>()
            .join(lang.pick("；", "; ")),
        at: DateTime::parse_from_rfc3339(&one.at)
            .map_or(one.at, |at| words::minute(u64::try_from(at.timestamp_millis()).unwrap_or_default())),
        href: one.sale.filter(|_| opens(one.uscc.as_deref())).map(|id| format!("/sales/{id}")),
        merchant: one.uscc,
        order_no: one.order_no,
    };
    behind.into_iter().map(line).collect()
}

/// A sign, or an indicator, in words.
fn shown(data: &ServiceData, code: &str, lang: Lang) -> String {
    let about = match code {
        FOR_MANY => Some(("支付人另为多名订购人代付", "its payer pays for many other buyers")),
        ELSEWHERE => {
            Some(("其他商户将该条码归入另一章", "others declare its bar code under another chapter"))
        }
        ACROSS => Some(("支付人在多家商户为多人代付", "its payer pays for others at many merchants")),
        _ => None,
    };
    if let Some((zh, en)) = about {
        return lang.pick(zh, en).to_owned();
    }
    if let Some(sign) = Sign::of_code(code) {
        let (zh, en) = sign.words();
        return lang.pick(zh, en).to_owned();
    }
    let rule = code.parse::<IndicatorId>().ok().and_then(|id| data.service.card.indicator(id));
    rule.map_or_else(|| code.to_owned(), |rule| format!("{} {code}", words::text(&rule.name, lang)))
}

fn department(code: &str, lang: Lang) -> String {
    let audience = Audience::of_code(code);
    audience.map_or_else(|| code.to_owned(), |one| one.title(record_lang(lang)).to_owned())
}

fn figure(data: &ServiceData, name: &str, value: &Value, lang: Lang) -> FigureLine {
    let raw = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    let rule = name.parse::<IndicatorId>().ok().and_then(|id| data.service.card.indicator(id));
    match rule {
        // What is no whole number is shown as it came.
        Some(rule) => FigureLine {
            code: name.to_owned(),
            words: words::text(&rule.name, lang),
            value: raw
                .parse()
                .ok()
                .and_then(|num| words::value(&Figure::Ratio { num, den: PARTS }, rule.unit, lang))
                .unwrap_or(raw),
            source: format!(
                "{} · {}",
                words::group(rule.id.source(), lang),
                words::window(&rule.window, lang)
            ),
        },
        None if sign_of(name).is_some() => of_sign(name, &raw, lang),
        None => {
            let (about, source) = known_figure(name, lang);
            FigureLine {
                code: name.to_owned(),
                words: about.to_owned(),
                value: raw,
                source: source.to_owned(),
            }
        }
    }
}

/// A share of sales that show a sign, or the zone's.
fn of_sign(name: &str, raw: &str, lang: Lang) -> FigureLine {
    let (zh, en) = sign_of(name).map_or(("", ""), Sign::words);
    let words = if name.starts_with("peer_") {
        lang.pick(format!("全区中位数：{zh}"), format!("median of the zone: {en}"))
    } else {
        lang.pick(format!("近90天交易中至少：{zh}"), format!("of the sales of 90 days, at least: {en}"))
    };
    let value = raw.parse::<u64>().map_or(raw.to_owned(), |parts| {
        // Ten-thousandths, as hundredths of a per cent.
        format!("{}.{:02}%", parts / 100, parts % 100)
    });
    let source = lang.pick("海关报文", "customs messages").to_owned();
    FigureLine { code: name.to_owned(), words, value, source }
}

/// What a figure that is no indicator counts, and where it comes from.
fn known_figure(name: &str, lang: Lang) -> (&'static str, &'static str) {
    let complaints = words::source(SourceId::Complaints, lang);
    let orders = words::source(SourceId::Transactions, lang);
    let reviews = words::source(SourceId::Reviews, lang);
    let record = lang.pick("所涉记录", "the record");
    let messages = lang.pick("海关报文", "customs messages");
    match name {
        "complaints_30" => (lang.pick("近 30 天受理的投诉", "complaints accepted in 30 days"), complaints),
        "complaints_90_before" => {
            (lang.pick("此前 90 天受理的投诉", "complaints accepted in the 90 days before"), complaints)
        }
        "held_365" => {
            (lang.pick("近 365 天查验扣留或异常的包裹", "parcels held or found wrong in 365 days"), orders)
        }
        "rows_90" => (lang.pick("近 90 天订单", "orders in 90 days"), orders),
        "reviews_365" => (lang.pick("近 365 天评价", "reviews in 365 days"), reviews),
        "suspicious_365" => {
            (lang.pick("其中有可疑特征的评价", "of those, reviews with signs of being made up"), reviews)
        }
        "bad_relatives" => (
            lang.pick(
                "同一人员、地址、电话的关联企业中已吊销或在名单的",
                "enterprises related by person, address and telephone that are revoked or listed",
            ),
            words::source(SourceId::Registration, lang),
        ),
        "premises_lost" => (
            lang.pick("住所核查无人（1 为是）", "nobody found at the premises (1: so it was)"),
            words::source(SourceId::Registration, lang),
        ),
        "grade_fall" => {
            (lang.pick("等级下降的级数", "steps by which the grade fell"), lang.pick("评级", "ratings"))
        }
        "review_bursts" => {
            (lang.pick("近 90 天五星评价暴增的天数", "days of 90 with a burst of five-star reviews"), reviews)
        }
        "review_ones" => {
            (lang.pick("一星评价至少占（万分之）", "one-star reviews, at least, in ten-thousandths"), reviews)
        }
        "review_fives" => (
            lang.pick("五星评价至少占（万分之）", "five-star reviews, at least, in ten-thousandths"),
            reviews,
        ),
        "review_hidden" => (
            lang.pick(
                "低星评价中至少被删除（万分之）",
                "of the low reviews, deleted at least, in ten-thousandths",
            ),
            reviews,
        ),
        "review_middle" => (
            lang.pick("二至四星评价至多占（万分之）", "reviews of two to four stars, at most, in ten-thousandths"),
            reviews,
        ),
        "peer_review_middle" => (
            lang.pick(
                "同章商品同行的二至四星占比（万分之；0 为同行过少）",
                "the same of peers in the same chapters, in ten-thousandths (0: too few of them)",
            ),
            reviews,
        ),
        "peer_review_hidden" => (
            lang.pick("同行低星评价被删除的中位数（万分之）", "median of peers' deleted low reviews, in ten-thousandths"),
            reviews,
        ),
        "review_peers" => (
            lang.pick("有足够低星评价的同行数（0 为过少）", "peers with enough low reviews (0: too few of them)"),
            reviews,
        ),
        FOR_MANY => (
            lang.pick(
                "由为五名以上订购人代付的人付款的交易至少占（万分之）",
                "sales paid by persons who each paid for five other buyers or more, at least, in ten-thousandths",
            ),
            messages,
        ),
        ACROSS => (
            lang.pick(
                "由在三家以上商户代付的人付款的交易至少占（万分之）",
                "sales paid by persons who pay for others at three merchants or more, at least, in ten-thousandths",
            ),
            messages,
        ),
        ELSEWHERE => (
            lang.pick(
                "可比交易中商品条码被其他商户一致归入另一章的至少占（万分之）",
                "sales with goods that others all declare under another chapter, at least, in ten-thousandths",
            ),
            messages,
        ),
        "group_size" => (
            lang.pick("人员、地址、电话相连的企业数", "enterprises tied by persons, addresses, telephones"),
            words::source(SourceId::Registration, lang),
        ),
        "group_bad" => (
            lang.pick("其中被吊销或列入名单的", "of those, the ones that are revoked or listed"),
            words::source(SourceId::Registration, lang),
        ),
        "sales_90" => (
            lang.pick("近 90 天有海关报文的交易", "sales by customs messages in 90 days"),
            messages,
        ),
        "record_days" => (lang.pick("记录距今天数", "days since the record"), record),
        "record_days_left" => (lang.pick("距到期天数", "days until its last day"), record),
        "record_severity" => (
            lang.pick(
                "处罚轻重（1 轻微、3 一般、8 严重）",
                "weight of the penalty (1 minor, 3 general, 8 serious)",
            ),
            record,
        ),
        "record_authority" => (lang.pick("评级部门", "department of the class"), record),
        "record_class" => (lang.pick("部门评级", "class"), record),
        "record_list" => (lang.pick("名单", "list"), record),
        _ => ("", ""),
    }
}

fn record(value: &Value, lang: Lang) -> Option<RecordLine> {
    let source = value.get("source")?.as_str()?;
    let known = SourceId::ALL.into_iter().find(|one| one.as_str() == source);
    let parts = value.get("key")?.as_array()?.iter().filter_map(Value::as_str);
    let parts: Vec<&str> = parts.filter(|part| !part.is_empty()).collect();
    Some(RecordLine {
        source: known.map_or_else(|| source.to_owned(), |one| words::source(one, lang).to_owned()),
        key: parts.join(" · "),
    })
}
