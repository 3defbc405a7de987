//! The recomputation of an appealed rating, and what an appeal stays.
//!
//! The rating is computed again as of its own day, with the same scorecard and with what is known now: what its sources
//! corrected since is in it. What came of it follows from the comparison and from nothing that anybody types. The
//! document of both stands in the evidence folder by its digest, as an attachment of the step.

use std::collections::BTreeSet;

use credit_core::cases::{
    Act, Case, Digest, Kind, Outcome, State as CaseState, Step, Verb, stays_consequences,
};
use credit_core::dates::Moment;
use credit_core::evaluate::Evaluation;
use credit_core::indicator::{IndicatorId, State, Value};
use credit_core::statement::Statement;
use credit_core::uscc::Uscc;
use diesel::prelude::*;
use serde::Serialize;

use super::acts::{self, Brought, CaseError};
use super::files;
use super::parties::{self, Party};
use super::store::{self, CaseRow};
use super::subject::{self, About};
use crate::evaluation::assess::Assessed;
use crate::evaluation::gather::Who;
use crate::evaluation::history::{self, RatingRow, fingerprint};
use crate::evaluation::knowledge::{self, Question};
use crate::evaluation::run;
use crate::evaluation::statement::statement_of;
use crate::evaluation::view::rfc3339;
use crate::service::Service;
use crate::store::schema::{cases, ratings};
use crate::store::{DbConnection, Lane, StoreError, write};

/// What the file says it is.
const FORMAT: &str = "xinji/recomputation/v1";
const MEDIA_TYPE: &str = "application/json";
/// Cases looked at together.
const PAGE: i64 = 200;

