//! `credit-api sample`.

use std::process::ExitCode;

use super::args::Sample;
use super::{Outcome, output};
use crate::clock::{Clock, SystemClock};
use crate::sample::{Plan, write_zone};

pub fn run(args: &Sample) -> Outcome {
    let until = args.until.unwrap_or_else(|| SystemClock.today());
    let plan = Plan { enterprises: args.enterprises, seed: args.seed, months: args.months, until };
    let bar = output::bar("sample", 0, false);
    let written = write_zone(&plan, &args.output, &mut |done, total| {
        bar.set_length(total);
        bar.set_position(done);
    })?;
    bar.finish_and_clear();
    for file in written.files.iter().chain([&written.messages, &written.labels]) {
        output::say(&file.display().to_string());
    }
    Ok(ExitCode::SUCCESS)
}
