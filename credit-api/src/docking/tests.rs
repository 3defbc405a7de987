//! Mapping files that are refused, and records that disagree.

use chrono::NaiveDate;
use credit_core::dates::Moment;
use credit_core::grade::Grade;
use credit_core::money::Fen;
use credit_core::records::{Class, ClassAuthority, ListCode, Listing, RecordSource, Registration, Status};
use credit_core::uscc::Uscc;

use super::book::{Book, check};
use super::disagree::{ENTERED, Fact, Known, REMOVED, Received, disagreements};
use super::mapping::{Mapping, MappingError, Mappings, MappingsError, Receiver, embedded};
use crate::folder::Text;

const CUSTOMS: &str = include_str!("../../docking/customs-2026.1.toml");

fn day(text: &str) -> NaiveDate {
    text.parse().unwrap()
}

fn uscc() -> Uscc {
    Uscc::from_body("91511500MA6000001").unwrap()
}

fn program() -> Mappings {
    Mappings::of(&embedded()).unwrap()
}

fn file(name: &str, body: &str) -> Text {
    Text { name: name.to_owned(), body: body.to_owned() }
}

/// The program's mapping for customs as an operator would go on from it.
fn next(first_day: &str) -> String {
    CUSTOMS.replace("customs-2026.1", "customs-2027.1").replace("2026-04-01\"", &format!("{first_day}\""))
}

fn refused(text: &str) -> String {
    Mapping::parse(text).unwrap_err().to_string()
}

#[test]
fn the_files_of_the_program_hold_from_the_first_of_april() {
    let mappings = program();
    assert_eq!(mappings.all_at(day("2026-04-01")).len(), Receiver::ALL.len());
    assert!(mappings.all_at(day("2026-03-31")).is_empty());
    let beside = |receiver, grade| {
        let (_, class) = mappings.at(receiver, day("2026-11-23")).unwrap().of(grade).unwrap();
        class.map(|class| class.code.as_str())
    };
    // 7.3 of the domain: AAA and AA are 优, A and BBB 良, BB 中, D 差; N is no negative mark.
    let expected = ["优", "优", "良", "良", "中", "差"].map(Some);
    let ours = [Grade::AAA, Grade::AA, Grade::A, Grade::BBB, Grade::BB, Grade::D];
    assert_eq!(ours.map(|grade| beside(Receiver::PublicCredit, grade)), expected);
    for receiver in Receiver::ALL.into_iter().filter(|receiver| *receiver != Receiver::Tax) {
        assert_eq!(beside(receiver, Grade::N), None, "{receiver:?}");
    }
    assert_eq!(beside(Receiver::Tax, Grade::N), Some("M"));
}

#[test]
fn what_takes_a_finding_of_the_department_is_never_recommended() {
    for (receiver, never) in
        [(Receiver::Customs, vec!["ADV", "SDIS"]), (Receiver::Safe, vec!["C"]), (Receiver::Tax, vec!["D"])]
    {
        let mappings = program();
        let mapping = mappings.at(receiver, day("2026-11-23")).unwrap();
        for grade in Grade::ALL {
            let (_, class) = mapping.of(grade).unwrap();
            assert!(!class.is_some_and(|class| never.contains(&class.code.as_str())), "{receiver:?} {grade}");
        }
        assert!(mapping.note.en.contains("recommendation only") && mapping.note.zh.contains("仅为参考"));
    }
    assert!(refused(&CUSTOMS.replacen("class = \"REG\"", "class = \"SDIS\"", 1)).contains("SDIS beside A"));
}

