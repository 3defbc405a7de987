//! `permits`: 行政许可 in both published dialects (`domain.md` 2.1, ruling C11).

use super::error::FieldError;
use super::fields::Fields;
use super::row::Row;
use super::spec::{Dialect, EVENT_ID, FieldSpec, Kind, MAX_DOC_NO, MAX_NAME};
use super::value;
use super::{Permit, SourceId};

pub static DIALECT: Dialect = Dialect {
    source: SourceId::Permits,
    name: "permits",
    title_zh: "行政许可（现行格式）",
    title_en: "administrative licences, current dialect",
    natural_key: "XK_XKJGDM, XK_WSH, XK_XDR_SHXYM",
    marks: &[],
    fields: FIELDS,
};

pub static DIALECT_OLD: Dialect = Dialect {
    source: SourceId::Permits,
    name: "permits_old",
    title_zh: "行政许可（2018 年前格式）",
    title_en: "administrative licences, dialect before 2018",
    natural_key: "XK_XZJG, XK_WSH, XK_XDR_SHXYM",
    marks: &["XK_XMMC", "XK_SPLB", "XK_XDR"],
    fields: FIELDS_OLD,
};

const FIELDS: &[FieldSpec] = &[
    FieldSpec::required("XK_XDR_MC", Kind::Text, "行政相对人名称", "name of the party").max(MAX_NAME),
    FieldSpec::required("XK_XDR_SHXYM", Kind::Uscc, "统一社会信用代码", "unified social credit code"),
    FieldSpec::optional("XK_XKWS", Kind::Text, "许可决定文书名称", "title of the decision"),
    FieldSpec::required("XK_WSH", Kind::Text, "决定书文号", "decision number").max(MAX_DOC_NO),
    FieldSpec::optional("XK_XKLB", Kind::Text, "许可类别", "category"),
    FieldSpec::optional("XK_XKZS", Kind::Text, "许可证书名称", "title of the certificate"),
    FieldSpec::optional("XK_NR", Kind::Text, "许可内容", "content"),
    FieldSpec::required("XK_JDRQ", Kind::Date, "决定日期", "date of the decision"),
    FieldSpec::optional("XK_YXQZ", Kind::Date, "有效期自", "valid from"),
    FieldSpec::optional("XK_YXQZI", Kind::Date, "有效期至（含当日）", "last day of validity"),
    FieldSpec::optional("XK_XKJG", Kind::Text, "许可机关", "authority").max(MAX_NAME),
    FieldSpec::optional("XK_XKJGDM", Kind::Text, "许可机关代码", "code of the authority"),
    FieldSpec::optional("XK_ZT", Kind::Text, "当前状态", "status"),
    EVENT_ID,
    FieldSpec::optional("XK_XDR_LB", Kind::Kept, "行政相对人类别", "kind of party"),
    FieldSpec::optional("XK_XDR_LB_TYPE", Kind::Kept, "行政相对人类别", "kind of party"),
    FieldSpec::optional("XK_XDR_GSZC", Kind::Kept, "工商注册号", "old registration number"),
    FieldSpec::optional("XK_XDR_ZZJG", Kind::Kept, "组织机构代码", "organisation code"),
    FieldSpec::optional("XK_XDR_SWDJ", Kind::Kept, "税务登记号", "tax registration number"),
    FieldSpec::optional("XK_XDR_SYDW", Kind::Kept, "事业单位证书号", "public institution certificate"),
    FieldSpec::optional("XK_XDR_SHZZ", Kind::Kept, "社会组织登记证号", "social organisation certificate"),
    FieldSpec::optional("XK_FRDB", Kind::Kept, "法定代表人", "legal representative"),
    FieldSpec::optional("XK_FR_ZJLX", Kind::Dropped, "法定代表人证件类型", "kind of identity document"),
    FieldSpec::optional("XK_FR_ZJHM", Kind::Dropped, "法定代表人证件号码", "identity document number"),
    FieldSpec::optional("XK_FR_SFZH", Kind::Dropped, "法定代表人身份证号", "identity card number"),
    FieldSpec::optional("XK_XDR_ZJLX", Kind::Dropped, "自然人证件类型", "kind of identity document"),
    FieldSpec::optional("XK_XDR_ZJHM", Kind::Dropped, "自然人证件号码", "identity document number"),
    FieldSpec::optional("XK_XKBH", Kind::Kept, "许可编号", "number of the certificate"),
    FieldSpec::optional("XK_LYDW", Kind::Kept, "数据来源单位", "source of the data"),
    FieldSpec::optional("XK_LYDWDM", Kind::Kept, "数据来源单位代码", "code of the source"),
    FieldSpec::optional("BZ", Kind::Kept, "备注", "remarks"),
];

