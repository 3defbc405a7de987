//! On which lists an enterprise stands on a day, and when that changes by itself. Pure.

use std::collections::BTreeMap;

use chrono::NaiveDate;
use credit_core::facts::Facts;
use credit_core::records::{Class, Listing};
use credit_core::rules::listing::list_in_force;

use super::lists;

/// The lists on which it stands, by number, each with the entry that has been in force longest.
#[must_use]
pub fn on(listings: &[Listing], day: NaiveDate) -> BTreeMap<u16, &Listing> {
    let mut found: BTreeMap<u16, &Listing> = BTreeMap::new();
    for listing in listings.iter().filter(|listing| list_in_force(listing, day)) {
        let first = found.entry(lists::number(listing.list)).or_insert(listing);
        let key = |one: &Listing| (one.effective_on, one.decision_no.clone());
        if key(listing) < key(first) {
            *first = listing;
        }
    }
    found
}

/// The first day after `day` on which an entry or a class begins or has ended, as far as is known.
#[must_use]
pub fn next_day(facts: &Facts, day: NaiveDate) -> Option<NaiveDate> {
    let listings = facts.listings.iter().flat_map(days_of_listing);
    let classes = facts.classes.iter().flat_map(days_of_class);
    listings.chain(classes).flatten().filter(|other| *other > day).min()
}

fn days_of_listing(listing: &Listing) -> [Option<NaiveDate>; 3] {
    [Some(listing.effective_on), listing.expires_on.and_then(|day| day.succ_opt()), listing.removed_on]
}

fn days_of_class(class: &Class) -> [Option<NaiveDate>; 3] {
    [Some(class.valid_from), class.valid_to.and_then(|day| day.succ_opt()), None]
}
