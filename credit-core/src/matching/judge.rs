//! All rules of one sale, and what is counted of it.

use std::borrow::Cow;

use super::rules::{m1, m2, m3, m4, m5, m6};
use super::rules_goods::{m7, m8, m9, m10, m11, m12};
use super::rules_later::{departure, export_receipts, released_at, return_quantity, return_window};
use super::{Amount, CNY, Movement, Outcome, Rule, Sale, Surroundings, Verdict, same};
use crate::ceb::rank;
use crate::dates::Moment;

/// Statuses of goods that customs holds (ruling B3).
const HELD: [i32; 5] = [501, 502, 503, 599, 700];

/// What the documents of a sale say together.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Judgement {
    /// Every rule once, in the order of [`Rule::ALL`].
    pub verdicts: Vec<Verdict>,
    /// The part of T01 that needs documents (ruling B2): no rule of them fails.
    pub documents_agree: bool,
    pub payer_matches: Option<bool>,
    pub consignee_matches: Option<bool>,
    /// Whether some document was changed or cancelled (T03).
    pub amended: bool,
    pub cancelled_at: Option<Moment>,
    pub returned_at: Option<Moment>,
    /// Waybill against declaration (T15, ruling B10).
    pub weight_differs: Option<bool>,
    /// Of the highest rank (ruling E9).
    pub status: Option<i32>,
    pub held_at: Option<Moment>,
    pub released_at: Option<Moment>,
    pub paid_at: Option<Moment>,
    /// In CNY; nothing in another currency.
    pub paid: Option<Amount>,
    pub shipped_at: Option<Moment>,
    pub delivered_at: Option<Moment>,
}

impl Judgement {
    /// A letter for each rule.
    #[must_use]
    pub fn letters(&self) -> String {
        self.verdicts.iter().map(|verdict| verdict.outcome.letter()).collect()
    }

    #[must_use]
    pub fn of(&self, rule: Rule) -> Option<&Verdict> {
        self.verdicts.iter().find(|verdict| verdict.rule == rule)
    }

    #[must_use]
    pub fn count(&self, outcome: Outcome) -> usize {
        self.verdicts.iter().filter(|verdict| verdict.outcome == outcome).count()
    }
}

/// Judges a sale.
#[must_use]
pub fn judge(sale: &Sale, around: &Surroundings<'_>) -> Judgement {
    let sale = &*ordered(sale);
    let verdicts = vec![
        m1(sale),
        m2(sale, around),
        m3(sale, around),
        m4(sale),
        m5(sale),
        m6(sale, around),
        m7(sale, around),
        m8(sale),
        m9(sale, around),
        m10(sale, around),
        m11(sale),
        m12(sale, around),
        export_receipts(sale, around),
        departure(sale),
        return_quantity(sale),
        return_window(sale, around),
    ];
    let failed = |rule: Rule| verdicts.iter().any(|one| one.rule == rule && one.outcome == Outcome::Fail);
    // The others are counted from the order's own row: M1, M3 to M5, M9 to M12.
    let documents_agree = ![Rule::M2, Rule::M6, Rule::M7, Rule::M8].into_iter().any(failed)
        && declared_buyer(sale) != Some(false);
    let latest = sale.statuses.iter().max_by_key(|status| (rank(status.status), status.at));
    Judgement {
        documents_agree,
        payer_matches: payer_matches(sale),
        consignee_matches: consignee_matches(sale),
        amended: amended(sale),
        cancelled_at: cancelled_at(sale),
        returned_at: sale.returns.iter().map(|one| one.sent_at).min(),
        weight_differs: weight_differs(sale, around),
        status: latest.map(|status| status.status),
        held_at: sale.statuses.iter().filter(|status| HELD.contains(&status.status)).map(|one| one.at).min(),
        released_at: released_at(sale),
        paid_at: paid_at(sale),
        paid: paid(sale),
        shipped_at: sale.waybills.iter().map(|waybill| waybill.sent_at).min(),
        delivered_at: delivered_at(sale),
        verdicts,
    }
}

