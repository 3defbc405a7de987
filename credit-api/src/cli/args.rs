//! What can be typed.

use std::path::PathBuf;

use chrono::NaiveDate;
use clap::{Args as ClapArgs, Parser, Subcommand};
use credit_core::grade::Grade;
use credit_core::records::Lang;
use credit_core::uscc::Uscc;

use super::buyer_key::BuyerKey;
use super::certificate::Certificate;
use super::key::Key;
use super::mapping::MappingFiles;
use super::policy::Policy;
use super::user::User;
use crate::anchoring::receipts::Format;
use crate::intake::receive::Expected;

/// Verifiable enterprise credit for a cross-border e-commerce pilot zone: source files in, ratings with reasons
/// out, every rating change on an append-only signed ledger.
#[derive(Parser)]
#[command(name = "credit-api", version, arg_required_else_help = true)]
pub struct Args {
    /// Configuration file (TOML); environment variables XINJI_… and flags win over it.
    #[arg(long, global = true, env = "XINJI_CONFIG", value_name = "FILE")]
    pub config: Option<PathBuf>,
    /// Data folder: database, ledger, evidence, keys.
    #[arg(long, global = true, value_name = "DIR")]
    data: Option<String>,
    /// The credit database: sqlite://PATH or postgres://…
    #[arg(long, global = true, value_name = "URL")]
    database_url: Option<String>,
    /// Where the service listens.
    #[arg(long, global = true, value_name = "ADDRESS:PORT")]
    listen: Option<String>,
    #[command(subcommand)]
    pub command: Command,
}

impl Args {
    /// The settings given as flags.
    #[must_use]
    pub fn flags(&self) -> Vec<(&'static str, String)> {
        let given = [("data", &self.data), ("database_url", &self.database_url), ("listen", &self.listen)];
        given.into_iter().filter_map(|(name, value)| Some((name, value.clone()?))).collect()
    }
}

#[derive(Subcommand)]
pub enum Command {
    /// API, portal and workers, with the ledger's operator embedded.
    Serve(Serve),
    /// Takes source files; bad rows are listed in REJECTED.csv, the good ones are in.
    Import(Import),
    /// Evaluates what changed, all enterprises (the monthly run), or some.
    Evaluate(Evaluate),
    /// An enterprise's rating, line by line.
    Show(Show),
    /// Moves of two or more grades, which take two persons' signatures.
    Rating {
        #[command(subcommand)]
        command: Rating,
    },
    /// The verifiable receipt of an enterprise's rating in force.
    Receipt(Receipt),
    /// What the ledger says of an enterprise: its rating in force, and whether it is on a list, or not.
    Status(Status),
    /// Writes a fictitious zone as source files; the same arguments, --until among them, give the same bytes.
    Sample(Sample),
    /// Lists the published scorecard, or prints it whole.
    Scorecard {
        /// Identifier, such as zone-2026.1; prints the file.
        id: Option<String>,
    },
    /// Users: who may sign in, and for which enterprise an agent speaks.
    User {
        #[command(subcommand)]
        command: User,
    },
    /// API keys.
    Key {
        #[command(subcommand)]
        command: Key,
    },
    /// Keys under which buyers' values in customs messages become tokens.
    BuyerKey {
        #[command(subcommand)]
        command: BuyerKey,
    },
    /// Certificates by which departments and institutions are known under TLS.
    Certificate {
        #[command(subcommand)]
        command: Certificate,
    },
    /// Who may see what: one answer explained, the whole matrix, a folder of policies checked.
    Policy {
        #[command(subcommand)]
        command: Policy,
    },
    /// Which class of a department stands beside which grade: a folder of mapping files checked, or begun.
    Mapping {
        #[command(subcommand)]
        command: MappingFiles,
    },
    /// Compares database, evidence and ledger, and names what differs.
    Doctor(Doctor),
    /// The ledger's folder.
    Ledger {
        #[command(subcommand)]
        command: Ledger,
    },
    /// The effective settings and where each came from.
    Config,
    /// Shell completions.
    Completions { shell: clap_complete::Shell },
}

