//! Whole cases, and what is refused on the way.

use super::*;

#[test]
fn an_objection_goes_its_way_and_is_reopened_once() {
    let mut story = Story::with_source("2026-11-23");
    assert!(is_disputed(&story.case()) && is_open(&story.case()));
    story.go(Verb::Answer, Role::Source, Some(Outcome::Rejected), "2026-11-26");
    story.go(Verb::Propose, Role::Officer, Some(Outcome::Upheld), "2026-11-26");
    assert_eq!(story.case().proposed(), Some(Outcome::Upheld));
    story.go(Verb::Confirm, Role::Reviewer, Some(Outcome::Upheld), "2026-11-27");
    assert_eq!(story.case().state(), State::Upheld);
    assert!(is_disputed(&story.case()));
    story.go(Verb::Correct, Role::System, None, "2026-11-27");
    assert_eq!(story.case().state(), State::Closed);
    assert!(!is_disputed(&story.case()));
    story.go(Verb::Read, Role::Enterprise, None, "2026-11-28");
    story.go(Verb::Reopen, Role::Enterprise, None, "2026-12-01");
    assert!(!is_disputed(&story.case()), "it is not accepted again so far");
    story.go(Verb::Receive, Role::System, None, "2026-12-01");
    story.go(Verb::Accept, Role::Officer, None, "2026-12-01");
    assert!(is_disputed(&story.case()));
    story.go(Verb::AskSource, Role::Officer, None, "2026-12-01");
    story.go(Verb::Answer, Role::Source, Some(Outcome::Rejected), "2026-12-02");
    story.go(Verb::Propose, Role::Officer, Some(Outcome::Rejected), "2026-12-02");
    story.go(Verb::Confirm, Role::Reviewer, Some(Outcome::Rejected), "2026-12-02");
    let again = full(Verb::Reopen, Role::Enterprise, None, SubjectKind::Record);
    assert_eq!(story.attempt(&again, "2026-12-03"), Err(Refusal::Once { verb: Verb::Reopen, number: 10 }));
    assert_eq!(verify_chain(&story.steps), Ok(()));
}

#[test]
fn a_wrong_transition_is_refused_with_the_allowed_ones_named() {
    let story = Story::with_source("2026-11-23");
    let refusal = story.attempt(&act(Verb::Confirm, Role::Officer), "2026-11-23").unwrap_err();
    let Refusal::NotAllowed { state, own, others, .. } = &refusal else { panic!("{refusal:?}") };
    assert_eq!(*state, State::SourceCheck);
    // Not "note that no answer came": the source has time.
    assert_eq!(own, &[Verb::Extend]);
    assert_eq!(others, &[(Verb::Answer, &[Role::Source][..]), (Verb::Withdraw, &[Role::Enterprise][..])]);
    assert_eq!(
        refusal.zh(),
        "案件处于“来源核查中”，经办人不能“复核确认”。您可以：延期。他人可以：答复（信息来源单位）、撤回（企业）。"
    );
    assert_eq!(
        refusal.en(),
        "The case is \"with the source\"; \"confirm\" is not for the officer now. You may: extend the term. \
         Others may: answer (source of the record), withdraw (enterprise)."
    );
    // The right verb in the wrong role.
    let refusal = story.attempt(&act(Verb::Answer, Role::Enterprise), "2026-11-23").unwrap_err();
    assert_eq!(refusal.code(), "case_not_allowed");
    assert!(refusal.en().contains("You may: withdraw."), "{}", refusal.en());
}

#[test]
fn everything_that_is_missing_is_named() {
    let story = Story::of(Kind::Objection, SubjectKind::Record);
    let refusal = story.attempt(&act(Verb::Submit, Role::Enterprise), "2026-11-23").unwrap_err();
    let missing = vec![Missing::Reason, Missing::Subject(&[SubjectKind::Record])];
    assert_eq!(refusal, Refusal::Incomplete { verb: Verb::Submit, missing });
    assert_eq!(refusal.zh(), "“提交”还缺：理由、所涉记录。");
    // Blanks are no reason, an indicator no record.
    let mut blank = full(Verb::Submit, Role::Enterprise, None, SubjectKind::Indicator);
    blank.reason = Some(" \n".to_owned());
    assert_eq!(story.attempt(&blank, "2026-11-23"), Err(refusal));
    let source = Story::with_source("2026-11-23");
    let answer = full(Verb::Answer, Role::Source, None, SubjectKind::Record);
    let refusal = source.attempt(&answer, "2026-11-23").unwrap_err();
    assert_eq!(refusal.zh(), "“答复”还缺：结果（异议成立、异议不成立、无法核实）。");
    let wrong = full(Verb::Answer, Role::Source, Some(Outcome::Granted), SubjectKind::Record);
    assert_eq!(source.attempt(&wrong, "2026-11-23"), Err(refusal));
    let outcome = full(Verb::Extend, Role::Source, Some(Outcome::Upheld), SubjectKind::Record);
    assert_eq!(source.attempt(&outcome, "2026-11-23"), Err(Refusal::NoOutcome { verb: Verb::Extend }));
}

