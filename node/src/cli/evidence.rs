//! What `node verify` and `node inspect` say of evidence that a node kept.

use super::{CommandError, print};
use ledger::evidence::{EvidenceError, Proven, Verdict, Wrong};
use ledger::note::Vkey;
use ledger::policy::Policy;
use ledger::texts::Lang;
use serde_json::json;

/// Verifies evidence against the logs of the policy, and says what it proves.
///
/// # Errors
/// When it proves nothing.
pub(super) fn verify(wrong: &Wrong, policy: &Policy, lang: Lang, is_json: bool) -> Result<(), CommandError> {
    let keys: Vec<Vkey> = policy.logs().iter().map(|log| log.vkey.clone()).collect();
    say(wrong.kind(), &wrong.verify(&keys), lang, is_json)
}

/// Says that a file which should be evidence does not read.
///
/// # Errors
/// Always.
pub(super) fn malformed(error: EvidenceError, lang: Lang, is_json: bool) -> Result<(), CommandError> {
    say("unknown", &Err(error), lang, is_json)
}

fn say(
    kind: &str,
    verdict: &Result<Verdict, EvidenceError>,
    lang: Lang,
    is_json: bool,
) -> Result<(), CommandError> {
    let text = verdict.as_ref().map_or_else(|error| error.text(lang), |verdict| verdict.text(lang));
    if is_json {
        let value = json!({
            "evidence": kind,
            "valid": verdict.is_ok(),
            "proven": matches!(verdict, Ok(Verdict::Proven(_))),
            "verdict": verdict.as_ref().ok().map(Verdict::code),
            "code": verdict.as_ref().err().map(EvidenceError::code),
            "text": text,
        });
        print(&format!("{value:#}\n"))?;
    } else {
        print(&format!("{}\n", as_text(verdict, &text, lang)))?;
    }
    verdict.as_ref().map(|_| ()).map_err(|_| {
        CommandError::Refused(match lang {
            Lang::Zh => "这份证据不能证明任何事。".to_owned(),
            Lang::En => "The evidence proves nothing.".to_owned(),
        })
    })
}

fn as_text(verdict: &Result<Verdict, EvidenceError>, text: &str, lang: Lang) -> String {
    let histories = |proven: &Proven| matches!(proven, Proven::TwoRoots { .. } | Proven::Fork { .. });
    let head = match (verdict, lang) {
        (Ok(Verdict::Proven(proven)), Lang::Zh) if histories(proven) => {
            "VALID 有效：这证明该日志签署了两段历史。"
        }
        (Ok(Verdict::Proven(proven)), Lang::En) if histories(proven) => {
            "VALID: this proves that the log signed two histories."
        }
        (Ok(Verdict::Proven(_)), Lang::Zh) => "VALID 有效：这证明该日志签署了任何日志都不得包含的内容。",
        (Ok(Verdict::Proven(_)), Lang::En) => "VALID: this proves that the log signed what no log may hold.",
        (Ok(Verdict::InTheLog { .. }), Lang::Zh) => {
            "VALID 有效：该区块确在日志签署的树中；其错误须从头重新执行日志方能看出。"
        }
        (Ok(Verdict::InTheLog { .. }), Lang::En) => {
            "VALID: the log signed a tree with this block. What is wrong with it shows when the log is \
             re-executed to there."
        }
        (Err(_), Lang::Zh) => return format!("INVALID 无效：{text}"),
        (Err(_), Lang::En) => return format!("INVALID: {text}"),
    };
    format!("{head}\n{text}")
}

/// What is in the file, without judging it.
pub(super) fn describe(wrong: &Wrong, bytes: &[u8]) -> String {
    let digest = Wrong::digest(&String::from_utf8_lossy(bytes));
    let mut text = format!("Evidence against a log: {}\n  SHA-256 {digest}\n", wrong.kind());
    let notes = match wrong {
        Wrong::TwoRoots { first, second } => vec![first, second],
        Wrong::Fork { older, newer, .. } => vec![older, newer],
        Wrong::BadBlock { note, first_index, block, reason, .. } => {
            let count = ledger::tile::entries(block).count();
            text.push_str(&format!("  block of {count} leaves from leaf {first_index}: {reason}\n"));
            vec![note]
        }
    };
    for note in notes {
        text.push_str(&super::inspect::note_text(note));
    }
    text.push_str("What it proves, and against whom: node verify FILE --log-key VKEY\n");
    text
}
