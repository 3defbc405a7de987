use chrono::Datelike;
use proptest::prelude::*;

use crate::dates::{Moment, add_months};
use crate::money::Fen;
use crate::records::Order;
use crate::trade::marks::*;
use crate::trade::samples::{at, date, export, import, noon, uscc};

fn marks_of(rows: &[Order], as_of: Option<&str>) -> Vec<Marks> {
    let rows: Vec<&Order> = rows.iter().collect();
    mark_merchant(&rows, as_of.map(date))
}

fn spend(no: &str, day: &str, yuan: i64) -> Order {
    Order { amount: Fen(yuan * 100), buyer_token: Some("b".to_owned()), ..import(uscc(1), no, day) }
}

fn parcel(no: &str, day: &str) -> Order {
    let shipped_at = Some(noon(day));
    let logistics_no = Some("SF1".to_owned());
    Order { shipped_at, logistics_no, logistics_uscc: Some(uscc(9)), ..import(uscc(1), no, day) }
}

fn reused(rows: &[Order], as_of: Option<&str>) -> Vec<bool> {
    marks_of(rows, as_of).into_iter().map(|marks| marks.has(Marks::WAYBILL_REUSED)).collect()
}

fn over(rows: &[Order]) -> Vec<bool> {
    marks_of(rows, None).into_iter().map(|marks| marks.has(Marks::OVER_QUOTA)).collect()
}

#[test]
fn quota_is_reached_at_26000_and_exceeded_by_one_fen() {
    let mut rows = vec![spend("2", "2025-03-02", 13_000), spend("1", "2025-03-01", 13_000)];
    assert_eq!(over(&rows), [false, false], "exactly 26 000 passes");
    rows[0].amount = Fen(1_300_001);
    assert_eq!(over(&rows), [true, false], "the row that exceeds fails, in order of time not of file");
    rows.push(spend("3", "2026-01-01", 13_000));
    assert_eq!(over(&rows), [true, false, false], "a new calendar year begins at zero");
    rows.push(Order { buyer_token: Some("b".to_owned()), ..export(uscc(1), "4", "2025-03-01") });
    rows.push(Order { buyer_token: None, ..spend("5", "2025-03-03", 1) });
    assert_eq!(
        over(&rows),
        [true, false, false, false, false],
        "exports and rows without a buyer use nothing"
    );
}

#[test]
fn quota_ties_go_by_order_number() {
    let rows = [spend("B", "2025-03-01", 20_000), spend("A", "2025-03-01", 20_000)];
    assert_eq!(over(&rows), [true, false]);
}

#[test]
fn calendar_year_is_that_of_shanghai() {
    // 2025-12-31T16:30Z is already 2026 in Shanghai.
    let mut rows = [spend("1", "2025-12-31", 20_000), spend("2", "2025-12-31", 20_000)];
    rows[1].ordered_at = Moment(noon("2025-12-31").0 + 12 * 3_600_000 + 60_000);
    assert_eq!(over(&rows), [false, false]);
}

#[test]
fn waybill_may_be_used_again_after_six_months() {
    assert_eq!(reused(&[parcel("1", "2025-01-10"), parcel("2", "2025-07-09")], None), [false, true]);
    assert_eq!(reused(&[parcel("1", "2025-01-10"), parcel("2", "2025-07-10")], None), [false, false]);
    // Six months before 31 August is 28 February.
    assert_eq!(reused(&[parcel("1", "2025-02-28"), parcel("2", "2025-08-31")], None), [false, false]);
    assert_eq!(reused(&[parcel("1", "2025-03-01"), parcel("2", "2025-08-31")], None), [false, true]);
}

#[test]
fn only_the_later_row_of_a_waybill_fails() {
    assert_eq!(reused(&[parcel("2", "2025-01-10"), parcel("1", "2025-01-10")], None), [true, false]);
    let other_carrier = Order { logistics_uscc: Some(uscc(8)), ..parcel("2", "2025-01-11") };
    assert_eq!(reused(&[parcel("1", "2025-01-10"), other_carrier], None), [false, false]);
    let no_carrier = |no| Order { logistics_uscc: None, ..parcel(no, "2025-01-10") };
    assert_eq!(reused(&[no_carrier("1"), no_carrier("2")], None), [false, true], "an empty carrier is one");
}

