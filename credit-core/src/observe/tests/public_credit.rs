//! P03–P13: rulings C9, C10, C12 and G. (P01, P02 are in `penalties`.)

use super::builder::{
    arrear, class, commitment, complaint, day, facts, inspection, judgment, listing, penalty,
};
use super::{assert_ratio, code, seen, state};
use crate::indicator::{IndicatorId as I, State};
use crate::money::Fen;
use crate::records::{ClassAuthority, InspectionKind, JudgmentKind, ListCode};

const TODAY: &str = "2026-11-23";

#[test]
fn c9_p03_customs() {
    use ListCode::{CustomsDishonest as Dis, CustomsSeriouslyDishonest as Serious};
    type Tier = Option<&'static str>;
    let table: [(Tier, Option<ListCode>, bool, Tier); 11] = [
        (Some("ADV"), None, true, Some("ADV")),
        (Some("CERT"), None, false, Some("CERT")),
        (Some("DIS"), None, true, Some("DIS")),
        (None, None, true, Some("REG")),
        (None, None, false, None),
        (None, Some(Dis), false, Some("DIS")),
        (Some("ADV"), Some(Dis), true, Some("DIS")),
        (Some("SDIS"), Some(Dis), true, Some("SDIS")),
        (Some("DIS"), Some(Serious), true, Some("SDIS")),
        (Some("REG"), Some(ListCode::TaxSerious), true, Some("REG")),
        (None, Some(Serious), true, Some("SDIS")),
    ];
    for (tier, list, filed, expected) in table {
        let mut given = facts(TODAY);
        given.classes =
            tier.map(|code| class(ClassAuthority::Customs, code, "2026-01-01")).into_iter().collect();
        given.listings = list.map(|list| listing(list, "2026-01-01")).into_iter().collect();
        if !filed {
            given.registration.customs_code = None;
        }
        match expected {
            Some(expected) => assert_eq!(code(&given, I::P03), expected, "{tier:?} {list:?}"),
            None => assert_eq!(state(&given, I::P03), State::NotApplicable),
        }
    }
}

#[test]
fn c9_classes_without_a_row() {
    let mut given = facts(TODAY);
    assert_eq!(code(&given, I::P04), "A");
    given.registration.safe_listed = Some(false);
    assert_eq!(state(&given, I::P04), State::NotApplicable);
    given.registration.safe_listed = None;
    assert_eq!(state(&given, I::P04), State::NotApplicable);
    assert_eq!(code(&given, I::P05), "unrated");
    assert_eq!(state(&given, I::P12), State::NotApplicable);
    given.classes = vec![
        class(ClassAuthority::Safe, "GUIDANCE", "2026-01-01"),
        class(ClassAuthority::Tax, "M", "2026-01-01"),
        class(ClassAuthority::PublicCredit, "良", "2026-01-01"),
    ];
    assert_eq!(code(&given, I::P04), "GUIDANCE");
    assert_eq!(code(&given, I::P05), "M");
    assert_eq!(code(&given, I::P12), "良");
}

#[test]
fn c9_p06_abnormal_operation() {
    for (removed, expires, expected) in [
        (None, None, "listed"),
        (Some("2026-11-24"), None, "listed"),
        (Some("2026-11-23"), None, "recently_removed"),
        (Some("2026-05-24"), None, "recently_removed"),
        (Some("2026-05-23"), None, "none"),
        (None, Some("2026-11-23"), "listed"),
        (None, Some("2026-11-22"), "recently_removed"),
        (None, Some("2026-05-23"), "none"),
        (Some("2026-11-01"), Some("2026-01-31"), "none"),
    ] {
        let mut given = facts(TODAY);
        let mut row = listing(ListCode::AbnormalOperation, "2025-12-01");
        row.removed_on = removed.map(day);
        row.expires_on = expires.map(day);
        given.listings = vec![row];
        assert_eq!(code(&given, I::P06), expected, "{removed:?} {expires:?}");
    }
    let mut future = facts(TODAY);
    future.listings =
        vec![listing(ListCode::AbnormalOperation, "2026-11-24"), listing(ListCode::TaxSerious, TODAY)];
    assert_eq!(code(&future, I::P06), "none");
}

