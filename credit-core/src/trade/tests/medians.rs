use std::collections::BTreeMap;

use crate::records::{Direction, Mode, Order};
use crate::trade::key::{Cell, Hs2};
use crate::trade::peers::{CellCount, PeerMedians, expected};
use crate::trade::prices::{Price, PriceCollector, deviates, line};
use crate::trade::samples::{date, import, uscc};

fn cell(hs2: &str) -> Cell {
    (Hs2::of(hs2).unwrap(), Mode::M9610)
}

fn counts(rates: &[(i64, i64)]) -> PeerMedians {
    PeerMedians::from_counts(
        rates.iter().map(|(returned, rows)| (cell("33"), CellCount { rows: *rows, returned: *returned })),
    )
}

#[test]
fn peer_median_is_the_lower_one_of_at_least_five() {
    let rate = |rates: &[(i64, i64)]| counts(rates).rate(&cell("33")).map(|rate| (rate.returned, rate.rows));
    assert_eq!(rate(&[(1, 30), (2, 30), (3, 30), (4, 30)]), None);
    assert_eq!(rate(&[(1, 30), (2, 30), (3, 30), (4, 30), (5, 29)]), None, "29 rows are no peer");
    assert_eq!(rate(&[(5, 30), (1, 30), (3, 30), (4, 30), (2, 30)]), Some((3, 30)));
    assert_eq!(rate(&[(5, 30), (1, 30), (3, 30), (4, 30), (2, 30), (6, 30)]), Some((3, 30)));
    assert_eq!(rate(&[(0, 99), (0, 99), (10, 100), (30, 200), (90, 100)]), Some((10, 100)));
}

#[test]
fn expected_returns_are_an_exact_fraction() {
    let medians = counts(&[(10, 100), (10, 100), (10, 100), (10, 100), (10, 100)]);
    let own = BTreeMap::from([
        (cell("33"), CellCount { rows: 150, returned: 20 }),
        (cell("61"), CellCount { rows: 999, returned: 9 }),
    ]);
    let found = expected(&own, &medians);
    assert_eq!((found.rows, found.returned), (150, 20), "a cell without a median is left out");
    assert_eq!((found.num, found.den), (150, 10));
    let nothing = expected(&BTreeMap::new(), &medians);
    assert_eq!((nothing.num, nothing.den), (0, 1));
}

#[test]
fn expected_returns_stay_within_bounds_for_many_coprime_cells() {
    let primes = [1009, 1013, 1019, 1021, 1031, 1033, 1039, 1049, 1051, 1061];
    let cells = || (10..20).map(|n| cell(&n.to_string()));
    let medians = PeerMedians::from_counts(
        cells()
            .zip(primes)
            .flat_map(|(cell, rows)| std::iter::repeat_n((cell, CellCount { rows, returned: 1 }), 5)),
    );
    let own = cells().map(|cell| (cell, CellCount { rows: 1_000_000_000, returned: 0 })).collect();
    let found = expected(&own, &medians);
    assert_eq!(found.den, 1 << 64);
    let whole: i128 = primes.iter().map(|prime| 1_000_000_000 / i128::from(*prime)).sum();
    let value = found.num / found.den;
    assert!((whole..whole + 10).contains(&value), "{value} near {whole}");
}

#[test]
fn price_deviates_beyond_a_factor_of_three() {
    let price = |amount, quantity| Price::new(amount, quantity).unwrap();
    let median = price(100, 1_000_000);
    assert!(!deviates(price(300, 1_000_000), median));
    assert!(deviates(price(301, 1_000_000), median));
    assert!(!deviates(price(100, 3_000_000), median));
    assert!(deviates(price(100, 3_000_001), median));
    assert!(deviates(price(0, 1), median));
    assert!(!deviates(price(0, 1), price(0, 5)));
    let (largest, smallest) = (price(i64::MAX, 1), price(1, i64::MAX));
    assert!(deviates(largest, smallest) && deviates(smallest, largest));
    assert_eq!(Price::new(1, 0), None);
    assert_eq!(Price::new(1, -1), None);
}

#[test]
fn price_groups_need_ten_lines_of_three_merchants() {
    let d = date("2025-06-30");
    let group = ("3304990000", "502", Direction::Import);
    let median = |lines: &[(u32, i64)]| {
        let mut collector = PriceCollector::default();
        for (merchant, amount) in lines {
            let amount = crate::money::Fen(*amount);
            collector.add_order(&Order { amount, ..import(uscc(*merchant), "1", "2025-06-01") }, d);
        }
        collector.add_order(&import(uscc(7), "1", "2025-04-01"), d);
        collector.finish().median(group)
    };
    let lines: Vec<(u32, i64)> = (1..=10_u32).map(|n| (n % 3, i64::from(n))).collect();
    assert_eq!(median(&lines), Price::new(5, 1_000_000), "the lower of the two middle ones");
    assert_eq!(median(&lines[..9]), None);
    assert_eq!(median(&lines.iter().map(|(m, a)| (m % 2, *a)).collect::<Vec<_>>()), None);
}

#[test]
fn a_line_needs_goods_country_and_quantity() {
    let order = import(uscc(1), "1", "2025-06-01");
    assert!(line(&order).is_some());
    assert!(line(&Order { hs_code: None, ..order.clone() }).is_none());
    assert!(line(&Order { country: Some(String::new()), ..order.clone() }).is_none());
    assert!(line(&Order { quantity_e6: None, ..order.clone() }).is_none());
    assert!(line(&Order { quantity_e6: Some(0), ..order }).is_none());
}
