//! The documents of one sale as the rules see them. Who fills them knows where they come from; of a buyer there are
//! tokens alone.

use std::fmt;

use crate::ceb::Decimal5;
pub use crate::ceb::Tokens;
use crate::dates::Moment;
use crate::money::Fen;

/// An exact count of 0.00001 of a currency, a weight or a quantity (`n19,5`).
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Amount(pub i128);

impl Amount {
    /// In 分, half a 分 away from zero. Amounts are at most 19 digits, so that it fits in all but made-up ones.
    #[must_use]
    pub fn to_fen(self) -> Option<Fen> {
        let (whole, rest) = (self.0 / 1_000, self.0 % 1_000);
        let up = if rest.abs() >= 500 { self.0.signum() } else { 0 };
        i64::try_from(whole + up).ok().map(Fen)
    }

    /// Whether two differ by no more than a third.
    #[must_use]
    pub fn within(self, other: Self, tolerance: Self) -> bool {
        self.0.abs_diff(other.0) <= tolerance.0.unsigned_abs()
    }
}

impl fmt::Display for Amount {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        Decimal5(self.0).fmt(f)
    }
}

/// Whether two values are the same: nothing where either is absent, or no key is common to both.
#[must_use]
pub fn same(one: Option<&Tokens>, other: Option<&Tokens>) -> Option<bool> {
    let (one, other) = (one?, other?);
    let mut compared = None;
    for (id, token) in one.iter() {
        if let Some(against) = other.get(id) {
            if token == against {
                return Some(true);
            }
            compared = Some(false);
        }
    }
    compared
}

/// One line of goods.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct GoodsLine {
    pub gnum: i64,
    pub name: String,
    /// HS code of ten digits; orders have none.
    pub hs_code: Option<String>,
    pub country: Option<String>,
    pub quantity: Amount,
    pub price: Amount,
    pub total: Amount,
}

/// CEB311 or CEB303.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct OrderDoc {
    pub sent_at: Moment,
    pub import: bool,
    pub goods_value: Amount,
    pub freight: Amount,
    /// CEB303 has none, nor tax and what was paid.
    pub discount: Option<Amount>,
    pub tax: Option<Amount>,
    pub paid: Option<Amount>,
    /// Customs' three digits; 142 is CNY.
    pub currency: String,
    pub buyer_id: Option<Tokens>,
    pub buyer_name: Option<Tokens>,
    pub consignee: Option<Tokens>,
    pub consignee_phone: Option<Tokens>,
    pub consignee_address: Option<Tokens>,
    pub lines: Vec<GoodsLine>,
    /// `appType` 2.
    pub amended: bool,
    /// `appType` 3.
    pub withdrawn: bool,
}

/// CEB411, or CEB403 收款单.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct PaymentDoc {
    pub payer_code: Option<String>,
    pub amount: Amount,
    pub currency: String,
    /// `payTime`, or `accountingDate`.
    pub at: Moment,
    pub payer_id: Option<Tokens>,
    pub payer_name: Option<Tokens>,
    pub amended: bool,
}

/// CEB511 or CEB505.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct WaybillDoc {
    pub carrier_code: String,
    pub number: String,
    pub sent_at: Moment,
    /// kg.
    pub weight: Amount,
    pub packages: i64,
    pub consignee: Option<Tokens>,
    pub consignee_phone: Option<Tokens>,
    pub consignee_address: Option<Tokens>,
    pub amended: bool,
}

/// CEB621 or CEB603.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct DeclarationDoc {
    pub sent_at: Moment,
    pub carrier_code: String,
    pub number: String,
    pub agent_code: Option<String>,
    /// 区内企业, for bonded goods.
    pub area_code: Option<String>,
    /// 生产销售单位, of exports.
    pub owner_code: Option<String>,
    pub declaration_no: Option<String>,
    pub import: bool,
    /// 监管方式, such as 9610.
    pub mode: String,
    pub country: String,
    /// kg.
    pub gross_weight: Amount,
    pub packages: i64,
    pub currency: String,
    pub buyer_id: Option<Tokens>,
    pub lines: Vec<GoodsLine>,
    pub amended: bool,
}

/// What happened to the parcel.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Movement {
    /// CEB507.
    Arrived,
    /// CEB509.
    Departed,
    /// CEB513, `S`.
    Signed,
}

/// CEB625.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ReturnDoc {
    pub sent_at: Moment,
    /// Goods by the declaration's line.
    pub quantities: Vec<(i64, Amount)>,
}

/// A receipt of the declaration (CEB622, CEB604).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Status {
    pub status: i32,
    pub at: Moment,
}

/// Everything known of one sale: the newest version of each document, in any order.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Sale {
    pub platform_code: String,
    pub merchant_code: String,
    pub order_no: String,
    pub order: Option<OrderDoc>,
    pub payments: Vec<PaymentDoc>,
    pub waybills: Vec<WaybillDoc>,
    pub declarations: Vec<DeclarationDoc>,
    pub movements: Vec<(Movement, Moment)>,
    /// When each cancellation (CEB623, CEB605) was sent.
    pub cancels: Vec<Moment>,
    pub returns: Vec<ReturnDoc>,
    pub statuses: Vec<Status>,
    /// Numbers that receipts gave the declaration.
    pub declaration_numbers: Vec<String>,
}

impl Sale {
    /// As far as any document says.
    #[must_use]
    pub fn is_import(&self) -> Option<bool> {
        let order = self.order.as_ref().map(|order| order.import);
        order.or_else(|| self.declarations.first().map(|declaration| declaration.import))
    }
}
