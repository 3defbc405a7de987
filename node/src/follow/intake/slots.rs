//! How many uploads there may be at once, in all and from one address: each holds memory for one package.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Mutex, PoisonError};

/// Uploads at once; each holds 2 MiB at most.
pub const UPLOADS_MAX: usize = 32;
/// Uploads at once from one address. Behind a proxy all come from its address: let it count.
pub const UPLOADS_PER_PEER_MAX: usize = 8;

/// Who uploads.
#[derive(Debug, Default)]
pub(super) struct Slots(Mutex<HashMap<Option<IpAddr>, usize>>);

/// The right to upload, until it is dropped.
pub(super) struct Slot<'a> {
    slots: &'a Slots,
    peer: Option<IpAddr>,
}

impl Slots {
    /// A slot for this address, if one is free.
    pub(super) fn take(&self, peer: Option<IpAddr>) -> Option<Slot<'_>> {
        let mut taken = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let all: usize = taken.values().sum();
        let own = taken.get(&peer).copied().unwrap_or(0);
        if all >= UPLOADS_MAX || own >= UPLOADS_PER_PEER_MAX {
            return None;
        }
        taken.insert(peer, own.saturating_add(1));
        Some(Slot { slots: self, peer })
    }
}

impl Drop for Slot<'_> {
    fn drop(&mut self) {
        let mut taken = self.slots.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(own) = taken.get_mut(&self.peer) {
            *own = own.saturating_sub(1);
            if *own == 0 {
                taken.remove(&self.peer);
            }
        }
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;

    #[test]
    fn one_address_cannot_take_all_and_a_slot_comes_back() {
        let slots = Slots::default();
        let peer = |last: u8| Some(IpAddr::from([10, 0, 0, last]));
        let mut held: Vec<Slot<'_>> =
            (0..UPLOADS_PER_PEER_MAX).map(|_| slots.take(peer(1)).unwrap()).collect();
        assert!(slots.take(peer(1)).is_none());
        for other in 2..=4 {
            held.extend((0..UPLOADS_PER_PEER_MAX).map(|_| slots.take(peer(other)).unwrap()));
        }
        assert!(slots.take(peer(9)).is_none() && held.len() == UPLOADS_MAX);
        held.clear();
        assert!(slots.take(peer(1)).is_some());
        assert!(slots.0.lock().unwrap().is_empty());
    }
}
