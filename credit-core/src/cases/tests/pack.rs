//! The rule pack of the terms.

use super::*;
use crate::rules::dated::{FILE_BYTES_MAX, PackError};

fn faults(text: &str) -> Vec<String> {
    match Deadlines::parse("x.toml", text).unwrap_err() {
        PackError::Invalid(faults) => faults.iter().map(ToString::to_string).collect(),
        other => vec![other.to_string()],
    }
}

/// The pack with one line of one clock put in or replaced.
fn with(clock: &str, field: &str, value: &str) -> String {
    let head = format!("[[clock]]\nid = \"{clock}\"\n");
    let (before, after) = Deadlines::embedded_text().split_once(&head).unwrap();
    let (own, rest) = after.split_once("\n\n").unwrap();
    let mut lines: Vec<String> =
        own.lines().filter(|line| !line.starts_with(&format!("{field} ="))).map(str::to_owned).collect();
    lines.push(format!("{field} = {value}"));
    format!("{before}{head}{}\n\n{rest}", lines.join("\n"))
}

fn line_of(clock: &str) -> usize {
    let id = format!("id = \"{clock}\"");
    Deadlines::embedded_text().lines().position(|line| line == id).unwrap()
}

#[test]
fn the_embedded_pack_has_a_term_for_every_clock() {
    let pack = Deadlines::embedded();
    assert_eq!((pack.id(), pack.effective_from()), ("deadlines-2026.1", day("2026-04-01")));
    assert_eq!(pack.rules().count(), Clock::ALL.len());
    let term = |clock: Clock| {
        let rule = pack.rule(clock).unwrap();
        (rule.count, rule.unit, rule.extension)
    };
    // Domain brief 7.7 and 2.3.
    for (clock, expected) in [
        (Clock::ObjectionReceipt, (1, Unit::WorkingDays, 0)),
        (Clock::ObjectionAccept, (3, Unit::WorkingDays, 0)),
        (Clock::ObjectionPlatform, (1, Unit::WorkingDays, 0)),
        (Clock::ObjectionSource, (5, Unit::WorkingDays, 5)),
        (Clock::ObjectionOuter, (20, Unit::CalendarDays, 0)),
        (Clock::AppealAccept, (3, Unit::WorkingDays, 0)),
        (Clock::AppealDecide, (10, Unit::WorkingDays, 10)),
        (Clock::Reconsideration, (60, Unit::CalendarDays, 0)),
        (Clock::RepairAgency, (3, Unit::WorkingDays, 0)),
        (Clock::RepairAnswer, (10, Unit::WorkingDays, 10)),
        (Clock::RepairSync, (1, Unit::WorkingDays, 0)),
        (Clock::RepairRescore, (0, Unit::CalendarDays, 0)),
        (Clock::RepairZone, (5, Unit::WorkingDays, 0)),
        (Clock::ListHearing, (5, Unit::WorkingDays, 0)),
        (Clock::ListDecide, (10, Unit::WorkingDays, 0)),
        (Clock::WatchExpiry, (90, Unit::CalendarDays, 90)),
        (Clock::AlertTriage, (2, Unit::WorkingDays, 0)),
        (Clock::AlertVerify, (10, Unit::WorkingDays, 0)),
        (Clock::AlertRecheck, (30, Unit::CalendarDays, 0)),
        (Clock::ServiceDeemed, (5, Unit::WorkingDays, 0)),
    ] {
        assert_eq!(term(clock), expected, "{clock:?}");
    }
}

#[test]
fn a_wrong_pack_is_refused_with_file_line_and_field() {
    let line = line_of("alert_triage");
    for (field, value, what) in [
        ("count", "401", "alert_triage: 401 is above 400"),
        ("count", "0", "alert_triage: only calendar days that do not roll can be 0, the same day"),
        ("rolls", "false", "alert_triage: a term in working days ends on one"),
        ("extension", "500", "alert_triage: 500 is above 400"),
        ("remind", "500", "alert_triage: 500 is above 400"),
        ("within", "\"alert_triage\"", "alert_triage: alert_triage is no outer bound"),
        ("within", "\"objection_source\"", "alert_triage: objection_source is no outer bound"),
        ("runs_from", "\"service\"", "alert_triage: starts with a step that posts no notice"),
        ("basis_en", "\" \"", "alert_triage: is empty"),
    ] {
        let expected = format!("x.toml:{line}: {field}: {what}");
        assert_eq!(faults(&with("alert_triage", field, value)), [expected]);
    }
    let source = faults(&with("objection_source", "extension", "0"));
    let line = line_of("objection_source");
    let what = "extension: objection_source: the machines lengthen it, by how much?";
    assert_eq!(source, [format!("x.toml:{line}: {what}")]);
    let twice = Deadlines::embedded_text().replace("id = \"alert_triage\"", "id = \"alert_verify\"");
    let found = faults(&twice);
    assert!(found.iter().any(|fault| fault.contains("id: alert_verify: appears twice")), "{found:?}");
    assert!(found.contains(&"x.toml:1: clock: alert_triage has no rule".to_owned()), "{found:?}");
    // What is no TOML of this form is named by the parser, with line and field.
    for (field, value) in [("unit", "\"weeks\""), ("mark", "\"sure\""), ("colour", "1"), ("within", "\"x\"")]
    {
        let found = faults(&with("alert_triage", field, value));
        let text = found.first().unwrap();
        assert!(text.starts_with("x.toml: TOML parse error at line") && text.contains(field), "{text}");
    }
    let service = faults(&with("service_deemed", "runs_from", "\"service\""));
    assert!(
        service.contains(&"x.toml:1: unit: service_deemed: working days from the step".to_owned()),
        "{service:?}"
    );
    let id = Deadlines::embedded_text().replace("deadlines-2026.1", "x");
    assert!(faults(&id).first().unwrap().starts_with("x.toml:1: id: "));
    let long = " ".repeat(FILE_BYTES_MAX + 1);
    assert!(matches!(Deadlines::parse("x.toml", &long), Err(PackError::TooLarge { .. })));
}
