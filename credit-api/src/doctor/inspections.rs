//! Each plan of inspection against what was anchored of it, and each draw made again from its plan, its secret and the
//! log's own root: a population, secret, root or list of drawn enterprises that was swapped shows.

use std::collections::{BTreeMap, BTreeSet};

use credit_core::supervision::draw;
use node::view::LedgerView;

use super::{DoctorError, Report, anchored};
use crate::anchoring::outbox::{self, Draft};
use crate::inspections::store::{self, PlanRow};
use crate::inspections::{KIND, acts};
use crate::store::{DbConnection, StoreError};

/// Tasks of one plan looked at together.
const PAGE: i64 = 200;

/// Looks at every plan: also at those of which something was anchored and that are gone.
pub fn examine(
    connection: &mut DbConnection,
    ledger: &LedgerView,
    report: &mut Report,
    progress: &mut dyn FnMut(&str, u64),
) -> Result<(), DoctorError> {
    let tables = [("inspection_plans", "id"), ("inspection_tasks", "plan_id")];
    let told = &mut |report: &mut Report| progress("plans of inspection", report.plans);
    let look = &mut |connection: &mut DbConnection, id: &str, report: &mut Report| {
        report.plans += 1;
        match store::find(connection, id)? {
            Some(row) => of_plan(connection, ledger, &row, report),
            None => {
                report.finding(format!("inspection_plans {id}"), "it is gone");
                Ok(())
            }
        }
    };
    anchored::walk(connection, (KIND, &tables), report, look, told)
}

fn of_plan(
    connection: &mut DbConnection,
    ledger: &LedgerView,
    row: &PlanRow,
    report: &mut Report,
) -> Result<(), DoctorError> {
    let place = format!("inspection_plans {}", row.id);
    let mut anchored: BTreeMap<i64, [u8; 32]> = BTreeMap::new();
    for row in outbox::of_subject(connection, KIND, &row.id)? {
        if let Draft::Draw { digest, .. } = row.draft()? {
            anchored.insert(row.seq, digest);
        }
    }
    let Ok(plan) = row.plan() else {
        report.finding(place, "it does not read");
        return Ok(());
    };
    if anchored.get(&1) != Some(&plan.digest()) {
        report.finding(place.clone(), "it is not the one that was anchored");
    }
    let kept = tasks_of(connection, row)?;
    let Some((secret, root)) = row.drawn() else {
        if row.secret.is_some() || !kept.is_empty() || anchored.contains_key(&2) {
            report.finding(place, "it has a draw, or had one, and does not say of which secret and root");
        }
        return Ok(());
    };
    if draw::commitment(&secret) != plan.secret_commitment {
        report.finding(place.clone(), "it was drawn with another secret than it committed to");
    }
    let expected = acts::root_for(connection, ledger.store(), ledger.published_size(), &row.id);
    if expected.ok().flatten() != Some(root) {
        report.finding(place.clone(), "it was drawn with another root than that of the block after its own");
    }
    let tasks = plan.draw(&secret, &root.hash);
    if anchored.get(&2) != Some(&plan.draw_digest(&secret, root, &tasks)) {
        report.finding(place.clone(), "its draw is not the one that was anchored");
    }
    let drawn: BTreeSet<(String, &str, Vec<String>)> =
        tasks.into_iter().map(|task| (task.uscc, task.class.code(), task.inspectors)).collect();
    if kept
        .iter()
        .map(|(uscc, class, names)| (uscc.clone(), class.as_str(), names.clone()))
        .collect::<BTreeSet<_>>()
        != drawn
    {
        report.finding(place, "its tasks are not those that were drawn");
    }
    Ok(())
}

/// The tasks as they are kept: enterprise, class, inspectors.
fn tasks_of(
    connection: &mut DbConnection,
    row: &PlanRow,
) -> Result<Vec<(String, String, Vec<String>)>, StoreError> {
    let (mut found, mut after) = (Vec::new(), String::new());
    loop {
        let page = store::tasks(connection, &row.id, &after, PAGE)?;
        let Some(last) = page.last() else { return Ok(found) };
        after.clone_from(&last.uscc);
        for task in page {
            let names = serde_json::from_str(&task.inspectors).unwrap_or_default();
            found.push((task.uscc, task.class, names));
        }
    }
}
