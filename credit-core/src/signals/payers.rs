//! One person who pays for others: for many buyers of one merchant, or at many merchants (`domain.md` 5.4). The person
//! is a token; of exports no message names who paid.

use super::Pack;

/// What one person paid for others within the window.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Paying {
    /// Sales of the merchant, and whose they are: distinct buyers.
    pub sales: u64,
    pub buyers: u64,
    /// Distinct buyers and merchants in the whole zone.
    pub zone_buyers: u64,
    pub zone_merchants: u64,
}

impl Paying {
    /// One payer behind many buyers of this merchant.
    #[must_use]
    pub fn is_for_many(&self, pack: &Pack) -> bool {
        self.buyers >= pack.payer_buyers
    }

    /// One payer behind many buyers at many merchants.
    #[must_use]
    pub fn is_across(&self, pack: &Pack) -> bool {
        self.zone_buyers >= pack.payer_buyers && self.zone_merchants >= pack.payer_merchants
    }
}

/// Sales of a merchant that such payers paid.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Payers {
    pub for_many: u64,
    pub across: u64,
}

impl Payers {
    pub fn add(&mut self, paying: &Paying, pack: &Pack) {
        self.for_many += if paying.is_for_many(pack) { paying.sales } else { 0 };
        self.across += if paying.is_across(pack) { paying.sales } else { 0 };
    }
}
