#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]

use chrono::NaiveDate;

use super::certificate::{FORMAT, words_in};
use super::{Item, ItemClass, RepairRules, Standing, Until, answer_by, plan, repaired, tried};
use crate::calendar::WorkingDays;
use crate::cases::{Clock, Deadlines};
use crate::facts::Facts;
use crate::money::Fen;
use crate::observe::tests::builder::facts;
use crate::records::{Class, ClassAuthority, ListCode, Listing, Penalty, Record};
use crate::rules::dated::{FILE_BYTES_MAX, PackError};
use crate::rules::mark::Mark;
use crate::rules::penalty::end_of_effect;
use crate::rules::{Severity, pack, severity};
use crate::uscc::Uscc;

fn day(text: &str) -> NaiveDate {
    text.parse().unwrap()
}

fn uscc() -> Uscc {
    Uscc::parse("91511502MA6TEXT13K").unwrap()
}

fn penalty(kind: &str, yuan: i64, decided_on: &str) -> Penalty {
    Penalty {
        uscc: uscc(),
        name: "宜宾试验电子商务有限公司".to_owned(),
        doc_no: "宜市监罚〔2026〕1号".to_owned(),
        behaviour: String::new(),
        facts: String::new(),
        basis: String::new(),
        kinds: vec![kind.to_owned()],
        content: String::new(),
        fine: Fen(yuan * 100),
        confiscated: Fen(0),
        licence: String::new(),
        decided_on: day(decided_on),
        valid_until: None,
        publicity_until: None,
        authority: "宜宾市市场监督管理局".to_owned(),
        authority_code: String::new(),
        repaired_on: None,
        revoked: false,
        disputed: false,
        event_id: None,
    }
}

fn listing(list: ListCode, effective_on: &str) -> Listing {
    Listing {
        uscc: uscc(),
        list,
        decision_no: "D1".to_owned(),
        authority: "宜宾市市场监督管理局".to_owned(),
        effective_on: day(effective_on),
        expires_on: None,
        removed_on: None,
        reason: None,
        basis: None,
        name: None,
        event_id: None,
    }
}

fn class(authority: ClassAuthority, class: &str, valid_from: &str) -> Class {
    let (class, valid_from) = (class.to_owned(), day(valid_from));
    Class { uscc: uscc(), authority, class, valid_from, valid_to: None, decision_no: None, event_id: None }
}

fn of(record: Record, today: &str) -> Item<'static> {
    let items = plan(&[record], day(today), RepairRules::embedded());
    items.into_iter().next().unwrap()
}

fn of_penalty(penalty: &Penalty, today: &str) -> Item<'static> {
    of(Record::Penalties(Box::new(penalty.clone())), today)
}

/// Whether score and plan agree on the last day of publicity.
fn agrees_with_score(penalty: &Penalty, item: &Item<'_>) -> bool {
    item.latest_on.map(|(day, _)| day) == Some(end_of_effect(penalty))
}

#[test]
fn each_class_of_penalty_has_its_first_and_last_day() {
    // Kind, fine, date of the decision, class, first day of repair, last day of publicity.
    for (kind, yuan, decided, code, earliest, latest) in [
        ("警告", 0, "2026-06-01", "minor", "2026-06-01", "2026-09-01"),
        ("罚款", 3_000, "2026-06-01", "minor", "2026-06-01", "2026-09-01"),
        ("罚款", 3_001, "2026-06-01", "general", "2026-09-02", "2027-06-01"),
        ("没收违法所得", 0, "2026-06-30", "general", "2026-10-01", "2027-06-30"),
        ("罚款", 500_000, "2026-06-01", "serious", "2027-06-02", "2029-06-01"),
        ("吊销许可证件", 0, "2026-06-01", "serious", "2027-06-02", "2029-06-01"),
        // Months end with the corresponding day, or the month's last.
        ("罚款", 30_000, "2025-11-30", "general", "2026-03-01", "2026-11-30"),
        ("限制从业", 0, "2024-02-29", "serious", "2025-03-01", "2027-02-28"),
    ] {
        let row = penalty(kind, yuan, decided);
        let item = of_penalty(&row, decided);
        assert_eq!(item.class.code(), code, "{kind} {yuan}");
        assert_eq!(item.earliest_on, Some(day(earliest)), "{kind} {yuan} {decided}");
        assert_eq!(item.latest_on, Some((day(latest), Until::Rule)), "{kind} {yuan} {decided}");
        assert!(agrees_with_score(&row, &item));
        assert_eq!(item.rule.channel, "credit_china");
    }
}

