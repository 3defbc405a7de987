//! Sales, their orders and traces held against what their documents say, for `doctor`.

use std::collections::{BTreeMap, BTreeSet};

use credit_core::matching::Partial;
use credit_core::records::Order;

use super::gather::{self, Known};
use super::registered::Directory;
use super::sales::SaleRow;
use super::traces::{index, left};
use super::{adapt, joins, judge};
use crate::signals::payers;
use crate::store::codec::encode_order;
use crate::store::{DbConnection, StoreError};

/// What is not as the documents have it: the id of the sale, and what differs. Who is registered by which code may have
/// changed since the sale was judged, so that the parties are taken as they were.
///
/// # Errors
/// The database's, and [`StoreError::Damaged`].
pub fn of(connection: &mut DbConnection, rows: Vec<SaleRow>) -> Result<Vec<(String, String)>, StoreError> {
    let keys: BTreeSet<String> =
        rows.iter().map(|row| joins::sale(&row.platform_code, &row.order_no)).collect();
    let mut found = gather::of_sales(connection, &keys, Known::Now)?;
    let ids: BTreeSet<String> = rows.iter().map(|row| row.id.clone()).collect();
    let (mut traced, untraced) = (index::stored(connection, &ids)?, left::of(connection, &ids)?);
    let mut paid = payers::stored(connection, &ids)?;
    let mut differing = Vec::new();
    let mut expected: BTreeMap<(String, String), (String, Order)> = BTreeMap::new();
    for row in rows {
        let key = joins::sale(&row.platform_code, &row.order_no);
        let documents = found.remove(&key).unwrap_or_default();
        let sale = adapt::sale(&key, &documents);
        let judged = judge::judge_one(key, sale, &documents, &Directory::default());
        if !untraced.contains(&row.id) && traced.remove(&row.id).unwrap_or_default() != judged.traced {
            differing
                .push((row.id.clone(), "it is found by something else than its documents say".to_owned()));
        }
        // Of a merchant nobody knows, and before signs were looked for, none are kept.
        let others = if row.uscc.is_some() && row.signs.is_some() {
            payers::of(&judged.sale)
        } else {
            BTreeSet::new()
        };
        if paid.remove(&row.id).unwrap_or_default() != others {
            differing.push((row.id.clone(), "its payers are not those of its documents".to_owned()));
        }
        let stored = row.partial()?;
        if with_parties(judged.partial, &stored) != stored {
            differing.push((row.id.clone(), "it is not what its documents say".to_owned()));
        }
        let order = match row.received()? {
            Some(received) => Some(stored.laid_over(&received)),
            None => stored.order(),
        };
        if let Some(order) = order {
            expected.insert((order.order_no.clone(), order.uscc.to_string()), (row.id, order));
        }
    }
    for row in judge::stored(connection, expected.keys().cloned().collect::<Vec<_>>())? {
        if let Some((id, order)) = expected.remove(&(row.order_no, row.uscc))
            && encode_order(&order) != row.payload
        {
            differing.push((id, "its order is not what its documents say".to_owned()));
        }
    }
    differing.extend(expected.into_values().map(|(id, _)| (id, "its order is missing".to_owned())));
    Ok(differing)
}

fn with_parties(partial: Partial, stored: &Partial) -> Partial {
    Partial {
        uscc: stored.uscc,
        logistics_uscc: stored.logistics_uscc,
        platform_uscc: stored.platform_uscc,
        payment_uscc: stored.payment_uscc,
        agent_uscc: stored.agent_uscc,
        warehouse_uscc: stored.warehouse_uscc,
        ..partial
    }
}
