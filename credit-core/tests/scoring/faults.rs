//! A scorecard file with a fault is refused, and the fault is named.

use credit_core::scorecard::{Scorecard, ScorecardError};

/// The embedded file with one text replaced once.
fn with(from: &str, to: &str) -> String {
    let text = Scorecard::embedded_text();
    assert!(text.contains(from), "{from}");
    let changed = text.replacen(from, to, 1);
    match Scorecard::parse(&changed) {
        Ok(_) => "valid".to_owned(),
        Err(error) => error.to_string(),
    }
}

#[test]
fn the_embedded_file_is_valid_and_every_byte_is_in_its_digest() {
    let card = Scorecard::embedded().unwrap();
    assert_eq!(card.id, "zone-2026.1");
    let changed =
        Scorecard::parse(&Scorecard::embedded_text().replacen("# Scorecard", "#  Scorecard", 1)).unwrap();
    assert_ne!(card.digest(), changed.digest());
    assert_eq!(card.reason_text("V3").map(|text| text.en.is_empty()), Some(false));
    assert_eq!(card.reason_text("safe_b").map(|text| text.zh.is_empty()), Some(false));
    assert_eq!(card.reason_text("nothing"), None);
}

#[test]
fn faults_are_named() {
    for (from, to, says) in [
        (
            "E1 = 30, E2 = 30, E3 = 30, E4 = 40",
            "E1 = 31, E2 = 30, E3 = 30, E4 = 40",
            "E1 S1: maxima sum to 151",
        ),
        ("E1 = { S1 = 150, S2 = 350", "E1 = { S1 = 150, S2 = 351", "weights sum to 1001"),
        ("zh = \"登记状态与多源一致\"", "zh = \"\"", "R01 name: the Chinese text is empty"),
        ("id = \"R02\"", "id = \"R01\"", "catalogue"),
        ("  { otherwise = true, bp = 3000 },\n", "", "`otherwise`"),
        (
            "{ at_least = \"36/1\", bp = 8500 }",
            "{ at_least = \"60/1\", bp = 8500 }",
            "R02: the thresholds are out of order",
        ),
        (
            "{ at_least = \"36/1\", bp = 8500 }",
            "{ at_least = \"36/1\", bp = 10000 }",
            "R02: the bins' points do not fall",
        ),
        ("{ category = \"lost\", bp = 0,", "{ category = \"gone\", bp = 0,", "R06: its categories"),
        ("code = \"V2\"", "code = \"V1\"", "vetoes are V1"),
        ("code = \"safe_c\"", "code = \"safe_b\"", "cap safe_b appears twice"),
        ("below = \"4/5\"", "below = \"3/5\"", "void C06"),
        ("floor = 860", "floor = 930", "floors do not fall"),
        ("veto_limit = 399", "veto_limit = 550", "veto_limit"),
        ("basis = [\"order36\", \"penalty_law\"]", "basis = [\"order99\"]", "unknown basis order99"),
        ("at_least = \"60/1\"", "at_least = \"60\"", "is not a ratio"),
        ("at_least = \"60/1\"", "at_most = \"1/1\", at_least = \"60/1\"", "exactly one of"),
        ("min_n = 30", "min_m = 30", "cannot be read"),
        ("runs = 2", "runs = 3", "hysteresis"),
        ("format = 1", "format = 2", "format 2 is not 1"),
    ] {
        let error = with(from, to);
        assert!(error.contains(says), "{from} -> {to}: {error}");
    }
}

#[test]
fn a_file_too_large_is_not_read() {
    let huge = "#".repeat(credit_core::scorecard::load::FILE_BYTES_MAX + 1);
    assert_eq!(Scorecard::parse(&huge), Err(ScorecardError::TooLarge(huge.len())));
}
