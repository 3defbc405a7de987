//! `registration_changes`: the register of changes.

use super::error::FieldError;
use super::fields::Fields;
use super::row::Row;
use super::spec::{Dialect, EVENT_ID, FieldSpec, Kind};
use super::value;
use super::{RegistrationChange, SourceId};

pub static DIALECT: Dialect = Dialect {
    source: SourceId::RegistrationChanges,
    name: "registration_changes",
    title_zh: "登记变更",
    title_en: "change register",
    natural_key: "uscc, changed_on, item",
    marks: &[],
    fields: FIELDS,
};

const FIELDS: &[FieldSpec] = &[
    FieldSpec::required("uscc", Kind::Uscc, "统一社会信用代码", "unified social credit code"),
    FieldSpec::required("changed_on", Kind::Date, "变更日期", "date of the change"),
    FieldSpec::required("item", Kind::Text, "变更事项", "item changed"),
    FieldSpec::required("before", Kind::Text, "变更前", "before"),
    FieldSpec::required("after", Kind::Text, "变更后", "after"),
    EVENT_ID,
];

/// # Errors
/// Everything that is wrong with the row.
pub fn parse(row: &Row<'_>) -> Result<RegistrationChange, Vec<FieldError>> {
    let mut f = Fields::of(row);
    let uscc = f.get("uscc", value::uscc);
    let changed_on = f.get("changed_on", value::date);
    let item = f.text("item");
    let before = f.text("before");
    let after = f.text("after");
    let event_id = f.text("event_id");
    f.finish(|| {
        Some(RegistrationChange {
            uscc: uscc?,
            changed_on: changed_on?,
            item: item?,
            before: before?,
            after: after?,
            event_id,
        })
    })
}