#[derive(ClapArgs)]
pub struct Serve {
    /// Fills an empty data folder with a fictitious zone first (500 enterprises, 12 months).
    #[arg(long)]
    pub sample: bool,
    /// Enterprises of that zone.
    #[arg(long, default_value_t = 500, requires = "sample", value_parser = clap::value_parser!(u32).range(1..=100_000))]
    pub enterprises: u32,
}

#[derive(ClapArgs)]
pub struct Import {
    #[arg(required = true, value_name = "FILE")]
    pub files: Vec<PathBuf>,
    /// The source of all the files, when the header alone should not decide.
    #[arg(long, value_name = "ID", value_parser = source)]
    pub source: Option<Expected>,
    /// Where the rejected rows are listed.
    #[arg(long, value_name = "FILE", default_value = "REJECTED.csv")]
    pub rejected: PathBuf,
    /// Only takes the rows; ratings stay as they are until the next evaluation.
    #[arg(long)]
    pub no_evaluate: bool,
    /// Language of the messages: zh or en.
    #[arg(long, default_value = "zh", value_parser = lang)]
    pub lang: Lang,
}

#[derive(ClapArgs)]
pub struct Evaluate {
    /// Every registered enterprise: the monthly run.
    #[arg(long, conflicts_with = "uscc")]
    pub all: bool,
    /// These enterprises; none: those whose facts changed.
    #[arg(value_name = "USCC", value_parser = Uscc::parse)]
    pub uscc: Vec<Uscc>,
    /// The date for which; default today in Shanghai.
    #[arg(long, value_name = "DATE", value_parser = date)]
    pub as_of: Option<NaiveDate>,
    /// With the knowledge of this time (RFC 3339); default everything received so far.
    #[arg(long, value_name = "TIME", value_parser = time)]
    pub known_at: Option<i64>,
    /// Language of the messages: zh or en.
    #[arg(long, default_value = "zh", value_parser = lang)]
    pub lang: Lang,
}

#[derive(ClapArgs)]
pub struct Show {
    #[arg(value_name = "USCC", value_parser = Uscc::parse)]
    pub uscc: Uscc,
    /// The date for which; default today in Shanghai.
    #[arg(long, value_name = "DATE", value_parser = date)]
    pub as_of: Option<NaiveDate>,
    /// With the knowledge of this time (RFC 3339); default everything received so far.
    #[arg(long, value_name = "TIME", value_parser = time)]
    pub known_at: Option<i64>,
    /// As the API answers.
    #[arg(long)]
    pub json: bool,
    /// Language: zh or en.
    #[arg(long, default_value = "zh", value_parser = lang)]
    pub lang: Lang,
}

#[derive(Subcommand)]
pub enum Rating {
    /// Signs such a move: the first signature proposes it, the second, of another person, brings it into force.
    SignOff(SignOff),
    /// Lists the enterprises whose move waits for a signature.
    Waiting {
        /// Language: zh or en.
        #[arg(long, default_value = "zh", value_parser = lang)]
        lang: Lang,
    },
}

#[derive(ClapArgs)]
pub struct SignOff {
    #[arg(value_name = "USCC", value_parser = Uscc::parse)]
    pub uscc: Uscc,
    /// The grade that is to come into force, as `show` names it.
    #[arg(long, value_name = "GRADE", value_parser = grade)]
    pub grade: Grade,
    /// Who signs.
    #[arg(long, value_name = "NAME")]
    pub by: String,
    /// Why.
    #[arg(long, value_name = "TEXT")]
    pub reason: String,
    /// The rule it rests on; default the scorecard's paragraph on large moves.
    #[arg(long, value_name = "TEXT")]
    pub basis: Option<String>,
    /// Language: zh or en.
    #[arg(long, default_value = "zh", value_parser = lang)]
    pub lang: Lang,
}

#[derive(ClapArgs)]
pub struct Receipt {
    #[arg(value_name = "USCC", value_parser = Uscc::parse)]
    pub uscc: Uscc,
    /// The whole receipt (json), or the bare proof of C2SP with the entry in it (tlog-proof).
    #[arg(long, value_name = "FORMAT", default_value = "json", value_parser = format)]
    pub format: Format,
    /// Where it is written; default standard output.
    #[arg(short, long, value_name = "FILE")]
    pub output: Option<PathBuf>,
}

