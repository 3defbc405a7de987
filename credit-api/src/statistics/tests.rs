//! From facts to what is published of a month.

use std::collections::BTreeMap;

use credit_core::uscc::Uscc;

use super::body::{By, MonthBody, NEW, OTHER};
use super::figures::{self, TradeRow};
use super::gather::{Facts, Rated};
use super::keep::Kept;
use super::month::Month;
use super::publish::publish;
use super::sheet;

fn uscc(number: u64) -> Uscc {
    Uscc::from_body(&format!("91511500MA6{number:06}")).unwrap()
}

/// Enterprises of a kind and grade, by number.
fn rated(parts: &[(std::ops::Range<u64>, &str, &str)]) -> BTreeMap<Uscc, Rated> {
    let one = |kind: &str, grade: &str| Rated { kind: kind.to_owned(), grade: grade.to_owned() };
    parts.iter().flat_map(|(who, kind, grade)| who.clone().map(|at| (uscc(at), one(kind, grade)))).collect()
}

/// A merchant with so many 分 in one order of a place.
fn trade(facts: &mut Facts, who: u64, amount: u64, places: &[(By, &str)]) {
    facts.total.add(who, [amount, 1]);
    for (by, code) in places {
        facts.trade.entry((*by, (*code).to_owned())).or_default().add(who, [amount, 1]);
    }
}

fn shown(body: &MonthBody, by: By) -> Vec<(String, Option<u64>)> {
    let of = body.trade.iter().filter(|figure| figure.by == Some(by));
    of.map(|figure| (figure.code.clone(), figure.traded.map(|traded| traded.amount))).collect()
}

#[test]
fn a_small_cell_takes_another_with_it_and_the_total_stays() {
    let mut facts = Facts::default();
    for who in 0..30 {
        let (mode, country) =
            if who < 3 { ("9610", "US") } else { (if who < 12 { "1210" } else { "9710" }, "DE") };
        trade(&mut facts, who, 1_000, &[(By::Mode, mode), (By::Country, country), (By::Direction, "export")]);
    }
    let body = publish(&facts);
    assert_eq!(body.trade[0].traded.unwrap().orders, 30);
    let of_mode =
        [("9610", None), ("1210", None), ("1239", Some(0)), ("9710", Some(18_000)), ("9810", Some(0))];
    assert_eq!(shown(&body, By::Mode), of_mode.map(|(code, amount)| (code.to_owned(), amount)));
    // A country of three is no row of its own, and the rest would give its sum.
    assert_eq!(shown(&body, By::Country), [("DE".to_owned(), None), (OTHER.to_owned(), None)]);
    assert_eq!(body.trade.iter().find(|figure| figure.code == "9710").unwrap().permille, Some(600));
    // What is withheld is not in what is kept.
    let kept = serde_json::to_string(&body).unwrap();
    assert!(!kept.contains("\"amount\":3000}") && !kept.contains("\"amount\":9000}"), "{kept}");
}

#[test]
fn countries_far_down_are_one_row() {
    let mut facts = Facts::default();
    for country in 0..14_u64 {
        let code = format!("C{}", char::from(b'A' + u8::try_from(country).unwrap()));
        for who in 0..6 {
            trade(&mut facts, country * 10 + who, 1_000 + country, &[(By::Country, &code)]);
        }
    }
    let rows = shown(&publish(&facts), By::Country);
    assert_eq!(rows.len(), 11);
    assert_eq!((rows[0].0.as_str(), rows[0].1), ("CN", Some(6 * 1_013)));
    let last = &rows[10];
    assert_eq!((last.0.as_str(), last.1), (OTHER, Some(6 * (4_000 + 1 + 2 + 3))));
}

