//! S2, public credit (rulings A8, A13, C9, C10, part G).

use super::days::{add_months, in_months, months_since};
use super::fraction::Fraction;
use super::grade::Finding;
use super::listed::{class, on_list};
use super::penalties::Severity;
use super::view::View;

/// 0.5^(m/12) in millionths, m = 0..11 (ruling A13).
const HALF_LIFE: [i128; 12] = [
    1_000_000, 943_874, 890_899, 840_896, 793_701, 749_154, 707_107, 667_420, 629_961, 594_604, 561_231,
    529_732,
];

pub fn findings(view: &View<'_>, uscc: &str) -> Vec<(&'static str, Finding)> {
    vec![
        ("P01", p01(view, uscc)),
        ("P02", p02(view, uscc)),
        ("P03", p03(view, uscc)),
        ("P04", p04(view, uscc)),
        ("P05", p05(view, uscc)),
        ("P06", p06(view, uscc)),
        ("P07", p07(view, uscc)),
        ("P08", p08(view, uscc)),
        ("P09", p09(view, uscc)),
        ("P10", p10(view, uscc)),
        ("P11", p11(view, uscc)),
        ("P12", p12(view, uscc)),
        ("P13", p13(view, uscc)),
    ]
}

fn p01(view: &View<'_>, uscc: &str) -> Finding {
    let load = view
        .facts(&view.zone.penalties, uscc)
        .filter(|penalty| penalty.counts(view.as_of))
        .map(|penalty| {
            let weight = match penalty.severity() {
                Severity::Minor => 1,
                Severity::Ordinary => 3,
                Severity::Serious => 8,
            };
            let months = usize::try_from(months_since(penalty.decided_on, view.as_of)).unwrap();
            Fraction::new(weight * HALF_LIFE[months % 12], 1_000_000 << (months / 12))
        })
        .sum();
    Finding::number(load)
}

/// 万元.
fn p02(view: &View<'_>, uscc: &str) -> Finding {
    let penalties = view.facts(&view.zone.penalties, uscc).filter(|penalty| penalty.counts(view.as_of));
    Finding::number(penalties.map(|penalty| penalty.money_wan).sum())
}

fn p03(view: &View<'_>, uscc: &str) -> Finding {
    let standing = class(view, uscc, "customs");
    if standing == Some("SDIS") || on_list(view, uscc, &["customs_seriously_dishonest"]) {
        return Finding::word("SDIS");
    }
    if standing == Some("DIS") || on_list(view, uscc, &["customs_dishonest"]) {
        return Finding::word("DIS");
    }
    match standing {
        Some("ADV") => Finding::word("ADV"),
        Some("CERT") => Finding::word("CERT"),
        Some(_) => Finding::word("REG"),
        None if view.enterprises[uscc].current.customs_code.is_some() => Finding::word("REG"),
        None => Finding::not_applicable(),
    }
}

fn p04(view: &View<'_>, uscc: &str) -> Finding {
    match class(view, uscc, "safe") {
        Some("A") => Finding::word("A"),
        Some("B") => Finding::word("B"),
        Some("C") => Finding::word("C"),
        Some("GUIDANCE") => Finding::word("GUIDANCE"),
        Some(_) => Finding::word("EXEMPT"),
        None if view.enterprises[uscc].current.safe_listed == Some(true) => Finding::word("A"),
        None => Finding::not_applicable(),
    }
}

fn p05(view: &View<'_>, uscc: &str) -> Finding {
    Finding::word(match class(view, uscc, "tax") {
        Some("A") => "A",
        Some("B") => "B",
        Some("M") => "M",
        Some("C") => "C",
        Some(_) => "D",
        None => "unrated",
    })
}

/// Reading: a listing ends on removed_on or, without it, on expires_on; the earlier when both are given.
fn p06(view: &View<'_>, uscc: &str) -> Finding {
    if on_list(view, uscc, &["abnormal_operation"]) {
        return Finding::word("listed");
    }
    let removed = view
        .facts(&view.zone.listings, uscc)
        .filter(|row| row.list == "abnormal_operation" && row.effective_on <= view.as_of)
        .filter_map(|row| [row.removed_on, row.expires_on].into_iter().flatten().min())
        .any(|day| in_months(day, view.as_of, 6));
    Finding::word(if removed { "recently_removed" } else { "none" })
}

