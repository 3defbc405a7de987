use crate::money::Fen;
use crate::records::Order;
use crate::trade::day::*;
use crate::trade::marks::Marks;
use crate::trade::samples::{at, date, export, import, noon, uscc};
use crate::trade::view::day_of;

fn known(order: &Order) -> DayCounters {
    contribution(order, Marks::NONE, None)
}

fn sample() -> Order {
    import(uscc(1), "1", "2025-06-01")
}

fn sold_abroad() -> Order {
    export(uscc(1), "1", "2025-06-01")
}

fn later(moment: crate::dates::Moment, days: i32) -> Option<crate::dates::Moment> {
    Some(at(day_of(moment) + days, 720))
}

#[test]
fn clean_import_matches() {
    let counters = known(&sample());
    assert_eq!((counters.released, counters.matched), (1, 1));
    assert_eq!(known(&Order { customs_status: Some(899), ..sample() }).matched, 1);
    assert_eq!(known(&Order { customs_status: Some(700), ..sample() }).released, 0);
}

#[test]
fn each_rule_of_b2_fails_an_import() {
    let early = at(day_of(sample().ordered_at), 719);
    let failing = [
        Order { paid_at: None, ..sample() },
        Order { paid_amount: None, ..sample() },
        Order { logistics_no: None, ..sample() },
        Order { logistics_no: Some(String::new()), ..sample() },
        Order { paid_amount: Some(Fen(10_002)), ..sample() },
        Order { paid_amount: Some(Fen(9_998)), ..sample() },
        Order { payer_matches_buyer: Some(false), ..sample() },
        Order { consignee_matches: Some(false), ..sample() },
        Order {
            amount: Fen(500_001),
            paid_amount: Some(Fen(500_001)),
            quantity_e6: Some(2_000_000),
            ..sample()
        },
        Order { paid_at: Some(early), ..sample() },
        Order { shipped_at: Some(early), ..sample() },
    ];
    for (at, order) in failing.iter().enumerate() {
        assert_eq!(known(order).matched, 0, "case {at}");
    }
    for mark in [Marks::OVER_QUOTA, Marks::WAYBILL_REUSED] {
        assert_eq!(contribution(&sample(), mark, None).matched, 0);
    }
    assert_eq!(contribution(&sample(), Marks::BURST, None).matched, 1);
}

#[test]
fn absent_inputs_and_tolerances_pass() {
    let dear = Order { amount: Fen(500_001), paid_amount: Some(Fen(500_001)), ..sample() };
    let passing = [
        Order { paid_amount: Some(Fen(10_001)), ..sample() },
        Order { paid_amount: Some(Fen(9_999)), ..sample() },
        Order { payer_matches_buyer: None, consignee_matches: None, ..sample() },
        Order { shipped_at: None, ..sample() },
        Order { quantity_e6: None, ..dear.clone() },
        Order { quantity_e6: Some(1_000_000), ..dear.clone() },
        Order {
            amount: Fen(500_000),
            paid_amount: Some(Fen(500_000)),
            quantity_e6: Some(9_000_000),
            ..sample()
        },
    ];
    for (at, order) in passing.iter().enumerate() {
        assert_eq!(known(order).matched, 1, "case {at}");
    }
}

#[test]
fn export_matches_within_five_percent_or_unpaid() {
    let paid =
        |fen| Order { paid_at: Some(noon("2025-06-01")), paid_amount: Some(Fen(fen)), ..sold_abroad() };
    let matched = |order: &Order| known(order).matched;
    assert_eq!(matched(&sold_abroad()), 1);
    assert_eq!(matched(&paid(9_500)), 1);
    assert_eq!(matched(&paid(10_500)), 1);
    assert_eq!(matched(&paid(9_499)), 0);
    assert_eq!(matched(&paid(10_501)), 0);
    assert_eq!(matched(&Order { logistics_no: None, ..sold_abroad() }), 0);
    assert_eq!(contribution(&sold_abroad(), Marks::OVER_QUOTA, None).matched, 1, "M10 is for imports");
    let hidden = contribution(
        &Order { paid_at: Some(noon("2025-06-03")), ..paid(1) },
        Marks::NONE,
        Some(date("2025-06-02")),
    );
    assert_eq!(hidden.matched, 1, "a payment after D does not exist at D");
}

