//! Which reviews are suspicious (D3): F1, or two of F2, F3, F5, F7. F4, F6 and F8 are off.

use std::collections::{BTreeMap, BTreeSet};

use chrono::NaiveDate;

use crate::dates::Moment;
use crate::records::{Order, Review};
use crate::reviews::similarity::near_duplicates;
use crate::reviews::tally::in_long_window;
use crate::trade::key::{Hs2, Parties};
use crate::trade::view::{Horizon, day_of, filled};
use crate::uscc::Uscc;

/// A buyer reviewing so many enterprises on one calendar day is suspicious (F5).
pub const BURST_ENTERPRISES: usize = 10;
/// So many of F2, F3, F5 and F7 together make a review suspicious.
const RULES_TOGETHER: usize = 2;

/// An order that a review names and in which the reviewed enterprise takes part.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct KnownOrder {
    /// `None` when not delivered as far as is known at D.
    pub delivered_at: Option<Moment>,
    /// Of its goods.
    pub chapter: Option<Hs2>,
}

impl KnownOrder {
    /// Several merchants may use one order number. The review may mean any of their orders, so the one that
    /// speaks least against it counts: an undelivered one, else the one delivered first. Their chapter is one that
    /// they share.
    #[must_use]
    pub fn least_against(self, other: KnownOrder) -> KnownOrder {
        let delivered_at = self.delivered_at.zip(other.delivered_at).map(|(a, b)| a.min(b));
        KnownOrder { delivered_at, chapter: self.chapter.filter(|chapter| other.chapter == Some(*chapter)) }
    }
}

/// Orders by number, for a caller without a database of them.
#[derive(Debug)]
pub struct OrderIndex {
    horizon: Horizon,
    orders: BTreeMap<String, Vec<(Parties, KnownOrder)>>,
}

impl OrderIndex {
    /// For D; orders and deliveries after it are not known.
    #[must_use]
    pub fn new(as_of: NaiveDate) -> Self {
        Self { horizon: Horizon::new(Some(as_of)), orders: BTreeMap::new() }
    }

    pub fn add(&mut self, order: &Order) {
        if self.horizon.shows(order) {
            let known = KnownOrder {
                delivered_at: self.horizon.time(order.delivered_at),
                chapter: filled(order.hs_code.as_ref()).and_then(Hs2::of),
            };
            self.orders.entry(order.order_no.clone()).or_default().push((Parties::of(order), known));
        }
    }

    /// The order of that number in which `uscc` takes part.
    #[must_use]
    pub fn find(&self, order_no: &str, uscc: &Uscc) -> Option<KnownOrder> {
        let orders = self.orders.get(order_no)?;
        orders
            .iter()
            .filter(|(parties, _)| parties.involves(*uscc))
            .map(|(_, known)| *known)
            .reduce(KnownOrder::least_against)
    }
}

/// F5: the days on which a buyer token reviewed at least [`BURST_ENTERPRISES`] enterprises, over the zone's
/// reviews of the window.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct BurstDays(BTreeSet<(String, i32)>);

impl BurstDays {
    /// From the tokens and days already found (a database groups faster than memory does).
    #[must_use]
    pub fn new(found: impl IntoIterator<Item = (String, i32)>) -> Self {
        Self(found.into_iter().collect())
    }

    /// From the reviews themselves; deleted ones and those outside the 365 days of D are passed over.
    #[must_use]
    pub fn of<'a>(reviews: impl IntoIterator<Item = &'a Review>, as_of: NaiveDate) -> Self {
        let mut reviewed: BTreeMap<(&str, i32), BTreeSet<Uscc>> = BTreeMap::new();
        for review in reviews.into_iter().filter(|review| counts(review, as_of)) {
            if !review.buyer_token.is_empty() {
                let day = (review.buyer_token.as_str(), day_of(review.created_at));
                reviewed.entry(day).or_default().insert(review.uscc);
            }
        }
        let bursts = reviewed.into_iter().filter(|(_, enterprises)| enterprises.len() >= BURST_ENTERPRISES);
        Self::new(bursts.map(|((buyer, day), _)| (buyer.to_owned(), day)))
    }

    fn holds(&self, review: &Review) -> bool {
        !self.0.is_empty() && self.0.contains(&(review.buyer_token.clone(), day_of(review.created_at)))
    }
}

/// Whether C06 looks at a review: not deleted, and inside the 365 days of D.
#[must_use]
pub fn counts(review: &Review, as_of: NaiveDate) -> bool {
    !review.deleted && in_long_window(day_of(review.created_at), as_of)
}

/// The rules a review meets.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Suspicion {
    /// No known order of the number given.
    pub no_order: bool,
    /// Written before delivery.
    pub before_delivery: bool,
    /// One of a ring of copies.
    pub copied: bool,
    /// Of a buyer on a burst day.
    pub burst: bool,
    /// The platform says the review was rewarded.
    pub incentive: bool,
}

impl Suspicion {
    #[must_use]
    pub fn is_suspicious(self) -> bool {
        let others = [self.before_delivery, self.copied, self.burst, self.incentive];
        self.no_order || others.iter().filter(|met| **met).count() >= RULES_TOGETHER
    }
}

/// The rules met by each of `reviews`, in the order given: all reviews of one reviewed enterprise that
/// [`counts`] for D. `find_order` gives the order of a number in which the enterprise takes part, as known at D
/// (see [`OrderIndex`]).
pub fn suspicions(
    reviews: &[&Review],
    bursts: &BurstDays,
    find_order: impl Fn(&str, &Uscc) -> Option<KnownOrder>,
) -> Vec<Suspicion> {
    let copied = copied(reviews);
    let one = |(review, copied): (&&Review, bool)| {
        let order = filled(review.order_no.as_ref()).map(|number| find_order(number, &review.uscc));
        let delivered_at = order.flatten().and_then(|order| order.delivered_at);
        Suspicion {
            no_order: order == Some(None),
            before_delivery: delivered_at.is_some_and(|delivered_at| review.created_at < delivered_at),
            copied,
            burst: bursts.holds(review),
            incentive: review.incentive,
        }
    };
    reviews.iter().zip(copied).map(one).collect()
}

/// F3; a review without a simhash is no copy.
fn copied(reviews: &[&Review]) -> Vec<bool> {
    let hashed: Vec<(usize, (u64, &str))> = reviews
        .iter()
        .enumerate()
        .filter_map(|(at, review)| Some((at, (review.simhash?, review.buyer_token.as_str()))))
        .collect();
    let hashes: Vec<(u64, &str)> = hashed.iter().map(|(_, hash)| *hash).collect();
    let mut copied = vec![false; reviews.len()];
    for ((at, _), near) in hashed.iter().zip(near_duplicates(&hashes)) {
        if let Some(slot) = copied.get_mut(*at) {
            *slot = near;
        }
    }
    copied
}
