//! M7 to M12: what was declared, by whom, within which limits, when, and under which waybill.

use super::rules::{of_compared, plain, side, waits};
use super::{Compared, Outcome, Registered, Rule, Sale, Surroundings, Verdict, Why};
use crate::indicator::SubjectKind;

pub(super) fn m7(sale: &Sale, around: &Surroundings<'_>) -> Verdict {
    let Some(order) = &sale.order else { return waits(Rule::M7, "order") };
    let Some(declaration) = sale.declarations.first() else { return waits(Rule::M7, "declaration") };
    let mut compared = Vec::new();
    let mut compare = |field, left: String, right: String, agrees| {
        compared.push(Compared {
            field,
            left: side("order", left),
            right: side("declaration", right),
            agrees,
        });
    };
    let (ordered, declared) = (order.lines.len(), declaration.lines.len());
    compare("gnum", ordered.to_string(), declared.to_string(), ordered == declared);
    for line in &declaration.lines {
        let Some(own) = order.lines.iter().find(|own| own.gnum == line.gnum) else {
            compare("gnum", String::new(), line.gnum.to_string(), false);
            continue;
        };
        let tolerance = around.pack.amount_tolerance;
        if own.name != line.name {
            compare("gname", own.name.clone(), line.name.clone(), false);
        }
        if own.quantity != line.quantity {
            compare("qty", own.quantity.to_string(), line.quantity.to_string(), false);
        }
        if !own.price.within(line.price, tolerance) {
            compare("price", own.price.to_string(), line.price.to_string(), false);
        }
    }
    of_compared(Rule::M7, compared)
}

/// 4 customs, 4 year, I or E, 9 digits (`domain.md` 5.2).
fn is_declaration_no(number: &str, import: bool) -> bool {
    let direction = if import { b'I' } else { b'E' };
    number.len() == 18
        && number.bytes().enumerate().all(
            |(at, byte)| {
                if at == 8 { byte == direction } else { byte.is_ascii_digit() }
            },
        )
}

pub(super) fn m8(sale: &Sale) -> Verdict {
    let Some(declaration) = sale.declarations.first() else { return waits(Rule::M8, "declaration") };
    let import = sale.is_import().unwrap_or(declaration.import);
    let mut numbers: Vec<&String> =
        declaration.declaration_no.iter().chain(&sale.declaration_numbers).collect();
    numbers.sort_unstable();
    numbers.dedup();
    if numbers.is_empty() {
        return waits(Rule::M8, "status");
    }
    let form = if import { "0000YYYYI000000000" } else { "0000YYYYE000000000" };
    let mut compared: Vec<Compared> = numbers
        .into_iter()
        .map(|number| Compared {
            field: "invtNo",
            left: side("declaration", number),
            right: side("rule", form),
            agrees: is_declaration_no(number, import),
        })
        .collect();
    compared.push(Compared {
        field: "ieFlag",
        left: side("declaration", if declaration.import { "I" } else { "E" }),
        right: side("order", if import { "I" } else { "E" }),
        agrees: declaration.import == import,
    });
    of_compared(Rule::M8, compared)
}

/// Who takes part in which role: the code's field, the code, the role.
pub(super) fn parties(sale: &Sale) -> Vec<(&'static str, String, Option<SubjectKind>)> {
    let mut parties = vec![("ebcCode", sale.merchant_code.clone(), None)];
    parties.push(("ebpCode", sale.platform_code.clone(), Some(SubjectKind::E2)));
    let carriers = sale.waybills.iter().map(|waybill| &waybill.carrier_code);
    let carriers = carriers.chain(sale.declarations.iter().map(|declaration| &declaration.carrier_code));
    parties.extend(carriers.map(|code| ("logisticsCode", code.clone(), Some(SubjectKind::E3))));
    let payers = sale.payments.iter().filter_map(|payment| payment.payer_code.clone());
    parties.extend(payers.map(|code| ("payCode", code, Some(SubjectKind::E4))));
    parties.retain(|(_, code, _)| !code.is_empty());
    parties.sort();
    parties.dedup();
    parties
}

pub(super) fn m9(sale: &Sale, around: &Surroundings<'_>) -> Verdict {
    let mut worst = Why::Agrees;
    let mut compared = Vec::new();
    for (field, code, role) in parties(sale) {
        let found = (around.party)(&code);
        let (shown, why) = standing(found.as_ref(), role);
        if why != Why::Agrees {
            worst = if worst == Why::RoleMissing { worst } else { why };
        }
        compared.push(Compared {
            field,
            left: side("registration", shown),
            right: side("rule", code),
            agrees: why == Why::Agrees,
        });
    }
    let outcome = if worst == Why::Agrees { Outcome::Pass } else { Outcome::Fail };
    Verdict { rule: Rule::M9, outcome, why: worst, compared }
}

