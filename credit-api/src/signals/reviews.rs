//! What the reviews of enterprises look like beside their peers' (F6, F8): each evaluation leaves what it saw, and the
//! zone's medians are made of that, at most once an hour.

use std::collections::{BTreeMap, BTreeSet};

use chrono::NaiveDate;
use credit_core::dates::day_number;
use credit_core::facts::Facts;
use credit_core::indicator::SubjectKind;
use credit_core::reviews::{ReviewPeers, Shape};
use credit_core::signals::Pack;
use credit_core::trade::Hs2;
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Integer, Text};

use crate::store::bulk::{self, Bind};
use crate::store::{DbConnection, StoreError};

/// How long medians are taken as they are.
const PEERS_FOR_MS: i64 = 3_600_000;
/// The kind of the row that says that medians were made, though there may be none.
const MADE: &str = "";
/// The chapter of rows about deleted reviews.
const HIDDEN: &str = "";
/// Days in which the same again is not written again.
const FRESH_DAYS: i32 = 7;
/// Days after which what was seen of an enterprise is no voice any more: nobody has evaluated it since.
const VOICE_DAYS: i32 = 62;

#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, QueryableByName)]
struct Row {
    #[diesel(sql_type = Text)]
    uscc: String,
    #[diesel(sql_type = Text)]
    kind: String,
    #[diesel(sql_type = Text)]
    chapter: String,
    #[diesel(sql_type = BigInt)]
    reviews: i64,
    #[diesel(sql_type = BigInt)]
    found: i64,
}

#[derive(QueryableByName)]
struct Kept {
    #[diesel(embed)]
    seen: Row,
    #[diesel(sql_type = Integer)]
    day: i32,
}

impl Row {
    fn of(facts: &Facts, shape: Shape) -> Self {
        let (chapter, reviews, found) = match shape {
            Shape::Chapter { chapter, reviews, middle } => (chapter.as_str().to_owned(), reviews, middle),
            Shape::Hidden { low, deleted } => (HIDDEN.to_owned(), low, deleted),
        };
        let stored = |count: u64| i64::try_from(count).unwrap_or(i64::MAX);
        let (uscc, kind) = (facts.uscc.to_string(), facts.kind.as_str().to_owned());
        Self { uscc, kind, chapter, reviews: stored(reviews), found: stored(found) }
    }

    /// Nothing of what is neither a kind nor a chapter.
    fn shape(&self) -> Option<(SubjectKind, Shape)> {
        let count = |stored: i64| u64::try_from(stored).unwrap_or_default();
        let (reviews, found) = (count(self.reviews), count(self.found));
        let shape = if self.chapter == HIDDEN {
            Shape::Hidden { low: reviews, deleted: found }
        } else {
            Shape::Chapter { chapter: Hs2::of(&self.chapter)?, reviews, middle: found }
        };
        Some((kind_of(&self.kind)?, shape))
    }
}

fn kind_of(text: &str) -> Option<SubjectKind> {
    SubjectKind::ALL.into_iter().find(|kind| kind.as_str() == text)
}

/// Keeps what was seen of these enterprises.
///
/// # Errors
/// The database's.
pub fn keep(connection: &mut DbConnection, facts: &[Facts], as_of: NaiveDate) -> Result<(), StoreError> {
    let today = day_number(as_of);
    let codes: BTreeSet<&str> = facts.iter().map(|one| one.uscc.as_str()).collect();
    let stored: Vec<Kept> = bulk::load_rows(
        connection,
        "WITH k (uscc) AS (",
        1,
        codes.into_iter().map(Bind::from),
        ") SELECT s.uscc, s.kind, s.chapter, s.reviews, s.found, s.day FROM k CROSS JOIN review_shapes s \
         WHERE s.uscc = k.uscc",
    )?;
    let shapes = |one: &Facts| -> Vec<Row> {
        let all = Shape::of(&one.reviews.signs, Pack::embedded());
        all.into_iter().map(|shape| Row::of(one, shape)).collect()
    };
    let now: BTreeSet<Row> = facts.iter().flat_map(shapes).collect();
    let key = |row: &Row| (row.uscc.clone(), row.kind.clone(), row.chapter.clone());
    let kept: BTreeSet<_> = now.iter().map(key).collect();
    for Kept { seen: row, .. } in stored.iter().filter(|one| !kept.contains(&key(&one.seen))) {
        bulk::execute(
            connection,
            "DELETE FROM review_shapes WHERE uscc = $1 AND kind = $2 AND chapter = $3",
            [row.uscc.as_str().into(), row.kind.as_str().into(), row.chapter.as_str().into()],
        )?;
    }
    let is_fresh = |one: &&Kept| (0..FRESH_DAYS).contains(&(today - one.day));
    let fresh: BTreeSet<&Row> = stored.iter().filter(is_fresh).map(|one| &one.seen).collect();
    let rows = now.into_iter().filter(|row| !fresh.contains(row)).map(|row| {
        let Row { uscc, kind, chapter, reviews, found } = row;
        vec![uscc.into(), kind.into(), chapter.into(), Bind::Big(reviews), Bind::Big(found), Bind::Int(today)]
    });
    bulk::execute_rows(
        connection,
        "INSERT INTO review_shapes (uscc, kind, chapter, reviews, found, day)",
        6,
        rows.collect(),
        "ON CONFLICT (uscc, kind, chapter) DO UPDATE SET reviews = excluded.reviews, found = excluded.found, \
         day = excluded.day",
    )?;
    Ok(())
}

