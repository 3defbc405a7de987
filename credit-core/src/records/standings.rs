//! `lists` and `classes`: what other departments hold of an enterprise.

use super::error::FieldError;
use super::fields::Fields;
use super::row::Row;
use super::spec::{Dialect, EVENT_ID, FieldSpec, Kind, MAX_DOC_NO, MAX_NAME};
use super::value::{self, AUTHORITIES, AUTHORITY_WORDS, Fault, LIST_WORDS};
use super::{Class, ClassAuthority, Listing, SourceId};
use crate::records::error::{ErrorCode, Expected};

pub static LISTS: Dialect = Dialect {
    source: SourceId::Lists,
    name: "lists",
    title_zh: "法定名单",
    title_en: "statutory lists",
    natural_key: "uscc, list, decision_no",
    marks: &[],
    fields: LIST_FIELDS,
};

const LIST_FIELDS: &[FieldSpec] = &[
    FieldSpec::required("uscc", Kind::Uscc, "统一社会信用代码", "unified social credit code"),
    FieldSpec::required("list", Kind::Words(LIST_WORDS), "名单代码", "list code"),
    FieldSpec::required("decision_no", Kind::Text, "列入决定文号", "decision number").max(MAX_DOC_NO),
    FieldSpec::required("authority", Kind::Text, "列入机关", "authority").max(MAX_NAME),
    FieldSpec::required("effective_on", Kind::Date, "列入日期", "first day in force"),
    FieldSpec::optional("expires_on", Kind::Date, "届满日期（含当日）", "last day in force"),
    FieldSpec::optional(
        "removed_on",
        Kind::Date,
        "移出日期（当日起不再有效）",
        "first day no longer in force",
    ),
    FieldSpec::optional("reason", Kind::Text, "列入事由", "reason"),
    FieldSpec::optional("basis", Kind::Text, "列入依据", "legal basis"),
    FieldSpec::optional("name", Kind::Text, "被列入者名称", "name of the listed party").max(MAX_NAME),
    EVENT_ID,
];

/// # Errors
/// Everything that is wrong with the row.
pub fn parse_list(row: &Row<'_>) -> Result<Listing, Vec<FieldError>> {
    let mut f = Fields::of(row);
    let uscc = f.get("uscc", value::uscc);
    let list = f.get("list", |text| value::word(text, value::LISTS));
    let decision_no = f.text("decision_no");
    let authority = f.text("authority");
    let effective_on = f.get("effective_on", value::date);
    let expires_on = f.get("expires_on", value::date);
    let removed_on = f.get("removed_on", value::date);
    let reason = f.text("reason");
    let basis = f.text("basis");
    let name = f.text("name");
    let event_id = f.text("event_id");
    f.finish(|| {
        Some(Listing {
            uscc: uscc?,
            list: list?,
            decision_no: decision_no?,
            authority: authority?,
            effective_on: effective_on?,
            expires_on,
            removed_on,
            reason,
            basis,
            name,
            event_id,
        })
    })
}

pub static CLASSES: Dialect = Dialect {
    source: SourceId::Classes,
    name: "classes",
    title_zh: "部门信用分类",
    title_en: "standing with a department",
    natural_key: "uscc, authority, valid_from",
    marks: &[],
    fields: CLASS_FIELDS,
};

const CLASS_FIELDS: &[FieldSpec] = &[
    FieldSpec::required("uscc", Kind::Uscc, "统一社会信用代码", "unified social credit code"),
    FieldSpec::required("authority", Kind::Words(AUTHORITY_WORDS), "部门", "department"),
    FieldSpec::required(
        "class",
        Kind::Text,
        "类别：customs 取 ADV CERT REG DIS SDIS；safe 取 A B C GUIDANCE EXEMPT；tax 取 A B M C D；public_credit 取 优 良 中 差",
        "class: customs ADV CERT REG DIS SDIS; safe A B C GUIDANCE EXEMPT; tax A B M C D; public_credit 优 良 中 差",
    ),
    FieldSpec::required("valid_from", Kind::Date, "生效日期", "first day in force"),
    FieldSpec::optional("valid_to", Kind::Date, "终止日期（含当日）", "last day in force"),
    FieldSpec::optional("decision_no", Kind::Text, "决定文号", "decision number").max(MAX_DOC_NO),
    EVENT_ID,
];

/// The classes of a department.
#[must_use]
pub fn classes_of(authority: ClassAuthority) -> &'static [&'static str] {
    match authority {
        ClassAuthority::Customs => &["ADV", "CERT", "REG", "DIS", "SDIS"],
        ClassAuthority::Safe => &["A", "B", "C", "GUIDANCE", "EXEMPT"],
        ClassAuthority::Tax => &["A", "B", "M", "C", "D"],
        ClassAuthority::PublicCredit => &["优", "良", "中", "差"],
    }
}

/// A class of the department; when the department itself is wrong, any text.
fn class(text: &str, authority: Option<ClassAuthority>) -> Result<String, Fault> {
    match authority.map(classes_of) {
        Some(classes) if !classes.contains(&text) => Err((ErrorCode::Enum, Expected::words(classes))),
        _ => Ok(text.to_owned()),
    }
}

/// # Errors
/// Everything that is wrong with the row.
pub fn parse_class(row: &Row<'_>) -> Result<Class, Vec<FieldError>> {
    let mut f = Fields::of(row);
    let uscc = f.get("uscc", value::uscc);
    let authority = f.get("authority", |text| value::word(text, AUTHORITIES));
    let class = f.get("class", |text| class(text, authority));
    let valid_from = f.get("valid_from", value::date);
    let valid_to = f.get("valid_to", value::date);
    let decision_no = f.text("decision_no");
    let event_id = f.text("event_id");
    f.finish(|| {
        Some(Class {
            uscc: uscc?,
            authority: authority?,
            class: class?,
            valid_from: valid_from?,
            valid_to,
            decision_no,
            event_id,
        })
    })
}
