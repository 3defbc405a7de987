//! Related enterprises that are themselves listed (ruling C8).

use chrono::NaiveDate;

use super::{list_in_force, pack};
use crate::facts::Relative;
use crate::records::{ListCode, Listing, Registration, Status};

/// How close two enterprises are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Relation {
    None,
    Weak,
    Strong,
}

/// Bad: an in-force list row of V1–V3 or customs_dishonest, or a revoked or rescinded registration; never
/// a grade, so that no enterprise is judged by another's rating (ruling C8).
#[must_use]
pub fn is_bad(relative: &Relative, as_of: NaiveDate) -> bool {
    status_is_bad(relative.registration.status) || bad_listings(relative, as_of).next().is_some()
}

/// The in-force list rows that make it bad.
pub fn bad_listings(relative: &Relative, as_of: NaiveDate) -> impl Iterator<Item = &Listing> {
    relative.listings.iter().filter(move |listing| is_bad_list(listing) && list_in_force(listing, as_of))
}

fn status_is_bad(status: Status) -> bool {
    matches!(
        status,
        Status::RevokedNotCancelled | Status::RevokedAndCancelled | Status::RegistrationRescinded
    )
}

fn is_bad_list(listing: &Listing) -> bool {
    pack::V1_LISTS.contains(&listing.list)
        || matches!(
            listing.list,
            ListCode::CustomsSeriouslyDishonest | ListCode::JudgmentDefaulter | ListCode::CustomsDishonest
        )
}

/// Strong = same legal representative and (same phone or same address); weak = same legal representative
/// only, or same address and phone. Empty texts are never "the same" (ruling C8).
#[must_use]
pub fn relation(own: &Registration, other: &Registration) -> Relation {
    let person = same(Some(&own.legal_representative), Some(&other.legal_representative));
    let phone = same(own.phone.as_ref(), other.phone.as_ref());
    let address = same(own.address.as_ref(), other.address.as_ref());
    match (person, phone, address) {
        (true, true, _) | (true, _, true) => Relation::Strong,
        (true, false, false) | (false, true, true) => Relation::Weak,
        (false, _, _) => Relation::None,
    }
}

/// Whether two belong to one group: one person at one address or telephone, or one address and telephone. The name of a
/// person alone, which is a weak relation, is no tie: many people share one.
#[must_use]
pub fn is_tied(own: &Registration, other: &Registration) -> bool {
    let place =
        same(own.phone.as_ref(), other.phone.as_ref()) && same(own.address.as_ref(), other.address.as_ref());
    relation(own, other) == Relation::Strong || place
}

fn same(left: Option<&String>, right: Option<&String>) -> bool {
    match (left.map(|text| text.trim()), right.map(|text| text.trim())) {
        (Some(left), Some(right)) => !left.is_empty() && left == right,
        _ => false,
    }
}
