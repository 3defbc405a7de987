//! Lists and classes in force on D, and what they veto or cap (rulings A11, A12, C8, C9).

use super::facts::Listing;
use super::view::View;
use chrono::NaiveDate;

/// Lists of V1: the three named and the two that ruling E6 adds.
const V1: [&str; 5] =
    ["serious_dishonesty", "tax_serious", "wage_arrears", "statistics_serious", "ip_serious"];
const V4: [&str; 5] = ["smuggling", "tax_fraud", "false_invoice", "illegal_fx", "money_laundering"];

impl Listing {
    pub fn in_force(&self, as_of: NaiveDate) -> bool {
        self.effective_on <= as_of
            && self.removed_on.is_none_or(|day| day > as_of)
            && self.expires_on.is_none_or(|day| day >= as_of)
    }
}

pub fn on_list(view: &View<'_>, uscc: &str, lists: &[&str]) -> bool {
    view.facts(&view.zone.listings, uscc)
        .any(|row| lists.contains(&row.list.as_str()) && row.in_force(view.as_of))
}

/// The class in force with one authority; of several the latest valid_from.
pub fn class<'a>(view: &View<'a>, uscc: &str, authority: &str) -> Option<&'a str> {
    view.facts(&view.zone.classes, uscc)
        .filter(|row| row.authority == authority)
        .filter(|row| row.valid_from <= view.as_of && row.valid_to.is_none_or(|day| view.as_of <= day))
        .max_by_key(|row| row.valid_from)
        .map(|row| row.class.as_str())
}

/// bad(Y) of ruling C8: a list row of V1–V3 or customs_dishonest, or a revoked registration; never a grade.
pub fn is_bad(view: &View<'_>, uscc: &str) -> bool {
    let status = &view.enterprises[uscc].current.status;
    on_list(view, uscc, &V1)
        || on_list(view, uscc, &["customs_seriously_dishonest", "judgment_defaulter", "customs_dishonest"])
        || status.starts_with("吊销")
        || status == "撤销登记"
}

pub fn vetoes(view: &View<'_>, uscc: &str) -> Vec<&'static str> {
    let as_of = view.as_of;
    let status = view.enterprises[uscc].current.status.as_str();
    let penalties = || view.facts(&view.zone.penalties, uscc).filter(move |penalty| penalty.counts(as_of));
    let closed = |kinds: &str, licence: &str| {
        kinds.contains("责令关闭") || (kinds.contains("吊销") && licence.contains("营业执照"))
    };
    let forged = |what: &str| ["虚假三单", "伪造三单", "冒用身份"].iter().any(|word| what.contains(word));
    let convicted = view.facts(&view.zone.judgments, uscc).any(|row| {
        V4.contains(&row.kind.as_str()) && row.is_final && super::days::in_months(row.decided_on, as_of, 36)
    });
    let rules = [
        ("V1", on_list(view, uscc, &V1)),
        (
            "V2",
            on_list(view, uscc, &["customs_seriously_dishonest"])
                || class(view, uscc, "customs") == Some("SDIS"),
        ),
        ("V3", on_list(view, uscc, &["judgment_defaulter"])),
        ("V4", convicted),
        (
            "V5",
            status == "吊销未注销"
                || status == "吊销已注销"
                || penalties().any(|penalty| closed(&penalty.kinds, &penalty.licence)),
        ),
        ("V6", penalties().any(|penalty| forged(&penalty.violation))),
    ];
    rules.into_iter().filter(|(_, holds)| *holds).map(|(code, _)| code).collect()
}

pub fn caps(view: &View<'_>, uscc: &str) -> Vec<(&'static str, i128)> {
    let safe = class(view, uscc, "safe");
    let dishonest =
        class(view, uscc, "customs") == Some("DIS") || on_list(view, uscc, &["customs_dishonest"]);
    let rules = [
        ("customs_dishonest", 549, dishonest),
        ("safe_c", 599, safe == Some("C")),
        ("tax_d", 599, class(view, uscc, "tax") == Some("D")),
        ("safe_b", 779, safe == Some("B")),
        ("abnormal_operation", 699, on_list(view, uscc, &["abnormal_operation"])),
    ];
    rules.into_iter().filter(|(_, _, holds)| *holds).map(|(code, limit, _)| (code, limit)).collect()
}
