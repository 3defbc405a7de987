//! What one sale shows.

use super::Pack;
use crate::matching::{Judgement, Movement, Outcome, Rule, Sale};

const HOUR_MS: i64 = 3_600_000;
/// Bits of what was found; those of what was looked for stand above them.
const BITS: u32 = 16;

/// A sign that a sale may show.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Sign {
    /// M2 or M6: amounts do not add up.
    Arithmetic,
    /// M3, or of an export X1: another amount came in.
    Money,
    /// M4.
    Payer,
    /// M5.
    Consignee,
    /// M7.
    Goods,
    /// M10.
    Quota,
    /// M11.
    Sequence,
    /// M12.
    Waybill,
    /// The waybill's weight is not the declared one.
    Weight,
    /// An import paid long after it was ordered.
    LatePayment,
    /// Coupons make up most of the price.
    Discount,
    /// An export whose receipts are a round sum.
    RoundAmount,
    /// An export declared for an owner who is not the seller.
    Owner,
    /// An export with a waybill that did not leave; looked for once it should have.
    NotDeparted,
}

impl Sign {
    /// In the order of their bits, which is kept: rows hold them.
    pub const ALL: [Self; 14] = [
        Self::Arithmetic,
        Self::Money,
        Self::Payer,
        Self::Consignee,
        Self::Goods,
        Self::Quota,
        Self::Sequence,
        Self::Waybill,
        Self::Weight,
        Self::LatePayment,
        Self::Discount,
        Self::RoundAmount,
        Self::Owner,
        Self::NotDeparted,
    ];

    /// As rules of alerts, evidence and labels name it.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::Arithmetic => "arithmetic",
            Self::Money => "money",
            Self::Payer => "payer",
            Self::Consignee => "consignee",
            Self::Goods => "goods",
            Self::Quota => "quota",
            Self::Sequence => "sequence",
            Self::Waybill => "waybill",
            Self::Weight => "weight",
            Self::LatePayment => "late_payment",
            Self::Discount => "discount",
            Self::RoundAmount => "round_amount",
            Self::Owner => "owner",
            Self::NotDeparted => "not_departed",
        }
    }

    #[must_use]
    pub fn of_code(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|sign| sign.code() == code)
    }

    /// For a reader: zh, en.
    #[must_use]
    pub fn words(self) -> (&'static str, &'static str) {
        match self {
            Self::Arithmetic => ("金额计算不符", "amounts do not add up"),
            Self::Money => ("收付款金额不符", "another amount was paid"),
            Self::Payer => ("支付人与订购人不符", "the payer is not the buyer"),
            Self::Consignee => ("收件信息与运单不符", "order and waybill name different consignees"),
            Self::Goods => ("清单商品与订单不符", "other goods were declared than ordered"),
            Self::Quota => ("超出订购人额度", "beyond the buyer's quota"),
            Self::Sequence => ("时序颠倒", "out of order in time"),
            Self::Waybill => ("运单号重复使用", "a waybill number used again"),
            Self::Weight => ("运单与申报重量不符", "the waybill's weight is not the declared one"),
            Self::LatePayment => ("支付明显晚于下单", "paid long after it was ordered"),
            Self::Discount => ("抵扣占货值一半以上", "coupons make up most of the price"),
            Self::RoundAmount => ("收款为整数金额", "receipts are a round sum"),
            Self::Owner => ("生产销售单位与电商企业不同", "declared for an owner who is not the seller"),
            Self::NotDeparted => ("有运单而未离境", "a waybill, and no departure"),
        }
    }

    fn bit(self) -> i64 {
        Self::ALL.iter().position(|sign| *sign == self).map_or(0, |place| 1 << place)
    }
}

/// Which signs were looked for in a sale, and which were found.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Signs(i64);

impl Signs {
    /// As a row holds them.
    #[must_use]
    pub fn stored(self) -> i64 {
        self.0
    }

    /// From a row.
    #[must_use]
    pub fn of_stored(stored: i64) -> Self {
        Self(stored)
    }