#[test]
fn repair_may_be_asked_from_the_day_after_the_least_publicity() {
    let row = penalty("罚款", 30_000, "2026-06-30");
    // The last day of the least publicity, in the middle of no holiday; then the first of National Day, which moves
    // nothing: publicity runs through holidays.
    assert_eq!(of_penalty(&row, "2026-09-30").standing, Standing::NotYet);
    assert_eq!(of_penalty(&row, "2026-10-01").standing, Standing::Now);
    let minor = penalty("警告", 0, "2026-06-30");
    assert_eq!(of_penalty(&minor, "2026-06-30").standing, Standing::Now);
}

#[test]
fn a_listing_is_planned_while_it_is_in_force() {
    let mut row = listing(ListCode::AbnormalOperation, "2026-06-01");
    row.expires_on = Some(day("2026-09-01"));
    let planned =
        |today: &str| plan(&[Record::Lists(row.clone())], day(today), RepairRules::embedded()).len();
    assert_eq!((planned("2026-05-31"), planned("2026-09-01"), planned("2026-09-02")), (0, 1, 0));
}

#[test]
fn what_no_longer_weighs_is_not_planned() {
    let rules = RepairRules::embedded();
    let items = |record: Record, today: &str| plan(&[record], day(today), rules).len();
    let row = penalty("罚款", 30_000, "2026-06-01");
    let ends = Penalty { publicity_until: Some(day("2026-08-31")), ..row.clone() };
    let repaired = Penalty { repaired_on: Some(day("2026-09-10")), ..row.clone() };
    let revoked = Penalty { revoked: true, ..row.clone() };
    for (penalty, today, expected) in [
        (&row, "2027-06-01", 1),
        (&row, "2027-06-02", 0),
        (&ends, "2026-08-31", 1),
        (&ends, "2026-09-01", 0),
        (&repaired, "2026-09-09", 1),
        (&repaired, "2026-09-10", 0),
        (&revoked, "2026-06-02", 0),
    ] {
        assert_eq!(items(Record::Penalties(Box::new(penalty.clone())), today), expected, "{today}");
    }
    let good = Record::Classes(class(ClassAuthority::Customs, "ADV", "2026-01-01"));
    assert_eq!(items(good, "2026-11-23"), 0, "a good class needs no repair");
    let worse = class(ClassAuthority::Customs, "DIS", "2025-01-01");
    let better = class(ClassAuthority::Customs, "REG", "2026-01-01");
    let both = [Record::Classes(worse.clone()), Record::Classes(better)];
    assert!(plan(&both, day("2026-11-23"), rules).is_empty(), "a later class is in force");
    assert_eq!(items(Record::Classes(worse), "2026-11-23"), 1);
}

#[test]
fn a_record_that_is_published_for_longer_than_the_rule_allows_is_told() {
    let row = penalty("罚款", 30_000, "2026-06-01");
    let longer = Penalty { publicity_until: Some(day("2027-06-02")), ..row.clone() };
    let item = of_penalty(&longer, "2026-11-23");
    assert_eq!(item.latest_on, Some((day("2027-06-02"), Until::Record)));
    assert!(item.exceeds_rule && agrees_with_score(&longer, &item));
    assert!(!of_penalty(&row, "2026-11-23").exceeds_rule);
    // It ends before anybody could ask.
    let shorter = Penalty { publicity_until: Some(day("2026-08-01")), ..row };
    let item = of_penalty(&shorter, "2026-07-01");
    assert_eq!((item.earliest_on, item.standing), (None, Standing::NotYet));
}