#[test]
fn c10_p07_enforcement() {
    let table = [
        (vec![], Some(100), (0, 1)),
        (vec![], None, (0, 1)),
        (vec![Some(0)], None, (0, 1)),
        (vec![None], Some(100), (0, 1)),
        (vec![Some(3), Some(4)], Some(100), (7, 100)),
        (vec![Some(3)], Some(0), (1, 1)),
    ];
    for (unpaid, capital, expected) in table {
        let mut given = facts(TODAY);
        given.registration.paid_in_capital = capital.map(Fen);
        for amount in &unpaid {
            let mut row = judgment(JudgmentKind::Enforcement, "2026-01-01");
            row.amount_unpaid = amount.map(Fen);
            row.is_final = None;
            given.judgments.push(row);
        }
        let mut later = judgment(JudgmentKind::Enforcement, "2026-11-24");
        later.amount_unpaid = Some(Fen(1_000));
        given.judgments.push(later);
        assert_ratio(&given, I::P07, expected.0, expected.1);
        assert_eq!(seen(&given, I::P07).n, u64::try_from(unpaid.len()).unwrap());
        given.listings.push(listing(ListCode::JudgmentDefaulter, TODAY));
        assert_eq!(code(&given, I::P07), "judgment_defaulter");
    }
    let mut unjudged = facts(TODAY);
    unjudged.registration.paid_in_capital = None;
    let mut row = judgment(JudgmentKind::Enforcement, "2026-01-01");
    row.amount_unpaid = Some(Fen(3));
    unjudged.judgments.push(row);
    assert_eq!(state(&unjudged, I::P07), State::Insufficient);
}

#[test]
fn g_p08_commitments() {
    let mut given = facts(TODAY);
    assert_eq!(state(&given, I::P08), State::NotApplicable);
    given.commitments = vec![commitment("2024-11-23", None), commitment("2026-11-24", None)];
    assert_eq!(state(&given, I::P08), State::NotApplicable, "outside 24 months, and not yet due");
    given.commitments.push(commitment("2024-11-24", Some("2024-11-24")));
    given.commitments.push(commitment("2026-06-01", Some("2026-06-02")));
    given.commitments.push(commitment("2026-11-23", None));
    assert_ratio(&given, I::P08, 1, 3);
}

#[test]
fn c10_p09_arrears() {
    for (due, cleared, expected) in [
        ("2026-11-24", None, "none"),
        ("2026-11-23", None, "within_30_days"),
        ("2026-10-24", None, "within_30_days"),
        ("2026-10-23", None, "over_30_days"),
        ("2026-01-01", Some("2026-11-23"), "none"),
        ("2026-01-01", Some("2026-11-24"), "over_30_days"),
    ] {
        let mut given = facts(TODAY);
        let mut row = arrear(due);
        row.cleared_on = cleared.map(day);
        given.arrears = vec![row];
        assert_eq!(code(&given, I::P09), expected, "{due} {cleared:?}");
        for list in [ListCode::TaxSerious, ListCode::WageArrears] {
            given.listings = vec![listing(list, TODAY)];
            assert_eq!(code(&given, I::P09), "listed");
        }
    }
    assert_eq!(code(&facts(TODAY), I::P09), "none");
}

#[test]
fn g_p10_sampling() {
    let row = |sampled, failed, passed| {
        let mut row = inspection(InspectionKind::ProductSampling, "2026-01-01", passed);
        (row.sampled, row.failed) = (sampled, failed);
        row
    };
    let recall = inspection(InspectionKind::Recall, "2026-01-01", true);
    let old = inspection(InspectionKind::Recall, "2024-11-23", false);
    let other = inspection(InspectionKind::Special, "2026-01-01", false);
    let table = [
        (vec![], None),
        (vec![other, old], None),
        (vec![row(Some(0), Some(0), true)], None),
        (vec![row(Some(200), Some(3), false)], Some((3, 200))),
        (vec![row(Some(9), None, true), recall], Some((1, 10))),
        (vec![row(Some(9), None, false)], Some((0, 9))),
        (vec![row(None, None, false), row(None, Some(1), true)], None),
        (vec![row(Some(2), Some(5), false)], Some((5, 2))),
    ];
    for (inspections, expected) in table {
        let mut given = facts(TODAY);
        given.inspections = inspections;
        match expected {
            Some((num, den)) => assert_ratio(&given, I::P10, num, den),
            None => assert_eq!(state(&given, I::P10), State::NotApplicable),
        }
    }
}

