//! `credit-api sample`.
use super::Outcome;
use super::args::Sample;

pub fn run(_args: &Sample) -> Outcome {
    Ok(std::process::ExitCode::SUCCESS)
}
