//! T01–T16: rulings A9, A10, B2–B10.

use super::builder::facts;
use super::{assert_ratio, code, ratio, seen, state};
use crate::facts::{Facts, MonthVolume, TradeFacts};
use crate::indicator::{IndicatorId as I, Observation, State};
use crate::observe::{ObserveParams, t11_month};

fn with(trade: TradeFacts) -> Facts {
    Facts { trade, ..facts("2026-11-23") }
}

#[test]
fn shares_and_their_samples() {
    let given = with(TradeFacts {
        released_90: 101,
        matched_90: 99,
        declared_90: 102,
        rejected_90: 2,
        documented_90: 103,
        amended_90: 3,
        examined_365: 104,
        held_365: 4,
        shipped_90: 107,
        delivered_in_time_90: 100,
        addressed_90: 113,
        clustered_90: 13,
        priced_90: 114,
        price_off_90: 14,
        waybills_90: 115,
        waybills_abnormal_90: 15,
        rows_90: 116,
        sequence_abnormal_90: 16,
        ..TradeFacts::default()
    });
    for (id, num, den) in [
        (I::T01, 99, 101),
        (I::T02, 2, 102),
        (I::T03, 3, 103),
        (I::T04, 4, 104),
        (I::T07, 100, 107),
        (I::T13, 13, 113),
        (I::T14, 14, 114),
        (I::T15, 15, 115),
        (I::T16, 16, 116),
    ] {
        assert_eq!(ratio(&given, id), (num, den), "{id:?}");
        assert_eq!(i128::from(seen(&given, id).n), den, "{id:?}");
    }
}

#[test]
fn a3_no_rows() {
    let given = facts("2026-11-23");
    for id in [I::T01, I::T02, I::T04, I::T06, I::T07, I::T09, I::T11, I::T13, I::T14, I::T15, I::T16] {
        assert_eq!(seen(&given, id), Observation::insufficient(0), "{id:?}");
    }
    for id in [I::T03, I::T05, I::T12] {
        assert_eq!(seen(&given, id), Observation::not_applicable(), "{id:?}");
    }
    assert_ratio(&given, I::T10, 0, 1);
}

/// A9: no import in a year is not applicable; the minimum applies to import rows of 90 d.
#[test]
fn a9_import_only() {
    let mut given = with(TradeFacts { import_rows_365: 1, ..TradeFacts::default() });
    assert_eq!(seen(&given, I::T05), Observation::insufficient(0));
    assert_eq!(seen(&given, I::T12), Observation::insufficient(0));
    given.trade.import_rows_90 = 50;
    assert_eq!(seen(&given, I::T05), Observation::insufficient(50), "no row tells the payer");
    given.trade.payer_known_90 = 20;
    given.trade.payer_matches_90 = 19;
    given.trade.quota_flagged_90 = 5;
    assert_ratio(&given, I::T05, 19, 20);
    assert_eq!(seen(&given, I::T05).n, 50);
    assert_ratio(&given, I::T12, 5, 50);
}

#[test]
fn b4_t06_the_larger_gap_that_has_thirty_rows() {
    let table = [
        ((30, 1000, 900), (30, 1000, 1200), Some((1, 5, 30))),
        ((31, 1000, 700), (40, 1000, 1200), Some((3, 10, 31))),
        ((29, 1000, 0), (30, 1000, 1200), Some((1, 5, 30))),
        ((29, 1000, 0), (28, 1000, 0), None),
        ((30, 0, 50), (29, 1000, 0), None),
        ((30, 1000, 1000), (0, 0, 0), Some((0, 1, 30))),
    ];
    for (import, export, expected) in table {
        let given = with(TradeFacts {
            import_rows_365: import.0,
            import_amount_365: import.1,
            import_paid_365: import.2,
            export_rows_365: export.0,
            export_amount_365: export.1,
            export_paid_365: export.2,
            ..TradeFacts::default()
        });
        match expected {
            Some((num, den, n)) => {
                assert_ratio(&given, I::T06, num, den);
                assert_eq!(seen(&given, I::T06).n, n);
            }
            None => assert_eq!(seen(&given, I::T06), Observation::insufficient(import.0.max(export.0))),
        }
    }
}

