//! Review facts from days of sums; the rows of 365 days only for what must see them (C06).

use std::collections::{BTreeMap, BTreeSet};

use credit_core::dates::day_number;
use credit_core::facts::ReviewFacts;
use credit_core::indicator::SubjectKind;
use credit_core::records::Review;
use credit_core::reviews::suspicion::{BURST_ENTERPRISES, counts};
use credit_core::reviews::tally::LONG_DAYS;
use credit_core::reviews::{
    BurstDays, OrderIndex, ReviewCounters, ReviewKey, ReviewLooks, ReviewSubjects, ReviewTally,
    review_counters, suspicions,
};
use credit_core::uscc::Uscc;
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Integer, Text};

use super::{Reach, population};
use crate::evaluation::knowledge::{self, Question};
use crate::store::bulk::{self, Bind};
use crate::store::packs::{self, CODES_AT_ONCE, Days, binds, listed, parse, within};
use crate::store::{DbConnection, StoreError};

/// Buyer tokens looked up in one query.
const TOKENS_AT_ONCE: usize = 2_000;

type Asked = (Uscc, SubjectKind);

/// The review facts of everyone asked for, with the knowledge of everything received so far.
///
/// # Errors
/// The database's, and [`StoreError::Damaged`].
pub fn review_facts(
    connection: &mut DbConnection,
    question: Question,
    subjects: &ReviewSubjects,
    reach: Reach,
) -> Result<BTreeMap<Asked, ReviewFacts>, StoreError> {
    let last = day_number(question.as_of);
    let days = Days { first: last - LONG_DAYS + 1, last };
    let reviewed = match reach {
        Reach::Zone => population::all_reviewed(connection)?,
        Reach::Few => {
            let asked: Vec<Uscc> = subjects.asked.iter().map(|(uscc, _)| *uscc).collect();
            population::dealt_with(connection, &asked, days.first)?
        }
    };
    let mut tallies: BTreeMap<Asked, ReviewTally> =
        subjects.asked.iter().map(|asked| (*asked, ReviewTally::new(question.as_of))).collect();
    add_days(connection, &reviewed, days, &mut tallies)?;
    let mut looks: BTreeMap<Asked, ReviewLooks> = BTreeMap::new();
    let mut rest = reviewed.as_slice();
    while !rest.is_empty() {
        let pack = packs::reviews(connection, rest, days)?;
        let numbers = pack.found.values().flatten().filter_map(|review| review.order_no.as_deref());
        let orders = knowledge::orders_named(connection, question, &numbers.collect())?;
        let rows = (&pack.found, &orders);
        add_rows(connection, question, subjects, rows, days, &mut tallies)?;
        look(subjects, rows, &mut looks);
        rest = rest.get(pack.settled..).unwrap_or_default();
    }
    let zone = zone(connection, question, days)?;
    let signs = |asked: &_| looks.get(asked).map(|looks| looks.finish(last)).unwrap_or_default();
    let facts = |(asked, tally): (&Asked, &ReviewTally)| {
        (*asked, ReviewFacts { signs: signs(asked), ..tally.finish(&zone) })
    };
    Ok(tallies.iter().map(facts).collect())
}

/// What all rows of the window show together, the deleted ones among them.
fn look(
    subjects: &ReviewSubjects,
    (rows, orders): (&BTreeMap<Uscc, Vec<Review>>, &OrderIndex),
    looks: &mut BTreeMap<Asked, ReviewLooks>,
) {
    for review in rows.values().flatten() {
        let number = review.order_no.as_deref().filter(|number| !number.is_empty());
        let order = number.and_then(|number| orders.find(number, &review.uscc));
        for asked in ReviewKey::of(review).populations() {
            if subjects.asked.contains(&asked) && !excludes(subjects, &asked.0, review) {
                looks.entry(asked).or_default().add(review, order.and_then(|order| order.chapter));
            }
        }
    }
}

#[derive(QueryableByName)]
struct DayRow {
    #[diesel(sql_type = Text)]
    uscc: String,
    #[diesel(sql_type = Integer)]
    day: i32,
    #[diesel(sql_type = Text)]
    platform_uscc: String,
    #[diesel(sql_type = BigInt)]
    reviews: i64,
    #[diesel(sql_type = BigInt)]
    verified: i64,
    #[diesel(sql_type = BigInt)]
    stars: i64,
    #[diesel(sql_type = BigInt)]
    low: i64,
}

