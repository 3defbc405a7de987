//! Values, dates and names of the domain in a reader's words. No float: decimals are made of whole numbers.

use chrono::{DateTime, FixedOffset};
use credit_core::indicator::{Source, SubjectKind, Value};
use credit_core::money::Fen;
use credit_core::records::{ListCode, SourceId};
use credit_core::rules::listing::{list_name, list_name_en};
use credit_core::scorecard::{Bin, Fraction, Indicator, Test, Text, Unit};

use crate::portal::lang::Lang;
use crate::portal::view::grouped;

/// Asia/Shanghai, seconds east of Greenwich.
const SHANGHAI: i32 = 8 * 3_600;
/// Decimals of a value.
const VALUE_PLACES: u32 = 2;

/// The text in the reader's language.
pub(super) fn text(text: &Text, lang: Lang) -> String {
    lang.pick(&text.zh, &text.en).clone()
}

pub(super) fn kind(kind: SubjectKind, lang: Lang) -> &'static str {
    match kind {
        SubjectKind::E1 => lang.pick("跨境电商企业", "E-commerce enterprise"),
        SubjectKind::E2 => lang.pick("平台企业", "Platform"),
        SubjectKind::E3 => lang.pick("物流企业", "Logistics enterprise"),
        SubjectKind::E4 => lang.pick("其他服务企业", "Other service enterprise"),
    }
}

/// The words of `E1` to `E4`.
pub(super) fn kind_of_code(code: &str, lang: Lang) -> String {
    let found = SubjectKind::ALL.into_iter().find(|kind| kind.as_str() == code);
    found.map_or_else(|| code.to_owned(), |found| kind(found, lang).to_owned())
}

/// 登记状态, from the register's word.
pub(super) fn status_of_word(word: &str, lang: Lang) -> String {
    let en = match word {
        "存续" => "in operation",
        "歇业" => "suspended",
        "清算" => "in liquidation",
        "迁出" => "moved out",
        "吊销未注销" => "licence revoked, not cancelled",
        "吊销已注销" => "licence revoked, cancelled",
        "注销" => "cancelled",
        "撤销登记" => "registration rescinded",
        other => other,
    };
    lang.pick(word, en).to_owned()
}

pub(super) fn group(source: Source, lang: Lang) -> &'static str {
    match source {
        Source::S1 => lang.pick("登记与备案", "Registration"),
        Source::S2 => lang.pick("公共信用", "Public credit"),
        Source::S3 => lang.pick("交易", "Trade"),
        Source::S4 => lang.pick("评价与投诉", "Reviews and complaints"),
    }
}

pub(super) fn source(source: SourceId, lang: Lang) -> &'static str {
    match source {
        SourceId::Registration => lang.pick("登记信息", "Registration"),
        SourceId::RegistrationChanges => lang.pick("变更登记", "Registration changes"),
        SourceId::Penalties => lang.pick("行政处罚", "Penalties"),
        SourceId::Permits => lang.pick("行政许可", "Permits"),
        SourceId::Lists => lang.pick("法定名单", "Statutory lists"),
        SourceId::Classes => lang.pick("部门评级", "Departments' classes"),
        SourceId::Commitments => lang.pick("信用承诺", "Commitments"),
        SourceId::Inspections => lang.pick("检查抽检", "Inspections"),
        SourceId::Judgments => lang.pick("司法裁判", "Judgments"),
        SourceId::Arrears => lang.pick("欠缴信息", "Arrears"),
        SourceId::Holdings => lang.pick("股权信息", "Holdings"),
        SourceId::Transactions => lang.pick("交易", "Orders"),
        SourceId::Reviews => lang.pick("消费评价", "Reviews"),
        SourceId::Complaints => lang.pick("投诉举报", "Complaints"),
    }
}

pub(super) fn list(list: ListCode, lang: Lang) -> &'static str {
    lang.pick(list_name(list), list_name_en(list))
}

/// The zone's name; its short name when it is another zone than those known here.
pub(super) fn zone(short: &str, lang: Lang) -> String {
    match short {
        "yibin" => lang.pick("宜宾跨境电商综合试验区", "Yibin cross-border e-commerce pilot zone").to_owned(),
        "dazhou" => {
            lang.pick("达州跨境电商综合试验区", "Dazhou cross-border e-commerce pilot zone").to_owned()
        }
        other => lang.pick(
            format!("跨境电商综合试验区 {other}"),
            format!("Cross-border e-commerce pilot zone {other}"),
        ),
    }
}

