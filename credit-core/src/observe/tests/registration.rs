//! R01–R09: rulings C1–C8.

use super::builder::{change, class, day, facts, listing, permit, registration, relative};
use super::{assert_ratio, code, seen, state};
use crate::indicator::{IndicatorId as I, State};
use crate::money::Fen;
use crate::records::{ClassAuthority, ListCode, PremisesCheck, RecordSource, Registration, Status};

#[test]
fn c1_r01_status() {
    for (status, expected) in [
        (Status::InOperation, "consistent"),
        (Status::Suspended, "not_operating"),
        (Status::Liquidating, "not_operating"),
        (Status::MovedOut, "not_operating"),
        (Status::RevokedNotCancelled, "not_operating"),
        (Status::Cancelled, "not_operating"),
    ] {
        let mut given = facts("2026-11-23");
        given.registration.status = status;
        assert_eq!(code(&given, I::R01), expected, "{status:?}");
    }
}

#[test]
fn c1_r01_mismatch_between_senders() {
    type Edit = fn(&mut Registration);
    let table: [(Edit, &str); 6] = [
        (|_| (), "consistent"),
        (|row| row.address = None, "consistent"),
        (|row| row.address = Some("别处".to_owned()), "soft_mismatch"),
        (|row| row.phone = Some("1".to_owned()), "soft_mismatch"),
        (|row| row.name = "别名".to_owned(), "hard_mismatch"),
        (|row| row.legal_representative = "乙".to_owned(), "hard_mismatch"),
    ];
    for (change, expected) in table {
        let mut given = facts("2026-11-23");
        let mut first = registration(1);
        first.record_source = Some(RecordSource::Samr);
        let mut second = registration(1);
        second.record_source = Some(RecordSource::Customs);
        change(&mut second);
        given.registration_sources = vec![first, second];
        assert_eq!(code(&given, I::R01), expected);
    }
}

/// Months clamp to the month's end; before the establishment there are none.
#[test]
fn a7_r02_months() {
    for (since, as_of, expected) in [
        ("2020-01-31", "2020-02-28", 0),
        ("2020-01-31", "2020-02-29", 1),
        ("2026-05-23", "2026-11-23", 6),
        ("2026-05-24", "2026-11-23", 5),
        ("2027-01-01", "2026-11-23", 0),
    ] {
        let mut given = facts(as_of);
        given.registration.established_on = day(since);
        assert_ratio(&given, I::R02, expected, 1);
    }
}

#[test]
fn c2_r03_paid_in() {
    let table = [
        (Some(100), Some(50), "2026-05-23", Some((50 * 60, 100 * 6))),
        (Some(100), Some(50), "2015-01-01", Some((50, 100))),
        (Some(100), Some(50), "2026-10-24", None),
        (Some(0), Some(50), "2015-01-01", None),
        (None, Some(50), "2015-01-01", None),
        (Some(100), None, "2015-01-01", None),
    ];
    for (registered, paid_in, since, expected) in table {
        let mut given = facts("2026-11-23");
        given.registration.established_on = day(since);
        given.registration.registered_capital = registered.map(Fen);
        given.registration.paid_in_capital = paid_in.map(Fen);
        match expected {
            Some((num, den)) => assert_ratio(&given, I::R03, num, den),
            None => assert_eq!(state(&given, I::R03), State::NotApplicable),
        }
    }
}

