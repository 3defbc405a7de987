//! The typed records of the source files (`docs/FORMATS.md`), one struct per source.
//!
//! A record is what a valid row says, in the domain's types: codes checked, money in 分, times as
//! instants, dates as calendar dates of Asia/Shanghai. Optional columns are `Option`.

mod cells;
pub mod changes;
pub mod complaints;
pub mod error;
pub mod events;
mod fields;
mod fine_text;
pub mod formats;
pub mod holdings;
mod keys;
mod messages;
pub mod names;
pub mod penalties;
pub mod permits;
pub mod registration;
pub mod reviews;
pub mod row;
pub mod spec;
pub mod standings;
#[cfg(test)]
#[expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::string_slice,
    reason = "tests"
)]
mod tests;
pub mod transactions;
mod value;

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

use crate::dates::Moment;
use crate::indicator::SubjectKind;
use crate::money::Fen;
use crate::uscc::Uscc;

pub use cells::RowCells;
pub use error::{ErrorCode, Expected, FieldError, Lang};
pub use keys::parse;
pub use row::{CellType, Cells, HeaderError, Layout, Row};

/// A source id of the interface contract.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SourceId {
    Registration,
    RegistrationChanges,
    Penalties,
    Permits,
    Lists,
    Classes,
    Commitments,
    Inspections,
    Judgments,
    Arrears,
    Holdings,
    Transactions,
    Reviews,
    Complaints,
}

/// A record of any source.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "source", rename_all = "snake_case")]
pub enum Record {
    Registration(Box<Registration>),
    RegistrationChanges(RegistrationChange),
    Penalties(Box<Penalty>),
    Permits(Box<Permit>),
    Lists(Listing),
    Classes(Class),
    Commitments(Commitment),
    Inspections(Inspection),
    Judgments(Judgment),
    Arrears(Arrear),
    Holdings(Holding),
    Transactions(Box<Order>),
    Reviews(Box<Review>),
    Complaints(Complaint),
}

/// 登记状态 (`domain.md` 2.0, ruling C1). The three words of the first are one status.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Status {
    /// 存续 / 在营 / 开业 / 在册
    InOperation,
    /// 歇业
    Suspended,
    /// 清算
    Liquidating,
    /// 迁出
    MovedOut,
    /// 吊销未注销
    RevokedNotCancelled,
    /// 吊销已注销
    RevokedAndCancelled,
    /// 注销
    Cancelled,
    /// 撤销登记
    RegistrationRescinded,
}

/// Who sent a registration row (`record_source?`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RecordSource {
    Samr,
    Zone,
    Customs,
}

/// `premises_check`; an empty cell is "never verified" and is `None` in the record.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PremisesCheck {
    Verified,
    Failed,
    Lost,
}

/// Market-entity registry and zone filing. Natural key: `uscc` (and `record_source`, see ADR).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Registration {
    pub uscc: Uscc,
    pub name: String,
    pub status: Status,
    pub established_on: NaiveDate,
    pub registered_capital: Option<Fen>,
    pub paid_in_capital: Option<Fen>,
    pub legal_representative: String,
    pub address: Option<String>,
    pub region_code: String,
    pub industry_code: Option<String>,
    /// In the order of the file; the first is the one that is scored (ruling A5). Never empty.
    pub roles: Vec<SubjectKind>,
    pub filed_on: NaiveDate,
    pub former_names: Vec<String>,
    pub customs_code: Option<String>,
    pub safe_listed: Option<bool>,
    pub tax_refund_filed: Option<bool>,
    pub last_annual_report_year: Option<i32>,
    pub annual_report_late: Option<u32>,
    pub phone: Option<String>,
    pub premises_check: Option<PremisesCheck>,
    pub premises_checked_on: Option<NaiveDate>,
    pub record_source: Option<RecordSource>,
    pub event_id: Option<String>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RegistrationChange {
    pub uscc: Uscc,
    pub changed_on: NaiveDate,
    pub item: String,
    pub before: String,
    pub after: String,
    pub event_id: Option<String>,
}

