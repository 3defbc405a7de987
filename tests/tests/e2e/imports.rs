//! Files that come twice, and files with rows that cannot be taken.

use std::collections::BTreeSet;
use std::path::PathBuf;

use xinji_tests::harness::{OrderBuilder, Zone, for_each_database, uscc};
use xinji_tests::oracle;

use crate::fixtures::{AS_OF, evaluate, small_zone};

#[test]
fn the_same_file_twice_changes_nothing_and_says_so() {
    for_each_database(|zone| {
        let files = small_zone(zone);
        zone.import(&files).ok();
        evaluate(zone, AS_OF);
        let before = zone.show(&uscc(1), AS_OF);
        let again = zone.import(&files).ok().all().to_lowercase();
        let said = ["unchanged", "no change", "nothing changed", "already", "无变化", "未变"];
        assert!(said.iter().any(|word| again.contains(word)), "{again}");
        evaluate(zone, AS_OF);
        let after = zone.show(&uscc(1), AS_OF);
        for field in ["score", "score_raw", "coverage", "indicators", "grade", "grade_by_score", "n_reasons"]
        {
            assert_eq!(before[field], after[field], "{field}");
        }
    });
}

/// REJECTED.csv as (line, column, code).
fn rejected(zone: &Zone) -> BTreeSet<(usize, String, String)> {
    let path =
        [zone.path("REJECTED.csv"), zone.sources().join("REJECTED.csv"), zone.data().join("REJECTED.csv")]
            .into_iter()
            .find(|path| path.exists());
    let mut reader = csv::Reader::from_path(path.unwrap_or_else(|| panic!("no REJECTED.csv"))).unwrap();
    let header = reader.headers().unwrap().clone();
    // A byte order mark helps spreadsheets and is no part of a name.
    let place = |name: &str| {
        let found = header.iter().position(|column| column.trim_start_matches('\u{feff}') == name);
        found.unwrap_or_else(|| panic!("no {name} in {header:?}"))
    };
    let (line, column, code) = (place("line"), place("column"), place("code"));
    assert!(header.iter().any(|name| name.trim_start_matches('\u{feff}') == "file"), "{header:?}");
    reader
        .records()
        .map(|row| row.unwrap())
        .map(|row| (row[line].parse().unwrap(), row[column].to_owned(), row[code].to_owned()))
        .collect()
}

/// A file of orders in which every second row is bad in its own way.
fn half_bad(zone: &Zone) -> PathBuf {
    let order = |number: u32| OrderBuilder::new(&uscc(1), &format!("BAD{number}"), "2026-11-01");
    let bad = [
        order(1).with("uscc", "91511502MA6TEXT13L"),
        order(2).with("uscc", "91511502MA6TEXT13I"),
        order(3).with("ordered_at", "2026-02-30 10:00:00"),
        order(4).with("amount_cny", "12,5"),
        order(5).with("amount_cny", "１２"),
        order(6).with("amount_cny", "-1.00"),
        order(7).with("mode", "9999"),
        order(8).with("order_no", "9".repeat(61)),
        order(9).with("order_no", ""),
        order(10).with("payer_matches_buyer", "maybe"),
        order(11).with("hs_code", "61\u{7}09"),
        order(12).with("amount_cny", "1.005"),
    ];
    let mut rows = Vec::new();
    for (number, bad) in bad.into_iter().enumerate() {
        rows.push(OrderBuilder::new(&uscc(1), &format!("GOOD{number}"), "2026-11-01").build());
        rows.push(bad.build());
    }
    let path = zone.write("transactions", &rows);
    let mut text = std::fs::read_to_string(&path).unwrap();
    text.push_str("too,few,columns\n");
    std::fs::write(&path, text).unwrap();
    path
}

#[test]
fn a_bad_row_costs_that_row_alone() {
    for_each_database(|zone| {
        let registration = small_zone(zone).remove(0);
        let files = vec![registration, half_bad(zone)];
        zone.import(&files).code_is(1);
        let (_, reports) = oracle::read_files(&files);
        assert_eq!(reports[1].rejects.len(), 13);
        assert_eq!(reports[1].accepted, 12);
        let expected =
            reports[1].rejects.iter().map(|r| (r.line, r.column.clone(), r.code.to_owned())).collect();
        assert_eq!(rejected(zone), expected);
        evaluate(zone, AS_OF);
        let differences = zone.differences(&files, AS_OF);
        assert!(differences.is_empty(), "{}", differences.join("\n"));
    });
}

#[test]
fn a_file_that_is_empty_or_of_no_known_source_is_refused_whole() {
    for_each_database(|zone| {
        let empty = zone.sources().join("empty.csv");
        std::fs::write(&empty, "").unwrap();
        let refused = zone.import(&[&empty]).code_is(1);
        assert!(refused.all().contains("empty_file"), "{}", refused.all());
        let strange = zone.sources().join("strange.csv");
        std::fs::write(&strange, "colour,size\nred,1\n").unwrap();
        zone.import(&[&strange]).code_is(1);
        // A header alone is a file with no rows.
        let header = zone.write("transactions", &[]);
        zone.import(&[&header]).ok();
    });
}
