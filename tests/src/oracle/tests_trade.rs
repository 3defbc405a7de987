//! Transactions, reviews and complaints on zones worked out by hand, and the size the recomputation has to stand.

use std::path::Path;

use chrono::NaiveDate;

use super::days::add_days;
use super::grade::{Rating, State, Value};
use super::{Fraction, Zone, check, rate_all};
use crate::harness::{EnterpriseBuilder, OrderBuilder, SourceRow, uscc, write_csv, write_ndjson};

const AS_OF: &str = "2026-11-23";

fn day(text: &str) -> NaiveDate {
    check::date(text).unwrap()
}

fn zone(sources: &[(&str, Vec<SourceRow>)]) -> Zone {
    let folder = tempfile::tempdir().unwrap();
    let mut zone = Zone::default();
    for (source, rows) in sources {
        assert_eq!(zone.import(&write_csv(folder.path(), source, rows)).rejects, [], "{source}");
    }
    zone
}

fn enterprises(count: u32) -> (&'static str, Vec<SourceRow>) {
    ("registration", (1..=count).map(|n| EnterpriseBuilder::new(n).build()).collect())
}

fn rate(zone: &Zone, number: u32) -> Rating {
    rate_all(zone, day(AS_OF)).remove(&uscc(number)).unwrap()
}

fn found(rating: &Rating, id: &str) -> (State, Option<Fraction>, i128) {
    let indicator = rating.indicator(id);
    let value = match indicator.value {
        Some(Value::Exact(value)) => Some(value),
        _ => None,
    };
    (indicator.state, value, indicator.bp)
}

fn observed(num: i128, den: i128, bp: i128) -> (State, Option<Fraction>, i128) {
    (State::Observed, Some(Fraction::new(num, den)), bp)
}

/// `count` orders of one enterprise on one day, changed by their number.
fn orders(
    merchant: u32,
    count: u32,
    date: &str,
    change: impl Fn(u32, OrderBuilder) -> OrderBuilder,
) -> Vec<SourceRow> {
    (0..count)
        .map(|n| {
            change(n, OrderBuilder::new(&uscc(merchant), &format!("{merchant}-{date}-{n}"), date)).build()
        })
        .collect()
}

#[test]
fn windows_are_open_at_their_beginning() {
    let on = |date: &str| {
        let rows = orders(1, 30, date, |_, order| order);
        rate(&zone(&[enterprises(1), ("transactions", rows)]), 1)
    };
    let last = add_days(day(AS_OF), -90).to_string();
    let first = add_days(day(AS_OF), -89).to_string();
    assert_eq!(found(&on(&last), "T02").0, State::Insufficient);
    assert_eq!(found(&on(&first), "T02"), observed(0, 1, 10_000));
    assert_eq!(found(&on("2026-11-24"), "T02").0, State::Insufficient);
}

#[test]
fn held_and_returned_documents() {
    let status = |n: u32| ["100", "-301", "501", "700", "500"].get(n as usize).copied().unwrap_or("800");
    let rows = orders(1, 100, "2026-11-01", |n, order| order.with("customs_status", status(n)));
    let rating = rate(&zone(&[enterprises(1), ("transactions", rows)]), 1);
    assert_eq!(found(&rating, "T02"), observed(2, 100, 6500));
    assert_eq!(found(&rating, "T04").0, State::Insufficient);
    assert_eq!(rating.indicator("T04").n, Some(98));
    assert_eq!(rating.indicator("T01").n, Some(95));
}

#[test]
fn paid_too_late_or_not_at_all() {
    let rows = orders(1, 40, "2026-03-01", |n, order| match n {
        0 => order.with("paid_at", "2026-08-28 00:00:00"),
        1 => order.with("paid_at", "2026-08-29 00:00:00"),
        2 => order.with("paid_at", "").with("paid_amount_cny", ""),
        _ => order,
    });
    let rating = rate(&zone(&[enterprises(1), ("transactions", rows)]), 1);
    // 2026-08-28 is the 180th day; the 181st and the unpaid one count nothing.
    assert_eq!(found(&rating, "T06"), observed(2, 40, 10_000));
}

#[test]
fn undelivered_parcels_have_45_days() {
    let shipped = |age: i64| {
        let date = add_days(day(AS_OF), -age).to_string();
        let rows = orders(1, 30, &date, |n, order| match n {
            0 => order,
            _ => order.with("delivered_at", format!("{date} 20:00:00")),
        });
        rate(&zone(&[enterprises(1), ("transactions", rows)]), 1)
    };
    assert_eq!(found(&shipped(44), "T07").0, State::Insufficient);
    assert_eq!(found(&shipped(45), "T07"), observed(29, 30, 8000));
}

#[test]
fn a_buyer_near_the_quota_and_a_crowded_address() {
    let rows = orders(1, 100, "2026-11-01", |n, order| {
        let buyer = if n < 4 { "heavy".to_owned() } else { format!("b{n}") };
        let address = if (10..15).contains(&n) { "crowded".to_owned() } else { format!("a{n}") };
        let amount = if n < 4 { "5200.00" } else { "20.00" };
        order
            .import()
            .with("buyer_token", buyer)
            .with("address_token", address)
            .with("amount_cny", amount)
            .with("paid_amount_cny", amount)
            .with("quantity", "1")
    });
    let rating = rate(&zone(&[enterprises(1), ("transactions", rows)]), 1);
    assert_eq!(found(&rating, "T12"), observed(4, 100, 3000));
    assert_eq!(found(&rating, "T13"), observed(5, 100, 7000));
    assert_eq!(found(&rating, "T05"), observed(1, 1, 10_000));
}