/// 行政处罚, both published dialects (ruling C11).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Penalty {
    pub uscc: Uscc,
    pub name: String,
    /// 决定书文号 as received; compared after normalising brackets and spaces.
    pub doc_no: String,
    /// CF_WFXW (old dialect: CF_SY).
    pub behaviour: String,
    pub facts: String,
    pub basis: String,
    /// CF_CFLB, or CF_CFLB1 and CF_CFLB2, split at `;` `；` `、` `,`.
    pub kinds: Vec<String>,
    pub content: String,
    pub fine: Fen,
    pub confiscated: Fen,
    /// CF_NR_ZKDX 暂扣或吊销证照名称及编号.
    pub licence: String,
    pub decided_on: NaiveDate,
    pub valid_until: Option<NaiveDate>,
    /// CF_GSJZQ, the last day of publicity.
    pub publicity_until: Option<NaiveDate>,
    /// CF_CFJG and CF_CFJGDM (old dialect: CF_XZJG for both).
    pub authority: String,
    pub authority_code: String,
    /// CF_XFRQ: no effect from this day on.
    pub repaired_on: Option<NaiveDate>,
    /// Old dialect CF_ZT 1: no effect at all.
    pub revoked: bool,
    /// Old dialect CF_ZT 2: counts, and is marked.
    pub disputed: bool,
    pub event_id: Option<String>,
}

/// 行政许可, both published dialects.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Permit {
    pub uscc: Uscc,
    pub name: String,
    pub doc_no: String,
    /// XK_XKWS 许可决定文书名称.
    pub document: String,
    /// XK_XKZS 许可证书名称.
    pub certificate: String,
    /// Old dialect XK_XMMC 项目名称.
    pub project: String,
    pub category: String,
    pub content: String,
    pub decided_on: NaiveDate,
    pub valid_from: Option<NaiveDate>,
    pub valid_until: Option<NaiveDate>,
    pub authority: String,
    pub authority_code: String,
    /// XK_ZT as received; empty, `0` and `正常` count as valid.
    pub status: String,
    pub event_id: Option<String>,
}

/// Closed set of list codes (ruling E6).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ListCode {
    AbnormalOperation,
    SeriousDishonesty,
    JudgmentDefaulter,
    TaxSerious,
    WageArrears,
    CustomsDishonest,
    CustomsSeriouslyDishonest,
    StatisticsSerious,
    IpSerious,
}

impl ListCode {
    pub const ALL: [ListCode; 9] = [
        ListCode::AbnormalOperation,
        ListCode::SeriousDishonesty,
        ListCode::JudgmentDefaulter,
        ListCode::TaxSerious,
        ListCode::WageArrears,
        ListCode::CustomsDishonest,
        ListCode::CustomsSeriouslyDishonest,
        ListCode::StatisticsSerious,
        ListCode::IpSerious,
    ];

    /// The word of the source files.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        value::list_code(self)
    }
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Listing {
    pub uscc: Uscc,
    pub list: ListCode,
    pub decision_no: String,
    pub authority: String,
    pub effective_on: NaiveDate,
    /// Last day in force.
    pub expires_on: Option<NaiveDate>,
    /// First day no longer in force.
    pub removed_on: Option<NaiveDate>,
    pub reason: Option<String>,
    pub basis: Option<String>,
    /// Of the listed party, in the words of the list: what is known of one that is not registered here. Left out where
    /// there is none, so that an entry received before the column existed is the same record when it comes again.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    pub event_id: Option<String>,
}

