//! What a file touches: whose evaluation it can move, which days of which merchants, who deals with whom.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use credit_core::records::{Order, Record, Review};
use credit_core::uscc::Uscc;

use crate::store::codec::day_of;
use crate::store::packs::Days;
use crate::store::trade_days::shipment_days;

/// Gathered over all rows of a file; its size grows with the enterprises in it, not with its rows.
#[derive(Debug, Default)]
pub struct Touched {
    /// Enterprises whose evaluation the file can move.
    pub enterprises: BTreeSet<Uscc>,
    /// By merchant: every day on which a changed order was placed, shipped or promised, before or after the
    /// change, lies within.
    pub days: BTreeMap<Uscc, Days>,
    /// The last day of each pair of a party and the enterprise whose orders or reviews it stands in.
    pub dealings: HashMap<(Uscc, Uscc), i32>,
}

impl Touched {
    /// Notes whom a record of a slow source concerns; [`Touched::order`] and [`Touched::review`] note theirs.
    pub fn enterprises_of(&mut self, record: &Record) {
        if !matches!(record, Record::Transactions(_) | Record::Reviews(_)) {
            self.enterprises.insert(record.uscc());
        }
    }

    /// Notes an order that came or was replaced.
    pub fn order(&mut self, order: &Order) {
        let day = day_of(order.ordered_at);
        let days = self.days.entry(order.uscc).or_insert(Days::NONE);
        *days = days.stretch(day, day);
        for other in shipment_days(order) {
            *days = days.stretch(other, other);
        }
        self.enterprises.insert(order.uscc);
        let parties = [
            order.platform_uscc,
            order.logistics_uscc,
            order.payment_uscc,
            order.agent_uscc,
            order.warehouse_uscc,
        ];
        for party in parties.into_iter().flatten() {
            self.deal(party, order.uscc, day);
        }
    }

    /// Notes a review that came or was replaced.
    pub fn review(&mut self, review: &Review) {
        self.enterprises.insert(review.uscc);
        self.deal(review.platform_uscc, review.uscc, day_of(review.created_at));
    }

    fn deal(&mut self, party: Uscc, uscc: Uscc, day: i32) {
        self.enterprises.insert(party);
        if party != uscc {
            let last = self.dealings.entry((party, uscc)).or_insert(day);
            *last = day.max(*last);
        }
    }
}
