//! `credit-api evaluate`.

use std::process::ExitCode;

use super::args::Evaluate;
use super::{Outcome, anchor_now, output};
use crate::evaluation::gather::Who;
use crate::evaluation::run::{self, Order};
use crate::service::Service;

/// Enterprises whose facts changed that are evaluated together.
const CHANGED_AT_ONCE: i64 = 100_000;

pub fn run(service: &Service, args: &Evaluate) -> Outcome {
    if args.all || !args.uscc.is_empty() {
        let who = if args.all { Who::All } else { Who::These(args.uscc.iter().copied().collect()) };
        let as_of = args.as_of.unwrap_or_else(|| service.clock.today());
        let order = Order { who, as_of, known_at: args.known_at, monthly: args.all };
        evaluate(service, &order)?;
    } else {
        changed(service)?;
    }
    anchor_now(service)?;
    Ok(ExitCode::SUCCESS)
}

/// Evaluates, as of today, the enterprises whose facts changed since their last evaluation.
pub fn changed(service: &Service) -> Result<(), Box<dyn std::error::Error>> {
    let dirty = run::dirty(&mut *service.database.connection()?, CHANGED_AT_ONCE)?;
    if dirty.is_empty() {
        return Ok(());
    }
    let order =
        Order { who: Who::These(dirty), as_of: service.clock.today(), known_at: None, monthly: false };
    evaluate(service, &order)
}

/// Evaluates with a progress bar and prints what came of it.
pub fn evaluate(service: &Service, order: &Order) -> Result<(), Box<dyn std::error::Error>> {
    let bar = output::bar(&format!("evaluate {}", order.as_of), 0, false);
    let progress = |done: usize, total: usize| {
        bar.set_length(u64::try_from(total).unwrap_or(0));
        bar.set_position(u64::try_from(done).unwrap_or(0));
    };
    let outcome = service
        .in_parallel(|| run::run(&service.database, service.clock.as_ref(), &service.card, order, &progress));
    bar.finish_and_clear();
    let outcome = outcome?;
    let back_dated = match outcome.back_dated {
        0 => String::new(),
        count => format!("; {count} lie before the rating in force and changed nothing"),
    };
    output::say(&format!(
        "evaluated {} enterprises as of {}: {} ratings changed{back_dated}",
        outcome.evaluated, order.as_of, outcome.changed
    ));
    Ok(())
}
