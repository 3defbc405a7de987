#![expect(clippy::unwrap_used, reason = "tests")]

use chrono::NaiveDate;

use super::{EntryType, Kind, NegativeListRules, kind_of_class, kind_of_list, watch_ends_on};
use crate::cases::{Clock, Deadlines};
use crate::records::{ClassAuthority, ListCode};
use crate::rules::dated::{FILE_BYTES_MAX, PackError};

fn day(text: &str) -> NaiveDate {
    text.parse().unwrap()
}

fn faults(text: &str) -> Vec<String> {
    match NegativeListRules::parse("x.toml", text).unwrap_err() {
        PackError::Invalid(faults) => faults.iter().map(ToString::to_string).collect(),
        other => vec![other.to_string()],
    }
}

#[test]
fn the_embedded_rules_hold_every_code() {
    let rules = NegativeListRules::embedded();
    assert_eq!(rules.id(), "negative-list-2026.1");
    assert_eq!(rules.effective_from(), day("2026-04-01"));
    let codes: Vec<&str> = rules.rules().map(|rule| rule.code.code()).collect();
    assert_eq!(codes, ["N1", "N2", "N3", "N4", "N5", "N6", "N7", "W1", "W2", "W3", "W4", "W5"]);
    for kind in Kind::ALL {
        assert_eq!(Kind::of(kind.code()), Some(kind));
        let public = rules.rule(kind).unwrap().public;
        assert_eq!(public, kind.is_mirror() && kind != Kind::N7, "{kind:?}");
        assert_eq!(rules.rule(kind).unwrap().entry == EntryType::Mirror, kind.is_mirror());
    }
    assert_eq!(Kind::of("N8"), None);
}

#[test]
fn lists_and_classes_fall_under_their_codes() {
    let expected = [
        (ListCode::AbnormalOperation, None),
        (ListCode::SeriousDishonesty, Some(Kind::N4)),
        (ListCode::JudgmentDefaulter, Some(Kind::N3)),
        (ListCode::TaxSerious, Some(Kind::N5)),
        (ListCode::WageArrears, Some(Kind::N6)),
        (ListCode::CustomsDishonest, Some(Kind::N2)),
        (ListCode::CustomsSeriouslyDishonest, Some(Kind::N1)),
        (ListCode::StatisticsSerious, Some(Kind::N6)),
        (ListCode::IpSerious, Some(Kind::N6)),
    ];
    for (list, kind) in expected {
        assert_eq!(kind_of_list(list), kind, "{list:?}");
    }
    assert_eq!(kind_of_class(ClassAuthority::Customs, "SDIS"), Some(Kind::N1));
    assert_eq!(kind_of_class(ClassAuthority::Customs, "DIS"), Some(Kind::N2));
    assert_eq!(kind_of_class(ClassAuthority::Safe, "C"), Some(Kind::N7));
    assert_eq!(kind_of_class(ClassAuthority::Tax, "C"), None);
    assert_eq!(kind_of_class(ClassAuthority::Customs, "REG"), None);
}

#[test]
fn a_watch_entry_ends_after_ninety_days_and_is_renewed_once() {
    let rules = NegativeListRules::embedded();
    let w1 = rules.rule(Kind::W1).unwrap();
    assert_eq!(watch_ends_on(w1, day("2026-07-03"), 0), Some(day("2026-10-01")));
    assert_eq!(watch_ends_on(w1, day("2026-07-03"), 1), Some(day("2026-12-30")));
    assert_eq!(watch_ends_on(w1, day("2026-07-03"), 2), None);
    assert_eq!(watch_ends_on(rules.rule(Kind::N3).unwrap(), day("2026-07-03"), 0), None);
}

#[test]
fn the_case_of_an_entry_runs_as_long_as_the_entry() {
    let term = Deadlines::embedded().rule(Clock::WatchExpiry).unwrap();
    for rule in NegativeListRules::embedded().rules().filter(|rule| !rule.code.is_mirror()) {
        assert_eq!(rule.exit.expires_days, Some(term.count), "{:?}", rule.code);
        assert_eq!(rule.exit.renewals, 1);
        assert_eq!(term.extension, term.count);
    }
}

#[test]
fn a_wrong_pack_is_refused_with_file_line_and_field() {
    let good = NegativeListRules::embedded_text();
    let w1 = good.lines().position(|line| line == "code = \"W1\"").unwrap();
    let public = good.replace("code = \"W1\"", "code = \"W1\"\n").replacen(
        "public = false\nbasis_zh = \"海关总署公告",
        "public = true\nbasis_zh = \"海关总署公告",
        1,
    );
    assert_eq!(faults(&public), [format!("x.toml:{w1}: public: W1: the watch list is internal")]);
    let n1 = good.lines().position(|line| line == "code = \"N1\"").unwrap();
    let twice = good.replace("code = \"N2\"", "code = \"N1\"");
    assert!(faults(&twice).iter().any(|fault| fault.ends_with("code: N1: appears twice")), "{twice}");
    assert!(faults(&twice).contains(&"x.toml:1: entry: N2 has no rule".to_owned()));
    let not_by_source = good.replacen("by_source = true", "by_source = false", 1);
    let expected = format!("x.toml:{n1}: exit: N1: a mirror ends with its source and in no other way");
    assert_eq!(faults(&not_by_source), [expected]);
    let no_expiry = good.replacen("expires_days = 90", "expires_days = 0", 1);
    assert!(faults(&no_expiry).first().unwrap().contains("expires by itself"));
    assert!(
        faults(&good.replacen("public = true", "visible = true", 1)).first().unwrap().contains("visible")
    );
    assert!(faults(&good.replace("negative-list-2026.1", "x")).first().unwrap().contains("x.toml:1: id"));
    assert!(NegativeListRules::parse("x.toml", &" ".repeat(FILE_BYTES_MAX + 1)).is_err());
}
