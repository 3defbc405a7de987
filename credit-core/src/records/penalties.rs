//! `penalties`: 行政处罚 in both published dialects (`domain.md` 2.1, ruling C11).

use super::error::{ErrorCode, Expected, FieldError};
use super::fields::Fields;
use super::fine_text::money_in;
use super::row::Row;
use super::spec::{Dialect, EVENT_ID, FieldSpec, Kind, MAX_DOC_NO, MAX_NAME};
use super::value;
use super::{Penalty, SourceId};
use crate::money::Fen;

pub static DIALECT: Dialect = Dialect {
    source: SourceId::Penalties,
    name: "penalties",
    title_zh: "行政处罚（现行格式）",
    title_en: "administrative penalties, current dialect",
    natural_key: "CF_CFJGDM, CF_WSH, CF_XDR_SHXYM",
    marks: &[],
    fields: FIELDS,
};

pub static DIALECT_OLD: Dialect = Dialect {
    source: SourceId::Penalties,
    name: "penalties_old",
    title_zh: "行政处罚（2018 年前格式）",
    title_en: "administrative penalties, dialect before 2018",
    natural_key: "CF_XZJG, CF_WSH, CF_XDR_SHXYM",
    marks: &["CF_CFMC", "CF_CFLB1"],
    fields: FIELDS_OLD,
};

/// Only what is a key or is scored must be there; the other published columns are read when present.
const FIELDS: &[FieldSpec] = &[
    FieldSpec::required("CF_XDR_MC", Kind::Text, "行政相对人名称", "name of the party").max(MAX_NAME),
    FieldSpec::required("CF_XDR_SHXYM", Kind::Uscc, "统一社会信用代码", "unified social credit code"),
    FieldSpec::required("CF_WSH", Kind::Text, "决定书文号", "decision number").max(MAX_DOC_NO),
    FieldSpec::optional("CF_WFXW", Kind::Text, "违法行为类型", "kind of unlawful act"),
    FieldSpec::optional("CF_SY", Kind::Text, "违法事实", "facts"),
    FieldSpec::optional("CF_YJ", Kind::Text, "处罚依据", "legal basis"),
    FieldSpec::required("CF_CFLB", Kind::TextList, "处罚类别", "kinds of penalty"),
    FieldSpec::optional("CF_NR", Kind::Text, "处罚内容", "content"),
    FieldSpec::optional("CF_NR_FK", Kind::Wan, "罚款金额（万元），空为 0", "fine, 万元; empty = 0"),
    FieldSpec::optional("CF_NR_WFFF", Kind::Wan, "没收金额（万元），空为 0", "confiscated, 万元; empty = 0"),
    FieldSpec::optional("CF_NR_ZKDX", Kind::Text, "暂扣或吊销证照名称及编号", "licence suspended or revoked")
        .max(MAX_NAME),
    FieldSpec::required("CF_JDRQ", Kind::Date, "决定日期", "date of the decision"),
    FieldSpec::optional("CF_YXQ", Kind::Date, "处罚有效期", "valid until"),
    FieldSpec::optional("CF_GSJZQ", Kind::Date, "公示截止期（含当日）", "last day of publicity"),
    FieldSpec::optional("CF_CFJG", Kind::Text, "处罚机关", "authority").max(MAX_NAME),
    FieldSpec::optional("CF_CFJGDM", Kind::Text, "处罚机关代码", "code of the authority"),
    FieldSpec::optional("CF_XFRQ", Kind::Date, "修复或撤销日期", "date of repair or revocation"),
    EVENT_ID,
    FieldSpec::optional("CF_XDR_LB", Kind::Kept, "行政相对人类别", "kind of party"),
    FieldSpec::optional("CF_XDR_GSZC", Kind::Kept, "工商注册号", "old registration number"),
    FieldSpec::optional("CF_XDR_ZZJG", Kind::Kept, "组织机构代码", "organisation code"),
    FieldSpec::optional("CF_XDR_SWDJ", Kind::Kept, "税务登记号", "tax registration number"),
    FieldSpec::optional("CF_XDR_SYDW", Kind::Kept, "事业单位证书号", "public institution certificate"),
    FieldSpec::optional("CF_XDR_SHZZ", Kind::Kept, "社会组织登记证号", "social organisation certificate"),
    FieldSpec::optional("CF_FRDB", Kind::Kept, "法定代表人", "legal representative"),
    FieldSpec::optional("CF_FR_ZJLX", Kind::Dropped, "法定代表人证件类型", "kind of identity document"),
    FieldSpec::optional("CF_FR_ZJHM", Kind::Dropped, "法定代表人证件号码", "identity document number"),
    FieldSpec::optional("CF_FR_SFZH", Kind::Dropped, "法定代表人身份证号", "identity card number"),
    FieldSpec::optional("CF_XDR_ZJLX", Kind::Dropped, "自然人证件类型", "kind of identity document"),
    FieldSpec::optional("CF_XDR_ZJHM", Kind::Dropped, "自然人证件号码", "identity document number"),
    FieldSpec::optional("CF_SJLY", Kind::Kept, "数据来源单位", "source of the data"),
    FieldSpec::optional("CF_SJLYDM", Kind::Kept, "数据来源单位代码", "code of the source"),
    FieldSpec::optional("BZ", Kind::Kept, "备注", "remarks"),
];

