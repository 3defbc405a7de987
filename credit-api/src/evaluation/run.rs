//! An evaluation: gather, assess in parallel, record what changed.
//!
//! A rating, its history row and its outbox row are one transaction, so a rating cannot change without a leaf.
//! Only changes are written: an enterprise whose rating is what it was costs no row.

use std::collections::{BTreeSet, HashMap};
use std::sync::atomic::{AtomicUsize, Ordering};

use credit_core::alerts::AlertRules;
use credit_core::calendar::WorkingDays;
use credit_core::dates::day_number;
use credit_core::facts::Facts;
use credit_core::grade::Grade;
use credit_core::scorecard::Scorecard;
use credit_core::uscc::Uscc;
use rayon::prelude::*;

use super::assess::{Assessed, Predecessor, assess};
use super::gather::{Gathered, Road, Who, gather, gather_supposing};
use super::history::{self, CurrentRating, RatingRow, fingerprint};
use super::knowledge::{self, Question};
use super::rollup::Medians;
use super::statement::{self, Written};
use super::suppose::Known;
use crate::alerts;
use crate::anchoring::outbox;
use crate::clock::Clock;
use crate::negative_list;
use crate::sharing::feed::{self, NewChange, Previous, RatingChange};
use crate::statistics::marks;
use crate::store::bulk::{self, Bind};
use crate::store::{Database, DbConnection, Lane, StoreError, read_only, write};
use crate::supervision;

/// Ratings recorded in one transaction.
const RATINGS_AT_ONCE: usize = 1_000;

/// What to evaluate.
#[derive(Debug, Clone)]
pub struct Order {
    pub who: Who,
    pub as_of: chrono::NaiveDate,
    /// `None`: everything known when the evaluation starts.
    pub known_at: Option<i64>,
    /// A monthly run leaves a mark that hysteresis compares with.
    pub monthly: bool,
}

/// What came of it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Outcome {
    pub evaluated: usize,
    pub changed: usize,
    /// Evaluated for a date before that of the rating in force: kept for the monthly comparison only.
    pub back_dated: usize,
}

/// Told how far an evaluation is: (done, total). Called from many threads.
pub type Progress<'a> = &'a (dyn Fn(usize, usize) + Sync);

/// Answers a question without recording anything.
///
/// # Errors
/// The database's, and [`StoreError::Damaged`].
pub fn ask(
    connection: &mut DbConnection,
    question: Question,
    who: &Who,
    (card, medians): (&Scorecard, &Medians),
) -> Result<Vec<Assessed>, StoreError> {
    read_only(connection, |connection| {
        let facts = gather(connection, question, who, medians)?;
        let previous = history::predecessors(connection, question, who.named())?;
        Ok(assess_all(&facts, &previous, card, &|_, _| {}))
    })
}

/// Answers a question about one enterprise as if `known` were what is known of it.
///
/// # Errors
/// The database's, and [`StoreError::Damaged`].
pub fn ask_supposing(
    connection: &mut DbConnection,
    question: Question,
    known: &Known,
    (card, medians): (&Scorecard, &Medians),
) -> Result<Option<Assessed>, StoreError> {
    let who = Who::These(BTreeSet::from([known.uscc]));
    read_only(connection, |connection| {
        let facts = gather_supposing(connection, question, known, medians)?;
        let previous = history::predecessors(connection, question, who.named())?;
        Ok(assess_all(&facts, &previous, card, &|_, _| {}).into_iter().next())
    })
}

fn assess_all(
    facts: &[Facts],
    previous: &HashMap<Uscc, Predecessor>,
    card: &Scorecard,
    progress: Progress<'_>,
) -> Vec<Assessed> {
    let (done, total) = (AtomicUsize::new(0), facts.len());
    facts
        .par_iter()
        .map(|facts| {
            let assessed = assess(facts, previous.get(&facts.uscc), card);
            progress(done.fetch_add(1, Ordering::Relaxed) + 1, total);
            assessed
        })
        .collect()
}

/// What an evaluation goes by.
pub struct By<'a> {
    pub card: &'a Scorecard,
    pub rules: &'a AlertRules,
    /// Tells how long entries of the watch list last.
    pub calendar: &'a WorkingDays,
    pub medians: &'a Medians,
}

