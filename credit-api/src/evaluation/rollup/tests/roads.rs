//! Both roads agree, and what the rollups hold does not depend on how the rows came.

use std::collections::BTreeSet;

use credit_core::facts::Facts;

use super::zone::{ORDER_HEAD, REVIEW_HEAD, Random, Zone, days, file, order_line, review_line, uscc};
use crate::evaluation::gather::{Road, Who};

/// Everyone by both roads, and some alone.
fn assert_roads_agree(zone: &Zone) {
    for day in days() {
        let rows = zone.facts(day, &Who::All, Road::Rows);
        compare(&zone.facts(day, &Who::All, Road::Rollups(&zone.medians)), &rows, &format!("all at {day}"));
        for number in [1, 2, 8, 11, 13] {
            let who = Who::These(BTreeSet::from([uscc(number)]));
            let alone: Vec<Facts> = rows.iter().filter(|facts| facts.uscc == uscc(number)).cloned().collect();
            compare(
                &zone.facts(day, &who, Road::Rollups(&zone.medians)),
                &alone,
                &format!("{number} at {day}"),
            );
        }
    }
}

fn compare(found: &[Facts], expected: &[Facts], which: &str) {
    assert_eq!(found.len(), expected.len(), "{which}");
    for (found, expected) in found.iter().zip(expected) {
        assert_eq!(found.uscc, expected.uscc, "{which}");
        assert_eq!(found.trade, expected.trade, "{which}: {}", found.uscc);
        assert_eq!(found.reviews, expected.reviews, "{which}: {}", found.uscc);
    }
}

fn orders(random: &mut Random, count: u32) -> Vec<String> {
    (0..count).map(|number| order_line(random, number)).collect()
}

fn reviews(random: &mut Random, count: u32) -> Vec<String> {
    (0..count).map(|number| review_line(random, number)).collect()
}

#[test]
fn rollups_answer_as_the_rows_do() {
    for seed in 1..4 {
        let mut random = Random::new(seed);
        let zone = Zone::new();
        zone.take(&file(ORDER_HEAD, &orders(&mut random, 3_000)));
        zone.take(&file(REVIEW_HEAD, &reviews(&mut random, 800)));
        assert_roads_agree(&zone);
    }
}

#[test]
fn superseding_files_leave_nothing_stale() {
    let mut random = Random::new(11);
    let zone = Zone::new();
    zone.take(&file(ORDER_HEAD, &orders(&mut random, 700)));
    zone.take(&file(REVIEW_HEAD, &reviews(&mut random, 400)));
    // The same numbers with other days, parties and amounts: some of the same merchant, so some supersede.
    for _ in 0..3 {
        zone.take(&file(ORDER_HEAD, &orders(&mut random, 500)));
        zone.take(&file(REVIEW_HEAD, &reviews(&mut random, 300)));
        // Medians that were kept are of the files before.
        assert_roads_agree(&zone);
    }
}

#[test]
fn parts_and_order_of_files_do_not_matter() {
    let mut random = Random::new(21);
    let (orders, reviews) = (orders(&mut random, 700), reviews(&mut random, 300));
    let whole = Zone::new();
    whole.take(&file(ORDER_HEAD, &orders));
    whole.take(&file(REVIEW_HEAD, &reviews));
    let expected = whole.rollups();
    assert!(expected.len() > 1_000);
    for part in [40, 233] {
        let parts = Zone::new();
        for lines in random.shuffled(reviews.clone()).chunks(part) {
            parts.take(&file(REVIEW_HEAD, lines));
        }
        for lines in random.shuffled(orders.clone()).chunks(part) {
            parts.take(&file(ORDER_HEAD, lines));
        }
        assert_eq!(parts.rollups(), expected);
    }
}

