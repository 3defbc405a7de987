#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]

use super::*;

/// A policy of witnesses a to d, without keys that matter; `rest` groups them.
fn policy(rest: &str) -> Policy {
    use ed25519_dalek::SigningKey;
    use ledger::note::{KeyKind, Vkey};
    let mut text = String::new();
    for (seed, name) in (1..).zip(["a", "b", "c", "d"]) {
        let key = SigningKey::from_bytes(&[seed; 32]).verifying_key();
        let vkey = Vkey::new(&format!("{name}.example"), KeyKind::CosignatureV1, key).unwrap();
        text.push_str(&format!("witness {name} {vkey} http://{name}.example\n"));
    }
    format!("{text}{rest}").parse().unwrap()
}

fn state(published: u64, sizes: [u64; 4]) -> State {
    let witnesses = sizes.map(|size| WitnessState { size, ..WitnessState::default() }).to_vec();
    State { published, target: 0, target_since: Instant::now(), witnesses }
}

#[test]
fn a_later_cosignature_counts_for_earlier_sizes() {
    let two = policy("group g 2 a b c d\nquorum g\n");
    for (sizes, expected) in [
        ([0, 0, 0, 0], 0),
        ([90, 0, 0, 0], 0),
        ([90, 50, 0, 0], 50),
        ([90, 50, 70, 0], 70),
        ([90, 90, 90, 90], 90),
        ([90, 100, 0, 0], 90),
    ] {
        assert_eq!(final_size(&two, &state(100, sizes)), expected, "{sizes:?}");
    }
    assert_eq!(final_size(&two, &state(80, [90, 90, 70, 70])), 70, "no further than what is published");
    assert_eq!(final_size(&policy("quorum none\n"), &state(100, [90; 4])), 0);
    assert_eq!(final_size(&policy("quorum b\n"), &state(100, [90, 20, 90, 90])), 20);
}

#[test]
fn groups_of_groups_decide() {
    let zone = policy("group customs 1 a b\ngroup fx any c d\ngroup both all customs fx\nquorum both\n");
    for (sizes, expected) in
        [([90, 90, 0, 0], 0), ([0, 0, 90, 90], 0), ([90, 0, 0, 60], 60), ([10, 80, 60, 70], 70)]
    {
        assert_eq!(final_size(&zone, &state(100, sizes)), expected, "{sizes:?}");
    }
}

#[test]
fn one_checkpoint_is_asked_for_until_the_quorum_has_it() {
    let two = policy("group g 2 a b c d\nquorum g\n");
    let finality = Finality {
        state: Mutex::new(state(10, [0; 4])),
        changed: Condvar::new(),
        final_size: AtomicU64::new(0),
        note_size: AtomicU64::new(0),
        count: AtomicU64::new(0),
    };
    let (long, stop) = (Duration::from_secs(600), AtomicBool::new(false));
    let next = |witness| finality.next_target(&two, witness, long, &stop);
    assert_eq!(next(0), Some(10));
    finality.publish(20);
    assert_eq!(next(1), Some(10), "the round is not over");
    finality.lock().witnesses[0].size = 10;
    assert_eq!(next(1), Some(10));
    finality.lock().witnesses[1].size = 10;
    assert_eq!((next(0), next(3)), (Some(20), Some(20)), "those behind come to the new one too");
    finality.publish(30);
    assert_eq!(finality.next_target(&two, 2, Duration::ZERO, &stop), Some(30), "a round has an end");
    stop.store(true, Ordering::Relaxed);
    assert_eq!(next(0), None);
    assert!(!finality.pause(long, &stop));
}

#[test]
fn a_lag_is_alarmed_once() {
    let two = policy("group g 2 a b c d\nquorum g\n");
    let finality = Finality {
        state: Mutex::new(state(10, [10, 4, 10, 10])),
        changed: Condvar::new(),
        final_size: AtomicU64::new(0),
        note_size: AtomicU64::new(0),
        count: AtomicU64::new(0),
    };
    assert!(finality.watch(&two, 1_000, 60_000).is_empty());
    assert!(finality.watch(&two, 60_999, 60_000).is_empty());
    let alarm = Alarm { name: "b".into(), lag: 6, behind_ms: 60_000 };
    assert_eq!(finality.watch(&two, 61_000, 60_000), [alarm]);
    assert!(finality.watch(&two, 90_000, 60_000).is_empty());
    let status = finality.status(&two);
    let (b, c) = (status.get(1).unwrap(), status.get(2).unwrap());
    assert_eq!((b.lag, b.behind_ms, c.lag, c.behind_ms), (6, 89_000, 0, 0));
    finality.lock().witnesses[1].size = 10;
    assert!(finality.watch(&two, 91_000, 60_000).is_empty());
    finality.publish(11);
    assert!(finality.watch(&two, 92_000, 60_000).is_empty(), "the time begins anew");
    assert_eq!(finality.watch(&two, 152_000, 60_000).len(), 4);
}
