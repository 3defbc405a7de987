//! The zone as it stands at the end of one day: facts dated later do not exist (ruling A7), and the flags and zone
//! figures that many enterprises share are worked out once.

use std::collections::{BTreeMap, HashMap};

use chrono::NaiveDate;

use super::facts::{Complaint, Order, PerEnterprise, Registration, Review, Zone};
use super::listed;
use super::peers::{Peers, RowFlags};
use super::reviews::ReviewFlags;

/// An enterprise: the row received last answers; the others are what its record sources say.
pub struct Enterprise<'a> {
    pub current: &'a Registration,
    pub by_source: &'a [Registration],
}

pub struct View<'a> {
    pub zone: &'a Zone,
    pub as_of: NaiveDate,
    pub enterprises: BTreeMap<&'a str, Enterprise<'a>>,
    /// Orders placed by D, with later events removed.
    pub orders: Vec<Order>,
    pub order_flags: Vec<RowFlags>,
    /// Indices into `orders` by (place in the order, USCC).
    places: HashMap<(&'static str, String), Vec<usize>>,
    pub peers: Peers,
    pub reviews: Vec<&'a Review>,
    pub review_flags: Vec<ReviewFlags>,
    pub complaints: Vec<&'a Complaint>,
    /// Enterprises that ruling C8 calls bad.
    pub bad: Vec<&'a str>,
}

/// What an order looked like at the end of D. `None`: it had not been placed.
fn order_at(order: &Order, as_of: NaiveDate) -> Option<Order> {
    let known = |time: Option<chrono::NaiveDateTime>| time.filter(|t| t.date() <= as_of);
    if order.ordered_at.date() > as_of {
        return None;
    }
    // Reading: the amount paid stays when paid_at reads as empty; A7 names the times only.
    Some(Order {
        paid_at: known(order.paid_at),
        shipped_at: known(order.shipped_at),
        delivered_at: known(order.delivered_at),
        returned_at: known(order.returned_at),
        held_at: known(order.held_at),
        cancelled_at: known(order.cancelled_at),
        ..order.clone()
    })
}

fn places(orders: &[Order]) -> HashMap<(&'static str, String), Vec<usize>> {
    let mut places: HashMap<(&'static str, String), Vec<usize>> = HashMap::new();
    for (index, order) in orders.iter().enumerate() {
        let mut stand = |place: &'static str, uscc: Option<&String>| {
            if let Some(uscc) = uscc {
                places.entry((place, uscc.clone())).or_default().push(index);
            }
        };
        stand("merchant", Some(&order.uscc));
        stand("platform", order.platform_uscc.as_ref());
        stand("logistics", order.logistics_uscc.as_ref());
        stand("payment", order.payment_uscc.as_ref());
        stand("agent", order.agent_uscc.as_ref());
        stand("warehouse", order.warehouse_uscc.as_ref());
    }
    places
}

impl<'a> View<'a> {
    pub fn new(zone: &'a Zone, as_of: NaiveDate) -> Self {
        let mut enterprises = BTreeMap::new();
        for (uscc, rows) in &zone.registrations {
            if let Some(current) = rows.last().filter(|row| row.established_on <= as_of) {
                enterprises.insert(uscc.as_str(), Enterprise { current, by_source: rows });
            }
        }
        let orders: Vec<Order> = zone.orders.values().filter_map(|order| order_at(order, as_of)).collect();
        let order_flags = RowFlags::of_all(&orders, &enterprises, as_of);
        let peers = Peers::new(&orders, as_of);
        let reviews: Vec<&Review> =
            zone.reviews.values().filter(|review| review.created_at.date() <= as_of).collect();
        let mut view = Self {
            zone,
            as_of,
            places: places(&orders),
            enterprises,
            orders,
            order_flags,
            peers,
            review_flags: Vec::new(),
            reviews,
            complaints: zone.complaints.values().filter(|c| c.accepted_on <= as_of).collect(),
            bad: Vec::new(),
        };
        view.review_flags = ReviewFlags::of_all(&view);
        view.bad = view.enterprises.keys().copied().filter(|uscc| listed::is_bad(&view, uscc)).collect();
        view
    }

    /// Facts of one enterprise from one source.
    pub fn facts<T>(
        &self,
        facts: &'a PerEnterprise<T>,
        uscc: &str,
    ) -> impl Iterator<Item = &'a T> + use<'a, T> {
        facts.get(uscc).into_iter().flat_map(BTreeMap::values)
    }

    /// E1..E4 as 0..3, by the first role named (ruling A5).
    pub fn kind(&self, uscc: &str) -> usize {
        match self.enterprises[uscc].current.roles[0].as_str() {
            "ecommerce" => 0,
            "platform" => 1,
            "logistics" => 2,
            _ => 3,
        }
    }

    /// Indices of the orders in which the enterprise stands in its own role (rulings A6 and G).
    pub fn population(&self, uscc: &str) -> Vec<usize> {
        let places: &[&'static str] = match self.kind(uscc) {
            0 => &["merchant"],
            1 => &["platform"],
            2 => &["logistics"],
            _ => &["payment", "merchant", "agent", "warehouse"],
        };
        self.standing(uscc, places)
    }

    /// Indices of the orders in which the enterprise takes any part.
    pub fn takes_part(&self, uscc: &str) -> Vec<usize> {
        self.standing(uscc, &["merchant", "platform", "logistics", "payment", "agent", "warehouse"])
    }

    fn standing(&self, uscc: &str, places: &[&'static str]) -> Vec<usize> {
        let mut rows: Vec<usize> = places
            .iter()
            .filter_map(|place| self.places.get(&(*place, uscc.to_owned())))
            .flatten()
            .copied()
            .collect();
        rows.sort_unstable();
        rows.dedup();
        rows
    }
}
