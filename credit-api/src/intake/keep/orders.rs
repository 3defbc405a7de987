//! Orders: the current version in `orders`, earlier ones in `order_versions`.

use std::collections::BTreeMap;

use credit_core::records::Order;
use credit_core::trade::Marks;

use super::versions::{Aside, Fresh, Key, find_current, sort_versions};
use super::{Kept, Provenance, Rows};
use crate::evaluation::rollup::orders_changed;
use crate::intake::rollup::{Change, Renewal, Touched};
use crate::store::bulk::{self, Bind};
use crate::store::codec::{day_of, decode_order, encode_order, last_event_day};
use crate::store::packs::marks_of;
use crate::store::{DbConnection, StoreError};

/// Orders whose sums and marks are renewed together.
const PACK_ROWS: usize = 1_000;

fn order_key(order: &Order) -> Key {
    (order.order_no.clone(), order.uscc.to_string())
}

/// What becomes of a version that came in the same file as the one that takes its place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Passing {
    /// Each is a row of the file, with a line of its own.
    Kept,
    /// A sale that was judged while its documents were still coming: nobody ever knew it so.
    Dropped,
}

pub(super) fn keep_orders(
    connection: &mut DbConnection,
    from: &Provenance,
    (rows, passing): (Rows<Order>, Passing),
    touched: &mut Touched,
) -> Result<Kept, StoreError> {
    let stored = find_current(
        connection,
        ["order_no", "uscc", "t.marks", "orders"],
        rows.iter().map(|(_, order)| order_key(order)).collect(),
    )?;
    let mut sorted = sort_versions(from, stored, rows, order_key, encode_order);
    let mut replaced = put_aside(connection, from, (sorted.aside, passing), touched)?;
    // In the order of the table, so that neighbours are written together.
    sorted.current.sort_by(|a, b| place(&a.row).cmp(&place(&b.row)));
    let mut current = sorted.current.into_iter().peekable();
    while current.peek().is_some() {
        let pack: Vec<Fresh<Order>> = current.by_ref().take(PACK_ROWS).collect();
        keep_pack(connection, from, pack, &mut replaced, touched)?;
    }
    Ok(sorted.kept)
}

/// An order's place in the table.
fn place(order: &Order) -> (&str, i32, &str) {
    (order.uscc.as_str(), day_of(order.ordered_at), &order.order_no)
}

/// Moves versions out of the way; gives those that were current until now, with their marks.
fn put_aside(
    connection: &mut DbConnection,
    from: &Provenance,
    (versions, passing): (Vec<Aside>, Passing),
    touched: &mut Touched,
) -> Result<BTreeMap<Key, (Order, Marks)>, StoreError> {
    let mut replaced = BTreeMap::new();
    let mut aside = Vec::with_capacity(versions.len());
    for one in versions {
        let order = decode_order(&one.version.payload)?;
        touched.order(&order);
        if passing == Passing::Kept || one.version.known_from < from.known_from {
            aside.push(vec![
                order.uscc.as_str().into(),
                order.order_no.as_str().into(),
                one.version.known_from.into(),
                from.known_from.into(),
                day_of(order.ordered_at).into(),
                last_event_day(&order).into(),
                Bind::Bytes(one.version.payload),
                one.version.batch_id.into(),
                one.version.line.into(),
            ]);
        }
        if one.was_stored {
            replaced.insert(one.key, (order, marks_of(one.version.marks)));
        }
    }
    bulk::execute_rows(
        connection,
        "INSERT INTO order_versions \
         (uscc, order_no, known_from, known_to, ordered_day, last_event_day, payload, batch_id, line)",
        9,
        aside,
        "",
    )?;
    Ok(replaced)
}

fn keep_pack(
    connection: &mut DbConnection,
    from: &Provenance,
    pack: Vec<Fresh<Order>>,
    replaced: &mut BTreeMap<Key, (Order, Marks)>,
    touched: &mut Touched,
) -> Result<(), StoreError> {
    let mut changes = Vec::with_capacity(pack.len());
    let mut stored = Vec::with_capacity(pack.len());
    for fresh in pack {
        touched.order(&fresh.row);
        let before = replaced.remove(&order_key(&fresh.row));
        changes.push(Change::new(fresh.row, before));
        stored.push((fresh.payload, fresh.line));
    }
    orders_changed(connection)?;
    let renewal = Renewal::begin(connection, &changes)?;
    let rows = changes.iter().zip(stored).zip(renewal.marks());
    let rows =
        rows.map(|((change, (payload, line)), marks)| row(from, change, *marks, payload, line)).collect();
    bulk::execute_rows(
        connection,
        "INSERT INTO orders (uscc, ordered_day, last_event_day, order_no, ordered_at, used_at, quota_group, \
         waybill_group, event_id, marks, payload, known_from, batch_id, line)",
        14,
        rows,
        "ON CONFLICT (order_no, uscc) DO UPDATE SET ordered_day = excluded.ordered_day, \
         last_event_day = excluded.last_event_day, ordered_at = excluded.ordered_at, used_at = excluded.used_at, \
         quota_group = excluded.quota_group, waybill_group = excluded.waybill_group, \
         event_id = excluded.event_id, marks = excluded.marks, payload = excluded.payload, \
         known_from = excluded.known_from, batch_id = excluded.batch_id, line = excluded.line",
    )?;
    renewal.finish(connection, &changes)
}

fn row(from: &Provenance, change: &Change, marks: Marks, payload: Vec<u8>, line: i64) -> Vec<Bind> {
    let (order, groups) = (change.order(), change.groups());
    vec![
        order.uscc.as_str().into(),
        day_of(order.ordered_at).into(),
        last_event_day(order).into(),
        order.order_no.as_str().into(),
        order.ordered_at.0.into(),
        groups.used_at.into(),
        Bind::OptionalBytes(groups.quota.map(Vec::from)),
        Bind::OptionalBytes(groups.waybill.map(Vec::from)),
        Bind::OptionalText(order.event_id.clone().filter(|event| !event.is_empty())),
        i32::from(marks.0).into(),
        Bind::Bytes(payload),
        from.known_from.into(),
        from.batch_id.as_str().into(),
        line.into(),
    ]
}
