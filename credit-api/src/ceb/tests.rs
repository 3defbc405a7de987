//! A file's documents and sales, whatever is held of it at a time.

use std::fs::File;

use chrono::NaiveDate;
use credit_core::dates::Moment;
use diesel::prelude::*;
use diesel::sql_types::{Binary, Text};

use super::take::receive_at;
use super::unjudged::Pace;
use crate::clock::Clock;
use crate::intake::evidence::{Evidence, Sealing};
use crate::intake::receive::{Expected, Incoming, receive};
use crate::sample::{Plan, write_zone};
use crate::store::both::Place;
use crate::store::bulk;
use crate::store::{Database, DatabaseUrl};

/// What a file of messages writes, each column as a text. How often a sale was judged is not among it: versions of an
/// order that were replaced by the same file, and counters of change.
const TABLES: [&str; 11] = [
    "SELECT doc_key || ' ' || known_from || ' ' || COALESCE(known_to, 0) || ' ' || seq || ' ' || kind || ' ' || guid \
     || ' ' || sent_at || ' ' || payload || ' ' || batch_id || ' ' || part || ' ' || line AS text FROM ceb_documents",
    "SELECT join_key || ' ' || doc_key AS text FROM ceb_joins",
    "SELECT id || ' ' || platform_code || ' ' || order_no || ' ' || merchant_code || ' ' || COALESCE(uscc, '') || ' ' \
     || import || ' ' || sent_at || ' ' || verdicts || ' ' || failed || ' ' || waiting || ' ' || partial || ' ' \
     || judged_at || ' ' || signs AS text FROM ceb_sales",
    "SELECT code || ' ' || sale AS text FROM ceb_unresolved",
    "SELECT trace_key || ' ' || uscc || ' ' || sent_at || ' ' || sale || ' ' || gnum AS text FROM ceb_traces",
    "SELECT uscc || ' ' || day || ' ' || signs || ' ' || sales AS text FROM sale_signs WHERE sales <> 0",
    "SELECT order_no || ' ' || uscc || ' ' || ordered_at || ' ' || used_at || ' ' || marks || ' ' || known_from || ' ' \
     || batch_id || ' ' || line AS text FROM orders",
    "SELECT uscc || ' ' || day || ' ' || last_event_day || ' ' || first_ordered_day || ' ' || last_ordered_day AS text \
     FROM trade_days",
    "SELECT party || ' ' || uscc || ' ' || last_day AS text FROM dealings",
    "SELECT hs_code || ' ' || country || ' ' || direction || ' ' || uscc || ' ' || last_day AS text FROM traded_goods",
    "SELECT uscc || ' ' || since AS text FROM dirty",
];

struct Noon;

impl Clock for Noon {
    fn now(&self) -> Moment {
        Moment(1_795_500_000_000)
    }
}

#[derive(QueryableByName)]
struct Line {
    #[diesel(sql_type = Text)]
    text: String,
}

/// And what of it is in bytes.
const BYTES: [&str; 2] = [
    "SELECT payload AS bytes FROM orders ORDER BY order_no, uscc",
    "SELECT sums AS bytes FROM trade_days ORDER BY uscc, day",
];

#[derive(QueryableByName)]
struct Bytes {
    #[diesel(sql_type = Binary)]
    bytes: Vec<u8>,
}

/// Takes a zone's messages at this pace into a database of its own; gives the lines of the tables.
fn taken_at(place: &Place, pace: Pace, zone: &std::path::Path) -> Vec<Vec<String>> {
    let folder = tempfile::tempdir().unwrap();
    let url = match place.settings().into_iter().next() {
        Some((_, url)) => DatabaseUrl::parse(&url).unwrap(),
        None => DatabaseUrl::Sqlite(folder.path().join("credit.db")),
    };
    let database = Database::open(&url).unwrap();
    // Keys are the zone's, so that tokens are the same.
    let sealing = Sealing { keys: zone.join("keys"), keep: false };
    let evidence = Evidence::new(folder.path().join("evidence")).sealing(sealing);
    let content = |name: &str| File::open(zone.join(name)).unwrap();
    let name = "registration.csv";
    let incoming = Incoming { name, content: content(name), expected: Expected::Any };
    receive(&database, &evidence, &Noon, incoming, &mut |_, _, _| true).unwrap();
    let stored = evidence.keep_source(content("messages.zip")).unwrap();
    let mut connection = database.connection().unwrap();
    let file = "messages.zip";
    let told = receive_at(pace, &mut connection, (&evidence, &Noon), &stored, file, &mut |_, _, _| true);
    let summary = told.unwrap();
    assert!(summary.rows_new > 500, "{summary:?}");
    let lines = |sql: &&str| {
        let rows: Vec<Line> = bulk::load(&mut connection, sql, []).unwrap();
        let mut lines: Vec<String> = rows.into_iter().map(|row| row.text).collect();
        lines.sort();
        assert!(!lines.is_empty(), "{sql}");
        lines
    };
    let mut tables: Vec<Vec<String>> = TABLES.iter().map(lines).collect();
    tables.extend(BYTES.iter().map(|sql| {
        let rows: Vec<Bytes> = bulk::load(&mut connection, sql, []).unwrap();
        rows.into_iter().map(|row| hex::encode(row.bytes)).collect()
    }));
    tables
}

#[test]
fn how_much_is_held_at_a_time_changes_nothing() {
    let zone = tempfile::tempdir().unwrap();
    let until = NaiveDate::from_ymd_opt(2026, 11, 23).unwrap();
    write_zone(&Plan { enterprises: 40, seed: 7, months: 3, until }, zone.path(), &mut |_, _| {}).unwrap();
    let small = Pace { chunk: 7, keys: 40, documents: 30, keys_at_once: 11 };
    for (large, small) in Place::all().iter().zip(Place::all()).map(|(large, other)| {
        (taken_at(large, Pace::default(), zone.path()), taken_at(&other, small, zone.path()))
    }) {
        for (at, (large, small)) in large.iter().zip(&small).enumerate() {
            assert_eq!(large, small, "table {at}");
        }
    }
}
