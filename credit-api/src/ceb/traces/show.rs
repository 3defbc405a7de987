//! A trace as people are shown it: the line, its stations, and who should tell of those of which nothing is known.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use credit_core::ceb::rank;
use credit_core::traces::{self, Journey, Party, Trace};

use super::index::Place;
use super::journey;
use crate::ceb::gather::{self, Found, Known};
use crate::ceb::joins;
use crate::ceb::registered::Directory;
use crate::ceb::sales::{self, SaleRow};
use crate::registry;
use crate::store::{DbConnection, StoreError};

/// The sale of a trace.
pub struct Told {
    pub row: SaleRow,
    pub documents: Vec<Arc<Found>>,
    pub journey: Journey,
    /// Numbers of its parcels.
    pub logistics_nos: BTreeSet<String>,
    /// Numbers that customs gave its declaration.
    pub declaration_nos: BTreeSet<String>,
    /// How far the declaration is (`returnStatus`), by rank.
    pub customs_status: Option<i32>,
    parties: BTreeMap<Party, Named>,
}

/// Who takes part.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Named {
    pub code: String,
    /// Nothing for a code that no registration knows.
    pub uscc: Option<String>,
    pub name: Option<String>,
}

/// A line with its way.
pub struct Shown {
    pub place: Place,
    pub told: Arc<Told>,
    pub trace: Trace,
}

impl Told {
    /// Who it is, as far as any document says.
    #[must_use]
    pub fn party(&self, party: Party) -> Option<&Named> {
        self.parties.get(&party)
    }

    /// Whether this is an import.
    #[must_use]
    pub fn import(&self) -> bool {
        self.journey.import
    }
}

/// The traces of lines, in their order.
///
/// # Errors
/// The database's, and [`StoreError::Damaged`].
pub fn show(connection: &mut DbConnection, places: Vec<Place>) -> Result<Vec<Shown>, StoreError> {
    let ids: BTreeSet<String> = places.iter().map(|place| place.sale.clone()).collect();
    let rows = sales::these(connection, &ids)?;
    let keys: BTreeSet<String> =
        rows.values().map(|row| joins::sale(&row.platform_code, &row.order_no)).collect();
    let mut documents = gather::of_sales(connection, &keys, Known::Now)?;
    let mut told = BTreeMap::new();
    for (id, row) in rows {
        let key = joins::sale(&row.platform_code, &row.order_no);
        told.insert(id, tell(row, documents.remove(&key).unwrap_or_default()));
    }
    name(connection, &mut told)?;
    let told: BTreeMap<String, Arc<Told>> = told.into_iter().map(|(id, told)| (id, Arc::new(told))).collect();
    let shown = places.into_iter().filter_map(|place| {
        let told = Arc::clone(told.get(&place.sale)?);
        let trace = traces::trace(&told.journey, place.gnum);
        Some(Shown { place, told, trace })
    });
    Ok(shown.collect())
}

fn tell(row: SaleRow, documents: Vec<Arc<Found>>) -> Told {
    let of = |name: &str| -> BTreeSet<String> {
        let texts = documents.iter().filter_map(|found| found.document.text(name));
        texts.filter(|text| !text.is_empty()).map(str::to_owned).collect()
    };
    let (logistics_nos, declaration_nos) = (of("logisticsNo"), of("invtNo"));
    let statuses =
        documents.iter().filter(|found| found.document.kind.receipt_of().is_some_and(is_declaration));
    let statuses = statuses.filter_map(|found| found.document.text("returnStatus")?.parse::<i32>().ok());
    Told {
        customs_status: statuses.max_by_key(|status| rank(*status)),
        journey: journey::journey(&documents),
        parties: parties(&documents),
        row,
        documents,
        logistics_nos,
        declaration_nos,
    }
}

fn is_declaration(kind: credit_core::ceb::MessageKind) -> bool {
    use credit_core::ceb::MessageKind::{Ceb603, Ceb621};
    matches!(kind, Ceb603 | Ceb621)
}

/// The fields that name a party; those of departures and arrivals come last, for they are of many sales.
fn parties(documents: &[Arc<Found>]) -> BTreeMap<Party, Named> {
    let fields = [
        (Party::Merchant, "ebcCode"),
        (Party::Payer, "payCode"),
        (Party::Carrier, "logisticsCode"),
        (Party::Declarant, "agentCode"),
        (Party::Yard, "operatorCode"),
    ];
    let mut ordered: Vec<&Found> = documents.iter().map(AsRef::as_ref).collect();
    ordered.sort_by_key(|found| joins::is_collective(found.document.kind));
    let named = |(party, field): (Party, &str)| {
        let code =
            ordered.iter().find_map(|found| found.document.code(field).filter(|code| !code.is_empty()))?;
        Some((party, Named { code, uscc: None, name: None }))
    };
    fields.into_iter().filter_map(named).collect()
}

fn name(connection: &mut DbConnection, told: &mut BTreeMap<String, Told>) -> Result<(), StoreError> {
    let codes: BTreeSet<String> =
        told.values().flat_map(|told| told.parties.values().map(|party| party.code.clone())).collect();
    let directory = Directory::of(connection, &codes)?;
    let registered: BTreeSet<String> =
        codes.iter().filter_map(|code| directory.get(code)).map(|found| found.uscc.to_string()).collect();
    let names = registry::names(connection, &registered.into_iter().collect::<Vec<_>>())?;
    for party in told.values_mut().flat_map(|told| told.parties.values_mut()) {
        party.uscc = directory.get(&party.code).map(|found| found.uscc.to_string());
        party.name = party.uscc.as_ref().and_then(|uscc| names.get(uscc).cloned());
    }
    Ok(())
}
