//! Counts of reviews by day and their sums over the windows of D (D1).

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

use crate::dates::day_number;
use crate::facts::ReviewFacts;
use crate::indicator::SubjectKind;
use crate::records::Review;
use crate::reviews::signs::ReviewSigns;
use crate::trade::counters::{count, counters};
use crate::trade::view::day_of;
use crate::uscc::Uscc;

/// The windows of D1 in days, by `created_at`.
pub const SHORT_DAYS: i32 = 90;
pub const LONG_DAYS: i32 = 365;
/// A review of at most so many stars is low (C02).
pub const LOW_STARS: u8 = 2;

/// What a day's reviews are counted under.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct ReviewKey {
    /// The enterprise reviewed.
    pub uscc: Uscc,
    pub platform: Uscc,
    /// Days since 1970-01-01, Shanghai, of `created_at`.
    pub day: i32,
}

impl ReviewKey {
    #[must_use]
    pub fn of(review: &Review) -> Self {
        Self { uscc: review.uscc, platform: review.platform_uscc, day: day_of(review.created_at) }
    }

    /// Whether the review is one of `uscc`'s as `kind` (A6): platforms by `platform_uscc`, others by `uscc`.
    #[must_use]
    pub fn in_population(&self, uscc: Uscc, kind: SubjectKind) -> bool {
        if kind == SubjectKind::E2 { self.platform == uscc } else { self.uscc == uscc }
    }

    /// Every population the review is counted in.
    pub fn populations(&self) -> impl Iterator<Item = (Uscc, SubjectKind)> + use<> {
        [
            (self.uscc, SubjectKind::E1),
            (self.platform, SubjectKind::E2),
            (self.uscc, SubjectKind::E3),
            (self.uscc, SubjectKind::E4),
        ]
        .into_iter()
    }
}

counters! {
    /// What the reviews of one [`ReviewKey`] add up to; deleted reviews add nothing.
    ReviewCounters {
        all,
        /// Verified purchases, their stars, and those of at most two stars.
        verified,
        stars,
        low,
    }
}

/// What one review adds to its day.
#[must_use]
pub fn review_counters(review: &Review) -> ReviewCounters {
    if review.deleted {
        return ReviewCounters::default();
    }
    if !review.verified_purchase {
        return ReviewCounters { all: 1, ..ReviewCounters::default() };
    }
    ReviewCounters {
        all: 1,
        verified: 1,
        stars: i64::from(review.rating),
        low: i64::from(review.rating <= LOW_STARS),
    }
}

/// Whether a day lies in the 365 days of D.
#[must_use]
pub fn in_long_window(day: i32, as_of: NaiveDate) -> bool {
    holds(day_number(as_of), day, LONG_DAYS)
}

fn holds(last: i32, day: i32, days: i32) -> bool {
    day <= last && last.saturating_sub(day) < days
}

/// The running sums of one population, or of the zone, for one D.
#[derive(Debug, Clone, Copy)]
pub struct ReviewTally {
    last: i32,
    long: ReviewCounters,
    short: ReviewCounters,
    suspicious: i64,
}

impl ReviewTally {
    #[must_use]
    pub fn new(as_of: NaiveDate) -> Self {
        let zero = ReviewCounters::default();
        Self { last: day_number(as_of), long: zero, short: zero, suspicious: 0 }
    }

    /// Adds a day's counters; days outside the windows, and after D, count nowhere. Negated counters take out.
    pub fn add_day(&mut self, day: i32, counters: ReviewCounters) {
        if holds(self.last, day, LONG_DAYS) {
            self.long += counters;
        }
        if holds(self.last, day, SHORT_DAYS) {
            self.short += counters;
        }
    }

    /// Adds suspicious reviews of the 365 days; negative takes out.
    pub fn add_suspicious(&mut self, reviews: i64) {
        self.suspicious = self.suspicious.saturating_add(reviews);
    }

    /// The facts without signs, which rows alone tell; `zone` is the tally of all reviews of the zone for the same D.
    #[must_use]
    pub fn finish(&self, zone: &ReviewTally) -> ReviewFacts {
        ReviewFacts {
            verified_365: count(self.long.verified),
            stars_365: count(self.long.stars),
            zone_verified_365: count(zone.long.verified),
            zone_stars_365: count(zone.long.stars),
            low_365: count(self.long.low),
            verified_90: count(self.short.verified),
            low_90: count(self.short.low),
            all_365: count(self.long.all),
            suspicious_365: count(self.suspicious),
            signs: ReviewSigns::default(),
        }
    }
}
