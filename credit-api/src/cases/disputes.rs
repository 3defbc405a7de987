//! Consumer disputes that the zone itself mediates, as rows of the source `complaints`.
//!
//! A dispute about a row of `complaints` was filed with 12315 or a platform: its outcome is kept in the case, and
//! reaches the indicators when that source sends the row with it. One about an order, such as a return, was filed here:
//! the zone is its source. Each step from the acceptance on writes the row as it stands then; the worker receives it as
//! a file like any other, so that the fact is bitemporal, anchored and superseded by the next. C03 counts it from its
//! acceptance, C04 judges it once it is closed; whether a complaint was true the zone does not say, so C05 leaves
//! it out.

use std::io::Cursor;

use credit_core::cases::{Kind, Outcome, State, Step, Verb, machine};
use credit_core::records::{Complaint, ComplaintOutcome, Order, Record, SourceId};
use credit_core::uscc::Uscc;
use diesel::QueryableByName;
use diesel::sql_types::{Binary, Text};
use serde_json::{Map, Value};

use crate::intake::receive::{Expected, Incoming, ReceiveError, receive};
use crate::service::Service;
use crate::store::bulk;
use crate::store::codec::decode_order;
use crate::store::{DbConnection, Lane, StoreError, write};

/// Rows sent in one file.
const AT_ONCE: i64 = 500;
/// What the complaint is about; 1 to 60 characters, as the format asks.
const CATEGORY: &str = "区内消费争议";

#[derive(QueryableByName)]
struct Payload {
    #[diesel(sql_type = Binary)]
    payload: Vec<u8>,
}

#[derive(QueryableByName)]
struct Waiting {
    #[diesel(sql_type = Text)]
    case_id: String,
    #[diesel(sql_type = Text)]
    content: String,
}

/// Writes the row of a dispute about an order as it stands after these steps. One that was not accepted is none.
///
/// # Errors
/// The database's, and [`StoreError::Damaged`].
pub(super) fn write_row(
    connection: &mut DbConnection,
    uscc: &str,
    order_no: &str,
    steps: &[Step],
) -> Result<(), StoreError> {
    let (Some(first), Some(last)) = (steps.first(), steps.last()) else { return Ok(()) };
    let damaged = |why: String| StoreError::Damaged { what: "case", key: first.case.clone(), why };
    let parsed = Uscc::parse(uscc).map_err(|error| damaged(error.to_string()))?;
    let order = order(connection, uscc, order_no)?;
    let token = order.and_then(|order| order.buyer_token).filter(|token| !token.is_empty());
    let Some(row) = complaint(parsed, token, steps) else { return Ok(()) };
    let cells = Record::Complaints(row).to_cells().map(|(_, cells)| cells).unwrap_or_default();
    let row: Map<String, Value> =
        cells.into_iter().map(|(column, text)| (column.to_owned(), Value::from(text))).collect();
    let content = serde_json::to_string(&row).map_err(|error| damaged(error.to_string()))?;
    bulk::execute(
        connection,
        "INSERT INTO dispute_rows (case_id, content, made_at) VALUES ($1, $2, $3) \
         ON CONFLICT (case_id) DO UPDATE SET content = excluded.content, made_at = excluded.made_at, batch_id = NULL",
        [first.case.clone().into(), content.into(), last.at.0.into()],
    )?;
    Ok(())
}

/// The complaint that a dispute is.
fn complaint(uscc: Uscc, token: Option<String>, steps: &[Step]) -> Option<Complaint> {
    let day = |verb: Verb| steps.iter().find(|step| step.verb == verb).map(|step| step.at.shanghai_date());
    let accepted_on = day(Verb::Accept)?;
    let last = steps.last()?;
    let is_over = machine(Kind::Dispute).is_final(last.to);
    Some(Complaint {
        complaint_id: format!("zone-{}", last.case),
        uscc,
        category: CATEGORY.to_owned(),
        accepted_on,
        replied_on: day(Verb::Answer),
        closed_on: is_over.then(|| last.at.shanghai_date()),
        outcome: is_over.then(|| outcome(last, steps)),
        amount: None,
        // The zone mediates; who was right is not for it to say.
        substantiated: None,
        became_case: None,
        decision_no: None,
        complainant_token: token.unwrap_or_else(|| format!("case-{}", last.case)),
        event_id: None,
    })
}

fn outcome(last: &Step, steps: &[Step]) -> ComplaintOutcome {
    let agreed = steps.iter().rev().find(|step| step.to == State::Agreed && step.outcome.is_some());
    match (last.to, last.outcome) {
        (State::Withdrawn, _) => ComplaintOutcome::Withdrawn,
        (_, Some(Outcome::NotSettled)) => ComplaintOutcome::Terminated,
        _ => match agreed.and_then(|step| step.outcome) {
            Some(Outcome::Settled) => ComplaintOutcome::Mediated,
            Some(_) => ComplaintOutcome::Settled,
            None => ComplaintOutcome::Terminated,
        },
    }
}

fn order(connection: &mut DbConnection, uscc: &str, number: &str) -> Result<Option<Order>, StoreError> {
    let sql = "SELECT payload FROM orders WHERE order_no = $1 AND uscc = $2";
    let rows: Vec<Payload> = bulk::load(connection, sql, [number.into(), uscc.into()])?;
    rows.first().map(|row| decode_order(&row.payload)).transpose()
}

