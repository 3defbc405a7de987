//! A record in one line for a reader, in both languages. What the record itself says (numbers, names, words typed by
//! an office) stays as it is; the words around it and those of a fixed vocabulary are in the reader's language.

use super::standing::{judgment_name, judgment_name_en};
use crate::records::{
    Arrear, Class, Commitment, Complaint, Inspection, InspectionKind, Judgment, Listing, Penalty, Permit,
    Registration, RegistrationChange,
};
use crate::rules::class::{authority_name, authority_name_en, class_name};
use crate::rules::listing::{list_name, list_name_en};
use crate::rules::penalty::money;
use crate::rules::{Severity, severity};
use crate::scorecard::Text;

/// The kinds of 行政处罚法 art. 9 in the words of the published table, and in English.
const PENALTY_KINDS: [(&str, &str); 13] = [
    ("警告", "warning"),
    ("通报批评", "public reprimand"),
    ("罚款", "fine"),
    ("没收违法所得", "unlawful gains confiscated"),
    ("没收非法财物", "unlawful goods confiscated"),
    ("暂扣许可证件", "licence suspended"),
    ("降低资质等级", "qualification lowered"),
    ("吊销许可证件", "licence revoked"),
    ("限制开展生产经营活动", "business restricted"),
    ("责令停产停业", "business suspended"),
    ("责令关闭", "closure ordered"),
    ("限制从业", "barred from the trade"),
    ("行政拘留", "administrative detention"),
];

fn text(zh: impl AsRef<str>, en: impl AsRef<str>) -> Text {
    // A record may lack its last part.
    Text { zh: zh.as_ref().trim_end().to_owned(), en: en.as_ref().trim_end().to_owned() }
}

pub fn of_registration(row: &Registration) -> Text {
    text(format!("登记信息 {}", row.name), format!("Registration of {}", row.name))
}

pub fn of_premises() -> Text {
    text("经营场所核查", "Check of the premises")
}

pub fn of_change(row: &RegistrationChange) -> Text {
    let RegistrationChange { item, before, after, .. } = row;
    text(format!("{item}：{before} → {after}"), format!("{item}: {before} → {after}"))
}

pub fn of_permit(row: &Permit) -> Text {
    let name = [&row.certificate, &row.document, &row.project].into_iter().find(|text| !text.is_empty());
    let (number, name) = (&row.doc_no, name.map_or("", String::as_str));
    text(format!("行政许可 {number} {name}"), format!("Permit {number} {name}"))
}

pub fn of_penalty(row: &Penalty) -> Text {
    let (number, amount) = (&row.doc_no, yuan(money(row)));
    let (grave, grave_en) = severity_name(severity(row));
    let (mark, mark_en) = if row.disputed { ("，异议中", ", disputed") } else { ("", "") };
    let kinds_en: Vec<&str> = row.kinds.iter().map(|kind| penalty_kind_en(kind)).collect();
    let (kinds, kinds_en) = (row.kinds.join("、"), kinds_en.join(", "));
    text(
        format!("行政处罚 {number}：{kinds}，罚没 {amount} 元（{grave}{mark}）"),
        format!("Penalty {number}: {kinds_en}; CNY {amount} fined and confiscated ({grave_en}{mark_en})"),
    )
}

fn penalty_kind_en(kind: &str) -> &str {
    PENALTY_KINDS.iter().find(|(zh, _)| *zh == kind).map_or(kind, |(_, en)| *en)
}

fn severity_name(severity: Severity) -> (&'static str, &'static str) {
    let en = match severity {
        Severity::Minor => "minor",
        Severity::General => "general",
        Severity::Serious => "serious",
    };
    (severity.as_str(), en)
}

pub fn of_listing(row: &Listing) -> Text {
    let number = &row.decision_no;
    text(format!("{} {number}", list_name(row.list)), format!("{} {number}", list_name_en(row.list)))
}

pub fn of_class(row: &Class) -> Text {
    let number = row.decision_no.as_deref().unwrap_or_default();
    let class = class_name(row.authority, &row.class);
    text(
        format!("{} {} {number}", authority_name(row.authority), class.zh),
        format!("{} {} {number}", authority_name_en(row.authority), class.en),
    )
}

pub fn of_judgment(row: &Judgment) -> Text {
    let number = &row.case_no;
    let unpaid = row.amount_unpaid.map(|amount| yuan(i128::from(amount.0)));
    let (rest, rest_en) = unpaid.map_or_else(Default::default, |amount| {
        (format!("，未履行 {amount} 元"), format!(", CNY {amount} outstanding"))
    });
    text(
        format!("{} {number}{rest}", judgment_name(row.kind)),
        format!("{} {number}{rest_en}", judgment_name_en(row.kind)),
    )
}

pub fn of_commitment(row: &Commitment) -> Text {
    let Commitment { commitment_id: id, kind, .. } = row;
    let is_kept = row.kept_on.is_some_and(|day| day <= row.due_on);
    let (kept, kept_en) =
        if is_kept { ("按期履行", "kept in time") } else { ("未按期履行", "not kept in time") };
    text(format!("信用承诺 {id} {kind}：{kept}"), format!("Commitment {id} {kind}: {kept_en}"))
}

pub fn of_arrear(row: &Arrear) -> Text {
    let (kind, amount) = (&row.kind, yuan(i128::from(row.amount.0)));
    text(format!("欠缴 {kind} {amount} 元"), format!("Arrears {kind} CNY {amount}"))
}

pub fn of_inspection(row: &Inspection) -> Text {
    let (name, name_en) = match row.kind {
        InspectionKind::Random => ("双随机检查", "Random inspection"),
        InspectionKind::Special => ("专项检查", "Special inspection"),
        InspectionKind::ProductSampling => ("产品抽检", "Product sampling"),
        InspectionKind::Recall => ("产品召回", "Product recall"),
    };
    let (result, result_en) = if row.passed { ("合格", "passed") } else { ("不合格", "failed") };
    let id = &row.inspection_id;
    text(format!("{name} {id}：{result}"), format!("{name_en} {id}: {result_en}"))
}

pub fn of_complaint(row: &Complaint) -> Text {
    let Complaint { complaint_id: id, category, .. } = row;
    text(format!("投诉 {id} {category}"), format!("Complaint {id} {category}"))
}

/// 分 as 元 with two places, the digits in groups of three.
fn yuan(fen: i128) -> String {
    let sign = if fen < 0 { "−" } else { "" };
    let (whole, rest) = (fen.unsigned_abs() / 100, fen.unsigned_abs() % 100);
    let digits = whole.to_string();
    let mut grouped = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    format!("{sign}{grouped}.{rest:02}")
}
