//! No byte of a receipt can be changed, added or taken away.

use std::sync::LazyLock;

use ledger::policy::Policy;
use ledger::receipt::Receipt;
use ledger::verify::{verify_receipt, verify_status};
use proptest::prelude::*;

use crate::fixture;

/// Making a receipt signs and hashes a lot, so it is made once.
static GOOD: LazyLock<Vec<u8>> = LazyLock::new(|| fixture::receipt().to_json().unwrap().into_bytes());
static POLICY: LazyLock<Policy> = LazyLock::new(fixture::policy);

fn accepted(bytes: &[u8]) -> bool {
    verify_receipt(bytes, &POLICY).is_ok()
}

#[test]
fn every_single_change_is_refused() {
    let good = &*GOOD;
    assert!(accepted(good));
    for place in 0..=good.len() {
        for inserted in [good.get(place).copied().unwrap_or(b'\n'), b' ', b'A'] {
            let mut bad = good.clone();
            bad.insert(place, inserted);
            assert!(!accepted(&bad), "accepted: byte {inserted} inserted at {place}");
        }
        let Some(byte) = good.get(place) else { continue };
        let mut bad = good.clone();
        bad.remove(place);
        assert!(!accepted(&bad), "accepted: byte {place} deleted");
        // Bit 5 is the letter case, bit 7 breaks UTF-8.
        for bit in [0, 1, 5, 7] {
            bad = good.clone();
            bad[place] = byte ^ (1 << bit);
            assert!(!accepted(&bad), "accepted: bit {bit} of byte {place}");
        }
        bad[place] = byte.wrapping_add(1);
        assert!(!accepted(&bad), "accepted: byte {place} plus one");
    }
}

/// A changed status is refused, or what it says is true as well: the proof that one key is absent may serve for
/// another that is.
#[test]
fn every_change_of_a_status_is_refused_or_true() {
    let good = fixture::status().to_json().unwrap().into_bytes();
    assert!(verify_status(&good, &POLICY).is_ok());
    for place in 0..good.len() {
        for bit in [0, 1, 3, 5, 7] {
            let mut bad = good.clone();
            bad[place] ^= 1 << bit;
            let Ok(report) = verify_status(&bad, &POLICY) else { continue };
            assert_eq!(report.rating, Some(Some(fixture::rating_state())), "bit {bit} of byte {place}");
            assert!(report.lists.iter().all(|list| list.list != 0 && !list.is_listed()));
        }
    }
}

#[test]
fn every_cut_is_refused() {
    for end in 0..GOOD.len() {
        assert!(!accepted(&GOOD[..end]), "accepted: {end} bytes");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    #[test]
    fn any_replacement_is_refused(place in any::<prop::sample::Index>(), byte in any::<u8>()) {
        let mut bad = GOOD.clone();
        let at = place.index(bad.len());
        bad[at] = byte;
        prop_assert_eq!(accepted(&bad), bad == *GOOD);
    }

    #[test]
    fn two_changes_are_refused(first in any::<prop::sample::Index>(), second in any::<prop::sample::Index>(), bytes in any::<[u8; 2]>()) {
        let mut bad = GOOD.clone();
        let (a, b) = (first.index(bad.len()), second.index(bad.len()));
        bad[a] = bytes[0];
        bad[b] = bytes[1];
        prop_assert_eq!(accepted(&bad), bad == *GOOD);
    }

    #[test]
    fn hostile_bytes_never_panic(bytes in prop::collection::vec(any::<u8>(), 0..400), text in "[\\[\\]{}\":,0-9a-z_ ]{0,200}") {
        prop_assert!(Receipt::parse(&bytes).is_err());
        prop_assert!(Receipt::parse(text.as_bytes()).is_err());
    }
}
