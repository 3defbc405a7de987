#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]

use super::*;
use crate::bounded::{Bytes, Text};
use crate::entry::Entry;
use ed25519_dalek::{Signer as _, SigningKey};
use parity_scale_codec::DecodeAll;
use proptest::prelude::*;

const ORIGIN: &str = "xinji.example/yibin";
const ROOT: u8 = 1;
const LOG: u8 = 2;

fn key(seed: u8) -> SigningKey {
    SigningKey::from_bytes(&[seed; 32])
}

fn public(seed: u8) -> PublicKeyBytes {
    key(seed).verifying_key().to_bytes()
}

fn id(seed: u8) -> Hash {
    key_id(&public(seed))
}

fn genesis() -> Genesis {
    Genesis {
        origin: Text::new(ORIGIN).unwrap(),
        types_digest: [0; 32],
        policy_digest: [0; 32],
        log_key: public(LOG),
        offline_root_key: public(ROOT),
        label_key: [0; 32],
        zone: Text::new("yibin").unwrap(),
    }
}

fn ring() -> KeyRing {
    KeyRing::begin(&genesis()).unwrap()
}

fn change(action: KeyAction, name: &str, new: u8, replaces: Option<u8>, from_ms: u64) -> KeyChange {
    KeyChange {
        action,
        name: Text::new(name).unwrap(),
        kind: 1,
        key: Bytes::new(public(new).to_vec()).unwrap(),
        replaces: replaces.map(id),
        from_ms,
    }
}

fn signed(change: KeyChange, old: Option<u8>, root: u8) -> KeyEvent {
    let bytes = change.signing_bytes();
    let sign = |seed| key(seed).sign(&bytes).to_bytes();
    KeyEvent { old_key_signature: old.map(sign), root_signature: sign(root), change }
}

fn add(name: &str, new: u8, from_ms: u64) -> KeyEvent {
    signed(change(KeyAction::Add, name, new, None, from_ms), None, ROOT)
}

fn rotate(name: &str, old: u8, new: u8, from_ms: u64) -> KeyEvent {
    signed(change(KeyAction::Rotate, name, new, Some(old), from_ms), Some(old), ROOT)
}

fn revoke(name: &str, seed: u8, from_ms: u64) -> KeyEvent {
    signed(change(KeyAction::Revoke, name, seed, None, from_ms), None, ROOT)
}

/// The event is refused and leaves the ring as it was.
#[track_caller]
fn refused(ring: &mut KeyRing, event: &KeyEvent, at_ms: u64) -> KeyEventError {
    let before = ring.clone();
    let error = ring.apply(event, at_ms).unwrap_err();
    assert_eq!(*ring, before);
    error
}

fn signers(ring: &KeyRing) -> Vec<PublicKeyBytes> {
    ring.checkpoint_keys().iter().map(|vkey| vkey.key().to_bytes()).collect()
}

fn other_name(expected: &str, found: &str) -> KeyEventError {
    KeyEventError::OtherName { expected: expected.to_owned(), found: found.to_owned() }
}

#[test]
fn a_log_begins_with_one_key() {
    let ring = ring();
    assert_eq!(ring.log_key().unwrap().to_bytes(), public(LOG));
    assert_eq!(signers(&ring), [public(LOG)]);
    assert_eq!(ring.checkpoint_keys()[0].name(), ORIGIN);
    assert_eq!(ring.root().unwrap().to_bytes(), public(ROOT));
    assert_eq!(ring.author(0), None);
    assert_eq!(ring.author(1), None);
    let state = KeyState { kind: 1, from_ms: 0, revoked_ms: None };
    assert_eq!(ring.states().collect::<Vec<_>>(), [(id(LOG), state)]);
    assert_eq!(KeyRing::decode_all(&mut ring.encode().as_slice()).unwrap(), ring);
}

#[test]
fn a_weak_key_begins_no_log() {
    // The neutral point, and bytes that are no point.
    let mut neutral = [0; 32];
    neutral[0] = 1;
    let no_point = [2; 32];
    for bad in [neutral, no_point] {
        let begin = |genesis: &Genesis| KeyRing::begin(genesis).map(|_| ());
        assert_eq!(begin(&Genesis { log_key: bad, ..genesis() }), Err(KeyEventError::LogKey));
        assert_eq!(begin(&Genesis { offline_root_key: bad, ..genesis() }), Err(KeyEventError::RootKey));
        let mut change = change(KeyAction::Add, &author_name(ORIGIN, 1), 3, None, 5);
        change.key = Bytes::new(bad.to_vec()).unwrap();
        assert_eq!(refused(&mut ring(), &signed(change, None, ROOT), 5), KeyEventError::WeakKey);
    }
}

