//! A sale's documents as the stations of a trace.

use std::sync::Arc;

use credit_core::ceb::{Decimal5, MessageKind};
use credit_core::dates::Moment;
use credit_core::matching::Amount;
use credit_core::traces::{Goods, Journey, Return, Seen, Station};

use crate::ceb::gather::Found;
use crate::ceb::stored::{Fields, StoredDocument};

/// Released, and released with the case closed (ruling B2).
const RELEASED: [&str; 2] = ["800", "899"];

/// The stations that these documents tell of; a document is named by its place among them.
#[must_use]
pub fn journey(found: &[Arc<Found>]) -> Journey {
    let mut journey = Journey { import: is_import(found), ..Journey::default() };
    for (place, document) in found.iter().map(|found| &found.document).enumerate() {
        add(&mut journey, place, document);
    }
    journey
}

/// As far as order or declaration say; else as the other documents are those of an import.
fn is_import(found: &[Arc<Found>]) -> bool {
    use MessageKind::{Ceb303, Ceb311, Ceb411, Ceb511, Ceb513, Ceb603, Ceb621};
    let kinds = || found.iter().map(|found| found.document.kind);
    let told = kinds().find_map(|kind| match kind {
        Ceb311 | Ceb621 => Some(true),
        Ceb303 | Ceb603 => Some(false),
        _ => None,
    });
    told.unwrap_or_else(|| kinds().any(|kind| matches!(kind, Ceb411 | Ceb511 | Ceb513)))
}

fn add(journey: &mut Journey, place: usize, document: &StoredDocument) {
    use MessageKind::{
        Ceb303, Ceb311, Ceb403, Ceb411, Ceb505, Ceb507, Ceb509, Ceb511, Ceb513, Ceb603, Ceb604, Ceb605,
        Ceb621, Ceb622, Ceb623, Ceb625,
    };
    let moment = |name: &str| document.moment(name).unwrap_or_else(|| document.sent_at());
    let mut seen = |station, at: Moment| journey.seen.push(Seen { station, at, document: place });
    match document.kind {
        Ceb311 | Ceb303 => {
            seen(Station::Ordered, document.sent_at());
            if document.is_withdrawn() {
                seen(Station::Cancelled, document.sent_at());
            }
            journey.ordered.get_or_insert_default().extend(lines(document, "itemName"));
        }
        _ if document.is_withdrawn() => {}
        Ceb411 => seen(Station::Paid, moment("payTime")),
        Ceb403 => seen(Station::Paid, moment("accountingDate")),
        Ceb511 | Ceb505 => seen(Station::Shipped, document.sent_at()),
        Ceb621 | Ceb603 => {
            seen(Station::Declared, document.sent_at());
            journey.declared.get_or_insert_default().extend(lines(document, "gname"));
        }
        Ceb622 | Ceb604 if document.text("returnStatus").is_some_and(|text| RELEASED.contains(&text)) => {
            seen(Station::Released, moment("returnTime"));
        }
        Ceb507 => seen(Station::Arrived, document.sent_at()),
        Ceb509 => seen(Station::Departed, moment("leaveTime")),
        Ceb513 => seen(Station::Signed, moment("logisticsTime")),
        Ceb605 | Ceb623 => seen(Station::Cancelled, document.sent_at()),
        Ceb625 => journey.returns.push(Return {
            at: document.sent_at(),
            document: place,
            quantities: lines(document, "gname").map(|goods| (goods.gnum, goods.quantity)).collect(),
        }),
        _ => {}
    }
}

fn lines<'a>(document: &'a StoredDocument, name: &'a str) -> impl Iterator<Item = Goods> + 'a {
    document.lines.iter().map(move |line| Goods {
        gnum: line.get("gnum").and_then(|text| text.parse().ok()).unwrap_or_default(),
        name: text(line, name).or_else(|| text(line, "itemName")).unwrap_or_default(),
        hs_code: text(line, "gcode"),
        record_no: text(line, "itemRecordNo"),
        item_no: text(line, "itemNo"),
        bar_code: text(line, "barCode"),
        quantity: Amount(line.get("qty").and_then(Decimal5::parse).unwrap_or_default().0),
        unit: text(line, "unit").unwrap_or_default(),
    })
}

fn text(line: &Fields, name: &str) -> Option<String> {
    line.get(name).filter(|text| !text.is_empty()).map(str::to_owned)
}
