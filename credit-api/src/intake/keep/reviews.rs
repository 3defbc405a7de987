//! Reviews: the current version in `reviews`, earlier ones in `review_versions`.

use credit_core::records::Review;

use super::versions::{Key, find_current, sort_versions};
use super::{Kept, Provenance, Rows};
use crate::intake::rollup::{ReviewChanges, Touched};
use crate::store::bulk::{self, Bind};
use crate::store::codec::{day_of, decode_review, encode_review};
use crate::store::{DbConnection, StoreError};

fn review_key(review: &Review) -> Key {
    (review.platform_uscc.to_string(), review.review_id.clone())
}

pub(super) fn keep_reviews(
    connection: &mut DbConnection,
    from: &Provenance,
    rows: Rows<Review>,
    touched: &mut Touched,
) -> Result<Kept, StoreError> {
    let stored = find_current(
        connection,
        ["platform_uscc", "review_id", "0", "reviews"],
        rows.iter().map(|(_, review)| review_key(review)).collect(),
    )?;
    let sorted = sort_versions(from, stored, rows, review_key, encode_review);
    let mut changes = ReviewChanges::default();
    let mut aside = Vec::with_capacity(sorted.aside.len());
    for one in sorted.aside {
        let review = decode_review(&one.version.payload)?;
        touched.review(&review);
        if one.was_stored {
            changes.take_out(&review);
        }
        let (platform, review_id) = one.key;
        aside.push(vec![
            review.uscc.as_str().into(),
            platform.into(),
            review_id.into(),
            one.version.known_from.into(),
            from.known_from.into(),
            day_of(review.created_at).into(),
            Bind::Bytes(one.version.payload),
            one.version.batch_id.into(),
            one.version.line.into(),
        ]);
    }
    bulk::execute_rows(
        connection,
        "INSERT INTO review_versions \
         (uscc, platform_uscc, review_id, known_from, known_to, created_day, payload, batch_id, line)",
        9,
        aside,
        "",
    )?;
    let mut current = Vec::with_capacity(sorted.current.len());
    for fresh in sorted.current {
        let review = fresh.row;
        changes.add(&review);
        touched.review(&review);
        current.push(vec![
            review.uscc.as_str().into(),
            review.platform_uscc.as_str().into(),
            review.review_id.into(),
            day_of(review.created_at).into(),
            review.buyer_token.into(),
            i32::from(review.deleted).into(),
            Bind::Bytes(fresh.payload),
            from.known_from.into(),
            from.batch_id.as_str().into(),
            fresh.line.into(),
        ]);
    }
    bulk::execute_rows(
        connection,
        "INSERT INTO reviews \
         (uscc, platform_uscc, review_id, created_day, buyer_token, deleted, payload, known_from, batch_id, line)",
        10,
        current,
        "ON CONFLICT (platform_uscc, review_id) DO UPDATE SET uscc = excluded.uscc, \
         created_day = excluded.created_day, buyer_token = excluded.buyer_token, deleted = excluded.deleted, \
         payload = excluded.payload, known_from = excluded.known_from, batch_id = excluded.batch_id, \
         line = excluded.line",
    )?;
    changes.write(connection)?;
    Ok(sorted.kept)
}
