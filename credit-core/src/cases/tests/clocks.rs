//! When clocks are due.

use super::super::clocks::term_end;
use super::super::service::service;
use super::*;
use crate::calendar::Deadline;

fn fixed(text: &str) -> Deadline {
    Deadline { date: day(text), provisional: false }
}

#[test]
fn the_vectors_of_the_law_hold() {
    for (start, count, end) in [
        ("2026-09-18", 10, "2026-10-09"),
        ("2026-02-13", 10, "2026-03-05"),
        ("2026-04-30", 3, "2026-05-08"),
        ("2026-09-30", 3, "2026-10-10"),
        ("2025-09-26", 10, "2025-10-16"),
        ("2025-12-31", 3, "2026-01-06"),
        ("2026-11-23", 10, "2026-12-07"),
    ] {
        let found = term_end(WorkingDays::embedded(), day(start), count, Unit::WorkingDays, true);
        assert_eq!(found, fixed(end), "{start} + {count}");
    }
    let calendar = WorkingDays::embedded();
    let term = |start, count, unit, rolls| term_end(calendar, day(start), count, unit, rolls).date;
    // Months end on the day or the month's last; a holiday moves the end, unless the term does not roll.
    assert_eq!(term("2026-01-31", 1, Unit::Months, true), day("2026-02-28"), "a Saturday of work");
    assert_eq!(term("2026-07-01", 3, Unit::Months, true), day("2026-10-08"));
    assert_eq!(term("2026-07-01", 3, Unit::Months, false), day("2026-10-01"));
    assert_eq!(term("2026-09-11", 20, Unit::CalendarDays, true), day("2026-10-08"));
    assert_eq!(term("2026-09-11", 20, Unit::CalendarDays, false), day("2026-10-01"));
    assert_eq!(term("2026-10-01", 0, Unit::CalendarDays, false), day("2026-10-01"));
}

#[test]
fn national_day_lies_across_an_objection() {
    // Submitted, accepted and with the source on the last day before the holidays.
    let story = Story::with_source("2026-09-30");
    let view = |clock| story.view(clock, "2026-09-30");
    assert_eq!(view(Clock::ObjectionReceipt).end, fixed("2026-10-08"));
    assert_eq!(view(Clock::ObjectionAccept).end, fixed("2026-10-10"));
    assert_eq!(view(Clock::ObjectionSource).end, fixed("2026-10-13"));
    assert_eq!(view(Clock::ObjectionOuter).end, fixed("2026-10-20"));
    let mut appeal = Story::of(Kind::Appeal, SubjectKind::Rating);
    appeal.go(Verb::Submit, Role::Enterprise, None, "2026-09-18");
    appeal.go(Verb::Accept, Role::Officer, None, "2026-09-18");
    assert_eq!(appeal.view(Clock::AppealDecide, "2026-09-18").end, fixed("2026-10-09"));
    assert_eq!(appeal.view(Clock::AppealAccept, "2026-09-18").state, ClockState::Met);
}

#[test]
fn the_earlier_of_inner_and_outer_bound_counts_and_both_are_shown() {
    let mut story = Story::of(Kind::Objection, SubjectKind::Record);
    story.go(Verb::Submit, Role::Enterprise, None, "2026-09-11");
    story.go(Verb::Receive, Role::System, None, "2026-09-14");
    story.go(Verb::Accept, Role::Officer, None, "2026-09-16");
    story.go(Verb::AskSource, Role::Officer, None, "2026-09-22");
    let early = story.view(Clock::ObjectionSource, "2026-09-22");
    assert_eq!(early.due.own, fixed("2026-09-30"));
    assert_eq!(early.due.outer, Some((Clock::ObjectionOuter, fixed("2026-10-08"))));
    assert_eq!(early.end, fixed("2026-09-30"));
    story.go(Verb::Extend, Role::Source, None, "2026-09-24");
    let longer = story.view(Clock::ObjectionSource, "2026-09-24");
    assert_eq!(longer.due.own, fixed("2026-10-13"));
    assert_eq!(longer.end, fixed("2026-10-08"));
}