fn standing(found: Option<&Registered>, role: Option<SubjectKind>) -> (String, Why) {
    match (found, role) {
        (None, _) => (String::new(), Why::Unregistered),
        (Some(found), Some(role)) if !found.roles.contains(&role) => {
            (found.uscc.to_string(), Why::RoleMissing)
        }
        (Some(found), _) => (found.uscc.to_string(), Why::Agrees),
    }
}

pub(super) fn m10(sale: &Sale, around: &Surroundings<'_>) -> Verdict {
    let Some(order) = &sale.order else { return waits(Rule::M10, "order") };
    let (Some(paid), true) = (order.paid, order.import) else {
        return plain(Rule::M10, Outcome::NotApplicable, Why::OtherDirection);
    };
    let pieces: i128 = order.lines.iter().map(|line| line.quantity.0).sum();
    let pack = around.pack;
    let limited = |field, value: super::Amount, limit: super::Amount, agrees| Compared {
        field,
        left: side("order", value),
        right: side("rule", limit),
        agrees,
    };
    // A single piece may cost more, at full tax.
    let single = paid <= pack.single_limit || pieces == 100_000;
    let mut compared = vec![limited("single", paid, pack.single_limit, single)];
    let Some(before) = around.year_before else {
        let outcome = if single { Outcome::Waiting } else { Outcome::Fail };
        let why = if single { Why::NotLookedUp } else { Why::OverLimit };
        return Verdict { rule: Rule::M10, outcome, why, compared };
    };
    let year = super::Amount(before.0 + paid.0);
    compared.push(limited("year", year, pack.year_limit, year <= pack.year_limit));
    let mut verdict = of_compared(Rule::M10, compared);
    if verdict.outcome == Outcome::Fail {
        verdict.why = Why::OverLimit;
    }
    verdict
}

pub(super) fn m11(sale: &Sale) -> Verdict {
    let Some(order) = &sale.order else { return waits(Rule::M11, "order") };
    let mut compared = Vec::new();
    let mut follows = |field, document, earlier: crate::dates::Moment, later: crate::dates::Moment, from| {
        compared.push(Compared {
            field,
            left: side(from, shown(earlier)),
            right: side(document, shown(later)),
            agrees: earlier <= later,
        });
    };
    let paid_at = sale.payments.iter().map(|payment| payment.at).min();
    let shipped_at = sale.waybills.iter().map(|waybill| waybill.sent_at).min();
    let declared_at = sale.declarations.iter().map(|declaration| declaration.sent_at).min();
    if let (true, Some(paid_at)) = (order.import, paid_at) {
        follows("payTime", "payment", order.sent_at, paid_at, "order");
        if let Some(declared_at) = declared_at {
            follows("declTime", "declaration", paid_at, declared_at, "payment");
        }
    }
    if let Some(shipped_at) = shipped_at {
        follows("appTime", "waybill", order.sent_at, shipped_at, "order");
    }
    if compared.is_empty() {
        return waits(Rule::M11, if order.import { "payment" } else { "waybill" });
    }
    of_compared(Rule::M11, compared)
}

/// A time as people of Asia/Shanghai read it.
fn shown(at: crate::dates::Moment) -> String {
    let local = at.0.saturating_add(crate::dates::SHANGHAI_OFFSET_MS);
    chrono::DateTime::from_timestamp_millis(local)
        .map_or_else(String::new, |time| time.format("%Y-%m-%d %H:%M:%S").to_string())
}

pub(super) fn m12(sale: &Sale, around: &Surroundings<'_>) -> Verdict {
    let Some(waybill) = sale.waybills.first() else { return waits(Rule::M12, "waybill") };
    let mut compared = vec![Compared {
        field: "packNo",
        left: side("waybill", waybill.packages),
        right: side("rule", 1),
        agrees: waybill.packages == 1,
    }];
    match around.waybill_reused {
        None if waybill.packages == 1 => {
            return Verdict { rule: Rule::M12, outcome: Outcome::Waiting, why: Why::NotLookedUp, compared };
        }
        None => {}
        Some(reused) => compared.push(Compared {
            field: "logisticsNo",
            left: side("waybill", &waybill.number),
            right: side("rule", if reused { "used" } else { "new" }),
            agrees: !reused,
        }),
    }
    of_compared(Rule::M12, compared)
}