#[test]
fn a_file_that_is_not_whole_is_refused_with_every_fault() {
    let twice = CUSTOMS.replacen("grade = \"AA\"", "grade = \"AAA\"", 1);
    let why = refused(&twice);
    assert!(why.contains("grade AAA has 2 lines") && why.contains("grade AA has 0 lines"), "{why}");
    assert!(
        refused(&CUSTOMS.replace("certainty = \"ours\"", "certainty = \"known\"")).contains("decided by")
    );
    assert!(refused(&CUSTOMS.replace("code = \"CERT\"", "code = \"GOLD\"")).contains("GOLD is no class"));
    let upside = CUSTOMS.replacen("class = \"CERT\"", "class = \"DIS\"", 1);
    assert!(refused(&upside).contains("AAA stands beside a worse class than AA"), "{}", refused(&upside));
    assert!(refused(&CUSTOMS.replace("format = 1", "format = 2")).contains("format: it is 1"));
    assert!(refused(&CUSTOMS.replace("id = \"customs", "id = \"tax")).contains("names the receiver"));
    assert!(refused(&CUSTOMS.replace("valid_from", "begins")).contains("begins"));
    assert!(matches!(Mapping::parse(&"#".repeat(70_000)), Err(MappingError::TooLarge(70_000))));
}

#[test]
fn a_later_file_takes_over_on_its_first_day() {
    let both = Mappings::of(&[file("b", &next("2027-01-01")), file("a", CUSTOMS)]).unwrap();
    let id = |on: &str| both.at(Receiver::Customs, day(on)).unwrap().id.clone();
    assert_eq!((id("2026-12-31"), id("2027-01-01")), ("customs-2026.1".into(), "customs-2027.1".into()));
    let same = Mappings::of(&[file("b", &next("2026-04-01")), file("a", CUSTOMS)]);
    assert!(
        matches!(same, Err(MappingsError::Overlap { file, other, .. }) if (&*file, &*other) == ("a", "b"))
    );
}

#[test]
fn an_operators_folder_that_cannot_be_used_says_which_file_where_and_what_was_expected() {
    let folder = tempfile::tempdir().unwrap();
    let place = folder.path().join("customs-2027.1.toml");
    let good = next("2027-01-01");
    std::fs::write(folder.path().join("customs-2026.1.toml"), CUSTOMS).unwrap();
    let with = |text: &str| {
        std::fs::write(&place, text).unwrap();
        check(folder.path()).err().unwrap().to_string()
    };
    for (text, words) in [
        (good.replacen("format = 1", "format = one", 1), vec!["customs-2027.1.toml: line 7:"]),
        (
            good.replacen("valid_from =", "begins =", 1),
            vec!["line 10: unknown field `begins`", "`valid_from`"],
        ),
        (
            good.replacen("2027-01-01\"", "1.1.2027\"", 1),
            vec!["line 10:", "\"1.1.2027\" is no day", "YYYY-MM-DD"],
        ),
        (good.replacen("\"customs\"", "\"toll\"", 1), vec!["line 9:", "`toll`", "`customs`, `safe`"]),
        (
            good.replacen("\"CERT\"", "\"GOLD\"", 1),
            vec!["class: GOLD is no class of customs; known: ADV, CERT"],
        ),
        (
            CUSTOMS.replacen("常规", "一般", 1),
            vec!["id \"customs-2026.1\" is also that of customs-2026.1.toml"],
        ),
        (next("2026-04-01"), vec!["customs from 2026-04-01, as does customs-2026.1.toml"]),
        ("#".repeat(70_000), vec!["longer than 65536 bytes"]),
    ] {
        let why = with(&text);
        assert!(
            why.contains("customs-2027.1.toml") && words.iter().all(|words| why.contains(words)),
            "{why}"
        );
    }
    std::fs::remove_file(folder.path().join("customs-2026.1.toml")).unwrap();
    assert!(with(&CUSTOMS.replacen("AAA", "AA", 1)).contains("grade AAA has 0 lines"));
    assert!(
        with(&CUSTOMS.replacen("常规", "一般", 1)).contains("of a file of the program, with other contents")
    );
    std::fs::write(&place, good).unwrap();
    assert_eq!(check(folder.path()).unwrap().count(), 1);
    assert!(check(tempfile::tempdir().unwrap().path()).err().unwrap().to_string().contains("no file *.toml"));
}

