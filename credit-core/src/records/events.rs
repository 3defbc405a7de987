//! `commitments`, `inspections`, `judgments`, `arrears`: events that departments and courts report.

use super::error::FieldError;
use super::fields::Fields;
use super::row::Row;
use super::spec::{Dialect, EVENT_ID, FieldSpec, Kind, MAX_DOC_NO};
use super::value::{self, INSPECTION_WORDS, JUDGMENT_WORDS, RESULT_WORDS};
use super::{Arrear, Commitment, Inspection, Judgment, SourceId};

/// Largest count in an inspection row.
const MAX_COUNT: i64 = 1_000_000_000;

const USCC: FieldSpec =
    FieldSpec::required("uscc", Kind::Uscc, "统一社会信用代码", "unified social credit code");

pub static COMMITMENTS: Dialect = Dialect {
    source: SourceId::Commitments,
    name: "commitments",
    title_zh: "信用承诺",
    title_en: "credit commitments",
    natural_key: "uscc, commitment_id",
    marks: &[],
    fields: &[
        USCC,
        FieldSpec::required("commitment_id", Kind::Text, "承诺编号", "commitment number"),
        FieldSpec::required("kind", Kind::Text, "承诺类型", "kind of commitment"),
        FieldSpec::required("made_on", Kind::Date, "作出日期", "date made"),
        FieldSpec::required("due_on", Kind::Date, "履行期限", "due date"),
        FieldSpec::optional("kept_on", Kind::Date, "履行日期", "date kept"),
        FieldSpec::optional(
            "breach_determined_on",
            Kind::Date,
            "认定违诺日期",
            "date a breach was determined",
        ),
        EVENT_ID,
    ],
};

/// # Errors
/// Everything that is wrong with the row.
pub fn parse_commitment(row: &Row<'_>) -> Result<Commitment, Vec<FieldError>> {
    let mut f = Fields::of(row);
    let uscc = f.get("uscc", value::uscc);
    let commitment_id = f.text("commitment_id");
    let kind = f.text("kind");
    let made_on = f.get("made_on", value::date);
    let due_on = f.get("due_on", value::date);
    let kept_on = f.get("kept_on", value::date);
    let breach_determined_on = f.get("breach_determined_on", value::date);
    let event_id = f.text("event_id");
    f.finish(|| {
        Some(Commitment {
            uscc: uscc?,
            commitment_id: commitment_id?,
            kind: kind?,
            made_on: made_on?,
            due_on: due_on?,
            kept_on,
            breach_determined_on,
            event_id,
        })
    })
}

pub static INSPECTIONS: Dialect = Dialect {
    source: SourceId::Inspections,
    name: "inspections",
    title_zh: "抽查检查",
    title_en: "random and special inspections, sampling",
    natural_key: "uscc, inspection_id",
    marks: &[],
    fields: &[
        USCC,
        FieldSpec::required("inspection_id", Kind::Text, "检查编号", "inspection number"),
        FieldSpec::required("kind", Kind::Words(INSPECTION_WORDS), "检查类型", "kind of inspection"),
        FieldSpec::required("inspected_on", Kind::Date, "检查日期", "date of the inspection"),
        FieldSpec::optional("sampled", Kind::Whole { min: 0, max: MAX_COUNT }, "抽样数", "samples taken"),
        FieldSpec::optional("failed", Kind::Whole { min: 0, max: MAX_COUNT }, "不合格数", "samples failed"),
        FieldSpec::required("result", Kind::Words(RESULT_WORDS), "结果", "result"),
        EVENT_ID,
    ],
};

/// # Errors
/// Everything that is wrong with the row.
pub fn parse_inspection(row: &Row<'_>) -> Result<Inspection, Vec<FieldError>> {
    let mut f = Fields::of(row);
    let uscc = f.get("uscc", value::uscc);
    let inspection_id = f.text("inspection_id");
    let kind = f.get("kind", |text| value::word(text, value::INSPECTIONS));
    let inspected_on = f.get("inspected_on", value::date);
    let sampled = f.whole("sampled").and_then(|n| u64::try_from(n).ok());
    let failed = f.whole("failed").and_then(|n| u64::try_from(n).ok());
    let passed = f.get("result", |text| value::word(text, value::RESULTS));
    let event_id = f.text("event_id");
    f.finish(|| {
        Some(Inspection {
            uscc: uscc?,
            inspection_id: inspection_id?,
            kind: kind?,
            inspected_on: inspected_on?,
            sampled,
            failed,
            passed: passed?,
            event_id,
        })
    })
}

pub static JUDGMENTS: Dialect = Dialect {
    source: SourceId::Judgments,
    name: "judgments",
    title_zh: "司法裁判与执行",
    title_en: "court findings",
    natural_key: "uscc, case_no",
    marks: &[],
    fields: &[
        USCC,
        FieldSpec::required("case_no", Kind::Text, "案号", "case number").max(MAX_DOC_NO),
        FieldSpec::required("kind", Kind::Words(JUDGMENT_WORDS), "类型", "kind of finding"),
        FieldSpec::required("decided_on", Kind::Date, "裁判日期", "date decided"),
        FieldSpec::optional("amount_unpaid_cny", Kind::Cny, "未履行金额（元）", "amount unpaid, 元"),
        FieldSpec::optional("final", Kind::Bool, "是否生效", "whether final"),
        EVENT_ID,
    ],
};

/// # Errors
/// Everything that is wrong with the row.
pub fn parse_judgment(row: &Row<'_>) -> Result<Judgment, Vec<FieldError>> {
    let mut f = Fields::of(row);
    let uscc = f.get("uscc", value::uscc);
    let case_no = f.text("case_no");
    let kind = f.get("kind", |text| value::word(text, value::JUDGMENTS));
    let decided_on = f.get("decided_on", value::date);
    let amount_unpaid = f.get("amount_unpaid_cny", value::cny);
    let is_final = f.get("final", value::boolean);
    let event_id = f.text("event_id");
    f.finish(|| {
        Some(Judgment {
            uscc: uscc?,
            case_no: case_no?,
            kind: kind?,
            decided_on: decided_on?,
            amount_unpaid,
            is_final,
            event_id,
        })
    })
}

pub static ARREARS: Dialect = Dialect {
    source: SourceId::Arrears,
    name: "arrears",
    title_zh: "欠税、欠社保、欠薪",
    title_en: "tax, social insurance and wages in arrears",
    natural_key: "uscc, kind, due_on",
    marks: &[],
    fields: &[
        USCC,
        FieldSpec::required("kind", Kind::Text, "欠缴类型", "kind of arrears"),
        FieldSpec::required("amount_cny", Kind::Cny, "金额（元）", "amount, 元"),
        FieldSpec::required("due_on", Kind::Date, "应缴日期", "due date"),
        FieldSpec::optional("cleared_on", Kind::Date, "缴清日期", "date cleared"),
        EVENT_ID,
    ],
};

/// # Errors
/// Everything that is wrong with the row.
pub fn parse_arrear(row: &Row<'_>) -> Result<Arrear, Vec<FieldError>> {
    let mut f = Fields::of(row);
    let uscc = f.get("uscc", value::uscc);
    let kind = f.text("kind");
    let amount = f.get("amount_cny", value::cny);
    let due_on = f.get("due_on", value::date);
    let cleared_on = f.get("cleared_on", value::date);
    let event_id = f.text("event_id");
    f.finish(|| {
        Some(Arrear { uscc: uscc?, kind: kind?, amount: amount?, due_on: due_on?, cleared_on, event_id })
    })
}