#[test]
fn returns_against_the_lower_median_of_five_merchants() {
    let mut rows = Vec::new();
    for merchant in 1..=5 {
        // Rates 1 to 5 of 100: the lower median of five is 3 of 100.
        rows.extend(orders(merchant, 100, "2026-11-01", |n, order| {
            if n < merchant { order.with("returned_at", "2026-11-10") } else { order }
        }));
    }
    let five = zone(&[enterprises(5), ("transactions", rows.clone())]);
    assert_eq!(found(&rate(&five, 4), "T09"), observed(4, 3, 8000));
    assert_eq!(found(&rate(&five, 5), "T09"), observed(5, 3, 5000));
    let four = zone(&[enterprises(5), ("transactions", rows[..400].to_vec())]);
    assert_eq!(found(&rate(&four, 4), "T09").0, State::Insufficient);
}

#[test]
fn a_price_three_times_the_median_is_still_near() {
    let mut rows = Vec::new();
    for merchant in 1..=3 {
        rows.extend(orders(merchant, 100, "2026-11-01", |n, order| match (merchant, n) {
            (1, 0) => order.with("amount_cny", "360.00"),
            (1, 1) => order.with("amount_cny", "360.01"),
            (1, 2) => order.with("amount_cny", "39.99"),
            _ => order,
        }));
    }
    let rating = rate(&zone(&[enterprises(3), ("transactions", rows)]), 1);
    assert_eq!(found(&rating, "T14"), observed(2, 100, 7000));
}

fn reviews(count: u32, change: impl Fn(u32, SourceRow) -> SourceRow) -> Vec<SourceRow> {
    (0..count)
        .map(|n| {
            let row = SourceRow::of(&[
                ("rating", "5"),
                ("created_at", "2026-11-01"),
                ("verified_purchase", "true"),
            ])
            .set("review_id", format!("v{n}"))
            .set("platform_uscc", uscc(3))
            .set("uscc", uscc(1))
            .set("buyer_token", format!("b{n}"));
            change(n, row)
        })
        .collect()
}

#[test]
fn suspicious_reviews_void_the_stars() {
    let rating = |strangers: u32| {
        let rows = reviews(50, |n, row| if n < strangers { row.set("order_no", "unknown") } else { row });
        rate(&zone(&[enterprises(1), ("reviews", rows)]), 1)
    };
    assert_eq!(found(&rating(10), "C06"), observed(40, 50, 2000));
    assert_eq!(found(&rating(10), "C01"), observed(5, 1, 10_000));
    assert_eq!(found(&rating(11), "C06"), observed(39, 50, 0));
    assert_eq!(found(&rating(11), "C01"), observed(5, 1, 0));
}

#[test]
fn copied_texts_with_an_incentive_are_suspicious() {
    let rows = reviews(50, |n, row| {
        let hash = if n < 5 { ["0", "1", "3", "7", "5"][n as usize] } else { "" };
        let row = if n < 5 { row.set("simhash", format!("000000000000000{hash}")) } else { row };
        if n < 3 { row.set("incentive", "true") } else { row }
    });
    let rating = rate(&zone(&[enterprises(1), ("reviews", rows)]), 1);
    assert_eq!(found(&rating, "C06"), observed(47, 50, 5000));
}

#[test]
fn complaints_of_one_person_count_three_times() {
    let complaint = |n: u32, who: &str| {
        SourceRow::of(&[("category", "质量"), ("accepted_on", "2026-09-01"), ("closed_on", "2026-10-31")])
            .set("complaint_id", format!("c{n}"))
            .set("uscc", uscc(1))
            .set("complainant_token", who)
            .set("outcome", if n == 0 { "和解" } else { "终止" })
    };
    let rows =
        vec![complaint(0, "a"), complaint(1, "a"), complaint(2, "a"), complaint(3, "a"), complaint(4, "b")];
    let trade = orders(1, 1000, "2026-11-01", |_, order| order);
    let rating = rate(&zone(&[enterprises(1), ("transactions", trade), ("complaints", rows)]), 1);
    assert_eq!(found(&rating, "C03"), observed(40, 1, 0));
    // All four in time (60 days exactly), one settled: 5 of 8.
    assert_eq!(found(&rating, "C04"), observed(5, 8, 2000));
    assert_eq!(found(&rating, "C05"), observed(0, 1, 10_000));
}

/// A tenth of the largest zone that the end-to-end tests compare; what is quadratic shows here first.
#[test]
fn a_zone_of_fifty_sellers_is_recomputed_quickly() {
    let folder = tempfile::tempdir().unwrap();
    let mut rows = Vec::new();
    for merchant in 1..=50 {
        for n in 0..300 {
            let date = add_days(day(AS_OF), -i64::from(n)).to_string();
            let order = OrderBuilder::new(&uscc(merchant), &format!("{merchant}-{n}"), &date)
                .with("buyer_token", format!("b{}", n % 40))
                .with("address_token", format!("a{}", n % 50));
            rows.push(order.build());
        }
    }
    let about =
        |n: u32, row: SourceRow| row.set("uscc", uscc(1 + n % 50)).set("simhash", format!("{:016x}", n % 3));
    let mut zone = Zone::default();
    zone.import(&write_csv(folder.path(), "registration", &enterprises(50).1));
    assert_eq!(zone.import(&write_ndjson(folder.path(), "transactions", &rows)).accepted, 15_000);
    assert_eq!(zone.import(&write_csv(folder.path(), "reviews", &reviews(4000, about))).accepted, 4000);
    assert_eq!(zone.import_bytes(Path::new("empty"), b" \n").refused, Some("empty_file"));
    let ratings = rate_all(&zone, day(AS_OF));
    assert_eq!(ratings.len(), 50);
    assert!(ratings.values().all(|rating| rating.grade_by_score != "N"));
}