const FIELDS_OLD: &[FieldSpec] = &[
    FieldSpec::required("CF_WSH", Kind::Text, "决定书文号", "decision number").max(MAX_DOC_NO),
    FieldSpec::required("CF_CFMC", Kind::Kept, "处罚名称", "title of the penalty").may_be_empty(),
    FieldSpec::required("CF_CFLB1", Kind::TextList, "处罚类别1", "kinds of penalty"),
    FieldSpec::optional("CF_CFLB2", Kind::TextList, "处罚类别2", "more kinds of penalty"),
    FieldSpec::required("CF_SY", Kind::Text, "处罚事由", "cause").may_be_empty(),
    FieldSpec::required("CF_YJ", Kind::Text, "处罚依据", "legal basis").may_be_empty(),
    FieldSpec::required("CF_XDR_MC", Kind::Text, "行政相对人名称", "name of the party").max(MAX_NAME),
    FieldSpec::required("CF_XDR_SHXYM", Kind::Uscc, "统一社会信用代码", "unified social credit code"),
    FieldSpec::required(
        "CF_JG",
        Kind::Text,
        "处罚结果；罚款、没收金额取自此文字",
        "result; the money is read from this text",
    )
    .may_be_empty(),
    FieldSpec::required("CF_JDRQ", Kind::Date, "决定日期", "date of the decision"),
    FieldSpec::required("CF_XZJG", Kind::Text, "处罚机关", "authority").max(MAX_NAME),
    FieldSpec::required(
        "CF_ZT",
        Kind::Words(&["0", "1", "2", "3"]),
        "状态：0 正常，1 撤销，2 异议，3 其他",
        "status: 0 normal, 1 revoked, 2 disputed, 3 other",
    )
    .may_be_empty(),
    FieldSpec::optional("CF_XFRQ", Kind::Date, "修复或撤销日期", "date of repair or revocation"),
    EVENT_ID,
    FieldSpec::optional("CF_FR", Kind::Kept, "法定代表人", "legal representative"),
    FieldSpec::optional("DFBM", Kind::Kept, "地方编码", "local code"),
    FieldSpec::optional("SJC", Kind::Kept, "时间戳", "time stamp"),
    FieldSpec::optional("BZ", Kind::Kept, "备注", "remarks"),
];

