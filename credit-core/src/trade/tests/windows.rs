use std::collections::{BTreeMap, BTreeSet};

use proptest::prelude::*;

use crate::dates::{day_number, from_day_number};
use crate::money::Fen;
use crate::records::Order;
use crate::trade::exact::merchant_window;
use crate::trade::prices::PriceBook;
use crate::trade::samples::{at, date, export, import, uscc};
use crate::trade::windows::*;

const D: &str = "2025-12-31";

fn order(n: usize, age: i32, buyer: &str, address: &str) -> Order {
    Order {
        ordered_at: at(day_number(date(D)) - age, 600),
        buyer_token: Some(buyer.to_owned()),
        address_token: Some(address.to_owned()),
        amount: Fen(1),
        ..import(uscc(1), &n.to_string(), D)
    }
}

fn counts_with(orders: &[Order], lockers: &BTreeSet<String>) -> Vec<WindowCounts> {
    let rows: Vec<&Order> = orders.iter().collect();
    merchant_window(&rows, date(D), &PriceBook::default(), lockers).into_iter().map(|(_, c)| c).collect()
}

fn counts(orders: &[Order]) -> WindowCounts {
    counts_with(orders, &BTreeSet::new()).into_iter().fold(WindowCounts::default(), |sum, one| sum + one)
}

#[test]
fn fifteen_imports_in_thirty_days_flag_a_buyer() {
    let spread = |last: i32| -> Vec<Order> {
        (0..15).map(|n| order(n, if n == 14 { last } else { 40 }, "b", "a")).collect()
    };
    assert_eq!(counts(&spread(40 - 29)).quota_flagged, 15);
    assert_eq!(counts(&spread(40 - 30)).quota_flagged, 0);
    assert_eq!(counts(&spread(40)[..14]).quota_flagged, 0);
    let mut with_export = spread(40);
    with_export[0] = Order { buyer_token: Some("b".to_owned()), ..export(uscc(1), "x", D) };
    assert_eq!(counts(&with_export).quota_flagged, 0, "exports are not counted");
}

#[test]
fn the_stretch_lies_inside_the_window() {
    let orders: Vec<Order> = (0..15).map(|n| order(n, if n == 0 { 90 } else { 89 }, "b", "a")).collect();
    assert_eq!(counts(&orders).quota_flagged, 0, "the fifteenth lies outside the 90 days");
}

#[test]
fn four_fifths_of_the_quota_flag_a_buyer() {
    let spent = |fen: i64, age: i32| {
        let early = Order { amount: Fen(fen - 1), ..order(1, age, "b", "a") };
        counts(&[early, order(2, 5, "b", "a")]).quota_flagged
    };
    assert_eq!(
        spent(2_080_000, 364),
        1,
        "the first of January counts for the year though not for the window"
    );
    assert_eq!(spent(2_079_999, 364), 0);
    assert_eq!(spent(2_080_000, 365), 0, "the year before does not");
}

#[test]
fn five_buyers_at_an_address_or_phone_are_a_cluster() {
    let at_one = |ages: &[i32]| -> Vec<Order> {
        ages.iter().enumerate().map(|(n, age)| order(n, *age, &n.to_string(), "a")).collect()
    };
    assert_eq!(counts(&at_one(&[0, 5, 10, 15, 29])).clustered, 5);
    assert_eq!(counts(&at_one(&[0, 5, 10, 15, 30])).clustered, 0);
    assert_eq!(counts(&at_one(&[0, 5, 10, 15])).clustered, 0);
    let same_buyer: Vec<Order> = (0..9).map(|n| order(n, 3, "b", "a")).collect();
    assert_eq!(counts(&same_buyer).clustered, 0);
    let by_phone: Vec<Order> = at_one(&[0, 1, 2, 3, 4, 80])
        .into_iter()
        .map(|order| Order { address_token: None, phone_token: Some("p".to_owned()), ..order })
        .collect();
    assert_eq!((counts(&by_phone).clustered, counts(&by_phone).addressed), (6, 6));
    let nowhere = Order { address_token: None, ..order(1, 1, "b", "a") };
    assert_eq!(counts(&[nowhere]).addressed, 0);
    let lockers = BTreeSet::from(["a".to_owned()]);
    let in_lockers = counts_with(&at_one(&[0, 1, 2, 3, 4]), &lockers);
    assert!(in_lockers.iter().all(|row| row.clustered == 0 && row.addressed == 1));
}

proptest! {
    #[test]
    fn flags_equal_their_definition(
        rows in prop::collection::vec((-3i32..100, 0u8..7, 0u8..3, 0u8..3), 0..90),
    ) {
        let orders: Vec<Order> = rows
            .iter()
            .enumerate()
            .map(|(n, (age, buyer, address, phone))| Order {
                phone_token: (*phone > 0).then(|| phone.to_string()),
                buyer_token: (*buyer > 0).then(|| (buyer % 6).to_string()),
                ..order(n, *age, "", &address.to_string())
            })
            .collect();
        let refs: Vec<&Order> = orders.iter().collect();
        let as_of = date(D);
        let last = day_number(as_of);
        let day = |order: &Order| day_number(order.ordered_at.shanghai_date());
        let inside: Vec<&Order> = orders.iter().filter(|o| day(o) <= last && last - day(o) < 90).collect();
        // Every stretch of 30 days inside the window, tried one by one.
        let stretches: Vec<(i32, i32)> = (last - 89..=last - 29).map(|first| (first, first + 29)).collect();
        let within = |o: &Order, (first, end): (i32, i32)| (first..=end).contains(&day(o));
        let busy = |buyer: &String| stretches.iter().any(|stretch| {
            inside.iter().filter(|o| o.buyer_token.as_ref() == Some(buyer) && within(o, *stretch)).count() >= 15
        });
        let crowded = |token: &dyn Fn(&Order) -> Option<String>, place: &Option<String>| {
            place.is_some() && stretches.iter().any(|stretch| {
                let buyers: BTreeSet<&String> = inside
                    .iter()
                    .filter(|o| token(o) == *place && within(o, *stretch))
                    .filter_map(|o| o.buyer_token.as_ref())
                    .collect();
                buyers.len() >= 5
            })
        };
        let address = |o: &Order| o.address_token.clone();
        let phone = |o: &Order| o.phone_token.clone();
        for (order, found) in merchant_window(&refs, as_of, &PriceBook::default(), &BTreeSet::new()) {
            let flagged = order.buyer_token.as_ref().is_some_and(&busy);
            prop_assert_eq!(found.quota_flagged == 1, flagged);
            let clustered = crowded(&address, &address(order)) || crowded(&phone, &phone(order));
            prop_assert_eq!(found.clustered == 1, clustered);
        }
    }

    #[test]
    fn year_sums_end_with_d(ages in prop::collection::vec(-5i32..800, 0..30), d in 0i32..400) {
        let as_of = from_day_number(day_number(date(D)) - d);
        let orders: Vec<Order> = ages.iter().enumerate().map(|(n, age)| order(n, *age, "b", "a")).collect();
        let expected = orders
            .iter()
            .map(|order| order.ordered_at.shanghai_date())
            .filter(|day| *day <= as_of && day.format("%Y").to_string() == as_of.format("%Y").to_string())
            .count();
        let sums: BTreeMap<&str, i128> = year_sums(&orders, as_of);
        prop_assert_eq!(sums.get("b").copied().unwrap_or(0), i128::try_from(expected).unwrap());
    }
}
