//! 商品追溯 (M15): where one line of goods was seen on its way from the order to delivery, and where it should have been.
//!
//! [`trace`] puts the documents known of a sale in the order of their stations. A station of which nothing is known is
//! *missing* when a later one was reached without it, and *awaited* otherwise. Whoever fills a [`Journey`] knows where
//! the documents come from; a trace is a function of them alone.

mod gap;
#[cfg(test)]
#[expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]
mod tests;
mod words;

use std::collections::BTreeSet;

use crate::dates::Moment;
use crate::matching::Amount;

pub use gap::Gap;

/// A place on the way, each told by a document of its own (GACC 2018-113).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Station {
    /// CEB311, CEB303.
    Ordered,
    /// CEB411, CEB403.
    Paid,
    /// CEB511, CEB505.
    Shipped,
    /// CEB621, CEB603.
    Declared,
    /// At the supervised place: CEB507.
    Arrived,
    /// Status 800, or 899 which follows it (ruling B2): CEB622, CEB604.
    Released,
    /// Out of the country: CEB509.
    Departed,
    /// Handed over: CEB513, `S`.
    Signed,
    /// Taken back by its sender, or cancelled with customs: CEB623, CEB605.
    Cancelled,
    /// CEB625.
    Returned,
}

/// Who sends the document of a station.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Party {
    Merchant,
    Payer,
    Carrier,
    Declarant,
    /// Of the supervised place.
    Yard,
    Customs,
}

/// What is known of a station.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum State {
    Seen,
    /// It may still come.
    Awaited,
    /// A later station was reached without it.
    Missing,
}

/// A line of goods as a document has it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Goods {
    pub gnum: i64,
    pub name: String,
    /// Ten digits; orders have none.
    pub hs_code: Option<String>,
    /// 账册备案料号 (`itemRecordNo`); orders have none.
    pub record_no: Option<String>,
    pub item_no: Option<String>,
    pub bar_code: Option<String>,
    pub quantity: Amount,
    /// Customs' three digits.
    pub unit: String,
}

/// A document that tells of a station. `document` is its place among those of whoever asks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Seen {
    pub station: Station,
    pub at: Moment,
    pub document: usize,
}

/// A return of goods, by line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Return {
    pub at: Moment,
    pub document: usize,
    pub quantities: Vec<(i64, Amount)>,
}

/// The documents of one sale as stations.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Journey {
    pub import: bool,
    pub seen: Vec<Seen>,
    /// Nothing without an order, or without a declaration.
    pub ordered: Option<Vec<Goods>>,
    pub declared: Option<Vec<Goods>>,
    pub returns: Vec<Return>,
}

/// A station of a trace.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stop {
    pub station: Station,
    pub state: State,
    /// The first of its documents.
    pub at: Option<Moment>,
    pub documents: Vec<usize>,
    /// Of the line, where the document has lines.
    pub quantity: Option<Amount>,
}

/// The way of one line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Trace {
    /// Nothing where no document has lines.
    pub goods: Option<Goods>,
    pub stops: Vec<Stop>,
    pub gaps: Vec<Gap>,
}

impl Station {
    /// The stations in the order of the way.
    pub const ROUTE: [Self; 10] = [
        Self::Ordered,
        Self::Paid,
        Self::Shipped,
        Self::Declared,
        Self::Arrived,
        Self::Released,
        Self::Departed,
        Self::Signed,
        Self::Cancelled,
        Self::Returned,
    ];

    /// Whether every import, or every export, goes through it.
    fn is_required(self, import: bool) -> bool {
        match self {
            Station::Ordered | Station::Paid | Station::Shipped | Station::Declared | Station::Released => {
                true
            }
            Station::Signed => import,
            Station::Departed => !import,
            Station::Arrived | Station::Cancelled | Station::Returned => false,
        }
    }

    /// The money for an export may come after the goods have left (ruling B2): it is awaited, and is no gap.
    fn may_come_last(self, import: bool) -> bool {
        self == Station::Paid && !import
    }

    #[must_use]
    pub fn party(self, import: bool) -> Party {
        match self {
            Station::Ordered => Party::Merchant,
            Station::Paid if import => Party::Payer,
            Station::Paid => Party::Merchant,
            Station::Shipped | Station::Departed | Station::Signed => Party::Carrier,
            Station::Declared | Station::Cancelled | Station::Returned => Party::Declarant,
            Station::Arrived => Party::Yard,
            Station::Released => Party::Customs,
        }
    }
}

impl Journey {
    /// The numbers of the lines that any document has.
    #[must_use]
    pub fn lines(&self) -> BTreeSet<i64> {
        self.goods().map(|goods| goods.gnum).collect()
    }