#[test]
fn who_proposed_does_not_confirm_and_confirms_nothing_else() {
    let story = Story::proposed("2026-11-23", Outcome::Rejected);
    let mut confirm = full(Verb::Confirm, Role::Reviewer, Some(Outcome::Rejected), SubjectKind::Record);
    // The officer is a reviewer too, elsewhere.
    confirm.actor.id = Role::Officer.code().to_owned();
    let refusal = story.attempt(&confirm, "2026-11-24").unwrap_err();
    let roles: &[Role] = &[Role::Reviewer];
    assert_eq!(refusal, Refusal::OtherPerson { verb: Verb::Confirm, done: Verb::Propose, roles });
    let case = story.case();
    assert_eq!(case.allowed(&confirm.actor, at("2026-11-24"), &rules()), []);
    confirm.actor.id = "another".to_owned();
    let offers = case.allowed(&confirm.actor, at("2026-11-24"), &rules());
    assert_eq!(offers.iter().map(|offer| offer.verb).collect::<Vec<_>>(), [Verb::Confirm, Verb::SendBack]);
    let brings = vec![Missing::Reason, Missing::Outcome(vec![Outcome::Rejected])];
    assert_eq!(offers.first().unwrap(), &Offer { verb: Verb::Confirm, brings, binds: true });
    confirm.outcome = Some(Outcome::Upheld);
    let proposed = Some(Outcome::Rejected);
    assert_eq!(story.attempt(&confirm, "2026-11-24"), Err(Refusal::NotAsProposed { proposed }));
    confirm.outcome = proposed;
    assert!(story.attempt(&confirm, "2026-11-24").is_ok());
}

#[test]
fn a_second_writer_reads_the_case_again() {
    let story = Story::with_source("2026-11-23");
    let mut answer = full(Verb::Answer, Role::Source, Some(Outcome::Upheld), SubjectKind::Record);
    answer.seen = Some(3);
    assert_eq!(story.attempt(&answer, "2026-11-24"), Err(Refusal::Stale { seen: 3, at: 4 }));
    answer.seen = Some(4);
    assert_eq!(story.attempt(&answer, "2026-11-24").unwrap().number, 5);
    let early = story.attempt(&answer, "2026-11-22");
    assert_eq!(early, Err(Refusal::BeforeLastStep { last: at("2026-11-23") }));
}

#[test]
fn the_source_has_its_time_and_is_given_more_once() {
    let mut story = Story::with_source("2026-11-23");
    let silence = full(Verb::NoteSilence, Role::Officer, None, SubjectKind::Record);
    let end = day("2026-11-30");
    let early = Refusal::TooEarly { verb: Verb::NoteSilence, clock: Clock::ObjectionSource, end };
    assert_eq!(story.attempt(&silence, "2026-11-30"), Err(early));
    assert_eq!(story.attempt(&silence, "2026-12-01").unwrap().to, State::Checked);
    let extend = full(Verb::Extend, Role::Source, None, SubjectKind::Record);
    let late = Refusal::TooLate { verb: Verb::Extend, clock: Clock::ObjectionSource, end: Some(end) };
    assert_eq!(story.attempt(&extend, "2026-12-01"), Err(late));
    story.go(Verb::Extend, Role::Source, None, "2026-11-30");
    let view = story.view(Clock::ObjectionSource, "2026-11-30");
    assert_eq!((view.end.date, view.extended), (day("2026-12-07"), 5));
    let again = story.attempt(&extend, "2026-12-01");
    assert_eq!(again, Err(Refusal::Once { verb: Verb::Extend, number: 5 }));
}

#[test]
fn an_appeal_stays_the_consequences_until_its_decision_is_posted() {
    let mut story = Story::of(Kind::Appeal, SubjectKind::Rating);
    assert!(!stays_consequences(&story.case()));
    story.go(Verb::Submit, Role::Enterprise, None, "2026-11-23");
    assert!(stays_consequences(&story.case()) && !is_disputed(&story.case()));
    story.go(Verb::Accept, Role::Officer, None, "2026-11-24");
    story.go(Verb::Recompute, Role::System, Some(Outcome::Maintained), "2026-11-24");
    story.go(Verb::Contest, Role::Enterprise, None, "2026-11-25");
    story.go(Verb::Propose, Role::Officer, Some(Outcome::Changed), "2026-11-26");
    story.go(Verb::SendBack, Role::Reviewer, None, "2026-11-26");
    story.go(Verb::Propose, Role::Officer, Some(Outcome::Maintained), "2026-11-27");
    story.go(Verb::Confirm, Role::Reviewer, Some(Outcome::Maintained), "2026-11-27");
    assert!(stays_consequences(&story.case()));
    story.go(Verb::Notify, Role::System, None, "2026-11-27");
    assert!(!stays_consequences(&story.case()) && is_open(&story.case()));
}

