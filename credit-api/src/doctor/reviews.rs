//! The days of reviews against the reviews, by reviewed enterprise and for the zone.

use std::collections::BTreeMap;

use credit_core::records::Review;
use credit_core::reviews::{ReviewCounters, review_counters};
use credit_core::uscc::Uscc;
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Binary, Integer, Text};

use super::{Report, trade};
use crate::store::bulk;
use crate::store::codec::{date_of, day_of, decode_review};
use crate::store::{DbConnection, StoreError};

/// Reviews read at once.
const PAGE: i64 = 10_000;

#[derive(QueryableByName)]
struct ReviewRow {
    #[diesel(sql_type = Text)]
    uscc: String,
    #[diesel(sql_type = Integer)]
    day: i32,
    #[diesel(sql_type = Text)]
    platform: String,
    #[diesel(sql_type = Text)]
    review_id: String,
    #[diesel(sql_type = Binary)]
    payload: Vec<u8>,
}

#[derive(QueryableByName)]
struct SumRow {
    #[diesel(sql_type = Text)]
    uscc: String,
    #[diesel(sql_type = Integer)]
    day: i32,
    #[diesel(sql_type = Text)]
    platform: String,
    #[diesel(sql_type = BigInt)]
    reviews: i64,
    #[diesel(sql_type = BigInt)]
    verified: i64,
    #[diesel(sql_type = BigInt)]
    stars: i64,
    #[diesel(sql_type = BigInt)]
    low: i64,
}

impl SumRow {
    fn counters(&self) -> ReviewCounters {
        ReviewCounters::from_values([self.reviews, self.verified, self.stars, self.low])
    }
}

/// Sums by day and platform.
type Sums = BTreeMap<(i32, String), ReviewCounters>;

/// Looks at all reviews and everything counted from them.
pub fn examine(
    connection: &mut DbConnection,
    report: &mut Report,
    progress: &mut dyn FnMut(&str, u64),
) -> Result<(), StoreError> {
    let mut after = (String::new(), i32::MIN, String::new(), String::new());
    let (mut reviewed, mut zone) = (None::<Reviewed>, Sums::new());
    let mut seen: Option<String> = None;
    let mut reviews = 0;
    loop {
        let page = page_after(connection, &after)?;
        let Some(end) = page.last() else { break };
        after = (end.uscc.clone(), end.day, end.platform.clone(), end.review_id.clone());
        for row in page {
            reviews += 1;
            let review = match decode_review(&row.payload) {
                Ok(review) => review,
                Err(error) => {
                    report.finding(format!("reviews {}|{}", row.platform, row.review_id), error.to_string());
                    continue;
                }
            };
            if reviewed.as_ref().is_none_or(|current| current.uscc != review.uscc)
                && let Some(done) = reviewed.replace(Reviewed::new(review.uscc))
            {
                skipped(connection, seen.as_deref(), done.uscc.as_str(), report)?;
                seen = Some(done.uscc.to_string());
                done.finish(connection, report)?;
            }
            if let Some(current) = &mut reviewed {
                current.add(&review);
            }
            let day = day_of(review.created_at);
            *zone.entry((day, String::new())).or_default() += review_counters(&review);
        }
        progress("reviews", reviews);
        if report.is_full() {
            return Ok(());
        }
    }
    if let Some(done) = reviewed {
        skipped(connection, seen.as_deref(), done.uscc.as_str(), report)?;
        seen = Some(done.uscc.to_string());
        done.finish(connection, report)?;
    }
    skipped(connection, seen.as_deref(), "~", report)?;
    let sql = "SELECT '' AS uscc, day, '' AS platform, reviews, verified, stars, low FROM zone_review_days";
    let stored = bulk::load(connection, sql, std::iter::empty())?;
    compare("zone_review_days", zone, stored, report);
    Ok(())
}

fn page_after(
    connection: &mut DbConnection,
    after: &(String, i32, String, String),
) -> Result<Vec<ReviewRow>, StoreError> {
    Ok(bulk::load(
        connection,
        "SELECT uscc, created_day AS day, platform_uscc AS platform, review_id, payload FROM reviews \
         WHERE (uscc, created_day, platform_uscc, review_id) > ($1, $2, $3, $4) \
         ORDER BY uscc, created_day, platform_uscc, review_id LIMIT $5",
        [after.0.clone().into(), after.1.into(), after.2.clone().into(), after.3.clone().into(), PAGE.into()],
    )?)
}

/// Enterprises between two reviewed ones have no reviews, so no sums either.
fn skipped(
    connection: &mut DbConnection,
    after: Option<&str>,
    before: &str,
    report: &mut Report,
) -> Result<(), StoreError> {
    let rows: Vec<SumRow> = bulk::load(
        connection,
        "SELECT uscc, day, platform_uscc AS platform, reviews, verified, stars, low FROM review_days \
         WHERE uscc > $1 AND uscc < $2 LIMIT 1000",
        [after.unwrap_or_default().into(), before.into()],
    )?;
    for row in rows.iter().filter(|row| !row.counters().is_zero()) {
        let place = format!("review_days {}|{}|{}", row.uscc, date_of(row.day), row.platform);
        report.finding(place, "no review of this day is on file");
    }
    Ok(())
}

/// One enterprise's reviews, counted as intake counts them.
struct Reviewed {
    uscc: Uscc,
    sums: Sums,
    /// The last day of each platform.
    platforms: BTreeMap<Uscc, i32>,
}

impl Reviewed {
    fn new(uscc: Uscc) -> Self {
        Self { uscc, sums: Sums::new(), platforms: BTreeMap::new() }
    }

    fn add(&mut self, review: &Review) {
        let day = day_of(review.created_at);
        *self.sums.entry((day, review.platform_uscc.to_string())).or_default() += review_counters(review);
        if review.platform_uscc != self.uscc {
            let last = self.platforms.entry(review.platform_uscc).or_insert(day);
            *last = day.max(*last);
        }
    }

    fn finish(self, connection: &mut DbConnection, report: &mut Report) -> Result<(), StoreError> {
        let stored: Vec<SumRow> = bulk::load(
            connection,
            "SELECT uscc, day, platform_uscc AS platform, reviews, verified, stars, low FROM review_days \
             WHERE uscc = $1",
            [self.uscc.as_str().into()],
        )?;
        compare(&format!("review_days {}", self.uscc), self.sums, stored, report);
        trade::check_dealings(connection, self.uscc, &self.platforms, report)
    }
}

/// A row of noughts counts as none: it stays when the reviews of a day were deleted.
fn compare(table: &str, mut counted: Sums, stored: Vec<SumRow>, report: &mut Report) {
    let place = |day: i32, platform: &str| match platform {
        "" => format!("{table} {}", date_of(day)),
        platform => format!("{table}|{}|{platform}", date_of(day)),
    };
    counted.retain(|_, counters| !counters.is_zero());
    for row in stored {
        report.days += 1;
        let own = counted.remove(&(row.day, row.platform.clone())).unwrap_or_default();
        if row.counters() != own {
            let what = format!(
                "reviews, verified, stars, low are {:?}, the reviews give {:?}",
                row.counters().values(),
                own.values()
            );
            report.finding(place(row.day, &row.platform), what);
        }
    }
    for (day, platform) in counted.into_keys() {
        report.finding(place(day, &platform), "the row is missing");
    }
}