/// Reading: nothing unpaid is 0 whatever the capital; something unpaid on an empty capital is insufficient, on a
/// capital of 0 the worst bin.
fn p07(view: &View<'_>, uscc: &str) -> Finding {
    if on_list(view, uscc, &["judgment_defaulter"]) {
        return Finding::word("judgment_defaulter").with_bp(0);
    }
    let unpaid: Fraction = view
        .facts(&view.zone.judgments, uscc)
        .filter(|row| row.kind == "enforcement" && row.decided_on <= view.as_of)
        .map(|row| row.unpaid)
        .sum();
    let zero = Fraction::whole(0);
    match view.enterprises[uscc].current.paid_in_capital {
        _ if unpaid == zero => Finding::number(zero),
        None => Finding::insufficient(),
        Some(capital) if capital == zero => Finding { value: None, ..Finding::number(zero).with_bp(0) },
        Some(capital) => Finding::number(unpaid.over(capital)),
    }
}

fn ratio_or_none(part: i128, whole: i128) -> Finding {
    if whole == 0 { Finding::not_applicable() } else { Finding::number(Fraction::new(part, whole)) }
}

fn p08(view: &View<'_>, uscc: &str) -> Finding {
    let due: Vec<_> = view
        .facts(&view.zone.commitments, uscc)
        .filter(|row| in_months(row.due_on, view.as_of, 24))
        .collect();
    let kept = due.iter().filter(|row| row.kept_on.is_some_and(|day| day <= row.due_on)).count();
    ratio_or_none(kept.try_into().unwrap(), due.len().try_into().unwrap())
}

/// Reading: an amount is overdue from the day after due_on; cleared_on is the first day without it.
fn p09(view: &View<'_>, uscc: &str) -> Finding {
    if on_list(view, uscc, &["tax_serious", "wage_arrears"]) {
        return Finding::word("listed");
    }
    let oldest = view
        .facts(&view.zone.arrears, uscc)
        .filter(|row| row.due_on < view.as_of && row.cleared_on.is_none_or(|day| day > view.as_of))
        .map(|row| row.due_on)
        .min();
    Finding::word(match oldest {
        None => "none",
        Some(due) if (view.as_of - due).num_days() <= 30 => "within_30_days",
        Some(_) => "over_30_days",
    })
}

/// Reading: an empty count of a sampling is 0; a recall is one failed of one whatever its counts say.
fn p10(view: &View<'_>, uscc: &str) -> Finding {
    let (mut failed, mut sampled) = (0, 0);
    for row in
        view.facts(&view.zone.inspections, uscc).filter(|row| in_months(row.inspected_on, view.as_of, 24))
    {
        match row.kind.as_str() {
            "recall" => (failed, sampled) = (failed + 1, sampled + 1),
            "product_sampling" => {
                (failed, sampled) = (failed + row.failed.unwrap_or(0), sampled + row.sampled.unwrap_or(0));
            }
            _ => {}
        }
    }
    ratio_or_none(failed, sampled)
}

fn p11(view: &View<'_>, uscc: &str) -> Finding {
    let found = view
        .facts(&view.zone.judgments, uscc)
        .filter(|row| row.kind == "ip" && row.is_final && in_months(row.decided_on, view.as_of, 24));
    Finding::count(found.count())
}

fn p12(view: &View<'_>, uscc: &str) -> Finding {
    match class(view, uscc, "public_credit") {
        None => Finding::not_applicable(),
        Some("优") => Finding::word("优"),
        Some("良") => Finding::word("良"),
        Some("中") => Finding::word("中"),
        Some(_) => Finding::word("差"),
    }
}

fn p13(view: &View<'_>, uscc: &str) -> Finding {
    let since = add_months(view.as_of, -24);
    let all: Vec<_> = view
        .facts(&view.zone.inspections, uscc)
        .filter(|row| ["random", "special"].contains(&row.kind.as_str()))
        .filter(|row| since < row.inspected_on && row.inspected_on <= view.as_of)
        .collect();
    let passed = all.iter().filter(|row| row.passed).count();
    ratio_or_none(passed.try_into().unwrap(), all.len().try_into().unwrap())
}