fn add_days(
    connection: &mut DbConnection,
    reviewed: &[Uscc],
    days: Days,
    tallies: &mut BTreeMap<Asked, ReviewTally>,
) -> Result<(), StoreError> {
    for part in reviewed.chunks(CODES_AT_ONCE) {
        let sql = format!(
            "SELECT uscc, day, platform_uscc, reviews, verified, stars, low FROM review_days WHERE {}",
            within("day", part.len())
        );
        let rows: Vec<DayRow> = bulk::load(connection, &sql, binds(part, days))?;
        for row in rows {
            let key = ReviewKey {
                uscc: parse("reviewed", &row.uscc)?,
                platform: parse("platform", &row.platform_uscc)?,
                day: row.day,
            };
            let counters = ReviewCounters::from_values([row.reviews, row.verified, row.stars, row.low]);
            for asked in key.populations() {
                if let Some(tally) = tallies.get_mut(&asked) {
                    tally.add_day(row.day, counters);
                }
            }
        }
    }
    Ok(())
}

/// Suspicious reviews in, excluded ones out.
fn add_rows(
    connection: &mut DbConnection,
    question: Question,
    subjects: &ReviewSubjects,
    (pack, orders): (&BTreeMap<Uscc, Vec<Review>>, &OrderIndex),
    days: Days,
    tallies: &mut BTreeMap<Asked, ReviewTally>,
) -> Result<(), StoreError> {
    let all = || pack.values().flatten();
    let tokens: BTreeSet<&str> = all().map(|review| review.buyer_token.as_str()).collect();
    let bursts = bursts(connection, &tokens, days)?;
    for reviews in pack.values() {
        let counted: Vec<&Review> = reviews.iter().filter(|review| counts(review, question.as_of)).collect();
        let found = suspicions(&counted, &bursts, |number, uscc| orders.find(number, uscc));
        for (review, suspicion) in counted.iter().zip(found) {
            let key = ReviewKey::of(review);
            for asked in key.populations() {
                let Some(tally) = tallies.get_mut(&asked) else { continue };
                if excludes(subjects, &asked.0, review) {
                    tally.add_day(key.day, -review_counters(review));
                } else {
                    tally.add_suspicious(i64::from(suspicion.is_suspicious()));
                }
            }
        }
    }
    Ok(())
}

fn excludes(subjects: &ReviewSubjects, uscc: &Uscc, review: &Review) -> bool {
    let event = review.event_id.as_ref().filter(|event| !event.is_empty());
    event.zip(subjects.excluded_events.get(uscc)).is_some_and(|(event, events)| events.contains(event))
}

#[derive(QueryableByName)]
struct BurstRow {
    #[diesel(sql_type = Text)]
    buyer_token: String,
    #[diesel(sql_type = Integer)]
    created_day: i32,
}

/// F5 for these buyers, over the zone.
fn bursts(
    connection: &mut DbConnection,
    tokens: &BTreeSet<&str>,
    days: Days,
) -> Result<BurstDays, StoreError> {
    let tokens: Vec<&str> = tokens.iter().copied().filter(|token| !token.is_empty()).collect();
    let mut found = Vec::new();
    for part in tokens.chunks(TOKENS_AT_ONCE) {
        let sql = format!(
            "SELECT buyer_token, created_day FROM reviews WHERE deleted = 0 AND created_day >= $1 \
             AND created_day <= $2 AND buyer_token IN {} GROUP BY buyer_token, created_day \
             HAVING COUNT(DISTINCT uscc) >= {BURST_ENTERPRISES}",
            listed(3, part.len())
        );
        let binds = [Bind::Int(days.first), Bind::Int(days.last)]
            .into_iter()
            .chain(part.iter().map(|token| Bind::from(*token)));
        let rows: Vec<BurstRow> = bulk::load(connection, &sql, binds)?;
        found.extend(rows.into_iter().map(|row| (row.buyer_token, row.created_day)));
    }
    Ok(BurstDays::new(found))
}

#[derive(QueryableByName)]
struct ZoneRow {
    #[diesel(sql_type = Integer)]
    day: i32,
    #[diesel(sql_type = BigInt)]
    reviews: i64,
    #[diesel(sql_type = BigInt)]
    verified: i64,
    #[diesel(sql_type = BigInt)]
    stars: i64,
    #[diesel(sql_type = BigInt)]
    low: i64,
}

/// All reviews of the zone.
fn zone(connection: &mut DbConnection, question: Question, days: Days) -> Result<ReviewTally, StoreError> {
    let rows: Vec<ZoneRow> = bulk::load(
        connection,
        "SELECT day, reviews, verified, stars, low FROM zone_review_days WHERE day >= $1 AND day <= $2",
        [days.first.into(), days.last.into()],
    )?;
    let mut zone = ReviewTally::new(question.as_of);
    for row in rows {
        zone.add_day(row.day, ReviewCounters::from_values([row.reviews, row.verified, row.stars, row.low]));
    }
    Ok(zone)
}
