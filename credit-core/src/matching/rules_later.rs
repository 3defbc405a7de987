//! What follows a sale: an export's money and departure, and what comes back.

use super::rules::{of_compared, plain, side, waits};
use super::{Amount, Compared, Movement, Outcome, Rule, Sale, Surroundings, Verdict, Why};
use crate::dates::Moment;

const DAY_MS: i64 = 86_400_000;
const RELEASED: [i32; 2] = [800, 899];

pub(super) fn export_receipts(sale: &Sale, around: &Surroundings<'_>) -> Verdict {
    let rule = Rule::ExportReceipts;
    let Some(order) = &sale.order else { return waits(rule, "order") };
    if order.import {
        return plain(rule, Outcome::NotApplicable, Why::OtherDirection);
    }
    if sale.payments.is_empty() {
        return waits(rule, "receipt");
    }
    if sale.payments.iter().any(|receipt| receipt.currency != order.currency) {
        return plain(rule, Outcome::NotApplicable, Why::OtherCurrency);
    }
    let total = Amount(sale.payments.iter().map(|receipt| receipt.amount.0).sum());
    let tolerance = Amount(order.goods_value.0 * around.pack.export_tolerance_percent / 100);
    of_compared(
        rule,
        vec![Compared {
            field: "charge",
            left: side("order", order.goods_value),
            right: side("receipt", total),
            agrees: total.within(order.goods_value, tolerance),
        }],
    )
}

pub(super) fn departure(sale: &Sale) -> Verdict {
    match sale.is_import() {
        Some(false) if sale.movements.iter().any(|(movement, _)| *movement == Movement::Departed) => {
            plain(Rule::Departure, Outcome::Pass, Why::Agrees)
        }
        Some(false) => waits(Rule::Departure, "departure"),
        Some(true) => plain(Rule::Departure, Outcome::NotApplicable, Why::OtherDirection),
        None => waits(Rule::Departure, "order"),
    }
}

/// Of all returns together, by line.
pub(super) fn return_quantity(sale: &Sale) -> Verdict {
    let rule = Rule::ReturnQuantity;
    if sale.returns.is_empty() {
        return plain(rule, Outcome::NotApplicable, Why::NoReturn);
    }
    let Some(declaration) = sale.declarations.first() else { return waits(rule, "declaration") };
    let mut back: std::collections::BTreeMap<i64, i128> = std::collections::BTreeMap::new();
    for (gnum, quantity) in sale.returns.iter().flat_map(|one| &one.quantities) {
        *back.entry(*gnum).or_default() += quantity.0;
    }
    let compared = back.into_iter().map(|(gnum, quantity)| {
        let sent = declaration.lines.iter().find(|line| line.gnum == gnum).map(|line| line.quantity);
        let sent = sent.unwrap_or_default();
        Compared {
            field: "qty",
            left: side("return", Amount(quantity)),
            right: side("declaration", sent),
            agrees: quantity <= sent.0,
        }
    });
    of_compared(rule, compared.collect())
}

/// When customs released the goods, first.
pub(super) fn released_at(sale: &Sale) -> Option<Moment> {
    let released = sale.statuses.iter().filter(|status| RELEASED.contains(&status.status));
    released.map(|status| status.at).min()
}

pub(super) fn return_window(sale: &Sale, around: &Surroundings<'_>) -> Verdict {
    let rule = Rule::ReturnWindow;
    let Some(first) = sale.returns.iter().map(|one| one.sent_at).min() else {
        return plain(rule, Outcome::NotApplicable, Why::NoReturn);
    };
    let Some(released) = released_at(sale) else { return waits(rule, "status") };
    let days = |from: Moment, to: Moment| to.0.saturating_sub(from.0).div_euclid(DAY_MS);
    let after = days(released, first);
    let limit = around.pack.return_days;
    of_compared(
        rule,
        vec![Compared {
            field: "appTime",
            left: side("return", after),
            right: side("rule", limit),
            agrees: after <= limit,
        }],
    )
}
