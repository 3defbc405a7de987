//! The groups of a merchant's orders that decide each other's marks, as columns by which an index finds them.

use credit_core::records::Order;
use credit_core::trade::marks::{quota_group, waybill_group};
use sha2::{Digest, Sha256};

/// The first bytes of a SHA-256: enough that no two groups share them, whoever chooses tokens and numbers.
pub type GroupKey = [u8; 16];

/// What `orders` keeps of an order's groups.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Groups {
    /// Buyer and calendar year of an import.
    pub quota: Option<GroupKey>,
    /// Carrier and waybill number.
    pub waybill: Option<GroupKey>,
    /// When the waybill was used, milliseconds: shipped, else ordered.
    pub used_at: i64,
}

impl Groups {
    #[must_use]
    pub fn of(order: &Order) -> Self {
        let quota = quota_group(order)
            .map(|(buyer, year)| digest([b"quota".as_slice(), &year.to_be_bytes(), buyer.as_bytes()]));
        let waybill = waybill_group(order).map(|(carrier, number)| {
            let carrier = carrier.as_ref().map_or(&[0; 18][..], |carrier| carrier.as_str().as_bytes());
            digest([b"waybill".as_slice(), carrier, number.as_bytes()])
        });
        Self { quota, waybill, used_at: order.shipped_at.unwrap_or(order.ordered_at).0 }
    }
}

/// All parts but the last have one length each, so that no two lists read the same.
fn digest(parts: [&[u8]; 3]) -> GroupKey {
    let mut hasher = Sha256::new();
    parts.iter().for_each(|part| hasher.update(part));
    let mut key = GroupKey::default();
    key.iter_mut().zip(hasher.finalize()).for_each(|(to, from)| *to = from);
    key
}