/// Evaluates and records, and asks the rules of alerts.
///
/// # Errors
/// The database's, and [`StoreError::Damaged`].
pub fn run(
    database: &Database,
    clock: &dyn Clock,
    By { card, rules, calendar, medians }: By<'_>,
    order: &Order,
    progress: Progress<'_>,
) -> Result<Outcome, StoreError> {
    let mut connection = database.connection()?;
    let started_at = clock.now().0;
    let latest = knowledge::latest_knowledge(&mut connection)?;
    let question =
        Question { as_of: order.as_of, known_at: order.known_at.unwrap_or_else(|| started_at.max(latest)) };
    let (mut gathered, previous) = read_only(&mut connection, |connection| {
        let gathered = Gathered::read(connection, question, &order.who, Road::Rollups(medians), None)?;
        Ok::<_, StoreError>((gathered, history::predecessors(connection, question, order.who.named())?))
    })?;
    let total = gathered.len();
    let mut outcome = Outcome::default();
    while !gathered.is_empty() {
        let before = total - gathered.len();
        let facts = gathered.next(RATINGS_AT_ONCE);
        let assessed = assess_all(&facts, &previous, card, &|done, _| progress(before + done, total));
        let recorded = write(&mut connection, Lane::Evaluation, |connection| {
            let (recorded, fell_from) = record(connection, clock, card, question, order, &assessed)?;
            // Of another day, or with less than all knowledge, nothing is said of where anybody stands.
            if question.as_of == clock.today() && order.known_at.is_none() {
                let now = clock.now().0;
                negative_list::record::standings(connection, &facts, rules, (question.as_of, now))?;
                supervision::record::look(connection, &facts, calendar, (question.as_of, now))?;
                let found = (&facts[..], &assessed[..], gathered.ground());
                alerts::hits::record(connection, rules, found, &fell_from, now)?;
            }
            Ok::<_, StoreError>(recorded)
        })?;
        outcome.evaluated += assessed.len();
        outcome.changed += recorded.changed;
        outcome.back_dated += recorded.back_dated;
    }
    write(&mut connection, Lane::Evaluation, |connection| {
        if order.monthly {
            finish_month(connection, clock, question, started_at, outcome)?;
        }
        // A question about another day, or with less than all knowledge, leaves today's to be answered.
        if question.as_of == clock.today() && order.known_at.is_none() {
            clear_dirty(connection, question, &order.who)?;
        }
        Ok::<(), StoreError>(())
    })?;
    Ok(outcome)
}

/// Records one part of the assessed: monthly marks, changes with their outbox rows, what the lists show. Returns also
/// the grades in force before, of those whose rating changed.
fn record(
    connection: &mut DbConnection,
    clock: &dyn Clock,
    card: &Scorecard,
    question: Question,
    order: &Order,
    part: &[Assessed],
) -> Result<(Outcome, HashMap<Uscc, Grade>), StoreError> {
    let codes: BTreeSet<Uscc> = part.iter().map(|one| one.uscc).collect();
    let current = history::current_of(connection, Some(&codes))?;
    let mut outcome = Outcome::default();
    let (mut rows, mut entries, mut coverages) = (Vec::new(), Vec::new(), Vec::new());
    let (mut month, mut before) = (Vec::with_capacity(part.len()), HashMap::new());
    for one in part {
        let current = current.get(one.uscc.as_str());
        match change_of(one, current, question) {
            Change::None => month.push((one, current.map(|current| current.seq))),
            Change::BackDated => {
                month.push((one, None));
                outcome.back_dated += 1;
            }
            Change::Rating { seq, previous_grade } => {
                month.push((one, Some(seq)));
                if let Some(grade) = &previous_grade {
                    before.insert(one.uscc, grade_of(one.uscc.as_str(), grade)?);
                }
                let at = clock.now().0;
                let written = statement::write(one, question, previous_grade.as_deref(), card)?;
                entries.push(outbox::rating_row(one.uscc, seq, at, &written, card.digest()));
                coverages.push(i32::try_from(one.evaluation.coverage.0).unwrap_or(0));
                rows.push(rating_row(one, question, seq, previous_grade, at, written));
                outcome.changed += 1;
            }
        }
    }
    if order.monthly {
        history::record_month(connection, question, &month)?;
    }
    insert_ratings(connection, &rows)?;
    if !rows.is_empty() {
        marks::ratings_changed(connection, day_number(question.as_of))?;
    }
    outbox::insert(connection, entries)?;
    refresh_enterprises(connection, &rows, &coverages)?;
    tell(connection, &rows, &current)?;
    Ok((outcome, before))
}

