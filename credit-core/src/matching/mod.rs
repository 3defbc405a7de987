//! 三单比对: whether order, payment and parcel of one sale tell the same story (`domain.md` 5.3; rulings B1, B2, B10, E9).
//!
//! [`judge`] compares the documents known of a sale and says of each rule whether it passes, fails, waits for a
//! document that may still come, or has no meaning here. Two notions are kept apart: a rule that *waits* for people
//! who read, and what is *counted*, where a rule whose inputs are absent passes ([`Judgement::documents_agree`],
//! ruling B2).
//!
//! A judgement is a function of the documents and their surroundings; in which order they came changes nothing.

mod documents;
mod judge;
mod order;
mod pack;
mod rules;
mod rules_goods;
mod rules_later;
#[cfg(test)]
#[expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]
mod tests;
mod words;

use crate::indicator::SubjectKind;
use crate::uscc::Uscc;

pub use documents::{
    Amount, DeclarationDoc, GoodsLine, Movement, OrderDoc, PaymentDoc, ReturnDoc, Sale, Status, Tokens,
    WaybillDoc, same,
};
pub use judge::{Judgement, judge};
pub use order::Partial;
pub use pack::Pack;
pub use words::Why;

/// Customs' code of CNY.
pub const CNY: &str = "142";

/// A rule of the comparison.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Rule {
    /// All three documents are there.
    M1,
    /// 实付 = 货值 + 运杂费 + 税款 − 抵扣.
    M2,
    /// What was paid is what the order says.
    M3,
    /// Payer and buyer are one person.
    M4,
    /// Consignee, telephone and address as in the order.
    M5,
    /// The lines add up.
    M6,
    /// The declaration's lines are the order's.
    M7,
    /// The declaration's number is one.
    M8,
    /// Everyone named is registered and has the role.
    M9,
    /// The buyer's quota.
    M10,
    /// Order, payment, parcel, declaration, in this order of time.
    M11,
    /// A waybill is used once, for one parcel.
    M12,
    /// Export: the money that came in is the value that went out.
    ExportReceipts,
    /// Export: the parcel left the country.
    Departure,
    /// No more comes back than went.
    ReturnQuantity,
    /// It comes back in time.
    ReturnWindow,
}

impl Rule {
    pub const ALL: [Self; 16] = [
        Self::M1,
        Self::M2,
        Self::M3,
        Self::M4,
        Self::M5,
        Self::M6,
        Self::M7,
        Self::M8,
        Self::M9,
        Self::M10,
        Self::M11,
        Self::M12,
        Self::ExportReceipts,
        Self::Departure,
        Self::ReturnQuantity,
        Self::ReturnWindow,
    ];

    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::M1 => "M1",
            Self::M2 => "M2",
            Self::M3 => "M3",
            Self::M4 => "M4",
            Self::M5 => "M5",
            Self::M6 => "M6",
            Self::M7 => "M7",
            Self::M8 => "M8",
            Self::M9 => "M9",
            Self::M10 => "M10",
            Self::M11 => "M11",
            Self::M12 => "M12",
            Self::ExportReceipts => "X1",
            Self::Departure => "X2",
            Self::ReturnQuantity => "R1",
            Self::ReturnWindow => "R2",
        }
    }
}

/// What came of a rule.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Outcome {
    Pass,
    Fail,
    /// A document that it needs may still come.
    Waiting,
    NotApplicable,
}

impl Outcome {
    #[must_use]
    pub fn letter(self) -> char {
        match self {
            Self::Pass => 'P',
            Self::Fail => 'F',
            Self::Waiting => 'W',
            Self::NotApplicable => 'N',
        }
    }

    #[must_use]
    pub fn of_letter(letter: char) -> Option<Self> {
        [Self::Pass, Self::Fail, Self::Waiting, Self::NotApplicable]
            .into_iter()
            .find(|one| one.letter() == letter)
    }

    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::Pass => "pass",
            Self::Fail => "fail",
            Self::Waiting => "waiting",
            Self::NotApplicable => "not_applicable",
        }
    }
}

/// One side of a comparison: the document, and what it says. A buyer's value is never shown.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Side {
    /// `order`, `payment`, `waybill`, `declaration`, `rule`, …
    pub document: &'static str,
    pub value: String,
}

/// Two values beside each other.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Compared {
    /// The field's name in the messages.
    pub field: &'static str,
    pub left: Side,
    pub right: Side,
    pub agrees: bool,
}

/// What a rule says of a sale.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verdict {
    pub rule: Rule,
    pub outcome: Outcome,
    pub why: Why,
    pub compared: Vec<Compared>,
}

/// An enterprise that a registration knows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Registered {
    pub uscc: Uscc,
    pub roles: Vec<SubjectKind>,
}

/// What a sale alone does not say.
pub struct Surroundings<'a> {
    pub pack: &'a Pack,
    /// Whose code it is; nothing for a code that no registration knows.
    pub party: &'a dyn Fn(&str) -> Option<Registered>,
    /// The buyer's other sales of the calendar year before this one, CNY; nothing when nobody looked.
    pub year_before: Option<Amount>,
    /// Whether the waybill was another order's less than six months before; nothing when nobody looked.
    pub waybill_reused: Option<bool>,
}