#[test]
fn moves_stand_beside_what_the_month_before_showed() {
    let before = rated(&[(0..20, "E1", "A"), (20..40, "E1", "BBB")]);
    let now = rated(&[(0..14, "E1", "A"), (14..20, "E1", "BBB"), (20..33, "E1", "BBB"), (33..47, "E1", "A")]);
    let body = publish(&Facts { before: before.clone(), now, ..Facts::default() });
    let of = |from: &str, to: &str| {
        body.moves.iter().find(|one| one.from == from && one.to == to).unwrap().enterprises
    };
    assert_eq!(
        (of("A", "A"), of("A", "BBB"), of("BBB", "A"), of(NEW, "A")),
        (Some(14), Some(6), Some(7), Some(7))
    );
    assert_eq!((of("A", "D"), of("BBB", "BBB")), (Some(0), Some(13)));
    // One of twenty fell: the grades it came from and went to are known, so the others of both lines go as well.
    let now = rated(&[(0..19, "E1", "A"), (19..20, "E1", "BBB"), (20..40, "E1", "BBB")]);
    let body = publish(&Facts { before: before.clone(), now, ..Facts::default() });
    assert_eq!((body.moves, body.directions), (Vec::new(), Vec::new()), "up and down would say it as well");
    // And none without a month before.
    let body = publish(&Facts { now: before, ..Facts::default() });
    assert_eq!(body.moves, []);
    let all = body.enterprises.iter().find(|one| one.kind.is_none() && one.grade.is_none()).unwrap();
    assert_eq!(all.enterprises, Some(40));
}

/// Direction and number, nothing where it is withheld.
fn went(body: &MonthBody) -> Vec<(&'static str, Option<u64>)> {
    body.directions.iter().map(|one| (one.direction.code(), one.enterprises)).collect()
}

#[test]
fn where_no_move_can_be_published_directions_may_be() {
    // Six fell, two by two, from neighbours to neighbours; each move is too small, and so is what is left beside it.
    let before =
        rated(&[(0..20, "E1", "AA"), (20..40, "E1", "A"), (40..60, "E1", "BBB"), (60..80, "E1", "BB")]);
    let now = rated(&[
        (0..17, "E1", "AA"),
        (17..19, "E1", "BBB"),
        (19..20, "E1", "BB"),
        (20..37, "E1", "A"),
        (37..38, "E1", "BBB"),
        (38..40, "E1", "BB"),
        (40..60, "E1", "BBB"),
        (60..80, "E1", "BB"),
    ]);
    let body = publish(&Facts { before: before.clone(), now, ..Facts::default() });
    assert_eq!(body.moves, Vec::new());
    assert_eq!(went(&body), [("up", Some(0)), ("same", Some(74)), ("down", Some(6)), ("unrated", Some(0))]);
    // Two and three went to one grade from two: five that fell, and the grades, would tell who.
    let now = rated(&[
        (0..18, "E1", "AA"),
        (18..20, "E1", "BB"),
        (20..37, "E1", "A"),
        (37..40, "E1", "BB"),
        (40..60, "E1", "BBB"),
        (60..80, "E1", "BB"),
    ]);
    let body = publish(&Facts { before, now, ..Facts::default() });
    assert_eq!((body.moves, body.directions), (Vec::new(), Vec::new()));
}

#[test]
fn a_direction_of_few_is_withheld_with_another() {
    // Four rose; what went down goes with it.
    let before =
        rated(&[(0..30, "E1", "AA"), (30..60, "E1", "A"), (60..90, "E1", "BBB"), (90..120, "E1", "BB")]);
    let now = rated(&[
        (0..26, "E1", "AA"),
        (26..28, "E1", "BBB"),
        (28..30, "E1", "BB"),
        (30..56, "E1", "A"),
        (56..58, "E1", "BBB"),
        (58..60, "E1", "BB"),
        (60..86, "E1", "BBB"),
        (86..88, "E1", "AA"),
        (88..90, "E1", "BBB"),
        (90..116, "E1", "BB"),
        (116..118, "E1", "A"),
        (118..120, "E1", "BB"),
    ]);
    let body = publish(&Facts { before, now, ..Facts::default() });
    assert_eq!(went(&body), [("up", None), ("same", Some(108)), ("down", None), ("unrated", Some(0))]);
    let rows = figures::migration(&[Kept { month: Month(0), made_at: 0, is_current: true, body }]);
    assert_eq!(
        (&rows[1].from_grade, rows[1].direction.code(), rows[1].enterprises),
        (&None, "same", Some(108))
    );
}