/// A department whose standing of an enterprise is mirrored.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ClassAuthority {
    Customs,
    Safe,
    Tax,
    PublicCredit,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Class {
    pub uscc: Uscc,
    pub authority: ClassAuthority,
    /// As in the format: ADV CERT REG DIS SDIS; A B C GUIDANCE EXEMPT; A B M C D; 优 良 中 差.
    pub class: String,
    pub valid_from: NaiveDate,
    pub valid_to: Option<NaiveDate>,
    pub decision_no: Option<String>,
    pub event_id: Option<String>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Commitment {
    pub uscc: Uscc,
    pub commitment_id: String,
    pub kind: String,
    pub made_on: NaiveDate,
    pub due_on: NaiveDate,
    pub kept_on: Option<NaiveDate>,
    pub breach_determined_on: Option<NaiveDate>,
    pub event_id: Option<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum InspectionKind {
    Random,
    Special,
    ProductSampling,
    Recall,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Inspection {
    pub uscc: Uscc,
    pub inspection_id: String,
    pub kind: InspectionKind,
    pub inspected_on: NaiveDate,
    pub sampled: Option<u64>,
    pub failed: Option<u64>,
    pub passed: bool,
    pub event_id: Option<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum JudgmentKind {
    Enforcement,
    Ip,
    Smuggling,
    TaxFraud,
    FalseInvoice,
    IllegalFx,
    MoneyLaundering,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Judgment {
    pub uscc: Uscc,
    pub case_no: String,
    pub kind: JudgmentKind,
    pub decided_on: NaiveDate,
    pub amount_unpaid: Option<Fen>,
    pub is_final: Option<bool>,
    pub event_id: Option<String>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Arrear {
    pub uscc: Uscc,
    pub kind: String,
    pub amount: Fen,
    pub due_on: NaiveDate,
    pub cleared_on: Option<NaiveDate>,
    pub event_id: Option<String>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Holding {
    pub uscc: Uscc,
    pub holder: String,
    pub holder_uscc: Option<Uscc>,
    /// Percent as a decimal with up to four places, in 1/10000 of a percent.
    pub percent_e4: i64,
    pub valid_from: NaiveDate,
    pub valid_to: Option<NaiveDate>,
    pub event_id: Option<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Direction {
    Import,
    Export,
}

/// Customs supervision modes (`domain.md` 5.1).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Mode {
    #[serde(rename = "9610")]
    M9610,
    #[serde(rename = "1210")]
    M1210,
    #[serde(rename = "1239")]
    M1239,
    #[serde(rename = "9710")]
    M9710,
    #[serde(rename = "9810")]
    M9810,
}

/// One order: the three documents flattened (`transactions`). Natural key: (`uscc`, `order_no`).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Order {
    /// The merchant (ebc), ruling A6.
    pub uscc: Uscc,
    pub order_no: String,
    pub mode: Mode,
    pub direction: Direction,
    pub ordered_at: Moment,
    pub paid_at: Option<Moment>,
    pub shipped_at: Option<Moment>,
    pub delivered_at: Option<Moment>,
    pub amount: Fen,
    pub paid_amount: Option<Fen>,
    pub currency: String,
    pub payer_matches_buyer: Option<bool>,
    pub consignee_matches: Option<bool>,
    pub logistics_no: Option<String>,
    pub logistics_uscc: Option<Uscc>,
    pub platform_uscc: Option<Uscc>,
    pub payment_uscc: Option<Uscc>,
    pub hs_code: Option<String>,
    /// Quantity in millionths of the unit; `None` when empty.
    pub quantity_e6: Option<i64>,
    pub country: Option<String>,
    pub buyer_token: Option<String>,
    pub address_token: Option<String>,
    pub phone_token: Option<String>,
    /// Latest returnStatus; negative is 异常.
    pub customs_status: Option<i32>,
    pub held_at: Option<Moment>,
    pub returned_at: Option<Moment>,
    pub promised_on: Option<NaiveDate>,
    pub amended: Option<bool>,
    pub cancelled_at: Option<Moment>,
    pub refund_requested_at: Option<Moment>,
    pub refund_closed_at: Option<Moment>,
    pub agent_uscc: Option<Uscc>,
    pub warehouse_uscc: Option<Uscc>,
    pub event_id: Option<String>,
    /// Of customs messages alone: whether what only the documents tell agrees (ruling B2). No column.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub documents_agree: Option<bool>,
    /// Of customs messages alone: whether the waybill's weight is another than the declared (ruling B10). No column.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub weight_differs: Option<bool>,
}

/// One consumer review. Natural key: (`platform_uscc`, `review_id`).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Review {
    pub review_id: String,
    pub platform_uscc: Uscc,
    pub uscc: Uscc,
    pub order_no: Option<String>,
    /// 1 to 5 stars.
    pub rating: u8,
    pub created_at: Moment,
    pub verified_purchase: bool,
    pub buyer_token: String,
    pub counterparty_token: Option<String>,
    pub text_hash: Option<String>,
    /// 64-bit similarity hash of the text (16 hex digits in the file).
    pub simhash: Option<u64>,
    pub deleted: bool,
    pub incentive: bool,
    pub merchant_replied_at: Option<Moment>,
    pub event_id: Option<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ComplaintOutcome {
    /// 和解
    Settled,
    /// 调解成功
    Mediated,
    /// 终止
    Terminated,
    /// 撤回
    Withdrawn,
    /// 不成立
    Unfounded,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Complaint {
    pub complaint_id: String,
    pub uscc: Uscc,
    pub category: String,
    pub accepted_on: NaiveDate,
    pub replied_on: Option<NaiveDate>,
    pub closed_on: Option<NaiveDate>,
    pub outcome: Option<ComplaintOutcome>,
    pub amount: Option<Fen>,
    pub substantiated: Option<bool>,
    pub became_case: Option<bool>,
    pub decision_no: Option<String>,
    pub complainant_token: String,
    pub event_id: Option<String>,
}