/// What a file replaced is gone from the rollups as if it had never been there.
#[test]
fn superseded_rows_leave_no_trace() {
    let mut random = Random::new(31);
    let (first, last) = (orders(&mut random, 400), orders(&mut random, 400));
    let key = |line: &String| line.split(',').take(2).map(str::to_owned).collect::<Vec<_>>();
    let replaced: BTreeSet<Vec<String>> = last.iter().map(key).collect();
    let both = Zone::new();
    both.take(&file(ORDER_HEAD, &first));
    both.take(&file(ORDER_HEAD, &last));
    let never = Zone::new();
    let kept: Vec<String> =
        first.iter().filter(|line| !replaced.contains(&key(line))).chain(&last).cloned().collect();
    assert!(kept.len() < 800, "nothing was replaced");
    never.take(&file(ORDER_HEAD, &kept));
    assert_eq!(both.rollups(), never.rollups());
}

/// An import of one buyer within one minute of one merchant.
fn crowded(random: &mut Random, number: u32, day: &str) -> String {
    let line = order_line(random, number);
    let mut cells: Vec<String> = line.split(',').map(str::to_owned).collect();
    cells[0] = uscc(1).to_string();
    cells[3] = "import".to_owned();
    cells[4] = format!("{day}T10:00:{:02}+08:00", number % 60);
    cells[20] = "b0".to_owned();
    cells.join(",")
}

/// The marks of the merchant's orders, as bits.
fn marks(zone: &Zone) -> Vec<u8> {
    let lines = zone.rollups();
    lines
        .iter()
        .filter(|line| line.starts_with('m'))
        .map(|line| line.as_bytes()[line.len() - 1] - b'0')
        .collect()
}

/// More than 200 orders of a minute are a burst, and are none when some turn out to be of another day.
#[test]
fn a_burst_comes_and_goes_with_the_files() {
    let mut random = Random::new(41);
    let all: Vec<String> = (0..230).map(|number| crowded(&mut random, number, "2024-03-01")).collect();
    let moved: Vec<String> = (0..60).map(|number| crowded(&mut random, number, "2024-03-02")).collect();
    let parts = Zone::new();
    for lines in random.shuffled(all.clone()).chunks(37) {
        parts.take(&file(ORDER_HEAD, lines));
    }
    let whole = Zone::new();
    whole.take(&file(ORDER_HEAD, &all));
    assert_eq!(parts.rollups(), whole.rollups());
    assert!(marks(&parts).iter().all(|marks| marks & 4 != 0));
    assert!(marks(&parts).iter().any(|marks| marks & 1 != 0));
    for lines in moved.chunks(25) {
        parts.take(&file(ORDER_HEAD, lines));
    }
    let never = Zone::new();
    never.take(&file(ORDER_HEAD, &[&all[60..], &moved[..]].concat()));
    assert_eq!(parts.rollups(), never.rollups());
    assert!(marks(&parts).iter().all(|marks| marks & 4 == 0));
    assert_roads_agree(&parts);
}

/// Otherwise the agreement above would prove little.
#[test]
fn random_zones_are_rich() {
    let mut random = Random::new(1);
    let zone = Zone::new();
    zone.take(&file(ORDER_HEAD, &orders(&mut random, 3_000)));
    zone.take(&file(REVIEW_HEAD, &reviews(&mut random, 800)));
    let facts: Vec<Facts> =
        days().into_iter().flat_map(|day| zone.facts(day, &Who::All, Road::Rollups(&zone.medians))).collect();
    let any = |count: fn(&Facts) -> u64| facts.iter().any(|facts| count(facts) > 0);
    let reached = [
        any(|f| f.trade.matched_90),
        any(|f| f.trade.held_365),
        any(|f| f.trade.delivered_in_time_90),
        any(|f| f.trade.kept_promise_90),
        any(|f| f.trade.peer_rows_365),
        any(|f| f.trade.quota_flagged_90),
        any(|f| f.trade.clustered_90),
        any(|f| f.trade.price_off_90),
        any(|f| f.trade.waybills_abnormal_90),
        any(|f| f.trade.sequence_abnormal_90),
        any(|f| f.reviews.suspicious_365),
        any(|f| f.reviews.low_90),
    ];
    assert_eq!(reached, [true; 12]);
}
