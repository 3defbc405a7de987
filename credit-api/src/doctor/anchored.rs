//! Rows against what was anchored of them, subject by subject: what was invented, changed, taken away or revived behind
//! the service's back shows. What a row says was anchored is described by each table's own module.

use std::collections::BTreeMap;

use diesel::QueryableByName;
use diesel::sql_types::Text;

use super::{DoctorError, Report};
use crate::anchoring::outbox::{self, Draft};
use crate::store::DbConnection;
use crate::store::bulk::{self, Bind};

/// Subjects looked at together.
const PAGE: i64 = 500;

/// A table whose rows say what was anchored.
pub trait Anchored {
    /// Kind of what is anchored, in the outbox.
    const KIND: &'static str;
    /// The tables that know of it, the one after which what is gone is named first.
    const TABLES: &'static [&'static str];
    /// The column by which it is anchored.
    const SUBJECT: &'static str;
    /// What is looked at, for whoever waits.
    const TITLE: &'static str;

    /// How many were looked at.
    fn count(report: &mut Report) -> &mut u64;

    /// What the rows of a subject say was anchored. What else is wrong with them is a finding.
    fn said(
        connection: &mut DbConnection,
        subject: &str,
        report: &mut Report,
    ) -> Result<Vec<Said>, DoctorError>;
}

/// Something that a row says was anchored.
pub struct Said {
    /// Table and key of the row.
    pub place: String,
    /// What of it, such as `its grant`.
    pub what: &'static str,
    /// As which of the subject's, where the row says so.
    pub seq: Option<i64>,
    /// As what; nothing where the row is damaged.
    pub draft: Option<Draft>,
}

#[derive(QueryableByName)]
struct Subject {
    #[diesel(sql_type = Text)]
    subject: String,
}

/// Looks at every row of a table, and at all that was anchored of it.
pub fn examine<T: Anchored>(
    connection: &mut DbConnection,
    report: &mut Report,
    progress: &mut dyn FnMut(&str, u64),
) -> Result<(), DoctorError> {
    let tables: Vec<_> = T::TABLES.iter().map(|table| (*table, T::SUBJECT)).collect();
    let told = &mut |report: &mut Report| progress(T::TITLE, *T::count(report));
    walk(connection, (T::KIND, &tables), report, &mut compare::<T>, told)
}

/// What is done with one subject.
type Look<'a> = &'a mut dyn FnMut(&mut DbConnection, &str, &mut Report) -> Result<(), DoctorError>;

/// Looks at each subject that has rows in one of these tables, each with the column that names it, or of which
/// something of this kind was anchored; `told` after each page of them.
pub fn walk(
    connection: &mut DbConnection,
    (kind, tables): (&str, &[(&str, &str)]),
    report: &mut Report,
    look: Look<'_>,
    told: &mut dyn FnMut(&mut Report),
) -> Result<(), DoctorError> {
    let next = |table: &str, column: &str, more: &str| {
        format!(
            "SELECT subject FROM (SELECT DISTINCT {column} AS subject FROM {table} WHERE {more}{column} > $1 \
             ORDER BY {column} LIMIT {PAGE}) AS of_{table}"
        )
    };
    let anchored = next("outbox", "uscc", &format!("kind = '{kind}' AND "));
    let held = tables.iter().map(|(table, column)| next(table, column, ""));
    let all: Vec<String> = held.chain([anchored]).collect();
    let sql = format!("{} ORDER BY subject LIMIT {PAGE}", all.join(" UNION "));
    let mut last = String::new();
    loop {
        let page: Vec<Subject> = bulk::load(connection, &sql, [Bind::Text(last)])?;
        for one in &page {
            look(connection, &one.subject, report)?;
        }
        told(report);
        match page.into_iter().next_back().filter(|_| !report.is_full()) {
            Some(end) => last = end.subject,
            None => return Ok(()),
        }
    }
}

fn compare<T: Anchored>(
    connection: &mut DbConnection,
    subject: &str,
    report: &mut Report,
) -> Result<(), DoctorError> {
    let mut anchored: BTreeMap<i64, Draft> = BTreeMap::new();
    for row in outbox::of_subject(connection, T::KIND, subject)? {
        anchored.insert(row.seq, row.draft()?);
    }
    for said in T::said(connection, subject, report)? {
        let same = |draft: &Draft| said.draft.as_ref() == Some(draft);
        let seq = said.seq.or_else(|| Some(*anchored.iter().find(|(_, draft)| same(draft))?.0));
        match seq.and_then(|seq| anchored.remove(&seq)) {
            Some(draft) if same(&draft) => {}
            None if said.seq.is_some() => {
                report.finding(said.place, format!("{} was not anchored", said.what))
            }
            _ => report.finding(said.place, format!("{} is not the one that was anchored", said.what)),
        }
    }
    for (seq, draft) in anchored {
        let what = format!("{} was anchored as number {seq}, and is gone", title(&draft));
        let table = T::TABLES.first().copied().unwrap_or(T::KIND);
        report.finding(format!("{table} of {subject}"), what);
    }
    Ok(())
}

fn title(draft: &Draft) -> &'static str {
    match draft {
        Draft::Consent { revoked: true, .. } => "a revocation",
        Draft::Sharing { ended: true, .. } => "an end",
        Draft::Consent { .. } | Draft::Sharing { .. } => "a grant",
        Draft::Listing { listed: true, .. } => "an entry",
        Draft::Listing { .. } => "an exit",
        Draft::Case { .. } => "a step",
        Draft::Certificate { .. } => "a certificate",
        Draft::Measure { .. } => "an act",
        _ => "something",
    }
}

/// A salt as it was drawn; nothing where it is none, or gone.
pub fn salt(stored: Option<&[u8]>) -> Option<[u8; 32]> {
    stored?.try_into().ok()
}
