//! Ruling A8: severity, end of effect, counting; A13: the load; A12 of lists and C9 of classes.

use super::builder::{class, day, facts, listing, penalty};
use super::{assert_ratio, ratio};
use crate::indicator::IndicatorId as I;
use crate::money::Fen;
use crate::records::{ClassAuthority, ListCode};
use crate::rules::Severity::{self, General, Minor, Serious};
use crate::rules::{class_in_force, counts_at, end_of_effect, list_in_force, severity};

#[test]
fn a8_severity() {
    let table: [(&[&str], i64, i64, Severity); 18] = [
        (&["罚款"], 300_000, 0, Minor),
        (&["罚款"], 300_001, 0, General),
        (&["罚款"], 200_000, 100_000, Minor),
        (&["罚款"], 49_999_999, 0, General),
        (&["罚款"], 50_000_000, 0, Serious),
        (&["罚款", "没收违法所得"], 20_000_000, 30_000_000, Serious),
        (&["警告"], 0, 0, Minor),
        (&["警告", "通报批评"], 0, 0, Minor),
        (&["警告"], 1, 0, General),
        (&["警告", "罚款"], 100_000, 0, General),
        (&["没收违法所得"], 0, 100, General),
        (&["其他"], 0, 0, General),
        (&[], 0, 0, General),
        (&["暂扣许可证件"], 0, 0, Serious),
        (&["罚款", "吊销许可证件"], 0, 0, Serious),
        (&["降低资质等级"], 0, 0, Serious),
        (&["责令停产停业"], 0, 0, Serious),
        (&["限制开展生产经营活动"], 0, 0, Serious),
    ];
    for (kinds, fine, confiscated, expected) in table {
        let mut row = penalty("2026-01-01");
        row.kinds = kinds.iter().map(|kind| (*kind).to_owned()).collect();
        row.fine = Fen(fine);
        row.confiscated = Fen(confiscated);
        assert_eq!(severity(&row), expected, "{kinds:?} {fine} {confiscated}");
    }
}

/// Without CF_GSJZQ 3, 12 or 36 months, clamped to the month's end; with it, that day.
#[test]
fn a8_end_of_effect() {
    for (decided, fine, until, expected) in [
        ("2025-11-30", 100_000, None, "2026-02-28"),
        ("2024-02-29", 1_000_000, None, "2025-02-28"),
        ("2024-02-29", 50_000_000, None, "2027-02-28"),
        ("2026-01-10", 1_000_000, Some("2026-04-09"), "2026-04-09"),
    ] {
        let mut row = penalty(decided);
        row.fine = Fen(fine);
        row.publicity_until = until.map(day);
        assert_eq!(end_of_effect(&row), day(expected), "{decided}");
    }
}

#[test]
fn a8_counts_at() {
    let base = penalty("2026-01-10");
    let ended = {
        let mut row = base.clone();
        row.publicity_until = Some(day("2026-04-09"));
        row
    };
    let repaired = {
        let mut row = base.clone();
        row.repaired_on = Some(day("2026-05-01"));
        row
    };
    let revoked = {
        let mut row = base.clone();
        row.revoked = true;
        row
    };
    let disputed = {
        let mut row = base.clone();
        row.disputed = true;
        row
    };
    let long = {
        let mut row = base.clone();
        row.publicity_until = Some(day("2040-01-01"));
        row
    };
    for (row, at, expected) in [
        (&base, "2026-01-09", false),
        (&base, "2026-01-10", true),
        (&base, "2027-01-10", true),
        (&base, "2027-01-11", false),
        (&ended, "2026-04-09", true),
        (&ended, "2026-04-10", false),
        (&repaired, "2026-04-30", true),
        (&repaired, "2026-05-01", false),
        (&revoked, "2026-02-01", false),
        (&disputed, "2026-02-01", true),
        (&long, "2029-01-09", true),
        (&long, "2029-01-10", false),
    ] {
        assert_eq!(counts_at(row, day(at)), expected, "{at} {row:?}");
    }
}

/// A13: w·H[m mod 12]/10⁶/2^(m div 12), also for the 36th month the month-end clamp lets in.
#[test]
fn a13_load() {
    for (decided, as_of, fine, num, den) in [
        ("2026-11-23", "2026-11-23", 1_000_000, 3, 1),
        ("2026-08-23", "2026-11-23", 1_000_000, 3 * 840_896, 1_000_000),
        ("2026-08-24", "2026-11-23", 1_000_000, 3 * 890_899, 1_000_000),
        ("2025-11-23", "2026-11-23", 1_000_000, 3, 2),
        ("2024-10-23", "2026-11-23", 50_000_000, 8 * 943_874, 4_000_000),
        ("2024-02-29", "2027-02-28", 50_000_000, 8, 8),
        ("2026-11-01", "2026-11-23", 100_000, 1, 1),
    ] {
        let mut given = facts(as_of);
        given.penalties.push(penalty(decided));
        given.penalties[0].fine = Fen(fine);
        assert_ratio(&given, I::P01, num, den);
    }
}

#[test]
fn p01_and_p02_add_up_counting_penalties_only() {
    let mut given = facts("2026-11-23");
    assert_ratio(&given, I::P01, 0, 1);
    assert_ratio(&given, I::P02, 0, 1);
    given.penalties = vec![penalty("2026-11-01"), penalty("2026-11-02"), penalty("2024-01-01")];
    given.penalties[1].confiscated = Fen(500_000);
    assert_ratio(&given, I::P01, 6, 1);
    assert_eq!(ratio(&given, I::P02), (2_500_000, 1_000_000));
    assert_eq!(super::seen(&given, I::P02).n, 2);
}

/// `expires_on` is the last day in force, `removed_on` the first day out.
#[test]
fn a12_lists_in_force() {
    let row = |removed: Option<&str>, expires: Option<&str>| {
        let mut row = listing(ListCode::TaxSerious, "2026-03-01");
        row.removed_on = removed.map(day);
        row.expires_on = expires.map(day);
        row
    };
    for (row, at, expected) in [
        (row(None, None), "2026-02-28", false),
        (row(None, None), "2026-03-01", true),
        (row(Some("2026-06-01"), None), "2026-05-31", true),
        (row(Some("2026-06-01"), None), "2026-06-01", false),
        (row(None, Some("2026-06-01")), "2026-06-01", true),
        (row(None, Some("2026-06-01")), "2026-06-02", false),
    ] {
        assert_eq!(list_in_force(&row, day(at)), expected, "{at} {row:?}");
    }
}

#[test]
fn c9_class_in_force() {
    let mut rows = vec![
        class(ClassAuthority::Tax, "B", "2025-01-01"),
        class(ClassAuthority::Tax, "A", "2026-04-01"),
        class(ClassAuthority::Safe, "C", "2026-05-01"),
    ];
    rows[1].valid_to = Some(day("2026-09-30"));
    for (at, expected) in [
        ("2024-12-31", None),
        ("2026-03-31", Some("B")),
        ("2026-04-01", Some("A")),
        ("2026-09-30", Some("A")),
        ("2026-10-01", Some("B")),
    ] {
        let found = class_in_force(&rows, ClassAuthority::Tax, day(at)).map(|row| row.class.as_str());
        assert_eq!(found, expected, "{at}");
    }
}
