//! What the database says of candidates at this moment: names as written, registrations, entries of lists, reviews.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::rc::Rc;

use chrono::NaiveDate;
use credit_core::negative_list::{Kind, kind_of_list};
use credit_core::records::{Lang, Listing, Record};
use credit_core::rules::listing::{list_in_force, list_name, list_name_en};
use credit_core::screening::Digest;
use credit_core::uscc::Uscc;
use diesel::QueryableByName;
use diesel::sql_types::Text;

use super::matching::{ListBody, is_in_another_script};
use super::names::{names_in, names_of, parsed};
use super::reviews::{self, Reviewed};
use crate::negative_list::lists;
use crate::registry::{self, Enterprise};
use crate::store::bulk::{self, Bind};
use crate::store::{DbConnection, StoreError};

/// Enterprises asked about in one query.
const CODES_AT_ONCE: usize = 500;

/// What the database says of all candidates.
pub(super) struct Known {
    names: HashMap<Uscc, Rc<Written>>,
    enterprises: BTreeMap<String, Enterprise>,
    listings: HashMap<Uscc, Vec<Listing>>,
    pub(super) reviews: HashMap<Digest, Reviewed>,
}

/// The names of an enterprise as written. A popular brand is a match of hundreds of names: what is said of each written
/// name is computed once, not for every match.
struct Written {
    names: Vec<String>,
    /// Of each, whether it is in another script.
    in_script: Vec<bool>,
    /// The written name that each of the parsed ones stands in.
    places: Vec<usize>,
}

/// What was computed of written names before, in the same job. The database is asked anew each time; what was computed
/// holds while the names are the same.
#[derive(Default)]
pub struct TakenApart(RefCell<HashMap<Uscc, Rc<Written>>>);

impl TakenApart {
    fn of(&self, uscc: Uscc, names: Vec<String>) -> Rc<Written> {
        let mut all = self.0.borrow_mut();
        if let Some(found) = all.get(&uscc).filter(|found| found.names == names) {
            return Rc::clone(found);
        }
        let written = Rc::new(Written::of(names));
        all.insert(uscc, Rc::clone(&written));
        written
    }
}

impl Written {
    fn of(names: Vec<String>) -> Self {
        let places = parsed(&names).into_iter().map(|(_, at)| at).collect();
        let in_script = names.iter().map(|name| is_in_another_script(name)).collect();
        Self { names, in_script, places }
    }

    /// The written name that a parsed one stands in.
    fn of_parsed(&self, parsed: usize) -> Option<(&String, bool)> {
        let at = *self.places.get(parsed)?;
        Some((self.names.get(at)?, *self.in_script.get(at)?))
    }
}

#[derive(QueryableByName)]
struct Payload {
    #[diesel(sql_type = Text)]
    payload: String,
}

impl Known {
    /// Of some enterprises and listed parties, and of pairs that one organisation may have reviewed.
    pub(super) fn of(
        connection: &mut DbConnection,
        owner: &str,
        (codes, digests): (&BTreeSet<Uscc>, &BTreeSet<Digest>),
        before: &TakenApart,
    ) -> Result<Self, StoreError> {
        let codes: Vec<Uscc> = codes.iter().copied().collect();
        let texts = codes.iter().map(Uscc::as_str).collect();
        let enterprises = registry::find_all(connection, &texts)?;
        let listings = listings(connection, &codes)?;
        let names = names_of(connection, &codes)?.into_iter();
        let mut names: HashMap<Uscc, Rc<Written>> =
            names.map(|(uscc, names)| (uscc, before.of(uscc, names))).collect();
        // What is not registered here bears the names of its entries.
        for (uscc, rows) in &listings {
            names.entry(*uscc).or_insert_with(|| before.of(*uscc, names_in(rows)));
        }
        Ok(Self { names, enterprises, listings, reviews: reviews::of_pairs(connection, owner, digests)? })
    }

    /// Whose registration is here.
    pub(super) fn enterprise(&self, uscc: &Uscc) -> Option<&Enterprise> {
        self.enterprises.get(uscc.as_str())
    }

    /// The written name that a parsed one of these stands in, and whether it is in another script.
    pub(super) fn written(&self, uscc: &Uscc, parsed: usize) -> Option<(&String, bool)> {
        self.names.get(uscc)?.of_parsed(parsed)
    }

    /// The name in the newest entry in force that bears one.
    pub(super) fn name_in_entries(&self, uscc: &Uscc, today: NaiveDate) -> Option<String> {
        let in_force: Vec<Listing> = self.in_force(uscc, today).cloned().collect();
        names_in(&in_force).into_iter().next()
    }

    fn in_force(&self, uscc: &Uscc, today: NaiveDate) -> impl Iterator<Item = &Listing> {
        let all = self.listings.get(uscc).map(Vec::as_slice).unwrap_or_default();
        all.iter().filter(move |one| lists::is_negative(one.list) && list_in_force(one, today))
    }

    /// The entries in force on a day.
    pub(super) fn entries(&self, uscc: &Uscc, today: NaiveDate, lang: Lang) -> Vec<ListBody> {
        self.in_force(uscc, today)
            .map(|one| ListBody {
                list: one.list,
                kind: kind_of_list(one.list).map(Kind::code),
                title: if lang == Lang::Zh { list_name(one.list) } else { list_name_en(one.list) },
                authority: one.authority.clone(),
                decision_no: one.decision_no.clone(),
                effective_on: one.effective_on,
                expires_on: one.expires_on,
            })
            .collect()
    }
}

fn listings(
    connection: &mut DbConnection,
    codes: &[Uscc],
) -> Result<HashMap<Uscc, Vec<Listing>>, StoreError> {
    let mut found: HashMap<Uscc, Vec<Listing>> = HashMap::new();
    for part in codes.chunks(CODES_AT_ONCE) {
        let places: Vec<String> = (1..=part.len()).map(|at| format!("${at}")).collect();
        let sql = format!(
            "SELECT payload FROM facts WHERE source = 'lists' AND known_to IS NULL AND uscc IN ({}) \
             ORDER BY uscc, natural_key",
            places.join(",")
        );
        let binds = part.iter().map(|uscc| Bind::Text(uscc.to_string()));
        let rows: Vec<Payload> = bulk::load(connection, &sql, binds)?;
        for row in rows {
            let record = serde_json::from_str(&row.payload).map_err(|error| StoreError::Damaged {
                what: "record",
                key: "lists".to_owned(),
                why: error.to_string(),
            })?;
            if let Record::Lists(listing) = record {
                found.entry(listing.uscc).or_default().push(listing);
            }
        }
    }
    Ok(found)
}
