//! Vetoes, caps, unrated conditions: rulings A11, A12, E6, G.

use super::builder::{change, class, day, facts, judgment, listing, penalty};
use crate::facts::Facts;
use crate::observe::standing;
use crate::records::{ClassAuthority, JudgmentKind, ListCode, Status};
use crate::standing::{Hit, UnratedReason};

const TODAY: &str = "2026-11-23";

fn codes(hits: &[Hit]) -> Vec<&str> {
    hits.iter().map(|hit| hit.code.as_str()).collect()
}

fn found(facts: &Facts) -> (Vec<String>, Vec<String>) {
    let found = standing(facts);
    let owned = |hits: &[Hit]| codes(hits).into_iter().map(str::to_owned).collect();
    (owned(&found.vetoes), owned(&found.caps))
}

#[test]
fn a12_lists() {
    for (list, veto, cap) in [
        (ListCode::SeriousDishonesty, Some("V1"), None),
        (ListCode::TaxSerious, Some("V1"), None),
        (ListCode::WageArrears, Some("V1"), None),
        (ListCode::StatisticsSerious, Some("V1"), None),
        (ListCode::IpSerious, Some("V1"), None),
        (ListCode::CustomsSeriouslyDishonest, Some("V2"), None),
        (ListCode::JudgmentDefaulter, Some("V3"), None),
        (ListCode::CustomsDishonest, None, Some("customs_dis")),
        (ListCode::AbnormalOperation, None, Some("abnormal_operation")),
    ] {
        let mut given = facts(TODAY);
        given.listings = vec![listing(list, TODAY)];
        let expected =
            (veto.map(str::to_owned).into_iter().collect(), cap.map(str::to_owned).into_iter().collect());
        assert_eq!(found(&given), expected, "{list:?}");
        given.listings[0].removed_on = Some(day(TODAY));
        assert_eq!(found(&given), (vec![], vec![]), "{list:?} removed");
    }
}

#[test]
fn a12_classes() {
    use ClassAuthority::{Customs, PublicCredit, Safe, Tax};
    for (authority, tier, veto, cap) in [
        (Customs, "SDIS", Some("V2"), None),
        (Customs, "DIS", None, Some("customs_dis")),
        (Customs, "REG", None, None),
        (Safe, "B", None, Some("safe_b")),
        (Safe, "C", None, Some("safe_c")),
        (Tax, "C", None, None),
        (Tax, "D", None, Some("tax_d")),
        (PublicCredit, "差", None, None),
    ] {
        let mut given = facts(TODAY);
        given.classes = vec![class(authority, tier, "2026-01-01")];
        let expected =
            (veto.map(str::to_owned).into_iter().collect(), cap.map(str::to_owned).into_iter().collect());
        assert_eq!(found(&given), expected, "{tier}");
        given.classes[0].valid_to = Some(day("2026-11-22"));
        assert_eq!(found(&given), (vec![], vec![]), "{tier} ended");
    }
}

#[test]
fn g_v4_convictions() {
    for (kind, decided, is_final, expected) in [
        (JudgmentKind::Smuggling, "2023-11-24", Some(true), true),
        (JudgmentKind::Smuggling, "2023-11-23", Some(true), false),
        (JudgmentKind::TaxFraud, "2026-11-23", Some(true), true),
        (JudgmentKind::FalseInvoice, "2026-01-01", Some(true), true),
        (JudgmentKind::IllegalFx, "2026-01-01", Some(true), true),
        (JudgmentKind::MoneyLaundering, "2026-01-01", Some(true), true),
        (JudgmentKind::MoneyLaundering, "2026-01-01", Some(false), false),
        (JudgmentKind::MoneyLaundering, "2026-01-01", None, false),
        (JudgmentKind::MoneyLaundering, "2026-11-24", Some(true), false),
        (JudgmentKind::Ip, "2026-01-01", Some(true), false),
    ] {
        let mut given = facts(TODAY);
        given.judgments = vec![judgment(kind, decided)];
        given.judgments[0].is_final = is_final;
        assert_eq!(!standing(&given).vetoes.is_empty(), expected, "{kind:?} {decided}");
    }
}

