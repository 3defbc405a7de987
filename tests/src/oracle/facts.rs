//! What the source files say, one struct per source. Money is in CNY unless the name says otherwise.

use std::collections::{BTreeMap, HashMap};

use chrono::{NaiveDate, NaiveDateTime};

use super::fraction::Fraction;

#[derive(Clone, Debug, PartialEq)]
pub struct Registration {
    pub uscc: String,
    pub record_source: String,
    pub name: String,
    pub status: String,
    pub established_on: NaiveDate,
    pub registered_capital: Option<Fraction>,
    pub paid_in_capital: Option<Fraction>,
    pub legal_representative: String,
    pub address: Option<String>,
    pub industry_code: Option<String>,
    pub roles: Vec<String>,
    pub filed_on: NaiveDate,
    pub customs_code: Option<String>,
    pub safe_listed: Option<bool>,
    pub tax_refund_filed: Option<bool>,
    pub last_annual_report_year: Option<i32>,
    pub annual_report_late: Option<i128>,
    pub phone: Option<String>,
    pub premises_check: Option<String>,
    pub premises_checked_on: Option<NaiveDate>,
    /// Everything else the row says, so that "identical" means the whole row.
    pub rest: Vec<Option<String>>,
}

#[derive(Clone, Debug)]
pub struct Change {
    pub changed_on: NaiveDate,
    pub item: String,
}

#[derive(Clone, Debug)]
pub struct Penalty {
    pub kinds: String,
    /// Fines and confiscations, 万元.
    pub money_wan: Fraction,
    pub violation: String,
    pub licence: String,
    pub decided_on: NaiveDate,
    pub public_until: Option<NaiveDate>,
    pub repaired_on: Option<NaiveDate>,
    pub revoked: bool,
}

#[derive(Clone, Debug)]
pub struct Permit {
    pub words: String,
    pub state: String,
    pub decided_on: Option<NaiveDate>,
    pub valid_from: Option<NaiveDate>,
    pub valid_to: Option<NaiveDate>,
}

#[derive(Clone, Debug)]
pub struct Listing {
    pub list: String,
    pub effective_on: NaiveDate,
    pub expires_on: Option<NaiveDate>,
    pub removed_on: Option<NaiveDate>,
}

#[derive(Clone, Debug)]
pub struct Class {
    pub authority: String,
    pub class: String,
    pub valid_from: NaiveDate,
    pub valid_to: Option<NaiveDate>,
}

#[derive(Clone, Debug)]
pub struct Commitment {
    pub due_on: NaiveDate,
    pub kept_on: Option<NaiveDate>,
}

#[derive(Clone, Debug)]
pub struct Inspection {
    pub kind: String,
    pub inspected_on: NaiveDate,
    pub sampled: Option<i128>,
    pub failed: Option<i128>,
    pub passed: bool,
}

#[derive(Clone, Debug)]
pub struct Judgment {
    pub kind: String,
    pub decided_on: NaiveDate,
    pub unpaid: Fraction,
    pub is_final: bool,
}

#[derive(Clone, Debug)]
pub struct Arrear {
    pub due_on: NaiveDate,
    pub cleared_on: Option<NaiveDate>,
}

#[derive(Clone, Debug)]
pub struct Order {
    pub uscc: String,
    pub order_no: String,
    pub mode: String,
    pub import: bool,
    pub ordered_at: NaiveDateTime,
    pub paid_at: Option<NaiveDateTime>,
    pub shipped_at: Option<NaiveDateTime>,
    pub delivered_at: Option<NaiveDateTime>,
    pub returned_at: Option<NaiveDateTime>,
    pub amount: Fraction,
    pub paid_amount: Option<Fraction>,
    pub payer_matches_buyer: Option<bool>,
    pub consignee_matches: Option<bool>,
    pub logistics_no: Option<String>,
    pub logistics_uscc: Option<String>,
    pub platform_uscc: Option<String>,
    pub payment_uscc: Option<String>,
    pub agent_uscc: Option<String>,
    pub warehouse_uscc: Option<String>,
    pub hs_code: Option<String>,
    pub quantity: Option<Fraction>,
    pub country: Option<String>,
    pub buyer_token: Option<String>,
    pub address_token: Option<String>,
    pub phone_token: Option<String>,
    pub customs_status: Option<i64>,
    pub held_at: Option<NaiveDateTime>,
    pub amended: Option<bool>,
    pub cancelled_at: Option<NaiveDateTime>,
    /// What customs messages say of it beside the row.
    pub told: Option<Told>,
}

/// What is planted in the messages of an order. That messages are read as they should be is for the messages' own
/// tests; here is what follows from it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Told {
    /// Other goods were declared than ordered (M7).
    pub goods_differ: bool,
    /// The waybill's weight is not the declared one (ruling B10).
    pub weight_differs: bool,
}

#[derive(Clone, Debug)]
pub struct Review {
    pub platform_uscc: String,
    pub uscc: String,
    pub order_no: Option<String>,
    pub rating: i128,
    pub created_at: NaiveDateTime,
    pub verified: bool,
    pub buyer_token: String,
    pub simhash: Option<u64>,
    pub deleted: bool,
    pub incentive: bool,
}

#[derive(Clone, Debug)]
pub struct Complaint {
    pub complaint_id: String,
    pub uscc: String,
    pub accepted_on: NaiveDate,
    pub closed_on: Option<NaiveDate>,
    pub outcome: Option<String>,
    pub became_case: bool,
    pub complainant_token: String,
}

/// Facts of one source by USCC, then by the rest of the natural key: a later row of the same key replaces.
pub type PerEnterprise<T> = HashMap<String, BTreeMap<Vec<String>, T>>;

/// All facts of the zone, later rows of the same natural key having replaced the earlier ones.
#[derive(Default)]
pub struct Zone {
    /// In the order received: the row received last answers for the enterprise.
    pub registrations: HashMap<String, Vec<Registration>>,
    pub changes: PerEnterprise<Change>,
    pub penalties: PerEnterprise<Penalty>,
    pub permits: PerEnterprise<Permit>,
    pub listings: PerEnterprise<Listing>,
    pub classes: PerEnterprise<Class>,
    pub commitments: PerEnterprise<Commitment>,
    pub inspections: PerEnterprise<Inspection>,
    pub judgments: PerEnterprise<Judgment>,
    pub arrears: PerEnterprise<Arrear>,
    /// By (uscc, order_no).
    pub orders: BTreeMap<(String, String), Order>,
    /// By the same key, whichever came first.
    pub told: BTreeMap<(String, String), Told>,
    /// By (platform_uscc, review_id).
    pub reviews: BTreeMap<(String, String), Review>,
    /// By complaint_id.
    pub complaints: BTreeMap<String, Complaint>,
}
