//! The row road and the rollup road give the same facts for any D, rows in flight included.

use std::collections::{BTreeMap, BTreeSet};

use chrono::NaiveDate;
use proptest::prelude::*;

use crate::dates::from_day_number;
use crate::facts::TradeFacts;
use crate::indicator::SubjectKind;
use crate::money::Fen;
use crate::records::{Direction, Mode, Order};
use crate::trade::adjust::{exclusion, in_flight, in_flight_deltas};
use crate::trade::day::{DayCounters, contribution};
use crate::trade::exact::{SubjectPass, Subjects, Zone, ZonePass, merchant_window};
use crate::trade::key::{DayKey, Parties, ShipmentKey};
use crate::trade::marks::{Marks, mark_merchant, marks_at, waybill_group};
use crate::trade::peers::PeerMedians;
use crate::trade::prices::PriceCollector;
use crate::trade::samples::{at, import, uscc};
use crate::trade::shipment::{ShipmentCounters, shipments};
use crate::trade::tally::Tally;
use crate::uscc::Uscc;

const FIRST_DAY: i32 = 20_000;
const MERCHANTS: u8 = 5;

type Asked = (Uscc, SubjectKind);

/// An order out of random bytes, dense enough that rows share buyers, waybills, days and cells.
fn order(n: usize, b: &[u8; 24]) -> Order {
    let day = FIRST_DAY + i32::from(b[0]) + i32::from(b[1]);
    let event = |byte: u8| (byte > 60).then(|| at(day + i32::from(byte % 64) - 2, i64::from(byte)));
    let party = |byte: u8, base: u32| (!byte.is_multiple_of(3)).then(|| uscc(base + u32::from(byte % 3)));
    let import_row = b[2] > 80;
    Order {
        mode: if b[3] > 40 { Mode::M9610 } else { Mode::M1210 },
        direction: if import_row { Direction::Import } else { Direction::Export },
        ordered_at: at(day, i64::from(b[4]) % 5),
        paid_at: if b[5].is_multiple_of(16) {
            event(b[6]).map(|t| at(crate::trade::view::day_of(t) + 150, 0))
        } else {
            event(b[6])
        },
        shipped_at: event(b[7]),
        delivered_at: event(b[8]).map(|t| at(crate::trade::view::day_of(t) + i32::from(b[9] % 60), 3)),
        amount: Fen(i64::from(b[10]) * 5_000),
        paid_amount: (b[11] > 30).then(|| Fen(i64::from(b[10]) * 5_000 + i64::from(b[11] % 3))),
        payer_matches_buyer: [None, Some(true), Some(false), Some(true)][usize::from(b[12] % 4)],
        consignee_matches: [None, Some(true), Some(true), Some(false)][usize::from(b[13] % 4)],
        // Some numbers come again, and so that some orders match all rules most do not.
        logistics_no: (b[14] > 20)
            .then(|| if b[14] < 120 { (b[14] % 16).to_string() } else { format!("N{n}") }),
        logistics_uscc: party(b[15], 20),
        platform_uscc: party(b[16], 30),
        payment_uscc: party(b[17], 40),
        agent_uscc: party(b[17] / 3, 40),
        warehouse_uscc: party(b[17] / 9, u32::from(b[17] % 2)),
        hs_code: (b[18] > 20).then(|| ["3304990000", "6109100000"][usize::from(b[18] > 230)].to_owned()),
        quantity_e6: (b[19] > 20).then(|| i64::from(b[19] % 8) * 1_000_000),
        country: (b[19] > 30).then(|| "502".to_owned()),
        buyer_token: (b[20] > 20).then(|| (b[20] % 6).to_string()),
        address_token: (b[21] > 60).then(|| (b[21] % 3).to_string()),
        phone_token: (b[21] > 120).then(|| (b[21] % 4).to_string()),
        customs_status: [Some(800), Some(899), None, Some(100), Some(502), Some(-1), Some(800), Some(500)]
            [usize::from(b[22] % 8)],
        held_at: event(b[22] / 2),
        returned_at: event(b[23]),
        promised_on: (b[9] > 100).then(|| from_day_number(day + i32::from(b[9] % 32) - 3)),
        amended: [None, Some(true), Some(false)][usize::from(b[12] % 3)],
        cancelled_at: event(b[13] / 2),
        event_id: (b[5] < 64).then(|| (b[5] % 4).to_string()),
        ..import(uscc(u32::from(b[3] % MERCHANTS)), &format!("{:04}", n * 7 % 1000), "2025-01-01")
    }
}