/// Puts the ratings that came into force into the feed, and says which of those before rested on what was corrected
/// since.
fn tell(
    connection: &mut DbConnection,
    rows: &[RatingRow],
    current: &HashMap<String, CurrentRating>,
) -> Result<(), StoreError> {
    let known: Vec<&str> = rows.iter().filter(|row| row.seq > 1).map(|row| row.uscc.as_str()).collect();
    let corrected = feed::last_correction_of_records(connection, &known)?;
    let mut changes = Vec::with_capacity(rows.len());
    for row in rows {
        let previous = current.get(&row.uscc);
        changes.push(NewChange::of_rating(
            &row.uscc,
            row.recorded_at,
            RatingChange {
                seq: row.seq,
                grade: grade_of(&row.uscc, &row.grade)?,
                score: row.score,
                previous: previous
                    .map(|previous| {
                        let grade = grade_of(&previous.uscc, &previous.grade)?;
                        Ok::<_, StoreError>(Previous { seq: previous.seq, grade, score: previous.score })
                    })
                    .transpose()?,
                as_of: row.as_of(),
                commitment: row.commitment.clone(),
            },
        ));
        let Some(previous) = previous else { continue };
        if corrected.get(&row.uscc).is_some_and(|at| previous.known_at < *at && *at <= row.known_at) {
            changes.push(NewChange::of_corrected_rating(
                &row.uscc,
                row.recorded_at,
                previous.recorded_at,
                grade_of(&previous.uscc, &previous.grade)?,
                [previous.seq, row.seq],
            ));
        }
    }
    feed::append(connection, &changes)
}

fn grade_of(uscc: &str, grade: &str) -> Result<Grade, StoreError> {
    grade.parse().map_err(|_| StoreError::Damaged {
        what: "grade",
        key: uscc.to_owned(),
        why: format!("no grade {grade}"),
    })
}

enum Change {
    None,
    BackDated,
    Rating { seq: i64, previous_grade: Option<String> },
}

fn change_of(one: &Assessed, current: Option<&CurrentRating>, question: Question) -> Change {
    let Some(current) = current else { return Change::Rating { seq: 1, previous_grade: None } };
    if day_number(question.as_of) < current.as_of_day {
        return Change::BackDated;
    }
    if fingerprint(one) == current.fingerprint {
        return Change::None;
    }
    Change::Rating { seq: current.seq + 1, previous_grade: Some(current.grade.clone()) }
}

fn rating_row(
    one: &Assessed,
    question: Question,
    seq: i64,
    previous_grade: Option<String>,
    recorded_at: i64,
    written: Written,
) -> RatingRow {
    RatingRow {
        uscc: one.uscc.to_string(),
        seq,
        as_of_day: day_number(question.as_of),
        known_at: question.known_at,
        recorded_at,
        kind: one.kind.as_str().to_owned(),
        grade: one.decision.grade.as_str().to_owned(),
        previous_grade,
        score: i32::from(one.evaluation.score),
        fingerprint: fingerprint(one),
        statement: written.statement,
        salt: Some(written.salt.to_vec()),
        commitment: hex::encode(written.commitment),
        sign_off: statement::sign_off_of(one),
    }
}

