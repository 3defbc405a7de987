//! Documents into the database: a chunk at a time, each new, superseding, older than what is there, or the same again.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use credit_core::ceb::StoredDocument;
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Nullable, Text};

use super::gather::Found;
use super::joins;
use super::signatures::Signed;
use super::unjudged::Unjudged;
use crate::intake::keep::{Kept, Provenance};
use crate::store::bulk::{self, Bind};
use crate::store::{DbConnection, StoreError};

/// A document with its place in the file, and everything that can be told before the database is asked.
pub struct Placed {
    pub document: StoredDocument,
    pub doc_key: String,
    /// By what it is found, in their order.
    pub keys: Vec<String>,
    /// The document as it stands in the database.
    pub payload: String,
    pub sent_at: i64,
    /// [`Signed`] of the message; nothing where it has no signature.
    pub signature: Option<String>,
    /// The file's name in the archive; empty for a file of one message.
    pub part: Arc<str>,
    pub line: i64,
    /// Counts the documents of the file.
    pub seq: i64,
}

impl Placed {
    /// A document of a message with this signature, with its place but for `seq`.
    #[must_use]
    pub fn new(document: StoredDocument, signature: Option<String>, part: Arc<str>, line: i64) -> Self {
        Self {
            doc_key: joins::document_key(&document),
            keys: joins::of(&document),
            payload: document.to_json(),
            sent_at: document.sent_at().0,
            document,
            signature,
            part,
            line,
            seq: 0,
        }
    }
}

/// What became of a document.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fate {
    New,
    /// There was one with its key; the one sent later is current.
    Superseding,
    /// It was there already.
    Unchanged,
}

/// What is current of a key. A document that was sent later takes the place of one sent earlier, whichever comes first.
#[derive(Debug, Clone, PartialEq, Eq, QueryableByName)]
struct Current {
    #[diesel(sql_type = Text)]
    doc_key: String,
    #[diesel(sql_type = BigInt)]
    sent_at: i64,
    #[diesel(sql_type = Text)]
    guid: String,
    #[diesel(sql_type = Text)]
    payload: String,
    #[diesel(sql_type = Nullable<Text>)]
    signature: Option<String>,
}

/// What two versions of a document are compared by.
#[derive(Clone, Copy, PartialEq, Eq)]
struct Version<'a> {
    sent_at: i64,
    guid: &'a str,
    payload: &'a str,
    signature: Option<&'a str>,
}

impl<'a> Version<'a> {
    fn stored(row: &'a Current) -> Self {
        let signature = row.signature.as_deref();
        Self { sent_at: row.sent_at, guid: &row.guid, payload: &row.payload, signature }
    }

    fn placed(placed: &'a Placed) -> Self {
        let signature = placed.signature.as_deref();
        Self { sent_at: placed.sent_at, guid: placed.document.guid(), payload: &placed.payload, signature }
    }

    /// The same document again, unless this time somebody known stands for it.
    fn says_all_of(self, one: Self) -> bool {
        let same = (self.sent_at, self.guid, self.payload) == (one.sent_at, one.guid, one.payload);
        let valid =
            |row: Self| row.signature.and_then(Signed::read).is_some_and(|signed| signed.verdict.is_valid());
        same && (valid(self) || !valid(one))
    }

    /// Whether it takes the other's place.
    fn is_newer(self, before: Self) -> bool {
        (self.sent_at, self.guid) >= (before.sent_at, before.guid)
    }
}

/// Keeps a chunk; `unjudged` is told of the changed documents, `told` what became of each.
///
/// # Errors
/// The database's, and [`StoreError::Damaged`].
pub fn keep(
    connection: &mut DbConnection,
    from: &Provenance,
    mut chunk: Vec<Placed>,
    unjudged: &mut Unjudged,
    told: &mut dyn FnMut(&Placed, Fate),
) -> Result<Kept, StoreError> {
    // Versions of one document stand beside each other, in the order in which they came; so do rows in the table.
    chunk.sort_by(|a, b| (&a.doc_key, a.seq).cmp(&(&b.doc_key, b.seq)));
    let stored = load_current(connection, chunk.iter().map(|placed| placed.doc_key.as_str()).collect())?;
    let mut writing =
        Writing { from, closed: Vec::new(), rows: Vec::with_capacity(chunk.len()), latest: None };
    let mut kept = Kept::default();
    for placed in chunk {
        let one = Version::placed(&placed);
        let in_chunk = writing.latest(&placed.doc_key);
        let stored = stored.get(&placed.doc_key);
        let before = in_chunk.map(Version::placed).or_else(|| stored.map(Version::stored));
        if before.is_some_and(|before| before.says_all_of(one)) {
            kept.unchanged += 1;
            told(&placed, Fate::Unchanged);
            continue;
        }
        let newer = before.is_none_or(|before| one.is_newer(before));
        match (in_chunk, stored) {
            (Some(earlier), _) => unjudged.note(joins::leading_on(&earlier.keys)),
            (None, Some(row)) => {
                let keys = joins::of(&read(&row.doc_key, &row.payload)?);
                unjudged.note(joins::leading_on(&keys));
            }
            (None, None) => {}
        }
        unjudged.note(joins::leading_on(&placed.keys));
        if before.is_some() {
            kept.superseding += 1;
            told(&placed, Fate::Superseding);
        } else {
            kept.new += 1;
            told(&placed, Fate::New);
        }
        writing.add(placed, newer, stored.is_some());
    }
    writing.finish(connection, unjudged)?;
    Ok(kept)
}