#[test]
fn lists_and_classes_have_the_terms_of_their_authorities() {
    let listed = |list, today: &str| of(Record::Lists(listing(list, "2026-03-31")), today);
    for (list, earliest, latest, standing) in [
        (ListCode::SeriousDishonesty, Some("2027-04-01"), Some("2029-03-31"), Standing::NotYet),
        (ListCode::AbnormalOperation, Some("2026-03-31"), None, Standing::Now),
        (ListCode::JudgmentDefaulter, Some("2026-03-31"), Some("2028-03-31"), Standing::Now),
        (ListCode::CustomsDishonest, Some("2026-07-01"), Some("2028-03-31"), Standing::Now),
        (ListCode::TaxSerious, None, Some("2029-03-31"), Standing::BySource),
        (ListCode::WageArrears, None, None, Standing::BySource),
    ] {
        let item = listed(list, "2026-11-23");
        assert_eq!(item.earliest_on, earliest.map(day), "{list:?}");
        assert_eq!(item.latest_on.map(|(day, _)| day), latest.map(day), "{list:?}");
        assert_eq!(item.standing, standing, "{list:?}");
    }
    for (authority, code, channel) in [
        (ClassAuthority::Customs, "SDIS", "customs"),
        (ClassAuthority::Safe, "C", "safe"),
        (ClassAuthority::Tax, "D", "tax"),
        (ClassAuthority::PublicCredit, "差", "credit_china"),
    ] {
        let item = of(Record::Classes(class(authority, code, "2026-01-01")), "2026-11-23");
        assert_eq!(item.rule.channel, channel);
        assert_eq!(item.class, ItemClass::Class(authority, code.to_owned()));
    }
}

#[test]
fn an_application_is_answered_within_ten_working_days() {
    let rules = RepairRules::embedded();
    for (applied, answered, provisional) in [
        ("2026-09-18", "2026-10-09", false),
        ("2026-02-13", "2026-03-05", false),
        ("2025-09-26", "2025-10-16", false),
        ("2026-11-23", "2026-12-07", false),
        ("2026-12-30", "2027-01-14", true),
    ] {
        let end = answer_by(rules, WorkingDays::embedded(), day(applied));
        assert_eq!((end.date, end.provisional), (day(answered), provisional), "{applied}");
    }
    // The authority's three days, in the vectors of the same paragraph.
    let calendar = WorkingDays::embedded();
    for (received, decided) in
        [("2026-04-30", "2026-05-08"), ("2026-09-30", "2026-10-10"), ("2025-12-31", "2026-01-06")]
    {
        let end = calendar.add_working_days(day(received), rules.answer.authority_days);
        assert_eq!(end.date, day(decided), "{received}");
    }
}

#[test]
fn the_source_says_when_a_record_was_repaired() {
    let today = day("2026-11-23");
    let row = penalty("罚款", 30_000, "2026-06-01");
    let on = |record: Record| repaired(&record, today).map(|repaired| repaired.on.to_string());
    let penalty = |repaired_on| Record::Penalties(Box::new(Penalty { repaired_on, ..row.clone() }));
    assert_eq!(on(penalty(Some(today))), Some("2026-11-23".to_owned()));
    assert_eq!(on(penalty(Some(day("2026-11-24")))), None, "not before its day");
    assert_eq!(on(penalty(None)), None);
    let listed = listing(ListCode::SeriousDishonesty, "2026-03-31");
    let removed = Listing { removed_on: Some(today), ..listed.clone() };
    let expired = Listing { expires_on: Some(day("2026-11-01")), ..listed };
    assert_eq!(on(Record::Lists(removed)), Some("2026-11-23".to_owned()));
    assert_eq!(on(Record::Lists(expired)), None, "what ends by itself was not repaired");
    let ended = Class { valid_to: Some(day("2026-11-22")), ..class(ClassAuthority::Tax, "D", "2026-01-01") };
    assert_eq!(on(Record::Classes(ended)), Some("2026-11-23".to_owned()));
}

#[test]
fn a_repair_that_is_tried_is_one_of_today() {
    let today = day("2026-11-23");
    let mut facts = facts("2026-11-23");
    facts.penalties = vec![penalty("罚款", 30_000, "2026-06-01")];
    facts.listings = vec![listing(ListCode::SeriousDishonesty, "2026-03-31")];
    facts.classes = vec![class(ClassAuthority::Tax, "D", "2026-01-01")];
    let records = |facts: &Facts| {
        [
            Record::Penalties(Box::new(facts.penalties[0].clone())),
            Record::Lists(facts.listings[0].clone()),
            Record::Classes(facts.classes[0].clone()),
        ]
    };
    for (at, record) in records(&facts).iter().enumerate() {
        let after = tried(&facts, record.source(), &record.natural_key()).unwrap();
        // Each as its source would say it, and the others as they were: a class has its last day yesterday.
        let on = |record: &Record| repaired(record, today).map(|repaired| repaired.on);
        let expected: Vec<_> = (0..3).map(|one| (one == at).then_some(today)).collect();
        assert_eq!(records(&after).iter().map(on).collect::<Vec<_>>(), expected, "{record:?}");
        assert_eq!(plan(&records(&after), today, RepairRules::embedded()).len(), 2, "{record:?}");
        assert_eq!(tried(&facts, record.source(), "another"), None);
    }
}

