//! A merchant's day of sums as it is stored: SCALE, one version byte first.
//!
//! The enterprises that stand in the day's orders are listed once, and of each line only the counters that are
//! not zero are kept: most days of most merchants hold one or two orders.
#![expect(clippy::as_conversions, reason = "the SCALE derive writes variant indices with `as`")]

use std::collections::BTreeMap;

use credit_core::dates::day_number;
use credit_core::records::{Direction, Order};
use credit_core::trade::{
    DayCounters, DayKey, Hs2, Marks, Parties, ShipmentCounters, ShipmentKey, contribution, last_event_on,
    shipments,
};
use credit_core::uscc::Uscc;
use parity_scale_codec::{Compact, Decode, DecodeAll, Encode};

use super::StoreError;
use super::codec::{MODES, code, day_of, uscc};

/// The sums of one merchant and day, and where the orders behind them lie.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TradeDay {
    pub merchant: Uscc,
    pub day: i32,
    /// From this day on the sums are right; before it some order behind them was in flight.
    pub last_event_day: i32,
    /// Between these days every order behind the sums was placed.
    pub first_ordered_day: i32,
    pub last_ordered_day: i32,
    /// Of the orders placed on the day.
    pub orders: BTreeMap<DayKey, DayCounters>,
    /// Of the parcels shipped on the day or promised for it.
    pub shipments: BTreeMap<ShipmentKey, ShipmentCounters>,
}

impl TradeDay {
    #[must_use]
    pub fn new(merchant: Uscc, day: i32) -> Self {
        Self {
            merchant,
            day,
            last_event_day: i32::MIN,
            first_ordered_day: i32::MAX,
            last_ordered_day: i32::MIN,
            orders: BTreeMap::new(),
            shipments: BTreeMap::new(),
        }
    }

    /// Adds an order placed on this day.
    pub fn add_order(&mut self, order: &Order, marks: Marks) {
        *self.orders.entry(DayKey::of(order)).or_default() += contribution(order, marks, None);
        self.stretch(order);
    }

    /// Adds what [`shipments`] gives for this day.
    pub fn add_shipment(&mut self, order: &Order, key: ShipmentKey, counters: ShipmentCounters) {
        *self.shipments.entry(key).or_default() += counters;
        self.stretch(order);
    }

    /// Widens the bounds by an order.
    pub fn stretch(&mut self, order: &Order) {
        let ordered = day_of(order.ordered_at);
        self.last_event_day = self.last_event_day.max(day_number(last_event_on(order)));
        self.first_ordered_day = self.first_ordered_day.min(ordered);
        self.last_ordered_day = self.last_ordered_day.max(ordered);
    }

    /// Widens the bounds by those of another day.
    pub fn widen(&mut self, other: &TradeDay) {
        self.last_event_day = self.last_event_day.max(other.last_event_day);
        self.first_ordered_day = self.first_ordered_day.min(other.first_ordered_day);
        self.last_ordered_day = self.last_ordered_day.max(other.last_ordered_day);
    }

    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.orders.is_empty() && self.shipments.is_empty()
    }

    /// The sums in their stored form.
    #[must_use]
    pub fn encode_sums(&self) -> Vec<u8> {
        let mut parties: Vec<Parties> = Vec::new();
        let orders = self
            .orders
            .iter()
            .map(|(key, counters)| OrderCell {
                parties: place(&mut parties, key.parties),
                mode: MODES
                    .iter()
                    .position(|mode| *mode == key.mode)
                    .and_then(|at| u8::try_from(at).ok())
                    .unwrap_or(u8::MAX),
                import: key.direction == Direction::Import,
                hs2: key.hs2.and_then(|hs2| hs2.as_str().as_bytes().try_into().ok()),
                counters: pack(&counters.values()),
            })
            .collect();
        let shipments = self
            .shipments
            .iter()
            .map(|(key, counters)| ShipmentCell {
                parties: place(&mut parties, key.parties),
                counters: pack(&counters.values()),
            })
            .collect();
        let parties = parties.iter().map(stored_parties).collect();
        StoredSums::V1(SumsV1 { parties, orders, shipments }).encode()
    }

    /// Reads the sums into a day whose columns are set.
    ///
    /// # Errors
    /// [`StoreError::Damaged`] when the bytes are not what [`TradeDay::encode_sums`] writes.
    pub fn decode_sums(&mut self, bytes: &[u8]) -> Result<(), StoreError> {
        let (merchant, day) = (self.merchant, self.day);
        let damaged =
            |why: String| StoreError::Damaged { what: "day of sums", key: format!("{merchant} {day}"), why };
        let StoredSums::V1(sums) =
            StoredSums::decode_all(&mut &*bytes).map_err(|error| damaged(error.to_string()))?;
        self.read(sums).map_err(damaged)
    }

    fn read(&mut self, sums: SumsV1) -> Result<(), String> {
        let parties: Vec<Parties> = sums
            .parties
            .into_iter()
            .map(|stored| parties_of(self.merchant, stored))
            .collect::<Result<_, String>>()?;
        let party = |at: Compact<u32>| -> Result<Parties, String> {
            let at = usize::try_from(at.0).map_err(|error| error.to_string())?;
            parties.get(at).copied().ok_or_else(|| format!("parties {at}"))
        };
        for cell in sums.orders {
            let key = DayKey {
                parties: party(cell.parties)?,
                day: self.day,
                direction: if cell.import { Direction::Import } else { Direction::Export },
                mode: MODES.get(usize::from(cell.mode)).copied().ok_or("mode")?,
                hs2: cell.hs2.and_then(|hs2| Hs2::of(std::str::from_utf8(&hs2).ok()?)),
            };
            self.orders.insert(key, DayCounters::from_values(unpack(&cell.counters)?));
        }
        for cell in sums.shipments {
            let key = ShipmentKey { parties: party(cell.parties)?, day: self.day };
            self.shipments.insert(key, ShipmentCounters::from_values(unpack(&cell.counters)?));
        }
        Ok(())
    }
}

