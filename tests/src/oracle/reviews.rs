//! S4, reviews: C01, C02, C06 (rulings D1, D3).

use std::collections::{BTreeSet, HashMap};

use super::bins::entry;
use super::days::in_days;
use super::facts::Review;
use super::fraction::Fraction;
use super::grade::{Finding, State, Value};
use super::view::View;

/// Whether a review is suspicious, among the reviews of the same 365 days that are not deleted.
#[derive(Clone, Copy, Debug, Default)]
pub struct ReviewFlags {
    pub suspicious: bool,
}

fn in_population(view: &View<'_>, review: &Review) -> bool {
    !review.deleted && in_days(review.created_at.date(), view.as_of, 365)
}

impl ReviewFlags {
    pub fn of_all(view: &View<'_>) -> Vec<Self> {
        let mut by_merchant: HashMap<&str, Vec<&Review>> = HashMap::new();
        let mut merchants_that_day: HashMap<(&str, chrono::NaiveDate), BTreeSet<&str>> = HashMap::new();
        for review in view.reviews.iter().filter(|review| in_population(view, review)) {
            by_merchant.entry(&review.uscc).or_default().push(review);
            let day = (review.buyer_token.as_str(), review.created_at.date());
            merchants_that_day.entry(day).or_default().insert(&review.uscc);
        }
        let mut orders: HashMap<&str, HashMap<&str, Vec<usize>>> = HashMap::new();
        for uscc in by_merchant.keys() {
            let known = orders.entry(uscc).or_default();
            for index in view.takes_part(uscc) {
                known.entry(view.orders[index].order_no.as_str()).or_default().push(index);
            }
        }
        view.reviews
            .iter()
            .map(|review| {
                if !in_population(view, review) {
                    return Self::default();
                }
                let same: &[usize] = review
                    .order_no
                    .as_ref()
                    .and_then(|order_no| orders[review.uscc.as_str()].get(order_no.as_str()))
                    .map_or(&[], Vec::as_slice);
                let f1 = review.order_no.is_some() && same.is_empty();
                // Reading: any order of that number in which the reviewed enterprise takes part.
                let f2 = same
                    .iter()
                    .any(|index| view.orders[*index].delivered_at.is_some_and(|at| review.created_at < at));
                let f3 = copies(&by_merchant[review.uscc.as_str()], review) >= 5;
                let day = (review.buyer_token.as_str(), review.created_at.date());
                let f5 = merchants_that_day[&day].len() >= 10;
                let signs = [f2, f3, f5, review.incentive].into_iter().filter(|sign| *sign).count();
                Self { suspicious: f1 || signs >= 2 }
            })
            .collect()
    }
}

/// Distinct buyers among the merchant's reviews whose text is within 3 bits of this one, itself included.
fn copies(reviews: &[&Review], review: &Review) -> usize {
    let Some(own) = review.simhash else { return 0 };
    let near = |other: &&&Review| other.simhash.is_some_and(|hash| (hash ^ own).count_ones() <= 3);
    reviews.iter().filter(near).map(|other| other.buyer_token.as_str()).collect::<BTreeSet<_>>().len()
}

pub fn findings(view: &View<'_>, uscc: &str) -> Vec<(&'static str, Finding)> {
    let platform = view.kind(uscc) == 1;
    let about = |review: &Review| if platform { review.platform_uscc == uscc } else { review.uscc == uscc };
    let own: Vec<(&Review, &ReviewFlags)> = view
        .reviews
        .iter()
        .copied()
        .zip(&view.review_flags)
        .filter(|(review, _)| about(review) && in_population(view, review))
        .collect();
    let c06 = c06(&own);
    let mut c01 = c01(view, &own);
    let few_genuine = match c06.value {
        Some(Value::Exact(share)) => c06.state == State::Observed && share < Fraction::new(80, 100),
        _ => false,
    };
    if few_genuine {
        c01 = c01.with_bp(0);
    }
    vec![("C01", c01), ("C02", c02(view, &own)), ("C06", c06)]
}

/// Sum of stars and number of reviews.
fn stars<'a>(reviews: impl Iterator<Item = &'a Review>) -> (i128, i128) {
    reviews.filter(|review| review.verified).fold((0, 0), |(sum, n), review| (sum + review.rating, n + 1))
}

fn c01(view: &View<'_>, own: &[(&Review, &ReviewFlags)]) -> Finding {
    let (sum, v) = stars(own.iter().map(|(review, _)| *review));
    let n = usize::try_from(v).unwrap();
    if n < entry("C01").min_n {
        return Finding::insufficient().with_n(n);
    }
    let (zone_sum, zone_n) = stars(view.reviews.iter().copied().filter(|review| in_population(view, review)));
    let mean = Fraction::new(zone_sum, zone_n);
    let value = (Fraction::whole(sum) + Fraction::whole(50) * mean) * Fraction::new(1, v + 50);
    Finding::number(value).with_n(n)
}

fn c02(view: &View<'_>, own: &[(&Review, &ReviewFlags)]) -> Finding {
    let year: Vec<&Review> = own.iter().map(|(review, _)| *review).filter(|review| review.verified).collect();
    let quarter: Vec<&&Review> =
        year.iter().filter(|review| in_days(review.created_at.date(), view.as_of, 90)).collect();
    let n = quarter.len();
    if n < entry("C02").min_n {
        return Finding::insufficient().with_n(n);
    }
    let count = |n: usize| i128::try_from(n).unwrap();
    let low_quarter = count(quarter.iter().filter(|review| review.rating <= 2).count());
    let low_year = count(year.iter().filter(|review| review.rating <= 2).count());
    if low_year == 0 {
        return Finding::count(0).with_n(n);
    }
    let value = Fraction::new(low_quarter, count(n)).over(Fraction::new(low_year, count(year.len())));
    Finding::number(value).with_n(n)
}

fn c06(own: &[(&Review, &ReviewFlags)]) -> Finding {
    let genuine = own.iter().filter(|(_, flags)| !flags.suspicious).count();
    Finding::share("C06", genuine, own.len(), own.len())
}
