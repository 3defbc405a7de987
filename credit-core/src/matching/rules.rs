//! M1 to M6: the documents, the money, the people.

use super::{
    Amount, Compared, OrderDoc, Outcome, PaymentDoc, Rule, Sale, Side, Surroundings, Tokens, Verdict, Why,
    same,
};

/// A verdict without a comparison.
pub(super) fn plain(rule: Rule, outcome: Outcome, why: Why) -> Verdict {
    Verdict { rule, outcome, why, compared: Vec::new() }
}

pub(super) fn waits(rule: Rule, document: &'static str) -> Verdict {
    plain(rule, Outcome::Waiting, Why::Awaits(document))
}

/// Of comparisons: none says nothing, one that differs fails.
pub(super) fn of_compared(rule: Rule, compared: Vec<Compared>) -> Verdict {
    let (outcome, why) = if compared.is_empty() {
        (Outcome::NotApplicable, Why::NothingToCompare)
    } else if compared.iter().all(|one| one.agrees) {
        (Outcome::Pass, Why::Agrees)
    } else {
        (Outcome::Fail, Why::Differs)
    };
    Verdict { rule, outcome, why, compared }
}

pub(super) fn side(document: &'static str, value: impl ToString) -> Side {
    Side { document, value: value.to_string() }
}

/// Of a personal value only whether it is the same.
fn personal(
    field: &'static str,
    (left, one): (&'static str, Option<&Tokens>),
    (right, other): (&'static str, Option<&Tokens>),
) -> Option<Compared> {
    let agrees = same(one, other)?;
    let shown = if agrees { "same" } else { "different" };
    Some(Compared { field, left: side(left, shown), right: side(right, shown), agrees })
}

pub(super) fn amounts(
    field: &'static str,
    left: (&'static str, Amount),
    right: (&'static str, Amount),
    tolerance: Amount,
) -> Compared {
    let agrees = left.1.within(right.1, tolerance);
    Compared { field, left: side(left.0, left.1), right: side(right.0, right.1), agrees }
}

/// What the money document of the direction is called.
pub(super) fn money(sale: &Sale) -> &'static str {
    if sale.is_import() == Some(false) { "receipt" } else { "payment" }
}

pub(super) fn m1(sale: &Sale) -> Verdict {
    let missing = if sale.order.is_none() {
        Some("order")
    } else if sale.payments.is_empty() {
        Some(money(sale))
    } else if sale.waybills.is_empty() {
        Some("waybill")
    } else if sale.declarations.is_empty() {
        Some("declaration")
    } else {
        None
    };
    missing.map_or_else(|| plain(Rule::M1, Outcome::Pass, Why::Agrees), |document| waits(Rule::M1, document))
}

pub(super) fn m2(sale: &Sale, around: &Surroundings<'_>) -> Verdict {
    let Some(order) = &sale.order else { return waits(Rule::M2, "order") };
    let (Some(paid), true) = (order.paid, order.import) else {
        return plain(Rule::M2, Outcome::NotApplicable, Why::OtherDirection);
    };
    let due = order.goods_value.0 + order.freight.0 + order.tax.unwrap_or_default().0
        - order.discount.unwrap_or_default().0;
    let tolerance = around.pack.amount_tolerance;
    of_compared(Rule::M2, vec![amounts("acturalPaid", ("order", paid), ("rule", Amount(due)), tolerance)])
}

pub(super) fn m3(sale: &Sale, around: &Surroundings<'_>) -> Verdict {
    let Some(order) = &sale.order else { return waits(Rule::M3, "order") };
    let (Some(paid), true) = (order.paid, order.import) else {
        return plain(Rule::M3, Outcome::NotApplicable, Why::OtherDirection);
    };
    let Some(first) = sale.payments.first() else { return waits(Rule::M3, "payment") };
    let total = Amount(sale.payments.iter().map(|payment| payment.amount.0).sum());
    let mut compared =
        vec![amounts("amountPaid", ("order", paid), ("payment", total), around.pack.amount_tolerance)];
    let currency = |payment: &&PaymentDoc| payment.currency != order.currency;
    let other = sale.payments.iter().find(currency).unwrap_or(first);
    compared.push(Compared {
        field: "currency",
        left: side("order", &order.currency),
        right: side("payment", &other.currency),
        agrees: other.currency == order.currency,
    });
    of_compared(Rule::M3, compared)
}

/// Of several payments each has to be the buyer's.
pub(super) fn m4(sale: &Sale) -> Verdict {
    let Some(order) = &sale.order else { return waits(Rule::M4, "order") };
    if !order.import {
        return plain(Rule::M4, Outcome::NotApplicable, Why::OtherDirection);
    }
    if sale.payments.is_empty() {
        return waits(Rule::M4, "payment");
    }
    let of = |payment: &PaymentDoc| -> Vec<Compared> {
        let id = personal(
            "payerIdNumber",
            ("order", order.buyer_id.as_ref()),
            ("payment", payment.payer_id.as_ref()),
        );
        let name = personal(
            "payerName",
            ("order", order.buyer_name.as_ref()),
            ("payment", payment.payer_name.as_ref()),
        );
        id.into_iter().chain(name).collect()
    };
    of_compared(Rule::M4, sale.payments.iter().flat_map(of).collect())
}

pub(super) fn m5(sale: &Sale) -> Verdict {
    let Some(order) = &sale.order else { return waits(Rule::M5, "order") };
    if !order.import {
        return plain(Rule::M5, Outcome::NotApplicable, Why::OtherDirection);
    }
    let Some(waybill) = sale.waybills.first() else { return waits(Rule::M5, "waybill") };
    let pairs = [
        ("consignee", order.consignee.as_ref(), waybill.consignee.as_ref()),
        ("consigneeTelephone", order.consignee_phone.as_ref(), waybill.consignee_phone.as_ref()),
        ("consigneeAddress", order.consignee_address.as_ref(), waybill.consignee_address.as_ref()),
    ];
    let compared = pairs
        .into_iter()
        .filter_map(|(field, one, other)| personal(field, ("order", one), ("waybill", other)));
    of_compared(Rule::M5, compared.collect())
}

pub(super) fn m6(sale: &Sale, around: &Surroundings<'_>) -> Verdict {
    let Some(order) = &sale.order else { return waits(Rule::M6, "order") };
    if order.lines.is_empty() {
        return plain(Rule::M6, Outcome::NotApplicable, Why::NothingToCompare);
    }
    let tolerance = around.pack.amount_tolerance;
    let sum = Amount(order.lines.iter().map(|line| line.total.0).sum());
    let mut compared = vec![amounts("goodsValue", ("order", order.goods_value), ("rule", sum), tolerance)];
    compared.extend(products(order, tolerance));
    of_compared(Rule::M6, compared)
}

/// Lines whose total is not price times quantity.
fn products(order: &OrderDoc, tolerance: Amount) -> impl Iterator<Item = Compared> {
    order.lines.iter().filter_map(move |line| {
        let product = line.price.0.checked_mul(line.quantity.0)? / 100_000;
        let one = amounts("totalPrice", ("order", line.total), ("rule", Amount(product)), tolerance);
        (!one.agrees).then_some(one)
    })
}
