//! Reviews of merchants, and of the carriers and service firms of their orders.

use credit_core::uscc::Uscc;
use serde::Serialize;

use super::SampleError;
use super::archetypes::Archetype;
use super::enterprise::{Enterprise, Period};
use super::files::Files;
use super::rng::{Rng, Topic, mix};
use super::sheet::{DAY, Seconds, push_time};
use super::trade::{Sold, order_no, token};

/// Orders that are reviewed, in 1/10 000.
const REVIEWED: u32 = 1800;

/// Orders whose carrier, and whose service firm, is reviewed.
const CARRIER_REVIEWED: u32 = 300;
const SERVICE_REVIEWED: u32 = 150;

/// Reviews of one invented text.
const COPIES: u64 = 9;

/// A line of the file; names as in the source's format.
#[derive(Serialize)]
struct ReviewRow<'a> {
    review_id: &'a str,
    platform_uscc: &'a str,
    uscc: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    order_no: Option<&'a str>,
    rating: i64,
    created_at: &'a str,
    verified_purchase: bool,
    buyer_token: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    counterparty_token: Option<&'a str>,
    simhash: &'a str,
    deleted: bool,
    incentive: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    merchant_replied_at: Option<&'a str>,
}

/// A review before it is written.
struct Review {
    subject: Uscc,
    platform: Uscc,
    order: Option<u32>,
    rating: i64,
    at: Seconds,
    buyer: u64,
    business: bool,
    text: u64,
    incentive: bool,
}

/// The reviews of one merchant's orders, numbered in turn.
struct Desk<'a> {
    merchant: u32,
    written: u32,
    end: Seconds,
    files: &'a mut Files,
}

pub(super) fn write(
    merchant: &Enterprise,
    period: &Period,
    orders: &[Sold],
    files: &mut Files,
) -> Result<(), SampleError> {
    let mut rng = merchant.rng(period, Topic::Reviews);
    let conduct = merchant.conduct();
    let mut desk = Desk { merchant: merchant.number, written: 0, end: period.end(), files };
    let mut invented = 0;
    for order in orders {
        let (Some(platform), Some(delivered)) = (order.platform, order.delivered_at) else { continue };
        let at = delivered + rng.between(1, 9) * DAY + rng.between(0, 40_000);
        let review = Review {
            subject: merchant.uscc,
            platform,
            order: Some(order.number),
            rating: stars(conduct.bad_reviews, &mut rng),
            at,
            buyer: order.buyer,
            business: order.amount > 500_000,
            text: rng.next(),
            incentive: false,
        };
        if rng.chance(REVIEWED) {
            desk.put(&review, &mut rng)?;
        }
        if rng.chance(conduct.fake_reviews) {
            desk.put(&fake(&review, order, &mut invented), &mut rng)?;
        }
        if let Some(carrier) = order.carrier.filter(|_| rng.chance(CARRIER_REVIEWED)) {
            let rating = stars(if order.carrier_weak { 2600 } else { 180 }, &mut rng);
            desk.put(&Review { subject: carrier, rating, text: rng.next(), ..review }, &mut rng)?;
        }
        if let Some(service) = order.service.filter(|_| rng.chance(SERVICE_REVIEWED)) {
            let rating = stars(200, &mut rng);
            desk.put(
                &Review { subject: service, rating, text: rng.next(), business: true, ..review },
                &mut rng,
            )?;
        }
    }
    if merchant.archetype == Archetype::FakeReviews {
        return bought_praise(merchant, orders, &mut desk, &mut rng);
    }
    Ok(())
}

/// A copied text for a reward, written before the parcel arrives.
fn fake(review: &Review, order: &Sold, invented: &mut u64) -> Review {
    let text = mix(*invented / COPIES);
    *invented += 1;
    Review { rating: 5, at: order.ordered_at + 3600, text, incentive: true, ..*review }
}

/// Praise for orders that nobody placed.
fn bought_praise(
    merchant: &Enterprise,
    orders: &[Sold],
    desk: &mut Desk<'_>,
    rng: &mut Rng,
) -> Result<(), SampleError> {
    for order in orders.iter().step_by(40) {
        let Some(platform) = order.platform else { continue };
        let review = Review {
            subject: merchant.uscc,
            platform,
            order: Some(900_000 + order.number),
            rating: 5,
            at: order.ordered_at + 2 * DAY,
            buyer: 2_000_000 + u64::from(order.number),
            business: false,
            text: rng.next(),
            incentive: false,
        };
        desk.put(&review, rng)?;
    }
    Ok(())
}

/// Five stars or four, but for the given share of one or two.
fn stars(bad: u32, rng: &mut Rng) -> i64 {
    if rng.chance(bad) {
        return rng.between(1, 2);
    }
    // The worse the bad share, the cooler the rest.
    let warm = 9300_u32.saturating_sub(bad.saturating_mul(2));
    if rng.chance(warm) { 5 } else { rng.pick(&[4, 4, 4, 3]) }
}

impl Desk<'_> {
    fn put(&mut self, review: &Review, rng: &mut Rng) -> Result<(), SampleError> {
        if review.at > self.end {
            return Ok(());
        }
        self.written += 1;
        let id = format!("PJ{:06}{:06}", self.merchant, self.written);
        let order = review.order.map(|number| order_no(self.merchant, number));
        let buyer = token('b', self.merchant, review.buyer);
        let counterparty = review.business.then(|| token('c', self.merchant, review.buyer));
        let mut at = String::new();
        push_time(&mut at, review.at, 'T');
        let answer = review.at + rng.between(1, 60) * 3600;
        let replied = (rng.chance(3000) && answer <= self.end).then(|| {
            let mut text = String::new();
            push_time(&mut text, answer, 'T');
            text
        });
        let row = ReviewRow {
            review_id: &id,
            platform_uscc: review.platform.as_str(),
            uscc: review.subject.as_str(),
            order_no: order.as_deref(),
            rating: review.rating,
            created_at: &at,
            verified_purchase: true,
            buyer_token: &buyer,
            counterparty_token: counterparty.as_deref(),
            simhash: &format!("{:016x}", review.text),
            deleted: rng.chance(60),
            incentive: review.incentive,
            merchant_replied_at: replied.as_deref(),
        };
        let text = serde_json::to_string(&row).map_err(SampleError::Json)?;
        self.files.reviews.raw(&text)
    }
}