/// A document as it was stored.
///
/// # Errors
/// [`StoreError::Damaged`].
pub fn read(key: &str, payload: &str) -> Result<StoredDocument, StoreError> {
    StoredDocument::of_json(payload).map_err(|error| StoreError::Damaged {
        what: "customs document",
        key: key.replace('\u{1f}', " "),
        why: error.to_string(),
    })
}

/// These columns of the current version `d` of each document whose key stands in `k`.
///
/// PostgreSQL takes one row in two hundred to be current as long as it has no statistics, and would read all of them
/// for each few hundred keys; a subquery with `OFFSET` it leaves as it stands, a look-up for each key.
pub(super) fn current_of(connection: &DbConnection, columns: &str) -> String {
    match connection {
        DbConnection::Postgres(_) => format!(
            ") SELECT {columns} FROM k CROSS JOIN LATERAL (SELECT * FROM ceb_documents e \
             WHERE e.doc_key = k.doc_key AND e.known_to IS NULL OFFSET 0) d"
        ),
        DbConnection::Sqlite(_) => format!(
            ") SELECT {columns} FROM k CROSS JOIN ceb_documents d WHERE d.doc_key = k.doc_key AND d.known_to IS NULL"
        ),
    }
}

fn load_current(
    connection: &mut DbConnection,
    keys: BTreeSet<&str>,
) -> Result<BTreeMap<String, Current>, StoreError> {
    let tail = current_of(connection, "d.doc_key, d.sent_at, d.guid, d.payload, d.signature");
    let binds = keys.into_iter().map(Bind::from);
    let rows: Vec<Current> = bulk::load_rows(connection, "WITH k (doc_key) AS (", 1, binds, &tail)?;
    Ok(rows.into_iter().map(|row| (row.doc_key.clone(), row)).collect())
}

/// A document on its way into the table.
struct Row {
    placed: Placed,
    current: bool,
}

/// Rows of one chunk before they are written, in the order of their keys.
struct Writing<'a> {
    from: &'a Provenance,
    /// Keys whose stored version is closed.
    closed: Vec<String>,
    rows: Vec<Row>,
    /// Where the current version of the last key stands among the rows, if it is one of this chunk.
    latest: Option<usize>,
}

impl Writing<'_> {
    /// The version of this chunk that is current of a key, which is the last one or one after it.
    fn latest(&self, key: &str) -> Option<&Placed> {
        let row = self.rows.get(self.latest?)?;
        (row.placed.doc_key == key).then_some(&row.placed)
    }

    fn add(&mut self, placed: Placed, newer: bool, was_stored: bool) {
        if newer {
            let key = &placed.doc_key;
            let before = self.latest.and_then(|at| self.rows.get_mut(at));
            match before.filter(|row| row.placed.doc_key == *key) {
                Some(row) => row.current = false,
                None if was_stored => self.closed.push(key.clone()),
                None => {}
            }
            self.latest = Some(self.rows.len());
        }
        self.rows.push(Row { placed, current: newer });
    }

    fn finish(self, connection: &mut DbConnection, unjudged: &mut Unjudged) -> Result<(), StoreError> {
        let (from, since) = (self.from, self.from.known_from);
        close(connection, self.closed, since)?;
        let batch_id: Arc<str> = from.batch_id.as_str().into();
        let mut found_by: BTreeSet<(String, String)> = BTreeSet::new();
        let mut rows = Vec::with_capacity(self.rows.len());
        for Row { placed, current } in self.rows {
            let Placed { document, doc_key, keys, payload, sent_at, signature, part, line, seq } = placed;
            rows.push(vec![
                doc_key.clone().into(),
                since.into(),
                seq.into(),
                document.kind.code().into(),
                document.guid().into(),
                sent_at.into(),
                payload.into(),
                from.batch_id.as_str().into(),
                (&*part).into(),
                line.into(),
                Bind::OptionalText(signature),
                Bind::OptionalBig((!current).then_some(since)),
            ]);
            found_by.extend(keys.iter().map(|join| (join.clone(), doc_key.clone())));
            if current {
                let batch_id = Arc::clone(&batch_id);
                unjudged.hold(Found { doc_key, document, keys, batch_id, part, line });
            }
        }
        bulk::execute_rows(
            connection,
            "INSERT INTO ceb_documents \
             (doc_key, known_from, seq, kind, guid, sent_at, payload, batch_id, part, line, signature, known_to)",
            12,
            rows,
            "",
        )?;
        insert_joins(connection, found_by)
    }
}

/// Closes the stored versions of these keys, one by one: see [`current_of`].
fn close(connection: &mut DbConnection, keys: Vec<String>, since: i64) -> Result<(), StoreError> {
    let head = format!("UPDATE ceb_documents SET known_to = {since} WHERE known_to IS NULL AND doc_key IN (");
    for key in keys {
        bulk::execute_rows(connection, &head, 1, vec![vec![key.into()]], ")")?;
    }
    Ok(())
}

fn insert_joins(connection: &mut DbConnection, pairs: BTreeSet<(String, String)>) -> Result<(), StoreError> {
    let rows = pairs.into_iter().map(|(join, key)| vec![join.into(), key.into()]).collect();
    bulk::execute_rows(
        connection,
        "INSERT INTO ceb_joins (join_key, doc_key)",
        2,
        rows,
        "ON CONFLICT (join_key, doc_key) DO NOTHING",
    )?;
    Ok(())
}