fn by_merchant(orders: &[Order]) -> BTreeMap<Uscc, Vec<Order>> {
    let mut merchants: BTreeMap<Uscc, Vec<Order>> = BTreeMap::new();
    for order in orders {
        merchants.entry(order.uscc).or_default().push(order.clone());
    }
    merchants
}

fn has_role(uscc: &Uscc, kind: SubjectKind) -> bool {
    uscc.as_str().bytes().map(u32::from).sum::<u32>() % 5 > 0 || kind == SubjectKind::E2
}

fn everyone() -> Subjects {
    let numbers = (0..6).chain(20..23).chain(30..33).chain(40..43).map(uscc);
    let asked = numbers.flat_map(|uscc| SubjectKind::ALL.map(|kind| (uscc, kind))).collect();
    let events = BTreeSet::from(["1".to_owned(), "3".to_owned()]);
    let excluded_events = BTreeMap::from([(uscc(1), events.clone()), (uscc(21), events)]);
    Subjects { asked, excluded_events, lockers: BTreeSet::from(["2".to_owned()]) }
}

fn row_road(orders: &[Order], as_of: NaiveDate, subjects: &Subjects) -> BTreeMap<Asked, TradeFacts> {
    let merchants = by_merchant(orders);
    let mut zone = ZonePass::new(as_of);
    merchants.values().for_each(|rows| zone.add_merchant(rows));
    let zone = zone.finish();
    let mut pass = SubjectPass::new(as_of, &zone, subjects, has_role);
    merchants.values().for_each(|rows| pass.add_merchant(rows));
    pass.finish()
}

/// What a database of day sums holds, whatever D will be asked.
struct Stored {
    merchants: BTreeMap<Uscc, Vec<(Order, Marks)>>,
    days: BTreeMap<DayKey, DayCounters>,
    shipments: BTreeMap<ShipmentKey, ShipmentCounters>,
}

fn store(orders: &[Order]) -> Stored {
    let mut stored = Stored { merchants: BTreeMap::new(), days: BTreeMap::new(), shipments: BTreeMap::new() };
    for (merchant, rows) in by_merchant(orders) {
        let marks = mark_merchant(&rows.iter().collect::<Vec<_>>(), None);
        for (order, marks) in rows.iter().zip(&marks) {
            *stored.days.entry(DayKey::of(order)).or_default() += contribution(order, *marks, None);
            for (key, counters) in shipments(order, None) {
                *stored.shipments.entry(key).or_default() += counters;
            }
        }
        stored.merchants.insert(merchant, rows.into_iter().zip(marks).collect());
    }
    stored
}

/// Rows in flight at D and those that share a waybill with one.
fn touched(rows: &[(Order, Marks)], as_of: NaiveDate) -> Vec<(&Order, Marks)> {
    let groups: BTreeSet<_> = rows
        .iter()
        .filter(|(order, _)| in_flight(order, as_of))
        .filter_map(|(o, _)| waybill_group(o))
        .collect();
    rows.iter()
        .filter(|(order, _)| {
            in_flight(order, as_of) || waybill_group(order).is_some_and(|group| groups.contains(&group))
        })
        .map(|(order, marks)| (order, *marks))
        .collect()
}