/// Reads a row of either dialect.
///
/// # Errors
/// Everything that is wrong with the row.
pub fn parse(row: &Row<'_>) -> Result<Penalty, Vec<FieldError>> {
    if std::ptr::eq(row.layout.dialect, &raw const DIALECT_OLD) { parse_old(row) } else { parse_current(row) }
}

/// The kinds of a cell that needs a value; only separators are no kind.
fn kinds(text: &str) -> Result<Vec<String>, value::Fault> {
    let kinds = value::list(text);
    if kinds.is_empty() { Err((ErrorCode::Missing, Expected::Value)) } else { Ok(kinds) }
}

fn parse_current(row: &Row<'_>) -> Result<Penalty, Vec<FieldError>> {
    let mut f = Fields::of(row);
    let name = f.text("CF_XDR_MC");
    let uscc = f.get("CF_XDR_SHXYM", value::uscc);
    let doc_no = f.text("CF_WSH");
    let behaviour = f.text_or_empty("CF_WFXW");
    let facts = f.text_or_empty("CF_SY");
    let basis = f.text_or_empty("CF_YJ");
    let kinds = f.get("CF_CFLB", kinds);
    let content = f.text_or_empty("CF_NR");
    let fine = f.get("CF_NR_FK", value::wan).unwrap_or_default();
    let confiscated = f.get("CF_NR_WFFF", value::wan).unwrap_or_default();
    let licence = f.text_or_empty("CF_NR_ZKDX");
    let decided_on = f.get("CF_JDRQ", value::date);
    let valid_until = f.get("CF_YXQ", value::date);
    let publicity_until = f.get("CF_GSJZQ", value::date);
    let authority = f.text_or_empty("CF_CFJG");
    let authority_code = f.text_or_empty("CF_CFJGDM");
    let repaired_on = f.get("CF_XFRQ", value::date);
    let event_id = f.text("event_id");
    f.finish(|| {
        Some(Penalty {
            uscc: uscc?,
            name: name?,
            doc_no: doc_no?,
            behaviour,
            facts,
            basis,
            kinds: kinds?,
            content,
            fine,
            confiscated,
            licence,
            decided_on: decided_on?,
            valid_until,
            publicity_until,
            authority,
            authority_code,
            repaired_on,
            revoked: false,
            disputed: false,
            event_id,
        })
    })
}

fn parse_old(row: &Row<'_>) -> Result<Penalty, Vec<FieldError>> {
    let mut f = Fields::of(row);
    let doc_no = f.text("CF_WSH");
    let kinds = f.get("CF_CFLB1", kinds);
    let more = f.list("CF_CFLB2");
    let facts = f.text_or_empty("CF_SY");
    let basis = f.text_or_empty("CF_YJ");
    let name = f.text("CF_XDR_MC");
    let uscc = f.get("CF_XDR_SHXYM", value::uscc);
    let content = f.text_or_empty("CF_JG");
    let decided_on = f.get("CF_JDRQ", value::date);
    let authority = f.text("CF_XZJG");
    let status = f.get("CF_ZT", |text| value::word(text, &[("0", 0), ("1", 1), ("2", 2), ("3", 3)]));
    let repaired_on = f.get("CF_XFRQ", value::date);
    let event_id = f.text("event_id");
    let (fine, confiscated) = match money_in(&content) {
        Ok(money) => money,
        Err((found, fault)) => {
            f.fault("CF_JG", found, fault);
            (Fen(0), Fen(0))
        }
    };
    f.finish(|| {
        Some(Penalty {
            uscc: uscc?,
            name: name?,
            doc_no: doc_no?,
            behaviour: facts.clone(),
            facts,
            basis,
            kinds: kinds?.into_iter().chain(more).collect(),
            content,
            fine,
            confiscated,
            licence: String::new(),
            decided_on: decided_on?,
            valid_until: None,
            publicity_until: None,
            authority_code: authority.clone()?,
            authority: authority?,
            repaired_on,
            revoked: status == Some(1),
            disputed: status == Some(2),
            event_id,
        })
    })
}
