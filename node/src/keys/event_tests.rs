#![expect(clippy::unwrap_used, reason = "tests")]

use super::*;
use ledger::entry::Genesis;
use ledger::keyring::{KeyEventError, KeyRing};

const ORIGIN: &str = "xinji.example/yibin";
const NOW: u64 = 1_795_789_845_123;

fn key(seed: u8) -> SigningKey {
    SigningKey::from_bytes(&[seed; 32])
}

fn vkey(name: &str, seed: u8) -> Vkey {
    Vkey::new(name, KeyKind::Ed25519, key(seed).verifying_key()).unwrap()
}

fn ring() -> KeyRing {
    KeyRing::begin(&Genesis {
        origin: Text::new(ORIGIN).unwrap(),
        types_digest: [0; 32],
        policy_digest: [0; 32],
        log_key: key(2).verifying_key().to_bytes(),
        offline_root_key: key(1).verifying_key().to_bytes(),
        label_key: [0; 32],
        zone: Text::new("yibin").unwrap(),
    })
    .unwrap()
}

fn rotation() -> Paper {
    Paper::propose(Some(&vkey(ORIGIN, 2)), Some(&vkey(ORIGIN, 3)), NOW).unwrap()
}

#[test]
fn a_rotation_goes_from_hand_to_hand() {
    let mut paper = rotation();
    assert_eq!(paper.event(), Err(EventError::OldKeyMissing));
    assert_eq!(paper.sign(&key(2)), Ok(Signed::OldKey));
    assert_eq!(paper.event(), Err(EventError::RootMissing));
    let mut paper = Paper::parse(paper.to_json().unwrap().as_bytes()).unwrap();
    assert_eq!(paper.sign(&key(1)), Ok(Signed::Root));
    assert_eq!(paper.sign(&key(1)), Err(EventError::SignedAlready));
    assert_eq!(paper.sign(&key(4)), Err(EventError::NotTheOldKey));
    assert_eq!(Paper::parse(paper.to_json().unwrap().as_bytes()).unwrap(), paper);
    let mut ring = ring();
    ring.apply(&paper.event().unwrap(), NOW).unwrap();
    assert_eq!(ring.log_key().unwrap(), key(3).verifying_key());
}

#[test]
fn old_and_new_say_what_happens() {
    let author = format!("{ORIGIN}/author/1");
    let mut added = Paper::propose(None, Some(&vkey(&author, 5)), NOW).unwrap();
    assert_eq!(added.sign(&key(1)), Ok(Signed::Root));
    let mut ring = ring();
    ring.apply(&added.event().unwrap(), NOW).unwrap();
    let mut revoked = Paper::propose(Some(&vkey(&author, 5)), None, NOW).unwrap();
    assert_eq!(revoked.sign(&key(5)), Ok(Signed::OldKey));
    assert_eq!(revoked.event(), Err(EventError::RootMissing));
    assert_eq!(revoked.sign(&key(1)), Ok(Signed::Root));
    assert!(revoked.describe(None).contains("has signed, and the signature is right"));
    ring.apply(&revoked.event().unwrap(), NOW).unwrap();
    assert_eq!(ring.author(1), None);
    assert_eq!(Paper::propose(None, None, NOW), Err(EventError::NoKey));
    let other = Paper::propose(Some(&vkey(ORIGIN, 2)), Some(&vkey(&author, 3)), NOW).unwrap_err();
    assert!(matches!(other, EventError::OtherName { .. }));
    let witness = Vkey::new(ORIGIN, KeyKind::CosignatureV1, key(3).verifying_key()).unwrap();
    assert!(matches!(Paper::propose(None, Some(&witness), NOW), Err(EventError::Kind(_))));
}

#[test]
fn a_wrong_root_is_refused_by_the_ring() {
    let mut paper = rotation();
    paper.sign(&key(2)).unwrap();
    paper.sign(&key(9)).unwrap();
    assert!(matches!(ring().apply(&paper.event().unwrap(), NOW), Err(KeyEventError::Signature(_))));
    assert!(paper.describe(Some(&key(1).verifying_key())).contains("WRONG"));
    assert!(paper.describe(Some(&key(9).verifying_key())).contains("has signed, and the signature is right"));
}

#[test]
fn what_a_person_reads_is_what_is_signed() {
    let mut paper = rotation();
    paper.sign(&key(2)).unwrap();
    let text = paper.to_json().unwrap();
    assert!(text.contains(r#""from": "2026-11-27T14:30:45.123Z""#), "{text}");
    for (what, with) in [
        ("14:30:45.123Z", "14:30:46.123Z"),
        ("\"rotate\"", "\"replace\""),
        ("\"xinji_key_event\": 1", "\"xinji_key_event\": 2"),
        ("\"action\"", "\"axtion\""),
        ("\"name\": \"", "\"name\": \" "),
        ("\"key\": \"", "\"key\": \"0"),
    ] {
        let bad = text.replacen(what, with, 1);
        assert_ne!(bad, text, "{what}");
        assert!(Paper::parse(bad.as_bytes()).is_err(), "{with}");
    }
    assert_eq!(Paper::parse(&vec![b' '; EVENT_BYTES_MAX + 1]), Err(EventError::TooLong(EVENT_BYTES_MAX + 1)));
}

#[test]
fn what_is_signed_is_shown() {
    let mut paper = rotation();
    paper.sign(&key(1)).unwrap();
    let expected = "\
This event puts in the place of another the key
  name      xinji.example/yibin
  key       ed4928c628d1c2c6eae90338905995612959273a5c63f93636c14614ac8737d1
  replaces  the key with the SHA-256 ";
    let text = paper.describe(Some(&key(1).verifying_key()));
    assert!(text.starts_with(expected), "{text}");
    assert!(text.contains("\n  old key   has not signed yet\n"), "{text}");
    assert!(text.ends_with("  root      has signed, and the signature is right\n"), "{text}");
}