/// In an order of the documents' own, so that whichever came first changes nothing. Mostly there is one of each.
fn ordered(sale: &Sale) -> Cow<'_, Sale> {
    if sale.payments.len() <= 1 && sale.waybills.len() <= 1 && sale.declarations.len() <= 1 {
        return Cow::Borrowed(sale);
    }
    let mut sale = sale.clone();
    sale.payments.sort_by(|a, b| (a.at, &a.payer_code, a.amount).cmp(&(b.at, &b.payer_code, b.amount)));
    sale.waybills.sort_by(|a, b| {
        (a.sent_at, &a.carrier_code, &a.number).cmp(&(b.sent_at, &b.carrier_code, &b.number))
    });
    sale.declarations.sort_by(|a, b| (a.sent_at, &a.number).cmp(&(b.sent_at, &b.number)));
    sale.payments.dedup();
    sale.waybills.dedup();
    sale.declarations.dedup();
    Cow::Owned(sale)
}

/// The identity number alone, as T05 has it.
fn payer_matches(sale: &Sale) -> Option<bool> {
    let order = sale.order.as_ref()?;
    let compared: Vec<bool> = sale
        .payments
        .iter()
        .filter_map(|payment| same(order.buyer_id.as_ref(), payment.payer_id.as_ref()))
        .collect();
    (!compared.is_empty()).then(|| compared.into_iter().all(|agrees| agrees))
}

fn consignee_matches(sale: &Sale) -> Option<bool> {
    let (order, waybill) = (sale.order.as_ref()?, sale.waybills.first()?);
    let pairs = [
        (&order.consignee, &waybill.consignee),
        (&order.consignee_phone, &waybill.consignee_phone),
        (&order.consignee_address, &waybill.consignee_address),
    ];
    let compared: Vec<bool> =
        pairs.into_iter().filter_map(|(one, other)| same(one.as_ref(), other.as_ref())).collect();
    (!compared.is_empty()).then(|| compared.into_iter().all(|agrees| agrees))
}

/// Whether the buyer of the declaration is that of the order.
fn declared_buyer(sale: &Sale) -> Option<bool> {
    let order = sale.order.as_ref()?;
    same(order.buyer_id.as_ref(), sale.declarations.first()?.buyer_id.as_ref())
}

fn amended(sale: &Sale) -> bool {
    sale.order.as_ref().is_some_and(|order| order.amended || order.withdrawn)
        || sale.payments.iter().any(|one| one.amended)
        || sale.waybills.iter().any(|one| one.amended)
        || sale.declarations.iter().any(|one| one.amended)
}

fn cancelled_at(sale: &Sale) -> Option<Moment> {
    let withdrawn = sale.order.as_ref().filter(|order| order.withdrawn).map(|order| order.sent_at);
    sale.cancels.iter().copied().chain(withdrawn).min()
}

fn weight_differs(sale: &Sale, around: &Surroundings<'_>) -> Option<bool> {
    let (waybill, declaration) = (sale.waybills.first()?, sale.declarations.first()?);
    let difference = waybill.weight.0.abs_diff(declaration.gross_weight.0);
    let percent = around.pack.weight_tolerance_percent.unsigned_abs();
    Some(difference * 100 > declaration.gross_weight.0.unsigned_abs() * percent)
}

/// Of an import the payment; of an export the last receipt (ruling E9).
fn paid_at(sale: &Sale) -> Option<Moment> {
    let times = sale.payments.iter().map(|payment| payment.at);
    if sale.is_import() == Some(false) { times.max() } else { times.min() }
}

fn paid(sale: &Sale) -> Option<Amount> {
    let in_cny = !sale.payments.is_empty() && sale.payments.iter().all(|payment| payment.currency == CNY);
    in_cny.then(|| Amount(sale.payments.iter().map(|payment| payment.amount.0).sum()))
}

fn delivered_at(sale: &Sale) -> Option<Moment> {
    let wanted = if sale.is_import() == Some(false) { Movement::Departed } else { Movement::Signed };
    sale.movements.iter().filter(|(movement, _)| *movement == wanted).map(|(_, at)| *at).min()
}