/// An amount in 元 with its digits in groups of three.
pub(super) fn money(amount: Fen) -> String {
    let sign = if amount.0 < 0 { "−" } else { "" };
    let fen = amount.0.unsigned_abs();
    format!("{sign}{}.{:02}", grouped(fen / 100), fen % 100)
}

/// Milliseconds as date and time of Asia/Shanghai.
pub(super) fn time(ms: u64) -> String {
    shanghai(ms, "%Y-%m-%d %H:%M:%S")
}

/// As [`time`], without seconds.
pub(super) fn minute(ms: u64) -> String {
    shanghai(ms, "%Y-%m-%d %H:%M")
}

fn shanghai(ms: u64, format: &str) -> String {
    let utc = i64::try_from(ms).ok().and_then(DateTime::from_timestamp_millis);
    let local = utc.zip(FixedOffset::east_opt(SHANGHAI)).map(|(utc, zone)| utc.with_timezone(&zone));
    local.map_or_else(String::new, |local| local.format(format).to_string())
}

/// `current`, `90d`, `24m`, `3y` or two of them with a slash, in words.
pub(super) fn window(code: &str, lang: Lang) -> String {
    code.split('/').map(|part| one_window(part, lang)).collect::<Vec<_>>().join(" / ")
}

fn one_window(code: &str, lang: Lang) -> String {
    let split = code.char_indices().next_back().and_then(|(at, unit)| Some((code.get(..at)?, unit)));
    match split {
        Some((number, 'd')) => lang.pick(format!("近 {number} 天"), format!("last {number} days")),
        Some((number, 'm')) => lang.pick(format!("近 {number} 个月"), format!("last {number} months")),
        Some((number, 'y')) => lang.pick(format!("近 {number} 年"), format!("last {number} years")),
        _ if code == "current" => lang.pick("当前", "at the date of the rating").to_owned(),
        _ => code.to_owned(),
    }
}

/// A value with its unit; `None` for a category, whose words are those of its bin.
pub(super) fn value(value: &Value, unit: Unit, lang: Lang) -> Option<String> {
    let Value::Ratio { num, den } = value else { return None };
    Some(with_unit(&decimal(*num, *den, scale(unit, lang)), unit, lang))
}

/// The bins of an indicator in words, in their order.
pub(super) fn bins(indicator: &Indicator, lang: Lang) -> Vec<(String, u16)> {
    let mut before: Option<&Test> = None;
    indicator
        .bins
        .iter()
        .map(|bin| {
            let words = bin_words(bin, before, indicator.unit, lang);
            if !matches!(bin.test, Test::Category(_)) {
                before = Some(&bin.test);
            }
            (words, bin.bp)
        })
        .collect()
}

fn bin_words(bin: &Bin, before: Option<&Test>, unit: Unit, lang: Lang) -> String {
    if let Some(label) = &bin.label {
        return text(label, lang);
    }
    let threshold = |fraction: &Fraction| {
        let digits = decimal(fraction.num(), fraction.den(), scale(unit, lang));
        with_unit(short(&digits), unit, lang)
    };
    match (&bin.test, before) {
        (Test::AtMost(limit), _) if limit.num() == 0 => threshold(limit),
        (Test::AtLeast(limit), _) => format!("≥ {}", threshold(limit)),
        (Test::AtMost(limit), _) => format!("≤ {}", threshold(limit)),
        (Test::Below(limit), _) => format!("< {}", threshold(limit)),
        (Test::Category(code), _) => code.clone(),
        (Test::Otherwise, Some(Test::AtLeast(limit))) => format!("< {}", threshold(limit)),
        (Test::Otherwise, Some(Test::AtMost(limit))) => format!("> {}", threshold(limit)),
        (Test::Otherwise, Some(Test::Below(limit))) => format!("≥ {}", threshold(limit)),
        (Test::Otherwise, _) => lang.pick("其他", "any other").to_owned(),
    }
}