#[test]
fn nobody_is_entered_unheard() {
    let mut story = Story::of(Kind::ListEntry, SubjectKind::Entry);
    story.go(Verb::Propose, Role::Officer, None, "2026-09-18");
    story.go(Verb::Notify, Role::Officer, None, "2026-09-21");
    let end = full(Verb::EndHearing, Role::System, None, SubjectKind::Entry);
    // Posted on Monday the 21st, deemed served on the 29th (the 25th is a holiday), five working days from there.
    let unread = story.view(Clock::ListHearing, "2026-09-21");
    assert!(unread.end.provisional);
    assert_eq!(unread.due.service.unwrap().on, day("2026-09-29"));
    assert_eq!(unread.end.date, day("2026-10-12"));
    let refusal = story.attempt(&end, "2026-10-12").unwrap_err();
    assert_eq!(refusal.code(), "case_too_early");
    assert!(story.attempt(&end, "2026-10-13").is_ok());
    // Read at once, the term is shorter, and certain.
    story.go(Verb::Read, Role::Enterprise, None, "2026-09-22");
    let read = story.view(Clock::ListHearing, "2026-09-22");
    assert_eq!(
        (read.runs_from, read.end.date, read.end.provisional),
        (day("2026-09-22"), day("2026-09-30"), false)
    );
    let twice = full(Verb::Read, Role::Enterprise, None, SubjectKind::Entry);
    assert_eq!(story.attempt(&twice, "2026-09-22"), Err(Refusal::NothingToRead));
    story.go(Verb::State, Role::Enterprise, None, "2026-09-23");
    let mut decide = full(Verb::Decide, Role::Reviewer, Some(Outcome::Enter), SubjectKind::Entry);
    decide.actor.id = Role::Officer.code().to_owned();
    assert_eq!(story.attempt(&decide, "2026-09-23").unwrap_err().code(), "case_other_person");
    story.go(Verb::Decide, Role::Reviewer, Some(Outcome::Enter), "2026-09-23");
    story.go(Verb::Serve, Role::System, None, "2026-09-23");
    let deem = full(Verb::DeemServed, Role::System, None, SubjectKind::Entry);
    assert_eq!(story.attempt(&deem, "2026-09-24").unwrap_err().code(), "case_too_early");
    story.go(Verb::Read, Role::Enterprise, None, "2026-09-24");
    // Ninety days, no rolling; renewed once, by two people.
    assert_eq!(story.view(Clock::WatchExpiry, "2026-09-24").end.date, day("2026-12-23"));
    story.go(Verb::ProposeRenewal, Role::Officer, None, "2026-12-20");
    story.go(Verb::Extend, Role::Reviewer, None, "2026-12-21");
    assert_eq!(story.view(Clock::WatchExpiry, "2026-12-21").end.date, day("2027-03-23"));
    story.go(Verb::ProposeRenewal, Role::Officer, None, "2027-01-20");
    let renew = full(Verb::Extend, Role::Reviewer, None, SubjectKind::Entry);
    assert_eq!(story.attempt(&renew, "2027-01-20").unwrap_err().code(), "case_once");
    story.go(Verb::Expire, Role::System, None, "2027-03-24");
    assert!(!is_open(&story.case()));
    assert_eq!(story.case().state(), State::Expired);
}

#[test]
fn limits_hold() {
    let story = Story::of(Kind::Objection, SubjectKind::Record);
    let mut long = full(Verb::Submit, Role::Enterprise, None, SubjectKind::Record);
    long.reason = Some("x".repeat(TEXT_BYTES_MAX + 1));
    let expected = Refusal::TooLong { what: "reason", max: TEXT_BYTES_MAX };
    assert_eq!(story.attempt(&long, "2026-11-23"), Err(expected));
    long.reason = Some("x".repeat(TEXT_BYTES_MAX));
    assert!(story.attempt(&long, "2026-11-23").is_ok());
    long.attachments = vec![Digest::of(b""); ATTACHMENTS_MAX + 1];
    assert_eq!(story.attempt(&long, "2026-11-23").unwrap_err().code(), "case_too_long");
}
