use crate::dates::day_number;
use crate::facts::TradeFacts;
use crate::indicator::SubjectKind;
use crate::money::Fen;
use crate::records::Order;
use crate::trade::day::contribution;
use crate::trade::key::{DayKey, Hs2, Parties};
use crate::trade::marks::Marks;
use crate::trade::peers::PeerMedians;
use crate::trade::samples::{at, date, export, import, uscc};
use crate::trade::shipment::shipments;
use crate::trade::tally::{Tally, month_days};

fn facts(orders: &[Order], as_of: &str) -> TradeFacts {
    let as_of = date(as_of);
    let mut tally = Tally::new(as_of);
    for order in orders {
        tally.add_day(&DayKey::of(order), &contribution(order, Marks::NONE, Some(as_of)), true);
        for (key, counters) in shipments(order, Some(as_of)) {
            tally.add_shipments(&key, &counters);
        }
    }
    tally.finish(&PeerMedians::default())
}

/// Facts of one import `age` days old.
fn aged(age: i32) -> TradeFacts {
    let d = "2025-12-31";
    let mut order = import(uscc(1), "1", d);
    order.ordered_at = at(day_number(date(d)) - age, 720);
    facts(&[order], d)
}

#[test]
fn windows_are_open_at_the_far_end() {
    assert_eq!((aged(0).rows_90, aged(89).rows_90, aged(90).rows_90), (1, 1, 0));
    assert_eq!((aged(364).rows_365, aged(365).rows_365), (1, 0));
    assert_eq!(aged(-1), facts(&[], "2025-12-31"), "a row of tomorrow does not exist");
}

#[test]
fn twelve_months_clamp_to_the_month_end() {
    // add_months(2024-02-29, -12) is 2023-02-28, which is outside.
    let rows = |day| facts(&[import(uscc(1), "1", day)], "2024-02-29").rows_12_months;
    assert_eq!((rows("2023-02-28"), rows("2023-03-01")), (0, 1));
}

#[test]
fn months_are_complete_and_oldest_first() {
    let orders: Vec<Order> = ["2023-06-30", "2023-07-01", "2025-05-31", "2025-06-01", "2025-06-30"]
        .iter()
        .map(|day| import(uscc(1), day, day))
        .collect();
    let months = |d| facts(&orders, d).months.iter().map(|month| month.rows).collect::<Vec<u64>>();
    let on_last_day = months("2025-06-30");
    assert_eq!(on_last_day.len(), 24);
    assert_eq!((on_last_day[0], on_last_day[22], on_last_day[23]), (1, 1, 2));
    let before = months("2025-06-29");
    assert_eq!((before[0], before[1], before[23]), (1, 1, 1), "D's month counts only on its last day");
    assert_eq!(facts(&orders, "2025-06-30").months[23].amount, 20_000);
    let june = (day_number(date("2025-06-01")), day_number(date("2025-06-30")));
    assert_eq!(month_days(date("2025-06-30"), 23), Some(june));
    assert_eq!(month_days(date("2025-07-29"), 23), Some(june));
    assert_eq!(month_days(date("2025-06-30"), 24), None);
}

#[test]
fn first_day_holds_every_window() {
    let day = Tally::first_day(date("2025-06-29"));
    assert_eq!(day, day_number(date("2023-06-01")));
}

#[test]
fn undelivered_parcels_count_after_45_days() {
    let d = "2025-12-31";
    let shipped = |age: i32, took: Option<i32>| {
        let day = day_number(date(d)) - age;
        let mut order = import(uscc(1), "1", d);
        order.ordered_at = at(day - 100, 0);
        order.shipped_at = Some(at(day, 0));
        order.delivered_at = took.map(|took| at(day + took, 0));
        let facts = facts(&[order], d);
        (facts.shipped_90, facts.delivered_in_time_90)
    };
    assert_eq!(shipped(44, None), (0, 0));
    assert_eq!(shipped(45, None), (1, 0));
    assert_eq!(shipped(44, Some(10)), (1, 1));
    assert_eq!(shipped(60, Some(45)), (1, 1));
    assert_eq!(shipped(60, Some(46)), (1, 0));
    assert_eq!(shipped(89, Some(1)), (1, 1));
    assert_eq!(shipped(90, Some(1)), (0, 0));
    assert_eq!(shipped(10, Some(11)), (0, 0), "delivered tomorrow is undelivered today");
}