/// What a value is multiplied by to be shown: a share is shown in percent, 万元 in English in yuan.
fn scale(unit: Unit, lang: Lang) -> i128 {
    match (unit, lang) {
        (Unit::Percent, _) => 100,
        (Unit::WanYuan, Lang::En) => 10_000,
        _ => 1,
    }
}

/// A decimal with the digits before the point in groups of three; text that is none stays.
fn grouped_text(digits: &str) -> String {
    let (whole, rest) = digits.split_once('.').unwrap_or((digits, ""));
    let point = if rest.is_empty() { "" } else { "." };
    whole.parse().map_or_else(|_| digits.to_owned(), |whole| format!("{}{point}{rest}", grouped(whole)))
}

fn with_unit(digits: &str, unit: Unit, lang: Lang) -> String {
    let whole = matches!(unit, Unit::Months | Unit::Count);
    let digits = if whole { short(digits) } else { digits };
    match unit {
        Unit::Percent => format!("{digits} %"),
        Unit::Months => lang.pick(format!("{digits} 个月"), format!("{digits} months")),
        Unit::Multiple => lang.pick(format!("{digits} 倍"), format!("{digits} times")),
        Unit::Stars => lang.pick(format!("{digits} 星"), format!("{digits} stars")),
        Unit::Per10000 => lang.pick(format!("每万单 {digits}"), format!("{digits} per 10,000")),
        Unit::WanYuan => lang.pick(format!("{digits} 万元"), format!("CNY {}", grouped_text(short(digits)))),
        Unit::Category | Unit::Count | Unit::Load | Unit::ZSquared => digits.to_owned(),
    }
}

/// Without the zeros after the point.
fn short(digits: &str) -> &str {
    if digits.contains('.') { digits.trim_end_matches('0').trim_end_matches('.') } else { digits }
}

/// `num × scale / den` rounded half up to [`VALUE_PLACES`] places; empty when `den` is not positive.
fn decimal(num: i128, den: i128, scale: i128) -> String {
    if den <= 0 {
        return String::new();
    }
    let unit = 10i128.pow(VALUE_PLACES);
    // Large sums lose digits that two places never show, so that no product overflows.
    let room = i128::MAX / (scale * unit * 4);
    let shrink = (num.checked_abs().unwrap_or(i128::MAX) / room + 1).max(den / room + 1);
    let (num, den) = (num / shrink, (den / shrink).max(1));
    let rounded = (num.abs() * scale * unit * 2 + den) / (den * 2);
    let sign = if num < 0 && rounded > 0 { "−" } else { "" };
    format!("{sign}{}.{:02}", rounded / unit, rounded % unit)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn decimals_are_rounded_half_up() {
        assert_eq!(decimal(987, 1_000, 100), "98.70");
        assert_eq!(decimal(2, 3, 1), "0.67");
        assert_eq!(decimal(1, 200, 1), "0.01");
        assert_eq!(decimal(-1, 3, 1), "−0.33");
        assert_eq!(decimal(1, 0, 1), "");
        assert_eq!(decimal(i128::MAX, i128::MAX, 100), "100.00");
        assert_eq!(decimal(i128::MIN, i128::MAX, 1), "−1.00");
    }

    #[test]
    fn ten_thousands_of_yuan_are_yuan_in_english() {
        let amount = Value::Ratio { num: 25, den: 2 };
        assert_eq!(value(&amount, Unit::WanYuan, Lang::Zh).as_deref(), Some("12.50 万元"));
        assert_eq!(value(&amount, Unit::WanYuan, Lang::En).as_deref(), Some("CNY 125,000"));
        assert_eq!(grouped_text("−1.5"), "−1.5");
    }

    #[test]
    fn money_is_grouped() {
        assert_eq!(money(Fen(200_000_005)), "2,000,000.05");
        assert_eq!(money(Fen(-1)), "−0.01");
    }

    #[test]
    fn windows_are_words() {
        assert_eq!(window("90d/365d", Lang::En), "last 90 days / last 365 days");
        assert_eq!(window("24m", Lang::Zh), "近 24 个月");
        assert_eq!(window("current", Lang::Zh), "当前");
    }

    #[test]
    fn times_are_those_of_shanghai() {
        assert_eq!(time(0), "1970-01-01 08:00:00");
        assert_eq!(minute(1_764_000_000_000), "2025-11-25 00:00");
    }
}
