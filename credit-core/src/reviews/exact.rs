//! The row road for reviews: facts straight from the rows, for any D and any knowledge time.

use std::collections::{BTreeMap, BTreeSet};

use chrono::NaiveDate;

use crate::dates::day_number;
use crate::facts::ReviewFacts;
use crate::indicator::SubjectKind;
use crate::records::Review;
use crate::reviews::signs::ReviewLooks;
use crate::reviews::suspicion::{BurstDays, KnownOrder, counts, suspicions};
use crate::reviews::tally::{ReviewKey, ReviewTally, in_long_window, review_counters};
use crate::trade::Hs2;
use crate::uscc::Uscc;

/// What the whole zone says for one D: the stars of all verified reviews, and the burst days of F5.
#[derive(Debug, Clone)]
pub struct ReviewZone {
    pub all: ReviewTally,
    pub bursts: BurstDays,
}

impl ReviewZone {
    /// From all reviews of the zone.
    #[must_use]
    pub fn of<'a>(reviews: impl IntoIterator<Item = &'a Review> + Clone, as_of: NaiveDate) -> Self {
        let mut all = ReviewTally::new(as_of);
        for review in reviews.clone() {
            all.add_day(ReviewKey::of(review).day, review_counters(review));
        }
        Self { all, bursts: BurstDays::of(reviews, as_of) }
    }
}

/// Whose facts are asked for, and what is not to be counted for them.
#[derive(Debug, Clone, Default)]
pub struct ReviewSubjects {
    pub asked: BTreeSet<(Uscc, SubjectKind)>,
    /// Events counted in S2, by enterprise.
    pub excluded_events: BTreeMap<Uscc, BTreeSet<String>>,
}

impl ReviewSubjects {
    fn excludes(&self, uscc: &Uscc, review: &Review) -> bool {
        let event = review.event_id.as_ref().filter(|event| !event.is_empty());
        event.zip(self.excluded_events.get(uscc)).is_some_and(|(event, events)| events.contains(event))
    }
}

/// Counts the reviews, those of one reviewed enterprise at a time. `F` finds an order by number and reviewed
/// enterprise, as known at D.
#[derive(Debug)]
pub struct ReviewPass<'a, F> {
    as_of: NaiveDate,
    zone: &'a ReviewZone,
    subjects: &'a ReviewSubjects,
    find_order: F,
    tallies: BTreeMap<(Uscc, SubjectKind), ReviewTally>,
    looks: BTreeMap<(Uscc, SubjectKind), ReviewLooks>,
}

impl<'a, F: Fn(&str, &Uscc) -> Option<KnownOrder>> ReviewPass<'a, F> {
    #[must_use]
    pub fn new(as_of: NaiveDate, zone: &'a ReviewZone, subjects: &'a ReviewSubjects, find_order: F) -> Self {
        let tallies = subjects.asked.iter().map(|asked| (*asked, ReviewTally::new(as_of))).collect();
        Self { as_of, zone, subjects, find_order, tallies, looks: BTreeMap::new() }
    }

    /// Takes all reviews of one reviewed `uscc`, on whatever platform; none must come twice.
    pub fn add_reviewed(&mut self, reviews: &[Review]) {
        for review in reviews {
            let order = review.order_no.as_ref().filter(|number| !number.is_empty());
            let order = order.and_then(|number| (self.find_order)(number, &review.uscc));
            self.look(review, order.and_then(|order| order.chapter));
        }
        let counted: Vec<&Review> = reviews.iter().filter(|review| counts(review, self.as_of)).collect();
        if !self.concerned(&counted) {
            return;
        }
        let found = suspicions(&counted, &self.zone.bursts, &self.find_order);
        for (review, suspicion) in counted.iter().zip(found) {
            let key = ReviewKey::of(review);
            for asked in key.populations() {
                let Some(tally) = self.tallies.get_mut(&asked) else { continue };
                if !self.subjects.excludes(&asked.0, review) {
                    tally.add_day(key.day, review_counters(review));
                    tally.add_suspicious(i64::from(suspicion.is_suspicious()));
                }
            }
        }
    }

    /// Deleted reviews are looked at as well.
    fn look(&mut self, review: &Review, chapter: Option<Hs2>) {
        let key = ReviewKey::of(review);
        for asked in key.populations().filter(|_| in_long_window(key.day, self.as_of)) {
            if self.tallies.contains_key(&asked) && !self.subjects.excludes(&asked.0, review) {
                self.looks.entry(asked).or_default().add(review, chapter);
            }
        }
    }

    fn concerned(&self, reviews: &[&Review]) -> bool {
        reviews
            .iter()
            .any(|review| ReviewKey::of(review).populations().any(|asked| self.tallies.contains_key(&asked)))
    }

    #[must_use]
    pub fn finish(self) -> BTreeMap<(Uscc, SubjectKind), ReviewFacts> {
        let (zone, last) = (&self.zone.all, day_number(self.as_of));
        let signs = |asked: &_| self.looks.get(asked).map(|looks| looks.finish(last)).unwrap_or_default();
        let facts = |(asked, tally): (&(Uscc, SubjectKind), &ReviewTally)| {
            (*asked, ReviewFacts { signs: signs(asked), ..tally.finish(zone) })
        };
        self.tallies.iter().map(facts).collect()
    }
}