#[test]
fn a12_v5_closure() {
    for (kinds, licence, expected) in [
        ("责令关闭", "", true),
        ("吊销许可证件", "营业执照 511500", true),
        ("吊销许可证件", "食品经营许可证", false),
        ("暂扣许可证件", "营业执照", false),
    ] {
        let mut given = facts(TODAY);
        given.penalties = vec![penalty("2026-01-01")];
        given.penalties[0].kinds = vec![kinds.to_owned()];
        given.penalties[0].licence = licence.to_owned();
        assert_eq!(codes(&standing(&given).vetoes) == ["V5"], expected, "{kinds} {licence}");
        given.penalties[0].repaired_on = Some(day(TODAY));
        assert!(standing(&given).vetoes.is_empty(), "repaired");
    }
    for (status, expected) in [
        (Status::RevokedNotCancelled, true),
        (Status::RevokedAndCancelled, true),
        (Status::RegistrationRescinded, false),
        (Status::Cancelled, false),
    ] {
        let mut given = facts(TODAY);
        given.registration.status = status;
        assert_eq!(codes(&standing(&given).vetoes) == ["V5"], expected, "{status:?}");
    }
}

#[test]
fn v5_by_status_dates_from_the_change_register() {
    let mut given = facts(TODAY);
    given.registration.status = Status::RevokedNotCancelled;
    assert_eq!(standing(&given).vetoes[0].since, given.registration.established_on);
    let mut row = change("2026-02-03", "登记状态");
    row.after = "吊销未注销".to_owned();
    given.changes = vec![row];
    assert_eq!(standing(&given).vetoes[0].since, day("2026-02-03"));
}

#[test]
fn a12_v6_forgery() {
    for (behaviour, expected) in
        [("传输虚假三单信息", true), ("伪造三单", true), ("冒用身份信息", true), ("申报不实", false)]
    {
        let mut given = facts(TODAY);
        given.penalties = vec![penalty("2026-01-01")];
        given.penalties[0].behaviour = behaviour.to_owned();
        assert_eq!(codes(&standing(&given).vetoes) == ["V6"], expected, "{behaviour}");
        given.penalties[0].decided_on = day("2025-11-22");
        assert!(standing(&given).vetoes.is_empty(), "past its effect");
    }
}

#[test]
fn codes_are_unique_and_ascend_with_the_longest_standing_record() {
    let mut given = facts(TODAY);
    given.listings = vec![
        listing(ListCode::JudgmentDefaulter, "2026-05-01"),
        listing(ListCode::TaxSerious, "2026-04-01"),
        listing(ListCode::WageArrears, "2026-03-01"),
        listing(ListCode::CustomsDishonest, "2026-02-01"),
        listing(ListCode::AbnormalOperation, "2026-01-01"),
    ];
    given.classes = vec![
        class(ClassAuthority::Tax, "D", "2026-01-01"),
        class(ClassAuthority::Safe, "C", "2026-01-01"),
        class(ClassAuthority::Customs, "DIS", "2026-01-31"),
    ];
    let found = standing(&given);
    assert_eq!(codes(&found.vetoes), ["V1", "V3"]);
    assert_eq!(found.vetoes[0].since, day("2026-03-01"));
    assert!(found.vetoes[0].record.contains("列〔2026-03-01〕"));
    assert_eq!(codes(&found.caps), ["abnormal_operation", "customs_dis", "safe_c", "tax_d"]);
    assert_eq!(found.caps[1].since, day("2026-01-31"));
}

#[test]
fn a11_unrated() {
    for (since, rows, status, expected) in [
        ("2026-05-23", 1, Status::InOperation, vec![]),
        ("2026-05-24", 1, Status::InOperation, vec![UnratedReason::Young]),
        ("2020-01-01", 0, Status::InOperation, vec![UnratedReason::NoTrade]),
        ("2020-01-01", 1, Status::Cancelled, vec![UnratedReason::Cancelled]),
        ("2020-01-01", 1, Status::RevokedAndCancelled, vec![]),
    ] {
        let mut given = facts(TODAY);
        given.registration.established_on = day(since);
        given.registration.status = status;
        given.trade.rows_12_months = rows;
        assert_eq!(standing(&given).unrated, expected, "{since} {rows} {status:?}");
    }
}
