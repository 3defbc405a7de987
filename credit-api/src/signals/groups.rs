//! Enterprises that are tied to one another by persons, addresses and telephones, over as many steps as it takes (R09).
//!
//! A name alone is no tie here: many people share one, and over several steps it would tie everybody to everybody.
//! What is tied is one person at one address or telephone, or one address and telephone. A group is found from the
//! enterprises that are looked at, one query a step, so that a zone in which hardly anybody is tied costs hardly
//! anything.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use chrono::NaiveDate;
use credit_core::alerts::Group;
use credit_core::facts::{Facts, Relative};
use credit_core::records::{Record, Registration};
use credit_core::rules::relation::{is_bad, is_tied};
use credit_core::uscc::Uscc;
use petgraph::unionfind::UnionFind;

use crate::evaluation::knowledge;
use crate::evaluation::register::Registry;
use crate::store::{DbConnection, StoreError};

/// Steps from an enterprise; a chain that is longer is cut there.
const STEPS_MAX: usize = 8;
/// Enterprises of the groups of those looked at together.
const MEMBERS_MAX: usize = 5_000;

/// The groups of those of these enterprises that are tied to anybody; the others are alone.
///
/// # Errors
/// The database's, and [`StoreError::Damaged`].
pub fn of(connection: &mut DbConnection, facts: &[Facts]) -> Result<HashMap<Uscc, Group>, StoreError> {
    let is_tied_to_any = |one: &&Facts| {
        one.relatives.iter().any(|relative| is_tied(&one.registration, &relative.registration))
    };
    let asked: BTreeSet<Uscc> = facts.iter().filter(is_tied_to_any).map(|one| one.uscc).collect();
    let Some(as_of) = facts.first().map(|one| one.as_of).filter(|_| !asked.is_empty()) else {
        return Ok(HashMap::new());
    };
    let ties = Ties::from(connection, asked.clone())?;
    let bad = ties.bad(connection, as_of)?;
    Ok(ties.groups(&asked, &bad))
}

/// Enterprises by code, and which are tied.
#[derive(Default)]
struct Ties {
    members: BTreeMap<Uscc, Registration>,
    pairs: Vec<(Uscc, Uscc)>,
}

impl Ties {
    fn from(connection: &mut DbConnection, mut next: BTreeSet<Uscc>) -> Result<Self, StoreError> {
        let mut ties = Self::default();
        for _ in 0..STEPS_MAX {
            if next.is_empty() || ties.members.len() > MEMBERS_MAX {
                break;
            }
            let near = Registry::load_near(connection, &next)?;
            next = ties.take(&near, &next);
        }
        Ok(ties)
    }

    /// Takes the ties of these; gives whom nobody has looked at yet.
    fn take(&mut self, near: &Registry, these: &BTreeSet<Uscc>) -> BTreeSet<Uscc> {
        let mut next = BTreeSet::new();
        for uscc in these {
            let Some(own) = near.get(uscc).map(|known| &known.primary) else { continue };
            self.members.insert(*uscc, own.clone());
            for other in near.possible_relatives(uscc) {
                let Some(row) = near.get(&other).map(|known| &known.primary) else { continue };
                if is_tied(own, row) {
                    self.pairs.push((*uscc, other));
                    if self.members.insert(other, row.clone()).is_none() && !these.contains(&other) {
                        next.insert(other);
                    }
                }
            }
        }
        next
    }

    /// Who is revoked or on a list.
    fn bad(&self, connection: &mut DbConnection, as_of: NaiveDate) -> Result<BTreeSet<Uscc>, StoreError> {
        let codes: BTreeSet<Uscc> = self.members.keys().copied().collect();
        let mut records = knowledge::records(connection, i64::MAX - 1, Some(&codes))?;
        let is_bad = |(uscc, registration): (&Uscc, &Registration)| {
            let own = records.remove(uscc).unwrap_or_default();
            let listings = own.into_iter().filter_map(|record| match record {
                Record::Lists(listing) => Some(listing),
                _ => None,
            });
            let relative = Relative { registration: registration.clone(), listings: listings.collect() };
            is_bad(&relative, as_of).then_some(*uscc)
        };
        Ok(self.members.iter().filter_map(is_bad).collect())
    }

    fn groups(&self, asked: &BTreeSet<Uscc>, bad: &BTreeSet<Uscc>) -> HashMap<Uscc, Group> {
        let places: HashMap<&Uscc, usize> =
            self.members.keys().enumerate().map(|(place, uscc)| (uscc, place)).collect();
        let mut united: UnionFind<usize> = UnionFind::new(places.len());
        for (one, other) in &self.pairs {
            if let (Some(one), Some(other)) = (places.get(one), places.get(other)) {
                united.union(*one, *other);
            }
        }
        let mut counted: HashMap<usize, Group> = HashMap::new();
        for (uscc, place) in &places {
            let group = counted.entry(united.find(*place)).or_default();
            group.size += 1;
            group.bad += u64::from(bad.contains(*uscc));
        }
        let of = |uscc: &Uscc| {
            let whole = counted.get(&united.find(*places.get(uscc)?))?;
            let bad = whole.bad - u64::from(bad.contains(uscc));
            Some((*uscc, Group { size: whole.size, bad }))
        };
        asked.iter().filter_map(of).collect()
    }
}