/// The days on which an order is counted as a parcel.
pub fn shipment_days(order: &Order) -> impl Iterator<Item = i32> {
    shipments(order, None).map(|(key, _)| key.day)
}

#[derive(Encode, Decode)]
enum StoredSums {
    #[codec(index = 1)]
    V1(SumsV1),
}

type StoredParties = [Option<[u8; 18]>; 5];

#[derive(Encode, Decode)]
struct SumsV1 {
    /// Platform, carrier, payment institution, agent, warehouse; the merchant is in the key.
    parties: Vec<StoredParties>,
    orders: Vec<OrderCell>,
    shipments: Vec<ShipmentCell>,
}

#[derive(Encode, Decode)]
struct OrderCell {
    parties: Compact<u32>,
    mode: u8,
    import: bool,
    hs2: Option<[u8; 2]>,
    counters: Packed,
}

#[derive(Encode, Decode)]
struct ShipmentCell {
    parties: Compact<u32>,
    counters: Packed,
}

/// A bit per counter that is not zero, then those counters. The sums of whole days are never negative.
#[derive(Encode, Decode)]
struct Packed {
    filled: Compact<u32>,
    values: Vec<Compact<u64>>,
}

fn pack(counters: &[i64]) -> Packed {
    let mut packed = Packed { filled: Compact(0), values: Vec::new() };
    for (at, counter) in counters.iter().enumerate() {
        if let Some(value) = u64::try_from(*counter).ok().filter(|value| *value > 0) {
            packed.filled.0 |= 1 << at;
            packed.values.push(Compact(value));
        }
    }
    packed
}

fn unpack<const N: usize>(packed: &Packed) -> Result<[i64; N], String> {
    let mut counters = [0; N];
    let mut values = packed.values.iter();
    for (at, counter) in counters.iter_mut().enumerate() {
        if packed.filled.0 & (1 << at) != 0 {
            let value = values.next().ok_or("a counter is missing")?;
            *counter = i64::try_from(value.0).map_err(|error| error.to_string())?;
        }
    }
    if values.next().is_some() || packed.filled.0 >> N != 0 {
        return Err("a counter too many".to_owned());
    }
    Ok(counters)
}

/// The place of `parties` in the list, adding it when it is not there.
fn place(list: &mut Vec<Parties>, parties: Parties) -> Compact<u32> {
    let at = list.iter().position(|known| *known == parties).unwrap_or_else(|| {
        list.push(parties);
        list.len() - 1
    });
    Compact(u32::try_from(at).unwrap_or(u32::MAX))
}

fn stored_parties(parties: &Parties) -> StoredParties {
    [parties.platform, parties.logistics, parties.payment, parties.agent, parties.warehouse]
        .map(|party| party.as_ref().map(code))
}

fn parties_of(merchant: Uscc, stored: StoredParties) -> Result<Parties, String> {
    let [platform, logistics, payment, agent, warehouse] = stored.map(|party| party.map(uscc).transpose());
    Ok(Parties {
        merchant,
        platform: platform?,
        logistics: logistics?,
        payment: payment?,
        agent: agent?,
        warehouse: warehouse?,
    })
}