#[test]
fn promises_count_when_due() {
    let d = "2025-12-31";
    let promised = |due: &str, delivered: &str| {
        let mut order = import(uscc(1), "1", "2025-06-01");
        order.promised_on = Some(date(due));
        order.delivered_at = Some(crate::trade::samples::noon(delivered));
        let facts = facts(&[order], d);
        (facts.promised_90, facts.kept_promise_90)
    };
    assert_eq!(promised("2025-12-31", "2025-12-31"), (1, 1));
    assert_eq!(promised("2025-12-30", "2025-12-31"), (1, 0));
    assert_eq!(promised("2026-01-01", "2025-12-31"), (0, 0));
    assert_eq!(promised("2025-10-02", "2025-09-01"), (0, 0));
    assert_eq!(promised("2025-10-03", "2025-09-01"), (1, 1));
}

#[test]
fn unpaid_exports_count_after_180_days() {
    let d = "2025-12-31";
    let unpaid = |age: i32| {
        let mut order = export(uscc(1), "1", d);
        order.ordered_at = at(day_number(date(d)) - age, 0);
        let facts = facts(&[order], d);
        (facts.export_rows_365, facts.export_amount_365, facts.export_paid_365)
    };
    assert_eq!(unpaid(179), (0, 0, 0));
    assert_eq!(unpaid(180), (1, 10_000, 0));
    let mut paid = export(uscc(1), "1", d);
    paid.paid_at = Some(paid.ordered_at);
    paid.paid_amount = Some(Fen(7));
    let facts = facts(&[paid], d);
    assert_eq!((facts.export_rows_365, facts.export_paid_365), (1, 7));
}

#[test]
fn populations_hold_a_row_once() {
    let order = Order {
        platform_uscc: Some(uscc(2)),
        logistics_uscc: Some(uscc(3)),
        payment_uscc: Some(uscc(1)),
        agent_uscc: Some(uscc(4)),
        warehouse_uscc: Some(uscc(4)),
        ..import(uscc(1), "1", "2025-06-01")
    };
    let parties = Parties::of(&order);
    let found: Vec<_> = parties.populations().collect();
    let expected = [
        (uscc(1), SubjectKind::E1),
        (uscc(2), SubjectKind::E2),
        (uscc(3), SubjectKind::E3),
        (uscc(1), SubjectKind::E4),
        (uscc(4), SubjectKind::E4),
    ];
    assert_eq!(found, expected);
    for number in 0..6 {
        for kind in SubjectKind::ALL {
            let one = (uscc(number), kind);
            assert_eq!(parties.in_population(one.0, one.1), expected.contains(&one));
        }
        assert_eq!(parties.involves(uscc(number)), (1..5).contains(&number));
    }
}

#[test]
fn roles_must_hold_where_a_party_is_named() {
    let order = Order {
        platform_uscc: Some(uscc(2)),
        payment_uscc: Some(uscc(5)),
        ..import(uscc(1), "1", "2025-06-01")
    };
    let parties = Parties::of(&order);
    assert!(parties.roles_hold(&|_, _| true));
    assert!(parties.roles_hold(&|party, kind| (*party == uscc(2)) == (kind == SubjectKind::E2)));
    assert!(!parties.roles_hold(&|_, kind| kind == SubjectKind::E2), "payment must be a service enterprise");
    assert!(Parties { platform: None, payment: None, ..parties }.roles_hold(&|_, _| false));
}

#[test]
fn chapter_is_the_first_two_digits() {
    assert_eq!(Hs2::of("3304990000").map(|hs2| hs2.as_str().to_owned()).as_deref(), Some("33"));
    assert_eq!(Hs2::of("3"), None);
    assert_eq!(Hs2::of("化妆"), None);
}