/// A recomputation, as it is kept.
#[derive(Debug, Clone, Serialize)]
struct Recomputation {
    format: &'static str,
    case: String,
    uscc: String,
    about: About,
    /// The appealed rating, and what the ledger holds of it.
    rating: i64,
    commitment: String,
    model: String,
    scorecard_digest: String,
    as_of: chrono::NaiveDate,
    /// What was known when it was made, and when it was computed again.
    known_then: String,
    known_now: String,
    before: Figures,
    after: Figures,
    /// Indicators that differ.
    indicators: Vec<Difference>,
    /// `maintained` or `changed`.
    outcome: &'static str,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
struct Figures {
    grade: String,
    grade_by_score: String,
    score: u16,
    vetoes: Vec<String>,
    caps: Vec<String>,
}

/// An indicator before and after.
#[derive(Debug, Clone, Serialize)]
struct Difference {
    indicator: IndicatorId,
    before: Observed,
    after: Observed,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
struct Observed {
    state: State,
    value: Option<Value>,
}

/// The rating that a case appeals: the one it names, else the one in force when it was submitted.
///
/// # Errors
/// The database's, and [`StoreError::Damaged`].
pub fn appealed(connection: &mut DbConnection, row: &CaseRow) -> Result<Option<RatingRow>, StoreError> {
    if let About::Rating(seq) = row.about()? {
        return history::by_seq(connection, &row.uscc, seq);
    }
    Ok(ratings::table
        .filter(ratings::uscc.eq(&row.uscc))
        .filter(ratings::recorded_at.le(row.opened_at))
        .order(ratings::seq.desc())
        .select(RatingRow::as_select())
        .first(connection)
        .optional()?)
}

/// Fills what the step `recompute` brings: the outcome, and the file that it follows from. Any other step is left as it
/// is, and so is one that will be refused anyway.
///
/// # Errors
/// [`CaseError`].
pub(super) fn recomputed(
    service: &Service,
    who: &Party,
    (id, kind, verb): (&str, Kind, Verb),
    brought: &Brought,
) -> Result<Brought, CaseError> {
    let brought = brought.clone();
    if (kind, verb) != (Kind::Appeal, Verb::Recompute) {
        return Ok(brought);
    }
    let mut connection = service.database.connection()?;
    let Some(row) = store::find(&mut connection, id)?.filter(|row| row.kind == kind.code()) else {
        return Ok(brought);
    };
    let Some(role) = parties::role_of(who, &row) else { return Ok(brought) };
    let steps = store::steps_of(&mut connection, id)?;
    let now = service.clock.now();
    let calendar = service.calendars.now();
    let rules = super::rules(&calendar);
    let offers = Case { id, kind, steps: &steps }.allowed(&parties::actor(who, role), now, &rules);
    if !offers.iter().any(|offer| offer.verb == verb) {
        return Ok(brought);
    }
    let (outcome, digest) = computed(service, &mut connection, &row, &who.person)?;
    if brought.outcome.is_some_and(|typed| typed != outcome) {
        return Err(CaseError::Computed { outcome });
    }
    let attachments = brought.attachments.iter().copied().chain([digest]).collect();
    Ok(Brought { outcome: Some(outcome), attachments, ..brought })
}

/// Computes an appealed rating again and keeps the document of it, in the name of whoever takes the step.
fn computed(
    service: &Service,
    connection: &mut DbConnection,
    row: &CaseRow,
    person: &str,
) -> Result<(Outcome, Digest), CaseError> {
    let found = recompute(service, connection, row)?;
    let outcome = Outcome::of(found.outcome).unwrap_or(Outcome::Changed);
    let file =
        serde_json::to_vec_pretty(&found).map_err(|error| store::damaged(&row.id, error.to_string()))?;
    let name = format!("recomputation-{}-{}.json", row.uscc, found.rating);
    let kept = files::keep_as(service, person, &name, (MEDIA_TYPE, &file))?;
    let digest = Digest::try_from(kept.digest).map_err(|why| store::damaged(&row.id, why.to_owned()))?;
    Ok((outcome, digest))
}

/// Takes the step `recompute` in appeals about a record that its source has superseded since their acceptance: what was
/// asked for is there. Others wait for an officer. Returns how many.
///
/// # Errors
/// The database's.
pub fn look(service: &Service) -> Result<usize, StoreError> {
    let (mut taken, mut after) = (0, String::new());
    loop {
        let mut connection = service.database.connection()?;
        let page = store::open_in(&mut connection, (Kind::Appeal, CaseState::Accepted), &after, PAGE)?;
        let Some(last) = page.last() else { return Ok(taken) };
        after = last.id.clone();
        for row in &page {
            // No step comes between acceptance and recomputation but an extension.
            let About::Record(record) = row.about()? else { continue };
            let accepted = store::steps_of(&mut connection, &row.id)?;
            let accepted = accepted.iter().rev().find(|step| step.verb == Verb::Accept);
            let since = accepted.map_or(row.opened_at, |step| step.at.0);
            if subject::superseded_since(&mut connection, &row.uscc, &record, since)?.is_some() {
                taken += usize::from(by_itself(service, &mut connection, row)?);
            }
        }
    }
}

fn by_itself(service: &Service, connection: &mut DbConnection, row: &CaseRow) -> Result<bool, StoreError> {
    let (now, calendar, system) = (service.clock.now(), service.calendars.now(), parties::system());
    let rules = super::rules(&calendar);
    let done = computed(service, connection, row, &system.id).and_then(|(outcome, digest)| {
        let brought = Brought { outcome: Some(outcome), attachments: vec![digest], ..Brought::default() };
        write(connection, Lane::Bookkeeping, |connection| {
            let Some(row) = store::find(connection, &row.id)? else { return Ok(false) };
            let steps = store::steps_of(connection, &row.id)?;
            let act = Act::new(Verb::Recompute, system.clone());
            acts::take(connection, row, steps, act, &brought, (now, &rules)).map(|_| true)
        })
    });
    match done {
        Ok(done) => Ok(done),
        Err(CaseError::Store(error)) => Err(error),
        // Somebody was faster, or it is for a person: another scorecard, no rating.
        Err(error) => {
            tracing::debug!(id = row.id, %error, "an appeal was not computed again by itself");
            Ok(false)
        }
    }
}

fn recompute(
    service: &Service,
    connection: &mut DbConnection,
    row: &CaseRow,
) -> Result<Recomputation, CaseError> {
    let rating = appealed(connection, row)?.ok_or(CaseError::NoRating)?;
    let before = statement_of(&rating)?;
    if before.scorecard_digest != service.card.digest() {
        return Err(CaseError::OtherScorecard { model: before.scorecard_id });
    }
    let uscc = Uscc::parse(&row.uscc).map_err(|error| store::damaged(&row.id, error.to_string()))?;
    let known_at = service.clock.now().0.max(knowledge::latest_knowledge(connection)?);
    let question = Question { as_of: rating.as_of(), known_at };
    let who = Who::These(BTreeSet::from([uscc]));
    let found =
        service.in_parallel(|| run::ask(connection, question, &who, (&service.card, &service.medians)))?;
    let after = found.into_iter().next().ok_or(CaseError::NoRating)?;
    let indicators = differences(&before, &after);
    let about = row.about()?;
    let is_changed = match &about {
        About::Indicator(code) => indicators.iter().any(|one| one.indicator.as_str() == code),
        _ => fingerprint(&after) != rating.fingerprint,
    };
    let outcome = if is_changed { Outcome::Changed } else { Outcome::Maintained };
    Ok(Recomputation {
        format: FORMAT,
        case: row.id.clone(),
        uscc: row.uscc.clone(),
        about,
        rating: rating.seq,
        commitment: rating.commitment.clone(),
        model: after.evaluation.model.clone(),
        scorecard_digest: hex::encode(service.card.digest()),
        as_of: question.as_of,
        known_then: rfc3339(rating.known_at),
        known_now: rfc3339(known_at),
        before: Figures {
            grade: rating.grade.clone(),
            grade_by_score: before.grade_by_score.as_str().to_owned(),
            score: before.score,
            vetoes: before.vetoes.clone(),
            caps: before.caps.iter().map(|cap| cap.code.clone()).collect(),
        },
        after: figures(&after, &after.evaluation),
        indicators,
        outcome: outcome.code(),
    })
}

fn differences(before: &Statement, after: &Assessed) -> Vec<Difference> {
    let old = before.indicators.iter();
    let pairs = old.filter_map(|old| {
        let new = after.evaluation.indicators.iter().find(|new| new.id == old.id)?;
        Some(Difference {
            indicator: old.id,
            before: Observed { state: old.state, value: old.value.clone() },
            after: Observed { state: new.state, value: new.value.clone() },
        })
    });
    pairs.filter(|one| one.before != one.after).collect()
}

fn figures(one: &Assessed, evaluation: &Evaluation) -> Figures {
    Figures {
        grade: one.decision.grade.as_str().to_owned(),
        grade_by_score: evaluation.grade_by_score.as_str().to_owned(),
        score: evaluation.score,
        vetoes: evaluation.vetoes.clone(),
        caps: evaluation.caps.iter().map(|cap| cap.code.clone()).collect(),
    }
}

/// An appeal that is pending, and what it stays.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stay {
    /// Id of the case.
    pub case: String,
    /// The appealed rating.
    pub rating: i64,
    pub since: Moment,
}

/// Whether what a downgrade entails waits for an enterprise: an appeal is pending, from its submission until its
/// decision is posted, against the rating that gave the grade in force. A later rating of the same grade is stayed as
/// well; one of another grade is not the one that was appealed, and entails what it entails.
///
/// Whoever lets consequences of a grade begin asks this first, in the same transaction.
///
/// # Errors
/// The database's, and [`StoreError::Damaged`].
pub fn stays(connection: &mut DbConnection, uscc: &str) -> Result<bool, StoreError> {
    Ok(stay_of(connection, uscc)?.is_some())
}

/// The same, and by which case.
///
/// # Errors
/// The database's, and [`StoreError::Damaged`].
pub fn stay_of(connection: &mut DbConnection, uscc: &str) -> Result<Option<Stay>, StoreError> {
    let pending: Vec<CaseRow> = cases::table
        .filter(cases::uscc.eq(uscc))
        .filter(cases::kind.eq(Kind::Appeal.code()))
        .filter(cases::open.eq(1))
        .order((cases::opened_at.asc(), cases::id.asc()))
        .select(CaseRow::as_select())
        .load(connection)?;
    if pending.is_empty() {
        return Ok(None);
    }
    let Some(current) = history::current(connection, uscc)? else { return Ok(None) };
    for row in pending {
        let steps: Vec<Step> = store::steps_of(connection, &row.id)?;
        if !stays_consequences(&Case { id: &row.id, kind: Kind::Appeal, steps: &steps }) {
            continue;
        }
        let rating = appealed(connection, &row)?;
        if let Some(rating) = rating.filter(|rating| rating.grade == current.grade) {
            return Ok(Some(Stay { case: row.id, rating: rating.seq, since: Moment(row.opened_at) }));
        }
    }
    Ok(None)
}
