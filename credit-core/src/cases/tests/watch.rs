//! The watch list's entry as a case makes it, and who begins a case.

use super::*;

/// An entry that took effect when the decision was read on 12 October 2026.
fn entered() -> Story {
    let mut story = Story::of(Kind::ListEntry, SubjectKind::Entry);
    story.go(Verb::Propose, Role::Officer, None, "2026-09-25");
    story.go(Verb::Notify, Role::Officer, None, "2026-09-25");
    story.go(Verb::Waive, Role::Enterprise, None, "2026-09-28");
    let decide = Act {
        actor: actor(Role::Reviewer, "second"),
        ..full(Verb::Decide, Role::Reviewer, Some(Outcome::Enter), story.subject)
    };
    let step = story.attempt(&decide, "2026-09-29").unwrap();
    story.steps.push(step);
    story.go(Verb::Serve, Role::Officer, None, "2026-09-30");
    story
}

fn entry(story: &Story, date: &str) -> Option<WatchEntry> {
    WatchEntry::of(&story.steps, WorkingDays::embedded(), at(date))
}

#[test]
fn an_entry_is_in_force_from_its_service_for_ninety_days() {
    let mut story = entered();
    assert_eq!(entry(&story, "2026-09-30"), None, "decided and posted is not in effect");
    story.go(Verb::Read, Role::Enterprise, None, "2026-10-12");
    let found = entry(&story, "2026-10-12").unwrap();
    assert_eq!((found.effective_on, found.last_day), (day("2026-10-12"), day("2027-01-10")));
    for (date, is_in_force) in
        [("2026-10-11", false), ("2026-10-12", true), ("2027-01-10", true), ("2027-01-11", false)]
    {
        assert_eq!(found.is_in_force(day(date)), is_in_force, "{date}");
    }
    story.go(Verb::ProposeRenewal, Role::Officer, None, "2026-12-28");
    let extend = Act {
        actor: actor(Role::Reviewer, "second"),
        ..full(Verb::Extend, Role::Reviewer, None, story.subject)
    };
    let step = story.attempt(&extend, "2026-12-29").unwrap();
    story.steps.push(step);
    let renewed = entry(&story, "2026-12-29").unwrap();
    assert_eq!((renewed.renewed, renewed.last_day), (true, day("2027-04-10")));
    // What was known before the renewal.
    assert!(story.steps.len() > 2);
    let before: Vec<Step> = story.steps.iter().take(6).cloned().collect();
    assert_eq!(WatchEntry::of(&before, WorkingDays::embedded(), at("2026-12-29")), Some(found));
}

#[test]
fn a_released_entry_is_gone_on_the_day_of_its_release() {
    let mut story = entered();
    story.go(Verb::Read, Role::Enterprise, None, "2026-10-12");
    story.go(Verb::ProposeRelease, Role::Officer, None, "2026-11-02");
    story.go(Verb::Confirm, Role::Reviewer, None, "2026-11-03");
    let found = entry(&story, "2026-11-03").unwrap();
    assert!(found.is_in_force(day("2026-11-02")) && !found.is_in_force(day("2026-11-03")));
}

#[test]
fn an_enterprise_is_told_of_an_entry_by_the_notice_and_of_an_alert_after_it() {
    let mut story = Story::of(Kind::ListEntry, SubjectKind::Entry);
    story.go(Verb::Propose, Role::Officer, None, "2026-09-25");
    assert!(!is_told(&story.case()));
    story.go(Verb::Notify, Role::Officer, None, "2026-09-25");
    assert!(is_told(&story.case()));
    let mut alert = Story::of(Kind::Alert, SubjectKind::Enterprise);
    alert.go(Verb::Raise, Role::System, None, "2026-09-25");
    assert!(!is_told(&alert.case()));
    alert.go(Verb::Drop, Role::Officer, None, "2026-09-25");
    assert!(is_told(&alert.case()));
}

#[test]
fn a_case_is_begun_by_whom_its_table_says() {
    let by = |kind, role, about| machine(kind).opening(role, about).map(|row| row.verb);
    for (kind, role, about, verb) in [
        (Kind::Objection, Role::Enterprise, SubjectKind::Record, Some(Verb::Submit)),
        (Kind::Objection, Role::Officer, SubjectKind::Record, None),
        (Kind::Objection, Role::Enterprise, SubjectKind::Rating, None),
        (Kind::Repair, Role::Enterprise, SubjectKind::Record, Some(Verb::Guide)),
        (Kind::Repair, Role::System, SubjectKind::Record, Some(Verb::FindEligible)),
        (Kind::Repair, Role::Enterprise, SubjectKind::Entry, Some(Verb::Submit)),
        (Kind::ListEntry, Role::Officer, SubjectKind::Entry, Some(Verb::Propose)),
        (Kind::ListEntry, Role::Reviewer, SubjectKind::Entry, None),
        (Kind::Alert, Role::System, SubjectKind::Enterprise, Some(Verb::Raise)),
        (Kind::Alert, Role::Source, SubjectKind::Enterprise, Some(Verb::Raise)),
        (Kind::Dispute, Role::Officer, SubjectKind::Record, Some(Verb::Submit)),
    ] {
        assert_eq!(by(kind, role, about), verb, "{kind:?} {role:?} {about:?}");
    }
}

#[test]
fn what_the_service_does_by_itself_waits_for_a_clock_alone() {
    let of = |kind| machine(kind).by_itself().map(|row| (row.from, row.verb)).collect::<Vec<_>>();
    assert_eq!(
        of(Kind::ListEntry),
        [
            (State::Notified, Verb::EndHearing),
            (State::Served, Verb::DeemServed),
            (State::Effective, Verb::Expire),
            (State::RenewalProposed, Verb::Expire),
            (State::ReleaseProposed, Verb::Expire),
        ]
    );
    assert_eq!(of(Kind::Objection), [(State::Returned, Verb::Lapse), (State::Closed, Verb::Archive)]);
    assert!(of(Kind::Alert).is_empty());
}
