//! `complaints`: 12315 and platform complaints.

use super::error::FieldError;
use super::fields::Fields;
use super::row::Row;
use super::spec::{Dialect, EVENT_ID, FieldSpec, Kind, MAX_DOC_NO, MAX_ID};
use super::value::{self, OUTCOME_WORDS, OUTCOMES};
use super::{Complaint, SourceId};

pub static DIALECT: Dialect = Dialect {
    source: SourceId::Complaints,
    name: "complaints",
    title_zh: "投诉举报",
    title_en: "12315 and platform complaints",
    natural_key: "complaint_id",
    marks: &[],
    fields: &[
        FieldSpec::required("complaint_id", Kind::Text, "投诉编号", "complaint number").max(MAX_ID),
        FieldSpec::required("uscc", Kind::Uscc, "被投诉企业代码", "the enterprise's code"),
        FieldSpec::required("category", Kind::Text, "投诉类别", "category"),
        FieldSpec::required("accepted_on", Kind::Date, "受理日期", "date accepted"),
        FieldSpec::optional("replied_on", Kind::Date, "答复日期", "date of the reply"),
        FieldSpec::optional("closed_on", Kind::Date, "办结日期", "date closed"),
        FieldSpec::optional("outcome", Kind::Words(OUTCOME_WORDS), "办理结果", "outcome"),
        FieldSpec::optional("amount_cny", Kind::Cny, "争议金额（元）", "amount in dispute, 元"),
        FieldSpec::optional("substantiated", Kind::Bool, "是否属实", "substantiated"),
        FieldSpec::optional("became_case", Kind::Bool, "是否立案", "became a case"),
        FieldSpec::optional("decision_no", Kind::Text, "处罚决定文号", "decision number").max(MAX_DOC_NO),
        FieldSpec::required("complainant_token", Kind::Text, "投诉人令牌", "complainant token"),
        EVENT_ID,
    ],
};

/// # Errors
/// Everything that is wrong with the row.
pub fn parse(row: &Row<'_>) -> Result<Complaint, Vec<FieldError>> {
    let mut f = Fields::of(row);
    let complaint_id = f.text("complaint_id");
    let uscc = f.get("uscc", value::uscc);
    let category = f.text("category");
    let accepted_on = f.get("accepted_on", value::date);
    let replied_on = f.get("replied_on", value::date);
    let closed_on = f.get("closed_on", value::date);
    let outcome = f.get("outcome", |text| value::word(text, OUTCOMES));
    let amount = f.get("amount_cny", value::cny);
    let substantiated = f.get("substantiated", value::boolean);
    let became_case = f.get("became_case", value::boolean);
    let decision_no = f.text("decision_no");
    let complainant_token = f.text("complainant_token");
    let event_id = f.text("event_id");
    f.finish(|| {
        Some(Complaint {
            complaint_id: complaint_id?,
            uscc: uscc?,
            category: category?,
            accepted_on: accepted_on?,
            replied_on,
            closed_on,
            outcome,
            amount,
            substantiated,
            became_case,
            decision_no,
            complainant_token: complainant_token?,
            event_id,
        })
    })
}
