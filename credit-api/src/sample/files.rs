//! The files of a zone: their columns, their encodings, and the order in which to import them.

use std::path::{Path, PathBuf};

use super::SampleError;
use super::message_file::MessageFile;
use super::sheet::{Encoding, Sheet};
use super::workbook::TextWorkbook;

pub(super) const REGISTRATION: [&str; 22] = [
    "uscc",
    "name",
    "status",
    "established_on",
    "registered_capital_cny",
    "paid_in_capital_cny",
    "legal_representative",
    "address",
    "region_code",
    "industry_code",
    "roles",
    "filed_on",
    "former_names",
    "customs_code",
    "safe_listed",
    "tax_refund_filed",
    "last_annual_report_year",
    "annual_report_late",
    "phone",
    "premises_check",
    "premises_checked_on",
    "record_source",
];
pub(super) const CHANGES: [&str; 5] = ["uscc", "changed_on", "item", "before", "after"];
pub(super) const PENALTIES: [&str; 18] = [
    "CF_XDR_MC",
    "CF_XDR_LB",
    "CF_XDR_SHXYM",
    "CF_FRDB",
    "CF_WSH",
    "CF_WFXW",
    "CF_SY",
    "CF_YJ",
    "CF_CFLB",
    "CF_NR",
    "CF_NR_FK",
    "CF_NR_WFFF",
    "CF_NR_ZKDX",
    "CF_JDRQ",
    "CF_GSJZQ",
    "CF_CFJG",
    "CF_CFJGDM",
    "CF_XFRQ",
];
pub(super) const PENALTIES_OLD: [&str; 12] = [
    "CF_WSH",
    "CF_CFMC",
    "CF_CFLB1",
    "CF_CFLB2",
    "CF_SY",
    "CF_YJ",
    "CF_XDR_MC",
    "CF_XDR_SHXYM",
    "CF_JG",
    "CF_JDRQ",
    "CF_XZJG",
    "CF_ZT",
];
pub(super) const PERMITS: [&str; 12] = [
    "XK_XDR_MC",
    "XK_XDR_SHXYM",
    "XK_XKWS",
    "XK_WSH",
    "XK_XKLB",
    "XK_XKZS",
    "XK_NR",
    "XK_JDRQ",
    "XK_YXQZ",
    "XK_YXQZI",
    "XK_XKJG",
    "XK_ZT",
];
pub(super) const LISTS: [&str; 9] = [
    "uscc",
    "list",
    "decision_no",
    "authority",
    "effective_on",
    "expires_on",
    "removed_on",
    "reason",
    "basis",
];
pub(super) const CLASSES: [&str; 6] = ["uscc", "authority", "class", "valid_from", "valid_to", "decision_no"];
pub(super) const COMMITMENTS: [&str; 7] =
    ["uscc", "commitment_id", "kind", "made_on", "due_on", "kept_on", "breach_determined_on"];
pub(super) const INSPECTIONS: [&str; 7] =
    ["uscc", "inspection_id", "kind", "inspected_on", "sampled", "failed", "result"];
pub(super) const JUDGMENTS: [&str; 6] =
    ["uscc", "case_no", "kind", "decided_on", "amount_unpaid_cny", "final"];
pub(super) const ARREARS: [&str; 5] = ["uscc", "kind", "amount_cny", "due_on", "cleared_on"];
pub(super) const HOLDINGS: [&str; 6] = ["uscc", "holder", "holder_uscc", "percent", "valid_from", "valid_to"];
pub(super) const TRANSACTIONS: [&str; 33] = [
    "uscc",
    "order_no",
    "mode",
    "direction",
    "ordered_at",
    "paid_at",
    "shipped_at",
    "delivered_at",
    "amount_cny",
    "paid_amount_cny",
    "currency",
    "payer_matches_buyer",
    "consignee_matches",
    "logistics_no",
    "logistics_uscc",
    "platform_uscc",
    "payment_uscc",
    "hs_code",
    "quantity",
    "country",
    "buyer_token",
    "address_token",
    "phone_token",
    "customs_status",
    "held_at",
    "returned_at",
    "promised_on",
    "amended",
    "cancelled_at",
    "refund_requested_at",
    "refund_closed_at",
    "agent_uscc",
    "warehouse_uscc",
];
pub(super) const COMPLAINTS: [&str; 12] = [
    "complaint_id",
    "uscc",
    "category",
    "accepted_on",
    "replied_on",
    "closed_on",
    "outcome",
    "amount_cny",
    "substantiated",
    "became_case",
    "decision_no",
    "complainant_token",
];

/// Every file of the zone, open for writing.
pub(super) struct Files {
    pub registration: Sheet,
    pub changes: Sheet,
    pub penalties: Sheet,
    pub penalties_old: Sheet,
    pub permits: TextWorkbook,
    pub lists: Sheet,
    pub classes: Sheet,
    pub commitments: Sheet,
    pub inspections: Sheet,
    pub judgments: Sheet,
    pub arrears: Sheet,
    pub holdings: Sheet,
    pub transactions: Sheet,
    pub reviews: Sheet,
    pub complaints: Sheet,
    pub messages: MessageFile,
}

impl Files {
    pub fn create(folder: &Path) -> Result<Self, SampleError> {
        std::fs::create_dir_all(folder).map_err(|source| SampleError::at(folder, source))?;
        let csv = |name: &str, columns| Sheet::create(folder.join(name), Encoding::Utf8, columns);
        Ok(Self {
            registration: csv("registration.csv", &REGISTRATION)?,
            changes: csv("registration_changes.csv", &CHANGES)?,
            // As many departments' systems still write it.
            penalties: Sheet::create(folder.join("penalties.csv"), Encoding::Gb18030, &PENALTIES)?,
            penalties_old: csv("penalties-old.csv", &PENALTIES_OLD)?,
            permits: TextWorkbook::create(folder.join("permits.xlsx"), &PERMITS)?,
            lists: csv("lists.csv", &LISTS)?,
            classes: csv("classes.csv", &CLASSES)?,
            commitments: csv("commitments.csv", &COMMITMENTS)?,
            inspections: csv("inspections.csv", &INSPECTIONS)?,
            judgments: csv("judgments.csv", &JUDGMENTS)?,
            arrears: csv("arrears.csv", &ARREARS)?,
            holdings: csv("holdings.csv", &HOLDINGS)?,
            transactions: csv("transactions.csv", &TRANSACTIONS)?,
            reviews: csv("reviews.ndjson", &[])?,
            complaints: csv("complaints.csv", &COMPLAINTS)?,
            messages: MessageFile::create(folder)?,
        })
    }

    /// Closes the files; the paths of the tables in the order of import, registration first, those of messages and of
    /// labels.
    pub fn finish(self) -> Result<(Vec<PathBuf>, PathBuf, PathBuf), SampleError> {
        let (messages, labels) = self.messages.finish()?;
        let tables = vec![
            self.registration.finish()?,
            self.changes.finish()?,
            self.classes.finish()?,
            self.lists.finish()?,
            self.penalties_old.finish()?,
            self.penalties.finish()?,
            self.permits.finish()?,
            self.commitments.finish()?,
            self.inspections.finish()?,
            self.judgments.finish()?,
            self.arrears.finish()?,
            self.holdings.finish()?,
            self.transactions.finish()?,
            self.reviews.finish()?,
            self.complaints.finish()?,
        ];
        Ok((tables, messages, labels))
    }
}
