//! Who saw what has been corrected since: rows of the access log beside the corrections of the same enterprise. Found
//! when a log is read, by the indexes of both by enterprise, so that a correction costs nothing when it is made.

use diesel::prelude::*;

use super::feed::Kind;
use crate::access::Block;
use crate::access_log::store::StoredRow;
use crate::store::schema::changes;
use crate::store::{DbConnection, StoreError};

/// Blocks that are shown from a rating beside its grade.
const OF_RATING: [Block; 4] = [Block::Score, Block::Indicators, Block::History, Block::Receipt];

/// A value that was wrong for a time.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Correction {
    uscc: String,
    block: Block,
    /// From when on the wrong value was known, and when it was corrected, milliseconds.
    since_ms: i64,
    at_ms: i64,
}

/// For each look, when something that it showed was corrected, in milliseconds; the first time where it was several
/// times.
///
/// # Errors
/// The database's, and [`StoreError::Damaged`].
pub fn corrected_at(
    connection: &mut DbConnection,
    looks: &[StoredRow],
) -> Result<Vec<Option<i64>>, StoreError> {
    let corrections = of_looks(connection, looks)?;
    Ok(looks
        .iter()
        .map(|look| {
            let (uscc, shown) = (look.uscc.as_deref()?, blocks_of(&look.shown));
            let wrong = corrections.iter().filter(|correction| {
                correction.uscc == uscc
                    && (correction.since_ms..correction.at_ms).contains(&look.at_ms)
                    && shown.iter().any(|block| is_shown_in(correction.block, *block))
            });
            wrong.map(|correction| correction.at_ms).min()
        })
        .collect())
}

fn of_looks(connection: &mut DbConnection, looks: &[StoredRow]) -> Result<Vec<Correction>, StoreError> {
    let mut enterprises: Vec<&str> =
        looks.iter().filter(|look| !look.shown.is_empty()).filter_map(|look| look.uscc.as_deref()).collect();
    enterprises.sort_unstable();
    enterprises.dedup();
    let first = looks.iter().map(|look| look.at_ms).min();
    let (Some(first), false) = (first, enterprises.is_empty()) else { return Ok(Vec::new()) };
    let rows: Vec<(String, String, Option<i64>, i64)> = changes::table
        .filter(changes::uscc.eq_any(enterprises))
        .filter(changes::kind.eq(Kind::RecordCorrected.code()))
        .filter(changes::at.gt(first))
        .select((changes::uscc, changes::block, changes::since, changes::at))
        .load(connection)?;
    Ok(rows
        .into_iter()
        .filter_map(|(uscc, block, since, at_ms)| {
            Some(Correction { uscc, block: Block::of_code(&block)?, since_ms: since?, at_ms })
        })
        .collect())
}

fn blocks_of(shown: &str) -> Vec<Block> {
    let code = |one: &str| one.split(':').next().and_then(Block::of_code);
    shown.split(';').filter_map(code).collect()
}

fn is_shown_in(corrected: Block, shown: Block) -> bool {
    let of_rating = matches!(corrected, Block::GradeTop | Block::Grade);
    corrected == shown || (of_rating && OF_RATING.contains(&shown))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_correction_is_in_what_was_shown_of_its_block_and_of_the_rating_that_rests_on_the_grade() {
        assert!(is_shown_in(Block::SafeClass, Block::SafeClass));
        assert!(is_shown_in(Block::Grade, Block::Score) && is_shown_in(Block::GradeTop, Block::Receipt));
        assert!(!is_shown_in(Block::SafeClass, Block::Lists) && !is_shown_in(Block::SafeClass, Block::Score));
    }

    #[test]
    fn blocks_are_those_of_a_row_of_the_log() {
        assert_eq!(blocks_of("grade:full;score:full;of_tomorrow:full"), [Block::Grade, Block::Score]);
        assert_eq!(blocks_of(""), []);
    }
}
