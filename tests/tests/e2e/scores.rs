//! Every score of a zone against the independent recomputation.

use chrono::Days;
use xinji_tests::harness::{EnterpriseBuilder, for_each_database};
use xinji_tests::oracle;

use crate::fixtures::{AS_OF, another_file, evaluate, last_day, sample_zone, small_zone};

#[test]
fn every_enterprise_of_the_sample_scores_as_recomputed() {
    for_each_database(|zone| {
        let files = sample_zone(zone, 60, 15);
        let (_, reports) = oracle::read_files(&files);
        let bad_rows = reports.iter().any(|report| report.refused.is_some() || !report.rejects.is_empty());
        zone.import(&files).code_is(i32::from(bad_rows));
        let last = last_day(&files);
        for back in [0, 47] {
            let as_of = last.checked_sub_days(Days::new(back)).unwrap().to_string();
            evaluate(zone, &as_of);
            let differences = zone.differences(&files, &as_of);
            assert!(differences.is_empty(), "{as_of}\n{}", differences.join("\n"));
        }
    });
}

#[test]
fn the_small_zone_scores_as_recomputed() {
    for_each_database(|zone| {
        let files = small_zone(zone);
        zone.import(&files).ok();
        evaluate(zone, AS_OF);
        let differences = zone.differences(&files, AS_OF);
        assert!(differences.is_empty(), "{}", differences.join("\n"));
    });
}

#[test]
fn the_order_of_the_files_does_not_change_a_score() {
    for_each_database(|zone| {
        let mut files = small_zone(zone);
        files.reverse();
        zone.import(&files).ok();
        evaluate(zone, AS_OF);
        let differences = zone.differences(&files, AS_OF);
        assert!(differences.is_empty(), "{}", differences.join("\n"));
    });
}

#[test]
fn a_row_of_the_same_key_supersedes_and_both_stay_visible() {
    for_each_database(|zone| {
        let mut files = small_zone(zone);
        zone.import(&files).ok();
        evaluate(zone, AS_OF);
        let seller = EnterpriseBuilder::new(1);
        let uscc = seller.uscc();
        let before = zone.show(&uscc, AS_OF);
        std::thread::sleep(std::time::Duration::from_millis(1100));
        let between = chrono::Utc::now().to_rfc3339_opts(chrono::SecondsFormat::Secs, true);
        std::thread::sleep(std::time::Duration::from_millis(1100));

        let closed = seller.with("status", "歇业").with("paid_in_capital_cny", "100.00").build();
        files.push(another_file(zone, "later", "registration", &[closed]));
        zone.import(&files[2..]).ok();
        evaluate(zone, AS_OF);
        let differences = zone.differences(&files, AS_OF);
        assert!(differences.is_empty(), "{}", differences.join("\n"));

        let arguments = ["show", &uscc, "--json", "--as-of", AS_OF, "--known-at", &between];
        let then = zone.cli(&arguments).ok().json();
        assert_eq!(then["score_raw"], before["score_raw"]);
        assert_eq!(then["indicators"], before["indicators"]);
        assert_ne!(then["score_raw"], zone.show(&uscc, AS_OF)["score_raw"]);
    });
}