#[test]
fn g_p11_ip_findings() {
    let mut given = facts(TODAY);
    assert_ratio(&given, I::P11, 0, 1);
    given.judgments = vec![
        judgment(JudgmentKind::Ip, "2024-11-23"),
        judgment(JudgmentKind::Ip, "2024-11-24"),
        judgment(JudgmentKind::Ip, "2026-11-23"),
        judgment(JudgmentKind::Enforcement, "2026-01-01"),
        judgment(JudgmentKind::Ip, "2026-02-01"),
        judgment(JudgmentKind::Ip, "2026-03-01"),
    ];
    given.judgments[4].is_final = Some(false);
    given.judgments[5].is_final = None;
    assert_ratio(&given, I::P11, 2, 1);
}

#[test]
fn g_p13_inspections() {
    let mut given = facts(TODAY);
    assert_eq!(state(&given, I::P13), State::NotApplicable);
    given.inspections = vec![
        inspection(InspectionKind::Random, "2024-11-24", true),
        inspection(InspectionKind::Special, "2026-11-23", false),
        inspection(InspectionKind::Random, "2024-11-23", false),
        inspection(InspectionKind::ProductSampling, "2026-11-23", false),
    ];
    assert_ratio(&given, I::P13, 1, 2);
}

/// C12: an event is counted at its first source in the order of precedence.
#[test]
fn c12_one_event_counted_once() {
    let event = || Some("事件1".to_owned());
    let mut given = facts(TODAY);
    let mut row = arrear("2026-01-01");
    row.event_id = event();
    given.arrears = vec![row];
    let mut row = inspection(InspectionKind::Random, "2026-01-01", false);
    row.event_id = event();
    given.inspections = vec![row];
    assert_eq!(code(&given, I::P09), "over_30_days");
    assert_eq!(state(&given, I::P13), State::NotApplicable, "hidden by the arrear");

    let mut row = judgment(JudgmentKind::Ip, "2026-01-01");
    row.event_id = event();
    given.judgments = vec![row];
    assert_ratio(&given, I::P11, 1, 1);
    assert_eq!(code(&given, I::P09), "none", "hidden by the judgment");

    let mut row = listing(ListCode::AbnormalOperation, "2026-01-01");
    row.event_id = event();
    given.listings = vec![row];
    assert_eq!(code(&given, I::P06), "listed");
    assert_ratio(&given, I::P11, 0, 1);

    let mut row = penalty("2026-11-01");
    row.event_id = event();
    given.penalties = vec![row.clone(), row];
    assert_ratio(&given, I::P01, 6, 1);
    assert_eq!(code(&given, I::P06), "none", "hidden by the penalty");
    let caps = crate::observe::standing(&given).caps;
    assert_eq!(caps[0].code, "abnormal_operation", "a cap is never hidden");
}

#[test]
fn c12_what_does_not_hide() {
    for (decided, id, expected) in [
        ("2026-11-23", Some("e"), 0),
        ("2026-11-24", Some("e"), 1),
        ("2026-11-23", Some("f"), 1),
        ("2026-11-23", Some(" "), 1),
        ("2026-11-23", None, 1),
    ] {
        let mut given = facts(TODAY);
        given.trade.rows_365 = 10_000;
        let mut row = complaint("1", "2026-11-01");
        row.event_id = id.filter(|id| id.trim().is_empty()).or(Some("e")).map(str::to_owned);
        given.complaints = vec![row];
        let mut row = penalty(decided);
        row.event_id = id.map(str::to_owned);
        given.penalties = vec![row];
        assert_ratio(&given, I::C03, expected, 1);
    }
}
