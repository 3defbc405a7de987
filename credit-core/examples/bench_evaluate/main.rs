//! P1: evaluating the full published scorecard on one thread, against the same scorecard written out by hand.
//!
//! `make bench ARGS=bench_evaluate`; with `--pmml FOLDER` it writes the scorecard as PMML 4.4 and its inputs as CSV,
//! for a PMML engine to be measured on the same machine (docs/BENCHMARKS.md says how). Both programs must give the
//! same score, points and order of reasons for every input, or the benchmark stops.

#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::print_stdout,
    reason = "a benchmark stops at the first failure and prints"
)]
#![expect(clippy::as_conversions, reason = "ratios of counts, printed with two digits")]

mod bins;
mod ceiling;
mod inputs;
mod pmml;

use credit_core::evaluate::evaluate;
use credit_core::indicator::{IndicatorId, Observation, Observations, SubjectKind};
use credit_core::scorecard::Scorecard;
use credit_core::standing::Standing;
use std::hint::black_box;
use std::path::Path;
use std::time::{Duration, Instant};

const INPUTS: usize = 2_000;
const SPAN: Duration = Duration::from_secs(2);

/// One enterprise's observations, as each of the two programs takes them.
pub struct Case {
    kind: SubjectKind,
    listed: Vec<Observation>,
    mapped: Observations,
}

fn main() {
    let card = Scorecard::embedded().unwrap();
    let cases: Vec<Case> = inputs::cases(&card, INPUTS);
    compare(&card, &cases);
    let mut arguments = std::env::args().skip(1);
    if arguments.next().as_deref() == Some("--pmml") {
        let folder = arguments.next().unwrap();
        pmml::write(&card, &cases, Path::new(&folder));
        println!("scorecard.pmml, inputs.csv and expected.csv are in {folder}");
        return;
    }
    println!(
        "P1  full scorecard, 46 indicators, reasons ranked, one thread (ratio to the ceiling, goal >= 0.5)"
    );
    println!("{:<36}{:>14}{:>8}", "", "evaluations/s", "ratio");
    let standing = Standing::default();
    // In turns, so that a busy machine slows both.
    let (mut ours, mut theirs) = (Rate::default(), Rate::default());
    for _ in 0..5 {
        theirs.run(&cases, |case| drop(black_box(ceiling::score(case.kind, &case.listed))));
        ours.run(&cases, |case| drop(black_box(evaluate(&card, case.kind, &case.mapped, &standing))));
    }
    println!("{:<36}{:>14.0}{:>8.2}", "written out by hand (the ceiling)", theirs.per_second(), 1.0);
    println!(
        "{:<36}{:>14.0}{:>8.2}",
        "evaluator",
        ours.per_second(),
        ours.per_second() / theirs.per_second()
    );
}

#[derive(Default)]
struct Rate {
    count: usize,
    took: Duration,
}

impl Rate {
    fn run(&mut self, cases: &[Case], work: impl Fn(&Case)) {
        let begun = Instant::now();
        while begun.elapsed() < SPAN / 5 {
            cases.iter().for_each(&work);
            self.count += cases.len();
        }
        self.took += begun.elapsed();
    }

    fn per_second(&self) -> f64 {
        self.count as f64 / self.took.as_secs_f64()
    }
}

fn compare(card: &Scorecard, cases: &[Case]) {
    for case in cases {
        let ours = evaluate(card, case.kind, &case.mapped, &Standing::default());
        let theirs = ceiling::score(case.kind, &case.listed);
        assert_eq!(i64::from(ours.score_raw), theirs.score);
        let points: Vec<i64> = ours.indicators.iter().map(|part| part.points.0).collect();
        assert_eq!(points, theirs.points);
        let losses: Vec<i64> = ours.indicators.iter().map(|part| part.loss.0).collect();
        assert_eq!(losses, theirs.losses);
        let reasons: Vec<&str> = ours.reasons.iter().map(|reason| reason.code.as_ref()).collect();
        let ranked: Vec<&str> = theirs.ranked.iter().map(|place| IndicatorId::ALL[*place].as_str()).collect();
        assert_eq!(reasons, ranked);
    }
}