    /// The lines of every document.
    pub fn goods(&self) -> impl Iterator<Item = &Goods> {
        self.ordered.iter().chain(&self.declared).flatten()
    }

    fn is_cancelled(&self) -> bool {
        self.seen.iter().any(|seen| seen.station == Station::Cancelled)
    }

    fn at(&self, station: Station) -> Option<Moment> {
        self.seen.iter().filter(|seen| seen.station == station).map(|seen| seen.at).min()
    }
}

fn line(goods: Option<&Vec<Goods>>, gnum: i64) -> Option<&Goods> {
    goods?.iter().find(|goods| goods.gnum == gnum)
}

/// The way of the line with this number; of a sale without lines, the way of its parcel.
#[must_use]
pub fn trace(journey: &Journey, gnum: i64) -> Trace {
    let (ordered, declared) = (line(journey.ordered.as_ref(), gnum), line(journey.declared.as_ref(), gnum));
    let stop = |station| stop(journey, station, gnum, (ordered, declared));
    let stops: Vec<Stop> = Station::ROUTE.into_iter().filter_map(stop).collect();
    let gaps = gap::gaps(journey, gnum, (ordered, declared), &stops);
    Trace { goods: merged(ordered, declared), stops, gaps }
}

/// What the order says, with what only a declaration knows.
fn merged(ordered: Option<&Goods>, declared: Option<&Goods>) -> Option<Goods> {
    let (Some(ordered), Some(declared)) = (ordered, declared) else { return ordered.or(declared).cloned() };
    let or = |one: &Option<String>, other: &Option<String>| one.clone().or_else(|| other.clone());
    Some(Goods {
        hs_code: or(&declared.hs_code, &ordered.hs_code),
        record_no: or(&declared.record_no, &ordered.record_no),
        item_no: or(&ordered.item_no, &declared.item_no),
        bar_code: or(&ordered.bar_code, &declared.bar_code),
        ..ordered.clone()
    })
}

/// Nothing for a station that this line need not have been at, and was not.
fn stop(
    journey: &Journey,
    station: Station,
    gnum: i64,
    (ordered, declared): (Option<&Goods>, Option<&Goods>),
) -> Option<Stop> {
    if station == Station::Returned {
        return returned(journey, gnum);
    }
    let mut seen: Vec<&Seen> = journey.seen.iter().filter(|seen| seen.station == station).collect();
    seen.sort_by_key(|seen| (seen.at, seen.document));
    let goods = match station {
        Station::Ordered => ordered,
        Station::Declared => declared,
        _ => None,
    };
    let state = if !seen.is_empty() {
        // The document is there, and this line is not in it.
        if leaves_out(journey, station, gnum) { State::Missing } else { State::Seen }
    } else if station.is_required(journey.import) {
        unseen(journey, station)?
    } else {
        return None;
    };
    Some(Stop {
        station,
        state,
        at: seen.first().map(|seen| seen.at),
        documents: seen.iter().map(|seen| seen.document).collect(),
        quantity: goods.map(|goods| goods.quantity),
    })
}

/// Whether the document of a station has lines, and not this one.
fn leaves_out(journey: &Journey, station: Station, gnum: i64) -> bool {
    let goods = match station {
        Station::Ordered => journey.ordered.as_ref(),
        Station::Declared => journey.declared.as_ref(),
        _ => return false,
    };
    let is_known = journey.lines().contains(&gnum);
    is_known && goods.is_some_and(|goods| goods.iter().all(|goods| goods.gnum != gnum))
}

/// A sale that was taken back goes no further: it awaits nothing, and what it passed by is missing all the same.
fn unseen(journey: &Journey, station: Station) -> Option<State> {
    let import = journey.import;
    let later = Station::ROUTE.into_iter().skip_while(|one| *one != station).skip(1);
    let mut later = later.filter(|one| *one != Station::Cancelled && !one.may_come_last(import));
    if later.any(|one| journey.at(one).is_some()) && !station.may_come_last(import) {
        return Some(State::Missing);
    }
    (!journey.is_cancelled()).then_some(State::Awaited)
}

fn returned(journey: &Journey, gnum: i64) -> Option<Stop> {
    let of_line: Vec<(&Return, Amount)> = journey
        .returns
        .iter()
        .filter_map(|one| Some((one, one.quantities.iter().find(|(number, _)| *number == gnum)?.1)))
        .collect();
    Some(Stop {
        station: Station::Returned,
        state: State::Seen,
        at: Some(of_line.iter().map(|(one, _)| one.at).min()?),
        documents: of_line.iter().map(|(one, _)| one.document).collect(),
        quantity: Some(Amount(of_line.iter().map(|(_, quantity)| quantity.0).sum())),
    })
}
