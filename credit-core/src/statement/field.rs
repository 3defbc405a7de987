//! The table of field ids. An id, once published, keeps its meaning and its encoding.

use crate::indicator::IndicatorId;

pub const USCC: u16 = 1;
pub const AS_OF: u16 = 2;
pub const KNOWN_AT: u16 = 3;
pub const KIND: u16 = 4;
pub const SCORECARD_ID: u16 = 5;
pub const SCORECARD_DIGEST: u16 = 6;
pub const PREVIOUS_GRADE: u16 = 7;
pub const GRADE: u16 = 8;
pub const GRADE_BY_SCORE: u16 = 9;
pub const PENDING_GRADE: u16 = 10;
pub const SCORE: u16 = 11;
pub const SCORE_RAW: u16 = 12;
pub const SUB_SCORE_S1: u16 = 13;
pub const SUB_SCORE_S2: u16 = 14;
pub const SUB_SCORE_S3: u16 = 15;
pub const SUB_SCORE_S4: u16 = 16;
pub const COVERAGE: u16 = 17;
pub const VETOES: u16 = 18;
pub const CAPS: u16 = 19;
pub const N_REASONS: u16 = 20;
pub const VALID_UNTIL: u16 = 21;
/// Only in the statement of a grade that two persons signed.
pub const SIGN_OFF: u16 = 22;

/// The first indicator's id; the others follow in catalogue order.
pub const INDICATOR_FIRST: u16 = 101;

/// Id, name and SCALE type of every field that is not an indicator.
pub const TABLE: [(u16, &str, &str); 22] = [
    (USCC, "uscc", "[u8; 18], ASCII"),
    (AS_OF, "as_of", "i32, days since 1970-01-01"),
    (KNOWN_AT, "known_at", "i64, milliseconds since 1970-01-01T00:00:00Z"),
    (KIND, "kind", "u8: 1 E1, 2 E2, 3 E3, 4 E4"),
    (SCORECARD_ID, "scorecard_id", "String"),
    (SCORECARD_DIGEST, "scorecard_digest", "[u8; 32]"),
    (PREVIOUS_GRADE, "previous_grade", "Option<u8>, as grade"),
    (GRADE, "grade", "u8: 0 AAA, 1 AA, 2 A, 3 BBB, 4 BB, 5 D, 6 N"),
    (GRADE_BY_SCORE, "grade_by_score", "u8, as grade"),
    (PENDING_GRADE, "pending_grade", "Option<u8>, as grade"),
    (SCORE, "score", "u16"),
    (SCORE_RAW, "score_raw", "u16"),
    (SUB_SCORE_S1, "sub_score_s1", "Compact<u32>, hundredths"),
    (SUB_SCORE_S2, "sub_score_s2", "Compact<u32>, hundredths"),
    (SUB_SCORE_S3, "sub_score_s3", "Compact<u32>, hundredths"),
    (SUB_SCORE_S4, "sub_score_s4", "Compact<u32>, hundredths"),
    (COVERAGE, "coverage", "Compact<u32>, hundredths of a percent"),
    (VETOES, "vetoes", "Vec<String>"),
    (CAPS, "caps", "Vec<(String, u16)>, code and limit"),
    (N_REASONS, "n_reasons", "Vec<u8>: 0 low_coverage, 1 young, 2 no_trade, 3 cancelled"),
    (VALID_UNTIL, "valid_until", "i32, days since 1970-01-01"),
    (SIGN_OFF, "sign_off", "[u8; 32], SHA-256 of the sign-off as recorded"),
];

/// The SCALE type of every indicator's field.
pub const INDICATOR_TYPE: &str = "{ state: u8 (0 observed, 1 not_applicable, 2 insufficient, 3 disabled), \
     value: Option<enum { 0 Ratio { num: i128, den: i128 }, 1 Category(String) }>, n: Compact<u64>, \
     evidence: [u8; 32] }";

/// The field id of an indicator.
#[must_use]
pub fn of_indicator(id: IndicatorId) -> u16 {
    let place = IndicatorId::ALL.iter().position(|other| *other == id).unwrap_or(0);
    INDICATOR_FIRST + u16::try_from(place).unwrap_or(0)
}

/// The ids that every statement has, ascending.
pub fn all() -> impl Iterator<Item = u16> {
    let always = TABLE.iter().map(|(id, _, _)| *id).filter(|id| *id != SIGN_OFF);
    always.chain(IndicatorId::ALL.into_iter().map(of_indicator))
}

/// A field's name: that of the table, or the indicator's id.
#[must_use]
pub fn name(id: u16) -> Option<&'static str> {
    let plain = TABLE.iter().find(|(own, _, _)| *own == id).map(|(_, name, _)| *name);
    plain.or_else(|| {
        let place = usize::from(id.checked_sub(INDICATOR_FIRST)?);
        IndicatorId::ALL.get(place).map(|indicator| indicator.as_str())
    })
}