fn insert_ratings(connection: &mut DbConnection, rows: &[RatingRow]) -> Result<(), StoreError> {
    let rows = rows.iter().map(|row| {
        vec![
            row.uscc.clone().into(),
            row.seq.into(),
            row.as_of_day.into(),
            row.known_at.into(),
            row.recorded_at.into(),
            row.kind.clone().into(),
            row.grade.clone().into(),
            Bind::OptionalText(row.previous_grade.clone()),
            row.score.into(),
            row.fingerprint.clone().into(),
            Bind::Bytes(row.statement.clone()),
            Bind::Bytes(row.salt.clone().unwrap_or_default()),
            row.commitment.clone().into(),
            Bind::OptionalText(row.sign_off.clone()),
        ]
    });
    bulk::execute_rows(
        connection,
        "INSERT INTO ratings (uscc, seq, as_of_day, known_at, recorded_at, kind, grade, previous_grade, score, \
         fingerprint, statement, salt, commitment, sign_off)",
        14,
        rows.collect(),
        "",
    )?;
    Ok(())
}

/// The grade, score and coverage that lists and the overview show.
fn refresh_enterprises(
    connection: &mut DbConnection,
    rows: &[RatingRow],
    coverages: &[i32],
) -> Result<(), StoreError> {
    for (row, coverage) in rows.iter().zip(coverages) {
        bulk::execute(
            connection,
            "UPDATE enterprises SET grade = $1, score = $2, coverage = $3 WHERE uscc = $4",
            [row.grade.clone().into(), row.score.into(), (*coverage).into(), row.uscc.clone().into()],
        )?;
    }
    Ok(())
}

/// What was received after this evaluation read its facts stays marked, and so does an enterprise that is not
/// registered yet.
fn clear_dirty(connection: &mut DbConnection, question: Question, who: &Who) -> Result<(), StoreError> {
    const DELETE: &str = "DELETE FROM dirty WHERE since <= $1 AND uscc IN";
    let known = || std::iter::once(Bind::Big(question.known_at));
    match who {
        Who::All => {
            let sql = format!("{DELETE} (SELECT uscc FROM enterprises)");
            bulk::execute(connection, &sql, known())?;
        }
        Who::These(codes) => {
            let all: Vec<&Uscc> = codes.iter().collect();
            for part in all.chunks(2_000) {
                let list: Vec<String> = (2..part.len() + 2).map(|at| format!("${at}")).collect();
                let sql = format!("{DELETE} ({})", list.join(","));
                let codes = part.iter().map(|uscc| Bind::Text(uscc.to_string()));
                bulk::execute(connection, &sql, known().chain(codes))?;
            }
        }
    }
    Ok(())
}

fn finish_month(
    connection: &mut DbConnection,
    clock: &dyn Clock,
    question: Question,
    started_at: i64,
    outcome: Outcome,
) -> Result<(), StoreError> {
    let count = |number: usize| Bind::Big(i64::try_from(number).unwrap_or(i64::MAX));
    bulk::execute(
        connection,
        "INSERT INTO runs (id, as_of_day, known_at, started_at, finished_at, evaluated, changed) \
         VALUES ($1, $2, $3, $4, $5, $6, $7)",
        [
            format!("run-{started_at}-{}", day_number(question.as_of)).into(),
            day_number(question.as_of).into(),
            question.known_at.into(),
            started_at.into(),
            clock.now().0.into(),
            count(outcome.evaluated),
            count(outcome.changed),
        ],
    )?;
    Ok(())
}

/// Enterprises whose facts changed since their last evaluation and that are registered, at most `limit`.
///
/// # Errors
/// The database's.
pub fn dirty(connection: &mut DbConnection, limit: i64) -> Result<BTreeSet<Uscc>, StoreError> {
    use crate::store::schema::{dirty, enterprises};
    use diesel::prelude::*;
    let codes: Vec<String> = dirty::table
        .filter(dirty::uscc.eq_any(enterprises::table.select(enterprises::uscc)))
        .select(dirty::uscc)
        .order(dirty::since.asc())
        .limit(limit)
        .load(connection)?;
    Ok(codes.iter().filter_map(|code| Uscc::parse(code).ok()).collect())
}

/// Whether any enterprise is registered.
///
/// # Errors
/// The database's.
pub fn anything_registered(connection: &mut DbConnection) -> Result<bool, StoreError> {
    use crate::store::schema::enterprises;
    use diesel::prelude::*;
    let first: Option<String> =
        enterprises::table.select(enterprises::uscc).limit(1).first(connection).optional()?;
    Ok(first.is_some())
}
