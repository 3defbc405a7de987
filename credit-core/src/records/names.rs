//! Names to be screened: rows that are nobody's record and no source's, so that no file is recognised as one of them.

use super::error::{ErrorCode, Expected, FieldError};
use super::fields::Fields;
use super::row::Row;
use super::spec::{Dialect, FieldSpec, Kind, MAX_NAME, MAX_WORD};
use super::{SourceId, value};
use crate::uscc::Uscc;

/// The columns. Its source is never asked for: the dialect is not among those that a file is recognised by.
pub static DIALECT: Dialect = Dialect {
    source: SourceId::Registration,
    name: "screening",
    title_zh: "待比对名称",
    title_en: "names to be screened",
    natural_key: "reference",
    marks: &[],
    fields: &[
        FieldSpec::optional("name", Kind::Text, "名称", "name").max(MAX_NAME),
        FieldSpec::optional("uscc", Kind::Uscc, "统一社会信用代码", "unified social credit code"),
        FieldSpec::optional("reference", Kind::Text, "查询方自己的编号", "the asker's own number")
            .max(MAX_WORD),
    ],
};

/// A name, a code or both, with the number under which the asker knows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NameRow {
    pub name: Option<String>,
    pub uscc: Option<Uscc>,
    pub reference: Option<String>,
}

/// # Errors
/// Everything that is wrong with the row.
pub fn parse(row: &Row<'_>) -> Result<NameRow, Vec<FieldError>> {
    let mut f = Fields::of(row);
    let name = f.text("name");
    let uscc = f.get("uscc", value::uscc);
    let reference = f.text("reference");
    let read = f.finish(|| Some(NameRow { name, uscc, reference }))?;
    if read.name.is_none() && read.uscc.is_none() {
        return Err(vec![FieldError::of_row(ErrorCode::Missing, "", Expected::Value)]);
    }
    Ok(read)
}
