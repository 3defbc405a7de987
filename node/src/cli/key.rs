//! `node key`: changes of a log's keys, carried as a file from one holder of a key to the next.

use super::keygen::{public_key, read_key, verifier_key};
use super::{CommandError, print, read_file};
use base64::Engine;
use ledger::entry::cause;
use node::keys::event::{EVENT_BYTES_MAX, EventError, Paper, Signed};
use node::keys::file::write_private;
use node::{Clock, SystemClock};
use serde::Deserialize;
use std::fs::{self, File};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// Longest wait for the operator's answer.
const ANSWER_TIMEOUT: Duration = Duration::from_secs(30);
/// Longest answer of the operator read, in bytes.
const ANSWER_BYTES_MAX: u64 = 64 * 1024;
/// Longest token file read, in bytes.
const TOKEN_BYTES_MAX: usize = 256;

/// Change the keys of a log: propose, sign, show, submit
///
/// A change of keys is an entry of the log that the offline root has signed and, for a rotation, the old key too.
/// It is made as a small readable file: `propose` writes it, `sign` adds a signature on the machine that has the
/// key (no network is needed), `show` says what is in it, `submit` hands it to the operator.
#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, clap::Subcommand)]
enum Command {
    Propose(Propose),
    Sign(Sign),
    Show(Show),
    Submit(Submit),
}

/// Write an unsigned change of keys
///
/// Only --new adds the key of an author, only --old revokes a key for ever, both replace the old key by the new.
#[derive(Debug, clap::Args)]
struct Propose {
    /// Key that is replaced or revoked, as a verifier key or a file that holds it.
    #[arg(long, value_name = "VKEY|FILE")]
    old: Option<String>,
    /// Key that is added or takes the other's place, as a verifier key or a file that holds it.
    #[arg(long, value_name = "VKEY|FILE", required_unless_present = "old")]
    new: Option<String>,
    /// From when it holds, milliseconds since 1970-01-01 UTC; now when absent. Not before the last change of keys
    /// of this log, and not after the block that takes it.
    #[arg(long, value_name = "MS")]
    from_ms: Option<u64>,
    /// New file for the event.
    #[arg(short, long, value_name = "EVENT")]
    out: PathBuf,
}

/// Show what a change of keys says, and sign it
///
/// The key that is replaced or revoked signs as the old key, any other key as the offline root.
#[derive(Debug, clap::Args)]
struct Sign {
    /// The signing key.
    #[arg(long, value_name = "FILE")]
    key: PathBuf,
    /// The event file; the signature is written into it.
    event: PathBuf,
}

/// Show what a change of keys says and who has signed it
#[derive(Debug, clap::Args)]
struct Show {
    /// The event file.
    event: PathBuf,
    /// Public key of the offline root, to have its signature checked: 64 hexadecimal digits or a file that holds
    /// them.
    #[arg(long, value_name = "HEX|FILE")]
    root: Option<String>,
}

/// Hand a signed change of keys to the operator
///
/// The operator checks it against the keys of its log and says why when it refuses. Submitting the same event twice
/// appends it once.
#[derive(Debug, clap::Args)]
struct Submit {
    /// The event file, with its signatures.
    event: PathBuf,
    /// Address of `node operator` on this machine.
    #[arg(long, value_name = "URL", default_value = "http://127.0.0.1:8081")]
    to: String,
    /// File with the operator's token: append-token in its ledger folder.
    #[arg(long, value_name = "FILE")]
    token: PathBuf,
}

pub(super) fn run(arguments: &Arguments) -> Result<(), CommandError> {
    match &arguments.command {
        Command::Propose(arguments) => propose(arguments),
        Command::Sign(arguments) => sign(arguments),
        Command::Show(arguments) => show(arguments),
        Command::Submit(arguments) => submit(arguments),
    }
}

fn usage(error: EventError) -> CommandError {
    CommandError::Usage(error.to_string())
}

fn read(path: &Path) -> Result<Paper, CommandError> {
    let bytes = read_file(path, EVENT_BYTES_MAX)?;
    Paper::parse(&bytes).map_err(|error| CommandError::Usage(format!("{}: {error}", path.display())))
}

