//! What `node verify` and `node inspect` say of evidence that a node kept.

use super::{CommandError, print};
use ledger::evidence::{Verdict, Wrong};
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
    let verdict = wrong.verify(&keys);
    if is_json {
        let (proven, text) = match &verdict {
            Ok(Verdict::Proven(text)) => (true, text.clone()),
            Ok(Verdict::InTheLog(text)) => (false, text.clone()),
            Err(error) => (false, error.to_string()),
        };
        let value = json!({
            "evidence": wrong.kind(), "valid": verdict.is_ok(), "proven": proven, "text": text,
        });
        print(&format!("{value:#}\n"))?;
    } else {
        let is_block = matches!(wrong, Wrong::BadBlock { .. });
        print(&match (&verdict, lang) {
            (Ok(Verdict::Proven(text)), Lang::Zh) if is_block => {
                format!("VALID 有效：这证明该日志签署了任何日志都不得包含的区块。\n{text}\n")
            }
            (Ok(Verdict::Proven(text)), Lang::En) if is_block => {
                format!("VALID: this proves that the log signed a block that no log may hold.\n{text}\n")
            }
            (Ok(Verdict::Proven(text)), Lang::Zh) => {
                format!("VALID 有效：这证明该日志签署了两段历史。\n{text}\n")
            }
            (Ok(Verdict::Proven(text)), Lang::En) => {
                format!("VALID: this proves that the log signed two histories.\n{text}\n")
            }
            (Ok(Verdict::InTheLog(text)), Lang::Zh) => {
                format!("VALID 有效：该区块确在日志签署的树中；其错误须从头重新执行日志方能看出。\n{text}\n")
            }
            (Ok(Verdict::InTheLog(text)), Lang::En) => format!(
                "VALID: the log signed a tree with this block. What is wrong with it shows when the log is \
                 re-executed to there.\n{text}\n"
            ),
            (Err(error), Lang::Zh) => format!("INVALID 无效：{error}\n"),
            (Err(error), Lang::En) => format!("INVALID: {error}\n"),
        })?;
    }
    verdict.map(|_| ()).map_err(|_| {
        CommandError::Refused(match lang {
            Lang::Zh => "这份证据不能证明任何事。".to_owned(),
            Lang::En => "The evidence proves nothing.".to_owned(),
        })
    })
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
