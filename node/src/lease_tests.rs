//! The lease over a row in memory, with a clock that the tests move.
#![expect(clippy::unwrap_used, clippy::panic, reason = "tests")]

use super::*;
use std::sync::atomic::{AtomicU64, Ordering};

#[derive(Default)]
struct Memory {
    row: Mutex<Option<Lease>>,
    now_ms: AtomicU64,
    waits: AtomicU64,
}

impl Memory {
    fn pass(&self, time: Duration) {
        self.now_ms.fetch_add(millis(time), Ordering::Relaxed);
    }
}

impl LeaseRow for Memory {
    fn look(&self) -> Result<Look, TipError> {
        Ok(Look { lease: self.row.lock().unwrap().clone(), now_ms: self.now_ms.load(Ordering::Relaxed) })
    }

    fn swap(&self, expected: Option<&Lease>, new: &Lease) -> Result<bool, TipError> {
        let mut row = self.row.lock().unwrap();
        let is_expected = row.as_ref() == expected;
        if is_expected {
            *row = Some(new.clone());
        }
        Ok(is_expected)
    }

    fn await_writers(&self) -> Result<(), TipError> {
        self.waits.fetch_add(1, Ordering::Relaxed);
        Ok(())
    }
}

fn two() -> (Arc<Memory>, Candidate, Candidate) {
    let row = Arc::new(Memory::default());
    let candidate = |name: &str| Candidate::new(row.clone(), name, format!("http://{name}/ledger"));
    let (one, other) = (candidate("one"), candidate("other"));
    (row, one, other)
}

fn taken(taking: Taking) -> Lease {
    match taking {
        Taking::Taken(lease) => lease,
        Taking::Held(lease) | Taking::RunOut(lease) => panic!("held by {lease:?}"),
    }
}

#[test]
fn a_lease_is_taken_once_and_renewed() {
    let (row, one, other) = two();
    let lease = taken(one.take(7).unwrap());
    assert_eq!((lease.epoch, lease.expires_at_ms), (8, millis(LEASE_TTL)), "above the tip row's epoch");
    for _ in 0..10 {
        row.pass(LEASE_RENEW);
        assert!(one.renew().unwrap());
        assert!(matches!(other.take(7).unwrap(), Taking::Held(held) if held.url == "http://one/ledger"));
    }
    assert!(!other.renew().unwrap(), "nobody renews what is not his");
}

#[test]
fn a_lease_that_ran_out_is_taken_after_the_grace() {
    let (row, one, other) = two();
    taken(one.take(0).unwrap());
    row.pass(LEASE_TTL);
    assert!(matches!(other.take(0).unwrap(), Taking::RunOut(_)));
    assert_eq!(row.waits.load(Ordering::Relaxed), 1, "whoever waits for the write lock has his turn first");
    assert!(matches!(other.take(0).unwrap(), Taking::RunOut(_)));
    row.pass(LEASE_GRACE);
    assert_eq!(taken(other.take(0).unwrap()).epoch, 2);
    assert!(!one.renew().unwrap());
    assert!(!one.renew().unwrap(), "and never again");
    // Its old holder does not free it either.
    one.release().unwrap();
    assert!(other.renew().unwrap());
}

#[test]
fn a_late_renewal_within_the_grace_keeps_the_lease() {
    let (row, one, other) = two();
    taken(one.take(0).unwrap());
    row.pass(LEASE_TTL);
    assert!(matches!(other.take(0).unwrap(), Taking::RunOut(_)));
    assert!(one.renew().unwrap());
    row.pass(LEASE_GRACE);
    assert!(matches!(other.take(0).unwrap(), Taking::Held(_)));
    row.pass(LEASE_TTL);
    assert!(matches!(other.take(0).unwrap(), Taking::RunOut(_)), "the wait begins anew");
}

#[test]
fn a_restarted_holder_and_a_released_lease_need_no_wait() {
    let (row, one, other) = two();
    assert_eq!(taken(one.take(0).unwrap()).epoch, 1);
    let restarted = Candidate::new(row.clone(), "one", "");
    assert_eq!(taken(restarted.take(0).unwrap()).epoch, 2);
    restarted.release().unwrap();
    row.pass(LEASE_RENEW);
    assert_eq!(taken(other.take(0).unwrap()).epoch, 3);
}

#[test]
fn the_fence_goes_up_only_above_what_is_there() {
    let folder = tempfile::tempdir().unwrap();
    let row = crate::tip::FileTip::new(folder.path().join("tip"));
    assert_eq!(fence(&row, 4).unwrap(), Ok(None));
    let tip = Tip { size: 2, root: [1; 32], epoch: 1 };
    row.swap(None, tip, &[]).unwrap();
    assert_eq!(fence(&row, 4).unwrap(), Ok(Some(Tip { epoch: 4, ..tip })));
    assert_eq!(fence(&row, 4).unwrap(), Err(Tip { epoch: 4, ..tip }));
    assert_eq!(fence(&row, 3).unwrap(), Err(Tip { epoch: 4, ..tip }));
    assert!(!row.swap(Some(tip), Tip { size: 5, ..tip }, &[]).unwrap(), "the old one is shut out");
}

#[test]
fn a_keeper_says_once_that_the_lease_is_lost() {
    let (row, one, _) = two();
    taken(one.take(0).unwrap());
    let (tell, told) = std::sync::mpsc::channel();
    let keeper = LeaseKeeper::start(Arc::new(one), move || tell.send(()).unwrap()).unwrap();
    *row.row.lock().unwrap() =
        Some(Lease { holder: "other".to_owned(), epoch: 9, expires_at_ms: u64::MAX, url: String::new() });
    told.recv_timeout(Duration::from_secs(30)).unwrap();
    drop(keeper);
    assert_eq!(row.row.lock().unwrap().as_ref().unwrap().epoch, 9);
}