/// The report of a year is due on 30 June of the next.
#[test]
fn c3_r04_annual_reports() {
    let table = [
        ("2020-01-15", "2026-06-30", Some(2024), None, Some(0)),
        ("2020-01-15", "2026-07-01", Some(2024), None, Some(1)),
        ("2020-01-15", "2026-07-01", Some(2025), Some(2), Some(2)),
        ("2020-01-15", "2026-07-01", Some(2024), Some(3), Some(3)),
        ("2020-01-15", "2026-07-01", Some(2010), None, Some(3)),
        ("2020-01-15", "2026-07-01", Some(2030), None, Some(0)),
        ("2025-03-01", "2026-07-01", Some(2010), None, Some(1)),
        ("2025-03-01", "2026-06-30", None, None, Some(0)),
        ("2020-01-15", "2026-07-01", None, Some(1), None),
    ];
    for (since, as_of, filed, late, expected) in table {
        let mut given = facts(as_of);
        given.registration.established_on = day(since);
        given.registration.last_annual_report_year = filed;
        given.registration.annual_report_late = late;
        match expected {
            Some(value) => assert_ratio(&given, I::R04, value, 1),
            None => assert_eq!(state(&given, I::R04), State::Insufficient),
        }
    }
}

#[test]
fn c4_r05_changes() {
    let mut given = facts("2026-11-23");
    given.changes = vec![
        change("2024-11-23", "名称"),
        change("2024-11-24", "名称"),
        change("2025-01-01", "法定代表人变更"),
        change("2025-01-01", "法定代表人"),
        change("2025-01-01", "经营范围"),
        change("2025-02-01", "住所变更"),
        change("2026-11-24", "控股股东"),
    ];
    assert_ratio(&given, I::R05, 3, 1);
}

#[test]
fn c5_r06_premises() {
    let table = [
        (None, None, "never_verified"),
        (Some(PremisesCheck::Verified), None, "verified"),
        (Some(PremisesCheck::Failed), None, "failed"),
        (Some(PremisesCheck::Lost), Some("2026-01-01"), "lost"),
        (Some(PremisesCheck::Verified), Some("2025-11-24"), "verified"),
        (Some(PremisesCheck::Verified), Some("2025-11-23"), "never_verified"),
        (Some(PremisesCheck::Lost), Some("2026-11-24"), "never_verified"),
    ];
    for (check, on, expected) in table {
        let mut given = facts("2026-11-23");
        given.registration.premises_check = check;
        given.registration.premises_checked_on = on.map(day);
        assert_eq!(code(&given, I::R06), expected, "{check:?} {on:?}");
    }
}

#[test]
fn c6_r07_filings() {
    let table = [
        (Some("c"), Some(true), Some(true), None, "2020-01-01", 4, 4),
        (None, Some(true), Some(true), None, "2020-01-01", 3, 4),
        (Some(" "), Some(false), None, None, "2020-01-01", 1, 3),
        (Some("c"), None, None, None, "2020-01-01", 2, 2),
        (Some("c"), None, None, Some("EXEMPT"), "2020-01-01", 3, 3),
        (Some("c"), Some(false), None, Some("B"), "2020-01-01", 3, 3),
        (Some("c"), None, None, None, "2026-11-24", 1, 2),
    ];
    for (customs, safe, tax, safe_class, filed, held, required) in table {
        let mut given = facts("2026-11-23");
        given.registration.customs_code = customs.map(str::to_owned);
        given.registration.safe_listed = safe;
        given.registration.tax_refund_filed = tax;
        given.registration.filed_on = day(filed);
        given.classes =
            safe_class.map(|code| class(ClassAuthority::Safe, code, "2026-01-01")).into_iter().collect();
        assert_ratio(&given, I::R07, held, required);
        assert_eq!(i128::from(seen(&given, I::R07).n), required);
    }
}

#[test]
fn c7_r08_permits() {
    let mut given = facts("2026-11-23");
    given.registration.industry_code = None;
    assert_eq!(state(&given, I::R08), State::NotApplicable);
    given.registration.industry_code = Some("F5292".to_owned());
    assert_eq!(state(&given, I::R08), State::NotApplicable);
    for (industry, word) in
        [("G6020", "快递"), ("I6490", "增值电信"), ("J6930", "支付业务"), ("F5222", "食品经营")]
    {
        given.registration.industry_code = Some(industry.to_owned());
        given.permits = vec![permit("别的许可证")];
        assert_ratio(&given, I::R08, 0, 1);
        given.permits.push(permit(&format!("{word}经营许可证")));
        assert_ratio(&given, I::R08, 1, 1);
    }
}

