use super::*;

const STEPS: u8 = 2;

fn run(grade: Grade, grade_by_score: Grade) -> PreviousRun {
    PreviousRun { grade, grade_by_score, score: 0, vetoes: Vec::new(), caps: Vec::new() }
}

fn now(grade_by_score: Grade) -> Now {
    Now { grade_by_score, score: 0, vetoes: Vec::new(), caps: Vec::new() }
}

fn quiet(previous: &PreviousRun, now: &Now) -> Decision {
    decide(Some(previous), now, Triggers::default(), None, STEPS)
}

fn at_once(grade: Grade, why: Why) -> Decision {
    Decision { grade, pending_grade: None, why }
}

fn waiting(grade: Grade, pending: Grade, why: Why) -> Decision {
    Decision { grade, pending_grade: Some(pending), why }
}

#[test]
fn a_first_rating_takes_the_band_at_once() {
    for band in Grade::ALL {
        let decision = decide(None, &now(band), Triggers::default(), None, STEPS);
        assert_eq!(decision, at_once(band, Why::FirstRating));
    }
}

#[test]
fn from_n_any_band_holds_at_once_and_n_holds_at_once() {
    assert_eq!(
        quiet(&run(Grade::N, Grade::N), &now(Grade::AAA)),
        at_once(Grade::AAA, Why::PreviouslyUnrated)
    );
    assert_eq!(quiet(&run(Grade::N, Grade::N), &now(Grade::D)), at_once(Grade::D, Why::PreviouslyUnrated));
    assert_eq!(quiet(&run(Grade::AAA, Grade::AAA), &now(Grade::N)), at_once(Grade::N, Why::Unrated));
}

#[test]
fn an_upgrade_needs_two_runs_and_goes_to_the_lower_of_them() {
    let band = now(Grade::AA);
    assert_eq!(
        quiet(&run(Grade::A, Grade::A), &band),
        waiting(Grade::A, Grade::AA, Why::UpgradeAwaitsSecondRun)
    );
    assert_eq!(quiet(&run(Grade::A, Grade::AA), &band), at_once(Grade::AA, Why::UpgradeConfirmed));
    assert_eq!(quiet(&run(Grade::A, Grade::AA), &now(Grade::AAA)), at_once(Grade::AA, Why::UpgradeConfirmed));
    // Below in the previous run: the count starts anew.
    assert_eq!(
        quiet(&run(Grade::A, Grade::BBB), &band),
        waiting(Grade::A, Grade::AA, Why::UpgradeAwaitsSecondRun)
    );
}

#[test]
fn a_downgrade_needs_a_trigger_or_two_runs() {
    let band = now(Grade::A);
    assert_eq!(
        quiet(&run(Grade::AA, Grade::AA), &band),
        waiting(Grade::AA, Grade::A, Why::DowngradeAwaitsSecondRun)
    );
    assert_eq!(quiet(&run(Grade::AA, Grade::A), &band), at_once(Grade::A, Why::DowngradeConfirmed));
    let triggered =
        decide(Some(&run(Grade::AA, Grade::AA)), &band, Triggers { new_record: true }, None, STEPS);
    assert_eq!(triggered, at_once(Grade::A, Why::DowngradeTriggered));
}

#[test]
fn only_the_start_of_a_cap_is_a_trigger() {
    let mut previous = run(Grade::AA, Grade::AA);
    let mut band = now(Grade::A);
    band.caps.push("safe_b".to_owned());
    assert_eq!(quiet(&previous, &band), at_once(Grade::A, Why::DowngradeTriggered));
    previous.caps.push("safe_b".to_owned());
    assert_eq!(quiet(&previous, &band), waiting(Grade::AA, Grade::A, Why::DowngradeAwaitsSecondRun));
}

#[test]
fn a_large_move_waits_for_a_signature_on_the_same_target() {
    let previous = run(Grade::AA, Grade::AA);
    let band = now(Grade::BB);
    let trigger = Triggers { new_record: true };
    let signed = |grade| decide(Some(&previous), &band, trigger, Some(SignOff { grade }), STEPS);
    let waits = waiting(Grade::AA, Grade::BB, Why::AwaitsSignOff);
    assert_eq!(decide(Some(&previous), &band, trigger, None, STEPS), waits);
    assert_eq!(signed(Grade::BBB), waits);
    assert_eq!(signed(Grade::BB), at_once(Grade::BB, Why::SignedOff));
    // A large upgrade waits too, once it is confirmed.
    assert_eq!(
        quiet(&run(Grade::BB, Grade::AA), &now(Grade::AA)),
        waiting(Grade::BB, Grade::AA, Why::AwaitsSignOff)
    );
}

#[test]
fn a_veto_acts_at_once_and_a_cap_to_d_waits() {
    let mut vetoed = now(Grade::D);
    vetoed.vetoes.push("V3".to_owned());
    assert_eq!(quiet(&run(Grade::AAA, Grade::AAA), &vetoed), at_once(Grade::D, Why::Veto));
    let mut capped = now(Grade::D);
    capped.caps.push("customs_dis".to_owned());
    assert_eq!(
        quiet(&run(Grade::AAA, Grade::AAA), &capped),
        waiting(Grade::AAA, Grade::D, Why::AwaitsSignOff)
    );
}

#[test]
fn the_end_of_a_veto_is_an_upgrade_like_any_other() {
    let mut previous = run(Grade::D, Grade::D);
    previous.vetoes.push("V1".to_owned());
    assert_eq!(quiet(&previous, &now(Grade::A)), waiting(Grade::D, Grade::A, Why::UpgradeAwaitsSecondRun));
}

/// Whatever the inputs: the pending grade is never the grade in force, and without a veto, a signature or an N
/// the grade moves by at most one step.
#[test]
fn every_combination_keeps_the_invariants() {
    for in_force in Grade::ALL {
        for earlier in Grade::ALL {
            for band in Grade::ALL {
                for new_record in [false, true] {
                    let previous = run(in_force, earlier);
                    let decision = decide(Some(&previous), &now(band), Triggers { new_record }, None, STEPS);
                    assert_ne!(decision.pending_grade, Some(decision.grade));
                    if let (Some(old), Some(new)) = (in_force.rank(), decision.grade.rank()) {
                        assert!(old.abs_diff(new) < STEPS, "{in_force} {earlier} {band} {decision:?}");
                    }
                    if band == in_force {
                        assert_eq!(decision.grade, band);
                    }
                }
            }
        }
    }
}
