//! C01–C06: rulings D1–D3.

use super::builder::{complaint, day, facts, penalty};
use super::{assert_ratio, seen, state};
use crate::facts::{Facts, ReviewFacts};
use crate::indicator::{IndicatorId as I, Observation, State};
use crate::records::{Complaint, ComplaintOutcome as Outcome};

const TODAY: &str = "2026-11-23";

fn with(reviews: ReviewFacts) -> Facts {
    Facts { reviews, ..facts(TODAY) }
}

/// (v·R + m·C)/(v + m): 30 reviews with 140 stars, zone mean 4.2, m = 50.
#[test]
fn d1_c01_bayesian_mean() {
    let given = with(ReviewFacts {
        verified_365: 30,
        stars_365: 140,
        zone_verified_365: 1000,
        zone_stars_365: 4200,
        ..ReviewFacts::default()
    });
    assert_ratio(&given, I::C01, 350, 80);
    assert_eq!(seen(&given, I::C01).n, 30);
    assert_eq!(seen(&facts(TODAY), I::C01), Observation::insufficient(0));
}

#[test]
fn d1_c02_trend() {
    let mut given = with(ReviewFacts {
        verified_365: 100,
        low_365: 10,
        verified_90: 40,
        low_90: 6,
        ..ReviewFacts::default()
    });
    assert_ratio(&given, I::C02, 3, 2);
    assert_eq!(seen(&given, I::C02).n, 40);
    given.reviews.low_365 = 0;
    given.reviews.low_90 = 0;
    assert_ratio(&given, I::C02, 0, 1);
    given.reviews.verified_90 = 0;
    assert_eq!(seen(&given, I::C02), Observation::insufficient(0));
}

#[test]
fn d3_c06_suspicious_share() {
    let given = with(ReviewFacts { all_365: 60, suspicious_365: 3, ..ReviewFacts::default() });
    assert_ratio(&given, I::C06, 57, 60);
    assert_eq!(state(&facts(TODAY), I::C06), State::Insufficient);
}

/// 365 days: D − 365 < accepted ≤ D; at most three of one complainant, the earliest.
#[test]
fn d2_c03_window_and_complainants() {
    let mut given = facts(TODAY);
    assert_eq!(seen(&given, I::C03), Observation::insufficient(0));
    given.trade.rows_365 = 5000;
    assert_ratio(&given, I::C03, 0, 1);
    given.complaints = vec![
        complaint("1", "2025-11-23"),
        complaint("2", "2025-11-24"),
        complaint("3", "2026-11-23"),
        complaint("4", "2026-11-24"),
    ];
    assert_ratio(&given, I::C03, 4, 1);
    assert_eq!(seen(&given, I::C03).n, 5000);
    let same = |id: &str, on: &str, case: bool| Complaint {
        complainant_token: "同一人".to_owned(),
        became_case: Some(case),
        ..complaint(id, on)
    };
    given.complaints = vec![
        same("d", "2026-03-02", true),
        same("c", "2026-03-01", true),
        same("e", "2026-03-02", true),
        same("b", "2026-02-01", false),
    ];
    assert_ratio(&given, I::C03, 6, 1);
    assert_ratio(&given, I::C05, 4, 1);
}

#[test]
fn d2_c04_handling() {
    let row = |accepted: &str, closed: Option<&str>, outcome: Option<Outcome>| Complaint {
        closed_on: closed.map(day),
        outcome,
        ..complaint(accepted, accepted)
    };
    let table = [
        (vec![], None),
        (vec![row("2026-09-24", None, None)], None),
        (vec![row("2026-09-23", None, None)], Some((0, 2))),
        (vec![row("2026-08-01", Some("2026-09-30"), Some(Outcome::Terminated))], Some((1, 2))),
        (vec![row("2026-08-01", Some("2026-10-01"), Some(Outcome::Settled))], Some((1, 2))),
        (vec![row("2026-11-01", Some("2026-11-02"), Some(Outcome::Mediated))], Some((2, 2))),
        (vec![row("2026-11-01", Some("2026-11-02"), Some(Outcome::Withdrawn))], None),
        (vec![row("2026-11-01", Some("2026-11-24"), Some(Outcome::Settled))], None),
        (vec![row("2026-09-01", Some("2026-11-24"), Some(Outcome::Settled))], Some((0, 2))),
        (vec![row("2026-09-01", Some("2026-11-24"), Some(Outcome::Withdrawn))], Some((0, 2))),
        (vec![row("2026-09-01", None, Some(Outcome::Unfounded))], Some((0, 2))),
    ];
    for (complaints, expected) in table {
        let mut given = facts(TODAY);
        given.complaints = complaints;
        match expected {
            Some((num, den)) => assert_ratio(&given, I::C04, num, den),
            None => assert_eq!(state(&given, I::C04), State::NotApplicable, "{:?}", given.complaints),
        }
    }
}

#[test]
fn d2_c05_cases_less_penalties() {
    let mut given = facts(TODAY);
    given.trade.rows_365 = 10_000;
    for id in ["1", "2", "3"] {
        given.complaints.push(Complaint { became_case: Some(true), ..complaint(id, "2026-06-01") });
    }
    assert_ratio(&given, I::C05, 3, 1);
    given.penalties = vec![penalty("2025-11-23"), penalty("2025-11-24")];
    assert_ratio(&given, I::C05, 2, 1);
    given.penalties = vec![penalty("2026-06-01"); 5];
    assert_ratio(&given, I::C05, 0, 1);
}
