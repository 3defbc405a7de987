//! `node verify`: a receipt, offline.

use super::{CommandError, evidence, print, read_file};
use credit_core::scorecard::Scorecard;
use ledger::evidence::{MAX_EVIDENCE_BYTES, Wrong};
use ledger::note::Vkey;
use ledger::policy::Policy;
use ledger::receipt::{MAX_RECEIPT_BYTES, Receipt};
use ledger::texts::{Lang, step_name};
use ledger::verify::{Outcome, Report, VerifyError, verify_receipt};
use node::known_logs;
use node::scores::check_score;
use serde_json::json;
use std::path::{Path, PathBuf};

/// Longest policy, key or scorecard file read, in bytes.
const SMALL_FILE_BYTES_MAX: usize = 1024 * 1024;
/// Looked for beside the receipt when neither policy nor key is named.
const POLICY_BESIDE: &str = "policy.txt";
const KEY_BESIDE: &str = "log.vkey";

/// Check a receipt without a network
///
/// Checks that the shown fields are those the ledger committed to, that the entry is in the log, that the log's
/// key signed the checkpoint, who cosigned it, and that the score recomputes from the shown indicators. Each
/// step is named as proven or as not proven; the first that fails refuses the receipt.
///
/// Whose log it is must come from you, not from the receipt: give the policy of your agency, or the log's
/// verifier key, or put either beside the receipt as policy.txt or log.vkey. Failing these, the keys of logs that
/// this user runs are tried (`~/.config/xinji/known-logs`).
///
/// Evidence that an agency's node kept (evidence-….json) is checked in the same way: what the log's key has signed
/// that one history cannot hold.
///
/// Exit code 0: VALID. 1: refused, or no trusted key. 2: used wrongly.
#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    /// The receipt.
    file: PathBuf,
    /// Trusted logs, witnesses and quorum (C2SP tlog-policy).
    #[arg(long, value_name = "FILE", conflicts_with = "log_key")]
    policy: Option<PathBuf>,
    /// Trusted log, as a verifier key (`name+id+key`) or as a file that holds one; no cosignatures are asked for.
    #[arg(long, value_name = "VKEY")]
    log_key: Option<String>,
    /// Scorecard to recompute with, when it is not the one that this program brings along.
    #[arg(long, value_name = "FILE")]
    scorecard: Option<PathBuf>,
    /// Language of the answer.
    #[arg(long, value_enum, default_value = "en")]
    lang: Language,
    /// Answer as JSON.
    #[arg(long)]
    json: bool,
}

#[derive(Debug, Clone, Copy, clap::ValueEnum)]
pub(super) enum Language {
    Zh,
    En,
}

impl From<Language> for Lang {
    fn from(language: Language) -> Self {
        match language {
            Language::Zh => Self::Zh,
            Language::En => Self::En,
        }
    }
}

pub(super) fn run(arguments: &Arguments) -> Result<(), CommandError> {
    let lang = arguments.lang.into();
    let bytes = read_file(&arguments.file, MAX_RECEIPT_BYTES.max(MAX_EVIDENCE_BYTES))?;
    if let Ok(wrong) = Wrong::parse(&bytes) {
        let policy = trusted_policy(arguments, &bytes, lang)?;
        return evidence::verify(&wrong, &policy, lang, arguments.json);
    }
    if let Err(error) = Receipt::parse(&bytes) {
        print(&refusal(&VerifyError::Receipt(error), lang))?;
        return Err(refused(lang));
    }
    let policy = trusted_policy(arguments, &bytes, lang)?;
    let card = scorecard(arguments.scorecard.as_deref())?;
    let result = verify_receipt(&bytes, &policy).and_then(|mut report| {
        report.check_score(|receipt| check_score(receipt, &card))?;
        Ok(report)
    });
    let text = match (&result, arguments.json) {
        (Ok(report), false) => describe(report, lang),
        (Err(error), false) => refusal(error, lang),
        (result, true) => as_json(result.as_ref(), lang),
    };
    print(&text)?;
    if result.is_ok() { Ok(()) } else { Err(refused(lang)) }
}

fn refused(lang: Lang) -> CommandError {
    CommandError::Refused(match lang {
        Lang::Zh => "收据被拒绝。".to_owned(),
        Lang::En => "The receipt is refused.".to_owned(),
    })
}

