#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]

use parity_scale_codec::Compact;
use proptest::prelude::*;

use super::*;
use crate::header::HeaderBody;

pub(crate) fn env() -> Env {
    Env {
        subject: [1; 32],
        seq: 300,
        previous: [2; 32],
        at_ms: 1_790_000_000_000,
        cause: cause(7, b"content"),
        commitment: [3; 32],
        author: 2,
        signature: Some([4; 64]),
    }
}

fn one_of_each() -> Vec<(u8, Entry)> {
    let seal = HeaderBody::default().sign(&ed25519_dalek::SigningKey::from_bytes(&[1; 32]));
    let genesis = Genesis {
        origin: Text::new("xinji.example/yibin").unwrap(),
        types_digest: [5; 32],
        policy_digest: [6; 32],
        log_key: [7; 32],
        offline_root_key: [8; 32],
        label_key: [9; 32],
        zone: Text::new("yibin").unwrap(),
    };
    let change = KeyChange {
        action: KeyAction::Rotate,
        name: Text::new("xinji.example/yibin").unwrap(),
        kind: 6,
        key: Bytes::new(vec![9; MAX_PUBLIC_KEY_BYTES]).unwrap(),
        replaces: Some([1; 32]),
        from_ms: 1,
    };
    let key = KeyEvent { change, old_key_signature: Some([1; 64]), root_signature: [2; 64] };
    let listing = Listing { list: 1, listed: true, uscc: Some(*b"91511500MA6200000W") };
    let scorecard =
        Entry::Scorecard { id: Text::new("export-2026").unwrap(), digest: [1; 32], effective_day: 20_700 };
    vec![
        (0, Entry::Genesis(genesis)),
        (1, Entry::Rating { env: env(), scorecard_digest: [5; 32] }),
        (2, Entry::Listing { env: env(), listing }),
        (3, scorecard),
        (4, Entry::Key(key)),
        (5, Entry::Statement { env: env(), kind: StatementKind::Consent }),
        (6, Entry::Erasure(env())),
        (7, Entry::Digest { kind: DigestKind::AccessLog, day: 20_700, digest: [1; 32] }),
        (15, Entry::Seal(seal)),
    ]
}

#[test]
fn indices_are_fixed_and_bytes_come_back() {
    for (index, entry) in one_of_each() {
        let bytes = entry.encode_checked().unwrap();
        assert_eq!(bytes[0], index);
        assert_eq!(Entry::decode_strict(&bytes).unwrap(), entry);
    }
    for (bytes, kind) in [(0, StatementKind::CaseDecision), (3, StatementKind::AgencyStatement)] {
        assert_eq!(kind.encode(), [bytes]);
    }
}

#[test]
fn every_entry_fits_its_limit() {
    assert!(Entry::max_encoded_len() <= MAX_ENTRY_BYTES, "{}", Entry::max_encoded_len());
    assert_eq!(
        Entry::decode_strict(&[0; MAX_ENTRY_BYTES + 1]),
        Err(EntryError::TooLong(MAX_ENTRY_BYTES + 1))
    );
}

#[test]
fn a_second_spelling_is_refused() {
    for (_, entry) in one_of_each() {
        let mut bytes = entry.encode();
        bytes.push(0);
        assert!(Entry::decode_strict(&bytes).is_err(), "a trailing byte");
        bytes.truncate(bytes.len() - 2);
        assert!(Entry::decode_strict(&bytes).is_err(), "a missing byte");
    }
    // seq 300 as a four-byte compact instead of a two-byte one.
    let bytes = Entry::Erasure(env()).encode();
    let (compact, longer) = (Compact(300u64).encode(), vec![0xb2, 0x04, 0, 0]);
    let mut second = bytes[..33].to_vec();
    second.extend_from_slice(&longer);
    second.extend_from_slice(&bytes[33 + compact.len()..]);
    assert!(Entry::decode_strict(&second).is_err());
}

#[test]
fn every_bit_of_an_entry_counts() {
    for (_, entry) in one_of_each() {
        let bytes = entry.encode();
        for place in 0..bytes.len() {
            let mut bad = bytes.clone();
            bad[place] ^= 1;
            assert_ne!(Entry::decode_strict(&bad).ok(), Some(entry.clone()), "byte {place}");
        }
    }
}

#[test]
fn the_author_signs_before_the_sequencer_completes() {
    let given = Entry::Statement { env: env(), kind: StatementKind::AgencyStatement };
    let mut sequenced = given.clone();
    let place = sequenced.env_mut().unwrap();
    (place.seq, place.previous, place.at_ms, place.signature) = (9, [9; 32], 9, None);
    assert_eq!(given.author_bytes(), sequenced.author_bytes());
    let mut other = given.clone();
    other.env_mut().unwrap().commitment = [9; 32];
    assert_ne!(given.author_bytes(), other.author_bytes());
    assert_eq!(Entry::Digest { kind: DigestKind::AccessLog, day: 0, digest: [0; 32] }.author_bytes(), None);
}

#[test]
fn entries_of_a_subject_chain() {
    let first = Env { seq: 0, previous: [0; 32], ..env() };
    assert_eq!(first.check_follows(None), Ok(()));
    let hash = Entry::Erasure(first.clone()).leaf_hash();
    let next = Env { seq: 1, previous: hash, ..env() };
    let check = |next: Env| next.check_follows(Some((&first, &hash)));
    assert_eq!(check(next.clone()), Ok(()));
    assert_eq!(check(Env { subject: [9; 32], ..next.clone() }), Err(ChainError::Subject));
    assert_eq!(check(Env { seq: 2, ..next.clone() }), Err(ChainError::Seq { expected: 1, found: 2 }));
    assert_eq!(check(Env { previous: [9; 32], ..next.clone() }), Err(ChainError::Previous));
    let early = ChainError::Time { before: env().at_ms, found: 1 };
    assert_eq!(check(Env { at_ms: 1, ..next.clone() }), Err(early));
    assert_eq!(next.check_follows(None), Err(ChainError::Seq { expected: 0, found: 1 }));
    assert_eq!(Env { previous: hash, ..first.clone() }.check_follows(None), Err(ChainError::Previous));
}

#[test]
fn a_cause_depends_on_row_and_content() {
    assert_eq!(cause(1, b"a"), cause(1, b"a"));
    assert_ne!(cause(1, b"a"), cause(2, b"a"));
    assert_ne!(cause(1, b"a"), cause(1, b"b"));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    #[test]
    fn hostile_bytes_never_panic(bytes in prop::collection::vec(any::<u8>(), 0..400)) {
        if let Ok(entry) = Entry::decode_strict(&bytes) {
            prop_assert_eq!(entry.encode(), bytes);
        }
    }

    #[test]
    fn mutated_entries_never_panic(which in 0usize..9, place in any::<prop::sample::Index>(), value in any::<u8>(), cut in any::<prop::sample::Index>()) {
        let mut bytes = one_of_each()[which].1.encode();
        let at = place.index(bytes.len());
        bytes[at] = value;
        if let Ok(entry) = Entry::decode_strict(&bytes) {
            prop_assert_eq!(entry.encode(), bytes.clone());
        }
        bytes.truncate(cut.index(bytes.len()));
        prop_assert!(Entry::decode_strict(&bytes).is_err());
    }
}