#[test]
fn without_a_root_no_key_changes() {
    let mut ring = KeyRing::begin(&Genesis { offline_root_key: [0; 32], ..genesis() }).unwrap();
    assert_eq!(ring.root(), None);
    assert_eq!(refused(&mut ring, &rotate(ORIGIN, LOG, 3, 5), 5), KeyEventError::NoRoot);
    assert!(KeyEventError::NoRoot.to_string().contains("no offline root"));
}

#[test]
fn a_rotated_log_key_signs_on_until_it_is_revoked() {
    let mut ring = ring();
    assert_eq!(ring.apply(&rotate(ORIGIN, LOG, 3, 10), 12).unwrap().changed, [id(3)]);
    assert_eq!(ring.log_key().unwrap().to_bytes(), public(3));
    assert_eq!(signers(&ring), [public(3), public(LOG)]);
    let state = |from_ms, revoked_ms| Some(KeyState { kind: 1, from_ms, revoked_ms });
    assert_eq!(ring.state_of(&id(3)), state(12, None));
    assert_eq!(ring.state_of(&id(LOG)), state(0, None));
    assert_eq!(ring.apply(&revoke(ORIGIN, LOG, 20), 25).unwrap().changed, [id(LOG)]);
    assert_eq!(signers(&ring), [public(3)]);
    assert_eq!(ring.state_of(&id(LOG)), state(0, Some(25)));
    assert_eq!(ring.all_log_keys().len(), 2);
    // A revoked key never comes back, neither as a new one nor to sign its own return.
    assert_eq!(refused(&mut ring, &rotate(ORIGIN, 3, LOG, 30), 30), KeyEventError::Reused);
    assert_eq!(refused(&mut ring, &rotate(ORIGIN, LOG, 4, 30), 30), KeyEventError::NotInForce);
    assert_eq!(refused(&mut ring, &revoke(ORIGIN, LOG, 30), 30), KeyEventError::NotInForce);
    assert_eq!(refused(&mut ring, &revoke(ORIGIN, 3, 30), 30), KeyEventError::LogKeyInForce);
}

#[test]
fn authors_come_and_go() {
    let (mut ring, one, two) = (ring(), author_name(ORIGIN, 1), author_name(ORIGIN, 2));
    assert_eq!(ring.apply(&add(&one, 3, 1), 1).unwrap().changed, [id(3)]);
    ring.apply(&add(&two, 4, 1), 1).unwrap();
    assert_eq!(ring.author(1).unwrap().to_bytes(), public(3));
    ring.apply(&rotate(&one, 3, 5, 2), 2).unwrap();
    assert_eq!(ring.author(1).unwrap().to_bytes(), public(5));
    assert_eq!(ring.author(2).unwrap().to_bytes(), public(4));
    assert_eq!(signers(&ring), [public(LOG)], "an author signs no checkpoint");
    // The key is lost: revoked without its signature, then a new one.
    ring.apply(&revoke(&one, 5, 3), 3).unwrap();
    assert_eq!(ring.author(1), None);
    ring.apply(&add(&one, 6, 3), 3).unwrap();
    assert_eq!(ring.author(1).unwrap().to_bytes(), public(6));
    assert_eq!(ring.author(2).unwrap().to_bytes(), public(4));
}

/// The first log key's revocation, signed by a key of choice.
fn revocation(signer: u8) -> KeyEvent {
    signed(change(KeyAction::Revoke, ORIGIN, LOG, None, 6), Some(signer), ROOT)
}