#[test]
fn an_operators_files_replace_those_of_the_program_and_broken_ones_leave_what_was_there() {
    let folder = tempfile::tempdir().unwrap();
    let place = folder.path().join("customs-2027.1.toml");
    std::fs::write(&place, next("2027-01-01")).unwrap();
    let book = Book::open(Some(folder.path())).unwrap();
    let at = |on: &str| book.now().all_at(day(on)).iter().map(|one| one.id.clone()).collect::<Vec<_>>();
    assert!(at("2026-12-31").is_empty() && !book.look(), "those of the program are no more");
    assert_eq!(at("2027-01-01"), ["customs-2027.1"]);

    std::fs::write(&place, next("2026-12-01").replacen("grade = \"AA\"", "grade = \"AAA\"", 1)).unwrap();
    assert!(!book.look());
    assert!(at("2026-12-31").is_empty(), "the old ones hold");
    let trouble = book.trouble().unwrap();
    assert!(trouble.starts_with("customs-2027.1.toml: not valid: grade AAA has 2 lines"), "{trouble}");

    std::fs::write(&place, next("2026-12-01")).unwrap();
    assert!(book.look() && book.trouble().is_none());
    assert_eq!(at("2026-12-31"), ["customs-2027.1"]);
    std::fs::remove_file(&place).unwrap();
    assert!(!book.look() && book.trouble().unwrap().contains("(folder)"));
    assert_eq!(at("2026-12-31"), ["customs-2027.1"]);
}

fn registration(sender: Option<RecordSource>) -> Registration {
    Registration {
        uscc: uscc(),
        name: "宜宾试验一号贸易有限公司".to_owned(),
        status: Status::InOperation,
        established_on: day("2020-01-15"),
        registered_capital: Some(Fen(100_000_000)),
        paid_in_capital: None,
        legal_representative: "张三".to_owned(),
        address: Some("宜宾市临港路1号".to_owned()),
        region_code: "511504".to_owned(),
        industry_code: None,
        roles: Vec::new(),
        filed_on: day("2021-03-01"),
        former_names: Vec::new(),
        customs_code: None,
        safe_listed: None,
        tax_refund_filed: None,
        last_annual_report_year: None,
        annual_report_late: None,
        phone: None,
        premises_check: None,
        premises_checked_on: None,
        record_source: sender,
        event_id: None,
    }
}

fn class(authority: ClassAuthority, class: &str, from: &str, to: Option<&str>) -> Received<Class> {
    let record = Class {
        uscc: uscc(),
        authority,
        class: class.to_owned(),
        valid_from: day(from),
        valid_to: to.map(day),
        decision_no: Some(format!("{class}-{from}")),
        event_id: None,
    };
    Received { record, at: Moment(5) }
}

fn entry(list: ListCode, no: &str, on: &str, off: Option<&str>) -> Received<Listing> {
    let record = Listing {
        uscc: uscc(),
        list,
        decision_no: no.to_owned(),
        authority: "某海关".to_owned(),
        effective_on: day(on),
        expires_on: None,
        removed_on: off.map(day),
        reason: None,
        basis: None,
        name: None,
        event_id: None,
    };
    Received { record, at: Moment(6) }
}

fn found(known: &Known) -> Vec<(Fact, String, String)> {
    let all = disagreements(known, day("2026-11-23"));
    all.into_iter().map(|one| (one.fact, one.one.value, one.other.value)).collect()
}