    #[must_use]
    pub fn looked_for(self, sign: Sign) -> bool {
        self.0 & (sign.bit() << BITS) != 0
    }

    #[must_use]
    pub fn has(self, sign: Sign) -> bool {
        self.0 & sign.bit() != 0
    }

    /// Those found.
    pub fn found(self) -> impl Iterator<Item = Sign> {
        Sign::ALL.into_iter().filter(move |sign| self.has(*sign))
    }

    /// The bits of which one at least is set in a row that shows one of these.
    #[must_use]
    pub fn mask(signs: &[Sign]) -> i64 {
        signs.iter().fold(0, |mask, sign| mask | sign.bit())
    }

    fn note(&mut self, sign: Sign, found: bool) {
        self.0 |= sign.bit() << BITS;
        if found {
            self.0 |= sign.bit();
        }
    }

    /// What a sale shows. `outcomes` are those of its rules in the order of [`Rule::ALL`], with what its neighbours
    /// decided (M10, M12).
    #[must_use]
    pub fn of(sale: &Sale, judgement: &Judgement, outcomes: &[Outcome], pack: &Pack) -> Self {
        let mut signs = Self::default();
        for (sign, rules) in OF_RULES {
            signs.note_rules(sign, rules, outcomes);
        }
        if let Some(differs) = judgement.weight_differs {
            signs.note(Sign::Weight, differs);
        }
        match sale.is_import() {
            Some(true) => signs.note_import(sale, judgement, pack),
            Some(false) => signs.note_export(sale, pack),
            None => {}
        }
        signs
    }

    /// Looked for when a rule could be told; found when one fails.
    fn note_rules(&mut self, sign: Sign, rules: &[Rule], outcomes: &[Outcome]) {
        let of = |rule: &Rule| {
            Rule::ALL.iter().position(|one| one == rule).and_then(|place| outcomes.get(place)).copied()
        };
        let told: Vec<Outcome> = rules
            .iter()
            .filter_map(of)
            .filter(|outcome| matches!(outcome, Outcome::Pass | Outcome::Fail))
            .collect();
        if !told.is_empty() {
            self.note(sign, told.contains(&Outcome::Fail));
        }
    }

    fn note_import(&mut self, sale: &Sale, judgement: &Judgement, pack: &Pack) {
        let Some(order) = &sale.order else { return };
        if let Some(paid_at) = judgement.paid_at {
            let late = pack.late_payment_hours.saturating_mul(HOUR_MS);
            self.note(Sign::LatePayment, paid_at.0.saturating_sub(order.sent_at.0) > late);
        }
        if order.goods_value.0 > 0 {
            let discount = order.discount.unwrap_or_default().0;
            self.note(Sign::Discount, discount * 100 >= order.goods_value.0 * pack.discount_percent);
        }
    }

    fn note_export(&mut self, sale: &Sale, pack: &Pack) {
        let received: i128 = sale.payments.iter().map(|payment| payment.amount.0).sum();
        if received > 0 {
            self.note(Sign::RoundAmount, received % pack.round_amount.0 == 0);
        }
        if let Some(owner) = sale.declarations.iter().find_map(|one| one.owner_code.as_ref()) {
            self.note(Sign::Owner, *owner != sale.merchant_code);
        }
        if !sale.waybills.is_empty() && sale.cancels.is_empty() {
            let left = sale.movements.iter().any(|(movement, _)| *movement == Movement::Departed);
            self.note(Sign::NotDeparted, !left);
        }
    }
}

/// Signs that rules of the comparison tell.
const OF_RULES: [(Sign, &[Rule]); 8] = [
    (Sign::Arithmetic, &[Rule::M2, Rule::M6]),
    (Sign::Money, &[Rule::M3, Rule::ExportReceipts]),
    (Sign::Payer, &[Rule::M4]),
    (Sign::Consignee, &[Rule::M5]),
    (Sign::Goods, &[Rule::M7]),
    (Sign::Quota, &[Rule::M10]),
    (Sign::Sequence, &[Rule::M11]),
    (Sign::Waybill, &[Rule::M12]),
];
