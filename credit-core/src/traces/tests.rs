use proptest::prelude::*;

use super::*;
use crate::records::Lang;

fn goods(gnum: i64, quantity: i128) -> Goods {
    Goods { gnum, name: format!("商品{gnum}"), quantity: Amount(quantity), ..Goods::default() }
}

fn seen(stations: &[Station]) -> Vec<Seen> {
    let place = |(document, station): (usize, &Station)| Seen {
        station: *station,
        at: Moment(i64::try_from(document).unwrap()),
        document,
    };
    stations.iter().enumerate().map(place).collect()
}

/// An import that went all the way, with two lines.
fn import() -> Journey {
    use Station::{Declared, Ordered, Paid, Released, Shipped, Signed};
    Journey {
        import: true,
        seen: seen(&[Ordered, Paid, Shipped, Declared, Released, Signed]),
        ordered: Some(vec![goods(1, 200_000), goods(2, 100_000)]),
        declared: Some(vec![goods(1, 200_000), goods(2, 100_000)]),
        returns: Vec::new(),
    }
}

fn without(station: Station) -> Journey {
    let mut journey = import();
    journey.seen.retain(|seen| seen.station != station);
    journey
}

fn states(trace: &Trace) -> Vec<(Station, State)> {
    trace.stops.iter().map(|stop| (stop.station, stop.state)).collect()
}

fn state(trace: &Trace, station: Station) -> Option<State> {
    trace.stops.iter().find(|stop| stop.station == station).map(|stop| stop.state)
}

#[test]
fn a_whole_way_has_every_station_and_no_gap() {
    let trace = trace(&import(), 1);
    assert_eq!(trace.gaps, []);
    assert_eq!(trace.stops.len(), 6);
    assert!(trace.stops.iter().all(|stop| stop.state == State::Seen && stop.at.is_some()));
    assert_eq!(trace.stops[0].quantity, Some(Amount(200_000)));
}

#[test]
fn what_was_passed_is_missing_and_what_comes_last_is_awaited() {
    for station in [Station::Ordered, Station::Paid, Station::Shipped, Station::Declared, Station::Released] {
        let mut journey = without(station);
        if station == Station::Ordered {
            journey.ordered = None;
        } else if station == Station::Declared {
            journey.declared = None;
        }
        let trace = trace(&journey, 1);
        assert_eq!(state(&trace, station), Some(State::Missing), "{station:?}");
        assert_eq!(trace.gaps, [Gap::Missing(station)]);
    }
    let trace = trace(&without(Station::Signed), 1);
    assert_eq!((state(&trace, Station::Signed), trace.gaps), (Some(State::Awaited), vec![]));
}

#[test]
fn an_export_leaves_the_country_and_its_money_may_come_last() {
    use Station::{Declared, Departed, Ordered, Paid, Released, Shipped};
    let stations = [Ordered, Shipped, Declared, Released, Departed];
    let journey = Journey { import: false, seen: seen(&stations), ..import() };
    let trace = trace(&journey, 1);
    assert_eq!((state(&trace, Paid), state(&trace, Station::Signed)), (Some(State::Awaited), None));
    assert_eq!(trace.gaps, []);
}

#[test]
fn a_sale_that_was_taken_back_awaits_nothing() {
    let mut journey = without(Station::Signed);
    journey.seen.push(Seen { station: Station::Cancelled, at: Moment(9), document: 9 });
    let trace = trace(&journey, 1);
    assert_eq!(
        (state(&trace, Station::Signed), state(&trace, Station::Cancelled)),
        (None, Some(State::Seen))
    );
    assert_eq!(trace.gaps, []);
    journey.seen.retain(|seen| seen.station != Station::Paid);
    assert_eq!(super::trace(&journey, 1).gaps, [Gap::Missing(Station::Paid)]);
}

#[test]
fn a_line_that_differs_is_a_gap_of_that_line_alone() {
    let mut journey = import();
    let declared = journey.declared.as_mut().unwrap();
    declared[1].quantity = Amount(300_000);
    declared[1].bar_code = Some("6901".into());
    declared[1].record_no = Some("R1".into());
    journey.ordered.as_mut().unwrap()[1].bar_code = Some("6902".into());
    let second = trace(&journey, 2);
    let ordered = Amount(100_000);
    let article = Gap::Article { field: "barCode", ordered: "6902".into(), declared: "6901".into() };
    assert_eq!(second.gaps, [Gap::Quantity { ordered, declared: Amount(300_000) }, article]);
    let merged = second.goods.unwrap();
    assert_eq!((merged.record_no.as_deref(), merged.bar_code.as_deref()), (Some("R1"), Some("6902")));
    assert_eq!(trace(&journey, 1).gaps, []);
}