#[test]
fn a_mode_withheld_in_trade_is_withheld_in_matching() {
    use super::body::MatchOutcome::{Agrees, Differs};
    let mut facts = Facts::default();
    for who in 0..30 {
        let mode = if who < 3 { "9610" } else { ["1210", "9710"][usize::from(who >= 12)] };
        trade(&mut facts, who, 1_000, &[(By::Mode, mode)]);
    }
    // Ten merchants have sales of 9610, though three had orders.
    for who in 0..10 {
        for (mode, outcome) in [("9610", Agrees), ("1210", Agrees), ("9710", Agrees), ("9710", Differs)] {
            for place in
                [(Some(mode), Some(outcome)), (Some(mode), None), (None, Some(outcome)), (None, None)]
            {
                facts.sales.entry((place.0.map(str::to_owned), place.1)).or_default().add(who, [1, 0]);
            }
        }
    }
    let body = publish(&facts);
    let sales = |mode: &str| {
        let is_it =
            |one: &&super::body::MatchFigure| one.mode.as_deref() == Some(mode) && one.outcome.is_none();
        body.matching.iter().find(is_it).unwrap().sales
    };
    assert_eq!((sales("9610"), sales("1210"), sales("1239")), (None, None, Some(0)));
}

#[test]
fn of_a_grade_that_was_withheld_no_move_is_shown() {
    // Three were D; with them BBB, the smaller of the two others, is withheld.
    let before = rated(&[(0..3, "E1", "D"), (3..20, "E1", "BBB"), (20..60, "E2", "A")]);
    let body = publish(&Facts { before: before.clone(), now: before, ..Facts::default() });
    for one in body.moves.iter().filter(|one| ["D", "BBB"].contains(&one.from.as_str())) {
        assert!(one.enterprises.is_none_or(|count| count == 0), "{one:?}");
    }
}

#[test]
fn parts_of_the_orders_are_shown_when_the_rest_is_safe_too() {
    let mut facts = Facts::default();
    for who in 0..20 {
        trade(&mut facts, who, 1_000, &[(By::Mode, "9710")]);
        facts.delivered[usize::from(who >= 12)].add(who, [1, 0]);
        facts.returned[usize::from(who >= 17)].add(who, [1, 0]);
    }
    let body = publish(&facts);
    // Those that did not come back were three merchants' alone: the share of the others would tell how many.
    assert_eq!((body.delivered_permille, body.returned_permille), (Some(600), None));
}

#[test]
fn files_hold_text_that_no_spreadsheet_takes_for_a_formula() {
    let row = |code: &str| TradeRow {
        month: "2026-10".to_owned(),
        by: Some(By::Country),
        code: Some(code.to_owned()),
        orders: Some(12),
        amount_cny: Some("0.10".to_owned()),
        share_permille: None,
        withheld: false,
        name_zh: None,
        name_en: None,
    };
    let csv = String::from_utf8(sheet::csv(&[row("US"), row("=1+1")]).unwrap()).unwrap();
    let lines: Vec<&str> = csv.trim_start_matches('\u{FEFF}').lines().collect();
    assert_eq!(lines[0], "month,by,code,orders,amount_cny,share_permille,withheld,name_zh,name_en");
    assert_eq!(lines[1], "2026-10,country,US,12,0.10,,false,,");
    assert!(lines[2].contains(",'=1+1,"), "{}", lines[2]);
    let book = sheet::xlsx("trade", &[row("US")]).unwrap();
    assert!(book.starts_with(b"PK"));
    assert_eq!(book, sheet::xlsx("trade", &[row("US")]).unwrap(), "the same rows are the same file");
}

#[test]
fn rows_name_month_and_part() {
    let mut facts = Facts::default();
    (0..10).for_each(|who| trade(&mut facts, who, 1_050, &[(By::Mode, "9710"), (By::Direction, "export")]));
    let kept =
        Kept { month: Month::parse("2026-10").unwrap(), made_at: 0, is_current: true, body: publish(&facts) };
    let rows = figures::trade(&[kept], Some(By::Direction));
    let said: Vec<_> = rows.iter().map(|row| (row.code.as_deref(), row.amount_cny.as_deref())).collect();
    assert_eq!(
        said,
        [(None, Some("105.00")), (Some("import"), Some("0.00")), (Some("export"), Some("105.00"))]
    );
}

#[test]
fn rules_are_no_looser_than_those_of_access() {
    use credit_core::statistics::{CONTRIBUTORS_MIN, LARGEST_PERCENT_MAX};

    use crate::access::aggregate::{K, SHARE_MAX_PERCENT};
    const { assert!(CONTRIBUTORS_MIN >= K && LARGEST_PERCENT_MAX <= SHARE_MAX_PERCENT) };
}
