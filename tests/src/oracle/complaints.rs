//! S4, complaints: C03, C04, C05 (ruling D2).

use std::collections::HashMap;

use super::bins::entry;
use super::days::{add_days, in_days};
use super::facts::Complaint;
use super::fraction::Fraction;
use super::grade::Finding;
use super::view::View;

pub fn findings(view: &View<'_>, uscc: &str) -> Vec<(&'static str, Finding)> {
    let complaints = counted(view, uscc);
    let orders = view
        .population(uscc)
        .iter()
        .filter(|index| in_days(view.orders[**index].ordered_at.date(), view.as_of, 365))
        .count();
    // Reading: every penalty decided in the window, whether or not it still has effect.
    let penalties = view
        .facts(&view.zone.penalties, uscc)
        .filter(|penalty| in_days(penalty.decided_on, view.as_of, 365))
        .count();
    let cases = complaints.iter().filter(|complaint| complaint.became_case).count();
    vec![
        ("C03", per_ten_thousand("C03", complaints.len(), orders)),
        ("C04", c04(view, &complaints)),
        ("C05", per_ten_thousand("C05", cases.saturating_sub(penalties), orders)),
    ]
}

/// Complaints of 365 days, the first three of each complainant.
fn counted<'a>(view: &View<'a>, uscc: &str) -> Vec<&'a Complaint> {
    let mut all: Vec<&Complaint> = view
        .complaints
        .iter()
        .copied()
        .filter(|complaint| complaint.uscc == uscc && in_days(complaint.accepted_on, view.as_of, 365))
        .collect();
    all.sort_by_key(|complaint| (complaint.accepted_on, &complaint.complaint_id));
    let mut seen: HashMap<&str, usize> = HashMap::new();
    all.retain(|complaint| {
        let count = seen.entry(&complaint.complainant_token).or_default();
        *count += 1;
        *count <= 3
    });
    all
}

fn per_ten_thousand(id: &str, count: usize, orders: usize) -> Finding {
    if orders < entry(id).min_n {
        return Finding::insufficient().with_n(orders);
    }
    let value = Fraction::new(10_000 * i128::try_from(count).unwrap(), orders.try_into().unwrap());
    Finding::number(value).with_n(orders)
}

/// Reading: an outcome is part of the closing, so it does not exist before closed_on; without closed_on it stands.
fn c04(view: &View<'_>, complaints: &[&Complaint]) -> Finding {
    let (mut n, mut points) = (0, 0);
    for complaint in complaints {
        let later = complaint.closed_on.is_some_and(|day| day > view.as_of);
        let closed_on = complaint.closed_on.filter(|_| !later);
        let outcome = complaint.outcome.as_deref().filter(|_| !later);
        let old = add_days(complaint.accepted_on, 60) < view.as_of;
        if outcome == Some("撤回") || !(closed_on.is_some() || old) {
            continue;
        }
        n += 1;
        points += usize::from(closed_on.is_some_and(|day| day <= add_days(complaint.accepted_on, 60)));
        points += usize::from(matches!(outcome, Some("和解" | "调解成功")));
    }
    if n == 0 {
        return Finding::not_applicable();
    }
    Finding::share("C04", points, 2 * n, n)
}
