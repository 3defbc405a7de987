//! Days of reviews: by reviewed enterprise and platform, and for the zone.

use std::collections::BTreeMap;

use credit_core::records::Review;
use credit_core::reviews::{ReviewCounters, ReviewKey, review_counters};

use crate::store::bulk::{self, Bind};
use crate::store::{DbConnection, StoreError};

const ADDED: &str = "DO UPDATE SET reviews = TABLE.reviews + excluded.reviews, \
                     verified = TABLE.verified + excluded.verified, stars = TABLE.stars + excluded.stars, \
                     low = TABLE.low + excluded.low";

/// What a chunk of reviews changes in the sums of days.
#[derive(Debug, Default)]
pub struct ReviewChanges(BTreeMap<ReviewKey, ReviewCounters>);

impl ReviewChanges {
    pub fn add(&mut self, review: &Review) {
        *self.0.entry(ReviewKey::of(review)).or_default() += review_counters(review);
    }

    /// Takes out what a stored review had added.
    pub fn take_out(&mut self, review: &Review) {
        *self.0.entry(ReviewKey::of(review)).or_default() += -review_counters(review);
    }

    /// Adds the changes to the stored sums.
    ///
    /// # Errors
    /// The database's.
    pub fn write(self, connection: &mut DbConnection) -> Result<(), StoreError> {
        let mut zone: BTreeMap<i32, ReviewCounters> = BTreeMap::new();
        let mut rows: Vec<Vec<Bind>> = Vec::with_capacity(self.0.len());
        for (key, counters) in self.0.into_iter().filter(|(_, counters)| !counters.is_zero()) {
            *zone.entry(key.day).or_default() += counters;
            let head = [key.uscc.as_str().into(), key.day.into(), key.platform.as_str().into()];
            rows.push(head.into_iter().chain(counters.values().map(Bind::Big)).collect());
        }
        let added =
            format!("ON CONFLICT (uscc, day, platform_uscc) {}", ADDED.replace("TABLE", "review_days"));
        bulk::execute_rows(
            connection,
            "INSERT INTO review_days (uscc, day, platform_uscc, reviews, verified, stars, low)",
            7,
            rows,
            &added,
        )?;
        let rows = zone.into_iter().map(|(day, counters)| {
            std::iter::once(Bind::Int(day)).chain(counters.values().map(Bind::Big)).collect()
        });
        let added = format!("ON CONFLICT (day) {}", ADDED.replace("TABLE", "zone_review_days"));
        bulk::execute_rows(
            connection,
            "INSERT INTO zone_review_days (day, reviews, verified, stars, low)",
            5,
            rows.collect(),
            &added,
        )?;
        Ok(())
    }
}