#[test]
fn c7_permit_validity() {
    for (status, from, until, expected) in [
        ("", None, None, 1),
        ("0", None, None, 1),
        ("正常", Some("2026-11-23"), Some("2026-11-23"), 1),
        ("1", None, None, 0),
        ("撤销", None, None, 0),
        ("", Some("2026-11-24"), None, 0),
        ("", None, Some("2026-11-22"), 0),
    ] {
        let mut given = facts("2026-11-23");
        given.registration.industry_code = Some("G60".to_owned());
        let mut row = permit("");
        row.project = "快递业务经营".to_owned();
        row.status = status.to_owned();
        row.valid_from = from.map(day);
        row.valid_until = until.map(day);
        given.permits = vec![row];
        assert_ratio(&given, I::R08, expected, 1);
    }
}

/// Relation and badness of ruling C8.
#[test]
fn c8_r09_relatives() {
    let own = registration(1);
    let bad = |person: bool, phone: bool, address: bool| {
        let mut other = relative(2);
        other.registration.status = Status::RevokedNotCancelled;
        if person {
            other.registration.legal_representative.clone_from(&own.legal_representative);
        }
        if phone {
            other.registration.phone.clone_from(&own.phone);
        }
        if address {
            other.registration.address.clone_from(&own.address);
        }
        other
    };
    let table = [
        (vec![], "none"),
        (vec![bad(false, false, false)], "none"),
        (vec![bad(false, true, false)], "none"),
        (vec![bad(true, false, false)], "weak"),
        (vec![bad(false, true, true)], "weak"),
        (vec![bad(true, false, false), bad(false, true, true)], "weak"),
        (vec![bad(true, true, false)], "one_strong"),
        (vec![bad(true, false, true), bad(true, false, false)], "one_strong"),
        (vec![bad(true, true, true), bad(true, false, true)], "many_strong"),
    ];
    for (relatives, expected) in table {
        let mut given = facts("2026-11-23");
        given.relatives = relatives;
        assert_eq!(code(&given, I::R09), expected);
    }
}

#[test]
fn c8_bad_is_a_list_or_a_status_in_force() {
    let table = [
        (Status::InOperation, None, "none"),
        (Status::Cancelled, None, "none"),
        (Status::RegistrationRescinded, None, "weak"),
        (Status::RevokedAndCancelled, None, "weak"),
        (Status::InOperation, Some(ListCode::CustomsDishonest), "weak"),
        (Status::InOperation, Some(ListCode::JudgmentDefaulter), "weak"),
        (Status::InOperation, Some(ListCode::IpSerious), "weak"),
        (Status::InOperation, Some(ListCode::AbnormalOperation), "none"),
    ];
    for (status, list, expected) in table {
        let mut given = facts("2026-11-23");
        let mut other = relative(2);
        other.registration.legal_representative.clone_from(&given.registration.legal_representative);
        other.registration.status = status;
        other.listings = list.map(|list| listing(list, "2026-01-01")).into_iter().collect();
        given.relatives = vec![other];
        assert_eq!(code(&given, I::R09), expected, "{status:?} {list:?}");
        if let Some(row) = given.relatives[0].listings.first_mut() {
            row.removed_on = Some(day("2026-11-23"));
            assert_eq!(code(&given, I::R09), "none");
        }
    }
}

#[test]
fn c8_empty_texts_are_never_the_same() {
    let mut given = facts("2026-11-23");
    given.registration.phone = None;
    given.registration.address = Some(String::new());
    let mut other = relative(2);
    other.registration = given.registration.clone();
    other.registration.uscc = super::builder::uscc(2);
    other.registration.status = Status::RevokedNotCancelled;
    given.relatives = vec![other];
    assert_eq!(code(&given, I::R09), "weak");
    given.relatives[0].registration.uscc = given.uscc;
    assert_eq!(code(&given, I::R09), "none", "never its own relative");
}
