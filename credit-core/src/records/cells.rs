//! A record as a row of its source again: the inverse of the parsers, so that a known fact can be shown, searched
//! and changed in the columns of the files it came from.

use chrono::NaiveDate;

use super::spec::Dialect;
use super::value::{
    self, INSPECTIONS, JUDGMENTS, OUTCOMES, PREMISES, RECORD_SOURCES, RESULTS, ROLES, STATUS,
};
use super::{Penalty, Permit, Record, Registration, changes, complaints, events, penalties, permits};
use super::{registration, standings};
use crate::money::Fen;

/// The cells of a row that are not empty, by column.
pub type RowCells = Vec<(&'static str, String)>;

/// 分 in 万元.
const FEN_PER_WAN: u64 = 1_000_000;

/// A row being written; empty values are left out.
#[derive(Default)]
struct Writer(RowCells);

impl Writer {
    fn text(mut self, column: &'static str, value: &str) -> Self {
        if !value.is_empty() {
            self.0.push((column, value.to_owned()));
        }
        self
    }

    fn maybe<T: ToString>(self, column: &'static str, value: Option<&T>) -> Self {
        match value {
            Some(value) => self.text(column, &value.to_string()),
            None => self,
        }
    }

    fn date(self, column: &'static str, date: NaiveDate) -> Self {
        self.text(column, &date.to_string())
    }

    fn list(self, column: &'static str, parts: &[String]) -> Self {
        self.text(column, &parts.join(";"))
    }

    fn wan(self, column: &'static str, money: Fen) -> Self {
        let fen = money.0.unsigned_abs();
        let text = format!("{}.{:06}", fen / FEN_PER_WAN, fen % FEN_PER_WAN);
        if money == Fen(0) { self } else { self.text(column, &text) }
    }
}

/// The word of a value in a table of a closed set.
fn word<T: PartialEq>(table: &[(&'static str, T)], value: &T) -> &'static str {
    table.iter().find(|(_, other)| other == value).map_or("", |(word, _)| word)
}

impl Record {
    /// The dialect and the cells in which the record would stand in a file, in the current dialect where the record
    /// fits it. `None` for orders, reviews and holdings.
    ///
    /// Columns that intake keeps without reading them are not part of a record and do not come back.
    #[must_use]
    pub fn to_cells(&self) -> Option<(&'static Dialect, RowCells)> {
        let (dialect, row) = match self {
            Record::Registration(record) => (&registration::DIALECT, registration_cells(record)),
            Record::Penalties(record) => penalty_cells(record),
            Record::Permits(record) => permit_cells(record),
            Record::RegistrationChanges(r) => (
                &changes::DIALECT,
                Writer::default()
                    .text("uscc", r.uscc.as_str())
                    .date("changed_on", r.changed_on)
                    .text("item", &r.item)
                    .text("before", &r.before)
                    .text("after", &r.after),
            ),
            Record::Lists(r) => (
                &standings::LISTS,
                Writer::default()
                    .text("uscc", r.uscc.as_str())
                    .text("list", value::list_code(r.list))
                    .text("decision_no", &r.decision_no)
                    .text("authority", &r.authority)
                    .date("effective_on", r.effective_on)
                    .maybe("expires_on", r.expires_on.as_ref())
                    .maybe("removed_on", r.removed_on.as_ref())
                    .maybe("reason", r.reason.as_ref())
                    .maybe("basis", r.basis.as_ref())
                    .maybe("name", r.name.as_ref()),
            ),
            Record::Classes(r) => (
                &standings::CLASSES,
                Writer::default()
                    .text("uscc", r.uscc.as_str())
                    .text("authority", value::class_authority(r.authority))
                    .text("class", &r.class)
                    .date("valid_from", r.valid_from)
                    .maybe("valid_to", r.valid_to.as_ref())
                    .maybe("decision_no", r.decision_no.as_ref()),
            ),
            other => event_cells(other)?,
        };
        let row = row.maybe("event_id", self.event_id().map(str::to_owned).as_ref());
        Some((dialect, row.0))
    }
}

fn event_cells(record: &Record) -> Option<(&'static Dialect, Writer)> {
    let row = Writer::default();
    Some(match record {
        Record::Commitments(r) => (
            &events::COMMITMENTS,
            row.text("uscc", r.uscc.as_str())
                .text("commitment_id", &r.commitment_id)
                .text("kind", &r.kind)
                .date("made_on", r.made_on)
                .date("due_on", r.due_on)
                .maybe("kept_on", r.kept_on.as_ref())
                .maybe("breach_determined_on", r.breach_determined_on.as_ref()),
        ),
        Record::Inspections(r) => (
            &events::INSPECTIONS,
            row.text("uscc", r.uscc.as_str())
                .text("inspection_id", &r.inspection_id)
                .text("kind", word(INSPECTIONS, &r.kind))
                .date("inspected_on", r.inspected_on)
                .maybe("sampled", r.sampled.as_ref())
                .maybe("failed", r.failed.as_ref())
                .text("result", word(RESULTS, &r.passed)),
        ),
        Record::Judgments(r) => (
            &events::JUDGMENTS,
            row.text("uscc", r.uscc.as_str())
                .text("case_no", &r.case_no)
                .text("kind", word(JUDGMENTS, &r.kind))
                .date("decided_on", r.decided_on)
                .maybe("amount_unpaid_cny", r.amount_unpaid.as_ref())
                .maybe("final", r.is_final.as_ref()),
        ),
        Record::Arrears(r) => (
            &events::ARREARS,
            row.text("uscc", r.uscc.as_str())
                .text("kind", &r.kind)
                .text("amount_cny", &r.amount.to_string())
                .date("due_on", r.due_on)
                .maybe("cleared_on", r.cleared_on.as_ref()),
        ),
        Record::Complaints(r) => (
            &complaints::DIALECT,
            row.text("complaint_id", &r.complaint_id)
                .text("uscc", r.uscc.as_str())
                .text("category", &r.category)
                .date("accepted_on", r.accepted_on)
                .maybe("replied_on", r.replied_on.as_ref())
                .maybe("closed_on", r.closed_on.as_ref())
                .text("outcome", r.outcome.map_or("", |outcome| word(OUTCOMES, &outcome)))
                .maybe("amount_cny", r.amount.as_ref())
                .maybe("substantiated", r.substantiated.as_ref())
                .maybe("became_case", r.became_case.as_ref())
                .maybe("decision_no", r.decision_no.as_ref())
                .text("complainant_token", &r.complainant_token),
        ),
        _ => return None,
    })
}

fn registration_cells(r: &Registration) -> Writer {
    let roles: Vec<String> = r.roles.iter().map(|role| word(ROLES, role).to_owned()).collect();
    Writer::default()
        .text("uscc", r.uscc.as_str())
        .text("name", &r.name)
        .text("status", word(STATUS, &r.status))
        .date("established_on", r.established_on)
        .maybe("registered_capital_cny", r.registered_capital.as_ref())
        .maybe("paid_in_capital_cny", r.paid_in_capital.as_ref())
        .text("legal_representative", &r.legal_representative)
        .maybe("address", r.address.as_ref())
        .text("region_code", &r.region_code)
        .maybe("industry_code", r.industry_code.as_ref())
        .list("roles", &roles)
        .date("filed_on", r.filed_on)
        .list("former_names", &r.former_names)
        .maybe("customs_code", r.customs_code.as_ref())
        .maybe("safe_listed", r.safe_listed.as_ref())
        .maybe("tax_refund_filed", r.tax_refund_filed.as_ref())
        .maybe("last_annual_report_year", r.last_annual_report_year.as_ref())
        .maybe("annual_report_late", r.annual_report_late.as_ref())
        .maybe("phone", r.phone.as_ref())
        .text("premises_check", r.premises_check.map_or("", |check| word(PREMISES, &check)))
        .maybe("premises_checked_on", r.premises_checked_on.as_ref())
        .text("record_source", r.record_source.map_or("", |source| word(RECORD_SOURCES, &source)))
}

/// Only the old dialect can say that a penalty was revoked or is disputed.
fn penalty_cells(r: &Penalty) -> (&'static Dialect, Writer) {
    let row = Writer::default();
    if r.revoked || r.disputed {
        let row = row
            .text("CF_WSH", &r.doc_no)
            .list("CF_CFLB1", &r.kinds)
            .text("CF_SY", &r.facts)
            .text("CF_YJ", &r.basis)
            .text("CF_XDR_MC", &r.name)
            .text("CF_XDR_SHXYM", r.uscc.as_str())
            .text("CF_JG", &r.content)
            .date("CF_JDRQ", r.decided_on)
            .text("CF_XZJG", &r.authority)
            .text("CF_ZT", if r.revoked { "1" } else { "2" })
            .maybe("CF_XFRQ", r.repaired_on.as_ref());
        return (&penalties::DIALECT_OLD, row);
    }
    let row = row
        .text("CF_XDR_MC", &r.name)
        .text("CF_XDR_SHXYM", r.uscc.as_str())
        .text("CF_WSH", &r.doc_no)
        .text("CF_WFXW", &r.behaviour)
        .text("CF_SY", &r.facts)
        .text("CF_YJ", &r.basis)
        .list("CF_CFLB", &r.kinds)
        .text("CF_NR", &r.content)
        .wan("CF_NR_FK", r.fine)
        .wan("CF_NR_WFFF", r.confiscated)
        .text("CF_NR_ZKDX", &r.licence)
        .date("CF_JDRQ", r.decided_on)
        .maybe("CF_YXQ", r.valid_until.as_ref())
        .maybe("CF_GSJZQ", r.publicity_until.as_ref())
        .text("CF_CFJG", &r.authority)
        .text("CF_CFJGDM", &r.authority_code)
        .maybe("CF_XFRQ", r.repaired_on.as_ref());
    (&penalties::DIALECT, row)
}

/// Only the old dialect has a project.
fn permit_cells(r: &Permit) -> (&'static Dialect, Writer) {
    let row = Writer::default();
    if !r.project.is_empty() {
        let row = row
            .text("XK_WSH", &r.doc_no)
            .text("XK_XMMC", &r.project)
            .text("XK_SPLB", &r.category)
            .text("XK_XDR", &r.name)
            .text("XK_XDR_SHXYM", r.uscc.as_str())
            .text("XK_NR", &r.content)
            .date("XK_JDRQ", r.decided_on)
            .maybe("XK_JZQ", r.valid_until.as_ref())
            .text("XK_XZJG", &r.authority)
            .text("XK_ZT", &r.status);
        return (&permits::DIALECT_OLD, row);
    }
    let row = row
        .text("XK_XDR_MC", &r.name)
        .text("XK_XDR_SHXYM", r.uscc.as_str())
        .text("XK_XKWS", &r.document)
        .text("XK_WSH", &r.doc_no)
        .text("XK_XKLB", &r.category)
        .text("XK_XKZS", &r.certificate)
        .text("XK_NR", &r.content)
        .date("XK_JDRQ", r.decided_on)
        .maybe("XK_YXQZ", r.valid_from.as_ref())
        .maybe("XK_YXQZI", r.valid_until.as_ref())
        .text("XK_XKJG", &r.authority)
        .text("XK_XKJGDM", &r.authority_code)
        .text("XK_ZT", &r.status);
    (&permits::DIALECT, row)
}
