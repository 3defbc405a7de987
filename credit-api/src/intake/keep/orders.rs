//! Orders: the current version in `orders`, earlier ones in `order_versions`.

use credit_core::records::Order;

use super::versions::{Key, find_current, sort_versions};
use super::{Kept, Provenance, Rows};
use crate::intake::rollup::Touched;
use crate::store::bulk::{self, Bind};
use crate::store::codec::{day_of, decode_order, encode_order, last_event_day};
use crate::store::{DbConnection, StoreError};

fn order_key(order: &Order) -> Key {
    (order.order_no.clone(), order.uscc.to_string())
}

pub(super) fn keep_orders(
    connection: &mut DbConnection,
    from: &Provenance,
    rows: Rows<Order>,
    touched: &mut Touched,
) -> Result<Kept, StoreError> {
    let stored = find_current(
        connection,
        "SELECT order_no AS a, uscc AS b, payload, known_from, batch_id, line FROM orders \
         WHERE (order_no, uscc)",
        rows.iter().map(|(_, order)| order_key(order)).collect(),
    )?;
    let mut sorted = sort_versions(from, stored, rows, order_key, encode_order);
    let mut aside = Vec::with_capacity(sorted.aside.len());
    for one in sorted.aside {
        let order = decode_order(&one.version.payload)?;
        touched.order(&order);
        let (order_no, uscc) = one.key;
        aside.push(vec![
            uscc.into(),
            order_no.into(),
            one.version.known_from.into(),
            from.known_from.into(),
            day_of(order.ordered_at).into(),
            last_event_day(&order).into(),
            Bind::Bytes(one.version.payload),
            one.version.batch_id.into(),
            one.version.line.into(),
        ]);
    }
    bulk::execute_rows(
        connection,
        "INSERT INTO order_versions \
         (uscc, order_no, known_from, known_to, ordered_day, last_event_day, payload, batch_id, line)",
        9,
        aside,
        "",
    )?;
    sorted.current.sort_by_key(|fresh| (fresh.row.uscc, fresh.row.ordered_at));
    let current = sorted.current.into_iter().map(|fresh| {
        let order = fresh.row;
        touched.order(&order);
        vec![
            order.uscc.as_str().into(),
            day_of(order.ordered_at).into(),
            last_event_day(&order).into(),
            order.order_no.into(),
            Bind::OptionalText(order.event_id.filter(|event| !event.is_empty())),
            0.into(),
            Bind::Bytes(fresh.payload),
            from.known_from.into(),
            from.batch_id.as_str().into(),
            fresh.line.into(),
        ]
    });
    let current = current.collect();
    bulk::execute_rows(
        connection,
        "INSERT INTO orders (uscc, ordered_day, last_event_day, order_no, event_id, marks, payload, known_from, \
         batch_id, line)",
        10,
        current,
        "ON CONFLICT (order_no, uscc) DO UPDATE SET ordered_day = excluded.ordered_day, \
         last_event_day = excluded.last_event_day, event_id = excluded.event_id, marks = excluded.marks, \
         payload = excluded.payload, known_from = excluded.known_from, batch_id = excluded.batch_id, \
         line = excluded.line",
    )?;
    Ok(sorted.kept)
}