fn rollup_road(stored: &Stored, as_of: NaiveDate, subjects: &Subjects) -> BTreeMap<Asked, TradeFacts> {
    let roles = |parties: &Parties| parties.roles_hold(&has_role);
    let mut tallies: BTreeMap<Asked, Tally> = BTreeMap::new();
    for asked in &subjects.asked {
        let belongs = |parties: &Parties| parties.in_population(asked.0, asked.1);
        let mut tally = Tally::new(as_of);
        let first = Tally::first_day(as_of);
        for (key, counters) in stored.days.iter().filter(|(key, _)| belongs(&key.parties) && key.day >= first)
        {
            tally.add_day(key, counters, roles(&key.parties));
        }
        for (key, counters) in stored.shipments.iter().filter(|(key, _)| belongs(&key.parties)) {
            tally.add_shipments(key, counters);
        }
        for rows in stored.merchants.values() {
            tally.add_deltas(&in_flight_deltas(&touched(rows, as_of), as_of), belongs, roles);
        }
        tallies.insert(*asked, tally);
    }
    let peers = PeerMedians::from_counts(
        (0..6)
            .filter_map(|number| tallies.get(&(uscc(number), SubjectKind::E1)))
            .flat_map(|tally| tally.cells().iter().map(|(cell, count)| (*cell, *count))),
    );
    let mut prices = PriceCollector::default();
    stored.merchants.values().flatten().for_each(|(order, _)| prices.add_order(order, as_of));
    let prices = prices.finish();
    for rows in stored.merchants.values() {
        let marks: BTreeMap<&str, Marks> = {
            let touched = touched(rows, as_of);
            let renewed = marks_at(&touched, as_of);
            touched.iter().zip(renewed).map(|((order, _), marks)| (order.order_no.as_str(), marks)).collect()
        };
        let all: Vec<&Order> = rows.iter().map(|(order, _)| order).collect();
        let window = merchant_window(&all, as_of, &prices, &subjects.lockers);
        for (asked, tally) in &mut tallies {
            let belongs = |parties: &Parties| parties.in_population(asked.0, asked.1);
            for (order, counts) in &window {
                if belongs(&Parties::of(order)) {
                    tally.add_window(*counts);
                }
            }
            let Some(events) = subjects.excluded_events.get(&asked.0) else { continue };
            let excluded =
                |order: &Order| order.event_id.as_ref().is_some_and(|event| events.contains(event));
            for (order, stored) in rows.iter().filter(|(order, _)| excluded(order)) {
                let marks = marks.get(order.order_no.as_str()).copied().unwrap_or(*stored);
                tally.add_deltas(&exclusion(order, marks, as_of), belongs, roles);
            }
            for (order, counts) in &window {
                if belongs(&Parties::of(order)) && excluded(order) {
                    tally.add_window(-*counts);
                }
            }
        }
    }
    tallies.into_iter().map(|(asked, tally)| (asked, tally.finish(&peers))).collect()
}

fn zone() -> impl Strategy<Value = Vec<Order>> {
    prop::collection::vec(any::<[u8; 24]>(), 0..500)
        .prop_map(|rows| rows.iter().enumerate().map(|(n, bytes)| order(n, bytes)).collect())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn both_roads_agree(orders in zone(), days in prop::collection::vec(-10i32..700, 3)) {
        let subjects = everyone();
        let stored = store(&orders);
        for day in days {
            let as_of = from_day_number(FIRST_DAY + day);
            let rows = row_road(&orders, as_of, &subjects);
            let rollups = rollup_road(&stored, as_of, &subjects);
            prop_assert_eq!(rows, rollups);
        }
    }

    #[test]
    fn order_of_rows_does_not_matter(orders in zone(), day in 0i32..600) {
        let as_of = from_day_number(FIRST_DAY + day);
        let mut turned = orders.clone();
        turned.reverse();
        prop_assert_eq!(row_road(&orders, as_of, &everyone()), row_road(&turned, as_of, &everyone()));
    }
}

/// The random zones reach every count: otherwise the agreement above would prove little.
#[test]
fn random_zones_are_rich() {
    let mut seed = 42_u64;
    let mut byte = || {
        seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        u8::try_from(seed >> 56).unwrap()
    };
    let orders: Vec<Order> = (0..900).map(|n| order(n, &std::array::from_fn(|_| byte()))).collect();
    let all = row_road(&orders, from_day_number(FIRST_DAY + 400), &everyone());
    let any = |count: fn(&TradeFacts) -> u64| all.values().any(|facts| count(facts) > 0);
    let reached = [
        any(|f| f.matched_90),
        any(|f| f.rejected_90),
        any(|f| f.amended_90),
        any(|f| f.held_365),
        any(|f| f.payer_matches_90),
        any(|f| f.export_rows_365),
        any(|f| f.delivered_in_time_90),
        any(|f| f.kept_promise_90),
        any(|f| f.peer_returned_365),
        any(|f| f.quota_flagged_90),
        any(|f| f.clustered_90),
        any(|f| f.price_off_90),
        any(|f| f.waybills_abnormal_90),
        any(|f| f.sequence_abnormal_90),
    ];
    assert_eq!(reached, [true; 14]);
    assert_eq!(Zone::default().peers, PeerMedians::default());
}
