//! Each way a receipt can be wrong, refused with its own error.

use ed25519_dalek::SigningKey;
use ledger::checkpoint::CheckpointError;
use ledger::commitment::CommitmentError;
use ledger::entry::{DigestKind, Entry};
use ledger::label::LabelError;
use ledger::merkle::{MerkleError, inclusion_proof};
use ledger::note::{KeyKind, Signer};
use ledger::receipt::{LabelClaim, SealProof, StateClaim, Status, Subject};
use ledger::receipt::{MAX_RECEIPT_BYTES, Part, Receipt, ReceiptError};
use ledger::state::StateProofError;
use ledger::texts::Lang;
use ledger::verify::{ListReport, VerifyError, verify, verify_receipt, verify_status};

use crate::fixture;

/// Changes a good receipt and gives the refusal; also that it can be said in both languages.
fn refusal(change: impl FnOnce(&mut Receipt)) -> VerifyError {
    let mut receipt = fixture::receipt();
    change(&mut receipt);
    let error = verify(receipt, &fixture::policy()).unwrap_err();
    assert!(!error.text(Lang::Zh).is_ascii());
    assert_eq!(error.text(Lang::En), error.to_string());
    error
}

/// Changes the text of a good receipt and gives the refusal.
fn text_refusal(from: &str, to: &str) -> ReceiptError {
    let json = fixture::receipt().to_json().unwrap();
    assert!(json.contains(from), "{from} is not in the receipt");
    match verify_receipt(json.replacen(from, to, 1).as_bytes(), &fixture::policy()) {
        Err(VerifyError::Receipt(error)) => {
            assert!(!error.text(Lang::Zh).is_ascii() && !error.text(Lang::En).is_empty());
            error
        }
        other => panic!("{from} -> {to}: {other:?}"),
    }
}

#[test]
fn forged_signatures() {
    let forged =
        |at: usize| move |receipt: &mut Receipt| receipt.proof.checkpoint.signatures[at].signature[9] ^= 1;
    assert_eq!(refusal(forged(0)), VerifyError::BadSignature(fixture::ORIGIN.into()));
    assert_eq!(refusal(forged(1)), VerifyError::BadSignature("w1.example/witness".into()));
    assert_eq!(
        refusal(|receipt| receipt.proof.checkpoint.signatures.swap(1, 2)),
        VerifyError::SignatureOrder
    );
    assert_eq!(
        refusal(|receipt| {
            let line = receipt.proof.checkpoint.signatures[0].clone();
            receipt.proof.checkpoint.signatures.insert(0, line);
        }),
        VerifyError::SignatureOrder
    );
    assert_eq!(
        refusal(|receipt| {
            receipt.proof.checkpoint.signatures.remove(0);
        }),
        VerifyError::NotSignedByLog(fixture::ORIGIN.into())
    );
    let next = Signer::new(fixture::ORIGIN, KeyKind::Ed25519, SigningKey::from_bytes(&[9; 32])).unwrap();
    assert_eq!(
        refusal(|receipt| {
            let note = &mut receipt.proof.checkpoint;
            note.signatures[0] = next.sign(&note.text, 0);
        }),
        VerifyError::NotSignedByLog(fixture::ORIGIN.into()),
        "another key under the log's name proves nothing"
    );
    let stranger =
        Signer::new("s.example/s", KeyKind::CosignatureV1, SigningKey::from_bytes(&[9; 32])).unwrap();
    assert_eq!(
        refusal(|receipt| {
            let note = &mut receipt.proof.checkpoint;
            note.signatures.push(stranger.sign(&note.text, 1));
        }),
        VerifyError::UnknownSignature("s.example/s".into())
    );
}

#[test]
fn other_logs_and_checkpoints() {
    assert_eq!(
        refusal(|receipt| {
            let signer =
                Signer::new("o.example/log", KeyKind::Ed25519, SigningKey::from_bytes(&[9; 32])).unwrap();
            let mut checkpoint = fixture::checkpoint();
            checkpoint.origin = "o.example/log".into();
            receipt.proof.checkpoint = checkpoint.sign(&signer);
        }),
        VerifyError::UnknownLog("o.example/log".into())
    );
    assert_eq!(
        refusal(|receipt| receipt.proof.checkpoint.text.push_str("extension\n")),
        VerifyError::Checkpoint(CheckpointError::Lines)
    );
    assert_eq!(
        refusal(|receipt| {
            let mut larger = fixture::checkpoint();
            larger.root[0] ^= 1;
            receipt.proof.checkpoint = larger.sign(&fixture::log());
        }),
        VerifyError::Inclusion(MerkleError::RootMismatch)
    );
    assert_eq!(refusal(|receipt| receipt.proof.extra = Some(vec![1])), VerifyError::Extra);
}

