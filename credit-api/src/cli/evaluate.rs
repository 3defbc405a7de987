//! `credit-api evaluate`.

use std::process::ExitCode;

use credit_core::records::Lang;

use super::args::Evaluate;
use super::{Outcome, USAGE, anchor_now, output};
use crate::evaluation::gather::Who;
use crate::evaluation::run::{self, Order};
use crate::service::Service;

/// Enterprises whose facts changed that are evaluated together.
const CHANGED_AT_ONCE: i64 = 100_000;

/// How far ahead of today a run may be, days: a month's end may be prepared. A mistyped year would record ratings
/// that every later one comes before.
const DAYS_AHEAD_MAX: i64 = 31;

pub fn run(service: &Service, args: &Evaluate) -> Outcome {
    let today = service.clock.today();
    if let Some(as_of) = args.as_of
        && as_of.signed_duration_since(today).num_days() > DAYS_AHEAD_MAX
    {
        output::complain(&match args.lang {
            Lang::Zh => format!("--as-of {as_of}：评级最多可提前 {DAYS_AHEAD_MAX} 天计算。请检查年份。"),
            Lang::En => format!(
                "--as-of {as_of}: ratings are recorded for at most {DAYS_AHEAD_MAX} days after today; check the year"
            ),
        });
        return Ok(ExitCode::from(USAGE));
    }
    if args.all || !args.uscc.is_empty() {
        let who = if args.all { Who::All } else { Who::These(args.uscc.iter().copied().collect()) };
        let as_of = args.as_of.unwrap_or(today);
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
    let outcome = service.in_parallel(|| {
        run::run(
            &service.database,
            service.clock.as_ref(),
            service.by(&service.alerts.now(), &service.calendars.now()),
            order,
            &progress,
        )
    });
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