#[test]
fn customs_outcomes_of_t02_and_t04() {
    let outcome = |status| {
        let c = known(&Order { customs_status: status, ..sample() });
        (c.declared, c.rejected, c.examined, c.held)
    };
    assert_eq!(outcome(None), (0, 0, 0, 0));
    assert_eq!(outcome(Some(100)), (1, 1, 0, 0));
    assert_eq!(outcome(Some(-301)), (1, 1, 0, 0));
    assert_eq!(outcome(Some(120)), (1, 0, 0, 0));
    assert_eq!(outcome(Some(500)), (1, 0, 1, 0));
    for held in [501, 502, 503, 599, 700] {
        assert_eq!(outcome(Some(held)), (1, 0, 1, 1));
    }
    assert_eq!(outcome(Some(800)), (1, 0, 1, 0));
    assert_eq!(outcome(Some(899)), (1, 0, 1, 0));
}

#[test]
fn held_and_cancelled_count_from_their_day() {
    let order = Order {
        held_at: Some(noon("2025-06-05")),
        cancelled_at: Some(noon("2025-06-07")),
        returned_at: Some(noon("2025-06-09")),
        ..sample()
    };
    let at = |day| {
        let c = contribution(&order, Marks::NONE, Some(date(day)));
        (c.rows, c.held, c.documented, c.amended, c.returned)
    };
    assert_eq!(at("2025-05-31"), (0, 0, 0, 0, 0));
    assert_eq!(at("2025-06-04"), (1, 0, 0, 0, 0));
    assert_eq!(at("2025-06-05"), (1, 1, 0, 0, 0));
    assert_eq!(at("2025-06-07"), (1, 1, 1, 1, 0));
    assert_eq!(at("2025-06-09"), (1, 1, 1, 1, 1));
    let amended = |amended| {
        let c = known(&Order { amended, ..sample() });
        (c.documented, c.amended)
    };
    assert_eq!(amended(None), (0, 0));
    assert_eq!(amended(Some(false)), (1, 0));
    assert_eq!(amended(Some(true)), (1, 1));
}

#[test]
fn an_amount_paid_stays_whatever_its_time() {
    let order = Order { paid_at: Some(noon("2025-06-03")), ..sample() };
    let paid = |day| contribution(&order, Marks::NONE, Some(date(day))).paid;
    assert_eq!((paid("2025-06-02"), paid("2025-06-03")), (10_000, 10_000), "ruling A7 hides times alone");
    assert_eq!(known(&Order { paid_at: None, ..sample() }).paid, 10_000, "an amount without a time counts");
    assert_eq!(known(&Order { payer_matches_buyer: None, ..sample() }).payer_known, 0);
}

#[test]
fn export_receipt_counts_for_180_days() {
    let paid_after = |days| {
        let order = sold_abroad();
        let paid_at = later(order.ordered_at, days);
        known(&Order { paid_at, paid_amount: Some(Fen(9_000)), ..order })
    };
    assert_eq!((paid_after(180).paid, paid_after(180).unpaid_rows), (9_000, 0));
    assert_eq!((paid_after(181).paid, paid_after(181).unpaid_rows), (0, 0));
    let unpaid = known(&sold_abroad());
    assert_eq!((unpaid.unpaid_rows, unpaid.unpaid_amount, unpaid.unpaid_paid), (1, 10_000, 0));
}

#[test]
fn sequence_of_t16() {
    let day = day_of(sample().ordered_at);
    let abnormal = |order: &Order| known(order).sequence_abnormal;
    assert_eq!(abnormal(&sample()), 0);
    assert_eq!(abnormal(&Order { paid_at: Some(at(day, 719)), ..sample() }), 1);
    let unpaid_parcel = Order { paid_at: Some(at(day, 800)), shipped_at: Some(at(day, 799)), ..sample() };
    assert_eq!(abnormal(&unpaid_parcel), 1);
    let order =
        Order { paid_at: unpaid_parcel.paid_at, shipped_at: unpaid_parcel.shipped_at, ..sold_abroad() };
    assert_eq!(abnormal(&order), 0, "exports may ship before they are paid");
    assert_eq!(contribution(&sample(), Marks::BURST, None).sequence_abnormal, 1);
}

#[test]
fn counters_keep_their_names_and_order() {
    let counters = known(&sample());
    assert_eq!(DayCounters::from_values(counters.values()), counters);
    assert_eq!(DayCounters::COLUMNS[..3], ["rows", "amount", "released"]);
    assert!((counters - counters).is_zero());
    assert_eq!(counters + counters - counters, counters);
    let json = serde_json::to_string(&counters).unwrap();
    assert_eq!(serde_json::from_str::<DayCounters>(&json).unwrap(), counters);
}