/// Receives the rows that wait, as one file. After a crash the same rows come again, and change nothing. Returns how
/// many.
///
/// # Errors
/// The database's; what cannot be received waits, with an error in the log.
pub fn receive_rows(service: &Service) -> Result<usize, StoreError> {
    let sql = format!(
        "SELECT case_id, content FROM dispute_rows WHERE batch_id IS NULL ORDER BY made_at, case_id LIMIT {AT_ONCE}"
    );
    let mut connection = service.database.connection()?;
    let waiting: Vec<Waiting> = bulk::load(&mut connection, &sql, std::iter::empty())?;
    if waiting.is_empty() {
        return Ok(0);
    }
    let file: String = waiting.iter().map(|row| format!("{}\n", row.content)).collect();
    let name = format!("disputes-{}.ndjson", service.clock.today());
    let incoming =
        Incoming { name: &name, content: Cursor::new(file), expected: Expected::Rows(SourceId::Complaints) };
    let clock = service.clock.as_ref();
    drop(connection);
    let received = receive(&service.database, &service.evidence, clock, incoming, &mut |_, _, _| true);
    let summary = match received {
        Ok(summary) => summary,
        Err(ReceiveError::Store(error)) => return Err(error),
        Err(error) => {
            tracing::error!(%error, "the rows of disputes could not be received");
            return Ok(0);
        }
    };
    if summary.rows_rejected > 0 {
        tracing::error!(
            batch = summary.batch_id,
            rows = summary.rows_rejected,
            "rows of disputes were rejected"
        );
    }
    let batch = summary.same_as.clone().unwrap_or_else(|| summary.batch_id.clone());
    write(&mut *service.database.connection()?, Lane::Bookkeeping, |connection| {
        for row in &waiting {
            // A row that was written anew meanwhile waits on.
            bulk::execute(
                connection,
                "UPDATE dispute_rows SET batch_id = $1 WHERE case_id = $2 AND content = $3",
                [batch.clone().into(), row.case_id.clone().into(), row.content.clone().into()],
            )?;
        }
        Ok::<_, StoreError>(())
    })?;
    Ok(waiting.len())
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "tests")]
mod tests {
    use credit_core::calendar::WorkingDays;
    use credit_core::cases::{Act, Actor, Case, Role};
    use credit_core::dates::Moment;

    use super::*;
    use crate::cases::rules;

    const DAY_MS: i64 = 86_400_000;

    /// A dispute with these steps, a day apart from 2026-11-23 on.
    fn dispute(acts: &[(Verb, Role, Option<Outcome>)]) -> Vec<Step> {
        let mut steps: Vec<Step> = Vec::new();
        for (at, (verb, role, outcome)) in (0..).zip(acts) {
            let mut act = Act::new(*verb, Actor { id: role.code().to_owned(), role: *role });
            act.outcome = *outcome;
            act.reason = Some("r".to_owned());
            act.attachments = vec![credit_core::cases::Digest::of(b"x")];
            let kind = credit_core::cases::SubjectKind::Order;
            act.subject = Some(credit_core::cases::Subject { kind, id: "O1".to_owned() });
            let now = Moment(1_795_399_200_000 + at * DAY_MS);
            let case = Case { id: "c1", kind: Kind::Dispute, steps: &steps };
            steps.push(case.apply(&act, now, &rules(WorkingDays::embedded())).unwrap());
        }
        steps
    }

    fn row(acts: &[(Verb, Role, Option<Outcome>)]) -> Option<Complaint> {
        let uscc = Uscc::parse("91511502MA6TEXT13K").unwrap();
        complaint(uscc, None, &dispute(acts))
    }

    #[test]
    fn a_dispute_is_the_complaint_that_it_stands_for() {
        use Outcome::{Agreed, NotSettled, Refused, Settled};
        use Role::{Consumer, Enterprise, Officer};
        let (submit, accept) = ((Verb::Submit, Officer, None), (Verb::Accept, Officer, None));
        assert_eq!(row(&[submit]), None, "not accepted, no complaint");
        let open = row(&[submit, accept]).unwrap();
        assert_eq!(open.accepted_on.to_string(), "2026-11-24");
        assert_eq!((open.closed_on, open.outcome, open.substantiated), (None, None, None));
        assert_eq!(open.complainant_token, "case-c1");
        let (perform, close) = ((Verb::Perform, Enterprise, None), (Verb::Close, Officer, None));
        let refuses = (Verb::Answer, Enterprise, Some(Refused));
        for (acts, outcome) in [
            (vec![(Verb::Answer, Enterprise, Some(Agreed)), perform, close], ComplaintOutcome::Settled),
            (
                vec![refuses, (Verb::Settle, Officer, Some(Settled)), perform, close],
                ComplaintOutcome::Mediated,
            ),
            (vec![refuses, (Verb::Close, Officer, Some(NotSettled))], ComplaintOutcome::Terminated),
            (vec![(Verb::Withdraw, Consumer, None)], ComplaintOutcome::Withdrawn),
        ] {
            let acts: Vec<_> = [submit, accept].into_iter().chain(acts).collect();
            let row = row(&acts).unwrap();
            let closed_on = dispute(&acts).last().unwrap().at.shanghai_date();
            assert_eq!((row.outcome, row.closed_on), (Some(outcome), Some(closed_on)), "{acts:?}");
        }
    }
}