#[test]
fn b7_t09_returns_against_peers() {
    let mut given = with(TradeFacts {
        peer_rows_365: 200,
        peer_returned_365: 9,
        peer_expected_num: 12,
        peer_expected_den: 2,
        ..TradeFacts::default()
    });
    assert_ratio(&given, I::T09, 3, 2);
    assert_eq!(seen(&given, I::T09).n, 200);
    given.trade.peer_expected_num = 0;
    assert_eq!(code(&given, I::T09), "no_peer_returns");
    given.trade.peer_returned_365 = 0;
    assert_ratio(&given, I::T09, 0, 1);
}

fn months(amounts: &[i128]) -> Vec<MonthVolume> {
    amounts.iter().map(|amount| MonthVolume { rows: u64::from(*amount > 0), amount: *amount }).collect()
}

#[test]
fn b5_t10_active_months_of_the_last_twelve() {
    let mut amounts = vec![1; 24];
    amounts[12] = 0;
    amounts[23] = 0;
    let given = with(TradeFacts { months: months(&amounts), ..TradeFacts::default() });
    assert_ratio(&given, I::T10, 10, 1);
    let short = with(TradeFacts { months: months(&[1, 1, 0, 1]), ..TradeFacts::default() });
    assert_ratio(&short, I::T10, 3, 1);
}

/// A flat baseline has the floor of 0.1 as deviation: a tenfold month is (ln 10 / 0.1)² = 530.19.
#[test]
fn b5_t11_deviation_floor() {
    let mut amounts = vec![1_000_000; 24];
    amounts[23] = 10_000_000;
    let given = with(TradeFacts { months: months(&amounts), ..TradeFacts::default() });
    let (num, den) = ratio(&given, I::T11);
    assert_eq!(num * 1_000_000 / den, 530_189_811, "{num}/{den}");
    assert_eq!(seen(&given, I::T11).n, 12);
}

/// Baseline ln-values alternate ±½·ln 4 around the mean: sd = ln 2, and a month at four times the mean is z = 2.
#[test]
fn b5_t11_population_deviation() {
    let amounts: Vec<i128> = (0..24)
        .map(|month| {
            if month == 23 {
                4_000_000
            } else if month % 2 == 0 {
                500_000
            } else {
                2_000_000
            }
        })
        .collect();
    let given = with(TradeFacts { months: months(&amounts), ..TradeFacts::default() });
    let (num, den) = ratio(&given, I::T11);
    // The baseline of the last month holds six of each, months 11…22.
    assert!((num - 4 * den).abs() < den / 1_000_000_000, "{num}/{den}");
}

#[test]
fn b5_t11_six_months_of_baseline() {
    let mut amounts = vec![0; 24];
    amounts[6..=12].fill(100);
    let enough = with(TradeFacts { months: months(&amounts), ..TradeFacts::default() });
    assert_ratio(&enough, I::T11, 0, 1);
    assert_eq!(seen(&enough, I::T11).n, 6);
    let month = |amounts: &[i128]| t11_month(&months(amounts), &ObserveParams::default());
    assert_eq!(month(&amounts), Some(12));
    let mut jumps = amounts.clone();
    (jumps[13], jumps[14], jumps[15]) = (120, 900, 110);
    assert_eq!(month(&jumps), Some(14), "the month that is furthest off");
    amounts[6] = 0;
    assert_eq!(month(&amounts), None);
    let short = with(TradeFacts { months: months(&amounts), ..TradeFacts::default() });
    assert_eq!(seen(&short, I::T11), Observation::insufficient(5));
}

#[test]
fn t11_of_extreme_amounts_does_not_overflow() {
    let mut amounts = vec![1; 24];
    amounts[23] = i128::MAX;
    amounts[22] = i128::MAX;
    let given = with(TradeFacts { months: months(&amounts), ..TradeFacts::default() });
    assert_eq!(state(&given, I::T11), State::Observed);
    let (num, den) = ratio(&given, I::T11);
    assert!(num.checked_mul(100).is_some() && den.checked_mul(100).is_some(), "room for the bins");
}
