//! `node verify`: a receipt, a status, a proof or the manifest of an extract, offline.

mod answer;
mod manifest;

use super::{CommandError, evidence, print, read_file};
use answer::{Verified, as_json, as_text};
use credit_core::scorecard::Scorecard;
use ledger::evidence::{MAX_EVIDENCE_BYTES, Wrong};
use ledger::note::{Note, Vkey};
use ledger::policy::Policy;
use ledger::proof::{FIRST_LINE, TlogProof};
use ledger::receipt::{MAX_RECEIPT_BYTES, Receipt, ReceiptError, Status};
use ledger::texts::Lang;
use ledger::verify::{VerifyError, verify_proof, verify_receipt, verify_status};
use node::known_logs;
use node::scores::check_score;
use std::path::{Path, PathBuf};

/// Longest policy, key, scorecard or entry file read, in bytes.
const SMALL_FILE_BYTES_MAX: usize = 1024 * 1024;
/// Looked for beside the file when neither policy nor key is named.
const POLICY_BESIDE: &str = "policy.txt";
const KEY_BESIDE: &str = "log.vkey";

/// Check a receipt, a status, a proof or an extract without a network
///
/// The kind is told from the content. A receipt: that the shown fields are those the ledger committed to, that the
/// entry is in the log, that the log's key signed the checkpoint, who cosigned it, that it is the latest of the
/// enterprise, and that the score recomputes from the shown indicators. A status: which rating of an enterprise is in
/// force, and whether it is on a list. A certificate of repair is a receipt, whose words are
/// shown. A `.tlog-proof` (C2SP): that its entry is in the log. Each step is named as proven or as not proven; the
/// first that fails refuses the file.
///
/// The manifest of an extract (manifest.json, or manifest.sig beside it): that the log's key signed it, and that size,
/// SHA-256 and rows of each file beside it are those that it names. A file that is not there is not proven.
///
/// Whose log it is must come from you, not from the file: give the policy of your agency, or the log's
/// verifier key, or put either beside the file as policy.txt or log.vkey. Failing these, the keys of logs that
/// this user runs are tried (`~/.config/xinji/known-logs`).
///
/// Evidence that an agency's node kept (evidence-….json) is checked in the same way: what the log's key has signed
/// that one history cannot hold.
///
/// Exit code 0: VALID. 1: refused, or no trusted key. 2: used wrongly.
#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    /// The receipt, status, proof or manifest.
    file: PathBuf,
    /// Trusted logs, witnesses and quorum (C2SP tlog-policy).
    #[arg(long, value_name = "FILE", conflicts_with = "log_key")]
    policy: Option<PathBuf>,
    /// Trusted log, as a verifier key (`name+id+key`) or as a file that holds one; no cosignatures are asked for.
    #[arg(long, value_name = "VKEY")]
    log_key: Option<String>,
    /// The entry that a proof is for (SCALE), when it is not inside the proof.
    #[arg(long, value_name = "FILE")]
    entry: Option<PathBuf>,
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

/// What a file looks like.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Receipt,
    Status,
    Proof,
}

impl Kind {
    fn of(bytes: &[u8]) -> Self {
        if bytes.starts_with(FIRST_LINE.as_bytes()) {
            Self::Proof
        } else if Status::is_named_in(bytes) {
            Self::Status
        } else {
            Self::Receipt
        }
    }

    /// The checkpoint in the file, not verified.
    fn checkpoint(self, bytes: &[u8]) -> Result<Note, ReceiptError> {
        Ok(match self {
            Self::Receipt => Receipt::parse(bytes)?.proof.checkpoint,
            Self::Status => Status::parse(bytes)?.proof.checkpoint,
            Self::Proof => TlogProof::parse(bytes).map_err(ReceiptError::Proof)?.checkpoint,
        })
    }

    fn refused(self, lang: Lang) -> CommandError {
        let text = match (self, lang) {
            (Self::Receipt, Lang::Zh) => "收据被拒绝。",
            (Self::Receipt, Lang::En) => "The receipt is refused.",
            (Self::Status, Lang::Zh) => "状态文件被拒绝。",
            (Self::Status, Lang::En) => "The status is refused.",
            (Self::Proof, Lang::Zh) => "日志证明被拒绝。",
            (Self::Proof, Lang::En) => "The proof is refused.",
        };
        CommandError::Refused(text.to_owned())
    }
}

pub(super) fn run(arguments: &Arguments) -> Result<(), CommandError> {
    let lang = arguments.lang.into();
    let bytes = read_file(&arguments.file, MAX_RECEIPT_BYTES.max(MAX_EVIDENCE_BYTES))?;
    if Wrong::is_named_in(&bytes) {
        let wrong = match Wrong::parse(&bytes) {
            Ok(wrong) => wrong,
            Err(error) => return evidence::malformed(error, lang, arguments.json),
        };
        let policy = trusted_policy(arguments, wrong.note(), lang)?;
        return evidence::verify(&wrong, &policy, lang, arguments.json);
    }
    if manifest::is_named_in(&arguments.file, &bytes) {
        return extract(arguments, &bytes, lang);
    }
    let kind = Kind::of(&bytes);
    let result = match kind.checkpoint(&bytes) {
        Err(error) => Err(VerifyError::Receipt(error)),
        Ok(checkpoint) => check(kind, &bytes, &trusted_policy(arguments, &checkpoint, lang)?, arguments)?,
    };
    let text = if arguments.json { as_json(&result, lang) } else { as_text(&result, lang) };
    print(&text)?;
    if result.is_ok() { Ok(()) } else { Err(kind.refused(lang)) }
}

fn extract(arguments: &Arguments, bytes: &[u8], lang: Lang) -> Result<(), CommandError> {
    let checked = match manifest::note_of(&arguments.file, bytes) {
        Ok(note) => manifest::check(&arguments.file, &note, &trusted_policy(arguments, &note, lang)?),
        Err(error) => Err(error),
    };
    print(&answer::of_manifest(&checked, arguments.json, lang))?;
    if checked.is_ok_and(|report| report.is_valid()) {
        return Ok(());
    }
    Err(CommandError::Refused(match lang {
        Lang::Zh => "提取文件被拒绝。".to_owned(),
        Lang::En => "The extract is refused.".to_owned(),
    }))
}

fn check(
    kind: Kind,
    bytes: &[u8],
    policy: &Policy,
    arguments: &Arguments,
) -> Result<Result<Verified, VerifyError>, CommandError> {
    Ok(match kind {
        Kind::Receipt => {
            let card = scorecard(arguments.scorecard.as_deref())?;
            verify_receipt(bytes, policy).and_then(|mut report| {
                report.check_score(|receipt| check_score(receipt, &card))?;
                Ok(Verified::Entry(report))
            })
        }
        Kind::Status => verify_status(bytes, policy).map(Verified::Status),
        Kind::Proof => {
            let entry = arguments.entry.as_deref().map(|path| read_file(path, SMALL_FILE_BYTES_MAX));
            verify_proof(bytes, entry.transpose()?.as_deref(), policy).map(Verified::Entry)
        }
    })
}

/// Whom to believe. Never taken from the file.
fn trusted_policy(arguments: &Arguments, checkpoint: &Note, lang: Lang) -> Result<Policy, CommandError> {
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
    if let Some(known) = known_key(checkpoint) {
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

/// The known key that the checkpoint claims to be signed with.
fn known_key(checkpoint: &Note) -> Option<Vkey> {
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
