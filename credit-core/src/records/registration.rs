//! `registration`: the market-entity registry and the zone's filing.

use super::error::FieldError;
use super::fields::Fields;
use super::row::Row;
use super::spec::{Dialect, EVENT_ID, FieldSpec, Kind, MAX_NAME};
use super::value::{self, PREMISES, PREMISES_WORDS, RECORD_SOURCE_WORDS, RECORD_SOURCES, ROLE_WORDS};
use super::{Registration, SourceId};

pub static DIALECT: Dialect = Dialect {
    source: SourceId::Registration,
    name: "registration",
    title_zh: "登记与备案",
    title_en: "market-entity registry and zone filing",
    natural_key: "uscc, record_source",
    marks: &[],
    fields: FIELDS,
};

const FIELDS: &[FieldSpec] = &[
    FieldSpec::required("uscc", Kind::Uscc, "统一社会信用代码", "unified social credit code"),
    FieldSpec::required("name", Kind::Text, "名称", "name").max(MAX_NAME),
    FieldSpec::required("status", Kind::Words(value::STATUS_WORDS), "登记状态", "registration status"),
    FieldSpec::required("established_on", Kind::Date, "成立日期", "date of establishment"),
    FieldSpec::required("registered_capital_cny", Kind::Cny, "注册资本（元）", "registered capital, 元")
        .may_be_empty(),
    FieldSpec::required("paid_in_capital_cny", Kind::Cny, "实缴资本（元）", "paid-in capital, 元")
        .may_be_empty(),
    FieldSpec::required("legal_representative", Kind::Text, "法定代表人", "legal representative")
        .max(MAX_NAME),
    FieldSpec::required("address", Kind::Text, "住所", "address").may_be_empty(),
    FieldSpec::required("region_code", Kind::Text, "行政区划代码（GB/T 2260）", "region code (GB/T 2260)"),
    FieldSpec::required("industry_code", Kind::Text, "行业代码（GB/T 4754）", "industry code (GB/T 4754)")
        .may_be_empty(),
    FieldSpec::required(
        "roles",
        Kind::WordList(ROLE_WORDS),
        "主体类型，首个用于评分",
        "roles; the first one is scored",
    ),
    FieldSpec::required("filed_on", Kind::Date, "综试区备案日期", "date of filing with the zone"),
    FieldSpec::optional("former_names", Kind::TextList, "曾用名", "former names"),
    FieldSpec::optional("customs_code", Kind::Text, "海关注册编码", "customs registration code"),
    FieldSpec::optional("safe_listed", Kind::Bool, "外汇名录登记", "on the SAFE list"),
    FieldSpec::optional("tax_refund_filed", Kind::Bool, "出口退（免）税备案", "filed for export tax refund"),
    FieldSpec::optional(
        "last_annual_report_year",
        Kind::Whole { min: 1900, max: 9999 },
        "最近一次年报年度",
        "year of the last annual report",
    ),
    FieldSpec::optional(
        "annual_report_late",
        Kind::BoolOrCount,
        "近三年逾期年报次数（是 = 1）",
        "late annual reports among the last three (true = 1)",
    ),
    FieldSpec::optional("phone", Kind::Text, "联系电话", "telephone"),
    FieldSpec::optional(
        "premises_check",
        Kind::Words(PREMISES_WORDS),
        "住所核查结果，空为未核查",
        "premises check; empty = never verified",
    ),
    FieldSpec::optional("premises_checked_on", Kind::Date, "住所核查日期", "date of the premises check"),
    FieldSpec::optional(
        "record_source",
        Kind::Words(RECORD_SOURCE_WORDS),
        "本行来源部门",
        "the department that sent the row",
    ),
    EVENT_ID,
];

/// # Errors
/// Everything that is wrong with the row.
pub fn parse(row: &Row<'_>) -> Result<Registration, Vec<FieldError>> {
    let mut f = Fields::of(row);
    let uscc = f.get("uscc", value::uscc);
    let name = f.text("name");
    let status = f.get("status", value::status);
    let established_on = f.get("established_on", value::date);
    let registered_capital = f.get("registered_capital_cny", value::cny);
    let paid_in_capital = f.get("paid_in_capital_cny", value::cny);
    let legal_representative = f.text("legal_representative");
    let address = f.text("address");
    let region_code = f.text("region_code");
    let industry_code = f.text("industry_code");
    let roles = f.get("roles", value::roles);
    let filed_on = f.get("filed_on", value::date);
    let former_names = f.list("former_names");
    let customs_code = f.text("customs_code");
    let safe_listed = f.get("safe_listed", value::boolean);
    let tax_refund_filed = f.get("tax_refund_filed", value::boolean);
    let last_annual_report_year = f.whole("last_annual_report_year").and_then(|y| i32::try_from(y).ok());
    let annual_report_late = f.get("annual_report_late", value::boolean_or_count);
    let phone = f.text("phone");
    let premises_check = f.get("premises_check", |text| value::word(text, PREMISES));
    let premises_checked_on = f.get("premises_checked_on", value::date);
    let record_source = f.get("record_source", |text| value::word(text, RECORD_SOURCES));
    let event_id = f.text("event_id");
    f.finish(|| {
        Some(Registration {
            uscc: uscc?,
            name: name?,
            status: status?,
            established_on: established_on?,
            registered_capital,
            paid_in_capital,
            legal_representative: legal_representative?,
            address,
            region_code: region_code?,
            industry_code,
            roles: roles?,
            filed_on: filed_on?,
            former_names,
            customs_code,
            safe_listed,
            tax_refund_filed,
            last_annual_report_year,
            annual_report_late,
            phone,
            premises_check,
            premises_checked_on,
            record_source,
            event_id,
        })
    })
}
