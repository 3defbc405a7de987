//! The step line: the recorded ratings, and what happened between them.

use chrono::NaiveDate;
use credit_core::evaluate::Evaluation;
use credit_core::records::Record;

use super::{failed, rating, words};
use crate::evaluation::assess::Assessed;
use crate::evaluation::history::{self, RatingRow};
use crate::evaluation::statement::valid_until;
use crate::portal::PortalError;
use crate::portal::lang::Lang;
use crate::portal::view::{EventKind, EventView, StepLineView, StepView};
use crate::service::Service;
use crate::store::DbConnection;

/// Rating changes read.
const CHANGES_READ: i64 = 120;
/// Events numbered on the line; of more the latest.
const EVENTS_SHOWN: usize = 20;

/// The recorded changes, newest first.
pub(super) fn changes(connection: &mut DbConnection, uscc: &str) -> Result<Vec<RatingRow>, PortalError> {
    history::changes(connection, uscc, i64::MAX, CHANGES_READ).map_err(failed)
}

pub(super) fn view(
    service: &Service,
    changes: &[RatingRow],
    records: &[Record],
    now: &Assessed,
    lang: Lang,
) -> StepLineView {
    let steps = steps(changes, now);
    let mut events = Vec::new();
    if let Some(first) = steps.first().map(|step| step.on) {
        events.extend(grade_changes(&steps));
        events.extend(rule_change(service, first, now, lang));
        events.extend(records.iter().flat_map(|record| record_events(record, lang)));
        events.retain(|event| first <= event.on && event.on <= now.as_of);
        events.sort_by_key(|event| event.on);
        events.drain(..events.len().saturating_sub(EVENTS_SHOWN));
    }
    StepLineView { steps, events, until: valid_until(now.as_of), bands: rating::bands(&service.card) }
}

/// One step for each day on which score or grade moved; the last rating of a day counts.
fn steps(changes: &[RatingRow], now: &Assessed) -> Vec<StepView> {
    let recorded = changes.iter().rev().map(|row| StepView {
        on: row.as_of(),
        score: u16::try_from(row.score).unwrap_or(0),
        grade: row.grade.clone(),
    });
    let Evaluation { score, .. } = now.evaluation;
    let current = StepView { on: now.as_of, score, grade: now.decision.grade.as_str().to_owned() };
    let mut steps: Vec<StepView> = Vec::new();
    for step in recorded.chain([current]) {
        steps.pop_if(|last| last.on == step.on);
        if steps.last().is_none_or(|last| (last.score, &last.grade) != (step.score, &step.grade)) {
            steps.push(step);
        }
    }
    steps
}

fn grade_changes(steps: &[StepView]) -> Vec<EventView> {
    let pairs = steps.iter().zip(steps.iter().skip(1)).filter(|(before, after)| before.grade != after.grade);
    pairs
        .map(|(before, after)| EventView {
            on: after.on,
            kind: EventKind::GradeChange,
            words: format!("{} → {}", before.grade, after.grade),
        })
        .collect()
}

fn rule_change(service: &Service, first: NaiveDate, now: &Assessed, lang: Lang) -> Option<EventView> {
    let on = service.card.effective_on;
    let id = &now.evaluation.model;
    (first < on).then(|| EventView {
        on,
        kind: EventKind::RuleChange,
        words: lang.pick(format!("评分卡 {id} 生效"), format!("scorecard {id} in force")),
    })
}

fn record_events(record: &Record, lang: Lang) -> Vec<EventView> {
    let event = |on, kind, words: &str| EventView { on, kind, words: words.to_owned() };
    match record {
        Record::Penalties(penalty) => {
            let decided = event(penalty.decided_on, EventKind::Penalty, &penalty.doc_no);
            let repaired = penalty.repaired_on.map(|on| event(on, EventKind::Repair, &penalty.doc_no));
            std::iter::once(decided).chain(repaired).collect()
        }
        Record::Lists(listing) => {
            let name = words::list(listing.list, lang);
            let listed = event(listing.effective_on, EventKind::Listing, name);
            let removed = listing.removed_on.map(|on| event(on, EventKind::Delisting, name));
            std::iter::once(listed).chain(removed).collect()
        }
        _ => Vec::new(),
    }
}
