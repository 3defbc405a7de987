//! What a good receipt proves, and what it leaves open.

use ledger::policy::Policy;
use ledger::receipt::Receipt;
use ledger::texts::{Lang, step_name};
use ledger::verify::{Finding, Outcome, Reason, ScoreCheck, VerifyError, verify, verify_receipt};

use crate::fixture;

#[test]
fn every_step_says_what_it_proves() {
    let json = fixture::receipt().to_json().unwrap();
    let report = verify_receipt(json.as_bytes(), &fixture::policy()).unwrap();
    let expected = [
        Outcome::Proven(Finding::Fields { shown: 3, of: 7 }),
        Outcome::Proven(Finding::Leaf { index: 2 }),
        Outcome::Proven(Finding::Included { index: 2, size: 5 }),
        Outcome::Proven(Finding::LogSigned { origin: fixture::ORIGIN.into() }),
        Outcome::Proven(Finding::Quorum { cosigned: vec!["w1".into(), "w3".into()] }),
        Outcome::Proven(Finding::Latest { uscc: fixture::USCC.into(), size: 5, sealed_ms: 1 }),
        Outcome::NotProven(Reason::ScoreNotChecked),
    ];
    assert_eq!(report.steps, expected);
    assert!(report.is_final());
    assert_eq!(report.cosigned[1].time, 1_793_000_013);
    assert_eq!(report.receipt.disclosure.as_ref().unwrap().value(3), Some(b"AA".as_slice()));
    assert_eq!(report.receipt.scorecard_digest(), Some(&[0xab; 32]));
    for (number, step) in (1..).zip(&report.steps) {
        for lang in [Lang::Zh, Lang::En] {
            assert!(!step_name(number, lang).is_empty() && !step.text(lang).is_empty());
        }
    }
}

#[test]
fn what_is_not_shown_is_not_proven() {
    let receipt = Receipt { disclosure: None, ..fixture::receipt() };
    let json = receipt.to_json().unwrap();
    let report = verify_receipt(json.as_bytes(), &fixture::policy()).unwrap();
    assert_eq!(report.steps[0], Outcome::NotProven(Reason::NothingDisclosed));
}

#[test]
fn too_few_witnesses_are_named_and_not_final() {
    for (witnesses, names) in [(vec![], vec![]), (vec![2], vec!["w2".to_owned()])] {
        let receipt = Receipt { proof: fixture::proof(fixture::signed(&witnesses)), ..fixture::receipt() };
        let report = verify(receipt, &fixture::policy()).unwrap();
        assert_eq!(report.steps[4], Outcome::NotProven(Reason::QuorumMissing { cosigned: names }));
        assert!(!report.is_final());
    }
}

#[test]
fn a_bare_log_key_is_a_policy_without_quorum() {
    let policy = Policy::of_log(fixture::log().vkey().clone()).unwrap();
    let bare = Receipt { proof: fixture::proof(fixture::signed(&[])), ..fixture::receipt() };
    let report = verify(bare, &policy).unwrap();
    assert_eq!(report.steps[4], Outcome::NotProven(Reason::NoQuorumAsked));
    assert_eq!(
        verify(fixture::receipt(), &policy),
        Err(VerifyError::UnknownSignature("w1.example/witness".into()))
    );
    let mut kept = fixture::receipt();
    kept.proof.checkpoint = policy.keep_known(&kept.proof.checkpoint);
    assert!(verify(kept, &policy).is_ok());
}

#[test]
fn while_two_log_keys_sign_either_is_enough() {
    let next = ed25519_dalek::SigningKey::from_bytes(&[9; 32]);
    let next = ledger::note::Signer::new(fixture::ORIGIN, ledger::note::KeyKind::Ed25519, next).unwrap();
    let mut receipt = fixture::receipt();
    let note = &mut receipt.proof.checkpoint;
    note.signatures.insert(0, next.sign(&note.text, 0));
    assert!(verify(receipt.clone(), &fixture::policy()).unwrap().is_final());
    receipt.proof.checkpoint.signatures.truncate(2);
    for vkey in [next.vkey(), fixture::log().vkey()] {
        assert!(verify(receipt.clone(), &Policy::of_log(vkey.clone()).unwrap()).is_ok());
    }
}

#[test]
fn the_score_is_checked_by_the_caller() {
    let mut report = verify(fixture::receipt(), &fixture::policy()).unwrap();
    let differs = ScoreCheck::Differs { recorded: "92.5".into(), computed: "80".into() };
    let refused = report.check_score(|_| differs).unwrap_err();
    assert_eq!(refused.text(Lang::En), "the score recomputes to 80, recorded is 92.5");
    report.check_score(|_| ScoreCheck::NotDisclosed).unwrap();
    assert_eq!(report.steps[6], Outcome::NotProven(Reason::ScoreNotDisclosed));
    report.check_score(|_| ScoreCheck::ScorecardNotAtHand).unwrap();
    assert_eq!(report.steps[6], Outcome::NotProven(Reason::ScorecardNotAtHand));
    report
        .check_score(|receipt| {
            assert_eq!(receipt, &fixture::receipt());
            ScoreCheck::Recomputes
        })
        .unwrap();
    assert_eq!(report.steps[6], Outcome::Proven(Finding::ScoreRecomputes));
}
