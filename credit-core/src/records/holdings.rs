//! `holdings`: shareholders.

use super::error::{ErrorCode, Expected, FieldError};
use super::fields::Fields;
use super::row::Row;
use super::spec::{Dialect, EVENT_ID, FieldSpec, Kind, MAX_NAME};
use super::value::{self, Fault};
use super::{Holding, SourceId};

/// 100 percent in 1/10000 of a percent.
const WHOLE_E4: i64 = 1_000_000;

pub static DIALECT: Dialect = Dialect {
    source: SourceId::Holdings,
    name: "holdings",
    title_zh: "股东及出资",
    title_en: "shareholders",
    natural_key: "uscc, holder, valid_from",
    marks: &[],
    fields: &[
        FieldSpec::required("uscc", Kind::Uscc, "统一社会信用代码", "unified social credit code"),
        FieldSpec::required("holder", Kind::Text, "股东名称", "shareholder").max(MAX_NAME),
        FieldSpec::optional("holder_uscc", Kind::Uscc, "股东统一社会信用代码", "the shareholder's code"),
        FieldSpec::required(
            "percent",
            Kind::Decimal { places: 4 },
            "持股百分比，不超过 100",
            "percent held, at most 100",
        ),
        FieldSpec::required("valid_from", Kind::Date, "起始日期", "first day"),
        FieldSpec::optional("valid_to", Kind::Date, "终止日期（含当日）", "last day"),
        EVENT_ID,
    ],
};

fn percent(text: &str) -> Result<i64, Fault> {
    match value::decimal(text, 4)? {
        share if share <= WHOLE_E4 => Ok(share),
        _ => Err((ErrorCode::Number, Expected::Decimal { places: 4 })),
    }
}

/// # Errors
/// Everything that is wrong with the row.
pub fn parse(row: &Row<'_>) -> Result<Holding, Vec<FieldError>> {
    let mut f = Fields::of(row);
    let uscc = f.get("uscc", value::uscc);
    let holder = f.text("holder");
    let holder_uscc = f.get("holder_uscc", value::uscc);
    let percent_e4 = f.get("percent", percent);
    let valid_from = f.get("valid_from", value::date);
    let valid_to = f.get("valid_to", value::date);
    let event_id = f.text("event_id");
    f.finish(|| {
        Some(Holding {
            uscc: uscc?,
            holder: holder?,
            holder_uscc,
            percent_e4: percent_e4?,
            valid_from: valid_from?,
            valid_to,
            event_id,
        })
    })
}
