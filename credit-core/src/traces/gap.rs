//! What is wrong along the way of a line.

use super::{Goods, Journey, State, Station, Stop};
use crate::matching::Amount;

/// A gap in a trace.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Gap {
    /// A later station was reached without this one.
    Missing(Station),
    /// The declaration has a line that the order has not.
    NotOrdered,
    /// The order has a line that the declaration has not.
    NotDeclared,
    /// What was declared is not what was ordered.
    Quantity { ordered: Amount, declared: Amount },
    /// Another article: `itemNo`, `barCode` or `unit` of order and declaration.
    Article { field: &'static str, ordered: String, declared: String },
    /// It left before customs released it.
    BeforeRelease(Station),
    /// More came back than went.
    ReturnedMore { sent: Amount, returned: Amount },
}

impl Gap {
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Gap::Missing(_) => "missing",
            Gap::NotOrdered => "not_ordered",
            Gap::NotDeclared => "not_declared",
            Gap::Quantity { .. } => "quantity_differs",
            Gap::Article { .. } => "article_differs",
            Gap::BeforeRelease(_) => "before_release",
            Gap::ReturnedMore { .. } => "returned_more",
        }
    }

    /// At which station it shows.
    #[must_use]
    pub fn station(&self) -> Station {
        match self {
            Gap::Missing(station) | Gap::BeforeRelease(station) => *station,
            Gap::NotOrdered => Station::Ordered,
            Gap::NotDeclared | Gap::Quantity { .. } | Gap::Article { .. } => Station::Declared,
            Gap::ReturnedMore { .. } => Station::Returned,
        }
    }
}

pub(super) fn gaps(
    journey: &Journey,
    gnum: i64,
    (ordered, declared): (Option<&Goods>, Option<&Goods>),
    stops: &[Stop],
) -> Vec<Gap> {
    let mut gaps: Vec<Gap> = stops
        .iter()
        .filter(|stop| stop.state == State::Missing)
        .map(|stop| match (stop.station, stop.documents.is_empty()) {
            (Station::Ordered, false) => Gap::NotOrdered,
            (Station::Declared, false) => Gap::NotDeclared,
            (station, _) => Gap::Missing(station),
        })
        .collect();
    if let (Some(ordered), Some(declared)) = (ordered, declared) {
        gaps.extend(differences(ordered, declared));
    }
    gaps.extend(before_release(journey));
    gaps.extend(returned_more(journey, gnum, declared.or(ordered)));
    gaps
}

fn differences(ordered: &Goods, declared: &Goods) -> Vec<Gap> {
    let mut gaps = Vec::new();
    if ordered.quantity != declared.quantity {
        gaps.push(Gap::Quantity { ordered: ordered.quantity, declared: declared.quantity });
    }
    let unit = |goods: &Goods| Some(goods.unit.clone()).filter(|unit| !unit.is_empty());
    for (field, one, other) in [
        ("unit", unit(ordered), unit(declared)),
        ("itemNo", ordered.item_no.clone(), declared.item_no.clone()),
        ("barCode", ordered.bar_code.clone(), declared.bar_code.clone()),
    ] {
        if let (Some(ordered), Some(declared)) = (one, other)
            && ordered != declared
        {
            gaps.push(Gap::Article { field, ordered, declared });
        }
    }
    gaps
}

fn before_release(journey: &Journey) -> Option<Gap> {
    let released = journey.at(Station::Released)?;
    let left = [Station::Departed, Station::Signed].into_iter();
    left.filter(|station| journey.at(*station).is_some_and(|at| at < released)).map(Gap::BeforeRelease).next()
}

fn returned_more(journey: &Journey, gnum: i64, sent: Option<&Goods>) -> Option<Gap> {
    let sent = sent?.quantity;
    let returned = journey.returns.iter().flat_map(|one| &one.quantities);
    let returned =
        Amount(returned.filter(|(number, _)| *number == gnum).map(|(_, quantity)| quantity.0).sum());
    (returned > sent).then_some(Gap::ReturnedMore { sent, returned })
}