#[test]
fn another_entry_or_place() {
    let mismatch = VerifyError::Inclusion(MerkleError::RootMismatch);
    assert_eq!(refusal(|receipt| receipt.entry.env_mut().unwrap().at_ms += 1), mismatch);
    assert_eq!(refusal(|receipt| receipt.proof.index = 1), mismatch);
    assert_eq!(
        refusal(|receipt| receipt.proof.index = 5),
        VerifyError::Inclusion(MerkleError::IndexOutOfRange { index: 5, size: 5 })
    );
    assert_eq!(
        refusal(|receipt| receipt.proof.hashes.push([0; 32])),
        VerifyError::Inclusion(MerkleError::ProofLength { expected: 3, found: 4 })
    );
}

#[test]
fn other_fields() {
    let refused = |change: fn(&mut ledger::commitment::Disclosure)| {
        refusal(|receipt| change(receipt.disclosure.as_mut().unwrap()))
    };
    let commitment = VerifyError::Commitment;
    assert_eq!(
        refused(|shown| shown.fields[1].value = b"A+".to_vec()),
        commitment(CommitmentError::Mismatch)
    );
    assert_eq!(refused(|shown| shown.fields[1].salt[0] ^= 1), commitment(CommitmentError::Mismatch));
    assert_eq!(refused(|shown| shown.fields.swap(1, 2)), commitment(CommitmentError::Order));
    assert_eq!(refused(|shown| shown.count += 1), commitment(CommitmentError::Count));
    assert_eq!(
        refused(|shown| {
            shown.fields.remove(0);
        }),
        commitment(CommitmentError::CountField)
    );
    assert_eq!(refused(|shown| shown.fields[3].position = 8), commitment(CommitmentError::Position));
    assert_eq!(refused(|shown| shown.hidden.push([0; 32])), commitment(CommitmentError::ProofLength));
    assert_eq!(
        refusal(|receipt| {
            receipt.entry = Entry::Digest { kind: DigestKind::AccessLog, day: 2, digest: [3; 32] };
            receipt.proof.index = 1;
            receipt.proof.hashes = inclusion_proof(&fixture::leaves(), 1).unwrap();
        }),
        VerifyError::NoCommitment
    );
}

#[test]
fn another_spelling() {
    let json = fixture::receipt().to_json().unwrap();
    assert_eq!(text_refusal("\"version\": 2", "\"version\": 3"), ReceiptError::Version(3));
    assert_eq!(text_refusal("\"version\": 2", "\"version\":  2"), ReceiptError::NotCanonical);
    assert_eq!(text_refusal("\"AA\"", "\"\\u0041A\""), ReceiptError::NotCanonical);
    assert_eq!(
        text_refusal("{\n        \"text\": \"AA\"", "{\n        \"hex\": \"4141\""),
        ReceiptError::NotCanonical
    );
    assert_eq!(text_refusal("00ff07", "00FF07"), ReceiptError::NotCanonical);
    assert_eq!(text_refusal("00ff07", "00fg07"), ReceiptError::Value(3));
    assert_eq!(text_refusal("\"abab", "\"ABab"), ReceiptError::ScorecardDigest);
    assert_eq!(text_refusal("\"salt\": \"", "\"salt\": \"0"), ReceiptError::Salt(0));
    assert_eq!(
        text_refusal("\"hidden\": [\n      \"", "\"hidden\": [\n      \"A"),
        ReceiptError::HiddenHash(0)
    );
    assert_eq!(text_refusal("\"entry\": \"", "\"entry\": \"-"), ReceiptError::EntryBase64);
    assert!(matches!(text_refusal("\"entry\": \"A", "\"entry\": \"B"), ReceiptError::Entry(_)));
    assert!(matches!(text_refusal("tlog-proof@v1", "tlog-proof@v2"), ReceiptError::Proof(_)));
    assert!(matches!(
        text_refusal("\"state_proof\": {", "\"state_proof\": 1, \"x\": {"),
        ReceiptError::Json(_)
    ));
    assert!(matches!(text_refusal("\"state_proof\"", "\"note\": 1, \"state_proof\""), ReceiptError::Json(_)));
    assert!(matches!(
        text_refusal("\"version\": 2", "\"version\": 2, \"version\": 2"),
        ReceiptError::Json(_)
    ));
    assert!(matches!(text_refusal("\"vrf\": ", "\"vfr\": "), ReceiptError::Json(_)));
    for (key, part) in [
        ("seal", Part::Seal),
        ("seal_proof", Part::SealProof),
        ("value", Part::StateValue),
        ("state", Part::StateProof),
        ("vrf", Part::LabelProof),
        ("genesis", Part::Genesis),
        ("genesis_proof", Part::GenesisProof),
    ] {
        let (from, to) = (format!("\"{key}\": \""), format!("\"{key}\": \"-"));
        assert_eq!(text_refusal(&from, &to), ReceiptError::Part(part), "{key}");
    }
    assert_eq!(Receipt::parse(json.trim_end().as_bytes()), Err(ReceiptError::NotCanonical));
    assert_eq!(
        Receipt::parse(&vec![b' '; MAX_RECEIPT_BYTES + 1]),
        Err(ReceiptError::TooLong(MAX_RECEIPT_BYTES + 1))
    );
    let bare =
        Receipt { disclosure: None, state: None, label: None, ..fixture::receipt() }.to_json().unwrap();
    let half =
        bare.replace("\"commitment_proof\": null", "\"commitment_proof\": {\"fields\": 8, \"hidden\": []}");
    assert_eq!(Receipt::parse(half.as_bytes()), Err(ReceiptError::HalfDisclosure));
}