#[test]
fn who_must_have_signed() {
    let mut ring = ring();
    let error = |ring: &mut KeyRing, event: KeyEvent| refused(ring, &event, 9);
    let change = |action, replaces| change(action, ORIGIN, 3, replaces, 5);
    let rotation = || change(KeyAction::Rotate, Some(LOG));
    let wrong = |error| KeyEventError::Signature(error);
    assert_eq!(error(&mut ring, signed(rotation(), Some(LOG), LOG)), wrong(AuthorshipError::Root));
    assert_eq!(error(&mut ring, signed(rotation(), Some(3), ROOT)), wrong(AuthorshipError::OldKey));
    assert_eq!(error(&mut ring, signed(rotation(), None, ROOT)), wrong(AuthorshipError::OldKeyMissing));
    let mut author = add(&author_name(ORIGIN, 1), 3, 5);
    author.old_key_signature = Some(author.root_signature);
    assert_eq!(error(&mut ring, author), wrong(AuthorshipError::OldKeyUnexpected));
    let none = change(KeyAction::Rotate, None);
    assert_eq!(error(&mut ring, signed(none, Some(LOG), ROOT)), KeyEventError::ReplacesMissing);
    let both = change(KeyAction::Add, Some(LOG));
    assert_eq!(error(&mut ring, signed(both, None, ROOT)), KeyEventError::ReplacesUnexpected);
    ring.apply(&rotate(ORIGIN, LOG, 3, 5), 9).unwrap();
    assert_eq!(error(&mut ring, revocation(3)), wrong(AuthorshipError::OldKey));
    ring.apply(&revocation(LOG), 9).unwrap();
}

#[test]
fn names_are_those_of_the_log() {
    let mut ring = ring();
    for name in [
        "xinji.example/other",
        "xinji.example/yibin/author/0",
        "xinji.example/yibin/author/01",
        "xinji.example/yibin/author/4294967296",
        "xinji.example/yibin/author/",
        "xinji.example/yibin/witness/1",
        "",
    ] {
        assert_eq!(refused(&mut ring, &add(name, 3, 5), 5), KeyEventError::Name(name.to_owned()));
    }
    let last = author_name(ORIGIN, u32::MAX);
    ring.apply(&add(&last, 3, 5), 5).unwrap();
    assert_eq!(ring.author(u32::MAX).unwrap().to_bytes(), public(3));
    assert_eq!(refused(&mut ring, &add(&last, 4, 5), 5), KeyEventError::NameTaken(last.clone()));
    let taken = KeyEventError::NameTaken(ORIGIN.to_owned());
    assert_eq!(refused(&mut ring, &add(ORIGIN, 4, 5), 5), taken);
    assert_eq!(refused(&mut ring, &rotate(&last, LOG, 4, 5), 5), other_name(ORIGIN, &last));
    assert_eq!(refused(&mut ring, &revoke(ORIGIN, 3, 5), 5), other_name(&last, ORIGIN));
}

#[test]
fn times_go_forward_and_not_beyond_the_block() {
    let (mut ring, one) = (ring(), author_name(ORIGIN, 1));
    let later = KeyEventError::Later { at_ms: 9, from_ms: 10 };
    assert_eq!(refused(&mut ring, &add(&one, 3, 10), 9), later);
    ring.apply(&add(&one, 3, 10), 10).unwrap();
    let earlier = KeyEventError::Earlier { last: 10, found: 9 };
    assert_eq!(refused(&mut ring, &rotate(&one, 3, 4, 9), 20), earlier);
    ring.apply(&rotate(&one, 3, 4, 10), 20).unwrap();
}

#[test]
fn a_key_serves_once_and_for_one_thing() {
    let (mut ring, one) = (ring(), author_name(ORIGIN, 1));
    assert_eq!(refused(&mut ring, &add(&one, ROOT, 5), 5), KeyEventError::Reused);
    assert_eq!(refused(&mut ring, &add(&one, LOG, 5), 5), KeyEventError::Reused);
    let rotation = rotate(ORIGIN, LOG, 3, 5);
    ring.apply(&rotation, 5).unwrap();
    assert_eq!(refused(&mut ring, &rotation, 6), KeyEventError::Reused, "the same event again");
    assert_eq!(refused(&mut ring, &rotate(ORIGIN, LOG, 4, 5), 6), KeyEventError::NotInForce);
    let mut other = change(KeyAction::Add, &one, 4, None, 5);
    other.kind = 6;
    assert_eq!(refused(&mut ring, &signed(other, None, ROOT), 6), KeyEventError::Kind(6));
}

