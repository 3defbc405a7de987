//! The command line: what a person types, what is printed, and the exit code (0 done, 1 failed, 2 usage).

mod args;
mod buyer_key;
mod certificate;
mod doctor;
mod evaluate;
mod first_start;
mod import;
mod key;
mod ledger;
mod mapping;
mod output;
mod policy;
mod rating;
mod receipt;
mod sample;
mod serve;
mod show;
mod user;

use std::process::ExitCode;
use std::sync::Arc;

use clap::{CommandFactory, Parser};

use credit_core::records::Lang;
use tracing_subscriber::filter::{LevelFilter, Targets};

use crate::anchoring::{self, Anchor, AnchorError};
use crate::config::{Config, KEYS};
use crate::service::{OpenError, Service};
use args::{Args, Command};

/// What a command ends with when it did its work but something was not as it should be.
pub(crate) const FAILED: u8 = 1;
/// Exit code of a wrong call or wrong configuration.
pub(crate) const USAGE: u8 = 2;

/// A command's end: its exit code, or an error whose text is for the person at the terminal.
pub(crate) type Outcome = Result<ExitCode, Box<dyn std::error::Error>>;

/// Runs the command line of this process.
#[must_use]
pub fn main() -> ExitCode {
    let args = Args::parse();
    if let Command::Completions { shell } = &args.command {
        clap_complete::generate(*shell, &mut Args::command(), "credit-api", &mut std::io::stdout());
        return ExitCode::SUCCESS;
    }
    let config = match Config::load(args.config.as_deref(), std::env::vars_os(), &args.flags()) {
        Ok(config) => config,
        Err(error) => {
            output::complain(&format!("configuration: {error}"));
            return ExitCode::from(USAGE);
        }
    };
    start_log(&config);
    match run(args.command, config) {
        Ok(code) => code,
        Err(error) => {
            output::complain(&error.to_string());
            ExitCode::from(exit_code(error.as_ref()))
        }
    }
}

/// Policies, mappings, rules of alerts, calendars and certificates that cannot be used are wrong configuration, like a
/// value that cannot.
fn exit_code(error: &(dyn std::error::Error + 'static)) -> u8 {
    match error.downcast_ref::<OpenError>() {
        Some(
            OpenError::Policies(_)
            | OpenError::Mappings(_)
            | OpenError::Alerts(_)
            | OpenError::Calendars(_)
            | OpenError::Certificates(_),
        ) => USAGE,
        _ => FAILED,
    }
}

fn run(command: Command, config: Config) -> Outcome {
    match command {
        Command::Completions { .. } => Ok(ExitCode::SUCCESS),
        Command::Config => print_config(&config),
        Command::Sample(plan) => sample::run(&plan),
        Command::Scorecard { id } => show::scorecard(id.as_deref()),
        Command::Policy { command } => policy::run(&config, &command),
        Command::Mapping { command } => mapping::run(&command),
        Command::Import(import) => import::run(&Service::open(config)?, &import),
        Command::Evaluate(evaluate) => evaluate::run(&Service::open(config)?, &evaluate),
        Command::Show(show) => show::run(&Service::open(config)?, &show),
        Command::Rating { command } => rating::run(&Service::open(config)?, command),
        Command::Receipt(receipt) => receipt::run(&Service::open(config)?, &receipt),
        Command::Status(status) => receipt::status(&Service::open(config)?, &status),
        Command::User { command } => user::run(&Service::open(config)?, command),
        Command::Certificate { command } => certificate::run(&Service::open(config)?, command),
        Command::BuyerKey { command } => buyer_key::run(&Service::open(config)?, &command),
        Command::Key { command } => key::run(&Service::open(config)?, command),
        Command::Doctor(doctor) => doctor::run(&Service::open(config)?, &doctor),
        Command::Ledger { command } => ledger::run(&Service::open(config)?, command),
        Command::Serve(serve) => serve::run(Service::open(config)?, &serve),
    }
}

fn print_config(config: &Config) -> Outcome {
    let rows: Vec<[String; 3]> = config
        .effective()
        .map(|(name, value, origin)| [name.to_owned(), value, origin.to_string()])
        .collect();
    let width = |at: usize| rows.iter().filter_map(|row| row.get(at)).map(String::len).max().unwrap_or(0);
    let (names, values) = (width(0), width(1));
    for [name, value, origin] in &rows {
        output::say(&format!("{name:names$}  {value:values$}  ({origin})"));
    }
    output::say("");
    for key in &KEYS {
        output::say(&format!("{:names$}  {}", key.name, key.about));
    }
    Ok(ExitCode::SUCCESS)
}

/// Where the HTTP client writes the bytes that it sends and receives, at the level `trace`: to a provider of sign-in
/// these are the client's secret, codes and tokens.
const BODIES: &str = "ureq_proto::util";

/// What is logged, with no body of a request of ours whatever was asked for.
fn without_bodies(targets: Targets) -> Targets {
    if targets.would_enable(BODIES, &tracing::Level::TRACE) {
        return targets.with_target(BODIES, LevelFilter::DEBUG);
    }
    targets
}

fn start_log(config: &Config) {
    use tracing_subscriber::prelude::*;
    let targets = without_bodies(config.log.parse().unwrap_or_default());
    let layer = tracing_subscriber::fmt::layer().with_writer(std::io::stderr).with_filter(targets);
    // A second subscriber in one process is a programming error of a test, not a reason to stop.
    let _ = tracing_subscriber::registry().with(layer).try_init();
}

/// Anchors what waits, if the ledger is free; says so when a running service has it.
pub(crate) fn anchor_now(service: &Service, lang: Lang) -> Result<(), AnchorError> {
    anchoring::publish_scorecard(&service.database, service.clock.as_ref(), &service.card)?;
    match Anchor::open(&service.config, &service.database, &service.clock) {
        Ok(anchor) => {
            let bar = output::spinner("ledger");
            let landed = anchor.drain(|done| bar.set_message(format!("{done} entries")))?;
            bar.finish_and_clear();
            let view = Arc::clone(anchor.view());
            if landed > 0 {
                let all = view.published_size();
                output::say(&match lang {
                    Lang::Zh => format!("账本：新增 {landed} 条，共 {all} 条；检查点已签名"),
                    Lang::En => format!("ledger: {landed} new entries, {all} in all; checkpoint signed"),
                });
            }
            Ok(())
        }
        Err(error) if error.is_busy() => {
            output::say(match lang {
                Lang::Zh => "账本：正由运行中的服务使用，待上账的条目由它写入",
                Lang::En => "ledger: a running service has it and will anchor what waits",
            });
            Ok(())
        }
        Err(error) => Err(error),
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "tests")]
mod tests {
    use tracing::Level;

    use super::*;

    #[test]
    fn no_level_writes_what_is_sent_to_others() {
        for given in
            ["trace", "info,ureq_proto=trace", "ureq_proto::util=trace", "ureq_proto::util::x=info,trace"]
        {
            let targets = without_bodies(given.parse().unwrap());
            assert!(!targets.would_enable(BODIES, &Level::TRACE), "{given}");
        }
        let quiet = without_bodies("warn,credit_api=trace".parse().unwrap());
        assert!(
            !quiet.would_enable(BODIES, &Level::DEBUG) && quiet.would_enable("credit_api", &Level::TRACE)
        );
    }
}