#[test]
fn the_pack_agrees_with_the_score_and_with_the_clocks() {
    let rules = RepairRules::embedded();
    assert_eq!((rules.id.as_str(), rules.effective_from), ("repair-2026.1", day("2026-04-01")));
    for (severity, months) in [
        (Severity::Minor, pack::EFFECT_MONTHS_MINOR),
        (Severity::General, pack::EFFECT_MONTHS_GENERAL),
        (Severity::Serious, pack::EFFECT_MONTHS_SERIOUS),
    ] {
        let rule = rules.of(&ItemClass::Penalty(severity)).unwrap();
        assert_eq!(rule.max_months.map(i32::from), Some(months));
    }
    let term = |clock| Deadlines::embedded().rule(clock).unwrap().count;
    assert_eq!(rules.answer.credit_china_days, term(Clock::RepairAnswer));
    assert_eq!(rules.answer.authority_days, term(Clock::RepairAgency));
    for rule in rules.rules() {
        assert!(rules.channel(rule).is_some() && rules.papers(rule).count() == rule.papers.len());
        assert!(rule.mark != Mark::Uncertain || rule.uncertain_en.is_some(), "{}", rule.id);
    }
    assert!(rules.free_zh.contains("官方修复不收费"));
    assert_eq!(severity(&penalty("罚款", 3_000, "2026-06-01")), Severity::Minor);
}

#[test]
fn a_certificate_is_told_by_its_format_and_says_its_words() {
    let words = |format: &'static str| {
        let fields = [(2, format), (12, "已修复"), (13, "repaired")];
        words_in(fields.iter().map(|(id, text)| (*id, text.as_bytes())))
    };
    let found = words("xinji/repair-certificate/v1").unwrap();
    assert_eq!((found.zh.as_str(), found.en.as_str()), ("已修复", "repaired"));
    assert_eq!(words("xinji/repair-certificate/v2"), None);
    assert_eq!(words_in([(2, FORMAT.as_bytes())].into_iter()), None, "without words");
}

#[test]
fn a_wrong_pack_is_refused_with_its_place() {
    let text = RepairRules::embedded_text();
    let faults = |text: &str| -> Vec<String> {
        match RepairRules::parse("x.toml", text).unwrap_err() {
            PackError::Invalid(faults) => faults.iter().map(ToString::to_string).collect(),
            other => vec![other.to_string()],
        }
    };
    let swapped = text.replacen("min_months = 3\nmax_months = 12", "min_months = 12\nmax_months = 12", 1);
    let found = faults(&swapped);
    assert_eq!(found.len(), 1, "{found:?}");
    let line = text.lines().position(|line| line == "id = \"penalty_general\"").unwrap();
    let place = format!("x.toml:{line}: min_months: penalty_general: ");
    assert!(found[0].starts_with(&place), "{found:?}");
    let none = text.replacen("\"wage_arrears\", ", "", 1);
    assert_eq!(faults(&none), ["x.toml:1: rule: wage_arrears has none"]);
    let twice = text.replacen("[\"wage_arrears\", ", "[\"tax_serious\", \"wage_arrears\", ", 1);
    assert!(faults(&twice)[0].ends_with("another rule is for the same"));
    assert!(faults(&text.replacen("channel = \"court\"", "channel = \"agent\"", 1))[0].contains("channel"));
    assert!(faults(&text.replacen("\"performance\"]", "\"fee\"]", 1))[0].contains("no such paper"));
    assert!(faults(&text.replacen("min_months = 3\n", "fee = 3\n", 1))[0].contains("fee"));
    assert!(RepairRules::parse("x.toml", &" ".repeat(FILE_BYTES_MAX + 1)).is_err());
}
