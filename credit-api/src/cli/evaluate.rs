//! `credit-api evaluate`.

use std::process::ExitCode;

use credit_core::records::Lang;

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
        evaluate(service, &order, args.lang)?;
    } else {
        changed(service, args.lang)?;
    }
    anchor_now(service, args.lang)?;
    Ok(ExitCode::SUCCESS)
}

/// Evaluates, as of today, the enterprises whose facts changed since their last evaluation.
pub fn changed(service: &Service, lang: Lang) -> Result<(), Box<dyn std::error::Error>> {
    let dirty = run::dirty(&mut *service.database.connection()?, CHANGED_AT_ONCE)?;
    if dirty.is_empty() {
        return Ok(());
    }
    let order =
        Order { who: Who::These(dirty), as_of: service.clock.today(), known_at: None, monthly: false };
    evaluate(service, &order, lang)
}

/// Evaluates with a progress bar and prints what came of it.
pub fn evaluate(service: &Service, order: &Order, lang: Lang) -> Result<(), Box<dyn std::error::Error>> {
    let bar = output::bar(&format!("evaluate {}", order.as_of), 0, false);
    let progress = |done: usize, total: usize| {
        bar.set_length(u64::try_from(total).unwrap_or(0));
        bar.set_position(u64::try_from(done).unwrap_or(0));
    };
    let outcome = service
        .in_parallel(|| run::run(&service.database, service.clock.as_ref(), &service.card, order, &progress));
    bar.finish_and_clear();
    let outcome = outcome?;
    let (evaluated, changed, as_of) = (outcome.evaluated, outcome.changed, order.as_of);
    let back_dated = match (outcome.back_dated, lang) {
        (0, _) => String::new(),
        (count, Lang::Zh) => format!("；{count} 家的结果早于现行评级，未作改动"),
        (count, Lang::En) => format!("; {count} lie before the rating in force and changed nothing"),
    };
    output::say(&match lang {
        Lang::Zh => format!("已评价 {evaluated} 家企业（截至 {as_of}）：评级变动 {changed} 家{back_dated}"),
        Lang::En => {
            format!("evaluated {evaluated} enterprises as of {as_of}: {changed} ratings changed{back_dated}")
        }
    });
    Ok(())
}