fn propose(arguments: &Propose) -> Result<(), CommandError> {
    let old = arguments.old.as_deref().map(verifier_key).transpose()?;
    let new = arguments.new.as_deref().map(verifier_key).transpose()?;
    let from_ms = arguments.from_ms.unwrap_or_else(|| SystemClock.now_ms());
    let paper = Paper::propose(old.as_ref(), new.as_ref(), from_ms).map_err(usage)?;
    let text = paper.to_json().map_err(usage)?;
    write_private(&arguments.out, &text)
        .map_err(|error| CommandError::Refused(format!("{}: {error}", arguments.out.display())))?;
    print(&paper.describe(None))
}

fn sign(arguments: &Sign) -> Result<(), CommandError> {
    let mut paper = read(&arguments.event)?;
    let key = read_key(&arguments.key)?;
    let signed = paper.sign(&key).map_err(|error| CommandError::Refused(error.to_string()))?;
    replace(&arguments.event, &paper.to_json().map_err(usage)?)
        .map_err(|error| CommandError::Refused(format!("{}: {error}", arguments.event.display())))?;
    let public = hex::encode(key.verifying_key().as_bytes());
    let (root, line) = match signed {
        Signed::OldKey => (None, format!("Signed as the old key {public}.\n")),
        Signed::Root => (
            Some(key.verifying_key()),
            format!(
                "Signed as the offline root {public}; the log takes it only if its genesis names this key.\n"
            ),
        ),
    };
    print(&(paper.describe(root.as_ref()) + &line))
}

/// Puts a new text in a file's place; a crash leaves the old one or the new one.
fn replace(path: &Path, text: &str) -> std::io::Result<()> {
    let temporary = path.with_extension(format!("{}.new", std::process::id()));
    let mut file = File::create(&temporary)?;
    file.write_all(text.as_bytes())?;
    file.sync_all()?;
    fs::rename(&temporary, path)
}

fn show(arguments: &Show) -> Result<(), CommandError> {
    let root = arguments.root.as_deref().map(public_key).transpose()?;
    print(&read(&arguments.event)?.describe(root.as_ref()))
}

#[derive(Deserialize)]
struct Answer {
    results: Vec<Outcome>,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Outcome {
    Appended { index: u64, block: u32, duplicate: bool },
    Refused { error: String },
}

fn submit(arguments: &Submit) -> Result<(), CommandError> {
    let entry = read(&arguments.event)?.entry().map_err(usage)?;
    let bytes = entry.encode_checked().map_err(|error| CommandError::Refused(error.to_string()))?;
    let token = read_file(&arguments.token, TOKEN_BYTES_MAX)?;
    let token = String::from_utf8_lossy(&token).trim().to_owned();
    // Outbox rows are numbered from 1, so that this cause is nobody else's.
    let cause = hex::encode(cause(0, &bytes));
    let body = serde_json::json!({
        "entries": [{ "cause": cause, "entry": base64::engine::general_purpose::STANDARD.encode(&bytes) }]
    });
    match post(&arguments.to, &token, &body.to_string())? {
        Outcome::Appended { index, block, duplicate } => {
            let again = if duplicate { ", where it was before" } else { "" };
            print(&format!("The event is leaf {index} of the log, in block {block}{again}.\n"))
        }
        Outcome::Refused { error } => {
            Err(CommandError::Refused(format!("The operator refuses the event: {error}.")))
        }
    }
}

fn post(to: &str, token: &str, body: &str) -> Result<Outcome, CommandError> {
    let url = format!("{}/append", to.trim_end_matches('/'));
    let failed = |reason: String| CommandError::Refused(format!("{url}: {reason}"));
    let agent: ureq::Agent = ureq::Agent::config_builder()
        .http_status_as_error(false)
        .proxy(None)
        .max_redirects(0)
        .timeout_global(Some(ANSWER_TIMEOUT))
        .tls_config(node::tls::asking())
        .build()
        .into();
    let mut response = agent
        .post(&url)
        .header("Authorization", format!("Bearer {token}"))
        .header("Content-Type", "application/json")
        .send(body)
        .map_err(|error| failed(error.to_string()))?;
    let text = response
        .body_mut()
        .with_config()
        .limit(ANSWER_BYTES_MAX)
        .read_to_string()
        .map_err(|error| failed(error.to_string()))?;
    if response.status().as_u16() != 200 {
        return Err(failed(format!("{} {}", response.status(), text.trim())));
    }
    let answer: Answer = serde_json::from_str(&text).map_err(|error| failed(error.to_string()))?;
    answer.results.into_iter().next().ok_or_else(|| failed("an answer without a result".to_owned()))
}
