//! What a decision of who may see what costs: asked anew of the policies, and from memory.
//!
//! usage: `bench_access`
#![expect(clippy::print_stdout, reason = "a benchmark prints its table")]

use std::hint::black_box;
use std::time::{Duration, Instant};

use credit_api::access::{Ask, Audience, Block, Principal, Purpose, Rules, Subject};

type Failure = Box<dyn std::error::Error>;

const USCC: &str = "91511500MA6000001A";
/// How long each side is measured.
const ROUND: Duration = Duration::from_secs(2);
/// Rounds of asking anew: each begins with policies that were read anew and remember nothing.
const FRESH: usize = 20;

fn main() -> Result<(), Failure> {
    let started = Instant::now();
    let rules = Rules::open(None)?;
    println!(
        "reading and validating {} policies: {} µs",
        rules.engine().len(),
        started.elapsed().as_micros()
    );
    let callers: Vec<Principal> = Audience::ALL.into_iter().map(|who| Principal::of("key:1", who)).collect();
    let questions: Vec<Ask<'_>> = callers
        .iter()
        .flat_map(|who| Block::ALL.into_iter().map(move |block| (who, block)))
        .map(|(who, block)| Ask::new(who, block, Some(Purpose::Supervision), Subject::One(USCC)))
        .collect();

    let (mut allowed, mut refused) = (Vec::new(), Vec::new());
    for _ in 0..FRESH {
        let fresh = Rules::open(None)?;
        for ask in &questions {
            let started = Instant::now();
            let decision = black_box(fresh.decide(black_box(ask)));
            let took = started.elapsed();
            if decision.is_allowed() { allowed.push(took) } else { refused.push(took) }
        }
    }
    print("anew, allowed", &mut allowed);
    print("anew, refused, with what is missing", &mut refused);

    let (started, mut count) = (Instant::now(), 0u32);
    while started.elapsed() < ROUND {
        for ask in &questions {
            black_box(rules.decide(black_box(ask)));
        }
        count = count.saturating_add(u32::try_from(questions.len())?);
    }
    println!("from memory: {:.3} µs", started.elapsed().as_secs_f64() * 1e6 / f64::from(count));
    Ok(())
}

fn print(name: &str, all: &mut [Duration]) {
    all.sort_unstable();
    let at = |share: usize| all.get(all.len() * share / 100).map_or(0.0, |took| took.as_secs_f64() * 1e6);
    println!("{name}: p50 {:.1} µs, p99 {:.1} µs ({} questions)", at(50), at(99), all.len());
}