#[derive(QueryableByName)]
struct Median {
    #[diesel(sql_type = Text)]
    kind: String,
    #[diesel(sql_type = Text)]
    chapter: String,
    #[diesel(sql_type = BigInt)]
    share: i64,
    #[diesel(sql_type = BigInt)]
    peers: i64,
}

/// The zone's medians, made anew when they are of another day or older than an hour.
///
/// # Errors
/// The database's.
pub fn peers(
    connection: &mut DbConnection,
    as_of: NaiveDate,
    now_ms: i64,
) -> Result<ReviewPeers, StoreError> {
    let today = day_number(as_of);
    let stored: Vec<Median> = bulk::load(
        connection,
        "SELECT kind, chapter, share, peers FROM review_peers WHERE day = $1 AND made_at > $2 AND made_at <= $3",
        [Bind::Int(today), Bind::Big(now_ms - PEERS_FOR_MS), Bind::Big(now_ms)],
    )?;
    if stored.iter().any(|median| median.kind == MADE) {
        return Ok(read(&stored));
    }
    let rows: Vec<Row> = bulk::load(
        connection,
        "SELECT uscc, kind, chapter, reviews, found FROM review_shapes WHERE day > $1 AND day <= $2",
        [Bind::Int(today - VOICE_DAYS), Bind::Int(today)],
    )?;
    let peers = ReviewPeers::of(rows.iter().filter_map(Row::shape), Pack::embedded());
    write(connection, &peers, today, now_ms)?;
    Ok(peers)
}

fn read(stored: &[Median]) -> ReviewPeers {
    let count = |stored: i64| u64::try_from(stored).unwrap_or_default();
    let mut peers = ReviewPeers::default();
    for median in stored {
        let Some(kind) = kind_of(&median.kind) else { continue };
        if median.chapter == HIDDEN {
            peers.set_hidden(kind, count(median.share), count(median.peers));
        } else if let Some(chapter) = Hs2::of(&median.chapter) {
            peers.set_middle(kind, chapter, count(median.share));
        }
    }
    peers
}

fn write(
    connection: &mut DbConnection,
    peers: &ReviewPeers,
    today: i32,
    now_ms: i64,
) -> Result<(), StoreError> {
    let row = |kind: &str, chapter: &str, share: u64, peers: u64| {
        let stored = |count: u64| Bind::Big(i64::try_from(count).unwrap_or(i64::MAX));
        vec![kind.into(), chapter.into(), stored(share), stored(peers), Bind::Int(today), Bind::Big(now_ms)]
    };
    let mut rows: BTreeMap<(&str, String), Vec<Bind>> = BTreeMap::new();
    rows.insert((MADE, String::new()), row(MADE, "", 0, 0));
    for (kind, chapter, share) in peers.chapters() {
        let place = (kind.as_str(), chapter.as_str().to_owned());
        rows.insert(place, row(kind.as_str(), chapter.as_str(), share, 0));
    }
    for (kind, share, count) in peers.deleted() {
        rows.insert((kind.as_str(), HIDDEN.to_owned()), row(kind.as_str(), HIDDEN, share, count));
    }
    bulk::execute(connection, "DELETE FROM review_peers", [])?;
    bulk::execute_rows(
        connection,
        "INSERT INTO review_peers (kind, chapter, share, peers, day, made_at)",
        6,
        rows.into_values().collect(),
        "",
    )?;
    Ok(())
}