/// Whom to believe. Never taken from the receipt.
fn trusted_policy(arguments: &Arguments, receipt: &[u8], lang: Lang) -> Result<Policy, CommandError> {
    if let Some(path) = &arguments.policy {
        return read_policy(path);
    }
    if let Some(key) = &arguments.log_key {
        let path = Path::new(key);
        return if path.is_file() { read_key(path) } else { policy_of_key(key, "--log-key") };
    }
    let folder = arguments.file.parent().unwrap_or_else(|| Path::new(""));
    let (policy, key) = (folder.join(POLICY_BESIDE), folder.join(KEY_BESIDE));
    if policy.is_file() {
        return read_policy(&policy);
    }
    if key.is_file() {
        return read_key(&key);
    }
    if let Some(known) = known_key(receipt) {
        return Policy::of_log(known).map_err(|error| CommandError::Usage(error.to_string()));
    }
    Err(CommandError::Refused(match lang {
        Lang::Zh => "未验证：无法将签名与已知日志相关联。请用 --log-key 或 --policy 指明可信的日志公钥，\
             或将 log.vkey 或 policy.txt 放在收据旁边。收据自带的公钥不作为依据。"
            .to_owned(),
        Lang::En => "NOT VERIFIED: the signature cannot be tied to a known log. Name the log you trust with \
             --log-key or --policy, or put log.vkey or policy.txt beside the receipt. A key that the receipt \
             itself brings proves nothing."
            .to_owned(),
    }))
}

/// The known key that the receipt's checkpoint claims to be signed with.
fn known_key(receipt: &[u8]) -> Option<Vkey> {
    let checkpoint = Receipt::parse(receipt).ok()?.proof.checkpoint;
    known_logs::all().into_iter().find(|vkey| checkpoint.signatures.iter().any(|line| vkey.claims(line)))
}

fn read_policy(path: &Path) -> Result<Policy, CommandError> {
    let bytes = read_file(path, SMALL_FILE_BYTES_MAX)?;
    Policy::parse(&bytes).map_err(|error| CommandError::Usage(format!("{}: {error}", path.display())))
}

fn read_key(path: &Path) -> Result<Policy, CommandError> {
    let bytes = read_file(path, SMALL_FILE_BYTES_MAX)?;
    policy_of_key(&String::from_utf8_lossy(&bytes), &path.display().to_string())
}

fn policy_of_key(text: &str, whence: &str) -> Result<Policy, CommandError> {
    let usage = |reason: String| CommandError::Usage(format!("{whence}: {reason}"));
    let vkey: Vkey = text.trim().parse().map_err(|e: ledger::note::NoteError| usage(e.to_string()))?;
    Policy::of_log(vkey).map_err(|e| usage(e.to_string()))
}

fn scorecard(path: Option<&Path>) -> Result<Scorecard, CommandError> {
    let Some(path) = path else {
        return Scorecard::embedded().map_err(|error| CommandError::Refused(error.to_string()));
    };
    let bytes = read_file(path, SMALL_FILE_BYTES_MAX)?;
    let usage = |reason: String| CommandError::Usage(format!("{}: {reason}", path.display()));
    let text = std::str::from_utf8(&bytes).map_err(|e| usage(e.to_string()))?;
    Scorecard::parse(text).map_err(|e| usage(e.to_string()))
}

fn describe(report: &Report, lang: Lang) -> String {
    let mut text = String::new();
    for (number, outcome) in (1..).zip(&report.steps) {
        let mark = match outcome {
            Outcome::Proven(_) => "+",
            Outcome::NotProven(_) => "-",
        };
        text.push_str(&format!("{mark} {number} {}: {}\n", step_name(number, lang), outcome.text(lang)));
    }
    text.push_str(match lang {
        Lang::Zh => "VALID 有效（以 + 标出的各项已证明，以 - 标出的未证明）\n",
        Lang::En => "VALID (what is marked + is proven, what is marked - is not)\n",
    });
    text
}

fn refusal(error: &VerifyError, lang: Lang) -> String {
    match lang {
        Lang::Zh => format!("INVALID 无效：{}\n", error.text(lang)),
        Lang::En => format!("INVALID: {}\n", error.text(lang)),
    }
}

fn as_json(result: Result<&Report, &VerifyError>, lang: Lang) -> String {
    let value = match result {
        Err(error) => json!({ "valid": false, "error": error.text(lang) }),
        Ok(report) => json!({
            "valid": true,
            "final": report.is_final(),
            "origin": report.checkpoint.origin,
            "index": report.receipt.proof.index,
            "size": report.checkpoint.size,
            "steps": (1..).zip(&report.steps).map(|(number, outcome)| json!({
                "step": number,
                "name": step_name(number, lang),
                "proven": matches!(outcome, Outcome::Proven(_)),
                "text": outcome.text(lang),
            })).collect::<Vec<_>>(),
        }),
    };
    format!("{value:#}\n")
}
