//! Recomputing the score of a rating whose statement is shown: step 7 of a receipt's verification.

use credit_core::scorecard::Scorecard;
use credit_core::statement::{Statement, recompute};
use ledger::entry::Entry;
use ledger::receipt::Receipt;
use ledger::verify::ScoreCheck;

/// Recomputes the score. The whole statement must be shown, and name the scorecard that the entry names in clear.
#[must_use]
pub fn check_score(receipt: &Receipt, card: &Scorecard) -> ScoreCheck {
    let (Entry::Rating { scorecard_digest, .. }, Some(shown)) = (&receipt.entry, &receipt.disclosure) else {
        return ScoreCheck::NotDisclosed;
    };
    if shown.fields.len() != usize::from(shown.count) {
        return ScoreCheck::NotDisclosed;
    }
    // Field 0 is the commitment's own, the number of fields.
    let fields: Vec<_> = shown.fields.iter().skip(1).map(|field| (field.id, field.value.clone())).collect();
    let statement = match Statement::from_fields(&fields) {
        Ok(statement) => statement,
        Err(error) => return ScoreCheck::Differs { recorded: error.to_string(), computed: "-".to_owned() },
    };
    if statement.scorecard_digest != *scorecard_digest {
        return ScoreCheck::Differs {
            recorded: hex::encode(scorecard_digest),
            computed: hex::encode(statement.scorecard_digest),
        };
    }
    if card.digest() != *scorecard_digest {
        return ScoreCheck::ScorecardNotAtHand;
    }
    match recompute(&statement, card) {
        Ok(_) => ScoreCheck::Recomputes,
        Err(error) => ScoreCheck::Differs {
            recorded: format!("{} {}", statement.grade.as_str(), statement.score),
            computed: error.to_string(),
        },
    }
}
