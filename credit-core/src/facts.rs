//! Everything the 46 indicators of one enterprise rest on, as known at T, for an as-of date D.
//!
//! `credit-api` gathers a [`Facts`]; `observe` turns it into [`crate::indicator::Observations`]. Sums over
//! orders and reviews arrive here already counted ([`TradeFacts`], [`ReviewFacts`], by `trade` and `reviews`),
//! because they come from rollups; everything else arrives as records.

use chrono::NaiveDate;

use crate::indicator::SubjectKind;
use crate::records::{
    Arrear, Class, Commitment, Complaint, Inspection, Judgment, Listing, Penalty, Permit, Registration,
    RegistrationChange,
};
use crate::reviews::ReviewSigns;
use crate::uscc::Uscc;

/// The facts of one enterprise. Records are those known at T; whether one counts at D is decided by `observe`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Facts {
    pub uscc: Uscc,
    pub as_of: NaiveDate,
    /// By the first role of the primary registration (ruling A5).
    pub kind: SubjectKind,
    /// The row received last, whatever its `record_source`: it answers for name, status, capital and the rest.
    pub registration: Registration,
    /// The latest row of each non-empty `record_source`, for R01 only (may include the primary).
    pub registration_sources: Vec<Registration>,
    pub changes: Vec<RegistrationChange>,
    pub penalties: Vec<Penalty>,
    pub permits: Vec<Permit>,
    pub listings: Vec<Listing>,
    pub classes: Vec<Class>,
    pub commitments: Vec<Commitment>,
    pub inspections: Vec<Inspection>,
    pub judgments: Vec<Judgment>,
    pub arrears: Vec<Arrear>,
    pub complaints: Vec<Complaint>,
    pub relatives: Vec<Relative>,
    pub trade: TradeFacts,
    pub reviews: ReviewFacts,
}

/// Another enterprise that shares the legal representative, or address and phone (R09).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Relative {
    pub registration: Registration,
    pub listings: Vec<Listing>,
}

/// Counted orders of X's population (ruling A6) as known at T, for D. `90` and `365` are day windows by
/// `ordered_at` unless a field says otherwise. Rows that A7 hides (dated after D) are not in any count.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct TradeFacts {
    /// Any row with `add_months(D,-12) < ordered_at <= D` (N otherwise, ruling A11).
    pub rows_12_months: u64,
    /// Rows in 365 d: the orders of C03 and C05.
    pub rows_365: u64,
    pub import_rows_90: u64,
    pub import_rows_365: u64,
    /// T01: rows of 90 d with customs_status 800 or 899, and those that pass (B2).
    pub released_90: u64,
    pub matched_90: u64,
    /// T02: rows of 90 d with a customs_status, and those with 100 or negative.
    pub declared_90: u64,
    pub rejected_90: u64,
    /// T03: rows of 90 d with documents on file, and those amended or cancelled (A10, G).
    pub documented_90: u64,
    pub amended_90: u64,
    /// T04: rows of 365 d in the B3 denominator, and the held ones.
    pub examined_365: u64,
    pub held_365: u64,
    /// T05: import rows of 90 d where `payer_matches_buyer` is not empty, and those true.
    pub payer_known_90: u64,
    pub payer_matches_90: u64,
    /// T06 (B4), 365 d: sums in 分 and rows, import and export.
    pub import_amount_365: i128,
    pub import_paid_365: i128,
    pub export_amount_365: i128,
    pub export_paid_365: i128,
    pub export_rows_365: u64,
    /// T07 (B4): rows by `shipped_at` in 90 d that count, and those delivered within 45 days.
    pub shipped_90: u64,
    pub delivered_in_time_90: u64,
    /// T08 (B6): rows by `promised_on` in 90 d, and those delivered on or before it.
    pub promised_90: u64,
    pub kept_promise_90: u64,
    /// T09 (B7): over the cells that have a zone median: own rows, own returns, and Σ rows·median as a fraction.
    pub peer_rows_365: u64,
    pub peer_returned_365: u64,
    pub peer_expected_num: i128,
    pub peer_expected_den: i128,
    /// T10, T11: rows and Σ amount (分) of the last 24 complete calendar months, oldest first (B5).
    pub months: Vec<MonthVolume>,
    /// T12 (B8): import rows of 90 d of flagged tokens.
    pub quota_flagged_90: u64,
    /// T13 (B8, G): rows of 90 d with an address or phone token, and those of flagged tokens.
    pub addressed_90: u64,
    pub clustered_90: u64,
    /// T14 (B9): lines left, and those off by more than a factor of three.
    pub priced_90: u64,
    pub price_off_90: u64,
    /// T15 (B10): rows of 90 d with a waybill, and the abnormal ones.
    pub waybills_90: u64,
    pub waybills_abnormal_90: u64,
    /// T16 (B10): rows of 90 d, and the abnormal ones.
    pub rows_90: u64,
    pub sequence_abnormal_90: u64,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct MonthVolume {
    pub rows: u64,
    /// Σ amount in 分.
    pub amount: i128,
}

/// Counted reviews (rulings D1, D3).
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ReviewFacts {
    /// Verified, not deleted, 365 d: reviews and Σ stars; then the same over all enterprises of the zone.
    pub verified_365: u64,
    pub stars_365: u64,
    pub zone_verified_365: u64,
    pub zone_stars_365: u64,
    /// Of the verified ones: at most two stars, and all, in 90 d and 365 d.
    pub low_365: u64,
    pub verified_90: u64,
    pub low_90: u64,
    /// C06: non-deleted reviews of 365 d, and the suspicious ones.
    pub all_365: u64,
    pub suspicious_365: u64,
    /// F4, F6 and F8, for alerts alone.
    pub signs: ReviewSigns,
}