#[test]
fn a_line_that_one_document_leaves_out_is_missing_there() {
    let mut journey = import();
    journey.ordered.as_mut().unwrap().pop();
    assert_eq!(trace(&journey, 2).gaps, [Gap::NotOrdered]);
    assert_eq!(state(&trace(&journey, 2), Station::Ordered), Some(State::Missing));
    assert_eq!(trace(&journey, 1).gaps, []);
    let mut journey = import();
    journey.declared.as_mut().unwrap().remove(0);
    assert_eq!(trace(&journey, 1).gaps, [Gap::NotDeclared]);
    assert_eq!(journey.lines(), [1, 2].into());
}

#[test]
fn nothing_is_handed_over_before_its_release_and_no_more_comes_back_than_went() {
    let mut journey = import();
    journey.seen[5].at = Moment(3);
    assert_eq!(trace(&journey, 1).gaps, [Gap::BeforeRelease(Station::Signed)]);
    let mut journey = import();
    let back =
        |document, quantity| Return { at: Moment(8), document, quantities: vec![(1, Amount(quantity))] };
    journey.returns = vec![back(6, 100_000), back(7, 100_000)];
    let whole = trace(&journey, 1);
    let last = whole.stops.last().unwrap();
    assert_eq!((last.station, last.quantity, whole.gaps), (Station::Returned, Some(Amount(200_000)), vec![]));
    assert_eq!(state(&trace(&journey, 2), Station::Returned), None);
    journey.returns.push(back(8, 1));
    let gap = Gap::ReturnedMore { sent: Amount(200_000), returned: Amount(200_001) };
    assert_eq!(trace(&journey, 1).gaps, [gap]);
}

#[test]
fn a_sale_without_lines_is_the_way_of_its_parcel() {
    let journey =
        Journey { import: true, seen: seen(&[Station::Paid, Station::Shipped]), ..Journey::default() };
    let trace = trace(&journey, 0);
    assert_eq!(trace.goods, None);
    assert_eq!(trace.gaps, [Gap::Missing(Station::Ordered)]);
    assert!(journey.lines().is_empty());
}

#[test]
fn every_gap_has_words_in_both_languages() {
    let amount = Amount(100_000);
    let mut gaps: Vec<Gap> = Station::ROUTE.into_iter().map(Gap::Missing).collect();
    gaps.extend([Gap::NotOrdered, Gap::NotDeclared, Gap::Quantity { ordered: amount, declared: amount }]);
    gaps.extend([Station::Signed, Station::Departed].map(Gap::BeforeRelease));
    gaps.push(Gap::Article { field: "unit", ordered: "011".into(), declared: "035".into() });
    gaps.push(Gap::ReturnedMore { sent: amount, returned: amount });
    for gap in gaps {
        for import in [true, false] {
            assert!(
                !gap.text(import, Lang::Zh).is_ascii() && gap.text(import, Lang::En).is_ascii(),
                "{gap:?}"
            );
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    /// In which order documents are told changes nothing, and stations stand in their order.
    #[test]
    fn a_trace_is_a_function_of_the_documents(
        places in proptest::collection::vec((0usize..10, 0i64..20), 0..12),
        import: bool,
        turn in 0usize..12,
    ) {
        let place = |(document, (station, at)): (usize, &(usize, i64))| Seen {
            station: Station::ROUTE[*station],
            at: Moment(*at),
            document,
        };
        let mut seen: Vec<Seen> = places.iter().enumerate().map(place).collect();
        seen.retain(|seen| seen.station != Station::Returned);
        let ordered = Some(vec![goods(1, 5)]);
        let one = Journey { import, seen: seen.clone(), ordered, ..Journey::default() };
        let turn = turn.min(seen.len());
        seen.rotate_left(turn);
        let other = Journey { seen, ..one.clone() };
        prop_assert_eq!(trace(&one, 1), trace(&other, 1));
        let stops = states(&trace(&one, 1));
        prop_assert!(stops.windows(2).all(|pair| pair[0].0 < pair[1].0));
    }
}