#[test]
fn a_duty_is_reminded_of_then_overdue_then_escalated_and_met_late() {
    let mut story = Story::with_source("2026-11-23");
    let state = |story: &Story, date| story.view(Clock::ObjectionSource, date).state;
    assert_eq!(state(&story, "2026-11-26"), ClockState::Running);
    assert_eq!(state(&story, "2026-11-27"), ClockState::Reminder, "Friday before the Monday");
    assert_eq!(state(&story, "2026-11-30"), ClockState::Reminder);
    // Overdue at once, escalated on the next working day: here they fall together.
    assert_eq!(state(&story, "2026-12-01"), ClockState::Escalated);
    let friday = Story::with_source("2026-11-20");
    assert_eq!(friday.view(Clock::ObjectionSource, "2026-11-28").state, ClockState::Overdue);
    assert!(friday.view(Clock::ObjectionSource, "2026-11-28").is_overdue());
    assert_eq!(friday.view(Clock::ObjectionSource, "2026-11-30").state, ClockState::Escalated);
    story.go(Verb::Answer, Role::Source, Some(Outcome::Upheld), "2026-12-02");
    let met = story.view(Clock::ObjectionSource, "2026-12-20");
    assert_eq!((met.state, met.stopped_on), (ClockState::MetLate, Some(day("2026-12-02"))));
    assert!(!met.is_running() && !met.is_overdue());
    // A window is over, and nobody owes anything.
    let mut returned = Story::of(Kind::Appeal, SubjectKind::Rating);
    returned.go(Verb::Submit, Role::Enterprise, None, "2026-11-23");
    returned.go(Verb::Return, Role::Officer, None, "2026-11-23");
    assert_eq!(returned.view(Clock::AppealMend, "2027-01-20").state, ClockState::Over);
    returned.go(Verb::Lapse, Role::System, None, "2027-01-20");
    assert_eq!(returned.view(Clock::AppealMend, "2027-01-21").state, ClockState::Ended);
}

#[test]
fn the_board_has_what_is_overdue_the_worst_first() {
    let (first, second) = (Story::with_source("2026-11-20"), Story::with_source("2026-11-19"));
    let mut done = Story::with_source("2026-11-16");
    done.go(Verb::Answer, Role::Source, Some(Outcome::Upheld), "2026-11-18");
    let cases = [("a", &first), ("b", &second), ("c", &done)];
    let cases = cases.map(|(id, story)| Case { id, kind: story.kind, steps: &story.steps });
    let board = overdue_board(&cases, WorkingDays::embedded(), at("2026-11-28"));
    let found: Vec<_> = board.iter().map(|(id, view)| (id.as_str(), view.clock, view.state)).collect();
    let expected = [
        ("b", Clock::ObjectionSource, ClockState::Escalated),
        ("a", Clock::ObjectionSource, ClockState::Overdue),
    ];
    assert_eq!(found, expected);
    assert_eq!(overdue_board(&cases, WorkingDays::embedded(), at("2026-11-26")), []);
}

#[test]
fn a_worker_knows_when_to_look_again() {
    let story = Story::with_source("2026-11-23");
    let views = clocks_of(&story.steps, WorkingDays::embedded(), at("2026-11-23"));
    let next = |today: &str| next_change(&views, day(today));
    // The reminder of the Friday, the end of the Monday, then the outer bound: 14 December, three days before.
    assert_eq!(next("2026-11-23"), Some(day("2026-11-27")));
    assert_eq!(next("2026-11-27"), Some(day("2026-12-01")));
    assert_eq!(next("2026-12-01"), Some(day("2026-12-09")));
    assert_eq!(next("2026-12-15"), None);
    assert_eq!(next_change(&[], day("2026-12-15")), None);
}

#[test]
fn the_calendar_that_comes_later_moves_what_runs_and_nothing_that_is_met() {
    let mut newer = WorkingDays::embedded().clone();
    // Fictitious: the first two weeks of January off.
    let notice = "[[year]]\nyear = 2027\noff = [\"01-01\", \"01-04\", \"01-05\", \"01-06\", \"01-07\", \"01-08\"]\nwork = []";
    newer.extend(WorkingDays::parse("notice", notice).unwrap());
    let mut story = Story::with_source("2026-12-29");
    let source = |story: &Story, calendar: &WorkingDays| {
        let views = clocks_of(&story.steps, calendar, at("2027-01-05"));
        views.into_iter().find(|view| view.clock == Clock::ObjectionSource).unwrap()
    };
    let before = source(&story, WorkingDays::embedded()).end;
    assert_eq!(before, Deadline { date: day("2027-01-06"), provisional: true });
    assert_eq!(source(&story, &newer).end, fixed("2027-01-13"));
    story.go(Verb::Answer, Role::Source, Some(Outcome::Upheld), "2027-01-05");
    assert_eq!(source(&story, &newer).end, before);
    assert_eq!(source(&story, &newer).state, ClockState::Met);
}

#[test]
fn a_notice_is_served_when_read_or_five_working_days_after() {
    let calendar = WorkingDays::embedded();
    let served = |read: Option<&str>, now: &str| {
        let found = service(at("2026-09-30"), read.map(at), 5, calendar, at(now));
        (found.on, found.read, found.provisional)
    };
    assert_eq!(served(None, "2026-09-30"), (day("2026-10-13"), false, true));
    assert_eq!(served(None, "2026-10-13"), (day("2026-10-13"), false, false));
    assert_eq!(served(Some("2026-10-03"), "2026-10-03"), (day("2026-10-03"), true, false));
    assert_eq!(served(Some("2026-10-13"), "2026-10-13"), (day("2026-10-13"), true, false));
    // Read after it was deemed served: the earlier day counts.
    assert_eq!(served(Some("2026-10-14"), "2026-10-14"), (day("2026-10-13"), false, false));
    assert!(service(at("2026-12-30"), None, 5, calendar, at("2027-02-01")).provisional);
}
