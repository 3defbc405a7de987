//! What one order adds to the day it was shipped (T07) and the day it was promised for (T08).

use chrono::NaiveDate;

use crate::dates::day_number;
use crate::records::Order;
use crate::trade::counters::counters;
use crate::trade::key::{Parties, ShipmentKey};
use crate::trade::view::{Horizon, day_of};

/// A parcel has this many days to arrive (B4).
pub const DELIVERY_DAYS: i32 = 45;

counters! {
    /// What the rows of one [`ShipmentKey`] add up to. `shipped`, `delivered` and `in_time` are counted on the
    /// day of `shipped_at`, `promised` and `kept` on `promised_on`.
    ShipmentCounters {
        shipped,
        /// Delivered at all; the rest of `shipped` is left out while younger than 45 days.
        delivered,
        /// Delivered at most 45 days after it was shipped.
        in_time,
        promised,
        /// Delivered on or before the promised day.
        kept,
    }
}

/// What `order` adds as known at `as_of` (`None`: everything known): at most one entry for the day shipped and
/// one for the day promised.
pub fn shipments(
    order: &Order,
    as_of: Option<NaiveDate>,
) -> impl Iterator<Item = (ShipmentKey, ShipmentCounters)> + use<> {
    let horizon = Horizon::new(as_of);
    let exists = horizon.shows(order);
    let parties = Parties::of(order);
    let delivered = horizon.time(order.delivered_at).map(day_of);
    let shipped = horizon.time(order.shipped_at).map(day_of).map(|day| {
        let in_time = delivered.is_some_and(|delivered| delivered.saturating_sub(day) <= DELIVERY_DAYS);
        let counters = ShipmentCounters {
            shipped: 1,
            delivered: i64::from(delivered.is_some()),
            in_time: i64::from(in_time),
            ..ShipmentCounters::default()
        };
        (ShipmentKey { parties, day }, counters)
    });
    let promised = order.promised_on.map(day_number).map(|day| {
        let kept = i64::from(delivered.is_some_and(|delivered| delivered <= day));
        (ShipmentKey { parties, day }, ShipmentCounters { promised: 1, kept, ..ShipmentCounters::default() })
    });
    [shipped, promised].into_iter().flatten().filter(move |_| exists)
}
