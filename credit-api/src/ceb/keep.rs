//! Documents into the database: a chunk at a time, each new, superseding, older than what is there, or the same again.

use std::collections::{BTreeMap, BTreeSet};

use diesel::prelude::*;
use diesel::sql_types::{BigInt, Nullable, Text};

use super::joins;
use super::signatures::Signed;
use super::stored::StoredDocument;
use crate::intake::keep::{Kept, Provenance};
use crate::store::bulk::{self, Bind};
use crate::store::{DbConnection, StoreError};

/// A document with its place in the file.
pub struct Placed {
    pub document: StoredDocument,
    /// Of the message's signature; nothing where it has none.
    pub signature: Option<Signed>,
    /// The file's name in the archive; empty for a file of one message.
    pub part: String,
    pub line: i64,
    /// Counts the documents of the file.
    pub seq: i64,
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

impl Current {
    /// The same document again, unless this time somebody known stands for it.
    fn says_all_of(&self, one: &Current) -> bool {
        let same = (self.sent_at, &self.guid, &self.payload) == (one.sent_at, &one.guid, &one.payload);
        let valid = |row: &Current| {
            row.signature.as_deref().and_then(Signed::read).is_some_and(|signed| signed.verdict.is_valid())
        };
        same && (valid(self) || !valid(one))
    }
}

/// Keeps a chunk; `touched` is told by what the changed documents are found, `told` what became of each.
///
/// # Errors
/// The database's, and [`StoreError::Damaged`].
pub fn keep(
    connection: &mut DbConnection,
    from: &Provenance,
    chunk: Vec<Placed>,
    touched: &mut BTreeSet<String>,
    told: &mut dyn FnMut(&Placed, Fate),
) -> Result<Kept, StoreError> {
    let keyed: Vec<(String, Placed)> =
        chunk.into_iter().map(|placed| (joins::document_key(&placed.document), placed)).collect();
    let wanted: BTreeSet<&str> = keyed.iter().map(|(key, _)| key.as_str()).collect();
    let mut current = load_current(connection, wanted)?;
    let mut writing = Writing { from, closed: BTreeSet::new(), rows: BTreeMap::new(), kept: Kept::default() };
    let mut found_by: BTreeSet<(String, String)> = BTreeSet::new();
    for (key, placed) in keyed {
        let payload = serde_json::to_string(&placed.document).unwrap_or_default();
        let one = Current {
            doc_key: key.clone(),
            sent_at: placed.document.sent_at().0,
            guid: placed.document.guid().to_owned(),
            payload,
            signature: placed.signature.as_ref().map(ToString::to_string),
        };
        let before = current.get(&key);
        if before.is_some_and(|before| before.says_all_of(&one)) {
            writing.kept.unchanged += 1;
            told(&placed, Fate::Unchanged);
            continue;
        }
        let newer = before.is_none_or(|before| (one.sent_at, &one.guid) >= (before.sent_at, &before.guid));
        told(&placed, if before.is_some() { Fate::Superseding } else { Fate::New });
        touched.extend(joins::leading_on(keys_of(before)?));
        let keys = joins::of(&placed.document);
        touched.extend(joins::leading_on(keys.clone()));
        found_by.extend(keys.into_iter().map(|join| (join, key.clone())));
        writing.add(&one, &placed, before.is_some(), newer);
        if newer {
            current.insert(key, one);
        }
    }
    writing.finish(connection)?;
    insert_joins(connection, found_by)?;
    Ok(writing.kept)
}

fn keys_of(current: Option<&Current>) -> Result<BTreeSet<String>, StoreError> {
    current.map_or(Ok(BTreeSet::new()), |row| Ok(joins::of(&read(&row.doc_key, &row.payload)?)))
}

/// A document as it was stored.
///
/// # Errors
/// [`StoreError::Damaged`].
pub fn read(key: &str, payload: &str) -> Result<StoredDocument, StoreError> {
    serde_json::from_str(payload).map_err(|error| StoreError::Damaged {
        what: "customs document",
        key: key.replace('\u{1f}', " "),
        why: error.to_string(),
    })
}

fn load_current(
    connection: &mut DbConnection,
    keys: BTreeSet<&str>,
) -> Result<BTreeMap<String, Current>, StoreError> {
    let rows: Vec<Current> = bulk::load_rows(
        connection,
        "WITH k (doc_key) AS (",
        1,
        keys.into_iter().map(Bind::from),
        ") SELECT d.doc_key, d.sent_at, d.guid, d.payload, d.signature FROM k CROSS JOIN ceb_documents d \
         WHERE d.doc_key = k.doc_key AND d.known_to IS NULL",
    )?;
    Ok(rows.into_iter().map(|row| (row.doc_key.clone(), row)).collect())
}

/// Rows of one chunk before they are written.
struct Writing<'a> {
    from: &'a Provenance,
    /// Keys whose stored version is closed.
    closed: BTreeSet<String>,
    /// By key and place: (row, whether it is current).
    rows: BTreeMap<(String, i64), (Vec<Bind>, bool)>,
    kept: Kept,
}

impl Writing<'_> {
    fn add(&mut self, one: &Current, placed: &Placed, had_one: bool, newer: bool) {
        if had_one {
            self.kept.superseding += 1;
        } else {
            self.kept.new += 1;
        }
        if newer && had_one {
            self.close(&one.doc_key);
        }
        let row = vec![
            one.doc_key.clone().into(),
            self.from.known_from.into(),
            placed.seq.into(),
            placed.document.kind.code().into(),
            one.guid.clone().into(),
            one.sent_at.into(),
            one.payload.clone().into(),
            self.from.batch_id.clone().into(),
            placed.part.clone().into(),
            placed.line.into(),
            Bind::OptionalText(one.signature.clone()),
        ];
        self.rows.insert((one.doc_key.clone(), placed.seq), (row, newer));
    }

    /// The version that was current until now: one of this chunk, or a stored one.
    fn close(&mut self, key: &str) {
        let of_key = (key.to_owned(), i64::MIN)..=(key.to_owned(), i64::MAX);
        match self.rows.range_mut(of_key).find(|(_, (_, current))| *current) {
            Some((_, (_, current))) => *current = false,
            None => drop(self.closed.insert(key.to_owned())),
        }
    }

    fn finish(&mut self, connection: &mut DbConnection) -> Result<(), StoreError> {
        for key in std::mem::take(&mut self.closed) {
            bulk::execute(
                connection,
                "UPDATE ceb_documents SET known_to = $1 WHERE doc_key = $2 AND known_to IS NULL",
                [self.from.known_from.into(), key.into()],
            )?;
        }
        let since = self.from.known_from;
        let rows = std::mem::take(&mut self.rows).into_values().map(|(mut row, current)| {
            row.push(Bind::OptionalBig((!current).then_some(since)));
            row
        });
        bulk::execute_rows(
            connection,
            "INSERT INTO ceb_documents \
             (doc_key, known_from, seq, kind, guid, sent_at, payload, batch_id, part, line, signature, known_to)",
            12,
            rows.collect(),
            "",
        )?;
        Ok(())
    }
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
