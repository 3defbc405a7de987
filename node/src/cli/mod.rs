//! The commands. Exit code 0: done, or valid; 1: refused or failed; 2: used wrongly; 3: a log did wrong and is
//! followed no more.

mod audit;
mod evidence;
mod follow;
mod inspect;
mod key;
mod keygen;
mod operator;
mod rebuild;
mod tls;
mod verify;

use clap::{CommandFactory, Parser, Subcommand};
use std::io::Write;
use std::process::ExitCode;

/// Failed, or refused what was to be checked.
const REFUSED: u8 = 1;
/// Used wrongly.
const USAGE: u8 = 2;
/// A log did wrong, and this node follows it no more.
const LOG_REFUSED: u8 = 3;

/// The ledger server, and the tools with which anybody checks a ledger.
#[derive(Debug, Parser)]
#[command(
    name = "node",
    version,
    about = "The ledger server, and the tools with which anybody checks a ledger",
    long_about = "The ledger server of a credit zone, and the tools with which anybody checks its ledger.\n\n\
        `node operator` writes the ledger and serves it; it is needed only where the ledger does not run inside \
        `credit-api serve`. `node follow` is an agency's node: it re-executes and cosigns a ledger. `node verify` \
        checks a receipt on a machine without a network. `node audit` reads a whole ledger again from its first \
        entry. `node inspect` shows what is in a file or a ledger.\n\n\
        Exit code: 0 done or valid, 1 refused or failed, 2 used wrongly, 3 a log did wrong and is not followed."
)]
pub struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    Operator(operator::Arguments),
    Follow(follow::Arguments),
    Verify(verify::Arguments),
    Audit(audit::Arguments),
    Inspect(inspect::Arguments),
    Rebuild(rebuild::Arguments),
    Keygen(keygen::Arguments),
    Key(key::Arguments),
    Completions(CompletionArguments),
}

/// Print a completion script for a shell
///
/// For example: node completions bash > /etc/bash_completion.d/node
#[derive(Debug, clap::Args)]
struct CompletionArguments {
    /// The shell to print for.
    shell: clap_complete::Shell,
}

/// Why a command did not do what was asked.
#[derive(Debug, thiserror::Error)]
enum CommandError {
    /// The question was wrong.
    #[error("{0}")]
    Usage(String),
    /// The answer is no.
    #[error("{0}")]
    Refused(String),
    /// A log did wrong.
    #[error("{0}")]
    LogRefused(String),
    #[error("cannot write the answer: {0}")]
    Output(#[from] std::io::Error),
}

/// Runs one command.
pub fn run(arguments: Arguments) -> ExitCode {
    let result = match arguments.command {
        Command::Operator(arguments) => operator::run(&arguments),
        Command::Follow(arguments) => follow::run(&arguments),
        Command::Verify(arguments) => verify::run(&arguments),
        Command::Audit(arguments) => audit::run(&arguments),
        Command::Inspect(arguments) => inspect::run(&arguments),
        Command::Rebuild(arguments) => rebuild::run(&arguments),
        Command::Keygen(arguments) => keygen::run(&arguments),
        Command::Key(arguments) => key::run(&arguments),
        Command::Completions(arguments) => {
            clap_complete::generate(
                arguments.shell,
                &mut self::Arguments::command(),
                "node",
                &mut std::io::stdout(),
            );
            Ok(())
        }
    };
    let (code, error) = match result {
        Ok(()) => return ExitCode::SUCCESS,
        Err(error @ CommandError::Usage(_)) => (USAGE, error),
        Err(error @ CommandError::LogRefused(_)) => (LOG_REFUSED, error),
        Err(error) => (REFUSED, error),
    };
    // Nothing is left to do when even this cannot be written.
    let _ = writeln!(std::io::stderr(), "{error}");
    ExitCode::from(code)
}

fn print(text: &str) -> Result<(), CommandError> {
    let mut out = std::io::stdout().lock();
    out.write_all(text.as_bytes())?;
    Ok(out.flush()?)
}

/// Reads a file of at most `limit` bytes.
fn read_file(path: &std::path::Path, limit: usize) -> Result<Vec<u8>, CommandError> {
    let usage = |reason: String| CommandError::Usage(format!("{}: {reason}", path.display()));
    let length = std::fs::metadata(path).map_err(|e| usage(e.to_string()))?.len();
    if usize::try_from(length).map_or(true, |length| length > limit) {
        return Err(usage(format!("it has {length} bytes, at most {limit} are read")));
    }
    std::fs::read(path).map_err(|e| usage(e.to_string()))
}