#[test]
fn a_wrong_place_in_the_state_map() {
    let state = |change: fn(&mut SealProof, &mut StateClaim)| {
        refusal(|receipt| {
            let (seal, claim) = receipt.state.as_mut().unwrap();
            change(seal, claim);
        })
    };
    assert_eq!(state(|seal, _| seal.hashes[0][0] ^= 1), VerifyError::NotTheSeal);
    assert_eq!(state(|seal, _| seal.seal.body.state_root = [0; 32]), VerifyError::NotTheSeal);
    assert_eq!(state(|_, claim| claim.proof.siblings[0][0] ^= 1), VerifyError::State(StateProofError::Root));
    assert_eq!(state(|_, claim| claim.value = None), VerifyError::State(StateProofError::Root));
    assert_eq!(
        state(|_, claim| claim.value = Some(vec![1])),
        VerifyError::State(StateProofError::Root),
        "a value that is not in the map is refused before it is read"
    );
}

#[test]
fn the_label_of_another_enterprise() {
    let label = |change: fn(&mut LabelClaim)| refusal(|receipt| change(receipt.label.as_mut().unwrap()));
    assert_eq!(
        label(|claim| claim.uscc = "91511500MA6200001X".into()),
        VerifyError::Label(LabelError::Wrong)
    );
    assert_eq!(label(|claim| claim.proof[79] ^= 1), VerifyError::Label(LabelError::Wrong));
    assert_eq!(label(|claim| claim.hashes[0][0] ^= 1), VerifyError::Genesis);
    assert_eq!(label(|claim| claim.genesis.label_key = [9; 32]), VerifyError::Genesis);
    let another = refusal(|receipt| {
        let claim = receipt.label.as_mut().unwrap();
        claim.uscc = "91511500MA6200001X".into();
        claim.proof = fixture::label_key().prove(&claim.uscc).unwrap().1;
    });
    assert_eq!(another, VerifyError::Subject);
    // The code in the shown field must be that of the label.
    let shown = refusal(|receipt| {
        let statement = fixture::statement_of("91511500MA6200001X");
        let Entry::Rating { env, .. } = &mut receipt.entry else { panic!("a rating") };
        env.commitment = statement.commitment(&fixture::salt());
        receipt.disclosure = Some(statement.disclose(&fixture::salt(), |_| true));
    });
    assert!(matches!(shown, VerifyError::Inclusion(_)), "the entry is not the one in the log: {shown:?}");
}

#[test]
fn a_status_answers_only_what_it_proves() {
    let policy = fixture::policy();
    let json = fixture::status().to_json().unwrap();
    let report = verify_status(json.as_bytes(), &policy).unwrap();
    assert_eq!(report.rating, Some(Some(fixture::rating_state())));
    let list = |is_public| ListReport { list: 3, is_public, state: None };
    assert_eq!(report.lists, [list(true), list(false)]);
    assert!(report.is_final());
    assert!(Status::is_named_in(json.as_bytes()));
    assert!(!Status::is_named_in(fixture::receipt().to_json().unwrap().as_bytes()));
    let refused = |change: fn(&mut Status)| {
        let mut status = fixture::status();
        change(&mut status);
        verify_status(status.to_json().unwrap().as_bytes(), &policy).unwrap_err()
    };
    assert_eq!(refused(|status| status.proof.index = 2), VerifyError::NotTheSeal);
    assert_eq!(
        refused(|status| status.rating.as_mut().unwrap().value = None),
        VerifyError::State(StateProofError::Root)
    );
    assert_eq!(
        refused(|status| {
            status.lists[0].claim.value = Some(vec![1, 0]);
            status.lists[0].claim.proof.other = None;
        }),
        VerifyError::State(StateProofError::Root)
    );
    let changed = refused(|status| {
        let Subject::Labelled(label) = &mut status.subject else { unreachable!() };
        label.proof[79] ^= 1;
    });
    assert_eq!(changed, VerifyError::Label(LabelError::Wrong));
    let hidden = refused(|status| status.subject = Subject::Code(status.subject.uscc().to_owned()));
    assert_eq!(hidden, VerifyError::LabelMissing);
    assert_eq!(refused(|status| status.proof.extra = Some(vec![1])), VerifyError::Extra);
}