#[test]
fn the_numbers_of_keys_are_limited() {
    let mut ring = ring();
    let mut last = LOG;
    for next in 3..6 {
        ring.apply(&rotate(ORIGIN, last, next, 5), 5).unwrap();
        last = next;
    }
    assert_eq!(signers(&ring).len(), MAX_CHECKPOINT_KEYS);
    assert_eq!(refused(&mut ring, &rotate(ORIGIN, last, 6, 5), 5), KeyEventError::TooManyInOverlap);
    ring.apply(&revoke(ORIGIN, LOG, 5), 5).unwrap();
    ring.apply(&rotate(ORIGIN, last, 6, 5), 5).unwrap();
    let template = ring.keys[0].clone();
    ring.keys.resize(MAX_KEYS, template);
    assert_eq!(refused(&mut ring, &add(&author_name(ORIGIN, 1), 7, 5), 5), KeyEventError::TooMany);
}

/// Ring and event of every action, each of which the ring accepts.
fn accepted() -> Vec<(KeyRing, KeyEvent)> {
    let rotation = rotate(ORIGIN, LOG, 3, 5);
    let mut rotated = ring();
    rotated.apply(&rotation, 9).unwrap();
    vec![
        (ring(), add(&author_name(ORIGIN, 1), 3, 5)),
        (ring(), rotation),
        (rotated.clone(), revoke(ORIGIN, LOG, 6)),
        (rotated, revocation(LOG)),
    ]
}

#[test]
fn every_changed_bit_of_an_event_is_refused() {
    for (ring, event) in accepted() {
        assert!(ring.clone().apply(&event, 9).is_ok());
        let bytes = Entry::Key(event).encode();
        for place in 0..bytes.len() {
            for bit in 0..8 {
                let mut bad = bytes.clone();
                bad[place] ^= 1 << bit;
                assert!(is_refused(&ring, &bad), "byte {place} bit {bit}");
            }
        }
    }
}

fn is_refused(ring: &KeyRing, entry: &[u8]) -> bool {
    match Entry::decode_strict(entry) {
        Ok(Entry::Key(event)) => ring.clone().apply(&event, 9).is_err(),
        _ => true,
    }
}

proptest! {
    #[test]
    fn every_changed_event_is_refused(which in 0usize..4, place: prop::sample::Index, bytes: [u8; 4]) {
        let (ring, event) = accepted().swap_remove(which);
        let good = Entry::Key(event).encode();
        let mut bad = good.clone();
        let place = place.index(bad.len());
        for (byte, new) in bad[place..].iter_mut().zip(bytes) {
            *byte = new;
        }
        prop_assert!(bad == good || is_refused(&ring, &bad));
    }

    /// Whatever comes in whatever order: one log key is in force, no revoked key signs, no key returns.
    #[test]
    fn a_ring_stays_whole(steps in prop::collection::vec((0u8..3, 3u8..9, 3u8..9, any::<bool>()), 1..30)) {
        let (mut ring, one) = (ring(), author_name(ORIGIN, 1));
        for (at_ms, (action, old, new, is_log)) in (1u64..).zip(steps) {
            let name = if is_log { ORIGIN } else { one.as_str() };
            let old = if old == 3 && is_log { LOG } else { old };
            let event = match action {
                0 => add(name, new, at_ms),
                1 => rotate(name, old, new, at_ms),
                _ => revoke(name, old, at_ms),
            };
            let before = ring.clone();
            if ring.apply(&event, at_ms).is_err() {
                prop_assert_eq!(&ring, &before);
            }
            prop_assert_eq!(signers(&ring)[0], ring.log_key().unwrap().to_bytes());
            prop_assert!(signers(&ring).len() <= MAX_CHECKPOINT_KEYS);
            let mut ids: Vec<Hash> = ring.states().map(|(id, _)| id).collect();
            for vkey in ring.checkpoint_keys() {
                prop_assert_eq!(ring.state_of(&key_id(vkey.key().as_bytes())).unwrap().revoked_ms, None);
            }
            for (id, state) in before.states() {
                let now = ring.state_of(&id).unwrap();
                prop_assert_eq!(now.from_ms, state.from_ms);
                prop_assert!(state.revoked_ms.is_none() || now.revoked_ms == state.revoked_ms);
            }
            ids.sort_unstable();
            ids.dedup();
            prop_assert_eq!(ids.len(), ring.states().count());
        }
    }
}
