//! `credit-api doctor`.

use std::process::ExitCode;
use std::sync::Arc;

use super::args::Doctor;
use super::{FAILED, Outcome, output};
use crate::anchoring::Anchor;
use crate::doctor::{FINDINGS_MAX, examine};
use crate::service::Service;

pub fn run(service: &Service, args: &Doctor) -> Outcome {
    let bar = output::spinner("doctor");
    let mut progress = |what: &str, count: u64| bar.set_message(format!("{what}: {count}"));
    let report = match Anchor::open(&service.config, &service.database, &service.clock) {
        Ok(anchor) => examine(service, &|| Ok(Arc::clone(anchor.view())), &args.mirror, &mut progress),
        Err(error) if error.is_busy() => examine(
            service,
            &|| Anchor::open_reader(&service.config).map(|reader| reader.view),
            &args.mirror,
            &mut progress,
        ),
        Err(error) => return Err(error.into()),
    };
    bar.finish_and_clear();
    let report = report?;
    output::say(&format!(
        "looked at {} ratings, {} monthly grades, {} files, {} rows, {} days of sums, {} ledger leaves",
        report.ratings, report.months, report.files, report.rows, report.days, report.leaves
    ));
    if report.months_unknown > 0 {
        output::say(&format!(
            "{} monthly grades are of a day before the rating in force: no rating says what they should",
            report.months_unknown
        ));
    }
    if report.unmarked_merchants > 0 {
        output::say(&format!(
            "{} merchants have too many orders to decide their marks anew; their sums were counted with the stored ones",
            report.unmarked_merchants
        ));
    }
    if report.access_days > 0 {
        output::say(&format!("compared {} days of the access log with their digests", report.access_days));
    }
    if report.consents > 0 {
        output::say(&format!("looked at {} consents and what was anchored of them", report.consents));
    }
    if report.standing_requests > 0 {
        output::say(&format!(
            "looked at {} standing requests and what was anchored of them",
            report.standing_requests
        ));
    }
    if report.measure_steps > 0 {
        output::say(&format!(
            "looked at {} steps of measures and what was anchored of them",
            report.measure_steps
        ));
    }
    if report.plans > 0 {
        output::say(&format!("made the draws of {} plans of inspection again", report.plans));
    }
    if report.case_steps > 0 {
        output::say(&format!("looked at {} steps of cases and what was anchored of them", report.case_steps));
    }
    if report.listings > 0 {
        output::say(&format!(
            "looked at {} entries to lists and exits from them, and what was anchored of them",
            report.listings
        ));
    }
    if report.mirrors > 0 {
        output::say(&format!("compared {} mirrors of the ledger, tile by tile", report.mirrors));
    }
    if report.findings.is_empty() {
        output::say("all agree: database, evidence and ledger say the same");
        return Ok(ExitCode::SUCCESS);
    }
    for finding in &report.findings {
        output::say(&format!("DIFFERS  {}: {}", finding.place, finding.what));
    }
    if report.findings.len() >= FINDINGS_MAX {
        output::say("more differ; only the first are listed");
    }
    Ok(ExitCode::from(FAILED))
}