const FIELDS_OLD: &[FieldSpec] = &[
    FieldSpec::required("XK_WSH", Kind::Text, "决定书文号", "decision number").max(MAX_DOC_NO),
    FieldSpec::required("XK_XMMC", Kind::Text, "项目名称", "project").may_be_empty(),
    FieldSpec::required("XK_SPLB", Kind::Text, "审批类别", "category").may_be_empty(),
    FieldSpec::required("XK_XDR", Kind::Text, "行政相对人名称", "name of the party").max(MAX_NAME),
    FieldSpec::required("XK_XDR_SHXYM", Kind::Uscc, "统一社会信用代码", "unified social credit code"),
    FieldSpec::required("XK_NR", Kind::Text, "许可内容", "content").may_be_empty(),
    FieldSpec::required("XK_JDRQ", Kind::Date, "决定日期", "date of the decision"),
    FieldSpec::required("XK_JZQ", Kind::Date, "截止期（含当日）", "last day of validity").may_be_empty(),
    FieldSpec::required("XK_XZJG", Kind::Text, "许可机关", "authority").max(MAX_NAME),
    FieldSpec::required("XK_ZT", Kind::Text, "当前状态", "status").may_be_empty(),
    EVENT_ID,
    FieldSpec::optional("XK_FR", Kind::Kept, "法定代表人", "legal representative"),
    FieldSpec::optional("DFBM", Kind::Kept, "地方编码", "local code"),
    FieldSpec::optional("SJC", Kind::Kept, "时间戳", "time stamp"),
    FieldSpec::optional("BZ", Kind::Kept, "备注", "remarks"),
];

/// Reads a row of either dialect.
///
/// # Errors
/// Everything that is wrong with the row.
pub fn parse(row: &Row<'_>) -> Result<Permit, Vec<FieldError>> {
    if std::ptr::eq(row.layout.dialect, &raw const DIALECT_OLD) { parse_old(row) } else { parse_current(row) }
}

fn parse_current(row: &Row<'_>) -> Result<Permit, Vec<FieldError>> {
    let mut f = Fields::of(row);
    let name = f.text("XK_XDR_MC");
    let uscc = f.get("XK_XDR_SHXYM", value::uscc);
    let document = f.text_or_empty("XK_XKWS");
    let doc_no = f.text("XK_WSH");
    let category = f.text_or_empty("XK_XKLB");
    let certificate = f.text_or_empty("XK_XKZS");
    let content = f.text_or_empty("XK_NR");
    let decided_on = f.get("XK_JDRQ", value::date);
    let valid_from = f.get("XK_YXQZ", value::date);
    let valid_until = f.get("XK_YXQZI", value::date);
    let authority = f.text_or_empty("XK_XKJG");
    let authority_code = f.text_or_empty("XK_XKJGDM");
    let status = f.text_or_empty("XK_ZT");
    let event_id = f.text("event_id");
    f.finish(|| {
        Some(Permit {
            uscc: uscc?,
            name: name?,
            doc_no: doc_no?,
            document,
            certificate,
            project: String::new(),
            category,
            content,
            decided_on: decided_on?,
            valid_from,
            valid_until,
            authority,
            authority_code,
            status,
            event_id,
        })
    })
}

fn parse_old(row: &Row<'_>) -> Result<Permit, Vec<FieldError>> {
    let mut f = Fields::of(row);
    let doc_no = f.text("XK_WSH");
    let project = f.text_or_empty("XK_XMMC");
    let category = f.text_or_empty("XK_SPLB");
    let name = f.text("XK_XDR");
    let uscc = f.get("XK_XDR_SHXYM", value::uscc);
    let content = f.text_or_empty("XK_NR");
    let decided_on = f.get("XK_JDRQ", value::date);
    let valid_until = f.get("XK_JZQ", value::date);
    let authority = f.text("XK_XZJG");
    let status = f.text_or_empty("XK_ZT");
    let event_id = f.text("event_id");
    f.finish(|| {
        Some(Permit {
            uscc: uscc?,
            name: name?,
            doc_no: doc_no?,
            document: String::new(),
            certificate: String::new(),
            project,
            category,
            content,
            decided_on: decided_on?,
            valid_from: None,
            valid_until,
            authority_code: authority.clone()?,
            authority: authority?,
            status,
            event_id,
        })
    })
}