#[test]
fn senders_of_a_registration_disagree_in_what_both_say() {
    let samr = registration(Some(RecordSource::Samr));
    let zone = Registration {
        name: " 宜宾试验一号贸易有限公司 ".to_owned(),
        legal_representative: "李四".to_owned(),
        address: None,
        // The same district under its retired code.
        region_code: "511521".to_owned(),
        ..registration(Some(RecordSource::Zone))
    };
    let customs = Registration {
        status: Status::Cancelled,
        region_code: "511702".to_owned(),
        ..registration(Some(RecordSource::Customs))
    };
    let at = |record, at| Received { record, at: Moment(at) };
    let known = Known { registrations: vec![at(samr, 1), at(zone, 2), at(customs, 3)], ..Known::default() };
    let text = |one: &str| one.to_owned();
    assert_eq!(
        found(&known),
        [
            (Fact::LegalRepresentative, text("张三"), text("李四")),
            (Fact::Status, text("存续"), text("注销")),
            (Fact::Region, text("511504"), text("511702")),
            (Fact::LegalRepresentative, text("李四"), text("张三")),
            (Fact::Status, text("存续"), text("注销")),
            (Fact::Region, text("511521"), text("511702")),
        ]
    );
    let first = &disagreements(&known, day("2026-11-23"))[0];
    assert_eq!(
        (first.one.source.code(), first.other.source.code()),
        ("registration:samr", "registration:zone")
    );
    assert_eq!((first.one.received, first.other.received), (Moment(1), Moment(2)));
}

#[test]
fn a_class_that_is_still_to_hold_contradicts_the_one_in_force() {
    let customs = ClassAuthority::Customs;
    // Without a last day the earlier one is ended by the later one.
    let quiet = vec![class(customs, "REG", "2024-01-01", None), class(customs, "CERT", "2026-05-01", None)];
    assert_eq!(found(&Known { classes: quiet, ..Known::default() }), []);
    let both = vec![
        class(customs, "REG", "2024-01-01", Some("2026-12-31")),
        class(customs, "CERT", "2026-05-01", None),
    ];
    assert_eq!(
        found(&Known { classes: both, ..Known::default() }),
        [(Fact::ClassValidity(customs), "REG".to_owned(), "CERT".to_owned())]
    );
}

#[test]
fn a_class_and_a_list_that_do_not_go_together() {
    let customs = ClassAuthority::Customs;
    let dishonest = ListCode::CustomsDishonest;
    let with = |code: &str, lists| Known {
        classes: vec![class(customs, code, "2026-01-01", None)],
        lists,
        ..Known::default()
    };
    let inside = || vec![entry(dishonest, "1", "2026-02-01", None)];
    let outside = || vec![entry(dishonest, "1", "2025-02-01", Some("2026-08-01"))];
    let fact = Fact::ClassAndList(customs);
    assert_eq!(found(&with("REG", inside())), [(fact, "REG".to_owned(), ENTERED.to_owned())]);
    assert_eq!(found(&with("DIS", inside())), []);
    assert_eq!(found(&with("DIS", outside())), [(fact, "DIS".to_owned(), REMOVED.to_owned())]);
    assert_eq!(found(&with("REG", outside())), []);
    // A list that was never delivered says nothing.
    assert_eq!(found(&with("DIS", vec![])), []);
}

#[test]
fn one_entry_that_one_row_has_and_another_has_ended() {
    let list = ListCode::SeriousDishonesty;
    let rows = |second| Known {
        lists: vec![entry(list, "宜〔2026〕1", "2026-02-01", None), second],
        ..Known::default()
    };
    let ended = entry(list, "宜2026-1", "2026-02-01", Some("2026-09-01"));
    let all = disagreements(&rows(ended), day("2026-11-23"));
    assert_eq!(all.len(), 1);
    assert_eq!((all[0].fact, all[0].other.on), (Fact::ListExit(list), Some(day("2026-09-01"))));
    // Another entry, ended before or after, is another matter.
    let other = entry(list, "宜〔2025〕7", "2025-02-01", Some("2026-09-01"));
    assert_eq!(found(&rows(other)), []);
}

#[test]
fn a_class_of_safe_without_an_entry_in_its_directory() {
    let row = Registration { safe_listed: Some(false), ..registration(Some(RecordSource::Zone)) };
    let known = |code: &str| Known {
        registrations: vec![Received { record: row.clone(), at: Moment(1) }],
        classes: vec![class(ClassAuthority::Safe, code, "2026-01-01", None)],
        ..Known::default()
    };
    assert_eq!(found(&known("A")), [(Fact::SafeDirectory, "false".to_owned(), "A".to_owned())]);
    assert_eq!(found(&known("EXEMPT")), []);
}
