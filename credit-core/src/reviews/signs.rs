//! Signs in all reviews of an enterprise together: bursts of praise (F4), ratings without a middle (F6) and low ones
//! that were taken away (F8). Ruling D3 keeps them out of C06 until they are defined; here they are figures of alerts,
//! which are never counted in a score. What others' reviews look like is [`peers`](super::peers).

use std::collections::BTreeMap;

use crate::records::Review;
use crate::reviews::tally::LOW_STARS;
use crate::trade::Hs2;
use crate::trade::view::day_of;

/// Days of the moving average of F4, and after the first review until it tells anything.
const AVERAGE_DAYS: i128 = 60;
/// F4 looks at the bursts of so many days.
const BURST_DAYS: i32 = 90;
/// Fewer reviews of a day are no burst, however quiet it was before.
const BURST_MIN: u64 = 10;
/// Standard deviations above the average, squared.
const DEVIATIONS_SQUARED: i128 = 25;
/// Stars of praise on the average, in tenths (4.9).
const PRAISE_TENTHS: u64 = 49;
/// The parts of a review in which the average is kept.
const UNIT: i128 = 1_000_000;

/// What is counted for these signs, 365 days.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ReviewSigns {
    /// Reviews that stand, by stars from one to five.
    pub stars: [u64; 5],
    /// Of those whose order is known, by the chapter of its goods (F6).
    pub chapters: BTreeMap<Hs2, [u64; 5]>,
    /// Reviews of at most two stars, those that were deleted among them, and the deleted ones.
    pub low: u64,
    pub low_deleted: u64,
    /// F4: days of the last 90 with far more reviews than before, nearly all of five stars.
    pub bursts: u64,
}

/// The rows of one population on the way.
#[derive(Debug, Clone, Default)]
pub struct ReviewLooks {
    signs: ReviewSigns,
    /// Reviews and their stars by day.
    days: BTreeMap<i32, (u64, u64)>,
}

impl ReviewLooks {
    /// Takes a review of the 365 days, deleted or not, with the chapter of its order's goods.
    pub fn add(&mut self, review: &Review, chapter: Option<Hs2>) {
        let low = review.rating <= LOW_STARS;
        self.signs.low += u64::from(low);
        if review.deleted {
            self.signs.low_deleted += u64::from(low);
            return;
        }
        let place = usize::from(review.rating.saturating_sub(1));
        let of_chapter = chapter.map(|chapter| self.signs.chapters.entry(chapter).or_default());
        for stars in std::iter::once(&mut self.signs.stars).chain(of_chapter) {
            if let Some(count) = stars.get_mut(place) {
                *count += 1;
            }
        }
        let day = self.days.entry(day_of(review.created_at)).or_default();
        day.0 += 1;
        day.1 += u64::from(review.rating);
    }

    /// The signs up to a day.
    #[must_use]
    pub fn finish(&self, last: i32) -> ReviewSigns {
        ReviewSigns { bursts: bursts(&self.days, last), ..self.signs.clone() }
    }
}

/// F4: days whose count lies more than five standard deviations above the exponential moving average of the days
/// before, weight 2/61, in whole numbers throughout.
fn bursts(days: &BTreeMap<i32, (u64, u64)>, last: i32) -> u64 {
    let Some(first) = days.keys().next().copied() else { return 0 };
    let (mut average, mut variance, mut found) = (0_i128, 0_i128, 0);
    for day in first..=last {
        let (reviews, stars) = days.get(&day).copied().unwrap_or_default();
        let above = i128::from(reviews) * UNIT - average;
        let known = i128::from(day - first) >= AVERAGE_DAYS && last - day < BURST_DAYS;
        let far = above > 0 && above * above > DEVIATIONS_SQUARED * variance;
        if known && far && reviews >= BURST_MIN && stars * 10 >= PRAISE_TENTHS * reviews {
            found += 1;
        }
        let part = |value: i128| value * 2 / (AVERAGE_DAYS + 1);
        average += part(above);
        variance += part(above * above);
        variance -= part(variance);
    }
    found
}

#[cfg(test)]
#[expect(clippy::indexing_slicing, reason = "tests")]
mod tests {
    use super::*;

    fn steady(per_day: u64, days: i32) -> BTreeMap<i32, (u64, u64)> {
        (0..days).map(|day| (day, (per_day + u64::from(day % 2 == 0), 4 * per_day))).collect()
    }

    #[test]
    fn a_burst_of_praise_is_one_and_many_sober_reviews_are_none() {
        let mut days = steady(2, 200);
        assert_eq!(bursts(&days, 199), 0);
        days.insert(190, (30, 150));
        assert_eq!(bursts(&days, 199), 1);
        days.insert(190, (30, 146));
        assert_eq!(bursts(&days, 199), 0, "4.87 stars");
        days.insert(190, (9, 45));
        assert_eq!(bursts(&days, 199), 0, "nine are no burst");
        days.insert(190, (30, 150));
        assert_eq!(bursts(&days, 190 + 89), 1);
        assert_eq!(bursts(&days, 190 + 90), 0, "long ago");
    }

    #[test]
    fn nothing_is_usual_in_the_first_sixty_days() {
        let days = |day| BTreeMap::from([(0, (1, 5)), (day, (40, 200))]);
        assert_eq!(bursts(&days(59), 80), 0);
        assert_eq!(bursts(&days(60), 80), 1);
    }

    /// Against the same in floating point.
    #[test]
    fn the_average_is_the_exponential_one() {
        let mut days = steady(5, 120);
        let (mut average, mut variance) = (0.0_f64, 0.0_f64);
        for day in 0..120 {
            let above = f64::from(u32::try_from(days[&day].0).unwrap_or_default()) - average;
            average += above * 2.0 / 61.0;
            variance = variance * 59.0 / 61.0 + above * above * 2.0 / 61.0;
        }
        let edge = (average + 5.0 * variance.sqrt()).floor();
        for (more, found) in [(0.0, 0), (2.0, 1)] {
            #[expect(
                clippy::as_conversions,
                clippy::cast_possible_truncation,
                clippy::cast_sign_loss,
                reason = "a test's small number"
            )]
            let count = (edge + more) as u64;
            days.insert(120, (count, 5 * count));
            assert_eq!(bursts(&days, 120), if count >= BURST_MIN { found } else { 0 }, "{count} of {edge}");
        }
    }
}