#[derive(ClapArgs)]
pub struct Status {
    #[arg(value_name = "USCC", value_parser = Uscc::parse)]
    pub uscc: Uscc,
    /// Number of a list whose entries hide the enterprise, such as the watch list; may be given again.
    #[arg(long, value_name = "NUMBER")]
    pub list: Vec<u16>,
    /// Number of a list that the law publishes; may be given again.
    #[arg(long, value_name = "NUMBER")]
    pub public_list: Vec<u16>,
    /// Where it is written; default standard output.
    #[arg(short, long, value_name = "FILE")]
    pub output: Option<PathBuf>,
}

#[derive(ClapArgs)]
pub struct Doctor {
    /// A mirror of the ledger (http://HOST:PORT/ledger, or a folder of tiles) to compare as well; may be repeated.
    #[arg(long, value_name = "URL")]
    pub mirror: Vec<String>,
}

#[derive(Subcommand)]
pub enum Ledger {
    /// Makes a lost ledger folder again, bit for bit, from the credit database or from a mirror.
    ///
    /// Every block is executed and verified; the tree must be the one that the tip row knows. A folder that is there
    /// is never touched.
    Rebuild(Rebuild),
    /// Puts a signed change of the log's keys into the outbox.
    ///
    /// The event is a file that `node key propose` and `node key sign` wrote. It is checked against the keys that the
    /// ledger names; what the ledger would refuse is refused here, with the reason.
    Key {
        #[arg(value_name = "EVENT")]
        event: PathBuf,
    },
}

#[derive(ClapArgs)]
pub struct Rebuild {
    /// A mirror (http://HOST:PORT/ledger, or a folder of tiles) instead of the records in the credit database.
    #[arg(long, value_name = "URL")]
    pub from: Option<String>,
    /// The tip row was lost too, or is older than the mirror: believe the mirror's checkpoint. Only when you know that
    /// nothing newer was ever published; compare several mirrors first.
    #[arg(long, requires = "from")]
    pub accept_mirror: bool,
}

#[derive(ClapArgs)]
pub struct Sample {
    /// How many enterprises.
    #[arg(long, default_value_t = 500, value_parser = clap::value_parser!(u32).range(1..=100_000))]
    pub enterprises: u32,
    #[arg(long, default_value_t = 1)]
    pub seed: u64,
    /// Months of history.
    #[arg(long, default_value_t = 12, value_parser = clap::value_parser!(u32).range(1..=120))]
    pub months: u32,
    /// The last day of the history; default today in Shanghai.
    #[arg(long, value_name = "DATE", value_parser = date)]
    pub until: Option<NaiveDate>,
    /// The folder the files are written to.
    #[arg(short, long, value_name = "DIR")]
    pub output: PathBuf,
}

/// A calendar date as files and the API write it.
pub(super) fn date(text: &str) -> Result<NaiveDate, String> {
    let expected = "expected a date of the calendar such as 2026-03-01";
    if text.len() != "2026-03-01".len() {
        return Err(expected.to_owned());
    }
    text.parse().map_err(|error| format!("{error}; {expected}"))
}

fn source(text: &str) -> Result<Expected, String> {
    text.parse::<Expected>().map_err(|error| error.to_string())
}

fn grade(text: &str) -> Result<Grade, String> {
    text.parse::<Grade>().map_err(|error| format!("{error}; expected AAA, AA, A, BBB, BB or D"))
}

fn time(text: &str) -> Result<i64, String> {
    chrono::DateTime::parse_from_rfc3339(text)
        .map(|time| time.timestamp_millis())
        .map_err(|error| format!("{error}; expected a time such as 2026-03-01T00:00:00+08:00"))
}

fn format(text: &str) -> Result<Format, String> {
    Format::of(text).ok_or_else(|| format!("{text:?}; expected {}", Format::NAMES.join(" or ")))
}

pub(super) fn lang(text: &str) -> Result<Lang, String> {
    match text {
        "zh" => Ok(Lang::Zh),
        "en" => Ok(Lang::En),
        other => Err(format!("{other:?}; expected zh or en")),
    }
}