#[test]
fn hidden_shipping_time_can_change_which_row_is_later() {
    let mut first = parcel("1", "2025-01-05");
    first.shipped_at = Some(noon("2025-01-10"));
    let mut second = parcel("2", "2025-01-06");
    second.shipped_at = Some(noon("2025-01-07"));
    let rows = [first, second];
    assert_eq!(reused(&rows, None), [true, false]);
    assert_eq!(reused(&rows, Some("2025-01-08")), [false, true]);
    assert_eq!(reused(&rows, Some("2025-01-05")), [false, false], "the second does not exist yet");
}

#[test]
fn burst_is_more_than_two_hundred_in_a_minute() {
    let row = |n: i64| Order { ordered_at: at(20_000, 10), ..import(uscc(1), &n.to_string(), "2025-01-01") };
    let mut rows: Vec<Order> = (0..200).map(row).collect();
    let bursts = |rows: &[Order]| marks_of(rows, None).iter().filter(|m| m.has(Marks::BURST)).count();
    assert_eq!(bursts(&rows), 0);
    rows.push(Order { ordered_at: at(20_000, 11), ..row(200) });
    assert_eq!(bursts(&rows), 0);
    rows.push(row(201));
    assert_eq!(bursts(&rows), 201);
}

proptest! {
    #[test]
    fn quota_equals_its_definition(rows in prop::collection::vec((0u8..3, 0i32..900, 0i64..14_000), 0..40)) {
        let rows: Vec<Order> = rows.iter().enumerate().map(|(n, (buyer, day, yuan))| Order {
            ordered_at: at(19_500 + day, 0),
            buyer_token: Some(buyer.to_string()),
            ..spend(&format!("{:02}", n * 7 % 40), "2025-01-01", *yuan)
        }).collect();
        for (row, marked) in rows.iter().zip(over(&rows)) {
            let total: i64 = rows.iter().filter(|other| {
                other.buyer_token == row.buyer_token
                    && other.ordered_at.shanghai_date().year() == row.ordered_at.shanghai_date().year()
                    && (other.ordered_at, &other.order_no) <= (row.ordered_at, &row.order_no)
            }).map(|other| other.amount.0).sum();
            prop_assert_eq!(marked, total > 2_600_000);
        }
    }

    #[test]
    fn reuse_equals_its_definition(
        rows in prop::collection::vec((0u8..3, 0i32..500, prop::option::of(0i32..40)), 0..30),
        d in 0i32..560,
    ) {
        let as_of = crate::dates::from_day_number(20_000 + d);
        let rows: Vec<Order> = rows.iter().enumerate().map(|(n, (number, day, later))| Order {
            ordered_at: at(20_000 + day, 0),
            shipped_at: later.map(|later| at(20_000 + day + later, 0)),
            logistics_no: Some(number.to_string()),
            ..parcel(&format!("{:02}", n * 7 % 30), "2025-01-01")
        }).collect();
        let refs: Vec<&Order> = rows.iter().collect();
        let marks = mark_merchant(&refs, Some(as_of));
        let exists = |row: &Order| row.ordered_at.shanghai_date() <= as_of;
        let time = |row: &Order| {
            row.shipped_at.filter(|t| t.shanghai_date() <= as_of).unwrap_or(row.ordered_at)
        };
        for (row, marks) in rows.iter().zip(marks) {
            let expected = exists(row) && rows.iter().any(|other| {
                exists(other)
                    && other.logistics_no == row.logistics_no
                    && (time(other), &other.order_no) < (time(row), &row.order_no)
                    && time(other).shanghai_date() > add_months(time(row).shanghai_date(), -6)
            });
            prop_assert_eq!(marks.has(Marks::WAYBILL_REUSED), expected);
        }
    }
}
